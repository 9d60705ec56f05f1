"""The register of J-LIS for 令和7年度: every trap of its text, and its totals."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import words
from monitor.intake import jlis, jlis_rows, layouts
from monitor.intake.how import How
from monitor.intake.rows import BadRow, Row, Unreadable

REGISTER = Path(__file__).parents[2] / "config" / "demo" / "jlis-r7.txt"
TEXT = REGISTER.read_text(encoding="utf-8")
HEADING = "No.\t担当部署\t契約名称\t契約締結日\t契約の相手方の名称\t契約の相手方の所在地\t予定価格 (円)\t契約金額 (円)\t契約の種別\t随意契約 とした理由 (注)"


def lines(text):
    return iter(list(enumerate(text.split("\n"), 1)))


def read(text):
    register = jlis._checked(jlis.divide(lines(text)))
    return list(jlis_rows.rows(register, "J-LIS"))


def by_id(text):
    return {row.values["contract_id"]: row for row in read(text) if isinstance(row, Row)}


def page(*rows, notes=""):
    return "\n".join(["令和7年度契約実績の公表", "", HEADING, *("\t".join(row) for row in rows), "", notes])


def cells(number="1", **changed):
    row = {
        "number": number, "department": "管理部", "title": "清掃業務", "signed_on": "R7.4.1", "vendors": "(株)甲", "addresses": "東京都港区1",
        "estimated_price": "2,000,000", "amount": "1,900,000", "method": "随意契約", "ground": "(2)キ",
    }  # fmt: skip
    return list({**row, **changed}.values())


def one(notes="", **changed):
    [found] = read(page(cells(**changed), notes=notes))
    return found


@pytest.fixture(scope="module")
def rows():
    return by_id(TEXT)


@pytest.fixture(scope="module")
def contracts(rows):
    return {key: row.values for key, row in rows.items() if row.values["row_kind"] == "契約"}


# --- the register itself ------------------------------------------------------------------------------------------


def test_all_165_rows_are_read_and_none_is_bad():
    organizations, part = layouts.read(REGISTER)
    found = list(part.rows)
    assert [type(row) for row in found] == [Row] * 165
    assert part.total == 165
    assert [row.values for row in organizations.rows] == [
        {"organization": "J-LIS", "name": "地方公共団体情報システム機構", "rulebook": "jlis"}
    ]


def test_163_contracts_and_two_totals(rows, contracts):
    assert list(contracts) == [f"R7-{number}" for number in range(1, 164)]
    assert rows.keys() - contracts.keys() == {"R7-12P", "R7-109P"}


def test_the_methods_are_counted_with_those_that_are_inherited(contracts):
    assert Counter(row["method"] for row in contracts.values()) == {"一般競争": 33, "企画競争": 2, "随意契約": 128}


def test_the_grounds_are_counted(contracts):
    counts = Counter(words.code(row["ground"]) for row in contracts.values() if row["ground"])
    assert counts == {"(2)キ": 96, "(2)ア": 11, "(2)カ": 8, "(2)ケ": 8, "(2)オ": 3, "(2)ク": 2, "(2)イ": 1, "(6)": 1}


def test_the_kanji_in_a_ground_stays_as_printed(contracts):
    assert [key for key, row in contracts.items() if row["ground"] == "(2)力"] == [
        "R7-42",
        "R7-48",
        "R7-50",
        "R7-75",
        "R7-86",
    ]


def test_the_amounts_sum_up(contracts):
    assert sum(row["amount"] for row in contracts.values()) == 127_724_633_666
    by_method = Counter()
    for row in contracts.values():
        by_method[row["method"]] += row["amount"]
    assert by_method == {"一般競争": 12_613_886_636, "企画競争": 265_980_000, "随意契約": 114_844_767_030}
    connected = sum(row["amount"] for row in contracts.values() if row["ground"] == "(2)キ")
    assert connected == 20_285_576_983


def test_the_dates_lie_in_the_fiscal_year(contracts):
    days = [row["signed_on"] for row in contracts.values()]
    assert (min(days), max(days)) == (date(2025, 4, 1), date(2026, 3, 31))


def test_no_vendor_begins_with_a_dot_and_every_name_is_whole(contracts):
    names = Counter(name for row in contracts.values() if row["vendors"] for name in row["vendors"].split("\n"))
    assert not [name for name in names if name.startswith("・")]
    assert [name for name in names if " " in name] == ["PwC Japan有限責任監査法人"]
    assert {
        "エヌ・ティ・ティ・コミュニケーションズ(株)",
        "NX・TCリース&ファイナンス(株)",
        "(株)システム・エージ",
        "富士通株式会社",
        "有限責任監査法人トーマツ",
    } <= set(names)
    assert names["日本電気(株)"] == 41
    assert names["NTTドコモビジネス(株)"] + names["エヌ・ティ・ティ・コミュニケーションズ(株)"] == 40
    assert names["(株)NTTデータ"] == 34
    assert names["富士通(株)"] + names["富士通株式会社"] == 30
    assert names["(株)日立製作所"] == 18


def test_no_title_has_a_space_between_japanese_characters(contracts):
    kana_kanji = "\u3040-\u30ff\u3400-\u9fff"
    assert not [
        row["title"] for row in contracts.values() if re.search(rf"[{kana_kanji}] +[{kana_kanji}]", row["title"])
    ]
    assert contracts["R7-40"]["title"] == "住民基本台帳ネットワークシステムの開発用サーバ等機器の賃貸借及び保守等"
    assert contracts["R7-99"]["title"] == "mdoc発行管理システムの改修に伴うSP-TSMの試験環境構築等業務"
    assert contracts["R7-129"]["title"] == "第五次総合行政ネットワークとGSS G-Netの相互接続機能の構築及び運用業務"


def test_departments_are_whole_and_their_units_stay_apart(contracts):
    assert Counter(row["department"] for row in contracts.values()) == {
        "住基全国センター 企画部": 60, "個人番号センター 企画部": 36, "管理部": 25, "LGWAN全国センター 企画部": 13,
        "ICTイノベーションセンター 情報処理部": 12, "ICTイノベーションセンター 研究開発部": 6, "コンタクトセンター": 6, "教育研修部": 3,
        "リスク管理課": 2,
    }  # fmt: skip
    assert {row["bureau"] for row in contracts.values()} == {
        "住基全国センター", "個人番号センター", "管理部", "LGWAN全国センター", "ICTイノベーションセンター", "コンタクトセンター", "教育研修部", "リスク管理課",
    }  # fmt: skip


def test_every_address_stands_at_the_place_of_its_vendor(contracts):
    for key, row in contracts.items():
        if row["vendors"]:
            assert len(row["vendors"].split("\n")) == len(row["addresses"].split("\n")), key
    assert contracts["R7-140"]["addresses"] == "東京都千代田区大手町2-3-1\n東京都港区芝5-7-1"


def test_vendors_that_are_not_disclosed_have_no_name(contracts):
    hidden = {key: row["nondisclosure"] for key, row in contracts.items() if row["nondisclosure"]}
    assert hidden == {"R7-15": "個人", "R7-17": "個人", "R7-18": "個人", "R7-19": "個人", "R7-144": "秘密"}
    assert all(contracts[key]["vendors"] is None and contracts[key]["addresses"] is None for key in hidden)


def test_children_inherit_from_their_total_all_but_the_estimate(rows):
    for child, parent in (("R7-12", "R7-12P"), ("R7-109", "R7-109P")):
        values, total = rows[child].values, rows[parent].values
        assert (values["parent_contract_id"], total["row_kind"], total["parent_contract_id"]) == (parent, "総額", None)
        for name in ("signed_on", "vendors", "addresses", "method", "ground"):
            assert values[name] == total[name]
        assert values["estimated_price"] is None
    assert (rows["R7-12"].values["amount"], rows["R7-12P"].values["amount"]) == (1_057_364_000, 3_901_766_000)
    assert (rows["R7-109"].values["amount"], rows["R7-109P"].values["amount"]) == (1_296_900_000, 4_707_450_000)
    assert rows["R7-12"].original["signed_on"] == ""
    assert rows["R7-13"].values["parent_contract_id"] is None


def test_unit_price_contracts_have_their_planned_total(contracts):
    unit = {key: row["amount"] for key, row in contracts.items() if row["unit_price"]}
    assert unit == {"R7-1": 1_947_440, "R7-3": 1_768_800, "R7-34": 14_756_500, "R7-155": 153_137_600}


def test_a_planned_total_without_unit_price_is_none(contracts):
    assert contracts["R7-97"]["amount"] == 80_666_125_047
    assert contracts["R7-97"]["unit_price"] is None
    assert contracts["R7-97"]["remarks"] == "契約金額は予定総額"


def test_the_note_on_an_estimate_says_by_when_it_was_procured(contracts):
    assert {key: row["procured_by"] for key, row in contracts.items() if row["procured_by"]} == {
        "R7-1": date(2025, 3, 31),
        "R7-27": date(2025, 3, 31),
    }
    assert contracts["R7-1"]["estimated_price"] == 2_350_000


def test_notes_are_kept_in_the_remarks(rows):
    assert "順次契約する" in rows["R7-12P"].values["remarks"]
    assert "非公表" in rows["R7-144"].values["remarks"]
    assert rows["R7-2"].values["remarks"] is None


def test_equal_contracts_are_not_one(contracts):
    assert contracts["R7-23"]["amount"] == contracts["R7-24"]["amount"] == 2_712_880


def test_the_columns_are_those_that_the_register_has(rows):
    _, part = layouts.read(REGISTER)
    assert "category" not in part.columns
    assert all(set(row.values) == set(part.columns) for row in rows.values())


def test_what_the_cell_said_is_kept(rows):
    assert rows["R7-1"].original == {
        "contract_id": "1", "signed_on": "R7.4.1", "estimated_price": "2,350,000 ※1", "amount": "単価契約 (予定総額 1,947,440)",
    }  # fmt: skip
    assert rows["R7-29"].original["vendors"] == "・エヌ・ティ・ティ・コミュニ ケーションズ(株) ・富士通(株)"
    assert rows["R7-1"].line == 6


def test_another_organization_brings_its_own_row(tmp_path):
    [part] = layouts.read(REGISTER, How(organization="模擬"))
    assert {row.values["organization"] for row in part.rows} == {"模擬"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_encoding_is_that_of_any_text(tmp_path, encoding):
    path = tmp_path / "r7.txt"
    path.write_text(TEXT, encoding=encoding)
    assert not isinstance(next(layouts.read(path)), Unreadable)


def test_the_register_pasted_into_excel_says_the_same(tmp_path, rows):
    book = openpyxl.Workbook()
    for line in TEXT.split("\n"):
        book.active.append(line.split("\t"))
    book.save(tmp_path / "r7.xlsx")
    _, part = layouts.read(tmp_path / "r7.xlsx")
    assert [row.values for row in part.rows] == [row.values for row in rows.values()]


# --- broken over lines --------------------------------------------------------------------------------------------


def values(text):
    return {key: row.values for key, row in by_id(text).items()}


def test_cells_broken_over_lines_say_the_same(rows):
    body, notes = TEXT.split("(※1)", 1)
    head, table = body.split("No.", 1)
    broken = head + "No." + table.replace(" ", "\n") + "(※1)" + notes
    assert broken.count("\n") > TEXT.count("\n") + 300
    assert values(broken) == {key: row.values for key, row in rows.items()}


def test_rows_broken_at_every_cell_say_the_same(rows):
    body, notes = TEXT.split("(※1)", 1)
    assert values(body.replace("\t", "\t\n") + "(※1)" + notes) == {key: row.values for key, row in rows.items()}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_line_break_anywhere_in_a_japanese_cell_is_mended(data):
    title = "住基ネット全国・都道府県システム更改に伴う先行開発等業務"
    vendor = "エヌ・ティ・ティ・コミュニケーションズ(株)"
    at, of = data.draw(st.integers(1, len(title) - 1)), data.draw(st.integers(1, len(vendor) - 1))
    brk = data.draw(st.sampled_from(["\n", " \n", " "]))
    found = one(title=title[:at] + brk + title[at:], vendors=vendor[:of] + brk + vendor[of:])
    assert (found.values["title"], found.values["vendors"]) == (title, vendor)


def test_numbers_and_dates_broken_over_lines_are_whole_again():
    found = one(signed_on="R7.4.\n1", amount="1,900,\n000", method="随意契\n約", ground="(2)\nキ")
    assert (found.values["signed_on"], found.values["amount"]) == (date(2025, 4, 1), 1_900_000)
    assert (found.values["method"], found.values["ground"]) == ("随意契約", "(2)キ")


def test_a_heading_broken_over_lines_is_a_heading():
    text = page(cells()).replace("予定価格 (円)", "予定価格\n(円)").replace("とした理由 (注)", "とした\n理由\n(注)")
    assert [type(row) for row in read(text)] == [Row]


def test_a_page_number_is_no_row_and_no_part_of_one():
    text = page(cells("1"), cells("2")) + "\n\n" + HEADING + "\n" + "\t".join(cells("3")) + "\n- 2 -\n12\n\n"
    assert [row.values["contract_id"] for row in read(text)] == ["R7-1", "R7-2", "R7-3"]
    assert read(text)[-1].values["ground"] == "(2)キ"


def test_notes_that_follow_without_a_blank_line_are_notes():
    text = (
        page(cells(estimated_price="2,000,000 ※1")).rstrip()
        + "\n(※1)令和7年3月31日以前に\n調達したもの。\n(注) 理由\n区分\t内容\n(1)\t少額\n"
    )
    [found] = read(text)
    assert found.values["procured_by"] == date(2025, 3, 31)
    assert found.values["remarks"] == "※1 令和7年3月31日以前に調達したもの。"


# --- rows that cannot be read -------------------------------------------------------------------------------------


def test_a_row_with_too_few_or_too_many_cells_is_bad_and_the_others_are_read():
    found = read(page(cells("1"), cells("2")[:-1], [*cells("3"), "余り"], cells("4")))
    assert [type(row) for row in found] == [Row, BadRow, BadRow, Row]
    assert "セルが9個あります（10個のはずです）" in found[1].reason
    assert "セルが11個" in found[2].reason
    assert found[2].cells["11列目"] == "余り"
    assert [row.row_key for row in found[1:3]] == ["R7-2", "R7-3"]
    assert {row.organization for row in found[1:3]} == {"J-LIS"}


@pytest.mark.parametrize(
    ("column", "cell", "heading"),
    [
        ("signed_on", "R7.2.30", "契約締結日"),
        ("signed_on", "令和1年4月30日", "契約締結日"),
        ("signed_on", "", "契約締結日"),
        ("amount", "約百万円", "契約金額(円)"),
        ("amount", "単価契約 (予定総額 不明)", "契約金額(円)"),
        ("estimated_price", "非公表", "予定価格(円)"),
        ("method", "見積合せ", "契約の種類"),
        ("title", "", "契約名称"),
        ("vendors", "", "契約の相手方の名称"),
        ("vendors", "甲" * 1001, "契約の相手方の名称"),
        ("addresses", "・東京都 ・大阪府", "契約の相手方の所在地"),
    ],
)
def test_a_cell_that_cannot_be_read_sends_its_row_to_quarantine(column, cell, heading):
    found = one(**{column: cell})
    assert isinstance(found, BadRow)
    assert (found.column, found.value, found.row_key, found.line) == (heading, cell, "R7-1", 4)
    assert found.reason.endswith("。")


def test_a_quarantined_row_is_written_in_the_headings_of_the_interchange_format(tmp_path):
    found = one(signed_on="R7.2.30", vendors="・(株)甲 ・(株)乙", addresses="東京都港区1 大阪府大阪市2")
    mended = {**found.cells, "契約締結日": "R7.2.28"}
    path = tmp_path / "contracts.csv"
    path.write_text(",".join(mended) + "\n" + ",".join(f'"{cell}"' for cell in mended.values()), encoding="utf-8")
    [part] = layouts.read(path)
    [again] = part.rows
    right = one(signed_on="R7.2.28", vendors="・(株)甲 ・(株)乙", addresses="東京都港区1 大阪府大阪市2")
    assert {name: value for name, value in right.values.items() if value is not None} == {
        name: value for name, value in again.values.items() if value is not None
    }


def test_children_of_a_total_that_cannot_be_read_are_bad_too():
    child = cells("1", signed_on="", vendors="", addresses="", estimated_price="", method="", ground="")
    found = read(page(cells("-", signed_on="R7.2.30"), child, cells("2")))
    assert [(type(row), row.row_key if isinstance(row, BadRow) else "") for row in found] == [
        (BadRow, "R7-1P"), (BadRow, "R7-1"), (Row, ""),
    ]  # fmt: skip


def test_a_total_without_contracts_is_bad():
    for found in (read(page(cells("-"), cells("1"))), read(page(cells("1"), cells("-")))):
        [bad] = [row for row in found if isinstance(row, BadRow)]
        assert "総額の行" in bad.reason


def test_a_row_without_number_is_bad():
    found = read(page(cells("1"), cells("x"), cells("2")))
    assert [type(row) for row in found] == [Row, BadRow, Row]
    assert "「x」が番号でも" in found[1].reason


def test_rows_between_pages_are_not_lost():
    text = page(cells("1")) + "\n" + "\t".join(cells("2")) + "\n\n" + "\t".join(cells("")) + "\n"
    assert [type(row) for row in read(text)] == [Row, Row, BadRow]


def test_a_piece_of_a_row_between_pages_is_not_lost():
    found = read(
        page(cells("1")) + "\nケーションズ(株)\t東京都港区1\t5,000\n" + "\n(注) 理由\n\n区分\t内容\n(1)\t少額\n"
    )
    assert [type(row) for row in found] == [Row, BadRow]
    assert "5,000" in found[1].cells.values()


def test_a_later_heading_of_another_kind_is_told():
    text = page(cells("1")) + "\n" + HEADING.replace("契約締結日", "締結日") + "\n" + "\t".join(cells("2"))
    assert [type(row) for row in read(text)] == [Row, BadRow, Row]


def test_a_mark_that_no_note_explains_stays_in_the_remarks():
    assert one(amount="1,900,000 ※7").values["remarks"] == "※7"


def test_several_children_follow_one_total():
    blank = {"signed_on": "", "vendors": "", "addresses": "", "estimated_price": "", "method": "", "ground": ""}
    found = by_id(page(cells("-"), cells("1", **blank), cells("2", **blank), cells("3")))
    assert [row.values["parent_contract_id"] for row in found.values()] == [None, "R7-1P", "R7-1P", None]


def test_addresses_without_dots_go_by_their_prefectures():
    found = one(vendors="・(株)甲 ・(株)乙", addresses="東京都港区芝 5-7-1 神奈川県川崎市 大宮町1-5")
    assert found.values["addresses"].split("\n") == ["東京都港区芝5-7-1", "神奈川県川崎市大宮町1-5"]


# --- recognising --------------------------------------------------------------------------------------------------


def test_a_register_without_its_year_is_refused(tmp_path):
    path = tmp_path / "r7.txt"
    path.write_text(page(cells()).replace("令和7年度契約実績の公表", "契約実績"), encoding="utf-8")
    [found] = layouts.read(path)
    assert "何年度" in found.reason


def test_a_file_that_is_no_register_is_refused_when_the_layout_is_forced(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("契約番号,契約名称\n1,2\n", encoding="utf-8")
    [found] = layouts.read(path, How(layout="jlis"))
    assert "J-LISの登録簿の見出しがありません" in found.reason


def test_the_year_makes_the_number():
    assert next(iter(by_id(page(cells()).replace("令和7年度", "令和元年度")))) == "R1-1"
