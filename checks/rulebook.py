"""A rulebook: the figures that law or a body's own rules set, with effective dates, basis and source.

The files are config/rulebooks/*.yaml; reading them is the business of monitor/rulebooks.py. A figure that was not
read in an official text carries ``verified: false`` and every finding that rests on it says so.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from checks import ledger, words


def _only_iso(value: Any) -> Any:
    """Refuse numbers, which pydantic would read as seconds since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        return value
    raise ValueError("a date such as 2025-04-01 was expected")


Day = Annotated[date, BeforeValidator(_only_iso)]
Yen = Annotated[int, Field(ge=0, strict=True)]
Month = Annotated[int, Field(ge=1, le=12)]
Category = Literal[ledger.CATEGORIES]  # type: ignore[valid-type]  # the vocabulary has one home, checks/ledger.py


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Sourced(_Model):
    """Where a figure comes from: document and line, or law and article."""

    source: str = Field(min_length=1)
    verified: bool = Field(description="read in an official text")
    note: str = ""


class Dated(Sourced):
    """A figure with the first and the last day on which it applies; None means open."""

    since: Day | None = None
    until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since {self.since} is after until {self.until}")
        return self

    def applies(self, day: date) -> bool:
        """Whether it applies on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


# --- 少額随意契約 -------------------------------------------------------------------------------------------------


class LimitClass(StrEnum):
    """The six kinds of contract of 予決令99条2〜7号 and 自治令別表第五."""

    WORKS = "works"  # 工事又は製造の請負
    PURCHASE = "purchase"  # 財産の買入れ
    LEASE_IN = "lease_in"  # 物件の借入れ
    SALE = "sale"  # 財産の売払い
    LEASE_OUT = "lease_out"  # 物件の貸付け
    OTHER = "other"  # その他

    @property
    def label(self) -> str:
        """The words of the law."""
        return {
            "works": "工事又は製造の請負",
            "purchase": "財産の買入れ",
            "lease_in": "物件の借入れ",
            "sale": "財産の売払い",
            "lease_out": "物件の貸付け",
            "other": "その他",
        }[self.value]


class Limit(Dated):
    """A limit in yen, tax included: 「超えない」, so met at exactly this amount."""

    amount: Yen
    alternative: bool = Field(default=False, description="one of several that may apply at the same time")


class SmallValue(_Model):
    """少額随意契約: up to which 予定価格 a contract may be made without competition."""

    authority: str
    basis: Literal["procured_on", "invited_on", "signed_on"] = Field(
        description="the date that chooses the table (law.md 1.4)"
    )
    longest_procurement_days: int = Field(
        default=366,
        ge=1,
        le=3660,
        description="judgement: without a basis date, no procurement began longer before signing",
    )
    lease: Literal["annual_or_total", "total_if_multi_year"]
    cap: bool = Field(default=False, description="the 政令's upper bound, not the body's own figure")
    categories: Mapping[Category, LimitClass]
    limits: Mapping[LimitClass, tuple[Limit, ...]]

    @model_validator(mode="after")
    def _no_silent_overlap(self) -> Self:
        for kind, rows in self.limits.items():
            for i, row in enumerate(rows):
                for other in rows[i + 1 :]:
                    overlap = (row.until or date.max) >= (other.since or date.min) and (other.until or date.max) >= (
                        row.since or date.min
                    )
                    if overlap and not (row.alternative and other.alternative):
                        raise ValueError(
                            f"{kind.value}: two limits apply at the same time; mark both 'alternative' if unsure"
                        )
        return self


# --- 随意契約の根拠 -----------------------------------------------------------------------------------------------


class GroundClass(StrEnum):
    """What a ground for a 随意契約 says, whatever its code."""

    SMALL_VALUE = "small_value"
    REAL_ESTATE = "real_estate"
    SECRET = "secret"  # noqa: S105  # 秘密, a ground of law
    TRANSPORT = "transport"
    GOVERNMENT = "government"
    SPECIFIED = "specified"
    EXCLUSIVE = "exclusive"
    CONNECTED = "connected"  # 既調達・既契約への接続
    PROPOSAL = "proposal"
    PUBLIC_CALL = "public_call"
    NATURE = "nature"  # 性質又は目的, without a finer item
    WELFARE = "welfare"
    NEW_BUSINESS = "new_business"
    URGENT = "urgent"
    DISADVANTAGE = "disadvantage"
    FAVOURABLE = "favourable"
    NO_BIDDER = "no_bidder"
    NOT_SIGNED = "not_signed"


class Ground(Sourced):
    """One code of the body's own rules."""

    label: str
    kind: GroundClass
    also: tuple[str, ...] = ()


# --- 公表 ---------------------------------------------------------------------------------------------------------


class Due(_Model):
    """By when: within days of a date, by the end of a month, or promptly (速やかに: a parameter of the check)."""

    kind: Literal["days", "month", "promptly"]
    days: int | None = Field(default=None, ge=1, description="翌日から起算: date + days")
    days_by_month: Mapping[Month, int] = Field(default_factory=dict, description="other days for a signing month")
    after: Literal["signed_on", "awarded_on"] = "signed_on"
    months: Mapping[Month, Month] = Field(default_factory=dict, description="signing month → month of publication")
    target: bool = Field(default=False, description="目途: one level lower")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind == "days" and self.days is None:
            raise ValueError("kind days needs days")
        if self.kind == "month" and set(self.months) != set(range(1, 13)):
            raise ValueError("kind month needs all twelve signing months")
        return self


Medium = Literal["閲覧", "ウェブ", "契約公報", "窓口", "官報"]


class Duty(_Model):
    """One medium and its due date."""

    medium: Medium
    also: tuple[Medium, ...] = Field(default=(), description="media that serve as well (「ホームページ等」)")
    due: Due


class Keep(_Model):
    """How long it must stay published: months from the signing date, or to the end of the fiscal year of the start."""

    months: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="締結日の翌日から起算: to the same day of the month, so many months later"
    )
    fiscal_year_of_start: bool = False


class PublicationClass(Dated):
    """Which contracts must be published, by which measure, when, where, with which items, for how long."""

    id: str = Field(pattern=r"^[a-z_]+$")
    label: str
    authority: str
    categories: tuple[Category, ...] = ()
    methods: tuple[str, ...] = ()
    ground_kinds: tuple[GroundClass, ...] = ()
    specific_procurement: bool = False
    construction_related: bool | None = Field(
        default=None, description="of 設計・調査・測量; blank in the ledger counts as no"
    )
    yields_to: tuple[str, ...] = Field(
        default=(), description="ids of classes: a contract that is in one of them is not in this"
    )
    measure: Literal["design_price", "estimated_price", "commitment_amount", "amount", ""] = ""
    over: Yen | None = None  # 「超える」
    over_by_category: Mapping[Category, Yen] = Field(default_factory=dict)
    over_small_value_limit: tuple[LimitClass, ...] = ()
    at_least: Yen | None = None  # 「以上」
    duties: Annotated[tuple[Duty, ...], Field(min_length=1)]
    items: tuple[str, ...] = ()
    item_words: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, description="item → other words by which it is recorded"
    )
    negotiated_items: tuple[str, ...] = Field(default=(), description="of the items: asked of 随意契約 only")
    keep: Keep | None = None
    exempt: tuple[str, ...] = ()  # words for people: what is exempt in the source
    exempt_accounts: tuple[str, ...] = ()
    exempt_public_bodies: bool = Field(default=False, description="contracts with the state or a municipality")
    exempt_grounds: tuple[str, ...] = ()
    exempt_titles: tuple[str, ...] = Field(
        default=(), description="words of a title that suggest an exemption: a finding is told one level lower"
    )

    @model_validator(mode="after")
    def _words_are_of_its_items(self) -> Self:
        if unknown := sorted({*self.item_words, *self.negotiated_items} - set(self.items)):
            raise ValueError(f"item_words, negotiated_items: {unknown[0]!r} is not among the items")
        return self


# --- 賃上げ・再請負 -----------------------------------------------------------------------------------------------


class WageRate(Dated):
    """賃上げの率, percent, by the contract's signing date."""

    principle: Decimal
    minimum: Decimal


class WageDue(Sourced):
    """提出期限 where the agency set none: months after the period's end. An assumption, said as one."""

    months: int


class WagePenalty(Dated):
    """減点: the points given × factor, for months, at all ministries; the factor is told for contracts within its dates."""

    factor: Decimal
    months: int


class WageRaise(_Model):
    """賃上げ加点: the rates, what proves them, until when, and what follows if not."""

    authority: str
    rates: tuple[WageRate, ...]
    due: WageDue
    summary: str = Field(description="様式2, always needed")
    summary_also: tuple[str, ...] = Field(default=(), description="other words by which the summary is listed")
    documents: Mapping[Literal["事業年度", "暦年"], tuple[str, ...]]
    equivalents: tuple[str, ...]
    penalty: WagePenalty


class Subcontract(Sourced):
    """再請負: the ratio allowed in principle, and what is 軽微 (all three together)."""

    authority: str
    articles: Mapping[str, str] = Field(default_factory=dict, description="kind of finding → the paragraph it rests on")
    limit_percent: Decimal
    minor_percent: Decimal
    minor_yen: Yen


class Rulebook(_Model):
    """All that one body's rules set, its parents' sections merged in."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    name: str
    extends: str | None = None
    note: str = ""
    small_value: SmallValue | None = None
    grounds: Mapping[str, Ground] = Field(default_factory=dict)
    publication: tuple[PublicationClass, ...] = ()
    wage_raise: WageRaise | None = None
    subcontract: Subcontract | None = None

    @model_validator(mode="after")
    def _names_are_clear(self) -> Self:
        first: dict[str, str] = {}
        for key, ground in self.grounds.items():
            for name in {words.code(text) for text in (key, *ground.also)}:
                if first.setdefault(name, key) != key:
                    raise ValueError(f"grounds: the code {name!r} belongs to both {first[name]!r} and {key!r}")
        ids = [item.id for item in self.publication]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"publication: the id {twice[0]!r} is given twice")
        if unknown := sorted({name for item in self.publication for name in item.yields_to} - set(ids)):
            raise ValueError(f"publication: yields_to names {unknown[0]!r}, which is no class of this rulebook")
        self.publication_in_order()
        return self

    def publication_in_order(self) -> list[PublicationClass]:
        """The publication classes, each after those it yields to. Raises ValueError for a circle."""
        ordered: list[PublicationClass] = []
        left = list(self.publication)
        while left:
            placed = {rule.id for rule in ordered}
            ready = [rule for rule in left if placed.issuperset(rule.yields_to)]
            if not ready:
                raise ValueError(f"publication: {', '.join(rule.id for rule in left)} yield to one another in a circle")
            ordered += ready
            left = [rule for rule in left if rule not in ready]
        return ordered

    def ground(self, text: str) -> Ground | None:
        """The ground that a code of the ledger names, tolerant of width and OCR; None if the rulebook has none."""
        wanted = words.code(text)
        for key, ground in self.grounds.items():
            if wanted in {words.code(name) for name in (key, *ground.also)}:
                return ground
        return None

    def ground_kinds(self, grounds: Sequence[str]) -> dict[str, GroundClass | None]:
        """Each distinct code → its kind."""
        return {text: (found.kind if (found := self.ground(text)) else None) for text in set(grounds)}

    def unverified(self) -> Iterator[tuple[str, str]]:
        """(place, source) of each figure that was not read in an official text."""
        yield from _unverified(self, self.id)


def _unverified(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Sourced) and not value.verified:
        yield place, value.source
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _unverified(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _unverified(item, f"{place}.{key}")
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _unverified(item, f"{place}[{i}]")


def merge(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    """The child's words over its parent's: mappings are merged key by key, all else is replaced."""
    merged = dict(parent)
    for key, value in child.items():
        held = merged.get(key)
        merged[key] = merge(held, value) if isinstance(held, Mapping) and isinstance(value, Mapping) else value
    return merged
