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

import numpy as np
import numpy.typing as npt
from pydantic import Field

from checks.catalogue import Parameters

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
_CELLS = 4  # cuts tried per width: how finely is searched, not how strictly, for the error rate is shared among them
_POINTS = 400  # of a window, to place its upper edge: only for speed


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


def scan(values: Ints, parameters: BunchingParameters) -> list[Cut]:
    """Every place where amounts stand out below a cut, far apart from one another, the least likely first.

    ``values`` are yen in any order. Which of them alarm is the caller's decision, by ``chance``.
    """
    amounts = np.sort(values[values > 0])
    found = _standing(amounts, parameters, None)
    kept: list[Cut] = []
    for cut in found:
        if all(
            abs(np.log(cut.value / other.value)) > parameters.flank_widths * _log_width(other.width) for other in kept
        ):
            kept.append(cut)
    return [_narrowest(cut, found, amounts) for cut in kept]


def at(values: Ints, limit: int, parameters: BunchingParameters) -> Cut | None:
    """The window just below a limit that was known before the amounts were; corrected for its widths only."""
    found = _standing(np.sort(values[values > 0]), parameters, limit)
    return found[0] if found else None


def _standing(amounts: Ints, parameters: BunchingParameters, limit: int | None) -> list[Cut]:
    looks = list(_levels(amounts, parameters, limit))
    tried = sum(look.tried for look in looks)
    found = [
        Cut(int(value), look.width, int(below), float(usual), min(1.0, float(chance) * tried))
        for look in looks
        for value, below, usual, chance in zip(look.value, look.below, look.usual, look.chance, strict=True)
    ]
    return sorted(found, key=_unlikely)


def limit_of(cut: int, above: int, reach: float) -> int:
    """The roundest value from the top of a pile up to the next amount above it, at most ``reach`` (relative) higher.

    >>> limit_of(4_995_621, 5_974_164, 0.01), limit_of(1_298_000, 1_304_217, 0.01), limit_of(18_150, 18_160, 0.01)
    (5000000, 1300000, 18150)
    """
    end = min(above - 1, int(cut * (1 + reach)))
    unit: int = 10 ** len(str(cut))
    while unit > 1:
        rounded = -(-cut // unit) * unit
        if rounded <= end:
            return rounded
        unit //= 2 if str(unit)[0] == "1" else 5
    return cut


def _unlikely(cut: Cut) -> tuple[float, int, float]:
    return (cut.chance, cut.value, cut.width)


def _log_width(width: float) -> float:
    return float(-np.log1p(-width))


def _narrowest(best: Cut, found: Sequence[Cut], amounts: Ints) -> Cut:
    """The same pile in the narrowest window that would do, with its upper edge where the excess ends; the chance stays."""
    same = [
        cut
        for cut in found
        if cut.width <= best.width and abs(np.log(cut.value / best.value)) <= _log_width(best.width)
        if cut.chance <= best.chance * 1000 and cut.chance <= 0.001
    ]
    cut = min(same, key=lambda cut: (cut.width, *_unlikely(cut)), default=best)
    return replace(cut, value=_edge(amounts, cut), chance=best.chance)


def _edge(amounts: Ints, cut: Cut) -> int:
    """The upper end of the stretch of the window that holds most more than usual (by likelihood)."""
    w = _log_width(cut.width)
    inside = amounts[(amounts >= cut.value * (1 - cut.width) ** 1.5) & (amounts <= cut.value)]
    ends = np.arange(len(inside))[:: max(1, len(inside) // _POINTS)]
    ends = np.unique(np.append(ends, len(inside) - 1))
    x = np.log(inside)
    held = ends[None, :] - ends[:, None] + 1.0
    usual = (x[ends][None, :] - x[ends][:, None] + w / 50) * max(cut.usual, 0.5) / w
    score = np.full(held.shape, -np.inf)
    more = held > np.maximum(usual, 1)
    score[more] = held[more] * np.log(held[more] / usual[more]) - held[more] + usual[more]
    best = int(np.argmax(score)) % len(ends)
    return int(inside[int(ends[best])])


# --- one width, one step of roundness -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Look:
    """Cuts of one width: how many were tried and, of those that stand out, value, window, usual, chance of one try."""

    width: float
    tried: int
    value: Ints
    below: Ints
    usual: Reals
    chance: Reals


def _levels(amounts: Ints, parameters: BunchingParameters, limit: int | None) -> Iterator[_Look]:
    """All looks at sorted amounts: each width, and within it each range of cuts for which the same amounts are round."""
    if len(amounts) < parameters.least_contracts:
        return
    step = steps(amounts, parameters.taxes_percent)
    factorial = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, len(amounts) + 1)))))
    for width in (percent / 100 for percent in parameters.widths_percent):
        reach = np.exp(_log_width(width) * (parameters.flank_widths + 1.5))
        for unit, low, high in _ranges(width, int(amounts[-1])):
            if limit is not None and not low <= limit < high:
                continue
            bottom, top = np.searchsorted(amounts, (low * (1 - width), high))
            if top - bottom < parameters.least_pile:  # no window can hold a pile, but trying counts
                cuts = _cuts(amounts[bottom:top], low, high, width)
                yield _Look(width, len(cuts), cuts[:0], cuts[:0], np.zeros(0), np.zeros(0))
                continue
            first, last = np.searchsorted(amounts, (low / reach, high * reach))
            held = _unheaped(amounts[first:last], step[first:last], unit, parameters)
            cuts = _cuts(held, low, high, width) if limit is None else np.array([limit])
            yield _look(amounts, held, cuts, int(limit is None), width, factorial, parameters)


def _ranges(width: float, largest: int) -> Iterator[tuple[int, float, float]]:
    """(unit, lowest cut, end of the cuts): of a lattice of this unit at least four steps fill a window."""
    unit = 1
    while 4 * unit / width <= largest:
        coarser = unit * (5 if str(unit)[0] == "1" else 2)
        yield unit, 4 * unit / width, 4 * coarser / width
        unit = coarser


def _cuts(held: Ints, low: float, high: float, width: float) -> Ints:
    """The last amount of every cell, a quarter of a width; the cells are fixed, whatever the amounts."""
    inside = held[(held >= low) & (held < high)]
    cells = np.floor(np.log(inside) / (_log_width(width) / _CELLS))
    return inside[np.diff(cells, append=np.inf) > 0]


def _look(
    amounts: Ints, held: Ints, cuts: Ints, own: int, width: float, factorial: Reals, parameters: BunchingParameters
) -> _Look:
    """``own`` is 1 where the cut is itself one of the amounts: it is no evidence for itself."""
    x, w = np.log(held), _log_width(width) + 1e-12
    tried = len(cuts)
    below = np.searchsorted(held, cuts, "right") - np.searchsorted(x, np.log(cuts) - w, "left")
    cuts = cuts[below >= parameters.least_pile]
    c, below = np.log(cuts), below[below >= parameters.least_pile]
    top = np.searchsorted(held, cuts, "right")
    usual, chance, near = np.zeros(len(cuts)), np.zeros(len(cuts)), np.zeros(len(cuts))
    for widths, worst in ((parameters.flank_widths, chance), (parameters.near_widths, near)):
        under = top - below - np.searchsorted(x, c - (widths + 1) * w, "left")
        over = np.searchsorted(x, c + widths * w, "right") - top
        for flank in (under, over):
            tail = _tail(below - own, below - own + flank, 1 / (widths + 1), factorial)
            np.maximum(worst, tail, out=worst)
            np.maximum(usual, flank / widths, out=usual)
    above = len(amounts) - np.searchsorted(amounts, cuts, "right")
    stands = (
        (below >= parameters.least_ratio * usual)
        & (near <= parameters.near_rate)
        & (above >= max(parameters.least_pile / 2, parameters.least_above_percent / 100 * len(amounts)))
    )
    return _Look(width, tried, cuts[stands], below[stands], usual[stands], chance[stands])


def _tail(least: Ints, total: Ints, chance: float, factorial: Reals) -> Reals:
    """P(X ≥ least) of X ~ Binomial(total, chance), from above and close where it is small: first term × geometric series."""
    up, rest = np.maximum(least, 0), total - np.maximum(least, 0)
    first = factorial[total] - factorial[up] - factorial[rest] + up * np.log(chance) + rest * np.log1p(-chance)
    ratio = rest * chance / ((up + 1) * (1 - chance))
    bound = np.exp(np.minimum(first - np.log(np.maximum(1 - ratio, 1e-12)), 0))
    return np.where(ratio < 1, bound, 1.0)


# --- round amounts ---------------------------------------------------------------------------------------------------


def steps(amounts: Ints, taxes_percent: Sequence[int]) -> Ints:
    """The largest of 1, 5, 10, 50, 100 … yen, without or with tax, of which each amount is a multiple.

    >>> steps(np.array([4_500_000, 1_298_000, 4_995_622]), (10, 8)).tolist()
    [500000, 11000, 1]
    """
    largest = np.ones(len(amounts), dtype=np.int64)
    for percent in (100, *(100 + tax for tax in taxes_percent)):
        left, unit = np.flatnonzero(amounts > 0), 1
        while len(left):
            left = left[amounts[left] * 100 % (unit * percent) == 0]
            largest[left] = np.maximum(largest[left], unit * percent // 100)
            unit *= 5 if str(unit)[0] == "1" else 2
    return largest


def _unheaped(amounts: Ints, step: Ints, unit: int, parameters: BunchingParameters) -> Ints:
    """The sorted amounts whose step is at most ``unit``, and the copies of rounder ones that heaping does not explain."""
    heaped = step > unit
    kept = ~heaped
    places = np.flatnonzero(heaped)
    if len(places) <= parameters.least_pile:
        return amounts[kept]
    distinct, first, copies = np.unique(amounts[places], return_index=True, return_counts=True)
    size = step[places][first]
    for i in np.flatnonzero(copies > parameters.least_pile):
        peers = (size >= size[i] / 10) & (distinct != distinct[i])
        near = np.searchsorted(amounts, (distinct[i] - size[i] / 2, distinct[i] + size[i] / 2))
        rounded = parameters.heap_percent / 100 * float(near[1] - near[0])  # what rounding to this step brings here
        beyond = int(copies[i] - max(parameters.heap_ratio * int(copies[peers].max(initial=1)), rounded))
        if beyond > 0:
            kept[places[first[i] : first[i] + beyond]] = True
    return amounts[kept]
