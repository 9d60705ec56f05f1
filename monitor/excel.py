"""Workbooks as files: text is text, whatever it looks like, and the same cells give the same bytes."""

import re
import shutil
import tempfile
import zipfile
from datetime import date, datetime, time
from typing import IO, Final

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.writer.excel import ExcelWriter

from monitor.spreadsheet import cleaned, runs

_ESCAPE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # Excel would read _x0041_ as A
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # no member of the archive has a time of day


def put(cell: Cell, text: str) -> Cell:
    """Text as text, also when Excel edits it."""
    shown = cleaned(text)
    cell.value = _ESCAPE.sub("_x005F_", shown)
    cell.data_type = "s"
    cell.quotePrefix = runs(shown)
    return cell


def save(book: Workbook, target: IO[bytes], title: str, as_of: date) -> None:
    """Write a workbook as of a date; its parts go through temporary files, not through memory."""
    properties, moment = book.properties, datetime.combine(as_of, time())
    properties.creator = properties.lastModifiedBy = "keiyaku-monitor"
    properties.title, properties.created, properties.modified = cleaned(title, 250), moment, moment
    with tempfile.TemporaryFile() as raw:
        with zipfile.ZipFile(raw, "w") as archive:
            ExcelWriter(book, archive).save()
        with zipfile.ZipFile(raw) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
            for name in before.namelist():
                member = zipfile.ZipInfo(name, _EPOCH)
                member.create_system, member.compress_type = 0, zipfile.ZIP_DEFLATED
                with (
                    before.open(name) as part,
                    after.open(member, "w", force_zip64=before.getinfo(name).file_size >> 31 > 0) as packed,
                ):
                    shutil.copyfileobj(part, packed, 1 << 20)
