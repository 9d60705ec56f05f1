"""A ledger table's columns as Arrow arrays, by the two routes that there are: a driver that speaks Arrow, or plain rows.

The Arrow driver (ADBC) is four times as fast. It brings a SQLite of its own, and two copies of SQLite in one process
would lose each other's locks on the file (sqlite.org/howtocorrupt.html, 2.2.1): so only a process that opens the
database by nothing else may use it, such as a worker of a run (monitor/executors.py). Both routes give the same arrays.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from checks.ledger import Kind

ROWS = 20_000  # at a time: Python objects take twenty times the memory of what they are made into

Query = Callable[[str, Sequence[str]], Mapping[str, pa.ChunkedArray]]
"""SQL with ``?`` for each parameter → its columns by name."""

_TYPES = {Kind.YEN: pa.int64(), Kind.COUNT: pa.int64(), Kind.DATE: pa.date32(), Kind.YES_NO: pa.bool_()}  # others: text
_MASKED = {pa.int64(): pd.arrays.IntegerArray, pa.bool_(): pd.arrays.BooleanArray}
_TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
_Texts: Any = pd.arrays.ArrowStringArray  # its stubs do not know the dtype


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
                    chunks[name].append(_array(values))
        except connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(marked, None, error) from error
        finally:
            cursor.close()
        return {name: _one_type(held) for name, held in chunks.items()}

    return query


def _array(values: Sequence[Any]) -> pa.Array:
    """In SQLite somebody may have written text among numbers: then all of it is text, as the Arrow driver has it."""
    try:
        return pa.array(values)
    except pa.ArrowException:
        return pa.array([None if value is None else str(value) for value in values])


def _one_type(chunks: list[pa.Array]) -> pa.ChunkedArray:
    """A chunk whose cells are all blank has no type of its own."""
    types = {chunk.type for chunk in chunks if not pa.types.is_null(chunk.type)}
    wanted = (types.pop() if len(types) == 1 else pa.string()) if types else pa.null()
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


class Arrow:
    """A connection of the Arrow driver. Every method raises DBAPIError where the database refuses."""

    def __init__(self, driver: Any, url: URL) -> None:
        self._driver, self._sqlite = driver, url.get_backend_name() == "sqlite"
        plain = url.set(drivername="postgresql")
        with self._told():
            address = url.database if self._sqlite else plain.render_as_string(hide_password=False)
            self._connection = driver.connect(address)
            self._cursor = self._connection.cursor()
            if self._sqlite:
                self._cursor.execute("PRAGMA busy_timeout=30000").fetchall()
                # a column's type is told from the first batch: let that be all
                self._cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(2**30)})

    @contextmanager
    def reading(self) -> Iterator[Query]:
        """Queries that see the same moment. When they are done, nothing of the database is held."""
        try:
            yield self._query
        finally:
            with self._told():
                self._connection.rollback()

    def _query(self, sql: str, parameters: Sequence[str]) -> Mapping[str, pa.ChunkedArray]:
        with self._told():
            self._cursor.execute(sql if self._sqlite else _numbered(sql), list(parameters) or None)
            table = self._cursor.fetch_arrow_table()
        return dict(zip(table.column_names, table.columns, strict=True))

    def close(self) -> None:
        """Let go of the database."""
        with self._told():
            self._cursor.close()
            self._connection.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except self._driver.Error as error:
            raise DBAPIError(None, None, error) from error


@contextmanager
def by_arrow(driver: Any, url: URL) -> Iterator[Query]:
    """The columns through a connection of its own, by the Arrow driver. Raises DBAPIError where the database refuses."""
    with closing(Arrow(driver, url)) as opened, opened.reading() as query:
        yield query


def _numbered(sql: str) -> str:
    """``?`` as $1, $2 …"""
    first, *rest = sql.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, start=1))


def cells(values: pa.ChunkedArray, kind: Kind) -> Any:
    """A column as the frames of a register hold it (checks/register.py says their dtypes); blank text is "".

    Raises pyarrow.ArrowException for a cell that is no value of the kind.
    """
    if values.null_count == len(values):  # then SQLite does not tell the type
        return blank(kind, len(values))
    wanted = _TYPES.get(kind, pa.large_string())
    if wanted != values.type:  # SQLite gives dates as ISO text and yes/no as 1 and 0
        values = values.cast(wanted)
    if kind is Kind.DATE:
        return values.cast(pa.timestamp("s")).to_numpy()
    if kind not in _TYPES:
        return _Texts(values.fill_null("") if values.null_count else values, dtype=_TEXT)
    missing = values.is_null().to_numpy()
    return _MASKED[wanted](values.fill_null(pa.scalar(False).cast(wanted)).to_numpy(), missing)


@lru_cache(maxsize=64)
def blank(kind: Kind, length: int) -> Any:
    """A column without any value. Most columns of a ledger are such ones, and frames are never written to: one will do."""
    wanted = _TYPES.get(kind)
    if wanted is None:
        return text("", length)
    if kind is Kind.DATE:  # as the frame will have it: it would make one of each column
        return pd.array(np.full(length, np.datetime64("NaT", "s")), dtype="datetime64[s]")
    return _MASKED[wanted](np.zeros(length, dtype=wanted.to_pandas_dtype()), np.ones(length, dtype=bool))


def text(value: str, length: int) -> Any:
    """A column with the same text throughout."""
    return _Texts(pa.chunked_array([pa.repeat(pa.scalar(value, pa.large_string()), length)]), dtype=_TEXT)


def wrong(values: pa.ChunkedArray, kind: Kind) -> object:
    """The first cell that is no value of the kind."""
    for start in range(len(values)):
        try:
            cells(values.slice(start, 1), kind)
        except pa.ArrowException:
            return values[start].as_py()
    return None


def names(columns: Iterable[str]) -> str:
    """Columns for a SELECT."""
    return ", ".join(f'"{name}"' for name in columns)
