"""``keiyaku template``: an empty workbook of the interchange format, made from checks/ledger.py; the same bytes each time.

One sheet for each table under its Japanese name; lists, checks and messages while one types; a sheet that explains and a
sheet with examples, which import passes over by their first words (monitor/intake/decisions.py).
"""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from checks import ledger
from checks.ledger import JAPANESE, Column, Kind, Table
from monitor.excel import put, save
from monitor.intake.decisions import EXAMPLE, GUIDE
from monitor.template_words import DESCRIBED, EXAMPLES, FORMS, MEANINGS

ELSEWHERE: Final = (
    "vendor_decisions",
    "register_rows",
)  # nobody types these: decided in findings.xlsx; printed by the office
TABLES: Final = {name: table for name, table in ledger.TABLES.items() if name not in ELSEWHERE}
TITLE: Final = "契約台帳の様式"
_VERSION: Final = date(2026, 4, 1)  # of the interchange format: what the workbook says of its age
_LAST: Final = 20_000  # rows that lists and checks reach
_PROMPT: Final = 250  # letters that a message of Excel holds
_THIN = Side(style="thin", color="BFBFBF")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_ORANGE, _NAVY, _GREY = (
    PatternFill("solid", start_color=color, end_color=color) for color in ("C55A11", "1F3864", "E7E6E6")
)
_FORMATS = {Kind.DATE: "yyyy/m/d", Kind.YEN: "#,##0", Kind.COUNT: "0", Kind.PERCENT: "General"}  # the others are text
_WIDTHS = {Kind.DATE: 12, Kind.YEN: 15, Kind.COUNT: 11, Kind.PERCENT: 10, Kind.YES_NO: 12, Kind.NUMBER_13: 17}
_WIDE = {"title": 36, "vendors": 28, "addresses": 32, "remarks": 36, "scope": 28, "url": 32, "name": 24, "vendor": 28}


def workbook() -> bytes:
    """The empty workbook, ready to be filled in and imported."""
    book = Workbook()
    guide = book.active
    assert isinstance(guide, Worksheet)
    _guide(guide)
    for table in TABLES.values():
        _sheet(book.create_sheet(JAPANESE[table.name]), table)
    _examples(book.create_sheet(EXAMPLE))
    book.active = 2  # 契約: the sheet that most will fill in
    packed = BytesIO()
    save(book, packed, TITLE, _VERSION)
    return packed.getvalue()


# --- a table ------------------------------------------------------------------------------------------------------


def _sheet(page: Worksheet, table: Table) -> None:
    """Headings, and below them columns that know what they hold."""
    page.freeze_panes = "C2" if table.by_organization and len(table.columns) > 6 else "A2"
    page.row_dimensions[1].height = 33.0
    page.sheet_view.zoomScale = 90
    _paper(page)
    page.print_title_rows = "1:1"
    for at, column in enumerate(table.columns, 1):
        letter = get_column_letter(at)
        told = _told(table, column)
        cell = _head(page, 1, at, column.heading, required=column.required)
        cell.comment = Comment(told, "keiyaku-monitor", height=110, width=300)
        dimension = page.column_dimensions[letter]
        dimension.width = max(_WIDE.get(column.name, _WIDTHS.get(column.kind, 14)), 2 * len(column.heading) + 3)
        dimension.number_format = _FORMATS.get(column.kind, "@")
        dimension.font = _font()
        dimension.alignment = Alignment(
            vertical="top", wrap_text=column.kind in (Kind.TEXT, Kind.LINES, Kind.NUMBER_13)
        )
        check = _validation(column, f"{letter}2")
        check.promptTitle, check.prompt, check.showInputMessage = column.heading[:32], told[:_PROMPT], True
        check.add(f"{letter}2:{letter}{_LAST}")
        page.add_data_validation(check)


def _told(table: Table, column: Column) -> str:
    """What a person must know who stands in a cell of the column."""
    required = "【必須】" if column.required else ""
    return f"{required}{DESCRIBED[table.name][column.name]}。\n{form(column)}"


def form(column: Column) -> str:
    """How a cell is written."""
    return f"一覧から選ぶ（{'、'.join(column.choices)}）" if column.choices else FORMS[column.kind]


def _validation(column: Column, cell: str) -> DataValidation:
    """What Excel asks of what is typed; text it only explains."""
    wrong = f"「{column.heading}」は{form(column)}。"[:_PROMPT]
    check = DataValidation(showErrorMessage=True, allow_blank=True, errorTitle=column.heading[:32], error=wrong)
    if column.choices or column.kind is Kind.YES_NO:
        check.type, check.formula1 = "list", f'"{",".join(column.choices or ("○", "×"))}"'
    elif column.kind is Kind.DATE:
        check.type, check.operator, check.errorStyle = "date", "between", "warning"  # 令和… as text is read as well
        check.formula1, check.formula2 = (
            str((day - date(1899, 12, 30)).days) for day in (date(1954, 1, 1), date(2118, 12, 31))
        )
    elif column.kind in (Kind.YEN, Kind.COUNT):
        check.type, check.operator, check.formula1 = "whole", "greaterThanOrEqual", "0"
    elif column.kind is Kind.NUMBER_13:
        bare = f'SUBSTITUTE({cell},CHAR(10),"")'
        check.type = "custom"
        check.formula1 = f"AND(LEN({bare})=13*(LEN({cell})-LEN({bare})+1),ISNUMBER(VALUE({bare})))"
    return check


# --- the sheets that explain --------------------------------------------------------------------------------------

_GUIDE: Final = (
    "記入したら保存し、keiyaku import このファイル で取り込みます（担当者に渡すか、監視フォルダに置いても構いません）。",
    "橙色の見出しは必ず記入する列、紺色の見出しは分かるものだけ記入する列です。見出しやセルを選ぶと説明が出ます。",
    "使わないシートと列は、空のままでも、消しても構いません。見出しの文字とシートの名前は変えないでください。列の順は変えて構いません。",
    "空欄は「記入がない」、列そのものがないときは「分からない」として点検します。",
    "同じ契約番号の行をもう一度取り込むと、新しい内容に改まります（前の内容も残ります）。",
    "読み取れない行があっても、ほかの行は取り込まれます。読み取れない行は理由を付けてお知らせします。",
    f"「{EXAMPLE}」のシートと、このシートは取り込まれません。",
)


def _guide(page: Worksheet) -> None:
    """How to fill it in, then every column of every table."""
    page.title = GUIDE
    for letter, width in zip("ABCDE", (14, 22, 7, 42, 70), strict=True):
        page.column_dimensions[letter].width = width
    _line(page, 1, f"{GUIDE}（{TITLE}）", bold=True)
    for row, told in enumerate(_GUIDE, 3):
        _line(page, row, f"{row - 2}. {told}")
    row = len(_GUIDE) + 4
    for at, heading in enumerate(("シート", "見出し", "必須", "書き方", "意味"), 1):
        _head(page, row, at, heading, required=False)
    page.freeze_panes = None
    for table in TABLES.values():
        row += 1
        _cells(page, row, (JAPANESE[table.name], "", "", "", MEANINGS[table.name]), shaded=True)
        for column in table.columns:
            row += 1
            required = "必須" if column.required else ""
            line = (JAPANESE[table.name], column.heading, required, form(column), DESCRIBED[table.name][column.name])
            _cells(page, row, line)
    _paper(page)
    _locked(page)


def _examples(page: Worksheet) -> None:
    """Rows of an invented city, table by table: the headings that they fill stand one below the other, to fit the paper."""
    for letter, width in zip("ABCD", (20, 44, 44, 44), strict=True):
        page.column_dimensions[letter].width = width
    _line(page, 1, f"{EXAMPLE}（このシートは取り込まれません。模擬市は架空の市です）", bold=True)
    _line(page, 2, "ここでは見出しを縦に並べています。記入するシートでは、1件を1行に記入します。")
    row = 4
    for name, rows in EXAMPLES.items():
        _line(page, row, f"シート「{JAPANESE[name]}」", bold=True)
        for column in TABLES[name].columns:
            if any(column.name in each for each in rows):
                row += 1
                _cells(page, row, ["", *(each.get(column.name, "") for each in rows)])
                _head(page, row, 1, column.heading, required=column.required)
        row += 2
    _paper(page)
    _locked(page)


def _cells(page: Worksheet, row: int, told: Sequence[str], *, shaded: bool = False) -> None:
    for at, shown in enumerate(told, 1):
        cell = _cell(page, row, at)
        if shown:
            put(cell, shown)
        cell.font, cell.border = _font(bold=shaded), _BOX
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if shaded:
            cell.fill = _GREY
    needed = max(
        2 * len(shown) // int(page.column_dimensions[get_column_letter(at)].width) for at, shown in enumerate(told, 1)
    )
    page.row_dimensions[row].height = 15.0 * (1 + needed)


def _line(page: Worksheet, row: int, told: str, *, bold: bool = False) -> None:
    cell = _cell(page, row, 1)
    put(cell, told)
    cell.font = _font(bold=bold, size=13 if bold else 11)


def _head(page: Worksheet, row: int, at: int, heading: str, *, required: bool) -> Cell:
    cell = _cell(page, row, at)
    put(cell, heading)
    cell.font, cell.border = _font(bold=True, color="FFFFFF"), _BOX
    cell.fill = _ORANGE if required else _NAVY
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    return cell


def _cell(page: Worksheet, row: int, at: int) -> Cell:
    cell = page.cell(row, at)
    assert isinstance(cell, Cell)  # nothing is merged
    return cell


def _font(*, bold: bool = False, size: int = 10, color: str = "000000") -> Font:
    return Font(name="游ゴシック", size=size, bold=bold, color=color)


def _paper(page: Worksheet) -> None:
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0


def _locked(page: Worksheet) -> None:
    """What is typed here would be lost: Excel refuses it."""
    page.protection.sheet = True
