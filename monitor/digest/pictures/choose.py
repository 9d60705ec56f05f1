"""Placeholder until merged."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from monitor.digest.items import Contract
from monitor.digest.pictures.picture import Picture


def of(
    check: str, finding_id: str, figures: Mapping[str, Any], contracts: Sequence[Contract], as_of: date
) -> Picture | None:
    """The picture."""
    return None
