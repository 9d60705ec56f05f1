"""The register of one organization: the frames that checks judge, columns as in checks/ledger.py with fixed dtypes.

Text is str ("" where blank), yen and counts Int64, dates datetime64[s], yes/no boolean. Whether a column was there at
all is another question than whether its cell is blank: ``Register.knows`` answers it row by row.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from checks import ledger, vendors
from checks.columns import NO_DAY, Bools, Ints, among, coded, days, filled, framed, texts
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
    return (row(*values) for values in zip(*(_values(rows[name]) for name in shown), strict=True))


def picked(rows: pd.DataFrame, places: Ints, names: Sequence[str]) -> Iterator[Any]:
    """Some rows and columns in this way, in the order of the places: a frame of them would cost more than they do."""
    row = _row(tuple(names))
    return (row(*values) for values in zip(*(_values(rows[name], places) for name in names), strict=True))


@lru_cache(maxsize=256)
def _row(shown: tuple[str, ...]) -> Any:
    """The class of such rows: making one costs more than a thousand rows of it."""
    return namedtuple("row", shown)  # the columns are known only here


def _values(column: "pd.Series[Any]", places: Ints | None = None) -> list[Any]:
    held: Any = column.array if places is None else column.array.take(places)
    if held.dtype.kind == "M":
        return list(np.asarray(held).astype("datetime64[D]").astype(object))  # NaT becomes None
    if held.dtype == "str":  # blank text is "", never NA; Arrow's own way is the fast one
        texts: list[Any] = pa.array(held).to_pylist()
        return texts
    # numpy's own way gives plain bool and int
    values = held.to_numpy() if isinstance(held, pd.arrays.NumpyExtensionArray) else held
    return [None if value is pd.NA else value for value in values.tolist()]


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

    @property
    def contracts(self) -> pd.DataFrame:
        """Contracts that count: neither amendments nor programme totals, and not cancelled; in order of date and id."""
        return self._counted

    @cached_property
    def _counted(self) -> pd.DataFrame:
        rows = self.tables["contracts"]
        blank = ~filled(rows["row_kind"])
        counts = (blank | among(rows["row_kind"], [ledger.CONTRACT])) & rows["cancelled_on"].isna().to_numpy()
        counts &= ~(blank & filled(rows["change_of"]))
        order = _by_date(rows, np.flatnonzero(counts))
        in_order = len(order) == len(rows) and bool((np.diff(order) > 0).all())
        held: dict[str, Any] = {str(name): cells.array for name, cells in rows.items()}
        if not in_order:
            held = {name: _taken(values, order) for name, values in held.items()}
        held["bureau"] = _bureaus(held["bureau"], held["department"])
        return framed(held)

    @cached_property
    def vendors(self) -> pd.DataFrame:
        """One row per contract and vendor (checks/vendors.py)."""
        return vendors.explode(self.contracts, self.renames)

    @cached_property
    def vendor_names(self) -> Mapping[str, str]:
        """identity → the name to print."""
        return vendors.shown(self.vendors)

    @cached_property
    def amounts(self) -> pd.Series:
        """契約金額 as changed, yen, by contract_id: the last amendment's new total, else the contract's own."""
        counted, rows = self.contracts, self.tables["contracts"]
        amounts = pd.Series(counted["amount"].array.copy(), index=pd.Index(counted["contract_id"]), name="amount")
        changed = filled(rows["change_of"]) & (rows["amount_after_change"].notna() & rows["cancelled_on"].isna())
        if not changed.any():
            return amounts
        changes = rows.loc[changed, ["signed_on", "contract_id", "change_of", "amount_after_change"]]
        last = (
            changes.sort_values(["signed_on", "contract_id"], kind="stable")
            .groupby("change_of")["amount_after_change"]
            .last()
        )
        known = last.index.intersection(amounts.index)
        amounts.loc[known] = last.loc[known]
        return amounts

    def knows(self, rows: pd.DataFrame, *columns: str) -> pd.Series:
        """Row by row: did the source of the row have these columns at all?"""
        wanted, sets = set(columns), rows[KNOWN].to_numpy()
        said = {key: wanted <= self.known[key] for key in pd.unique(sets)}
        known = np.full(len(rows), all(said.values()))
        if len(set(said.values())) > 1:
            for key, having in said.items():
                known[sets == key] = having
        return pd.Series(known, index=rows.index)

    def answerable(
        self, rows: pd.DataFrame, blank: "Mapping[str, pd.Series[bool] | Bools]"
    ) -> tuple[pd.DataFrame, Reasons]:
        """The contracts whose needed cells are filled, and why the others cannot be judged.

        ``blank`` says for each column which rows lack it; a row is counted once, at the first of them.
        """
        left, not_judged = self.answering(rows, blank)
        return rows if left.all() else rows[left], not_judged

    def answering(self, rows: pd.DataFrame, blank: "Mapping[str, pd.Series[bool] | Bools]") -> tuple[Bools, Reasons]:
        """The same, and which rows they are instead of the rows."""
        not_judged = Reasons()
        left = np.full(len(rows), fill_value=True)
        for column, missing in blank.items():
            lacking = left & np.asarray(missing, dtype=bool)
            if not lacking.any():
                continue
            known = self.knows(rows, column).to_numpy()
            for reason, mask in ((NotJudged.NO_COLUMN, ~known), (NotJudged.BLANK, known)):
                if (lacking & mask).any():
                    heading = ledger.CONTRACTS.by_name[column].heading
                    not_judged.add((reason, heading), rows["contract_id"][lacking & mask])
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
        today = (as_of - date(1970, 1, 1)).days
        tables, later = dict(self.tables), list[int]()
        for name, rows in self.tables.items():
            first = _FIRST_DATE.get(name)
            if first is not None and (future := (began := days(rows[first])) > today).any():
                later.append(int(began[future].min()))
                rows = rows[~future]  # noqa: PLW2901  # the rest of what is asked is asked of what has begun
            for column in _HAPPENED.get(name, ()):
                if (future := (happened := days(rows[column])) > today).any():
                    later.append(int(happened[future].min()))
                    rows = rows.assign(**{column: rows[column].mask(future)})  # noqa: PLW2901
            tables[name] = rows
        seen = replace(self, tables=tables) if later else self
        return seen, date(1970, 1, 1) + timedelta(days=min(later)) if later else None


_FIRST_DATE = {"contracts": "signed_on", "events": "occurred_on", "register_rows": "published_on"}
_HAPPENED = {  # dates of things that happened, as opposed to plans and deadlines
    "contracts": ("cancelled_on",),
    "publications": ("published_on", "withdrawn_on"),
    "subcontracts": ("requested_on", "approved_on", "changed_on", "change_approved_on", "notified_on", "reported_on"),
    "wage_declarations": ("submitted_on", "confirmed_on"),
}


def _by_date(rows: pd.DataFrame, places: Ints) -> Ints:
    """These places of the frame in order of 契約締結日 (blank last) and 契約番号."""
    signed = days(rows["signed_on"])[places]
    signed[signed == NO_DAY] = np.iinfo(np.int64).max
    ids = pa.array(rows["contract_id"].array)
    if pc.all(pc.less_equal(ids[:-1], ids[1:])).as_py() is not False:  # as the store gives them: sorted by id already
        return places[np.argsort(signed, kind="stable")]
    table = pa.table({"signed": signed, "id": ids.take(pa.array(places))})
    order: Ints = pc.sort_indices(table, sort_keys=[("signed", "ascending"), ("id", "ascending")]).to_numpy()
    return places[order]


def _taken(values: Any, order: Ints) -> Any:
    """These cells of a column. Most columns of a ledger are blank throughout: any cells of such a one are the first ones."""
    if len(order) <= len(values) and _blank(values):
        return values[: len(order)]
    return values.take(order)


def _blank(values: Any) -> bool:
    if values.dtype == "str":  # no letters are kept at all
        chunks = pa.chunked_array(pa.array(values)).chunks
        return all(chunk.null_count == 0 and not (chunk.buffers()[2] or b"") for chunk in chunks)
    return bool(values.isna().all())


def _bureaus(bureaus: Any, departments: Any) -> Any:
    """部局, or the part of 担当部署 before its last unit; each distinct department is read once."""
    given = np.asarray(bureaus != "", dtype=bool)
    if given.all():
        return bureaus
    codes, distinct = coded(pd.Series(departments))
    guessed = texts([_bureau(name) for name in distinct], codes)
    return pd.Series(bureaus).where(given, guessed).array if given.any() else guessed


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
