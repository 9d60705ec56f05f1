"""Another database's query as a sheet: one SELECT, in a connection that cannot write, as a stream of rows.

PostgreSQL: a read-only transaction of one moment, in which nothing but DECLARE CURSOR FOR the query is ever asked (so it
can be no other statement, and only one). SQLite: the file is opened read-only and an authorizer allows nothing but to read.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, count
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote as percent
from zoneinfo import ZoneInfo

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from checks.ledger import Column, Kind
from monitor.intake import cells
from monitor.intake.cells import Cell, CellError, text
from monitor.intake.rows import quote
from monitor.intake.sheets import BATCH, Batch, Record, batches
from monitor.settings import TIMEZONE

READ_AT: Final = "read_at"  # the column of a query that says how new each row is; it is no column of the ledger
_PATIENCE: Final = 600  # seconds that the other database may take for one step
_JST: Final = ZoneInfo(TIMEZONE)
_NEWEST: Final = Column(READ_AT, "データの日付", Kind.DATE)
_READING: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)


class RefusedError(Exception):
    """Why the other database gives nothing, one Japanese sentence without any secret."""


@dataclass(frozen=True)
class Selected:
    """What a query gives: the names of its columns, and its rows as they come."""

    names: tuple[str, ...]
    rows: Iterator[Sequence[Any]]


Select = Callable[[str], Selected]
"""Asks the other database a SELECT. Raises RefusedError, also while its rows are read."""


@contextmanager
def connected(address: str) -> Iterator[Select]:
    """Ask another database by its address; what is asked sees one moment of it. Raises RefusedError."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise RefusedError(
            "データベースのアドレスが読めません（postgresql://… か sqlite:///… で書いてください）。"
        ) from None
    kind = url.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise RefusedError(f"{quote(kind)}のデータベースは読めません（postgresql か sqlite です）。")
    with _sqlite(url) if kind == "sqlite" else _postgresql(url) as select:
        yield lambda query: select(query.strip().removesuffix(";"))


# --- SQLite ---------------------------------------------------------------------------------------------------------


@contextmanager
def _sqlite(url: URL) -> Iterator[Select]:
    path = Path(url.database or "")
    if not path.is_file():
        raise RefusedError(f"データベースのファイル{quote(str(path))}がありません。")
    with _said(sqlite3.Error, sqlite3.Warning):
        where = f"file:{percent(str(path.absolute()))}?mode=ro"
        connection = sqlite3.connect(where, uri=True, timeout=30, isolation_level=None)
    with closing(connection):
        with _said(sqlite3.Error):
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            connection.set_authorizer(
                lambda action, *_: sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY
            )

        def select(query: str) -> Selected:
            with _said(sqlite3.Error, sqlite3.Warning):
                cursor = connection.execute(query)
            return Selected(_names(cursor.description), _fetched(cursor.fetchmany, sqlite3.Error, sqlite3.Warning))

        yield select


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


@contextmanager
def _postgresql(url: URL) -> Iterator[Select]:
    try:
        import psycopg
    except ModuleNotFoundError:
        raise RefusedError("PostgreSQLを読むには追加の部品（postgres）が必要です。") from None
    given: dict[str, Any] = {**url.query, **url.translate_connect_args(username="user", database="dbname")}
    given["options"] = (
        f"{given.get('options', '')} -c default_transaction_read_only=on -c statement_timeout={_PATIENCE}s".strip()
    )
    with _said(psycopg.Error, secret=url.password):
        connection = psycopg.connect(
            **{"connect_timeout": 10, "application_name": "keiyaku-monitor", **given}, prepare_threshold=None
        )
        connection.read_only, connection.isolation_level = True, psycopg.IsolationLevel.REPEATABLE_READ
    numbers = count(1)
    with closing(connection), ExitStack() as cursors:

        def select(query: str) -> Selected:
            with _said(psycopg.Error, secret=url.password):
                cursor = cursors.enter_context(connection.cursor(name=f"keiyaku{next(numbers)}"))
                cursor.execute(query.encode())  # bytes: a % is a %
            return Selected(_names(cursor.description), _fetched(cursor.fetchmany, psycopg.Error))

        yield select


# --- what both share ------------------------------------------------------------------------------------------------


@contextmanager
def _said(*errors: type[Exception], secret: str | None = None) -> Iterator[None]:
    """What a driver refuses, as one sentence; the password is in none."""
    try:
        yield
    except errors as error:
        lines = str(error).strip().splitlines()
        reason = lines[0] if lines else type(error).__name__
        if secret:
            reason = reason.replace(secret, "***")
        raise RefusedError(f"データベースが答えません（{reason}）。") from None


def _names(description: Sequence[Sequence[Any]] | None) -> tuple[str, ...]:
    if not description:
        raise RefusedError("問い合わせが列を返しません（SELECT を書いてください）。")
    return tuple(str(column[0]) for column in description)


def _fetched(more: Callable[[int], Sequence[Sequence[Any]]], *errors: type[Exception]) -> Iterator[Sequence[Any]]:
    while True:
        with _said(*errors):
            rows = more(BATCH)
        if not rows:
            return
        yield from rows


# --- a query as a sheet ---------------------------------------------------------------------------------------------


@dataclass
class QuerySheet:
    """The rows of a query below its columns' names; ``READ_AT`` is left out. It is asked again if it is read again."""

    source: str
    names: tuple[str, ...]
    select: Select = field(repr=False)
    query: str = field(repr=False)
    hidden: bool = False
    total: int | None = None

    def __post_init__(self) -> None:
        """Ask, and see whether there is a row. Raises RefusedError."""
        found = self.select(self.query)
        self.columns = found.names
        self.dated = any(_is_date(name) for name in found.names)
        first = next(found.rows, None)
        self.empty = first is None
        self._ready: Iterator[Sequence[Any]] | None = found.rows if first is None else chain([first], found.rows)

    def records(self) -> Iterator[Record]:
        """The names of the columns, then the rows."""
        kept = [at for at, name in enumerate(self.columns) if not _is_date(name)]
        yield Record(1, [self.columns[at] for at in kept])
        rows, self._ready = self._ready or self.select(self.query).rows, None
        for line, row in enumerate(rows, 2):
            yield _record(line, [row[at] for at in kept], [self.columns[at] for at in kept])

    def batches(self) -> Iterator[Batch]:
        """The same rows, many at a time."""
        yield from batches(self.records())

    def lines(self) -> Iterator[tuple[int, str]]:
        """Each row as a line of cells divided by tabs."""
        for record in self.records():
            yield record.line, "\t".join(" ".join(text(cell).split()) for cell in record.cells)

    def is_percent(self, _line: int, _position: int, /) -> bool | None:
        """A database has no formats: 2.5 is 2.5%."""
        return False


def newest(select: Select, query: str, fresh: str = "") -> date | None:
    """The newest date of the data: what ``fresh`` gives, else the largest ``READ_AT`` of the query; None if there is none.

    Raises RefusedError.
    """
    asked = fresh.strip() or f"SELECT max({READ_AT}) FROM (\n{query.strip().removesuffix(';')}\n) AS rows_of_query"  # noqa: S608  # the administrator's own, in a connection that cannot write
    row = next(select(asked).rows, None)
    if row is None or len(row) != 1:
        raise RefusedError("データの日付を尋ねる問い合わせ（fresh）は、一つの値を返すものにしてください。")
    try:
        value, _ = cells.read(_NEWEST, _cell(row[0]))
    except CellError as error:
        raise RefusedError(f"データの日付が読めません：{error}") from None
    return value if isinstance(value, date) else None


def _is_date(name: str) -> bool:
    return name.casefold() == READ_AT


def _record(line: int, row: Sequence[Any], names: Sequence[str]) -> Record:
    for value, name in zip(row, names, strict=True):
        if isinstance(value, (bytes, memoryview)):
            shown = ["" if isinstance(value, (bytes, memoryview)) else _cell(value) for value in row]
            return Record(line, shown, f"列{quote(name)}が文字ではありません（バイナリのデータです）。")
    return Record(line, [_cell(value) for value in row])


def _cell(value: Any) -> Cell:
    """A value as text, which is read the quick way; moments in Japanese time, and of several values one to a line."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        moment = value if value.tzinfo is None else value.astimezone(_JST).replace(tzinfo=None)
        return moment if moment.time() != time() else moment.date().isoformat()
    if isinstance(value, list):
        return "\n".join(text(_cell(one)) for one in value)
    return text(value)
