"""findings.xlsx: the findings as lines that a clerk answers in Excel; monitor/intake/decisions.py reads it again.

Same lines and date, same bytes. Every text is an inline string, so that nothing in it can be a formula.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.dimensions import RowDimension
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from checks import periods
from monitor.excel import put, save
from monitor.findings.decisions import LONGEST
from monitor.findings.lines import FIELDS, PRINTED, Line, Look
from monitor.intake.decisions import DECISIONS, GUIDE

SHEET: Final = "確認事項"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NEEDS: Final = {
    "確認": ("by",),
    "容認": ("reason", "until", "by"),
    "処置済": ("by", "action"),
    "誤検知": ("reason", "by"),
    "同一": ("reason", "by"),
    "取消": ("reason", "by"),
}  # as decisions.decide asks for them (a test holds the two together)
_MEANINGS: Final = {
    "確認": "内容を見て、対応を始めた（再通知が止まります）。",
    "容認": f"事情があり、期限までこのままとする。期限は{LONGEST.days}日以内（検査により年度末まで）。",
    "処置済": "すでに起きたことで元に戻せないが、必要な処置をした。",
    "誤検知": "疑いは当たらない。",
    "同一": "相手方の名寄せだけに使う。二つの表記は一つの相手方であり、次の点検からまとめて数える（取消で元に戻る）。",
    "取消": "前の判断を取り消し、未対応に戻す。",
}

_FIRST = 3  # the first row of findings: a title and the headings stand above
_TALLEST, _POINTS = 24, 14.0  # a row's lines at most, and the height of one; Excel fits a row anew when it is edited
_ERA_DATE = "[$-411]ge.m.d"  # R8.9.30, as the messages write it
_THIN = Side(style="thin", color="BFBFBF")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_YELLOW, _GREY, _ORANGE, _NAVY, _RED = (
    PatternFill("solid", start_color=color, end_color=color)
    for color in ("FFF8DC", "E7E6E6", "C55A11", "1F3864", "F4B6B6")
)
_ANSWERS = (Look.ANSWER, Look.ANSWER_DATE)
_AT = {field.heading: get_column_letter(at) for at, field in enumerate(FIELDS, 1)}
_ANSWERED = {name: _AT[DECISIONS.by_name[name].heading] for name in ("decision", "reason", "until", "by", "action")}


def workbook(lines: Sequence[Line], heading: str, as_of: date) -> bytes:
    """The lines as an .xlsx with drop-down lists, ready to be printed and answered; ``heading`` says whose they are."""
    book = Workbook(write_only=True)
    _findings(book.create_sheet(SHEET), lines, heading, as_of)
    _guide(book.create_sheet(GUIDE))
    packed = BytesIO()
    save(book, packed, heading, as_of)
    return packed.getvalue()


# --- the sheet of findings ----------------------------------------------------------------------------------------


def _findings(
    page: Any, lines: Sequence[Line], heading: str, as_of: date
) -> None:  # the stubs know little of such sheets
    last = max(len(lines), 1) + _FIRST - 1
    page.freeze_panes = f"B{_FIRST}"
    page.auto_filter.ref = f"A{_FIRST - 1}:{get_column_letter(len(FIELDS))}{last}"
    _paper(page, last)
    for field in FIELDS:
        page.column_dimensions[_AT[field.heading]].width = field.width + 1
    page.row_dimensions[1].height, page.row_dimensions[2].height = 24.0, 33.0
    title = f"{heading}　{periods.wareki(as_of)}現在　{len(lines):,}件　色の付いた列に記入してください（説明は「{GUIDE}」のシートにあります）"
    page.append([put(_cell(page, bold=True), title)])
    page.append([_head(page, field.heading, answer=field.look in _ANSWERS) for field in FIELDS])
    for number, (one, row) in enumerate(zip(lines, _rows(page, lines), strict=True), _FIRST):
        page.row_dimensions[number] = _Fitted(page, index=number, ht=_height(one))
        page.append(row)
    for validation in _validations(last, as_of):
        page.data_validations.append(validation)
    for name, column in _ANSWERED.items():
        wanted = ",".join(
            f'${_ANSWERED["decision"]}{_FIRST}="{word}"' for word, needs in NEEDS.items() if name in needs
        )
        if wanted:
            missing = f'AND(OR({wanted}),TRIM(${column}{_FIRST})="")'
            rule = FormulaRule(formula=[missing], fill=_RED)  # type: ignore[no-untyped-call]
            page.conditional_formatting.add(f"{column}{_FIRST}:{column}{last}", rule)


def _rows(page: Any, lines: Sequence[Line]) -> Iterator[list[Cell | None]]:
    """Rows of cells that are used again: a write-only sheet has written a row before the next is made."""
    cells = [_cell(page, field.look) for field in FIELDS]
    for one in lines:
        row: list[Cell | None] = []
        for at, (field, cell) in enumerate(zip(FIELDS, cells, strict=True)):
            value = field.value(one)
            if isinstance(value, str) and value:
                row.append(put(cell, value))
            elif at >= PRINTED and value in ("", None):
                row.append(None)  # off the paper nobody misses the box
            else:
                cell.value, cell.quotePrefix = value or None if isinstance(value, str) else value, False
                row.append(cell)
        yield row


def _cell(page: Any, look: Look = Look.TEXT, *, bold: bool = False) -> Cell:
    cell = WriteOnlyCell(page)
    cell.font = _font()
    if bold:
        cell.font = _font(bold=True, size=14)
        cell.alignment = Alignment(vertical="center")
        return cell
    cell.border = _BOX
    middle = look in (Look.SHORT, Look.DATE, Look.KEPT, Look.ANSWER_DATE)
    cell.alignment = Alignment(vertical="top", wrap_text=True, horizontal="center" if middle else None)
    if look in (Look.DATE, Look.ANSWER_DATE):
        cell.number_format = _ERA_DATE
    if look in _ANSWERS:
        cell.fill, cell.protection = _YELLOW, Protection(locked=False)
    if look is Look.KEPT:
        cell.fill, cell.font = _GREY, _font(color="595959")
    return cell


def _plain(page: Any) -> Cell:
    cell = WriteOnlyCell(page)
    cell.font = _font(size=11)
    return cell


def _head(page: Any, heading: str, *, answer: bool) -> Cell:
    cell = WriteOnlyCell(page, heading)
    cell.font = _font(bold=True, color="FFFFFF")
    cell.fill, cell.border = _ORANGE if answer else _NAVY, _BOX
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    return cell


def _font(size: int = 10, **more: Any) -> Font:
    return Font(name="游ゴシック", size=size, **more)


class _Fitted(RowDimension):
    """A row with a first height that is not fixed: openpyxl would say that the user has set it."""

    customHeight = None  # type: ignore[assignment]  # noqa: N815  # the attribute in the file: left out


def _height(one: Line) -> float:
    """What the longest text of a row needs, in points."""
    texts = ((value, field.width) for field in FIELDS if isinstance(value := field.value(one), str))
    return min(max(_lines(text, width) for text, width in texts), _TALLEST) * _POINTS + 4


def _lines(text: str, width: int) -> int:
    """How many lines a text takes; ``width`` in half-width characters."""
    if 2 * len(text) <= width:
        return 1
    return sum(len(part.encode("cp932", "replace")) // (width + 2) + 1 for part in text.split("\n"))


def _validations(last: int, as_of: date) -> Iterator[DataValidation]:
    """The list of decisions, the dates that an acceptance may have, and the columns that are not to be typed over."""
    choices = DataValidation(type="list", formula1=f'"{",".join(NEEDS)}"', showErrorMessage=True, showInputMessage=True)
    choices.errorTitle, choices.error = "判断", f"一覧から選んでください（{'、'.join(NEEDS)}）。"
    choices.promptTitle, choices.prompt = "判断", "\n".join(f"{word}：{_needed(word)}" for word in NEEDS)
    choices.add(f"{_ANSWERED['decision']}{_FIRST}:{_ANSWERED['decision']}{last}")
    today = (as_of - date(1899, 12, 30)).days
    until = DataValidation(type="date", operator="between", formula1=str(today), errorStyle="warning")
    until.formula2 = f"${_AT['容認できる最終日']}{_FIRST}"
    until.errorTitle, until.error = "期限", "「容認できる最終日」までの日付を入れてください（例: R8.9.30、2026/9/30）。"
    until.showErrorMessage = True
    until.add(f"{_ANSWERED['until']}{_FIRST}:{_ANSWERED['until']}{last}")
    kept = DataValidation(type="custom", formula1="FALSE", showErrorMessage=True)
    kept.errorTitle, kept.error = "消さないでください", "この列は、どの確認事項への記入かを確かめるためのものです。"
    for field in FIELDS:
        if field.look is Look.KEPT:
            kept.add(f"{_AT[field.heading]}{_FIRST}:{_AT[field.heading]}{last}")
    yield from (choices, until, kept)


def _needed(word: str) -> str:
    return "・".join(DECISIONS.by_name[name].heading for name in NEEDS[word]) + "を記入"


def _paper(page: Any, last: int) -> None:
    """A4, lying, as wide as the paper; title and headings on each sheet. The columns behind the answers stay off it."""
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.75, footer=0.35)
    page.oddFooter.center.text = "&P / &N"
    page.print_title_rows = f"1:{_FIRST - 1}"
    page.print_area = f"A1:{get_column_letter(PRINTED)}{last}"


# --- the sheet that explains --------------------------------------------------------------------------------------

_GUIDE: Final = (
    f"「{SHEET}」のシートの、色の付いた列（判断・理由・期限・氏名・処置）に記入してください。答えない行は空欄のままで構いません。赤くなった欄は、その判断に必要な記入です。",
    *(f"{word}：{meaning}必要な列：{_needed(word).removesuffix('を記入')}。" for word, meaning in _MEANINGS.items()),
    "期限は 2026/9/30、令和8年9月30日、R8.9.30 のどの書き方でも読み取ります。",
    "並べ替え、絞り込み、列の追加をしても読み取れます。「番号」と「版」は消さないでください（ほかの人の判断を上書きしないためです）。",
    "記入したら保存し、このファイルが届いたメールに添付して返信するか、契約点検の担当者へ渡してください。読み取れない行は、理由を付けてお返しします。",
)
_EXAMPLE: Final = (
    "（例）PB-2M9XD7QK",
    "容認",
    "後継の契約を入札で準備中のため。公告は令和8年8月の予定。",
    "R8.9.30",
    "契約課 山田",
    "",
)


def _guide(page: Any) -> None:
    """Ten lines and an example. Its first words are GUIDE, by which intake knows that it holds no answers."""
    for letter, width in zip("ABCDEF", (20, 10, 44, 12, 18, 24), strict=True):
        page.column_dimensions[letter].width = width
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.page_setup.fitToHeight = 0
    page.append([put(_cell(page, bold=True), GUIDE)])
    for number, told in enumerate(_GUIDE, 1):
        page.append([put(_plain(page), f"{number}. {told}")])
    page.append([])
    page.append([put(_plain(page), "記入例")])
    names = ("finding_id", *_ANSWERED)
    page.append([_head(page, DECISIONS.by_name[name].heading, answer=name != "finding_id") for name in names])
    looks = (Look.KEPT, *(Look.ANSWER for _ in _ANSWERED))
    page.append([put(_cell(page, look), shown) for look, shown in zip(looks, _EXAMPLE, strict=True)])


__all__ = ["NEEDS", "SHEET", "workbook"]
