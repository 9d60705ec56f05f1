"""Merged cells of a published register: what one cell says of several rows, each of these rows says.

An amount is the exception: merged over several rows it is one amount, so only the first row has it and the others are told.
"""

from collections import defaultdict
from collections.abc import Iterator

from monitor.intake.forms_headings import Head
from monitor.intake.forms_vocabulary import Role
from monitor.intake.sheets import Merging, Record, Sheet

_MONEY = (Role.AMOUNT, Role.ESTIMATE)


def spread(sheet: Sheet, head: Head) -> Iterator[tuple[Record, str]]:
    """The sheet's rows with what merged cells above say of them, and why one is no contract of its own ("" if it may be).

    A row that has nothing of its own is but the lower half of the one above, and stays blank.
    """
    parts = sheet.merged() if isinstance(sheet, Merging) else ()
    below = defaultdict[int, list[tuple[int, int]]](list)  # line → (column, the merge's first line)
    for part in parts:
        if part.first > head.last:
            for line in range(part.first + 1, part.last + 1):
                below[line].append((part.left, part.first))
    firsts = {part.first for part in parts}
    held = dict[int, Record]()  # the rows in which merges begin
    for record in sheet.records():
        if record.line in firsts:
            held[record.line] = record
        over = below.get(record.line)
        yield _told(record, over, held, head) if over and not record.blank else (record, "")


def _told(record: Record, over: list[tuple[int, int]], held: dict[int, Record], head: Head) -> tuple[Record, str]:
    role_of = {at: role for role, at in head.roles.items()}
    cells, reason = list(record.cells), ""
    for at, first in over:
        role = role_of.get(at)
        if role is Role.AMOUNT:
            reason = f"契約金額のセルが{first}行目と結合されています（{first}行目を全額で取り込み、二重に数えないようこの行は取り込みません）。"
        elif role is not None and role not in _MONEY and at < len(cells) and at < len(held[first].cells):
            cells[at] = held[first].cells[at]
    return record._replace(cells=cells), reason
