"""Registers as offices publish them, made up for the tests: workbooks and CSV files in the shapes that real ones have."""

import csv
import io
from pathlib import Path

import openpyxl

from monitor.intake import layouts
from monitor.intake.how import How
from monitor.intake.rows import BadRow, Part, Row, Unreadable

MINISTRY = "支出元府省"
TITLE, WORKS = "物品役務等の名称及び数量", "公共工事の名称、場所、期間及び種別"
OFFICER = "契約担当官等の氏名並びにその所属する部局の名称及び所在地"
DATE, VENDOR, NUMBER = "契約を締結した日", "契約の相手方の商号又は名称及び住所", "法人番号"
METHOD = "一般競争入札・指名競争入札の別（総合評価の実施）"
GROUND = "随意契約によることとした会計法令の根拠条文及び理由\n（企画競争又は公募）"
ESTIMATE, AMOUNT, RATE, REMARKS = "予定価格（円）", "契約金額（円）", "落札率", "備考"
FORM = (MINISTRY, TITLE, OFFICER, DATE, VENDOR, NUMBER, GROUND, ESTIMATE, AMOUNT, RATE, REMARKS)
PRINTED = {
    MINISTRY: "総務省",
    TITLE: "模擬庁舎清掃業務　一式",
    OFFICER: "支出負担行為担当官\n模擬局会計課長　模擬　太郎\n東京都千代田区霞が関0-0-0",
    DATE: "令和6年4月1日",
    VENDOR: "株式会社模擬商会\n東京都港区芝1-2-3",
    NUMBER: "7000012050002",
    GROUND: "会計法第２９条の３第４項\n他に履行できる者がいないため。",
    ESTIMATE: "－",
    AMOUNT: "1,234,567円",
    RATE: "－",
    REMARKS: "",
}  # a row of FORM; nobody of that name exists


def printed(**more):
    """A row of FORM with other cells, by the names above: printed(AMOUNT=1)."""
    changed = {globals()[name]: cell for name, cell in more.items()}
    return [{**PRINTED, **changed}[heading] for heading in FORM]


def book(path: Path, rows, merged=(), sheets=()):
    """A workbook; ``merged`` are ranges (A1:B1), ``sheets`` further pages as (title, rows, hidden)."""
    made = openpyxl.Workbook()
    _fill(made.active, rows)
    made.active.title = "様式"
    for cells in merged:
        made.active.merge_cells(cells)
    for title, more, hidden in sheets:
        page = made.create_sheet(title)
        _fill(page, more)
        page.sheet_state = "hidden" if hidden else "visible"
    made.save(path)
    return path


def _fill(page, rows):
    for line, row in enumerate(rows, 1):
        for at, cell in enumerate(row, 1):
            if cell not in (None, ""):
                page.cell(line, at, cell)


def text(path: Path, rows, encoding="utf-8-sig"):
    """A CSV file."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def read(path, **how):
    """(rows, rows for the quarantine, bodies that it brings) of a register; nothing may be unreadable."""
    found = list(layouts.read(path, How(**how)))
    assert all(isinstance(item, Part) and item.layout == "forms" for item in found), found
    contracts = [row for part in found if part.table == "contracts" for row in part.rows]
    bodies = [row.values for part in found if part.table == "organizations" for row in part.rows]
    return (
        [row for row in contracts if isinstance(row, Row)],
        [row for row in contracts if isinstance(row, BadRow)],
        bodies,
    )


def one(tmp_path, rows=None, **more):
    """The only row of a sheet with the headings of FORM, or with the rows given."""
    good, bad, _ = read(book(tmp_path / "one.xlsx", rows or [FORM, printed(**more)]), organization="M")
    assert not bad, bad
    [row] = good
    return row


def refused(path, **how):
    """Why nothing of a file can be read."""
    [found] = layouts.read(path, How(**how))
    assert isinstance(found, Unreadable), found
    return found.reason
