"""調達ポータル 落札実績: the file as it is published, again and again, and what in it cannot be read."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from checks import ledger
from monitor.intake import award_codes, layouts
from monitor.intake.how import How
from monitor.intake.rows import BadRow, Part, Row, Unreadable
from monitor.problems import Problem
from monitor.store import corrections, imports, quarantine, schema
from monitor.store import engine as engines

NOW = datetime(2026, 7, 1, tzinfo=UTC)
NUMBER = "0000000000000250001"
ONE = {
    "number": NUMBER, "title": "模擬システム運用業務", "day": "2025-04-01", "price": "31389000.00", "ministry": "Q2",
    "method": "8002010", "vendor": "株式会社模擬", "corporate": "8000012050001",
}  # fmt: skip


def cells(**changed):
    return list({**ONE, **changed}.values())


def packed(path, rows):
    """As the portal writes it: one CSV in a zip, with BOM, CRLF and every cell quoted."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{path.stem}.csv", text.getvalue().encode("utf-8-sig"))
    return path


def read(tmp_path, *rows, **how):
    found = list(layouts.read(packed(tmp_path / "successful_bid_record_info_all_2025.zip", rows), How(**how)))
    return {part.table: list(part.rows) for part in found if isinstance(part, Part)}


def contract(tmp_path, **changed):
    [found] = read(tmp_path, cells(**changed))["contracts"]
    return found


def refused(tmp_path, *rows, **how):
    [found] = layouts.read(packed(tmp_path / "x.zip", rows), How(**how))
    assert isinstance(found, Unreadable), found
    return found.reason


@pytest.fixture
def store(tmp_path):
    made = engines.open_store(f"sqlite:///{tmp_path / 'keiyaku.db'}")
    yield made
    made.dispose()


def stored(store, path, **how):
    """What became of the rows of each table."""
    done = {}
    for part in layouts.read(path, How(**how)):
        assert isinstance(part, Part), part
        done[part.table] = imports.store(store, part, NOW, ["national"]).counts
    return done


def ledger_of(store):
    with store.connect() as connection:
        return {row.contract_id: row for row in connection.execute(select(schema.LEDGER["contracts"]))}


# --- cells ----------------------------------------------------------------------------------------------------------


def test_a_row_is_a_contract_of_its_ministry(tmp_path):
    found = read(tmp_path, cells())
    assert found["organizations"] == [
        Row("organizations", 1, {"organization": "Q2", "name": "林野庁", "rulebook": "national"})
    ]
    [row] = found["contracts"]
    assert row.values == {
        "organization": "Q2",
        "contract_id": f"{NUMBER}-8000012050001-20250401",
        "title": "模擬システム運用業務",
        "method": "一般競争",
        "awarded_on": date(2025, 4, 1),
        "signed_on": date(2025, 4, 1),
        "amount": 31_389_000,
        "unit_price": None,
        "unit_price_yen": None,
        "vendors": "株式会社模擬",
        "vendor_numbers": "8000012050001",
    }
    assert row.values.keys() == layouts.awards.COLUMNS
    assert row.other == {"府省コード": "Q2", "入札方式コード": "8002010 一般競争入札・最低価格"}


def test_the_day_of_signing_is_marked_as_that_of_the_award(tmp_path):
    assert contract(tmp_path).original["signed_on"] == "落札決定日 2025-04-01"


@pytest.mark.parametrize(("price", "amount"), [("31389000.00", 31_389_000), ("1.00", 1), ("12", 12)])
def test_a_price_is_yen_in_all(tmp_path, price, amount):
    assert contract(tmp_path, price=price).values["amount"] == amount


@pytest.mark.parametrize(
    ("title", "price"),
    [("事務用品の購入（単価契約）", "1500.00"), ("コピー用紙（単価）", "12"), ("電力の供給", "15.73")],
)
def test_what_may_be_the_price_of_one_unit_is_no_amount(tmp_path, title, price):
    row = contract(tmp_path, title=title, price=price)
    assert (row.values["amount"], row.values["unit_price"], row.values["unit_price_yen"]) == (None, True, price)
    assert row.original["amount"] == price


@pytest.mark.parametrize("price", ["0.00", "0", "-5000.00", "-0.50"])
@pytest.mark.parametrize("title", ["模擬業務", "模擬業務（単価契約）"])
def test_a_price_that_is_no_sum_is_blank_with_the_price_beside_it(tmp_path, title, price):
    row = contract(tmp_path, title=title, price=price)
    assert (row.values["amount"], row.values["unit_price_yen"], row.original["amount"]) == (None, None, price)
    assert row.other["落札価格について"] == f"落札価格が{price}円です。0円以下のため、契約金額としていません。"
    [bad] = read(tmp_path, cells(title=title, price=price, day="2025-02-30"))["contracts"]
    assert (bad.cells["契約金額"], bad.column) == ("", "落札決定日")
    assert price in bad.cells["落札価格について"]


def test_a_survey_of_unit_prices_is_no_contract_by_unit_price(tmp_path):
    assert contract(tmp_path, title="建設資材単価調査業務").values["unit_price"] is None


def test_a_winner_may_have_no_number(tmp_path):
    row = contract(tmp_path, vendor="模擬・見本特定建設工事共同企業体", corporate="")
    assert row.values["vendor_numbers"] is None
    assert row.values["contract_id"].startswith(f"{NUMBER}-")


@pytest.mark.parametrize("code", award_codes.packaged().methods)
def test_every_method_of_the_specification_is_known(tmp_path, code):
    row = contract(tmp_path, method=code)
    assert row.values["method"] in ledger.CONTRACTS.by_name["method"].choices
    assert row.other["入札方式コード"].startswith(code)
    assert "ground" not in row.values  # the code does not say which


def test_the_codes_are_those_of_the_specification():
    codes = award_codes.packaged()
    assert (len(codes.ministries.names), len(codes.methods)) == (53, 16)
    assert not codes.verified


def test_a_wrong_file_of_codes_is_said(tmp_path):
    (tmp_path / "c.yaml").write_text("source: x\nverified: false\nministries: {rulebook: national, names: {}}\nmethods: {'8002010': {method: 入札, text: x}}\n", encoding="utf-8")  # fmt: skip
    with pytest.raises(Problem, match="一般競争"):
        award_codes.load(tmp_path / "c.yaml")


@pytest.mark.parametrize(
    ("changed", "column", "told"),
    [
        ({"number": ""}, "調達案件番号", "空欄"),
        ({"number": "2.5E+18"}, "調達案件番号", "Excel"),
        ({"title": ""}, "調達案件名称", "空欄"),
        ({"day": "2025-02-30"}, "落札決定日", "暦にない"),
        ({"day": ""}, "落札決定日", "空欄"),
        ({"price": "約百万円"}, "落札価格", "金額として読めません"),
        ({"ministry": "Z9"}, "府省コード", "仕様"),
        ({"ministry": "林野庁"}, "府省コード", "読めません"),
        ({"method": "8999999"}, "入札方式コード", "仕様"),
        ({"method": "一般"}, "入札方式コード", "読めません"),
        ({"vendor": " "}, "商号又は名称", "空欄"),
        ({"corporate": "8000012050002"}, "法人番号", "検査数字"),
        ({"method": "Q2", "ministry": "8002010"}, "府省コード", "府省コードとして読めません"),
    ],
)
def test_a_cell_that_cannot_be_read_costs_its_row_only(tmp_path, changed, column, told):
    good, bad, last = read(tmp_path, cells(), cells(**changed), cells(number="3"))["contracts"]
    assert isinstance(good, Row)
    assert isinstance(last, Row)
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column) == (2, column)
    assert told in bad.reason


@pytest.mark.parametrize("row", [cells()[:7], [*cells(), "x"], ["x"]])
def test_a_row_of_another_width_waits_whole(tmp_path, row):
    _, bad, _ = read(tmp_path, cells(), row, cells(number="3"))["contracts"]
    assert "8個のはずです" in bad.reason
    assert [cell for cell in bad.cells.values() if cell] == row


def test_codes_in_the_other_order_are_said_and_not_guessed(tmp_path):
    swapped = [cells(ministry="8002010", method="Q2", number=str(n)) for n in range(1, 4)]
    assert "仕様と逆です" in refused(tmp_path, *swapped)


# --- whose rows -----------------------------------------------------------------------------------------------------


def test_one_ministry_may_be_chosen_by_code_or_name(tmp_path):
    rows = [cells(), cells(ministry="S1"), cells(ministry="Q2", number="2")]
    for wanted in ("Q2", "林野庁"):
        found = read(tmp_path, *rows, organization=wanted)
        assert [row.values["organization"] for row in found["organizations"]] == ["Q2"]
        assert [row.line for row in found["contracts"]] == [1, 3]
    assert "行がありません" in refused(tmp_path, *rows, organization="A1")


def test_another_organization_takes_the_rows_of_one_ministry_only(tmp_path):
    found = read(tmp_path, cells(), cells(number="2"), organization="rinya")
    assert {row.values["organization"] for row in found["contracts"]} == {"rinya"}
    assert "organizations" not in found
    assert "2の府省" in refused(tmp_path, cells(), cells(ministry="S1"), organization="rinya")


def test_what_the_ledger_says_of_a_ministry_stays(tmp_path, store):
    (tmp_path / "o.csv").write_text("機関コード,機関名,規程\nQ2,林野庁（当庁）,rinya\n", encoding="utf-8")
    [part] = layouts.read(tmp_path / "o.csv")
    imports.store(store, part, NOW, ["national", "rinya"])
    done = stored(store, packed(tmp_path / "a.zip", [cells(), cells(ministry="S1")]))
    assert (done["organizations"].added, done["organizations"].unchanged) == (1, 1)
    with store.connect() as connection:
        held = {row.organization: row.rulebook for row in connection.execute(select(schema.LEDGER["organizations"]))}
    assert held == {"Q2": "rinya", "S1": "national"}


# --- again and again ------------------------------------------------------------------------------------------------


def test_the_year_and_the_days_say_the_same_rows(tmp_path, store):
    year = packed(
        tmp_path / "successful_bid_record_info_all_2025.zip",
        [
            cells(),
            cells(vendor="株式会社見本", corporate=""),
            cells(),
            cells(number="2"),
            cells(number="2", price="7.00"),
        ],
    )
    first = stored(store, year)["contracts"]
    assert (first.read, first.added, first.quarantined) == (5, 5, 0)
    again = stored(store, year)["contracts"]
    assert (again.unchanged, again.changed, again.added) == (5, 0, 0)
    day = packed(
        tmp_path / "successful_bid_record_info_diff_20260601.zip",
        [cells(vendor="㈱見本", corporate="", price="40000000.00"), cells(number="9")],
    )
    mended = stored(store, day)["contracts"]
    assert (mended.changed, mended.added) == (1, 1)
    assert stored(store, day)["contracts"].unchanged == 2
    assert sorted(row.amount for row in ledger_of(store).values()) == [7, *[31_389_000] * 4, 40_000_000]


def test_a_bare_csv_is_the_same_as_the_zip(tmp_path, store):
    path = tmp_path / "export.csv"
    path.write_bytes(",".join(f'"{cell}"' for cell in cells()).encode("utf-8-sig") + b"\r\n")
    assert stored(store, path)["contracts"].added == 1
    assert stored(store, packed(tmp_path / "a.zip", [cells()]))["contracts"].unchanged == 1


def test_a_row_in_quarantine_comes_back_corrected(tmp_path, store):
    stored(store, packed(tmp_path / "a.zip", [cells(), cells(number="2", price="不明", title="椅子（単価契約）")]))
    with store.connect() as connection:
        [written] = corrections.folder(corrections.shapes(connection, quarantine.waiting(connection)), tmp_path / "q")
    written.write_text(written.read_text(encoding="utf-8-sig").replace("不明", "500"), encoding="utf-8-sig")
    assert stored(store, written)["contracts"].added == 1
    held = ledger_of(store)["2-8000012050001-20250401"]
    assert (held.organization, held.method, held.signed_on) == ("Q2", "一般競争", date(2025, 4, 1))


def test_a_row_of_another_width_comes_back_corrected(tmp_path, store):
    stored(store, packed(tmp_path / "a.zip", [cells(), cells(number="2")[:6], cells(number="3")]))
    with store.connect() as connection:
        [written] = corrections.folder(corrections.shapes(connection, quarantine.waiting(connection)), tmp_path / "q")
    text = written.read_text(encoding="utf-8-sig").replace("8002010,,", "8002010,株式会社模擬,8000012050001")
    written.write_text(text, encoding="utf-8-sig")
    assert stored(store, written)["contracts"].added == 1
    assert "2-8000012050001-20250401" in ledger_of(store)
    with store.connect() as connection:
        assert not quarantine.waiting(connection)


def test_one_ministry_after_the_whole_loses_no_row_of_the_quarantine(store, tmp_path):
    rows = [
        cells(),
        cells(ministry="ZZ", number="2"),
        cells(ministry="S1", price="？", number="3"),
        cells(number="4")[:7],
    ]
    rows += [cells(ministry="", number="5"), [*cells(ministry="S1", number="6"), "x"], cells(ministry="S1", number="7")]
    path = packed(tmp_path / "a.zip", rows)

    def waiting():
        with store.connect() as connection:
            return [(row["line"], row["organization"]) for row in quarantine.waiting(connection)]

    stored(store, path)
    before = waiting()
    assert len(before) == 5
    stored(store, path, organization="Q2")
    assert waiting() == before
