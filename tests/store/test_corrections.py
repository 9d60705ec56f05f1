"""The quarantine as a workbook: out with the reason at each bad cell, corrected in Excel, in again; nothing lost or doubled."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, select

from monitor import importing, jobs
from monitor.intake.how import How
from monitor.intake.jlis_rows import HEADINGS
from monitor.intake.rows import BadRow, Part
from monitor.settings import Settings
from monitor.store import corrections, imports, quarantine, schema
from tests.support import NOW, RULEBOOKS, organization, store

HEAD = "契約番号,契約名称,契約締結日,契約金額"
ROWS = (
    "C1,側溝修繕,2026-04-10,100",
    "C2,清掃,2026-04-11,約百万円",
    "C3,除草,令和1年4月30日,300",
    ",警備,2026-04-13,400",
)
Edit = Callable[[Any, dict[str, int]], None]


@pytest.fixture
def place(engine: Engine) -> jobs.Place:
    store(engine, organizations=[organization()])
    return jobs.Place(engine, Settings(), {}, lambda: NOW)


def take(place: jobs.Place, path: Path) -> tuple[int, ...]:
    """read, added, changed, unchanged, quarantined, over all parts; every row is accounted for."""
    done = importing.import_path(place, path, How("M"), lambda *_: None)
    assert done.unreadable == []
    total = tuple(sum(values) for values in zip(*(vars(part.counts).values() for part in done.parts), strict=True))
    assert total[0] == sum(total[1:])
    return total


def drop(place: jobs.Place, folder: Path, *rows: str, name: str = "台帳.csv", head: str = HEAD) -> tuple[int, ...]:
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return take(place, path)


def waiting(place: jobs.Place) -> list[tuple[str, int, str, str]]:
    with place.engine.connect() as connection:
        rows = quarantine.waiting(connection)
    return [(row["source"], row["line"], row["column_name"], row["value"]) for row in rows]


def written(place: jobs.Place) -> bytes:
    with place.engine.connect() as connection:
        return corrections.workbook(corrections.shapes(connection, quarantine.waiting(connection)), NOW.date())


def corrected(place: jobs.Place, path: Path, edit: Edit) -> tuple[int, ...]:
    """The workbook, written out, edited as a person would, and taken in."""
    path.write_bytes(written(place))
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    edit(page, {cell.value: cell.column for cell in page[1]})
    book.save(path)
    return take(place, path)


def stored(place: jobs.Place) -> dict[str, Any]:
    table = schema.LEDGER["contracts"]
    with place.engine.connect() as connection:
        return {row["contract_id"]: dict(row) for row in connection.execute(select(table)).mappings()}


def test_the_reason_stands_at_the_bad_cell_and_the_same_rows_are_the_same_bytes(
    place: jobs.Place, tmp_path: Path
) -> None:
    assert drop(place, tmp_path, *ROWS) == (4, 1, 0, 0, 3)
    data = written(place)
    assert data == written(place)
    (tmp_path / "back.xlsx").write_bytes(data)
    book = openpyxl.load_workbook(tmp_path / "back.xlsx")
    assert book.sheetnames == ["契約", "直し方"]
    page = book["契約"]
    at = {cell.value: cell.column for cell in page[1]}
    assert list(at)[:3] == ["隔離の理由", "元の場所", "機関コード"]
    bad = page.cell(2, at["契約金額"])
    assert (bad.value, bad.number_format, bad.fill.start_color.rgb[-6:]) == ("約百万円", "@", "F4B6B6")
    assert bad.comment.text == page.cell(2, 1).value == f"契約金額：{quarantine_reason(place, 'C2')}"
    assert page.cell(2, 2).value == "台帳.csv 3行目"
    assert [page.cell(2, column).comment for column in range(1, 6)] == [None] * 5


def quarantine_reason(place: jobs.Place, key: str) -> str:
    with place.engine.connect() as connection:
        return next(row["reason"] for row in quarantine.waiting(connection) if row["row_key"] == key)


def test_a_cell_that_a_published_register_calls_by_another_name_is_known_by_what_it_holds(
    place: jobs.Place, tmp_path: Path
) -> None:
    cells = {
        "契約番号": "C9",
        "契約名称": "清掃",
        "契約締結日": "2026-04-10",
        "契約金額": "7999999.5",
        "所管府省": "総務省",
    }
    row = BadRow("contracts", 26, "契約金額 (円)", "7999999.5", "円未満の端数があります。", cells, "M", "C9")
    imports.store(
        place.engine, Part("様式.xlsx", "forms", "contracts", frozenset(), (), iter([row]), 1), NOW, RULEBOOKS
    )

    def edit(page: Any, at: dict[str, int]) -> None:
        bad = page.cell(2, at["契約金額"])
        assert (bad.fill.start_color.rgb[-6:], bad.comment.text) == ("F4B6B6", "契約金額：円未満の端数があります。")
        bad.value = "7999999"

    assert corrected(place, tmp_path / "back.xlsx", edit) == (1, 1, 0, 0, 0)
    assert stored(place)["C9"]["other"] == {"所管府省": "総務省"}


def test_rows_of_the_ledger_come_back_as_such_where_registers_are_expected(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, ROWS[1])
    path = tmp_path / "back.xlsx"
    path.write_bytes(written(place))
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    page.cell(2, {cell.value: cell.column for cell in page[1]}["契約金額"]).value = "1000000"
    book.save(path)
    importing.import_path(place, path, How("M", register=True), lambda *_: None)
    assert (list(stored(place)), waiting(place)) == (["C2"], [])


def test_corrected_rows_leave_and_the_others_stay_each_with_its_reason(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, *ROWS, "C5,塗装,2026-04-14,五百円")
    path = tmp_path / "back.xlsx"

    def edit(page: Any, at: dict[str, int]) -> None:
        page.cell(2, at["契約金額"]).value = "1,000,000円"  # C2 is mended
        page.cell(3, at["契約締結日"]).value = "令和八年"  # C3 is wrong in another way
        page.cell(4, at["契約番号"]).value = "C4"  # what had no key is mended
        # C5 is left as it is

    before = waiting(place)
    assert corrected(place, path, edit) == (4, 2, 0, 0, 2)
    after = waiting(place)
    assert after == [(*before[1][:3], "令和八年"), before[3]]  # file and line are those of the ledger
    assert [stored(place)[key]["amount"] for key in ("C2", "C4")] == [1_000_000, 400]
    assert {stored(place)[key]["other"] for key in ("C2", "C4")} == {None}
    assert take(place, path) == (4, 0, 0, 2, 2)  # the same workbook again
    assert waiting(place) == after
    assert take(place, tmp_path / "台帳.csv") == (5, 0, 0, 1, 4)  # the ledger itself still says what it said


def test_a_row_that_is_deleted_from_the_workbook_stays_in_quarantine(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, *ROWS)
    before = waiting(place)
    assert corrected(place, tmp_path / "back.xlsx", lambda page, _at: page.delete_rows(2)) == (2, 0, 0, 0, 2)
    assert waiting(place) == before


def test_an_older_workbook_brings_nothing_back_that_was_read_since(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, *ROWS)
    (tmp_path / "old.xlsx").write_bytes(written(place))

    def edit(page: Any, at: dict[str, int]) -> None:
        page.cell(2, at["契約金額"]).value = "200"

    corrected(place, tmp_path / "back.xlsx", edit)
    before = waiting(place)
    assert take(place, tmp_path / "old.xlsx") == (3, 0, 0, 1, 2)
    assert (waiting(place), stored(place)["C2"]["amount"]) == (before, 200)


def test_sorted_rows_and_columns_that_were_moved_are_known_again(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, *ROWS)

    def edit(page: Any, at: dict[str, int]) -> None:
        rows = [[cell.value for cell in row] for row in page.iter_rows()]
        rows[1][at["契約金額"] - 1] = "200"
        for row, values in enumerate([rows[0], *reversed(rows[1:])], 1):
            for column, value in enumerate(reversed(values), 1):
                page.cell(row, column).value = value

    assert corrected(place, tmp_path / "back.xlsx", edit) == (3, 1, 0, 0, 2)
    assert len(waiting(place)) == 2


def test_a_second_row_of_one_number_is_not_taken_for_a_correction_of_the_first(
    place: jobs.Place, tmp_path: Path
) -> None:
    drop(place, tmp_path, ROWS[0], "C1,舗装,2026-04-10,900")
    assert corrected(place, tmp_path / "back.xlsx", lambda _page, _at: None) == (1, 0, 0, 0, 1)
    assert stored(place)["C1"]["amount"] == 100

    def edit(page: Any, at: dict[str, int]) -> None:
        page.cell(2, at["契約番号"]).value = "C9"

    assert corrected(place, tmp_path / "back.xlsx", edit) == (1, 1, 0, 0, 0)
    assert waiting(place) == []


@pytest.mark.parametrize("row", ["C9,清掃,2026-04-10,1,多い", 'C9,"清掃,2026-04-10,1'])
def test_a_row_that_was_divided_wrongly_is_not_read_by_being_carried_through_excel(
    place: jobs.Place, tmp_path: Path, row: str
) -> None:
    drop(place, tmp_path, row)
    before = waiting(place)
    assert corrected(place, tmp_path / "back.xlsx", lambda _page, _at: None) == (1, 0, 0, 0, 1)
    assert waiting(place) == before

    def edit(page: Any, at: dict[str, int]) -> None:
        for name, value in zip(HEAD.split(","), ("C9", "清掃", "2026-04-10", "1"), strict=True):
            page.cell(2, at[name]).value = value
        if "5列目" in at:
            page.cell(2, at["5列目"]).value = None

    assert corrected(place, tmp_path / "back.xlsx", edit) == (1, 1, 0, 0, 0)


def test_what_looks_like_a_formula_is_text_and_comes_back_as_it_was(place: jobs.Place, tmp_path: Path) -> None:
    evil = "=HYPERLINK(1)"
    drop(place, tmp_path, f"C2,{evil},2026-04-11,約百万円")
    (tmp_path / "back.xlsx").write_bytes(written(place))
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "back.xlsx")["契約"] for cell in row]
    assert [cell.data_type for cell in cells if cell.value == evil] == ["s"]
    with place.engine.connect() as connection:
        (path,) = corrections.folder(corrections.shapes(connection, quarantine.waiting(connection)), tmp_path / "out")
    text = path.read_text(encoding="utf-8-sig")
    assert f"'{evil}" in text
    path.write_text(text.replace(",約百万円,", ",200,"), encoding="utf-8-sig")
    assert take(place, path) == (1, 1, 0, 0, 0)
    assert (stored(place)["C2"]["title"], stored(place)["C2"]["original"]) == (evil, None)


def test_an_exported_file_that_bears_the_name_of_the_ledger_loses_no_row_of_it(
    place: jobs.Place, tmp_path: Path
) -> None:
    drop(place, tmp_path, *ROWS, name="contracts.csv")
    before = waiting(place)
    with place.engine.connect() as connection:
        (path,) = corrections.folder(corrections.shapes(connection, quarantine.waiting(connection)), tmp_path / "out")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    path.write_text("\n".join([lines[0], lines[2]]) + "\n", encoding="utf-8-sig")
    assert take(place, path) == (1, 0, 0, 0, 1)
    assert waiting(place) == before


def test_rows_of_files_with_other_columns_are_sheets_of_their_own(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, ROWS[1], name="a.csv")
    drop(place, tmp_path, "C3,除草,令和1年4月30日,300,市役所", name="b.csv", head=HEAD + ",履行場所")
    (tmp_path / "back.xlsx").write_bytes(written(place))
    assert openpyxl.load_workbook(tmp_path / "back.xlsx").sheetnames == ["契約", "契約 (2)", "直し方"]
    assert take(place, tmp_path / "back.xlsx") == (2, 0, 0, 0, 2)


def test_rows_of_an_organization_that_has_become_known_are_read_as_they_are(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, "N,C9,清掃,2026-04-10,1", head="機関コード," + HEAD)
    store(place.engine, organizations=[organization("N")])
    assert corrected(place, tmp_path / "back.xlsx", lambda _page, _at: None) == (1, 1, 0, 0, 0)
    assert waiting(place) == []


def test_rows_that_their_layout_cannot_read_from_a_workbook_stay(place: jobs.Place, tmp_path: Path) -> None:
    lines = ["令和7年度　契約一覧", "\t".join(HEADINGS), "1\t清掃"]
    (tmp_path / "register.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    store(place.engine, organizations=[organization("J-LIS", "jlis")])
    done = importing.import_path(place, tmp_path / "register.txt", How(), lambda *_: None)
    assert [part.counts.quarantined for part in done.parts if part.table == "contracts"] == [1]
    before = waiting(place)
    assert corrected(place, tmp_path / "back.xlsx", lambda _page, _at: None) == (1, 0, 0, 0, 1)
    assert waiting(place) == before
    corrected(place, tmp_path / "back.xlsx", lambda page, at: page.cell(2, 4, "清掃業務"))
    assert len(waiting(place)) == 1
