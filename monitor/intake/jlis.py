"""The layout of the contract register of J-LIS: ten columns divided by tabs, page by page, notes and a legend at the end.

The traps of its text are those of law.md section 12: cells broken by line breaks, ・ lists, ※ notes, rows '-' that
announce a programme's total and whose children inherit, amounts with words around them, vendors that are not disclosed.
This file divides the text into rows; monitor/intake/jlis_rows.py reads them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from checks import words
from monitor.intake import dates, jlis_rows
from monitor.intake.how import How
from monitor.intake.jlis_rows import HEADINGS, Kind, Register, Unit
from monitor.intake.rows import Part, Unreadable
from monitor.intake.sheets import Sheet

NAME = "jlis"
_ALSO = {"契約の種別": "契約の種類"}  # the ninth heading varies from page to page
_WIDTH = len(HEADINGS)
_HEAD = 80  # lines in which a heading is looked for
_YEAR = re.compile(r"(令和|平成)\s*(元|[0-9]+)\s*年度")
_NOTE = re.compile(r"\(?※\s*([0-9]+)\)?\s*(.*)")
_LEGEND = re.compile(r"\(注\)|区分\t")
_PAGE_NUMBER = re.compile(r"[-\s]*[0-9]+(?:\s*/\s*[0-9]+)?[-\s]*")


def recognise(sheet: Sheet) -> bool:
    """Whether one of the first lines is the register's heading."""
    return any(unit.kind is Kind.HEADING and is_heading(unit) for unit in divide(islice(sheet.lines(), _HEAD)).units)


def is_heading(unit: Unit) -> bool:
    """Whether a heading line has the ten headings in their order, spaces and width aside."""
    found = [re.sub(r"\s", "", words.narrow(cell)) for cell in unit.cells]
    return tuple(_ALSO.get(cell, cell) for cell in found) == HEADINGS


def read(sheet: Sheet, how: How) -> Iterator[Part | Unreadable]:
    """The register as one part of contracts."""
    register = divide(sheet.lines())
    if not any(unit.kind is Kind.HEADING and is_heading(unit) for unit in register.units):
        yield Unreadable(sheet.source, f"J-LISの登録簿の見出しがありません（{'、'.join(HEADINGS)}）。")
    elif not register.prefix:
        yield Unreadable(sheet.source, "何年度の登録簿か分かりません（表の前に「令和7年度…」の行が必要です）。")
    elif not how.organization:
        yield Unreadable(sheet.source, "どの機関の登録簿か分かりません（機関コードを指定してください）。")
    else:
        total = sum(unit.kind is not Kind.HEADING for unit in register.units)
        rows = jlis_rows.rows(_checked(register), how.organization)
        yield Part(sheet.source, NAME, "contracts", jlis_rows.COLUMNS, (), rows, total)


def _checked(register: Register) -> Register:
    """Headings that are as they should be have done their work; the others are rows that cannot be read."""
    units = tuple(
        replace(unit, kind=Kind.STRAY) if unit.kind is Kind.HEADING else unit
        for unit in register.units
        if not (unit.kind is Kind.HEADING and is_heading(unit))
    )
    return replace(register, units=units)


# --- lines → rows -------------------------------------------------------------------------------------------------


class _Place(StrEnum):
    """Where in the text a line stands."""

    OUTSIDE = "outside"  # before the first page, between pages, in the legend
    PAGE = "page"
    NOTE = "note"


@dataclass
class _Divider:
    """What has been read so far."""

    units: list[Unit]
    notes: dict[str, str]
    prefix: str = ""
    place: _Place = _Place.OUTSIDE
    note: str = ""
    over: bool = False  # the notes or the legend have begun: no more rows are expected between pages
    number: int = 0  # of the last row

    def take(self, line: int, text: str) -> None:
        """Sort one physical line."""
        plain = words.narrow(text.strip())
        cells = text.split("\t")
        first = words.narrow(cells[0]).strip()
        if not plain and "\t" in text and self.place is _Place.PAGE and not self._complete:
            self._continue(line, text)  # blank cells of a broken row
        elif not plain:
            self.place = _Place.OUTSIDE
        elif first == HEADINGS[0]:
            self._begin(line, text, Kind.HEADING)
        elif (kind := self._row(first, cells)) is not None:
            self.number = int(first) if kind is Kind.ROW else self.number
            self._begin(line, text, kind)
        elif self.place is _Place.PAGE and not self._page_ends(plain):
            self._continue(line, text)
        else:
            self._outside(line, text, plain)

    def _row(self, first: str, cells: list[str]) -> Kind | None:
        """Whether the line begins a row of its own, and which; a broken cell may well begin with a number."""
        if not self.units or not (first == "-" or re.fullmatch("[1-9][0-9]*", first)):
            return None
        kind = Kind.TOTAL if first == "-" else Kind.ROW
        if len(cells) >= _WIDTH - 1:
            return kind
        expected = kind is Kind.ROW and int(first) == self.number + 1
        if self.place is not _Place.PAGE:  # a broken row after a blank line; what follows the notes is the legend
            return kind if len(cells) > 1 and not self.over and (expected or kind is Kind.TOTAL) else None
        return kind if expected or (self._complete and len(cells) > 1) else None

    @property
    def _complete(self) -> bool:
        return bool(self.units) and len(self.units[-1].cells) >= _WIDTH

    def _page_ends(self, plain: str) -> bool:
        is_row = self._complete and self.units[-1].kind is not Kind.HEADING
        return is_row and bool(_NOTE.match(plain) or _LEGEND.match(plain) or _YEAR.match(plain))

    def _begin(self, line: int, text: str, kind: Kind) -> None:
        self.place = _Place.PAGE
        self.units.append(Unit(line, text, kind))

    def _continue(self, line: int, text: str) -> None:
        """A line that begins nothing goes on with the row before, unless it is whole and so is the line."""
        last = self.units[-1]
        if self._complete and len(text.split("\t")) >= _WIDTH - 1:
            self._begin(line, text, Kind.STRAY)
        elif not (self._complete and _PAGE_NUMBER.fullmatch(words.narrow(text))):
            self.units[-1] = replace(last, text=f"{last.text}\n{text}")

    def _outside(self, line: int, text: str, plain: str) -> None:
        note, year = _NOTE.match(plain), _YEAR.search(plain)
        self.over = self.over or bool(self.units and (note or _LEGEND.match(plain)))
        width = len(text.strip().split("\t"))
        if self.units and (width >= _WIDTH - 1 or (width > 1 and not self.over)):
            self.units.append(Unit(line, text, Kind.STRAY))
        elif note:
            self.place, self.note = _Place.NOTE, note[1]
            self.notes[self.note] = note[2]
        elif self.place is _Place.NOTE and not (_LEGEND.match(plain) or year):
            self.notes[self.note] += plain
        elif year and not self.prefix:
            era = next(era for era in dates.ERAS if era.name == year[1])
            self.prefix = f"{era.letter}{1 if year[2] == '元' else int(year[2])}"
            self.place = _Place.OUTSIDE
        else:
            self.place = _Place.OUTSIDE


def divide(lines: Iterator[tuple[int, str]]) -> Register:
    """The text's rows, whole again where a line break fell into one, its notes and the year of its contract numbers."""
    divider = _Divider([], {})
    for line, text in lines:
        divider.take(line, text)
    notes: Mapping[str, str] = divider.notes
    return Register(divider.prefix, tuple(divider.units), notes)
