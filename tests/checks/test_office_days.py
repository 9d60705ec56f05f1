"""The days on which offices work, against the official list of holidays."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.office_days import Calendar

CALENDAR = Calendar()
DAYS = st.dates(date(2006, 1, 1), date(2049, 12, 31))


def closed_weekdays(first: date, last: date) -> list[str]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [f"{day:%m-%d}" for day in days if day.weekday() < 5 and not CALENDAR.is_open(day)]


@pytest.mark.parametrize(
    ("first", "last", "closed"),
    [
        # 2019: ten days without an office, for 天皇の即位の日 5/1 (平成30年法律99号) and the days between holidays
        (date(2019, 4, 26), date(2019, 5, 7), "04-29 04-30 05-01 05-02 05-03 05-06"),
        (date(2019, 10, 1), date(2019, 11, 30), "10-14 10-22 11-04"),  # 即位礼正殿の儀 10/22; 11/3 is a Sunday
        # 2020 and 2021: 海の日, 山の日 and スポーツの日 moved for the games (五輪特措法)
        (date(2020, 7, 1), date(2020, 10, 31), "07-23 07-24 08-10 09-21 09-22"),
        (date(2021, 7, 1), date(2021, 10, 31), "07-22 07-23 08-09 09-20 09-23"),
        # 2026: 敬老の日 9/21, 秋分の日 9/23, and 9/22 between them (祝日法3条3項); 5/3 is a Sunday, so 5/6 (3条2項)
        (date(2026, 9, 1), date(2026, 9, 30), "09-21 09-22 09-23"),
        (date(2026, 4, 27), date(2026, 5, 8), "04-29 05-04 05-05 05-06"),
        # the year's end: 12/28 and 1/4 are working days where they are weekdays
        (date(2026, 12, 28), date(2027, 1, 4), "12-29 12-30 12-31 01-01"),
        (date(2021, 12, 27), date(2022, 1, 5), "12-29 12-30 12-31 01-03"),
    ],
)
def test_the_weekdays_on_which_offices_are_closed(first: date, last: date, closed: str) -> None:
    assert closed_weekdays(first, last) == closed.split()


def test_what_an_office_closes_by_itself_is_no_working_day() -> None:
    calendar = Calendar(frozenset({date(2026, 6, 23)}))  # 慰霊の日 in Okinawa
    assert CALENDAR.is_open(date(2026, 6, 23))
    assert not calendar.is_open(date(2026, 6, 23))
    assert calendar.business_days_after(date(2026, 6, 22), 1) == date(2026, 6, 24)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 7, 3), 0, date(2026, 7, 3)),
        (date(2026, 7, 4), 0, date(2026, 7, 4)),  # a Saturday stays one: nothing is counted
        (date(2026, 7, 3), 1, date(2026, 7, 6)),
        (date(2026, 7, 4), 1, date(2026, 7, 6)),
        (date(2026, 4, 28), 3, date(2026, 5, 7)),
        (date(2026, 12, 28), 1, date(2027, 1, 4)),
    ],
)
def test_so_many_working_days_after(day: date, count: int, expected: date) -> None:
    assert CALENDAR.business_days_after(day, count) == expected


@given(DAYS, st.integers(1, 60))
def test_after_and_between_are_each_other_s_inverse(day: date, count: int) -> None:
    later = CALENDAR.business_days_after(day, count)
    assert CALENDAR.is_open(later)
    assert CALENDAR.business_days_between(day, later) == count
    assert CALENDAR.business_days_between(day, later - timedelta(days=1)) == count - 1
    assert CALENDAR.business_days_between(later, day) == 0


@given(DAYS)
def test_an_office_is_never_closed_for_more_than_eleven_days(day: date) -> None:
    assert CALENDAR.business_days_between(day, day + timedelta(days=11)) >= 1
