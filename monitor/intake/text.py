"""CSV and tab-separated text: which encoding, which separator, which lines belong to one row.

Files are read as a stream: memory stays flat however long they are.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import PurePath
from typing import TYPE_CHECKING, cast

from monitor.intake.cells import Cell
from monitor.intake.rows import Unreadable
from monitor.intake.sheets import BATCH, Batch, Blob, Record

if TYPE_CHECKING:
    import _csv

_CHUNK = 1 << 20
_BLOCK = 1000  # lines that are read ahead
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST = 4 << 20  # bytes of a line: a line is held in memory
_WIDEST = 16_384  # cells of a row, as in Excel
_THREE_BYTES = re.compile(rb"[\xe2-\xe9\xef][\x80-\xbf]{2}")  # Japanese in UTF-8
_CERTAIN = 3  # so many in a line that is UTF-8 as a whole: in CP932 that would be rare kanji and half-width kana alone
_NOT_A_CHARACTER = re.compile("[\x80\uf8f0-\uf8f3]")  # bytes that CP932 does not use; Python decodes them all the same


class NotTextError(ValueError):
    """Why the bytes are no text that we read, one Japanese sentence."""


@dataclass(frozen=True)
class TextSheet:
    """A text file as a sheet."""

    blob: Blob
    encoding: str
    total: int | None
    hidden: bool = False

    @property
    def source(self) -> str:
        """The file's name."""
        return self.blob.source

    @property
    def names(self) -> tuple[str, ...]:
        """The file's stem."""
        return (PurePath(self.blob.name).stem,)

    def lines(self) -> Iterator[tuple[int, str]]:
        """Physical lines without their ends."""
        for number, line in enumerate(self._text(), 1):
            yield number, line.rstrip("\r\n")

    def records(self) -> Iterator[Record]:
        """Rows of CSV; tab-separated where the first line has a tab."""
        for batch in self.batches():
            yield from map(batch.record, range(len(batch.lines)))

    def batches(self) -> Iterator[Batch]:
        """The same rows, many at a time."""
        first = next((line for _, line in self.lines() if line.strip()), "")
        with self.blob.open() as raw, TextIOWrapper(raw, self.encoding, newline="") as file:
            yield from batches(file, "\t" if "\t" in first else ",")

    def is_percent(self, _line: int, _position: int, /) -> bool | None:
        """Text has no formats."""
        return False

    def _text(self) -> Iterator[str]:
        with self.blob.open() as raw, TextIOWrapper(raw, self.encoding, newline="") as file:
            yield from file


def sheet(blob: Blob) -> TextSheet | Unreadable:
    """The file as a sheet, if its bytes are text."""
    try:
        encoding, breaks = survey(blob)
    except NotTextError as reason:
        return Unreadable(blob.source, str(reason))
    return TextSheet(blob, encoding, breaks)


# --- encoding -----------------------------------------------------------------------------------------------------


def survey(blob: Blob) -> tuple[str, int]:
    """(encoding, number of lines) after looking at every byte; NotTextError.

    UTF-16 with its mark (Excel's "Unicode text"), UTF-8 with or without, else CP932.
    """
    breaks, first, last, run = 0, b"", b"", 0
    for chunk in _chunks(blob):
        first = first or chunk[:4]
        wide = first[:2] in _UTF16
        if b"\0" in chunk and not wide:
            raise NotTextError("文字のファイルではありません（バイナリのデータです）。")
        breaks += chunk.count(b"\n") or chunk.count(b"\r")
        last = chunk[-1:]
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        run = run + len(chunk) if end < 0 else len(chunk) - end
        if run > _LONGEST:
            raise NotTextError(f"{_LONGEST:,}バイトを超える行があります（改行のないデータのようです）。")
    if not first:
        raise NotTextError("ファイルが空です。")
    lines = breaks + (last not in (b"\n", b"\r"))
    if first[:2] in _UTF16:
        return _utf16(blob), lines
    broken = _undecodable(blob, "utf-8-sig")
    if broken is None:
        return "utf-8-sig", lines
    if first.startswith(codecs.BOM_UTF8) or _mostly_utf8(blob):
        raise NotTextError(
            f"UTF-8のファイルですが、{broken}行目に壊れた文字があります（他の文字コードの行が混じっていませんか）。"
        )
    if _undecodable(blob, "euc_jp") is not None and _undecodable(blob, "cp932") is None:
        if (other := _utf8_among(blob)) is not None:
            raise NotTextError(
                f"Shift_JIS（CP932）のファイルですが、{other}行目はUTF-8です（一つの文字コードで保存し直してください）。"
            )
        return "cp932", lines
    raise NotTextError("文字コードを判別できません（UTF-8かShift_JIS（CP932）で保存してください）。")


def _utf16(blob: Blob) -> str:
    if _undecodable(blob, "utf-16") is not None:
        raise NotTextError("UTF-16のファイルですが、壊れた文字があります。")
    return "utf-16"


def _chunks(blob: Blob) -> Iterator[bytes]:
    with blob.open() as raw:
        while chunk := raw.read(_CHUNK):
            yield chunk


def _undecodable(blob: Blob, encoding: str) -> int | None:
    """The line of the first byte that the encoding does not have; None if there is none."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    try:
        for chunk in _chunks(blob):
            text = decoder.decode(chunk)
            if (encoding == "cp932" and _NOT_A_CHARACTER.search(text)) or "\0" in text:
                return line
            line += text.count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return line + error.object[: error.start].count(b"\n")
    return None


def _utf8_among(blob: Blob) -> int | None:
    """The first line of a CP932 file that is UTF-8: CP932 would make other letters of it, and seldom refuse."""
    with blob.open() as raw:
        for number, line in enumerate(raw, 1):
            if len(_THREE_BYTES.findall(line)) >= _CERTAIN and _is_utf8(line):
                return number
    return None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(blob: Blob) -> bool:
    """A few broken bytes in UTF-8 are no CP932: their count is small beside the characters that are whole."""
    whole = broken = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for chunk in _chunks(blob):
        text = decoder.decode(chunk)
        bad = text.count("\ufffd")
        broken, whole = broken + bad, whole + len(text) - len(text.encode("ascii", "ignore")) - bad
    return whole > 10 * broken


# --- rows ---------------------------------------------------------------------------------------------------------


class _Feed:
    """Physical lines for the csv module, which can take back all but the first of a row that it broke on.

    The module takes them from lists, without a call for each line; the lines since the row at hand began are kept.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._kept: list[str] = []
        self._first = 1  # the number of the first line that is kept
        self.line = 1  # where the row at hand begins

    def blocks(self) -> Iterator[list[str]]:
        """The lines from the row at hand on."""
        if self._kept:
            yield self._kept
        while block := list(islice(self._lines, _BLOCK)):
            self._kept = self._kept[self.line - self._first :] + block
            self._first = self.line
            yield block

    def give_back(self) -> str:
        """Only the first line is lost to the broken row; the others are read again."""
        first, *self._kept = self._kept[self.line - self._first :]
        self.line += 1
        self._first = self.line
        return first


def batches(lines: Iterator[str], separator: str) -> Iterator[Batch]:
    """Rows of CSV. A line whose quotes do not close is a broken record of its own; what follows is read on."""
    feed, batch, ended = _Feed(lines), Batch(), False
    while not ended:
        reader = csv.reader(chain.from_iterable(feed.blocks()), delimiter=separator, strict=True)
        before = feed.line
        try:
            while True:
                _fill(batch, feed, reader, before)
                if len(batch.lines) < BATCH:
                    break
                yield batch
                batch = Batch()
            ended = True
        except csv.Error as error:
            batch.broken[len(batch.lines)] = _reason(error)
            batch.lines.append(feed.line)
            batch.rows.append(_guess(feed.give_back(), separator))
    if batch.lines:
        yield batch


def _fill(batch: Batch, feed: _Feed, reader: "_csv.Reader", before: int) -> None:
    """Rows until the batch is full or the file is at its end; what was read stays if a row breaks."""
    lines, rows, line = batch.lines, cast("list[list[str]]", batch.rows), feed.line
    add_line, add_row = lines.append, rows.append
    try:  # a million rows: the feed is told once a batch, and keeps the lines of one
        for cells in islice(reader, BATCH - len(lines)):
            if len(cells) > _WIDEST:
                batch.broken[len(lines)] = f"セルが{len(cells):,}個あります（{_WIDEST:,}個までです）。"
                del cells[_WIDEST:]
            add_line(line)
            add_row(cells)
            line = before + reader.line_num
    finally:
        feed.line = line


def _guess(line: str, separator: str) -> list[Cell]:
    """The cells of a line taken by itself, for the person who mends it."""
    plain = line.rstrip("\r\n")
    try:
        return list(next(csv.reader([plain], delimiter=separator), []))
    except csv.Error:  # longer than the limit of the csv module
        return list(plain.split(separator))


def _reason(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"引用符が閉じていないか、セルが{csv.field_size_limit():,}文字を超えています。"
    if "unexpected end" in str(error):
        return '引用符「"」が閉じていません。'
    return '引用符「"」の位置が正しくありません。'
