"""One cell → its value, by the kind of its column (checks/ledger.py), or CellError with the reason in Japanese."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import repeat
from typing import Any

from checks import words
from checks.ledger import Column, Kind
from monitor.intake import dates
from monitor.intake.rows import CellError, Value, canonical, quote

__all__ = ["Cell", "CellError", "Memory", "number_13", "read", "text"]

Cell = str | int | float | bool | date | datetime | time | timedelta | None

BIGGEST, _BIGGEST_COUNT = 2**63 - 1, 2**31 - 1  # BIGINT and INTEGER of the store
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_EXCEL_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)")
_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
_YEN = re.compile(rf"(?P<sign>[-△▲]?)[¥\\]?(?P<sign2>[-△▲]?)(?P<digits>{_DIGITS})(?:\.(?P<fraction>[0-9]+))?円?")
_COUNT = re.compile(rf"(?P<digits>{_DIGITS})(?:\.0+)?[者社件回次]?")
_PERCENT = re.compile(r"(?P<sign>[-△▲]?)(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<mark>%?)")
_YES, _NO = {"1", "○", "〇", "◯", "true", "はい", "yes"}, {"0", "×", "false", "いいえ", "no"}
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000  # Excel's day numbers of 1954 to 2119
_EXCEL_EPOCH = date(1899, 12, 30)
_LONG = len(str(BIGGEST))
_EXACT = 10**15  # Excel shows 15 digits
_KEPT, _PLAIN_KEPT = 5000, 500  # cells of a column that are remembered; titles and amounts seldom come again
_PROSE = 1000  # columns that are shorter hold codes and ids, not prose


def text(cell: object) -> str:
    """The cell's own text: numbers as Excel shows them (15 digits, no .0), dates ISO, line breaks as \\n."""
    if isinstance(cell, str):
        return cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < _EXACT:
            return str(int(cell))
        shown = format(Decimal(format(cell, ".15g")), "f")
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    return cell.isoformat(" ") if isinstance(cell, datetime) else str(cell)


def read(column: Column, cell: object, *, percent: bool = False) -> tuple[Value, str]:
    """(value, the cell's own text); a blank cell is None.

    ``percent``: the cell is a number formatted as percent (0.025 is shown as 2.5%). Raises CellError.
    """
    own = text(cell)
    plain = own.strip() if own.isprintable() else _clean(own)  # the first is the usual case, and quick
    if not plain:
        if column.required:
            raise CellError(f"空欄です（「{column.heading}」は必ず入れてください）。")
        return None, own
    if plain[0] == "#" and _EXCEL_ERROR.fullmatch(plain):
        raise CellError(f"Excelのエラー値{quote(plain)}が入っています。")
    if column.kind is Kind.DATE:
        return _date(cell, plain), own
    if column.kind is Kind.PERCENT and percent and isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _percent(column, format(Decimal(plain).scaleb(2), "f") + "%"), own
    if column.kind is Kind.TEXT and isinstance(cell, (date, time)) and column.longest < _PROSE:
        raise CellError(f"番号や記号のはずのセルが日付{quote(own)}になっています（Excelの自動変換かもしれません）。")
    return _READERS[column.kind](column, plain), own


class Memory(dict[Any, Value]):
    """What the cells of one column were read as: cell → value, and in ``own`` the cell's text where that is another.

    Most cells of a ledger repeat: dates, departments, methods. A cell that cannot be read raises CellError, and so does a
    number in a column of percents, whose format decides what it means. ``instead`` stands in for a blank cell. What is
    remembered is bounded: by so many cells, and those of one batch.
    """

    def __init__(self, column: Column, instead: str | None = None) -> None:
        super().__init__()
        self._column, self._instead = column, instead
        self._prose, self._yen = column.kind is Kind.TEXT and not column.choices, column.kind is Kind.YEN
        self._typed = (
            {str, type(None)} if column.kind is Kind.PERCENT else {str, type(None), int, float, date, datetime}
        )
        self.own: dict[Any, str] = {}

    def __missing__(self, cell: Any) -> Value:
        value = self._plain(cell) if cell and isinstance(cell, str) else None
        if value is None:
            self[cell] = value = self._read(cell)
        elif len(self) < _PLAIN_KEPT:
            self[cell] = value
        return value

    def one(self, cell: Any) -> Value:
        """The value of one cell. Raises CellError."""
        if type(cell) not in self._typed:  # True and 1.0 are one key, and two texts
            raise CellError("the format decides")
        return self[cell]

    def column(self, cells: Sequence[Any]) -> Sequence[Value]:
        """The values of many cells, whose own texts stay known until the next are read. Raises CellError if one cannot be read."""
        if len(self) >= _KEPT:
            self.clear()
            self.own.clear()
        held = self._all_plain(cells) if self._prose or self._yen else None
        if held is not None:
            return held
        if not {*map(type, cells)} <= self._typed:  # what is remembered of 1.0 is not asked for True
            raise CellError("the format decides")
        return list(map(self.__getitem__, cells))

    def _all_plain(self, cells: Sequence[Any]) -> Sequence[Value] | None:
        """What ``_plain`` says of each cell, where it has something to say of all that are not blank; asked of all at once."""
        try:
            whole = "".join(cells)
        except TypeError:  # numbers and dates of Excel
            return self._whole_yen(cells) if self._yen else None
        filled = all(cells)
        if not filled and (self._column.required or self._instead):
            return None
        longest = max(map(len, cells), default=0)
        if self._prose:
            usual = whole.isprintable() and "#" not in whole and longest <= self._column.longest
            if not usual or tuple(map(str.strip, cells)) != tuple(cells):
                return None
            return cells if filled else [cell or None for cell in cells]
        usual = whole.isdecimal() and whole.isascii() and longest < _LONG
        if not usual or any(map(str.startswith, cells, repeat("0"))):
            return None
        return [int(cell) if cell else None for cell in cells]

    def _whole_yen(self, cells: Sequence[Any]) -> Sequence[Value] | None:
        """Numbers of Excel without a fraction, and blank cells, where there is nothing else."""
        if self._column.required or not {*map(type, cells)} <= {float, str}:
            return None
        numbers = [cell for cell in cells if cell != ""]
        try:
            usual = all(map(float.is_integer, numbers)) and max(map(abs, numbers)) < _EXACT
        except TypeError:  # texts
            return None
        return [int(cell) if cell != "" else None for cell in cells] if usual else None

    def _plain(self, cell: str) -> Value:
        """The value of a text that is already as ``read`` would have it: a look instead of a parse; None to be sure."""
        if self._prose:
            usual = cell.isprintable() and cell[0] != "#" and cell.strip() == cell and len(cell) <= self._column.longest
            return cell if usual else None
        if self._yen and cell.isdecimal() and cell.isascii() and len(cell) < _LONG and cell[0] != "0":
            return int(cell)
        return None

    def _read(self, cell: Any) -> Value:
        blank = self._instead and not text(cell).strip()
        value, own = read(self._column, self._instead if blank else cell)
        if own not in (value, canonical(value)):
            self.own[cell] = own
        return value


def _clean(own: str) -> str:
    """Without control characters, and without space around it; a leading blank line keeps its place."""
    if "\n" not in own:
        return _CONTROL.sub("", own.replace("\t", " ")).strip()
    lines = [_CONTROL.sub("", line.replace("\t", " ")).strip() for line in own.split("\n")]
    return "\n".join(lines).rstrip() if any(lines) else ""


def _short_enough(column: Column, plain: str) -> str:
    if len(plain) > column.longest:
        raise CellError(f"{len(plain):,}文字あります（「{column.heading}」は{column.longest:,}文字までです）。")
    return plain


def _text(column: Column, plain: str) -> str:
    plain = _short_enough(column, plain.strip())
    if not column.choices or plain in column.choices:
        return plain
    key = _key(plain)
    for choice in column.choices:
        if key == _key(choice):
            return choice
    for word, choice in column.meant.items():
        if key == _key(word):
            return choice
    near = difflib.get_close_matches(key[:100], column.choices, n=1, cutoff=0)
    raise CellError(
        f"{quote(plain)}は「{column.heading}」の値ではありません（「{near[0]}」でしょうか。使える値: {'、'.join(column.choices)}）。"
    )


def _lines(column: Column, plain: str) -> str:
    return _short_enough(column, "\n".join(line.removeprefix("・").strip() for line in plain.split("\n")))


def _yen(column: Column, plain: str) -> int:
    found = _YEN.fullmatch(_number(plain))
    if found is None or (found["sign"] and found["sign2"]):
        raise CellError(
            f"{quote(plain)}は「{column.heading}」の金額として読めません（例: 1234567、1,234,567、￥1,234,567）。"
        )
    if found["fraction"] and found["fraction"].strip("0"):
        raise CellError(f"{quote(plain)}には円未満の端数があります。")
    yen = int(found["digits"].replace(",", "")) if len(found["digits"]) < 30 else BIGGEST + 1
    if yen > BIGGEST:
        raise CellError(f"{quote(plain)}は金額として大きすぎます。")
    return -yen if found["sign"] or found["sign2"] else yen


def _count(column: Column, plain: str) -> int:
    found = _COUNT.fullmatch(_number(plain))
    if found is None:
        raise CellError(f"{quote(plain)}は「{column.heading}」の数として読めません（例: 3）。")
    count = int(found["digits"].replace(",", "")) if len(found["digits"]) < 30 else BIGGEST
    if count > _BIGGEST_COUNT:
        raise CellError(f"{quote(plain)}は「{column.heading}」の数として大きすぎます。")
    return count


def _percent(column: Column, plain: str) -> str:
    found = _PERCENT.fullmatch(_number(plain))
    if found is None or len(found["number"]) > 20:
        raise CellError(f"{quote(plain)}は「{column.heading}」の率として読めません（例: 2.5、2.5%）。")
    rate = Decimal(found["number"])
    if 0 < rate < Decimal("0.1") and not found["mark"]:
        raise CellError(f"{quote(plain)}は%の値か割合（2.5%を0.025と書いたもの）か決められません（例: 2.5、2.5%）。")
    return _percent_text(-rate if found["sign"] else rate)


def _percent_text(rate: Decimal) -> str:
    return format(rate.normalize(), "f") if rate else "0"


def _yes_no(column: Column, plain: str) -> bool:
    key = _key(plain).lower()
    if key in _YES or key in _NO:
        return key in _YES
    raise CellError(
        f"{quote(plain)}は「{column.heading}」の値として読めません（使える値: 1・0、○・空欄、true・false、はい・いいえ）。"
    )


def _numbers_13(column: Column, plain: str) -> str:
    numbers = [number_13(line) for line in _short_enough(column, plain).split("\n")]
    return "\n".join(numbers).rstrip("\n")


@lru_cache(maxsize=10_000)
def number_13(line: str) -> str:
    """A 法人番号 as 13 digits, "" for a blank line; the check digit is that of law.md 9.2 (平26財務省令70号2条)."""
    digits = re.sub(r"[-\s]", "", words.narrow(line)).upper().removeprefix("T")
    if not digits:
        return ""
    if not re.fullmatch("[0-9]{13}", digits):
        raise CellError(f"{quote(line)}は法人番号として読めません（13桁の数字です）。")
    total = sum(int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits[1:])))
    if int(digits[0]) != 9 - total % 9:
        raise CellError(f"法人番号{quote(line)}の検査数字が合いません（書き誤りがないか確認してください）。")
    return digits


def _date(cell: object, plain: str) -> date:
    if isinstance(cell, datetime):
        return dates.checked(cell.date(), plain)
    if isinstance(cell, date):
        return dates.checked(cell, plain)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if not _FIRST_SERIAL <= cell <= _LAST_SERIAL:
            raise CellError(f"数値{quote(plain)}は日付として読めません（例: 2025-04-01）。")
        return _EXCEL_EPOCH + timedelta(days=int(cell))
    return dates.read(plain)


def _number(plain: str) -> str:
    """Half-width and without spaces; ① and ² are no digits."""
    if plain.isascii():
        return plain.replace(" ", "")
    if any(unicodedata.category(character) == "No" for character in plain):
        raise CellError(f"{quote(plain)}には数字でない文字があります。")
    return re.sub(r"\s", "", words.narrow(plain))


@lru_cache(maxsize=1000)
def _key(plain: str) -> str:
    return re.sub(r"\s", "", words.narrow(plain))


_READERS: Mapping[Kind, Callable[[Column, str], Value]] = {
    Kind.TEXT: _text,
    Kind.LINES: _lines,
    Kind.YEN: _yen,
    Kind.COUNT: _count,
    Kind.PERCENT: _percent,
    Kind.YES_NO: _yes_no,
    Kind.NUMBER_13: _numbers_13,
}
