"""The headings of the interchange format, version 1: a sheet is a table by its name or by its headings, in either language."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from checks import ledger, words
from checks.ledger import Column, Table
from monitor.intake.cells import text
from monitor.intake.rows import quote
from monitor.intake.sheets import Record, Sheet

_BY_NAME = {**ledger.TABLES} | {japanese: ledger.TABLES[name] for name, japanese in ledger.JAPANESE.items()}
_REGISTER = frozenset({"register", ledger.REGISTER_ROWS.by_name["register"].heading})
_SEARCHED = 10  # rows among which headings are looked for below titles
_FEWEST = 3  # headings that must be known before a sheet is taken for a table that lacks a required one


@dataclass(frozen=True)
class Layout:
    """Which column of the table lies where in the sheet."""

    table: Table
    headings: tuple[str, ...]
    columns: tuple[tuple[int, Column], ...]
    unknown: tuple[tuple[int, str], ...]  # a column without a heading is 5列目
    filled: frozenset[str]  # columns that the sheet lacks and the format or the caller fills

    @property
    def names(self) -> frozenset[str]:
        """The canonical columns that every row has."""
        return frozenset(column.name for _, column in self.columns) | self.filled


def is_complete(sheet: Sheet) -> bool:
    """Whether the headings have all that a table requires."""
    first = heading_row(sheet)
    keys = [heading_key(text(cell)) for cell in first.cells] if first else []
    return any(_fit(table, keys)[0] for table in ledger.TABLES.values())


def heading_row(sheet: Sheet) -> Record | None:
    """The first row that is not blank; or, below titles, one that has all headings that a table needs and no other."""
    first, most = None, 0
    for record in islice((one for one in sheet.records() if one.broken or not one.blank), _SEARCHED):
        if record.broken:  # no title: whatever it is must be told
            return first or record
        keys = [key for cell in record.cells if (key := heading_key(text(cell)))]
        if 2 * most < len(keys) and _is_ours(keys):
            return record
        first, most = first or record, max(most, len(keys))
    return first


def _is_ours(keys: Sequence[str]) -> bool:
    return len(keys) >= _FEWEST and any(
        complete and known == len(keys) for complete, known in (_fit(one, keys) for one in ledger.TABLES.values())
    )


def unrecognised(headings: Sequence[str]) -> str:
    """Why no table was found: the headings that are there, and those that would do."""
    seen = "".join(quote(heading, 20) for heading in islice((h for h in headings if h.strip()), 8))
    wanted = "、".join(column.heading for column in ledger.CONTRACTS.columns if column.required)
    return f"どの表か分かりません（見つかった見出し: {seen or 'なし'}。契約の表なら少なくとも {wanted} が必要です）。"


def heading_key(heading: str) -> str:
    """A heading for comparing: width, spaces and case do not count."""
    return re.sub(r"\s", "", words.narrow(heading)).casefold()


@cache
def _known(table: str) -> Mapping[str, Column]:
    columns = ledger.TABLES[table].columns
    return {heading_key(name): column for column in columns for name in (column.name, column.heading, *column.also)}


def table_of(sheet: Sheet, headings: Sequence[str]) -> Table | None:
    """By name, else the table whose headings fit best."""
    for name in sheet.names:
        if (named := _BY_NAME.get(heading_key(name))) is not None:
            return named
    keys = [heading_key(heading) for heading in headings if heading.strip()]
    # what a register lists are contracts: only the register's own name tells that a table is of registers
    tables = [one for one in ledger.TABLES.values() if one is not ledger.REGISTER_ROWS or _REGISTER & set(keys)]
    best, table = max(((_fit(table, keys), table) for table in tables), key=lambda pair: pair[0])
    complete, known = best
    return table if complete or (known >= _FEWEST and 2 * known >= len(keys)) else None


def _fit(table: Table, keys: Sequence[str]) -> tuple[bool, int]:
    """(all required columns are there, how many columns are known); the organization may be given by the caller."""
    known = _known(table.name)
    names = {known[key].name for key in keys if key in known}
    required = {column.name for column in table.columns if column.required}
    if table is not ledger.ORGANIZATIONS:
        required.discard("organization")
    return required <= names, len(names)


def layout_of(table: Table, headings: Sequence[str], organization: str | None) -> tuple[str, Layout | None]:
    """(why not, None) or ("", the layout)."""
    known, columns, unknown, seen = (
        _known(table.name),
        list[tuple[int, Column]](),
        list[tuple[int, str]](),
        dict[str, str](),
    )
    for position, heading in enumerate(headings):
        if not heading.strip():
            unknown.append((position, f"{position + 1}列目"))
            continue
        column = known.get(heading_key(heading))
        name = column.name if column else heading_key(heading)
        if name in seen:
            again = "" if seen[name] == heading else f"と{quote(heading)}"
            return f"同じ列の見出しが二つあります（{quote(seen[name])}{again}）。", None
        seen[name] = heading
        if column:
            columns.append((position, column))
        else:
            unknown.append((position, heading))
    filled = _filled(table, seen, organization)
    missing = [column for column in table.columns if column.required and column.name not in seen.keys() | filled]
    if missing:
        told = "、".join(f"「{column.heading}」（{column.name}）" for column in missing)
        return f"{ledger.JAPANESE[table.name]}の表に必要な見出し{told}がありません。", None
    return "", Layout(table, tuple(headings), tuple(columns), tuple(unknown), filled)


def _filled(table: Table, seen: Mapping[str, str], organization: str | None) -> frozenset[str]:
    filled = set()
    if organization and table.by_organization:
        filled.add("organization")
    if table is ledger.PUBLICATIONS:
        filled.add("medium")
    if table is ledger.REGISTER_ROWS:
        filled.add("register")
    if table is ledger.CONTRACTS and "change_of" in seen:
        filled.add("row_kind")
    return frozenset(filled - seen.keys())
