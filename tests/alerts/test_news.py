"""Why a finding is told: of all that has happened since, what a reader must know now."""

import pytest

from monitor.alerts.news import Topic, Untold, topic
from monitor.findings.lifecycle import Kind, Reason, State

OPENED, REOPENED, WORSENED, REMINDED, OVERDUE = (
    Untold(kind) for kind in (Kind.OPENED, Kind.REOPENED, Kind.WORSENED, Kind.REMINDED, Kind.OVERDUE)
)
FIXED, LATE, GONE_RULE = (Untold(Kind.RESOLVED, why) for why in (Reason.FIXED, Reason.LATE, Reason.RULE_CHANGED))
BY_RULES = Untold(Kind.OPENED, by_rules=True)

CASES = {
    "a new finding": ([OPENED], State.OPEN, False, Topic.NEW),
    "new, and its date passed before it was told": ([OPENED, OVERDUE], State.OPEN, False, Topic.NEW),
    "a date that passed": ([OVERDUE], State.OPEN, True, Topic.OVERDUE),
    "a date that passed and a nearer reminder": ([REMINDED, OVERDUE], State.OPEN, True, Topic.OVERDUE),
    "back again": ([FIXED, REOPENED], State.OPEN, True, Topic.REOPENED),
    "fixed, and somebody knew of it": ([FIXED], State.RESOLVED, True, Topic.RESOLVED),
    "came and went before anybody was told": ([OPENED, FIXED], State.RESOLVED, False, Topic.GONE),
    "done late, told once": ([LATE], State.RESOLVED, False, Topic.LATE),
    "overdue, then done late": ([LATE], State.RESOLVED, True, Topic.RESOLVED),
    "added by a rule": ([BY_RULES], State.OPEN, False, Topic.RULES),
    "removed by a rule": ([GONE_RULE], State.RESOLVED, True, Topic.RULES),
    "dismissed before it was told": ([OPENED], State.DISMISSED, False, Topic.ANSWERED),
    "acknowledged before it was told": ([OPENED], State.ACKNOWLEDGED, False, Topic.ANSWERED),
    "acknowledged, and its date passes": ([OVERDUE], State.ACKNOWLEDGED, True, Topic.OVERDUE),
    "an acceptance that ends soon": ([Untold(Kind.ENDING)], State.ACCEPTED, True, Topic.ENDING),
    "an acceptance that has ended": ([Untold(Kind.ENDING), Untold(Kind.LAPSED)], State.OPEN, True, Topic.LAPSED),
    "an acceptance that would end soon is taken back": ([Untold(Kind.ENDING)], State.OPEN, True, Topic.ANSWERED),
    "over, back by an exception, and that taken back": ([FIXED], State.OPEN, True, Topic.ANSWERED),
    "the same, and nobody ever knew": ([FIXED], State.OPEN, False, Topic.NEW),
    "worse": ([WORSENED], State.OPEN, True, Topic.WORSE),
    "told again": ([Untold(Kind.PRESSED)], State.OPEN, True, Topic.PRESSED),
    "told above": ([Untold(Kind.PRESSED), Untold(Kind.ESCALATED)], State.OPEN, True, Topic.ESCALATED),
}


@pytest.mark.parametrize(("events", "state", "known", "expected"), CASES.values(), ids=CASES)
def test_topic(events: list[Untold], state: State, known: bool, expected: Topic) -> None:
    assert topic(events, state, known=known) is expected


def test_every_kind_that_is_told_has_a_topic() -> None:
    for kind in Kind:
        if kind.told and kind not in (Kind.RESOLVED, Kind.ENDING):  # neither is news of an open one
            assert topic([Untold(kind)], State.OPEN, known=True).listed
