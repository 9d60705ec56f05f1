"""Which column of a published register holds what: by the words of its heading and by what stands under it.

No two registers have the same headings, so none is listed here: a heading is asked for words (契約…日, 相手方, 予定価格), and
the cells below must bear it out. The heading is looked for among the first rows and may be one row, or two or three under
one another (契約の相手方 over 名称 and 住所).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import islice

from checks import words
from monitor.intake.cells import Cell, text
from monitor.intake.rows import quote
from monitor.intake.sheets import Record

SEARCHED = 40  # rows among which the heading is looked for
_SAMPLED = 100  # rows below it that are asked what the columns hold
_DEEPEST = 3  # rows of one heading
_FEWEST = 4  # columns that must be known
_TALLEST = 120  # letters of a heading that are read


class Role(StrEnum):
    """What a column is for."""

    MINISTRY = "ministry"  # 支出元府省
    BODY = "body"  # 支出元独立行政法人
    BODY_NUMBER = "body_number"
    TITLE = "title"
    OFFICER = "officer"  # 契約担当官等の氏名並びに…
    DEPARTMENT = "department"
    DATE = "date"
    VENDOR = "vendor"
    ADDRESS = "address"
    NUMBER = "number"  # 法人番号 of the vendor
    VENDOR_AGAIN = "vendor_again"  # its name at another time
    METHOD = "method"
    GROUND = "ground"
    REASON = "reason"
    ESTIMATE = "estimate"
    AMOUNT = "amount"
    RATE = "rate"
    RETIRED = "retired"  # 再就職の役員の数
    KIND = "kind"  # 公益法人の区分, 国所管
    BIDDERS = "bidders"
    PERIOD = "period"
    SITE = "site"
    CATEGORY = "category"
    REMARKS = "remarks"
    ORDER = "order"  # a running number


@dataclass(frozen=True)
class _Says:
    """A heading with one of these words, and none of those, is for a role; the weight says how surely."""

    role: Role
    weight: int
    wanted: re.Pattern[str]
    barred: re.Pattern[str] | None = None


def _says(role: Role, weight: int, wanted: str, barred: str = "") -> _Says:
    return _Says(role, weight, re.compile(wanted), re.compile(barred) if barred else None)


_NAMED = "商号|名称|氏名"
_NO_TITLE = "相手|担当官|担当者|担当役|部局|商号|業者|受注者|法人|機関名|理由|府省"
_NO_DATE = "期間|期限|公表|公告|終了|履行|変更|納入|開札|入札|率|額"
_NO_VENDOR = "時点|選定|理由|担当官|担当者|担当役|決定日|再就職|区分|者数|支出元|発注者"
_NO_AMOUNT = "変更|税抜|税別|予定|単価|率|増減|年額|最低|理由|差額|相手|日$"
_VOCABULARY = (
    _says(Role.MINISTRY, 10, "府省(庁)?(等)?(名)?$|省庁名?$"),
    _says(Role.BODY, 10, "支出元.*(法人|機関|団体)(?!番号)|支出元.*名称", "^支出元[^名]*法人番号$"),
    _says(Role.BODY, 8, "^(法人名|機関名|団体名|発注機関名?|独立行政法人名?|大学名)$"),
    _says(Role.BODY_NUMBER, 11, "支出元.*法人番号", "名称"),
    _says(
        Role.TITLE,
        10,
        "件名|案件名|工事名|業務名|委託名|事業名|契約の?名称|契約名|契約案件|物品.{0,12}名称|役務.{0,8}名称|(工事|業務|調達|委託|賃貸借).{0,6}名称|名称(及び|・)(数量|内容)|名称、場所|品名.{0,3}数量",
        _NO_TITLE,
    ),
    _says(Role.TITLE, 6, "契約の?内容|調達内容|品名|品目|名称|^(title|name|subject)$", _NO_TITLE),
    _says(
        Role.OFFICER,
        11,
        "(契約担当|支出負担行為|契約責任|経理責任|契約事務|契約職).{0,25}(氏名|部局|所在地)|契約担当(官|者|役|職)|契約責任者|経理責任者|支出負担行為担当官",
    ),
    _says(
        Role.DEPARTMENT,
        8,
        "部署|所属|(担当|所管|主管|主務|発注|執行|契約)課|部局|局課|課名|課所|担当部|^(dept|department)",
        "氏名|相手",
    ),
    _says(Role.DATE, 10, "契約.{0,4}締結.{0,4}日|契約(年月)?日|締結(年月)?日|締結した日|契約の日", _NO_DATE),
    _says(Role.DATE, 5, "^(日付|年月日|date)$|契約.*日", _NO_DATE),
    _says(
        Role.VENDOR,
        10,
        "相手方の?(商号|名称|氏名|住所.?氏名)|契約の?相手|受注者|請負者|請負業者|契約業者|契約者|落札者|落札業者|受託者|受託業者|委託先|納入業者|購入先|契約先|業者名|商号又は名称",
        _NO_VENDOR,
    ),
    _says(Role.VENDOR, 7, "相手方|商号|業者|事業者名|^(counterparty|vendor|supplier|contractor)", _NO_VENDOR),
    _says(Role.VENDOR_AGAIN, 10, "(相手方|商号).*時点"),
    _says(Role.ADDRESS, 11, "住所|所在地", f"{_NAMED}|担当|部局|時点"),
    _says(Role.NUMBER, 12, "法人番号", f"支出元|{_NAMED}"),
    _says(
        Role.METHOD, 10, "競争入札.*別|(契約|入札|調達|発注)の?(方式|方法|形態|種別|種類|区分)|入札契約方式|契約種別"
    ),
    _says(
        Role.GROUND,
        10,
        "随意契約.*(理由|根拠|条文|条項)|随契.*(理由|根拠|条項)|(根拠|適用|該当).{0,6}(条文|法令|条項|規定)",
    ),
    _says(Role.GROUND, 7, "理由|^reason", "不調|変更|非公表"),
    _says(Role.REASON, 6, "理由|^reason", "変更|非公表"),
    _says(Role.ESTIMATE, 10, "予定価格|予定額", "率|税抜|税別|公表"),
    _says(Role.AMOUNT, 10, "契約金?額|契約価格|契約価額", _NO_AMOUNT),
    _says(Role.AMOUNT, 7, "落札(金額|価格|額)|請負(金額|代金|額)|決定金額", _NO_AMOUNT),
    _says(Role.AMOUNT, 5, "^金額|^amount|支出額|^価格", _NO_AMOUNT),
    _says(Role.RATE, 9, "落札率|請負率|契約率"),
    _says(Role.RETIRED, 9, "再就職"),
    _says(Role.KIND, 9, "公益法人の?.*区分|(所管|認定)の区分"),
    _says(Role.BIDDERS, 9, "(応札|応募|入札|参加).{0,8}者数|応札者|入札者数"),
    _says(Role.PERIOD, 8, "(契約|履行|業務|委託|賃貸借|貸付|実施|工)期間?|^工期|履行期限|納期|納入期限", "理由"),
    _says(Role.SITE, 8, "(履行|工事|施工|納入|業務)の?(場所|箇所)|^場所"),
    _says(Role.CATEGORY, 6, "^(契約)?(種別|業種|分類|区分|種目|工種)$|(契約|調達|業務)(分類|種目)|物役区分"),
    _says(Role.REMARKS, 9, "備考|摘要|特記事項|^remarks"),
    _says(Role.ORDER, 9, r"^(no\.?|№|番号|項番|連番|整理番号|#)$"),
)
_THOUSAND = re.compile("千円")
_OWN_YEN = re.compile("円")
NEEDED = {
    Role.TITLE: "件名（契約の名称）",
    Role.DATE: "契約を締結した日",
    Role.VENDOR: "契約の相手方",
    Role.AMOUNT: "契約金額",
}


@dataclass(frozen=True)
class Head:
    """Where the heading ends, what it says column by column, which column is for what, and yen in one unit of money."""

    last: int  # the sheet row after which the contracts begin
    rows: tuple[tuple[str, ...], ...]  # the heading's own rows, as keys: they may come again
    headings: tuple[str, ...]
    roles: Mapping[Role, int]
    thousands: frozenset[Role] = frozenset()
    above: str = ""  # what stands above the heading


@dataclass(frozen=True)
class Doubt:
    """A heading whose columns cannot be told apart, in words."""

    reason: str


def find(records: Iterable[Record]) -> Head | Doubt | None:
    """The heading among the first rows; a Doubt where a needed column has two claimants; None where there is no register."""
    held = [record for record in islice(records, SEARCHED + _SAMPLED) if not record.broken]
    best: tuple[int, int, _Match] | None = None
    for at, record in enumerate(held):
        if record.line > SEARCHED:
            break
        if record.blank:
            continue
        for deep in range(1, _DEEPEST + 1):
            rows = held[at : at + deep]
            if len(rows) < deep or any(is_data(row.cells) for row in rows):
                break
            match = _match(rows, held[at + deep :])
            if match and (best is None or match.score > best[2].score):
                best = at, deep, match
    if best is None:
        return None
    at, deep, match = best
    above = "\n".join(text(cell) for record in held[:at] for cell in record.cells if text(cell).strip())
    if match.doubt:
        return Doubt(match.doubt)
    rows = held[at : at + deep]
    keys = tuple(row_key(row.cells) for row in rows if not row.blank)
    return Head(rows[-1].line, keys, match.headings, match.roles, _thousands(match, above), above)


def row_key(cells: Sequence[Cell]) -> tuple[str, ...]:
    """A row for comparing with the heading: its cells without spaces and width, blanks at the end cut off."""
    keys = [key_of(text(cell)) for cell in cells]
    while keys and not keys[-1]:
        keys.pop()
    return tuple(keys)


@lru_cache(maxsize=1000)
def key_of(heading: str) -> str:
    """A heading for comparing."""
    return re.sub(r"\s", "", words.narrow(heading)).casefold()


def is_data(cells: Sequence[Cell]) -> bool:
    """Whether a row has a date, an amount or a 法人番号: it is no heading."""
    plain = [cell for cell in cells if text(cell).strip()]
    numbers = [cell for cell in plain if isinstance(cell, (int, float)) and not isinstance(cell, bool)]
    if numbers and [float(number) for number in numbers] == [float(n) for n in range(1, len(numbers) + 1)]:
        return False  # 1, 2, 3 … below the headings
    return bool(numbers) or any(_is_date(cell) or _is_money(text(cell)) for cell in plain)


# --- words --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Match:
    score: int
    headings: tuple[str, ...]
    roles: Mapping[Role, int]
    doubt: str = ""


def _match(rows: Sequence[Record], below: Sequence[Record]) -> _Match | None:
    headings = _joined(rows)
    keys = [key_of(heading)[:_TALLEST] for heading in headings]
    spoken = {at: _weights(key) for at, key in enumerate(keys) if key}
    if sum(bool(weights) for weights in spoken.values()) < _FEWEST:
        return None
    held = {at: _Column(below, at) for at in spoken}
    scores = {
        (role, at): score
        for at, weights in spoken.items()
        for role, weight in weights.items()
        if (score := weight + held[at].bears_out(role)) > 0
    }
    roles = dict[Role, int]()
    for (role, at), _ in sorted(scores.items(), key=lambda item: (-item[1], item[0][1], item[0][0])):
        if role not in roles and at not in roles.values():
            roles[role] = at
    has_deal = Role.AMOUNT in roles or Role.VENDOR in roles
    if not {Role.TITLE, Role.DATE} <= roles.keys() or not has_deal or len(roles) < _FEWEST:
        return None
    return _Match(sum(scores[pair] for pair in roles.items()), headings, roles, _doubt(headings, roles, scores))


def _doubt(headings: Sequence[str], roles: Mapping[Role, int], scores: Mapping[tuple[Role, int], int]) -> str:
    """In words which two columns claim a needed role as well as one another."""
    for role, name in NEEDED.items():
        if role not in roles:
            continue
        mine = scores[role, roles[role]]
        rivals = [at for (of, at), score in scores.items() if of is role and score == mine and at not in roles.values()]
        if rivals:
            told = "".join(quote(headings[at], 30) for at in sorted({roles[role], *rivals}))
            return f"「{name}」の列がどれか決められません（見出し{told}。使う列のほかの見出しを変えるか、列の対応を mapping で指定してください）。"
    return ""


@lru_cache(maxsize=1000)
def _weights(key: str) -> Mapping[Role, int]:
    found: dict[Role, int] = {}
    for says in _VOCABULARY:
        if says.wanted.search(key) and not (says.barred and says.barred.search(key)):
            found[says.role] = max(found.get(says.role, 0), says.weight)
    return found


def _joined(rows: Sequence[Record]) -> tuple[str, ...]:
    """The heading of each column from its rows; a blank cell takes what stands left of it where a row below divides that."""
    width = max(len(row.cells) for row in rows)
    grid = [[text(cell).strip() for cell in row.cells] + [""] * (width - len(row.cells)) for row in rows]
    joined = grid[-1]
    for upper in reversed(grid[:-1]):
        spread, over = list(upper), ""
        for at in range(width):
            if upper[at]:
                over = upper[at] if joined[at] else ""
            elif joined[at]:
                spread[at] = over
            else:
                over = ""
        joined = [f"{above}\n{below}".strip() for above, below in zip(spread, joined, strict=True)]
    return tuple(joined)


def _thousands(match: _Match, above: str) -> frozenset[Role]:
    """The columns of money that are written in 千円: by their own heading, else by what stands above the table."""
    found = set()
    everywhere = re.search(r"単位[:：]?千円", key_of(above)) is not None
    for role in {Role.AMOUNT, Role.ESTIMATE} & match.roles.keys():
        heading = key_of(match.headings[match.roles[role]])
        if _THOUSAND.search(heading) or (everywhere and not _OWN_YEN.search(heading)):
            found.add(role)
    return frozenset(found)


# --- what the cells hold --------------------------------------------------------------------------------------------

_DATE = re.compile(
    r"(?:[12][0-9]{3}|(?:令和|平成|昭和|[RHSrhs])\s*(?:元|[0-9]{1,2}))\s*[年./-]\s*[0-9]{1,2}\s*[月./-]\s*[0-9]{1,2}"
)
_MONEY = re.compile(r"[¥\\@]?\s*[0-9]{1,3}(?:,[0-9]{3})+|[¥\\@]\s*[0-9]+|^[0-9]{4,12}円?$|[0-9]円")
_NUMBER_13 = re.compile(r"(?<![0-9])[0-9]{13}(?![0-9])")
_DASHES = re.compile(r"[-ー—…\s]*")


class _Column:
    """What stands in one column below a heading."""

    def __init__(self, below: Sequence[Record], at: int) -> None:
        cells = [row.cells[at] for row in below if at < len(row.cells)]
        self._cells = [cell for cell in cells if not _DASHES.fullmatch(words.narrow(text(cell)))]

    def bears_out(self, role: Role) -> int:
        """+2 where the cells are what the heading says, -8 where they are not, 0 where they do not tell."""
        if not self._cells:
            return 0
        if role is Role.DATE:
            return self._judged(sum(map(_is_date, self._cells)))
        if role in (Role.AMOUNT, Role.ESTIMATE):
            money = sum(isinstance(cell, (int, float)) or _is_money(text(cell)) for cell in self._cells)
            return max(self._judged(money), 0 if role is Role.ESTIMATE else -8)
        if role is Role.NUMBER:
            return self._judged(
                sum(_NUMBER_13.search(re.sub(r"\D", "", words.narrow(text(cell)))) is not None for cell in self._cells)
            )
        if role in (Role.TITLE, Role.VENDOR):
            prose = sum(isinstance(cell, str) and not _is_date(cell) and not _plain(cell) for cell in self._cells)
            return min(self._judged(prose), 0)
        return 0

    def _judged(self, good: int) -> int:
        if 2 * good >= len(self._cells):
            return 2
        return -8 if len(self._cells) > 1 and 5 * good < len(self._cells) else 0


def _is_date(cell: Cell) -> bool:
    return isinstance(cell, date) or (isinstance(cell, str) and _DATE.search(words.narrow(cell)) is not None)


def _is_money(shown: str) -> bool:
    return _MONEY.search(words.narrow(shown)) is not None


def _plain(shown: str) -> bool:
    return re.fullmatch(r"[\d\s,.¥円-]*", words.narrow(shown)) is not None
