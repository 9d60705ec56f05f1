"""Slices share out the whole: nothing lost, nothing twice, every balance closes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digest import build, slices
from monitor.digest.audience import EVERYBODY, Audience, Scope
from monitor.digest.model import Balance, Body, Sources
from monitor.digest.slices import Wish
from monitor.problems import Problem
from tests.digest.make import WEEK, sources

OWNERS = ("道路課", "契約課", "")


def shared(count: int, old: int, resolved: int, deal: list[int]) -> Sources:
    """The sources of make, dealt out to three organizations, their departments and owners."""
    made = sources(count, old=min(old, count), resolved=resolved)
    past, owners = {}, {}
    for number, (key, one) in enumerate(made.past.items()):
        dealt = deal[number % len(deal)]
        facts = {**one.facts, "department": ("", "道路課", "契約課")[dealt // 3 % 3]}
        past[key] = replace(one, organization="MNP"[dealt % 3], facts=facts)
        names = (OWNERS[dealt % 3], OWNERS[dealt % 2])
        owners[key] = tuple(dict.fromkeys(name for name in names if name))
    contracts = {
        (past[f"PB-{int(contract[1:]):08}"].organization, contract): row
        for (_, contract), row in made.contracts.items()
    }
    evaluations = [{**row, "organization": body} for row in made.evaluations for body in "MNP"]
    bodies = [Body(body, f"模擬{body}市", 10, WEEK.last) for body in "MNP"]
    return replace(made, past=past, contracts=contracts, owners=owners, evaluations=evaluations, bodies=bodies)


def columns(balance: Balance) -> tuple[int, ...]:
    """All columns of a balance; resolved ones as their sum."""
    values = {**vars(balance), "resolved": balance.gone}
    return tuple(values[name] for name in sorted(values))


def sums(whole: Sources, scope: Scope) -> tuple[int, ...]:
    """The columns of the slices' balances, added up."""
    found = slices.audiences(whole, WEEK, {scope})
    made = [build.build(WEEK, slices.narrow(whole, one), one) for one in found]
    assert all(one.balance.adds_up for one in made)
    assert all(one.open or one.accepted or one.resolved or one.closed for one in made)  # none is empty
    return tuple(map(sum, zip(*(columns(one.balance) for one in made), strict=True)))


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 30),
    old=st.integers(0, 30),
    resolved=st.integers(0, 5),
    deal=st.lists(st.integers(0, 8), min_size=1, max_size=12),
)
def test_organizations_and_departments_each_sum_to_the_whole(
    count: int, old: int, resolved: int, deal: list[int]
) -> None:
    whole = shared(count, old, resolved, deal)
    wanted = columns(build.build(WEEK, whole).balance)
    assert sums(whole, Scope.ORGANIZATION) == wanted
    assert sums(whole, Scope.DEPARTMENT) == wanted
    union = set()
    for one in slices.audiences(whole, WEEK, {Scope.OWNER}):
        part = slices.narrow(whole, one)
        assert build.build(WEEK, part, one).balance.adds_up
        assert all(one.name in whole.owners[key] for key in part.past)
        union |= set(part.past)
    assert union == {key for key, names in whole.owners.items() if names}


def test_a_slice_knows_nothing_of_the_others() -> None:
    whole = shared(30, 10, 4, list(range(9)))
    audience = slices.department(whole, "N", "道路課")
    assert audience.label == "模擬N市 道路課"
    part = slices.narrow(whole, audience)
    assert {(one.organization, one.facts["department"]) for one in part.past.values()} == {("N", "道路課")}
    assert {event.finding_id for event in part.events} <= set(part.past)
    assert {organization for organization, _ in part.contracts} == {"N"}
    assert {row["organization"] for row in part.evaluations} == {"N"}
    assert [body.id for body in part.bodies] == ["N"]
    assert set(part.owners) == set(part.past)
    assert (part.monitor, part.head) == (whole.monitor, whole.head)
    assert slices.narrow(whole, EVERYBODY) is whole


def test_who_has_nothing_gets_no_slice_and_the_order_is_that_of_the_scopes() -> None:
    whole = shared(30, 10, 0, [0, 1])
    found = slices.audiences(whole, WEEK, set(Scope))
    assert {one.organization for one in found if one.scope is Scope.ORGANIZATION} == {"M", "N"}
    assert list(found) == sorted(found, key=slices.order)
    assert [one.scope for one in found] == sorted((one.scope for one in found), key=list(Scope).index)
    assert slices.audiences(whole, WEEK, set()) == ()
    assert len({one.key for one in found}) == len(found)
    assert slices.audiences(sources(0), WEEK, set(Scope)) == ()


def test_what_was_resolved_earlier_makes_no_slice() -> None:
    whole = shared(0, 0, 3, [0])
    assert slices.audiences(whole, WEEK, {Scope.ORGANIZATION}) != ()
    earlier = [replace(event, as_of=WEEK.first.replace(day=1)) for event in whole.events]
    assert slices.audiences(replace(whole, events=earlier), WEEK, set(Scope)) == ()


def test_the_first_finding_of_a_department_does_not_make_it_the_first_week() -> None:
    whole = shared(9, 1, 0, list(range(9)))  # one of a week ago, the others are new
    one = slices.department(whole, "P", "契約課")
    part = slices.narrow(whole, one)
    assert [event.as_of for event in part.events] == [WEEK.first]
    made = build.build(WEEK, part, one)
    assert (made.first, made.numbers.new) == (False, 1)
    assert "初回" not in made.verdict
    begun = shared(9, 0, 0, list(range(9)))
    assert build.build(WEEK, slices.narrow(begun, one), one).first


def wished(**more: str) -> Audience:
    labels = {"road": "道路課", "keiyaku": "契約課"}
    return slices.wished(Wish(**more), shared(9, 0, 0, list(range(9))), {"M": ["水道課", "道路課"]}, labels)


def test_a_slice_is_asked_for_by_name() -> None:
    assert wished() is EVERYBODY
    assert wished(organization="N").label == "模擬N市"
    assert wished(department="水道課").organization == "M"  # in the register, without a finding
    assert wished(organization="N", department="道路課").name == "道路課"
    assert wished(owner="road") == wished(owner="道路課") == slices.owner("道路課")


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"organization": "MM"}, "the ledger has no 'MM'; the nearest is 'M'."),
        ({"department": "道路科"}, "the ledger has no '道路科'; the nearest is '道路課'."),
        ({"organization": "N", "department": "水道課"}, "the ledger has no '水道課'"),
        ({"department": "道路課"}, "'道路課' is in M, N, P; say which with --organization."),
        ({"owner": "raod"}, "there is no contact 'raod'; the nearest is 'road'."),
        ({"owner": "road", "organization": "M"}, "leave --organization and --department out"),
    ],
)
def test_a_wrong_name_is_one_sentence(wish: dict[str, str], sentence: str) -> None:
    with pytest.raises(Problem, match="--") as found:
        wished(**wish)
    assert sentence in str(found.value)
