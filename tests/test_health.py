"""keiyaku status: what has to be mended, what waits for a person, and the exit code that a container's check reads."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from monitor import health
from monitor.alerts import outbox
from monitor.alerts.message import Message
from monitor.alerts.outbox import Status
from monitor.findings import answers, holds
from monitor.health import Health
from monitor.settings import Appointment, Settings, Source
from monitor.store.engine import inserted
from monitor.store.schema import data_versions, evaluations, imports, runs
from tests.support import NOW, organization, store
from tests.test_cli import GOOD, contracts, keiyaku
from tests.test_cli import office as office  # noqa: PLC0414  # a fixture

MONDAY = date(2026, 7, 6)
MORNING = datetime(2026, 7, 5, 21, 30, tzinfo=UTC)  # Monday 06:30 in Japan
SCHEDULE = (
    Appointment(job="run", days="mon-fri", at="06:30"),
    Appointment(job="digest", days="mon", at="08:30"),
    Appointment(job="deliver", days="mon-fri", at="12:00"),
)
SETTINGS = Settings(schedule=SCHEDULE)


def asked(engine: Engine, now: datetime = MORNING, settings: Settings = SETTINGS) -> Health:
    with engine.connect() as connection:
        return health.gather(connection, settings, now)


def ran(engine: Engine, as_of: date, status: str = "done", job: str = "run", **more: Any) -> int:
    values = {"job": job, "as_of": as_of, "started_at": NOW, "finished_at": NOW, "status": status, "counts": {}, **more}
    with engine.begin() as connection:
        return inserted(connection, runs, values)


def late(found: Health) -> dict[str, timedelta | None]:
    return {job.name: job.late for job in found.jobs}


def test_before_the_first_import_nothing_is_late(engine: Engine) -> None:
    found = asked(engine, MORNING + timedelta(days=30))
    assert (found.wrong, found.last_run) == ((), None)
    assert "last run:   none yet" in list(health.lines(found))


def test_a_ledger_that_is_never_judged_is_told(engine: Engine) -> None:
    store(engine, organizations=[organization()])  # on Sunday
    assert late(asked(engine, MORNING + health.GRACE))["run"] is None
    found = asked(engine, MORNING + timedelta(hours=3))
    assert late(found)["run"] == timedelta(hours=3)
    assert "The job run is late by 3 hours (never done)" in found.wrong[0]


@pytest.mark.parametrize(
    ("done_on", "hours", "expected"),
    [
        (date(2026, 7, 3), -1, None),  # Friday's; the weekend has no run
        (date(2026, 7, 3), 1, None),
        (date(2026, 7, 3), 2, timedelta(hours=2)),
        (date(2026, 7, 2), 2, timedelta(days=3, hours=2)),  # since Friday morning
        (MONDAY, 2, None),
        (MONDAY, 26, timedelta(hours=2)),
    ],
)
def test_a_run_is_late_since_the_first_time_that_nobody_made_up_for(
    engine: Engine, done_on: date, hours: int, expected: timedelta | None
) -> None:
    ran(engine, done_on)
    assert late(asked(engine, MORNING + timedelta(hours=hours)))["run"] == expected


def test_a_run_that_was_started_by_hand_counts(engine: Engine) -> None:
    ran(engine, date(2026, 7, 3), period="2026-07-03T06:30+09:00")
    ran(engine, MONDAY, "partial")
    assert late(asked(engine, MORNING + timedelta(hours=2)))["run"] is None


def test_a_broken_run_does_not(engine: Engine) -> None:
    ran(engine, date(2026, 7, 3))
    ran(engine, MONDAY, "crashed")
    found = asked(engine, MORNING + timedelta(hours=2))
    assert late(found)["run"] == timedelta(hours=2)
    assert any("ended as 'crashed'" in sentence for sentence in found.wrong)


def test_a_run_that_never_ends_is_told(engine: Engine) -> None:
    ran(engine, MONDAY, "running", finished_at=None, started_at=MORNING)
    ran_for = [
        hours for hours in (1, 5, 7) if any("hangs" in s for s in asked(engine, MORNING + timedelta(hours=hours)).wrong)
    ]
    assert ran_for == [7]


def test_a_digest_is_known_by_its_record_or_by_its_message(engine: Engine) -> None:
    at = MORNING + timedelta(days=7, hours=4)
    ran(engine, MONDAY + timedelta(days=7))
    assert late(asked(engine, at)) == {"run": None, "digest": None, "deliver": None}  # none was ever asked for
    ran(engine, MONDAY, job="digest")
    assert late(asked(engine, at))["digest"] == timedelta(hours=2)
    with engine.begin() as connection:
        outbox.enqueue(connection, "digest:2026-W28:d", "d", "digest", Message("週報", ""), at - timedelta(hours=2))
    assert late(asked(engine, at))["digest"] is None


def test_what_is_next_is_said(engine: Engine) -> None:
    said = list(health.lines(asked(engine, MORNING + timedelta(hours=1))))
    assert "run:        in time, next 2026-07-07 06:30" in said
    assert "digest:     in time, next 2026-07-06 08:30" in said
    assert "deliver:    in time, next 2026-07-06 12:00" in said
    assert any("no" in line for line in health.lines(asked(engine, settings=Settings())) if line.startswith("schedule"))


@pytest.mark.parametrize("status", Status)
def test_a_message_that_did_not_arrive_has_to_be_mended(engine: Engine, status: Status) -> None:
    with engine.begin() as connection:
        outbox.enqueue(connection, "k", "d", "alert", Message("題", ""), NOW)
        connection.execute(update(outbox.outbox).values(status=status.value))
    found = asked(engine)
    assert bool(found.wrong) == (status in (Status.DEAD, Status.UNKNOWN))
    confirmed = status in (Status.SENT, Status.CANCELLED)
    assert f"messages:   {'every one delivered' if confirmed else f'1 {status.value}'}" in list(health.lines(found))


def test_a_check_that_broke_off_has_to_be_mended(engine: Engine) -> None:
    run = ran(engine, MONDAY)
    values = {"as_of": MONDAY, "basis": "", "data_version": 1, "judged": 0, "not_judged": [], "run_id": run}
    with engine.begin() as connection:
        for number in range(5):
            row = {"organization": f"M{number}", "check_id": "split_orders", "status": answers.ERROR}
            connection.execute(insert(evaluations).values(**values, **row))
    (sentence,) = asked(engine).wrong
    assert "split_orders of M0, split_orders of M1, split_orders of M2 and 2 more" in sentence


def test_what_waits_for_a_person_is_told_and_is_not_wrong(engine: Engine) -> None:
    store(engine, organizations=[organization()])
    run = ran(engine, MONDAY)
    with engine.begin() as connection:
        holds.place(connection, "M", "", holds.Reason.FIRST, (run, MONDAY), 12)
        connection.execute(update(data_versions).values(read_at=MORNING - timedelta(days=40)))
    found = asked(engine)
    assert found.wrong == ()
    said = "\n".join(health.lines(found))
    assert "held:       messages of M since 2026-07-06, until keiyaku release" in said
    assert "too old to be judged: M (last read on 2026-05-27)" in said
    never = Settings(schedule=SCHEDULE, stale_after_days=0)
    assert asked(engine, settings=never).stale == ()


# --- the command -----------------------------------------------------------------------------------------------------


def test_when_each_database_was_last_taken_is_told(engine: Engine) -> None:
    sources = [Source(name=name, database="KAIKEI_URL", query="q.sql", table="contracts") for name in ("kaikei", "new")]
    settings = Settings(sources=tuple(sources))
    with engine.begin() as connection:
        values = {"source": "kaikei[contracts]", "layout": "interchange", "imported_at": MORNING, "counts": {}}
        inserted(connection, imports, values)
    found = asked(engine, settings=settings)
    assert found.sources == (("kaikei", MONDAY), ("new", None))
    assert "sources:    kaikei last taken on 2026-07-06, new never taken" in list(health.lines(found))


def test_status_is_a_screen_json_and_an_exit_code(office: Path) -> None:
    keiyaku(office, "import", contracts(office, *GOOD), "--organization", "M")
    keiyaku(office, "run", "--as-of", "2026-07-05")
    done = keiyaku(office, "status")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "In order.")
    assert "as of 2026-07-05, done" in done.stdout
    assert json.loads(keiyaku(office, "status", "--json").stdout)["in_order"] is True
    (office / "monitor.toml").write_text(
        (office / "monitor.toml").read_text() + '[[schedule]]\njob = "run"\ndays = "mon-sun"\nat = "06:30"\n'
    )
    keiyaku(office, "deliveries", "cancel", "1")
    late = keiyaku(office, "status")  # the run was as of a day long ago
    assert (late.returncode, late.stdout.splitlines()[0]) == (1, "Something has to be mended:")
    told = json.loads(keiyaku(office, "status", "--json").stdout)
    assert (told["in_order"], told["last_run"]["status"], told["jobs"][0]["job"]) == (False, "done", "run")


def test_status_does_not_touch_the_database(office: Path) -> None:
    path = office / "var" / "keiyaku.db"
    path.rename(office / "elsewhere.db")
    done = keiyaku(office, "status")
    assert (done.returncode, "is not that of this version" in done.stderr) == (1, True)


def test_a_wrong_setting_is_a_sentence_and_exit_code_1(office: Path) -> None:
    (office / "monitor.toml").write_text("defualt = []\n")
    done = keiyaku(office, "status")
    assert (done.returncode, "default" in done.stderr) == (1, True)
