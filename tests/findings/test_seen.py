"""When a finding was last seen: with its check, as long as it stands and the check can answer."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from monitor import jobs
from monitor.findings import book, seen
from monitor.findings.lifecycle import State
from monitor.store.schema import findings
from tests.alerts.test_plan import MONDAY, Office


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return Office(engine, tmp_path, "[hold]\nfirst = false\n")


def last(office: Office) -> tuple[date, date]:
    """As it is told, and as its row has it."""
    with office.engine.connect() as connection:
        (one,) = book.everything(connection)
        return one.last_seen, connection.scalars(select(findings.c.last_seen)).one()


def test_on_an_unchanged_day_a_finding_is_seen_and_its_row_is_not_written(office: Office) -> None:
    office.until(3)
    assert last(office) == (MONDAY + timedelta(days=2), MONDAY)


def test_a_finding_whose_check_could_not_answer_was_last_seen_before(office: Office) -> None:
    office.until(2)
    office.run(replace(jobs.world(office.settings), rulebooks={}))  # every check fails
    assert last(office)[0] == MONDAY + timedelta(days=1)
    office.day += timedelta(days=1)
    office.run()
    assert last(office)[0] == office.day


def test_a_finding_that_is_over_was_last_seen_when_it_stood(office: Office) -> None:
    office.until(2)
    office.decide(State.DISMISSED)
    office.until(3)
    assert last(office)[0] == MONDAY + timedelta(days=1)


def test_a_day_that_is_over_takes_nothing_back(engine: Engine) -> None:
    with engine.begin() as connection:
        for as_of in (MONDAY, MONDAY - timedelta(days=7)):
            seen.confirm(connection, ["M"], ["split_orders"], as_of)
        seen.confirm(connection, ["M", "N"], ["split_orders"], MONDAY - timedelta(days=1))
        rows = connection.execute(select(seen.seen).order_by(seen.seen.c.organization)).all()
    assert [tuple(row) for row in rows] == [
        ("M", "split_orders", MONDAY),
        ("N", "split_orders", MONDAY - timedelta(days=1)),
    ]
