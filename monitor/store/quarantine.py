"""Rows that could not be read: listed with the reason, written back as CSV for correction in Excel."""

import csv
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, RowMapping, select

from checks import ledger, words
from monitor.problems import Problem
from monitor.spreadsheet import guarded
from monitor.store.schema import quarantine

REASON = "隔離の理由"  # the heading of the reason in an exported file; import keeps it as an unknown column


def waiting(connection: Connection, organization: str | None = None) -> Sequence[RowMapping]:
    """The rows still in quarantine, by source and line."""
    query = select(quarantine).where(quarantine.c.closed_by.is_(None))
    if organization:
        query = query.where(quarantine.c.organization == organization)
    return connection.execute(query.order_by(quarantine.c.source, quarantine.c.line, quarantine.c.id)).mappings().all()


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
    for column in ledger.TABLES[table].columns:
        if words.narrow(name).strip() in (
            column.name,
            *(words.narrow(known) for known in (column.heading, *column.also)),
        ):
            return column.heading
    return name
