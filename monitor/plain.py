"""Text of a ledger on one line of ours: no control characters, no marks that turn its direction around, not too long."""

import re
from typing import Final

BRIEF: Final = 80  # characters of a title, department or name in mail and Slack
_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
# C0 and C1 controls (Gmail clips a mail at C1), surrogates, and marks that turn the direction of text around
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """One line without control characters: a ledger's line break must not begin a line of ours."""
    return _HIDDEN.sub("", _BREAKS.sub(" ", text))


def brief(text: str, longest: int = BRIEF) -> str:
    """At most so many characters: one contract's title must not make a message too long to be shown."""
    line = clean(text).strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"
