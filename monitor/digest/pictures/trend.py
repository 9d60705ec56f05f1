"""What stood at the end of each week, and what came and went: columns with every value printed."""

from collections.abc import Sequence
from typing import Final

from monitor.digest.model import TrendWeek
from monitor.digest.pictures import svg
from monitor.digest.pictures.picture import Picture

_LEAST, _MOST = 3, 12
_LEFT: Final = 14.0  # 高, 増, 減
_TOP, _BASE = 48, 118
_ID: Final = "trend"


def trend(weeks: Sequence[TrendWeek]) -> Picture | None:
    """The last twelve weeks; None below three."""
    weeks = weeks[-_MOST:]
    if len(weeks) < _LEAST or any(min(one.closing, one.high, one.come, one.gone) < 0 for one in weeks):
        return None
    first, last = weeks[0], weeks[-1]
    title = f"{len(weeks)}週で{first.closing:,}件から{last.closing:,}件に（うち高 {last.high:,}件）"
    rows = tuple((one.week.id, f"{one.closing:,}", f"{one.high:,}", f"{one.come:,}", f"{one.gone:,}") for one in weeks)
    listed = "。".join(f"{week} {end}件、うち高{high}、増{come}、減{gone}" for week, end, high, come, gone in rows)
    desc = f"週末に残る確認事項（容認を含む）。{listed}。"
    table = (("週", "週末の件数", "うち高", "増", "減"), *rows)
    return Picture("trend", title, desc, _drawn(title, desc, weeks), table)


def _drawn(title: str, desc: str, weeks: Sequence[TrendWeek]) -> svg.Markup:
    slot = (svg.WIDTH - _LEFT) / len(weeks)
    most = max(max(one.closing, one.high) for one in weeks) or 1
    widest = max(svg.width(str(n)) for one in weeks for n in (one.closing, one.high, one.come, one.gone))
    # Numbers wider than a column stand alternately on two lines, and those of the columns below them too.
    drop = 14 if widest > slot - 2 else 0
    names = (*(["残"] if drop else []), "高", "増", "減")
    deep, wide = 20 + drop, min(slot - 6, 40)
    parts: list[svg.Markup] = []
    for i, one in enumerate(weeks):
        middle = _LEFT + slot * (i + 0.5)
        high, top = ((_BASE - _TOP) * n / most for n in (min(one.high, one.closing), one.closing))
        if one.closing:
            parts.append(svg.box(middle - wide / 2, _BASE - top, wide, top, "g-s2"))
        if one.high:
            parts.append(svg.box(middle - wide / 2, _BASE - high, wide, high, "g-s1"))
        if not drop:
            parts.append(svg.words(middle, _BASE - top - 4, str(one.closing), "middle", "g-strong"))
        numbers = (*([one.closing] if drop else []), one.high, one.come, one.gone)
        for row, count in enumerate(numbers):
            parts.append(_number(middle, _BASE + 38 + row * deep + drop * (i % 2), count))
        if (len(weeks) - 1 - i) % 2 == 0 or slot > 44:
            day = f"{one.week.last.month}/{one.week.last.day}"
            parts.append(svg.words(min(middle, svg.WIDTH - svg.width(day) / 2), _BASE + 16, day, "middle", "g-muted"))
    parts += [svg.words(0, _BASE + 38 + row * deep, name) for row, name in enumerate(names)]
    entries = [("g-s2", "週末の件数"), ("g-s1", "うち重要度「高」")]
    height = _BASE + 38 + (len(names) - 1) * deep + drop + 10
    axis = svg.line(0, _BASE, svg.WIDTH, _BASE, "g-axis")
    rule = svg.line(0, _BASE + 23, svg.WIDTH, _BASE + 23, "g-grid")
    return svg.drawing(_ID, height, title, desc, svg.key(entries), axis, rule, *parts)


def _number(middle: float, y: float, count: int) -> svg.Markup:
    """Below its column, between the names of the rows and the edge."""
    half = svg.width(str(count)) / 2
    return svg.words(max(min(middle, svg.WIDTH - half), _LEFT + half), y, str(count), "middle")
