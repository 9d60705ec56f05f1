"""The ledger of runs, read: what was judged when, what came of it, and what it cost. Times are UTC, costs CPU seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, select

from monitor.store.schema import evaluations, runs


@dataclass(frozen=True)
class Run:
    """A job that was begun. ``counts`` is what it wrote of itself when it ended; empty if it has not, or was killed."""

    id: int
    job: str
    as_of: date
    started_at: datetime
    finished_at: datetime | None
    status: str
    counts: Mapping[str, Any]

    @property
    def took(self) -> timedelta | None:
        """None while it runs; of one that was killed, nobody knows."""
        ended = self.finished_at if self.status != "crashed" else None
        return ended - self.started_at if ended else None


@dataclass(frozen=True)
class Cost:
    """What a check, or an organization, cost in a run. ``seconds`` is None where nothing was measured."""

    name: str
    answers: int
    judged: int
    found: int
    failed: int
    seconds: float | None


def newest(connection: Connection, limit: int | None = None) -> list[Run]:
    """The runs, the newest first."""
    query = select(runs).order_by(runs.c.id.desc()).limit(limit)
    return [_run(row) for row in connection.execute(query).mappings()]


def last_not_taken(engine: Engine) -> frozenset[str]:
    """What could not be imported before the last run that came to its end, by name: it was told of then."""
    query = select(runs.c.counts).where(
        runs.c.job == "run", runs.c.finished_at.is_not(None), runs.c.status != "crashed"
    )
    with engine.connect() as connection:
        counts = connection.scalar(query.order_by(runs.c.id.desc()).limit(1)) or {}
    return frozenset(counts.get("not_taken", ()))


def one(connection: Connection, run_id: int) -> Run | None:
    """The run of a number."""
    row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
    return _run(row) if row else None


def _run(row: RowMapping) -> Run:
    return Run(**{name: row[name] for name in Run.__dataclass_fields__})


def by_check(connection: Connection, run_id: int) -> list[Cost]:
    """What each check cost in a run, the dearest first."""
    return _costs(connection, "check_id", run_id)


def by_organization(connection: Connection, run_id: int, limit: int | None = None) -> list[Cost]:
    """What each organization cost, the dearest first."""
    return _costs(connection, "organization", run_id, limit)


def _costs(connection: Connection, column: str, run_id: int, limit: int | None = None) -> list[Cost]:
    what, rows = evaluations.c[column], evaluations.c
    seconds = func.sum(rows.seconds)
    numbers = (func.count(), func.sum(rows.judged), func.sum(rows.found), func.count(rows.error), seconds)
    query = select(what, *numbers).where(rows.run_id == run_id).group_by(what)
    dearest = query.order_by(func.coalesce(seconds, 0).desc(), what).limit(limit)
    return [Cost(*row) for row in connection.execute(dearest)]


def answers_of(connection: Connection, run_id: int, organization: str) -> list[RowMapping]:
    """The answers of a run for one organization, the dearest first."""
    rows = evaluations.c
    wanted = select(evaluations).where(rows.run_id == run_id, rows.organization == organization)
    dearest = wanted.order_by(func.coalesce(rows.seconds, 0).desc(), rows.check_id)
    return list(connection.execute(dearest).mappings())


def last_date(engine: Engine) -> date | None:
    """The date of the last run, None before the first."""
    with engine.connect() as connection:
        return last_date_of(connection)


def last_date_of(connection: Connection) -> date | None:
    """The same through an open connection."""
    query = select(runs.c.as_of).where(runs.c.job == "run").order_by(runs.c.as_of.desc()).limit(1)
    return connection.scalar(query)
