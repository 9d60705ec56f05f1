"""The layout "decisions": what clerks have written into findings.xlsx, whatever else they have done to the sheet.

The headings 番号 and 判断 make it one; columns may be gone or added, rows sorted anew, titles put above. A row without an
answer is handed on as such: it is most of a returned workbook.
"""

import re
from collections.abc import Iterator
from itertools import islice, takewhile

from checks import words
from checks.ledger import Column, Kind, Table
from monitor.intake import interchange
from monitor.intake.cells import Cell, CellError, text
from monitor.intake.headings import Layout, heading_key, heading_row
from monitor.intake.how import How
from monitor.intake.reading import Reading
from monitor.intake.rows import BadRow, Part, Row, Unreadable, quote
from monitor.intake.sheets import Record, Sheet
from monitor.intake.text import TextSheet
from monitor.spreadsheet import unguarded

NAME = "decisions"
GUIDE = "記入のしかた"  # the first words of the sheet that explains; it is no sheet of answers
EXAMPLE = "記入例"  # the same of a sheet of examples
REVISION = "版（消さないでください）"
DECISIONS = Table(
    NAME,
    ("finding_id",),
    (
        Column("finding_id", "番号", required=True, longest=16),
        Column("revision", "版", Kind.COUNT, also=(REVISION,)),
        Column(
            "decision",
            "判断",
            required=True,
            choices=("確認", "容認", "処置済", "誤検知", "同一", "取消"),
            meant={
                "確認済": "確認", "確認済み": "確認", "確認した": "確認", "確認しました": "確認",
                "容認済": "容認", "容認済み": "容認", "容認する": "容認", "容認します": "容認",
                "処置": "処置済", "処置済み": "処置済", "処置した": "処置済", "処置しました": "処置済", "処置完了": "処置済",
                "誤検知です": "誤検知", "誤検出": "誤検知",
                "同じ": "同一", "同一です": "同一", "同一の相手方": "同一",
                "取り消し": "取消", "取消し": "取消", "取り消す": "取消", "取消す": "取消",
            },
        ),  # 承認, 対応済 and the like may mean two things: they are asked back
        Column("reason", "理由", longest=2000),
        Column("until", "期限", Kind.DATE),
        Column("by", "氏名", longest=100),
        Column("action", "処置", longest=2000),
    ),
    by_organization=False,
)  # fmt: skip
ANSWERS = ("decision", "reason", "until", "by", "action")

_FEWEST = 3  # columns of a table in which a filled row can be told from a title
_SEARCHED = 30  # rows among which the headings are looked for
_ID = re.compile(r"([A-Z]{2})[-ー]?([0-9A-Z]{8})")
_MISREAD = str.maketrans("OIL", "011")  # an id's last eight have none of these letters
_COLUMNS = {heading_key(word): c for c in DECISIONS.columns for word in (c.name, c.heading, *c.also)}


def recognise(sheet: Sheet) -> bool:
    """Whether its headings are 番号 and 判断, or it is the sheet that explains them."""
    return _is_guide(sheet) or (_headings(sheet) is not None and not interchange.recognise(sheet))


def read(sheet: Sheet, _how: How) -> Iterator[Part | Unreadable]:
    """The sheet as one part; nothing of the sheet that explains. A row without an answer has no ``decision``."""
    if _is_guide(sheet):
        return
    found = _headings(sheet)
    if found is None:
        seen = heading_row(sheet)
        told = "".join(quote(text(cell), 20) for cell in islice(seen.cells if seen else (), 8) if text(cell).strip())
        yield Unreadable(sheet.source, f"見出し「番号」と「判断」がありません（見つかった見出し: {told or 'なし'}）。")
        return
    layout = _layout(found)
    if isinstance(layout, str):
        yield Unreadable(sheet.source, layout)
        return
    total = None if sheet.total is None else max(sheet.total - found.line, 0)
    yield Part(sheet.source, NAME, NAME, layout.names, (), _rows(sheet, layout, found), total)


def finding_id(written: str) -> str:
    """The id as it is kept, however it was written: PB-2M9XD7QK for ｐｂ‐２ｍ９ｘｄ７ｑｋ. Raises CellError."""
    found = _ID.fullmatch(re.sub(r"\s", "", words.narrow(written)).upper())
    if found is None:
        raise CellError(f"{quote(written)}は確認事項の番号として読めません（例: PB-2M9XD7QK）。")
    return f"{found[1]}-{found[2].translate(_MISREAD)}"


def column_of(heading: str) -> Column | None:
    """The column of ours that a heading names; None for the clerk's own and for what the workbook only tells."""
    return _COLUMNS.get(heading_key(heading))


# --- headings -----------------------------------------------------------------------------------------------------


def _is_guide(sheet: Sheet) -> bool:
    first = heading_row(sheet)
    shown = (text(cell).strip() for cell in first.cells) if first else iter(())
    return next((cell for cell in shown if cell), "").startswith((GUIDE, EXAMPLE))


def _headings(sheet: Sheet) -> Record | None:
    """The row of headings: the first that has 番号 and 判断; titles may stand above it."""
    for record in islice(sheet.records(), _SEARCHED):
        known = {_COLUMNS[key].name for cell in record.cells if (key := heading_key(text(cell))) in _COLUMNS}
        if {"finding_id", "decision"} <= known and not record.broken:
            return record
    return None


def _layout(found: Record) -> Layout | str:
    """Which column lies where; in words why that cannot be told. Two columns of the clerk's own may bear one name."""
    headings = tuple(text(cell) for cell in found.cells)
    columns, unknown = dict[str, tuple[int, Column]](), list[tuple[int, str]]()
    for position, heading in enumerate(headings):
        column = column_of(heading)
        if column is None:
            unknown.append((position, heading.strip() or f"{position + 1}列目"))
        elif column.name in columns:
            return f"同じ列の見出し{quote(column.heading)}が二つあります（一つを消すか、別の名前にしてください）。"
        else:
            columns[column.name] = (position, column)
    return Layout(DECISIONS, headings, tuple(columns.values()), tuple(unknown), frozenset())


# --- rows ---------------------------------------------------------------------------------------------------------


def _rows(sheet: Sheet, layout: Layout, found: Record) -> Iterator[Row | BadRow]:
    strict = isinstance(sheet, TextSheet)  # beside a table in Excel there may be notes; in CSV it is a wrong comma
    above = [*takewhile(lambda record: record.line < found.line, sheet.records())]
    # with their headings: what stands above is no title
    sorted_too = any(_is_answer(record) or _is_whole(layout, record) for record in above)
    for record in sheet.records():
        if record.line == found.line or (record.blank and not record.broken):
            continue
        if record.line < found.line and not (sorted_too and (_is_answer(record) or _is_filled(layout, record))):
            continue
        if [text(cell) for cell in record.cells] != list(layout.headings):  # the headings again: two tables in one
            yield _row(layout, record, strict=strict)


def _is_answer(record: Record) -> bool:
    """In whatever column: the headings may have been moved too."""
    return any(map(_id_or_none, record.cells))


def _is_filled(layout: Layout, record: Record) -> bool:
    return any(_says(_cell(record, at)) for at, column in layout.columns if column.name in ANSWERS)


def _is_whole(layout: Layout, record: Record) -> bool:
    """A row of answers whose number cannot be read: most of its cells are filled."""
    return 2 * sum(_says(_cell(record, at)) for at, _ in layout.columns) > len(layout.columns) > _FEWEST


def _row(layout: Layout, record: Record, *, strict: bool) -> Row | BadRow:
    cells = {column.name: _cell(record, at) for at, column in layout.columns}
    other = {heading: shown for at, heading in layout.unknown if (shown := text(_cell(record, at)).strip())}
    width = len(layout.headings)
    beyond = {
        f"{at}列目": shown
        for at in range(width + 1, len(record.cells) + 1)
        if (shown := text(record.cells[at - 1]).strip())
    }
    reading = Reading(DECISIONS, record.line)
    if record.broken:
        reading.fail("", "", "、".join(text(cell) for cell in record.cells), record.broken)
    elif beyond and strict:
        reason = (
            f"セルが{len(record.cells)}個あり、見出しの{width}個より多いです（余分な区切りがないか確認してください）。"
        )
        reading.fail("", "", next(iter(beyond.values())), reason)
    elif not any(_says(cells.get(name)) for name in ANSWERS):
        return Row(NAME, record.line, {"finding_id": _id_or_none(cells["finding_id"])}, {}, other | beyond)
    else:
        for at, column in layout.columns:
            _read(reading, column, layout.headings[at], cells[column.name])
    return reading.result(interchange.whole(layout, record, None) if reading.failures else {}, other | beyond)


def _read(reading: Reading, column: Column, heading: str, cell: Cell) -> None:
    own = text(cell)
    if column.name == "finding_id" and _says(cell):
        try:
            reading.cell(column, heading, finding_id(own), own=own)
        except CellError as reason:
            reading.fail(column.name, heading, own, str(reason))
    elif column.kind is Kind.TEXT and isinstance(cell, str):
        reading.cell(column, heading, unguarded(cell))
    else:
        reading.cell(column, heading, cell)


def _cell(record: Record, position: int) -> Cell:
    return record.cells[position] if position < len(record.cells) else None


def _says(cell: Cell) -> bool:
    return bool(words.narrow(text(cell)).strip())


def _id_or_none(cell: Cell) -> str | None:
    try:
        return finding_id(text(cell))
    except CellError:
        return None
