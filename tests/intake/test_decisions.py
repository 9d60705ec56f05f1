"""Answers in a returned workbook: read whatever a clerk has done to the sheet, or told row by row."""

from datetime import date, datetime

import openpyxl
import pytest

from monitor.intake import layouts
from monitor.intake.decisions import finding_id
from monitor.intake.how import How
from monitor.intake.rows import BadRow, CellError, Part, Row, Unreadable

HEADINGS = ("番号", "件名", "判断", "理由", "期限", "氏名", "処置", "版（消さないでください）")
ANSWER = ("PB-2M9XD7QK", "側溝修繕", "容認", "後継を準備中", "R8.9.30", "契約課 山田", None, 0)


def saved(path, rows, title="確認事項", more=()):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for name, hidden, cells in more:
        page = book.create_sheet(name)
        page.sheet_state = "hidden" if hidden else "visible"
        for row in cells:
            page.append(row)
    book.save(path)
    return path


def parts(path, **options):
    found = list(layouts.read(path, How(**options)))
    assert not [item for item in found if isinstance(item, Unreadable)], found
    return found


def rows(path, **options):
    [part] = parts(path, **options)
    assert (part.layout, part.table) == ("decisions", "decisions")
    return list(part.rows)


def one(path, **options):
    [row] = rows(path, **options)
    return row


def answer(tmp_path, **cells):
    return one(
        saved(tmp_path / "findings.xlsx", [HEADINGS, [cells.get(h, a) for h, a in zip(HEADINGS, ANSWER, strict=True)]])
    )


def test_who_sorts_the_headings_too_loses_no_answer(tmp_path):
    path = saved(tmp_path / "findings.xlsx", [["契約点検", "担当"], ["件名"], ANSWER, HEADINGS])
    assert one(path).values["decision"] == "容認"


def test_answers_above_headings_that_are_not_theirs_wait(tmp_path):
    found = rows(saved(tmp_path / "findings.xlsx", [ANSWER, HEADINGS[::-1]]))
    assert [(type(row), row.line) for row in found] == [(BadRow, 1)]


def test_an_answer_is_read(tmp_path):
    row = answer(tmp_path)
    assert row.values == {
        "finding_id": "PB-2M9XD7QK",
        "decision": "容認",
        "reason": "後継を準備中",
        "until": date(2026, 9, 30),
        "by": "契約課 山田",
        "action": None,
        "revision": 0,
    }
    assert row.other == {"件名": "側溝修繕"}


@pytest.mark.parametrize(
    "cell",
    [datetime(2026, 9, 30), date(2026, 9, 30), "令和8年9月30日", "Ｒ８．９．３０", "2026/9/30", 46295, "2026-09-30 "],
)
def test_a_date_may_be_written_as_excel_and_offices_do(tmp_path, cell):
    assert answer(tmp_path, 期限=cell).values["until"] == date(2026, 9, 30)


@pytest.mark.parametrize(
    "cell", ["ＰＢ－２Ｍ９ＸＤ７ＱＫ", " pb-2m9xd7qk　", "PB2M9XD7QK", "PB‐2M9XD7QK", "PBー2M9XD7QK"]
)
def test_an_id_may_be_typed_in_any_width(tmp_path, cell):
    row = answer(tmp_path, 番号=cell)
    assert row.values["finding_id"] == "PB-2M9XD7QK"
    assert row.original["finding_id"] == cell


def test_letters_that_no_id_has_are_the_digits_that_they_look_like():
    assert finding_id("PB-OIL00000") == "PB-01100000"
    with pytest.raises(CellError):
        finding_id("PB-123")


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("確認済", "確認"),
        ("確認しました", "確認"),
        (" 容 認　", "容認"),
        ("処置済み", "処置済"),
        ("誤検出", "誤検知"),
        ("取り消し", "取消"),
    ],
)
def test_other_words_for_a_decision(tmp_path, cell, meant):
    assert answer(tmp_path, 判断=cell).values["decision"] == meant


@pytest.mark.parametrize("cell", ["承認", "対応済", "是正済", "OK", "○", "不明"])
def test_a_word_that_may_mean_two_things_is_asked_back(tmp_path, cell):
    bad = answer(tmp_path, 判断=cell)
    assert isinstance(bad, BadRow)
    assert (bad.column, bad.value, bad.row_key) == ("判断", cell, "PB-2M9XD7QK")
    assert "確認、容認、処置済、誤検知、同一、取消" in bad.reason
    assert bad.cells == dict(
        zip(HEADINGS, ("PB-2M9XD7QK", "側溝修繕", cell, "後継を準備中", "R8.9.30", "契約課 山田", "", "0"), strict=True)
    )


@pytest.mark.parametrize(
    ("heading", "cell", "told"),
    [
        ("番号", "PB-12", "確認事項の番号として読めません"),
        ("番号", None, "空欄です"),
        ("判断", None, "空欄です"),
        ("期限", "年度末", "日付として読めません"),
        ("期限", "令和8年2月30日", "暦にない"),
        ("理由", "あ" * 2001, "2,001文字"),
        ("氏名", date(2026, 1, 1), "日付"),
        ("版（消さないでください）", "第一", "数として読めません"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_cell(tmp_path, heading, cell, told):
    bad = answer(tmp_path, **{heading: cell})
    assert isinstance(bad, BadRow)
    assert bad.column == heading
    assert told in bad.reason
    assert "\n" not in bad.reason
    assert len(bad.cells) == len(HEADINGS)


@pytest.mark.parametrize("blank", [None, "", " ", "　", "\u200b"])
def test_a_row_without_an_answer_is_no_answer(tmp_path, blank):
    row = answer(tmp_path, 判断=blank, 理由=blank, 期限=blank, 氏名=blank)
    assert isinstance(row, Row)
    assert row.values == {"finding_id": "PB-2M9XD7QK"}


def test_a_sum_below_the_table_is_no_answer(tmp_path):
    path = saved(tmp_path / "f.xlsx", [HEADINGS, ANSWER, ["合計", "1件"]])
    assert [row.values["finding_id"] for row in rows(path)] == ["PB-2M9XD7QK", None]


def test_titles_above_columns_moved_gone_and_added_and_notes_beside_do_not_hurt(tmp_path):
    path = saved(
        tmp_path / "返送 findings (2).xlsx",
        [
            ["模擬市の確認事項　令和8年7月5日現在"],
            [],
            [None, "判断", "氏名", "メモ", None, "番号", "メモ"],
            [1, "確認", "山田", "見た", None, "PB-2M9XD7QK", "再度", "欄外の覚え"],
        ],
        title="Sheet1",
    )
    row = one(path)
    assert row.values == {"finding_id": "PB-2M9XD7QK", "decision": "確認", "by": "山田"}
    assert row.line == 4


def test_hidden_sheets_and_the_sheet_that_explains_do_not_hurt(tmp_path):
    more = [
        ("リスト", True, [["確認"], ["容認"]]),
        ("説明", False, [["記入のしかた"], ["1. …"], ["番号", "判断"], ["（例）PB-2M9XD7QK", "容認"]]),
    ]
    assert one(saved(tmp_path / "f.xlsx", [HEADINGS, ANSWER], more=more)).values["decision"] == "容認"


def test_two_tables_pasted_into_one_sheet(tmp_path):
    path = saved(tmp_path / "f.xlsx", [HEADINGS, ANSWER, HEADINGS, ["SO-00000000", *ANSWER[1:]]])
    assert [row.values["finding_id"] for row in rows(path)] == ["PB-2M9XD7QK", "SO-00000000"]


def test_the_same_heading_twice_is_told(tmp_path):
    path = saved(tmp_path / "f.xlsx", [["番号", "判断", "理由", "理由"], ["PB-2M9XD7QK", "確認", "甲", "乙"]])
    [told] = layouts.read(path)
    assert isinstance(told, Unreadable)
    assert "「理由」が二つ" in told.reason


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_csv_of_the_same_headings(tmp_path, encoding):
    path = tmp_path / "decisions.csv"
    lines = [
        "番号,件名,判断,理由,期限,氏名",
        'PB-2M9XD7QK,側溝,容認,"後継を\n準備中",2026/9/30,山田',
        "SO-00000000,清掃,,,,",
    ]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    first, second = rows(path)
    assert (first.values["until"], first.values["reason"]) == (date(2026, 9, 30), "後継を\n準備中")
    assert "decision" not in second.values


def test_in_csv_a_comma_too_many_is_told_since_it_moves_every_cell_after_it(tmp_path):
    path = tmp_path / "decisions.csv"
    path.write_text(
        '番号,判断,理由,氏名\nPB-2M9XD7QK,誤検知,甲,乙,山田\nPB-2M9XD7QK,誤検知,"甲,山田\n', encoding="utf-8"
    )
    first, second = rows(path)
    assert "見出しの4個より多い" in first.reason
    assert isinstance(second, BadRow)


def test_the_guard_against_formulas_is_taken_off_again(tmp_path):
    path = tmp_path / "decisions.csv"
    path.write_text("番号,判断,理由,氏名\nPB-2M9XD7QK,誤検知,'-特段の事情,'山田\n", encoding="utf-8")
    assert one(path).values["reason"] == "-特段の事情"
    assert one(path).values["by"] == "'山田"


def test_a_ledger_with_such_columns_stays_a_ledger(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("番号,判断,契約番号,契約名称,契約締結日\n1,,A-1,清掃,R7.4.1\n", encoding="utf-8")
    [part] = parts(path, organization="X")
    assert (part.layout, part.table) == ("interchange", "contracts")


def test_the_layout_by_name_says_what_it_looked_for(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("通番,答え\n1,2\n", encoding="utf-8")
    [told] = layouts.read(path, How(layout="decisions"))
    assert told.reason == "見出し「番号」と「判断」がありません（見つかった見出し: 「通番」「答え」）。"


def test_decisions_come_after_the_ledger(tmp_path):
    saved(tmp_path / "a.xlsx", [HEADINGS, ANSWER])
    (tmp_path / "b.csv").write_text("契約番号,契約名称,契約締結日\n", encoding="utf-8")
    found = [item.table for item in layouts.read(tmp_path, How(organization="X")) if isinstance(item, Part)]
    assert found == ["contracts", "decisions"]
