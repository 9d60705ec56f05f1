"""By when a class of publication asks a contract to be published. Not moved by holidays (law.md 6.6, 11)."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from checks import periods
from checks.rulebook import Due, Duty, PublicationClass


@dataclass(frozen=True)
class DueOn:
    """One medium's due date, and whether it was counted from the signing for want of a recorded decision."""

    on: date
    duty: Duty
    from_signing: bool

    @cached_property
    def media(self) -> tuple[str, ...]:
        """The media that serve."""
        return (self.duty.medium, *self.duty.also)


class DueDates:
    """The due dates of a class, earliest first; each distinct pair of days is asked once."""

    def __init__(self, rule: PublicationClass, prompt_days: int) -> None:
        self._rule, self._prompt_days = rule, prompt_days
        self._asked: dict[tuple[date | None, ...], tuple[DueOn, ...]] = {}
        self._after = sorted({"signed_on", *(duty.due.after for duty in rule.duties)})

    def of(self, row: Any) -> tuple[DueOn, ...]:
        """Of a contract (signed_on, awarded_on)."""
        question = tuple(getattr(row, name) for name in self._after)
        if question not in self._asked:
            found = [self._one(row, duty) for duty in self._rule.duties]
            self._asked[question] = tuple(sorted(found, key=lambda due: (due.on, due.duty.medium)))
        return self._asked[question]

    def _one(self, row: Any, duty: Duty) -> DueOn:
        # decided before it was signed: where the decision is not recorded, the later date is the milder one
        begins = getattr(row, duty.due.after)
        return DueOn(due_date(duty.due, begins or row.signed_on, self._prompt_days), duty, begins is None)


def due_date(due: Due, begins: date, prompt_days: int) -> date:
    """By when, for a date from which the rule counts. Not moved by holidays (law.md 11)."""
    if due.kind == "month":
        month = due.months[begins.month]
        return periods.month_end(begins.year if month > begins.month else begins.year + 1, month)
    days = prompt_days if due.kind == "promptly" else due.days_by_month.get(begins.month, due.days or 0)
    return periods.after_next_day(begins, days)
