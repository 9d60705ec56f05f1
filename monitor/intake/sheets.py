"""A sheet of cells, wherever it lies: a CSV file, a page of a workbook, a member of a zip."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO, NamedTuple, Protocol, runtime_checkable

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


@dataclass(slots=True)
class Batch:
    """Rows one after the other, without an object for each: the line on which a row begins, and its cells."""

    lines: list[int] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)  # position → as in ``Record``

    def record(self, position: int) -> Record:
        """One of the rows."""
        return Record(self.lines[position], self.rows[position], self.broken.get(position, ""))


BATCH = 1000  # rows


def batches(records: Iterable[Record]) -> Iterator[Batch]:
    """The records, many at a time."""
    rest = iter(records)
    while some := list(islice(rest, BATCH)):
        broken = {at: record.broken for at, record in enumerate(some) if record.broken}
        yield Batch([record.line for record in some], [record.cells for record in some], broken)


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

    def batches(self) -> Iterator[Batch]:
        """The same rows, up to ``BATCH`` at a time."""

    def lines(self) -> Iterator[tuple[int, str]]:
        """All physical lines as text, cells divided by tabs."""

    def is_percent(self, line: int, position: int, /) -> bool | None:
        """Whether a number is formatted as percent; None if that cannot be told."""


class Merge(NamedTuple):
    """Cells of several rows made one: its first and last line, and the position of its first column."""

    first: int
    last: int
    left: int


@runtime_checkable
class Merging(Protocol):
    """A sheet that knows its merged cells; text has none."""

    def merged(self) -> Sequence[Merge]:
        """Those that reach over several rows."""
