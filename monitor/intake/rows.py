"""What intake hands on: rows that were read, rows and files that could not be, each with its place and reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

Value = str | int | date | bool | None  # yen and counts are int, percent is exact decimal text, blank is None


class CellError(ValueError):
    """A cell that cannot be read; its text is the reason, one Japanese sentence."""


class Row(NamedTuple):
    """A row of one table: every column that the source had is a key of ``values``; a blank cell is None."""

    table: str
    line: int  # the physical line or sheet row on which it begins
    values: Mapping[str, Value]
    original: Mapping[str, str] = MappingProxyType({})  # column → the cell's text, where it was read as another
    other: Mapping[str, str] = MappingProxyType({})  # heading that the format does not know → text


@dataclass(frozen=True)
class Deed:
    """What a person says of a row that waits: it is no contract (対象外), for a reason, or it is to wait again (戻す)."""

    aside: bool
    why: str = ""


@dataclass(frozen=True)
class BadRow:
    """A row for the quarantine, whole, with the first cell that could not be read and why."""

    table: str
    line: int
    column: str  # the heading as in the file
    value: str
    reason: str  # one Japanese sentence
    cells: Mapping[str, str]  # heading → text, the whole row
    organization: str = ""  # "" where it could not be read
    row_key: str = ""  # the key's parts joined by " / ", "" where they could not be read
    deed: Deed | None = None  # of a row that comes back from quarantine


@dataclass(slots=True)
class Block:
    """Rows of one table with the same columns, one after the other in the source but held column by column.

    ``apart`` are the rows among them that could not be read, or were read in another way.
    """

    table: str
    names: tuple[str, ...]
    lines: Sequence[int]
    columns: list[Sequence[Value]]
    original: Mapping[int, Mapping[str, str]] = field(default_factory=dict)  # position → as in ``Row``, if there is any
    other: Mapping[int, Mapping[str, str]] = field(default_factory=dict)  # the same
    apart: Sequence[Row | BadRow] = ()

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Block":
        """Rows, at least one, that have the same columns in the same order."""
        return cls(
            rows[0].table,
            tuple(rows[0].values),
            [row.line for row in rows],
            list(zip(*[row.values.values() for row in rows], strict=True)),
            {at: row.original for at, row in enumerate(rows) if row.original},
            {at: row.other for at, row in enumerate(rows) if row.other},
        )

    def __len__(self) -> int:
        return len(self.lines)

    def row(self, position: int) -> Row:
        """One of the rows that are held by column."""
        values = {name: column[position] for name, column in zip(self.names, self.columns, strict=True)}
        return Row(
            self.table, self.lines[position], values, self.original.get(position, {}), self.other.get(position, {})
        )

    def rows(self) -> list[Row | BadRow]:
        """All rows, in the order of the source."""
        held: list[Row | BadRow] = [*map(self.row, range(len(self)))]
        return sorted([*held, *self.apart], key=lambda row: row.line) if self.apart else held

    def column(self, name: str) -> Sequence[Value]:
        """A column by its name; blank where the rows do not have it."""
        return self.columns[self.names.index(name)] if name in self.names else [None] * len(self)

    def take(self, positions: Sequence[int]) -> "Block":
        """Some of the rows that are held by column."""
        return Block(
            self.table,
            self.names,
            [self.lines[at] for at in positions],
            [[column[at] for at in positions] for column in self.columns],
            {new: self.original[at] for new, at in enumerate(positions) if at in self.original},
            {new: self.other[at] for new, at in enumerate(positions) if at in self.other},
        )


class Blocks(Iterator[Row | BadRow]):
    """Rows that are read in blocks; who asks for one after the other has them so."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self.blocks = blocks
        self._rows = (row for block in blocks for row in block.rows())

    def __next__(self) -> Row | BadRow:
        return next(self._rows)


@dataclass(frozen=True)
class Part:
    """One table found in one sheet. ``rows`` is read as it is consumed, once."""

    source: str  # the file's name with the sheet or zip member: ledger.xlsx[contracts]
    layout: str
    table: str
    columns: frozenset[str]  # canonical columns that the source has
    unknown: tuple[str, ...]  # headings that the format does not know
    rows: Iterator[Row | BadRow]
    total: int | None = None  # rows, for a progress bar; of CSV the physical lines, so at most too many
    new_only: bool = False  # a row whose key is held already stays as it is
    note: str = ""  # what the person who imports must know of how it was read, one sentence
    returned: bool = False  # its rows come back from quarantine, each with its number (monitor/intake/returned.py)


@dataclass(frozen=True)
class Unreadable:
    """A file, zip member or sheet that could not be read at all."""

    source: str
    reason: str  # one Japanese sentence


def canonical(value: Value) -> str:
    """The text of a value as the interchange format writes it: ISO dates, plain digits, 1/0, blank for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if isinstance(value, date) else str(value)


def quote(text: str, longest: int = 40) -> str:
    """「text」 for a sentence: on one line, and short."""
    plain = " ".join(text.split())
    return f"「{plain[:longest]}…」" if len(plain) > longest else f"「{plain}」"
