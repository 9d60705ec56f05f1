"""Text of a ledger as it may be shown: no control characters, no marks that turn its direction around, not too long."""

import re
from typing import Final

BRIEF: Final = 80  # characters of a title, department or name in mail and Slack
_BREAKS: Final = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# C0 and C1 controls (Gmail clips a mail at C1) but for tab and line feed, marks that turn the direction of text around,
# surrogates
_HIDDEN: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Text of one or more lines as it may be shown."""
    return _HIDDEN.sub("", _BREAKS.sub("\n", text))


def clean(text: str) -> str:
    """The same on one line: a ledger's line break must not begin a line of ours."""
    return re.sub(r"[\t\n]+", " ", visible(text))


def brief(text: str, longest: int = BRIEF) -> str:
    """At most so many characters: one contract's title must not make a message too long to be shown."""
    line = clean(text).strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"
