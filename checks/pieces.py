"""The pieces of one register as columns, so that a million pairs are compared as numbers. Shared, not a check."""

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from checks import readings, titles
from checks.cells import Cells
from checks.columns import Bools, Ints, Values, listed
from checks.evidence import Piece
from checks.limits import Candidates
from checks.register import picked
from checks.rulebook import LimitClass

_REPAIRS = ("施設修繕", "物品修繕")
_BLANK = -1  # the code of a cell that says nothing and equals no other
_COLUMNS = (
    *("contract_id", "bureau", "department", "category", "kind", "ground", "title", "site"),
    *("signed_on", "starts_on", "ends_on", "amount", "measure", "lower_bound"),
)


class Pieces(Sequence[Piece]):
    """Contracts that may be pieces of something larger, in order of date and contract_id; a Piece is made when asked for.

    ``rows``: measured contracts (limits.measures) with the columns _COLUMNS; ``places``: which of them are the pieces, in
    order; ``tables``: of each piece what may apply, ``lowest`` of these limits, yen. ``vendors``: Register.parties.
    ``weighty``: the grounds that count in full.
    """

    def __init__(
        self,
        rows: Cells,
        places: Ints,
        tables: Sequence[Candidates],
        lowest: Ints,
        vendors: Cells,
        weighty: Collection[str],
    ) -> None:
        self._rows, self._places, self._tables, self.lowest = rows, places, tables, lowest
        self._parties, self._weighty = vendors, weighty
        self.bureau, _ = self._coded("bureau")
        self.department, names = self._coded("department")
        if "" in names:
            self.department[self.department == names.index("")] = _BLANK
        self.day, self.starts, self.ends = (rows.days(name)[places] for name in ("signed_on", "starts_on", "ends_on"))
        self.measure = rows.numbers("measure")[0][places]
        amount, none = rows.numbers("amount")
        self.amount: Ints = np.where(none[places], self.measure, amount[places])
        self._read()

    def _coded(self, name: str) -> tuple[Ints, list[str]]:
        """The number of each piece's text in a column, and the texts."""
        codes, values = self._rows.codes(name)
        used = np.flatnonzero(np.bincount(codes[self._places], minlength=len(values)))
        numbers = np.zeros(len(values), dtype=np.int64)
        numbers[used] = np.arange(len(used))
        return numbers[codes[self._places]], [values[code] for code in used.tolist()]

    def _read(self) -> None:
        """The titles and sites: each distinct reading has a number, and so has each site."""
        sites, named = self._coded("site")
        self.reading, self.readings = readings.read(listed(self._rows.take("title", self._places)), sites, named)
        names = {"": 0}
        codes = [names.setdefault(titles.site(name), len(names)) for name in named]
        site: Ints = np.array(codes, dtype=np.int64)[sites]
        for i in np.flatnonzero(site == 0).tolist():  # not known: the place that the title itself names
            site[i] = names.setdefault(self._title(i).place, len(names))
        heads = np.array([titles.head_office(name) for name in names], dtype=bool)
        self.in_head_office: Bools = heads[site]
        self.site: Ints = np.where(site == 0, _BLANK, site)

    def _title(self, i: int) -> titles.Title:
        read: titles.Title = self.readings.titles[self.reading[i]]
        return read

    @cached_property
    def vendors(self) -> tuple[Ints, Ints]:
        """(piece, vendor) of each vendor of each piece, once, in order."""
        which = np.full(self._rows.rows + 1, _BLANK)  # the last is of a vendor's contract that is not among the rows
        which[self._places] = np.arange(len(self))
        piece = which[_rows_of(self._parties["contract_id"], self._rows["contract_id"])]
        held = np.flatnonzero(piece >= 0)
        codes, self._identities = self._parties.codes("identity")
        keys = piece[held] * max(len(self._identities), 1) + codes[held]
        keys.sort()
        return np.divmod(keys[np.diff(keys, prepend=-1) > 0], max(len(self._identities), 1))

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Piece]:
        return iter(self.made(np.arange(len(self))))

    def __getitem__(self, i: Any) -> Any:
        return self.made(np.arange(len(self))[i]) if isinstance(i, slice) else self.made(np.array([i]))[0]

    def made(self, members: Ints) -> list[Piece]:
        """These pieces, in this order."""
        piece, vendor = self.vendors
        begins, ends = (np.searchsorted(piece, members, side).tolist() for side in ("left", "right"))
        return [
            self._piece(i, row, frozenset(self._identities[code] for code in vendor[begin:end].tolist()))
            for i, row, begin, end in zip(
                members.tolist(), picked(self._rows, self._places[members], _COLUMNS), begins, ends, strict=True
            )
        ]

    def _piece(self, i: int, row: Any, vendors: frozenset[str]) -> Piece:
        reading = self._title(i)
        return Piece(
            contract_id=row.contract_id,
            bureau=row.bureau,
            department=row.department,
            site=titles.site(row.site) or reading.place,
            vendors=vendors,
            title=row.title,
            reading=reading,
            signed_on=row.signed_on,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            measure=row.measure,
            amount=row.measure if row.amount is None else row.amount,
            lower_bound=row.lower_bound,
            limits=self._tables[i],
            kind=LimitClass(row.kind),
            small_value=row.ground in self._weighty,
            repair=row.category in _REPAIRS,
        )


def _rows_of(contracts: Values, ids: Values) -> Ints:
    """The row of each contract number, that of none where there is none. Mostly each row has its vendors behind the last one's."""
    wanted, held = pa.array(contracts), pa.array(ids)
    if wanted.equals(held):
        return np.arange(len(held))
    rows = pc.index_in(wanted, value_set=held).fill_null(len(held))
    return np.asarray(rows.to_numpy(zero_copy_only=False), dtype=np.int64)
