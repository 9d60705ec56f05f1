"""Excel workbooks: cells through calamine; errors, percent formats and formulas without a result from the file itself.

.xlsx and .xlsm are a package of XML (package.py), .xls is a container of records (ole.py); .xlsb and .ods are refused, since
calamine gives their errors as blank cells and nothing else here tells them.
"""

import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from itertools import islice
from pathlib import PurePath
from typing import cast

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from monitor.intake import ole, package
from monitor.intake.archive import Limits, UnsafeError
from monitor.intake.cells import Cell, text
from monitor.intake.ole import Marks, OleError
from monitor.intake.rows import Unreadable
from monitor.intake.sheets import BATCH, Batch, Blob, Merge, Record

_LARGEST = 512 << 20  # bytes of a file, which is held in memory
_UNREADABLE = "Excelのファイルとして読めません（壊れているか、別の形式のファイルです）。"
_SAVE_AS = "（Excelで開き、.xlsxで保存し直してください）。"
_HTML = re.compile(rb"<(?:!doctype html|html|head|body|table|meta)\b|^mime-version:", re.IGNORECASE)
_SPREADSHEET_XML = b"urn:schemas-microsoft-com:office:spreadsheet"
_FEW = 5  # cells that a sentence names


@dataclass(frozen=True)
class ExcelSheet:
    """One sheet of a workbook. ``errors`` are cells (row, column from 1); ``marks`` is asked only where formats matter."""

    source: str
    names: tuple[str, ...]
    hidden: bool
    page: CalamineSheet = field(repr=False)
    errors: Mapping[tuple[int, int], str] = field(repr=False)
    marks: Callable[[], Marks | None] = field(repr=False)
    has_nul: bool = True

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
        for batch in self.batches():
            yield from map(batch.record, range(len(batch.lines)))

    def batches(self) -> Iterator[Batch]:
        """The same rows, many at a time."""
        rows, line = iter(cast("Iterator[list[Cell]]", self.page.iter_rows())), 1
        while some := list(islice(rows, BATCH)):
            if self.has_nul:
                some = [[cell.replace("\0", "") if isinstance(cell, str) else cell for cell in row] for row in some]
            for (at, column), shown in self.errors.items():
                if line <= at < line + len(some) and 0 <= column - self._first_column < len(some[at - line]):
                    some[at - line][column - self._first_column] = shown
            yield Batch(list(range(line, line + len(some))), some)
            line += len(some)

    def lines(self) -> Iterator[tuple[int, str]]:
        """Each row as a line of cells divided by tabs."""
        for record in self.records():
            shown = "\t".join(" ".join(text(cell).split()) for cell in record.cells)
            yield record.line, shown if shown.strip() else ""

    def merged(self) -> Sequence[Merge]:
        """The merged cells that reach over several rows."""
        ranges = self.page.merged_cell_ranges or ()
        left = self._first_column - 1
        return [Merge(top + 1, end + 1, at - left) for (top, at), (end, _) in ranges if end > top and at >= left]

    def is_percent(self, line: int, position: int, /) -> bool | None:
        """Whether the cell's number format shows a percentage; None where that cannot be read."""
        return None if self._marks is None else (line, self._first_column + position) in self._marks.percent

    @cached_property
    def _marks(self) -> Marks | None:
        return self.marks()


def sheets(blob: Blob, limits: Limits) -> Iterator[ExcelSheet | Unreadable]:
    """The worksheets of a workbook that are not empty."""
    with blob.open() as raw:
        data = raw.read(_LARGEST + 1)
    try:
        found = list(_opened(blob, data, limits))
    except UnsafeError as unsafe:
        yield Unreadable(blob.source, str(unsafe))
        return
    except (zipfile.BadZipFile, CalamineError, OleError, NotImplementedError, RuntimeError, EOFError, KeyError):
        yield Unreadable(blob.source, _UNREADABLE)
        return
    except (struct.error, ValueError, OSError):  # what a damaged file says of itself
        yield Unreadable(blob.source, _UNREADABLE)
        return
    if not found:
        yield Unreadable(blob.source, "どのシートも空です。")
    yield from found


def _is_markup(head: bytes) -> bool:
    return bool(_HTML.search(head)) or _SPREADSHEET_XML in head


def _opened(blob: Blob, data: bytes, limits: Limits) -> Iterator[ExcelSheet | Unreadable]:
    """Raises UnsafeError with the reason, or another error where the file is none of Excel's."""
    if not data:
        raise UnsafeError("ファイルが空です。")
    if len(data) > _LARGEST:
        raise UnsafeError(f"ファイルが大きすぎます（上限は{_LARGEST:,}バイトです）。")
    if data.startswith(ole.MAGIC):
        yield from _legacy(blob, data)
    elif _is_markup(data[:4096]):
        raise UnsafeError("中身はExcelのブックではなく、HTMLかXMLの表です" + _SAVE_AS)
    else:
        yield from _package(blob, data, limits)


# --- .xlsx, .xlsm ---------------------------------------------------------------------------------------------------


def _package(blob: Blob, data: bytes, limits: Limits) -> Iterator[ExcelSheet | Unreadable]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        limits.check(archive.infolist())
        names = {name.casefold() for name in archive.namelist()}
        if "xl/workbook.bin" in names:
            raise UnsafeError("Excelバイナリ形式（.xlsb）のブックは読めません" + _SAVE_AS)
        if "content.xml" in names and "mimetype" in names:
            raise UnsafeError("OpenDocument形式（.ods）のブックは読めません（.xlsxで保存し直してください）。")
        looked = package.look(archive)
    used = _pages(data)
    for at, meta, page in used:
        known = looked.pages[at] if at < len(looked.pages) else package.Page()
        sheet = _sheet(blob, meta, page, used, known.errors, _asked(data, meta.name), has_nul=looked.has_nul)
        if known.uncalculated and not sheet.hidden:
            yield Unreadable(sheet.source, _uncalculated(known.uncalculated))
        else:
            yield sheet


def _uncalculated(places: Sequence[str]) -> str:
    more = f"ほか{len(places) - _FEW:,}個" if len(places) > _FEW else ""
    return f"{'、'.join(places[:_FEW])}{more}のセルの数式に計算結果がありません（Excelで開き、上書き保存してから渡してください）。"


def _asked(data: bytes, name: str) -> Callable[[], Marks | None]:
    return lambda: _openpyxl(data, name)


def _openpyxl(data: bytes, name: str) -> Marks | None:
    """The cells formatted as percent, which only openpyxl tells, in ten times the time that calamine takes."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    percent = set[tuple[int, int]]()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations that we do not use
            book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True)
            for row in book[name].iter_rows():
                for cell in row:
                    if cell.value is None or cell.row is None or cell.column is None:
                        continue  # the filler for a cell that is not there has no row
                    if "%" in (cell.number_format or ""):
                        percent.add((cell.row, cell.column))
            book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError, AttributeError):
        return None
    return Marks(frozenset(percent))


# --- .xls -----------------------------------------------------------------------------------------------------------


def _legacy(blob: Blob, data: bytes) -> Iterator[ExcelSheet | Unreadable]:
    streams = ole.streams(data)
    if "EncryptedPackage" in streams:
        raise UnsafeError("パスワード付きのExcelです（パスワードを外して保存し直してください）。")
    workbook = streams.get("Workbook") or streams.get("Book")
    if not workbook:
        raise OleError("no workbook")
    if ole.locked(workbook):
        raise UnsafeError("パスワード付きのExcelです（パスワードを外して保存し直してください）。")
    marks = ole.marks(workbook)
    if marks is None:
        raise UnsafeError("Excel 95以前の形式のブックは読めません" + _SAVE_AS)
    used = _pages(data)
    if used and used[-1][0] >= len(marks):
        raise OleError("a sheet without its place")
    for at, meta, page in used:
        yield _sheet(blob, meta, page, used, marks[at].errors, _known(marks[at]), has_nul=True)


def _known(marks: Marks) -> Callable[[], Marks | None]:
    return lambda: marks


# --- calamine -------------------------------------------------------------------------------------------------------


_Used = tuple[int, SheetMetadata, CalamineSheet]  # its place in the book


def _pages(data: bytes) -> list[_Used]:
    """The worksheets that have a cell."""
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        metas = [(at, meta) for at, meta in enumerate(book.sheets_metadata) if meta.typ is SheetTypeEnum.WorkSheet]
        pages = [(at, meta, book.get_sheet_by_name(meta.name)) for at, meta in metas]
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # Rust's, which is no Exception
            raise
        raise OleError(str(error)) from None
    return [(at, meta, page) for at, meta, page in pages if page.start is not None]


def _sheet(
    blob: Blob,
    meta: SheetMetadata,
    page: CalamineSheet,
    used: Sequence[_Used],
    errors: Mapping[tuple[int, int], str],
    marks: Callable[[], Marks | None],
    *,
    has_nul: bool,
) -> ExcelSheet:
    names = (meta.name, PurePath(blob.name).stem) if len(used) == 1 else (meta.name,)
    hidden = meta.visible is not SheetVisibleEnum.Visible
    return ExcelSheet(f"{blob.source}[{meta.name}]", names, hidden, page, errors, marks, has_nul)
