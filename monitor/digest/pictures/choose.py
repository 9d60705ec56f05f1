"""Which picture explains a finding, if one does."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from monitor.digest.items import Contract
from monitor.digest.pictures.chain import chain
from monitor.digest.pictures.histogram import histogram
from monitor.digest.pictures.picture import Picture
from monitor.digest.pictures.ratio import ratio
from monitor.digest.pictures.split import split


def of(
    check: str, finding_id: str, figures: Mapping[str, Any], contracts: Sequence[Contract], as_of: date
) -> Picture | None:
    """The picture of a finding from its figures and contracts; None where they do not make one.

    The figures are those on record, perhaps of an older version of the check: what is missing or odd makes no picture.
    """
    match check:
        case "split_orders":
            return split(finding_id, figures)
        case "sole_source_chain":
            return chain(finding_id, figures, contracts, as_of)
        case "limit_bunching":
            return histogram(finding_id, figures)
        case "subcontract_ratio":
            return ratio(finding_id, figures)
        case _:
            return None
