"""The rows of the J-LIS register, read: what each of its ten cells says in the words of the interchange format."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from checks import ledger, words
from monitor.intake import dates
from monitor.intake.cells import CellError
from monitor.intake.reading import Reading
from monitor.intake.rows import BadRow, Row, canonical, quote

HEADINGS = (
    "No.", "担当部署", "契約名称", "契約締結日", "契約の相手方の名称", "契約の相手方の所在地",
    "予定価格(円)", "契約金額(円)", "契約の種類", "随意契約とした理由(注)",
)  # fmt: skip
_FIELDS = (
    "number", "department", "title", "signed_on", "vendors", "addresses", "estimated_price", "amount", "method", "ground",
)  # fmt: skip
_INHERITED = ("signed_on", "vendors", "addresses", "method", "ground")
COLUMNS = frozenset(
    {
        "organization", "contract_id", "row_kind", "bureau", "department", "title", "method", "ground", "procured_by",
        "signed_on", "estimated_price", "amount", "unit_price", "vendors", "addresses", "nondisclosure",
        "parent_contract_id", "remarks",
    }
)  # fmt: skip
_HEADING_OF = dict(zip(_FIELDS, HEADINGS, strict=True))
_LEDGER = ledger.CONTRACTS.by_name
_MARK = re.compile(r"[(（]?※\s*([0-9０-９]+)[)）]?")
_LISTED = re.compile(r"(?:^|\s)・")  # ・ inside a name is part of it
_INDIVIDUAL = re.compile("個人.*公表しない")
_TOTAL_WORDS = "契約予定金額の総額"
_AMOUNT = re.compile(
    rf"(?P<unit>単価契約)?\(?(?P<planned>予定総額)?(?P<yen>[¥0-9,]+)円?\)?(?P<total>\({_TOTAL_WORDS}\))?"
)
_PREFECTURE = r"(?:北海道|東京都|京都府|大阪府|\S{2,3}県)"
_ON_OR_BEFORE = re.compile(r"((?:令和|平成)(?:元|[0-9]+)年[0-9]+月[0-9]+日)以前")


class Kind(StrEnum):
    """What a line of the register is."""

    HEADING = "heading"
    ROW = "row"
    TOTAL = "total"  # '-': a programme's announced total, whose contracts follow
    STRAY = "stray"  # none of these: it goes to quarantine


@dataclass(frozen=True)
class Unit:
    """A row with the physical line on which it begins; line breaks that fell into its cells are kept."""

    line: int
    text: str
    kind: Kind

    @property
    def cells(self) -> list[str]:
        """Its cells as printed."""
        return [cell.strip() for cell in self.text.split("\t")]


@dataclass(frozen=True)
class Register:
    """The divided text: R7 of R7-12, the rows, the notes by their number."""

    prefix: str
    units: tuple[Unit, ...]
    notes: Mapping[str, str]


def rows(register: Register, organization: str) -> Iterator[Row | BadRow]:
    """Every row of the register, in its order; none is dropped."""
    pieces = frozenset(piece for unit in register.units if len(unit.cells) > 1 for piece in unit.cells[1].split())
    parent: _Parent | None = None
    for at, unit in enumerate(register.units):
        reader = _RowReader(register, organization, pieces, Reading(ledger.CONTRACTS, unit.line), unit)
        if unit.kind is Kind.STRAY or len(unit.cells) != len(HEADINGS):
            parent = None if unit.kind is Kind.TOTAL else parent
            yield reader.wrong()
            continue
        fields = dict(zip(_FIELDS, unit.cells, strict=True))
        if unit.kind is Kind.TOTAL:
            child = next((later for later in register.units[at + 1 :] if later.kind is Kind.ROW), None)
            if child is None or not _is_child(child):
                parent = None
                yield reader.childless(fields)
                continue
            parent = _Parent(f"{register.prefix}-{words.narrow(child.cells[0])}P", fields)
            yield reader.read(fields, parent.contract_id, ledger.TOTAL, None)
        else:
            parent = parent if _is_child(unit) else None
            yield reader.read(fields, reader.contract_id, ledger.CONTRACT, parent)


@dataclass(frozen=True)
class _Parent:
    contract_id: str
    fields: Mapping[str, str]


def _is_child(unit: Unit) -> bool:
    """A row that leaves date, vendor and method to the total before it."""
    fields = dict(zip(_FIELDS, unit.cells, strict=False))
    return not any(fields.get(name) for name in ("signed_on", "vendors", "method"))


@dataclass(frozen=True)
class _RowReader:
    register: Register
    organization: str
    pieces: frozenset[str]  # the words of all department cells
    reading: Reading
    unit: Unit

    @property
    def contract_id(self) -> str:
        """R7-12."""
        return f"{self.register.prefix}-{words.narrow(self.unit.cells[0])}"

    def read(self, fields: Mapping[str, str], contract_id: str, kind: str, parent: _Parent | None) -> Row | BadRow:
        """One row as a contract, or as a programme's total."""
        reading = self.reading
        reading.derive("organization", self.organization)
        reading.derive("contract_id", contract_id, fields["number"])
        reading.derive("row_kind", kind)
        reading.derive("parent_contract_id", parent.contract_id if parent else None)
        inherited = {name: parent.fields[name] for name in _INHERITED} if parent else {}
        marks: list[str] = []
        plain = {}
        for name, own in {**fields, **inherited}.items():
            marks += [mark for mark in _MARK.findall(words.narrow(own)) if mark not in marks]
            plain[name] = _MARK.sub("", own).strip()
        self._department(fields["department"])
        self._put("title", words.mend(plain["title"]), fields["title"])
        self._put("signed_on", re.sub(r"\s", "", plain["signed_on"]), fields["signed_on"])
        self._put("method", plain["method"], fields["method"])
        ground = re.sub(r"\s", "", unicodedata.normalize("NFKC", plain["ground"]))
        self._put("ground", ground, fields["ground"])
        self._put("estimated_price", re.sub(r"\s", "", plain["estimated_price"]), fields["estimated_price"])
        self._vendors({**fields, **inherited}, plain, fields)
        total = self._amount(plain["amount"], fields["amount"])
        self._procured_by(fields["estimated_price"])
        remarks = [f"※{mark} {self.register.notes.get(mark, '')}".strip() for mark in marks]
        reading.derive("remarks", "\n".join(([total] if total else []) + remarks) or None)
        return reading.result(self._whole(fields) if reading.failures else {})

    def wrong(self) -> BadRow:
        """A row that has not ten cells, or a line that is no row."""
        cells = self.unit.cells
        reason = f"セルが{len(cells)}個あります（{len(HEADINGS)}個のはずです）。"
        if len(cells) == len(HEADINGS):
            reason = f"行の初めの{quote(cells[0])}が番号でも「-」でもありません。"
        if self.unit.kind is Kind.STRAY and cells[0].startswith("No"):
            reason = "見出しがJ-LISの登録簿のものと違います。"
        if self.unit.kind is Kind.ROW:
            self.reading.derive("contract_id", self.contract_id)
        return self._bad(reason)

    def childless(self, fields: Mapping[str, str]) -> BadRow:
        """A total without contracts after it: it has no number of its own to go by."""
        return self._bad("総額の行（-）のあとに、その一部である契約の行がありません。", fields["number"])

    def _bad(self, reason: str, value: str = "") -> BadRow:
        cells = self.unit.cells
        headings = [*HEADINGS, *(f"{at}列目" for at in range(len(HEADINGS) + 1, len(cells) + 1))]
        key = canonical(self.reading.values.get("contract_id"))
        whole = dict(zip(headings, cells, strict=False))
        return BadRow("contracts", self.unit.line, "No." if value else "", value, reason, whole, self.organization, key)

    # --- cells --------------------------------------------------------------------------------------------------

    def _put(self, name: str, text: str, own: str) -> None:
        """Read a mended text by its column; ``own`` is what the cell itself says."""
        self.reading.cell(_LEDGER[name], _HEADING_OF[name], text, own=own)

    def _department(self, own: str) -> None:
        """Broken words are joined where the whole word stands elsewhere in the file; other spaces divide units."""
        pieces, joined = own.split(), list[str]()
        while pieces:
            take = next((n for n in range(len(pieces), 1, -1) if "".join(pieces[:n]) in self.pieces), 1)
            joined.append(words.mend("".join(pieces[:take])))
            del pieces[:take]
        self._put("department", " ".join(joined), own)
        self.reading.derive("bureau", joined[0] if joined else None)

    def _vendors(self, said: Mapping[str, str], plain: Mapping[str, str], fields: Mapping[str, str]) -> None:
        """Names and addresses, one to a line in the same order; none where they are not disclosed."""
        hidden = None
        if said["vendors"] and not plain["vendors"]:
            hidden = "秘密"  # only a ※ mark stands in the cell
        elif _INDIVIDUAL.search(words.mend(plain["vendors"])):
            hidden = "個人"
        self.reading.derive("nondisclosure", hidden)
        names = [] if hidden else _listed(plain["vendors"])
        addresses = _addresses(plain["addresses"], len(names))
        self._put("vendors", "\n".join(names), fields["vendors"])
        self._put("addresses", "\n".join(addresses), fields["addresses"])
        if hidden:
            return
        if not names:
            self.reading.fail("vendors", _HEADING_OF["vendors"], "", "空欄です（公表しない場合はその旨が必要です）。")
        elif addresses and len(addresses) != len(names):
            reason = f"契約の相手方{len(names)}者に対して所在地が{len(addresses)}件あります。"
            self.reading.fail("addresses", _HEADING_OF["addresses"], fields["addresses"], reason)

    def _amount(self, plain: str, own: str) -> str:
        """Yen, and the words around them; returns what is to be remarked."""
        text = re.sub(r"\s", "", words.narrow(plain))
        found = _AMOUNT.fullmatch(text)
        unit = bool(found and found["unit"])
        self._put("amount", found["yen"] if found else text, own)
        self.reading.derive("unit_price", True if unit else None)
        if found and found["planned"] and not unit:
            return "契約金額は予定総額"
        return f"契約金額は{_TOTAL_WORDS}" if found and found["total"] else ""

    def _procured_by(self, own: str) -> None:
        """The day on or before which it was procured, where a note on the estimate says so."""
        latest: date | None = None
        for mark in _MARK.findall(words.narrow(own)):
            found = _ON_OR_BEFORE.search(re.sub(r"\s", "", self.register.notes.get(mark, "")))
            if found:
                try:
                    latest = dates.read(found[1])
                except CellError as reason:
                    self.reading.fail("procured_by", f"※{mark}", found[1], str(reason))
        self.reading.derive("procured_by", latest)

    def _whole(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The row under the headings of the interchange format, what was read as it was read: ready to be mended."""
        failed = {failure.column: failure.value for failure in self.reading.failures}
        cells = {name: canonical(value) for name, value in self.reading.values.items()} | {
            name: fields.get(name, value) for name, value in failed.items()
        }
        return {column.heading: cells[column.name] for column in ledger.CONTRACTS.columns if column.name in cells}


def _listed(text: str) -> list[str]:
    """The members of a ・ list, or the one name; mended, as a line break may have fallen anywhere."""
    items: Sequence[str] = _LISTED.split(text) if text.startswith("・") else [text]
    return [mended for item in items if (mended := words.mend(item))]


def _addresses(text: str, names: int) -> list[str]:
    """As many addresses as names, also where no ・ divides them."""
    if text.startswith("・") or names < 2:
        return _listed(text)
    by_space = text.split()
    if len(by_space) == names:
        return by_space
    return [words.mend(item) for item in re.split(rf"\s+(?={_PREFECTURE})", text) if item.strip()]
