"""A rulebook: the figures that law or a body's own rules set, with effective dates, basis and source.

The files are config/rulebooks/*.yaml; reading them is the business of monitor/rulebooks.py. A figure that was not
read in an official text carries ``verified: false`` and every finding that rests on it says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, Field, model_validator

from checks import words
from checks.rulebook.base import Dated, Day, Model, Sourced
from checks.rulebook.obligations import Subcontract, WageRaise
from checks.rulebook.publication import Due, Duty, PublicationClass
from checks.rulebook.small_value import Ground, GroundClass, Limit, LimitClass, SmallValue


class Rulebook(Model):
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
        return self._by_code.get(words.code(text))

    @cached_property
    def _by_code(self) -> dict[str, Ground]:
        return {words.code(name): ground for key, ground in self.grounds.items() for name in (key, *ground.also)}

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


__all__ = [
    "Dated",
    "Day",
    "Due",
    "Duty",
    "Ground",
    "GroundClass",
    "Limit",
    "LimitClass",
    "PublicationClass",
    "Rulebook",
    "SmallValue",
    "Sourced",
    "Subcontract",
    "WageRaise",
    "merge",
]
