"""Matching rows with contracts: what is exact, what is relaxed, what is left alone; in well under a second."""

from time import process_time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from checks.matching import NONE, By, Matches, Side, match

_SMALL = st.integers(NONE, 3)
_SAID = st.tuples(_SMALL, _SMALL, st.integers(0, 3), st.integers(0, 3), _SMALL)  # number, vendor, day, title, amount


def side(said: list[tuple[int, ...]], changed: list[int] | None = None) -> Side:
    number, vendor, day, title, amount = (np.array(list(column), dtype=np.int64) for column in zip(*said, strict=True))
    amounts = (amount,) if changed is None else (amount, np.array(changed, dtype=np.int64))
    return Side(number, vendor, day, day // 2, title, amounts)


def pairs(rows: list[tuple[int, ...]], contracts: list[tuple[int, ...]], group: list[int] | None = None) -> Matches:
    return match(side(rows), side(contracts), np.array(group or [0] * len(rows), dtype=np.int64))


A, B = (NONE, 1, 0, 1, 100), (NONE, 2, 2, 2, 200)


def test_what_says_the_same_is_one_whatever_the_order():
    found = pairs([B, A], [A, B])
    assert found.contract.tolist() == [1, 0]
    assert found.by.tolist() == [By.ALL, By.ALL]


def test_one_thing_may_differ_where_there_is_no_choice():
    relaxed = {
        By.TITLE: (NONE, 1, 0, 9, 100),
        By.AMOUNT: (NONE, 1, 0, 1, 999),
        By.DATE: (NONE, 1, 1, 1, 100),
        By.VENDOR: (NONE, 9, 0, 1, 100),
    }
    for by, row in relaxed.items():
        found = pairs([row], [A, B])
        assert (found.contract.tolist(), found.by.tolist()) == ([0], [by])


def test_two_things_may_not_differ_and_a_date_of_another_year_is_another_contract():
    for row in ((NONE, 1, 0, 9, 999), (NONE, 9, 0, 1, 999), (NONE, 1, 2, 1, 100)):
        assert pairs([row], [A, B]).contract.tolist() == [NONE]


def test_where_there_is_a_choice_nothing_is_chosen():
    found = pairs([(NONE, 1, 0, 1, 150)], [(NONE, 1, 0, 1, 100), (NONE, 1, 0, 1, 200), B])
    assert found.contract.tolist() == [NONE]
    assert (found.torn.tolist(), found.torn_contracts.tolist()) == ([True], [True, True, False])


def test_what_is_unknown_on_both_sides_is_no_likeness():
    hidden = (NONE, NONE, 0, 1, NONE)
    assert pairs([hidden], [hidden]).by.tolist() == [By.ALL]  # all that they say is the same
    assert pairs([(NONE, NONE, 0, 2, 100)], [(NONE, NONE, 0, 1, 100)]).contract.tolist() == [NONE]
    assert pairs([hidden], [A]).by.tolist() == [By.ALONE]


def test_a_number_must_have_something_in_common_with_its_contract():
    rows = [(7, 1, 0, 9, 999), (8, 9, 3, 9, 998)]
    contracts = [(7, 1, 0, 1, 100), (8, 2, 2, 2, 200)]
    assert pairs(rows, contracts).contract.tolist() == [0, NONE]


def test_both_amounts_of_a_contract_that_was_changed_are_right():
    rows, contracts = side([(NONE, 1, 0, 9, 130)]), side([A], changed=[130])
    assert match(rows, contracts, np.zeros(1, dtype=np.int64)).by.tolist() == [By.TITLE]


def test_each_register_lists_a_contract_for_itself():
    found = pairs([A, A, A], [A], [0, 1, 1])
    assert sorted(found.contract.tolist()) == [NONE, 0, 0]


@given(st.lists(_SAID, min_size=1, max_size=8), st.lists(_SAID, min_size=1, max_size=8))
def test_one_to_one_and_as_many_exact_pairs_as_there_can_be(rows, contracts):
    found = pairs(rows, contracts)
    taken = found.contract[found.contract != NONE].tolist()
    assert len(taken) == len(set(taken))
    exact = sum(min(rows.count(one), contracts.count(one)) for one in set(rows))
    assert (found.by == By.ALL).sum() >= exact
    assert not (found.torn & (found.contract != NONE)).any()


@given(st.lists(_SAID, min_size=1, max_size=8), st.lists(_SAID, min_size=1, max_size=8), st.randoms())
def test_the_order_of_contracts_decides_nothing_but_which_of_equals_is_paired(rows, contracts, random):
    rows, contracts = ([(NONE, *one[1:]) for one in said] for said in (rows, contracts))
    shuffled = random.sample(contracts, len(contracts))

    def said(of: list[tuple[int, ...]]) -> list[str]:
        found = pairs(rows, of)
        told = zip(rows, found.by.tolist(), found.contract.tolist(), strict=True)
        return sorted(repr((row, by, of[at] if at != NONE else None)) for row, by, at in told)

    assert said(contracts) == said(shuffled)


def test_ten_thousand_and_ten_thousand_take_well_under_a_second():
    random = np.random.default_rng(7)
    said = [(NONE, *map(int, random.integers(0, most, 4))) for most in [300] * 10_000]
    equal = [(NONE, 1, 1, 1, 1)] * 10_000
    for rows, contracts in ((said, said[::-1]), (equal, equal), (said, equal)):
        one, other, group = side(rows), side(contracts), np.arange(len(rows)) % 40
        begun = process_time()
        match(one, other, group)
        assert process_time() - begun < 0.5
