"""A path → its sheets: a folder, a zip, a workbook, a text file. What cannot be opened is said in one sentence."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePath

from monitor.intake import archive, text
from monitor.intake.archive import Limits
from monitor.intake.rows import Unreadable, quote
from monitor.intake.sheets import Blob, Sheet

_TEXT = (".csv", ".tsv", ".txt")
_EXCEL = (".xlsx", ".xlsm")
_OTHER_SHEETS = (".xls", ".xlsb", ".ods")  # a ledger may well be in these, so they are never passed over in silence
_NONE_THERE = "読めるファイル（csv、tsv、txt、xlsx、xlsm）がありません。"


def sheets(path: Path, *, limits: Limits | None = None) -> Iterator[Sheet | Unreadable]:
    """All sheets under a path, in the order of their names. A folder is not searched deeper."""
    limits = limits or Limits()
    try:
        if path.is_dir():
            yield from _folder(path, limits)
        elif not path.exists():
            yield Unreadable(path.name, f"ファイルが見つかりません: {path}")
        elif path.suffix.casefold() == ".zip":
            yield from _zip(path, limits)
        else:
            yield from _file(Blob(path.name, path.name, lambda: path.open("rb")), limits)
    except OSError as error:
        yield Unreadable(path.name, f"ファイルを開けません: {path}（{error.strerror or error}）")


def _folder(path: Path, limits: Limits) -> Iterator[Sheet | Unreadable]:
    names = sorted(child for child in path.iterdir() if child.is_file() and not child.name.startswith((".", "~$")))
    found = [child for child in names if child.suffix.casefold() in _TEXT + _EXCEL + _OTHER_SHEETS]
    if not found:
        yield Unreadable(path.name, _NONE_THERE)
    for child in found:
        yield from sheets(child, limits=limits)


def _zip(path: Path, limits: Limits) -> Iterator[Sheet | Unreadable]:
    found = False
    for blob in archive.blobs(path, limits):
        if isinstance(blob, Unreadable):
            found = True
            yield blob
        elif PurePath(blob.name).suffix.casefold() in _TEXT + _EXCEL + _OTHER_SHEETS:
            found = True
            yield from _file(blob, limits)
    if not found:
        yield Unreadable(path.name, _NONE_THERE)


def _file(blob: Blob, limits: Limits) -> Iterator[Sheet | Unreadable]:
    suffix = PurePath(blob.name).suffix.casefold()
    try:
        if suffix in _TEXT:
            yield text.sheet(blob)
        elif suffix in _EXCEL:
            from monitor.intake import excel  # openpyxl, which text does not need

            yield from excel.sheets(blob, limits)
        else:
            yield Unreadable(
                blob.source,
                f"{quote(suffix or blob.name)}の形式は読めません（csv、tsv、txt、xlsx、xlsm、zipで渡してください）。",
            )
    except (zipfile.BadZipFile, zlib.error, EOFError):
        yield Unreadable(blob.source, "zipの中のデータが壊れています。")
