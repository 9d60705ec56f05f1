"""What the figures on record hold, if they hold it: figures of an older version of a check are other ones. Never raises."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

MOST: Final = 10**16  # yen; what is above is no amount
_DECIMAL: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_CIRCLED: Final = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑㉒㉓㉔"
NUMBERED: Final = len(_CIRCLED)  # pieces that a picture shows one by one


def whole(value: Any) -> int | None:
    """A number of yen or contracts from 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST else None


def wholes(value: Any) -> list[int]:
    """A list of such numbers; [] if one is not."""
    numbers = [whole(one) for one in value] if isinstance(value, list | tuple) else []
    return [one for one in numbers if one is not None] if None not in numbers else []


def decimal(value: Any) -> Decimal | None:
    """A number in words: 6.3."""
    return Decimal(value) if isinstance(value, str) and value.isascii() and _DECIMAL.fullmatch(value) else None


def day(value: Any) -> date | None:
    """An ISO date."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def days(value: Any) -> list[date]:
    """A list of ISO dates; [] if one is not."""
    found = [day(one) for one in value] if isinstance(value, list | tuple) else []
    return [one for one in found if one is not None] if None not in found else []


def counts(value: Any) -> dict[str, int]:
    """Label → number; {} if one is not."""
    if not isinstance(value, Mapping) or not all(isinstance(label, str) for label in value):
        return {}
    found = {label: whole(one) for label, one in value.items()}
    return {label: one for label, one in found.items() if one is not None} if None not in found.values() else {}


def text(value: Any) -> str:
    """Words; '' if it is none."""
    return value if isinstance(value, str) else ""


def circled(index: int) -> str:
    """① for 0; (25) where there is no such letter."""
    return _CIRCLED[index] if index < NUMBERED else f"({index + 1})"
