"""What people say of findings: what each word needs, what is refused and why, what undoes it."""

import dataclasses
from datetime import date, timedelta

import pytest

from checks.finding import Closed, Severity
from monitor.findings.calendar import turn
from monitor.findings.decisions import WORDS, Decision, Refused, decide, latest_end
from monitor.findings.lifecycle import Cause, Kind, Known, Reason, State, Transition
from monitor.findings.reconcile import reconcile, unanswered
from tests.findings.test_lifecycle import DAY, NOBODY, finding, settle

WHO = "契約課 山田"


def opened(**more: object) -> Known:
    (one,) = settle(reconcile([], [finding(**more)], Cause.DATA, NOBODY, DAY))
    return one


def split(*contracts: str) -> object:
    return finding(
        check="split_orders", subject="C1", keys=contracts, contracts=contracts, figures={"count": len(contracts)}
    )


def said(one: Known, state: State, on: date = DAY, **more: object) -> Known:
    given = {"by": WHO, "reason": "方針による", "action": "是正通知", "until": on + timedelta(days=30), **more}
    transition = decide(one, Decision(state, **given), on)  # type: ignore[arg-type]
    assert transition is not None
    return transition.after


def again(one: Known, found: object, on: date = DAY) -> list[Transition]:
    return reconcile([one], [found], Cause.DATA, NOBODY, on)  # type: ignore[list-item]


# --- what each word needs ------------------------------------------------------------------------------------------

NEEDS = {
    "確認": (Decision(State.ACKNOWLEDGED, ""), "氏名"),
    "容認, no reason": (Decision(State.ACCEPTED, WHO, until=DAY), "理由"),
    "容認, no date": (Decision(State.ACCEPTED, WHO, "方針"), "期限"),
    "容認, a past date": (Decision(State.ACCEPTED, WHO, "方針", until=DAY - timedelta(days=1)), "期限"),
    "容認, 91 days": (Decision(State.ACCEPTED, WHO, "方針", until=DAY + timedelta(days=91)), "期限"),
    "処置済, no action": (Decision(State.SETTLED, WHO, "方針"), "処置"),
    "誤検知, no reason": (Decision(State.DISMISSED, WHO), "理由"),
    "a reason of blanks": (Decision(State.DISMISSED, WHO, "　 "), "理由"),
    "取消, no reason": (Decision(State.OPEN, WHO), "理由"),
}


@pytest.mark.parametrize(("decision", "column"), NEEDS.values(), ids=NEEDS)
def test_what_is_missing_is_named_by_its_column(decision: Decision, column: str) -> None:
    one = said(opened(), State.ACKNOWLEDGED)
    with pytest.raises(Refused) as refused:
        decide(one, decision, DAY)
    assert refused.value.column == column
    assert refused.value.reason.endswith("。") or refused.value.reason.endswith("）。")


def test_ninety_days_are_allowed_and_the_fiscal_year_s_end_where_the_check_says_so() -> None:
    assert latest_end("publication_due", DAY) == DAY + timedelta(days=90)
    assert latest_end("sole_source_chain", DAY) == date(2027, 3, 31)
    assert latest_end("sole_source_chain", date(2027, 3, 1)) == date(2027, 5, 30)  # 90 days are the longer
    assert said(opened(), State.ACCEPTED, until=DAY + timedelta(days=90)).state is State.ACCEPTED


@pytest.mark.parametrize("state", [state for state in WORDS.values() if state is not State.OPEN])
def test_a_decision_is_on_record_and_told_to_nobody(state: State) -> None:
    transition = decide(opened(), Decision(state, f" {WHO} ", "方針", "処置", DAY), DAY)
    assert transition is not None
    assert (transition.kind, transition.told, transition.after.state) == (Kind.DECIDED, False, state)
    made = transition.after.decision
    assert made is not None
    assert (made.by, made.on, made.contracts, made.severity) == (WHO, DAY, ("C1",), Severity.HIGH)


def test_the_same_decision_again_is_nothing() -> None:
    one = said(opened(), State.DISMISSED, until=None)
    assert decide(one, Decision(State.DISMISSED, WHO, "方針による", "是正通知"), DAY, seen=0) is None


def test_who_answers_an_older_list_is_told_who_was_quicker() -> None:
    one = said(opened(), State.ACKNOWLEDGED)
    with pytest.raises(Refused, match="契約課 山田が令和8年7月5日\\(日\\)に「確認」としています（上書きしていません）"):
        decide(one, Decision(State.DISMISSED, "佐藤", "違う"), DAY, seen=0)
    assert decide(one, Decision(State.DISMISSED, "佐藤", "違う"), DAY, seen=1) is not None


def test_what_the_machine_has_resolved_needs_no_decision() -> None:
    (gone,) = settle(reconcile([opened()], [], Cause.DATA, NOBODY, DAY))
    with pytest.raises(Refused, match="すでに解消しています"):
        decide(gone, Decision(State.SETTLED, WHO, action="済"), DAY)


def test_a_decision_can_be_taken_back() -> None:
    one = said(said(opened(), State.DISMISSED), State.OPEN)
    assert (one.state, one.revision) == (State.OPEN, 2)


def test_what_is_not_decided_cannot_be_taken_back() -> None:
    one = said(said(opened(), State.DISMISSED), State.OPEN)
    assert decide(one, Decision(State.OPEN, WHO, "もう一度"), DAY) is None


# --- what undoes it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (State.ACKNOWLEDGED, Kind.WORSENED),
        (State.ACCEPTED, Kind.LAPSED),
        (State.SETTLED, Kind.REOPENED),
        (State.DISMISSED, Kind.REOPENED),
    ],
)
def test_a_graver_finding_undoes_what_was_said_of_the_milder(state: State, kind: Kind) -> None:
    one = said(opened(severity=Severity.LOW), state)
    (transition,) = again(one, finding(severity=Severity.MEDIUM))
    assert (transition.kind, transition.reason, transition.after.state) == (kind, Reason.WORSE, State.OPEN)
    assert (transition.after.decision, transition.after.revision) == (None, 2)
    assert again(one, finding(severity=Severity.INFO))[0].after.state is state


@pytest.mark.parametrize("state", [State.SETTLED, State.DISMISSED, State.ACCEPTED, State.ACKNOWLEDGED])
def test_one_contract_more_in_a_split_is_another_question(state: State) -> None:
    (one,) = settle(reconcile([], [split("C1", "C2")], Cause.DATA, NOBODY, DAY))  # type: ignore[list-item]
    decided = said(one, state)
    (transition,) = again(decided, split("C1", "C2", "C3"))
    assert (transition.reason, transition.after.state) == (Reason.WORSE, State.OPEN)
    (fewer,) = again(decided, split("C1"))
    assert (fewer.kind, fewer.after.state) == (Kind.CHANGED, state)


def test_an_answer_to_a_smaller_split_is_no_answer_to_the_grown_one() -> None:
    (one,) = settle(reconcile([], [split("C1", "C2")], Cause.DATA, NOBODY, DAY))  # type: ignore[list-item]
    (grown,) = again(one, split("C1", "C2", "C3"))
    assert grown.kind is Kind.CHANGED
    with pytest.raises(Refused, match="事実が変わったか"):
        decide(grown.after, Decision(State.DISMISSED, WHO, "別の工事"), DAY, seen=one.revision)


def test_what_is_settled_stays_so_whether_it_is_found_or_not() -> None:
    one = said(opened(), State.SETTLED)
    assert again(one, finding()) == []
    assert reconcile([one], [], Cause.DATA, NOBODY, DAY) == []
    assert again(one, finding(closed=Closed.LATE)) == []


@pytest.mark.parametrize("state", [State.ACKNOWLEDGED, State.ACCEPTED])
def test_what_only_waits_is_resolved_by_the_machine(state: State) -> None:
    (transition,) = reconcile([said(opened(), state)], [], Cause.DATA, NOBODY, DAY)
    assert (transition.kind, transition.after.state, transition.after.decision) == (Kind.RESOLVED, State.RESOLVED, None)


def test_who_has_acknowledged_is_not_reminded_of_a_nearer_date() -> None:
    one = said(opened(step=1), State.ACKNOWLEDGED)
    (transition,) = again(one, finding(step=2))
    assert (transition.kind, transition.told) == (Kind.REMINDED, False)


def test_a_failed_check_says_so_of_accepted_findings_too() -> None:
    one = said(opened(), State.ACCEPTED)
    (transition,) = unanswered([one])
    assert (transition.after.state, transition.after.unknown) == (State.ACCEPTED, True)


# --- the turn of a day ---------------------------------------------------------------------------------------------


def days(one: Known, first: date, count: int) -> list[tuple[date, Kind]]:
    """What each day does, one after the other."""
    told = []
    for day in (first + timedelta(days=n) for n in range(count)):
        for transition in turn([one], day, ()):
            one = transition.after
            told.append((day, transition.kind))
    return told


def test_an_acceptance_is_announced_14_and_3_days_before_it_ends_and_then_ends() -> None:
    end = date(2026, 9, 1)
    one = said(opened(), State.ACCEPTED, until=end)
    assert days(one, DAY, 90) == [
        (end - timedelta(days=14), Kind.ENDING),
        (end - timedelta(days=3), Kind.ENDING),
        (end + timedelta(days=1), Kind.LAPSED),
    ]


def test_a_short_acceptance_has_only_the_warning_that_is_left() -> None:
    one = said(opened(), State.ACCEPTED, until=DAY + timedelta(days=10))
    assert [kind for _, kind in days(one, DAY, 20)] == [Kind.ENDING, Kind.LAPSED]


def test_a_machine_that_stood_still_warns_once() -> None:
    one = said(opened(), State.ACCEPTED, until=DAY + timedelta(days=60))
    (transition,) = turn([one], DAY + timedelta(days=59), ())
    assert transition.kind is Kind.ENDING
    assert list(turn([transition.after], DAY + timedelta(days=59), ())) == []


def test_a_due_date_that_passes_is_told_once_even_if_acknowledged() -> None:
    for state in (None, State.ACKNOWLEDGED):
        one = opened(due_on=DAY + timedelta(days=2))
        one = said(one, state) if state else one
        assert days(one, DAY, 10) == [(DAY + timedelta(days=3), Kind.OVERDUE)]


def test_what_was_found_late_is_not_told_twice() -> None:
    assert days(opened(due_on=DAY - timedelta(days=1)), DAY, 5) == []


def test_an_accepted_or_unknown_finding_is_not_called_late() -> None:
    due = DAY + timedelta(days=2)
    accepted = said(opened(due_on=due), State.ACCEPTED, until=DAY + timedelta(days=30))
    doubtful = dataclasses.replace(opened(due_on=due), unknown=True)
    assert days(accepted, DAY, 10) == []
    assert days(doubtful, DAY, 10) == []


def test_an_acceptance_that_ends_after_its_date_is_told_as_late() -> None:
    one = said(opened(due_on=DAY + timedelta(days=2)), State.ACCEPTED, until=DAY + timedelta(days=5))
    told = days(one, DAY, 10)
    assert [kind for _, kind in told] == [Kind.ENDING, Kind.LAPSED]
