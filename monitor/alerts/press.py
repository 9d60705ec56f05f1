"""Findings that nobody has answered: told again on a slowing pace, and to the next contact. 確認 and every answer stop both."""

from collections.abc import Iterable, Sequence
from datetime import date

from checks.finding import Severity
from checks.office_days import Calendar
from monitor.alerts import pace, routing
from monitor.findings.lifecycle import Kind, Known, State, Told, Transition
from monitor.settings import Reminders, Settings


def press(known: Iterable[Known], as_of: date, settings: Settings, calendar: Calendar) -> list[Transition]:
    """What is told again on a day, in order of the findings. What was never told (a known backlog) is not."""
    found = []
    for one in known:
        kind = _step(one, as_of, settings, calendar)
        if kind is not None:
            found.append(Transition(kind, one))
    return found


def ripe(severity: Severity, told: Told, as_of: date, reminders: Reminders, calendar: Calendar) -> bool:
    """Whether a finding told so may be told again on a day, or told above, whoever is above: no other needs to be read."""
    if told.last >= as_of or not pace.is_reminded(severity, reminders):
        return False
    above = bool(reminders.escalate_after) and (
        calendar.business_days_after(told.since, reminders.escalate_after) <= as_of
    )
    return above or pace.due_again(told.last, told.times, as_of, reminders, calendar)


def _step(one: Known, as_of: date, settings: Settings, calendar: Calendar) -> Kind | None:
    told, reminders = one.told, settings.reminders
    waits = one.state is State.OPEN and not one.unknown
    if told is None or not waits or told.last >= as_of or not pace.is_reminded(one.severity, reminders):
        return None
    if pace.escalates(told.since, told.level, as_of, reminders, _chain(one, settings), calendar):
        return Kind.ESCALATED
    return Kind.PRESSED if pace.due_again(told.last, told.times, as_of, reminders, calendar) else None


def _chain(one: Known, settings: Settings) -> Sequence[str]:
    """The longest of the chains of those whom the routes name."""
    names = routing.recipients(routing.Facts.of(one), settings).contacts
    return max((routing.chain(name, settings) for name in names), key=len, default=())


__all__ = ["press", "ripe"]
