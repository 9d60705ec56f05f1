"""What is taken from a server's answer: the patience that it asks for, and its words without our secrets. Pure."""

import base64
import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from pydantic import SecretStr


def seconds(retry_after: Any) -> float | None:
    """A Retry-After header in seconds; None where it is absent or not a number (it may be a date)."""
    value = retry_after[0] if isinstance(retry_after, list) and retry_after else retry_after
    try:
        wait = float(value)
    except (TypeError, ValueError):
        return None
    return wait if math.isfinite(wait) and wait >= 0 else None


def patience(retry_after: str | None, now: datetime) -> float | None:
    """A Retry-After header, seconds or an HTTP date, in seconds from ``now``; None where it says nothing of use."""
    wait = seconds(retry_after)
    if wait is not None or retry_after is None:
        return wait
    try:
        until = parsedate_to_datetime(retry_after)
    except (TypeError, ValueError):
        return None
    return max((until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now.timestamp(), 0.0)


def said(words: str, secret: SecretStr, *more: str, longest: int = 200) -> str:
    """Words of another program on one line, without our secrets, then cut: a cut may halve a secret and so hide it."""
    return " ".join(redact(words, secret, *more).split())[:longest]


def redact(text: str, secret: SecretStr, *more: str) -> str:
    """The text without the secret in any form in which a server may repeat it; ``more`` is what else must not show."""
    parts = {part for value in (secret.get_secret_value(), *more) if value for part in _forms(value)}
    for part in sorted(parts, key=lambda part: (-len(part), part)):
        text = text.replace(part, "***")
    return text


def _forms(value: str) -> Iterator[str]:
    """The value as it is, as a part of JSON or of an address, in base64; of an address also its path and its query."""
    address = urlsplit(value) if re.match(r"https?://", value) else None
    for form in (value, address.path, address.query) if address else (value,):
        if form == value or len(form) > 1:
            yield from (form, json.dumps(form)[1:-1], quote(form), quote(form, safe=""), unquote(form))
    yield base64.b64encode(value.encode()).decode()
