"""The interchange format: which table a sheet is, which column a heading, which row goes to quarantine."""

import zipfile
from dataclasses import dataclass
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import ledger
from monitor.intake import interchange, layouts
from monitor.intake.cells import Memory
from monitor.intake.headings import layout_of
from monitor.intake.how import How
from monitor.intake.reading import Reading
from monitor.intake.rows import BadRow, CellError, Part, Row, Unreadable
from monitor.intake.sheets import Record, batches

CONTRACT = {"organization": "X", "contract_id": "A-1", "title": "清掃業務", "signed_on": "2025-04-01"}


def write(path, rows, encoding="utf-8"):
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding=encoding)
    return path


def part(path, **options):
    [found] = layouts.read(path, How(**options))
    assert isinstance(found, Part), found
    return found


def rows(path, **options):
    return list(part(path, **options).rows)


def row(tmp_path, values, name="contracts.csv", **options):
    [found] = rows(write(tmp_path / name, [list(values), list(values.values())]), **options)
    return found


def unreadable(path, **options):
    [found] = layouts.read(path, How(**options))
    assert isinstance(found, Unreadable), found
    return found.reason


# --- tables and headings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["contracts", "CONTRACTS", "契約", " 契約 "])
def test_a_table_is_known_by_the_name_of_its_file(tmp_path, name):
    assert part(write(tmp_path / f"{name}.csv", [list(CONTRACT)])).table == "contracts"


def test_titles_may_stand_above_headings_that_are_all_ours(tmp_path):
    ours = [list(CONTRACT), list(CONTRACT.values())]
    titles = [["令和7年度　契約一覧", "", "", ""], ["", "", "", ""], ["", "", "作成日", "2025-06-01"]]
    [found] = rows(write(tmp_path / "ours.csv", [titles[0], *ours]))
    assert (found.line, found.values["contract_id"]) == (3, "A-1")
    [found] = layouts.read(write(tmp_path / "two.csv", [*titles, *ours]), How())
    assert isinstance(found, Unreadable)  # half of a row is filled above: it may be a row of a table sorted anew


@pytest.mark.parametrize("table", list(ledger.TABLES.values()), ids=list(ledger.TABLES))
@pytest.mark.parametrize("language", ["name", "heading"])
def test_a_table_is_known_by_its_headings_in_either_language(tmp_path, table, language):
    headings = [getattr(column, language) for column in table.columns]
    found = part(write(tmp_path / "export.csv", [headings]))
    assert found.table == table.name
    assert found.columns == {column.name for column in table.columns}
    assert found.unknown == ()


@pytest.mark.parametrize("table", list(ledger.TABLES.values()), ids=list(ledger.TABLES))
def test_a_table_is_known_by_its_required_headings_alone(tmp_path, table):
    headings = [column.heading for column in table.columns if column.required]
    assert part(write(tmp_path / "export.csv", [headings])).table == table.name


def test_headings_are_tolerant_of_width_space_line_breaks_and_other_names(tmp_path):
    headings = [
        "契約番号",
        '"契 約\n名称"',
        "　契約締結日",
        "落札決定日（相手方決定日）",
        "契約の相手方の名称",
        "ＵＲＬ",
    ]
    found = part(write(tmp_path / "x.csv", [headings]), organization="X")
    assert found.columns == {"organization", "contract_id", "title", "signed_on", "awarded_on", "vendors"}
    assert found.unknown == ("ＵＲＬ",)


def test_the_order_of_columns_is_free_and_unknown_ones_are_kept(tmp_path):
    found = row(tmp_path, {"メモ": "至急", "空": "", **dict(reversed(CONTRACT.items()))})
    assert found.other == {"メモ": "至急"}
    assert found.values == {**CONTRACT, "signed_on": date(2025, 4, 1)}


def test_what_stands_below_no_heading_is_kept_too(tmp_path):
    path = write(
        tmp_path / "contracts.csv",
        [[*CONTRACT, "", " "], [*CONTRACT.values(), "", "至急"], [*CONTRACT.values(), "", ""]],
    )
    first, second = rows(path)
    assert (first.other, second.other) == ({f"{len(CONTRACT) + 2}列目": "至急"}, {})
    assert part(path).unknown == ()


@pytest.mark.parametrize("name", ["contracts.csv", "export.csv"])
def test_a_missing_heading_is_named_in_both_languages(tmp_path, name):
    reason = unreadable(write(tmp_path / name, [["機関コード", "契約番号", "契約名称", "契約金額", "契約方式"]]))
    assert reason.startswith("契約の表に必要な見出し「契約締結日」（signed_on）がありません")


@pytest.mark.parametrize("again", ["契約番号", "contract_id", "契約 番号"])
def test_the_same_heading_twice_is_refused(tmp_path, again):
    assert "二つあります" in unreadable(write(tmp_path / "contracts.csv", [["契約番号", *CONTRACT, again]]))


def test_the_same_unknown_heading_twice_is_refused(tmp_path):
    assert "「メモ」" in unreadable(write(tmp_path / "contracts.csv", [[*CONTRACT, "メモ", "メモ"]]))


def test_a_file_that_is_no_table_is_told_with_what_was_seen_and_expected(tmp_path):
    reason = unreadable(write(tmp_path / "export.csv", [["氏名", "電話"], ["a", "b"]]))
    assert "「氏名」「電話」" in reason
    assert "契約番号、契約名称、契約締結日" in reason


def test_a_file_of_blank_lines_is_empty(tmp_path):
    for name in ("contracts.csv", "export.csv"):
        (tmp_path / name).write_text("\n\n ,\n", encoding="utf-8")
        assert "空" in unreadable(tmp_path / name)


def test_the_organization_may_be_given_where_the_file_does_not_say(tmp_path):
    without = {name: value for name, value in CONTRACT.items() if name != "organization"}
    assert "機関コード" in unreadable(write(tmp_path / "contracts.csv", [list(without)]))
    assert row(tmp_path, without, organization="Y").values["organization"] == "Y"
    assert row(tmp_path, {**CONTRACT, "organization": ""}, organization="Y").values["organization"] == "Y"
    assert row(tmp_path, CONTRACT, organization="Y").values["organization"] == "X"


# --- rows ---------------------------------------------------------------------------------------------------------


def test_blank_is_none_and_absent_is_no_key(tmp_path):
    found = row(tmp_path, {**CONTRACT, "amount": "", "row_kind": ""})
    assert found.values["amount"] is None
    assert found.values["row_kind"] is None
    assert "estimated_price" not in found.values


def test_a_short_row_has_blank_cells_at_its_end(tmp_path):
    found = rows(write(tmp_path / "contracts.csv", [[*CONTRACT, "amount", "remarks"], [*CONTRACT.values(), "5"]]))
    assert (found[0].values["amount"], found[0].values["remarks"]) == (5, None)


def test_the_cells_text_is_kept_where_the_value_is_written_differently(tmp_path):
    values = {**CONTRACT, "signed_on": "R7.4.1", "amount": "￥1234", "unit_price": "○", "estimated_price": "2000"}
    assert row(tmp_path, values).original == {"signed_on": "R7.4.1", "amount": "￥1234", "unit_price": "○"}


def test_the_line_is_the_first_physical_line_of_the_row(tmp_path):
    path = write(
        tmp_path / "contracts.csv",
        [list(CONTRACT), ["X", "A-1", '"清掃\n業務"', "2025-04-01"], [""], list(CONTRACT.values())],
    )
    assert [found.line for found in rows(path)] == [2, 5]


def test_blank_rows_are_skipped(tmp_path):
    path = write(tmp_path / "contracts.csv", [list(CONTRACT), [""], ["", "", "　", ""], list(CONTRACT.values())])
    assert len(rows(path)) == 1


def test_a_blank_medium_is_the_web(tmp_path):
    values = {"organization": "X", "contract_id": "A-1", "kind": "結果", "medium": ""}
    assert row(tmp_path, values, "publications.csv").values["medium"] == "ウェブ"
    del values["medium"]
    assert row(tmp_path, values, "publications.csv").values["medium"] == "ウェブ"
    assert row(tmp_path, values | {"medium": "閲覧"}, "publications.csv").values["medium"] == "閲覧"


def test_a_row_that_changes_another_is_a_change_unless_it_says_otherwise(tmp_path):
    changing = {**CONTRACT, "change_of": "A-0"}
    assert row(tmp_path, changing).values["row_kind"] == "変更"
    assert row(tmp_path, {**changing, "row_kind": ""}).values["row_kind"] == "変更"
    assert row(tmp_path, {**changing, "row_kind": "契約"}).values["row_kind"] == "契約"
    assert row(tmp_path, {**changing, "change_of": ""}).values["row_kind"] is None


def test_every_row_has_exactly_the_columns_of_its_part(tmp_path):
    for name, values in {
        "contracts.csv": {**CONTRACT, "change_of": ""},
        "publications.csv": {"contract_id": "A-1", "kind": "結果"},
    }.items():
        found = part(write(tmp_path / name, [list(values), list(values.values())]), organization="X")
        assert [set(item.values) for item in found.rows] == [set(found.columns)]


# --- quarantine ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("signed_on", "令和1年4月30日", "令和は2019年5月1日からです"),
        ("signed_on", "2025-02-30", "暦にない日付"),
        ("signed_on", "", "空欄です"),
        ("amount", "約百万円", "約百万円"),
        ("vendor_numbers", "8000012050002", "検査数字"),
        ("vendors", "<script>alert('x')</script>" * 120, "3,240文字"),
        ("method", "随意", "「随意契約」でしょうか"),
    ],
)
def test_a_bad_cell_sends_its_row_to_quarantine_whole(tmp_path, column, cell, reason):
    values = {**CONTRACT, column: cell}
    found = row(tmp_path, values)
    assert isinstance(found, BadRow)
    assert (found.table, found.line, found.column, found.value) == ("contracts", 2, column, cell)
    assert reason in found.reason
    assert (found.organization, found.row_key) == ("X", "A-1")
    assert found.cells == values


def test_the_heading_is_named_as_in_the_file(tmp_path):
    found = row(tmp_path, {"契約番号": "A-1", "契 約名称": "", "契約締結日": "R7.4.1"}, organization="X")
    assert found.column == "契 約名称"
    assert found.cells["機関コード"] == "X"


def test_the_rest_is_read(tmp_path):
    good, bad = list(CONTRACT.values()), ["X", "A-2", "x", "未定"]
    found = rows(write(tmp_path / "contracts.csv", [list(CONTRACT), bad, good, bad, good]))
    assert [type(item) for item in found] == [BadRow, Row, BadRow, Row]


def test_all_bad_cells_of_a_row_are_named_at_once(tmp_path):
    found = row(tmp_path, {**CONTRACT, "signed_on": "x", "amount": "y", "bidders": "z"})
    assert found.column == "signed_on"
    assert "ほかに「amount」「bidders」も読めません" in found.reason


def test_a_row_whose_key_cannot_be_read_has_none(tmp_path):
    found = row(tmp_path, {**CONTRACT, "contract_id": ""})
    assert (found.row_key, found.organization) == ("", "X")


def test_a_key_of_several_parts_is_joined(tmp_path):
    values = {
        "organization": "X",
        "contract_id": "A-1",
        "event": "検査",
        "occurred_on": "R7.4.1",
        "reference": "",
        "amount": "?",
    }
    assert row(tmp_path, values, "events.csv").row_key == "A-1 / 検査 /  / 2025-04-01"


def test_a_row_with_more_cells_than_headings_is_bad(tmp_path):
    path = write(
        tmp_path / "contracts.csv", [list(CONTRACT), [*CONTRACT.values(), "余り", ""], [*CONTRACT.values(), "", ""]]
    )
    bad, good = rows(path)
    assert "セルが6個あり、見出しの4個より多い" in bad.reason
    assert (bad.value, bad.cells["5列目"], bad.row_key) == ("余り", "余り", "")
    assert isinstance(good, Row)


def test_a_line_with_broken_quotes_is_bad_and_the_rest_is_read(tmp_path):
    path = write(
        tmp_path / "contracts.csv", [list(CONTRACT), ["X", "A-1", '"清掃', "2025-04-01"], list(CONTRACT.values())]
    )
    bad, good = rows(path)
    assert "引用符" in bad.reason
    assert "清掃" in "".join(bad.cells.values())
    assert good.line == 3


def test_what_was_quarantined_can_be_mended_and_read_again(tmp_path):
    bad = row(tmp_path, {"契約番号": "A-1", "契約名称": "a", "契約締結日": "2025-02-30"}, organization="X")
    mended = row(tmp_path, {**bad.cells, "契約締結日": "2025-02-28"})
    assert mended.values == {"organization": "X", "contract_id": "A-1", "title": "a", "signed_on": date(2025, 2, 28)}


# --- Excel and zip ------------------------------------------------------------------------------------------------


def excel(path, pages):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in pages.items():
        page = book.create_sheet(name)
        for line in content:
            page.append(line)
    return book, path


def test_a_workbook_is_read_by_its_sheets_organizations_first(tmp_path):
    book, path = excel(
        tmp_path / "ledger.xlsx",
        {
            "事象": [["機関コード", "契約番号", "事象", "日付"], ["X", 20250001, "検査", date(2025, 4, 1)]],
            "契約": [
                ["機関コード", "契約番号", "契約名称", "契約締結日", "契約金額"],
                ["X", 20250001, "清掃", date(2025, 4, 1), 1234567],
            ],
            "機関": [["機関コード", "機関名", "規程"], ["X", "模擬市", "municipality"]],
        },
    )
    book.save(path)
    found = list(layouts.read(path))
    assert [item.table for item in found] == ["organizations", "contracts", "events"]
    assert [item.total for item in found] == [1, 1, 1]
    [contract] = found[1].rows
    assert contract.values == {
        "organization": "X", "contract_id": "20250001", "title": "清掃", "signed_on": date(2025, 4, 1), "amount": 1234567,
    }  # fmt: skip
    assert contract.original == {}


def test_percent_cells_of_excel_are_read_by_their_format(tmp_path):
    headings = ["機関コード", "契約番号", "相手方", "期間終了日", "基準率", "表明率"]
    lines = [
        ["X", f"A-{i}", "a", date(2026, 3, 31), *rates]
        for i, rates in enumerate([(0.015, 0.025), (1.5, 2.5), (0.12, "3%")])
    ]
    book, path = excel(tmp_path / "wage_declarations.xlsx", {"Sheet1": [headings, *lines]})
    for cell in ("E2", "F2", "E4"):
        book.active[cell].number_format = "0.0%"
    book.save(path)
    found = rows(path)
    assert [(item.values["required_rate"], item.values["declared_rate"]) for item in found] == [
        ("1.5", "2.5"), ("1.5", "2.5"), ("12", "3"),
    ]  # fmt: skip


def test_a_small_number_without_percent_format_goes_to_quarantine(tmp_path):
    headings = ["機関コード", "契約番号", "相手方", "期間終了日", "表明率"]
    book, path = excel(tmp_path / "賃上げ表明.xlsx", {"Sheet1": [headings, ["X", "A", "a", date(2026, 3, 31), 0.025]]})
    book.save(path)
    [found] = rows(path)
    assert (found.column, found.value) == ("表明率", "0.025")
    assert "%の値か割合" in found.reason


def test_a_hidden_sheet_that_is_no_table_is_passed_over_and_a_visible_one_is_told(tmp_path):
    book, path = excel(tmp_path / "l.xlsx", {"contracts": [list(CONTRACT)], "選択肢": [["契約"]], "使い方": [["説明"]]})
    book["選択肢"].sheet_state = "hidden"
    book.save(path)
    found = list(layouts.read(path))
    assert [type(item).__name__ for item in found] == ["Unreadable", "Part"]
    assert found[0].source == "l.xlsx[使い方]"


def test_a_folder_and_a_zip_of_it_say_the_same(tmp_path):
    folder = tmp_path / "ledger"
    folder.mkdir()
    write(folder / "契約.csv", [list(CONTRACT), list(CONTRACT.values())], "cp932")
    write(
        folder / "organizations.csv",
        [["organization", "name", "rulebook"], ["X", "模擬市", "municipality"]],
        "utf-8-sig",
    )
    with zipfile.ZipFile(tmp_path / "ledger.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"ledger/{path.name}")
    said = [
        [(item.table, item.columns, list(item.rows)) for item in layouts.read(path)]
        for path in (folder, tmp_path / "ledger.zip")
    ]
    assert said[0] == said[1]
    assert [table for table, _, _ in said[0]] == ["organizations", "contracts"]


def test_every_table_has_its_japanese_name():
    assert list(ledger.JAPANESE) == list(ledger.TABLES)


def test_rows_are_read_as_they_are_consumed(tmp_path):
    path = write(tmp_path / "contracts.csv", [list(CONTRACT), *[list(CONTRACT.values())] * 5000])
    found = part(path)
    assert found.total == 5000
    assert next(found.rows).line == 2


# --- the quick way ------------------------------------------------------------------------------------------------

CELLS = st.sampled_from(
    ["", " ", "M", "#N/A", "#1", "2025-04-01", "令和7年4月1日", "R7.13.1", "1,000", "￥5", "007", "0", "12", "x\ny", "\t甲 ",
     "㈱甲", "随意契約", "随 契", "1", "○", "2.5%", "0.025", "7123456789012", "a" * 65, "9" * 19, "²", None, 1, True, 2.5,
     date(2025, 4, 1)]
)  # fmt: skip


@dataclass
class Rows:
    """A sheet of rows in memory."""

    made: list
    source = "contracts"
    names = ("contracts",)
    hidden = False
    total = None

    def records(self):
        return (Record(line, list(cells)) for line, cells in enumerate(self.made, 1))

    def batches(self):
        return batches(self.records())

    def is_percent(self, _line, _position, /):
        return True


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=52), max_size=6),
    st.sampled_from(list(ledger.TABLES.values())),
    st.sampled_from([None, "M"]),
)
def test_a_row_is_read_the_same_whether_its_cells_are_remembered_or_read_one_by_one(made, table, organization):
    headings = [column.heading for column in table.columns] + ["知らない見出し"]
    sheet = Rows([headings, *made, *made])
    sheet.names = (table.name,)
    [found] = interchange.read(sheet, How(organization))
    _, layout = layout_of(table, headings, organization)
    plain = [
        interchange._row(interchange._read(sheet, layout, organization, record), layout, organization, record)
        for record in [*sheet.records()][1:]
        if not record.blank
    ]
    assert list(found.rows) == plain


@given(st.sampled_from(list(ledger.TABLES.values())), st.lists(CELLS, min_size=1, max_size=8))
def test_a_remembered_cell_is_what_a_read_one_is(table, made):
    for column in table.columns:
        memory = Memory(column)
        for cell in made * 2:
            reading = Reading(table, 2)
            reading.cell(column, column.heading, cell)
            if isinstance(cell, bool):
                continue  # True and 1 are one key: _Quick reads such cells one by one
            try:
                value = memory.one(cell)
            except CellError:
                assert reading.failures or not isinstance(cell, str | None)
            else:
                assert ({column.name: value}, {column.name: memory.own[cell]} if cell in memory.own else {}) == (
                    reading.values,
                    reading.original,
                )
                assert type(value) is type(reading.values[column.name])
