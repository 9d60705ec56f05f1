"""The 少額随意契約 limit of a contract: which table applied, which measure counts.

Source: law.md 1 (limits), 1.4 (basis date), 7.1 (unit prices by the planned total); saitama:118, 141 (leases).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import cast

import numpy as np
import pandas as pd

from checks.cells import Cells, Coded, Lazy, given, spelled
from checks.columns import (
    NO_DAY,
    Bools,
    Ints,
    coded,
    combined,
    day_number,
    day_of,
    days,
    framed,
    integers,
    missing,
    yes,
)
from checks.register import KNOWN, Register
from checks.rulebook import Limit, LimitClass, Rulebook, SmallValue

_LEASES = (LimitClass.LEASE_IN, LimitClass.LEASE_OUT)
_INCOME = (LimitClass.SALE, LimitClass.LEASE_OUT)  # what is received lies at or above the 予定価格
_MEASURED = [  # a frame of all fifty columns of the contracts costs more than all that is asked of it
    *(
        "contract_id",
        "bureau",
        "department",
        "category",
        "method",
        "ground",
        "title",
        "site",
        "remarks",
        "separation_policy",
    ),
    *("unit_price", "signed_on", "procured_by", "starts_on", "ends_on", "amount", "estimated_price", "annual_amount"),
    *("kind", "measure", "measured_by", "lower_bound", "by_total", "income", "basis", "latest", KNOWN),
]
_A_YEAR = 366  # days of the longest calendar year, counted between two dates: no judgement


@dataclass(frozen=True)
class Candidates:
    """The limits that may apply to one contract: one if the table is certain, several if it is not."""

    limits: tuple[Limit, ...]

    @cached_property
    def highest(self) -> Limit:
        """The limit most favourable to the office."""
        return max(self.limits, key=lambda limit: limit.amount)

    @cached_property
    def lowest(self) -> Limit:
        """The strictest limit."""
        return min(self.limits, key=lambda limit: limit.amount)

    @cached_property
    def verified(self) -> bool:
        """Whether every one of them was read in an official text."""
        return all(limit.verified for limit in self.limits)


class Tables:
    """The limits of a rulebook, looked up by kind of contract and basis date; each distinct question is asked once."""

    def __init__(self, small_value: SmallValue) -> None:
        self.rules = small_value
        self._asked: dict[tuple[LimitClass, date | None, date], Candidates | None] = {}

    def find(self, kind: LimitClass, basis: date | None, latest: date) -> Candidates | None:
        """Candidates for a basis date; where it is missing, for every date on which a procurement may have begun.

        ``latest`` is the last of them: 契約締結日, or 調達実施期限 where that is known.
        """
        question = (kind, basis, latest)
        if question not in self._asked:
            rows = self.rules.limits.get(kind, ())
            if basis is not None:
                found = tuple(row for row in rows if row.applies(basis))
            else:
                earliest = latest - timedelta(days=self.rules.longest_procurement_days)
                found = tuple(
                    row for row in rows if (row.since or latest) <= latest and (row.until or earliest) >= earliest
                )
            self._asked[question] = Candidates(found) if found else None
        return self._asked[question]

    def joined(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Measured contracts with table (Candidates or None), lowest and highest (yen)."""
        numbered, found = self.answers(coded(rows["kind"]), days(rows["basis"]), days(rows["latest"]))
        table = np.empty(len(found), dtype=object)
        table[:] = found
        none = np.array([one is None for one in found], dtype=bool)[numbered]
        lowest, highest = (integers(yen[numbered], none) for yen in bounds(found))
        added = {"table": table[numbered], "lowest": lowest, "highest": highest}
        return framed({str(name): cells.array for name, cells in rows.items()} | added, rows.index)

    def answers(self, kinds: Coded, basis: Ints, latest: Ints) -> tuple[Ints, list[Candidates | None]]:
        """The number of each contract's answer, and the answers; each distinct question is asked once.

        Between two days on which any limit begins or ends the answer is the same: the days are told apart no finer.
        """
        codes, names = kinds
        names = [*names, None]  # a contract without a kind: -1
        turns, known = self._turns, basis != NO_DAY
        first = np.where(known, basis, latest - self.rules.longest_procurement_days)
        last = np.where(known, basis, latest)
        spans = [np.searchsorted(turns, day, side="right") for day in (first, last)]
        numbered, asked = combined(codes + 1, known.astype(np.int64), *spans)
        questions = zip(codes[asked].tolist(), basis[asked].tolist(), latest[asked].tolist(), strict=True)
        return numbered, [
            self.find(LimitClass(names[kind]), day_of(day), cast("date", day_of(until)))
            for kind, day, until in questions
        ]

    @cached_property
    def _turns(self) -> Ints:
        """The days on which a limit begins or has just ended, sorted, counted from 1970-01-01."""
        limits = [limit for held in self.rules.limits.values() for limit in held]
        began = {limit.since for limit in limits if limit.since}
        ended = {limit.until + timedelta(days=1) for limit in limits if limit.until}
        return np.array(sorted(day_number(day) for day in began | ended), dtype=np.int64)


def measured(register: Register, rulebook: Rulebook) -> pd.DataFrame:
    """Each contract with what its small-value limit measures, and the days on which its table depends; what is read with it.

    Adds kind (LimitClass or None); measure (yen, NA where nothing recorded measures it); measured_by (the column that the
    measure is of); lower_bound (True where 契約金額 stands in for a missing 予定価格); by_total (True for a lease that its
    yearly amount may have to measure, but whose total is taken, because that amount or the term is not known); income
    (True where the office is paid: 契約金額 lies at or above the 予定価格 and is no lower bound of it); basis
    (datetime64, NaT where unknown) and latest (datetime64, the last day that the basis can be).
    """
    return register.once("measured", rulebook.small_value, lambda: measures(register, rulebook).frame(_MEASURED))


def bounds(found: Sequence[Candidates | None]) -> tuple[Ints, Ints]:
    """The lowest and the highest limit of each of these, yen; 0 where there is none."""
    lowest = [one.lowest.amount if one else 0 for one in found]
    highest = [one.highest.amount if one else 0 for one in found]
    return np.array(lowest, dtype=np.int64), np.array(highest, dtype=np.int64)


def measures(register: Register, rulebook: Rulebook) -> Cells:
    """The same column by column: who reads a few of them asks for these."""
    rules = rulebook.small_value
    assert rules is not None
    return register.once("measures", rules, lambda: _measures(register.cells, rules))


def _measures(rows: Cells, rules: SmallValue) -> Cells:
    codes, categories = rows.codes("category")
    kinds = [rules.categories.get(category) for category in categories]
    lease = rows.where("category", lambda one: rules.categories.get(one) in _LEASES)
    income = rows.where("category", lambda one: rules.categories.get(one) in _INCOME)
    (amount, no_amount), (estimated, no_estimate) = rows.numbers("amount"), rows.numbers("estimated_price")
    unit = yes(rows["unit_price"])
    yearly, no_year, by_total = _yearly(rows, rules, lease)
    stated = np.where(unit, amount, np.where(no_year, estimated, yearly))
    unstated = np.where(unit, no_amount, no_year & no_estimate)
    lower_bound = unstated & ~no_amount & ~income
    by = np.select([lower_bound | unit, ~no_year], [0, 1], 2)
    return rows.added(
        {
            "kind": Lazy(lambda: pd.array(kinds, dtype="str").take(codes), lambda: _told_apart(kinds, codes)),
            "measure": given(integers(np.where(unstated, amount, stated), unstated & ~lower_bound)),
            "measured_by": spelled(("amount", "annual_amount", "estimated_price"), by),
            "lower_bound": given(lower_bound),
            "by_total": given(by_total & ~unit),
            "income": given(income),
            "basis": rows.column(rules.basis),
            "latest": _latest(rows, rules),
        }
    )


def _told_apart(kinds: Sequence[LimitClass | None], codes: Ints) -> Coded:
    """The kinds of the distinct categories, each once; no kind is -1."""
    distinct = list(dict.fromkeys(kind for kind in kinds if kind))
    return np.array([distinct.index(kind) if kind else -1 for kind in kinds] or [-1], dtype=np.int64)[codes], distinct


def unmeasured(rows: "pd.DataFrame | Cells") -> dict[str, Bools]:
    """The measured contracts without a measure, by the column whose cell is wanting; a contract counts at the first of them."""
    none = missing(rows["measure"])
    return {"estimated_price": none & yes(rows["income"]) & ~yes(rows["unit_price"]), "amount": none}


def _yearly(rows: Cells, rules: SmallValue, lease: Bools) -> tuple[Ints, Bools, Bools]:
    """The yearly amount of a lease that is measured by it, where there is none, and where the total is taken for want of a cell."""
    yearly, no_year = rows.numbers("annual_amount")
    no_year = no_year | ~lease
    if not lease.any():
        return yearly, no_year, lease
    begins, ends = rows.days("starts_on"), rows.days("ends_on")
    termless = (begins == NO_DAY) | (ends == NO_DAY)
    length = np.where(termless, 0, ends - begins)
    if rules.lease != "total_if_multi_year":
        return yearly, no_year, lease & no_year & (termless | (length > _A_YEAR))
    # of an unknown term: a total above the yearly amount is the total of several years, or one of the two is wrong
    (amount, no_amount), (estimated, no_estimate) = rows.numbers("amount"), rows.numbers("estimated_price")
    total, no_total = np.where(no_estimate, amount, estimated), no_estimate & no_amount
    open_ended = termless & ~no_year & ~no_total & (total > yearly)
    return yearly, no_year | (length > _A_YEAR) | open_ended, open_ended


def _latest(rows: Cells, rules: SmallValue) -> Lazy:
    """No procurement begins after it is signed, nor after 調達実施期限, where only that bound is known (INTERCHANGE.md)."""
    if rules.basis != "procured_on" or missing(rows["procured_by"]).all():
        return rows.column("signed_on")
    signed, bound = pd.Series(rows["signed_on"]), pd.Series(rows["procured_by"])
    return given(signed.where(~(bound < signed), bound).array)
