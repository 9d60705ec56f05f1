"""The next five weeks: whose rule's date and whose acceptance's end is on which day. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from checks.office_days import Calendar
from monitor.digest.items import Item
from monitor.digest.model import CALENDAR_WEEKS, Day
from monitor.digest.week import Week


def calendar(week: Week, open_items: Iterable[Item], accepted: Iterable[Item], office: Calendar) -> tuple[Day, ...]:
    """CALENDAR_WEEKS × 7 days from the Monday after the week; what is accepted has no due date but an end."""
    due: dict[date, list[Item]] = defaultdict(list)
    ending: dict[date, list[Item]] = defaultdict(list)
    for item in open_items:
        if item.due_on:
            due[item.due_on].append(item)
    for item in accepted:
        if item.until:
            ending[item.until].append(item)
    days = [week.last + timedelta(days=ahead) for ahead in range(1, 7 * CALENDAR_WEEKS + 1)]
    return tuple(
        Day(
            day,
            office.closed_as(day),
            tuple(sorted(due[day], key=lambda item: (-item.severity.rank, item.id))),
            tuple(sorted(ending[day], key=lambda item: (-item.severity.rank, item.id))),
        )
        for day in days
    )
