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
from checks.cells import Cells, given
from checks.columns import NO_DAY, combined, framed
from checks.heaps import Population
from checks.limits import measures
from checks.register import Register
from checks.rulebook import Limit, LimitClass, Rulebook, SmallValue

_FAMILIES = 3  # limits of the rulebook, the organization, its departments: each a third of the error rate: arithmetic
MEASURE = "estimated_price"
_SHOWN = ("contract_id", "department", "category", "signed_on", "vendors", "nondisclosure")
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
    register: Register, rulebook: Rulebook, places: Places, limits: Limits, parameters: BunchingParameters
) -> tuple[list[Pile], int]:
    """The piles of the organization and of its departments, and how many 随意契約 were looked at.

    ``places`` of contracts with a 予定価格 (yen). A department's pile at a limit of the organization's is not told again.
    """
    rows = register.cells.added({"yen": given(register.cells.numbers(MEASURE)[0])})
    once = _once(rows, places)
    sole = once[register.cells.equal("method", ledger.SOLE)[once]]
    held = _Sole(register, rows, sole, limits, parameters)
    piles = list(_known(register, rulebook, once, parameters))
    piles += _apart(piles, held.unknown(sole, "", _FAMILIES))
    crowded, enough = _departments(rows, sole, parameters)
    for name, members in crowded:
        piles += _apart(piles, held.unknown(members, name, _FAMILIES * enough))
    return piles, len(sole)


def _shown(register: Register, places: Places, yen: Ints) -> pd.DataFrame:
    """What is told of some contracts."""
    return framed({**{name: register.cells.take(name, places) for name in _SHOWN}, "yen": yen})


def _once(rows: Cells, places: Places | None = None) -> Places:
    """The places of the rows, those with equal amounts of one vendor on one day as one: five dwellings are one decision.

    Rows are looked at whose day and amount fall into one of many bins, though another day and amount may too: none is missed.
    """
    places = np.arange(rows.rows) if places is None else places
    day, yen = rows.days("signed_on")[places], np.asarray(rows["yen"])[places]
    bins = (day * 1_000_003 + yen) % (16 * len(places) + 1)
    alike = np.flatnonzero(np.bincount(bins)[bins] > 1)
    alike = alike[rows.where("vendors", bool)[places[alike]]]
    parties = [rows.codes(name)[0][places[alike]] for name in ("vendors", "vendor_numbers")]
    again = np.ones(len(alike), dtype=bool)
    again[combined(*(pd.factorize(one)[0] for one in (day[alike], yen[alike])), *parties)[1]] = False
    return np.delete(places, alike[again])


def _departments(rows: Cells, sole: Places, parameters: BunchingParameters) -> tuple[list[tuple[str, Places]], int]:
    """The departments in which there may be a pile, with their places, by name; and how many have enough contracts.

    The others are left out before the scan: a hundred scans of fifty contracts each cost more than all the rest.
    """
    held, names = rows.codes("department")
    codes = held[sole]
    named = np.array([name != "" for name in names], dtype=bool)
    enough = (np.bincount(codes, minlength=len(names)) >= parameters.least_contracts) & named
    large = enough[codes]
    found = crowded(np.asarray(rows["yen"])[sole[large]], codes[large], parameters)
    if not len(found):
        return [], int(enough.sum())
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


def _known(register: Register, rulebook: Rulebook, once: Places, parameters: BunchingParameters) -> Iterator[Pile]:
    """Piles below limits of the rulebook, among the contracts to which exactly that limit applied, however they were let."""
    if rulebook.small_value is None or not len(once):
        return
    what = measures(register, rulebook)
    amounts_of, none_of = what.numbers("measure")
    measure, none = amounts_of[once], none_of[once]
    limit = _applied(what, once, rulebook.small_value)
    limit[none | what["lower_bound"][once]] = 0
    amounts = np.unique(limit[limit > 0]).tolist()
    order = np.flatnonzero((limit > 0) & (measure > 0))
    order = order[np.argsort(measure[order])]
    held, of = Population(measure[order], parameters.taxes_percent), limit[order]
    for amount in amounts:
        cut = at(held.part(of == amount), amount, parameters)
        chance = min(1.0, cut.chance * _FAMILIES * len(amounts)) if cut else 1.0
        if cut and chance <= parameters.error_rate:
            of_limit = limit == amount
            yield Pile("", amount, cut, chance, _shown(register, once[of_limit], measure[of_limit]))


def _applied(rows: Cells, places: Places, rules: SmallValue) -> Ints:
    """The one limit that applied to each measured contract of these places, yen; 0 where none or several may have."""
    codes, categories = rows.codes("category")
    basis, latest = rows.days("basis")[places], rows.days("latest")[places]
    known = basis != NO_DAY
    last = np.where(known, basis, latest)
    first = np.where(known | (latest == NO_DAY), last, last - rules.longest_procurement_days)
    limits = [rules.limits.get(kind, ()) if (kind := rules.categories.get(one)) else () for one in categories]
    # Between two days on which any limit begins or has just ended the answer is the same: it is looked up by their numbers.
    ends = {(_day(one.since or date.min), _day(one.until or date.max) + 1) for held in limits for one in held}
    turns = np.array(sorted({day for pair in ends for day in pair}), dtype=np.int64)
    table = np.zeros((len(limits), len(turns) + 1, len(turns) + 1), dtype=np.int64)
    times = np.zeros_like(table)
    for code, held in enumerate(limits):
        for limit in held:
            begun, ended = np.searchsorted(turns, (_day(limit.since or date.min), _day(limit.until or date.max) + 1))
            table[code, : ended + 1, begun + 1 :] = limit.amount
            times[code, : ended + 1, begun + 1 :] += 1
    table[times != 1] = 0
    spans = (np.searchsorted(turns, day, "right") for day in (first, last))
    amount: Ints = table[codes[places], *spans]
    amount[last == NO_DAY] = 0
    return amount


def _day(of: date) -> int:
    return (of - date(1970, 1, 1)).days


class _Sole:
    """The 随意契約 of an organization (places of rows): sorted and asked for their steps once, whatever the department."""

    def __init__(
        self, register: Register, rows: Cells, sole: Places, limits: Limits, parameters: BunchingParameters
    ) -> None:
        self._register, self._limits, self._parameters = register, limits, parameters
        self._yen = np.asarray(rows["yen"])
        amounts = self._yen[sole]
        order = np.flatnonzero(amounts > 0)
        order = order[np.argsort(amounts[order])]
        self._population = Population(amounts[order], parameters.taxes_percent)
        self._rank = np.full(rows.rows, -1)
        self._rank[sole[order]] = np.arange(len(order))

    def unknown(self, members: Places, department: str, families: int) -> Iterator[Pile]:
        """Piles below whatever value, among the contracts of the organization or of a department."""
        parameters, ranks = self._parameters, np.sort(self._rank[members])
        held = self._population.part(ranks[np.searchsorted(ranks, 0) :])
        reach, rows = parameters.reach_percent / 100, None
        for cut in scan(held, parameters, parameters.error_rate / families * (1 + 1e-9)):
            chance = min(1.0, cut.chance * families)
            if chance <= parameters.error_rate:
                above = int(held.amounts[np.searchsorted(held.amounts, cut.value, "right")])
                known = [limit for limit in self._limits if cut.value <= limit <= cut.value * (1 + reach)]
                limit = min(known, default=limit_of(cut.value, above, reach))
                if rows is None:  # one frame for all piles of a population
                    rows = _shown(self._register, members, self._yen[members])
                yield Pile(department, limit, cut, chance, rows)


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
    if rules is None or not limits:
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
