"""Round amounts are heaps for another reason than a limit: which amounts of a population say nothing about a window.

Shared, not a check; used by checks/bunching.py. What an amount is a multiple of (its step) and how often it occurs is
asked once of a population, whatever the windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from checks.columns import Bools, Ints

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Heaping:
    """How many copies of a round amount are no more than rounding; the fields of BunchingParameters."""

    least_pile: int
    heap_ratio: float
    heap_percent: float


@dataclass(frozen=True)
class Population:
    """Amounts above 0 yen in ascending order, and what is computed of them once."""

    amounts: Ints
    taxes_percent: tuple[int, ...]

    def part(self, chosen: Bools) -> "Population":
        """Those of the amounts as a population of their own; their steps are not asked again."""
        held = Population(self.amounts[chosen], self.taxes_percent)
        vars(held)["steps"] = self.steps[chosen]
        return held

    @cached_property
    def reals(self) -> Reals:
        """The amounts as floats: places are looked for by ends that are no integers."""
        return self.amounts.astype(np.float64)

    @cached_property
    def logs(self) -> Reals:
        """Their natural logarithms."""
        reals: Reals = np.log(self.amounts)
        return reals

    @cached_property
    def steps(self) -> Ints:
        """The step of each; asked once of amounts that are equal."""
        first = self._first
        return np.repeat(steps(self.amounts[first], self.taxes_percent), np.diff(first, append=len(self.amounts)))

    @cached_property
    def _first(self) -> Ints:
        """The place of the first of each distinct amount."""
        return np.flatnonzero(np.diff(self.amounts, prepend=-1))

    @cached_property
    def factorial(self) -> Reals:
        """log n! of every n up to their number."""
        return np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, len(self.amounts) + 1)))))

    @cached_property
    def runs(self) -> tuple[Ints, Ints, Ints]:
        """The place of the first of each distinct amount, its copies and its step."""
        first = self._first
        return first, np.diff(first, append=len(self.amounts)), self.steps[first]

    @cached_property
    def often(self) -> int:
        """The copies of the most frequent amount."""
        return int(self.runs[1].max(initial=0))

    def kept(self, part: slice, unit: int, least_pile: int) -> tuple[Bools, Bools]:
        """Of a part the amounts that ``unheaped`` surely keeps, and those that it may keep, whatever the windows."""
        sure = self.steps[part] <= unit
        return sure, (sure | (self._copies[part] > least_pile) if self.often > least_pile else sure)

    def counted(self, unit: int, least_pile: int) -> tuple[Ints, Ints]:
        """How many of the amounts before each place, and before the end, ``kept`` says so of; counted once for a unit."""
        held = self._counted.get((unit, least_pile))
        if held is None:
            sure, may = self.kept(slice(None), unit, least_pile)
            one = _running(sure)
            held = self._counted[unit, least_pile] = one, one if may is sure else _running(may)
        return held

    @cached_property
    def _counted(self) -> dict[tuple[int, int], tuple[Ints, Ints]]:
        return {}

    @cached_property
    def _copies(self) -> Ints:
        """How often each amount occurs."""
        return np.repeat(self.runs[1], self.runs[1])


def _running(mask: Bools) -> Ints:
    found = np.zeros(len(mask) + 1, dtype=np.int64)
    np.cumsum(mask, out=found[1:])
    return found


def steps(amounts: Ints, taxes_percent: Sequence[int]) -> Ints:
    """The largest of 1, 5, 10, 50, 100 … yen, without or with tax, of which each amount is a multiple.

    >>> steps(np.array([4_500_000, 1_298_000, 4_995_622]), (10, 8)).tolist()
    [500000, 11000, 1]
    """
    largest = np.ones(len(amounts), dtype=np.int64)
    places = np.flatnonzero(amounts > 0)
    held = amounts[places]
    largest[places] = _units(held)
    for percent in (100 + tax for tax in taxes_percent):
        taxed = np.flatnonzero(held * 100 % percent == 0)
        units = _units(held[taxed] * 100 // percent)  # of the amounts without tax
        largest[places[taxed]] = np.maximum(largest[places[taxed]], units * percent // 100)
    return largest


def _units(amounts: Ints) -> Ints:
    """The largest of 1, 5, 10, 50, 100 … of which each amount above 0 is a multiple.

    Looked up by the last five digits, which say it unless all are zero: then those before them do.
    """
    ahead, last = np.divmod(amounts, _DIGITS)
    units = _units_of_digits()[last]
    round_ = np.flatnonzero(last == 0)
    if len(round_):
        units[round_] = _DIGITS * _units(ahead[round_])
    return units


_DIGITS = 100_000


@cache
def _units_of_digits() -> Ints:
    found = np.ones(_DIGITS, dtype=np.int64)
    for unit in (factor * 10**power for power in range(5) for factor in (1, 5)):
        found[::unit] = unit
    return found


def unheaped(population: Population, part: slice, unit: int, heaping: Heaping) -> Bools:
    """Which amounts of a part of a population (whole runs) are kept: those whose step is at most ``unit``.

    And of rounder ones the copies that heaping does not explain: beyond heap_ratio times those of other amounts about as
    round, and beyond the share of the amounts within half a step that may all be rounded to it.
    """
    kept = population.steps[part] <= unit
    if population.often <= heaping.least_pile:
        return kept
    runs, copies, size = population.runs
    begin, end = np.searchsorted(runs, (part.start, part.stop))
    runs, copies, size = runs[begin:end], copies[begin:end], size[begin:end]
    heavy = np.flatnonzero((copies > heaping.least_pile) & (size > unit))
    rounded = _rounded(population, part, runs[heavy], size[heavy], heaping.heap_percent)
    more = copies[heavy] - rounded >= 1
    heavy, rounded = heavy[more], rounded[more]
    if not len(heavy):
        return kept
    usual = heaping.heap_ratio * _peers(size[size > unit], copies[size > unit], size[heavy], copies[heavy])
    beyond = (copies[heavy] - np.maximum(usual, rounded)).astype(np.int64)
    for place, count in zip((runs[heavy] - part.start).tolist(), beyond.tolist(), strict=True):
        if count > 0:
            kept[place : place + count] = True
    return kept


def _peers(size: Ints, copies: Ints, of_size: Ints, of_copies: Ints) -> Ints:
    """For each of some runs the most copies of another run that is at most ten times less round, 1 if there is none.

    Looked up by step, of which there are few, not by run: the two most frequent of its peers are enough, for one of them
    is not itself.
    """
    found = np.ones(len(of_size), dtype=np.int64)
    for step in np.unique(of_size):
        most = np.concatenate(([1, 1], copies[size >= step / 10]))
        second, best = np.partition(most, len(most) - 2)[-2:]
        own = of_size == step
        found[own] = np.where(of_copies[own] == best, second, best)
    return found


def _rounded(population: Population, part: slice, first: Ints, size: Ints, percent: float) -> Reals:
    """What rounding to its step brings to each run: a share of the amounts of the part within half a step."""
    amount, half = population.amounts[first], size / 2
    ends = np.searchsorted(population.reals[part], (amount - half, amount + half))
    reals: Reals = percent / 100 * (ends[1] - ends[0])
    return reals
