"""Tables of an office's own, read by a mapping."""

from datetime import date

import openpyxl
import pytest

from monitor.intake import layouts, mapping
from monitor.intake.how import How
from monitor.intake.rows import BadRow, Part, Row, Unreadable
from monitor.problems import Problem

PLAIN = 'number = 0\n[columns]\ncontract_id = "番"\ntitle = "件名"\nsigned_on = "契約日"\n'.replace("number = 0\n", "")
HEADINGS = ["番", "件名", "契約日"]


def toml(tmp_path, text, name="office"):
    path = tmp_path / "mappings" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def table(tmp_path, *rows, name="export.csv"):
    path = tmp_path / name
    path.write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n", encoding="utf-8")
    return path


def workbook(tmp_path, sheets, name="export.xlsx"):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    book.save(tmp_path / name)
    return tmp_path / name


def read(tmp_path, text, *rows, organization="M"):
    path = table(tmp_path, *rows)
    [part] = layouts.read(path, How(organization, mapping=toml(tmp_path, text)))
    assert isinstance(part, Part), part
    return part


def rows_of(part):
    return list(part.rows)


# --- reading by a mapping -----------------------------------------------------------------------------------------


def test_headings_are_translated_and_the_part_says_which_mapping_read_it(tmp_path):
    part = read(tmp_path, PLAIN, ["契約一覧"], [], ["件名", "契約日", "番", "所見"], ["清掃", "R7.4.1", "A-1", "良"])
    [row] = part.rows
    assert part.layout == "mapping:office"
    assert part.table == "contracts"
    assert part.unknown == ("所見",)
    assert "「office」" in part.note
    assert "3行目" in part.note
    assert row.line == 4
    assert row.values == {"title": "清掃", "signed_on": date(2025, 4, 1), "contract_id": "A-1", "organization": "M"}
    assert row.original == {"signed_on": "R7.4.1"}
    assert row.other == {"所見": "良"}


def test_fixed_values_units_and_words_are_read_and_the_cell_s_own_text_is_kept(tmp_path):
    text = (
        PLAIN + 'amount = "額"\nmethod = "方法"\n[values]\ncategory = "業務委託"\norganization = "X"\n'
        '[units]\namount = "千円"\n[means.method]\n"一般" = "一般競争"\n"－" = ""\n'
    )
    made = ["A-1", "清掃", "R7.4.1", "1500.5", "一　般"], ["A-2", "警備", "R7.4.1", "12", "－"]
    first, second = rows_of(read(tmp_path, text, [*HEADINGS, "額", "方法"], *made, organization=None))
    assert (first.values["amount"], first.values["method"]) == (1_500_500, "一般競争")
    assert (first.values["category"], first.values["organization"]) == ("業務委託", "X")
    assert (first.original["amount"], first.original["method"]) == ("1500.5", "一　般")
    assert (second.values["amount"], second.values["method"]) == (12_000, None)


def test_what_the_caller_says_of_the_organization_comes_first(tmp_path):
    [row] = read(tmp_path, PLAIN + '[values]\norganization = "X"\n', HEADINGS, ["A", "b", "R7.4.1"]).rows
    assert row.values["organization"] == "M"


@pytest.mark.parametrize(("cell", "yen"), [("1,500", 1_500_000), ("１５千円", 15_000), ("△3", -3_000), ("0.5", 500)])
def test_thousands_are_written_in_several_ways(tmp_path, cell, yen):
    text = PLAIN + 'amount = "額"\n[units]\namount = "千円"\n'
    [row] = read(tmp_path, text, [*HEADINGS, "額"], ["A-1", "清掃", "R7.4.1", f'"{cell}"']).rows
    assert (row.values["amount"], row.original["amount"]) == (yen, cell)


@pytest.mark.parametrize("cell", ["1500円", "約15", "@3ほか", "1.23456"])
def test_a_sum_that_is_no_bare_number_of_thousands_waits(tmp_path, cell):
    text = PLAIN + 'amount = "額"\n[units]\namount = "千円"\n'
    [row] = read(tmp_path, text, [*HEADINGS, "額"], ["A-1", "清掃", "R7.4.1", cell]).rows
    assert isinstance(row, BadRow)
    assert (row.column, row.line, row.organization, row.row_key) == ("額", 2, "M", "A-1")


def test_a_row_that_waits_names_the_file_s_own_heading_and_cell_and_comes_back_without_the_mapping(tmp_path):
    text = PLAIN + 'amount = "額"\nmethod = "方法"\n[units]\namount = "千円"\n[means.method]\n"一般" = "一般競争"\n'
    [bad] = read(tmp_path, text, [*HEADINGS, "額", "方法"], ["A-1", "清掃", "4月1日", "15", "一般"]).rows
    assert (bad.column, bad.value) == ("契約日", "4月1日")
    assert bad.cells["契約金額"] == "15000"
    mended = {**bad.cells, "契約締結日": "2025-04-01"}
    [part] = layouts.read(table(tmp_path, list(mended), list(mended.values()), name="contracts.csv"))
    [row] = part.rows
    assert (row.values["amount"], row.values["method"], row.values["organization"]) == (15_000, "一般競争", "M")


def test_a_period_is_two_days(tmp_path):
    text = PLAIN + 'starts_on = "期間"\nends_on = "期間"\n'
    cells = ["R7.4.1～R8.3.31", "令和7年4月1日から令和8年3月31日まで", "2025/4/1-4/30"]
    made = [[f"A{at}", "x", "R7.4.1", cell] for at, cell in enumerate(cells)]
    more = [["B", "x", "R7.4.1", "速やかに"], ["C", "x", "R7.4.1", "R7.10.1～3.31"]]
    found = rows_of(read(tmp_path, text, [*HEADINGS, "期間"], *made, *more))
    assert [(row.values["starts_on"], row.values["ends_on"]) for row in found[:2]] == [
        (date(2025, 4, 1), date(2026, 3, 31))
    ] * 2
    assert found[0].original["ends_on"] == "R7.4.1～R8.3.31"
    assert (found[2].values["starts_on"], found[2].values["ends_on"]) == (date(2025, 4, 1), date(2025, 4, 30))
    for bad in found[3:]:
        assert isinstance(bad, BadRow)
        assert "期間として読めません" in bad.reason


@pytest.mark.parametrize("first", ["契約締結日の翌日", "契約日", "契約の日", "契約締結日"])
def test_a_period_from_the_signing_on_has_no_first_day_of_its_own(tmp_path, first):
    text = PLAIN + 'starts_on = "期間"\nends_on = "期間"\n'
    [row] = read(tmp_path, text, [*HEADINGS, "期間"], ["A", "x", "R7.4.1", f"{first}から令和8年3月31日まで"]).rows
    assert (row.values["starts_on"], row.values["ends_on"]) == (None, date(2026, 3, 31))


def test_a_vendor_and_its_address_may_stand_in_one_cell(tmp_path):
    text = PLAIN + 'vendors = "相手"\naddresses = "相手"\n'
    cells = ["㈱甲 模擬県模擬市本町1-1", '"㈱甲\n模擬県模擬市本町1-1"', "㈱乙", "㈱丙 17号"]
    made = [[f"A{at}", "x", "R7.4.1", cell] for at, cell in enumerate(cells)]
    found = rows_of(read(tmp_path, text, [*HEADINGS, "相手"], *made))
    assert [(row.values["vendors"], row.values["addresses"]) for row in found[:3]] == [
        ("㈱甲", "模擬県模擬市本町1-1"),
        ("㈱甲", "模擬県模擬市本町1-1"),
        ("㈱乙", None),
    ]
    assert isinstance(found[3], BadRow)
    assert "「相手」の「㈱丙 17号」を名称と所在地に分けられません" in found[3].reason


def test_blanks_rows_that_are_none_and_headings_again(tmp_path):
    text = 'blank = ["－"]\nskip = ["合計", "※"]\n' + PLAIN + 'amount = "額"\n'
    made = ["A-1", "清掃", "R7.4.1", "－"], [*HEADINGS, "額"], ["A-2", "※印", "R7.4.1", "3"], ["合計", "", "", "3"]
    found = rows_of(read(tmp_path, text, [*HEADINGS, "額"], *made, ["", "※ 税込み", "", ""]))
    assert [(row.values["contract_id"], row.values["amount"]) for row in found] == [("A-1", None), ("A-2", 3)]


def test_ignored_columns_are_not_kept_and_a_column_of_another_meaning_is_not_taken_for_ours(tmp_path):
    text = 'ignore = ["担当者"]\n' + PLAIN + 'amount = "変更後の額"\n'
    headings = [*HEADINGS, "担当者", "契約金額", "変更後の額", "備考", "備考"]
    part = read(tmp_path, text, headings, ["A-1", "清掃", "R7.4.1", "模擬 太郎", "5", "7", "い", "ろ"])
    [row] = part.rows
    assert row.values["amount"] == 7
    assert row.other == {"契約金額（対応なし）": "5", "備考（対応なし）": "い", "備考（2）": "ろ"}
    assert "模擬" not in str(row)
    [bad] = read(tmp_path, text, headings, ["A-1", "清掃", "?", "模擬 太郎", "5", "7", "い", "ろ"]).rows
    assert isinstance(bad, BadRow)
    assert "模擬" not in str(bad)


def test_two_rows_of_headings_are_one(tmp_path):
    text = "heading_rows = 2\n" + PLAIN + 'starts_on = "履行期間 自"\nends_on = "履行期間 至"\namount = "金額 税込"\n'
    upper, lower = [*HEADINGS, "履行期間", "", "金額", ""], ["", "", "", "自", "至", "税込", "税抜"]
    [row] = read(tmp_path, text, upper, lower, ["A-1", "清掃", "R7.4.1", "R7.4.1", "R8.3.31", "110", "100"]).rows
    assert (row.values["ends_on"], row.values["amount"]) == (date(2026, 3, 31), 110)


def test_a_contract_without_number_gets_one_that_stays(tmp_path):
    text = 'number_from = ["signed_on", "title"]\n[columns]\ntitle = "件名"\nsigned_on = "契約日"\n'
    made = ["清掃", "R7.4.1"], ["警備", "2025/4/2"], ["清 掃", "令和7年4月1日"], ["草刈", "未定"]
    found = rows_of(read(tmp_path, text, ["件名", "契約日"], *made))
    numbers = [row.values["contract_id"] for row in found[:3]]
    assert numbers[0].startswith("20250401-")
    assert numbers[2] == f"{numbers[0]}-2"
    assert isinstance(found[3], BadRow)
    assert found[3].column == "契約日"
    assert "元のファイルを直して" in found[3].reason
    again = rows_of(read(tmp_path, text, ["契約日", "件名"], ["R7.4.2", "警備"], ["R7.4.1", "清掃"]))
    assert [row.values["contract_id"] for row in again] == [numbers[1], numbers[0]]


def test_a_row_that_is_too_long_waits_and_a_short_one_is_read(tmp_path):
    text = PLAIN + '[values]\ncategory = "工事"\n'
    long, short, wide = ["A-1", "x", "R7.4.1", "", "余り"], ["A-2", "x", "R7.4.1"], ["A-3", "x", "R7.4.1", "", "", ""]
    found = rows_of(read(tmp_path, text, [*HEADINGS, "注"], long, short, wide))
    assert [type(row) for row in found] == [BadRow, Row, Row]
    assert "見出しの4個より多い" in found[0].reason
    assert "余り" in found[0].cells.values()


def test_a_broken_line_waits_and_what_follows_is_read(tmp_path):
    part = read(tmp_path, PLAIN, HEADINGS, ['"A-1', "x", "R7.4.1"], ["A-2", "x", "R7.4.1"])
    found = rows_of(part)
    assert [type(row) for row in found] == [BadRow, Row]
    assert "引用符" in found[0].reason


def test_every_row_below_the_headings_is_a_row_or_waits(tmp_path):
    text = PLAIN + 'amount = "額"\nvendors = "相手"\naddresses = "相手"\n[units]\namount = "千円"\n'
    made = [[f"A{n}", "" if n % 7 == 0 else "x", "R7.4.1" if n % 5 else "?", n if n % 3 else "多", "㈱甲 9" if n % 11 else "㈱"] for n in range(2500)]  # fmt: skip
    found = rows_of(read(tmp_path, text, [*HEADINGS, "額", "相手"], *made))
    assert [row.line for row in found] == list(range(2, 2502))


# --- which sheet, which mapping -----------------------------------------------------------------------------------


def tried(path, tmp_path):
    return list(layouts.read(path, How("M"), mappings=mapping.load_folder(tmp_path / "mappings")))


def test_a_kept_mapping_is_tried_on_what_no_layout_can_read(tmp_path):
    toml(tmp_path, PLAIN)
    [part] = tried(table(tmp_path, HEADINGS, ["A-1", "清掃", "R7.4.1"]), tmp_path)
    assert part.layout == "mapping:office"
    [own] = tried(table(tmp_path, ["契約番号", "契約名称", "契約締結日"], ["A", "b", "R7.4.1"], name="x.csv"), tmp_path)
    assert own.layout == "interchange"


def test_a_table_that_looks_like_ours_but_lacks_a_heading_is_read_by_the_mapping(tmp_path):
    toml(
        tmp_path, '[columns]\ncontract_id = "契約番号"\ntitle = "件名"\nsigned_on = "契約締結日"\namount = "契約金額"\n'
    )
    path = table(tmp_path, ["契約番号", "件名", "契約締結日", "契約金額"], ["A", "b", "R7.4.1", "1"])
    [plain] = layouts.read(path, How("M"))
    assert isinstance(plain, Unreadable)
    [part] = tried(path, tmp_path)
    assert part.layout == "mapping:office"


def test_of_two_that_fit_the_one_with_more_columns_reads_and_it_is_said(tmp_path):
    toml(tmp_path, PLAIN, "less")
    toml(tmp_path, PLAIN + 'amount = "額"\n', "more")
    [part] = tried(table(tmp_path, [*HEADINGS, "額"], ["A-1", "清掃", "R7.4.1", "1"]), tmp_path)
    assert part.layout == "mapping:more"
    assert "「less」も合います" in part.note


def test_two_that_fit_equally_well_are_refused(tmp_path):
    toml(tmp_path, PLAIN, "a")
    toml(tmp_path, PLAIN, "b")
    [found] = tried(table(tmp_path, HEADINGS, ["A-1", "清掃", "R7.4.1"]), tmp_path)
    assert isinstance(found, Unreadable)
    assert "「a」「b」" in found.reason


def test_a_mapping_that_stops_fitting_is_named_with_the_heading_that_is_gone(tmp_path):
    toml(tmp_path, PLAIN)
    [found] = tried(table(tmp_path, ["番", "件名", "契約年月日"], ["A-1", "清掃", "R7.4.1"]), tmp_path)
    assert found.reason == "対応表「office」の見出し「契約日」（近い見出し「契約年月日」）がありません。"
    path = table(tmp_path, ["い", "ろ"], ["1", "2"])
    [asked] = layouts.read(path, How("M", mapping=tmp_path / "mappings" / "office.toml"))
    assert "「番」、「件名」、「契約日」" in asked.reason


def test_a_mapping_may_be_of_one_sheet_and_the_others_are_not_asked_for(tmp_path):
    rows = [HEADINGS, ["A-1", "清掃", "R7.4.1"]]
    path = workbook(tmp_path, {"表紙": [["契約一覧"]], "一覧": rows, "控え": rows})
    [part] = layouts.read(path, How("M", mapping=toml(tmp_path, 'sheet = "一覧"\n' + PLAIN)))
    assert part.source == "export.xlsx[一覧]"
    found = list(layouts.read(path, How("M", mapping=toml(tmp_path, PLAIN))))
    assert [item.source for item in found] == ["export.xlsx[表紙]", "export.xlsx[一覧]", "export.xlsx[控え]"]


def test_days_and_numbers_of_excel_are_read(tmp_path):
    text = PLAIN + 'amount = "額"\n[units]\namount = "千円"\n'
    path = workbook(tmp_path, {"一覧": [[*HEADINGS, "額"], ["A-1", "清掃", date(2025, 4, 1), 12.5]]})
    [part] = layouts.read(path, How("M", mapping=toml(tmp_path, text)))
    [row] = part.rows
    assert (row.values["signed_on"], row.values["amount"], row.original["amount"]) == (date(2025, 4, 1), 12_500, "12.5")


FORM = ["物品役務等の名称及び数量", "契約を締結した日", "契約の相手方の商号又は名称", "契約金額", "予定価格"]
CELLS = ["清掃 一式", "令和7年4月1日", "㈱甲", "1000", "2000"]
KEPT = """number_from = ["signed_on", "title"]
[columns]
title = "物品役務等の名称及び数量"
signed_on = "契約を締結した日"
vendors = "契約の相手方の商号又は名称"
amount = "契約金額"
"""


def test_a_mapping_that_a_person_has_kept_comes_before_a_layout_that_guesses(tmp_path):
    path = table(tmp_path, FORM, CELLS)
    assert {part.layout for part in layouts.read(path, How("M"))} == {"forms"}
    toml(tmp_path, KEPT)
    assert [part.layout for part in tried(path, tmp_path)] == ["mapping:office"]


def test_what_a_kept_mapping_no_longer_fits_is_not_read_another_way(tmp_path):
    toml(tmp_path, KEPT)
    path = table(tmp_path, [FORM[0], "契約日", *FORM[2:]], CELLS)
    [found] = tried(path, tmp_path)
    assert "対応表「office」の見出し「契約を締結した日」" in found.reason
    assert "--layout forms" in found.reason
    [part] = layouts.read(path, How("M", layout="forms"), mappings=mapping.load_folder(tmp_path / "mappings"))
    assert part.layout == "forms"


# --- what is wrong in the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[columns]\n" + 'title = "件名"\n', "columns.contract_id: is missing; expected the heading of 「契約番号」 or number_from"),
        (PLAIN + 'titel = "名"\n', "columns.titel: contracts (契約) has no column 'titel'; did you mean 'title'?"),
        (PLAIN + '"予定価格" = "名"\n', "has no column '予定価格'; did you mean 'estimated_price'?"),
        (PLAIN + 'amount = 3\n', "columns.amount: found 3, expected a text in quotes"),
        (PLAIN + 'amount = " "\n', "columns.amount: found an empty heading"),
        (PLAIN + 'amount = "件 名"\n', "columns.amount: '件 名' is already title; expected each heading once"),
        ('tables = "contracts"\n' + PLAIN, "tables: unknown key; did you mean 'table'?"),
        ('table = "contract"\n' + PLAIN, "table: found 'contract'; did you mean 'contracts'?"),
        ("heading_rows = 3\n" + PLAIN, "heading_rows: found 3, expected 1 or 2"),
        ('heading_rows = "1"\n' + PLAIN, "heading_rows: found '1', expected 1 or 2"),
        ('ignore = "備考"\n' + PLAIN, "ignore: found '備考', expected a list"),
        ("ignore = [1]\n" + PLAIN, "ignore: found 1, expected texts in quotes"),
        ('ignore = ["件名"]\n' + PLAIN, "ignore: '件名' stands in [columns] as well"),
        ('number_from = ["signed_on", "title"]\n' + PLAIN, "number_from: contract_id is given as well"),
        ('number_from = ["title"]\n' + PLAIN, 'number_from: expected "signed_on" and other columns'),
        (PLAIN + '[units]\namount = "ドル"\n', "units.amount: found 'ドル', expected one of 円, 千円"),
        (PLAIN + '[units]\ntitle = "千円"\n', "units.title: is no column of yen"),
        (PLAIN + '[values]\ntitle = "清掃"\n', "values.title: has a heading in [columns] as well"),
        (PLAIN + '[values]\ncategory = "業務"\n', "values.category: found '業務', expected one of 工事"),
        (PLAIN + '[means.method]\n"一般" = "一般競走"\n', "(did you mean '一般競争'?)"),
        (PLAIN + '[means]\nmethod = "一般"\n', "means.method: found '一般', expected a section [means.method]"),
        (PLAIN + '[means.method]\n"一般" = 1\n', "found 1, expected a text in quotes"),
        ('table = "contracts"\n', "columns: is missing; expected lines such as"),
        ("columns = 1\n", "columns: found 1, expected a section [columns]"),
        ("[columns\n", "not readable as TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_with_file_key_found_and_expected(tmp_path, text, sentence):
    path = toml(tmp_path, text)
    with pytest.raises(Problem) as told:
        mapping.load(path)
    assert [line for line in told.value.sentences if sentence in line]
    assert all(line.startswith(f"{path}: ") and "\n" not in line for line in told.value.sentences)


def test_a_file_that_is_not_there_or_no_text_is_one_sentence(tmp_path):
    with pytest.raises(Problem, match="there is no such file"):
        mapping.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff")
    with pytest.raises(Problem, match="not UTF-8"):
        mapping.load(tmp_path / "bad.toml")
    with pytest.raises(Problem, match="there is no folder"):
        mapping.load_folder(tmp_path / "none")


def test_every_mistake_of_a_folder_is_told(tmp_path):
    toml(tmp_path, "[columns\n", "a")
    toml(tmp_path, "", "b")
    with pytest.raises(Problem) as told:
        mapping.load_folder(tmp_path / "mappings")
    assert len(told.value.sentences) == 2


def test_who_sorts_the_headings_too_is_told_of_the_rows_above_them(tmp_path):
    part = read(tmp_path, PLAIN, ["契約一覧"], ["A-1", "清掃", "R7.4.1"], HEADINGS, ["A-2", "警備", "R7.4.2"])
    above, below = sorted(part.rows, key=lambda row: row.line)
    assert isinstance(above, BadRow)
    assert (above.line, list(above.cells.values())[-3:]) == (2, ["A-1", "清掃", "R7.4.1"])
    assert "見出しの行より上" in above.reason
    assert below.values["contract_id"] == "A-2"


def test_what_stands_alone_in_its_row_below_a_row_of_the_table_is_no_title(tmp_path):
    above = (["契約一覧"], ["A-1", "清掃", "R7.4.1"], ["A-2"])
    part = read(tmp_path, PLAIN, *above, HEADINGS, ["A-3", "警備", "R7.4.2"])
    assert sorted(row.line for row in part.rows if isinstance(row, BadRow)) == [2, 3]
