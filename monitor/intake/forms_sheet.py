"""What all rows of a published register share: the heading, whose rows they are, and which rows are contracts."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from checks import words
from monitor.intake import forms_cells, forms_headings
from monitor.intake.cells import Cell, text
from monitor.intake.forms_cells import lengthened, says, shown_of
from monitor.intake.forms_headings import Head
from monitor.intake.forms_vocabulary import Role
from monitor.intake.headings import heading_key
from monitor.intake.numbering import Ordinals
from monitor.intake.sheets import Record

_DEAL = (Role.DATE, Role.AMOUNT, Role.VENDOR)
_NAMED = (Role.TITLE, Role.OFFICER, Role.DEPARTMENT)  # a row cut short has but these: it is told, not passed over
_SECTION = re.compile(
    r"[\[【〔<＜《(（「■□◆◇●○◎※＊*].*|以\s*[上下].*|.*(?:[省庁局部課室署所院校]|センター|分|の部|関係|一覧|表)|.*。\s*",
    re.DOTALL,
)
_NOTE = re.compile(r"[(\[【]?\s*(?:※|\*|注|\(注|備考)")
_COLUMN_NUMBER = re.compile(r"[(\[]?[0-9]{1,2}[)\]]?|[(\[]?[A-Za-z][)\]]?(?:\s*[/÷=]\s*[A-Za-z])*(?:\s*[×x]\s*100)?")
_KEPT = 5000  # days that are remembered
_LEGAL_FORM = re.compile(
    "^(?:独立行政法人|国立研究開発法人|国立大学法人|大学共同利用機関法人|地方独立行政法人|公立大学法人|特殊法人)"
)
_STATE = re.compile("(?:省|庁|府|院|委員会|裁判所|議院|図書館|官房|法制局|会議|審査会|本部)$")


def body_name(shown: str) -> str:
    """The name of a body as a cell prints it, without its 法人番号."""
    plain = re.sub(r"[(（]?\s*法人番号[:：]?\s*[0-9０-９]*\s*[)）]?|[(（]?\s*[0-9０-９]{12,13}\s*[)）]?", "", shown)
    return lengthened(words.mend(words.narrow(plain))).strip()


def body_id(shown: str) -> str:
    """The id of a body: its name without 独立行政法人 and the like, which one register writes and another leaves out."""
    return _LEGAL_FORM.sub("", body_name(shown)).strip()


def is_state(name: str) -> bool:
    """Whether a body's name is that of a ministry or another organ of the state."""
    return _STATE.search(name) is not None


@dataclass
class Sheetwide:
    """What is the same for all rows of a sheet: its heading, whose rows they are, and the numbers given so far."""

    head: Head
    organization: str | None
    strict: bool  # a cell beyond the headings is a wrong comma, not a note
    ordinals: defaultdict[str, Ordinals] = field(default_factory=lambda: defaultdict(Ordinals))
    _texts: tuple[list[Cell], list[str]] = field(default_factory=lambda: ([], []))  # of the row asked last

    _days: dict[Cell, bool] = field(default_factory=dict, init=False)  # cells of the day that were asked for

    @cached_property
    def works(self) -> bool:
        """Whether the title's heading promises place, period and kind."""
        heading = heading_key(self.head.headings[self.head.roles[Role.TITLE]])
        return "種別" in heading or "期間" in heading or "場所" in heading

    @cached_property
    def vendor_key(self) -> str:
        """The heading of the other party, which may promise a place and a number."""
        return heading_key(self.titles.get(Role.VENDOR, ""))

    @cached_property
    def payer(self) -> Role:
        """The column that says whose rows they are."""
        return Role.BODY if Role.BODY in self.head.roles else Role.MINISTRY

    def cell(self, record: Record, role: Role) -> Cell:
        """The cell of a role; None where the sheet has no such column."""
        at = self.head.roles.get(role)
        return record.cells[at] if at is not None and at < len(record.cells) else None

    def shown(self, record: Record, role: Role) -> str:
        """The text of a role's cell."""
        at = self.head.roles.get(role)
        texts = self.texts(record)
        return texts[at] if at is not None and at < len(texts) else ""

    def texts(self, record: Record) -> list[str]:
        """The texts of all cells of a row, which are asked for again and again, without space around them."""
        cells, texts = self._texts
        if cells is not record.cells:
            texts = list(map(shown_of, record.cells))
            self._texts = record.cells, texts
        return texts

    @cached_property
    def titles(self) -> Mapping[Role, str]:
        """The heading of each role in one line."""
        return {role: " ".join(self.head.headings[at].split()) for role, at in self.head.roles.items()}

    @cached_property
    def sole_source(self) -> bool:
        """Whether what stands above the table says that all of it is 随意契約."""
        return "随意契約" in words.narrow(self.head.above) and "競争" not in self.head.above

    @cached_property
    def sole_by_ground(self) -> bool:
        """Whether the column of the ground is one of 随意契約 alone."""
        return re.search(r"随意契約|随契", self.titles.get(Role.GROUND, "")) is not None

    @cached_property
    def net(self) -> bool:
        """Whether what stands above the table says that its amounts are without tax, and their heading says nothing of it."""
        return forms_cells.is_net(self.head.above) and "込" not in self.titles.get(Role.AMOUNT, "")

    def is_heading(self, record: Record) -> bool:
        """Whether a row is the heading, or one of its rows, once more."""
        at = self.head.roles[Role.DATE]
        key = heading_key(self.shown(record, Role.DATE))  # a look at one cell, since days come again
        if all(key != (row[at] if at < len(row) else "") for row in self.head.rows):
            return False
        return forms_headings.row_key(record.cells) in self.head.rows

    def is_dated(self, cells: Sequence[Cell]) -> bool:
        """Whether a row has a day where days belong: then it is a row of a contract, whatever else it says."""
        at = self.head.roles[Role.DATE]
        if at >= len(cells):
            return False
        cell, known = cells[at], self._days
        if cell not in known:
            if len(known) > _KEPT:
                known.clear()
            is_day = forms_headings.begins_with_date(cell)
            known[cell] = is_day and all(heading_key(text(cell)) != row[at] for row in self.head.rows if at < len(row))
        return known[cell]


def is_row(sheet: Sheetwide, record: Record) -> bool:
    """Whether a row below the heading is a contract: it has a date, an amount or a vendor, or a title or an office alone.

    A note (※…, （注）…), a legend and the rest of a drop-down list have none of these, and a line that names a part of the list
    (【本省】, 大臣官房会計課, 以上) is none. The heading again is no row.
    """
    if record.broken:
        return True
    filled = [shown for shown in sheet.texts(record) if shown]
    if not filled or sheet.is_heading(record) or _numbers_columns(filled):
        return False
    if len(filled) <= 2 and _NOTE.match(words.narrow(filled[0])) and not forms_headings.is_data(record.cells[1:]):
        return False
    if any(says(sheet.shown(record, role)) for role in _DEAL):
        return True
    if sheet.strict and 1 < len(record.cells) < len(sheet.head.headings) and not _SECTION.fullmatch(filled[-1]):
        return True  # in a text file a short row is the piece of one that a line break or a quote has cut
    return any(says(shown := sheet.shown(record, role)) and not _SECTION.fullmatch(shown) for role in _NAMED)


def _numbers_columns(filled: list[str]) -> bool:
    """Whether a row only numbers the columns: (1) (2) (3) …, A B C …, B／A."""
    return len(filled) > 2 and all(_COLUMN_NUMBER.fullmatch(words.narrow(shown)) for shown in filled)


def organization_of(sheet: Sheetwide, record: Record) -> str:
    """Whose row it is: as the caller says, else the body's that pays, else the ministry's; "" if nobody says it."""
    if sheet.organization:
        return sheet.organization
    return body_id(sheet.shown(record, sheet.payer))
