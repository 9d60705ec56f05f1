"""One runner at a time: a lock that the operating system or the server frees when its holder dies, however it dies.

The unique keys of runs and outbox are the real guard; this keeps two runners from wasting each other's time.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from monitor.problems import Exit, Problem
from monitor.store.engine import unpooled

_KEY = 0x6B656979616B75  # "keiyaku"


Check = Callable[[], None]


@contextmanager
def one_runner(engine: Engine) -> Iterator[Check]:
    """Hold the lock of this database. Raises Problem (exit code 75) if another runner holds it.

    What is given is to be called before anything that cannot be taken back: it raises Problem if the lock was lost (the
    server has ended its session), so that another runner may be at work.
    """
    if engine.dialect.name == "sqlite":
        with _sqlite_lock(Path(str(engine.url.database))):
            yield lambda: None  # a file's lock is lost with its process only
    else:
        with _postgresql_lock(engine) as check:
            yield check


@contextmanager
def _sqlite_lock(database: Path) -> Iterator[None]:
    """An exclusive transaction on a lock file beside the database: works on every system that SQLite works on."""
    path = database.with_name(database.name + ".lock")
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise _busy(str(path)) from error
        raise Problem(f"The lock file {path} cannot be used: {error}.") from error
    try:
        yield
    finally:
        connection.close()


@contextmanager
def _postgresql_lock(engine: Engine) -> Iterator[Check]:
    """A session's advisory lock on a connection of its own: a pooled one would keep it after it was given back."""
    with unpooled(engine).connect() as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}):
            holder = connection.execute(
                text(
                    "SELECT a.pid, a.client_addr, a.backend_start FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                    "WHERE l.locktype = 'advisory' AND l.granted AND ((l.classid::bigint << 32) | l.objid::bigint) = :key"
                ),
                {"key": _KEY},
            ).first()
            raise _busy(
                f"process {holder.pid}, since {holder.backend_start:%Y-%m-%d %H:%M}" if holder else "another session"
            )
        connection.commit()

        def check() -> None:
            try:
                connection.execute(text("SELECT 1"))
                connection.commit()
            except DBAPIError as error:
                raise Problem(
                    "The lock was lost: the server has ended its session. What was begun is finished by the next run.",
                    exit_code=Exit.BUSY,
                ) from error

        yield check


def _busy(holder: str) -> Problem:
    return Problem(f"Another runner is at work ({holder}). Nothing was done; try again later.", exit_code=Exit.BUSY)
