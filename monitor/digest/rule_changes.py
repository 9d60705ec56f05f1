"""Which figures of the rulebooks begin or cease to apply in some days. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel

from checks import yen
from checks.rulebook import Limit, LimitClass, PublicationClass, Rulebook
from checks.rulebook.base import Dated
from checks.rulebook.obligations import WagePenalty, WageRate
from monitor.digest.model import RuleChange


def changes(rulebooks: Iterable[Rulebook], first: date, last: date) -> list[RuleChange]:
    """The changes of these days, in order; a figure that is followed by another is told once, by the one that begins."""
    found = [
        RuleChange(day, rulebook.name, what, figure.source, figure.verified)
        for rulebook in rulebooks
        for day, what, figure in _turns(rulebook)
        if first <= day <= last
    ]
    return sorted(found, key=lambda one: (one.on, one.rulebook, one.what))


def _turns(rulebook: Rulebook) -> Iterator[tuple[date, str, Dated]]:
    figures = list(_dated(rulebook, ""))
    begins = {(place, _kind(figure), figure.since) for place, figure in figures}
    for place, figure in figures:
        said = f"{place}{_said(figure)}"
        if figure.since:
            yield figure.since, f"{said}の適用が始まります", figure
        after = figure.until + timedelta(days=1) if figure.until else None
        if after and (place, _kind(figure), after) not in begins:
            yield after, f"{said}の適用が前日で終わります", figure


def _kind(figure: Dated) -> str:
    """What may follow one another: a rate a rate, a class of publications itself."""
    return type(figure).__name__ + (figure.id if isinstance(figure, PublicationClass) else "")


def _dated(value: Any, place: str) -> Iterator[tuple[str, Dated]]:
    if isinstance(value, Dated):
        yield place, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _dated(getattr(value, name), place)
    elif isinstance(value, Mapping):
        for key, held in value.items():
            yield from _dated(held, key.label if isinstance(key, LimitClass) else place)
    elif isinstance(value, tuple):
        for held in value:
            yield from _dated(held, place)


def _said(figure: Dated) -> str:
    """What the figure is, in words."""
    if isinstance(figure, Limit):
        return f"の少額随意契約の限度額（{yen.exact(figure.amount)}）"
    if isinstance(figure, PublicationClass):
        return f"公表の区分「{figure.label}」"
    if isinstance(figure, WageRate):
        return f"賃上げの基準率（{figure.principle:f}%・{figure.minimum:f}%）"
    if isinstance(figure, WagePenalty):
        return f"賃上げの減点（{figure.months}か月）"
    return "定め"
