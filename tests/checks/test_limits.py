"""Which limit applies to a contract, and what it measures."""

from datetime import date
from typing import Any

import pytest

from checks.limits import Tables, measured
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


def measure(book: str, **row: Any) -> tuple[Any, bool]:
    held = {"contract_id": "C", "signed_on": NEW, "category": "物品購入", **row}
    rows = measured(build("M", "", {"contracts": [held]}, {}), BOOKS[book])
    return rows["measure"][0], bool(rows["lower_bound"][0])


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
