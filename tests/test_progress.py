"""What a person hears of a long run while it works: a bar on a terminal, in a log a line a minute."""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from monitor.cli import progress
from monitor.cli.progress import Lines
from monitor.run import Options, Step, execute
from tests.support import NOW, contract, organization, store
from tests.test_run import WORLD

NOON = datetime(2026, 7, 5, 3, tzinfo=UTC)  # in Japan


def clock(seconds: int) -> Iterator[datetime]:
    """Moments that lie so many seconds apart."""
    moment = NOON
    while True:
        yield moment
        moment += timedelta(seconds=seconds)


def log(seconds: int, bodies: int, capsys: pytest.CaptureFixture[str], failed: int = 0, chosen: bool = True) -> list[str]:  # fmt: skip
    with progress.shown(clock(seconds).__next__, io.StringIO()) as observe:
        if chosen:
            observe(Step.CHOSEN, str(bodies))
        for number in range(bodies):
            if number < failed:
                observe(Step.FAILED, f"M{number}")  # two of its checks
                observe(Step.FAILED, f"M{number}")
            observe(Step.STORED, f"M{number}")
    return capsys.readouterr().err.splitlines()


def test_a_log_hears_of_a_run_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    said = log(1, 1788, capsys, chosen=True)
    assert len(said) == 1788 // 60
    assert said[:2] == ["12:01 59 of 1,788 organizations judged", "12:02 119 of 1,788 organizations judged"]


def test_a_short_run_and_the_last_organization_say_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert log(1, 50, capsys) == []
    assert log(600, 1, capsys) == []


def test_what_failed_is_told_and_each_organization_counts_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert log(30, 4, capsys, failed=2)[0] == "12:02 1 of 4 organizations judged, 1 failed"


def test_a_run_says_of_which_organizations_a_check_broke_off(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    bodies = [organization("A", "national"), organization("B")]
    store(engine, organizations=bodies, contracts=[contract(1, date(2026, 6, 1), organization=key) for key in "AB"])
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE organizations SET rulebook = 'gone' WHERE organization = 'A'")
    with progress.shown(clock(40).__next__, io.StringIO()) as observe:
        outcome = execute(engine, WORLD, Options(date(2026, 7, 5)), lambda: NOW, observe)
    assert {body for body, _, _ in outcome.failed} == {"A"}
    assert capsys.readouterr().err.splitlines()[0].endswith("1 of 2 organizations judged, 1 failed")


def test_without_a_total_there_is_a_number_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert log(60, 2, capsys, chosen=False)[0] == "12:01 1 organizations judged"


def test_a_step_that_is_not_known_says_nothing() -> None:
    lines = Lines(lambda moment: moment, NOON)
    assert lines.step("turned", "2026-07-05", NOON + timedelta(hours=1)) is None


def test_a_terminal_shows_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    with progress.shown(clock(1).__next__, screen) as observe:
        observe(Step.CHOSEN, "2")
        observe(Step.STORED, "模擬市 \x1b[31m[bold]")
        observe(Step.JUDGED, "M2")
    shown = screen.getvalue()
    assert "1/2" in shown
    assert "模擬市  [31m[bold]" in shown  # neither a colour nor markup
    assert shown.endswith("\x1b[2K")  # the line is wiped
