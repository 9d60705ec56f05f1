"""Merged cells of a published register: what one cell says of several rows, each of these rows says.

An amount is the exception: merged over several rows it is one amount, so only the first row has it and the others are told.
"""

from collections import defaultdict
from collections.abc import Iterator

from monitor.intake.cells import Cell
from monitor.intake.forms_headings import Head
from monitor.intake.forms_vocabulary import Role
from monitor.intake.sheets import Batch, Merging, Record, Sheet

_MONEY = (Role.AMOUNT, Role.ESTIMATE)


def spread(sheet: Sheet, head: Head) -> Iterator[tuple[Batch, dict[int, str]]]:
    """The sheet's rows with what merged cells above say of them, and why some (by position) are no contract of their own.

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
    for batch in sheet.batches():
        reasons = dict[int, str]()
        for at, line in enumerate(batch.lines if parts else ()):
            if line in firsts:
                held[line] = batch.record(at)
            if line in below and not batch.record(at).blank:
                batch.rows[at], reasons[at] = _told(batch.record(at), below[line], held, head)
        yield batch, reasons


def _told(record: Record, over: list[tuple[int, int]], held: dict[int, Record], head: Head) -> tuple[list[Cell], str]:
    role_of = {at: role for role, at in head.roles.items()}
    cells, reason = list(record.cells), ""
    for at, first in over:
        role = role_of.get(at)
        if role is Role.AMOUNT:
            reason = f"契約金額のセルが{first}行目と結合されています（{first}行目を全額で取り込み、二重に数えないようこの行は取り込みません）。"
        elif role is not None and role not in _MONEY and at < len(cells) and at < len(held[first].cells):
            cells[at] = held[first].cells[at]
    return cells, reason
