"""The 少額随意契約 limit of a contract: which table applied, which measure counts.

Source: law.md 1 (limits), 1.4 (basis date), 7.1 (unit prices by the planned total); saitama:118, 141 (leases).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from checks.register import Register, plain
from checks.rulebook import Limit, LimitClass, Rulebook, SmallValue

_LEASES = (LimitClass.LEASE_IN, LimitClass.LEASE_OUT)
_INCOME = (LimitClass.SALE, LimitClass.LEASE_OUT)  # what is received lies at or above the 予定価格
_A_YEAR = 366  # days of the longest calendar year, counted between two dates: no judgement


@dataclass(frozen=True)
class Candidates:
    """The limits that may apply to one contract: one if the table is certain, several if it is not."""

    limits: tuple[Limit, ...]

    @property
    def highest(self) -> Limit:
        """The limit most favourable to the office."""
        return max(self.limits, key=lambda limit: limit.amount)

    @property
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
        """Measured contracts with table (Candidates or None), lowest and highest (yen); each distinct question is asked once."""
        dates = rows[["kind", "basis", "latest"]]
        numbers = dates.groupby(["kind", "basis", "latest"], dropna=False, sort=False).ngroup()
        found = [self.find(LimitClass(row.kind), row.basis, row.latest) for row in plain(dates[~numbers.duplicated()])]
        limits = pd.DataFrame(
            {
                "table": pd.Series(found, dtype=object),
                "lowest": pd.Series([one.lowest.amount if one else None for one in found], dtype="Int64"),
                "highest": pd.Series([one.highest.amount if one else None for one in found], dtype="Int64"),
            }
        )
        joined = limits.take(numbers.to_numpy()).set_axis(rows.index)
        return rows.assign(table=joined["table"], lowest=joined["lowest"], highest=joined["highest"])


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
    rows = register.contracts
    kind = rows["category"].map({str(key): value for key, value in rules.categories.items()})
    income = kind.isin(_INCOME)
    unit = rows["unit_price"].fillna(value=False).astype(bool)
    yearly, by_total = _yearly(rows, rules, kind)
    stated = yearly.fillna(rows["estimated_price"]).mask(unit, rows["amount"])
    measure = stated.fillna(rows["amount"].mask(income))
    lower_bound = stated.isna() & measure.notna()
    by = np.select([lower_bound | unit, yearly.notna()], ["amount", "annual_amount"], "estimated_price")
    return rows.assign(
        kind=kind,
        measure=measure,
        measured_by=by,
        lower_bound=lower_bound,
        by_total=by_total & ~unit,
        income=income,
        basis=rows[rules.basis],
        latest=_latest(rows, rules),
    )


def unmeasured(rows: pd.DataFrame) -> "dict[str, pd.Series[bool]]":
    """The measured contracts without a measure, by the column whose cell is wanting; a contract counts at the first of them."""
    none = rows["measure"].isna()
    unit = rows["unit_price"].fillna(value=False).astype(bool)
    return {"estimated_price": none & rows["income"] & ~unit, "amount": none}


def _yearly(rows: pd.DataFrame, rules: SmallValue, kind: "pd.Series[Any]") -> "tuple[pd.Series[Any], pd.Series[bool]]":
    """The yearly amount where a lease is measured by it, else NA; and where the total is taken for want of a cell."""
    lease = kind.isin(_LEASES)
    yearly = rows["annual_amount"].where(lease)
    days = (rows["ends_on"] - rows["starts_on"]).dt.days
    if rules.lease != "total_if_multi_year":
        return yearly, lease & yearly.isna() & ~(days <= _A_YEAR)
    # of an unknown term: a total above the yearly amount is the total of several years, or one of the two is wrong
    total = rows["estimated_price"].fillna(rows["amount"])
    open_ended = (days.isna() & (total > yearly)).fillna(value=False).astype(bool)
    return yearly.where(~((days > _A_YEAR) | open_ended), pd.NA), open_ended


def _latest(rows: pd.DataFrame, rules: SmallValue) -> "pd.Series[Any]":
    """No procurement begins after it is signed, nor after 調達実施期限, where only that bound is known (INTERCHANGE.md)."""
    if rules.basis != "procured_on":
        return rows["signed_on"]
    return rows["signed_on"].where(~(rows["procured_by"] < rows["signed_on"]), rows["procured_by"])
