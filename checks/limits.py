"""The 少額随意契約 limit of a contract: which table applied, which measure counts.

Source: law.md 1 (limits), 1.4 (basis date), 7.1 (unit prices by the planned total); saitama:118, 141 (leases).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from checks.columns import NO_DAY, Bools, Ints, coded, combined, days, framed, integers, looked_up, numbers, texts, yes
from checks.register import Register, picked
from checks.rulebook import Limit, LimitClass, Rulebook, SmallValue

_LEASES = (LimitClass.LEASE_IN, LimitClass.LEASE_OUT)
_INCOME = (LimitClass.SALE, LimitClass.LEASE_OUT)  # what is received lies at or above the 予定価格
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

    @property
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
        """Measured contracts with table (Candidates or None), lowest and highest (yen); each distinct question is asked once.

        Between two days on which any limit begins or ends the answer is the same: the days are told apart no finer.
        """
        kinds, names = coded(rows["kind"])
        names.append(None)  # a contract without a kind: -1
        basis, latest = days(rows["basis"]), days(rows["latest"])
        turns, known = self._turns(), basis != NO_DAY
        first = np.where(known, basis, latest - self.rules.longest_procurement_days)
        last = np.where(known, basis, latest)
        spans = [np.searchsorted(turns, day, side="right") for day in (first, last)]
        numbers, asked = combined(kinds + 1, known.astype(np.int64), *spans)
        found = [
            self.find(LimitClass(names[kind]), day.basis, day.latest)
            for kind, day in zip(kinds[asked], picked(rows, asked, ["basis", "latest"]), strict=True)
        ]
        none = np.array([one is None for one in found], dtype=bool)
        yen = [[getattr(one, name).amount if one else 0 for one in found] for name in ("lowest", "highest")]
        lowest, highest = (integers(np.array(held, dtype=np.int64)[numbers], none[numbers]) for held in yen)
        table = np.empty(len(found), dtype=object)
        table[:] = found
        added = {"table": table[numbers], "lowest": lowest, "highest": highest}
        return framed({str(name): cells.array for name, cells in rows.items()} | added, rows.index)

    def _turns(self) -> Ints:
        """The days on which a limit begins or has just ended, sorted, counted from 1970-01-01."""
        limits = [limit for held in self.rules.limits.values() for limit in held]
        began = {limit.since for limit in limits if limit.since}
        ended = {limit.until + timedelta(days=1) for limit in limits if limit.until}
        return np.array(sorted((day - date(1970, 1, 1)).days for day in began | ended), dtype=np.int64)


def measured(register: Register, rulebook: Rulebook) -> pd.DataFrame:
    """Each contract with what its small-value limit measures, and the days on which its table depends.

    Adds kind (LimitClass or None); measure (yen, NA where nothing recorded measures it); measured_by (the column that the
    measure is of); lower_bound (True where 契約金額 stands in for a missing 予定価格); by_total (True for a lease that its
    yearly amount may have to measure, but whose total is taken, because that amount or the term is not known); income
    (True where the office is paid: 契約金額 lies at or above the 予定価格 and is no lower bound of it); basis
    (datetime64, NaT where unknown) and latest (datetime64, the last day that the basis can be).
    """
    rules = rulebook.small_value
    assert rules is not None
    return register.once("measured", rules, lambda: _measured(register.contracts, rules))


def _measured(rows: pd.DataFrame, rules: SmallValue) -> pd.DataFrame:
    kind = looked_up(rows["category"], {str(key): value for key, value in rules.categories.items()})
    lease, income = (_are(kind, wanted) for wanted in (_LEASES, _INCOME))
    (amount, no_amount), (estimated, no_estimate) = numbers(rows["amount"]), numbers(rows["estimated_price"])
    unit = yes(rows["unit_price"])
    yearly, no_year, by_total = _yearly(rows, rules, lease)
    stated = np.where(unit, amount, np.where(no_year, estimated, yearly))
    unstated = np.where(unit, no_amount, no_year & no_estimate)
    lower_bound = unstated & ~no_amount & ~income
    by = np.select([lower_bound | unit, ~no_year], [0, 1], 2)
    added = {
        "kind": kind.array,
        "measure": integers(np.where(unstated, amount, stated), unstated & ~lower_bound),
        "measured_by": texts(("amount", "annual_amount", "estimated_price"), by),
        "lower_bound": lower_bound,
        "by_total": by_total & ~unit,
        "income": income,
        "basis": rows[rules.basis].array,
        "latest": _latest(rows, rules).array,
    }
    # made at once: to add columns one by one to so wide a frame costs more than all that they are made of
    return framed({str(name): cells.array for name, cells in rows.items()} | added, rows.index)


def _are(kind: "pd.Series[Any]", wanted: tuple[LimitClass, ...]) -> Bools:
    """Where the kind is one of some."""
    codes, distinct = coded(kind)
    return np.array([one in wanted for one in distinct] + [False], dtype=bool)[codes]  # none is the last: -1


def unmeasured(rows: pd.DataFrame) -> "dict[str, pd.Series[bool]]":
    """The measured contracts without a measure, by the column whose cell is wanting; a contract counts at the first of them."""
    none = rows["measure"].isna()
    return {"estimated_price": none & rows["income"] & ~yes(rows["unit_price"]), "amount": none}


def _yearly(rows: pd.DataFrame, rules: SmallValue, lease: Bools) -> tuple[Ints, Bools, Bools]:
    """The yearly amount of a lease that is measured by it, where there is none, and where the total is taken for want of a cell."""
    yearly, missing = numbers(rows["annual_amount"])
    missing = missing | ~lease
    begins, ends = days(rows["starts_on"]), days(rows["ends_on"])
    termless = (begins == NO_DAY) | (ends == NO_DAY)
    length = np.where(termless, 0, ends - begins)
    if rules.lease != "total_if_multi_year":
        return yearly, missing, lease & missing & (termless | (length > _A_YEAR))
    # of an unknown term: a total above the yearly amount is the total of several years, or one of the two is wrong
    (amount, no_amount), (estimated, no_estimate) = numbers(rows["amount"]), numbers(rows["estimated_price"])
    total, no_total = np.where(no_estimate, amount, estimated), no_estimate & no_amount
    open_ended = termless & ~missing & ~no_total & (total > yearly)
    return yearly, missing | (length > _A_YEAR) | open_ended, open_ended


def _latest(rows: pd.DataFrame, rules: SmallValue) -> "pd.Series[Any]":
    """No procurement begins after it is signed, nor after 調達実施期限, where only that bound is known (INTERCHANGE.md)."""
    if rules.basis != "procured_on" or rows["procured_by"].isna().all():
        return rows["signed_on"]
    return rows["signed_on"].where(~(rows["procured_by"] < rows["signed_on"]), rows["procured_by"])
