"""What the schedule asked for in a week and what came of it: periods of runs and digests done, late, failed.

A run that was started by hand or by cron stands for the period of its day; a digest that was sent, for that of its week.
Deliveries leave no period on record: what did not arrive is counted by itself.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, select

from monitor.digest.model import Periods
from monitor.digest.week import Week, of
from monitor.settings import TIMEZONE, Appointment
from monitor.store.schema import outbox, runs

LATE = timedelta(hours=1)  # a period that begins later than so long after its time was late
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ENDED = ("done", "partial")
_FAILED = ("failed", "crashed")


def periods(connection: Connection, week: Week, schedule: Sequence[Appointment]) -> tuple[Periods, ...]:
    """By job, for the jobs whose periods are on record. Nothing was due before the first run ever."""
    query = select(runs.c.job, runs.c.period, runs.c.as_of, runs.c.started_at, runs.c.status).where(
        runs.c.as_of <= week.last + timedelta(days=1)
    )
    rows = list(connection.execute(query).mappings())
    begun = min((row["as_of"] for row in rows), default=None)
    if begun is None:
        return ()
    arrived = select(outbox.c.key).where(outbox.c.kind == "digest", outbox.c.status == "sent")
    sent = {row.key.split(":")[1] for row in connection.execute(arrived)}
    return tuple(_counted(job, week, schedule, rows, begun, sent) for job in ("run", "digest") if _has(job, schedule))


def _has(job: str, schedule: Sequence[Appointment]) -> bool:
    return any(one.job == job for one in schedule)


def _counted(
    job: str, week: Week, schedule: Sequence[Appointment], rows: Sequence[RowMapping], begun: date, sent: set[str]
) -> Periods:
    due = done = late = failed = 0
    mine = [row for row in rows if row["job"] == job]
    for moment in moments(schedule, job, week):
        day = moment.date()
        if day < begun:
            continue
        due += 1
        named = [row for row in mine if row["period"] == moment.isoformat(timespec="minutes")]
        ended = [row for row in named if row["status"] in _ENDED]
        by_hand = any(row["as_of"] == day and row["period"] is None and row["status"] in _ENDED for row in mine)
        if ended or by_hand or (job == "digest" and of(day - timedelta(days=7)).id in sent):
            done += 1
            late += bool(ended) and not by_hand and min(row["started_at"] for row in ended) > moment + LATE
        else:
            failed += any(row["status"] in _FAILED for row in (*named, *(row for row in mine if row["as_of"] == day)))
    return Periods(job, due, done, late, failed)


def moments(schedule: Sequence[Appointment], job: str, week: Week) -> list[datetime]:
    """When a job was due in a week, in Japanese time."""
    zone = ZoneInfo(TIMEZONE)
    found = {
        datetime.combine(week.first + timedelta(days=number), time(one.hour, one.minute), zone)
        for one in schedule
        if one.job == job
        for number in weekdays(one.days)
    }
    return sorted(found)


def weekdays(names: str) -> set[int]:
    """mon-fri,sun → 0 to 4 and 6."""
    found: set[int] = set()
    for part in names.split(","):
        first, _, last = part.strip().partition("-")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        found.update(range(begin, end + 1))
    return found
