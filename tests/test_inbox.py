"""The watched folder: imported once, moved out of the way, half-written files left alone."""

import io
import os
import resource
import signal
import subprocess
import sys
import unicodedata
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from monitor import importing, inbox, jobs
from monitor.intake.rows import Unreadable
from monitor.problems import Problem
from monitor.settings import Settings, Source
from monitor.store import schema

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


def take(place: jobs.Place) -> list[importing.Arrival]:
    return inbox.take(place, lambda _seconds: None)


def left(place: jobs.Place) -> list[str]:
    assert place.settings.inbox is not None
    return sorted(
        str(path.relative_to(place.settings.inbox)) for path in place.settings.inbox.rglob("*") if path.is_file()
    )


def test_a_file_is_imported_once_and_moved(place: jobs.Place) -> None:
    drop(place, "機関.csv", GOOD)
    (taken,) = take(place)
    assert (taken.failed, "1 rows read" in taken.said) == (False, True)
    assert left(place) == ["done/20260706-090000-機関.csv"]
    assert take(place) == []


def test_what_cannot_be_read_is_kept_apart_and_said(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, "a.csv", "これは,台帳では,ありません\n1,2,3\n")
    drop(place, "b.csv", GOOD)
    bad, good = take(place)
    assert (bad.failed, good.failed) == (True, False)
    assert "どの表か分かりません" in bad.said
    assert left(place) == [
        "done/20260706-090000-b.csv",
        "failed/20260706-090000-a.csv",
        "failed/20260706-090000-a.csv.txt",
    ]
    assert bad.trouble == "a.csv：どの表か分かりません"
    told = (tmp_path / "inbox/failed/20260706-090000-a.csv.txt").read_bytes()
    assert told.startswith(b"\xef\xbb\xbf")
    assert told.count(b"\r\n") == told.count(b"\n")
    assert "a.csv の取り込み結果（2026年07月06日 09:00）" in told.decode("utf-8-sig")


def test_a_file_that_is_being_written_waits(place: jobs.Place) -> None:
    drop(place, "a.csv", GOOD, age=timedelta(seconds=10))
    drop(place, "b.csv.part", GOOD)
    drop(place, "~$c.xlsx", "")
    assert take(place) == []
    assert len(left(place)) == 3


def test_a_second_file_of_the_same_name_finds_its_place(place: jobs.Place) -> None:
    for _ in range(2):
        drop(place, "a.csv", GOOD)
        take(place)
    assert left(place) == ["done/20260706-090000-2-a.csv", "done/20260706-090000-a.csv"]


def test_a_file_that_cannot_be_moved_is_said_and_stops_nothing(place: jobs.Place) -> None:
    drop(place, "a.csv", GOOD)
    drop(place, "done", "a file where the folder should be", age=timedelta())
    (taken,) = take(place)
    assert taken.failed
    assert "1 rows read, 0 in quarantine, but it cannot be moved to done/" in taken.said
    assert left(place) == ["a.csv", "done"]


def test_a_file_that_somebody_holds_fast_leaves_no_reasons_behind(
    place: jobs.Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, move = drop(place, "a.csv", "これは,台帳では,ありません\n1,2,3\n"), Path.replace

    def replace(path: Path, target: Path) -> Path:  # as Windows does while a program has it open
        if path == held:
            raise PermissionError(13, "Permission denied")
        return move(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    for _ in range(2):
        (taken,) = take(place)
        assert "it cannot be moved to failed/: Permission denied" in taken.said
    assert left(place) == ["a.csv"]


def test_a_folder_that_is_not_there_is_one_sentence(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="inbox: the folder .* cannot be read"):
        take(jobs.Place(engine, Settings(inbox=tmp_path / "none"), {}, lambda: NOW))
    assert take(jobs.Place(engine, Settings(), {}, lambda: NOW)) == []


CONTRACTS = "契約番号,契約名称,契約締結日,契約金額\nC1,側溝修繕,2026-04-10,100\nC2,清掃,2026-04-11,約百万円\n"


def test_beside_a_file_with_rows_in_quarantine_lies_which_and_why(place: jobs.Place, tmp_path: Path) -> None:
    settings = Settings(inbox=tmp_path / "inbox", sources=(Source(name="ledger", files="契約*.csv", organization="M"),))
    here = jobs.Place(place.engine, settings, {}, place.clock)
    drop(place, "機関.csv", GOOD)
    drop(place, unicodedata.normalize("NFD", "契約台帳（ﾃﾞｰﾀ）.csv"), CONTRACTS)  # as macOS composes it
    fine = sorted(take(here), key=lambda one: one.said)
    assert [one.trouble for one in fine] == ["", ""]
    (told,) = (tmp_path / "inbox/done").glob("*.txt")
    text = told.read_text(encoding="utf-8-sig")
    assert "2行のうち1行（隔離しました。ほかの行は取り込みました）" in text
    assert "3行目　「契約金額」の「約百万円」：「約百万円」は「契約金額」の金額として読めません" in text


def test_a_file_that_no_pattern_matches_is_read_as_ever(place: jobs.Place, tmp_path: Path) -> None:
    settings = Settings(inbox=tmp_path / "inbox", sources=(Source(name="ledger", files="契約*.csv", organization="M"),))
    drop(place, "a.csv", GOOD)
    drop(place, "b.csv", CONTRACTS)
    _, bad = take(jobs.Place(place.engine, settings, {}, place.clock))
    assert "必要な見出し「機関コード」" in bad.trouble


def workbook() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "x" * 5000)
    return packed.getvalue()


@pytest.mark.parametrize("name", ["a.xlsx", "a.zip", "a.XLSM"])
@pytest.mark.parametrize("content", [workbook()[:-30], b"PK", b""])
def test_a_workbook_without_its_end_is_still_being_written_until_it_is_old(
    place: jobs.Place, name: str, content: bytes
) -> None:
    for age, failed in ((5, []), (11, [True])):
        path = drop(place, name, "")
        path.write_bytes(content)
        then = (NOW - timedelta(minutes=age)).timestamp()
        os.utime(path, (then, then))
        assert [one.failed for one in take(place)] == failed


def test_a_file_that_grows_between_two_looks_waits_whatever_its_time_says(place: jobs.Place) -> None:
    path = drop(place, "a.csv", GOOD)

    def grow(_seconds: float) -> None:
        path.write_text(GOOD + "N,模擬町,saitama\n", encoding="utf-8")
        then = (NOW - timedelta(days=1)).timestamp()  # a copy may keep the time of its original
        os.utime(path, (then, then))

    assert inbox.take(place, grow) == []
    path.unlink()
    gone = drop(place, "b.csv", GOOD)
    assert inbox.take(place, lambda _seconds: gone.unlink()) == []


@pytest.mark.parametrize("lock", ["~$台帳.csv", ".~lock.台帳.csv#"])
def test_what_somebody_has_open_is_left_alone_and_told_after_a_day(place: jobs.Place, lock: str) -> None:
    drop(place, "台帳.csv", GOOD)
    for age, failed in ((timedelta(hours=2), False), (timedelta(days=2), True)):
        drop(place, lock, "", age)
        (one,) = take(place)
        assert ("left alone: somebody has it open" in one.said, one.failed) == (True, failed)
    assert len(left(place)) == 2


def test_folders_and_unfinished_downloads_are_not_looked_into(place: jobs.Place, tmp_path: Path) -> None:
    (tmp_path / "inbox/去年").mkdir()
    drop(place, "去年/a.csv", GOOD)
    drop(place, "b.csv.crdownload", GOOD)
    drop(place, ".c.csv", GOOD)
    assert take(place) == []


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from monitor import inbox, jobs
from monitor.settings import Settings
from monitor.store.engine import open_store
inbox._moved = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
clock = lambda: datetime(2026, 7, 6, tzinfo=UTC)
inbox.take(jobs.Place(open_store(sys.argv[1]), Settings(inbox=Path(sys.argv[2])), {}, clock), lambda _: None)
"""


def test_a_file_that_was_imported_and_not_yet_moved_when_the_power_went_changes_nothing(
    place: jobs.Place, tmp_path: Path
) -> None:
    drop(place, "a.csv", GOOD)
    url = place.engine.url.render_as_string(hide_password=False)
    ended = subprocess.run([sys.executable, "-c", KILLED, url, tmp_path / "inbox"])
    assert (ended.returncode, left(place)) == (-signal.SIGKILL, ["a.csv"])
    (one,) = take(place)
    assert "1 rows read, 0 in quarantine, moved to done/" in one.said
    with place.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.LEDGER["organizations"])) == 1
        counts = connection.scalars(select(schema.imports.c.counts).order_by(schema.imports.c.id)).all()
    assert [(each["added"], each["unchanged"]) for each in counts] == [(1, 0), (0, 1)]


def test_a_name_of_the_greatest_length_can_be_moved_and_its_reasons_lie_beside_it(place: jobs.Place) -> None:
    name = "契" * 82 + "約.csv"
    assert len(name.encode()) > 250
    drop(place, name, "これは,台帳では,ありません\n1,2,3\n")
    (one,) = take(place)
    assert "moved to failed/" in one.said
    assert [path.endswith((".csv", ".csv.txt")) for path in left(place)] == [True, True]


def test_where_nothing_more_can_be_written_the_file_is_moved_all_the_same(place: jobs.Place) -> None:
    drop(place, "a.csv", GOOD)
    take(place)
    drop(place, "b.csv", "これは,台帳では,ありません\n1,2,3\n")
    receipt = inbox.receipts.write

    def full(path: Path, text: str) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # a full disk refuses in the same way
        try:
            receipt(path, text)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    inbox.receipts.write = full
    try:
        (one,) = take(place)
    finally:
        inbox.receipts.write = receipt
    assert "could not be written beside it: File too large" in one.said
    assert left(place) == ["done/20260706-090000-a.csv", "failed/20260706-090000-b.csv"]


def test_a_layout_that_there_is_not_leaves_the_file_and_says_so(place: jobs.Place, tmp_path: Path) -> None:
    source = Source(name="ledger", files="*", layout="intercange")
    drop(place, "a.csv", GOOD)
    (one,) = take(jobs.Place(place.engine, Settings(inbox=tmp_path / "inbox", sources=(source,)), {}, place.clock))
    assert "did you mean 'interchange'" in one.trouble
    assert left(place) == ["a.csv"]


def test_each_file_that_cannot_be_read_is_told_and_what_stays_where_it_is_once(
    place: jobs.Place, tmp_path: Path
) -> None:
    folder = {"kind": "file", "directory": tmp_path / "messages"}
    settings = Settings(inbox=tmp_path / "inbox", channels={"folder": folder}, default=("folder",))
    here = jobs.Place(place.engine, settings, {}, place.clock)

    def told() -> int:
        options = jobs.Options(NOW.date())
        jobs.run_checks(here, jobs.world(settings), options, deliver=False, arrivals=take(here))
        with here.engine.connect() as connection:
            return connection.scalar(
                select(func.count()).select_from(schema.outbox).where(schema.outbox.c.kind == "notice")
            )

    assert told() == 0
    for count in (1, 2):
        drop(place, "a.csv", "これは,台帳では,ありません\n1,2,3\n")
        assert told() == count
    drop(place, "b.csv", GOOD)
    drop(place, "~$b.csv", "", timedelta(days=2))
    assert [told(), told()] == [3, 3]


def test_a_ledger_that_is_read_before_its_organizations_waits_for_nothing(place: jobs.Place) -> None:
    drop(place, "a.csv", "機関コード," + CONTRACTS.replace("\nC", "\nM,C").replace("約百万円", "1"))
    drop(place, "b.csv", GOOD)
    first, second = take(place)
    assert first.said.startswith("2 rows read, 0 in quarantine")
    assert second.said.startswith("1 rows read, 0 in quarantine")


def test_a_whole_ledger_in_the_folder_withdraws_and_half_a_one_is_told_beside_it(
    place: jobs.Place, tmp_path: Path
) -> None:
    whole = Source(name="ledger", files="契約*.csv", organization="M", replace=True)
    here = jobs.Place(place.engine, Settings(inbox=tmp_path / "inbox", sources=(whole,)), {}, place.clock)
    rows = [f"C{number},側溝修繕,2026-04-10,100\n" for number in range(1, 6)]
    head = "契約番号,契約名称,契約締結日,契約金額\n"
    drop(place, "a.csv", GOOD)
    drop(place, "契約.csv", head + "".join(rows))
    take(here)
    drop(place, "契約.csv", head + "".join(rows[1:]))
    assert [(one.failed, "1 withdrawn" in one.said) for one in take(here)] == [(False, True)]
    drop(place, "契約.csv", head + rows[1])
    (half,) = take(here)
    assert "4行のうち3行がファイルにありません" in half.trouble
    (told,) = (tmp_path / "inbox/done").glob("*.txt")
    assert "■ 取り下げなかったもの" in told.read_text(encoding="utf-8-sig")


def test_the_maintainers_are_told_the_kind_of_a_reason_and_no_cell_of_the_file(
    place: jobs.Place, tmp_path: Path
) -> None:
    drop(place, "a.csv", "C1,清掃,2026-04-11,模擬 太郎,100000\n")
    (one,) = take(place)
    assert one.trouble == "a.csv：どの表か分かりません"
    (beside,) = (tmp_path / "inbox/failed").glob("*.txt")
    assert "模擬 太郎" in beside.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("「模擬です（太郎）」です。", "読めない表があります"),
        ("見出し「模擬太郎」がありません（見つかった見出し: 模擬 太郎）。", "読めない表があります"),
        (
            "契約の表に必要な見出し「機関コード」（organization）がありません（近い見出し「模擬」）。",
            "契約の表に必要な見出し「機関コード」（organization）がありません",
        ),
        ("ファイルに行がありません（空です）。", "ファイルに行がありません"),
        ("パスワード付きのExcelです（外してください）。", "パスワード付きのExcelです"),
        ("模擬", "読めない表があります"),
    ],
)
def test_a_reason_is_told_without_what_it_quotes(reason: str, told: str) -> None:
    done = importing.Imports(unreadable=[Unreadable("a.csv[模擬 太郎]", reason)])
    assert importing.arrival("a.csv", done).trouble == f"a.csv：{told}"


def test_a_file_of_which_no_row_could_be_read_has_failed(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, "a.csv", "機関コード," + CONTRACTS.replace("\nC", "\nM,C"))
    (one,) = take(place)
    assert (one.failed, one.trouble) == (True, "a.csv：2行の一行も読めません")
    assert left(place) == ["failed/20260706-090000-a.csv", "failed/20260706-090000-a.csv.txt"]


def test_a_rulebook_that_there_is_not_leaves_the_file_and_says_so(place: jobs.Place, tmp_path: Path) -> None:
    source = Source(name="ledger", files="*", rulebook="saitma")
    drop(place, "a.csv", GOOD)
    (one,) = take(jobs.Place(place.engine, Settings(inbox=tmp_path / "inbox", sources=(source,)), {}, place.clock))
    assert "the nearest is 'saitama'" in one.trouble
    assert left(place) == ["a.csv"]
