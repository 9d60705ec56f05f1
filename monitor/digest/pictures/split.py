"""Contracts that were split: each step is low, the pile is high, the days are close."""

from collections.abc import Mapping
from datetime import date
from itertools import accumulate
from typing import Any, Final

from checks import periods, yen
from monitor.digest.pictures import read, svg
from monitor.digest.pictures.picture import Picture

_TOP, _BASE, _HEIGHT = 54, 184, 212
_LEFT: Final = 18  # room for ① left of the first bar
_LEAST: Final = 3


def split(finding_id: str, figures: Mapping[str, Any]) -> Picture | None:
    """The amounts stacked in order of signing against the limit; None where they do not exceed it."""
    amounts, days = read.wholes(figures.get("amounts")), read.days(figures.get("signed_on"))
    limit = read.whole(figures.get("limit"))
    if not limit or len(amounts) < _LEAST or len(amounts) != len(days) or days != sorted(days) or not all(amounts):
        return None
    total = sum(amounts)
    if total != read.whole(figures.get("sum")) or total <= limit:
        return None
    shown = read.NUMBERED if len(amounts) > read.NUMBERED else len(amounts)
    title = _title(len(amounts), total, limit)
    rows = _rows(amounts, days, shown)
    desc = (
        f"契約を締結した順に額を積み上げた図。{_listed(rows)}。合計{yen.exact(total)}、"
        f"「{svg.fitted(read.text(figures.get('limit_class')), 240) or '少額随意契約'}」の限度額{yen.exact(limit)}。"
    )
    return Picture("split", title, desc, _drawn(finding_id, title, desc, amounts, days, limit, shown), rows)


def _title(count: int, total: int, limit: int) -> str:
    if 10 * total < 11 * limit:  # 1.0倍 would hide that it is above
        return f"{count}件の合計{yen.rough(total)}／限度額を{yen.exact(total - limit)}上回る"
    return f"{count}件の合計{yen.rough(total)}／限度額の{total * 10 // limit / 10:,.1f}倍"


def _rows(amounts: list[int], days: list[date], shown: int) -> tuple[tuple[str, ...], ...]:
    rows = [
        (read.circled(i), periods.short(day), f"{amount:,}", f"{up_to:,}")
        for i, (amount, day, up_to) in enumerate(zip(amounts, days, accumulate(amounts), strict=True))
    ]
    left = len(amounts) - shown
    rest = [(f"ほか{left}件", f"〜{periods.short(days[-1])}", f"{sum(amounts[shown:]):,}", f"{sum(amounts):,}")]
    return (("番号", "締結日", "額（円）", "累計（円）"), *rows[:shown], *(rest if left else []))


def _listed(rows: tuple[tuple[str, ...], ...]) -> str:
    return "、".join(f"{mark} {day} {amount}円" for mark, day, amount, _ in rows[1:])


def _drawn(
    finding_id: str, title: str, desc: str, amounts: list[int], days: list[date], limit: int, shown: int
) -> svg.Markup:
    total, hatch = sum(amounts), svg.hatch(finding_id)
    scale = (_BASE - _TOP) / total
    top_of_limit = _BASE - limit * scale
    sum_words, limit_words = f"計{yen.rough(total)}", f"限度額{yen.rough(limit)}"
    right = svg.WIDTH - max(svg.width(sum_words), svg.width(limit_words)) - 8  # bars end here: the words hide none
    wide = 28.0 if shown <= 8 else 18.0
    span = (days[-1] - days[0]).days
    # A pile of one day stands in the middle.
    place = [
        _LEFT + (right - wide - _LEFT) * ((day - days[0]).days / span if span else 0.5) for day in days[: shown + 1]
    ]
    pieces = amounts[:shown] + ([sum(amounts[shown:])] if shown < len(amounts) else [])
    if shown < len(amounts):
        place[-1] = right - wide
    parts: list[svg.Markup] = []
    marks: list[svg.Markup] = []
    last_mark = float("inf")
    for i, (x, amount, up_to) in enumerate(zip(place, pieces, accumulate(pieces), strict=True)):
        bottom, top = _BASE - (up_to - amount) * scale, _BASE - up_to * scale
        if bottom > top_of_limit:
            parts.append(svg.box(x, max(top, top_of_limit), wide, bottom - max(top, top_of_limit), "g-s1 g-edge"))
        if top < top_of_limit:
            parts.append(svg.box(x, top, wide, min(bottom, top_of_limit) - top, "g-over", hatch))
        middle = (bottom + top) / 2 + 4
        label = read.circled(i) if i < shown else f"ほか{len(amounts) - shown}件"
        if middle <= last_mark - 13:  # of thin pieces only every few have their number
            marks.append(svg.words(x - 3, middle, label, "end", "g-halo"))
            last_mark = middle
    label_y = top_of_limit + 14 if _BASE - top_of_limit >= 18 else top_of_limit - 5
    return svg.drawing(
        finding_id,
        _HEIGHT,
        title,
        desc,
        svg.key([("g-s1", "契約の額（積み上げ）"), ("g-over", "限度額を超える部分")], hatch),
        svg.line(0, _BASE, svg.WIDTH, _BASE, "g-axis"),
        *parts,
        svg.line(0, top_of_limit, svg.WIDTH, top_of_limit, "g-limit"),
        *marks,
        svg.words(svg.WIDTH, _TOP - 5, sum_words, "end", "g-strong"),
        svg.words(svg.WIDTH, label_y, limit_words, "end", "g-red"),
        *_dates(place, days, wide),
    )


def _dates(place: list[float], days: list[date], wide: float) -> list[svg.Markup]:
    y = _BASE + 17
    first, last = periods.short(days[0]), periods.short(days[-1])
    if first == last:
        return [svg.words(place[0] + wide / 2, y, f"{first} 締結", "middle")]
    words = f"{last} 締結"
    ends = max(place[-1] + wide, svg.width(first) + 10 + svg.width(words))
    return [svg.words(0, y, first), svg.words(ends, y, words, "end")]
