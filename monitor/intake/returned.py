"""Rows of the quarantine that come back corrected (``keiyaku quarantine export``): our own columns off, the rest read as ever.

Each row carries a number by which the store knows which waiting row it is. A row that nobody has touched stays as it is:
what could not be read is not read by being carried through Excel.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from checks import words
from monitor.intake.cells import Cell, text
from monitor.intake.headings import heading_key
from monitor.intake.rows import BadRow, Deed, Part, Row, quote
from monitor.intake.sheets import Batch, Record, Sheet, batches
from monitor.spreadsheet import cleaned, unguarded

NAME: Final = "quarantine"
REASON: Final = "隔離の理由"
PLACE: Final = "元の場所"
MARK: Final = "隔離番号（消さないでください）"
WAY: Final = "読み方（消さないでください）"
UNTOUCHED: Final = "直されていません。"
DEED: Final = "隔離の処理"
WHY: Final = "隔離の処理の理由"
ASIDE: Final = "対象外"
BACK: Final = "戻す"
OURS: Final = (REASON, PLACE, DEED, WHY, MARK, WAY)  # beside the columns of the row; no column of a ledger is called so
_WAS_ASIDE: Final = "A"  # the end of the number of a row that was written out as one that is set aside
_OURS: Final = {heading_key(name): name for name in OURS}
_FORGOTTEN: Final = "{}として取り込むには、「" + WHY + "」の列に理由を書いてください。"
_NO_DEED: Final = (
    "{}は「"
    + DEED
    + "」として読めません（対象外の行は「"
    + ASIDE
    + "」、待つ行に戻すときは「"
    + BACK
    + "」と書きます）。"
)
_ALONE: Final = (
    "「" + WHY + "」だけが書かれています。対象外の行なら、「" + DEED + "」の列に「" + ASIDE + "」と書いてください。"
)
_PLACED: Final = re.compile(r"[0-9]+列目")  # a heading that the quarantine gave to a cell that had none


def mark(source: str, table: str, line: int, cells: Mapping[str, str]) -> str:
    """The number of a row: the same whenever its file is read again and says the same, and kept while it is corrected."""
    return cells.get(MARK) or _digest([source, table, line, sorted(cells.items())], 12)


def seal(cells: Iterable[tuple[str, str]]) -> str:
    """What a row says, heading by heading, so that it can be told whether somebody has changed it."""
    return _digest(sorted([heading, plain] for heading, shown in cells if (plain := cleaned(shown).strip())), 8)


def _digest(value: object, length: int) -> str:
    packed = hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).digest()
    return base64.b32encode(packed).decode()[:length]


@dataclass
class Unwrapped:
    """A sheet of the quarantine without our columns: as the layout reads it from which the rows once came."""

    outer: Sheet
    table: str
    layout: str
    organization: str
    hidden: bool = False
    marks: dict[int, str] = field(default_factory=dict)  # line → mark, of the rows read so far
    told: dict[int, BadRow] = field(default_factory=dict)  # line → a row of which a person says what it is, of the same

    @property
    def source(self) -> str:
        """The name of the workbook or file that came back."""
        return self.outer.source

    @property
    def names(self) -> tuple[str, ...]:
        """The table."""
        return (self.table,)

    @property
    def total(self) -> int | None:
        """As the sheet has them."""
        return self.outer.total

    def records(self) -> Iterator[Record]:
        """The headings of the original, then the rows; what nobody has touched is handed on as broken."""
        rows = self.outer.records()
        first = next(record for record in rows if not record.blank)
        ours, kept, headings = _divided(first)
        shown = headings[: _width(headings)]
        yield Record(first.line, [*shown])
        for record in rows:
            cells = [_cell(record, at) for at in kept]
            number, kept_seal, was = (*text(_cell(record, ours[MARK])).strip().split("-"), "", "", "")[:3]
            if number:
                self.marks[record.line] = number
            plain = [*zip(headings, map(text, cells), strict=True)]
            untouched = bool(kept_seal) and seal(plain) == kept_seal
            deed, why = (text(_cell(record, ours.get(name, -1))).strip() for name in (DEED, WHY))
            if told := _told(words.narrow(deed), why, aside=was == _WAS_ASIDE, untouched=untouched):
                whole = {name: shown for name, shown in plain if shown}
                self.told[record.line] = self._apart(record.line, whole, number, deed, told)
                continue
            broken = UNTOUCHED if untouched else record.broken
            while len(cells) > len(shown) and not text(cells[-1]).strip():
                cells.pop()
            if broken or any(text(cell).strip() for cell in cells):
                yield Record(record.line, cells, broken)

    def _apart(self, line: int, cells: Mapping[str, str], number: str, said: str, told: Deed | str) -> BadRow:
        """A row that no layout is to read: a person has said what it is, or meant to."""
        deed, reason = (told, "") if isinstance(told, Deed) else (None, told)
        whole = {**cells, **({MARK: number} if number else {})}
        return BadRow(self.table, line, DEED, said, reason, whole, self.organization, deed=deed)

    def batches(self) -> Iterator[Batch]:
        """The same rows, many at a time."""
        yield from batches(self.records())

    def lines(self) -> Iterator[tuple[int, str]]:
        """Each row as a line of cells divided by tabs."""
        for record in self.records():
            yield record.line, "\t".join(" ".join(text(cell).split()) for cell in record.cells)

    def is_percent(self, line: int, position: int, /) -> bool | None:
        """As the sheet that came back has it."""
        _, kept, _ = _divided(next(record for record in self.outer.records() if not record.blank))
        return self.outer.is_percent(line, kept[position])


def recognise(sheet: Sheet) -> bool:
    """Whether the first row names our own columns."""
    first = next((record for record in sheet.records() if not record.blank), None)
    return first is not None and {MARK, WAY} <= {_OURS.get(heading_key(text(cell))) for cell in first.cells}


def unwrapped(sheet: Sheet) -> Unwrapped:
    """The sheet as its rows once were; how they are read is said in the first row that says it."""
    rows = (record for record in sheet.records() if not record.blank)
    ours, _, _ = _divided(next(rows))
    said = (text(_cell(record, ours[WAY])).strip() for record in rows)
    table, layout, organization = (*next((way for way in said if way), "contracts").split("/", 2), "", "")[:3]
    return Unwrapped(sheet, table, layout, organization, sheet.hidden)


def way(table: str, layout: str, organization: str) -> str:
    """How rows are read, for the column that says it."""
    return "/".join((table, layout, organization))


def sealed(number: str, cells: Iterable[tuple[str, str]], *, aside: bool) -> str:
    """A row's number with what tells whether it is as it was written out."""
    return "-".join((number, seal(cells), *([_WAS_ASIDE] if aside else [])))


def marked(part: Part, sheet: Unwrapped) -> Part:
    """The part, with each row's number beside what it says, and after them those of which a person says what they are."""
    return replace(part, rows=_marked(part.rows, sheet, part.table), returned=True, total=part.total)


def refused(sheet: Unwrapped, reason: str) -> Part:
    """All rows of a sheet that its layout cannot read: they stay in quarantine."""
    return Part(sheet.source, sheet.layout or NAME, sheet.table, frozenset(), (), _refused(sheet, reason), sheet.total, returned=True)  # fmt: skip


def _told(deed: str, why: str, *, aside: bool, untouched: bool) -> Deed | str:
    """What a person says of a row, or in words why that cannot be told; "" where nothing is said."""
    if not deed and not aside:
        return _ALONE if why and untouched else ""
    if not deed and not untouched:
        return ""  # mended, so it is a contract after all
    if deed in (BACK, ""):
        return Deed(aside=False)
    if deed != ASIDE:
        return _NO_DEED.format(quote(deed))
    return Deed(aside=True, why=why) if why else _FORGOTTEN.format(quote(deed))


def _marked(rows: Iterable[Row | BadRow], sheet: Unwrapped, table: str) -> Iterator[Row | BadRow]:
    for row in rows:
        number = {MARK: sheet.marks[row.line]} if row.line in sheet.marks else {}
        if isinstance(row, BadRow):
            yield replace(row, cells={**row.cells, **number})
        else:
            yield row._replace(other={**row.other, **number})
    if table == sheet.table:
        for _ in sheet.records():  # all of them, though the layout may have seen the end of its table before
            pass
        yield from sheet.told.values()


def _refused(sheet: Unwrapped, reason: str) -> Iterator[BadRow]:
    rows = sheet.records()
    headings = [text(cell) for cell in next(rows).cells]
    for record in rows:
        names = [*headings, *(f"{at}列目" for at in range(len(headings) + 1, len(record.cells) + 1))]
        cells = dict(zip(names, map(text, record.cells), strict=False))
        told = record.broken or reason
        number = {MARK: sheet.marks[record.line]} if record.line in sheet.marks else {}
        yield BadRow(sheet.table, record.line, "", "", told, {**cells, **number}, sheet.organization)
    yield from sheet.told.values()


def _divided(first: Record) -> tuple[dict[str, int], list[int], list[str]]:
    """(our columns' positions, the others' positions, their headings)."""
    headings = [unguarded(text(cell)) for cell in first.cells]
    ours = {_OURS[key]: at for at, heading in enumerate(headings) if (key := heading_key(heading)) in _OURS}
    kept = [at for at in range(len(headings)) if at not in ours.values()]
    return ours, kept, [headings[at] for at in kept]


def _width(headings: Sequence[str]) -> int:
    """How many columns have a heading of their own: cells beyond them were too many in the file, and still are."""
    width = len(headings)
    while width and (not headings[width - 1].strip() or _PLACED.fullmatch(headings[width - 1].strip())):
        width -= 1
    return width


def _cell(record: Record, position: int) -> Cell:
    cell = record.cells[position] if 0 <= position < len(record.cells) else None
    return unguarded(cell) if isinstance(cell, str) else cell
