"""Contracts that follow one another with the same vendor: a row per system, gaps and competition to be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from checks import periods, systems, yen
from checks.sole_source_chain import ChainParameters
from monitor.digest.items import Contract
from monitor.digest.pictures import read, svg
from monitor.digest.pictures.picture import Picture

_LEAST, _ROWS, _MARKS = 3, 8, 96  # contracts; rows; contracts drawn, the newest
_TOP, _ROW, _FOOT = 40, 38, 22
_RENEWAL: Final = 30  # px of the dashed bar
_FAR: Final = 366 * 3  # days behind today at which the axis ends, whatever a ledger says
_BEGINNING: Final = int(ChainParameters().beginning)


@dataclass(frozen=True)
class _Piece:
    """One contract on the axis; ``end`` is None where its period is not on record."""

    contract_id: str
    start: date
    end: date | None
    competed: bool


@dataclass(frozen=True)
class _Row:
    """One row: its name, how many contracts, their sum where the check told it."""

    name: str
    pieces: tuple[_Piece, ...]
    yen: int | None = None

    @property
    def count(self) -> str:
        return f"{len(self.pieces)}件" + (f" {yen.rough(self.yen)}" if self.yen else "")


def chain(finding_id: str, figures: Mapping[str, Any], contracts: Sequence[Contract], as_of: date) -> Picture | None:
    """The contracts by system over time, the next renewal dashed; None below three contracts with a date."""
    signed = sorted(
        ((one.signed_on, one.contract_id, one) for one in contracts if one.signed_on), key=lambda at: at[:2]
    )
    held = [one for _, _, one in signed]
    if len(held) < _LEAST or not all(-40_000 < (day - as_of).days < _FAR for day, _, _ in signed):
        return None
    rows = _rows(figures, held)
    renewal = read.day(figures.get("next_renewal_on"))
    if renewal and not as_of <= renewal < as_of + timedelta(days=_FAR):
        renewal = None
    title = _title(figures, signed[0][0], signed[-1][0], len(held))
    desc = "随意契約の時期。" + "。".join(_said(row) for row in rows) + "。"
    if renewal:
        desc += f"次の更新の見込み {periods.short(renewal)}（{svg.fitted(read.text(figures.get('next_renewal_by')), 600)}）。"
    table = (("対象", "契約数", "最初", "最後"), *(_told(row) for row in rows)) if len(rows) > _ROWS else ()
    desc = desc if len(desc) < 1200 else desc[:1199] + "…"
    return Picture("chain", title, desc, _drawn(finding_id, title, desc, figures, rows, as_of, renewal), table)


def _title(figures: Mapping[str, Any], first: date, last: date, count: int) -> str:
    alone = read.whole(figures.get("alone_sum"))
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    years, months = divmod(months, 12)
    lasted = (f"{years}年" if years else "") + (f"{months}か月" if months or not years else "")
    told = f"・{yen.rough(alone)}" if alone and read.whole(figures.get("count")) == count else ""
    joint = read.whole(figures.get("joint_count"))
    return f"{lasted}の間に同じ相手方と{count}件{told}{'（連名を除く額）' if told and joint else ''}"


def _said(row: _Row) -> str:
    return f"{svg.fitted(row.name, 400)} {row.count}（{'、'.join(_when(piece) for piece in row.pieces)}）"


def _when(piece: _Piece) -> str:
    till = f"〜{periods.short(piece.end)}" if piece.end else ""
    return f"{periods.short(piece.start)}{till}{' 競争' if piece.competed else ''}"


def _told(row: _Row) -> tuple[str, ...]:
    days = [piece.start for piece in row.pieces]
    return svg.fitted(row.name, 600), row.count, periods.short(min(days)), periods.short(max(days))


# --- rows ------------------------------------------------------------------------------------------------------------


def _rows(figures: Mapping[str, Any], held: Sequence[Contract]) -> list[_Row]:
    """By system where the finding's own count of them comes out; else by title; else all in one row."""
    pieces = {one.contract_id: _piece(one) for one in held}
    links = [
        systems.Link(one.contract_id, one.title, one.signed_on, one.ends_on, joint=False, yen=None, base="")
        for one in held
        if one.signed_on
    ]
    found = systems.parts(links, {}, _BEGINNING)
    sums = read.counts(figures.get("systems_yen"))
    if {part.name: len(part.links) for part in found} == read.counts(figures.get("systems")):
        return [
            _Row(part.name, tuple(pieces[link.contract_id] for link in part.links), sums.get(part.name))
            for part in found
        ]
    by_title: dict[str, list[_Piece]] = {}
    for one in held:
        by_title.setdefault(one.title.strip(), []).append(pieces[one.contract_id])
    if len(by_title) <= _ROWS:
        return [_Row(title or "件名なし", tuple(rows)) for title, rows in by_title.items()]
    name = read.text(figures.get("vendor")) or held[0].vendors or "同じ相手方"
    return [_Row(name, tuple(piece for rows in by_title.values() for piece in rows))]


def _piece(one: Contract) -> _Piece:
    """From the beginning of its period, else from its signing, if its end is known; only the signing if not."""
    assert one.signed_on is not None
    start, end = one.starts_on or one.signed_on, one.ends_on
    odd = end is None or end < start or abs((start - one.signed_on).days) > 730
    return _Piece(
        one.contract_id, one.signed_on if odd else start, None if odd else end, one.method in systems.COMPETITIVE
    )


# --- the drawing -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Axis:
    first: date
    last: date

    def at(self, day: date) -> float:
        """px of a day; beyond an end, the end."""
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return svg.WIDTH * min(max(share, 0.0), 1.0)


def _drawn(
    finding_id: str, title: str, desc: str, figures: Mapping[str, Any], rows: list[_Row], as_of: date,
    renewal: date | None,
) -> svg.Markup:  # fmt: skip
    axis = _axis(rows, as_of, renewal)
    shown = rows if len(rows) <= _ROWS else _with_rest(rows)
    newest = sorted((piece for row in shown for piece in row.pieces), key=lambda one: (one.start, one.contract_id))
    drawn = {piece.contract_id for piece in newest[-_MARKS:]}
    base = _TOP + _ROW * len(shown)
    now = axis.at(as_of)
    parts = [
        *_years(axis, base),
        svg.line(now, _TOP - 6, now, base, "g-now"),
        svg.words(min(max(now, 6), svg.WIDTH - 6), _TOP - 9, "今", "middle"),
    ]
    due = _renewed(figures, shown) if renewal else None
    for i, row in enumerate(shown):
        top = _TOP + _ROW * i
        ends = now - 4 if now > 180 else svg.WIDTH
        room = ends - svg.width(row.count) - 10
        parts += [
            svg.words(0, top + 12, svg.fitted(row.name, room), "start", "g-halo"),
            svg.words(ends, top + 12, row.count, "end", "g-halo"),
            *_bars([piece for piece in row.pieces if piece.contract_id in drawn], axis, top + 17),
        ]
        if renewal and i == due:
            at = min(axis.at(renewal), svg.WIDTH - _RENEWAL - 1)
            parts.append(svg.box(at, top + 17.5, _RENEWAL, 12, "g-dashed"))
    return svg.drawing(finding_id, base + _FOOT, title, desc, svg.key(_key(newest, due)), *parts)


def _key(pieces: Sequence[_Piece], due: int | None) -> list[tuple[str, str]]:
    period = any(piece.end for piece in pieces)
    entries = [("g-s1", "随意契約の履行期間" if period else "随意契約の締結")]
    if any(piece.competed for piece in pieces):
        entries.append(("g-hollow", "競争"))
    return [*entries, ("g-dashed", "次の更新見込み")] if due is not None else entries


def _with_rest(rows: list[_Row]) -> list[_Row]:
    rest = rows[_ROWS - 1 :]
    together = tuple(piece for row in rest for piece in row.pieces)
    return [*rows[: _ROWS - 1], _Row(f"ほか{len(rest)}の対象", together)]


def _axis(rows: list[_Row], as_of: date, renewal: date | None) -> _Axis:
    pieces = [piece for row in rows for piece in row.pieces]
    first = min(*(piece.start for piece in pieces), as_of)
    ends = [min(piece.end, as_of + timedelta(days=_FAR)) for piece in pieces if piece.end]
    last = max([as_of, *(piece.start for piece in pieces), *ends])
    span = max((last - first).days, 30)
    if renewal:  # its bar stands where it begins
        last = max(last, renewal + timedelta(days=span * _RENEWAL // (svg.WIDTH - _RENEWAL) + 1))
    return _Axis(first, max(last, first + timedelta(days=span)) + timedelta(days=span // 50 + 1))


def _years(axis: _Axis, base: float) -> list[svg.Markup]:
    """A line at each 1 April, named where there is room."""
    parts = [svg.line(0, base, svg.WIDTH, base, "g-axis")]
    free = 0.0
    for year in range(axis.first.year, axis.last.year + 1):
        day = date(year, 4, 1)
        if not axis.first <= day <= axis.last:
            continue
        x, label = axis.at(day), periods.short(day).rpartition(".")[0]
        half = svg.width(label) / 2
        if half <= x <= svg.WIDTH - half and x - half >= free:
            parts += [svg.line(x, _TOP, x, base + 4, "g-grid"), svg.words(x, base + 16, label, "middle", "g-muted")]
            free = x + half + 8
    return parts


def _bars(pieces: Sequence[_Piece], axis: _Axis, top: float) -> list[svg.Markup]:
    """Bars of one row; periods that overlap lie beneath each other, in three lanes at most."""
    lanes: list[float] = []
    placed: list[tuple[int, float, float, _Piece]] = []
    for piece in sorted(pieces, key=lambda one: (one.start, one.contract_id)):
        x = min(axis.at(piece.start), svg.WIDTH - 3.0)
        wide = max(axis.at(piece.end) - x if piece.end else 3.0, 3.0)
        lane = next((i for i, free in enumerate(lanes) if free <= x + 0.5), len(lanes))
        if lane < 3 and lane == len(lanes):
            lanes.append(0.0)
        lane = min(lane, 2)
        lanes[lane] = max(lanes[lane], x + wide)
        placed.append((lane, x, wide, piece))
    high = (14.0, 8.0, 5.0)[max(len(lanes), 1) - 1]
    return [
        svg.box(x, top + lane * (high + 1), wide, high, "g-hollow" if piece.competed else "g-s1 g-edge")
        for lane, x, wide, piece in placed
    ]


def _renewed(figures: Mapping[str, Any], rows: Sequence[_Row]) -> int | None:
    """The row whose renewal the figures tell; None where they do not say which."""
    by = read.text(figures.get("next_renewal_by"))
    found = [i for i, row in enumerate(rows) if by.startswith(f"{row.name}、")]
    return found[0] if found else 0 if len(rows) == 1 else None
