"""findings.xlsx: what it looks like in the file, that nothing in it runs, and that a filled copy is read again."""

import csv
import io
import re
import time
import zipfile
from dataclasses import replace
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.formula import ArrayFormula
from python_calamine import CalamineWorkbook

from checks import ledger
from monitor.findings.decisions import WORDS
from monitor.findings.lines import FIELDS, Line, table
from monitor.findings.workbook import NEEDS, SHEET, workbook
from monitor.intake import headings, layouts
from monitor.intake.decisions import ANSWERS, DECISIONS, column_of
from monitor.spreadsheet import LONGEST, cleaned, guarded, runs, unguarded

DAY = date(2026, 7, 5)
LINE = Line(
    id="PB-2M9XD7QK",
    revision=2,
    organization="模擬市",
    department="建設部 道路課",
    check="公表の遅れ",
    severity="高",
    state="確認",
    due=date(2026, 8, 1),
    assumed=True,
    title="側溝修繕の公表が確認できません",
    explanation="締結の翌日から72日を過ぎていますが、公表の記録がありません。",
    contracts=("C1", "C2"),
    next_step="公表の記録を台帳に記入してください。",
    authority="規則第5条",
    innocent="閲覧で公表し、台帳に記録していない場合。",
    accept_to=date(2026, 10, 3),
    by="山田",
    reason="確認中",
)
HOSTILE = (
    "=HYPERLINK(\"http://x\",\"y\")", "+1+1|cmd", "-2+3", "@SUM(A1)", "\t=1+1", "\r\n=1", "＝1+1", " =1+1", "#N/A", "#REF!",
    "<!channel> *x* <script>alert(1)</script>", "a\0b\x07c\x1bd", "\ud800半分", "\u202egnp.exe", "_x003D_1", "]]>", "&amp;",
    "あ" * 40_000, "𠮷" * 20_000, "題" * 10_000, "'=1", "\ufffe\uffff", "1e5", "TRUE", "2026-01-01", " 前後 ", "行\r\n行",
)  # fmt: skip


def member(data, name):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def calamine(data, sheet=SHEET):
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(sheet).to_python()


def filled(data, answers, path):
    """A copy as Excel would save it, with cells by (row, heading)."""
    book = opened(data)
    page = book[SHEET]
    at = {cell.value: cell.column for cell in page[2]}
    for (row, heading), value in answers.items():
        page.cell(row, at[heading]).value = value
    book.save(path)
    return path


def test_the_same_lines_are_the_same_bytes_at_any_time_of_day():
    first = workbook([LINE], "模擬市", DAY)
    assert workbook([LINE], "模擬市", DAY) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert "2026-07-05T00:00:00Z" in member(first, "docProps/core.xml")


def test_headings_and_values_as_both_libraries_read_them():
    data = workbook([LINE], "模擬市 建設部", DAY)
    page = opened(data)[SHEET]
    headings = [field.heading for field in FIELDS]
    assert [cell.value for cell in page[2]] == headings
    assert page["A1"].value.startswith("模擬市 建設部　令和8年7月5日")
    values = dict(zip(headings, (cell.value for cell in page[3]), strict=True))
    assert values["規程の期限"] == datetime(2026, 8, 1)
    assert values["期限の性質"] == "推定"
    assert values["関係する契約"] == "C1、C2"
    assert values["版（消さないでください）"] == 2
    assert all(values[DECISIONS.by_name[name].heading] is None for name in ANSWERS)
    again = calamine(data)
    assert again[1] == headings
    assert again[2][headings.index("規程の期限")] == date(2026, 8, 1)
    assert again[2][headings.index("番号")] == "PB-2M9XD7QK"


def test_no_heading_that_only_tells_is_taken_for_an_answer_or_for_a_ledger():
    ours = [column_of(field.heading).name for field in FIELDS if column_of(field.heading)]
    assert sorted(ours) == sorted(DECISIONS.by_name)
    known = {name for one in (ledger.CONTRACTS,) for name in headings._known(one.name)}
    assert not known & {headings.heading_key(field.heading) for field in FIELDS}


def test_a_blank_cell_on_paper_keeps_its_box_and_nothing_of_the_row_before():
    data = workbook(
        [replace(LINE, title="=1"), replace(LINE, title="", due=None, department="", revision=0)], "模擬市", DAY
    )
    page = opened(data)[SHEET]
    at = {cell.value: cell.column for cell in page[2]}
    for heading in ("件名", "規程の期限", "担当", "判断"):
        blank = page.cell(4, at[heading])
        assert blank.value is None
        assert blank.border.left.style == "thin"
        assert not blank.quotePrefix
    assert page.cell(4, at["版（消さないでください）"]).value == 0


def test_the_list_of_decisions_is_one():
    assert list(NEEDS) == list(WORDS) == list(DECISIONS.by_name["decision"].choices)


def test_drop_downs_dates_filter_panes_and_paper():
    page = opened(workbook([LINE, LINE], "模擬市", DAY))[SHEET]
    by_type = {one.type: one for one in page.data_validations.dataValidation}
    column = {cell.value: cell.column_letter for cell in page[2]}
    assert by_type["list"].formula1 == '"確認,容認,処置済,誤検知,同一,取消"'
    assert str(by_type["list"].sqref) == f"{column['判断']}3:{column['判断']}4"
    assert by_type["list"].showErrorMessage
    assert len(by_type["list"].prompt) <= 255
    assert str(by_type["date"].sqref) == f"{column['期限']}3:{column['期限']}4"
    assert (by_type["date"].formula1, by_type["date"].formula2) == ("46208", f"${column['容認できる最終日']}3")
    assert sorted(str(by_type["custom"].sqref).split()) == sorted(
        f"{column[h]}3:{column[h]}4" for h in ("番号", "版（消さないでください）")
    )
    assert page.freeze_panes == "B3"
    assert page.auto_filter.ref == f"A2:{page.cell(2, len(FIELDS)).column_letter}4"
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (1, 0)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.print_title_rows == "$1:$2"
    assert page.print_area.endswith(f"$A$1:${column['処置']}$4")
    assert page[f"{column['判断']}3"].fill.start_color.rgb != page["A3"].fill.start_color.rgb
    assert page[f"{column['理由']}3"].alignment.wrap_text
    assert len(page.conditional_formatting) == 4


def test_the_guide_is_ten_lines_and_an_example():
    page = opened(workbook([], "模擬市", DAY))["記入のしかた"]
    told = [row[0] for row in page.iter_rows(values_only=True)]
    assert [line for line in told if re.match(r"\d+\. ", line or "")] == told[1:11]
    assert "3. 容認：" in told[3]
    assert "90日以内（検査により年度末まで）" in told[3]
    assert "必要な列：理由・期限・氏名" in told[3]
    assert [cell.value for cell in page[14]] == ["番号", "判断", "理由", "期限", "氏名", "処置"]
    assert page["A15"].value.startswith("（例）")


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_runs_and_nothing_breaks(text):
    line = replace(LINE, title=text, explanation=text, department=text, by=text, contracts=(text,), id=LINE.id)
    data = workbook([line], text, DAY)
    xml = member(data, "xl/worksheets/sheet1.xml")
    body = xml[: xml.index("</sheetData>")]
    assert "<f>" not in body
    assert 't="e"' not in body
    assert 't="str"' not in body
    page = opened(data)[SHEET]
    shown = cleaned(text)
    for row in page.iter_rows():
        assert not any(isinstance(cell.value, ArrayFormula) or cell.data_type == "f" for cell in row)
        for cell in row:
            if isinstance(cell.value, str) and runs(cell.value):
                assert cell.quotePrefix
    at = [field.heading for field in FIELDS].index("件名")
    read = calamine(data)[2][at]
    assert read == shown
    rows = list(csv.reader(io.StringIO(table([line]).decode("utf-8-sig"), newline="")))
    assert all(not runs(cell) for row in rows for cell in row)
    assert rows[1][at] == guarded(shown)


def test_a_long_text_is_cut_where_excel_ends_and_says_so():
    shown = cleaned("あ" * 40_000)
    assert len(shown) <= LONGEST
    assert re.search(r"…（以下7,\d{3}文字を省きました）$", shown)
    assert len(cleaned("𠮷" * 20_000).encode("utf-16-le")) // 2 <= LONGEST
    assert cleaned("題" * 10_000) == "題" * 10_000


@given(st.text())
def test_the_guard_comes_off_again_and_leaves_nothing_that_runs(text):
    assert not runs(guarded(text))
    assert runs(text) is (guarded(text) != text)
    if runs(text) and not text.startswith(("\t", "\r", "\n")):
        assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["-5", "+3,000", "－", "-", "－１２", "", "2.5%", "-2.5%"])
def test_numbers_and_signs_alone_need_no_guard(text):
    assert guarded(text) == text


def test_a_filled_copy_is_read_as_it_was_meant(tmp_path):
    lines = [replace(LINE, id=f"PB-0000000{n}", revision=n) for n in range(8)]
    answers = {
        (3, "判断"): "確認", (3, "氏名"): " 山田 ",
        (4, "判断"): "容認", (4, "期限"): datetime(2026, 9, 30), (4, "理由"): "準備中", (4, "氏名"): "山田",
        (5, "判断"): "容認済", (5, "期限"): "令和8年9月30日", (5, "番号"): "ＰＢ－００００００００２".replace("ＰＢ－０", "ＰＢ－", 1),
        (6, "判断"): "処置済", (6, "期限"): "R8.9.30", (6, "処置"): "公表した",
        (7, "判断"): "容認", (7, "期限"): date(2026, 9, 30),
    }  # fmt: skip
    path = filled(workbook(lines, "模擬市", DAY), answers, tmp_path / "findings.xlsx")
    [part] = layouts.read(path)
    rows = list(part.rows)
    assert [row.values["finding_id"] for row in rows] == [line.id for line in lines]
    assert [row.values.get("decision") for row in rows] == ["確認", "容認", "容認", "処置済", "容認", None, None, None]
    assert [row.values.get("until") for row in rows[1:5]] == [date(2026, 9, 30)] * 4
    assert [row.values.get("revision") for row in rows[:5]] == [0, 1, 2, 3, 4]
    assert rows[0].values["by"] == "山田"


def test_the_csv_is_for_excel(tmp_path):
    data = table([LINE])
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == data.count(b"\n") == 2
    path = tmp_path / "findings.csv"
    path.write_bytes(data)
    [part] = layouts.read(path)
    assert [row.values for row in part.rows] == [{"finding_id": LINE.id}]


def test_no_line_is_a_workbook_too(tmp_path):
    path = tmp_path / "findings.xlsx"
    path.write_bytes(workbook([], "模擬市", DAY))
    [part] = layouts.read(path)
    assert list(part.rows) == []


def test_three_thousand_lines_take_seconds(tmp_path):
    lines = [replace(LINE, id=f"PB-{n:08}", explanation=LINE.explanation * 4) for n in range(3_000)]
    began = time.process_time()
    data = workbook(lines, "模擬市", DAY)
    assert time.process_time() - began < 15  # 2 s; CPU time, as the machine may be busy
    assert len(data) < 5_000_000
    path = tmp_path / "findings.xlsx"
    path.write_bytes(data)
    [part] = layouts.read(path)
    assert sum(1 for _ in part.rows) == 3_000
