"""A sheet of cells, wherever it lies: a CSV file, a page of a workbook, a member of a zip."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Protocol

from monitor.intake.cells import Cell, text


@dataclass(frozen=True)
class Blob:
    """A file or zip member: the name that messages use, its own name, and how to open it (as often as needed)."""

    source: str
    name: str
    open: Callable[[], BinaryIO]


class Record(NamedTuple):
    """One row of a sheet and the physical line (or sheet row, from 1) on which it begins."""

    line: int
    cells: list[Cell]
    broken: str = ""  # why the line could not be divided into cells; ``cells`` is then a guess

    @property
    def blank(self) -> bool:
        """Nothing in any cell."""
        return not any(text(cell).strip() for cell in self.cells)


class Sheet(Protocol):
    """What a layout reads. Every method may be called again and starts anew."""

    @property
    def source(self) -> str:
        """What messages call it: ledger.xlsx[contracts]."""

    @property
    def names(self) -> tuple[str, ...]:
        """What names its table may go by: the sheet's name, the file's stem."""

    @property
    def hidden(self) -> bool:
        """A hidden sheet (lists for drop-downs) need not be recognised."""

    @property
    def total(self) -> int | None:
        """Rows, the heading included, or a little more; None if not known."""

    def records(self) -> Iterator[Record]:
        """All rows as cells, blank ones included."""

    def lines(self) -> Iterator[tuple[int, str]]:
        """All physical lines as text, cells divided by tabs."""

    def is_percent(self, line: int, position: int, /) -> bool | None:
        """Whether a number is formatted as percent; None if that cannot be told."""
