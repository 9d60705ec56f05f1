"""Whether it is quiet now, why, and until when: nothing is told then, it waits. Pure; Japanese time whatever the zone given."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from checks.office_days import Calendar
from monitor.settings import TIMEZONE, Quiet

JST: Final = ZoneInfo(TIMEZONE)


class Why(StrEnum):
    """Why nothing is told now."""

    HOURS = "hours"
    CLOSED_DAY = "closed_day"

    @property
    def label(self) -> str:
        """The Japanese word, one for every medium."""
        return {"hours": "時間外", "closed_day": "閉庁日"}[self.value]


def calendar(settings: Quiet | None) -> Calendar:
    """The office's working days; what it closes by itself counts for reminders too, whatever is quiet."""
    return Calendar(frozenset(settings.extra_closed if settings else ()))


def quiet(moment: datetime, settings: Quiet | None) -> Why | None:
    """Why it is quiet at a moment, None if it is not."""
    if settings is None:
        return None
    here = _japanese(moment)
    if settings.closed_days and not calendar(settings).is_open(here.date()):
        return Why.CLOSED_DAY
    return Why.HOURS if _in_hours(here.time(), settings) else None


def ends(moment: datetime, settings: Quiet | None) -> datetime:
    """The first moment from the given one on that is not quiet, in Japanese time; the given one if it is not quiet."""
    here = _japanese(moment)
    while why := quiet(here, settings):
        midnight = _at(here.date() + timedelta(days=1), time())
        # hours end at `until`, today or tomorrow; a closed day and the hours before midnight end there at the earliest
        until = _at(here.date(), settings.hours[1]) if settings and settings.hours else midnight
        here = until if why is Why.HOURS and until > here else midnight
    return here


def _in_hours(at: time, settings: Quiet) -> bool:
    if settings.hours is None:
        return False
    begins, until = settings.hours
    return begins <= at < until if begins < until else at >= begins or at < until


def _japanese(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no zone: it may be quiet or not")
    return moment.astimezone(JST)


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, JST)
