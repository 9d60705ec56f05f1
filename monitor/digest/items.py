"""A finding as the digest shows it. Pure data; build.py fills it from what is on record."""

from dataclasses import dataclass
from datetime import date

from checks.finding import Severity
from monitor.digest.pictures.picture import Picture
from monitor.findings.lifecycle import Decided

SOON_DAYS = 14
CONTRACTS_SHOWN = 12  # rows of a finding's own table; the rest is counted


@dataclass(frozen=True)
class Contract:
    """A contract as a finding shows it. Yen."""

    contract_id: str
    title: str
    signed_on: date | None
    amount: int | None
    vendors: str
    department: str
    method: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class Item:
    """A finding as the digest shows it. ``days_late`` is negative while its due date is ahead, None without one."""

    id: str
    check: str
    check_title: str
    organization: str
    department: str
    severity: Severity
    state: str
    title: str
    pattern: str
    due_on: date | None
    days_late: int | None
    first_seen: date
    is_new: bool
    unknown: bool
    assumed: bool  # its due date is our assumption
    explanation: str
    next_step: str
    authority: str
    innocent: str
    verified: bool
    figures: tuple[tuple[str, str], ...]
    contracts: tuple[Contract, ...]
    contracts_left: int
    yen: int | None  # what it is about, where the check can say
    reason: str = ""
    until: date | None = None  # of an acceptance
    revision: int = 0
    answer: Decided | None = None
    organization_id: str = ""
    owners: tuple[str, ...] = ()  # labels of the contacts to whom the routes lead
    picture: Picture | None = None

    @property
    def late(self) -> bool:
        """Past a rule's date."""
        return self.days_late is not None and self.days_late > 0

    @property
    def urgency(self) -> tuple[int, int, int, str]:
        """Sort key: overdue first, the longest first; then due soon; then by severity."""
        if self.late:
            return 0, -(self.days_late or 0), -self.severity.rank, self.id
        if self.days_late is not None and self.days_late >= -SOON_DAYS:
            return 1, -self.days_late, -self.severity.rank, self.id
        return 2, 0, -self.severity.rank, self.id
