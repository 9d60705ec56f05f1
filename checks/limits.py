"""The 少額随意契約 limit of a contract: which table applied, which measure counts.

Source: law.md 1 (limits), 1.4 (basis date), 7.1 (unit prices by the planned total); saitama:118, 141 (leases).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from checks.register import Register
from checks.rulebook import Limit, LimitClass, Rulebook, SmallValue

_LEASES = (LimitClass.LEASE_IN, LimitClass.LEASE_OUT)


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
        """Candidates for a basis date; where it is missing, for every date on which a procurement signed on ``latest`` may have begun."""
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


def measured(register: Register, rulebook: Rulebook) -> pd.DataFrame:
    """Each contract with what its small-value limit measures.

    Adds kind (LimitClass or None), measure (yen), lower_bound (True where 契約金額 stands in for a missing 予定価格) and
    basis (datetime64, NaT where unknown).
    """
    rules = rulebook.small_value
    assert rules is not None
    rows = register.contracts
    kind = rows["category"].map({str(key): value for key, value in rules.categories.items()})
    lease = kind.isin(_LEASES)
    estimate = rows["estimated_price"]
    yearly = rows["annual_amount"].where(lease)
    if rules.lease == "total_if_multi_year":
        days = (rows["ends_on"] - rows["starts_on"]).dt.days
        yearly = yearly.where(~(days > 366), pd.NA)
    stated = yearly.fillna(estimate)
    unit = rows["unit_price"].fillna(value=False).astype(bool)
    stated = stated.mask(unit, rows["amount"])
    basis = rows[rules.basis]
    if rules.basis == "procured_on":
        only_before = basis.isna() & rows["procured_by"].notna()
        basis = basis.mask(only_before, rows["procured_by"])
    return rows.assign(
        kind=kind,
        measure=stated.fillna(rows["amount"]),
        lower_bound=stated.isna() & rows["amount"].notna(),
        basis=basis,
    )
