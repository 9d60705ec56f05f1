"""Amounts that crowd below a limit: the full bar on its left, the missing ones on its right."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from checks import yen
from monitor.digest.pictures import read, svg
from monitor.digest.pictures.picture import Picture

_TOP, _BASE, _HEIGHT = 60, 178, 214
_LEAST_BARS, _MOST_BARS, _LEAST = 3, 12, 15  # fewer contracts are a list


def histogram(finding_id: str, figures: Mapping[str, Any]) -> Picture | None:
    """Contracts by bands of one width, the limit an edge between two; None where its band is not among them."""
    bars = _in_order(read.counts(figures.get("histogram")))
    limit, usual = read.whole(figures.get("limit")), read.decimal(figures.get("usual"))
    below, above = read.whole(figures.get("below")), read.whole(figures.get("above"))
    if limit is None or usual is None or below is None or above is None:
        return None
    if not _LEAST_BARS <= len(bars) <= _MOST_BARS or sum(bars.values()) < _LEAST:
        return None
    labels = list(bars)
    edge = next((i for i, label in enumerate(labels) if label.startswith(f"{_short(limit)}超")), 0)
    if not edge or bars[labels[edge - 1]] != below or bars[labels[edge]] != above:
        return None
    title = f"{_short(limit)}の直下{below}件（見込みは多くても{usual}件）／直上{above}件"
    listed = "、".join(f"{label} {count}件" for label, count in bars.items())
    desc = f"予定価格の分布。{listed}。{_short(limit)}の直下に見込まれるのは多くても{usual}件。"
    rows = (("予定価格", "件数"), *((label, f"{count:,}") for label, count in bars.items()))
    return Picture("histogram", title, desc, _drawn(finding_id, title, desc, bars, edge, limit, usual), rows)


def _in_order(bars: Mapping[str, int]) -> dict[str, int]:
    """Bands one above the other, whatever order they were stored in; {} where they are no such row."""
    by_low = {label.partition("超")[0]: label for label in bars}
    highs = {_high(label) for label in bars}
    low = next((low for low in by_low if low not in highs), "")
    ordered: dict[str, int] = {}
    while low in by_low and by_low[low] not in ordered:
        label = by_low[low]
        ordered[label] = bars[label]
        low = _high(label)
    return ordered if len(ordered) == len(bars) else {}


def _high(label: str) -> str:
    return label.partition("超")[2].removesuffix("以下")


def _short(amount: int) -> str:
    """As the check writes the edges of its bands."""
    return yen.exact(amount) if amount % 10_000 else yen.rough(amount)


def _drawn(
    finding_id: str, title: str, desc: str, bars: dict[str, int], edge: int, limit: int, usual: Decimal
) -> svg.Markup:
    hatch, labels = svg.hatch(finding_id), list(bars)
    wide = svg.WIDTH / len(bars)
    expected = float(usual)
    scale = (_BASE - _TOP) / max(*bars.values(), expected)
    step, at = _BASE - expected * scale, edge * wide
    printed = max(svg.width(str(count)) for count in bars.values()) <= wide  # else the table has them
    parts: list[svg.Markup] = []
    for i, count in enumerate(bars.values()):
        x, top = i * wide + 2, _BASE - count * scale
        plain_top = max(top, step) if i == edge - 1 else top
        if count:
            parts.append(svg.box(x, plain_top, wide - 4, _BASE - plain_top, "g-s2"))
        if top < plain_top:
            parts.append(svg.box(x, top, wide - 4, plain_top - top, "g-over", hatch))
        if printed:
            parts.append(svg.words(x + wide / 2 - 2, top - 4, str(count), "middle", "g-halo"))
    return svg.drawing(
        finding_id,
        _HEIGHT,
        title,
        desc,
        svg.key([("g-s2", "契約の件数"), ("g-over", f"見込み（{usual}件）を上回る分")], hatch),
        svg.line(0, _BASE, svg.WIDTH, _BASE, "g-axis"),
        *parts,
        svg.line(max(0, at - wide - 4), step, at, step, "g-expected"),
        svg.line(at, _TOP - 22, at, _BASE + 6, "g-limit"),
        *_axis(labels, at, _short(limit)),
    )


def _axis(labels: list[str], at: float, limit: str) -> list[svg.Markup]:
    """The limit below its line; the ends of the axis where they leave it room."""
    y = _BASE + 18
    first, last = labels[0].partition("超")[0], _high(labels[-1])
    half = svg.width(limit) / 2
    middle = min(max(at, half), svg.WIDTH - half)
    parts = [svg.words(middle, y, limit, "middle", "g-red")]
    if svg.width(first) + 8 < middle - half:
        parts.append(svg.words(0, y, first))
    if svg.width(last) + 8 < svg.WIDTH - middle - half:
        parts.append(svg.words(svg.WIDTH, y, last, "end"))
    return [*parts, svg.words(svg.WIDTH / 2, y + 15, "予定価格", "middle", "g-muted")]
