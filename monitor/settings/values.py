"""The kinds of value that settings are made of: dates, times, days, addresses. Each error says what was expected."""

import re
from datetime import date, datetime
from email.utils import parseaddr
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

DAY_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EXPECTED_ADDRESS: Final = 'expected one e-mail address such as "keiyaku@example.jp"'


def _day(value: Any) -> Any:
    """An ISO date; a bare number would be read as seconds since 1970."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("expected a date such as 2025-04-01")


def _days(value: Any) -> str:
    """Day names as the scheduler reads them: mon, mon-fri or mon,wed."""
    if isinstance(value, int) or (isinstance(value, str) and re.search(r"\d", value)):
        raise ValueError(
            'expected day names such as "mon-fri": a number means different days in different tools (1 is Monday for '
            "cron and Tuesday for the scheduler)"
        )
    text = re.sub(r"\s", "", str(value)).lower()
    for part in text.split(","):
        ends = part.split("-")
        if len(ends) > 2 or any(end not in DAY_NAMES for end in ends):
            raise ValueError(f'expected day names such as "mon", "mon-fri" or "mon,wed" ({", ".join(DAY_NAMES)})')
        if DAY_NAMES.index(ends[0]) > DAY_NAMES.index(ends[-1]):
            raise ValueError('expected a range that runs forward from Monday to Sunday; write "sat,sun,mon" instead')
    return text


def _at(value: Any) -> str:
    """A time of day, 06:30."""
    if not (isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value)):
        raise ValueError('expected a time in quotes such as "06:30"')
    return value


def is_address(text: str) -> bool:
    """Whether it is one e-mail address, with or without a display name."""
    address = parseaddr(text)[1]
    plain = re.fullmatch(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+", address) and address.isascii()
    return bool(plain) and not re.search(r"[\x00-\x1f\x7f,;]", text)


def _address(value: Any) -> str:
    if not isinstance(value, str) or not is_address(value):
        raise ValueError(EXPECTED_ADDRESS)
    return value


Day = Annotated[date, BeforeValidator(_day)]
DayNames = Annotated[str, BeforeValidator(_days)]
TimeOfDay = Annotated[str, BeforeValidator(_at)]
Address = Annotated[str, BeforeValidator(_address)]
Count = Annotated[int, Field(strict=True)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class Model(BaseModel):
    """A table of the settings: frozen, and no key that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
