"""Rows that could not be read: listed with the reason, written back as CSV for correction in Excel."""

import csv
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from checks import ledger, words
from monitor.problems import Problem
from monitor.spreadsheet import guarded
from monitor.store.schema import quarantine

if TYPE_CHECKING:
    from monitor.intake.rows import BadRow

REASON = "隔離の理由"  # the heading of the reason in an exported file; import keeps it as an unknown column


def hold(connection: Connection, import_id: int, source: str, rows: "Sequence[BadRow]") -> None:
    """Keep rows that an import could not read, whole, with the reason."""
    if rows:
        connection.execute(
            insert(quarantine),
            [
                {
                    "import_id": import_id,
                    "source": source,
                    "table_name": row.table,
                    "line": row.line,
                    "organization": row.organization,
                    "row_key": row.row_key,
                    "column_name": row.column,
                    "value": row.value,
                    "reason": row.reason,
                    "cells": row.cells,
                    "closed_by": None,
                }
                for row in rows
            ],
        )


def replace(connection: Connection, import_id: int, source: str, table: str, organizations: Collection[str]) -> None:
    """A file's rows of these organizations were read anew: what is still wrong has come back with this import."""
    connection.execute(
        delete(quarantine).where(
            quarantine.c.import_id != import_id,
            quarantine.c.source == source,
            quarantine.c.table_name == table,
            quarantine.c.organization.in_(sorted(organizations)),
            quarantine.c.closed_by.is_(None),
        )
    )


def key_of(table: ledger.Table, names: Sequence[str], parts: Sequence[object]) -> tuple[str, str]:
    """(organization, key) of a stored row as ``BadRow`` has them; ``names`` are the columns of its parts, in any order."""
    held = dict(zip(names, parts, strict=True))
    organization = str(held["organization"]) if table.by_organization else ""
    return organization, " / ".join(str(held[name]) for name in table.key)


def elsewhere(connection: Connection, source: str, table: str) -> dict[tuple[str, str], list[int]]:
    """(organization, key) → ids of the rows of a table that wait from other files: those that this file has can be read now.

    Of a table that all organizations share, and of a row whose organization could not be read, the first is "". A row
    without a key is known by its organization alone where that is the whole key, so it is in here too.
    """
    query = select(quarantine.c.organization, quarantine.c.row_key, quarantine.c.id).where(
        quarantine.c.table_name == table,
        quarantine.c.closed_by.is_(None),
        quarantine.c.source != source,
        (quarantine.c.row_key != "") | (quarantine.c.organization != ""),
    )
    waits: dict[tuple[str, str], list[int]] = {}
    for organization, key, row in connection.execute(query):
        waits.setdefault((organization, key), []).append(row)
    return waits


def of_table(connection: Connection, table: str, before: int) -> Sequence[RowMapping]:
    """The rows of a table that wait since an earlier import, by id."""
    query = select(quarantine).where(quarantine.c.table_name == table, quarantine.c.closed_by.is_(None))
    return connection.execute(query.where(quarantine.c.import_id < before).order_by(quarantine.c.id)).mappings().all()


def settle(connection: Connection, import_id: int, *, gone: Sequence[int], read: Sequence[int]) -> None:
    """Of waiting rows, by id: ``gone`` came anew with this import, ``read`` could be read by it after all."""
    at = quarantine.c.id == bindparam("row")
    if gone:
        connection.execute(delete(quarantine).where(at), [{"row": row} for row in gone])
    if read:
        connection.execute(update(quarantine).where(at).values(closed_by=import_id), [{"row": row} for row in read])


def waiting(connection: Connection, organization: str | None = None) -> Sequence[RowMapping]:
    """The rows still in quarantine, by source and line."""
    query = select(quarantine).where(quarantine.c.closed_by.is_(None))
    if organization:
        query = query.where(quarantine.c.organization == organization)
    return connection.execute(query.order_by(quarantine.c.source, quarantine.c.line, quarantine.c.id)).mappings().all()


def places(connection: Connection) -> list[tuple[str, str, int, str]]:
    """Where the rows still in quarantine stand, without their cells: (organization, source, line, column)."""
    columns = [quarantine.c[name] for name in ("organization", "source", "line", "column_name")]
    query = select(*columns).where(quarantine.c.closed_by.is_(None))
    rows = connection.execute(query.order_by(quarantine.c.source, quarantine.c.line, quarantine.c.id))
    return [(row.organization, row.source, row.line, row.column_name) for row in rows]


def of_imports(connection: Connection, imports: Sequence[int]) -> Sequence[RowMapping]:
    """The rows that wait since these imports, in their order."""
    query = select(quarantine).where(quarantine.c.import_id.in_(imports), quarantine.c.closed_by.is_(None))
    order = quarantine.c.import_id, quarantine.c.line, quarantine.c.id
    return connection.execute(query.order_by(*order)).mappings().all()


def export(rows: Sequence[RowMapping], folder: Path) -> list[Path]:
    """One CSV per table (UTF-8 with BOM, for Excel): the whole rows and, last, the reason. Raises Problem."""
    written = []
    for table in sorted({row["table_name"] for row in rows}):
        held = [row for row in rows if row["table_name"] == table]
        whole = [{_heading(table, name): cell for name, cell in row["cells"].items()} for row in held]
        headings = list(dict.fromkeys(heading for cells in whole for heading in cells if heading != REASON))
        path = folder / f"{table}.csv"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow([*headings, REASON])
                for row, cells in zip(held, whole, strict=True):
                    told = f"{row['source']} {row['line']}行目 {row['column_name']}：{row['reason']}"
                    writer.writerow(
                        [guarded(str(cell)) for cell in (*(cells.get(name, "") for name in headings), told)]
                    )
        except OSError as error:
            raise Problem(f"{path} cannot be written: {error.strerror}.") from error
        written.append(path)
    return written


def _heading(table: str, name: str) -> str:
    """One heading for a column, however the file or the store called it: rows of several files come back in one."""
    from monitor.intake.layouts import TABLES  # the readers of all kinds of files, which a list does not need

    for column in TABLES[table].columns:
        if words.narrow(name).strip() in (
            column.name,
            *(words.narrow(known) for known in (column.heading, *column.also)),
        ):
            return column.heading
    return name
