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
from checks.bunching import BunchingParameters, Cut, Ints, at, crowded, limit_of, scan
from checks.limits import measured
from checks.register import Register
from checks.rulebook import Limit, LimitClass, Rulebook, SmallValue

_FAMILIES = 3  # limits of the rulebook, the organization, its departments: each a third of the error rate: arithmetic
Own = tuple[tuple[LimitClass, Limit], ...]
Limits = Mapping[int, Own]
Places = npt.NDArray[np.intp]  # of rows


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
    sole = once[(rows["method"] == ledger.SOLE).to_numpy(bool)[once]]
    piles = list(_known(register, rulebook, rows, once, parameters))
    piles += _apart(piles, _unknown(rows, sole, "", limits, _FAMILIES, parameters))
    crowded, enough = _departments(rows, sole, parameters)
    for name, members in crowded:
        piles += _apart(piles, _unknown(rows, members, name, limits, _FAMILIES * enough, parameters))
    return piles, len(sole)


def _once(rows: pd.DataFrame) -> Places:
    """The places of the rows, those with equal amounts of one vendor on one day as one: five dwellings are one decision."""
    alike = np.flatnonzero(rows.duplicated(["signed_on", "yen"], keep=False).to_numpy())
    some = pd.DataFrame({name: rows[name].array[alike] for name in ("signed_on", "yen", "vendors", "vendor_numbers")})
    again = (some.duplicated() & (some["vendors"] != "")).to_numpy(bool)
    return np.delete(np.arange(len(rows)), alike[again])


def _departments(
    rows: pd.DataFrame, sole: Places, parameters: BunchingParameters
) -> tuple[list[tuple[str, Places]], int]:
    """The departments in which there may be a pile, with their places, by name; and how many have enough contracts.

    The others are left out before the scan: a hundred scans of fifty contracts each cost more than all the rest.
    """
    codes, names = pd.factorize(rows["department"].array[sole])
    enough = (np.bincount(codes, minlength=len(names)) >= parameters.least_contracts) & np.asarray(names != "", bool)
    large = enough[codes]
    found = crowded(rows["yen"].to_numpy()[sole[large]], codes[large], parameters)
    order = np.argsort(codes, kind="stable")
    starts, ends = (np.searchsorted(codes[order], found, side) for side in ("left", "right"))
    members = [sole[order[start:end]] for start, end in zip(starts, ends, strict=True)]
    return sorted(zip((str(names[code]) for code in found), members, strict=True), key=lambda one: one[0]), int(
        enough.sum()
    )


def limits_of(rulebook: Rulebook) -> Limits:
    """Every 少額随意契約 limit of the rulebook, whenever it applied, by its amount."""
    found: dict[int, Own] = {}
    for kind, rows in sorted(rulebook.small_value.limits.items() if rulebook.small_value else ()):
        for row in rows:
            found[row.amount] = (*found.get(row.amount, ()), (kind, row))
    return found


def _known(
    register: Register, rulebook: Rulebook, rows: pd.DataFrame, once: Places, parameters: BunchingParameters
) -> Iterator[Pile]:
    """Piles below limits of the rulebook, among the contracts to which exactly that limit applied, however they were let."""
    if rulebook.small_value is None or not len(once):
        return
    what = measured(register, rulebook)[["kind", "measure", "lower_bound", "basis", "latest"]]
    what = what.iloc[rows.index.to_numpy()[once]]  # the contracts of a register are numbered from 0
    limit = _applied(what, rulebook.small_value)
    limit[what["measure"].isna().to_numpy(bool) | what["lower_bound"].to_numpy(bool)] = 0
    measure = what["measure"].fillna(0).to_numpy(np.int64)
    amounts = np.unique(limit[limit > 0]).tolist()
    for amount in amounts:
        of_limit = limit == amount
        cut = at(measure[of_limit], amount, parameters)
        chance = min(1.0, cut.chance * _FAMILIES * len(amounts)) if cut else 1.0
        if cut and chance <= parameters.error_rate:
            yield Pile("", amount, cut, chance, rows.iloc[once[of_limit]].assign(yen=measure[of_limit]))


def _applied(rows: pd.DataFrame, rules: SmallValue) -> Ints:
    """The one limit that applied to each measured contract, yen; 0 where none or several may have."""
    codes, kinds = pd.factorize(rows["kind"])
    basis, latest = (rows[name].to_numpy("datetime64[s]") for name in ("basis", "latest"))
    before = latest - np.timedelta64(rules.longest_procurement_days, "D")
    latest, earliest = (np.where(np.isnat(basis), day, basis) for day in (latest, before))
    amount, times = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    for code, kind in enumerate(kinds):
        for limit in rules.limits.get(kind, ()):
            applies = (codes == code) & (earliest <= np.datetime64(limit.until or date.max, "s"))
            applies &= latest >= np.datetime64(limit.since or date.min, "s")
            amount[applies] = limit.amount
            times += applies
    amount[times != 1] = 0
    return amount


def _unknown(
    rows: pd.DataFrame,
    members: Places,
    department: str,
    limits: Limits,
    families: int,
    parameters: BunchingParameters,
) -> Iterator[Pile]:
    """Piles below whatever value, among the 随意契約 of the organization or of a department."""
    amounts = rows["yen"].to_numpy()[members]
    reach = parameters.reach_percent / 100
    for cut in scan(amounts, parameters):
        chance = min(1.0, cut.chance * families)
        if chance <= parameters.error_rate:
            above = int(amounts[amounts > cut.value].min())
            known = [limit for limit in limits if cut.value <= limit <= cut.value * (1 + reach)]
            limit = min(known, default=limit_of(cut.value, above, reach))
            yield Pile(department, limit, cut, chance, rows.iloc[members])


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
