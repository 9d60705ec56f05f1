"""The events as they lie in the database, whatever somebody has done to them: read as raw text, in a stream.

Nothing here trusts a cell to be what the program wrote: what cannot be read is None, never a traceback.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, String, select, type_coerce

from monitor.findings import book, identity
from monitor.store.schema import finding_events, findings

_BATCH = 1000  # rows that are in memory at once


@dataclass(frozen=True)
class Entry:
    """One event. ``data`` is None where it cannot be read; ``as_of`` is ISO text. The hash covers no ``recorded``."""

    seq: int
    finding_id: str
    kind: str
    as_of: str
    data: Mapping[str, Any] | None
    hash: str
    recorded: Any = None  # when it was written, as the driver gives it

    def text(self, previous: str) -> str:
        """What the hash is made of, behind the entry whose hash is ``previous``: SHA-256 of this in UTF-8."""
        return identity.canonical([previous, self.finding_id, self.kind, self.as_of, self.data])

    def hashed(self, previous: str) -> str:
        """The hash that it has to have there; '' if it cannot be read."""
        entry = {"finding_id": self.finding_id, "kind": self.kind, "as_of": self.as_of, "data": self.data}
        return "" if self.data is None else book.chained(previous, entry)


def entries(connection: Connection, *, by_finding: bool = False) -> Iterator[Entry]:
    """Every event in the order of the chain, or of the findings and then of the chain."""
    order: list[ColumnElement[Any]] = [_bytewise(connection, finding_events.c.finding_id)] if by_finding else []
    names = ("seq", "finding_id", "kind", "as_of", "data", "hash", "recorded_at")
    query = select(*(_raw(finding_events.c[name]) for name in names))
    query = query.order_by(*order, finding_events.c.seq)
    for row in connection.execute(query.execution_options(yield_per=_BATCH)).mappings():
        finding_id, kind, hash_ = (str(row[name]) for name in ("finding_id", "kind", "hash"))
        yield Entry(
            int(row["seq"]), finding_id, kind, iso(row["as_of"]), parsed(row["data"]), hash_, row["recorded_at"]
        )


def rows(connection: Connection, *names: str) -> Iterator[RowMapping]:
    """These columns of every finding, by id, as they lie there (``parsed`` and ``iso`` read them)."""
    query = select(*(_raw(findings.c[name]) for name in names)).order_by(_bytewise(connection, findings.c.id))
    yield from connection.execute(query.execution_options(yield_per=_BATCH)).mappings()


def parsed(value: Any) -> Mapping[str, Any] | None:
    """A JSON object; None for whatever else is there. SQLite gives its text, PostgreSQL the object."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, Mapping) else None


def iso(value: Any) -> str:
    """A date as ISO text, or whatever text is there instead; '' for none."""
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def moment(value: Any) -> datetime | None:
    """A time in UTC; None for whatever else is there."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _raw(column: Column[Any]) -> ColumnElement[str]:
    """The cell as the driver gives it, past the readings that raise for what is no date or no JSON."""
    return type_coerce(column, String).label(column.name)


def _bytewise(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    """The order that Python has too, whatever the language of the database."""
    return column.collate("C") if connection.dialect.name == "postgresql" else column


__all__ = ["Entry", "entries", "iso", "moment", "parsed", "rows"]
