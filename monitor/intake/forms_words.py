"""What the prose of a published register says in the terms of the ledger: method, ground, the parts of a title."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from checks import ledger, words
from monitor.intake import forms_cells, forms_places
from monitor.intake.cells import CellError
from monitor.intake.mapping_words import SAYS

_KEPT = 10_000  # cells that are remembered: a register repeats itself
# --- method -------------------------------------------------------------------------------------------------------

_MARKED = re.compile(r"\((?:随意契約[:・])?(?P<how>企画競争|企画随契|公募)[^()]{0,12}\)")
_METHODS = tuple((re.compile(pattern), name) for pattern, name in SAYS["method"])
_ITEM = re.compile(r"第?[1-9]号(?:該当)?")


@lru_cache(maxsize=_KEPT)
def method(shown: str) -> str | None:
    """The method that a cell of 契約方式 names; None where it names none."""
    plain = forms_cells.squeezed(shown).replace("\n", "")
    return next((name for pattern, name in _METHODS if pattern.search(plain)), None)


@lru_cache(maxsize=_KEPT)
def ground_of_method(shown: str) -> str | None:
    """The ground that a cell of 契約方式 names beside the method: 2号 of 随意契約（２号）; None where there is none."""
    if method(shown) != ledger.SOLE:
        return None
    beside = re.sub(r"随意契約|随契|[()\[\]:・\s]", "", words.narrow(shown))
    return ground(beside) if _ITEM.fullmatch(_arabic(beside)) or re.search("[0-9]条", _arabic(beside)) else None


@lru_cache(maxsize=_KEPT)
def sole_source_method(ground: str) -> str:
    """The method of a row of a 随意契約 form: 企画競争 or 公募 where the cell is marked so, else 随意契約."""
    found = _MARKED.search(re.sub(r"\s", "", words.narrow(ground)))
    if found is None:
        return ledger.SOLE
    return ledger.PUBLIC_CALL if found["how"] == "公募" else ledger.PROPOSAL


# --- ground -------------------------------------------------------------------------------------------------------

_KANJI = {digit: str(value) for value, digit in enumerate("〇一二三四五六七八九")}
_ORDINAL = re.compile(
    r"(?<=第)[一二三四五六七八九十]{1,3}(?=[条項号])|(?<=の)[一二三四五六七八九十](?=(?:第|$|[のにを、。)]))"
)
_ARTICLE = r"第?(?P<article>[0-9]+)条(?:の(?P<of>[0-9]+))?(?:第?(?P<clause>[0-9]+)項)?(?:第?(?P<item>[0-9]+)号(?:の(?P<under>[0-9]+))?)?"
_ACT = re.compile(r"(?:会計法)?第?29条(?:の3第?|3の?第?)(?P<clause>[1-5])項")  # 29条3の第4項 is written so as often
_ORDER = re.compile(r"(?:予算決算及び会計[令例]|予決令|予算決算会計令)(?:臨時特例)?" + _ARTICLE)
_LOCAL = re.compile(r"(?:地方自治法施行令|自治令|施行令|令)?第?167条の2第?1項第?(?P<item>[1-9])号")
_LOCAL_SHORT = re.compile(r"第?(?P<item>[1-9])号(?:該当|随契)?")
_OWN = re.compile(
    r"(?P<rule>[^\s、。,（）()「」『』【】\[\]・:：]{0,22}?(?:規程|規則|細則|要領|規定|要綱|方法書|基準|通達|通知))(?:の)?"
    + _ARTICLE
)
_URGENT = re.compile("緊急の必要|緊急随意?契約|緊急随契")
_UNFAVOURABLE = re.compile("競争に付することが不利|競争に付することが国に不利")
_SMALL = re.compile("^少額")


@lru_cache(maxsize=_KEPT)
def ground(shown: str) -> str | None:
    """The code of the ground that a text names: 29条の3第4項, 99条2号, 2号, else the office's own rule (会計規程34条1項).

    The provision that lets a contract be made without competition is taken before those that only go with it (協議). A
    short text without a provision (緊急, 不落) is its own code. None where nothing is named.
    """
    plain = _arabic(re.sub(r"\s", "", words.narrow(shown)))
    orders = [order for order in _ORDER.finditer(plain) if order["article"] == "99"]
    if orders:
        return _order_code(orders[0])
    if found := _ACT.search(plain):
        if found["clause"] == "5" and _SMALL.search(plain):
            return "少額"
        suffix = "(緊急)" if _URGENT.search(plain) else "(不利)" if _UNFAVOURABLE.search(plain) else ""
        return f"29条の3第{found['clause']}項" + (suffix if found["clause"] == "4" else "")
    if found := _LOCAL.search(plain):
        return f"{found['item']}号"
    if found := _LOCAL_SHORT.fullmatch(plain):
        return f"{found['item']}号"
    if found := _ORDER.search(plain):
        return _code(found)
    if found := _OWN.search(plain):
        return _short(found["rule"]) + _code(found)
    return plain if plain and len(plain) <= 20 and not re.fullmatch(r"[-ー—]+", plain) else None


def _order_code(found: re.Match[str]) -> str:
    if found["of"]:
        return f"99条の{found['of']}"
    item = f"{found['item']}号" if found["item"] else ""
    return f"99条{item}" + (f"の{found['under']}" if found["under"] else "")


def _code(found: re.Match[str]) -> str:
    return (
        f"{found['article']}条"
        + (f"の{found['of']}" if found["of"] else "")
        + (f"第{found['clause']}項" if found["clause"] else "")
        + (f"第{found['item']}号" if found["item"] else "")
    )


def _short(rule: str) -> str:
    """The name of a rule without the body's and without what stands before it in the sentence."""
    plain = re.split(r"ため|当該|該当|より|ので|及び|から|れる|[はがにを]", rule)[-1]
    found = re.search(r"(?:会計|契約|業務方法|経理|財務|調達|工事|物品|請負|購買).*$", plain)
    return found[0] if found else plain


def _arabic(plain: str) -> str:
    """第三十四条 as 第34条."""

    def number(found: re.Match[str]) -> str:
        tens, ten, ones = found[0].rpartition("十")
        value = (int(_KANJI.get(tens, "1")) * 10 if ten else 0) + int(_KANJI.get(ones, "0"))
        return str(value)

    return _ORDINAL.sub(number, plain)


# --- title --------------------------------------------------------------------------------------------------------

_SPACES = re.compile(r"[ \t\u3000]+")
_PERIOD = re.compile(r"[~〜～]|から|まで|契約締結日")
_QUANTITY = re.compile(
    r"[(]?(?:(?:[^\s0-9]{0,8})?(?:一式|1式)|[0-9][0-9,]*\s*(?:人|名|件|箇所|か所|ヶ所|個|台|枚|本|部|冊|回|施設|式|セット|t|kg|㎡|m2?)(?:ほか|外.*|程度)?)[)]?"
)
_NOTE = re.compile(r"^[(（].*(?:単価契約|予定総[額価]|予定調達総額).*[)）]$")
_NO_PLACE = re.compile(r"[-ー—*]*|随意(?:契約)?|一般競争.*|全国|国内")
_GOES_ON = re.compile(r"[のにとをはがへ・、,（(及びびー-]$")
_CATEGORIES = (
    (re.compile("コンサル|設計|測量|調査|地質|監理|積算"), "設計・調査・測量"),
    (re.compile("工事"), "工事"),
    (re.compile("修繕"), "施設修繕"),
    (re.compile("製造"), "製造"),
    (re.compile("賃貸借|借入|リース|レンタル|借上"), "物件の借入れ"),
    (re.compile("売払|売却|払下"), "財産の売払い"),
    (re.compile("貸付"), "物件の貸付け"),
    (re.compile("委託|役務|業務|サービス"), "業務委託"),
    (re.compile("物品|購入|買入|買い入れ|供給"), "物品購入"),
)


@dataclass(frozen=True)
class Title:
    """The parts of a title cell: 名称、場所、期間及び種別 one under another, or 名称及び数量."""

    title: str
    site: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    category: str | None = None


@lru_cache(maxsize=_KEPT)
def title(shown: str, *, works: bool) -> Title:
    """The cell, taken apart. ``works``: its heading promises place, period and kind."""
    if "\n" not in shown:  # the usual case
        return Title(_one_line([shown.replace("\r", "").strip()]))
    lines = [line.strip() for line in shown.replace("\r", "").split("\n") if line.strip()]
    at = next((n for n, line in enumerate(lines) if n and _is_period(line)), None)
    site = kind = None
    days = period(lines[at]) if at is not None else (None, None)
    names = lines if at is None else lines[:at]
    if works and at is not None:
        kind = category(" ".join(lines[at + 1 :]))
        if len(names) > 1:
            *names, place = names
            site = None if _NO_PLACE.fullmatch(words.narrow(place)) else re.sub(r"^[(（](.*)[)）]$", r"\1", place)
    elif at is not None and len(names) > 1 and forms_places.is_place(names[-1]):
        *names, site = names
    first, *more = names or lines or [""]
    more = [line for line in more if not _QUANTITY.fullmatch(words.narrow(line)) and not _NOTE.match(line)]
    return Title(_one_line([first, *more]), site, *days, kind)


def _is_period(line: str) -> bool:
    plain = words.narrow(line)
    if _PERIOD.search(plain) is None:
        return False
    try:
        return bool(forms_cells.dates_in(plain))
    except CellError:
        return True


def period(shown: str) -> tuple[date | None, date | None]:
    """The first and the last day of a period; both None where it does not hold together (令和 written as 平成)."""
    try:
        days = forms_cells.dates_in(re.sub(r"(?<=[0-9])\.(?=[~〜～]|$)", "", re.sub(r"\s", "", words.narrow(shown))))
    except CellError:
        return None, None
    if len(days) == 1:
        ends = re.search(r"まで|期限", shown) or re.match(r"\s*[~〜～]|契約締結日", words.narrow(shown))
        return (None, days[0]) if ends else (days[0], None) if _PERIOD.search(words.narrow(shown)) else (None, days[0])
    return (days[0], days[1]) if len(days) == 2 and days[0] <= days[1] else (None, None)


def category(shown: str) -> str | None:
    """The 契約分類 that a kind of work or purchase is; None where the words tell none, or an exact choice."""
    plain = re.sub(r"\s", "", words.narrow(shown))
    if plain in ledger.CATEGORIES:
        return plain
    return next((name for pattern, name in _CATEGORIES if pattern.search(plain)), None)


def spaced(shown: str) -> str:
    """With one space for many, and for wide ones."""
    return _SPACES.sub(" ", shown)


def _one_line(lines: list[str]) -> str:
    """A title in one line: joined where a line break fell into a word, else with a space."""
    joined = lines[0]
    for line in lines[1:]:
        joined += ("" if _GOES_ON.search(words.narrow(joined)) else " ") + line
    return spaced(joined).strip()
