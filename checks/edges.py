"""Where a pile of amounts ends: the upper edge of its window, and the limit that lies there.

Shared, not a check; used by checks/bunching.py, which says whether there is a pile at all.
"""

import numpy as np

from checks.columns import Ints

_POINTS = 400  # of a window, to place its upper edge: only for speed


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


def log_width(width: float) -> float:
    """The width of a window, given relative to its upper end, in log yen."""
    return float(-np.log1p(-width))


def edge(amounts: Ints, value: int, width: float, usual: float) -> int:
    """The upper end of the stretch of the window that holds most more than usual (by likelihood)."""
    w = log_width(width)
    inside = amounts[(amounts >= value * (1 - width) ** 1.5) & (amounts <= value)]
    ends = np.arange(len(inside))[:: max(1, len(inside) // _POINTS)]
    ends = np.unique(np.append(ends, len(inside) - 1))
    x = np.log(inside)
    held = ends[None, :] - ends[:, None] + 1.0
    likely = (x[ends][None, :] - x[ends][:, None] + w / 50) * max(usual, 0.5) / w
    score = np.full(held.shape, -np.inf)
    more = held > np.maximum(likely, 1)
    score[more] = held[more] * np.log(held[more] / likely[more]) - held[more] + likely[more]
    best = int(np.argmax(score)) % len(ends)
    return int(inside[int(ends[best])])
