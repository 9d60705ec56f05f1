"""A mapping: which column of an office's own table is which column of ours. A short TOML that a person can correct.

``keiyaku map`` proposes one (mapping_guess.py, mapping_toml.py); mapping_sheet.py reads a sheet by it. This file knows what
may stand in it, and whether it fits a sheet.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks import ledger
from checks.ledger import JAPANESE, Column, Kind, Table
from monitor.intake import cells
from monitor.intake.headings import heading_key
from monitor.intake.mapping_headings import Headings, candidates
from monitor.intake.rows import CellError
from monitor.intake.sheets import Sheet
from monitor.problems import Problem, nearest

UNITS = {"円": 1, "千円": 1_000, "万円": 10_000, "百万円": 1_000_000}
PAIRS = (
    ("starts_on", "ends_on"),
    ("vendors", "addresses"),
)  # two columns that may stand in one cell: 期間, 名称及び住所


@dataclass(frozen=True)
class TableMapping:
    """What a mapping file says. Headings are compared without width, spaces and case."""

    name: str  # of the file, without .toml
    table: Table
    columns: Mapping[str, str]  # canonical → heading
    sheet: str = ""  # only this one, if it is named
    heading_rows: int = 1
    values: Mapping[str, str] = field(default_factory=dict)  # canonical → what every row has
    units: Mapping[str, int] = field(default_factory=dict)  # canonical → yen of one
    means: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # canonical → heading_key of a cell → our word
    ignore: tuple[str, ...] = ()  # headings whose cells are not kept
    blank: tuple[str, ...] = ()  # cells that say nothing: －
    skip: tuple[str, ...] = ()  # a row that begins so is none: 合計, ※
    number_from: tuple[str, ...] = ()  # the columns that make a contract_id where there is none

    @property
    def layout(self) -> str:
        """What the ledger of imports calls it, in the 32 letters that it has."""
        return f"mapping:{self.name}"[:32]


@dataclass(frozen=True)
class Fit:
    """How a mapping lies on a sheet: its headings, and those of the mapping that are not there."""

    headings: Headings
    missing: tuple[str, ...]


def fit(mapping: TableMapping, sheet: Sheet) -> Fit | None:
    """Where the mapping's headings are, or most of them; None for a sheet that it does not speak of, or that is empty."""
    if mapping.sheet and heading_key(mapping.sheet) not in map(heading_key, sheet.names):
        return None
    wanted, best = list(dict.fromkeys(mapping.columns.values())), None
    for headings in candidates(sheet, mapping.heading_rows):
        there = headings.positions()
        found = Fit(headings, tuple(heading for heading in wanted if heading_key(heading) not in there))
        if best is None or len(found.missing) < len(best.missing):
            best = found
    return best


def load_folder(folder: Path | None) -> tuple[TableMapping, ...]:
    """The mappings of a folder (*.toml), by name. Raises Problem with every error."""
    if folder is None:
        return ()
    if not folder.is_dir():
        raise Problem(f"mappings: there is no folder {folder}")
    loaded, errors = list[TableMapping](), list[str]()
    for path in sorted(folder.glob("*.toml")):
        try:
            loaded.append(load(path))
        except Problem as problem:
            errors += problem.sentences
    if errors:
        raise Problem(*errors)
    return tuple(loaded)


def load(path: Path) -> TableMapping:
    """A mapping from its file. Raises Problem with every error: file, key, what was found, what was expected."""
    try:
        tree = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise Problem(f"{path}: there is no such file; expected a mapping (keiyaku map FILE proposes one)") from None
    except OSError as error:
        raise Problem(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Problem(f"{path}: byte {error.start} is not UTF-8; expected a file saved as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{path}: not readable as TOML: {error}") from None
    reader = _Reader(tree)
    found = reader.mapping(path.stem)
    if reader.errors:
        raise Problem(*(f"{path}: {error}" for error in reader.errors))
    return found


class _Reader:
    """The tree of a TOML file, read key by key; every error is kept."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.tree, self.errors = tree, list[str]()

    def mapping(self, name: str) -> TableMapping:
        """What the tree says; worth nothing if there are errors."""
        known = [key for key in TableMapping.__dataclass_fields__ if key != "name"]
        for key in self.tree:
            if key not in known:
                self.errors.append(f"{key}: unknown key; {_hint(key, known)}")
        table = self._table()
        mapping = TableMapping(
            name,
            table,
            columns=self._columns(table),
            sheet=self._of("sheet", str, "", "a sheet's name in quotes"),
            heading_rows=self._heading_rows(),
            values=self._texts("values", table),
            units=self._units(table),
            means=self._means(table),
            ignore=self._list("ignore"),
            blank=self._list("blank"),
            skip=self._list("skip"),
            number_from=self._number_from(table),
        )
        if not self.errors:
            self._complete(mapping)
        return mapping

    def _table(self) -> Table:
        name = self._of("table", str, ledger.CONTRACTS.name, "a table's name in quotes")
        if name not in ledger.TABLES:
            self.errors.append(f"table: found {name!r}; {_hint(name, ledger.TABLES)}")
        return ledger.TABLES.get(name, ledger.CONTRACTS)

    def _heading_rows(self) -> int:
        rows: int = self._of("heading_rows", int, 1, "1 or 2")
        if rows not in (1, 2):
            self.errors.append(f"heading_rows: found {rows}, expected 1 or 2")
        return rows

    def _columns(self, table: Table) -> dict[str, str]:
        columns, seen = self._texts("columns", table, check=False), dict[str, str]()
        for name, heading in columns.items():
            key = heading_key(heading)
            if not key:
                self.errors.append(f"columns.{name}: found an empty heading, expected one of the file's")
            elif key in seen and (seen[key], name) not in PAIRS and (name, seen[key]) not in PAIRS:
                self.errors.append(f"columns.{name}: {heading!r} is already {seen[key]}; expected each heading once")
            seen[key] = name
        if not columns and "columns" not in "".join(self.errors):
            self.errors.append('columns: is missing; expected lines such as title = "件名"')
        return columns

    def _units(self, table: Table) -> dict[str, int]:
        units = self._texts("units", table, check=False)
        for name, unit in units.items():
            if unit not in UNITS:
                self.errors.append(f"units.{name}: found {unit!r}, expected one of {', '.join(UNITS)}")
            elif table.by_name[name].kind is not Kind.YEN:
                self.errors.append(f"units.{name}: is no column of yen")
        return {name: UNITS.get(unit, 1) for name, unit in units.items()}

    def _means(self, table: Table) -> dict[str, dict[str, str]]:
        means = dict[str, dict[str, str]]()
        for name, words in self._of("means", dict, {}, "a section such as [means.method]").items():
            column = self._known(f"means.{name}", name, table)
            if column is None:
                continue
            if not isinstance(words, dict):
                self.errors.append(f"means.{name}: found {words!r}, expected a section [means.{name}]")
                continue
            means[name] = {}
            for word, meant in words.items():
                if self._fits(f'means.{name}."{word}"', column, meant):
                    means[name][heading_key(word)] = meant
        return means

    def _number_from(self, table: Table) -> tuple[str, ...]:
        names = self._list("number_from")
        for name in names:
            self._known("number_from", name, table)
        if names and (table is not ledger.CONTRACTS or "signed_on" not in names or len(names) < 2):
            self.errors.append(
                'number_from: expected "signed_on" and other columns of contracts, such as ["signed_on", "title", "vendors"]'
            )
        return names

    def _complete(self, mapping: TableMapping) -> None:
        """Whether every required column comes from somewhere, and no column from two places."""
        given = {*mapping.columns, *mapping.values, *(("contract_id",) if mapping.number_from else ())}
        for column in mapping.table.columns:
            if column.required and column.name not in given and column.name != "organization":
                wanted = ' or number_from = ["signed_on", "title", "vendors"]' if column.name == "contract_id" else ""
                self.errors.append(
                    f"columns.{column.name}: is missing; expected the heading of 「{column.heading}」{wanted}"
                )
        for name in mapping.values:
            if name in mapping.columns:
                self.errors.append(f"values.{name}: has a heading in [columns] as well; expected one of them")
        if mapping.number_from and "contract_id" in {*mapping.columns, *mapping.values}:
            self.errors.append("number_from: contract_id is given as well; expected one of them")
        for name in mapping.number_from:
            if name not in mapping.columns:
                self.errors.append(f"number_from: {name} has no heading in [columns]")
        for heading in mapping.ignore:
            if heading_key(heading) in map(heading_key, mapping.columns.values()):
                self.errors.append(f"ignore: {heading!r} stands in [columns] as well; expected one of them")

    # --- kinds of value -------------------------------------------------------------------------------------------

    def _of(self, key: str, kind: type, default: Any, expected: str) -> Any:
        value = self.tree.get(key, default)
        if isinstance(value, kind) and not isinstance(value, bool):
            return value
        self.errors.append(f"{key}: found {value!r}, expected {expected}")
        return default

    def _list(self, key: str) -> tuple[str, ...]:
        found = self._of(key, list, [], 'a list such as ["備考"]')
        for value in found:
            if not isinstance(value, str) or not value.strip():
                self.errors.append(f"{key}: found {value!r}, expected texts in quotes")
        return tuple(value for value in found if isinstance(value, str) and value.strip())

    def _texts(self, key: str, table: Table, *, check: bool = True) -> dict[str, str]:
        """A section whose keys are columns and whose values are texts; of ``values`` such as the column can hold."""
        texts = dict[str, str]()
        for name, value in self._of(key, dict, {}, f"a section [{key}]").items():
            column = self._known(f"{key}.{name}", name, table)
            if column is None:
                continue
            if not isinstance(value, str):
                self.errors.append(f"{key}.{name}: found {value!r}, expected a text in quotes")
            elif not check or self._fits(f"{key}.{name}", column, value):
                texts[name] = value
        return texts

    def _known(self, place: str, name: str, table: Table) -> Column | None:
        column = table.by_name.get(name)
        if column is None:
            japanese = {heading_key(each.heading): each.name for each in table.columns}
            meant = japanese.get(heading_key(name)) or nearest(name, table.by_name)
            told = f"did you mean {meant!r}?" if meant else f"known: {', '.join(table.by_name)}"
            self.errors.append(f"{place}: {table.name} ({JAPANESE[table.name]}) has no column {name!r}; {told}")
        return column

    def _fits(self, place: str, column: Column, value: object) -> bool:
        """Whether the column can hold the text; "" is a blank cell."""
        if not isinstance(value, str):
            self.errors.append(f"{place}: found {value!r}, expected a text in quotes")
            return False
        if value:
            try:
                cells.read(column, value)
            except CellError as reason:
                choices = f"expected one of {', '.join(column.choices)}" if column.choices else str(reason)
                self.errors.append(f"{place}: found {value!r}, {choices}{_meant(value, column.choices)}")
                return False
        return True


def _hint(word: str, known: Iterable[str]) -> str:
    names: Sequence[str] = list(known)
    near = nearest(word, names)
    return f"did you mean {near!r}?" if near else f"known: {', '.join(names)}"


def _meant(word: str, choices: Sequence[str], near: Callable[[str, Iterable[str]], str] = nearest) -> str:
    found = near(word, choices) if choices else ""
    return f" (did you mean {found!r}?)" if found else ""
