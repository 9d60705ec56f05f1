"""Rows that come back from quarantine, each with the number that it went out with (corrections.py, intake/returned.py)."""

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum

from sqlalchemy import Connection, RowMapping, select, update

from monitor.intake.returned import DEED, MARK, UNTOUCHED
from monitor.intake.rows import BadRow, Part, Row
from monitor.store import aside, quarantine, schema

_TABLE = schema.quarantine
_ASKED = "（隔離の処理）"  # between why a row waits and why what a person has said of it could not be done


class Still(Enum):
    """What a row that is still bad is."""

    WAITING = "it waits already"
    ASIDE = "a person has said that it is no contract"
    OVER = "it could be read meanwhile, and nobody has said anything else of it since"
    NEW = "nothing is known of it"


class Returning:
    """The rows of one part, of which those that can be read now wait no longer."""

    def __init__(self, connection: Connection, part: Part, import_id: int) -> None:
        self._connection, self._part, self._import_id = connection, part, import_id
        self._waiting = Waiting(connection, part.table)
        self._marks: dict[int, str] = {}  # line → number
        self._bad: set[int] = set()  # lines

    def rows(self) -> Iterator[Row | BadRow]:
        """The rows, their numbers noted and taken off: they are no facts of a contract."""
        for row in self._part.rows:
            mark = (row.cells if isinstance(row, BadRow) else row.other).get(MARK, "")
            if mark:
                self._marks[row.line] = mark
            if isinstance(row, BadRow):
                yield row
            else:
                yield row._replace(other={name: text for name, text in row.other.items() if name != MARK})

    def still(self, row: BadRow) -> Still:
        """What to do with a row that is still bad; one that waits says from now on what is wrong now."""
        self._bad.add(row.line)
        mark = self._marks.get(row.line) or quarantine.mark_of(self._part.source, row)
        if row.column == DEED:
            return self._waiting.do(self._import_id, self._part.source, mark, row)
        if self._waiting.id_of(mark) is not None:
            self._waiting.keep(self._import_id, mark, replace(row, cells={**row.cells, MARK: mark}))
            return Still.WAITING
        return Still.OVER if row.reason == UNTOUCHED and self._waiting.is_over(mark) else Still.NEW

    def close(self) -> None:
        """What could be read waits no longer."""
        good = [mark for line, mark in self._marks.items() if line not in self._bad]
        for held in filter(None, map(self._waiting.aside, good)):
            aside.take_back(self._connection, self._import_id, held, read=True)
        read = [one for one in map(self._waiting.id_of, good) if one is not None]
        quarantine.settle(self._connection, self._import_id, gone=(), read=read)


class Waiting:
    """The waiting rows of a table by their numbers, for rows that come back corrected, or not."""

    def __init__(self, connection: Connection, table: str) -> None:
        self._connection, self._table = connection, table
        self._waiting = self._numbered(closed=False)
        self._closed: dict[str, RowMapping] | None = None

    def _numbered(self, *, closed: bool) -> dict[str, RowMapping]:
        query = select(_TABLE).where(_TABLE.c.table_name == self._table)
        state = _TABLE.c.closed_by.is_not(None) if closed else _TABLE.c.closed_by.is_(None)
        return {quarantine.number(row): row for row in self._connection.execute(query.where(state)).mappings()}

    def id_of(self, mark: str) -> int | None:
        """The waiting row of a number."""
        row = self._waiting.get(mark)
        return None if row is None else int(row["id"])

    def is_over(self, mark: str) -> bool:
        """Whether the row of a number could be read meanwhile."""
        if self._closed is None:
            self._closed = self._numbered(closed=True)
        return mark in self._closed

    def aside(self, mark: str) -> RowMapping | None:
        """The row of a number, if it was set aside."""
        held = self._closed[mark] if self.is_over(mark) and self._closed else None
        return held if held is not None and held["set_aside"] is not None else None

    def do(self, import_id: int, source: str, mark: str, row: BadRow) -> Still:
        """What a person says of a row itself is done: set aside, or waiting again; the row is found by its number."""
        held, before, deed = self._waiting.get(mark), self.aside(mark), row.deed
        if held is not None and deed is not None and deed.aside:
            aside.put(self._connection, import_id, held, mark, deed.why)
            return Still.ASIDE
        if held is not None:
            values: dict[str, object] = {"import_id": import_id}
            if row.reason:
                values["reason"] = f"{held['reason'].partition(_ASKED)[0]}{_ASKED}{row.reason}"
            self._connection.execute(update(_TABLE).where(_TABLE.c.id == held["id"]).values(**values))
            return Still.WAITING
        if before is not None and deed is not None and not deed.aside:
            aside.take_back(self._connection, import_id, before)
            return Still.WAITING
        if self.is_over(mark):
            return Still.OVER if before is None else Still.ASIDE
        if deed is not None and deed.aside:
            aside.hold(self._connection, import_id, source, row, mark)
            return Still.ASIDE
        quarantine.hold(self._connection, import_id, source, [row])
        return Still.WAITING

    def keep(self, import_id: int, mark: str, row: BadRow) -> None:
        """It is still wrong: the waiting row says what is wrong now. Its file and line stay those of the original."""
        values: dict[str, object] = {"import_id": import_id}
        if row.reason != UNTOUCHED:
            values |= {
                "organization": row.organization,
                "row_key": row.row_key,
                "column_name": row.column,
                "value": row.value,
                "reason": row.reason,
                "cells": row.cells,
            }
        self._connection.execute(update(_TABLE).where(_TABLE.c.id == self.id_of(mark)).values(**values))
