"""What a check's answer does to the findings that are known: pure decisions, from both to transitions.

Only a check that ran to its end may resolve, and only what it has judged; one that failed, a ledger that is too old or a
contract that can no longer be judged marks ``unknown``.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import date

from checks.catalogue import all_checks
from checks.finding import Finding, NotJudged, Reasons
from monitor.findings import decisions, identity
from monitor.findings.decisions import Decision
from monitor.findings.lifecycle import Cause, Kind, Known, Reason, State, Transition


def reconcile(
    known: Sequence[Known],
    found: Sequence[Finding],
    cause: Cause,
    gone: frozenset[str],
    as_of: date,
    excepted: Mapping[str, Decision] | None = None,
    not_judged: Reasons | None = None,
) -> list[Transition]:
    """The transitions of one check on one organization that ran to its end.

    ``gone`` are the contracts that no longer count (withdrawn, cancelled); ``cause`` is why the check was asked again;
    ``excepted`` are the found subjects that the reviewed file of exceptions accepts; ``not_judged`` says of which contracts
    the check knows nothing now, so that their findings are not resolved.
    """
    excepted = excepted or {}
    doubts = _doubts(known, found, not_judged or Reasons(), cause)
    by_subject = {finding.subject: finding for finding in found}
    matched = identity.match(
        {one.subject: (one.subject, *one.keys) for one in known},
        {subject: (subject, *finding.keys) for subject, finding in by_subject.items()},
        over={one.subject for one in known if one.state is State.RESOLVED},
    )
    held = {one.subject: one for one in known}
    transitions: list[Transition] = []
    for subject, finding in sorted(by_subject.items()):
        before = held.pop(matched[subject]) if subject in matched else None
        exception = excepted.get(subject)
        transitions += _excepted(before, _seen(before, finding, as_of, exception, doubts), exception, as_of)
    for one in held.values():
        if one.state.standing:
            transitions += unanswered([one]) if _in_doubt(one, gone, doubts) else [_not_seen(one, cause, gone, as_of)]
    return [transition.by(cause.of(transition.kind)) for transition in transitions]


def unanswered(known: Sequence[Known]) -> list[Transition]:
    """The transitions of a check that could not answer: nothing is resolved, standing findings are marked unknown."""
    return [
        Transition(Kind.UNKNOWN, replace(one, unknown=True), told=False)
        for one in known
        if one.state.standing and not one.unknown
    ]


def _seen(
    before: Known | None, finding: Finding, as_of: date, exception: Decision | None, doubts: Mapping[str, Set[str]]
) -> list[Transition]:
    after = _after(before, finding, as_of, doubts)
    late = after.due_on is not None and after.due_on < as_of  # told with its date
    if before is None:
        first = replace(after, late=True) if late else after  # nobody has been told of it or has answered
        opened = Transition(Kind.OPENED, first, told=not finding.closed, new_facts=True)
        return [opened, _closed(after, finding)] if finding.closed else [opened]
    # an answer to the milder facts is no answer to these
    anew = replace(after, told=None, late=late, revision=before.revision + 1)
    changed = before.facts_digest != after.facts_digest
    if finding.closed:
        return [replace(_closed(after, finding), new_facts=changed)] if before.state.standing else []
    fresh = replace(anew, state=State.OPEN, decision=None)
    if before.state is State.RESOLVED:
        return [Transition(Kind.REOPENED, fresh, new_facts=True)]
    if before.state is not State.OPEN and exception is None and decisions.worse(before, after):
        if not before.state.standing:
            return [Transition(Kind.REOPENED, fresh, Reason.WORSE, new_facts=True)]
        kind = Kind.LAPSED if before.state is State.ACCEPTED else Kind.WORSENED
        return [Transition(kind, fresh, Reason.WORSE, new_facts=True)]
    if before.state is State.OPEN and after.severity.rank > before.severity.rank:
        return [Transition(Kind.WORSENED, anew, new_facts=True)]
    if after.step > before.step and before.state.standing:
        # who has said that they know need not be reminded of a date that comes nearer
        return [Transition(Kind.REMINDED, after, told=before.state is State.OPEN, new_facts=changed)]
    moved = before.facts["department"] != after.facts["department"]
    if moved or changed or after.severity is not before.severity:
        grown = (
            after if not decisions.joined(before.facts["contracts"], after) else replace(after, revision=anew.revision)
        )
        if moved:
            return [Transition(Kind.MOVED, grown, told=before.told is not None and _is_asked(before), new_facts=True)]
        return [Transition(Kind.CHANGED, grown, told=False, new_facts=True)]
    return [Transition(Kind.ANSWERED, after, told=False)] if before.unknown else []


def _is_asked(before: Known) -> bool:
    """Whether somebody has to do something about a finding: an acceptance stands for the new department too."""
    return before.state in (State.OPEN, State.ACKNOWLEDGED)


def _closed(after: Known, finding: Finding) -> Transition:
    assert finding.closed is not None
    return Transition(
        Kind.RESOLVED, replace(after, state=State.RESOLVED, decision=None, told=None), Reason(finding.closed.value)
    )


def _excepted(
    before: Known | None, transitions: list[Transition], exception: Decision | None, as_of: date
) -> list[Transition]:
    """What the file of exceptions accepts is on record and told to nobody; it is counted as accepted."""
    last = transitions[-1].after if transitions else before
    if (
        exception is None
        or last is None
        or not (last.state in (State.OPEN, State.ACKNOWLEDGED) or _moved(last, exception))
    ):
        return transitions
    silent = [replace(transition, told=False) for transition in transitions]
    return [*silent, decisions.record(last, exception, as_of)]


def _moved(accepted: Known, exception: Decision) -> bool:
    """It is accepted by the file already, but the file says something else now, or by another entry."""
    made = accepted.decision
    if accepted.state is not State.ACCEPTED or made is None or not made.source:
        return False
    said = (exception.source, exception.by, exception.reason, exception.until)
    return (made.source, made.by, made.reason, made.until) != said


def _not_seen(before: Known, cause: Cause, gone: frozenset[str], as_of: date) -> Transition:
    contracts = set(before.facts["contracts"])
    if contracts and contracts <= gone:
        reason = Reason.WITHDRAWN
    elif cause.of(Kind.RESOLVED) is Cause.RULES:
        reason = Reason.RULE_CHANGED
    elif before.step and before.due_on is not None and before.due_on < as_of:
        reason = Reason.PASSED  # a reminder whose date has come; what is overdue now is told by itself
    else:
        reason = Reason(all_checks()[before.check].cleared_as)
    after = replace(before, state=State.RESOLVED, unknown=False, decision=None, told=None)
    return Transition(Kind.RESOLVED, after, reason, told=reason is not Reason.PASSED)


def _doubts(
    known: Sequence[Known], found: Sequence[Finding], not_judged: Reasons, cause: Cause
) -> Mapping[str, Set[str]]:
    """Contract → why it was not judged, or not wholly, of those that findings are about.

    That a rulebook no longer has a rule is no doubt: the rule has changed.
    """
    wanted = {contract for one in known if one.state.standing for contract in one.facts["contracts"]}
    wanted |= {contract for one in found for contract in one.contracts}
    return {
        contract: {
            f"{why}：{what}"
            for why, what in reasons
            if not (cause.of(Kind.RESOLVED) is Cause.RULES and why is NotJudged.NO_RULE)
        }
        for contract, reasons in not_judged.among(wanted).items()
    }


def _in_doubt(before: Known, gone: frozenset[str], doubts: Mapping[str, Set[str]]) -> bool:
    """Whether a finding may be missing only because its contracts are not judged now, for a reason that is new.

    One such contract is enough in a set; a reminder, which is about all that is due by a date, needs all to be so.
    """
    old = set(before.facts.get("doubts", ()))
    counted = [contract for contract in before.facts["contracts"] if contract not in gone]
    doubtful = [bool(doubts.get(contract, set()) - old) for contract in counted]
    return bool(doubtful) and (all(doubtful) if before.step else any(doubtful))


def _after(before: Known | None, finding: Finding, as_of: date, doubts: Mapping[str, Set[str]]) -> Known:
    said = sorted({reason for contract in finding.contracts for reason in doubts.get(contract, ())}) if doubts else []
    return Known(
        id=before.id if before else identity.finding_id(finding.check, finding.organization, finding.subject),
        check=finding.check,
        organization=finding.organization,
        subject=before.subject if before else finding.subject,
        keys=finding.keys,
        state=before.state if before else State.OPEN,
        unknown=False,
        severity=finding.severity,
        due_on=finding.due_on,
        step=finding.step,
        first_seen=before.first_seen if before else as_of,
        last_seen=as_of,
        facts=identity.facts(finding) | ({"doubts": said} if said else {}),
        facts_digest=identity.facts_digest(finding),
        late=before is not None and before.late and before.due_on == finding.due_on,
        decision=before.decision if before else None,
        revision=before.revision if before else 0,
        told=before.told if before else None,
    )
