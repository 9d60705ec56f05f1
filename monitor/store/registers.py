"""Reading registers: one organization's rows as the frames that checks judge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection, Row, func, select

from checks import ledger, vendors
from checks.ledger import Kind
from checks.register import DTYPES, KNOWN, Register
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


def departments(connection: Connection) -> dict[str, list[str]]:
    """The departments that the contracts name, by organization; '' is none."""
    table = schema.LEDGER["contracts"]
    found: dict[str, set[str]] = {}
    for organization, name in connection.execute(select(table.c.organization, table.c.department).distinct()):
        found.setdefault(organization, set()).add(name or "")
    return {key: sorted(names) for key, names in sorted(found.items())}


def _read_on(moved: Row[Any] | None) -> date | None:
    at = moved.read_at if moved else None
    return at.astimezone(ZoneInfo(TIMEZONE)).date() if at else None


def load(connection: Connection, organization: Organization, renames: vendors.Renames) -> Register:
    """The register of one organization; tables without rows are empty frames."""
    sets = schema.column_sets
    known = {row.id: frozenset(row.columns.split()) for row in connection.execute(select(sets))}
    tables = {table.name: _frame(connection, table, organization.id) for table in ledger.TABLES.values()}
    return Register(organization.id, organization.name, tables, known, renames)


def _frame(connection: Connection, table: ledger.Table, organization: str) -> pd.DataFrame:
    stored = schema.LEDGER[table.name]
    query = select(*(stored.c[column.name] for column in table.columns), stored.c.known.label(KNOWN))
    if table.by_organization:
        query = query.where(stored.c.organization == organization)
    rows = connection.execute(query.order_by(*stored.primary_key.columns)).all()
    columns = dict(zip((*(c.name for c in table.columns), KNOWN), zip(*rows, strict=True), strict=True)) if rows else {}
    return pd.DataFrame(
        {
            **{column.name: _column(column.kind, columns.get(column.name, ())) for column in table.columns},
            KNOWN: pd.Series(columns.get(KNOWN, ()), dtype="int64"),
        }
    )


def _column(kind: Kind, values: tuple[object, ...]) -> "pd.Series[Any]":
    if DTYPES[kind] == "str":
        return pd.Series(["" if value is None else value for value in values], dtype="str")
    return pd.Series(values, dtype=DTYPES[kind])


def contracts_by_id(connection: Connection, organization: str, ids: list[str]) -> Mapping[str, Mapping[str, object]]:
    """The stored rows of some contracts, by contract_id: what a person sees beside a finding."""
    table = schema.LEDGER["contracts"]
    found: dict[str, Mapping[str, object]] = {}
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        query = select(table).where(table.c.organization == organization, table.c.contract_id.in_(part))
        found |= {str(row["contract_id"]): dict(row) for row in connection.execute(query).mappings()}
    return found


def last_signed(connection: Connection) -> Mapping[str, date]:
    """The latest signing date in each organization's ledger: how fresh the data is."""
    table = schema.LEDGER["contracts"]
    rows = connection.execute(select(table.c.organization, func.max(table.c.signed_on)).group_by(table.c.organization))
    return {row[0]: row[1] for row in rows}
