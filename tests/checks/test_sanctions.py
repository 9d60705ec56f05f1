"""Whom a sanction reaches, and until which day."""

from datetime import date

import pytest

from checks.register import Register, build
from checks.sanctions import DEDUCTION, Sanctions, last_day
from checks.wage_raise import Points, read_points

DAY = date(2026, 12, 1)
FIRST, SECOND = "7123456789012", "4011001098993"


def register(*sanctions: tuple[str, str]) -> Register:
    rows = [
        {"vendor": vendor, "vendor_number": number, "kind": DEDUCTION, "starts_on": date(2026, 10, 1)}
        for vendor, number in sanctions
    ]
    return build("M", "", {"vendor_sanctions": rows}, {})


@pytest.mark.parametrize(
    ("starts_on", "expected"),
    [
        (date(2026, 4, 1), date(2027, 3, 31)),
        (date(2026, 10, 15), date(2027, 10, 14)),
        (date(2027, 3, 1), date(2028, 2, 29)),
        (date(2027, 2, 28), date(2028, 2, 27)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2026, 5, 31), date(2027, 5, 30)),
    ],
)
def test_a_year_that_begins_with_its_first_day_ends_on_the_day_before(starts_on, expected):
    assert last_day(starts_on, 12) == expected


def test_two_numbers_decide_alone_and_names_only_where_one_is_missing():
    sanctions = Sanctions(register(("鈴木組㈱", FIRST)), [DEDUCTION], 12)
    assert [one.by_name for one in sanctions.of_named("別名㈱", FIRST, DAY)] == [False]
    assert [one.by_name for one in sanctions.of_named("鈴木組 株式会社", "", DAY)] == [True]
    assert sanctions.of_named("鈴木組㈱", SECOND, DAY) == []
    assert sanctions.of_named("㈱鈴木組", "", DAY) == []  # 前株 and 後株 differ


def test_a_sanction_without_a_number_reaches_the_name():
    sanctions = Sanctions(register(("鈴木組㈱", "")), [DEDUCTION])
    (one,) = sanctions.of_named("鈴木組㈱", SECOND, DAY)
    assert (one.by_name, one.last_on) == (True, date.max)
    assert sanctions.of_named("", "", DAY) == []


GIVEN = [
    "5",
    "5点",
    "５",
    "0.5",
    "○",
    "◯",
    "〇",
    "有",
    "有り",
    "あり",
    "有（表明あり）",
    "はい",
    "Yes",
    "5点（減点なし）",
]
NONE = [
    "", " ", "0", "0点", "なし", "無", "－", "▲6", "-6", "△１", "×", "該当なし", "該当無し", "対象外", "未表明",
    "無（表明なし）", "表明なし", "加点なし", "無（令和7年度）", "該当しない", "非該当", "令和7年度は表明なし",
]  # fmt: skip
UNREADABLE = ["別紙のとおり", "確認中", "令和7年4月1日", "有無不明", "表明"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (text, points)
        for points, texts in ((Points.GIVEN, GIVEN), (Points.NONE, NONE), (Points.UNREADABLE, UNREADABLE))
        for text in texts
    ],
)
def test_what_the_column_of_points_says(text, expected):
    assert read_points(text) is expected
