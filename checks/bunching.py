"""Do amounts pile up just under some value? A statistic on integer yen with a stated error rate.

Shared, not a check. For a cut c and a relative width b it asks whether more amounts lie in [c(1-b), c] than the density
around makes likely. The window is compared with the five widths (flank_widths) below it and, separately, with the five above it, and
it must stand out against both. A density that only rises, only falls, or is cut off at c stands out against one side
at most: that is why no model has to be fitted.

- Where the density is smooth, the window's count given window and flank is Binomial(n, 1/(flank_widths + 1)). The cut is itself an
  amount of the register, so it is left out of its own window; what is left does not depend on the choice.
- The last amount of every quarter of a width is tried as a cut, with every width, and each try gets an equal share of
  the error rate (union bound): at most that share of registers without piles alarms, in truth fewer.
- Slopes and curvature: the window must also hold ``least_ratio`` times what either flank makes usual, and stand out
  against the two widths next to it on either side.
- Round amounts are heaps for another reason. An amount whose own step (500,000 for 4,500,000; 11,000 for 1,298,000,
  which is 1,180,000 and tax) is large against the window says nothing about it: such amounts are left out around the
  cut, all alike, except for copies far beyond those of other round amounts nearby.
- Where (nearly) nothing lies above, the register ends there: no cut.

"Smooth" means without components narrower than about the window. Source: red-flags.md S7, OCP R002; law.md 12.6.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
from pydantic import Field

from checks.catalogue import Parameters
from checks.columns import Ints
from checks.edges import edge, limit_of, log_width
from checks.heaps import Heaping, Population, Reals, steps, unheaped

__all__ = ["BunchingParameters", "Cut", "Ints", "at", "crowded", "limit_of", "scan", "steps"]
_CELLS = 4  # cuts tried per width: how finely is searched, not how strictly, for the error rate is shared among them
_FINE = 16  # cells per width of the screen that looks at all cuts at once, before any is judged: only for speed
_SLACK = 1e-9  # log yen, of screens: what they let through is judged, what they hold back must surely be nothing


class BunchingParameters(Parameters):
    """Judgement, not law: how sure, how many, how much more than usual."""

    error_rate: float = Field(
        0.01, gt=0, le=0.05, description="share of registers without any pile that may alarm, all cuts and departments"
    )
    least_contracts: int = Field(40, ge=20, le=10_000, description="fewer amounts show no density to compare with")
    least_pile: int = Field(10, ge=5, le=1000, description="a pile of fewer contracts is no habit of an office")
    least_ratio: float = Field(
        2.0, ge=1.25, le=10, description="less than this times the usual is within slopes and rounding of a smooth one"
    )
    flank_widths: int = Field(
        5, ge=2, le=20, description="widths on each side that say what is usual: enough to count, still local"
    )
    near_widths: int = Field(2, ge=1, le=10, description="widths next to the window that it must stand out against too")
    near_rate: float = Field(
        0.01, gt=0, le=0.5, description="error rate of each comparison with the near_widths next to the window"
    )
    reach_percent: float = Field(
        1.0, ge=0, le=5, description="a limit lies at most this far above the largest amount of its pile"
    )
    least_above_percent: float = Field(
        2.0, ge=0, le=50, description="with less above a cut the register ends there; never fewer than half a pile"
    )
    heap_ratio: float = Field(
        3.0, ge=1, le=10, description="copies of a round amount up to this times those of its peers are heaping"
    )
    heap_percent: float = Field(
        20.0, ge=0, le=100, description="share of the amounts within half a step that may all be rounded to one amount"
    )
    widths_percent: tuple[float, ...] = Field((2, 5, 10), description="widths of the window below a cut, in percent")
    taxes_percent: tuple[int, ...] = Field(
        (10, 8),
        description="an amount is round too if it is without consumption tax; only to tell heaps, never to judge",
    )
    listed: int = Field(100, ge=1, le=1000, description="contracts of a pile that are listed, nearest the limit first")


@dataclass(frozen=True)
class Cut:
    """A window of amounts just below a cut. ``chance`` is corrected for everything that was tried, 1 at most."""

    value: int  # the largest amount of the pile, yen
    width: float  # of the window, relative
    below: int  # amounts in the window, heaps left out
    usual: float  # what the denser of the flanks makes usual for the window
    chance: float


def population(values: Ints, parameters: BunchingParameters) -> Population:
    """Yen in any order as a population; of parts of it (Population.part) scan and at are asked without sorting again."""
    return Population(np.sort(values[values > 0]), parameters.taxes_percent)


def scan(values: Ints | Population, parameters: BunchingParameters, chance: float = 1.0) -> list[Cut]:
    """Every place where amounts stand out below a cut, far apart from one another, the least likely first.

    ``values`` are yen in any order. Which of them alarm is the caller's decision, by ``chance``; those above it are
    left out, at less cost than telling them.
    """
    held = values if isinstance(values, Population) else population(values, parameters)
    found = _standing(held, parameters, None, chance)
    kept: list[Cut] = []
    for cut in (cut for cut in found if cut.chance <= chance):
        if all(
            abs(np.log(cut.value / other.value)) > parameters.flank_widths * log_width(other.width) for other in kept
        ):
            kept.append(cut)
    return [_narrowest(cut, found, held.amounts) for cut in kept]


def at(values: Ints | Population, limit: int, parameters: BunchingParameters) -> Cut | None:
    """The window just below a limit that was known before the amounts were; corrected for its widths only."""
    held = values if isinstance(values, Population) else population(values, parameters)
    found = _standing(held, parameters, limit) if _may_stand_at(held, limit, parameters) else []
    return found[0] if found else None


def crowded(values: Ints, groups: Ints, parameters: BunchingParameters) -> Ints:
    """Those of the groups (codes, one per value) in which scan can find anything at all, sorted; it need not.

    A pile has least_pile amounts within the widest width, and heaps are only ever taken out: a group without so many so
    near one another has none. One pass over all groups.
    """
    values, groups = values[values > 0], groups[values > 0]
    order = np.argsort(values)
    order = order[np.argsort(groups[order].astype(np.min_scalar_type(groups.max(initial=0))), kind="stable")]
    groups, widest = groups[order], max(parameters.widths_percent, default=0) / 100
    last, first = groups[parameters.least_pile - 1 :], groups[: 1 - parameters.least_pile]
    return np.unique(last[(last == first) & (_spans(np.log(values[order]), parameters) <= log_width(widest) + _SLACK)])


def _spans(x: Reals, parameters: BunchingParameters) -> Reals:
    """How far each least_pile neighbours of sorted logs lie apart."""
    reals: Reals = x[parameters.least_pile - 1 :] - x[: 1 - parameters.least_pile]
    return reals


def _standing(
    population: Population, parameters: BunchingParameters, limit: int | None, most: float = 1.0
) -> list[Cut]:
    """What stands out; nothing at all where no chance is ``most`` or less."""
    if len(population.amounts) < parameters.least_contracts:
        return []
    levels = list(_levels(population, parameters, limit))
    dense = _dense(levels, population, parameters) if limit is None else levels
    fine = cache(lambda width: _Fine.of(population, width, parameters))
    likely = (
        level for level in dense if limit is not None or _may_stand(population, level, parameters, fine(level.width))
    )
    looks = [look for level in likely if (look := _look(population, level, parameters, limit))]
    least, tried = min((float(look.chance.min(initial=np.inf)) for look in looks), default=np.inf), 0
    if least == np.inf:
        return []  # how often was tried need not be counted
    for level in levels:
        tried += _tried(population, level, parameters, limit)
        if most < 1 and least * tried > most:
            return []  # nor to its end
    found = [
        Cut(int(value), look.width, int(below), float(usual), min(1.0, float(chance) * tried))
        for look in looks
        for value, below, usual, chance in zip(look.value, look.below, look.usual, look.chance, strict=True)
    ]
    return sorted(found, key=_unlikely)


def _unlikely(cut: Cut) -> tuple[float, int, float]:
    return (cut.chance, cut.value, cut.width)


def _narrowest(best: Cut, found: Sequence[Cut], amounts: Ints) -> Cut:
    """The same pile in the narrowest window that would do, with its upper edge where the excess ends; the chance stays."""
    same = [
        cut
        for cut in found
        if cut.width <= best.width and abs(np.log(cut.value / best.value)) <= log_width(best.width)
        if cut.chance <= best.chance * 1000 and cut.chance <= 0.001
    ]
    cut = min(same, key=lambda cut: (cut.width, *_unlikely(cut)), default=best)
    return replace(cut, value=edge(amounts, cut.value, cut.width, cut.usual), chance=best.chance)


# --- one width, one step of roundness -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Level:
    """A width and a range of cuts, low ≤ cut < high, for which the same amounts are round: those of steps above ``unit``."""

    width: float
    unit: int
    low: float
    high: float
    bottom: int  # places of the amounts that windows of these cuts can hold: bottom up to top
    top: int
    first: int  # and of those that their flanks can
    last: int


@dataclass(frozen=True)
class _Look:
    """The cuts of one level that stand out: value, window, usual, chance of one try."""

    width: float
    value: Ints
    below: Ints
    usual: Reals
    chance: Reals


def _levels(population: Population, parameters: BunchingParameters, limit: int | None) -> Iterator[_Level]:
    """Each width, and within it each range of cuts; with a limit only the range in which it lies."""
    for width in (percent / 100 for percent in parameters.widths_percent):
        reach = np.exp(log_width(width) * (parameters.flank_widths + 1.5))
        ranges = [
            one for one in _ranges(width, int(population.amounts[-1])) if limit is None or one[1] <= limit < one[2]
        ]
        ends = [(low * (1 - width), high, low / reach, high * reach) for _, low, high in ranges]
        places = np.searchsorted(population.reals, np.array(ends).reshape(-1, 4)).tolist()
        for (unit, low, high), (bottom, top, first, last) in zip(ranges, places, strict=True):
            yield _Level(width, unit, low, high, bottom, top, first, last)


def _dense(levels: Sequence[_Level], population: Population, parameters: BunchingParameters) -> Iterator[_Level]:
    """The levels in which some window holds a pile, heaps and all; no other has a cut that stands out."""
    spans, least = _spans(population.logs, parameters), parameters.least_pile
    for level in levels:
        if level.top - level.bottom >= least:
            near = spans[max(level.bottom - least + 1, 0) : level.top - least + 1].min(initial=np.inf)
            if near <= log_width(level.width) + _SLACK:
                yield level


def _enough(population: Population, parameters: BunchingParameters) -> float:
    """The fewest amounts that must lie above a cut."""
    return max(parameters.least_pile / 2, parameters.least_above_percent / 100 * len(population.amounts))


def _may_stand_at(population: Population, limit: int, parameters: BunchingParameters) -> bool:
    """Can the window below a limit stand out? Taken with what may be no heap; of its flanks only what surely is none."""
    near, far = parameters.near_widths, parameters.flank_widths
    top = int(np.searchsorted(population.amounts, limit, "right"))
    above = len(population.amounts) - top
    if len(population.amounts) < parameters.least_contracts or above < _enough(population, parameters):
        return False
    widths = [percent / 100 for percent in parameters.widths_percent]
    # the ends of the flanks and the lower one of the window, for which the slack is the other way round
    ends = np.outer([log_width(width) for width in widths], (-far - 1, -near - 1, -1, near, far))
    places = np.searchsorted(population.logs, np.log(limit) + ends + _SLACK * np.array((1, 1, -1, -1, -1))).tolist()
    for width, (under, close, begin, beyond, over) in zip(widths, places, strict=True):
        unit = next((unit for unit, low, high in _lattices(width) if low <= limit < high), 0)
        if not unit or top - begin < parameters.least_pile:
            continue
        sure, may = population.counted(unit, parameters.least_pile)
        flanks = ((under, begin, far), (close, begin, near), (top, beyond, near), (top, over, far))
        usual = max((sure[high] - sure[low]) / many for low, high, many in flanks)
        window = may[top] - may[begin]
        if window >= max(parameters.least_pile, parameters.least_ratio * usual - _SLACK):
            return True
    return False


@dataclass(frozen=True)
class _Fine:
    """The amounts by sixteenths of a width, for the cuts of all its levels: how many lie before each sixteenth."""

    begin: float  # log yen
    cell: float
    around: int  # so many sixteenths on either side of a cut are asked for
    before: Ints

    @classmethod
    def of(cls, population: Population, width: float, parameters: BunchingParameters) -> "_Fine":
        """Of a width."""
        cell, around = log_width(width) / _FINE, (max(parameters.near_widths, parameters.flank_widths) + 1) * _FINE
        begin = float(population.logs[0]) - (around + 1) * cell
        held = ((population.logs - begin) / cell).astype(np.int64)
        counts = np.bincount(held, minlength=int(held[-1]) + around + 2)
        return cls(begin, cell, around, np.concatenate(([0], np.cumsum(counts))))

    def holding(self, log: float) -> int:
        """The sixteenth in which an amount lies, none before the first one's."""
        return max(int((log - self.begin) / self.cell), self.around)


def _may_stand(population: Population, level: _Level, parameters: BunchingParameters, fine: _Fine) -> bool:
    """Can any cut of a level stand out? The cuts of a sixteenth of a width at once, each at its best.

    Its window is taken with all that may be no heap, a sixteenth too wide at either end; its flanks as much too narrow,
    and of them only what surely is none. What is held back here _look would find too, but for much more.
    """
    near, far = parameters.near_widths, parameters.flank_widths
    # from the lowest cut to the last amount that is one
    begin, end = fine.holding(np.log(level.low) - _SLACK), fine.holding(population.logs[level.top - 1]) + 1
    places = fine.before[begin - fine.around : end + fine.around]
    places = np.clip(places, level.first, level.last)  # what lies further away _look does not see either
    cells = max(end - begin, 0)

    def edges(of: Ints, shift: int) -> Ints:
        return of[fine.around + shift : fine.around + shift + cells]

    sure, may = (one[places] for one in population.counted(level.unit, parameters.least_pile))
    window = edges(may, 1) - edges(may, -_FINE - 1)
    above = len(population.amounts) - edges(places, 0)
    left = (window >= parameters.least_pile) & (above >= _enough(population, parameters))
    if not left.any():
        return False
    usual = np.zeros(len(left))
    for widths in (near, far):
        under = edges(sure, -_FINE - 1) - edges(sure, 2 - (widths + 1) * _FINE)
        over = edges(sure, widths * _FINE - 1) - edges(sure, 1)
        usual = np.maximum(usual, np.maximum(under, over) / widths)
    return bool((left & (window >= parameters.least_ratio * usual - _SLACK)).any())


def _ranges(width: float, largest: int) -> list[tuple[int, float, float]]:
    """(unit, lowest cut, end of the cuts): of a lattice of this unit at least four steps fill a window."""
    return [one for one in _lattices(width) if one[1] <= largest]


@lru_cache(maxsize=64)
def _lattices(width: float) -> tuple[tuple[int, float, float], ...]:
    """The ranges of a width for every amount that a register can hold."""
    units = [factor * 10**power for power in range(19) for factor in (1, 5)]
    return tuple((unit, 4 * unit / width, 4 * coarser / width) for unit, coarser in pairwise(units))


def _held(population: Population, level: _Level, parameters: BunchingParameters) -> tuple[Ints, Reals]:
    """The amounts of a level and their logs, heaps left out."""
    kept = unheaped(population, slice(level.first, level.last), level.unit, _heaping(parameters))
    return population.amounts[level.first : level.last][kept], population.logs[level.first : level.last][kept]


def _heaping(parameters: BunchingParameters) -> Heaping:
    return Heaping(parameters.least_pile, parameters.heap_ratio, parameters.heap_percent)


def _cuts(held: Ints, x: Reals, level: _Level) -> Ints:
    """The last amount of every cell, a quarter of a width; the cells are fixed, whatever the amounts."""
    begin, end = np.searchsorted(held, (level.low, level.high))
    cells = np.floor(x[begin:end] / (log_width(level.width) / _CELLS))
    last = np.ones(len(cells), dtype=bool)
    last[:-1] = cells[1:] > cells[:-1]
    cuts: Ints = held[begin:end][last]
    return cuts


def _tried(population: Population, level: _Level, parameters: BunchingParameters, limit: int | None) -> int:
    """How many cuts of a level are tried, whether or not a window can hold a pile there."""
    if level.top - level.bottom < parameters.least_pile:
        inside = slice(level.bottom, level.top)
        return len(_cuts(population.amounts[inside], population.logs[inside], level))
    return len(_cuts(*_held(population, level, parameters), level)) if limit is None else 1


def _look(population: Population, level: _Level, parameters: BunchingParameters, limit: int | None) -> _Look | None:
    """What stands out, if anything. That is asked the cheap way first: few cuts are left to compute a chance for."""
    held, x = _held(population, level, parameters)
    cuts = _cuts(held, x, level) if limit is None else np.array([limit])
    own = int(limit is None)  # the cut is itself one of the amounts: it is no evidence for itself
    w, c, top = log_width(level.width) + 1e-12, np.log(cuts), np.searchsorted(held, cuts, "right")
    below = top - np.searchsorted(x, c - w, "left")
    above = len(population.amounts) - np.searchsorted(population.amounts, cuts, "right")
    enough = _enough(population, parameters)
    left = (below >= parameters.least_pile) & (above >= enough)
    cuts, c, top, below = cuts[left], c[left], top[left], below[left]

    near, far = (_flanks(x, c, top, below, w, widths) for widths in (parameters.near_widths, parameters.flank_widths))
    usual = np.maximum(*far) / parameters.flank_widths
    usual = np.maximum(usual, np.maximum(*near) / parameters.near_widths)
    left = below >= parameters.least_ratio * usual
    if not left.any():
        return None

    def worst(flanks: tuple[Ints, Ints], widths: int) -> Reals:
        tails = [_tail(below[left] - own, flank[left], 1 / (widths + 1), population.factorial) for flank in flanks]
        return np.maximum(*tails)

    chance = worst(far, parameters.flank_widths)
    stands = worst(near, parameters.near_widths) <= parameters.near_rate
    return _Look(level.width, cuts[left][stands], below[left][stands], usual[left][stands], chance[stands])


def _flanks(x: Reals, c: Reals, top: Ints, below: Ints, w: float, widths: int) -> tuple[Ints, Ints]:
    """The amounts in so many widths under the windows, and over the cuts."""
    under = top - below - np.searchsorted(x, c - (widths + 1) * w, "left")
    return under, np.searchsorted(x, c + widths * w, "right") - top


def _tail(least: Ints, rest: Ints, chance: float, factorial: Reals) -> Reals:
    """P(X ≥ least) of X ~ Binomial(least + rest, chance), from above and close where it is small: first term × geometric series."""
    up = np.maximum(least, 0)
    first = factorial[least + rest] - factorial[up] - factorial[rest] + up * np.log(chance) + rest * np.log1p(-chance)
    ratio = rest * chance / ((up + 1) * (1 - chance))
    bound = np.exp(np.minimum(first - np.log(np.maximum(1 - ratio, 1e-12)), 0))
    return np.where(ratio < 1, bound, 1.0)
