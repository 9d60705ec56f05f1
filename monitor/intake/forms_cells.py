"""Amounts and dates as published registers write them: with words, changes and unit prices around them."""

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from checks import words
from monitor.intake import dates
from monitor.intake.cells import Cell, CellError, text
from monitor.intake.rows import quote

_THOUSAND, _TEN_THOUSAND = 1_000, 10_000
_EXACT, _LONG = 10**15, 16  # below it a whole number is what Excel shows of it; letters of a text that is surely less
_SPACE, _SPACE_IN_LINE = re.compile(r"\s"), re.compile(r"[^\S\n]")
_LENGTHENED = re.compile(r"(?<=[ァ-ヂツ-ヲ])-")
_DASH = re.compile(r"[-ー—…\s]*")
_DASHES = re.compile(r"[-ー—…・*\s]*")
_UNDISCLOSED = re.compile(
    "公表しない|公表せず|事後公表|事前公表|非公表|非公開|不公表|未公表|公表して?い?ない|類推|不開示|非開示"
)
_DIGITS = r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+"
_YEN = rf"(?P<sign>[-△▲]?)[¥\\]?(?P<digits>{_DIGITS})(?:\.(?P<fraction>[0-9]+))?(?P<unit>千円|万円|円)?"
_LABEL = r"(?:総額|合計|計|契約金額|契約額|予定価格|落札金額|予定総[額価]|金)"
_PLAIN_YEN = re.compile(r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]*)円?", re.ASCII)
_PLAIN_UNIT = re.compile("[@＠][0-9][0-9,]*円?(?:ほか)?")
_TAX = r"\((?:税込|消費税[^)]{0,14}込[^)]{0,6}|うち[^)]{0,24}|内税|税率[^)]{0,8})\)?"
_ALONE = re.compile(rf"\(?{_LABEL}?[はを:]?{_YEN}(?:也|[.]?-|[.])?(?:{_TAX})?\)?")
_UNIT_PRICE = re.compile(
    r"@|単価|ほか|[0-9]円?他|円?/(?!年)|円?(?:につき|当たり)|[0-9]円?/[人名件台個枚時日月式脚本回㎡Lkm]"
)
_SUM = rf"[¥\\]?(?:{_DIGITS})(?:千円|万円|円)?"
_YEARLY = re.compile(rf"(?:年額?|1年[間分]?)[:は]?{_SUM}.*|{_SUM}(?:/年|\(年額\)).*")
_SUMS = re.compile(rf"[¥\\]?({_DIGITS})(千円|万円)?")
_PAID = re.compile("支払実績|支払総?額|支出実績|支出額|実績額|支払済")
_NET = re.compile(
    "税抜|税別|税(?:等|額|相当額)?[をはが]?(?:抜[きく]|別途?|除[くい]|含ま(?:れて)?(?:い?な|ず|い?ません|れな|れません))"
)
_GROSS = re.compile("税込|税を?含[むめみ]|内税")
_OF_OTHERS = re.compile("予定価格|設計|積算|単価|見積|入札|応札|落札率|最低|支払|支出|変更|@")
_ROUGH = re.compile(
    r"(?<!契)約[¥\\]?[0-9]|(?:およそ|おおよそ|概ね|おおむね|凡そ|概算)[¥\\]?[0-9]|[0-9][千万]?円?(?:程度|前後|くらい|ぐらい)|概算"
)
_BEFORE = re.compile(rf"(?:変更前|当初|原契約)[^0-9]{{0,6}}{_YEN}")

_PLANNED = re.compile(
    r"(?:予定(?:調達|契約|執行|支払|購入)?総[額価]|(?:調達|契約|執行|支払|購入)予定総?[額価]|予定数量総額|見込総額|(?:契約|執行|調達)見込総?額|単価×予定数量)"
    rf"[「」):=はがを約\n]*[¥\\]?(?P<digits>{_DIGITS})(?P<unit>千円|万円)?"
)
_STATED = re.compile(rf"(?<!変更後)(?<!変更前)(?<!当初)契約金額[:=は約]*[¥\\]?(?P<digits>{_DIGITS})円")
_INITIAL = re.compile(
    rf"当初契約(?:金)?額[:=は]*[¥\\]?(?P<a>{_DIGITS})|(?P<b>{_DIGITS})円?\n?\(?(?:契約当初金額|当初契約金?額)"
)
_IS_UNIT = re.compile(r"(?<!一部)(?<!一部は)(?<!料は)(?<!は)単価契約|\(単価\)|@")
_FINALLY = re.compile(rf"(?:最終支出(?:金)?額|支払実績額|支出額)[:=はが、]*[¥\\]?(?P<digits>{_DIGITS})")
_PAYS = re.compile("[支\u2f40]")
_PLANS = re.compile("予定|見込|単価×")  # one of these is in each
_MANY_TIMES = 20
_UNIT_WORD = re.compile("[単@＠﹫]")  # without one of these letters no text says 単価; most have none
_PLANNED_WORD = re.compile("[予見\u2f92\ufa0a単@＠﹫]")
_OF_MONEY = re.compile("[税予見\u2f92\ufa0a単@＠﹫]")
_UNIT_NUMBER = re.compile(rf"@?[¥\\]?(?P<digits>{_DIGITS})(?:\.[0-9]+)?(?![0-9,])")


class Says(StrEnum):
    """What a cell of money says."""

    NOTHING = "nothing"  # blank, a dash, 非公表
    YEN = "yen"
    UNIT = "unit"  # a price per piece: the total is not told
    YEARLY = "yearly"
    PAID = "paid"  # what was paid in the end: no contract amount


class Money(NamedTuple):
    """A cell of money: what it says and, but for a unit price, how much (yen; with a fraction if it is printed so)."""

    says: Says
    yen: Decimal | None = None

    @property
    def whole(self) -> int | None:
        """Yen without a fraction; None where there is none or it is not whole."""
        return int(self.yen) if self.yen is not None and self.yen == int(self.yen) else None


NOTHING = Money(Says.NOTHING)


def shown_of(cell: Cell) -> str:
    """The text of a cell without space around it."""
    return (cell if isinstance(cell, str) and "\r" not in cell else text(cell)).strip()


def says(shown: str) -> bool:
    """Whether a text is more than a dash."""
    if shown and shown[0].isalnum() and shown[0] not in "ーｰ":
        return True
    return _DASH.fullmatch(words.narrow(shown)) is None


def lengthened(shown: str) -> str:
    """センタ- as センター: registers write the long vowel as a dash throughout."""
    return _LENGTHENED.sub("ー", shown)


def squeezed(shown: str) -> str:
    """Text for looking into: half-width and without spaces, line breaks kept."""
    return _SPACE_IN_LINE.sub("", words.narrow(shown)).strip("\n")


def is_nothing(shown: str) -> bool:
    """Blank, a dash, or words that say it is not made public."""
    plain = words.narrow(shown)
    if plain.isdecimal():
        return False
    return _DASHES.fullmatch(plain) is not None or (_UNDISCLOSED.search(plain) is not None and not _amounts(plain))


@lru_cache(maxsize=1000)
def _tight(shown: str) -> str:
    """Half-width, without any space."""
    return _SPACE.sub("", words.narrow(shown))


def _amounts(plain: str) -> bool:
    return re.search(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{4,}円", plain) is not None


def plain_yen(cell: Cell) -> int | None:
    """The yen of a cell that says nothing else: a whole number of Excel, 1234567, 1,234,567円. None: to be read with care."""
    if isinstance(cell, str):
        return int(cell.rstrip("円").replace(",", "")) if _PLAIN_YEN.fullmatch(cell) and len(cell) < _LONG else None
    if type(cell) in (int, float) and 0 <= cell < _EXACT and cell == int(cell):  # type: ignore[operator,arg-type]
        return int(cell)  # type: ignore[arg-type]
    return None


def money(cell: Cell, *, thousands: bool = False) -> Money:
    """What a cell of money says. A total beside its change is the first one: the contract as it was signed.

    Raises CellError where it cannot be told.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return Money(Says.YEN, Decimal(text(cell)) * (_THOUSAND if thousands else 1))
    shown = text(cell)
    if isinstance(cell, (date, datetime, bool)):
        raise CellError(f"{quote(shown)}は金額として読めません。")
    if _PLAIN_UNIT.fullmatch(shown):  # the usual price, at a glance
        return Money(Says.UNIT)
    return NOTHING if is_nothing(shown) else _printed(shown, thousands=thousands)


def _printed(shown: str, *, thousands: bool) -> Money:
    plain = squeezed(shown)
    lines = [line for line in plain.split("\n") if line]
    if _NET.search(plain):
        raise CellError(f"{quote(shown)}は税抜の金額です（税込の金額が必要です）。")
    if _ROUGH.search(plain) and not _UNIT_PRICE.search(plain):
        raise CellError(f"{quote(shown)}は概数です（契約書の金額が必要です）。")
    if _PAID.search(plain):
        return Money(Says.PAID)
    whole = "".join(lines)
    if found := _YEARLY.fullmatch(whole):
        return Money(Says.YEARLY, _longest(found[0]))
    alone = [found for line in lines if (found := _ALONE.fullmatch(line))]
    first = _ALONE.fullmatch(whole) or _BEFORE.search(whole)
    if first is None and alone and ("変更" in whole or (len(alone) == len(lines) and lines[0].startswith("("))):
        first = alone[0]  # (17,996,967) above 11,423,225; 130,746,275 above （変更後）
    if first is None and len(alone) == 1 and alone[0][0] == lines[-1]:
        first = alone[0]  # prices with words, and the sum below them
    if first:
        return Money(Says.YEN, _yen(first.groupdict(), shown, thousands=thousands))
    if _UNIT_PRICE.search(plain):
        return Money(Says.UNIT)
    raise CellError(f"{quote(shown)}は金額として読めません（例: 1234567、1,234,567円）。")


def is_net(beside: str, amount: Money = NOTHING) -> bool:
    """Whether a text beside an amount (its heading, the remarks, what stands above) says that it is without tax.

    What is said of another sum, of 予定価格 or of 単価, does not count.
    """
    if "税" not in beside:
        return False
    for sentence in re.split(r"[\n。、,;；]+", re.sub(r"(?<=[0-9]),(?=[0-9])", "", squeezed(beside))):
        if _NET.search(sentence) and not _GROSS.search(sentence) and not _OF_OTHERS.search(sentence):
            sums = {Decimal(digits) for digits in re.findall("[0-9]{3,}", sentence)}
            if not sums or amount.yen in sums:
                return True
    return False


def _longest(shown: str) -> Decimal:
    """The yen among the numbers of a text: the one with the most digits."""
    digits, unit = max(_SUMS.findall(shown), key=lambda pair: len(pair[0]))
    return Decimal(digits.replace(",", "")) * _factor(unit, thousands=False)


def _yen(found: dict[str, str | None], shown: str, *, thousands: bool) -> Decimal:
    if found["sign"]:
        raise CellError(f"{quote(shown)}は負の金額です。")
    yen = Decimal((found["digits"] or "").replace(",", "") + "." + (found["fraction"] or "0"))
    return yen * _factor(found["unit"] or "", thousands=thousands)


def _factor(unit: str, *, thousands: bool) -> int:
    if unit == "円":
        return 1
    return {"千円": _THOUSAND, "万円": _TEN_THOUSAND}.get(unit, _THOUSAND if thousands else 1)


# --- unit-price contracts -----------------------------------------------------------------------------------------


def says_nothing_of_money(beside: str) -> bool:
    """Whether a text beside an amount has no letter of tax, of unit prices or of a planned total; most have none."""
    return _OF_MONEY.search(beside) is None


def is_unit_price(*shown: str) -> bool:
    """Whether one of the texts (title, amount, remarks) says that the contract is one by unit price; 一部単価契約 is not."""
    return any(_IS_UNIT.search(_tight(one)) for one in shown if _UNIT_WORD.search(one))


def is_sum_of_prices(amount: Money, estimate: Money, remarks: str) -> bool:
    """Whether the amount of a unit-price contract is but the sum of its prices: fractions of a yen, or many times that was paid."""
    fraction = any(one.yen is not None and one.whole is None for one in (amount, estimate))
    found = _FINALLY.search(_tight(remarks)) if _PAYS.search(remarks) else None
    paid = int(found["digits"].replace(",", "")) if found else 0
    return fraction or (amount.yen is not None and paid > _MANY_TIMES * amount.yen)


def planned_total(*shown: str) -> int | None:
    """The planned total of a unit-price contract, where one of the texts tells it."""
    for one in shown:
        if not _PLANNED_WORD.search(one):
            continue
        plain = _tight(one)
        found = _PLANNED.search(plain) if _PLANS.search(plain) else None
        if found or ("契約金額" in plain and is_unit_price(plain) and (found := _STATED.search(plain))):
            return int(found["digits"].replace(",", "")) * _factor(found.groupdict().get("unit") or "", thousands=False)
    return None


def initial_amount(shown: str) -> int | None:
    """The amount at the signing, where the remarks tell it beside what was paid."""
    found = _INITIAL.search(squeezed(shown))
    return int((found["a"] or found["b"]).replace(",", "")) if found else None


def unit_price(shown: str) -> str:
    """The (first) price of a unit-price contract: 2520 of @2,520ほか; "" where several are listed. Raises CellError."""
    plain = squeezed(shown)
    if "\n" in plain or not plain.startswith("@"):
        return ""
    found = _UNIT_NUMBER.match(plain)
    if found is None:
        raise CellError(f"単価{quote(shown)}が読めません（例: @1,500円）。")
    return found[0].removeprefix("@").replace(",", "")


# --- dates ----------------------------------------------------------------------------------------------------------

_YEAR = r"(?:[12][0-9]{3}|(?:令和|平成|昭和|[RHSrhs])(?:元|[0-9]{1,2}))"
_ONE_DATE = re.compile(rf"{_YEAR}(?:年[0-9]{{1,2}}月[0-9]{{1,2}}日?|([./-])[0-9]{{1,2}}\1[0-9]{{1,2}})")


def dates_in(shown: str) -> list[date]:
    """All dates that a text names, in its order. Raises CellError for one that the calendar does not have."""
    plain = _tight(shown)
    found = [match[0] for match in _ONE_DATE.finditer(plain)]
    return [dates.read(one + "日" if "月" in one and not one.endswith("日") else one) for one in found]


def signed_on(cell: Cell) -> Cell:
    """The cell to read as the day of signing: of several dates in a text (after a change) the earliest.

    Raises CellError for a date that the calendar does not have.
    """
    found = dates_in(cell) if isinstance(cell, str) else []
    return min(found) if found else cell
