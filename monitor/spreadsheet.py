"""Text for spreadsheets: what Excel would run as a formula stays text, what no cell can hold is taken out."""

import re

LONGEST = 32_767  # UTF-16 units that a cell of Excel holds
_SIGNS = "=+\\-@＝＋－＠"  # a Japanese Excel takes the wide ones for the narrow
_FORMULA = re.compile(rf"\s*[{_SIGNS}]|[\t\r\n]")
_HARMLESS = re.compile(
    rf"\s*(?:[-+－＋]?[0-9０-９][0-9０-９,，]*(?:[.．][0-9０-９]+)?[%％]?|[{_SIGNS}]*)\s*"
)  # numbers, and signs alone
_GUARDED = re.compile(rf"'(?=\s*[{_SIGNS}])")
_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# C0 and C1 controls, marks that turn the direction of text around, and what XML 1.0 does not know
_HIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def runs(text: str) -> bool:
    """Whether Excel might take the text for a formula; a number may begin with a sign.

    >>> runs("=1+1"), runs("-5"), runs("－"), runs("+81 3")
    (True, False, False, True)
    """
    return _FORMULA.match(text) is not None and _HARMLESS.fullmatch(text) is None


def guarded(text: str) -> str:
    """The text for a cell of a CSV file: behind an apostrophe where Excel would run it."""
    return f"'{text}" if runs(text) else text


def unguarded(text: str) -> str:
    """The text again, as it was before ``guarded``."""
    return _GUARDED.sub("", text, count=1) if text.startswith("'") else text


def cleaned(text: str, longest: int = LONGEST) -> str:
    """The text as a cell can hold it: line breaks as \\n, no control characters; what is cut off is counted in words."""
    plain = _SURROGATE.sub("\ufffd", _HIDDEN.sub("", _BREAK.sub("\n", text).replace("\t", " ")))
    if len(plain) <= longest // 2:  # a character is at most two units
        return plain
    units = plain.encode("utf-16-le")
    if len(units) <= 2 * longest:
        return plain
    kept = units[: 2 * (longest - 30)].decode("utf-16-le", "ignore")
    return f"{kept}…（以下{len(plain) - len(kept):,}文字を省きました）"
