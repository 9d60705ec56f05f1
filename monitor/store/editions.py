"""A row of a published register through its editions: the facts are of the latest one, the first day of publication stays."""

from collections.abc import Mapping
from datetime import date
from typing import Any


def is_older(row: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Was the edition that says ``row`` published before the one that the stored row is of?"""
    said, held = row.get("edition_on"), before["edition_on"]
    return said is not None and held is not None and said < held


def first_published(row: Mapping[str, Any], before: Mapping[str, Any]) -> date | None:
    """The earliest day on which it is known to have been published."""
    return min((day for day in (row.get("published_on"), before["published_on"]) if day is not None), default=None)
