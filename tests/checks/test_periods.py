"""The calendar of offices (law.md 6.6)."""

from datetime import date

import pytest

from checks import periods
from checks.publication_dates import due_date
from checks.rulebook import Due


@pytest.mark.parametrize(
    ("day", "year"), [(date(2026, 3, 31), 2025), (date(2026, 4, 1), 2026), (date(2026, 1, 1), 2025)]
)
def test_the_fiscal_year_begins_in_april(day, year):
    assert periods.fiscal_year(day) == year


def test_after_the_next_day_n_days_is_n_days_later():
    assert periods.after_next_day(date(2026, 4, 1), 72) == date(2026, 6, 12)
    assert periods.after_next_day(date(2026, 4, 30), 93) == date(2026, 8, 1)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 3, 31), 3, date(2026, 6, 30)),
        (date(2026, 2, 28), 3, date(2026, 5, 31)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2026, 1, 30), 1, date(2026, 2, 28)),
        (date(2026, 12, 15), 3, date(2027, 3, 15)),
        (date(2024, 2, 29), 36, date(2027, 2, 28)),
    ],
)
def test_months_after_a_months_end_are_a_months_end(day, months, later):
    assert periods.months_after(day, months) == later


@pytest.mark.parametrize(
    ("signed", "due"),
    [
        (date(2026, 4, 1), date(2026, 7, 31)),
        (date(2026, 6, 30), date(2026, 7, 31)),
        (date(2026, 9, 30), date(2026, 10, 31)),
        (date(2026, 12, 31), date(2027, 1, 31)),
        (date(2027, 1, 1), date(2027, 4, 30)),
    ],
)
def test_a_month_as_due_date_is_its_last_day_in_the_next_year_where_it_must_be(signed, due):
    months = {4: 7, 5: 7, 6: 7, 7: 10, 8: 10, 9: 10, 10: 1, 11: 1, 12: 1, 1: 4, 2: 4, 3: 4}
    assert due_date(Due(kind="month", months=months), signed, 10) == due


def test_a_contract_of_may_is_due_before_one_of_the_day_before():
    rule = Due(kind="days", days=72, days_by_month={4: 93})
    assert due_date(rule, date(2026, 5, 1), 10) == date(2026, 7, 12)
    assert due_date(rule, date(2026, 4, 30), 10) == date(2026, 8, 1)


def test_promptly_is_as_many_days_as_the_parameter_says():
    assert due_date(Due(kind="promptly"), date(2026, 6, 10), 10) == date(2026, 6, 20)


def test_dates_are_written_in_the_japanese_calendar_with_the_weekday():
    assert periods.wareki(date(2026, 3, 27)) == "令和8年3月27日(金)"
    assert periods.wareki(date(2019, 5, 1)) == "令和元年5月1日(水)"
    assert periods.wareki(date(2019, 4, 30)) == "平成31年4月30日(火)"
    assert periods.short(date(2026, 3, 27)) == "R8.3.27(金)"
