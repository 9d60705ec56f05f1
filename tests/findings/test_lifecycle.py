"""What becomes of a finding from run to run."""

import dataclasses
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Closed, Finding, NotJudged, Reasons, Severity
from monitor.findings.lifecycle import Cause, Kind, Known, Reason, State, Told, Transition
from monitor.findings.reconcile import reconcile, unanswered

DAY = date(2026, 7, 5)
NOBODY: frozenset[str] = frozenset()


def finding(subject: str = "C1|works", **more: object) -> Finding:
    base = Finding("publication_due", "M", subject, ("C1",), Severity.HIGH, "t", "e", "n", "a", verified=True)
    return dataclasses.replace(base, **more)  # type: ignore[arg-type]


def settle(transitions: list[Transition], known: list[Known] | None = None) -> list[Known]:
    """The findings after their transitions."""
    after = {one.id: one for one in known or []}
    after |= {transition.after.id: transition.after for transition in transitions}
    return list(after.values())


def kinds(transitions: list[Transition]) -> list[Kind]:
    return [transition.kind for transition in transitions]


def opened(**more: object) -> list[Known]:
    return settle(reconcile([], [finding(**more)], Cause.DATA, NOBODY, DAY))


def test_a_new_finding_is_opened_and_told() -> None:
    (transition,) = reconcile([], [finding()], Cause.DATA, NOBODY, DAY)
    assert (transition.kind, transition.told, transition.after.state) == (Kind.OPENED, True, State.OPEN)


def test_the_same_finding_again_is_no_event() -> None:
    assert reconcile(opened(), [finding()], Cause.DATA, NOBODY, DAY) == []


def test_a_reworded_finding_is_no_event() -> None:
    assert reconcile(opened(), [finding(title="other", explanation="other")], Cause.DATA, NOBODY, DAY) == []


def test_new_facts_are_recorded_and_not_told() -> None:
    (transition,) = reconcile(opened(), [finding(figures={"sum": 1})], Cause.DATA, NOBODY, DAY)
    assert (transition.kind, transition.told) == (Kind.CHANGED, False)


def test_a_risen_severity_is_told_and_a_fallen_one_is_not() -> None:
    (up,) = reconcile(opened(severity=Severity.LOW), [finding()], Cause.DATA, NOBODY, DAY)
    (down,) = reconcile(opened(), [finding(severity=Severity.LOW)], Cause.DATA, NOBODY, DAY)
    assert (up.kind, up.told) == (Kind.WORSENED, True)
    assert (down.kind, down.told) == (Kind.CHANGED, False)


def test_a_nearer_reminder_is_told_once() -> None:
    known = opened(step=1)
    transitions = reconcile(known, [finding(step=2)], Cause.DATE, NOBODY, DAY)
    assert kinds(transitions) == [Kind.REMINDED]
    assert reconcile(settle(transitions, known), [finding(step=2)], Cause.DATE, NOBODY, DAY) == []


def test_what_is_no_longer_found_is_resolved_as_its_check_says() -> None:
    (transition,) = reconcile(opened(), [], Cause.DATA, NOBODY, DAY)
    assert (transition.kind, transition.reason, transition.after.state) == (Kind.RESOLVED, Reason.FIXED, State.RESOLVED)


def test_a_withdrawn_contract_is_no_improvement() -> None:
    (transition,) = reconcile(opened(), [], Cause.DATA, frozenset({"C1"}), DAY)
    assert transition.reason is Reason.WITHDRAWN


def test_a_changed_rule_is_no_improvement() -> None:
    (transition,) = reconcile(opened(), [], Cause.RULES, NOBODY, DAY)
    assert transition.reason is Reason.RULE_CHANGED


def test_what_new_data_and_a_changed_rule_do_together_is_no_improvement_and_may_be_new() -> None:
    (gone,) = reconcile(opened(), [], Cause.BOTH, NOBODY, DAY)
    assert (gone.reason, gone.cause) == (Reason.RULE_CHANGED, Cause.RULES)
    (new,) = reconcile([], [finding()], Cause.BOTH, NOBODY, DAY)
    assert (new.kind, new.cause) == (Kind.OPENED, Cause.DATA)


def test_another_department_is_on_record_and_told_where_somebody_knew_of_it() -> None:
    known = opened(department="道路課")
    told = [dataclasses.replace(known[0], told=Told(DAY, DAY, 1))]
    for before, said in ((known, False), (told, True)):
        (moved,) = reconcile(before, [finding(department="総務課")], Cause.DATA, NOBODY, DAY)
        assert (moved.kind, moved.told, moved.after.facts["department"]) == (Kind.MOVED, said, "総務課")


def test_a_reminder_whose_day_has_come_closes_in_silence() -> None:
    known = opened(step=3, due_on=date(2026, 7, 4), severity=Severity.INFO)
    (transition,) = reconcile(known, [], Cause.DATE, NOBODY, DAY)
    assert (transition.reason, transition.told) == (Reason.PASSED, False)


def test_what_comes_back_is_reopened_under_its_old_id() -> None:
    known = opened()
    gone = settle(reconcile(known, [], Cause.DATA, NOBODY, DAY), known)
    (transition,) = reconcile(gone, [finding()], Cause.DATA, NOBODY, DAY)
    assert (transition.kind, transition.after.id) == (Kind.REOPENED, known[0].id)


def test_a_late_publication_is_opened_and_closed_in_one_run_and_told_once() -> None:
    transitions = reconcile([], [finding(closed=Closed.LATE)], Cause.DATA, NOBODY, DAY)
    assert kinds(transitions) == [Kind.OPENED, Kind.RESOLVED]
    assert [transition.told for transition in transitions] == [False, True]
    assert transitions[1].reason is Reason.LATE
    assert reconcile(settle(transitions), [finding(closed=Closed.LATE)], Cause.DATA, NOBODY, DAY) == []


def test_an_overdue_one_that_was_published_late_is_resolved_as_late() -> None:
    (transition,) = reconcile(opened(), [finding(closed=Closed.LATE)], Cause.DATA, NOBODY, DAY)
    assert (transition.kind, transition.reason) == (Kind.RESOLVED, Reason.LATE)


def test_a_failed_check_resolves_nothing_and_says_once_that_it_does_not_know() -> None:
    known = opened()
    transitions = unanswered(known)
    assert kinds(transitions) == [Kind.UNKNOWN]
    doubtful = settle(transitions, known)
    assert (doubtful[0].state, doubtful[0].unknown) == (State.OPEN, True)
    assert unanswered(doubtful) == []
    assert kinds(reconcile(doubtful, [finding()], Cause.DATA, NOBODY, DAY)) == [Kind.ANSWERED]


def test_of_two_that_a_set_may_be_the_one_that_stands_goes_on() -> None:
    over = settle(reconcile([], [finding("A", keys=("A", "1", "2"))], Cause.DATA, NOBODY, DAY))
    over = settle(reconcile(over, [], Cause.DATA, NOBODY, DAY), over)
    known = settle(reconcile(over, [finding("B", keys=("B", "3", "4"))], Cause.DATA, NOBODY, DAY), over)
    grown = finding("C", keys=("C", "2", "3"), figures={"count": 2})
    (transition,) = reconcile(known, [grown], Cause.DATA, NOBODY, DAY)
    assert (transition.kind, transition.after.subject) == (Kind.CHANGED, "B")


def _unjudged(*contracts: str, what: str = "公表日", why: NotJudged = NotJudged.NO_COLUMN) -> Reasons:
    return Reasons.all((why, what), contracts)


def test_what_is_not_judged_any_more_is_not_resolved_whether_told_or_not() -> None:
    known = opened()
    (transition,) = reconcile(known, [], Cause.DATA, NOBODY, DAY, not_judged=_unjudged("C1"))
    assert (transition.kind, transition.after.state, transition.after.unknown) == (Kind.UNKNOWN, State.OPEN, True)
    doubtful = [transition.after]
    assert reconcile(doubtful, [], Cause.DATA, NOBODY, DAY, not_judged=_unjudged("C1")) == []
    assert kinds(reconcile(doubtful, [], Cause.DATA, NOBODY, DAY, not_judged=_unjudged("C2"))) == [Kind.RESOLVED]


def test_a_doubt_that_was_there_when_it_was_found_hinders_no_resolution() -> None:
    other = _unjudged("C1", what="建設関連")
    known = settle(reconcile([], [finding()], Cause.DATA, NOBODY, DAY, not_judged=other))
    assert kinds(reconcile(known, [], Cause.DATA, NOBODY, DAY, not_judged=other)) == [Kind.RESOLVED]
    other.add((NotJudged.NO_COLUMN, "公表日"), ["C1"])
    assert kinds(reconcile(known, [], Cause.DATA, NOBODY, DAY, not_judged=other)) == [Kind.UNKNOWN]


def test_a_rule_that_is_gone_is_a_changed_rule_and_a_withdrawn_contract_withdrawn() -> None:
    no_rule = _unjudged("C1", why=NotJudged.NO_RULE)
    (ruled,) = reconcile(opened(), [], Cause.RULES, NOBODY, DAY, not_judged=no_rule)
    (withdrawn,) = reconcile(opened(), [], Cause.DATA, frozenset({"C1"}), DAY, not_judged=no_rule)
    assert (ruled.reason, withdrawn.reason) == (Reason.RULE_CHANGED, Reason.WITHDRAWN)


def test_a_reminder_is_over_with_its_date_unless_nothing_of_it_can_be_judged() -> None:
    known = opened(contracts=("C1", "C2"), step=3, due_on=date(2026, 7, 4), severity=Severity.INFO)
    (passed,) = reconcile(known, [], Cause.DATE, NOBODY, DAY, not_judged=_unjudged("C1"))
    (doubtful,) = reconcile(known, [], Cause.DATE, NOBODY, DAY, not_judged=_unjudged("C1", "C2"))
    assert (passed.reason, doubtful.kind) == (Reason.PASSED, Kind.UNKNOWN)


_FOUND = st.lists(
    st.builds(
        finding,
        subject=st.sampled_from(["A", "B", "C"]),
        severity=st.sampled_from(Severity),
        step=st.integers(0, 3),
        closed=st.sampled_from([None, Closed.LATE]),
    ),
    unique_by=lambda one: one.subject,
)


@given(st.lists(_FOUND, max_size=8))
def test_over_any_sequence_of_runs_the_books_balance(runs: list[list[Finding]]) -> None:
    known: list[Known] = []
    for found in runs:
        before = sum(one.state is State.OPEN for one in known)
        transitions = reconcile(known, found, Cause.DATA, NOBODY, DAY)
        known = settle(transitions, known)
        after = sum(one.state is State.OPEN for one in known)
        counted = kinds(transitions)
        gone = counted.count(Kind.RESOLVED)
        assert before + counted.count(Kind.OPENED) + counted.count(Kind.REOPENED) - gone == after
        assert {one.subject for one in known if one.state is State.OPEN} == {
            one.subject for one in found if not one.closed
        }
        assert reconcile(known, found, Cause.DATA, NOBODY, DAY) == []
