"""How many contracts of each class and due period were published in time, late, not yet, or cannot be seen to be. Shared, not a check.

A period is the month's end that is due; where a class counts in days, the quarter of the fiscal year of the signing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from checks import periods
from checks.finding import Tally
from checks.publication import Owed
from checks.publication_dates import DueOn
from checks.publication_record import Kind, Trouble


@dataclass
class _Group:
    label: str
    signed: list[date] = field(default_factory=list)
    due: list[date] = field(default_factory=list)
    in_time: int = 0
    late: int = 0
    missing: int = 0
    ahead: int = 0


class Counts:
    """Counts each duty once, by when it was published; what its publication lacks is told by the findings."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str, date], _Group] = {}

    def add(self, item: Owed, troubles: Sequence[Trouble], ahead: DueOn | None) -> None:
        """One duty, with what its record lacks and the due date that lies ahead (publication_record.compare)."""
        if not item.due:
            return
        last = item.due[0] if len(item.due) == 1 else max(item.due, key=lambda due: due.on)
        by_month = last.duty.due.kind == "month"
        period = last.on if by_month else periods.quarter_end(item.signed_on)
        key = item.rule.label, item.rule.id, period
        group = self._groups.get(key) or self._groups.setdefault(key, _Group(item.rule.label))
        group.signed.append(item.signed_on)
        group.due.append(last.on)
        kinds = {trouble.kind for trouble in troubles}
        if Kind.OVERDUE in kinds:
            group.missing += 1
        elif ahead:
            group.ahead += 1
        elif Kind.LATE in kinds:
            group.late += 1
        else:
            group.in_time += 1

    def tally(self) -> tuple[Tally, ...]:
        """In the order of the due dates, then of the classes."""
        made = [
            Tally(
                group.label,
                min(group.signed),
                max(group.signed),
                max(group.due),
                group.in_time,
                group.late,
                group.missing,
                group.ahead,
            )
            for group in self._groups.values()
        ]
        return tuple(sorted(made, key=lambda one: (one.due_on, one.label, one.first)))
