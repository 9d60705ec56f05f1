"""Dates as ledgers write them: ISO, 2025/4/1, 2025年4月1日, 令和7年4月1日, R7.4.1, in any width."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from checks import words
from monitor.intake.rows import CellError, quote


@dataclass(frozen=True)
class Era:
    """An era of the Japanese calendar: its name, letter, first and last day (None: it lasts)."""

    name: str
    letter: str
    first: date
    last: date | None


ERAS = (
    Era("令和", "R", date(2019, 5, 1), None),
    Era("平成", "H", date(1989, 1, 8), date(2019, 4, 30)),
    Era("昭和", "S", date(1926, 12, 25), date(1989, 1, 7)),
    Era("大正", "T", date(1912, 7, 30), date(1926, 12, 24)),
    Era("明治", "M", date(1868, 10, 23), date(1912, 7, 29)),
)
_WEEKDAYS = "月火水木金土日"
_TIME = re.compile(r"(?<=[0-9日])[ T]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?$")  # a database's midnight
_DATE = re.compile(
    r"(?:(?P<era>令和|平成|昭和|大正|明治|[RHSTM])(?P<nth>元|[0-9]{1,2})|(?P<year>[0-9]{4}))"
    r"(?:年(?P<m1>[0-9]{1,2})月(?P<d1>[0-9]{1,2})日|(?P<sep>[-./])(?P<m2>[0-9]{1,2})(?P=sep)(?P<d2>[0-9]{1,2}))"
    r"(?:\((?P<weekday>[月火水木金土日])(?:曜日?)?\))?"
)
_OLDEST = 1900  # Excel shows an empty date as 1899 or 1900: no contract is that old


@lru_cache(maxsize=10_000)
def read(text: str) -> date:
    """The date that a text names.

    Raises CellError where it names none: another form, a day that the calendar does not have, an era that does not
    fit the day, a weekday that is another one.
    """
    plain = re.sub(r"\s", "", _TIME.sub("", words.narrow(text).strip()))
    found = _DATE.fullmatch(plain.upper())
    if found is None:
        raise CellError(f"{quote(text)}は日付として読めません（例: 2025-04-01、2025/4/1、令和7年4月1日、R7.4.1）。")
    era = next((era for era in ERAS if found["era"] in (era.name, era.letter)), None)
    year = (
        int(found["year"]) if era is None else era.first.year - 1 + (1 if found["nth"] == "元" else int(found["nth"]))
    )
    try:
        day = date(year, int(found["m1"] or found["m2"]), int(found["d1"] or found["d2"]))
    except ValueError:
        raise CellError(f"{quote(text)}は暦にない日付です。") from None
    return checked(day, text, era, found["weekday"])


def checked(day: date, text: str, era: Era | None = None, weekday: str | None = None) -> date:
    """The day, if it lies within its era, falls on its weekday and is not older than any contract; else CellError."""
    if era and day < era.first:
        raise CellError(f"{quote(text)}は暦にない日付です（{era.name}は{_plain(era.first)}からです）。")
    if era and era.last and day > era.last:
        raise CellError(f"{quote(text)}は暦にない日付です（{era.name}は{_plain(era.last)}までです）。")
    if weekday and weekday != _WEEKDAYS[day.weekday()]:
        raise CellError(f"{quote(text)}は日付と曜日が合いません（{_plain(day)}は{_WEEKDAYS[day.weekday()]}曜日です）。")
    if day.year < _OLDEST:
        raise CellError(f"{quote(text)}は{_OLDEST}年より前の日付です。")
    return day


def _plain(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
