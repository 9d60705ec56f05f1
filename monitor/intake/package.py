"""The package of .xlsx (a zip of XML), looked at before calamine opens it: what it would cost, what calamine does not tell.

calamine makes a cell of every place between the first and the last that is used, and a text of its own of every cell that
refers to a shared one: two cells far apart, or one long text that is used a million times, would take all memory there is.
It gives a cell with an error and one whose formula was never calculated as blank. All of that stands in the XML, which
is searched as bytes: it is forty times as large as what has to be known of it.
"""

import html
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.intake.archive import UnsafeError

CELLS = 20_000_000  # places of a sheet; Excel's largest has 1,048,576 rows
TEXTS = 2 << 30  # bytes of all cells' texts
_LARGEST = 1 << 30  # bytes of one part
_SHORTEST = 20  # bytes of a cell that refers to a shared text
_MEDIA = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".bmp", ".svg", ".tif", ".tiff")
_MAIN, _RELATIONS, _STRINGS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "sharedstrings.xml"
_UNUSUAL = re.compile(
    rb'<c(?! r="[A-Za-z]{1,3}[0-9]{1,5}")(?![A-Za-z])'
)  # no place, another writing of it, or a far one
_BEYOND = re.compile(rb'<c(?! r="[A-Za-z][0-9]{1,5}")(?![A-Za-z])')  # or one beyond column Z
_NEAR = 99_999  # the rows of all others
_COLUMN = re.compile(rb'<c r="([A-Za-z]+)')
_PLACE = re.compile(rb'\sr\s*=\s*["\']\s*([A-Za-z]{1,9})([0-9]{1,9})\s*["\']')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^<>]*?\br\s*=\s*["\']\s*([0-9]{1,9})')
_PREFIXED = b":sheetData"  # <x:row>, as some libraries write
# no pattern looks beyond the tag or the cell in which it began, and none goes back: broken XML costs no more than sound
_CELL = rb"<(?:\w+:)?c\b%s([^<>]*+)>"
_INSIDE = rb"((?:[^<]++|<(?!/?(?:\w+:)?c[\s/>]))*+)"
_ERROR = re.compile(_CELL % rb'(?=[^<>]*?\bt="e")' + _INSIDE + rb"</(?:\w+:)?c>")
_ANY_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_SHOWN = re.compile(rb"<(?:\w+:)?v\b[^<>]*+>([^<]*+)<")
_UNCALCULATED = re.compile(
    _CELL % b""
    + rb"<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*+>[^<]*+</(?:\w+:)?f>)\s*+"
    + rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*+</(?:\w+:)?v>)?+\s*+</(?:\w+:)?c>"
)
_AT = re.compile(rb'\br="([A-Z]{1,9})([0-9]{1,9})"')
_SHARED = re.compile(
    rb'<(?:\w+:)?c\b(?=[^<>]*?\bt="s")[^<>]*+>'
    rb"(?:<(?:\w+:)?f\b[^<>]*/>)?<(?:\w+:)?v>\s*+([0-9]{1,9})"
)
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b([^<>]*+)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b([^<>]*+)>")


@dataclass(frozen=True)
class Page:
    """What the XML of a sheet says that calamine does not."""

    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)  # (row, column from 1) → #N/A
    uncalculated: tuple[str, ...] = ()  # B5


@dataclass(frozen=True)
class Package:
    """The pages by their place in the book."""

    pages: tuple[Page, ...]
    has_nul: bool  # whether a cell may hold a NUL, which the format writes as _x0000_


def look(archive: zipfile.ZipFile) -> Package:
    """What is to be known of the package. Raises UnsafeError for what would cost too much, KeyError for no workbook."""
    found, strings, has_nul = dict[str, Page](), b"", False
    references = Counter[int]()
    parts = [info for info in archive.infolist() if not info.filename.casefold().endswith(_MEDIA)]
    if (large := next((info for info in parts if info.file_size > _LARGEST), None)) is not None:
        raise UnsafeError(f"展開すると{large.file_size:,}バイトになる部分があります（上限は{_LARGEST:,}バイトです）。")
    for info in parts:
        if info.filename.casefold().endswith(_STRINGS):
            strings = archive.read(info)
    lengths = [len(text) for text in strings.split(b"<si")][1:] if strings else []
    longest = max(lengths, default=0)
    for info in parts:
        xml = archive.read(info)
        if (b"<!" in xml and (b"<!DOCTYPE" in xml or b"<!ENTITY" in xml)) or xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise UnsafeError(
                "XMLの宣言（DTD・実体・UTF-16）が含まれているため安全に読めません（Excelで開いて保存し直してください）。"
            )
        has_nul = has_nul or b"_x0000_" in xml
        if b"sheetData" in xml:
            check_size(xml)
            found[_name(info.filename)] = page(xml)
            if len(xml) // _SHORTEST * longest > TEXTS:
                references.update(map(int, _SHARED.findall(xml)))
    if sum(count * lengths[at] for at, count in references.items() if at < len(lengths)) > TEXTS:
        raise UnsafeError(f"セルの文字が合わせて{TEXTS:,}バイトを超えます。")
    names = {_name(info.filename): info for info in parts}
    order = _order(archive.read(names[_MAIN]), archive.read(names[_RELATIONS]))
    return Package(tuple(found.get(_name(name), Page()) for name in order), has_nul)


def _name(name: str) -> str:
    return name.replace("\\", "/").casefold()


def check_size(xml: bytes) -> None:
    """Raise UnsafeError where the area that the cells span is too large to be held."""
    plain = _PREFIXED not in xml
    if plain and not _BEYOND.search(xml):
        return
    if plain and not _UNUSUAL.search(xml) and _NEAR * _widest(set(_COLUMN.findall(xml))) <= CELLS:
        return
    places, unplaced = set(_PLACE.findall(xml)), re.split(rb"<(?:\w+:)?row\b", xml)
    rows = max(len(unplaced), *map(int, _ROW.findall(xml)), *(int(row) for _, row in places), 1)
    columns = max(_widest({column for column, _ in places}), *(len(_ANY_CELL.findall(row)) for row in unplaced))
    if rows * columns > CELLS:
        raise UnsafeError(
            f"シートが広すぎます（{rows:,}行×{columns:,}列。上限は{CELLS:,}セルです。離れた所にある余分なセルを消してください）。"
        )


def _widest(columns: set[bytes]) -> int:
    return max(map(_column, columns), default=1)


def _column(letters: bytes) -> int:
    """XFD → 16384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def page(xml: bytes) -> Page:
    """Errors and formulas without a result."""
    errors = dict[tuple[int, int], str]()
    if b't="e"' in xml:
        for attributes, inside in _ERROR.findall(xml):
            at, shown = _AT.search(attributes), _SHOWN.search(inside)
            if at is None:
                raise UnsafeError(
                    "場所の書かれていないセルにエラー値があります（Excelで開き、上書き保存してから渡してください）。"
                )
            if shown:
                errors[int(at[2]), _column(at[1])] = html.unescape(shown[1].decode("utf-8", "replace"))
    uncalculated = tuple[str, ...]()
    if b"<f" in xml or _PREFIXED in xml:
        places = [_AT.search(attributes) for attributes in _UNCALCULATED.findall(xml) if b't="str"' not in attributes]
        uncalculated = tuple((at[1] + at[2]).decode() if at else "?" for at in places)
    return Page(errors, uncalculated)


def _order(main: bytes, relations: bytes) -> list[str]:
    """The names of the sheets' parts, in the order of the book."""
    targets = {}
    for attributes in _RELATION.findall(relations):
        said = _attributes(attributes)
        target = said.get("Target", "")
        targets[said.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    sheets = [_attributes(attributes) for attributes in _SHEET.findall(main)]
    return [targets.get(next((said[name] for name in said if name.endswith(":id")), ""), "") for said in sheets]


def _attributes(text: bytes) -> dict[str, str]:
    found = re.findall(r'(?<![\w:])([\w:]++)\s*+=\s*(?:"([^"]*)"|\'([^\']*)\')', text.decode("utf-8", "replace"))
    return {name: html.unescape(one or other) for name, one, other in found}
