"""What a ledger says of wage raises: who got points for one, who promised what for which period, and what was proved.

Source: law.md 4 and rinya:1052-1143. Declarations of one vendor, basis and period are one promise, for one proof serves all
its contracts (law.md 4.4).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np

from checks import vendors, words
from checks.cells import Cells, cells_of, given
from checks.columns import Bools
from checks.finding import NotJudged
from checks.register import KNOWN, Register, picked
from checks.rulebook import WageRaise

_NUMBER = re.compile(r"(?<![\d.])([-▲△]?)\s*(\d+(?:\.\d+)?)(?![\d.]|\s*[年月日])")  # a date is no number of points
_NOTHING = re.compile(
    r"^(?:無|なし|未|非|否|該当(?:無|なし|しない|せず)|対象外|不要|いいえ|no$|none$|[-ー―–—×✕]+$)", re.IGNORECASE
)
_DENIED = re.compile(r"無し?$|なし$|ない$|せず$|対象外|非該当|未(?:表明|実施|提出)")
_GIVEN = re.compile(r"^(?:[○◯〇]|有(?![無効])|あり|はい|yes)|(?:有り?|あり)$", re.IGNORECASE)
_OF_CONTRACTS = ("contract_id", "department", "signed_on", "nondisclosure")
_KNOWS = {"knows_documents": "documents", "knows_submission": "submitted_on"}
_ASKED = (
    *(
        "contract_id",
        "vendor",
        "basis",
        "period_end",
        "required_rate",
        "declared_rate",
        "previous_total",
        "current_total",
    ),
    *("instructed_due", "submitted_on", "documents", "result", "confirmed_on", *_KNOWS),
)
_PERIOD_MARKS = {"前年": re.compile("前(?:年|事業年|期)"), "当年": re.compile("当(?:年|事業年|期)|今(?:年|期)")}


@dataclass(frozen=True)
class Promise:
    """What one vendor declared for one period, over all its contracts. Rates in percent, totals in yen."""

    identity: str
    vendor: str
    known_by: tuple[str, ...]
    basis: str
    period_end: date
    contracts: tuple[str, ...]
    department: str
    signed_on: date
    declared: Decimal | None
    required: Decimal | None
    short: (
        tuple[Decimal, Decimal, bool] | None
    )  # a contract's declared rate below its required one, and whether verified
    previous: int | None
    current: int | None
    totals_differ: bool  # its contracts record different pairs of totals: then neither is told
    instructed_due: date | None
    submitted_on: date | None
    knows_submission: bool  # the column is there
    documents: frozenset[str] | None  # None: the column is absent
    result: str
    confirmed_on: date | None

    @property
    def growth(self) -> Fraction | None:
        """(current / previous − 1) × 100, exact."""
        if not self.previous or self.current is None:
            return None
        return (Fraction(self.current, self.previous) - 1) * 100

    @property
    def proved(self) -> bool:
        """A proof came: its day is recorded, or the agency has confirmed what it says."""
        return self.submitted_on is not None or self.result == "達成"


class Points(StrEnum):
    """What 賃上げ加点 says: points were given, none were, or it cannot be told."""

    GIVEN = "有"
    NONE = "無"
    UNREADABLE = "読み取れない"


UNREADABLE: Final = (NotJudged.BLANK, "賃上げ加点（読み取れない値）")
"""Why a contract is not judged whose 賃上げ加点 is filled, but says neither yes nor no."""


@lru_cache(maxsize=4096)
def read_points(text: str) -> Points:
    """Points of a cell: 5, 5点, ○ or あり are given; blank, 0, なし, 対象外, 表明なし or ▲6 are none; 別紙 cannot be told.

    A word of negation at the beginning decides before a number, a number before the other words.

    >>> [read_points(text).value for text in ("5点（うち1点は継続）", "無（表明なし）", "別紙のとおり")]
    ['有', '無', '読み取れない']
    """
    shown = words.narrow(text).strip()
    if not shown or _NOTHING.search(shown):
        return Points.NONE
    if found := _NUMBER.search(shown):
        return Points.GIVEN if not found[1] and Decimal(found[2]) > 0 else Points.NONE
    if _GIVEN.search(shown):
        return Points.GIVEN
    return Points.NONE if _DENIED.search(shown) else Points.UNREADABLE


def points(rows: Cells) -> tuple[Bools, Bools]:
    """Which contracts got points, and of which it cannot be told (Points). Each distinct text is read once."""
    return (
        rows.where("score_points", lambda text: read_points(text) is Points.GIVEN),
        rows.where("score_points", lambda text: read_points(text) is Points.UNREADABLE),
    )


def cut(rate: Fraction) -> str:
    """A rate in percent with four places, cut off downwards: never rounded up to a rate that was not reached."""
    scaled = rate * 10_000
    return f"{Decimal(scaled.numerator // scaled.denominator) / 10_000:.4f}"


def promises(register: Register, rules: WageRaise) -> list[Promise]:
    """Every promise of the register's contracts, in order of vendor, basis and period."""
    rows = register.tables["wage_declarations"]
    if not len(rows):
        return []
    known_of = {name: register.knew(rows[KNOWN], column) for name, column in _KNOWS.items()}
    asked = cells_of(rows).added({name: given(known) for name, known in known_of.items()})
    counted = picked(register.cells, np.flatnonzero(register.with_rows_in("wage_declarations")), _OF_CONTRACTS)
    contracts = {row.contract_id: row for row in counted}
    declarations = [row for row in picked(asked, np.arange(len(rows)), _ASKED) if row.contract_id in contracts]
    declarations.sort(key=lambda row: (row.contract_id, row.vendor, row.period_end))
    named = _named(register)
    named_on = cache(lambda vendor, day: f"name:{register.renames.latest(vendor, day)[0]}")
    groups: dict[tuple[str, str, date], list[Any]] = {}
    known: dict[str, tuple[str, tuple[str, ...]]] = {}
    for row in declarations:
        if contracts[row.contract_id].nondisclosure:
            identity = f"contract:{row.contract_id}"
            known[identity] = vendors.INDIVIDUAL, (identity,)
        else:
            name = named_on(row.vendor, contracts[row.contract_id].signed_on)
            identity, keys = named.get((row.contract_id, name)) or named.get(("", name)) or (name, (name,))
            known[identity] = words.signer_off(row.vendor), keys
        groups.setdefault((identity, row.basis, row.period_end), []).append(row)
    return [_promise(rules, contracts, key, held, *known[key[0]]) for key, held in sorted(groups.items())]


def _named(register: Register) -> dict[tuple[str, str], tuple[str, tuple[str, ...]]]:
    """(contract or '', name key) → identity and keys of the vendor; '' only where the name is one vendor's in all of them."""
    parties = register.parties
    places = np.flatnonzero(register.with_rows_in("wage_declarations")[parties["contract"]] & ~parties["hidden"])
    found: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
    everywhere: dict[str, set[tuple[str, tuple[str, ...]]]] = {}
    for row in picked(parties, places, ["contract_id", "identity", "vendor"]):
        known_by = row.vendor.known_by
        for key in known_by:
            if key.startswith("name:"):
                found[row.contract_id, key] = row.identity, known_by
                everywhere.setdefault(key, set()).add((row.identity, known_by))
    for key, held in everywhere.items():
        if len({identity for identity, _ in held}) == 1:
            found["", key] = min(held)
    return found


def _promise(
    rules: WageRaise,
    contracts: Mapping[str, Any],
    key: tuple[str, str, date],
    held: Sequence[Any],
    vendor: str,
    known_by: tuple[str, ...],
) -> Promise:
    ids = tuple(sorted({row.contract_id for row in held}))
    identity, basis, period_end = key
    totals = _totals(held)
    previous, current = totals[0] if len(totals) == 1 else (None, None)
    return Promise(
        identity=identity,
        vendor=vendor,
        known_by=known_by,
        basis=basis,
        period_end=period_end,
        contracts=ids,
        department=contracts[ids[-1]].department,
        signed_on=min(contracts[contract_id].signed_on for contract_id in ids),
        declared=_highest(row.declared_rate for row in held),
        required=_highest(row.required_rate for row in held),
        short=next(filter(None, (_short(rules, row, contracts[row.contract_id].signed_on) for row in held)), None),
        previous=previous,
        current=current,
        totals_differ=len(totals) > 1,
        instructed_due=_earliest(row.instructed_due for row in held),
        submitted_on=_earliest(row.submitted_on for row in held),
        knows_submission=any(row.knows_submission for row in held),
        documents=_documents(held),
        result=_worst(row.result for row in held),
        confirmed_on=_earliest(row.confirmed_on for row in held),
    )


def _short(rules: WageRaise, row: Any, signed_on: date) -> tuple[Decimal, Decimal, bool] | None:
    """A contract's own required rate, else the least of its signing date: the ledger holds no size of a company."""
    if not row.declared_rate:
        return None
    least = next((rate for rate in rules.rates if rate.applies(signed_on)), None)
    required = Decimal(row.required_rate) if row.required_rate else least.minimum if least else None
    declared = Decimal(row.declared_rate)
    if required is None or declared >= required:
        return None
    return declared, required, bool(row.required_rate) or bool(least and least.verified)


def _highest(rates: Iterable[str]) -> Decimal | None:
    return max((Decimal(rate) for rate in rates if rate), default=None)


def _totals(held: Sequence[Any]) -> list[tuple[int | None, int | None]]:
    """The distinct pairs of the previous and the current total, each of one row; where none is whole, one that is not.

    Totals of two rows make no pair: one contract's 前年 may be of another year than the other's 当年.
    """
    pairs = {(row.previous_total, row.current_total) for row in held}
    whole = {pair for pair in pairs if None not in pair}
    return sorted(whole) or sorted(pairs, key=lambda pair: (pair[0] is None, pair[1] is None, pair))[:1]


def _earliest(values: Iterable[Any]) -> date | None:
    return min((value for value in values if value is not None), default=None)


def _worst(results: Iterable[str]) -> str:
    """Of several recorded results the one that weighs most; 未提出 yields to 達成, for one proof serves all contracts."""
    found = set(results)
    return next((result for result in ("逸脱", "未達成", "達成", "未提出") if result in found), "")


def _documents(held: Sequence[Any]) -> frozenset[str] | None:
    if not any(row.knows_documents for row in held):
        return None
    return frozenset(line for row in held for line in row.documents.split("\n") if line)


# --- documents -----------------------------------------------------------------------------------------------------


def _listed(promise: Promise, names: Iterable[str]) -> list[str]:
    wanted = [words.narrow(name) for name in names]
    lines = [re.sub(r"\s+", "", words.narrow(line)) for line in promise.documents or ()]
    return sorted(line for line in lines if any(name in line for name in wanted))


def has_equivalent(rules: WageRaise, promise: Promise) -> bool:
    """Whether a third party (税理士・公認会計士等) has stated that the raise was reached (law.md 4.2)."""
    return bool(_listed(promise, rules.equivalents))


def lacking(rules: WageRaise, promise: Promise) -> list[str]:
    """The documents that are not there; an equivalent by a tax accountant stands for those of the two periods.

    One listed document covers both periods unless it is marked as that of one of them. Where the basis is blank, any
    basis's document will do.
    """
    if promise.documents is None:
        return []
    missing = [] if _listed(promise, (rules.summary, *rules.summary_also)) else [rules.summary]
    usual = [name for basis, names in rules.documents.items() if promise.basis in ("", basis) for name in names]
    proofs = _listed(promise, (*usual, *rules.equivalents))
    if not proofs:
        return [*missing, usual[0]]
    marks = [{period for period, mark in _PERIOD_MARKS.items() if mark.search(line)} for line in proofs]
    if all(marks):
        missing += [f"{usual[0]}（{period}分）" for period in _PERIOD_MARKS if period not in set().union(*marks)]
    return missing
