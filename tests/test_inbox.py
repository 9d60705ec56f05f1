"""The watched folder: imported once, moved out of the way, half-written files left alone."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from monitor import inbox, jobs
from monitor.problems import Problem
from monitor.settings import Settings

NOW = datetime(2026, 7, 6, 0, 0, tzinfo=UTC)
GOOD = "機関コード,機関名,規程\nM,模擬市,saitama\n"


@pytest.fixture
def place(engine: Engine, tmp_path: Path) -> jobs.Place:
    (tmp_path / "inbox").mkdir()
    return jobs.Place(engine, Settings(inbox=tmp_path / "inbox"), {}, lambda: NOW)


def drop(place: jobs.Place, name: str, text: str, age: timedelta = timedelta(hours=1)) -> Path:
    assert place.settings.inbox is not None
    path = place.settings.inbox / name
    path.write_text(text, encoding="utf-8")
    then = (NOW - age).timestamp()
    os.utime(path, (then, then))
    return path


def left(place: jobs.Place) -> list[str]:
    assert place.settings.inbox is not None
    return sorted(
        str(path.relative_to(place.settings.inbox)) for path in place.settings.inbox.rglob("*") if path.is_file()
    )


def test_a_file_is_imported_once_and_moved(place: jobs.Place) -> None:
    drop(place, "機関.csv", GOOD)
    (taken,) = inbox.take(place)
    assert (taken.failed, "1 rows read" in taken.said) == (False, True)
    assert left(place) == ["done/20260706-090000-機関.csv"]
    assert inbox.take(place) == []


def test_what_cannot_be_read_is_kept_apart_and_said(place: jobs.Place) -> None:
    drop(place, "a.csv", "これは,台帳では,ありません\n1,2,3\n")
    drop(place, "b.csv", GOOD)
    bad, good = inbox.take(place)
    assert (bad.failed, good.failed) == (True, False)
    assert "どの表か分かりません" in bad.said
    assert left(place) == ["done/20260706-090000-b.csv", "failed/20260706-090000-a.csv"]


def test_a_file_that_is_being_written_waits(place: jobs.Place) -> None:
    drop(place, "a.csv", GOOD, age=timedelta(seconds=10))
    drop(place, "b.csv.part", GOOD)
    drop(place, "~$c.xlsx", "")
    assert inbox.take(place) == []
    assert len(left(place)) == 3


def test_a_second_file_of_the_same_name_finds_its_place(place: jobs.Place) -> None:
    for _ in range(2):
        drop(place, "a.csv", GOOD)
        inbox.take(place)
    assert left(place) == ["done/20260706-090000-2-a.csv", "done/20260706-090000-a.csv"]


def test_a_file_that_cannot_be_moved_is_said_and_stops_nothing(place: jobs.Place) -> None:
    drop(place, "a.csv", GOOD)
    drop(place, "done", "a file where the folder should be", age=timedelta())
    (taken,) = inbox.take(place)
    assert taken.failed
    assert "1 rows read, 0 in quarantine, but it cannot be moved to done/" in taken.said
    assert left(place) == ["a.csv", "done"]


def test_a_folder_that_is_not_there_is_one_sentence(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="inbox: the folder .* cannot be read"):
        inbox.take(jobs.Place(engine, Settings(inbox=tmp_path / "none"), {}, lambda: NOW))
    assert inbox.take(jobs.Place(engine, Settings(), {}, lambda: NOW)) == []
