"""Evidence that contracts belong together: pieces, the features that link them, and the points that each feature gives.

Shared, not a check. No public source sets a window or weights (law.md 7.1), so each is a documented parameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from pydantic import Field

from checks import thesaurus, titles
from checks.catalogue import LISTED, Parameters
from checks.limits import Candidates
from checks.rulebook import LimitClass


class SplitParameters(Parameters):
    """Judgement, not law: no source sets a window or weights."""

    window_days: int = Field(
        90, ge=1, le=366, description="pieces of one need lie at most this far apart, one to the next"
    )
    longest_days: int = Field(
        366, ge=90, le=1096, description="what an office needs is planned by the year: a set is counted over no longer"
    )
    long_term_days: int = Field(
        300,
        ge=180,
        le=366,
        description="contracts of at least this term that follow one another are renewals, no pieces",
    )
    one_outfit: int = Field(2, ge=0, le=10, description="desks, chairs, shelves of one vendor: a room is furnished")
    outfit_days: int = Field(30, ge=0, le=90, description="a room is furnished within so many days")
    marked_days: int = Field(
        190,
        ge=90,
        le=366,
        description="pieces that name their part (その2, 第2四半期) may lie so far apart: half a year",
    )
    thing_letters: int = Field(
        3,
        ge=1,
        le=10,
        description="letters of a thing that say what it is, with a word more: 時計 stands in a hundred titles",
    )
    one_job_days: int = Field(
        7, ge=0, le=31, description="one vendor's contracts at one site so near are one job, though their words differ"
    )
    compared: int = Field(
        64, ge=8, le=1000, description="the nearest contracts of one vendor or title that a contract is compared with"
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
    generic_title: int = Field(2, ge=0, le=10, description="the same title, but one like 消耗品の購入 or 修繕")
    same_thing: int = Field(1, ge=0, le=10, description="the same thing under another action: 購入 + 設置工事")
    synonyms: int = Field(
        3, ge=0, le=10, description="the same thing by another name: エアコン and 空調 (checks/thesaurus.py)"
    )
    equal_amounts: int = Field(2, ge=0, le=10)
    same_day: int = Field(3, ge=0, le=10)
    within_7_days: int = Field(2, ge=0, le=10)
    within_30_days: int = Field(1, ge=0, le=10)
    just_under: int = Field(2, ge=0, le=10, description="every piece close under the limit")
    just_under_percent: int = Field(95, ge=50, le=100)
    branch_marks: int = Field(1, ge=0, le=10)
    monthly_least: int = Field(6, ge=3, le=12, description="pieces a month apart that are told as monthly")
    month_shortest: int = Field(20, ge=1, le=31, description="days between two monthly orders, at least")
    month_longest: int = Field(40, ge=28, le=60, description="days between two monthly orders, at most")
    year_end: int = Field(1, ge=0, le=10)
    year_end_months: tuple[int, ...] = Field((3,), description="in these months an office spends what is left")
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
    starts_on: date | None
    ends_on: date | None
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
    "generic_title": "件名が同じ（一般的な件名）",
    "same_thing": "対象物が同じ",
    "synonyms": "別の言い方で同じ対象",
    "one_outfit": "一つの部屋の什器",
    "equal_amounts": "金額が同じ",
    "same_day": "同じ日",
    "within_7_days": "間隔が7日以内",
    "within_30_days": "間隔が30日以内",
    "just_under": "どれも限度額の直下",
    "branch_marks": "件名に枝番がある",
    "year_end": "すべて3月",
}


def link(one: Piece, other: Piece, parameters: SplitParameters) -> dict[str, int]:
    """Why two pieces may belong together: feature → points; empty if nothing says that they are the same need."""
    days = abs((other.signed_on - one.signed_on).days)
    parts = one.reading.marked and other.reading.marked and one.reading.core == other.reading.core
    if days > (parameters.marked_days if parts else parameters.window_days):
        return {}
    if not titles.same_need(one.reading, other.reading) or _renews(one, other, parameters):
        return {}
    found: dict[str, int] = {}
    if one.vendors & other.vendors:
        found["same_vendor"] = parameters.same_vendor
    if one.department and one.department == other.department:
        found["same_department"] = parameters.same_department
    if one.site and one.site == other.site:
        found["same_site"] = parameters.same_site
    need = None if _paid_by_object(one, other, days) else _same_need(one, other, parameters)
    if need is not None:
        found[need[0]] = need[1]
    elif not ({"same_vendor", "same_site"} <= set(found) and _one_job(one, other, days, parameters)):
        return {}
    if one.amount == other.amount:
        found["equal_amounts"] = parameters.equal_amounts
    return found | _nearness(days, parameters)


def _renews(one: Piece, other: Piece, parameters: SplitParameters) -> bool:
    """A yearly job and the next year's: long terms, one after the other."""
    earlier, later = sorted((one, other), key=lambda piece: piece.signed_on)
    if earlier.starts_on is None or earlier.ends_on is None or later.starts_on is None or later.ends_on is None:
        return False
    terms = ((earlier.ends_on - earlier.starts_on).days, (later.ends_on - later.starts_on).days)
    return min(terms) >= parameters.long_term_days and later.starts_on > earlier.ends_on


def _same_need(one: Piece, other: Piece, parameters: SplitParameters) -> tuple[str, int] | None:
    if one.reading.core == other.reading.core:
        if one.reading.generic and not one.reading.marked:
            return "generic_title", parameters.generic_title
        return "same_title", parameters.same_title
    if titles.alike(one.reading.core, other.reading.core) >= parameters.near_title:
        return "near_titles", parameters.near_titles
    if same_thing(one.reading.thing, other.reading.thing, parameters):
        return "same_thing", parameters.same_thing
    if _elsewhere(one, other):
        return None
    if one.reading.concepts & other.reading.concepts:
        return "synonyms", parameters.synonyms
    furnished = one.reading.concepts & thesaurus.OUTFIT and other.reading.concepts & thesaurus.OUTFIT
    days = abs((other.signed_on - one.signed_on).days)
    if furnished and days <= parameters.outfit_days and one.vendors & other.vendors:
        return "one_outfit", parameters.one_outfit
    return None


def _elsewhere(one: Piece, other: Piece) -> bool:
    """Are both places known, and two?"""
    return bool(one.site and other.site) and one.site != other.site


def _paid_by_object(one: Piece, other: Piece, days: int) -> bool:
    """Insurance, licences, lecturers: each for itself, unless one vendor's same title is marked as a piece or of one day."""
    if not (one.reading.by_object and other.reading.by_object):
        return False
    pieces = (one.reading.marked and other.reading.marked) or days == 0
    return not (pieces and one.reading.core == other.reading.core and bool(one.vendors & other.vendors))


def _one_job(one: Piece, other: Piece, days: int, parameters: SplitParameters) -> bool:
    """May one vendor's contracts at one site be one job, though their words differ? Within days; in a head office, of one day.

    Two departments that buy from one store for one building have each a need of its own.
    """
    if one.department and other.department and one.department != other.department:
        return False
    return days == 0 or (days <= parameters.one_job_days and not titles.head_office(one.site))


def same_thing(one: str, other: str, parameters: SplitParameters) -> bool:
    """The same thing, or one with a word more: 屋外時計 and 屋外時計引込柱."""
    shorter, longer = sorted((one, other), key=len)
    return bool(shorter) and (
        shorter == longer or (len(shorter) >= parameters.thing_letters and longer.startswith(shorter))
    )


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
    found |= _nearness(_usual_gap(members), parameters)
    if all(_just_under(piece, parameters.just_under_percent) for piece in members):
        found["just_under"] = parameters.just_under
    if sum(piece.reading.branched for piece in members) >= len(members) - 1:
        found["branch_marks"] = parameters.branch_marks
    if all(piece.signed_on.month in parameters.year_end_months for piece in members):
        found["year_end"] = parameters.year_end
    return found


def ties(members: Sequence[Piece], parameters: SplitParameters) -> list[tuple[str, str, dict[str, int]]]:
    """Each piece after the first, the one that it is tied to most, and by what: (contract_id, contract_id, feature → points)."""
    found = []
    for i, piece in enumerate(members[1 : LISTED + 1], start=1):
        others = [*members[max(0, i - parameters.compared) : i][::-1], *members[i + 1 : i + 1 + parameters.compared]]
        linked = [(link(piece, other, parameters), other) for other in others]
        features, nearest = max(linked, key=lambda pair: sum(pair[0].values()))
        found.append((piece.contract_id, nearest.contract_id, features))
    return found


def _usual_gap(members: Sequence[Piece]) -> int:
    """Days between one piece and the next: the longest of a few, that which three of four do not exceed of many."""
    gaps = sorted((b.signed_on - a.signed_on).days for a, b in pairwise(members))
    return gaps[-(-len(gaps) * 3 // 4) - 1]


def _just_under(piece: Piece, percent: int) -> bool:
    """Close under a limit, by any of the tables that may apply."""
    return any(limit.amount * percent <= piece.measure * 100 <= limit.amount * 100 for limit in piece.limits.limits)
