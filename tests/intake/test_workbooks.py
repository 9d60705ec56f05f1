"""Workbooks of every age and name: .xls, passwords, wrong suffixes, formulas without a result."""

import io
import struct
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from monitor.intake import files, layouts, ole
from monitor.intake.how import How
from monitor.intake.rows import BadRow, Part, Unreadable

LEGACY = Path(__file__).parent / "workbooks" / "ledger.xls"
HEADINGS = ["機関コード", "契約番号", "契約名称", "契約締結日", "契約金額"]
ROW = ["X", "A-1", "模擬清掃業務", date(2025, 4, 1), 1_234_567]
CSV = "機関コード,契約番号,契約名称,契約締結日\r\nX,A-1,清掃業務,R7.4.1\r\n"


def workbook(rows=(HEADINGS, ROW), title="contracts"):
    book, raw = openpyxl.Workbook(), io.BytesIO()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(raw)
    return raw.getvalue()


def edited(data, member, change):
    """A package with one part changed."""
    raw = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            part = before.read(name)
            after.writestr(name, change(part) if name == member else part)
    return raw.getvalue()


def found(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    return list(layouts.read(path, How()))


def refused(tmp_path, name, data):
    [item] = found(tmp_path, name, data)
    assert isinstance(item, Unreadable), item
    assert "\n" not in item.reason
    return item.reason


def rows(tmp_path, name, data):
    [part] = found(tmp_path, name, data)
    assert isinstance(part, Part), part
    return list(part.rows)


def container(names):
    """An OLE container whose directory names streams of no content."""

    def entry(name, kind):
        raw = (name + "\0").encode("utf-16-le")
        return (
            raw.ljust(64, b"\0")
            + struct.pack("<HBB", len(raw) if name else 0, kind, 1)
            + b"\xff" * 12
            + b"\0" * 36
            + struct.pack("<III", 0xFFFFFFFE, 0, 0)
        )

    header = ole.MAGIC + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 10
    header += struct.pack("<IIIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0) + b"\xff" * (108 * 4)
    table = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE) + b"\xff" * 504
    entries = b"".join([entry("Root Entry", 5), *(entry(name, 2) for name in names)])
    return header.ljust(512, b"\0") + table + entries.ljust(512, b"\0")


# --- .xls -----------------------------------------------------------------------------------------------------------


def test_a_workbook_of_excel_97_is_read(tmp_path):
    contracts, events = layouts.read(LEGACY, How())
    held = list(contracts.rows)
    assert (contracts.table, len(held), events.table) == ("contracts", 63, "events")
    assert held[2].values["signed_on"] == date(2025, 4, 3) if not isinstance(held[2], BadRow) else True
    assert held[3].values == {"organization": "X", "contract_id": "B-0", "title": "模擬業務", "signed_on": date(2025, 4, 1), "amount": 0, "remarks": None}  # fmt: skip


def test_errors_of_an_xls_are_no_blank_cells():
    contracts, _ = layouts.read(LEGACY, How())
    first, second, *_ = contracts.rows
    assert (first.column, first.value) == ("備考", "#DIV/0!")
    assert (second.line, second.cells["備考"]) == (3, "#N/A")


def test_percents_of_an_xls_are_told():
    sheet = next(iter(files.sheets(LEGACY)))
    assert [sheet.is_percent(line, 4) for line in (2, 3, 4, 5)] == [False, True, True, False]


@pytest.mark.parametrize("cut", [20, 600, 5000, 9000, 12_000])
def test_a_truncated_xls_is_refused(tmp_path, cut):
    assert "読めません" in refused(tmp_path, "l.xls", LEGACY.read_bytes()[:cut])


def test_a_workbook_with_a_password_is_said_to_have_one(tmp_path):
    assert "パスワード" in refused(tmp_path, "l.xlsx", container(["EncryptionInfo", "EncryptedPackage"]))


def test_streams_that_share_their_sectors_are_refused(tmp_path):
    data = bytearray(container([f"S{n}" for n in range(400)]))
    first = len(data) // 512 * 512 - 512
    data = data.ljust(first + 512 + (1 << 20), b"\0")  # a megabyte, said to be that of each of 400
    for at in range(1024 + 128, 1024 + 128 * 401, 128):
        struct.pack_into("<II", data, at + 116, first // 512 - 1, 1 << 20)
    with pytest.raises(ole.OleError, match="longer than the file"):
        ole.streams(bytes(data))
    assert "読めません" in refused(tmp_path, "l.xls", bytes(data))


def test_another_document_in_the_same_container_is_no_workbook(tmp_path):
    assert "Excelのファイルとして読めません" in refused(tmp_path, "l.xls", container(["WordDocument"]))


def test_an_xls_with_a_password_is_said_to_have_one():
    record = struct.pack("<HHHH", 0x0809, 4, 0x0600, 5) + struct.pack("<HH", 0x2F, 2) + b"\1\0"
    assert ole.locked(record)
    assert not ole.locked(record[:8])


def test_a_version_before_excel_97_is_not_guessed():
    assert ole.marks(struct.pack("<HHHH", 0x0809, 4, 0x0500, 5)) is None


# --- wrong names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["l.xls", "l.xlsx", "l.xlsm", "l.csv"])
def test_a_workbook_is_read_whatever_its_suffix(tmp_path, name):
    [row] = rows(tmp_path, name, workbook())
    assert row.values["amount"] == 1_234_567


def test_an_xls_under_the_name_of_an_xlsx_is_read(tmp_path):
    assert len(found(tmp_path, "l.xlsx", LEGACY.read_bytes())) == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_csv_under_the_name_of_a_workbook_is_read(tmp_path, encoding):
    [row] = rows(tmp_path, "l.xls", CSV.encode(encoding))
    assert row.values["contract_id"] == "A-1"


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body><table><tr><td>1</td></tr></table></body></html>",
        b"\xef\xbb\xbf<!DOCTYPE html>\n<html>",
        b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related",
    ],
)
def test_a_page_under_the_name_of_a_workbook_is_said_to_be_one(tmp_path, data):
    assert "HTMLかXML" in refused(tmp_path, "l.xls", data)


@pytest.mark.parametrize("name", ["l.xlsb", "l.xlsx"])
def test_a_binary_workbook_is_refused_by_its_name(tmp_path, name):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("xl/workbook.bin", b"x")
    assert "xlsb" in refused(tmp_path, name, raw.getvalue())


def test_an_open_document_is_refused_by_its_name(tmp_path):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", b"<x/>")
    assert ".ods" in refused(tmp_path, "l.xlsx", raw.getvalue())


# --- cells ----------------------------------------------------------------------------------------------------------


def test_a_formula_that_was_never_calculated_is_said_with_its_place(tmp_path):
    reason = refused(tmp_path, "l.xlsx", workbook([HEADINGS, [*ROW[:4], "=SUM(1,2)"]]))
    assert reason.startswith("E2のセルの数式に計算結果がありません（Excelで開き、上書き保存")


def test_a_formula_with_its_result_is_its_result(tmp_path):
    data = workbook([HEADINGS, [*ROW[:4], "=SUM(1,2)"]])
    data = edited(
        data,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<v></v>", b"<v>3</v>").replace(b"<v />", b"<v>3</v>"),
    )
    [row] = rows(tmp_path, "l.xlsx", data)
    assert row.values["amount"] == 3


def test_a_formula_whose_result_is_no_text_is_blank(tmp_path):
    data = workbook([HEADINGS, [*ROW[:4], "=SUM(1,2)"]])
    data = edited(data, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<c r="E2"', b'<c r="E2" t="str"'))
    [row] = rows(tmp_path, "l.xlsx", data)
    assert row.values["amount"] is None


def test_what_looks_like_a_formula_is_text(tmp_path):
    wicked = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1"]
    text = "機関コード,契約番号,契約名称,契約締結日\r\n" + "".join(
        f'X,A-{n},"{cell}",R7.4.1\r\n' for n, cell in enumerate(wicked)
    )
    assert [row.values["title"] for row in rows(tmp_path, "l.csv", text.encode())] == [cell.strip() for cell in wicked]


def test_true_and_one_are_two_cells(tmp_path):
    data = workbook(
        [[*HEADINGS, "備考"], [*ROW, 1], [*ROW[:1], "A-2", *ROW[2:], True], [*ROW[:1], "A-3", *ROW[2:], "x"]]
    )
    assert [row.values["remarks"] for row in rows(tmp_path, "l.xlsx", data)] == ["1", "TRUE", "x"]


def test_a_number_where_text_is_meant_is_as_excel_shows_it(tmp_path):
    shown = {7: "7", 0.1 + 0.2: "0.3", 123456789012345678: "123456789012346000", -0.0: "0", 20250001.0: "20250001"}
    data = workbook([[*HEADINGS, "備考"], *([*ROW[:1], f"A-{n}", *ROW[2:], cell] for n, cell in enumerate(shown))])
    held = rows(tmp_path, "l.xlsx", data)
    assert [row.values["remarks"] for row in held][:2] == ["7", "0.3"]
    assert held[3].values["remarks"] == "0"
    assert held[4].values["remarks"] == "20250001"


def test_a_moment_is_the_day_it_falls_on(tmp_path):
    nine = datetime.fromisoformat("2025-04-01T09:00:00")
    [row] = rows(tmp_path, "l.xlsx", workbook([HEADINGS, [*ROW[:3], nine, 1]]))
    assert row.values["signed_on"] == date(2025, 4, 1)
    assert row.original["signed_on"] == "2025-04-01 09:00:00"


def test_letters_of_terminals_come_back(tmp_path):
    text = CSV.replace("清掃業務", "㈱模擬①～Ⅲ髙﨑𠮷野")
    for encoding in ("utf-8", "utf-16"):
        assert rows(tmp_path, "l.csv", text.encode(encoding))[0].values["title"] == "㈱模擬①～Ⅲ髙﨑𠮷野"
    [row] = rows(tmp_path, "l.csv", text.replace("𠮷", "吉").encode("cp932"))
    assert row.values["title"] == "㈱模擬①～Ⅲ髙﨑吉野"
