"""The labels are those that were frozen, and they are true by the law's own figures."""

import pytest

from tests.evaluation import frozen, law
from tests.evaluation.book import PLANTED, Label, Labelled, Row
from tests.evaluation.ledgers import HALVES, half, ledger
from tests.evaluation.sets import SPLIT


def of_split(name: str):
    for shape, seed in half(name):
        made = ledger(shape, seed)
        rows = {row["contract_id"]: row for row in made.tables["contracts"]}
        for label in made.labels:
            if label.check == SPLIT:
                yield made, label, [rows[each] for each in label.contracts]


def measured(row: Row) -> int:
    return row["amount"] if row.get("unit_price") else row.get("estimated_price") or row["amount"]


def bounds(made: Labelled, row: Row) -> tuple[int, int]:
    return law.limits(made.rulebook, row["category"], row.get("procured_on"), row["signed_on"])


@pytest.mark.parametrize("name", HALVES)
def test_the_ledgers_are_byte_for_byte_those_that_were_frozen(name):
    assert frozen.hashes(name) == frozen.read()[name]


@pytest.mark.parametrize("name", HALVES)
def test_every_planted_set_is_above_the_limit_that_applied_and_no_piece_is(name):
    wrong: list[tuple[str, int, Label]] = []
    for made, label, rows in of_split(name):
        if label.kind == PLANTED:
            above = sum(map(measured, rows)) > max(bounds(made, row)[1] for row in rows)
            if not above or any(measured(row) > bounds(made, row)[0] for row in rows):
                wrong.append((made.shape, made.seed, label))
    assert wrong == []


@pytest.mark.parametrize("name", HALVES)
def test_no_contract_has_two_labels_of_splitting(name):
    for shape, seed in half(name):
        ids = [each for label in ledger(shape, seed).labels if label.check == SPLIT for each in label.contracts]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", HALVES)
def test_each_half_has_at_least_three_hundred_planted_sets_and_three_hundred_near_misses(name):
    kinds = [label.kind for _, label, _ in of_split(name)]
    assert kinds.count(PLANTED) >= 300
    assert len(kinds) - kinds.count(PLANTED) >= 300
