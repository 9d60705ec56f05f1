"""ISO weeks in Japanese dates: Monday to Sunday."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.problems import Problem


@dataclass(frozen=True, order=True)
class Week:
    """An ISO week; ``id`` is 2026-W12."""

    year: int
    number: int

    @property
    def id(self) -> str:
        """2026-W12."""
        return f"{self.year}-W{self.number:02d}"

    @property
    def first(self) -> date:
        """Its Monday."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=6)


def parse(text: str) -> Week:
    """2026-W12. Raises Problem."""
    found = re.fullmatch(r"(\d{4})-W(\d{2})", text)
    try:
        if found:
            week = Week(int(found[1]), int(found[2]))
            assert week.last  # it begins and ends in the calendar
            return week
    except (ValueError, OverflowError):
        pass
    raise Problem(f"--week: found '{text}', expected an ISO week such as 2026-W12.")


def of(day: date) -> Week:
    """The week in which a day lies."""
    year, number, _ = day.isocalendar()
    return Week(year, number)


def last_complete(today: date) -> Week:
    """The last week that is over."""
    return of(of(today).first - timedelta(days=1))
