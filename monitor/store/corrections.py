"""Waiting rows written out for a person to correct: CSV files in a folder, or a workbook with the reason at each bad cell.

Rows of one shape (table, layout, headings) make one sheet, so that a column that a file did not have is not blank in it.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, RowMapping, select

from checks import words
from monitor.problems import Problem
from monitor.spreadsheet import guarded
from monitor.store import schema

if TYPE_CHECKING:
    from openpyxl.cell import Cell

_FREE: Final = ("機関コード", "規程")  # wrong until something else is known: read again as they are
_SHEET: Final = 31  # characters of a sheet's name
_RED, _GREY, _NAVY = "F4B6B6", "E7E6E6", "1F3864"
_WIDTHS: Final = {"reason": 44, "place": 24, "deed": 12, "why": 24, "usual": 16, "kept": 12}
_GUIDE: Final = (
    "赤い欄を直して、上書き保存してください。直した行だけでかまいません。直さない行は、そのまま隔離に残ります。",
    "「隔離の理由」の列に、どの欄がなぜ読めないかを書いています。赤い欄にポインタを合わせても見られます。",
    "日付は 2026/4/1、令和8年4月1日、R8.4.1、金額は 1234567、1,234,567 のどの書き方でも読み取ります。",
    "契約ではない行（小計、合計、注記など）は、「隔離の処理」の列に「対象外」、「隔離の処理の理由」の列に理由を書いてください。",
    "対象外とした行は隔離から外れ、元のファイルを取り込み直しても隔離されません。行と理由は日付とともに残ります。「戻す」と書いて取り込むと、また隔離に戻ります。",
    "「隔離番号」と「読み方」の列は消さないでください（どの行を直したかを確かめるためです）。行を消しても、隔離からは消えません。",
    "直したファイルは、keiyaku import で取り込むか、監視フォルダに置いてください。読めた行は隔離から外れ、まだ読めない行は新しい理由で残ります。",
)


@dataclass(frozen=True)
class Shape:
    """Rows that are written under the same headings and read in the same way."""

    table: str
    way: str
    headings: tuple[str, ...]
    rows: tuple["Waiting", ...]


@dataclass(frozen=True)
class Waiting:
    """A row that waits: its cells by heading, the heading that is wrong ("" if it is the row), why, and where it stands."""

    cells: Mapping[str, str]
    column: str
    reason: str
    place: str
    mark: str
    aside: str | None = None  # why it was set aside, if it was


def shapes(connection: Connection, rows: Sequence[RowMapping]) -> list[Shape]:
    """The rows by their shapes, in the order of tables, then of the rows."""
    from monitor.intake.interchange import NAME as INTERCHANGE
    from monitor.intake.layouts import TABLES
    from monitor.intake.returned import way

    table = schema.imports
    layouts = {row.id: row.layout for row in connection.execute(select(table.c.id, table.c.layout))}
    found: dict[tuple[str, str, frozenset[str]], list[Waiting]] = {}
    for row in rows:
        name = row["table_name"]
        layout, named = _named(row, layouts.get(row["import_id"], ""))
        body = "" if layout in (INTERCHANGE, name) else row["organization"]
        # an answer's column that is blank says no more than one that is not there
        same = frozenset() if name not in schema.LEDGER else frozenset(named)
        found.setdefault((name, way(name, layout, body), same), []).append(_waiting(row, named))
    order = list(TABLES)
    return [
        Shape(name, how, tuple(dict.fromkeys(heading for row in held for heading in row.cells)), tuple(held))
        for (name, how, _), held in sorted(found.items(), key=lambda item: order.index(item[0][0]))
    ]


def _named(row: RowMapping, layout: str) -> tuple[str, dict[str, str]]:
    """(layout, heading → text): in our own format, where the row has all that it needs, else as its file had it."""
    from monitor.intake.interchange import NAME as INTERCHANGE
    from monitor.intake.layouts import TABLES
    from monitor.intake.returned import OURS

    table = TABLES[row["table_name"]]
    cells = {name: text for name, text in row["cells"].items() if name not in OURS}
    ours = {heading(row["table_name"], name): text for name, text in cells.items()}
    needed = {column.heading for column in table.columns if column.required and column.name != "organization"}
    if layout != row["table_name"] and needed <= ours.keys():
        return INTERCHANGE, ours
    return layout, ours if layout == row["table_name"] else cells


def _waiting(row: RowMapping, named: Mapping[str, str]) -> Waiting:
    from monitor.intake import returned

    column = _bad(row, named)
    number = returned.mark(row["source"], row["table_name"], row["line"], row["cells"])
    aside: str | None = row["set_aside"]
    if aside is not None or (row["table_name"] in schema.LEDGER and column not in _FREE):
        number = returned.sealed(number, named.items(), aside=aside is not None)
    told = f"{column}：{row['reason']}" if column else row["reason"]
    return Waiting(named, column, told, f"{row['source']} {row['line']}行目", number, aside)


def _bad(row: RowMapping, named: Mapping[str, str]) -> str:
    """The heading of the bad cell; a published register calls it by another name, then the cell is known by what it holds."""
    name, value = row["column_name"], row["value"].strip()
    for known in (name, heading(row["table_name"], name)):
        if known in named:
            return str(known)
    same = (other for other, shown in named.items() if name and value and shown.strip() == value)
    return next(same, "")


def heading(table: str, name: str) -> str:
    """One heading for a column, however the file or the store called it: rows of several files come back in one."""
    from monitor.intake.layouts import TABLES  # the readers of all kinds of files, which a list does not need

    for column in TABLES[table].columns:
        if words.narrow(name).strip() in (
            column.name,
            *(words.narrow(known) for known in (column.heading, *column.also)),
        ):
            return column.heading
    return name


# --- as CSV ---------------------------------------------------------------------------------------------------------


def folder(made: Sequence[Shape], where: Path) -> list[Path]:
    """One CSV per shape (UTF-8 with BOM, for Excel): the whole rows, then why, and what tells them again. Raises Problem."""
    from monitor.intake.returned import DEED, MARK, REASON, WAY, WHY

    written: list[Path] = []
    for shape in made:
        nth = sum(path.stem.partition("-")[0] == shape.table for path in written) + 1
        path = where / (f"{shape.table}.csv" if nth == 1 else f"{shape.table}-{nth}.csv")
        try:
            where.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow([*map(guarded, shape.headings), REASON, DEED, WHY, MARK, WAY])
                for row in shape.rows:
                    cells = [row.cells.get(name, "") for name in shape.headings]
                    ours = (f"{row.place} {row.reason}", *_deed(row), row.mark, shape.way)
                    writer.writerow([guarded(cell) for cell in (*cells, *ours)])
        except OSError as error:
            raise Problem(f"{path} cannot be written: {error.strerror}.") from error
        written.append(path)
    return written


# --- as a workbook --------------------------------------------------------------------------------------------------


def workbook(made: Sequence[Shape], as_of: date) -> bytes:
    """One sheet per shape and one that explains; the same rows and date give the same bytes."""
    from openpyxl import Workbook

    from monitor.excel import save

    book = Workbook(write_only=True)
    taken: set[str] = set()
    for shape in made:
        _sheet(book.create_sheet(_name(shape, taken)), shape)
    _guide(book.create_sheet("直し方"))
    packed = BytesIO()
    save(book, packed, "隔離された行", as_of)
    return packed.getvalue()


def _name(shape: Shape, taken: set[str]) -> str:
    from checks.ledger import JAPANESE

    plain = JAPANESE.get(shape.table, "確認事項" if shape.table == "decisions" else shape.table)[: _SHEET - 6]
    names = (plain if nth == 1 else f"{plain} ({nth})" for nth in range(1, len(taken) + 2))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return name


def _sheet(page: Any, shape: Shape) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    from monitor.intake.returned import ASIDE, BACK, DEED, MARK, PLACE, REASON, WAY, WHY

    headings = (REASON, PLACE, DEED, WHY, *shape.headings, MARK, WAY)
    widths = ["reason", "place", "deed", "why", *("usual" for _ in shape.headings), "kept", "kept"]
    for at, width in enumerate(widths, 1):
        page.column_dimensions[get_column_letter(at)].width = _WIDTHS[width]
    page.freeze_panes = "C2"
    choices = DataValidation(type="list", formula1=f'"{ASIDE},{BACK}"', allow_blank=True, showErrorMessage=True)
    choices.error = f"契約ではない行は「{ASIDE}」、待つ行に戻すときは「{BACK}」と書きます。直した行では空欄にします。"
    choices.add(f"C2:C{len(shape.rows) + 1}")
    page.data_validations.append(choices)
    page.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{len(shape.rows) + 1}"
    page.append([_text(page, name, fill=_NAVY, color="FFFFFF", bold=True) for name in headings])
    for row in shape.rows:
        page.append([*_row(page, row, shape)])


def _row(page: Any, row: Waiting, shape: Shape) -> Iterator["Cell"]:
    from openpyxl.comments import Comment

    yield _text(page, row.reason)
    yield _text(page, row.place, fill=_GREY)
    yield from (_text(page, shown) for shown in _deed(row))
    for name in shape.headings:
        bad = name == row.column
        cell = _text(page, row.cells.get(name, ""), fill=_RED if bad else "")
        if bad:
            cell.comment = Comment(row.reason, "keiyaku-monitor", height=120, width=320)
        yield cell
    yield _text(page, row.mark, fill=_GREY)
    yield _text(page, shape.way, fill=_GREY)


def _deed(row: Waiting) -> tuple[str, str]:
    """What a person has said of a row: blank cells, or that it is set aside, and why."""
    from monitor.intake.returned import ASIDE

    return (ASIDE, row.aside) if row.aside is not None else ("", "")


def _text(page: Any, shown: str, *, fill: str = "", color: str = "000000", bold: bool = False) -> "Cell":
    """Text as text, also after somebody has typed over it: Excel changes no number and no date in such a cell."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    from monitor.excel import put

    cell = WriteOnlyCell(page)
    cell.number_format = "@"
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    cell.font = Font(name="游ゴシック", size=10, color=color, bold=bold)
    if fill:
        cell.fill = PatternFill("solid", start_color=fill, end_color=fill)
    return put(cell, shown) if shown else cell


def _guide(page: Any) -> None:
    """Its first words are those of every sheet that explains: intake knows by them that it holds no rows."""
    from monitor.intake.decisions import GUIDE

    page.column_dimensions["A"].width = 120
    page.append([_text(page, GUIDE, bold=True)])
    for number, told in enumerate(_GUIDE, 1):
        page.append([_text(page, f"{number}. {told}")])
