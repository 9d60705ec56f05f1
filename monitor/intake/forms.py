"""The layout "forms": registers of contracts as offices publish them (公共調達の適正化について, 財計第2017号, and the like).

Which column is which is told by forms_headings.py, what a cell says by the files forms_*.py beside it. This file divides a
sheet into heading, rows and what is neither, and says whose rows they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, takewhile

from monitor.intake import forms_headings, forms_merged, forms_rows, forms_sheet
from monitor.intake.cells import text
from monitor.intake.forms_headings import Doubt, Head
from monitor.intake.forms_sheet import Sheetwide
from monitor.intake.forms_vocabulary import Role
from monitor.intake.headings import heading_key, heading_row, is_complete
from monitor.intake.how import How
from monitor.intake.rows import BadRow, Block, Part, Row, Unreadable, quote
from monitor.intake.sheets import Record, Sheet
from monitor.intake.text import TextSheet

NAME = "forms"
_OURS = {heading_key(word) for word in ("organization", "機関コード", "contract_id", "signed_on")}  # of our own format
_STATE_RULEBOOK = "national"


def recognise(sheet: Sheet) -> bool:
    """Whether there is a heading of a published register; a sheet in the interchange format is not one."""
    first = heading_row(sheet)
    if first is None or first.broken or _OURS & {heading_key(text(cell)) for cell in first.cells}:
        return False
    if is_complete(sheet):
        return False
    return forms_headings.find(sheet.records()) is not None


def read(sheet: Sheet, how: How) -> Iterator[Part | Unreadable]:
    """The sheet as one part of contracts, and before it the bodies that it brings."""
    head = forms_headings.find(sheet.records())
    if head is None:
        yield Unreadable(sheet.source, _unknown(sheet))
    elif isinstance(head, Doubt):
        yield Unreadable(sheet.source, head.reason)
    elif not how.organization and not {Role.BODY, Role.MINISTRY} & head.roles.keys():
        yield Unreadable(sheet.source, "どの機関の契約か表に書かれていません（機関コードを指定してください）。")
    else:
        if _brings(head, how):
            columns = frozenset({"organization", "name", "rulebook"})
            bodies = _bodies(sheet, head, how)
            yield Part(sheet.source, NAME, "organizations", columns, (), bodies, None, new_only=True)
        total = None if sheet.total is None else max(sheet.total - head.last, 0)
        rows: Iterator[Row | BadRow] = forms_rows.InOrder(_rows(sheet, head, how))
        if how.register:  # which of two equal rows is the second is told by their order
            rows = (row for row in rows)
        yield Part(sheet.source, NAME, "contracts", _columns(head), _unused(head), rows, total)


def _unknown(sheet: Sheet) -> str:
    """Which headings were seen, and which would do."""
    seen = next((record for record in sheet.records() if sum(bool(text(c).strip()) for c in record.cells) > 2), None)
    cells = [text(cell).strip() for cell in seen.cells if text(cell).strip()] if seen else []
    told = "".join(quote(cell, 20) for cell in islice(cells, 8)) or "なし"
    return f"公表された契約の一覧の見出しが見つかりません（見つかった見出し: {told}。件名、契約を締結した日と、契約の相手方か契約金額が必要です）。"


def _columns(head: Head) -> frozenset[str]:
    """The columns that the sheet has; some rows tell more (a yearly amount)."""
    names = {
        Role.TITLE: "title", Role.DATE: "signed_on", Role.VENDOR: "vendors", Role.ADDRESS: "addresses",
        Role.NUMBER: "vendor_numbers", Role.METHOD: "method", Role.GROUND: "ground", Role.ESTIMATE: "estimated_price",
        Role.AMOUNT: "amount", Role.BIDDERS: "bidders", Role.REMARKS: "remarks", Role.SITE: "site",
        Role.CATEGORY: "category", Role.OFFICER: "department", Role.DEPARTMENT: "department",
    }  # fmt: skip
    return frozenset({"organization", "contract_id"} | {names[role] for role in head.roles if role in names})


def _unused(head: Head) -> tuple[str, ...]:
    """The headings that no role was found for."""
    used = set(head.roles.values())
    return tuple(" ".join(h.split()) for at, h in enumerate(head.headings) if h.strip() and at not in used)


# --- bodies -------------------------------------------------------------------------------------------------------


def _brings(head: Head, how: How) -> bool:
    """Whether the sheet can bring bodies: their rulebook is told by the caller, or they are ministries."""
    return bool(how.rulebook) or (not how.organization and Role.BODY not in head.roles)


def _bodies(sheet: Sheet, head: Head, how: How) -> Iterator[Row | BadRow]:
    """Each body once, in the order of the sheet. One whose rulebook is not known is left to be made known first."""
    wide, seen = Sheetwide(head, how.organization, strict=False), set[str]()
    known = set[str]()  # cells that have been read
    for record in sheet.records():
        if record.line <= head.last or record.broken:
            continue
        shown = text(wide.cell(record, wide.payer))
        if shown in known or not forms_sheet.is_row(wide, record):
            continue
        known.add(shown)
        organization = forms_sheet.organization_of(wide, record)
        rulebook = how.rulebook or (_STATE_RULEBOOK if forms_sheet.is_state(organization) else None)
        if organization and rulebook and organization not in seen:
            seen.add(organization)
            name = how.organization or forms_sheet.body_name(wide.shown(record, wide.payer))
            values = {"organization": organization, "name": name, "rulebook": rulebook}
            yield Row("organizations", record.line, values)
            if how.organization:
                return


# --- rows ---------------------------------------------------------------------------------------------------------


def _rows(sheet: Sheet, head: Head, how: How) -> Iterator[Sequence[Block]]:
    """The rows below the heading, batch by batch, and before them those that stand above it."""
    wide = Sheetwide(head, how.organization, strict=isinstance(sheet, TextSheet))
    if above := list(_above(sheet, wide)):
        yield [Block(above[0].table, (), [], [], apart=above)]
    reader = forms_rows.Reader(wide)
    for batch, reasons in forms_merged.spread(sheet, head):
        taken = list[int]()
        for at, line in enumerate(batch.lines):
            if line <= head.last:
                continue
            if at not in batch.broken and wide.is_dated(batch.rows[at]):  # the usual case, and quick
                taken.append(at)
                continue
            record = batch.record(at)
            if again := _another(wide, record):
                yield reader.blocks(batch, taken, reasons)
                wide, taken = replace(wide, head=again), []
                reader = forms_rows.Reader(wide)
            elif forms_sheet.is_row(wide, record):
                taken.append(at)
        yield reader.blocks(batch, taken, reasons)


def _above(sheet: Sheet, wide: Sheetwide) -> Iterator[Row | BadRow]:
    """Rows of contracts that stand above the heading, for the quarantine; a title, a date or a small table is none."""
    head = wide.head
    there = takewhile(lambda record: record.line <= head.last, sheet.records())
    found = [record for record in there if record.broken or not (record.blank or wide.is_heading(record))]
    if any(record.broken or forms_headings.is_deal(record.cells) for record in found):
        reason = (
            f"見出し（{head.last}行目）より上にある行です（見出しをいちばん上に移して、もう一度取り込んでください）。"
        )
        for record in found:
            if record.broken or sum(map(bool, wide.texts(record))) > 1:
                yield forms_rows.read(wide, record, record.broken or reason)


def _another(wide: Sheetwide, record: Record) -> Head | None:
    """A heading with other columns below the first table."""
    head = wide.head
    if record.broken or forms_headings.is_data(record.cells) or forms_headings.row_key(record.cells) in head.rows:
        return None
    found = forms_headings.find([record._replace(line=1)])
    says_whose = set[Role]() if wide.organization else {wide.payer}
    return replace(found, last=record.line) if isinstance(found, Head) and says_whose <= found.roles.keys() else None
