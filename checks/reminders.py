"""Reminders before a due date: how many days before it each is told. Shared by the checks with due dates, not a check."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator

_MOST = 10
_LONGEST = 365  # days: a year before, nothing can be done yet


def _falling(days: tuple[int, ...]) -> tuple[int, ...]:
    """As given, if each is told after the one before; a step that is never reached would be no step."""
    if len(days) > _MOST or any(not 1 <= each <= _LONGEST for each in days) or any(a <= b for a, b in pairwise(days)):
        raise ValueError(
            f"expected at most {_MOST} numbers of days, each from 1 to {_LONGEST} and smaller than the one before it, "
            "such as [30, 14, 3]"
        )
    return days


Reminders = Annotated[tuple[int, ...], AfterValidator(_falling)]
"""Days before the due date, the earliest reminder first; none at all is allowed."""


def step(days: Iterable[int], days_left: int) -> int:
    """How many of the reminders are due so many days before the due date; 0 where none is."""
    return sum(days_left <= each for each in days)


def turns(days: Iterable[int], due: date) -> list[date]:
    """The days on which the reminders of a due date are told, in order."""
    return [due - timedelta(days=each) for each in days]
