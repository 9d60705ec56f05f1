"""The bodies under watch: which there are, and how old what is known of them is. Their registers are read elsewhere."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from monitor.settings import TIMEZONE
from monitor.store import schema


@dataclass(frozen=True)
class Organization:
    """A body under watch. ``version`` moves whenever an import has touched its rows."""

    id: str
    name: str
    rulebook: str
    version: int
    read_on: date | None = None  # the day (in Japan) on which a file last spoke of it; None: not known


def organizations(connection: Connection) -> list[Organization]:
    """All of them, by id."""
    table = schema.LEDGER["organizations"]
    held = {row.organization: row for row in connection.execute(select(schema.data_versions))}
    rows = connection.execute(select(table).order_by(table.c.organization))
    return [
        Organization(row.organization, row.name, row.rulebook, moved.version if moved else 0, _read_on(moved))
        for row in rows
        for moved in (held.get(row.organization),)
    ]


def _read_on(moved: Row[Any] | None) -> date | None:
    at = moved.read_at if moved else None
    return at.astimezone(ZoneInfo(TIMEZONE)).date() if at else None
