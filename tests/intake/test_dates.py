"""Dates in every form that a ledger uses."""

import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import periods
from monitor.intake import dates
from monitor.intake.rows import CellError

APRIL = date(2025, 4, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2025-04-01", "2025/4/1", "2025.4.1", "2025年4月1日", "２０２５年４月１日", "2025－04－01", "R7.4.1", "R7/4/1", "r7-4-1",
        "R07.04.01", "令和7年4月1日", "令和７年４月１日", "令和 7年 4月 1日", "R7. 4. 1", "㋿7年4月1日", "Ｒ７．４．１", "2025-04-01 00:00:00",
        "2025/4/1 0:00", "2025-04-01T00:00", "令和7年4月1日(火)", "令和7年4月1日（火曜日）",
    ],
)  # fmt: skip
def test_one_day_is_read_from_every_form(text):
    assert dates.read(text) == APRIL


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R元.5.1", date(2019, 5, 1)),
        ("令和1年5月1日", date(2019, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("㍻31年4月30日", date(2019, 4, 30)),
        ("H31/4/30", date(2019, 4, 30)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("R6.2.29", date(2024, 2, 29)),
    ],
)
def test_the_edges_of_eras_are_read(text, day):
    assert dates.read(text) == day


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("令和1年4月30日", "令和は2019年5月1日からです"),
        ("令和元年4月30日", "令和は2019年5月1日からです"),
        ("R1.4.30", "令和は2019年5月1日からです"),
        ("平成31年5月1日", "平成は2019年4月30日までです"),
        ("昭和64年1月8日", "昭和は1989年1月7日までです"),
        ("2025-02-30", "暦にない日付です"),
        ("R7.2.29", "暦にない日付です"),
        ("令和0年5月1日", "令和は2019年5月1日からです"),
        ("2025-13-01", "暦にない日付です"),
        ("令和7年4月1日(水)", "2025年4月1日は火曜日です"),
        ("25/4/1", "日付として読めません"),
        ("4/1/2025", "日付として読めません"),
        ("2025年4月", "日付として読めません"),
        ("2025-04/01", "日付として読めません"),
        ("未定", "日付として読めません"),
        ("1899-12-31", "1900年より前"),
    ],
)
def test_what_is_no_day_is_refused_with_its_reason(text, reason):
    with pytest.raises(CellError, match=reason) as refused:
        dates.read(text)
    assert text in str(refused.value)


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@settings(max_examples=2000, deadline=None)
@given(st.dates(date(1926, 12, 25), date(2099, 12, 31)), st.integers(0, 5))
def test_wareki_comes_back_from_every_spelling(day, form):
    long, short = periods.wareki(day), periods.short(day)
    plain, dotted = long.partition("(")[0], short.partition("(")[0]
    spelled = (long, short, plain, dotted, wide(dotted), dotted.replace(".", "/"))[form]
    assert dates.read(spelled) == day
    assert dates.read(unicodedata.normalize("NFKC", spelled)) == day


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(dates.ERAS[:3]), st.integers(1, 4000))
def test_a_day_outside_its_era_is_never_read(era, days):
    before = era.first - timedelta(days=days)
    year = before.year - era.first.year + 1
    if year >= 0:
        with pytest.raises(CellError):
            dates.read(f"{era.name}{year}年{before.month}月{before.day}日")
    if era.last:
        after = era.last + timedelta(days=days)
        with pytest.raises(CellError):
            dates.read(f"{era.letter}{after.year - era.first.year + 1}.{after.month}.{after.day}")
