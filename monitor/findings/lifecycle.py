"""What happens to findings: pure decisions, from what is known and what a check has said to transitions.

open → resolved → reopened (open). Only a check that ran to its end may resolve; one that failed marks ``unknown``.
Decisions by people (確認, 容認, 処置済, 誤検知) join these states with the decisions workbook.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from checks.catalogue import all_checks
from checks.finding import Finding, Severity
from monitor.findings import identity


class State(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    RESOLVED = "resolved"

    @property
    def label(self) -> str:
        """The Japanese word, one for every medium."""
        return {"open": "未対応", "resolved": "解消"}[self.value]


class Kind(StrEnum):
    """What happened to a finding, and with it the reason to tell somebody or not."""

    OPENED = "opened"
    REOPENED = "reopened"
    WORSENED = "worsened"  # the severity rose
    REMINDED = "reminded"  # a due date has come nearer
    CHANGED = "changed"  # other facts, no worse
    RESOLVED = "resolved"
    UNKNOWN = "unknown"  # the check could not answer
    ANSWERED = "answered"  # it can again, and nothing else has changed

    @property
    def label(self) -> str:
        """The Japanese word, one for every medium."""
        return {
            "opened": "新規",
            "reopened": "再発",
            "worsened": "悪化",
            "reminded": "期限が近い",
            "changed": "事実の変更",
            "resolved": "解消",
            "unknown": "判定保留",
            "answered": "判定の再開",
        }[self.value]

    @property
    def told(self) -> bool:
        """Whether this is a reason to send a message."""
        return self in (Kind.OPENED, Kind.REOPENED, Kind.WORSENED, Kind.REMINDED, Kind.RESOLVED)


class Reason(StrEnum):
    """Why a finding was resolved, always by the machine."""

    FIXED = "fixed"
    LATE = "late"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    RULE_CHANGED = "rule_changed"
    PASSED = "passed"

    @property
    def label(self) -> str:
        """The Japanese words, one for every medium."""
        return {
            "fixed": "是正",
            "late": "遅れて実施",
            "corrected": "台帳の訂正",
            "withdrawn": "取下げ",
            "rule_changed": "規程変更",
            "passed": "期日到来",
        }[self.value]


class Cause(StrEnum):
    """Why a check was asked again: what can have changed its answer."""

    DATA = "data"
    RULES = "rules"
    DATE = "date"


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


@dataclass(frozen=True)
class Transition:
    """One thing that happened to one finding."""

    kind: Kind
    after: Known
    reason: Reason | None = None
    told: bool = True
    new_facts: bool = False


def reconcile(
    known: Sequence[Known], found: Sequence[Finding], cause: Cause, gone: frozenset[str], as_of: date
) -> list[Transition]:
    """The transitions of one check on one organization that ran to its end.

    ``gone`` are the contracts that no longer count (withdrawn, cancelled); ``cause`` is why the check was asked again.
    """
    by_subject = {finding.subject: finding for finding in found}
    matched = identity.match(
        {one.subject: (one.subject, *one.keys) for one in known},
        {subject: (subject, *finding.keys) for subject, finding in by_subject.items()},
    )
    held = {one.subject: one for one in known}
    transitions: list[Transition] = []
    for subject, finding in sorted(by_subject.items()):
        before = held.pop(matched[subject]) if subject in matched else None
        transitions += _seen(before, finding, as_of)
    transitions += [_not_seen(one, cause, gone, as_of) for one in held.values() if one.state is State.OPEN]
    return transitions


def unanswered(known: Sequence[Known]) -> list[Transition]:
    """The transitions of a check that failed: nothing is resolved, open findings are marked unknown."""
    return [
        Transition(Kind.UNKNOWN, replace(one, unknown=True), told=False)
        for one in known
        if one.state is State.OPEN and not one.unknown
    ]


def _seen(before: Known | None, finding: Finding, as_of: date) -> list[Transition]:
    after = _after(before, finding, as_of)
    if before is None:
        if finding.closed:
            return [
                Transition(Kind.OPENED, after, told=False, new_facts=True),
                Transition(Kind.RESOLVED, replace(after, state=State.RESOLVED), Reason(finding.closed.value)),
            ]
        return [Transition(Kind.OPENED, after, new_facts=True)]
    changed = before.facts_digest != after.facts_digest
    if finding.closed:
        if before.state is State.OPEN:
            return [
                Transition(
                    Kind.RESOLVED, replace(after, state=State.RESOLVED), Reason(finding.closed.value), new_facts=changed
                )
            ]
        return []
    if before.state is State.RESOLVED:
        return [Transition(Kind.REOPENED, after, new_facts=True)]
    if after.severity.rank > before.severity.rank:
        return [Transition(Kind.WORSENED, after, new_facts=True)]
    if after.step > before.step:
        return [Transition(Kind.REMINDED, after, new_facts=changed)]
    if changed or after.severity is not before.severity:
        return [Transition(Kind.CHANGED, after, told=False, new_facts=True)]
    if before.unknown:
        return [Transition(Kind.ANSWERED, after, told=False)]
    return []


def _not_seen(before: Known, cause: Cause, gone: frozenset[str], as_of: date) -> Transition:
    contracts = set(before.facts["contracts"])
    if contracts and contracts <= gone:
        reason = Reason.WITHDRAWN
    elif cause is Cause.RULES:
        reason = Reason.RULE_CHANGED
    elif before.step and before.due_on is not None and before.due_on < as_of:
        reason = Reason.PASSED  # a reminder whose date has come; what is overdue now is told by itself
    else:
        reason = Reason(all_checks()[before.check].cleared_as)
    return Transition(
        Kind.RESOLVED, replace(before, state=State.RESOLVED, unknown=False), reason, told=reason is not Reason.PASSED
    )


def _after(before: Known | None, finding: Finding, as_of: date) -> Known:
    return Known(
        id=before.id if before else identity.finding_id(finding.check, finding.organization, finding.subject),
        check=finding.check,
        organization=finding.organization,
        subject=before.subject if before else finding.subject,
        keys=finding.keys,
        state=State.OPEN,
        unknown=False,
        severity=finding.severity,
        due_on=finding.due_on,
        step=finding.step,
        first_seen=before.first_seen if before else as_of,
        last_seen=as_of,
        facts=identity.facts(finding),
        facts_digest=identity.facts_digest(finding),
    )
