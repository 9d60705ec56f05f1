"""公表: which contracts must be published, by which measure, by when, where, with which items, for how long."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from checks.rulebook.base import Category, Dated, Model, Month, Yen
from checks.rulebook.small_value import GroundClass, LimitClass


class Due(Model):
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


class Duty(Model):
    """One medium and its due date."""

    medium: Medium
    also: tuple[Medium, ...] = Field(default=(), description="media that serve as well (「ホームページ等」)")
    due: Due


class Keep(Model):
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
