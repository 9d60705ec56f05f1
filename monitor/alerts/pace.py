"""When a finding that nobody has answered is told again, and when the next contact is told. Pure; in business days.

The caller asks only for findings in the state open: 確認, and every other answer, stops both.
"""

from collections.abc import Sequence
from datetime import date

from checks.finding import Severity
from checks.office_days import Calendar
from monitor.settings import Reminders


def is_reminded(severity: Severity, reminders: Reminders) -> bool:
    """Whether findings of this severity are told again and escalated at all."""
    return severity.rank >= reminders.severity.rank


def next_telling(told_on: date, tellings: int, reminders: Reminders, calendar: Calendar) -> date | None:
    """The day on which a finding told ``tellings`` times (1 or more), last on ``told_on``, is told again; None for never."""
    waits = reminders.business_days
    if not waits or tellings < 1:
        return None
    return calendar.business_days_after(told_on, waits[min(tellings, len(waits)) - 1])


def due_again(told_on: date, tellings: int, as_of: date, reminders: Reminders, calendar: Calendar) -> bool:
    """Whether that day has come."""
    day = next_telling(told_on, tellings, reminders, calendar)
    return day is not None and day <= as_of


def next_escalation(
    first_told: date, level: int, reminders: Reminders, chain: Sequence[str], calendar: Calendar
) -> tuple[date, str] | None:
    """(day, contact) of the next step; None if the chain has ended or nothing is escalated.

    ``chain`` begins with the contact of the route. ``level`` says how far the chain has been told, 0 for its first contact
    only; ``first_told`` is the day on which chain[level] was first told, so that each contact has its own days to answer.
    """
    if not reminders.escalate_after or level + 1 >= len(chain):
        return None
    return calendar.business_days_after(first_told, reminders.escalate_after), chain[level + 1]


def escalates(
    first_told: date, level: int, as_of: date, reminders: Reminders, chain: Sequence[str], calendar: Calendar
) -> str | None:
    """The contact that is told now because the one before has not answered, None if there is no such step yet."""
    step = next_escalation(first_told, level, reminders, chain, calendar)
    return step[1] if step and step[0] <= as_of else None
