"""The calendar of offices: fiscal years, quarters, days counted as the law counts them.

Sources: law.md 6.6 (起算), 11 (休日). An agency's own publication duty is not moved by a holiday.
"""

import calendar
from datetime import date, timedelta
from functools import lru_cache

_ERAS = ((date(2019, 5, 1), "令和", "R"), (date(1989, 1, 8), "平成", "H"), (date(1926, 12, 25), "昭和", "S"))
_WEEKDAYS = "月火水木金土日"


def fiscal_year(day: date) -> int:
    """The fiscal year (April–March) in which the day lies, by the year of its April."""
    return day.year if day.month >= 4 else day.year - 1


def month_end(year: int, month: int) -> date:
    """The last day of a month; months above 12 run into the next years."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, calendar.monthrange(year, month)[1])


@lru_cache(maxsize=4096)
def quarter_end(day: date) -> date:
    """The last day of the quarter (April–June, …) in which the day lies."""
    return month_end(day.year, day.month + (-day.month) % 3)


def months_after(day: date, months: int) -> date:
    """n months later (民法143条): the same day, the last day where there is none, and a month's end stays one."""
    last = month_end(day.year, day.month + months)
    is_month_end = day == month_end(day.year, day.month)
    return last if is_month_end or day.day > last.day else last.replace(day=day.day)


def after_next_day(day: date, days: int) -> date:
    """「X日の翌日から起算してn日以内」 and plain 「X日からn日以内」: X + n days."""
    return day + timedelta(days=days)


@lru_cache(maxsize=4096)
def wareki(day: date) -> str:
    """令和8年3月27日(金)."""
    era, year = _era(day, 1)
    return f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日({_WEEKDAYS[day.weekday()]})"


@lru_cache(maxsize=4096)
def short(day: date) -> str:
    """R8.3.27(金), for table cells."""
    era, year = _era(day, 2)
    return f"{era}{year}.{day.month}.{day.day}({_WEEKDAYS[day.weekday()]})"


def _era(day: date, name: int) -> tuple[str, int]:
    for era in _ERAS:
        if day >= era[0]:
            return str(era[name]), day.year - era[0].year + 1
    return "", day.year
