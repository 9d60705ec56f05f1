"""Which limit applies to a contract, and what it measures."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from checks.limits import Tables, measured, unmeasured
from checks.register import build
from checks.rulebook import LimitClass
from monitor.rulebooks import load
from monitor.settings import default_config_dir

BOOKS = load([default_config_dir() / "rulebooks"])
OLD, NEW = date(2025, 3, 31), date(2025, 4, 1)


def amounts(book: str, basis: date | None, latest: date) -> list[int]:
    rules = BOOKS[book].small_value
    assert rules
    found = Tables(rules).find(LimitClass.WORKS, basis, latest)
    assert found
    return [limit.amount for limit in found.limits]


def contract(book: str, **row: Any) -> "tuple[pd.Series[Any], str | None]":
    """What was measured of one contract, and the column that is wanting for it."""
    held = {"contract_id": "C", "signed_on": NEW, "category": "物品購入", **row}
    rows = measured(build("M", "", {"contracts": [held]}, {}), BOOKS[book])
    return rows.iloc[0], next((column for column, missing in unmeasured(rows).items() if missing[0]), None)


def measure(book: str, **row: Any) -> tuple[Any, bool]:
    held, _ = contract(book, **row)
    return held["measure"], bool(held["lower_bound"])


def test_the_basis_date_chooses_the_table():
    assert amounts("municipality", OLD, date(2025, 5, 1)) == [1_300_000]
    assert amounts("municipality", NEW, date(2025, 5, 1)) == [2_000_000]


def test_without_a_basis_date_both_tables_may_apply_while_the_old_one_is_recent():
    assert amounts("municipality", None, date(2025, 5, 1)) == [1_300_000, 2_000_000]
    assert amounts("municipality", None, OLD) == [1_300_000]
    assert amounts("municipality", None, date(2026, 7, 5)) == [2_000_000]


def test_saitama_has_two_candidates_since_april_2025():
    assert amounts("saitama", NEW, NEW) == [2_500_000, 4_000_000]
    assert amounts("saitama", OLD, NEW) == [2_500_000]


def test_the_estimated_price_is_measured_and_the_amount_is_its_lower_bound():
    assert measure("municipality", estimated_price=500, amount=400) == (500, False)
    assert measure("municipality", amount=400) == (400, True)


def test_a_unit_price_is_measured_by_the_planned_total():
    assert measure("municipality", unit_price=True, estimated_price=5, amount=400) == (400, False)


@pytest.mark.parametrize(
    ("book", "ends_on", "expected"),
    [
        ("municipality", date(2030, 3, 31), 100),
        ("saitama", date(2030, 3, 31), 500),
        ("saitama", date(2026, 3, 31), 100),
    ],
)
def test_leases_are_measured_by_the_rulebooks_words(book, ends_on, expected):
    lease = {
        "category": "物件の借入れ",
        "annual_amount": 100,
        "estimated_price": 500,
        "starts_on": NEW,
        "ends_on": ends_on,
    }
    assert measure(book, **lease) == (expected, False)


def test_only_leases_have_a_yearly_amount():
    assert measure("municipality", annual_amount=100, estimated_price=500) == (500, False)


@pytest.mark.parametrize("category", ["財産の売払い", "物件の貸付け"])
def test_what_the_office_receives_is_no_lower_bound_of_the_estimate(category):
    held, wanting = contract("municipality", category=category, amount=400)
    assert held["measure"] is pd.NA
    assert not held["lower_bound"]
    assert wanting == "estimated_price"
    assert measure("municipality", category=category, estimated_price=300, amount=400) == (300, False)


def test_a_blank_measure_is_a_blank_amount_where_the_amount_would_do():
    assert contract("municipality")[1] == "amount"
    assert contract("municipality", category="財産の売払い", unit_price=True)[1] == "amount"
    assert contract("municipality", amount=1)[1] is None


@pytest.mark.parametrize(
    ("bound", "signed_on", "latest"),
    [
        (OLD, NEW, OLD),
        (NEW, OLD, OLD),
        (None, NEW, NEW),
    ],
)
def test_a_bound_is_the_last_day_that_the_basis_can_be_and_never_the_basis(bound, signed_on, latest):
    held, _ = contract("municipality", procured_by=bound, signed_on=signed_on)
    assert held["basis"] is pd.NaT
    assert held["latest"].date() == latest
    assert contract("national", procured_by=bound, signed_on=signed_on)[0]["latest"].date() == latest


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"estimated_price": 500}, (500, "estimated_price", False, True)),
        ({"estimated_price": 100}, (100, "annual_amount", False, False)),
        ({"amount": 500}, (500, "amount", True, True)),
        ({}, (100, "annual_amount", False, False)),
    ],
)
def test_a_lease_of_an_unknown_term_counts_by_the_larger_where_several_years_count_by_their_total(figures, expected):
    held, _ = contract("saitama", category="物件の借入れ", annual_amount=100, starts_on=NEW, **figures)
    assert (held["measure"], held["measured_by"], held["lower_bound"], held["by_total"]) == expected


def test_a_lease_out_of_an_unknown_term_and_total_has_no_measure():
    held, wanting = contract("saitama", category="物件の貸付け", annual_amount=100, amount=500)
    assert (held["measure"], wanting) == (pd.NA, "estimated_price")
