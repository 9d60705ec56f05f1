"""What intake hands on: rows that were read, rows and files that could not be, each with its place and reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
