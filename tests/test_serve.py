"""The scheduler: Japanese time whatever the machine says, missed periods once, a clean end."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from monitor import serve
from monitor.settings import Appointment, load
from monitor.store.lock import one_runner
from monitor.store.schema import runs
from tests.support import NOW, organization, place, store

MONDAY = datetime(2026, 7, 6, 0, 0, tzinfo=UTC)  # 09:00 in Japan
ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("days", "at", "last"),
    [
        ("mon", "08:30", "2026-07-05T23:30"),  # Monday morning in Japan is Sunday evening in UTC
        ("mon", "09:30", "2026-06-29T00:30"),
        ("mon-fri", "23:00", "2026-07-03T14:00"),
        ("sun", "23:59", "2026-07-05T14:59"),
    ],
)
def test_days_and_times_are_japanese(days: str, at: str, last: str) -> None:
    found = serve.last_due(Appointment(job="run", days=days, at=at), MONDAY)
    assert found is not None
    assert found.astimezone(UTC).isoformat(timespec="minutes")[:16] == last


def office(engine: Engine, tmp_path: Path) -> serve.Place:
    config = tmp_path / "monitor.toml"
    config.write_text(
        f'output = "{tmp_path / "digests"}"\ndefault = ["d"]\n[channels.d]\nkind = "file"\ndirectory = "{tmp_path / "d"}"\n'
        '[digest]\nto = ["d"]\n'
        '[[schedule]]\njob = "run"\ndays = "mon-sun"\nat = "06:30"\n[[schedule]]\njob = "digest"\ndays = "mon"\nat = "08:30"\n'
    )
    store(engine, organizations=[organization()])
    return place(engine, load(config, {}))


def past(engine: Engine, job: str, period: str) -> None:
    values = {"job": job, "period": period, "as_of": NOW.date(), "started_at": NOW, "status": "done", "counts": {}}
    with engine.begin() as connection:
        connection.execute(insert(runs).values(values))


def write(folder: Path, files: dict[str, object]) -> list[Path]:
    return [folder / name for name in files]


def test_a_new_office_has_missed_nothing(engine: Engine, tmp_path: Path) -> None:
    assert serve.missed(office(engine, tmp_path), MONDAY) == []


def test_what_was_missed_is_done_once_for_its_last_period(engine: Engine, tmp_path: Path) -> None:
    here = office(engine, tmp_path)
    past(engine, "run", "2026-07-01T06:30+09:00")
    past(engine, "digest", "2026-06-29T08:30+09:00")
    due = serve.missed(here, MONDAY)
    assert [(one.appointment.job, one.period) for one in due] == [
        ("run", "2026-07-06T06:30+09:00"),
        ("digest", "2026-07-06T08:30+09:00"),
    ]
    for one in due:
        serve.do(here, one, write)
    assert serve.missed(here, MONDAY) == []


def test_a_period_is_never_done_twice(engine: Engine, tmp_path: Path) -> None:
    here = office(engine, tmp_path)
    due = serve.Due(here.settings.schedule[0], MONDAY)
    serve.do(here, due, write)
    serve.do(here, due, write)
    with engine.connect() as connection:
        assert connection.scalars(select(runs.c.period)).all() == [due.period]


def test_a_job_waits_for_another_runner_and_is_done(engine: Engine, tmp_path: Path) -> None:
    here = office(engine, tmp_path)
    due = serve.Due(here.settings.schedule[1], MONDAY)
    waits: list[float] = []
    with ExitStack() as other:
        other.enter_context(one_runner(engine))
        serve.do(here, due, write, lambda seconds: (waits.append(seconds), other.close())[0])
    assert waits == [60.0]
    with engine.connect() as connection:
        assert connection.scalars(select(runs.c.period)).all() == [due.period]


def test_a_job_that_never_gets_the_lock_says_so(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here = office(engine, tmp_path)
    with one_runner(engine):
        serve.do(here, serve.Due(here.settings.schedule[0], MONDAY), write, lambda _seconds: None)
    assert "Another runner is at work" in caplog.records[-1].getMessage()


def test_sigterm_ends_it_in_good_order(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text('[[schedule]]\njob = "run"\ndays = "mon-sun"\nat = "06:30"\n')
    env = {**os.environ, "KEIYAKU_CONFIG": "monitor.toml", "PYTHONPATH": str(ROOT), "TZ": "America/New_York"}
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "serve"], cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert "Asia/Tokyo" in process.stderr.readline()
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    process.stderr.close()


def test_nothing_to_do_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text("")
    env = {**os.environ, "KEIYAKU_CONFIG": "monitor.toml", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "serve"], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert (done.returncode, "[[schedule]] is empty" in done.stderr) == (2, True)
