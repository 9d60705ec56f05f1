"""Twelve weeks: what stood at each week's end and what came and went, counted as the balance counts. Pure."""

from collections import deque
from collections.abc import Sequence
from datetime import timedelta

from checks.finding import Severity
from monitor.digest.model import TREND_WEEKS, TrendWeek
from monitor.digest.week import Week, of
from monitor.findings.history import Event


def trend(events: Sequence[Event], week: Week) -> tuple[TrendWeek, ...]:
    """The last weeks up to this one, from the first that has a record; ``events`` are in order and end with the week."""
    if not events:
        return ()
    first = max(week.first - timedelta(weeks=TREND_WEEKS - 1), min(event.as_of for event in events))
    weeks = [of(week.first - timedelta(weeks=back)) for back in reversed(range(TREND_WEEKS))]
    standing: dict[str, Severity] = {}
    made, left = [], deque(sorted(events, key=lambda event: event.as_of))  # the order within a day stays
    for each in weeks:
        come = gone = 0
        while left and left[0].as_of <= each.last:
            event = left.popleft()
            inside = event.as_of >= each.first
            come += inside and event.entered
            gone += inside and event.left
            if event.after.standing:
                standing[event.finding_id] = event.severity
            else:
                standing.pop(event.finding_id, None)
        if each.last >= first:
            high = sum(severity is Severity.HIGH for severity in standing.values())
            made.append(TrendWeek(each, len(standing), high, come, gone))
    return tuple(made)
