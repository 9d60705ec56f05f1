"""The ledger interchange format, version 1: rows under the headings of headings.py, read column by column where that can be."""

from collections.abc import Iterator, Sequence
from typing import Any

from checks import ledger
from checks.ledger import Kind
from monitor.intake.cells import Memory, text
from monitor.intake.headings import Layout, heading_row, layout_of, table_of, unrecognised
from monitor.intake.how import How
from monitor.intake.reading import Reading
from monitor.intake.rows import BadRow, Block, Blocks, CellError, Part, Row, Unreadable, quote
from monitor.intake.sheets import Batch, Record, Sheet

NAME = "interchange"
_WEB = "ウェブ"


def recognise(sheet: Sheet) -> bool:
    """Whether the sheet's name or its headings are those of a table."""
    first = heading_row(sheet)
    return first is not None and table_of(sheet, [text(cell) for cell in first.cells]) is not None


def read(sheet: Sheet, how: How) -> Iterator[Part | Unreadable]:
    """The sheet as one part. The organization of ``how`` stands in where the column is absent or its cell blank."""
    organization = how.organization
    first = heading_row(sheet)
    headings = [text(cell) for cell in first.cells] if first else []
    table = table_of(sheet, headings)
    if first is None:
        yield Unreadable(sheet.source, "見出しの行がありません（空のファイルです）。")
    elif first.broken:
        yield Unreadable(sheet.source, f"{first.line}行目の見出しが読めません（{first.broken.rstrip('。')}）。")
    elif table is None:
        yield Unreadable(sheet.source, unrecognised(headings))
    else:
        reason, layout = layout_of(table, headings, organization)
        if layout is None:
            yield Unreadable(sheet.source, reason)
        else:
            yield Part(
                sheet.source,
                NAME,
                table.name,
                layout.names,
                tuple(heading for at, heading in layout.unknown if headings[at].strip()),
                Blocks(_blocks(sheet, layout, first, organization)),
                None if sheet.total is None else max(sheet.total - first.line, 0),
            )


# --- rows ---------------------------------------------------------------------------------------------------------


def _blocks(sheet: Sheet, layout: Layout, headings: Record, organization: str | None) -> Iterator[Block]:
    """The rows below the headings; those that are not read the quick way are read cell by cell, or are blank."""
    quick, begun = _Quick(layout, organization), False
    for batch in sheet.batches():
        start, there = 0, range(len(batch.lines))
        if not begun:  # a row of the quarantine's translation may have a line of its own above that of the headings
            start = next((at + 1 for at in there if batch.lines[at] == headings.line), len(there))
            begun = start < len(there) or batch.lines[-1:] == [headings.line]
        block, left = quick.block(batch, start)
        records = [batch.record(at) for at in left]
        block.apart = [
            _row(_read(sheet, layout, organization, record), layout, organization, record)
            for record in records
            if record.broken or not record.blank
        ]
        yield block


class _Quick:
    """Rows whose cells can all be read, column by column: each distinct cell of a column is read once."""

    def __init__(self, layout: Layout, organization: str | None) -> None:
        self._layout, self._organization, self._width = layout, organization, len(layout.headings)
        self._names = tuple(column.name for _, column in layout.columns)
        self._positions = [position for position, _ in layout.columns]
        self._memories = [
            Memory(column, organization if column.name == "organization" else None) for _, column in layout.columns
        ]
        self._bare = [at for at, _ in layout.unknown if not layout.headings[at].strip()]
        named = len(layout.unknown) > len(self._bare)
        self._plain = not (layout.filled or named or {"medium", "change_of"} & set(self._names))

    def block(self, batch: Batch, start: int) -> tuple[Block, list[int]]:
        """The rows from ``start`` on as ``_row`` makes them, and the positions of the rows that are left out.

        Left out are rows of which a cell cannot be read (in a blank row, a required one) or must be asked for its format.
        """
        taken, rows = self._divided(batch, start)
        whole = list(zip(*rows, strict=True)) or [()] * self._width
        cells: list[Sequence[Any]] = [whole[at] for at in self._positions]
        columns, failed = self._columns(cells)
        if failed:
            fine = [at for at in range(len(taken)) if at not in failed]
            taken, rows = [taken[at] for at in fine], [rows[at] for at in fine]
            cells, columns = _some(cells, fine), _some(columns, fine)
        lines = [batch.lines[at] for at in taken]
        block = Block(self._layout.table.name, self._names, lines, [*columns], self._original(cells))
        if not self._plain or any(any(whole[at]) for at in self._bare):
            block = self._filled(batch, taken, block)
        left = range(start, len(batch.lines)) if len(lines) < len(batch.lines) - start else ()
        return block, sorted(set(left) - set(taken))

    def _divided(self, batch: Batch, start: int) -> tuple[Sequence[int], Sequence[Sequence[Any]]]:
        """Positions and cells of the rows that are as wide as the headings, or can be made so."""
        rows, width = batch.rows[start:] if start else batch.rows, self._width
        if not batch.broken and set(map(len, rows)) <= {width}:
            return range(start, len(batch.rows)), rows
        there = range(start, len(batch.rows))
        taken = [at for at in there if len(batch.rows[at]) <= width and at not in batch.broken]
        return taken, [[*batch.rows[at], *([""] * (width - len(batch.rows[at])))] for at in taken]

    def _columns(self, cells: Sequence[Sequence[Any]]) -> tuple[list[Sequence[Any]], set[int]]:
        """The values, and the positions of the rows that have a cell that cannot be read."""
        columns, failed = list[Sequence[Any]](), set[int]()
        for memory, column in zip(self._memories, cells, strict=True):
            try:
                columns.append(memory.column(column))
            except CellError:
                values = [_tried(memory, cell) for cell in column]
                failed |= {at for at, value in enumerate(values) if value is _FAILED}
                columns.append(values)
        return columns, failed

    def _original(self, cells: Sequence[Sequence[Any]]) -> dict[int, dict[str, str]]:
        original: dict[int, dict[str, str]] = {}
        for name, memory, column in zip(self._names, self._memories, cells, strict=True):
            if memory.own and not memory.own.keys().isdisjoint(column):
                for at, cell in enumerate(column):
                    if cell in memory.own:  # no bool is among them: their rows are left out
                        original.setdefault(at, {})[name] = memory.own[cell]
        return original

    def _filled(self, batch: Batch, taken: Sequence[int], block: Block) -> Block:
        """The rows with what the format fills in and what it does not know; none has a cell too many."""
        rows = []
        for at, row in zip(taken, map(block.row, range(len(block))), strict=True):
            reading = Reading(self._layout.table, row.line, {**row.values}, {**row.original})
            made = _row(reading, self._layout, self._organization, batch.record(at))
            assert isinstance(made, Row)
            rows.append(made)
        return Block.of(rows) if rows else block


_FAILED: Any = object()


def _tried(memory: Memory, cell: Any) -> Any:
    try:
        return memory.one(cell)
    except CellError:
        return _FAILED


def _some(columns: Sequence[Sequence[Any]], positions: Sequence[int]) -> list[Sequence[Any]]:
    return [[column[at] for at in positions] for column in columns]


def _read(sheet: Sheet, layout: Layout, organization: str | None, record: Record) -> Reading:
    """The cells one by one, with the reason for each that cannot be read."""
    reading, cells, width = Reading(layout.table, record.line), record.cells, len(record.cells)
    for position, column in layout.columns:
        cell = cells[position] if position < width else None
        if column.name == "organization" and organization and not text(cell).strip():
            cell = organization
        heading, percent = layout.headings[position], False
        if column.kind is Kind.PERCENT and isinstance(cell, (int, float)):
            formatted = sheet.is_percent(record.line, position)
            if formatted is None:
                reason = f"{quote(text(cell))}が%表示のセルか確認できません（文字列で「2.5%」のように入れてください）。"
                reading.fail(column.name, heading, text(cell), reason)
                continue
            percent = formatted
        reading.cell(column, heading, cell, percent=percent)
    return reading


def _row(reading: Reading, layout: Layout, organization: str | None, record: Record) -> Row | BadRow:
    cells, width = record.cells, len(record.cells)
    _fill(reading, layout, organization)
    _misplaced(reading, layout, record)
    other = {heading: text(cells[at]) for at, heading in layout.unknown if at < width and text(cells[at]).strip()}
    return reading.result(whole(layout, record, organization) if reading.failures else {}, other)


def _misplaced(reading: Reading, layout: Layout, record: Record) -> None:
    """Where a row is not divided as the headings are, that is its failure; what its cells say means nothing."""
    beyond = [shown for cell in record.cells[len(layout.headings) :] if (shown := text(cell)).strip()]
    if record.broken:
        reading.failures.clear()
        reading.fail("", "", "、".join(text(cell) for cell in record.cells), record.broken)
    elif beyond:
        reading.failures.clear()
        reason = f"セルが{len(record.cells)}個あり、見出しの{len(layout.headings)}個より多いです（余分な区切りがないか確認してください）。"
        reading.fail("", "", beyond[0], reason)


def _fill(reading: Reading, layout: Layout, organization: str | None) -> None:
    """What the format says of blank cells: a medium is the web, a row that changes another is 変更."""
    values = reading.values
    if "organization" in layout.filled:
        values["organization"] = organization
    if layout.table is ledger.PUBLICATIONS and not values.get("medium"):
        own = "" if "medium" in values else None
        if "medium" in values or "medium" in layout.filled:
            reading.derive("medium", _WEB, own)
    for name in layout.filled & {"row_kind", "register"}:
        values[name] = None  # a register without a name is named by its file (published.py)
    if layout.table is ledger.CONTRACTS and values.get("change_of") and values.get("row_kind", "") is None:
        reading.derive("row_kind", ledger.AMENDMENT, None if "row_kind" in layout.filled else "")


def whole(layout: Layout, record: Record, organization: str | None) -> dict[str, str]:
    """heading → text of the whole row, so that it can be written out, mended and read again."""
    headings = [heading if heading.strip() else f"{at}列目" for at, heading in enumerate(layout.headings, 1)]
    headings += [f"{at}列目" for at in range(len(headings) + 1, len(record.cells) + 1)]
    cells = [text(cell) for cell in record.cells] + [""] * (len(headings) - len(record.cells))
    given = {"機関コード": organization} if "organization" in layout.filled and organization else {}
    return given | dict(zip(headings, cells, strict=True))
