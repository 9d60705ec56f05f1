"""Evidence that contracts belong together: pieces, the features that link them, and the points that each feature gives.

Shared, not a check. No public source sets a window or weights (law.md 7.1), so each is a documented parameter.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from pydantic import Field

from checks import titles
from checks.catalogue import Parameters
from checks.limits import Candidates
from checks.rulebook import LimitClass


class SplitParameters(Parameters):
    """Judgement, not law: no source sets a window or weights."""

    window_days: int = Field(
        90, ge=1, le=366, description="pieces of one need lie at most this far apart, one to the next"
    )
    near_title: float = Field(
        0.75, ge=0.5, le=1, description="titles this alike count as near; below 0.7 strangers meet"
    )
    link: int = Field(7, ge=1, le=20, description="points that make two contracts belong together")
    same_vendor: int = Field(3, ge=0, le=10)
    same_department: int = Field(2, ge=0, le=10)
    same_site: int = Field(2, ge=0, le=10)
    same_title: int = Field(4, ge=0, le=10)
    near_titles: int = Field(2, ge=0, le=10)
    same_thing: int = Field(1, ge=0, le=10, description="the same thing under another action: 購入 + 設置工事")
    equal_amounts: int = Field(2, ge=0, le=10)
    same_day: int = Field(3, ge=0, le=10)
    within_7_days: int = Field(2, ge=0, le=10)
    within_30_days: int = Field(1, ge=0, le=10)
    just_under: int = Field(2, ge=0, le=10, description="every piece close under the limit")
    just_under_percent: int = Field(95, ge=50, le=100)
    branch_marks: int = Field(1, ge=0, le=10)
    year_end: int = Field(1, ge=0, le=10)
    high: int = Field(13, ge=1, le=40, description="points of a set for 高")
    medium: int = Field(10, ge=1, le=40, description="points of a set for 中")


@dataclass(frozen=True)
class Piece:
    """A contract that may be a piece of something larger. Amounts in yen."""

    contract_id: str
    bureau: str
    department: str
    site: str
    vendors: frozenset[str]
    title: str
    reading: titles.Title
    signed_on: date
    measure: int
    amount: int
    lower_bound: bool
    limits: Candidates
    kind: LimitClass
    small_value: bool
    repair: bool


FEATURES = {
    "same_vendor": "相手方が同じ",
    "same_department": "担当部署が同じ",
    "same_site": "履行場所が同じ",
    "same_title": "枝番を除くと件名が同じ",
    "near_titles": "件名がよく似ている",
    "same_thing": "対象物が同じ",
    "equal_amounts": "金額が同じ",
    "same_day": "同じ日",
    "within_7_days": "間隔が7日以内",
    "within_30_days": "間隔が30日以内",
    "just_under": "どれも限度額の直下",
    "branch_marks": "件名に枝番がある",
    "year_end": "すべて3月",
}


def episodes(pieces: Sequence[Piece], parameters: SplitParameters) -> Iterator[list[Piece]]:
    """Sets of two or more pieces, linked one to the next; in order of their oldest member."""
    parent = list(range(len(pieces)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in _neighbours(pieces, parameters.window_days):
        if root(i) != root(j) and sum(link(pieces[i], pieces[j], parameters).values()) >= parameters.link:
            parent[root(j)] = root(i)
    members = defaultdict(list)
    for i, piece in enumerate(pieces):
        members[root(i)].append(piece)
    for found in members.values():
        if len(found) > 1:
            yield sorted(found, key=lambda piece: (piece.signed_on, piece.contract_id))


def _neighbours(pieces: Sequence[Piece], window_days: int) -> Iterator[tuple[int, int]]:
    """Pairs of one bureau that share a vendor, a core or a thing, at most a window apart: what could be linked at all."""
    shelves: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for i in sorted(range(len(pieces)), key=lambda i: (pieces[i].signed_on, pieces[i].contract_id)):
        piece = pieces[i]
        labels = [("core", piece.reading.core), ("thing", piece.reading.thing), *(("vendor", v) for v in piece.vendors)]
        met = set()
        for label, value in labels:
            if not value:
                continue
            shelf = shelves[(piece.bureau, label, value)]
            for j in reversed(shelf):
                if (piece.signed_on - pieces[j].signed_on).days > window_days:
                    break
                if j not in met:
                    met.add(j)
                    yield j, i
            shelf.append(i)


def link(one: Piece, other: Piece, parameters: SplitParameters) -> dict[str, int]:
    """Why two pieces may belong together: feature → points; empty if nothing says that they are the same need."""
    found: dict[str, int] = {}
    if not titles.same_need(one.reading, other.reading):
        return {}
    need = _same_need(one, other, parameters)
    days = abs((other.signed_on - one.signed_on).days)
    same_vendor = bool(one.vendors & other.vendors)
    same_site = bool(one.site) and one.site == other.site
    if need is None:
        if not (same_site and same_vendor and days <= 7):
            return {}
    else:
        found[need[0]] = need[1]
    if same_vendor:
        found["same_vendor"] = parameters.same_vendor
    if one.department and one.department == other.department:
        found["same_department"] = parameters.same_department
    if same_site:
        found["same_site"] = parameters.same_site
    if one.amount == other.amount:
        found["equal_amounts"] = parameters.equal_amounts
    found |= _nearness(days, parameters)
    return found


def _same_need(one: Piece, other: Piece, parameters: SplitParameters) -> tuple[str, int] | None:
    if not titles.same_need(one.reading, other.reading):
        return None
    if one.reading.core == other.reading.core:
        return "same_title", parameters.same_title
    if titles.alike(one.reading.core, other.reading.core) >= parameters.near_title:
        return "near_titles", parameters.near_titles
    if one.reading.thing and one.reading.thing == other.reading.thing:
        return "same_thing", parameters.same_thing
    return None


def _nearness(days: int, parameters: SplitParameters) -> dict[str, int]:
    if days == 0:
        return {"same_day": parameters.same_day}
    if days <= 7:
        return {"within_7_days": parameters.within_7_days}
    if days <= 30:
        return {"within_30_days": parameters.within_30_days}
    return {}


def evidence_of(members: Sequence[Piece], parameters: SplitParameters) -> dict[str, int]:
    """The evidence of a set: what all its members share, feature → points."""
    found: dict[str, int] = {}
    if frozenset.intersection(*(piece.vendors for piece in members)):
        found["same_vendor"] = parameters.same_vendor
    if members[0].department and len({piece.department for piece in members}) == 1:
        found["same_department"] = parameters.same_department
    if members[0].site and len({piece.site for piece in members}) == 1:
        found["same_site"] = parameters.same_site
    needs = [_same_need(one, other, parameters) for one, other in pairwise(members)]
    shared = [need for need in needs if need]
    if len(shared) == len(needs):
        weakest = min(shared, key=lambda need: need[1])
        found[weakest[0]] = weakest[1]
    if len({piece.amount for piece in members}) == 1:
        found["equal_amounts"] = parameters.equal_amounts
    found |= _nearness(max((b.signed_on - a.signed_on).days for a, b in pairwise(members)), parameters)
    if all(_just_under(piece, parameters.just_under_percent) for piece in members):
        found["just_under"] = parameters.just_under
    if sum(piece.reading.branched for piece in members) >= len(members) - 1:
        found["branch_marks"] = parameters.branch_marks
    if all(piece.signed_on.month == 3 for piece in members):
        found["year_end"] = parameters.year_end
    return found


def _just_under(piece: Piece, percent: int) -> bool:
    """Close under a limit, by any of the tables that may apply."""
    return any(limit.amount * percent <= piece.measure * 100 <= limit.amount * 100 for limit in piece.limits.limits)
