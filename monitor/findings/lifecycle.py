"""The words of a finding's life: where it stands, what happens to it and why. Who decides: reconcile, decisions, calendar.

open ⇄ acknowledged, accepted          still counted in the balance
open → settled, dismissed              closed by a person; back when the facts get worse
any of the first three → resolved      by the machine only, by a check that ran to its end; back when found again
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple, Self

from checks.finding import Severity


class State(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"  # somebody has it: no more reminders
    ACCEPTED = "accepted"  # with reason, name and a date at which it ends
    SETTLED = "settled"  # it happened and has been dealt with
    DISMISSED = "dismissed"  # the suspicion was wrong
    RESOLVED = "resolved"  # the machine no longer finds it

    @property
    def label(self) -> str:
        """The Japanese word, one for every medium."""
        return _STATES[self]

    @property
    def standing(self) -> bool:
        """Whether it is in the balance: neither resolved nor closed by a person."""
        return self in STANDING


_STATES = {
    State.OPEN: "未対応",
    State.ACKNOWLEDGED: "確認",
    State.ACCEPTED: "容認",
    State.SETTLED: "処置済",
    State.DISMISSED: "誤検知",
    State.RESOLVED: "解消",
}
STANDING = (State.OPEN, State.ACKNOWLEDGED, State.ACCEPTED)


class Kind(StrEnum):
    """What happened to a finding, and with it the reason to tell somebody or not."""

    OPENED = "opened"
    REOPENED = "reopened"  # found again after it was resolved, or worse than what a person had closed
    WORSENED = "worsened"  # the severity rose
    REMINDED = "reminded"  # a due date has come nearer
    OVERDUE = "overdue"  # a due date has passed
    MOVED = "moved"  # another department answers for it
    CHANGED = "changed"  # other facts, no worse
    RESOLVED = "resolved"
    UNKNOWN = "unknown"  # the check could not answer, or the ledger is too old to be judged
    ANSWERED = "answered"  # it can again, and nothing else has changed
    DECIDED = "decided"  # a person, or the reviewed file of exceptions, has said what it is
    ENDING = "ending"  # an acceptance ends soon
    LAPSED = "lapsed"  # an acceptance has ended
    PRESSED = "pressed"  # told again, since nobody has answered
    ESCALATED = "escalated"  # told to the next contact, since nobody has answered

    @property
    def label(self) -> str:
        """The Japanese word, one for every medium."""
        return _KINDS[self]

    @property
    def told(self) -> bool:
        """Whether this is a reason to send a message."""
        return self not in (Kind.CHANGED, Kind.UNKNOWN, Kind.ANSWERED, Kind.DECIDED)


_KINDS = {
    Kind.OPENED: "新規",
    Kind.REOPENED: "再発",
    Kind.WORSENED: "悪化",
    Kind.REMINDED: "期限が近い",
    Kind.OVERDUE: "期限超過",
    Kind.MOVED: "担当の変更",
    Kind.CHANGED: "事実の変更",
    Kind.RESOLVED: "解消",
    Kind.UNKNOWN: "判定保留",
    Kind.ANSWERED: "判定の再開",
    Kind.DECIDED: "判断",
    Kind.ENDING: "容認の期限が近い",
    Kind.LAPSED: "容認の終了",
    Kind.PRESSED: "未対応の再通知",
    Kind.ESCALATED: "上位への連絡",
}


class Reason(StrEnum):
    """Why a finding was resolved, came back, or an acceptance ended: always said by the machine."""

    FIXED = "fixed"
    LATE = "late"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    RULE_CHANGED = "rule_changed"
    PASSED = "passed"
    EXPIRED = "expired"
    WORSE = "worse"
    NOT_EXCEPTED = "not_excepted"

    @property
    def label(self) -> str:
        """The Japanese words, one for every medium."""
        return _REASONS[self]

    @property
    def improvement(self) -> bool:
        """Whether something got better: a withdrawn contract or a changed rule is no improvement."""
        return self in (Reason.FIXED, Reason.LATE, Reason.CORRECTED)


_REASONS = {
    Reason.FIXED: "是正",
    Reason.LATE: "遅れて実施",
    Reason.CORRECTED: "台帳の訂正",
    Reason.WITHDRAWN: "取下げ",
    Reason.RULE_CHANGED: "規程・設定の変更",
    Reason.PASSED: "期日到来",
    Reason.EXPIRED: "容認の期限切れ",
    Reason.WORSE: "事実の悪化",
    Reason.NOT_EXCEPTED: "例外の登録なし",
}


class Cause(StrEnum):
    """Why a check was asked again: what can have changed its answer."""

    DATA = "data"
    RULES = "rules"
    BOTH = "both"  # the two at once: what is found now may be new, what is gone may be no improvement
    DATE = "date"

    def of(self, kind: Kind) -> "Cause":
        """What is said to have caused an event: a version of ours that comes with new data must not look like a mended ledger."""
        if self is not Cause.BOTH:
            return self
        return Cause.RULES if kind is Kind.RESOLVED else Cause.DATA


@dataclass(frozen=True)
class Decided:
    """What a person (or the file of exceptions) has said of a finding, and of which facts it was said."""

    by: str
    reason: str
    action: str
    until: date | None
    on: date
    source: str  # '' for a person, else the id of the entry in the file of exceptions
    severity: Severity
    contracts: tuple[str, ...]
    warned: int = 0  # 0, then the number of the last warning before its end

    def to_json(self) -> dict[str, Any]:
        """As events and the findings table keep it."""
        return {
            **vars(self),
            "until": self.until.isoformat() if self.until else None,
            "on": self.on.isoformat(),
            "severity": self.severity.value,
            "contracts": list(self.contracts),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """From the store."""
        until = date.fromisoformat(data["until"]) if data["until"] else None
        return cls(
            **{
                **data,
                "until": until,
                "on": date.fromisoformat(data["on"]),
                "severity": Severity(data["severity"]),
                "contracts": tuple(data["contracts"]),
            }
        )


@dataclass(frozen=True)
class Told:
    """How often an episode of a finding has been told, since it was opened, came back or got worse."""

    since: date  # when the contact of this level was first told
    last: date
    times: int
    level: int = 0  # how many contacts above the first know of it


@dataclass(frozen=True)
class Known:
    """A finding as it stands in the store."""

    id: str
    check: str
    organization: str
    subject: str
    keys: tuple[str, ...]
    state: State
    unknown: bool
    severity: Severity
    due_on: date | None
    step: int
    first_seen: date
    last_seen: date
    facts: Mapping[str, Any]
    facts_digest: str
    late: bool = False  # that its due date has passed is on record
    decision: Decided | None = None
    revision: int = 0  # how many decisions so far: who answers an older one is told so
    told: Told | None = None


@dataclass(frozen=True)
class Transition:
    """One thing that happened to one finding. ``told`` False keeps it from every message, not from the record."""

    kind: Kind
    after: Known
    reason: Reason | None = None
    told: bool = True
    new_facts: bool = False
    cause: Cause | None = None  # of a run; RULES are told as one notice

    def by(self, cause: Cause) -> Self:
        """The same for this cause."""
        return type(self)(self.kind, self.after, self.reason, self.told, self.new_facts, cause)

    @property
    def moved(self) -> "Moved":
        """What is kept of it when it is in the book: a run of a whole country makes thousands."""
        return Moved(self.kind, self.reason)


class Moved(NamedTuple):
    """That one thing happened to a finding, and why."""

    kind: Kind
    reason: Reason | None = None
