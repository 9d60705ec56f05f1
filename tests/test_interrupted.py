"""What a run that broke off leaves to the next one, and what a ledger that is too old must not stop."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from monitor import answering, jobs
from monitor.findings import book
from monitor.findings.decisions import Decision
from monitor.findings.lifecycle import State
from monitor.run import Options, Step
from monitor.settings import load
from monitor.store.schema import outbox
from tests.support import NOW, contract, organization, store

DAY = date(2026, 7, 5)
STEPS = [Step.STORED, Step.PLANNED]


class PlugPulledError(BaseException):
    """Nothing that is not committed has happened."""


def office(engine: Engine, tmp_path: Path, days: int = 0) -> jobs.Place:
    """A place of work so many days later."""
    config = tmp_path / "monitor.toml"
    config.write_text(f'default = ["clerk"]\n[channels.clerk]\nkind = "file"\ndirectory = "{tmp_path}/out"\n')
    return jobs.Place(engine, load(config, {}), {}, lambda: NOW + timedelta(days=days))


def run(place: jobs.Place, dies_at: Step | None = None) -> None:
    """A run; it may die at a step."""

    def observe(step: Step, _what: str) -> None:
        if step is dies_at:
            raise PlugPulledError

    try:
        options = Options(place.clock().astimezone(jobs.JST).date())
        jobs.run_checks(place, jobs.world(place.settings), options, deliver=True, observe=observe)
    except PlugPulledError:
        assert dies_at


def texts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [row.message["text"] for row in connection.execute(select(outbox).order_by(outbox.c.id))]


def three_pieces(engine: Engine) -> None:
    store(engine, organizations=[organization()], contracts=[contract(n, date(2026, 6, n)) for n in (1, 2, 3)])


@pytest.mark.parametrize("dies_at", STEPS)
def test_a_hold_is_told_to_the_maintainers_although_the_run_that_placed_it_broke_off(
    engine: Engine, tmp_path: Path, dies_at: Step
) -> None:
    three_pieces(engine)
    run(office(engine, tmp_path), dies_at)
    for days in (1, 2, 3):
        run(office(engine, tmp_path, days))
    assert len([text for text in texts(engine) if "通知を保留しています" in text]) == 1


@pytest.mark.parametrize("dies_at", STEPS)
def test_a_ledger_that_is_too_old_is_told_although_the_run_that_saw_it_broke_off(
    engine: Engine, tmp_path: Path, dies_at: Step
) -> None:
    three_pieces(engine)
    run(office(engine, tmp_path))
    run(office(engine, tmp_path, 40), dies_at)
    for days in (41, 42, 43):
        run(office(engine, tmp_path, days))
    assert len([text for text in texts(engine) if "台帳が古い" in text]) == 1


def test_a_ledger_that_is_too_old_at_its_first_judgement_is_told(engine: Engine, tmp_path: Path) -> None:
    three_pieces(engine)
    for days in (40, 41):
        run(office(engine, tmp_path, days))
    assert len([text for text in texts(engine) if "台帳が古い" in text]) == 1


def decide(engine: Engine, place: jobs.Place, state: State, days: int = 0) -> None:
    with engine.connect() as connection:
        (one,) = book.everything(connection)
    until = place.clock().date() + timedelta(days=days)
    assert answering.decide(place, [one.id], Decision(state, "山田", "方針", "是正", until)).refused == []


def test_an_acceptance_ends_on_its_day_although_the_ledger_is_too_old(engine: Engine, tmp_path: Path) -> None:
    three_pieces(engine)
    run(office(engine, tmp_path))
    decide(engine, office(engine, tmp_path), State.ACCEPTED, days=50)
    for days, state in ((40, State.ACCEPTED), (50, State.ACCEPTED), (51, State.OPEN)):
        run(office(engine, tmp_path, days))
        with engine.connect() as connection:
            (one,) = book.everything(connection)
        assert (one.state, one.unknown) == (state, True)


def test_what_is_taken_back_while_the_ledger_is_too_old_is_unknown_like_the_rest(
    engine: Engine, tmp_path: Path
) -> None:
    three_pieces(engine)
    run(office(engine, tmp_path))
    decide(engine, office(engine, tmp_path), State.SETTLED)
    run(office(engine, tmp_path, 40))
    decide(engine, office(engine, tmp_path, 41), State.OPEN)
    run(office(engine, tmp_path, 41))
    with engine.connect() as connection:
        (one,) = book.everything(connection)
    assert (one.state, one.unknown) == (State.OPEN, True)
