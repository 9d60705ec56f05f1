"""How much of a contract is subcontracted, against how much may be."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from checks import yen
from monitor.digest.pictures import read, svg
from monitor.digest.pictures.picture import Picture

_TOP, _HIGH, _HEIGHT = 42, 22, 104


def ratio(finding_id: str, figures: Mapping[str, Any]) -> Picture | None:
    """The subcontracts side by side on 0–100% of the contract's amount; None where they are within the limit."""
    parts, amount = read.wholes(figures.get("parts")), read.whole(figures.get("amount"))
    told, percent = read.decimal(figures.get("ratio")), read.decimal(figures.get("limit_percent"))
    excess, minor = read.whole(figures.get("excess")), read.whole(figures.get("minor"))
    if not parts or not amount or told is None or percent is None or not excess or not 0 < percent < 100:
        return None
    total = sum(parts)
    if Fraction(total, amount) * 100 <= Fraction(percent) or total > 10 * amount or (minor or 0) > total:
        return None
    # 50.00% of 50% would say that it is within the limit: then only the yen tell.
    share = f"{told}%" if told > percent else ""
    title = f"再請負{f' {share}／' if share else 'が'}{percent}%を{yen.exact(excess)}上回る"
    rows = _rows(parts, amount)
    listed = "、".join(f"{mark} {part}円（{of}%）" for mark, part, of in rows[1:])
    desc = (
        f"契約金額{yen.exact(amount)}に占める再請負の割合。{listed}。原則は{percent}%まで、{yen.exact(excess)}上回る。"
        + (f"うち軽微な再請負{yen.exact(minor)}。" if minor else "")
    )
    limit_at = Fraction(percent) / 100
    drawn = _drawn(finding_id, title, desc, parts, amount, limit_at, f"{percent}%", share, minor or 0)
    return Picture("ratio", title, desc, drawn, rows)


def _rows(parts: list[int], amount: int) -> tuple[tuple[str, ...], ...]:
    shown = parts[: read.NUMBERED]
    rows = [(read.circled(i), f"{part:,}", yen.percent(part, amount, 2)) for i, part in enumerate(shown)]
    if rest := parts[read.NUMBERED :]:
        rows.append((f"ほか{len(rest)}件", f"{sum(rest):,}", yen.percent(sum(rest), amount, 2)))
    rows.append(("計", f"{sum(parts):,}", yen.percent(sum(parts), amount, 2)))
    return (("番号", "再請負の額（円）", "割合（%、切捨て）"), *rows)


def _drawn(
    finding_id: str, title: str, desc: str, parts: list[int], amount: int, limit: Fraction, limit_words: str,
    share: str, minor: int,
) -> svg.Markup:  # fmt: skip
    hatch, total = svg.hatch(finding_id), sum(parts)
    scale = svg.WIDTH / max(amount, total)  # above 100% the bar is as wide as what was given away
    mark, end, whole = float(limit) * amount * scale, total * scale, amount * scale
    drawn: list[svg.Markup] = [svg.box(0.5, _TOP, whole - 1, _HIGH, "g-empty")]
    drawn.append(svg.box(0, _TOP, mark, _HIGH, "g-s1"))
    drawn.append(svg.box(mark, _TOP, max(end - mark, 1), _HIGH, "g-over", hatch))
    bounds = list(accumulate(parts[: read.NUMBERED], initial=0))
    free = 0.0
    for i, (low, high) in enumerate(pairwise(bounds)):
        if i:
            drawn.append(svg.line(low * scale, _TOP - 4, low * scale, _TOP + _HIGH, "g-cut"))
        middle = (low + high) / 2 * scale
        if middle - 6 >= free and middle + 6 <= svg.WIDTH:
            drawn.append(svg.words(middle, _TOP - 6, read.circled(i), "middle"))
            free = middle + 8
    if share and end + svg.width(share) + 6 <= svg.WIDTH:
        drawn.append(svg.words(end + 5, _TOP + 15, share, "start", "g-strong"))
    y = _TOP + _HIGH + 16
    label = f"{limit_words}まで"
    half = svg.width(label) / 2
    drawn += [
        svg.line(mark, _TOP - 3, mark, y - 11, "g-limit"),
        svg.words(min(max(mark, half), svg.WIDTH - half), y, label, "middle", "g-red"),
    ]
    if mark - half > 24:
        drawn.append(svg.words(0, y, "0%"))
    if whole - 36 > mark + half:
        drawn.append(svg.words(whole, y, "100%", "end"))
    if minor:
        text = f"うち軽微 {yen.rough(minor)}（合計に含む）"
        drawn.append(svg.words(0, y + 17, text, "start", "g-muted"))
    entries = [("g-s1", "再請負"), ("g-over", f"{limit_words}を超える部分"), ("g-empty", "自ら行う分")]
    return svg.drawing(finding_id, _HEIGHT if minor else _HEIGHT - 16, title, desc, svg.key(entries, hatch), *drawn)
