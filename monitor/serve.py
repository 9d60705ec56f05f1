"""``keiyaku serve``: the jobs of [[schedule]] in Japanese time, in one process, for a container.

What was due while nothing ran is done once at the start. SIGTERM lets the job at hand finish.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from monitor import inbox, jobs, sources
from monitor.digest import archive, week
from monitor.place import JST, Place
from monitor.problems import Exit, Problem
from monitor.run import Options
from monitor.schedule import trigger
from monitor.settings import Appointment
from monitor.store.schema import runs

log = logging.getLogger("keiyaku")
LOOK_BACK: Final = timedelta(days=8)  # a period older than this is history, not a missed one
TRIES: Final = 15  # while another runner is at work
BETWEEN: Final = timedelta(minutes=1)
Wait = Callable[[float], None]
Write = Callable[[Path, Mapping[str, str | bytes]], list[Path]]


@dataclass(frozen=True)
class Due:
    """An appointment and the moment it stands for."""

    appointment: Appointment
    at: datetime

    @property
    def period(self) -> str:
        """What makes it unique in the ledger of runs."""
        return self.at.astimezone(JST).isoformat(timespec="minutes")


def last_due(appointment: Appointment, now: datetime) -> datetime | None:
    """The last moment up to now at which it was due, within the look-back."""
    rule, found = trigger(appointment), None
    moment = rule.get_next_fire_time(None, now - LOOK_BACK)
    while moment is not None and moment <= now:
        found = moment
        moment = rule.get_next_fire_time(moment, moment + timedelta(seconds=1))
    return found


def missed(place: Place, now: datetime) -> list[Due]:
    """What was due and is not in the ledger of runs: each job once, for its last period."""
    due = []
    with place.engine.connect() as connection:
        ended = runs.c.status.in_(["done", "partial"])  # what was killed half-way is due again
        done = {(row.job, row.period) for row in connection.execute(select(runs.c.job, runs.c.period).where(ended))}
        # nothing to catch up on before the first period that was ever done
        known_jobs = {job for job, period in done if period}
    for appointment in place.settings.schedule:
        at = last_due(appointment, now)
        if at is not None and appointment.job in known_jobs:
            candidate = Due(appointment, at)
            if (appointment.job, candidate.period) not in done:
                due.append(candidate)
    return due


def do(place: Place, due: Due, write: Write, wait: Wait = time.sleep) -> None:
    """One period of one job, whatever comes of it told in the log. A period that is in the ledger is not done again.

    While another runner is at work (somebody imports by hand) it waits a while: a digest must not be lost to that.
    """
    late = place.clock() - due.at
    if late > timedelta(minutes=5):
        log.warning(
            "%s of %s is done late, by %s", due.appointment.job, due.period, str(late).split(".", maxsplit=1)[0]
        )
    for left in reversed(range(TRIES)):
        try:
            _do(place, due, write)
        except Problem as problem:
            if problem.exit_code is Exit.BUSY and left:
                log.info("%s of %s waits: %s", due.appointment.job, due.period, problem)
                wait(BETWEEN.total_seconds())
                continue
            for sentence in problem.sentences:
                log.error("%s of %s: %s", due.appointment.job, due.period, sentence)  # noqa: TRY400  # a sentence, no traceback
        except IntegrityError:
            log.warning("%s of %s is already done", due.appointment.job, due.period)
        return


def _do(place: Place, due: Due, write: Write) -> None:
    job, today = due.appointment.job, place.clock().astimezone(JST).date()
    if job == "deliver":
        log.info("deliver: %s", vars(jobs.deliver(place)))
    elif job == "run":
        arrivals = [*sources.take(place), *inbox.take(place)]
        for one in arrivals:
            (log.error if one.failed else log.info)("import: %s: %s", one.name, one.said)
        options = Options(as_of=today, period=due.period)
        ran = jobs.run_checks(place, jobs.world(place.settings), options, deliver=True, arrivals=arrivals)
        log.info("run: %s, messages %s", ran.outcome.counts(), vars(ran.delivered))
    else:
        written = jobs.digest(place, week.last_complete(today))
        write(place.settings.output, written.files)
        kept = archive.index(place.settings.output)
        write(place.settings.output, kept.files)
        for said in kept.notes:
            log.warning("digest: %s", said)
        log.info("digest %s: %s", written.digest.week.id, vars(jobs.send_digest(place, written)))
        _record(place, due)
        jobs.tidy(place.settings.output, written)  # last: if somebody has it open, the digest is sent all the same


def _record(place: Place, due: Due) -> None:
    """A digest is sent once per week and channel by its key in the outbox, so its period is recorded when it is over."""
    now = place.clock()
    values: dict[str, Any] = {"job": due.appointment.job, "period": due.period, "as_of": due.at.astimezone(JST).date()}
    with place.engine.begin() as connection:
        connection.execute(
            insert(runs).values(values | {"started_at": now, "finished_at": now, "status": "done", "counts": {}})
        )


class _JapaneseTime(logging.Formatter):
    """Log lines in the time that the schedule is in."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802  # logging's
        """2026-07-06 08:30:00."""
        return f"{datetime.fromtimestamp(record.created, JST):%Y-%m-%d %H:%M:%S}"


def serve(place: Place, write: Write) -> None:
    """Stay until SIGTERM or SIGINT. Raises Problem if nothing is scheduled."""
    if not place.settings.schedule:
        raise Problem("[[schedule]] is empty: name at least one job in the settings, or use cron with keiyaku run.")
    handler = logging.StreamHandler()
    handler.setFormatter(_JapaneseTime("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = BlockingScheduler(
        # one after the other: two jobs of one minute would take the lock from each other
        executors={"default": ThreadPoolExecutor(1)},
        timezone=JST,
        job_defaults={"misfire_grace_time": 6 * 3600, "coalesce": True, "max_instances": 1},
    )
    for number, appointment in enumerate(place.settings.schedule):
        scheduler.add_job(
            _fire, trigger(appointment), args=(place, appointment, write), id=f"{number}-{appointment.job}"
        )
        log.info("%s: %s at %s (Asia/Tokyo)", appointment.job, appointment.days, appointment.at)
    scheduler.add_listener(_unheard, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
    for due in missed(place, place.clock()):
        do(place, due, write)
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown waits for the job at hand; it must not run in the handler itself, which holds the scheduler's event
        signal.signal(number, lambda _number, _frame: threading.Thread(target=scheduler.shutdown).start())
    scheduler.start()
    log.info("stopped")


def _fire(place: Place, appointment: Appointment, write: Write) -> None:
    at = last_due(appointment, place.clock())
    if at is not None:
        do(place, Due(appointment, at), write)


def _unheard(event: JobEvent) -> None:
    log.error("the job %s: %s", event.job_id, getattr(event, "exception", None) or "was not started in time")
