"""Excel workbooks: cells through calamine, what calamine does not tell (percent formats, errors) through openpyxl."""

import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import PurePath

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from monitor.intake.archive import Limits, UnsafeError
from monitor.intake.cells import Cell, text
from monitor.intake.rows import Unreadable
from monitor.intake.sheets import Batch, Blob, Record, batches

_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"  # the container of .xls, and of .xlsx with a password
_WORKSHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_ERROR_CELL = b' t="e"'


@dataclass(frozen=True)
class Marks:
    """What openpyxl tells of a sheet: the cells (row, column from 1) formatted as percent, and those with an error."""

    percent: frozenset[tuple[int, int]] = frozenset()
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True)
class ExcelSheet:
    """One sheet of a workbook."""

    source: str
    names: tuple[str, ...]
    hidden: bool
    data: bytes = field(repr=False)
    page: CalamineSheet = field(repr=False)
    has_errors: bool = False

    @property
    def total(self) -> int | None:
        """Rows down to the last that is used."""
        return self.page.end[0] + 1 if self.page.end else 0

    @property
    def _first_column(self) -> int:
        """Of the used area, from 1."""
        return self.page.start[1] + 1 if self.page.start else 1

    def records(self) -> Iterator[Record]:
        """All rows from the sheet's first; #N/A and the like as text, which calamine would give as blank."""
        errors = self._marks.errors if self.has_errors and self._marks else {}
        for line, row in enumerate(self.page.iter_rows(), 1):
            cells: list[Cell] = [cell.replace("\0", "") if isinstance(cell, str) else cell for cell in row]
            for position in range(len(cells)) if errors else ():
                if (line, self._first_column + position) in errors:
                    cells[position] = errors[line, self._first_column + position]
            yield Record(line, cells)

    def batches(self) -> Iterator[Batch]:
        """The same rows, many at a time."""
        yield from batches(self.records())

    def lines(self) -> Iterator[tuple[int, str]]:
        """Each row as a line of cells divided by tabs."""
        for record in self.records():
            shown = "\t".join(" ".join(text(cell).split()) for cell in record.cells)
            yield record.line, shown if shown.strip() else ""

    def is_percent(self, line: int, position: int, /) -> bool | None:
        """Whether the cell's number format shows a percentage; None where openpyxl cannot read the workbook."""
        return None if self._marks is None else (line, self._first_column + position) in self._marks.percent

    @cached_property
    def _marks(self) -> Marks | None:
        """Read once, and only when asked: openpyxl takes ten times as long as calamine."""
        percent, errors = set[tuple[int, int]](), dict[tuple[int, int], str]()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about styles and validations that we do not use
                book = openpyxl.load_workbook(BytesIO(self.data), read_only=True, data_only=True)
                for row in book[self.page.name].iter_rows():
                    for cell in row:
                        if cell.value is None or cell.row is None or cell.column is None:
                            continue  # the filler for a cell that is not there has no row
                        if cell.data_type == "e":
                            errors[cell.row, cell.column] = str(cell.value)
                        elif "%" in (cell.number_format or ""):
                            percent.add((cell.row, cell.column))
                book.close()
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError):
            return None
        return Marks(frozenset(percent), errors)


def sheets(blob: Blob, limits: Limits) -> Iterator[ExcelSheet | Unreadable]:
    """The worksheets of a workbook that are not empty."""
    with blob.open() as raw:
        data = raw.read()
    reason, has_errors = "", False
    if not data:
        reason = "ファイルが空です。"
    elif data.startswith(_OLD_OR_LOCKED):
        reason = "パスワード付きか古い形式のExcelです（パスワードを外し、.xlsxで保存してください）。"
    else:
        try:
            with zipfile.ZipFile(BytesIO(data)) as archive:
                limits.check(archive.infolist())
                pages = [info for info in archive.infolist() if _WORKSHEET.fullmatch(info.filename)]
                has_errors = any(_ERROR_CELL in archive.read(info) for info in pages)
            found = list(_pages(blob, data, has_errors))
        except UnsafeError as unsafe:
            reason = str(unsafe)
        except (zipfile.BadZipFile, CalamineError, NotImplementedError, RuntimeError, EOFError):
            reason = "Excelのファイルとして読めません（壊れているか、別の形式のファイルです）。"
    if reason:
        yield Unreadable(blob.source, reason)
    elif not found:
        yield Unreadable(blob.source, "どのシートも空です。")
    else:
        yield from found


def _pages(blob: Blob, data: bytes, has_errors: bool) -> Iterator[ExcelSheet]:  # noqa: FBT001
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    pages = [
        (meta, book.get_sheet_by_name(meta.name))
        for meta in book.sheets_metadata
        if meta.typ is SheetTypeEnum.WorkSheet
    ]
    used = [(meta, page) for meta, page in pages if page.start is not None]
    for meta, page in used:
        names = (meta.name, PurePath(blob.name).stem) if len(used) == 1 else (meta.name,)
        hidden = meta.visible is not SheetVisibleEnum.Visible
        yield ExcelSheet(f"{blob.source}[{meta.name}]", names, hidden, data, page, has_errors)
