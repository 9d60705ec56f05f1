"""A ledger table's columns as Arrow arrays, by the two routes that there are: a driver that speaks Arrow, or plain rows.

The Arrow driver (ADBC) is four times as fast. It brings a SQLite of its own, and two copies of SQLite in one process
would lose each other's locks on the file (sqlite.org/howtocorrupt.html, 2.2.1): so only a process that opens the
database by nothing else may use it, such as a worker of a run (monitor/executors.py). Both routes give the same arrays.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from checks.ledger import Kind

ROWS = 20_000  # at a time: Python objects take twenty times the memory of what they are made into

Query = Callable[[str, Sequence[str]], Mapping[str, pa.ChunkedArray]]
"""SQL with ``?`` for each parameter → its columns by name."""

_TYPES = {Kind.YEN: pa.int64(), Kind.COUNT: pa.int64(), Kind.DATE: pa.date32(), Kind.YES_NO: pa.bool_()}


def by_rows(connection: Connection) -> Query:
    """The columns through a connection that is open."""

    def query(sql: str, parameters: Sequence[str]) -> Mapping[str, pa.ChunkedArray]:
        marked = sql if connection.dialect.name == "sqlite" else sql.replace("?", "%s")
        cursor = connection.exec_driver_sql(marked, tuple(parameters)).cursor
        assert cursor is not None
        try:
            names = [described[0] for described in cursor.description]
            chunks: dict[str, list[pa.Array]] = {name: [] for name in names}
            # the driver's own rows: they are converted as a whole, not cell by cell
            while rows := cursor.fetchmany(ROWS):
                for name, values in zip(names, zip(*rows, strict=True), strict=True):
                    chunks[name].append(pa.array(values))
        except connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(marked, None, error) from error
        finally:
            cursor.close()
        return {name: _one_type(held) for name, held in chunks.items()}

    return query


def _one_type(chunks: list[pa.Array]) -> pa.ChunkedArray:
    """A chunk whose cells are all blank has no type of its own."""
    types = [chunk.type for chunk in chunks if not pa.types.is_null(chunk.type)]
    wanted = types[0] if types else pa.null()
    return pa.chunked_array([chunk.cast(wanted) for chunk in chunks], type=wanted)


def arrow_driver(url: URL) -> Any | None:
    """The ADBC driver for a database's address; None where the extra 'fast' is not installed."""
    try:
        if url.get_backend_name() == "sqlite":
            import adbc_driver_sqlite.dbapi as sqlite_driver

            return sqlite_driver
        import adbc_driver_postgresql.dbapi as postgresql_driver
    except ModuleNotFoundError:
        return None
    else:
        return postgresql_driver


@contextmanager
def by_arrow(driver: Any, url: URL) -> Iterator[Query]:
    """The columns through a connection of its own, by the Arrow driver. Raises DBAPIError where the database refuses."""
    sqlite = url.get_backend_name() == "sqlite"
    address = url.database if sqlite else url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with driver.connect(address) as connection, connection.cursor() as cursor:
            if sqlite:
                cursor.execute("PRAGMA busy_timeout=30000").fetchall()
                # a column's type is told from the first batch: let that be all
                cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(2**30)})

            def query(sql: str, parameters: Sequence[str]) -> Mapping[str, pa.ChunkedArray]:
                cursor.execute(sql if sqlite else _numbered(sql), list(parameters) or None)
                table = cursor.fetch_arrow_table()
                return dict(zip(table.column_names, table.columns, strict=True))

            yield query
    except driver.Error as error:
        raise DBAPIError(None, None, error) from error


def _numbered(sql: str) -> str:
    """``?`` as $1, $2 …"""
    first, *rest = sql.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, start=1))


def typed(values: pa.ChunkedArray, kind: Kind) -> pa.ChunkedArray:
    """A column in the type of its kind: text with "" for blank, yen and counts int64, dates date32, yes/no bool."""
    wanted = _TYPES.get(kind)
    if values.null_count == len(values):  # then SQLite does not tell the type
        return blank(kind, len(values))
    if wanted is None:
        return pc.fill_null(values.cast(pa.large_string()), "")
    if wanted == values.type:
        return values
    return values.cast(wanted)  # SQLite gives dates as ISO text and yes/no as 1 and 0


def blank(kind: Kind, length: int) -> pa.ChunkedArray:
    """A column without any value."""
    wanted = _TYPES.get(kind)
    held = pa.repeat(pa.scalar("", pa.large_string()), length) if wanted is None else pa.nulls(length, wanted)
    return pa.chunked_array([held])


def names(columns: Iterable[str]) -> str:
    """Columns for a SELECT."""
    return ", ".join(f'"{name}"' for name in columns)
