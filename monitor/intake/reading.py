"""One row in the making: each cell is read by its column; what fails makes the whole row a BadRow."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.ledger import Column, Table
from monitor.intake import cells
from monitor.intake.cells import CellError
from monitor.intake.rows import BadRow, Row, Value, canonical, quote


@dataclass(frozen=True)
class Failure:
    """A cell that could not be read."""

    column: str  # canonical, "" where it is the row that is wrong
    heading: str
    value: str
    reason: str


@dataclass
class Reading:
    """Values as they are read, and what failed."""

    table: Table
    line: int
    values: dict[str, Value] = field(default_factory=dict)
    original: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def cell(
        self, column: Column, heading: str, cell: object, *, percent: bool = False, own: str | None = None
    ) -> None:
        """Read a cell of the source; ``own`` is what stood there, where ``cell`` is a mended text."""
        try:
            value, shown = cells.read(column, cell, percent=percent)
        except CellError as reason:
            self.fail(column.name, heading, cells.text(cell) if own is None else own, str(reason))
            return
        own = shown if own is None else own
        self.values[column.name] = value
        if own != value and own != canonical(value):
            self.original[column.name] = own

    def derive(self, name: str, value: Value, own: str | None = None) -> None:
        """Set a value that follows from the layout; ``own`` is the text that it was read from, if there is one."""
        if isinstance(value, int) and abs(value) > cells.BIGGEST:
            heading, shown = self.table.by_name[name].heading, canonical(value) if own is None else own
            self.fail(name, heading, shown, f"{quote(shown)}は数として大きすぎます。")
            return
        self.values[name] = value
        if own is not None and own != value and own != canonical(value):
            self.original[name] = own

    def fail(self, column: str, heading: str, value: str, reason: str) -> None:
        """Say what is wrong with the row."""
        self.failures.append(Failure(column, heading, value, reason))

    def result(self, whole: Mapping[str, str], other: Mapping[str, str] | None = None) -> Row | BadRow:
        """The row, or the BadRow that keeps all its cells (``whole``: heading → text)."""
        if not self.failures:
            return Row(self.table.name, self.line, self.values, self.original, other or {})
        first, *rest = self.failures
        more = "".join(f"「{failure.heading}」" for failure in rest if failure.heading)
        return BadRow(
            self.table.name,
            self.line,
            first.heading,
            first.value,
            first.reason + (f"（ほかに{more}も読めません。）" if more else ""),
            whole,
            canonical(self.values.get("organization")),
            self._key(),
        )

    def _key(self) -> str:
        failed = {failure.column for failure in self.failures}
        parts = [canonical(self.values.get(name)) for name in self.table.key]
        readable = "" not in failed and not failed & set(self.table.key) and self.table.key
        return " / ".join(parts) if readable else ""
