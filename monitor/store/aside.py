"""Rows of the quarantine that a person has set aside, as they are no contract: a subtotal, a note. They stay, with the reason.

A row that is set aside does not wait again when its file is read again and says the same; what it was is in row_history
when somebody lets it wait after all.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from monitor.settings import TIMEZONE
from monitor.store.schema import imports, quarantine, row_history

if TYPE_CHECKING:
    from monitor.intake.rows import BadRow


def rows(connection: Connection, organization: str | None = None) -> Sequence[RowMapping]:
    """The rows that are set aside, by source and line; ``told_at`` and ``told_by`` are the import that said so and its file."""
    query = (
        select(quarantine, imports.c.imported_at.label("told_at"), imports.c.source.label("told_by"))
        .join(imports, imports.c.id == quarantine.c.closed_by)
        .where(quarantine.c.set_aside.is_not(None))
    )
    if organization:
        query = query.where(quarantine.c.organization == organization)
    return connection.execute(query.order_by(quarantine.c.source, quarantine.c.line, quarantine.c.id)).mappings().all()


def day(row: RowMapping) -> date:
    """When it was set aside, in Japan."""
    told: date = row["told_at"].astimezone(ZoneInfo(TIMEZONE)).date()
    return told


def counts(connection: Connection) -> Mapping[str, int]:
    """How many are set aside, by organization."""
    query = select(quarantine.c.organization, func.count()).where(quarantine.c.set_aside.is_not(None))
    return {row[0]: row[1] for row in connection.execute(query.group_by(quarantine.c.organization))}


def put(connection: Connection, import_id: int, waiting: RowMapping, mark: str, why: str) -> None:
    """A waiting row waits no longer. It keeps its number, wherever it is found again."""
    values = {"closed_by": import_id, "set_aside": why, "cells": _numbered(waiting["cells"], mark)}
    connection.execute(update(quarantine).where(quarantine.c.id == waiting["id"]).values(values))


def hold(connection: Connection, import_id: int, source: str, row: "BadRow", mark: str) -> None:
    """A row that does not wait any more under its number is set aside as it has come back: it is not lost."""
    values = {
        "import_id": import_id,
        "source": source,
        "table_name": row.table,
        "line": row.line,
        "organization": row.organization,
        "row_key": row.row_key,
        "column_name": "",
        "value": "",
        "reason": "",
        "cells": _numbered(row.cells, mark),
        "closed_by": import_id,
        "set_aside": row.deed.why if row.deed else "",
    }
    connection.execute(insert(quarantine).values(values))


def take_back(connection: Connection, import_id: int, held: RowMapping, *, read: bool = False) -> None:
    """It waits again, or (``read``) could be read after all; that it was set aside, and why, stays in row_history."""
    state = {
        "set_aside": held["set_aside"],
        "closed_by": held["closed_by"],
        "source": held["source"],
        "line": held["line"],
    }
    past = {
        "table_name": quarantine.name,
        "organization": held["organization"],
        "row_key": _number(held),
        "replaced_by": import_id,
        "state": state,
    }
    connection.execute(insert(row_history).values(past))
    values: dict[str, Any] = {"set_aside": None, "closed_by": import_id if read else None}
    if not read:
        values["import_id"] = import_id
    connection.execute(update(quarantine).where(quarantine.c.id == held["id"]).values(values))


class Again:
    """The rows of a file that were set aside, for when it is read again: each is found once, at its line or moved."""

    def __init__(self, connection: Connection, source: str, table: str) -> None:
        mine = quarantine.c.source == source, quarantine.c.table_name == table, quarantine.c.set_aside.is_not(None)
        found = connection.execute(select(quarantine).where(*mine)).mappings().all()
        self._source = source
        self._at = {(row["organization"], _number(row)): _content(row["organization"], row["cells"]) for row in found}
        self._moved = Counter(self._at.values())

    def __bool__(self) -> bool:
        return bool(self._moved)

    def parted(self, bad: "Sequence[BadRow]") -> "tuple[list[BadRow], list[BadRow]]":
        """(rows that are not set aside, rows that may be, if no other row says so by its number: ``moved`` is to be asked)."""
        others, maybe = list["BadRow"](), list["BadRow"]()
        for row in bad:
            content = self._at.pop((row.organization, _mark(self._source, row)), None)
            if content is not None:
                self._moved[content] -= 1
            elif self._moved[_content(row.organization, row.cells)] > 0:
                maybe.append(row)
            else:
                others.append(row)
        return others, maybe

    def moved(self, maybe: "Collection[BadRow]") -> "list[BadRow]":
        """Of these, when the whole file has been read, those that are not set aside: of equal rows as many as were are."""
        others = list["BadRow"]()
        for row in maybe:
            content = _content(row.organization, row.cells)
            if self._moved[content] > 0:
                self._moved[content] -= 1
            else:
                others.append(row)
        return others


def _numbered(cells: Mapping[str, str], mark: str) -> dict[str, str]:
    from monitor.intake.returned import MARK  # readers, which a list does not need

    return {**cells, MARK: mark}


def _number(row: RowMapping) -> str:
    from monitor.intake.returned import mark

    return mark(row["source"], row["table_name"], row["line"], row["cells"])


def _mark(source: str, row: "BadRow") -> str:
    from monitor.intake.returned import mark

    return mark(source, row.table, row.line, row.cells)


def _content(organization: str, cells: Mapping[str, str]) -> tuple[str, ...]:
    from monitor.intake.returned import MARK

    return organization, *(part for pair in sorted(cells.items()) if pair[0] != MARK for part in pair)
