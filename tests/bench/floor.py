"""The floor: what it costs to import the libraries and to have the columns of every organization in memory, no more.

``python -m tests.bench.floor FILE.db``. The fastest route of the library notes is ADBC; without its driver, sqlite3.
Only columns that some import has filled are read: those of which nothing is known are NULL in every row.
"""

import importlib.util
import sqlite3
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

LOADER = "ADBC" if importlib.util.find_spec("adbc_driver_sqlite") else "sqlite3"


def load(path: str) -> "dict[str, pd.DataFrame]":
    """Every table that has rows, whole."""
    import pandas as pd

    with sqlite3.connect(path) as connection:
        filled = connection.execute("SELECT table_name, columns FROM column_sets ORDER BY id").fetchall()
        wanted: dict[str, list[str]] = {}
        for table, columns in filled:
            wanted[table] = sorted({*wanted.get(table, ()), *columns.split()})
        if LOADER == "sqlite3":
            return {table: pd.DataFrame(_columns(connection, table, columns)) for table, columns in wanted.items()}
    from adbc_driver_sqlite import dbapi

    with dbapi.connect(path) as fast, fast.cursor() as cursor:
        frames = {}
        for table, columns in wanted.items():
            cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")
            frames[table] = cursor.fetch_arrow_table().to_pandas(types_mapper=pd.ArrowDtype)
        return frames


def _columns(connection: sqlite3.Connection, table: str, columns: list[str]) -> dict[str, tuple[object, ...]]:
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
    return dict(zip(columns, zip(*rows, strict=True), strict=True))


if __name__ == "__main__":
    load(sys.argv[1])
