"""Opening what people send: folders, zips, workbooks, text in the encodings of Japan; and what cannot be opened."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.intake import files
from monitor.intake.archive import Limits
from monitor.intake.rows import Unreadable

NINE = datetime.fromisoformat("2025-04-01T09:00:00")  # Excel knows no zones
CSV = "契約番号,契約名称,契約締結日\r\nA-1,清掃業務,令和7年4月1日\r\n"


def only(path, **options):
    [found] = files.sheets(path, **options)
    return found


def refused(path, **options):
    found = only(path, **options)
    assert isinstance(found, Unreadable), found
    assert found.reason.strip()
    assert "\n" not in found.reason
    return found.reason


def cells(sheet):
    return [(record.line, record.cells) for record in sheet.records()]


def zipped(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name) if isinstance(name, str) else name, data, zipfile.ZIP_DEFLATED)
    return path


def workbook(path, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)
    return path


# --- text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_text_is_read_in_the_encodings_of_japan(tmp_path, encoding):
    path = tmp_path / "contracts.csv"
    path.write_bytes(CSV.encode(encoding))
    assert cells(only(path)) == [
        (1, ["契約番号", "契約名称", "契約締結日"]),
        (2, ["A-1", "清掃業務", "令和7年4月1日"]),
    ]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text('あ亜ァｱ髙①Ａa1,"\n ・円', min_size=1, max_size=8), min_size=1, max_size=4))
def test_what_was_written_in_cp932_comes_back(tmp_path, row):
    path = tmp_path / "x.csv"
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in ["契約番号", *row])
    path.write_bytes(quoted.encode("cp932"))
    assert [record.cells for record in only(path).records()] == [["契約番号", *row]]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "空です"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "バイナリ"),
        (bytes(range(256)) * 10, "バイナリ"),
        (CSV.encode("utf-16")[:-1], "UTF-16のファイルですが、壊れた文字"),
        (CSV.encode("utf-16").replace(b"A\0", b"\0\0"), "壊れた文字"),
        (CSV.encode("euc_jp"), "文字コードを判別できません"),
        ("契約番号,\xe9t\xe9\xff\xfd\x80".encode("latin-1", "replace"), "文字コードを判別できません"),
        (b"\xef\xbb\xbf" + CSV.encode() + b"\x81", "3行目に壊れた文字"),
        (CSV.encode() * 20 + b"\xe5\xa5,x\n", "41行目に壊れた文字"),
        (CSV.encode("cp932") * 20 + "A-2,模擬業務Z,R7.4.1\n".encode(), "41行目はUTF-8です"),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(tmp_path, data, reason):
    path = tmp_path / "contracts.csv"
    path.write_bytes(data)
    assert reason in refused(path)


def test_a_row_is_named_by_the_line_on_which_it_begins(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n"1\n2\n3",x\n\n"4",y\n', encoding="utf-8")
    assert cells(only(path)) == [(1, ["a", "b"]), (2, ["1\n2\n3", "x"]), (5, []), (6, ["4", "y"])]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_of_every_system_are_read(tmp_path, ending):
    path = tmp_path / "x.csv"
    path.write_bytes(ending.join(["a,b", "1,2", "3,4"]).encode())
    assert cells(only(path)) == [(1, ["a", "b"]), (2, ["1", "2"]), (3, ["3", "4"])]


def test_tabs_divide_where_the_first_line_has_one(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text("a\tb\n1,000\t2\n", encoding="utf-8")
    assert cells(only(path)) == [(1, ["a", "b"]), (2, ["1,000", "2"])]


def test_a_quote_that_does_not_close_costs_one_line_only(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,"x\n2,y\n3,z\n', encoding="utf-8")
    _head, broken, *rest = only(path).records()
    assert (broken.line, broken.cells) == (2, ["1", "x"])
    assert "閉じていません" in broken.broken
    assert [(record.line, record.cells, record.broken) for record in rest] == [(3, ["2", "y"], ""), (4, ["3", "z"], "")]


def test_a_quote_that_does_not_close_in_a_long_file_costs_one_line_only(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,"x\n' + "2,yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n" * 20_000, encoding="utf-8")
    found = list(only(path).records())
    assert len(found) == 20_002
    assert [record.line for record in found if record.broken] == [2]


def test_a_quote_in_the_wrong_place_costs_one_line_only(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n"x"y,1\n24"モニター,2\n3,z\n', encoding="utf-8")
    assert [(r.line, r.cells, bool(r.broken)) for r in only(path).records()][1:] == [
        (2, ["xy", "1"], True), (3, ['24"モニター', "2"], False), (4, ["3", "z"], False),
    ]  # fmt: skip


def test_a_cell_longer_than_the_csv_module_takes_costs_one_line_only(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "x" * 200_000 + ",1\n3,z\n", encoding="utf-8")
    [_, long, last] = only(path).records()
    assert "131,072文字" in long.broken
    assert long.cells == ["x" * 200_000, "1"]
    assert last.cells == ["3", "z"]


# --- paths --------------------------------------------------------------------------------------------------------


def test_a_missing_file_is_said_with_its_path(tmp_path):
    assert f"見つかりません: {tmp_path / 'none.csv'}" in refused(tmp_path / "none.csv")


def test_a_file_of_another_kind_is_said_with_what_would_do(tmp_path):
    path = tmp_path / "ledger.pdf"
    path.write_bytes(b"%PDF")
    assert "「.pdf」の形式は読めません" in refused(path)


def test_a_folder_gives_its_files_by_name_and_is_not_searched_deeper(tmp_path):
    for name in ("b.csv", "a.txt", "c.tsv", ".hidden.csv", "~$d.xlsx", "README.md"):
        (tmp_path / name).write_text(CSV, encoding="utf-8")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "e.csv").write_text(CSV, encoding="utf-8")
    assert [sheet.source for sheet in files.sheets(tmp_path)] == ["a.txt", "b.csv", "c.tsv"]


def test_an_old_workbook_in_a_folder_is_not_passed_over(tmp_path):
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "b.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    assert [type(found).__name__ for found in files.sheets(tmp_path)] == ["TextSheet", "Unreadable"]


def test_an_empty_folder_is_said(tmp_path):
    assert "読めるファイル" in refused(tmp_path)


# --- zip ----------------------------------------------------------------------------------------------------------


def test_a_zip_gives_its_members_without_what_macos_leaves(tmp_path):
    members = {"台帳/events.csv": CSV, "台帳/契約.csv": CSV, "__MACOSX/台帳/._契約.csv": "x", "台帳/.DS_Store": "x"}
    found = list(files.sheets(zipped(tmp_path / "l.zip", members)))
    assert [sheet.source for sheet in found] == ["l.zip[台帳/events.csv]", "l.zip[台帳/契約.csv]"]
    assert [sheet.names for sheet in found] == [("events",), ("契約",)]
    assert cells(found[0]) == cells(found[0])


def test_a_member_without_a_name_is_told_and_the_rest_is_read(tmp_path):
    path = zipped(tmp_path / "l.zip", {"X": CSV, "good.csv": CSV})
    data = path.read_bytes()
    at, last = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    central = data[at:last].replace(b"\x01\x00\x00\x00\x00\x00\x00\x00", b"\x00\x00\x01\x00\x00\x00\x00\x00", 1)
    path.write_bytes(data[:at] + central + data[last:])  # its one letter is an extra field now
    found = list(files.sheets(path))
    assert [item.source for item in found if not isinstance(item, Unreadable)] == ["l.zip[good.csv]"]
    assert any(isinstance(item, Unreadable) for item in found)


def test_names_that_windows_wrote_in_cp932_are_read(tmp_path):
    path = zipped(tmp_path / "l.zip", {"XXXX.csv": CSV})
    path.write_bytes(path.read_bytes().replace(b"XXXX", "契約".encode("cp932")))
    assert only(path).names == ("契約",)


@pytest.mark.parametrize(
    "name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:\\evil.csv", "C:evil.csv"]
)
def test_a_member_with_an_unsafe_name_is_told_and_the_rest_is_read(tmp_path, name):
    found = list(files.sheets(zipped(tmp_path / "l.zip", {name: CSV, "good.csv": CSV})))
    assert [item.source for item in found if not isinstance(item, Unreadable)] == ["l.zip[good.csv]"]
    assert any(isinstance(item, Unreadable) and "安全でない" in item.reason for item in found)
    assert not (tmp_path / "evil.csv").exists()


def test_a_member_deeper_than_the_others_is_told(tmp_path):
    found = list(files.sheets(zipped(tmp_path / "l.zip", {"a.csv": CSV, "old/a.csv": CSV})))
    assert [type(item).__name__ for item in found] == ["TextSheet", "Unreadable"]


def test_a_zip_that_unpacks_to_too_much_is_not_unpacked(tmp_path):
    path = zipped(tmp_path / "l.zip", {f"{i}.csv": CSV * 100 for i in range(5)})
    assert "上限は10,000バイト" in refused(path, limits=Limits(total=10_000))


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = zipped(tmp_path / "l.zip", {"contracts.csv": b"0" * 20_000_000})
    assert "圧縮率が高すぎる" in refused(path)


def test_a_workbook_that_is_a_bomb_is_not_unpacked(tmp_path):
    path = zipped(tmp_path / "l.xlsx", {"xl/worksheets/sheet1.xml": b"0" * 20_000_000})
    assert "圧縮率が高すぎる" in refused(path)


def test_a_damaged_member_is_told_and_the_rest_is_read(tmp_path):
    path = tmp_path / "l.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", "DAMAGED" + CSV)
        archive.writestr("b.csv", CSV)
    path.write_bytes(path.read_bytes().replace(b"DAMAGED", b"damaged", 1))
    damaged, good = files.sheets(path)
    assert "壊れています" in damaged.reason
    assert cells(good)[1][1][0] == "A-1"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no", b"hello"])
def test_what_is_no_zip_is_refused(tmp_path, data):
    path = tmp_path / "l.zip"
    path.write_bytes(data)
    assert "zipファイルとして読めません" in refused(path)


def test_a_zip_without_files_is_said(tmp_path):
    assert refused(zipped(tmp_path / "l.zip", {}))


def test_an_encrypted_member_is_told(tmp_path):
    path = zipped(tmp_path / "l.zip", {"a.csv": CSV})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "暗号化" in refused(path)


# --- Excel --------------------------------------------------------------------------------------------------------


def test_a_workbook_gives_its_sheets_and_their_cells(tmp_path):
    rows = [
        ["契約番号", "契約金額", "契約締結日"],
        ["A-1", 1234567, date(2025, 4, 1)],
        [20250001, 0.5, NINE],
    ]
    path = workbook(tmp_path / "l.xlsx", {"contracts": rows, "events": rows, "Sheet3": []})
    first, second = files.sheets(path)
    assert (first.source, first.names, first.total) == ("l.xlsx[contracts]", ("contracts",), 3)
    assert second.source == "l.xlsx[events]"
    assert cells(first)[1:] == [
        (2, ["A-1", 1234567.0, date(2025, 4, 1)]),
        (3, [20250001.0, 0.5, NINE]),
    ]


def test_the_only_sheet_may_go_by_the_name_of_the_file(tmp_path):
    assert only(workbook(tmp_path / "contracts.xlsx", {"Sheet1": [["a"]]})).names == ("Sheet1", "contracts")


def test_rows_are_numbered_as_in_excel_wherever_the_table_stands(tmp_path):
    book = openpyxl.Workbook()
    book.active["C4"], book.active["D4"], book.active["C6"], book.active["D6"] = "a", "b", 0.025, 0.025
    book.active["D6"].number_format = "0.0%"
    book.save(tmp_path / "l.xlsx")
    sheet = only(tmp_path / "l.xlsx")
    assert [(line, row) for line, row in cells(sheet) if any(row)] == [(4, ["a", "b"]), (6, [0.025, 0.025])]
    assert (sheet.is_percent(6, 0), sheet.is_percent(6, 1)) == (False, True)


def test_errors_in_cells_are_seen(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, "x"])
    book.active["B2"].value, book.active["B2"].data_type = "#N/A", "e"
    book.save(tmp_path / "l.xlsx")
    assert cells(only(tmp_path / "l.xlsx"))[1] == (2, [1.0, "#N/A"])


def test_a_hidden_sheet_is_marked(tmp_path):
    path = workbook(tmp_path / "l.xlsx", {"a": [["x"]], "lists": [["y"]]})
    book = openpyxl.load_workbook(path)
    book["lists"].sheet_state = "hidden"
    book.save(path)
    assert [sheet.hidden for sheet in files.sheets(path)] == [False, True]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "空です"),
        (b"hello", "Excelのファイルとして読めません"),
        (b"PK\x03\x04 no", "Excelのファイルとして読めません"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "Excelのファイルとして読めません"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path, data, reason):
    path = tmp_path / "l.xlsx"
    path.write_bytes(data)
    assert reason in refused(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    path = zipped(tmp_path / "l.xlsx", {"a.csv": CSV})
    assert "Excelのファイルとして読めません" in refused(path)


def test_a_truncated_workbook_is_refused(tmp_path):
    path = workbook(tmp_path / "l.xlsx", {"a": [["x"] * 50] * 50})
    path.write_bytes(path.read_bytes()[:-900])
    assert "Excelのファイルとして読めません" in refused(path)


def test_an_empty_workbook_is_said(tmp_path):
    assert "どのシートも空" in refused(workbook(tmp_path / "l.xlsx", {"Sheet1": []}))


def test_a_workbook_in_a_zip_is_read(tmp_path):
    buffer = io.BytesIO()
    workbook(buffer, {"contracts": [["a"], ["b"]]})
    found = only(zipped(tmp_path / "l.zip", {"ledger.xlsx": buffer.getvalue()}))
    assert found.source == "l.zip[ledger.xlsx][contracts]"
