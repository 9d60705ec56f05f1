"""Which column of a published register holds what: by the words of its heading and by what stands under it.

No two registers have the same headings, so none is listed here: a heading is asked for words (契約…日, 相手方, 予定価格), and
the cells below must bear it out. The heading is looked for among the first rows and may be one row, or two or three under
one another (契約の相手方 over 名称 and 住所).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from checks import words
from monitor.intake.cells import Cell, text
from monitor.intake.forms_cells import says, shown_of
from monitor.intake.forms_vocabulary import Role, weights_of
from monitor.intake.headings import heading_key
from monitor.intake.mapping_headings import joined
from monitor.intake.rows import quote
from monitor.intake.sheets import Record

SEARCHED = 40  # rows among which the heading is looked for
_SAMPLED = 100  # rows below it that are asked what the columns hold
_DEEPEST = 3  # rows of one heading
_FEWEST = 4  # columns that must be known
_TALLEST = 120  # letters of a heading that are read


_THOUSAND = re.compile("千円")
_NOTE = re.compile(r"[(\[【]?\s*(?:[※*]|注(?:[)\]】:0-9\s]|意|$))")
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
    rows_of_many = {one.line for one in held if sum(bool(text(cell).strip()) for cell in one.cells) > 1}
    best: tuple[int, int, _Match] | None = None
    for at, record in enumerate(held):
        if record.line > SEARCHED:
            break
        if record.blank or not any(text(cell).strip() for cell in record.cells[1:]):  # a title
            continue
        for deep in range(1, _DEEPEST + 1):
            rows = held[at : at + deep]
            if len(rows) < deep or any(is_data(row.cells) or _is_note(row.cells) for row in rows):
                break
            below = [
                later for later in held[at + deep :] if later.line in rows_of_many
            ]  # notes say nothing of a column
            match = _match(rows, below)
            if match and (best is None or _better((at, deep, match), best)):
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


def _better(one: tuple[int, int, "_Match"], best: tuple[int, int, "_Match"]) -> bool:
    """Whether a heading tells more than the best so far, or as much without the title above it."""
    ends, over = sum(one[:2]), sum(best[:2])
    return one[2].score > best[2].score or (one[2].score == best[2].score and ends == over)


def row_key(cells: Sequence[Cell]) -> tuple[str, ...]:
    """A row for comparing with the heading: its cells without spaces and width, blanks at the end cut off."""
    keys = [heading_key(text(cell)) for cell in cells]
    while keys and not keys[-1]:
        keys.pop()
    return tuple(keys)


def is_data(cells: Sequence[Cell]) -> bool:
    """Whether a row has a date, an amount or a 法人番号: it is no heading."""
    if any(isinstance(cell, date) for cell in cells):
        return not _counts([cell for cell in cells if isinstance(cell, (int, float)) and not isinstance(cell, bool)])
    plain = [cell for cell in cells if text(cell).strip()]
    numbers = [cell for cell in plain if isinstance(cell, (int, float)) and not isinstance(cell, bool)]
    if _counts(numbers):
        return False
    return bool(numbers) or any(_is_date(cell) or _is_money(text(cell)) for cell in plain)


def is_deal(cells: Sequence[Cell]) -> bool:
    """Whether a row could be that of a contract: a date, a number or an amount, and something else."""
    filled = [cell for cell in cells if text(cell).strip()]
    days = [cell for cell in filled if _is_date(cell)]
    money = any(isinstance(cell, (int, float)) or (_is_money(text(cell)) and not _is_date(cell)) for cell in filled)
    return len(filled) > 2 and bool(days) and money


def _is_note(cells: Sequence[Cell]) -> bool:
    """Whether a row is but a note: ※…, （注）…"""
    filled = [shown for cell in cells if (shown := text(cell).strip())]
    return len(filled) == 1 and _NOTE.match(words.narrow(filled[0])) is not None


def _counts(numbers: Sequence[float]) -> bool:
    """Whether the numbers are 1, 2, 3 …, as they stand below headings."""
    return bool(numbers) and list(map(float, numbers)) == list(map(float, range(1, len(numbers) + 1)))


# --- words --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Match:
    score: int
    headings: tuple[str, ...]
    roles: Mapping[Role, int]
    doubt: str = ""


def _match(rows: Sequence[Record], below: Sequence[Record]) -> _Match | None:
    headings = tuple(joined([list(map(shown_of, row.cells)) for row in rows], "\n"))
    keys = [heading_key(heading)[:_TALLEST] for heading in headings]
    spoken = {at: weights_of(key) for at, key in enumerate(keys) if key}
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


def _thousands(match: _Match, above: str) -> frozenset[Role]:
    """The columns of money that are written in 千円: by their own heading, else by what stands above the table."""
    found = set()
    everywhere = re.search(r"単位[:：]?千円", heading_key(above)) is not None
    for role in {Role.AMOUNT, Role.ESTIMATE} & match.roles.keys():
        heading = heading_key(match.headings[match.roles[role]])
        if _THOUSAND.search(heading) or (everywhere and not _OWN_YEN.search(heading)):
            found.add(role)
    return frozenset(found)


# --- what the cells hold --------------------------------------------------------------------------------------------

_DATE = re.compile(
    r"(?:[12][0-9]{3}|(?:令和|平成|昭和|[RHSrhs])\s*(?:元|[0-9]{1,2}))\s*[年./-]\s*[0-9]{1,2}\s*[月./-]\s*[0-9]{1,2}"
)
_MONEY = re.compile(r"[¥\\@]?\s*[0-9]{1,3}(?:,[0-9]{3})+|[¥\\@]\s*[0-9]+|^[0-9]{4,12}円?$|[0-9]円")
_NUMBER_13 = re.compile(r"(?<![0-9])[0-9]{13}(?![0-9])")
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000


class _Column:
    """What stands in one column below a heading."""

    def __init__(self, below: Sequence[Record], at: int) -> None:
        cells = [row.cells[at] for row in below if at < len(row.cells)]
        self._cells = [cell for cell in cells if says(shown_of(cell))]

    def bears_out(self, role: Role) -> int:
        """+2 where the cells are what the heading says, -8 where they are not, 0 where they do not tell."""
        if not self._cells:
            return 0
        if role in (Role.DATE, Role.STARTS, Role.ENDS):
            return self._judged(sum(_is_date(cell) or _is_serial(cell) for cell in self._cells))
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


def begins_with_date(cell: Cell) -> bool:
    """Whether a cell is a day, as Excel counts it or in words, and perhaps more behind it."""
    if isinstance(cell, str):
        return _DATE.match(words.narrow(cell).strip()) is not None
    return isinstance(cell, date) or _is_serial(cell)


def _is_serial(cell: Cell) -> bool:
    """A day as Excel counts it, whose format is lost: 1954 to 2119."""
    return isinstance(cell, (int, float)) and _FIRST_SERIAL <= cell <= _LAST_SERIAL


def _is_money(shown: str) -> bool:
    return _MONEY.search(words.narrow(shown)) is not None


def _plain(shown: str) -> bool:
    return re.fullmatch(r"[\d\s,.¥円-]*", words.narrow(shown)) is not None
