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
from monitor.store import aside, corrections, imports, quarantine, schema
from monitor.store.replacing import Whole
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
    assert list(at)[:5] == ["隔離の理由", "元の場所", "隔離の処理", "隔離の処理の理由", "機関コード"]
    bad = page.cell(2, at["契約金額"])
    assert (bad.value, bad.number_format, bad.fill.start_color.rgb[-6:]) == ("約百万円", "@", "F4B6B6")
    assert bad.comment.text == page.cell(2, 1).value == f"契約金額：{quarantine_reason(place, 'C2')}"
    assert page.cell(2, 2).value == "台帳.csv 3行目"
    assert [page.cell(2, column).comment for column in range(1, 8)] == [None] * 7


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
    corrected(place, tmp_path / "back.xlsx", lambda page, at: page.cell(2, 6, "清掃業務"))
    assert len(waiting(place)) == 1


# --- rows that are no contract ------------------------------------------------------------------------------------

TOTAL = ",合計,,600"


def say(deed: str | None, why: str | None, row: int = 2) -> Edit:
    def edit(page: Any, at: dict[str, int]) -> None:
        page.cell(row, at["隔離の処理"]).value = deed
        page.cell(row, at["隔離の処理の理由"]).value = why

    return edit


def put_aside(place: jobs.Place) -> list[tuple[str, int, str]]:
    with place.engine.connect() as connection:
        return [(row["source"], row["line"], row["set_aside"]) for row in aside.rows(connection)]


def written_aside(place: jobs.Place, path: Path, edit: Edit) -> Path:
    with place.engine.connect() as connection:
        path.write_bytes(corrections.workbook(corrections.shapes(connection, aside.rows(connection)), NOW.date()))
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    edit(page, {cell.value: cell.column for cell in page[1]})
    book.save(path)
    return path


def test_a_row_that_is_no_contract_is_set_aside_and_does_not_come_again(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, ROWS[0], TOTAL)
    assert corrected(place, tmp_path / "back.xlsx", say("対象外", "合計の行")) == (1, 0, 0, 1, 0)
    assert (waiting(place), put_aside(place)) == ([], [("台帳.csv", 3, "合計の行")])
    assert take(place, tmp_path / "back.xlsx") == (1, 0, 0, 1, 0)  # the same workbook again
    assert take(place, tmp_path / "台帳.csv") == (2, 0, 0, 2, 0)  # and the ledger
    assert drop(place, tmp_path, ROWS[0], "C6,伐採,2026-04-15,5", TOTAL) == (3, 1, 0, 2, 0)  # where it has moved
    assert drop(place, tmp_path, ROWS[0], ",合計,,700") == (2, 0, 0, 1, 1)  # it says something else
    with place.engine.connect() as connection:
        (row,) = aside.rows(connection)
    assert (aside.day(row), row["told_by"]) == (NOW.date(), "back.xlsx[契約]")


def test_of_two_equal_rows_the_one_that_was_not_set_aside_waits_on(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, TOTAL, TOTAL)
    assert corrected(place, tmp_path / "back.xlsx", say("対象外", "二重の合計", row=3)) == (2, 0, 0, 1, 1)
    assert (waiting(place)[0][:2], put_aside(place)) == (("台帳.csv", 2), [("台帳.csv", 3, "二重の合計")])
    assert take(place, tmp_path / "台帳.csv") == (2, 0, 0, 1, 1)
    assert waiting(place)[0][:2] == ("台帳.csv", 2)
    assert drop(place, tmp_path, TOTAL, ROWS[0], TOTAL, TOTAL) == (4, 1, 0, 1, 2)


def test_a_row_is_taken_back_by_the_same_way_and_what_was_said_is_kept(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, TOTAL)
    (tmp_path / "old.xlsx").write_bytes(written(place))
    corrected(place, tmp_path / "back.xlsx", say("対象外", "合計の行"))
    assert take(place, tmp_path / "old.xlsx") == (1, 0, 0, 1, 0)  # an older workbook, which says nothing of it
    assert take(place, written_aside(place, tmp_path / "aside.xlsx", lambda _page, _at: None)) == (1, 0, 0, 1, 0)
    assert put_aside(place) != []
    assert take(place, written_aside(place, tmp_path / "aside.xlsx", say("戻す", "合計の行"))) == (1, 0, 0, 0, 1)
    assert (put_aside(place), waiting(place)[0][:2]) == ([], ("台帳.csv", 2))
    with place.engine.connect() as connection:
        (past,) = connection.execute(select(schema.row_history)).mappings()
    assert (past["table_name"], past["state"]["set_aside"]) == ("quarantine", "合計の行")
    assert take(place, tmp_path / "台帳.csv") == (1, 0, 0, 0, 1)
    corrected(place, tmp_path / "back.xlsx", say("対象外", "合計の行"))
    assert take(place, written_aside(place, tmp_path / "aside.xlsx", say(None, None))) == (1, 0, 0, 0, 1)
    assert put_aside(place) == []


def test_a_row_that_was_set_aside_and_is_mended_after_all_is_a_contract(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, ROWS[1])
    corrected(place, tmp_path / "back.xlsx", say("対象外", "取りやめ"))

    def edit(page: Any, at: dict[str, int]) -> None:
        say(None, None)(page, at)
        page.cell(2, at["契約金額"]).value = "200"

    assert take(place, written_aside(place, tmp_path / "aside.xlsx", edit)) == (1, 1, 0, 0, 0)
    assert (put_aside(place), waiting(place), stored(place)["C2"]["amount"]) == ([], [], 200)


@pytest.mark.parametrize(
    ("deed", "why", "told"),
    [
        ("対象外", None, "「対象外」として取り込むには、「隔離の処理の理由」の列に理由を書いてください。"),
        ("削除", "合計", "「削除」は「隔離の処理」として読めません"),
        (None, "合計の行", "「隔離の処理の理由」だけが書かれています。"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_row_waits_on_with_its_reason(
    place: jobs.Place, tmp_path: Path, deed: str | None, why: str | None, told: str
) -> None:
    drop(place, tmp_path, TOTAL)
    before = quarantine_reason(place, "")
    for _ in range(2):
        assert corrected(place, tmp_path / "back.xlsx", say(deed, why)) == (1, 0, 0, 0, 1)
        reason = quarantine_reason(place, "")
        assert reason.startswith(f"{before}（隔離の処理）{told}")
        assert reason.count(told) == 1
    assert waiting(place)[0][:2] == ("台帳.csv", 2)
    assert corrected(place, tmp_path / "back.xlsx", say("対象外", "合計の行")) == (1, 0, 0, 1, 0)


def test_a_row_without_its_number_is_set_aside_as_it_stands_in_the_workbook(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, TOTAL)

    def edit(page: Any, at: dict[str, int]) -> None:
        say("対象外", "合計の行")(page, at)
        page.cell(2, at["隔離番号（消さないでください）"]).value = None

    assert corrected(place, tmp_path / "back.xlsx", edit) == (1, 0, 0, 1, 0)
    assert [row[0] for row in put_aside(place)] == ["back.xlsx[契約]"]
    assert waiting(place)[0][:2] == ("台帳.csv", 2)  # nobody knows that it is this one
    assert take(place, tmp_path / "back.xlsx") == (1, 0, 0, 1, 0)


def test_a_ledger_whose_total_is_set_aside_is_the_whole_truth_again(place: jobs.Place, tmp_path: Path) -> None:
    kept = [f"K{n},除草,2026-04-15,5" for n in range(3)]
    drop(place, tmp_path, ROWS[0], *kept, TOTAL)
    path = tmp_path / "台帳.csv"
    path.write_text("\n".join([HEAD, *kept, TOTAL]) + "\n", encoding="utf-8")
    done = importing.import_path(place, path, How("M"), lambda *_: None, Whole(force=False))
    assert "どの契約か読めない行が1行ある" in done.withheld[0]
    corrected(place, tmp_path / "back.xlsx", say("対象外", "合計の行"))
    done = importing.import_path(place, path, How("M"), lambda *_: None, Whole(force=False))
    assert (done.withheld, dict(done.withdrawn), done.parts[0].set_aside) == ([], {"contracts": 1}, 1)


@pytest.mark.parametrize("layout", ["forms", "jlis"])
def test_rows_of_other_layouts_are_set_aside_too(place: jobs.Place, tmp_path: Path, layout: str) -> None:
    if layout == "jlis":
        lines = ["令和7年度　契約一覧", "\t".join(HEADINGS), "1\t清掃"]
        (tmp_path / "register.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        store(place.engine, organizations=[organization("J-LIS", "jlis")])
        importing.import_path(place, tmp_path / "register.txt", How(), lambda *_: None)
    else:
        head = "物品役務等の名称及び数量,契約を締結した日,契約の相手方の商号又は名称及び住所,一般競争入札・指名競争入札の別,契約金額"
        rows = [
            "清掃業務,令和7年4月1日,株式会社青空,一般競争入札,1000000",
            "小計業務,令和99年4月1日,株式会社青空,一般競争入札,約百",
        ]
        drop(place, tmp_path, *rows, name="様式.csv", head=head)
    assert len(waiting(place)) == 1
    assert corrected(place, tmp_path / "back.xlsx", say("対象外", "合計の行"))[-2:] == (1, 0)
    assert (waiting(place), put_aside(place)[0][2]) == ([], "合計の行")


def test_a_row_of_the_exported_csv_is_set_aside_too(place: jobs.Place, tmp_path: Path) -> None:
    drop(place, tmp_path, TOTAL)
    with place.engine.connect() as connection:
        (path,) = corrections.folder(corrections.shapes(connection, quarantine.waiting(connection)), tmp_path / "out")
    first, row = path.read_text(encoding="utf-8-sig").splitlines()
    at = first.split(",").index("隔離の処理")
    cells = row.split(",")
    cells[at : at + 2] = ["対象外", "合計の行"]
    path.write_text("\n".join([first, ",".join(cells)]) + "\n", encoding="utf-8-sig")
    assert take(place, path) == (1, 0, 0, 1, 0)
    assert put_aside(place) == [("台帳.csv", 2, "合計の行")]
