"""Rows that could not be read: kept whole with the reason until they can be (corrections.py writes them out)."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from checks import ledger
from monitor.store.schema import imports, quarantine

if TYPE_CHECKING:
    from monitor.intake.rows import BadRow

BODIES = "bodies"  # of which organizations a file spoke, among the counts of its import


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


def replace(
    connection: Connection, import_id: int, source: str, table: str, bodies: Collection[str], *, several: bool
) -> None:
    """A file's rows of these organizations were read anew: what is still wrong has come back with this import.

    ``several`` organizations have rows in the table, and two of them may have a file of this name. A row of which nobody
    knows whose it is goes then only with a file that speaks of one of the organizations of which its own has spoken, or,
    where one of the two speaks of none, if it has come again.
    """
    named = sorted(set(bodies) - {""})
    mine = quarantine.c.source == source, quarantine.c.table_name == table, quarantine.c.closed_by.is_(None)
    older = quarantine.c.import_id != import_id
    known = named if several else [*named, ""]
    connection.execute(delete(quarantine).where(*mine, older, quarantine.c.organization.in_(known)))
    if several:
        nobodys = select(quarantine, imports.c.counts).where(*mine, quarantine.c.organization == "")
        query = nobodys.join(imports, imports.c.id == quarantine.c.import_id)
        before = connection.execute(query.where(older)).mappings().all()
        again = {number(row) for row in connection.execute(query.where(~older)).mappings()} if before else set()
        gone = [row["id"] for row in before if _is_anew(row["counts"].get(BODIES), named, again=number(row) in again)]
        settle(connection, import_id, gone=gone, read=())


def _is_anew(before: Sequence[str] | None, now: Sequence[str], *, again: bool) -> bool:
    """Whether a row of nobody's came with the file that is read now, by whom both have spoken of; None: it was not kept."""
    if before is None:
        return True
    return not set(before).isdisjoint(now) or (again and not (before and now))


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


def number(row: RowMapping) -> str:
    """The number of a row in quarantine."""
    from monitor.intake.returned import mark  # readers, which a list does not need

    return mark(row["source"], row["table_name"], row["line"], row["cells"])


def mark_of(source: str, row: "BadRow") -> str:
    """The same of a row that goes there."""
    from monitor.intake.returned import mark

    return mark(source, row.table, row.line, row.cells)
