"""The parts of the model: trend, calendar, breakdowns, publications by period, the schedule kept, changes of rules."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from checks.finding import Severity
from checks.office_days import Calendar
from checks.rulebook import Rulebook
from monitor import rulebooks
from monitor.digest import build, rule_changes, schedule, slices
from monitor.digest.calendar import calendar
from monitor.digest.model import CALENDAR_WEEKS, TREND_WEEKS, Digest
from monitor.digest.trend import trend
from monitor.digest.week import Week, parse
from monitor.findings import answers
from monitor.findings.history import Event
from monitor.findings.lifecycle import Decided, Kind, Reason, State
from monitor.problems import Problem
from monitor.settings import Appointment, default_config_dir, references
from monitor.store.schema import outbox, runs
from tests.digest.make import WEEK, digest, sources


def _event(number: int, day: date, after: State, before: State | None = None, **more: Any) -> Event:
    kind = Kind.OPENED if before is None else Kind.RESOLVED
    reason = None if before is None else Reason.FIXED
    return Event(number, f"PB-{number:08}", kind, day, reason, before, after, **more)


# --- trend ---------------------------------------------------------------------------------------------------------


def test_the_trend_says_what_stood_came_and_went_each_week() -> None:
    old, now = WEEK.first - timedelta(days=10), WEEK.first
    events = [
        _event(1, old, State.OPEN, severity=Severity.HIGH),
        _event(2, old, State.OPEN),
        _event(1, now, State.RESOLVED, State.OPEN, severity=Severity.HIGH),
        _event(3, now, State.OPEN, severity=Severity.HIGH),
    ]
    found = [(one.week.id, one.closing, one.high, one.come, one.gone) for one in trend(events, WEEK)]
    assert found == [("2026-W10", 2, 1, 2, 0), ("2026-W11", 2, 1, 0, 0), ("2026-W12", 2, 1, 1, 1)]


def test_the_trend_has_twelve_weeks_at_most_and_counts_what_stood_before_them() -> None:
    made = trend([_event(1, WEEK.first - timedelta(weeks=60), State.OPEN)], WEEK)
    assert len(made) == TREND_WEEKS
    assert {(one.closing, one.come) for one in made} == {(1, 0)}
    assert trend([], WEEK) == ()


@pytest.mark.parametrize("made", [digest(0), digest(40, old=25, resolved=4)], ids=["empty", "busy"])
def test_the_last_week_of_the_trend_is_the_balance(made: Digest) -> None:
    for last in made.trend[-1:]:
        balance = made.balance
        assert last.closing == balance.closing
        assert last.come == balance.new + balance.reopened + balance.rules_in
        assert last.gone == balance.gone + balance.settled + balance.dismissed + balance.rules_out


# --- calendar ------------------------------------------------------------------------------------------------------


def test_the_calendar_has_five_weeks_of_due_dates_and_of_ends_of_acceptances() -> None:
    given = sources(60)
    until = WEEK.last + timedelta(days=9)
    said = Decided("山田", "方針", "", until, WEEK.first, "", Severity.HIGH, ())
    key = "PB-00000024"  # it has a due date too, which an accepted finding need not keep
    held = {**given.past, key: replace(given.past[key], state=State.ACCEPTED, decision=said)}
    made = build.build(WEEK, replace(given, past=held))
    days = made.calendar
    assert len(days) == 7 * CALENDAR_WEEKS
    assert days[0].on == WEEK.last + timedelta(days=1)
    assert [item.id for day in days for item in day.ending] == [key]
    ahead = {item.id for item in made.open if item.due_on and item.due_on > WEEK.last}
    assert {item.id for day in days for item in day.due} == ahead


def test_closed_days_have_names() -> None:
    days = {day.on: day.closed for day in calendar(Week(2026, 30), (), (), Calendar(frozenset({date(2026, 8, 13)})))}
    assert days[date(2026, 8, 11)] == "山の日"
    assert (days[date(2026, 8, 8)], days[date(2026, 8, 9)]) == ("土", "日")
    assert (days[date(2026, 8, 13)], days[date(2026, 8, 14)]) == ("休", "")


def test_the_answer_is_wished_for_by_a_day_on_which_the_office_works() -> None:
    assert digest(1).answer_by == date(2026, 3, 27)
    shut = replace(sources(1), office=Calendar(frozenset({date(2026, 3, 27)})))
    assert build.build(WEEK, shut).answer_by == date(2026, 3, 26)


# --- breakdowns ----------------------------------------------------------------------------------------------------


def test_yen_of_a_breakdown_count_each_contract_once() -> None:
    made = build.build(WEEK, sources(40, contracts=["C1", "C2"]))
    assert [row.yen for row in made.by_organization] == [2 * 1_298_000]
    assert sum(row.open for row in made.by_department) == 40


def test_a_finding_of_two_contacts_is_in_both() -> None:
    given = sources(3)
    owners = {"PB-00000000": ("契約課", "道路課"), "PB-00000001": ("契約課",), "PB-00000002": ("契約課",)}
    made = build.build(WEEK, replace(given, owners=owners))
    assert {row.label: row.open for row in made.by_owner} == {"契約課": 3, "道路課": 1}


# --- publications --------------------------------------------------------------------------------------------------


def test_publications_are_counted_by_class_and_period_and_survive_the_store() -> None:
    given = sources(0)
    one = {
        "label": "工事", "first": "2026-01-05", "last": "2026-02-27", "due_on": "2026-04-30", "in_time": 30, "late": 3,
        "missing": 1, "ahead": 5,
    }  # fmt: skip
    old = {**one, "due_on": "2020-04-30"}
    rows = [{**given.evaluations[0], "tally": [one, old]}, *given.evaluations[1:]]
    made = build.build(WEEK, replace(given, evaluations=rows))
    assert [(p.organization, p.label, p.due_on, p.in_time) for p in made.published] == [
        ("模擬市", "工事", date(2026, 4, 30), 30)
    ]
    assert answers.tally({"tally": None}) == []


# --- the schedule --------------------------------------------------------------------------------------------------

SCHEDULE = (Appointment(job="run", days="mon-fri", at="06:30"), Appointment(job="digest", days="mon", at="08:30"))


def _run(day: int, status: str, *, period: bool = True, late: timedelta = timedelta(0)) -> dict[str, Any]:
    at = datetime(2026, 3, day, 6, 30, tzinfo=schedule.ZoneInfo("Asia/Tokyo"))
    return {
        "job": "run", "period": at.isoformat(timespec="minutes") if period else None, "as_of": at.date(),
        "started_at": (at + late).astimezone(UTC), "status": status, "counts": {},
    }  # fmt: skip


def test_periods_are_due_done_late_failed_or_missed(engine: Engine) -> None:
    with engine.begin() as connection:
        for row in (
            _run(17, "done"),
            _run(18, "done", late=timedelta(hours=3)),
            _run(19, "failed"),
            _run(20, "done", period=False),
        ):
            connection.execute(insert(runs).values(row))
        found = schedule.periods(connection, WEEK, SCHEDULE)
    run, digest_ = found
    # Monday was before the first run ever: nothing was due
    assert (run.due, run.done, run.late, run.failed, run.missed) == (4, 3, 1, 1, 0)
    assert (digest_.job, digest_.due) == ("digest", 0)


def test_without_a_run_nothing_was_due(engine: Engine) -> None:
    with engine.connect() as connection:
        assert schedule.periods(connection, WEEK, SCHEDULE) == ()


def test_a_day_without_a_run_was_missed(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(runs).values(_run(10, "done")))
        run, digest_ = schedule.periods(connection, WEEK, SCHEDULE)
    assert (run.due, run.missed) == (5, 5)
    assert (digest_.due, digest_.missed) == (1, 1)


def test_day_names() -> None:
    assert schedule.weekdays("mon-fri") == {0, 1, 2, 3, 4}
    assert schedule.weekdays("mon,wed,sat-sun") == {0, 2, 5, 6}


# --- rules ---------------------------------------------------------------------------------------------------------


def _shipped(name: str) -> Rulebook:
    return rulebooks.load([Path(default_config_dir()) / "rulebooks"])[name]


def test_a_limit_that_changes_is_told_once_by_the_figure_that_begins() -> None:
    found = rule_changes.changes([_shipped("prefecture")], date(2025, 3, 24), date(2025, 4, 30))
    assert {one.on for one in found} == {date(2025, 4, 1)}
    assert "工事又は製造の請負の少額随意契約の限度額（4,000,000円）の適用が始まります" in {one.what for one in found}
    assert not any("終わります" in one.what for one in found)
    assert all(one.source for one in found)


def test_a_figure_that_nothing_follows_is_told_when_it_ends() -> None:
    shipped = _shipped("national")
    assert shipped.wage_raise is not None
    last = shipped.wage_raise.model_copy(update={"rates": shipped.wage_raise.rates[:1]})
    found = rule_changes.changes([shipped.model_copy(update={"wage_raise": last})], date(2026, 3, 30), date(2026, 4, 5))
    said = "賃上げの基準率（3%・1.5%）の適用が前日で終わります"
    assert [one.on for one in found if one.what == said] == [date(2026, 3, 31)]


# --- what a second reader found -------------------------------------------------------------------------------------


def test_a_department_sees_the_rate_of_its_whole_organization_and_no_publications_of_others() -> None:
    given = sources(70)
    whole = build.build(WEEK, given)
    one = slices.department(given, "M", "第1課")
    part = build.build(WEEK, slices.narrow(given, one), one)
    assert (part.clean, part.judgements) == (whole.clean, whole.judgements)
    assert part.published == ()


def test_who_has_nothing_is_told_what_was_checked() -> None:
    given = sources(3)
    one = slices.owner("契約課")
    assert "5の検査で契約1,234件を調べました" in build.build(WEEK, slices.narrow(given, one), one).verdict


@pytest.mark.parametrize("week", [Week(2025, 52), Week(2024, 52), Week(2026, 12)])
def test_the_wish_lies_after_the_week(week: Week) -> None:
    assert (build.build(week, replace(sources(0), events=[])).answer_by or week.last) > week.last


def test_old_figures_of_another_kind_do_not_stop_the_digest() -> None:
    made = build.build(WEEK, sources(40, figures={"sum": "12", "measure": [1], "amounts": 5}))
    assert {item.yen for item in made.open} == {None}


def test_a_digest_that_did_not_arrive_is_not_done(engine: Engine) -> None:
    row = {
        "key": "digest:2026-W11:x", "channel": "x", "kind": "digest", "message": {}, "attempts": 8,
        "created_at": datetime(2026, 3, 16, tzinfo=UTC),
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(runs).values(_run(10, "done")))
        connection.execute(insert(outbox).values(row | {"status": "dead"}))
        assert schedule.periods(connection, WEEK, SCHEDULE)[1].done == 0
        connection.execute(insert(outbox).values(row | {"key": "digest:2026-W11:y", "status": "sent"}))
        assert schedule.periods(connection, WEEK, SCHEDULE)[1].done == 1


def test_a_week_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(Problem):
        parse("9999-W52")


def test_owners_with_one_label_are_refused_where_each_gets_its_own() -> None:
    tree = {"contacts": {"a": {"label": "契約課"}, "b": {"label": "契約課"}}, "digest": {"own": True}}
    assert [place for place, _ in references._labels(tree)] == [("contacts", "b", "label")]
    assert list(references._labels({**tree, "digest": {}})) == []
