"""Which findings are the same one."""

import dataclasses

import pytest

from checks.finding import Finding, Severity
from monitor.findings import identity


def finding(**more: object) -> Finding:
    base = Finding(
        "split_orders",
        "M",
        "道路課|C1",
        ("C1", "C2"),
        Severity.LOW,
        "title",
        "explanation",
        "next",
        "law",
        verified=True,
    )
    return dataclasses.replace(base, **more)  # type: ignore[arg-type]


def test_the_id_is_made_of_check_organization_and_subject_alone() -> None:
    one = identity.finding_id("split_orders", "M", "道路課|C1")
    assert one == identity.finding_id("split_orders", "M", "道路課|C1")
    assert one.startswith("SP-")
    assert len(one) == 11
    assert one != identity.finding_id("split_orders", "M", "道路課|C2")
    assert one != identity.finding_id("split_orders", "N", "道路課|C1")


def test_parts_of_the_id_do_not_run_into_one_another() -> None:
    assert identity.finding_id("split_orders", "AB", "C") != identity.finding_id("split_orders", "A", "BC")


@pytest.mark.parametrize(
    "change", [{"title": "x"}, {"explanation": "x"}, {"next_step": "x"}, {"severity": Severity.HIGH}]
)
def test_a_reworded_finding_has_the_same_facts(change: dict[str, object]) -> None:
    assert identity.facts_digest(finding(**change)) == identity.facts_digest(finding())


@pytest.mark.parametrize(
    "change", [{"figures": {"sum": 1}}, {"contracts": ("C1",)}, {"pattern": "x"}, {"verified": False}]
)
def test_other_evidence_is_other_facts(change: dict[str, object]) -> None:
    assert identity.facts_digest(finding(**change)) != identity.facts_digest(finding())


def test_equal_subjects_match_before_shared_members() -> None:
    known = {"C1": ("C1", "C2"), "C3": ("C3", "C4")}
    found = {"C1": ("C1", "C3"), "C3": ("C3",)}
    assert identity.match(known, found) == {"C1": "C1", "C3": "C3"}


def test_a_set_that_grew_at_its_older_end_is_the_same_finding() -> None:
    assert identity.match({"C2": ("C2", "C3")}, {"C1": ("C1", "C2", "C3")}) == {"C1": "C2"}


def test_a_set_that_lost_its_oldest_member_is_the_same_finding() -> None:
    assert identity.match({"C1": ("C1", "C2", "C3")}, {"C2": ("C2", "C3")}) == {"C2": "C1"}


def test_of_two_heirs_the_one_that_shares_more_members_inherits() -> None:
    known = {"C1": ("C1", "C2", "C3", "C4", "C5")}
    found = {"C2": ("C2", "C3"), "C4": ("C4", "C5", "C1")}
    assert identity.match(known, found) == {"C4": "C1"}


def test_strangers_do_not_match() -> None:
    assert identity.match({"C1": ("C1",)}, {"C2": ("C2",)}) == {}
