"""The labels are those that were frozen, they are true by the law's own figures, and the checks meet them."""

import pytest

from checks.catalogue import all_checks
from tests.evaluation import frozen, law, report
from tests.evaluation.book import PLANTED, Label, Labelled, Row
from tests.evaluation.ledgers import HALVES, half, ledger
from tests.evaluation.measure import labelled_checks, score
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


@pytest.mark.parametrize(("name", "least"), [("tune", 300), ("held", 300), ("hard", 120)])
def test_each_half_has_enough_planted_sets_and_near_misses(name, least):
    kinds = [label.kind for _, label, _ in of_split(name)]
    assert kinds.count(PLANTED) >= least
    assert len(kinds) - kinds.count(PLANTED) >= least


# --- how well the checks judge ---------------------------------------------------------------------------------------

HALF = "held"  # the half on which nothing was tuned
RECALL, PRECISION = 0.98, 0.95  # "CI fails below recall 0.98 or precision 0.95 on the frozen half" (issue 3)


@pytest.mark.parametrize("check", labelled_checks(list(half(HALF))))
def test_a_check_finds_what_is_planted_and_accuses_few_near_misses(check):
    if check not in all_checks():
        pytest.skip(f"{check} is not in the catalogue yet")
    one = score(check, list(half(HALF)))
    shown = report.table([one])
    assert one.recall >= RECALL, shown
    assert one.precision >= PRECISION, shown


# What the red team's set has shown since the checks were mended by it: no proof any more, but nothing may fall behind it.
FLOOR = {"split_orders": 0.95, "vendor_identity": 0.9, "limit_bunching": 0.95, "penalty_period_award": 1.0}


@pytest.mark.parametrize("check", sorted(FLOOR))
def test_a_check_does_not_fall_behind_on_the_hard_ledgers(check):
    one = score(check, list(half("hard")), {})
    assert one.recall >= FLOOR[check], report.table([one])
    assert one.precision >= PRECISION, report.table([one])
