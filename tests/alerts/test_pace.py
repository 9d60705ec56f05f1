"""Reminders at a slowing pace, and escalation, in business days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Severity
from checks.office_days import Calendar
from monitor.alerts.pace import due_again, escalates, is_reminded, next_escalation, next_telling
from monitor.settings import Reminders

CALENDAR = Calendar()
USUAL = Reminders()
DAYS = st.dates(date(2019, 1, 1), date(2031, 12, 31))
REMINDERS = st.builds(
    Reminders,
    business_days=st.lists(st.integers(1, 30), max_size=4).map(tuple),
    escalate_after=st.integers(0, 20),
)
CHAIN = ("road", "road-chief", "manager")


def test_the_pace_slows_and_its_last_wait_repeats_over_weekends_and_golden_week():
    told, days = date(2026, 4, 1), []
    for tellings in range(1, 6):
        told = next_telling(told, tellings, USUAL, CALENDAR)
        days.append(f"{told:%m-%d}")
    assert days == ["04-06", "04-13", "04-27", "05-15", "05-29"]


def test_it_is_due_on_its_day_and_after_it_however_late_the_run():
    told = date(2026, 7, 3)  # a Friday
    assert [due_again(told, 1, told + timedelta(days=n), USUAL, CALENDAR) for n in (4, 5, 6, 60)] == [
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize(("reminders", "tellings"), [(Reminders(business_days=()), 1), (USUAL, 0)])
def test_without_a_pace_or_a_first_telling_nothing_is_told_again(reminders, tellings):
    assert next_telling(date(2026, 7, 3), tellings, reminders, CALENDAR) is None
    assert not due_again(date(2026, 7, 3), tellings, date(2030, 1, 1), reminders, CALENDAR)


@given(DAYS, st.integers(1, 30), st.integers(0, 120), REMINDERS)
def test_a_telling_is_due_exactly_when_its_business_days_have_passed(told, tellings, later, reminders):
    as_of = told + timedelta(days=later)
    waits = reminders.business_days
    expected = bool(waits) and CALENDAR.business_days_between(told, as_of) >= waits[min(tellings, len(waits)) - 1]
    assert due_again(told, tellings, as_of, reminders, CALENDAR) is expected
    if due_again(told, tellings, as_of, reminders, CALENDAR):
        assert due_again(told, tellings, as_of + timedelta(days=1), reminders, CALENDAR)
    day = next_telling(told, tellings, reminders, CALENDAR)
    assert day is None or (CALENDAR.is_open(day) and day > told)


@pytest.mark.parametrize(
    ("level", "days", "contact"),
    [(0, 6, None), (0, 7, "road-chief"), (0, 90, "road-chief"), (1, 7, "manager"), (2, 90, None)],
)
def test_each_contact_has_its_days_to_answer_before_the_next_is_told_and_the_chain_ends(level, days, contact):
    told = date(2026, 7, 6)  # a Monday; five business days later is the next Monday
    assert escalates(told, level, told + timedelta(days=days), USUAL, CHAIN, CALENDAR) == contact


@pytest.mark.parametrize(("after", "chain"), [(0, CHAIN), (5, ("road",)), (5, ())])
def test_nothing_is_escalated_where_nobody_is_next_or_it_is_switched_off(after, chain):
    reminders = Reminders(escalate_after=after)
    assert next_escalation(date(2026, 7, 6), 0, reminders, chain, CALENDAR) is None
    assert escalates(date(2026, 7, 6), 0, date(2030, 1, 1), reminders, chain, CALENDAR) is None


@given(DAYS, st.integers(0, 3), st.integers(0, 60), REMINDERS)
def test_a_step_is_always_to_the_next_of_the_chain_and_on_a_business_day(told, level, later, reminders):
    step = next_escalation(told, level, reminders, CHAIN, CALENDAR)
    found = escalates(told, level, told + timedelta(days=later), reminders, CHAIN, CALENDAR)
    if step is None:
        assert found is None
        return
    assert step[1] == CHAIN[level + 1]
    assert CALENDAR.is_open(step[0])
    assert found == (
        step[1]
        if CALENDAR.business_days_between(told, told + timedelta(days=later)) >= reminders.escalate_after
        else None
    )


def test_only_what_matters_enough_is_reminded_of():
    assert [one for one in Severity if is_reminded(one, Reminders(severity="medium"))] == [
        Severity.HIGH,
        Severity.MEDIUM,
    ]
    assert [one for one in Severity if is_reminded(one, USUAL)] == [Severity.HIGH]
