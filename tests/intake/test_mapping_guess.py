"""What ``keiyaku map`` proposes for tables that nobody has described."""

import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import ledger
from monitor.intake import files, forms_words, layouts, mapping_guess, mapping_profile, mapping_toml
from monitor.intake.cells import text
from monitor.intake.headings import heading_key
from monitor.intake.how import How
from monitor.intake.mapping import load
from monitor.intake.mapping_words import CALLED
from monitor.intake.rows import BadRow, Row
from monitor.problems import Problem
from tests.intake.offices import COMPANIES, OFFICES, PEOPLE, SECTIONS, TITLES, number_13
from tests.test_cli import keiyaku
from tests.test_cli import office as office  # noqa: PLC0414  # a fixture


def proposal(path, table="contracts", sheet=None):
    return mapping_guess.propose_best([*files.sheets(path)], ledger.TABLES[table], sheet)


def of(path):
    """Heading → the columns that are proposed for sure."""
    return {
        each.heading: "+".join(column.name for column in each.columns) if each.sure else ""
        for each in proposal(path).proposed
    }


@pytest.mark.parametrize("table", OFFICES, ids=[table.name for table in OFFICES])
def test_the_columns_of_an_office_s_own_table_are_found(tmp_path, table):
    found = proposal(table.write(tmp_path))
    assert found.headings.rows == len(table.headings)
    assert [
        (each.heading, "+".join(column.name for column in each.columns) if each.sure else "") for each in found.proposed
    ] == list(zip((name for name in found.headings.names if name), table.truth, strict=True))


@pytest.mark.parametrize("table", OFFICES, ids=[table.name for table in OFFICES])
def test_a_proposal_is_read_as_it_is_or_says_what_is_missing_and_no_row_is_lost(tmp_path, table):
    path = table.write(tmp_path)
    text, missing = mapping_toml.toml(proposal(path)), proposal(path).missing
    (tmp_path / "m.toml").write_text(text, encoding="utf-8")
    how = How("M", mapping=tmp_path / "m.toml")
    if missing:
        assert [column.name for column in missing] == ["signed_on"]
        assert '# signed_on = ""  # 契約締結日（必須）: 見つかりません' in text
        with pytest.raises(Problem, match="columns.signed_on: is missing"):
            layouts.read(path, how)
        return
    [part] = layouts.read(path, how)
    assert len(list(part.rows)) == len(table.rows)


@pytest.mark.parametrize("table", OFFICES, ids=[table.name for table in OFFICES])
def test_nobody_s_name_is_shown(tmp_path, table):
    found = proposal(table.write(tmp_path))
    told = mapping_toml.toml(found) + str(mapping_toml.table(found))
    assert not [person for person in PEOPLE if person in told or person.split()[0] + person.split()[1] in told]
    assert "000-000-0000" not in told


def write(tmp_path, *rows, name="x.csv"):
    with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return tmp_path / name


def test_a_vendor_that_may_be_a_person_is_not_shown(tmp_path):
    rows = [
        [f"A{n}", "清掃業務", "R7.4.1", name]
        for n, name in enumerate(("模擬 太郎", "見本花子", "㈱甲 代表取締役 仮名次郎"))
    ]
    text = mapping_toml.toml(proposal(write(tmp_path, ["契約番号", "件名", "契約日", "契約者"], *rows)))
    assert 'vendors = "契約者"' in text
    assert not [name for name in ("模擬", "見本", "仮名") if name in text]
    assert "㈱甲" in text


def test_a_person_in_a_department_s_cell_is_not_shown(tmp_path):
    rows = [[f"A{n}", "清掃業務", "R7.4.1", f"総務課 模擬 太郎{n}"] for n in range(3)]
    text = mapping_toml.toml(proposal(write(tmp_path, ["契約番号", "件名", "契約日", "課名"], *rows)))
    assert "模擬" not in text


def test_a_running_number_is_no_contract_s(tmp_path):
    rows = [[n + 1, f"清掃業務{n}", "R7.4.1", "㈱甲"] for n in range(9)]
    found = proposal(write(tmp_path, ["契約番号", "件名", "契約日", "業者名"], *rows))
    assert "contract_id" not in found.found
    assert found.number_from == ("signed_on", "title", "vendors")


def test_a_sum_without_tax_is_not_taken_for_one_with_tax(tmp_path):
    rows = [[f"A{n}", f"清掃業務{n}", "R7.4.1", 10_000 + n] for n in range(9)]
    text = mapping_toml.toml(proposal(write(tmp_path, ["契約番号", "件名", "契約日", "契約金額(税抜)"], *rows)))
    assert '# amount = "契約金額(税抜)"' in text
    assert "← 正しければ先頭の # を外します" in text


def test_the_other_side_s_number_is_not_the_vendor_s(tmp_path):
    rows = [[f"A{n}", f"清掃業務{n}", "R7.4.1", number_13(1000 + n), number_13(2000 + n)] for n in range(9)]
    found = of(write(tmp_path, ["契約番号", "件名", "契約日", "発注者の法人番号", "相手方番号"], *rows))
    assert (found["発注者の法人番号"], found["相手方番号"]) == ("", "vendor_numbers")


def test_thousands_are_seen_above_the_table_or_in_the_heading(tmp_path):
    rows = [[f"A{n}", f"清掃業務{n}", "R7.4.1", 1000 + n, 2000 + n] for n in range(9)]
    text = mapping_toml.toml(
        proposal(
            write(
                tmp_path,
                ["", "", "", "（単位：千円）"],
                ["契約番号", "件名", "契約日", "契約金額", "予定価格（円）"],
                *rows,
            )
        )
    )
    assert '[units]  # 円でない金額の単位（千円、万円、百万円）\namount = "千円"\n' in text
    assert 'estimated_price = "千円"' not in text


def test_words_that_are_not_known_are_left_to_a_person(tmp_path):
    rows = [[f"A{n}", f"清掃業務{n}", "R7.4.1", word] for n, word in enumerate(("一般", "随契", "その他方式", "一般"))]
    text = mapping_toml.toml(proposal(write(tmp_path, ["契約番号", "件名", "契約日", "契約方法"], *rows)))
    assert '"一般" = "一般競争"\n"随契" = "随意契約"\n# "その他方式" = ""' in text


@pytest.mark.parametrize(
    ("word", "method"),
    [
        (
            "オープンカウンター方式",
            "随意契約",
        ),  # quotes that anybody may hand in: config/award-codes.yaml has it so too
        ("公募型競争入札", "指名競争"),
        ("簡易公募型競争", "指名競争"),
        ("公募型指名競争入札", "指名競争"),
        ("公募型プロポーザル", "企画競争"),
        ("一般", "一般競争"),
        ("制限付一般競争入札", "一般競争"),
    ],
)
def test_a_word_for_a_method_means_what_it_means_in_a_published_register(word, method):
    column = ledger.CONTRACTS.by_name["method"]
    assert mapping_profile.choice(column, word) == method
    assert forms_words.method(word) in (method, None)


@pytest.mark.parametrize(
    ("table", "headings", "row", "wanted"),
    [
        ("publications", ["契約番号", "公表種別", "公表媒体", "公表年月日"], ["A-1", "結果", "ウェブ", "R7.4.1"], {"contract_id", "kind", "medium", "published_on"}),
        ("subcontracts", ["契約番号", "再委託番号", "再委託先", "再委託金額", "承諾日"], ["A-1", "1号", "㈱甲", "1000", "R7.4.1"], {"contract_id", "subcontract_id", "subcontractor", "amount", "approved_on"}),
        ("events", ["契約番号", "処理", "年月日", "支払額"], ["A-1", "支払", "R7.4.1", "1000"], {"contract_id", "event", "occurred_on", "amount"}),
        ("vendor_sanctions", ["商号", "措置", "措置開始日", "措置終了日"], ["㈱甲", "指名停止", "R7.4.1", "R7.5.1"], {"vendor", "kind", "starts_on", "ends_on"}),
    ],
)  # fmt: skip
def test_other_tables_can_be_mapped(tmp_path, table, headings, row, wanted):
    found = proposal(write(tmp_path, headings, row, row, row), table)
    assert wanted <= found.found
    assert not found.missing


def test_a_file_without_headings_is_one_sentence(tmp_path):
    with pytest.raises(Problem, match="no row of headings"):
        proposal(write(tmp_path, ["1"], ["2"]))


_JUNK = st.one_of(
    st.none(), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False), st.booleans(),
    st.dates(), st.sampled_from(["－", "合計", "※注", "#N/A", "R7.2.30", "R7.4.1～", "㈱甲 1", "1,5", "=1+1", "\n", "　"]),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(OFFICES), st.lists(st.tuples(st.integers(0, 23), st.integers(0, 14), _JUNK), max_size=40))
def test_whatever_stands_in_the_cells_no_row_is_lost(table, junk):
    rows = [[*row] for row in table.rows]
    for line, at, cell in junk:
        rows[line][at % len(rows[line])] = cell
    with tempfile.TemporaryDirectory() as folder:
        lines = [*table.above, *table.headings, *([("" if cell is None else cell) for cell in row] for row in rows)]
        path, mapping = write(Path(folder), *lines), Path(folder) / "m.toml"
        found = proposal(path)
        mapping.write_text(mapping_toml.toml(found), encoding="utf-8")
        if found.missing:
            return
        [part] = layouts.read(path, How("M", mapping=mapping))
        read = [row.line for row in part.rows]
        [sheet] = files.sheets(path)
        below = [record for record in sheet.records() if record.line > found.headings.line]
        skip = load(mapping).skip
    firsts = [
        (record, next((text(cell).strip() for cell in record.cells if text(cell).strip()), "")) for record in below
    ]
    assert read == [record.line for record, first in firsts if first and not (skip and first.startswith(skip))]


# --- a ledger under other headings --------------------------------------------------------------------------------

_OWN = {
    heading_key(word) for column in ledger.CONTRACTS.columns for word in (column.name, column.heading, *column.also)
}
_ALL = [heading_key(word) for words in CALLED["contracts"].values() for word in words.split()]
_VALUES = {
    "contract_id": st.integers(0, 10**6).map(lambda n: f"契-{n:06d}"),
    "title": st.sampled_from(TITLES).flatmap(lambda title: st.integers(1, 999).map(lambda n: f"{title}第{n}号")),
    "department": st.sampled_from(SECTIONS),
    "method": st.sampled_from(["一般競争", "指名競争", "随意契約"]),
    "signed_on": st.integers(1, 28).map(lambda day: f"R7.4.{day}"),
    "awarded_on": st.integers(1, 28).map(lambda day: f"2025-04-{day:02d}"),
    "ends_on": st.integers(1, 28).map(lambda day: f"令和8年3月{day}日"),
    "estimated_price": st.integers(10**5, 10**8).map(lambda yen: f"{yen:,}"),
    "amount": st.integers(10**5, 10**8).map(str),
    "vendors": st.sampled_from([name for name, _, _ in COMPANIES]),
    "vendor_numbers": st.integers(10**11, 10**12 - 1).map(number_13),
    "bidders": st.integers(1, 9).map(str),
}
_NOT_ALONE = {
    "契約内容",
    "name",
    "date",
    "発注先",
    "納期",
    "契約の相手方の氏名及び住所",
}  # said of other columns as well
_WORDS = {
    name: [
        word
        for word in (*CALLED["contracts"][name].split(), ledger.CONTRACTS.by_name[name].heading)
        if _ALL.count(heading_key(word)) < 2 and word not in _NOT_ALONE and "住所" not in word and "期間" not in word
    ]
    for name in _VALUES
}


@st.composite
def renamed(draw):
    """(rows under our names, heading of each column, order of the columns)."""
    names = sorted({"contract_id", "title", "signed_on"} | set(draw(st.lists(st.sampled_from(sorted(_VALUES))))))
    rows = draw(
        st.lists(st.fixed_dictionaries({name: _VALUES[name] for name in names}), min_size=6, max_size=12,
                 unique_by=lambda row: row["contract_id"])
    )  # fmt: skip
    headings = {name: draw(st.sampled_from(_WORDS[name])) for name in names}
    return rows, headings, draw(st.permutations(names))


@settings(max_examples=25, deadline=None)
@given(renamed())
def test_a_ledger_under_other_headings_in_another_order_is_the_same_ledger(made):
    rows, headings, order = made
    with tempfile.TemporaryDirectory() as folder:
        plain = write(Path(folder), order, *([row[name] for name in order] for row in rows), name="contracts.csv")
        other = write(
            Path(folder), [headings[name] for name in order], *([row[name] for name in order] for row in rows)
        )
        (Path(folder) / "m.toml").write_text(mapping_toml.toml(proposal(other)), encoding="utf-8")
        [expected] = layouts.read(plain, How("M"))
        [found] = layouts.read(other, How("M", mapping=Path(folder) / "m.toml"))
        wanted, read = list(expected.rows), list(found.rows)
        assert not [row for row in wanted + read if isinstance(row, BadRow)]
        assert [dict(row.values) for row in read if isinstance(row, Row)] == [dict(row.values) for row in wanted]


# --- the command --------------------------------------------------------------------------------------------------


def test_map_writes_a_mapping_that_import_reads_and_a_folder_keeps(office):
    path = OFFICES[0].write(office)
    done = keiyaku(office, "map", path.name, "--output", "m.toml")
    assert (done.returncode, "契約の相手方" in done.stdout, "m.toml written" in done.stderr) == (0, True, True)
    again = keiyaku(office, "map", path.name, "--output", "m.toml")
    assert (again.returncode, "not overwritten" in again.stderr) == (2, True)
    done = keiyaku(office, "import", path.name, "--organization", "M", "--mapping", "m.toml")
    assert (done.returncode, "対応表「m」で読みました" in done.stderr) == (0, True)
    (office / "kept").mkdir()
    (office / "m.toml").rename(office / "kept" / "m.toml")
    with (office / "monitor.toml").open("r+", encoding="utf-8") as file:
        text = file.read()
        file.seek(0)
        file.write(f'mappings = "kept"\n{text}')
    done = keiyaku(office, "import", path.name, "--organization", "M")
    assert (done.returncode, "対応表「m」で読みました" in done.stderr) == (0, True)


def test_map_writes_to_stdout_and_tells_on_stderr(office):
    done = keiyaku(office, "map", OFFICES[3].write(office).name)
    assert done.stdout.startswith("# 物品購入.csv（見出しは1行目）")
    assert "No column was found for signed_on (契約締結日)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("none.xlsx",), "ファイルが見つかりません"),
        (("財務会計.xlsx", "--table", "contract"), "the nearest is 'contracts'"),
        (("財務会計.xlsx", "--sheet", "一覧表"), "the nearest is '一覧'"),
    ],
)
def test_a_mistake_is_one_sentence(office, arguments, told):
    OFFICES[0].write(office)
    done = keiyaku(office, "map", *arguments)
    assert done.returncode in (2, 5)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
