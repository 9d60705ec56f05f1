"""Who is told: ordered routes, a default that always answers, and the rule that decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Severity
from monitor.alerts.routing import Facts, Routed, Rule, chain, maintainers, recipients
from monitor.settings import Route, Settings

CONTACTS = ("a", "b", "c", "d", "e")
CHECKS = ("split_orders", "publication_due")
DEPARTMENTS = ("道路課", "総務課")
ORGANIZATIONS = ("M", "N")


def some(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=2)


ROUTES = st.lists(
    st.fixed_dictionaries(
        {"to": st.lists(st.sampled_from(CONTACTS), min_size=1, max_size=3)},
        optional={
            "checks": some(*CHECKS),
            "severity": st.sampled_from(list(Severity)),
            "departments": some(*DEPARTMENTS),
            "organizations": some(*ORGANIZATIONS),
            "yen": st.sampled_from([0, 1, 1_000_000]),
            "continue": st.booleans(),
        },
    ),
    max_size=6,
)
FACTS = st.builds(
    Facts,
    check=st.sampled_from([*CHECKS, "limit_bunching"]),
    severity=st.sampled_from(list(Severity)),
    organization=st.sampled_from([*ORGANIZATIONS, "L"]),
    department=st.sampled_from([*DEPARTMENTS, "", "建設課"]),
    yen=st.none() | st.sampled_from([0, 1, 999_999, 1_000_000, 10**12]),
)
ROAD = Facts("split_orders", Severity.MEDIUM, "M", "道路課", 2_000_000)


def settings_of(routes: list[dict[str, Any]], **more: Any) -> Settings:
    channels = {name: {"kind": "file", "directory": name} for name in CONTACTS}
    return Settings(channels=channels, routes=routes, **{"default": ["d"], **more})


@pytest.mark.parametrize(
    ("routes", "contacts", "rule"),
    [
        ([], ["d"], "default"),
        ([{"to": ["a"]}], ["a"], "routes[0]"),
        ([{"to": ["a"], "severity": "high"}], ["d"], "default"),
        ([{"to": ["a"], "severity": "medium"}], ["a"], "routes[0]"),
        ([{"to": ["a"], "checks": ["split_orders"]}, {"to": ["b"], "departments": ["道路課"]}], ["a"], "routes[0]"),
        ([{"to": ["a"], "organizations": ["N"]}, {"to": ["b"], "organizations": ["M"]}], ["b"], "routes[1]"),
        ([{"to": ["a", "b"], "continue": True}, {"to": ["b", "c"]}, {"to": ["e"]}], ["a", "b", "c"], "routes[0], routes[1]"),
        ([{"to": ["a"], "continue": True}, {"to": ["b"], "yen": 3_000_000}], ["a"], "routes[0]"),
        ([{"to": ["a"], "yen": 2_000_000}], ["a"], "routes[0]"),
        ([{"to": ["a"], "yen": 2_000_001}], ["d"], "default"),
    ],
)  # fmt: skip
def test_the_first_route_that_matches_decides_unless_it_goes_on(routes, contacts, rule):
    routed = recipients(ROAD, settings_of(routes))
    assert (list(routed.contacts), routed.rule) == (contacts, rule)


def test_an_unknown_amount_matches_no_route_that_asks_for_one():
    settings = settings_of([{"to": ["a"], "yen": 1}, {"to": ["b"], "yen": 0}])
    assert recipients(Facts("split_orders", Severity.LOW), settings).contacts == ("b",)
    assert recipients(Facts("split_orders", Severity.LOW, yen=0), settings).contacts == ("b",)


def test_what_has_no_department_goes_to_its_own_contact_where_no_route_matches():
    nobody, somebody = Facts("split_orders", Severity.LOW), Facts("split_orders", Severity.LOW, department="道路課")
    settings = settings_of([{"to": ["a"], "severity": "high"}], absent_owner=["e"])
    assert recipients(nobody, settings) == Routed(("e",), Rule.ABSENT_OWNER)
    assert recipients(somebody, settings) == Routed(("d",), Rule.DEFAULT)
    assert recipients(Facts("split_orders", Severity.HIGH), settings) == Routed(("a",), Rule.ROUTES, (0,))
    assert recipients(nobody, settings_of([])) == Routed(("d",), Rule.DEFAULT)


@given(FACTS, ROUTES, some(*CONTACTS))
def test_somebody_is_always_told_each_once_and_the_rule_accounts_for_all(facts, routes, absent):
    settings = settings_of(routes, absent_owner=absent)
    routed = recipients(facts, settings)
    assert routed.contacts
    assert len(set(routed.contacts)) == len(routed.contacts)
    given_by = {
        Rule.ROUTES: {name for number in routed.routes for name in settings.routes[number].to},
        Rule.ABSENT_OWNER: set(absent),
        Rule.DEFAULT: {"d"},
    }
    assert set(routed.contacts) == given_by[routed.by]
    assert (routed.by is Rule.ROUTES) == bool(routed.routes)


@given(FACTS, ROUTES)
def test_the_routes_that_decided_are_those_that_match_up_to_the_first_that_does_not_go_on(facts, routes):
    settings = settings_of(routes)
    matching = [i for i, route in enumerate(settings.routes) if route.matches(*vars(facts).values())]
    stop = next((at for at, i in enumerate(matching) if not settings.routes[i].goes_on), len(matching))
    assert list(recipients(facts, settings).routes) == matching[: stop + 1]


@given(FACTS, ROUTES, ROUTES)
def test_what_stands_behind_a_route_that_decided_changes_nothing(facts, routes, more):
    before = recipients(facts, settings_of(routes))
    if before.routes and not settings_of(routes).routes[before.routes[-1]].goes_on:
        assert recipients(facts, settings_of(routes + more)) == before


@given(FACTS, ROUTES)
def test_a_route_for_any_in_front_takes_all(facts, routes):
    assert recipients(facts, settings_of([{"to": ["e"]}, *routes])) == Routed(("e",), Rule.ROUTES, (0,))


@dataclass(frozen=True)
class Found:
    check: str
    organization: str = "M"
    severity: Severity = Severity.LOW
    facts: Mapping[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("check", "figures", "yen"),
    [
        ("split_orders", {"sum": 2_596_000, "measure": 1}, 2_596_000),
        ("split_orders", {}, None),
        ("split_orders", {"sum": None}, None),
        ("vendor_identity", {"sum": 5}, None),  # a check that has no amount at stake
        ("a_check_that_was_retired", {"sum": 5}, None),
    ],
)
def test_a_finding_s_yen_is_the_figure_that_its_check_calls_at_stake(check, figures, yen):
    facts = Facts.of(Found(check, facts={"department": "道路課", "figures": figures}))
    assert facts == Facts(check, Severity.LOW, "M", "道路課", yen)


def test_the_maintainers_are_the_default_unless_they_are_named():
    assert maintainers(settings_of([])) == ("d",)
    assert maintainers(settings_of([], maintainers=["e", "a", "e"])) == ("e", "a")


def test_a_chain_follows_next_to_its_end():
    contacts = {"road": {"channel": "a", "next": "chief"}, "chief": {"channel": "b", "next": "c"}}
    settings = settings_of([], contacts=contacts)
    assert chain("road", settings) == ("road", "chief", "c")
    assert chain("a", settings) == ("a",)


def test_without_any_channel_nobody_is_told_and_it_is_known():
    assert recipients(ROAD, Settings()) == Routed((), Rule.DEFAULT)


def test_a_route_s_severity_is_a_least_one():
    matched = [one for one in Severity if Route(to=["a"], severity="low").matches("x", one, "", "", None)]
    assert matched == [Severity.HIGH, Severity.MEDIUM, Severity.LOW]
