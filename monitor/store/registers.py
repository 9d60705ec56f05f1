"""Reading registers: one organization's rows as the frames that checks judge."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, Final

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, func, select

from checks import ledger, vendors
from checks.columns import framed
from checks.ledger import Kind
from checks.register import KNOWN, Register
from monitor.problems import Problem
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


UNREAD: Final = frozenset(
    {
        "unit_price_yen",
        "planned_quantity",
        "quote_waiver",
        "low_bid_investigated",
        "original_award",
        "tender_rounds",
        "bidders",
        "quotes",
        "parent_contract_id",
        "deposit",
    }
)
"""Columns of contracts that people read and no check does (tests/store/test_registers.py looks through the checks)."""


def read(query: Query, organization: Organization, renames: vendors.Renames, without: Collection[str] = ()) -> Register:
    """The same by any route to the columns (monitor/store/columns.py), ``without`` some columns of contracts.

    A run needs no UNREAD ones. They are not there rather than blank: a check that reads one all the same breaks off.
    """
    sets = query("SELECT id, table_name, columns FROM column_sets ORDER BY id", ())
    known = list(zip(*(sets[name].to_pylist() for name in ("id", "table_name", "columns")), strict=True))
    had: dict[str, set[str]] = {}
    for _, table, names in known:
        had.setdefault(table, set()).update(names.split())
    tables = {
        # of a table that no source has ever had nothing is asked, nor of the bodies: what checks ask of theirs, the register says
        table.name: _frame(query, _less(table, without), organization.id, had[table.name])
        if table.name in had and table is not ledger.ORGANIZATIONS
        else _empty(table.name)
        for table in ledger.TABLES.values()
    }
    renamed = {number: frozenset(names.split()) for number, _, names in known}
    return Register(organization.id, organization.name, tables, renamed, renames)


def _less(table: ledger.Table, without: Collection[str]) -> ledger.Table:
    if table is not ledger.CONTRACTS or not without:
        return table
    return replace(table, columns=tuple(column for column in table.columns if column.name not in without))


def _frame(query: Query, table: ledger.Table, organization: str, had: Collection[str]) -> pd.DataFrame:
    """The rows of a table in order of its key. What no source has had, or is the same in each row, is not even asked for."""
    mine = table.by_organization
    key = [column.name for column in schema.LEDGER[table.name].primary_key.columns]
    asked = [column.name for column in table.columns if column.name in had or column.name in key]
    asked = [name for name in asked if not (mine and name == _BODY)]
    sql = f"SELECT {columns.names([*asked, 'known'])} FROM {columns.names([table.name])}"  # noqa: S608  # names of our own schema
    sql += (f" WHERE {_BODY} = ?" if mine else "") + f" ORDER BY {columns.names(key)}"
    held = query(sql, (organization,) if mine else ())
    rows = len(held["known"])
    return _made(table, held, {_BODY: columns.text(organization, rows)} if mine else {}) if rows else _empty(table.name)


_BODY = "organization"


@cache
def _empty(name: str) -> pd.DataFrame:
    """A table without rows. Frames of a register are never written to, so one will do."""
    return _made(ledger.TABLES[name], {"known": pa.chunked_array([], type=pa.int64())}, {})


def _made(table: ledger.Table, held: Mapping[str, pa.ChunkedArray], given: Mapping[str, Any]) -> pd.DataFrame:
    """The frame that checks judge (checks/register.py). Raises Problem for a cell that somebody has written by hand."""
    rows, made = len(held["known"]), dict[str, Any]()
    for column in table.columns:
        values = held.get(column.name)
        if values is None:
            made[column.name] = given[column.name] if column.name in given else columns.blank(column.kind, rows)
            continue
        try:
            made[column.name] = columns.cells(values, column.kind)
        except pa.ArrowException:
            found = columns.wrong(values, column.kind)
            raise Problem(
                f"The database cannot be judged: {table.name} has '{found}' in the column {column.name} ({column.heading}), "
                f"which is no {_EXPECTED.get(column.kind, 'text')}."
            ) from None
    made[KNOWN] = held["known"].cast(pa.int64()).to_numpy()
    return framed(made)


_EXPECTED = {Kind.YEN: "whole number", Kind.COUNT: "whole number", Kind.DATE: "date", Kind.YES_NO: "yes or no (1 or 0)"}


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
