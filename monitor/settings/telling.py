"""Who is told of what, and when: contacts, routes, quiet hours, reminders, holds."""

from dataclasses import dataclass
from datetime import time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from checks.finding import Severity
from monitor.settings.values import Count, Day, Model, TimeOfDay

Names = tuple[str, ...]


@dataclass(frozen=True)
class Contact:
    """Someone who is told: through which channel, whereto instead of the channel's own (``to``), and who is told ``next``."""

    name: str
    label: str
    channel: str
    to: tuple[str, ...] = ()
    next: str = ""


class ContactEntry(Model):
    """[contacts.NAME]: a person or a section behind a channel."""

    label: str = ""  # shown to readers; the name if empty
    channel: str
    to: Names = ()
    next: str = ""


class Route(Model):
    """Which findings go to whom; an empty list means any. The first that matches decides, unless it goes on."""

    checks: Names = ()
    severity: Severity = Severity.INFO  # at least
    departments: Names = ()
    organizations: Names = ()
    yen: Annotated[Count, Field(ge=0)] = 0  # at least; an unknown amount matches 0 only
    to: Annotated[Names, Field(min_length=1)]
    goes_on: bool = Field(default=False, alias="continue")

    def matches(self, check: str, severity: Severity, organization: str, department: str, yen: int | None) -> bool:
        """Whether this route is for such a finding; ``yen`` is its amount at stake, None if it is not known."""
        return (
            (not self.checks or check in self.checks)
            and severity.rank >= self.severity.rank
            and (not self.departments or department in self.departments)
            and (not self.organizations or organization in self.organizations)
            and (not self.yen or (yen is not None and yen >= self.yen))
        )


class Quiet(Model):
    """When nothing is told. Times and dates are Japanese."""

    begins: TimeOfDay | None = Field(default=None, alias="from")
    until: TimeOfDay | None = None
    closed_days: bool = True
    extra_closed: tuple[Day, ...] = ()
    urgent: Literal["high", "medium", "low", "info", "none"] = "none"  # this and above is told at once

    @property
    def hours(self) -> tuple[time, time] | None:
        """(from, until), across midnight if until is the earlier one; None if no hours are quiet."""
        if self.begins is None or self.until is None:
            return None
        return time.fromisoformat(self.begins), time.fromisoformat(self.until)

    def waits(self, severity: Severity) -> bool:
        """Whether news of this severity waits for the end of the quiet time."""
        return self.urgent == "none" or severity.rank < Severity(self.urgent).rank

    @model_validator(mode="after")
    def _both_ends(self) -> Self:
        if (self.begins is None) != (self.until is None):
            raise ValueError("only one of from and until is set; expected both, or neither if no hours are quiet")
        if self.begins is not None and self.begins == self.until:
            raise ValueError(f"from and until are both {self.until}; expected two different times")
        return self


class Reminders(Model):
    """How often an unanswered finding is told again, in business days, and when the next contact is told."""

    severity: Severity = Severity.HIGH  # and above
    business_days: tuple[Annotated[Count, Field(ge=1, le=250)], ...] = (3, 5, 10)  # the last one repeats; empty: never
    escalate_after: Annotated[Count, Field(ge=0, le=250)] = 5  # 0: never


class Hold(Model):
    """When messages wait for a person although the findings are kept."""

    first: bool = True
    many: Annotated[Count, Field(ge=0)] = 50  # 0: never
    times: Annotated[float, Field(ge=1)] = 3
