"""Rows that wait for their correction, file by file."""

from datetime import date

import openpyxl
from sqlalchemy import Engine

from monitor import importing, jobs
from monitor.digest import sections
from monitor.digest.slices import Wish
from monitor.digest.unread import Unread, by_file
from monitor.digest.week import parse
from monitor.intake.how import How
from monitor.run import Options
from monitor.settings import Settings
from tests.support import organization, place, store


def row(source, line, column, organization="M"):
    return organization, source, line, column


def test_the_file_with_most_rows_comes_first_with_its_columns_and_first_lines():
    rows = [row("a.csv", 9, "契約金額"), *(row("b.csv", line, "契約締結日") for line in (12, 4, 7, 30))]
    rows.append(row("b.csv", 5, ""))
    first, second = by_file(rows)
    assert first == Unread("M", "b.csv", 5, (("契約締結日", 4), ("行の全体", 1)), (4, 5, 7))
    assert second.at == "9行目"
    assert sections.unread(first) == "b.csv 5行（契約締結日 4行、行の全体 1行。4・5・7行目など）"


def test_one_file_of_two_bodies_is_told_to_each():
    found = by_file(
        [row("a.csv", 2, "契約番号", "A"), row("a.csv", 3, "契約番号", "B"), row("a.csv", 4, "契約番号", "")]
    )
    assert [one.organization for one in found] == ["", "A", "B"]


def test_many_columns_are_counted_and_no_cell_is_told():
    [one] = by_file([row("a.csv", line, f"列{line}") for line in range(1, 8)])
    assert one.where == "列1 1行、列2 1行、列3 1行、列4 1行、ほか3列 3行"


def test_a_long_name_and_marks_that_turn_text_are_not_shown():
    [one] = by_file([row("台帳" * 50 + "\u202e.csv", 1, "契約\u202e番号")])
    assert len(one.file) == 60
    assert one.columns == (("契約番号", 1),)


def test_the_rows_lie_beside_the_page_to_be_corrected_and_are_in_no_mail(engine: Engine, tmp_path):
    """The workbook beside the digest, its red cells corrected, is imported, and nothing waits any more."""
    here = place(engine, Settings())
    store(engine, organizations=[organization()])
    path = tmp_path / "台帳.csv"
    path.write_text(
        "契約番号,契約名称,契約締結日\nC1,側溝修繕,令和8年4月1日\nC2,樋管点検,令和八年\n,合計,\n", encoding="utf-8"
    )
    importing.import_path(here, path, How(organization="M"), lambda *_: None)
    jobs.run_checks(here, jobs.world(here.settings), Options(as_of=date(2026, 7, 5)), deliver=False)
    written = jobs.digest(here, parse("2026-W27"))
    assert "digest-2026-W27.unread.xlsx の赤い欄を直して" in str(written.files["digest-2026-W27.html"])
    assert [each.filename for each in written.message.attachments if "unread" in each.filename] == []
    book = tmp_path / "unread.xlsx"
    book.write_bytes(bytes(written.files["digest-2026-W27.unread.xlsx"]))  # type: ignore[arg-type]
    opened = openpyxl.load_workbook(book)
    page = next(each for each in opened if any(cell.value == "契約締結日" for cell in each[1]))
    at = {cell.value: cell.column for cell in page[1]}
    page.cell(2, at["契約締結日"]).value = "令和8年5月1日"
    page.cell(3, at["隔離の処理"]).value, page.cell(3, at["隔離の処理の理由"]).value = "対象外", "合計の行"
    opened.save(book)
    done = importing.import_path(here, book, How(), lambda *_: None)
    assert done.unreadable == []
    after = jobs.digest(here, parse("2026-W27"))
    assert not after.digest.unread
    told = "読めずに隔離されている行 0行。契約ではないとして対象外にした行 1行。"
    assert told in str(after.files["digest-2026-W27.html"])
    assert told.replace(" ", "") in "".join(after.message.text.split())
    assert "digest-2026-W27.unread.xlsx" not in after.files
    before = tmp_path / "digest-2026-W27.unread.xlsx"
    for one, stays in ((written, True), (jobs.digest(here, parse("2026-W27"), Wish("M")), True), (after, False)):
        before.write_bytes(b"of Monday")
        other = before.with_name("digest-2026-W26.unread.xlsx")
        other.write_bytes(b"of last week")
        jobs.tidy(tmp_path, one)
        assert (before.exists(), other.exists()) == (stays, True)
