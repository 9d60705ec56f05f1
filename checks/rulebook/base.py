"""What every figure of a rulebook has: where it comes from, whether it was read in an official text, from when to when."""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from checks import ledger


def _only_iso(value: Any) -> Any:
    """Refuse numbers, which pydantic would read as seconds since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        return value
    raise ValueError("a date such as 2025-04-01 was expected")


Day = Annotated[date, BeforeValidator(_only_iso)]
Yen = Annotated[int, Field(ge=0, strict=True)]
Month = Annotated[int, Field(ge=1, le=12)]
Category = Literal[ledger.CATEGORIES]  # type: ignore[valid-type]  # the vocabulary has one home, checks/ledger.py


class Model(BaseModel):
    """A part of a rulebook: no unknown key, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Sourced(Model):
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
