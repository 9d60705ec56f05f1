"""A published register through its editions: facts are of the latest one, the first day of publication stays.

A row that an edition lists no more stays too, marked as dropped: it was published.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, or_, select

from monitor.intake.rows import BadRow, Block, Value
from monitor.store import schema

_TABLE = schema.LEDGER["register_rows"]


def is_older(row: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Was the edition that says ``row`` published before the one that the stored row is of?"""
    said, held = row.get("edition_on"), before["edition_on"]
    return said is not None and held is not None and said < held


def first_published(row: Mapping[str, Any], before: Mapping[str, Any]) -> date | None:
    """The earliest day on which it is known to have been published."""
    return min((day for day in (row.get("published_on"), before["published_on"]) if day is not None), default=None)


class Listed:
    """What the registers of one import list, to tell which of their rows are listed no more."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], set[str]] = {}  # (organization, register) → what it lists
        self._days: dict[tuple[str, str], date] = {}  # of these the edition's day, where they have one
        self._unread: dict[str, set[str]] = {}  # organization → entries of the rows in quarantine, "" unknown

    def note(self, rows: Block) -> None:
        """Rows that could be read."""
        columns = map(rows.column, ("organization", "register", "entry", "edition_on", "published_on"))
        for organization, register, entry, *days in zip(*columns, strict=True):
            mine = str(organization or ""), str(register)
            self._entries.setdefault(mine, set()).add(str(entry))
            for day in [day for day in days if isinstance(day, date)][:1]:
                self._days[mine] = max(day, self._days.get(mine, day))

    def missed(self, rows: Sequence[BadRow]) -> None:
        """Rows that go to quarantine."""
        for row in rows:
            self._unread.setdefault(row.organization, set()).add(row.row_key)

    def dropped(self, connection: Connection) -> Iterator[Block]:
        """The rows that a register's earlier editions list and this one does not, marked as dropped.

        Where a row could not be read nobody knows which it is: none is gone then. An older edition says nothing of newer ones.
        """
        table, unnamed = _TABLE.c, self._unread.get("", set())
        for (organization, register), entries in sorted(self._entries.items()):
            unread = self._unread.get(organization, set())
            if unnamed or "" in unread:
                continue
            mine = [table.organization == organization, table.register == register, table.dropped.is_not(True)]
            if (day := self._days.get((organization, register))) is not None:
                mine.append(or_(table.edition_on.is_(None), table.edition_on <= day))
            gone = sorted(set(connection.scalars(select(table.entry).where(*mine))) - entries - unread)
            if gone:
                columns: list[Sequence[Value]] = [[organization] * len(gone), gone, [True] * len(gone)]
                yield Block(_TABLE.name, ("organization", "entry", "dropped"), range(len(gone)), columns)
