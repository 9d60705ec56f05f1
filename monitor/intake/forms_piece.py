"""A piece of a row of a published register: some of its cells, and what they say together.

What a piece says depends on its cells and on the heading alone. Registers repeat themselves, so the same cells are read once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from checks import ledger
from checks.ledger import Column
from monitor.intake import cells
from monitor.intake.cells import Cell, CellError, text
from monitor.intake.forms_cells import shown_of
from monitor.intake.forms_sheet import Sheetwide
from monitor.intake.forms_vocabulary import Role
from monitor.intake.reading import Failure, Reading
from monitor.intake.rows import Value

LEDGER: Mapping[str, Column] = ledger.CONTRACTS.by_name
_KEPT = 20_000  # readings of one piece that are remembered


@lru_cache(maxsize=20_000, typed=True)
def value(name: str, cell: Cell) -> Value:
    """The value of a cell by its column; registers repeat themselves. Raises CellError."""
    return cells.read(LEDGER[name], cell)[0]


class Said(NamedTuple):
    """What a piece says: values by column, in the order of ``names``, and the rest as in ``Reading``."""

    names: tuple[str, ...]
    values: tuple[Value, ...]
    by_name: Mapping[str, Value]
    original: Mapping[str, str]
    failures: Sequence[Failure]


Cells = tuple[Cell, ...]  # of a piece, in the order of its roles; None where the sheet has no such column


class Piece(Reading):
    """A piece that is being read: its cells by what they are for, and what they say in the columns of the ledger."""

    def __init__(self, sheet: Sheetwide, roles: Sequence[Role], cells: Cells) -> None:
        self.table, self.line = ledger.CONTRACTS, 0
        self.values, self.original, self.failures = {}, {}, []
        self.sheet, self.roles = sheet, sheet.head.roles
        self.beside = cells[len(roles) :]  # of columns without a role
        self._cells = dict(zip(roles, cells, strict=False))
        self._texts: dict[Role, str] = {}

    def one(self, role: Role) -> Cell:
        """The cell of a role; None where the sheet has no such column."""
        return self._cells[role]

    def shown(self, role: Role) -> str:
        """Its text."""
        shown = self._texts.get(role)
        if shown is None:
            shown = self._texts[role] = shown_of(self._cells[role])
        return shown

    def heading(self, role: Role) -> str:
        """The heading of a role in one line."""
        return self.sheet.titles.get(role, "")

    def put(self, name: str, role: Role, cell: Cell) -> None:
        """Read a cell by its column; its own text is that of the role's cell."""
        own = self.shown(role) or (text(cell) if isinstance(cell, str) else "")
        try:
            self.derive(name, value(name, cell), own)
        except CellError as reason:
            self.fail(name, self.heading(role), own, str(reason))

    def refuse(self, name: str, role: Role, reason: str) -> None:
        """Say why a role's cell cannot be read."""
        self.fail(name, self.heading(role), self.shown(role), reason)


@dataclass(frozen=True)
class Kind:
    """A kind of piece: the cells it needs, how they are read, and what reads the usual ones at a glance (None: it cannot)."""

    read: Callable[[Piece], None]
    roles: Sequence[Role]
    glance: Callable[[Sheetwide, Cells], Said | None] = lambda _sheet, _cells: None
    beside: Callable[[Sheetwide], Sequence[int]] = lambda _: ()  # further columns that it needs


class Memory(dict[Any, Said]):
    """What the pieces of one kind said: their cells → that. What is remembered is bounded, but for the rows of one batch."""

    def __init__(self, sheet: Sheetwide, kind: Kind) -> None:
        super().__init__()
        self._sheet, self._kind = sheet, kind
        self._positions = [*(sheet.head.roles.get(role) for role in kind.roles), *kind.beside(sheet)]

    def __missing__(self, cells: Cells) -> Said:
        said = self[cells] = self._kind.glance(self._sheet, cells) or self.one(cells)
        return said

    def one(self, cells: Cells) -> Said:
        """Read a piece, whether it is remembered or not."""
        piece = Piece(self._sheet, self._kind.roles, cells)
        self._kind.read(piece)
        return Said(tuple(piece.values), tuple(piece.values.values()), piece.values, piece.original, piece.failures)

    def column(self, columns: Sequence[Sequence[Cell]]) -> list[Said]:
        """What the pieces of some rows say, from all columns of these rows."""
        if len(self) > _KEPT:
            self.clear()
        blank = [None] * len(columns[0])
        mine = [blank if at is None else columns[at] for at in self._positions]
        keys = zip(*mine, strict=True)
        if any(bool in set(map(type, column)) for column in mine):  # True and 1.0 are one key, and two texts
            return list(map(self.one, keys))
        return list(map(self.__getitem__, keys))
