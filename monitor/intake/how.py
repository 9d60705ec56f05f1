"""How a file is to be read, where it does not say so itself."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class How:
    """What the caller says of a file: options of ``keiyaku import``, or an entry of the setting ``sources``."""

    organization: str | None = None  # whose rows, where the file does not name it
    layout: str | None = None  # for files that are not recognised
    rulebook: str | None = None  # whose rules are those of a body that the file brings and the ledger does not know
    register: bool = False  # what it lists is what was published (公表簿), not the ledger
    published_on: date | None = None  # when it was, where the rows do not say so
    mapping: Path | None = None  # for tables of an office's own: which column is which (intake/mapping.py)
