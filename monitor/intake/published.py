"""A published register (公表簿), in whatever layout: its contracts as rows of the table register_rows.

A row is known through all editions by its ``entry``: the body's own contract number where the layout has one, else the
day, title, department and vendors that it prints. An amount that is printed otherwise later is the same row's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from checks import ledger, words
from monitor.intake.how import How
from monitor.intake.numbering import Ordinals, derived_number
from monitor.intake.rows import BadRow, Block, Blocks, Part, Row, Value, canonical

_SPEC = ledger.REGISTER_ROWS
_DERIVED = re.compile(r"[0-9]{8}-[0-9A-HJKMNP-TV-Z]{8}(?:-[0-9]+)?")  # monitor/intake/numbering.py: printed nowhere


class Registers:
    """What one import reads of registers: rows that say the same are told apart over all its files."""

    def __init__(self, how: How) -> None:
        self._how, self._ordinals = how, Ordinals()

    def taken(self, part: Part, numbered: bool) -> Part:  # noqa: FBT001  # a property of the layout
        """A register's part as register rows, any other as it is; ``numbered``: the contract numbers are the body's own."""
        listed = part.table == ledger.CONTRACTS.name and not part.returned  # rows of the ledger stay rows of the ledger
        if part.table != _SPEC.name and not (self._how.register and listed):
            return part
        making = _Making(part.source, self._how.published_on, numbered and listed, self._ordinals)
        rows = part.rows
        made = Blocks(map(making.block, rows.blocks)) if isinstance(rows, Blocks) else map(making.row, rows)
        columns = making.columns(part.columns)
        return replace(part, table=_SPEC.name, columns=columns, rows=made)


@dataclass(frozen=True)
class _Making:
    """The register that is read: its name, when it was published, whether its numbers identify its rows."""

    source: str
    published_on: date | None
    numbered: bool
    ordinals: Ordinals

    def columns(self, names: frozenset[str]) -> frozenset[str]:
        """The columns that its rows have."""
        dated = {"published_on", "edition_on"} if self.published_on or "published_on" in names else set()
        return frozenset(names & _SPEC.by_name.keys() | {"entry", "register", "dropped"} | dated)

    def row(self, row: Row | BadRow) -> Row | BadRow:
        """One row."""
        return self._bad(row) if isinstance(row, BadRow) else self.block(Block.of([row])).row(0)

    def block(self, block: Block) -> Block:
        """Rows column by column; what a register row has no column for is kept under its heading."""
        held: dict[str, Sequence[Value]] = dict(zip(block.names, block.columns, strict=True))
        names = self.columns(frozenset(held))
        other: dict[int, Mapping[str, str]] = dict(block.other)
        for name in [name for name in held if name not in _SPEC.by_name]:
            for at, value in enumerate(held.pop(name)):
                if value is not None:
                    other[at] = {**other.get(at, {}), ledger.CONTRACTS.by_name[name].heading: canonical(value)}
        size = len(block)
        made = {name: [*held.get(name, [None] * size)] for name in _SPEC.by_name if name in names}
        made["dropped"] = [False] * size  # it is here
        made["register"] = [value or self.source for value in made["register"]]
        if "published_on" in made:
            made["published_on"] = [value or self.published_on for value in made["published_on"]]
            pairs = zip(made["edition_on"], made["published_on"], strict=True)
            made["edition_on"] = [edition or day for edition, day in pairs]
        if "contract_id" in made:
            made["contract_id"] = [None if _derived(number) else number for number in made["contract_id"]]
        made["entry"] = [self._entry(made, at) for at in range(size)]
        apart = [self.row(row) for row in block.apart]
        original = {
            at: {name: text for name, text in said.items() if name in made} for at, said in block.original.items()
        }
        return Block(_SPEC.name, tuple(made), block.lines, [*made.values()], original, other, apart)

    def _entry(self, held: Mapping[str, Sequence[Any]], at: int) -> Value:
        said = {name: column[at] for name, column in held.items()}
        if said["entry"]:
            return str(said["entry"])
        if self.numbered and said.get("contract_id"):
            return str(said["contract_id"])
        vendors = sorted(words.company(name) for name in (said.get("vendors") or "").splitlines() if name.strip())
        parts = [said["title"], said.get("department") or "", said.get("row_kind") or "", *vendors]
        return self.ordinals(derived_number(said["signed_on"], parts))

    def _bad(self, row: BadRow) -> BadRow:
        """A row for the quarantine: mended and read again, it is one of this register, published when this one was."""
        given = {"register": self.source, "published_on": canonical(self.published_on)}
        if self.numbered:
            given["entry"] = row.row_key
        headings = {_SPEC.by_name[name].heading: text for name, text in given.items() if text}
        key = row.row_key if self.numbered or row.table == _SPEC.name else ""
        return replace(row, table=_SPEC.name, cells={**headings, **row.cells}, row_key=key)


def _derived(number: Value) -> bool:
    return isinstance(number, str) and _DERIVED.fullmatch(number) is not None
