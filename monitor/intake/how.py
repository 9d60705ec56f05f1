"""How a file is to be read, where it does not say so itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class How:
    """What the caller says of a file: options of ``keiyaku import``, or an entry of the setting ``sources``."""

    organization: str | None = None  # whose rows, where the file does not name it
    layout: str | None = None  # for files that are not recognised
    rulebook: str | None = None  # whose rules are those of a body that the file brings and the ledger does not know
