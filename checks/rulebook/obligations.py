"""What a contract promises beyond its price: 賃上げ加点 and 再請負."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from pydantic import Field

from checks.rulebook.base import Dated, Model, Sourced, Yen


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


class WageRaise(Model):
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
