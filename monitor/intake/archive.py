"""Zip files of ledgers: only safe members, only so much data."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from monitor.intake.rows import Unreadable, quote
from monitor.intake.sheets import Blob

_ENCRYPTED, _KNOWN = 0x1, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)

# what zipfile raises for a damaged file, beside OSError
DAMAGED = (
    zipfile.BadZipFile, EOFError, UnicodeDecodeError, NotImplementedError, RuntimeError, zlib.error, lzma.LZMAError, struct.error
)  # fmt: skip
_LINK = 0o12  # the kind of file in the Unix mode of a member


class UnsafeError(ValueError):
    """Why an archive is not unpacked, one Japanese sentence."""


@dataclass(frozen=True)
class Limits:
    """How much an archive (a zip, an .xlsx) may unpack to: bytes in all, and times its packed size."""

    total: int = 2 << 30
    ratio: int = 200
    members: int = 10_000
    grace: int = 1 << 20  # bytes below which the ratio means nothing

    def check(self, members: Sequence[zipfile.ZipInfo]) -> None:
        """Raise UnsafeError for what looks like a zip bomb; zipfile never unpacks more than a member declares."""
        placed = sorted(members, key=lambda info: info.header_offset)
        if any(one.header_offset + one.compress_size >= other.header_offset for one, other in pairwise(placed)):
            raise UnsafeError("zipの中のファイルが同じデータを重ねて使っているため展開しません。")
        if len(members) > self.members:
            raise UnsafeError(f"zipの中のファイルが{len(members):,}個あります（上限は{self.members:,}個です）。")
        size = sum(info.file_size for info in members)
        if size > self.total:
            raise UnsafeError(f"展開すると{size:,}バイトになります（上限は{self.total:,}バイトです）。")
        for info in members:
            if info.file_size > self.grace and info.file_size > self.ratio * max(info.compress_size, 1):
                raise UnsafeError(
                    f"{quote(info.filename)}の圧縮率が高すぎるため展開しません（{self.ratio}倍までです）。"
                )


def blobs(path: Path, limits: Limits) -> Iterator[Blob | Unreadable]:
    """The files in the uppermost folder of a zip, by name; what is unsafe or lies deeper is told, not read."""
    try:
        encoding = _names(path)
        with zipfile.ZipFile(path, metadata_encoding=encoding) as archive:
            members = [info for info in archive.infolist() if not _is_folder(info) and not _junk(_posix(info))]
            limits.check(members)
    except UnsafeError as unsafe:
        yield Unreadable(path.name, str(unsafe))
        return
    except DAMAGED:
        yield Unreadable(path.name, "zipファイルとして読めません（壊れているか、別の形式のファイルです）。")
        return
    if not members:
        yield Unreadable(path.name, "zipファイルが空です。")
    top = min((len(_posix(info).parts) for info in members if not _unsafe(_posix(info))), default=1)
    for info in sorted(members, key=lambda info: info.filename):
        name = _posix(info)
        source = f"{path.name}[{name}]"
        if _unsafe(name):
            yield Unreadable(source, f"zipの中のファイル名{quote(str(name))}は安全でないため読みません。")
        elif len(name.parts) > top:
            yield Unreadable(source, "zipの中のサブフォルダーにあるため読みません（同じ階層に置いてください）。")
        elif info.external_attr >> 28 == _LINK:
            yield Unreadable(source, "シンボリックリンクのため読みません（ファイルそのものを入れてください）。")
        elif info.flag_bits & _ENCRYPTED or info.compress_type not in _KNOWN:
            yield Unreadable(source, "暗号化されているか、対応していない方式で圧縮されています。")
        else:
            yield Blob(source, name.name, _opener(path, encoding, info))


def _opener(path: Path, encoding: str, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    def open_member() -> BinaryIO:
        with zipfile.ZipFile(path, metadata_encoding=encoding) as archive:
            return cast("BinaryIO", archive.open(info))  # the member keeps the file open

    return open_member


def _names(path: Path) -> str:
    """In which encoding names without the UTF-8 mark are written: macOS UTF-8, Windows CP932."""
    for encoding in ("utf-8", "cp932"):
        try:
            with zipfile.ZipFile(path, metadata_encoding=encoding):
                return encoding
        except UnicodeDecodeError:
            continue
    return "cp437"


def _posix(info: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(info.filename.replace("\\", "/"))


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return bool(info.filename) and info.is_dir()  # which asks a name for its last letter


def _unsafe(name: PurePosixPath) -> bool:
    return not name.parts or name.is_absolute() or ".." in name.parts or ":" in name.parts[0]


def _junk(name: PurePosixPath) -> bool:
    """What macOS and Excel leave behind."""
    return "__MACOSX" in name.parts or name.name.startswith((".", "~$"))
