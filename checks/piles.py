"""Piles of 予定価格 just below a limit: among which contracts they are looked for, and which limit a pile belongs to.

Not a check. The statistic itself is checks/bunching.py, what is said of a pile checks/limit_bunching.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from checks import ledger
from checks.bunching import BunchingParameters, Cut, at, limit_of, scan
from checks.limits import measured
from checks.register import Register
from checks.rulebook import Limit, LimitClass, Rulebook

_FAMILIES = 3  # limits of the rulebook, the organization, its departments: each a third of the error rate: arithmetic
Own = tuple[tuple[LimitClass, Limit], ...]
Limits = Mapping[int, Own]


@dataclass(frozen=True)
class Pile:
    """A pile below a limit among the rows of a population (columns of contracts and yen); ``chance`` fully corrected."""

    department: str
    limit: int
    cut: Cut
    chance: float
    rows: pd.DataFrame


def find(
    register: Register, rulebook: Rulebook, rows: pd.DataFrame, limits: Limits, parameters: BunchingParameters
) -> tuple[list[Pile], int]:
    """The piles of the organization and of its departments, and how many 随意契約 were looked at.

    ``rows`` are contracts with a 予定価格 (yen). A department's pile at a limit of the organization's is not told again.
    """
    once = _once(rows)
    sole = once[once["method"] == ledger.SOLE]
    piles = list(_known(register, rulebook, once, parameters))
    piles += _apart(piles, _unknown(sole, None, "", limits, _FAMILIES, parameters))
    members = sole.groupby("department", sort=True).indices
    enough = {name: places for name, places in members.items() if name and len(places) >= parameters.least_contracts}
    for name, places in enough.items():
        families = _FAMILIES * len(enough)
        piles += _apart(piles, _unknown(sole, np.asarray(places), str(name), limits, families, parameters))
    return piles, len(sole)


def _once(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with equal amounts of one vendor on one day as one: five dwellings are one decision."""
    alike = rows[rows.duplicated(["signed_on", "yen"], keep=False) & (rows["vendors"] != "")]
    again = alike.index[alike.duplicated(["signed_on", "yen", "vendors", "vendor_numbers"])]
    return rows.drop(index=again)


def limits_of(rulebook: Rulebook) -> Limits:
    """Every 少額随意契約 limit of the rulebook, whenever it applied, by its amount."""
    found: dict[int, Own] = {}
    for kind, rows in sorted(rulebook.small_value.limits.items() if rulebook.small_value else ()):
        for row in rows:
            found[row.amount] = (*found.get(row.amount, ()), (kind, row))
    return found


def _known(
    register: Register, rulebook: Rulebook, once: pd.DataFrame, parameters: BunchingParameters
) -> Iterator[Pile]:
    """Piles below limits of the rulebook, among the contracts to which exactly that limit applied, however they were let."""
    if rulebook.small_value is None or not len(once):
        return
    what = measured(register, rulebook)[["kind", "measure", "lower_bound", "basis", "latest"]].loc[once.index]
    rows = once.drop(columns="yen").join(what)[
        (what["kind"].notna() & what["measure"].notna() & ~what["lower_bound"]).to_numpy(bool)
    ]
    rows = rows.assign(yen=rows["measure"].astype("int64"), limit=_applied(rows, rulebook)).dropna(subset=["limit"])
    amounts = sorted(int(limit) for limit in rows["limit"].unique())
    for limit in amounts:
        held = rows[rows["limit"] == limit]
        cut = at(held["yen"].to_numpy(), limit, parameters)
        chance = min(1.0, cut.chance * _FAMILIES * len(amounts)) if cut else 1.0
        if cut and chance <= parameters.error_rate:
            yield Pile("", limit, cut, chance, held)


def _applied(rows: pd.DataFrame, rulebook: Rulebook) -> pd.Series:
    """The one limit that applied to each contract, Int64; NA where none or several may have."""
    rules = rulebook.small_value
    assert rules is not None
    latest = rows["basis"].fillna(rows["latest"])
    earliest = rows["basis"].fillna(rows["latest"] - pd.Timedelta(days=rules.longest_procurement_days))
    amount, several = pd.Series(pd.NA, index=rows.index, dtype="Int64"), pd.Series(data=False, index=rows.index)
    for kind, limits in rules.limits.items():
        of_kind = rows["kind"] == kind
        for limit in limits:
            applies = of_kind & (earliest <= pd.Timestamp(limit.until or date.max).as_unit("s"))
            applies &= latest >= pd.Timestamp(limit.since or date.min).as_unit("s")
            several |= applies & amount.notna()
            amount = amount.mask(applies, limit.amount)
    return amount.mask(several)


def _unknown(
    sole: pd.DataFrame,
    members: "npt.NDArray[np.intp] | None",
    department: str,
    limits: Limits,
    families: int,
    parameters: BunchingParameters,
) -> Iterator[Pile]:
    """Piles below whatever value, among the 随意契約 of the organization or of a department."""
    amounts = sole["yen"].to_numpy()
    amounts = amounts if members is None else amounts[members]
    reach = parameters.reach_percent / 100
    for cut in scan(amounts, parameters):
        chance = min(1.0, cut.chance * families)
        if chance <= parameters.error_rate:
            above = int(amounts[amounts > cut.value].min())
            known = [limit for limit in limits if cut.value <= limit <= cut.value * (1 + reach)]
            limit = min(known, default=limit_of(cut.value, above, reach))
            yield Pile(department, limit, cut, chance, sole if members is None else sole.iloc[members])


def _apart(piles: list[Pile], more: Iterator[Pile]) -> list[Pile]:
    """Those that are not about a limit of an organization's pile again."""
    whole = [pile for pile in piles if not pile.department]
    return [
        pile
        for pile in more
        if not any(abs(np.log(pile.limit / one.limit)) <= max(pile.cut.width, one.cut.width) for one in whole)
    ]


def own(inside: pd.DataFrame, limits: Own, rulebook: Rulebook) -> Own:
    """Those of the limits of this amount that may have applied to contracts of the pile: by kind, if it is known, and date."""
    rules = rulebook.small_value
    if rules is None:
        return ()
    kinds = {rules.categories[category] for category in inside["category"].unique() if category in rules.categories}
    first = inside["signed_on"].min() - pd.Timedelta(days=rules.longest_procurement_days)
    last = inside["signed_on"].max()
    return tuple(
        (kind, limit)
        for kind, limit in limits
        if (not kinds or kind in kinds)
        and (limit.since is None or pd.Timestamp(limit.since) <= last)
        and (limit.until is None or pd.Timestamp(limit.until) >= first)
    )
