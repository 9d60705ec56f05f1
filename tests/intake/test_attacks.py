"""Files that are made to harm: each is refused in one sentence, or read as what it is, in bounded time and memory."""

import io
import os
import stat
import struct
import time
import tracemalloc
import zipfile
import zlib

import openpyxl
import pytest

from monitor.intake import files, package
from monitor.intake.archive import Limits
from monitor.intake.rows import Unreadable
from tests.intake.test_workbooks import CSV, HEADINGS, ROW, edited, found, refused, rows, workbook

SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def zipped(members):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return raw.getvalue()


def replaced(old, new):
    def change(xml):
        assert old in xml, xml[-400:]
        return xml.replace(old, new)

    return change


# --- zip ------------------------------------------------------------------------------------------------------------


def test_members_that_share_their_bytes_are_not_unpacked(tmp_path):
    """The bomb without nesting: a thousand names for one member."""
    kernel = zlib.compress(b"a,b\n" * 1000, 9)[2:-4]
    crc, size = zlib.crc32(b"a,b\n" * 1000), 4000
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 33, crc, len(kernel), size, 5, 0) + b"a.csv" + kernel
    central = b"".join(
        struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 33, crc, len(kernel), size, 7, 0, 0, 0, 0, 0, 0)
        + f"{n:03d}.csv".encode()
        for n in range(1000)
    )
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1000, 1000, len(central), len(local), 0)
    assert "重ねて" in refused(tmp_path, "l.zip", local + central + end)


def test_a_member_that_is_larger_than_it_says_is_not_unpacked(tmp_path):
    data = bytearray(zipped({"contracts.csv": CSV.encode() * 5000}))
    size = struct.pack("<I", len(CSV.encode()) * 5000)
    assert data.count(size) == 2
    assert "壊れています" in refused(tmp_path, "l.zip", bytes(data).replace(size, struct.pack("<I", 100)))


def test_a_member_that_says_it_is_huge_is_not_unpacked(tmp_path):
    data = zipped({"contracts.csv": CSV.encode()})
    size = struct.pack("<I", len(CSV.encode()))
    assert "上限" in refused(tmp_path, "l.zip", data.replace(size, struct.pack("<I", 0xF000_0000)))


def test_a_zip_in_a_zip_is_said_and_not_opened(tmp_path):
    inner = zipped({"contracts.csv": CSV.encode()})
    assert "zipの中のzip" in refused(tmp_path, "l.zip", zipped({"more.zip": inner}))


def test_too_many_members_are_not_listed(tmp_path):
    data = zipped({f"{n}.csv": b"" for n in range(50)})
    (tmp_path / "l.zip").write_bytes(data)
    [item] = files.sheets(tmp_path / "l.zip", limits=Limits(members=49))
    assert "50個" in item.reason


def test_a_link_in_a_zip_is_not_followed(tmp_path):
    link = zipfile.ZipInfo("contracts.csv")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("events.csv", "契約番号,事象,日付\n")
    told = found(tmp_path, "l.zip", raw.getvalue())
    assert any(isinstance(item, Unreadable) and "シンボリックリンク" in item.reason for item in told)


def test_a_link_out_of_a_folder_is_not_followed(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text(CSV, encoding="utf-8")
    (folder / "contracts.csv").symlink_to(tmp_path / "secret.csv")
    [item] = files.sheets(folder)
    assert "シンボリックリンク" in item.reason


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "contracts.csv")
    [item] = files.sheets(tmp_path / "contracts.csv")
    assert "ふつうのファイルではありません" in item.reason


# --- workbooks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "far",
    [
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b'<row r="9"><c r="XFD1048576"><v>1</v></c></row>',
        b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
        b'<row r="1048576"><c  r = "xfd1048576" ><v>1</v></c></row>',
        b'<row r="1048576"><c t="n"\nr="XFD1048576"><v>1</v></c></row>',
        b'<row r="1048576">' + b"<c><v>1</v></c>" * 100 + b"</row>",
        b'<row r="99999"><c r="ZZZ99999"><v>1</v></c></row>',
    ],
)
def test_two_cells_far_apart_do_not_fill_the_memory(tmp_path, far):
    data = edited(workbook(), SHEET, replaced(b"</sheetData>", far + b"</sheetData>"))
    assert "シートが広すぎます" in refused(tmp_path, "l.xlsx", data)


def test_a_declared_area_costs_nothing(tmp_path):
    data = edited(
        workbook(), SHEET, lambda xml: xml.replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>', 1)
    )
    assert rows(tmp_path, "l.xlsx", data)[0].values["amount"] == 1_234_567


def test_one_long_text_used_a_million_times_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(package, "TEXTS", 10_000_000)
    cells = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(3, 2003))
    strings = (
        b'<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + os.urandom(5000).hex().encode()
        + b"</t></si></sst>"
    )
    book, raw = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["a"])
    book.save(raw)
    data = edited(raw.getvalue(), SHEET, replaced(b"</sheetData>", cells + b"</sheetData>"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()} | {STRINGS: strings}
    assert "セルの文字が合わせて" in refused(tmp_path, "l.xlsx", zipped(members))


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x SYSTEM "http://example.invalid/x.dtd">',
    ],
)
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_entities_are_not_resolved(tmp_path, declared, part):
    def change(xml):
        head, mark, rest = xml.partition(b"?>") if xml.startswith(b"<?xml") else (b"", b"", xml)
        return head + mark + declared + rest

    assert "DTD" in refused(tmp_path, "l.xlsx", edited(workbook(), part, change))


def test_a_part_in_another_encoding_is_not_trusted(tmp_path):
    data = edited(workbook(), SHEET, lambda xml: xml.decode().encode("utf-16"))
    assert "UTF-16" in refused(tmp_path, "l.xlsx", data)


def test_a_sheet_that_leads_out_of_the_package_reads_nothing(tmp_path):
    data = edited(
        workbook(),
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(b"/xl/worksheets/sheet1.xml", b"../../../../etc/passwd"),
    )
    assert refused(tmp_path, "l.xlsx", data)


def test_control_characters_are_no_part_of_a_value(tmp_path):
    data = edited(
        workbook([HEADINGS, [*ROW[:2], "模擬NUL業務", *ROW[3:]]]),
        SHEET,
        lambda xml: xml.replace("模擬NUL業務".encode(), "模擬_x0000__x0008__x001B_業務".encode()),
    )
    assert rows(tmp_path, "l.xlsx", data)[0].values["title"] == "模擬業務"


# --- text -----------------------------------------------------------------------------------------------------------


def test_a_line_without_an_end_is_not_held(tmp_path):
    path = tmp_path / "l.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n")
        for _ in range(64):
            file.write(b"x" * (1 << 20))
    tracemalloc.start()
    try:
        [item] = files.sheets(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "超える行" in item.reason
    assert peak < 16 << 20


def test_a_row_of_a_million_cells_costs_that_row_only(tmp_path):
    text = CSV + "," * 1_000_000 + "\r\n" + "X,A-2,警備業務,R7.4.2\r\n"
    first, wide, last = rows(tmp_path, "l.csv", text.encode())
    assert "1,000,001個" in wide.reason
    assert (first.values["contract_id"], last.values["contract_id"]) == ("A-1", "A-2")


def test_headings_of_a_million_cells_are_refused(tmp_path):
    assert "1,000,001個" in refused(tmp_path, "l.csv", b"," * 1_000_000 + b"\r\n" + CSV.encode())


def test_lines_in_another_encoding_are_told(tmp_path):
    mixed = CSV.encode() + "X,A-2,模擬警備業務,R7.4.2\r\n".encode("cp932") + CSV.encode() * 3
    assert "3行目に壊れた文字" in refused(tmp_path, "l.csv", mixed)


@pytest.mark.parametrize("lone", [b"\xed\xa0\x80", b"\xed\xb0\x80"])
def test_half_a_character_is_refused(tmp_path, lone):
    assert "壊れた文字" in refused(tmp_path, "l.csv", CSV.encode() * 3 + lone)


def test_half_a_character_of_utf_16_is_refused(tmp_path):
    assert "UTF-16" in refused(tmp_path, "l.csv", CSV.encode("utf-16") + b"\x00\xd8")


def test_quotes_that_never_close_cost_no_more_than_the_file_is_long(tmp_path):
    began = time.process_time()
    held = rows(tmp_path, "l.csv", CSV.encode() + b'X,"A-2,x,R7.4.1\r\n' * 2000)
    assert len(held) == 2001
    assert time.process_time() - began < 10


def filled(some, before=b""):
    return before + some * ((1 << 20) // len(some))


@pytest.mark.parametrize(
    "xml",
    [
        filled(b'<c r="A1" t="e">'), filled(b' t="e"', b"<c "), filled(b'<c t="e" '), filled(b"<v ", b'<c r="A1" t="e">'),
        filled(b"w", b'<c t="e"><'), filled(b"<c><f>"), filled(b" ", b"<c><f/>"), filled(b" ", b"<c><f/><v>"), filled(b"<c><f "),
        filled(b"A", b'<c t="e" r="') + b'1"></c>', filled(b"1", b'<c t="e" r="A') + b'"></c>', b"<x:sheetData>" + filled(b"<row "),
        filled(b" r", b"<x:sheetData><row"), filled(b" ", b"<x:sheetData><c r="), filled(b't="s"'), filled(b'<c t="s"><f '),
        filled(b' t="s"', b"<c "), filled(b" ", b'<c t="s"><v>'), filled(b"1", b'<c t="s"><v>'),
        filled(b"<sheet "), filled(b"a", b"<sheet ") + b">", filled(b" ", b"<sheet a") + b">", filled(b"<Relationship "),
    ],
    ids=lambda xml: xml[:40].decode(),
)  # fmt: skip
def test_broken_xml_costs_no_more_than_it_is_long(xml):
    looks = (
        package.page, package.check_size, lambda xml: [int(at) for at in package._SHARED.findall(xml)],
        lambda xml: package._order(xml, xml),
    )  # fmt: skip
    for look in looks:
        begun = time.process_time()
        try:
            look(xml)
        except package.UnsafeError as error:
            assert "場所の書かれていないセル" in str(error) or "シートが広すぎます" in str(error)
        assert time.process_time() - begun < 0.5  # 64 KB took 3 s, four times as much for twice the size


def test_an_error_is_of_its_own_cell():
    found = package.page(b'<c r="A1" t="e"/><c r="B1"><v>1</v></c><c r="C1" t="e"><f>A1/0</f><v>#DIV/0!</v></c>')
    assert found.errors == {(1, 3): "#DIV/0!"}
