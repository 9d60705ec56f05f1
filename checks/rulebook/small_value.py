"""少額随意契約: the limits by kind of contract, their dates, and the grounds of a 随意契約."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from checks.rulebook.base import Category, Dated, Model, Sourced, Yen


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


class SmallValue(Model):
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
