"""A path → its sheets: a folder, a zip, a workbook, a text file. What cannot be opened is said in one sentence.

Whether a file is a workbook or text its first bytes say, not its name: systems export CSV, and pages of HTML, as .xls.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path, PurePath

from monitor.intake import archive, text
from monitor.intake.archive import Limits
from monitor.intake.rows import Unreadable, quote
from monitor.intake.sheets import Blob, Sheet

_TEXT = (".csv", ".tsv", ".txt")
_EXCEL = (".xlsx", ".xlsm", ".xls")
_OTHER_SHEETS = (
    ".xlsb",
    ".ods",
    ".xlt",
    ".xltx",
)  # a ledger may well be in these: they are never passed over in silence
_ZIP = ".zip"
_NONE_THERE = "読めるファイル（csv、tsv、txt、xlsx、xlsm、xls、zip）がありません。"
_LINK = "シンボリックリンクのため読みません（ファイルそのものを置いてください）。"


_CONTAINERS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # of .xlsx and .xls
_MARKUP = re.compile(rb"\s*(?:<|mime-version:)", re.IGNORECASE)
_HEAD = 4096


def is_workbook(head: bytes) -> bool:
    """Whether the first bytes are those of a container of Excel."""
    return head.startswith(_CONTAINERS)


def is_text(head: bytes) -> bool:
    """Whether what bears the name of a workbook may be CSV: no container, no markup, and divided into cells."""
    line = head.removeprefix(codecs.BOM_UTF8).split(b"\n", 1)[0]
    return not is_workbook(head) and not _MARKUP.match(line) and (b"," in line or b"\t" in line)


def sheets(path: Path, *, limits: Limits | None = None) -> Iterator[Sheet | Unreadable]:
    """All sheets under a path, in the order of their names. A folder is not searched deeper."""
    limits = limits or Limits()
    try:
        if path.is_dir():
            yield from _folder(path, limits)
        elif not path.exists():
            yield Unreadable(path.name, f"ファイルが見つかりません: {path}")
        elif not path.is_file():
            yield Unreadable(path.name, "ふつうのファイルではありません。")
        elif path.suffix.casefold() == _ZIP:
            yield from _zip(path, limits)
        else:
            yield from _file(Blob(path.name, path.name, lambda: path.open("rb")), limits)
    except OSError as error:
        yield Unreadable(path.name, f"ファイルを開けません: {path}（{error.strerror or error}）")


def _folder(path: Path, limits: Limits) -> Iterator[Sheet | Unreadable]:
    names = sorted(child for child in path.iterdir() if child.is_file() and not child.name.startswith((".", "~$")))
    found = [child for child in names if child.suffix.casefold() in (*_TEXT, *_EXCEL, *_OTHER_SHEETS, _ZIP)]
    if not found:
        yield Unreadable(path.name, _NONE_THERE)
    for child in found:
        if child.is_symlink() and child.resolve().parent != path.resolve():
            yield Unreadable(child.name, _LINK)
        else:
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
        elif PurePath(blob.name).suffix.casefold() == _ZIP:
            found = True
            yield Unreadable(blob.source, "zipの中のzipは読みません（展開してから渡してください）。")
    if not found:
        yield Unreadable(path.name, _NONE_THERE)


def _file(blob: Blob, limits: Limits) -> Iterator[Sheet | Unreadable]:
    suffix = PurePath(blob.name).suffix.casefold()
    try:
        with blob.open() as raw:
            head = raw.read(_HEAD)
        if suffix not in _TEXT + _EXCEL:
            yield Unreadable(
                blob.source,
                f"{quote(suffix or blob.name)}の形式は読めません（csv、tsv、txt、xlsx、xlsm、xls、zipで渡してください）。",
            )
        elif is_text(head) if suffix in _EXCEL else not is_workbook(head):
            yield text.sheet(blob)
        else:
            from monitor.intake import excel  # calamine, which text does not need

            yield from excel.sheets(blob, limits)
    except archive.DAMAGED:
        yield Unreadable(blob.source, "zipの中のデータが壊れています。")
