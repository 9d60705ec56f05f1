"""A published register in any layout becomes rows of register_rows: none lost, each the same in every edition."""

from datetime import date
from pathlib import Path

from monitor.intake import layouts
from monitor.intake.how import How
from monitor.intake.rows import BadRow, Blocks, Part, Row
from monitor.settings import default_config_dir

HEADINGS = "契約番号,契約名称,契約締結日,契約金額,契約の相手方,担当部署,所在地,備考"
DAY = date(2026, 4, 20)
REGISTER = How("M", register=True, published_on=DAY)


def read(path: Path, text: str, how: How = REGISTER) -> tuple[Part, list[Row], list[BadRow]]:
    path.write_text(text, encoding="utf-8")
    (part,) = [item for item in layouts.read(path, how) if isinstance(item, Part)]
    rows = list(part.rows)
    return part, [row for row in rows if isinstance(row, Row)], [row for row in rows if isinstance(row, BadRow)]


def test_a_register_is_read_by_the_layout_of_a_ledger_and_keeps_all_that_it_prints(tmp_path):
    part, (row,), bad = read(
        tmp_path / "R7公表簿.csv", f'{HEADINGS}\nK-1,清掃,R7.4.1,"1,100,000",㈱甲,総務課,模擬市1-1,予定総額\n'
    )
    assert (part.table, part.unknown, bad) == ("register_rows", (), [])
    assert part.columns == row.values.keys()
    assert isinstance(part.rows, Blocks)  # read in blocks, as the ledger is
    assert {**row.values} == {
        "organization": "M", "entry": "K-1", "register": "R7公表簿.csv", "contract_id": "K-1", "title": "清掃",
        "signed_on": date(2025, 4, 1), "amount": 1_100_000, "vendors": "㈱甲", "department": "総務課",
        "remarks": "予定総額", "published_on": DAY, "edition_on": DAY, "dropped": False,
    }  # fmt: skip
    assert row.other == {"所在地": "模擬市1-1"}
    assert row.original["signed_on"] == "R7.4.1"


def test_without_the_option_it_is_a_ledger(tmp_path):
    part, _, _ = read(tmp_path / "a.csv", f"{HEADINGS}\nK-1,清掃,R7.4.1,1,㈱甲,総務課,,\n", How("M"))
    assert part.table == "contracts"


def test_other_tables_of_a_register_stay_what_they_are(tmp_path):
    part, _, _ = read(tmp_path / "a.csv", "機関コード,機関名,規程\nM,模擬市,saitama\n")
    assert part.table == "organizations"


def test_what_cannot_be_read_comes_back_as_a_row_of_its_register(tmp_path):
    _, (good,), (bad,) = read(
        tmp_path / "R7公表簿.csv", f"{HEADINGS}\nK-1,清掃,R7.4.1,1,㈱甲,総務課,,\nK-2,警備,四月,2,㈱乙,総務課,,\n"
    )
    assert (bad.table, bad.line, bad.row_key, bad.cells["公表簿"], bad.cells["掲載番号"]) == (
        "register_rows", 3, "K-2", "R7公表簿.csv", "K-2",
    )  # fmt: skip
    mended = ",".join(bad.cells) + "\n" + ",".join({**bad.cells, "契約締結日": "R7.4.2"}.values()) + "\n"
    part, (again,), _ = read(tmp_path / "register_rows.csv", mended, How("M"))
    assert part.table == "register_rows"
    assert again.values["entry"] == "K-2"
    assert (again.values["register"], again.values["published_on"]) == (good.values["register"], DAY)


JLIS = (default_config_dir() / "demo" / "jlis-r7.txt").read_text(encoding="utf-8")


def jlis(path: Path, text: str) -> list[Row]:
    path.write_text(text, encoding="utf-8")
    parts = [item for item in layouts.read(path, How(register=True)) if isinstance(item, Part)]
    assert [part.table for part in parts] == ["organizations", "register_rows"]
    return [row for row in parts[1].rows if isinstance(row, Row)]


def test_every_row_of_a_register_is_one_entry_and_equal_rows_are_several(tmp_path):
    rows = jlis(tmp_path / "r7.txt", JLIS)
    entries = {row.values["contract_id"]: row.values["entry"] for row in rows}
    assert (len(rows), len(entries), len(set(entries.values()))) == (165, 165, 165)
    dwellings = [str(entries[f"R7-{number}"]) for number in range(20, 25)]
    assert len({entry[:17] for entry in dwellings}) == 1
    assert {row.values["row_kind"] for row in rows} == {"契約", "総額"}


def test_a_row_is_the_same_when_the_numbers_of_its_register_or_its_amount_change(tmp_path):
    before = {row.values["title"]: row.values["entry"] for row in jlis(tmp_path / "r7.txt", JLIS)}
    line = next(line for line in JLIS.splitlines() if line.startswith("2\t"))
    cells = line.split("\t")
    cells[7] = "1,234,567"
    title = cells[2]
    moved = JLIS.replace(line, "\t".join(cells))
    after = {row.values["title"]: row.values for row in jlis(tmp_path / "r8.txt", moved)}
    assert (after[title]["entry"], after[title]["amount"]) == (before[title], 1_234_567)
    assert {title: values["entry"] for title, values in after.items()} == before


def test_equal_rows_of_two_files_of_one_import_are_two(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("公表簿,契約名称,契約締結日,契約金額\n第1四半期,清掃,R7.4.1,1\n", encoding="utf-8")
    parts = [item for item in layouts.read(tmp_path, How("M")) if isinstance(item, Part)]
    entries = [row.values["entry"] for part in parts for row in part.rows if isinstance(row, Row)]
    assert [part.table for part in parts] == ["register_rows"] * 2
    assert entries[1] == f"{entries[0]}-2"


def test_a_file_that_bears_the_name_of_the_table_is_one(tmp_path):
    _, (row,), _ = read(tmp_path / "公表簿.csv", f"{HEADINGS}\nK-1,清掃,R7.4.1,1,㈱甲,総務課,,\n", How("M"))
    assert (row.values["register"], row.values["contract_id"]) == ("公表簿.csv", "K-1")


def test_contracts_without_their_number_are_no_register_by_themselves(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("契約名称,契約締結日,契約金額,公表日\n清掃,R7.4.1,1,R7.5.1\n", encoding="utf-8")
    (found,) = layouts.read(path, How("M"))
    assert "契約の表に必要な見出し「契約番号」" in found.reason
