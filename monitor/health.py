"""Whether the program does its work: what has to be mended, and what waits for a person. One screen for who runs it.

Wrong is what the program itself has failed to do: a job of the schedule that was not done, a check that broke off, a message
that did not arrive. Held messages, old ledgers and rows in quarantine are told, but no restart would mend them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from monitor.alerts import outbox
from monitor.alerts.outbox import Status
from monitor.findings import answers, holds
from monitor.findings.holds import Hold
from monitor.place import JST
from monitor.schedule import trigger
from monitor.settings import Appointment, Settings
from monitor.store import aside, bodies, quarantine
from monitor.store.schema import imports, runs
from monitor.store.schema import outbox as messages

GRACE: Final = timedelta(hours=1)  # a job that has begun in time may take so long, and a restart
LONGEST: Final = timedelta(hours=6)  # a run that still runs after it was killed, or hangs


@dataclass(frozen=True)
class Run:
    """The last run of the ledger of runs."""

    as_of: date
    started_at: datetime
    finished_at: datetime | None
    status: str


@dataclass(frozen=True)
class Job:
    """A job of the schedule. ``late`` is how long ago the first time was that nobody has made up for."""

    name: str
    done_on: date | None
    next_at: datetime | None
    late: timedelta | None


@dataclass(frozen=True)
class Health:
    """How things are at a moment. ``failed`` are the checks that broke off, by organization; ``messages`` by status."""

    now: datetime
    last_run: Run | None
    jobs: tuple[Job, ...]
    failed: tuple[tuple[str, str], ...]
    messages: Mapping[Status, int]
    holds: tuple[Hold, ...]
    stale: tuple[tuple[str, date], ...]
    quarantined: int
    set_aside: int = 0

    @property
    def wrong(self) -> tuple[str, ...]:
        """What has to be mended, a sentence for each."""
        return tuple(_wrong(self))


def gather(connection: Connection, settings: Settings, now: datetime) -> Health:
    """How things are, from the database; changes nothing."""
    today = now.astimezone(JST).date()
    first_import = connection.scalar(select(func.min(imports.c.imported_at)))
    done = {"run": _runs_done(connection), "digest": _digests_done(connection)}
    undelivered = Counter(Status(row.status) for row in outbox.undelivered(connection))
    longest = settings.stale_after_days
    return Health(
        now=now,
        last_run=_last_run(connection),
        jobs=tuple(
            _job(name, settings.schedule, done.get(name), first_import if name == "run" else None, now)
            for name in dict.fromkeys(appointment.job for appointment in settings.schedule)
        ),
        failed=tuple(key for key, row in answers.last(connection).items() if row["status"] == answers.ERROR),
        messages={status: undelivered[status] for status in Status if undelivered[status]},
        holds=tuple(holds.standing(connection)),
        stale=tuple(
            (one.id, one.read_on)
            for one in bodies.organizations(connection)
            if one.read_on is not None and 0 < longest < (today - one.read_on).days
        ),
        quarantined=len(quarantine.places(connection)),
        set_aside=sum(aside.counts(connection).values()),
    )


def _last_run(connection: Connection) -> Run | None:
    row = connection.execute(select(runs).where(runs.c.job == "run").order_by(runs.c.id.desc()).limit(1)).first()
    return Run(row.as_of, row.started_at, row.finished_at, row.status) if row else None


def _runs_done(connection: Connection) -> date | None:
    ended = runs.c.status.in_(["done", "partial"])
    found: date | None = connection.scalar(select(func.max(runs.c.as_of)).where(runs.c.job == "run", ended))
    return found


def _digests_done(connection: Connection) -> date | None:
    """By the scheduler's record, or by a digest in the outbox: cron leaves no record."""
    recorded = connection.scalar(select(func.max(runs.c.as_of)).where(runs.c.job == "digest"))
    sent = connection.scalar(select(func.max(messages.c.created_at)).where(messages.c.kind == "digest"))
    return max((day for day in (recorded, sent.astimezone(JST).date() if sent else None) if day), default=None)


def _job(
    name: str, schedule: Sequence[Appointment], done_on: date | None, begun: datetime | None, now: datetime
) -> Job:
    """``begun``: since when there has been anything to do. A job that was never done and need not be is not late."""
    mine = [appointment for appointment in schedule if appointment.job == name]
    since = datetime.combine(done_on + timedelta(days=1), time(), JST) if done_on else begun
    missed = _next(mine, since) if since else None
    late = now - missed if missed is not None and now - missed > GRACE else None
    return Job(name, done_on, _next(mine, now), late)


def _next(appointments: Iterable[Appointment], after: datetime) -> datetime | None:
    """The first moment, from this one on, at which one of these is due."""
    found = (trigger(appointment).get_next_fire_time(None, after) for appointment in appointments)
    return min((moment for moment in found if moment is not None), default=None)


def _wrong(health: Health) -> Iterable[str]:
    for job in health.jobs:
        if job.late is not None:
            done = f"last done for {job.done_on}" if job.done_on else "never done"
            yield f"The job {job.name} is late by {_span(job.late)} ({done}): is keiyaku serve, cron or the timer at work?"
    last = health.last_run
    if last is not None and last.status in ("failed", "crashed"):
        yield f"The last run ({_moment(last.started_at)}) ended as '{last.status}': look at its log and start it again."
    if last is not None and last.status == "running" and health.now - last.started_at > LONGEST:
        yield f"The last run says since {_moment(last.started_at)} that it is running: it was killed, or hangs."
    if health.failed:
        named = ", ".join(f"{check} of {organization}" for organization, check in health.failed[:3])
        left = f" and {len(health.failed) - 3} more" if len(health.failed) > 3 else ""
        yield f"Checks that broke off when they were last asked: {named}{left}. Look at the log."
    for status, advice in (
        (Status.DEAD, "were not delivered: mend what their error says, then keiyaku deliveries retry or cancel"),
        (Status.UNKNOWN, "may not have arrived: ask, then keiyaku deliveries retry --yes or cancel"),
    ):
        if status in health.messages:
            yield f"{health.messages[status]} messages {advice}."


def lines(health: Health) -> Iterable[str]:
    """The rest of the screen: how things stand, a line for each."""
    last = health.last_run
    yield f"last run:   {f'{_moment(last.started_at)} as of {last.as_of}, {last.status}' if last else 'none yet'}"
    for job in health.jobs:
        done = f", last done for {job.done_on}" if job.done_on else ""
        yield f"{job.name + ':':11} {'late' if job.late else 'in time'}{done}, next {_moment(job.next_at)}"
    if not health.jobs:
        yield "schedule:   none in the settings; whether a run is late is not known"
    told = ", ".join(f"{count} {status.value}" for status, count in health.messages.items())
    yield f"messages:   {told or 'every one delivered'}"
    yield f"held:       {_holds(health.holds)}"
    stale = ", ".join(f"{name} (last read on {day})" for name, day in health.stale[:5])
    more = f" and {len(health.stale) - 5} more" if len(health.stale) > 5 else ""
    yield f"ledgers:    {f'too old to be judged: {stale}{more}' if stale else 'recent enough'}"
    more = f", {health.set_aside:,} set aside" if health.set_aside else ""
    yield f"quarantine: {f'{health.quarantined:,} rows' if health.quarantined else 'empty'}{more}"


def _holds(held: Sequence[Hold]) -> str:
    if not held:
        return "nothing"
    first = held[0]
    named = " ".join(part for part in (first.organization, first.check) if part)
    more = f" and {len(held) - 1} more" if len(held) > 1 else ""
    return f"messages of {named}{more} since {first.placed_on}, until keiyaku release"


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(JST):%Y-%m-%d %H:%M}" if moment else "never"


def _span(late: timedelta) -> str:
    hours = late.total_seconds() / 3600
    return (
        f"{late.days} days" if late.days > 1 else f"{int(hours)} hours" if hours >= 2 else f"{int(hours * 60)} minutes"
    )


__all__ = ["Health", "Job", "Run", "gather", "lines"]
