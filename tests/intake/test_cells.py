"""One cell, by the kind of its column."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.ledger import CONTRACTS, PUBLICATIONS, SUBCONTRACTS, WAGE_DECLARATIONS, Column, Kind
from monitor.intake.cells import CellError, number_13, read, text

COLUMN = CONTRACTS.by_name
NINE = datetime.fromisoformat("2025-04-01T09:30:00")  # Excel knows no zones
AMOUNT, SIGNED, VENDORS, NUMBERS, TITLE = (
    COLUMN[name] for name in ("amount", "signed_on", "vendors", "vendor_numbers", "title")
)
RATE, TIER, CLERICAL = (
    WAGE_DECLARATIONS.by_name["declared_rate"], SUBCONTRACTS.by_name["tier"], SUBCONTRACTS.by_name["clerical"],
)  # fmt: skip


def value(column, cell, **options):
    return read(column, cell, **options)[0]


def reason(column, cell, **options):
    with pytest.raises(CellError) as refused:
        read(column, cell, **options)
    sentence = str(refused.value)
    assert sentence.endswith("。")
    assert "\n" not in sentence
    assert len(sentence) < 200
    return sentence


@pytest.mark.parametrize(
    ("cell", "yen"),
    [
        ("1234567", 1234567), ("1,234,567", 1234567), ("￥1,234,567", 1234567), ("¥1,234,567", 1234567),
        ("\\1,234,567", 1234567), ("１，２３４，５６７円", 1234567), ("1,234,567 円", 1234567), ("31389000.00", 31389000),
        ("-5,000", -5000), ("△5,000", -5000), ("▲５，０００", -5000), ("−5,000", -5000), ("￥-5,000", -5000), ("0", 0),
        (1234567.0, 1234567), (1234567, 1234567), (127_724_633_666.0, 127_724_633_666),
    ],
)  # fmt: skip
def test_yen_is_read_from_every_form(cell, yen):
    assert value(AMOUNT, cell) == yen


@pytest.mark.parametrize(
    "cell",
    [
        "約百万円", "2,350千円", "1万円", "1,23", "12,3456", "1234.5", 1234.5, "@1,500円", "-", "△-5", "①", "10²", "1.234.567", True,
        date(2025, 4, 1), "単価契約", "9" * 19, "9" * 3000, "5 000-", "1e6",
    ],
)  # fmt: skip
def test_what_is_no_amount_of_yen_is_refused(cell):
    assert reason(AMOUNT, cell)


def test_the_refused_amount_is_named():
    assert "「約百万円」は「契約金額」の金額として読めません" in reason(AMOUNT, "約百万円")
    assert "端数" in reason(AMOUNT, "1234.5")


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_every_amount_that_the_store_can_hold_comes_back(yen):
    assert value(AMOUNT, f"{yen:,}円") == yen


def test_the_cells_own_text_is_kept_beside_the_value():
    assert read(AMOUNT, " ￥1,234 ") == (1234, " ￥1,234 ")
    assert read(SIGNED, "R7.4.1") == (date(2025, 4, 1), "R7.4.1")
    assert read(AMOUNT, 1234.0) == (1234, "1234")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (20250001.0, "20250001"), (0.025, "0.025"), (31389000.1 + 0.2, "31389000.3"), (1e15, "1000000000000000"), (1e-5, "0.00001"),
        (None, ""), (True, "TRUE"), (date(2025, 4, 1), "2025-04-01"), (NINE, "2025-04-01 09:30:00"),
        (time(9, 30), "09:30:00"), ("a\r\nb\rc", "a\nb\nc"),
    ],
)  # fmt: skip
def test_numbers_are_shown_as_excel_shows_them(cell, shown):
    assert text(cell) == shown


@pytest.mark.parametrize("cell", [date(2025, 4, 1), NINE, 45748.0, 45748, "2025/4/1"])
def test_excel_dates_are_dates(cell):
    assert value(SIGNED, cell) == date(2025, 4, 1)


@pytest.mark.parametrize("cell", [20250401.0, 7.0, True, time(9, 30), date(1899, 12, 31), "45748"])
def test_other_numbers_are_no_dates(cell):
    assert reason(SIGNED, cell)


@pytest.mark.parametrize(
    ("cell", "yes"),
    [("1", True), ("0", False), ("○", True), ("〇", True), ("◯", True), ("×", False), ("TRUE", True), ("false", False),
     ("はい", True), ("いいえ", False), ("１", True), (1.0, True), (0.0, False), (True, True), (False, False), ("", None), (None, None)],
)  # fmt: skip
def test_yes_and_no(cell, yes):
    assert value(CLERICAL, cell) is yes


def test_neither_yes_nor_no():
    assert "「たぶん」" in reason(CLERICAL, "たぶん")


@pytest.mark.parametrize(("cell", "count"), [("3", 3), ("３者", 3), (3.0, 3), ("1,000", 1000), ("3.0", 3), ("2次", 2)])
def test_counts(cell, count):
    assert value(TIER, cell) == count


@pytest.mark.parametrize("cell", ["-1", "1.5", "三", "9999999999", "数者"])
def test_what_is_no_count_is_refused(cell):
    assert reason(TIER, cell)


@pytest.mark.parametrize(
    ("cell", "rate"),
    [("2.5", "2.5"), ("2.5%", "2.5"), ("２．５％", "2.5"), ("2.50", "2.5"), ("3", "3"), (3.0, "3"), (2.5, "2.5"), ("0.05%", "0.05"),
     ("0.1", "0.1"), ("0", "0"), ("-1.5%", "-1.5"), ("100", "100"), ("1.30 %", "1.3")],
)  # fmt: skip
def test_a_percentage_is_exact_text(cell, rate):
    assert value(RATE, cell) == rate


@pytest.mark.parametrize("cell", [0.025, "0.025", "0.0999", "-0.02"])
def test_a_bare_number_below_a_tenth_may_be_a_ratio_and_is_refused(cell):
    assert "2.5%を0.025と書いたもの" in reason(RATE, cell)


@pytest.mark.parametrize(
    ("cell", "rate"), [(0.025, "2.5"), (0.0175, "1.75"), (0.12, "12"), (0.07, "7"), (1, "100"), (0.0, "0")]
)
def test_a_cell_formatted_as_percent_is_multiplied_exactly(cell, rate):
    assert value(RATE, cell, percent=True) == rate


@pytest.mark.parametrize("cell", ["二", "2.5.1", "2,5", True, "1" * 50])
def test_what_is_no_percentage_is_refused(cell):
    assert reason(RATE, cell, percent=True)


@pytest.mark.parametrize(
    "number", ["7123456789012", "4011001098993", "8000012050001", "2000020111007", "7000020070009"]
)
def test_published_corporate_numbers_are_right(number):
    assert number_13(number) == number


@pytest.mark.parametrize(
    "cell",
    [
        "8000012050001",
        "T8000012050001",
        "t8000012050001",
        "８００００１２０５０００１",
        "8-0000-1205-0001",
        "8 0000 1205 0001",
        8000012050001.0,
    ],
)
def test_a_corporate_number_is_tolerant_of_dress(cell):
    assert value(NUMBERS, cell) == "8000012050001"


@given(st.integers(0, 999_999_999_999), st.integers(1, 8))
def test_a_wrong_check_digit_is_always_seen(base, step):
    body = f"{base:012d}"
    total = sum(int(d) * (1, 2)[i % 2] for i, d in enumerate(reversed(body)))
    right = 9 - total % 9
    assert number_13(f"{right}{body}") == f"{right}{body}"
    with pytest.raises(CellError, match="検査数字"):
        number_13(f"{(right - 1 + step) % 9 + 1}{body}")


def test_a_vendor_without_number_keeps_its_place():
    assert value(NUMBERS, "8000012050001\n\n4011001098993") == "8000012050001\n\n4011001098993"
    assert value(NUMBERS, "\n8000012050001") == "\n8000012050001"
    assert value(NUMBERS, "－\n8000012050001\n") == "\n8000012050001"
    assert value(NUMBERS, "\n\n") is None


@pytest.mark.parametrize("cell", ["800001205000", "80000120500011", "法人番号なし", "8000012050001、4011001098993"])
def test_what_has_not_thirteen_digits_is_refused(cell):
    assert "13桁" in reason(NUMBERS, cell)


@pytest.mark.parametrize("cell", ["契約", " 契 約 ", "契\n約"])
def test_a_choice_is_tolerant_of_space(cell):
    assert value(COLUMN["row_kind"], cell) == "契約"


def test_a_choice_is_tolerant_of_width():
    assert value(COLUMN["category"], "設計･調査･測量") == "設計・調査・測量"
    assert value(PUBLICATIONS.by_name["medium"], "ｳｪﾌﾞ") == "ウェブ"
    assert value(PUBLICATIONS.by_name["medium"], "ホームページ") == "ウェブ"
    assert value(PUBLICATIONS.by_name["medium"], "ＨＰ") == "ウェブ"


def test_an_unknown_choice_names_the_nearest():
    sentence = reason(COLUMN["method"], "一般競争入札")
    assert "「一般競争」でしょうか" in sentence
    assert "随意契約" in sentence


def test_an_unknown_choice_of_any_length_is_answered_shortly():
    assert "でしょうか" in reason(COLUMN["method"], "あ" * 900)


def test_a_cell_that_is_too_long_is_refused_with_both_lengths():
    sentence = reason(VENDORS, "<script>alert(1)</script>" * 120)
    assert "3,000文字" in sentence
    assert "1,000文字まで" in sentence
    assert "<script>" not in sentence


def test_several_values_stand_one_to_a_line():
    assert (
        value(VENDORS, "・日本電気(株)\r\n ・エヌ・ティ・ティ・データ(株)\n")
        == "日本電気(株)\nエヌ・ティ・ティ・データ(株)"
    )


def test_an_address_that_is_missing_keeps_its_place():
    assert value(COLUMN["addresses"], "東京都\n\n大阪府") == "東京都\n\n大阪府"


def test_control_characters_go_and_line_breaks_stay():
    assert value(TITLE, "清掃\x07業務\x00\r\n（その\t1）\x1b") == "清掃業務\n（その 1）"


def test_text_is_kept_as_it_is_but_for_the_space_around_it():
    assert value(TITLE, "　ＰＣの購入 \u3000") == "ＰＣの購入"


@pytest.mark.parametrize("cell", ["", None, "  ", "\u3000", "\n", "\t"])
def test_blank_is_none_and_refused_where_it_is_required(cell):
    assert value(AMOUNT, cell) is None
    assert reason(TITLE, cell).startswith("空欄です")


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", " #VALUE! ", "#DIV/0!"])
def test_errors_of_excel_are_no_values(cell):
    for column in (TITLE, AMOUNT, SIGNED, VENDORS):
        assert "エラー値" in reason(column, cell)


def test_a_number_that_excel_made_a_date_is_refused():
    assert "Excelの自動変換" in reason(COLUMN["contract_id"], date(2025, 7, 1))
    assert value(COLUMN["remarks"], date(2025, 7, 1)) == "2025-07-01"


@given(
    st.sampled_from(list(Kind)),
    st.text(max_size=60) | st.floats() | st.booleans() | st.dates() | st.times() | st.none(),
)
def test_whatever_the_cell_there_is_a_value_or_a_reason(kind, cell):
    try:
        found, own = read(Column("x", "列", kind), cell)
    except CellError:
        assert reason(Column("x", "列", kind), cell)
    else:
        assert own == text(cell)
        assert found is None or isinstance(found, (str, int, date, bool))
