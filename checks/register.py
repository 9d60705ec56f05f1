"""The register of one organization: the frames that checks judge, columns as in checks/ledger.py with fixed dtypes.

Text is str ("" where blank), yen and counts Int64, dates datetime64[s], yes/no boolean. Whether a column was there at
all is another question than whether its cell is blank: ``Register.knows`` answers it row by row.
"""

from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from checks import ledger, vendors
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
    row = namedtuple("row", shown)  # type: ignore[misc]  # the columns are known only here
    return (row(*values) for values in zip(*(_values(rows[name]) for name in shown), strict=True))


def _values(column: "pd.Series[Any]") -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return [None if value is pd.NaT else value.date() for value in column]
    values: list[Any] = column.tolist()
    return [None if value is pd.NA else value for value in values]


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

    @property
    def contracts(self) -> pd.DataFrame:
        """Contracts that count: neither amendments nor programme totals, and not cancelled."""
        return self._counted

    @cached_property
    def _counted(self) -> pd.DataFrame:
        rows = self.tables["contracts"]
        counts = rows["row_kind"].isin(["", ledger.CONTRACT]) & rows["cancelled_on"].isna()
        rows = rows[counts & ~((rows["row_kind"] == "") & (rows["change_of"] != ""))]
        return rows.assign(bureau=_bureaus(rows)).sort_values(
            ["signed_on", "contract_id"], kind="stable", ignore_index=True
        )

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
        amounts = self.contracts.set_index("contract_id")["amount"].copy()
        rows = self.tables["contracts"]
        changes = rows[(rows["change_of"] != "") & rows["amount_after_change"].notna() & rows["cancelled_on"].isna()]
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
        wanted = set(columns)
        return rows[KNOWN].map({key: wanted <= names for key, names in self.known.items()}).astype(bool)

    def answerable(self, rows: pd.DataFrame, blank: Mapping[str, "pd.Series[bool]"]) -> tuple[pd.DataFrame, Reasons]:
        """The contracts whose needed cells are filled, and why the others cannot be judged.

        ``blank`` says for each column which rows lack it; a row is counted once, at the first of them.
        """
        not_judged = Reasons()
        left = pd.Series(data=True, index=rows.index)
        for column, missing in blank.items():
            known = self.knows(rows, column)
            for reason, mask in ((NotJudged.NO_COLUMN, ~known), (NotJudged.BLANK, known)):
                wanting = left & missing & mask
                if wanting.any():
                    not_judged.add((reason, ledger.CONTRACTS.by_name[column].heading), rows.loc[wanting, "contract_id"])
            left &= ~missing
        return rows[left], not_judged

    def has(self, table: str, *columns: str) -> bool:
        """Did any source of the table have these columns?"""
        rows = self.tables[table]
        return any(set(columns) <= self.known[key] for key in rows[KNOWN].unique())

    def seen_on(self, as_of: date) -> tuple["Register", date | None]:
        """The register as it was known on a date, and the next date on which that view changes by itself.

        Rows that begin later are not seen; dates that lie later (published_on, approved_on …) are blank.
        """
        tables, later = {}, []
        for name, rows in self.tables.items():
            table, moved = ledger.TABLES[name], pd.Timestamp(as_of)
            first = _FIRST_DATE.get(name)
            begun = rows if first is None else rows[~(rows[first] > moved)]
            if first is not None:
                later += list(rows.loc[rows[first] > moved, first])
            blanked = {}
            for column in table.columns:
                if column.name in _HAPPENED.get(name, ()):
                    future = begun[column.name] > moved
                    if future.any():
                        later += list(begun.loc[future, column.name])
                        blanked[column.name] = begun[column.name].mask(future)
            tables[name] = begun.assign(**blanked)
        return replace(self, tables=tables), min(later).date() if later else None


_FIRST_DATE = {"contracts": "signed_on", "events": "occurred_on"}
_HAPPENED = {  # dates of things that happened, as opposed to plans and deadlines
    "contracts": ("cancelled_on",),
    "publications": ("published_on", "withdrawn_on"),
    "subcontracts": ("requested_on", "approved_on", "changed_on", "change_approved_on", "notified_on", "reported_on"),
    "wage_declarations": ("submitted_on", "confirmed_on"),
}


def _bureaus(rows: pd.DataFrame) -> pd.Series:
    """部局, or the part of 担当部署 before its last unit."""
    before = rows["department"].str.replace(r"\s*\S+$", "", regex=True)
    unit = rows["department"].str.extract(r"^(.*(?:局|部|本部|センター|区|署|庁))", expand=False).fillna("")
    guessed = before.where(before != "", unit).where(lambda text: text != "", rows["department"])
    return rows["bureau"].where(rows["bureau"] != "", guessed)


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
