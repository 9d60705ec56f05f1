"""The container of .xls (OLE, Compound File Binary): its streams by name, and what an .xls says besides its cells.

calamine reads the cells; it gives a cell with an error as blank and does not tell formats. Both are read here, from the
records of BIFF8 ([MS-XLS]), and only of what is needed.
"""

import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFF_FFFA  # sector numbers from here on are no sectors
_ENTRY, _SMALL = 128, 64  # bytes of a directory entry, and of a sector of the streams that are small
_STREAM, _ROOT = 2, 5  # kinds of entries
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _FORMAT, _XF = 0x0809, 0x000A, 0x002F, 0x0085, 0x041E, 0x00E0
_FORMULA, _BOOLERR, _NUMBER, _RK, _MULRK = 0x0006, 0x0205, 0x0203, 0x027E, 0x00BD
_PERCENTS = {9, 10}  # 0% and 0.00%, which every workbook has
_BIFF8 = 0x0600


class OleError(ValueError):
    """The bytes are no such container, or a damaged one."""


@dataclass(frozen=True)
class Marks:
    """What calamine does not tell of a sheet: the cells (row, column from 1) formatted as percent, and those with an error."""

    percent: frozenset[tuple[int, int]] = frozenset()
    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)


def streams(data: bytes) -> dict[str, bytes]:
    """Name → bytes of the streams. Raises OleError."""
    try:
        return dict(_streams(data))
    except (struct.error, UnicodeDecodeError) as error:
        raise OleError(str(error)) from error


def _streams(data: bytes) -> Iterator[tuple[str, bytes]]:
    if not data.startswith(MAGIC):
        raise OleError("no container")
    shift, cutoff = struct.unpack_from("<H", data, 30)[0], struct.unpack_from("<I", data, 56)[0]
    if shift not in (9, 12):
        raise OleError("no size of sectors that there is")
    size = 1 << shift
    table, sectors, left = _table(data, size), data[size:], len(data)
    directory, small_table = struct.unpack_from("<I", data, 48)[0], struct.unpack_from("<I", data, 60)[0]
    packed = _chain(sectors, size, table, small_table)
    smaller = struct.unpack(f"<{len(packed) // 4}I", packed[: len(packed) // 4 * 4])
    entries, inner = _chain(sectors, size, table, directory), b""
    for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
        (length,) = struct.unpack_from("<H", entries, at + 64)
        name = entries[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le")
        first, count = struct.unpack_from("<II", entries, at + 116)
        if entries[at + 66] == _ROOT:
            inner = _chain(sectors, size, table, first)
        elif entries[at + 66] == _STREAM:
            left -= count  # no sector is in two streams
            if left < 0:
                raise OleError("the streams are longer than the file")
            if count >= cutoff:
                yield name, _chain(sectors, size, table, first, count)
            else:
                yield name, _chain(inner, _SMALL, smaller, first, count)


def _table(data: bytes, size: int) -> tuple[int, ...]:
    """The FAT: sector → the next of its chain."""
    extra, seen = struct.unpack_from("<I", data, 68)[0], set[int]()
    places = list(struct.unpack_from("<109I", data, 76))
    while extra < _END and extra not in seen:  # a file of more than 7 MB lists its FAT further on
        seen.add(extra)
        more = struct.unpack_from(f"<{size // 4}I", data, (extra + 1) * size)
        places, extra = [*places, *more[:-1]], more[-1]
    table: list[int] = []
    for place in dict.fromkeys(places):
        if place < _END:
            table += struct.unpack_from(f"<{size // 4}I", data, (place + 1) * size)
    return tuple(table)


def _chain(sectors: bytes, size: int, table: Sequence[int], first: int, most: int = sys.maxsize) -> bytes:
    """The bytes of a chain of sectors, so many at the most."""
    parts, sector, seen = list[bytes](), first, set[int]()
    while sector < _END and len(parts) * size < most:
        if sector in seen or sector >= len(table):
            raise OleError("a chain of sectors has no end")
        seen.add(sector)
        parts.append(sectors[sector * size : (sector + 1) * size])
        sector = table[sector]
    return b"".join(parts)[:most]


def locked(workbook: bytes) -> bool:
    """Whether the stream Workbook is encrypted: FILEPASS is among its first records."""
    return any(kind == _FILEPASS for kind, _ in islice(_records(workbook, 0), 10))


def marks(workbook: bytes) -> list[Marks] | None:
    """Of each sheet of the stream Workbook, in the order of the book; None where the version is older than Excel 97."""
    percent, offsets, formats = _PERCENTS.copy(), list[int](), list[int]()
    for kind, body in _records(workbook, 0):
        if kind == _BOF and struct.unpack_from("<H", body)[0] != _BIFF8:
            return None
        if kind == _FORMAT and b"%" in body[5:]:
            percent.add(struct.unpack_from("<H", body)[0])
        elif kind == _XF:
            formats.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == _BOUNDSHEET:
            offsets.append(struct.unpack_from("<I", body)[0])
    shown = [number in percent for number in formats]
    return [_marks(workbook, offset, shown) for offset in offsets]


def _marks(workbook: bytes, offset: int, shown: list[bool]) -> Marks:
    """``shown``: of each cell format whether it shows a percentage."""
    percent, errors = set[tuple[int, int]](), dict[tuple[int, int], str]()
    for kind, body in _records(workbook, offset):
        if kind not in (_FORMULA, _BOOLERR, _NUMBER, _RK, _MULRK):
            continue
        row, column, style = struct.unpack_from("<HHH", body)
        if kind == _MULRK:
            styles = [struct.unpack_from("<H", body, at)[0] for at in range(4, len(body) - 2, 6)]
            percent |= {(row + 1, column + 1 + at) for at, one in enumerate(styles) if one < len(shown) and shown[one]}
        elif kind == _BOOLERR and body[7]:
            errors[row + 1, column + 1] = _ERRORS.get(body[6], "#N/A")
        elif kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
            errors[row + 1, column + 1] = _ERRORS.get(body[8], "#N/A")
        elif style < len(shown) and shown[style]:
            percent.add((row + 1, column + 1))
    return Marks(frozenset(percent), errors)


def _records(workbook: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """(kind, body) of the records of a substream, without those of the charts inside it; raises struct.error."""
    depth = 0
    while offset + 4 <= len(workbook):
        kind, length = struct.unpack_from("<HH", workbook, offset)
        body = workbook[offset + 4 : offset + 4 + length]
        offset += 4 + length
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 1:
            yield kind, body
        elif depth <= 0:
            return
