"""Opening the database: the directory made, the schema brought up to date, every failure told in one sentence."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Dialect, Engine, Table, create_engine, event, insert, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from monitor.problems import Problem

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def connect(url: str, **options: Any) -> Engine:
    """An engine for a URL, whatever the state of the database. Raises Problem for a URL that cannot be used."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise Problem(f"database_url: found '{parsed.get_backend_name()}', expected sqlite or postgresql.")
        return _sqlite(parsed, options) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed, options)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise Problem("database_url: cannot be read as an address; expected e.g. sqlite:///var/keiyaku.db.") from error
    except ModuleNotFoundError as error:
        raise Problem(
            "database_url: PostgreSQL needs the extra 'postgres': pip install 'keiyaku-monitor[postgres]'."
        ) from error


def _sqlite(url: URL, options: Mapping[str, Any]) -> Engine:
    if not url.database or url.database == ":memory:":
        raise Problem("database_url: SQLite needs a file, e.g. sqlite:///var/keiyaku.db.")
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"The folder of the database, {folder}, cannot be made: {error.strerror}.") from error
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, so that DDL is in them too
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    return engine


def _postgresql(url: URL, options: Mapping[str, Any]) -> Engine:
    return create_engine(
        url,
        pool_pre_ping=True,
        **options,
        connect_args={"application_name": "keiyaku-monitor", "connect_timeout": 10, "options": "-c timezone=UTC"},
    )


def unpooled(engine: Engine) -> Engine:
    """Another engine to the same database, whose connections are closed when they are given back."""
    return create_engine(engine.url, poolclass=NullPool, connect_args={"application_name": "keiyaku-monitor lock"})


def _migrations() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _newest() -> str:
    """The schema of this version: the files of the migrations are numbered."""
    return max(path.name for path in MIGRATIONS.glob("versions/v[0-9]*.py"))[1:5]


def _current(connection: Connection) -> str | None:
    """The schema of a database, None for an empty one. Alembic, which takes longer to import than this, wrote it there."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def upgrade(engine: Engine) -> None:
    """Bring the schema up to date. Raises Problem for a database of a newer version."""
    with engine.connect() as connection:
        current = _current(connection)
    if current == _newest():
        return
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _migrations()
    scripts = ScriptDirectory.from_config(config)
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise Problem(
            f"The database {shown(engine)} has schema {current}, which is newer than this version knows "
            f"({_newest()}): upgrade keiyaku-monitor."
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def shown(engine: Engine) -> str:
    """The database's address without its password."""
    return engine.url.render_as_string(hide_password=True)


@contextmanager
def told(engine: Engine) -> Iterator[None]:
    """What the database refuses, as one sentence instead of a traceback."""
    try:
        yield
    except DBAPIError as error:
        if not isinstance(error.orig, Exception) or isinstance(error.orig, AssertionError):
            raise
        if _is_ours(reason(error)):
            raise
        raise Problem(f"The database {shown(engine)} cannot be used: {reason(error)}.") from error


def reason(error: DBAPIError) -> str:
    """What a driver refuses, in its first line; some errors say nothing but what they are."""
    return next(iter(str(error.orig).strip().splitlines()), type(error.orig).__name__)


def _is_ours(reason: str) -> bool:
    """A broken constraint or wrong SQL is a fault of the program, not of the user's machine."""
    return any(
        word in reason.lower() for word in ("constraint failed", "syntax error", "no such column", "duplicate key")
    )


def probe(url: str) -> None:
    """Ask the database for an answer, changing nothing in it. Raises Problem."""
    engine = connect(url)
    try:
        with told(engine), engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    finally:
        engine.dispose()


def is_current(engine: Engine) -> bool:
    """Whether the schema is that of this version. Changes nothing."""
    with engine.connect() as connection:
        return _current(connection) == _newest()


@contextmanager
def steady(engine: Engine) -> Iterator[Connection]:
    """A connection whose queries all see the same moment, whatever a runner writes meanwhile."""
    level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**level) as connection:
        yield connection


def inserted(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """Insert one row and return its id."""
    key = connection.execute(insert(table).values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def insert_all(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that have the same columns, in their order, by the driver: SQLAlchemy would bind cell by cell.

    What each cell becomes is SQLAlchemy's own all the same, so a row reads as if it had been inserted by ``insert``.
    """
    if not rows:
        return
    sql, binds = _insert(connection.dialect, table, tuple(rows[0]))
    bound = [_bound(bind, [row[name] for row in rows]) for name, bind in binds]
    connection.exec_driver_sql(sql, list(zip(*bound, strict=True)))


@lru_cache(maxsize=32)
def _insert(dialect: Dialect, table: Table, names: tuple[str, ...]) -> "tuple[str, list[tuple[str, _Bind | None]]]":
    """The statement, and what makes each column's cells: an organization's few rows cost no more than to find these out."""
    quote, mark = dialect.identifier_preparer.quote, "?" if dialect.paramstyle == "qmark" else "%s"
    places = ", ".join(quote(name) for name in names), ", ".join([mark] * len(names))
    sql = f"INSERT INTO {quote(table.name)} ({places[0]}) VALUES ({places[1]})"  # noqa: S608  # names of our own schema
    return sql, [(name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]


_Bind = Callable[[Any], Any]


def _bound(bind: _Bind | None, values: list[Any]) -> list[Any]:
    """The cells as the driver takes them. The same object again, as dates and blanks mostly are, becomes the same cell."""
    if bind is None:
        return values
    bound, before, cell = [], object(), None
    for value in values:
        if value is not before:
            before, cell = value, bind(value)
        bound.append(cell)
    return bound


def open_store(url: str) -> Engine:
    """The database of a URL, ready to use. Raises Problem."""
    engine = connect(url)
    try:
        with told(engine):
            upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine
