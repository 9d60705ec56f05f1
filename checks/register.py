"""The register of one organization: the frames that checks judge, columns as in checks/ledger.py with fixed dtypes.

Text is str ("" where blank), yen and counts Int64, dates datetime64[s], yes/no boolean. Whether a column was there at
all is another question than whether its cell is blank: ``Register.knows`` answers it row by row.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from checks import counted, ledger, same, vendors
from checks.cells import Cells, Lazy, cells_of, given, later, spelled
from checks.columns import (
    A_DAY,
    Bools,
    Ints,
    Values,
    array,
    day_number,
    day_of,
    distinct,
    filled,
    found_in,
    plain_values,
    seconds,
)
from checks.finding import Answer, NotJudged, Reasons
from checks.ledger import Kind

DTYPES = {
    Kind.TEXT: "str",
    Kind.LINES: "str",
    Kind.NUMBER_13: "str",
    Kind.PERCENT: "str",
    Kind.YEN: "Int64",
    Kind.COUNT: "Int64",
    Kind.DATE: "datetime64[s]",
    Kind.YES_NO: "boolean",
}
KNOWN = "_known"  # the id of the set of columns that a row's source had
T = TypeVar("T")


def frame(table: ledger.Table, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows (plain dicts; missing keys are blank) as a frame with the table's fixed dtypes, in order of its key."""
    data = {}
    for column in table.columns:
        values = [row.get(column.name) for row in rows]
        if column.kind in (Kind.TEXT, Kind.LINES, Kind.NUMBER_13, Kind.PERCENT):
            values = ["" if value is None else value for value in values]
        data[column.name] = pd.Series(values, dtype=DTYPES[column.kind])
    data[KNOWN] = pd.Series([row.get(KNOWN, 0) for row in rows], dtype="int64")
    held = pd.DataFrame(data)
    # as the store gives them: what a finding lists does not depend on the order of rows
    return held.sort_values(list(table.key), kind="stable", ignore_index=True) if table.key else held


def plain(rows: pd.DataFrame) -> Iterator[Any]:
    """The rows as named tuples of plain Python values: str, int, bool, date; None where blank."""
    shown = [str(name) for name in rows.columns if name != KNOWN]
    row = _row(tuple(shown))
    return (row(*values) for values in zip(*(plain_values(rows[name]) for name in shown), strict=True))


def picked(rows: pd.DataFrame | Cells, places: Ints, names: Sequence[str]) -> Iterator[Any]:
    """Some rows and columns in this way, in the order of the places: a frame of them would cost more than they do."""
    row = _row(tuple(names))
    cells = rows if isinstance(rows, Cells) else cells_of(rows)
    columns = [cells.column(name).plain(places) for name in names] if len(places) else []
    return (row(*values) for values in zip(*columns, strict=True))


@lru_cache(maxsize=256)
def _row(shown: tuple[str, ...]) -> Any:
    """The class of such rows: making one costs more than a thousand rows of it."""
    return namedtuple("row", shown)  # the columns are known only here


@dataclass(frozen=True)
class Register:
    """One organization's rows of every table, and which columns each row's source had."""

    organization: str
    name: str
    tables: Mapping[str, pd.DataFrame]
    known: Mapping[int, frozenset[str]] = field(default_factory=dict)  # id of a set of columns → the columns
    renames: vendors.Renames = field(default_factory=vendors.Renames)
    answers: Mapping[str, Answer] = field(default_factory=dict)  # what the other checks said, for those that ask

    def answered(self, answers: Mapping[str, Answer]) -> "Register":
        """The same register, with what the other checks said of it."""
        held = replace(self, answers=answers)
        told = {name: value for name, value in vars(self).items() if name not in vars(held)}  # what was computed, kept
        vars(held).update(told)
        return held

    def once(self, name: str, about: object, make: Callable[[], T]) -> T:
        """What is computed of the register and one other thing (a section of a rulebook): the first time only."""
        held = self._told.get((name, id(about)))
        if held is None:
            held = self._told[name, id(about)] = about, make()  # what it is about is held too: its id stays its own
        found: T = held[1]
        return found

    @cached_property
    def _told(self) -> dict[tuple[str, int], tuple[object, Any]]:
        return {}

    @cached_property
    def contracts(self) -> pd.DataFrame:
        """Contracts that count: neither amendments nor programme totals, and not cancelled; in order of date and id."""
        return self.cells.frame()

    @cached_property
    def cells(self) -> Cells:
        """The same contracts, column by column: a check that reads a few columns asks for these."""
        rows = self.tables["contracts"]
        bare = counted.cells(rows, counted.order(rows))
        return bare.added({"bureau": later(lambda: _bureaus(bare))})

    def with_rows_in(self, table: str) -> Bools:
        """Which contracts another table has rows of."""
        ids = self.tables[table]["contract_id"]
        return self.once(table, self.tables, lambda: found_in(self.cells["contract_id"], ids))

    @cached_property
    def vendors(self) -> pd.DataFrame:
        """One row per contract and vendor (checks/vendors.py)."""
        return self.parties.frame()

    @cached_property
    def parties(self) -> Cells:
        """The same vendors, column by column."""
        published = self.tables["register_rows"]
        return vendors.explode(self.cells, self.renames, self.said, cells_of(published) if len(published) else None)

    @cached_property
    def said(self) -> same.Said:
        """What people have said of vendors whose names are alike."""
        return same.said(self.tables["vendor_decisions"])

    @cached_property
    def vendor_names(self) -> Mapping[str, str]:
        """identity → the name to print."""
        return vendors.shown(self.parties)

    @cached_property
    def amounts(self) -> pd.Series:
        """契約金額 as changed, yen, by contract_id: the last amendment's new total, else the contract's own."""
        return pd.Series(self.changed, index=pd.Index(self.cells["contract_id"], name="contract_id"), name="amount")

    @cached_property
    def changed(self) -> Any:
        """The same in the order of the contracts."""
        return counted.changed(self.tables["contracts"], self.cells)

    def knows(self, rows: pd.DataFrame, *columns: str) -> pd.Series:
        """Row by row: did the source of the row have these columns at all?"""
        return pd.Series(self.knew(rows[KNOWN], *columns), index=rows.index)

    def knew(self, known: Values, *columns: str) -> Bools:
        """The same of the rows' sets of columns."""
        wanted, sets = set(columns), np.asarray(array(known))
        one = sets[:1] if len(sets) and (sets == sets[0]).all() else pd.unique(sets)
        said = {key: wanted <= self.known[key] for key in one.tolist()}
        told = np.full(len(sets), all(said.values()))
        if len(set(said.values())) > 1:
            for key, having in said.items():
                told[sets == key] = having
        return told

    def answerable(self, rows: pd.DataFrame, blank: Mapping[str, Values]) -> tuple[pd.DataFrame, Reasons]:
        """The contracts whose needed cells are filled, and why the others cannot be judged.

        ``blank`` says for each column which rows lack it; a row is counted once, at the first of them.
        """
        left, not_judged = self.answering(rows, blank)
        return rows if left.all() else rows[left], not_judged

    def answering(self, rows: pd.DataFrame | Cells, blank: Mapping[str, Values]) -> tuple[Bools, Reasons]:
        """The same, and which rows they are instead of the rows."""
        not_judged = Reasons()
        left = np.full(rows.rows if isinstance(rows, Cells) else len(rows), fill_value=True)
        for column, lacks in blank.items():
            lacking = left & np.asarray(lacks, dtype=bool)
            if not lacking.any():
                continue
            known, ids = self.knew(rows[KNOWN], column), pd.Series(array(rows["contract_id"]), copy=False)
            for reason, mask in ((NotJudged.NO_COLUMN, lacking & ~known), (NotJudged.BLANK, lacking & known)):
                if mask.any():
                    not_judged.add((reason, ledger.CONTRACTS.by_name[column].heading), ids[mask])
            left &= ~lacking
        return left, not_judged

    def has(self, table: str, *columns: str) -> bool:
        """Did any source of the table have these columns?"""
        rows = self.tables[table]
        return any(set(columns) <= self.known[key] for key in pd.unique(rows[KNOWN].to_numpy()))

    def seen_on(self, as_of: date) -> tuple["Register", date | None]:
        """The register as it was known on a date, and the next date on which that view changes by itself.

        Rows that begin later are not seen; dates that lie later (published_on, approved_on …) are blank.
        """
        tomorrow = (day_number(as_of) + 1) * A_DAY
        tables, later = dict(self.tables), list[int]()
        for name, rows in self.tables.items():
            if not len(rows):
                continue
            first = _FIRST_DATE.get(name)
            if first is not None and (future := (began := seconds(rows[first])) >= tomorrow).any():
                later.append(int(began[future].min()))
                rows = rows[~future]  # noqa: PLW2901  # the rest of what is asked is asked of what has begun
            for column in _HAPPENED.get(name, ()):
                if (future := (happened := seconds(rows[column])) >= tomorrow).any():
                    later.append(int(happened[future].min()))
                    rows = rows.assign(**{column: rows[column].mask(future)})  # noqa: PLW2901
            tables[name] = rows
        seen = replace(self, tables=tables) if later else self
        return seen, day_of(min(later) // A_DAY) if later else None


_FIRST_DATE = {"contracts": "signed_on", "events": "occurred_on", "register_rows": "published_on"}
_HAPPENED = {  # dates of things that happened, as opposed to plans and deadlines
    "contracts": ("cancelled_on",),
    "publications": ("published_on", "withdrawn_on"),
    "subcontracts": ("requested_on", "approved_on", "changed_on", "change_approved_on", "notified_on", "reported_on"),
    "wage_declarations": ("submitted_on", "confirmed_on"),
}


def _bureaus(cells: Cells) -> Lazy:
    """部局, or the part of 担当部署 before its last unit; each distinct department is read once."""
    told = filled(cells["bureau"])
    if told.all():
        return cells.column("bureau")
    codes, departments = cells.codes("department")
    numbers, guessed = distinct([_bureau(name) for name in departments])
    read = spelled(guessed, numbers[codes])
    return given(pd.Series(cells["bureau"]).where(told, read.array).array) if told.any() else read


_LAST_UNIT = re.compile(r"\s*\S+$")
_UNIT = re.compile(r"^.*(?:局|部|本部|センター|区|署|庁)")


@lru_cache(maxsize=65_536)
def _bureau(department: str) -> str:
    unit = _UNIT.match(department)
    return _LAST_UNIT.sub("", department) or (unit[0] if unit else "") or department


def build(
    organization: str,
    name: str,
    rows: Mapping[str, Iterable[Mapping[str, Any]]],
    known: Mapping[int, frozenset[str]],
    renames: vendors.Renames | None = None,
) -> Register:
    """A register from plain rows by table; tables that are not given are empty."""
    tables = {table.name: frame(table, list(rows.get(table.name, ()))) for table in ledger.TABLES.values()}
    return Register(organization, name, tables, {0: frozenset(), **known}, renames or vendors.Renames())
