"""Reading registers: one organization's rows as the frames that checks judge."""

from collections.abc import Collection, Mapping
from datetime import date
from functools import cache

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, func, select

from checks import ledger, vendors
from checks.ledger import Kind
from checks.register import KNOWN, Register
from monitor.store import columns, schema
from monitor.store.bodies import Organization
from monitor.store.columns import Query


def departments(connection: Connection) -> dict[str, list[str]]:
    """The departments that the contracts name, by organization; '' is none."""
    table = schema.LEDGER["contracts"]
    found: dict[str, set[str]] = {}
    for organization, name in connection.execute(select(table.c.organization, table.c.department).distinct()):
        found.setdefault(organization, set()).add(name or "")
    return {key: sorted(names) for key, names in sorted(found.items())}


def load(connection: Connection, organization: Organization, renames: vendors.Renames) -> Register:
    """The register of one organization, read through an open connection; tables without rows are empty frames."""
    return read(columns.by_rows(connection), organization, renames)


def read(query: Query, organization: Organization, renames: vendors.Renames) -> Register:
    """The same by any route to the columns (monitor/store/columns.py)."""
    sets = query("SELECT id, table_name, columns FROM column_sets ORDER BY id", ())
    known = list(zip(*(sets[name].to_pylist() for name in ("id", "table_name", "columns")), strict=True))
    had: dict[str, set[str]] = {}
    for _, table, names in known:
        had.setdefault(table, set()).update(names.split())
    tables = {
        # of a table that no source has ever had nothing is asked
        table.name: _frame(query, table, organization.id, had[table.name]) if table.name in had else _empty(table.name)
        for table in ledger.TABLES.values()
    }
    renamed = {number: frozenset(names.split()) for number, _, names in known}
    return Register(organization.id, organization.name, tables, renamed, renames)


def _frame(query: Query, table: ledger.Table, organization: str, had: Collection[str]) -> pd.DataFrame:
    """The rows of a table in order of its key. A column that no source has had is not even asked for."""
    stored = schema.LEDGER[table.name]
    key = [column.name for column in stored.primary_key.columns]
    asked = [column for column in table.columns if column.name in had or column.name in key]
    sql = f"SELECT {columns.names([*(column.name for column in asked), 'known'])} FROM {columns.names([stored.name])}"  # noqa: S608  # names of our own schema
    sql += (" WHERE organization = ?" if table.by_organization else "") + f" ORDER BY {columns.names(key)}"
    held = query(sql, (organization,) if table.by_organization else ())
    rows = len(held["known"])
    return _empty(table.name) if not rows else _typed(table, {column.name: held[column.name] for column in asked}, held)


@cache
def _empty(name: str) -> pd.DataFrame:
    """A table without rows. Frames of a register are never written to, so one will do."""
    return _typed(ledger.TABLES[name], {}, {"known": pa.chunked_array([], type=pa.int64())})


def _typed(
    table: ledger.Table, held: Mapping[str, pa.ChunkedArray], whole: Mapping[str, pa.ChunkedArray]
) -> pd.DataFrame:
    """The frame that checks judge (checks/register.py says its dtypes)."""
    rows = len(whole["known"])
    made: dict[str, pa.ChunkedArray] = {}
    for column in table.columns:
        values = held.get(column.name)
        made[column.name] = columns.blank(column.kind, rows) if values is None else columns.typed(values, column.kind)
        if column.kind is Kind.DATE:
            made[column.name] = made[column.name].cast(pa.timestamp("s"))
    frame: pd.DataFrame = pa.table(made).to_pandas(types_mapper=_MASKED.get)
    frame[KNOWN] = whole["known"].cast(pa.int64()).to_numpy()
    frame.columns = pd.Index(
        list(frame.columns), dtype=object
    )  # headings of Arrow cost 20 µs each time one is asked for
    return frame


_MASKED = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


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
