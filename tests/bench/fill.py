"""A database filled without `keiyaku import`: the same rows (test_fill.py compares), a good deal sooner.

``python -m tests.bench.fill bulk URL FOLDER``: a ledger that tests/bench/ledger.py wrote, straight into the tables.
``python -m tests.bench.fill times URL 10``: the rows of a database again and again, under other organizations' ids; their
digests and contract ids stay those of the first. That is how 10,000,000 contracts come about.
"""

import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import Connection, Engine, insert, literal, select

from checks import ledger
from checks.ledger import Kind
from monitor.store import quarantine, schema
from monitor.store.engine import inserted, open_store

BATCH = 10_000
_NUMBERS = {Kind.YEN, Kind.COUNT}
_DERIVED = {"publications": {"medium": "ウェブ"}}  # what intake says of a file without the column
_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=False)
_NOW = datetime(2026, 7, 1, tzinfo=UTC)


def bulk(engine: Engine, folder: Path, now: datetime = _NOW) -> None:
    """Store a folder of CSV files that are known to be in order."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for name in ledger.TABLES:
            if (folder / f"{name}.csv").exists():
                import_id, count = _table(connection, name, folder / f"{name}.csv", now)
                counts: dict[str, Any] = {"read": count, "added": count, "changed": 0, "unchanged": 0, "quarantined": 0}
                counts[quarantine.BODIES] = sorted(_bodies(connection, name))
                here = schema.imports.c.id == import_id
                connection.execute(schema.imports.update().where(here).values(counts=counts))
        _versions(connection, now)


def _bodies(connection: Connection, name: str) -> list[str]:
    table = schema.LEDGER[name]
    return list(connection.scalars(select(table.c.organization).distinct())) if "organization" in table.c else []


def _versions(connection: Connection, now: datetime) -> None:
    """The last import that touched each organization's rows."""
    moved: dict[str, int] = {}
    for table in schema.LEDGER.values():
        if "organization" in table.c:
            for body, at in connection.execute(select(table.c.organization, table.c.import_id).distinct()):
                moved[body] = max(at, moved.get(body, 0))
    versions = [{"organization": body, "version": at, "read_at": now} for body, at in sorted(moved.items())]
    connection.execute(insert(schema.data_versions), versions)


def _table(connection: Connection, name: str, path: Path, now: datetime) -> tuple[int, int]:
    """Store a file. Texts go to the driver as they are, dates among them: types would take most of the time."""
    values = {"source": path.name, "layout": "interchange", "imported_at": now, "counts": {}}
    import_id = inserted(connection, schema.imports, values)
    read = _read(name, path)
    given = sorted(read.column_names)
    known = inserted(connection, schema.column_sets, {"table_name": name, "columns": " ".join(given)})
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    columns = (*given, "other", "original", "digest", "known", "import_id")
    into = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"
    nothing = ("null", "null")  # JSON
    for batch in read.select(given).to_batches(BATCH):
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        stored = [(*row, *nothing, _digest(dict(zip(given, row, strict=True))), known, import_id) for row in rows]
        connection.exec_driver_sql(into, stored)
    return import_id, read.num_rows


def _read(name: str, path: Path) -> pa.Table:
    """A file with its numbers as numbers; blank is None, in a key ''."""
    numbers = [column.name for column in ledger.TABLES[name].columns if column.kind in _NUMBERS]
    texts = [column.name for column in ledger.TABLES[name].columns if column.kind not in _NUMBERS]
    types = dict.fromkeys(numbers, pa.int64()) | dict.fromkeys(texts, pa.string())
    options = csv.ConvertOptions(column_types=types, strings_can_be_null=True, null_values=[""])
    table = csv.read_csv(path, convert_options=options)
    for key in (column.name for column in schema.LEDGER[name].primary_key if column.name in table.column_names):
        table = table.set_column(table.column_names.index(key), key, table[key].fill_null(""))
    for column, text in _DERIVED.get(name, {}).items():
        table = table.append_column(column, pa.repeat(text, table.num_rows))
    return table


def _digest(row: dict[str, Any]) -> str:
    """The digest of a row as the import takes it (monitor/store/imports.py)."""
    row[""] = {}  # columns that the format does not know
    return hashlib.sha256(_JSON.encode(row).encode()).hexdigest()


def times(engine: Engine, count: int) -> None:
    """Each organization ``count`` times: as it is, and under ids that end with -1, -2 and so on."""
    tables = [*schema.LEDGER.values(), schema.data_versions]
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        bodies = list(connection.scalars(select(schema.LEDGER["organizations"].c.organization)))
        for table in (each for each in tables if "organization" in each.c):
            names = [column.name for column in table.columns]
            for copy in range(1, count):
                own = table.c.organization.concat(literal(f"-{copy}")).label("organization")
                columns = [own if name == "organization" else table.c[name] for name in names]
                query = select(*columns).where(table.c.organization.in_(bodies))
                connection.execute(insert(table).from_select(names, query))


def main() -> None:
    how, url, what = sys.argv[1:]
    engine = open_store(url)
    if how == "bulk":
        bulk(engine, Path(what))
    else:
        times(engine, int(what))
    engine.dispose()


if __name__ == "__main__":
    main()
