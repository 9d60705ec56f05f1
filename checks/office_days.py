"""The days on which offices work: not on Saturdays, Sundays, national holidays and from 12/29 to 1/3.

Sources: law.md 11 (行政機関の休日に関する法律1条; for local bodies 自治法4条の2 and their ordinances, which say the same).
The national holidays with their substitutes (振替休日, 国民の休日) come from the pinned library ``holidays``; next year's
equinoxes are its forecast until the gazette of February.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

_YEAR_ENDS_FROM: Final = (12, 29)
_YEAR_BEGINS_UNTIL: Final = (1, 3)


@cache
def _names(year: int) -> Mapping[date, str]:
    import holidays  # takes a tenth of a second, and most runs ask for no working day

    return dict(holidays.country_holidays("JP", years=year, language="ja"))


@cache
def _national(year: int) -> frozenset[date]:
    return frozenset(_names(year))


@dataclass(frozen=True)
class Calendar:
    """The working days of an office; ``extra_closed`` are the ones that it closes by itself."""

    extra_closed: frozenset[date] = frozenset()

    def is_open(self, day: date) -> bool:
        """Whether the office works on that day."""
        return not (
            day.weekday() >= 5
            or (day.month, day.day) >= _YEAR_ENDS_FROM
            or (day.month, day.day) <= _YEAR_BEGINS_UNTIL
            or day in self.extra_closed
            or day in _national(day.year)
        )

    def closed_as(self, day: date) -> str:
        """Why the office is closed, in Japanese: the holiday's name, 年末年始, 土, 日, 休; '' on a working day."""
        if name := _names(day.year).get(day):
            return name
        if (day.month, day.day) >= _YEAR_ENDS_FROM or (day.month, day.day) <= _YEAR_BEGINS_UNTIL:
            return "年末年始"
        if day.weekday() >= 5:
            return "土日"[day.weekday() - 5]
        return "休" if day in self.extra_closed else ""

    def last_before(self, day: date) -> date:
        """The day itself if the office works on it, else the last working day before."""
        while not self.is_open(day):
            day -= timedelta(days=1)
        return day

    def business_days_after(self, day: date, count: int) -> date:
        """The count-th working day after a day, which itself does not count; the day itself for 0."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_open(day)
        return day

    def business_days_between(self, first: date, last: date) -> int:
        """How many working days there are after the first and up to the last; 0 if it is not later."""
        days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
        return sum(map(self.is_open, days))
