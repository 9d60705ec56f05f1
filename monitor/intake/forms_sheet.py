"""What all rows of a published register share: the heading, whose rows they are, and which rows are contracts."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from checks import words
from monitor.intake import forms_headings
from monitor.intake.cells import Cell, text
from monitor.intake.forms_headings import Head
from monitor.intake.forms_vocabulary import Role, key_of
from monitor.intake.numbering import Ordinals
from monitor.intake.sheets import Record

_DEAL = (Role.DATE, Role.AMOUNT, Role.VENDOR)
_NOTE = re.compile(r"[(\[【]?\s*(?:※|\*|注|\(注|備考)")
_COLUMN_NUMBER = re.compile(r"[(\[]?[0-9]{1,2}[)\]]?|[(\[]?[A-Za-z][)\]]?(?:\s*[/÷=]\s*[A-Za-z])*(?:\s*[×x]\s*100)?")
_DASH = re.compile(r"[-ー—…\s]*")
_LEGAL_FORM = re.compile(
    "^(?:独立行政法人|国立研究開発法人|国立大学法人|大学共同利用機関法人|地方独立行政法人|公立大学法人|特殊法人)"
)
_LENGTHENED = re.compile(r"(?<=[ァ-ヂツ-ヲ])-")  # registers write センタ‐ throughout
_STATE = re.compile("(?:省|庁|府|院|委員会|裁判所|議院|図書館|官房|法制局|会議|審査会|本部)$")


def body_name(shown: str) -> str:
    """The name of a body as a cell prints it, without its 法人番号."""
    plain = re.sub(r"[(（]?\s*法人番号[:：]?\s*[0-9０-９]*\s*[)）]?|[(（]?\s*[0-9０-９]{12,13}\s*[)）]?", "", shown)
    return _LENGTHENED.sub("ー", words.mend(words.narrow(plain))).strip()


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

    @property
    def works(self) -> bool:
        """Whether the title's heading promises place, period and kind."""
        heading = key_of(self.head.headings[self.head.roles[Role.TITLE]])
        return "種別" in heading or "期間" in heading or "場所" in heading

    @property
    def payer(self) -> Role:
        """The column that says whose rows they are."""
        return Role.BODY if Role.BODY in self.head.roles else Role.MINISTRY

    def cell(self, record: Record, role: Role) -> Cell:
        """The cell of a role; None where the sheet has no such column."""
        at = self.head.roles.get(role)
        return record.cells[at] if at is not None and at < len(record.cells) else None

    def shown(self, record: Record, role: Role) -> str:
        """The text of a role's cell."""
        return text(self.cell(record, role)).strip()


def is_row(sheet: Sheetwide, record: Record) -> bool:
    """Whether a row below the heading is a contract: it has a date, an amount or a vendor, or a title with more beside it.

    A note (※…, （注）…), a legend and the rest of a drop-down list have none of these. The heading again is no row.
    """
    if record.broken:
        return True
    filled = [shown for cell in record.cells if (shown := text(cell).strip())]
    if not filled or forms_headings.row_key(record.cells) in sheet.head.rows or _numbers_columns(filled):
        return False
    if _NOTE.match(words.narrow(filled[0])) and not forms_headings.is_data(record.cells[1:]) and len(filled) <= 2:
        return False
    if any(says(sheet.shown(record, role)) for role in _DEAL):
        return True
    beside = sum(says(sheet.shown(record, role)) for role in sheet.head.roles if role is not Role.TITLE)
    return says(sheet.shown(record, Role.TITLE)) and beside > 1


def _numbers_columns(filled: list[str]) -> bool:
    """Whether a row only numbers the columns: (1) (2) (3) …, A B C …, B／A."""
    return len(filled) > 2 and all(_COLUMN_NUMBER.fullmatch(words.narrow(shown)) for shown in filled)


def says(shown: str) -> bool:
    """Whether a text is more than a dash."""
    return _DASH.fullmatch(words.narrow(shown)) is None


def organization_of(sheet: Sheetwide, record: Record) -> str:
    """Whose row it is: as the caller says, else the body's that pays, else the ministry's; "" if nobody says it."""
    if sheet.organization:
        return sheet.organization
    return body_id(sheet.shown(record, sheet.payer))
