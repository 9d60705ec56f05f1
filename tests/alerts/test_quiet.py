"""Quiet time: across midnight, closed days, and that its end is neither too early nor too late."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.quiet import JST, Why, calendar, ends, quiet
from monitor.settings import Quiet

NIGHT = Quiet.model_validate({"from": "18:00", "until": "08:30"})
NOON = Quiet.model_validate({"from": "12:00", "until": "13:00"})
ZONES = st.sampled_from([UTC, JST, timezone(timedelta(hours=-10)), timezone(timedelta(hours=12, minutes=45))])
MOMENTS = st.datetimes(datetime(2019, 1, 1), datetime(2031, 12, 31), timezones=ZONES)
TIMES = st.times().map(lambda at: f"{at:%H:%M}")
EXTRA = st.lists(st.dates(date(2019, 1, 1), date(2031, 12, 31)), max_size=5)
SETTINGS = st.builds(
    lambda hours, closed, extra: Quiet.model_validate({**hours, "closed_days": closed, "extra_closed": extra}),
    st.none().map(lambda _: {})
    | st.tuples(TIMES, TIMES).filter(lambda ends: ends[0] != ends[1]).map(lambda ends: {"from": ends[0], "until": ends[1]}),
    st.booleans(),
    EXTRA,
)  # fmt: skip


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=JST)


@pytest.mark.parametrize(
    ("moment", "why", "end"),
    [
        ("2026-07-01 08:29", Why.HOURS, "2026-07-01 08:30"),
        ("2026-07-01 08:30", None, "2026-07-01 08:30"),
        ("2026-07-01 17:59", None, "2026-07-01 17:59"),
        ("2026-07-01 18:00", Why.HOURS, "2026-07-02 08:30"),
        ("2026-07-02 00:00", Why.HOURS, "2026-07-02 08:30"),
        ("2026-07-03 18:00", Why.HOURS, "2026-07-06 08:30"),  # Friday evening to Monday
        ("2026-07-04 12:00", Why.CLOSED_DAY, "2026-07-06 08:30"),
        ("2026-05-01 20:00", Why.HOURS, "2026-05-07 08:30"),  # Golden Week: 5/2 (土) to 5/6 (振替休日)
        ("2019-04-26 18:00", Why.HOURS, "2019-05-07 08:30"),  # ten days at the change of the era
        ("2026-09-21 10:00", Why.CLOSED_DAY, "2026-09-24 08:30"),
        ("2025-12-26 18:30", Why.HOURS, "2026-01-05 08:30"),  # 12/29 is a Monday, and closed
        ("2026-12-28 18:30", Why.HOURS, "2027-01-04 08:30"),
    ],
)
def test_nights_and_closed_days_are_quiet_until_the_next_working_morning(moment, why, end):
    assert quiet(at(moment), NIGHT) is why
    assert ends(at(moment), NIGHT) == at(end)


def test_hours_within_a_day_and_none_at_all():
    assert quiet(at("2026-07-01 12:00"), NOON) is Why.HOURS
    assert ends(at("2026-07-01 12:00"), NOON) == at("2026-07-01 13:00")
    assert quiet(at("2026-07-01 11:59"), NOON) is None
    assert ends(at("2026-07-04 12:30"), NOON) == at("2026-07-06 00:00")
    assert quiet(at("2026-07-04 03:00"), None) is None
    assert ends(at("2026-07-04 03:00"), None) == at("2026-07-04 03:00")


def test_what_the_office_closes_by_itself_is_quiet_if_closed_days_are_and_never_a_business_day():
    day = {"extra_closed": ["2026-11-24"]}
    for closed_days in (True, False):
        settings = Quiet.model_validate({**day, "closed_days": closed_days})
        assert quiet(at("2026-11-24 10:00"), settings) is (Why.CLOSED_DAY if closed_days else None)
        assert not calendar(settings).is_open(date(2026, 11, 24))
    assert calendar(None).is_open(date(2026, 11, 24))


def test_the_same_moment_is_as_quiet_in_every_zone_and_a_moment_without_one_is_refused():
    night = at("2026-07-01 23:00")
    assert quiet(night.astimezone(UTC), NIGHT) is Why.HOURS
    assert ends(night.astimezone(UTC), NIGHT).isoformat() == "2026-07-02T08:30:00+09:00"
    with pytest.raises(ValueError, match="no zone"):
        quiet(datetime(2026, 7, 1, 23), NIGHT)


@given(MOMENTS, SETTINGS)
def test_the_end_is_not_quiet_and_every_minute_before_it_is(moment, settings):
    end = ends(moment, settings)
    assert quiet(end, settings) is None
    assert end >= moment
    assert ends(end, settings) == end
    if quiet(moment, settings) is None:
        assert end == moment
        return
    step = timedelta(minutes=1) if end - moment < timedelta(days=1) else timedelta(minutes=29)
    between = moment
    while between < end:
        assert quiet(between, settings) is not None
        between += step
    assert quiet(end - timedelta(microseconds=1), settings) is not None


def test_the_words_are_japanese():
    assert [why.label for why in Why] == ["時間外", "閉庁日"]
