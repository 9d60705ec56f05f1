"""Rows that come back from quarantine, each with the number that it went out with (corrections.py, intake/returned.py)."""

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum

from sqlalchemy import Connection

from monitor.intake.returned import MARK, UNTOUCHED
from monitor.intake.rows import BadRow, Part, Row
from monitor.store import quarantine


class Still(Enum):
    """What a row that is still bad is."""

    WAITING = "it waits already"
    OVER = "it could be read meanwhile, and nobody has touched it since"
    NEW = "nothing is known of it"


class Returning:
    """The rows of one part, of which those that can be read now wait no longer."""

    def __init__(self, connection: Connection, part: Part, import_id: int) -> None:
        self._connection, self._part, self._import_id = connection, part, import_id
        self._waiting = quarantine.Returned(connection, part.table)
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
        if self._waiting.id_of(mark) is not None:
            self._waiting.keep(self._import_id, mark, replace(row, cells={**row.cells, MARK: mark}))
            return Still.WAITING
        return Still.OVER if row.reason == UNTOUCHED and self._waiting.is_over(mark) else Still.NEW

    def close(self) -> None:
        """What could be read waits no longer."""
        found = (self._waiting.id_of(mark) for line, mark in self._marks.items() if line not in self._bad)
        read = [one for one in found if one is not None]
        quarantine.settle(self._connection, self._import_id, gone=(), read=read)
