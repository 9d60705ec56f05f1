"""The dossier as files: a workbook, the events as they were hashed, and a page that says what is in them.

One workbook rather than CSV files: Excel would read the contract number 8-1 of a CSV as the first of August.
Same database, same bytes: nothing here knows what time it is.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from sqlalchemy import Connection

from checks import periods
from checks.catalogue import all_checks
from monitor.digest.dossier import Dossier
from monitor.digest.dossier_tables import Look, Table, chosen, tables
from monitor.excel import put, save
from monitor.findings import audit_words
from monitor.plain import clean
from monitor.problems import Problem
from monitor.settings import Settings

BOOK: Final = "audit.xlsx"
CHAIN: Final = "chain.txt"
README: Final = "読んでください.txt"
ROWS: Final = 1_000_000  # of a sheet: Excel has 1,048,576
_WIDTHS: Final = {Look.SHORT: 13, Look.TEXT: 22, Look.LONG: 46, Look.NUMBER: 13, Look.DATE: 12}
_FORMATS: Final = {Look.DATE: "[$-411]ge.m.d", Look.NUMBER: "#,##0"}


def write(connection: Connection, dossier: Dossier, settings: Settings, folder: Path) -> list[Path]:
    """Write the three files, each whole or not at all. Raises Problem for a folder that cannot be written."""
    with _whole(folder / BOOK) as file, _book() as book:
        sheets = tables(connection, dossier, settings)
        counts = [(f"{BOOK}「{table.name}」", _sheets(book, table)) for table in sheets]
        save(book, file, "契約点検の記録", dossier.as_of)
    with _whole(folder / CHAIN) as file:
        written = 0
        for entry, previous in chosen(connection, dossier):
            file.write(f"{entry.hash}\t{entry.text(previous)}\n".encode())
            written += 1
        counts.append((CHAIN, written))
    with _whole(folder / README) as file:
        file.write(("\r\n".join(_page(dossier, counts)) + "\r\n").encode("utf-8-sig"))
    return [folder / name for name in (BOOK, CHAIN, README)]


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    unfinished = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


@contextmanager
def _book() -> Iterator[Workbook]:
    """A workbook whose sheets are ended when it comes to nothing: an unended one complains on stderr later."""
    book = Workbook(write_only=True)
    try:
        yield book
    except BaseException:
        for page in book.worksheets:
            page.close()
        raise


# --- the workbook -------------------------------------------------------------------------------------------------


def _sheets(book: Workbook, table: Table, most: int = ROWS) -> int:
    """A sheet, or as many as the rows need; how many rows there were."""
    rows = iter(table.rows)
    number = count = 0
    while True:
        held = islice(rows, most)
        first = next(held, None)
        if first is None and number:
            return count
        number += 1
        page: Any = book.create_sheet(table.name if number == 1 else f"{table.name} ({number})")
        page.freeze_panes = "B2"
        for at, (_, look) in enumerate(table.columns, 1):
            page.column_dimensions[get_column_letter(at)].width = _WIDTHS[look]
        page.append([_head(page, heading) for heading, _ in table.columns])
        cells = [_cell(page, look) for _, look in table.columns]
        before = count
        for row in (first, *held) if first is not None else ():
            page.append([_filled(cell, value) for cell, value in zip(cells, row, strict=True)])
            count += 1
        page.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{max(count - before, 1) + 1}"


def _head(page: Any, heading: str) -> Cell:
    cell = WriteOnlyCell(page, heading)
    cell.font = Font(name="游ゴシック", size=10, bold=True, color="FFFFFF")
    cell.fill = PatternFill("solid", start_color="1F3864", end_color="1F3864")
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    return cell


def _cell(page: Any, look: Look) -> Cell:
    """A cell of a column, used again for each row: a write-only sheet has written a row before the next is made."""
    cell = WriteOnlyCell(page)
    cell.font = Font(name="游ゴシック", size=10)
    cell.alignment = Alignment(vertical="top", wrap_text=look in (Look.TEXT, Look.LONG))
    cell.number_format = _FORMATS.get(look, "General")
    return cell


def _filled(cell: Cell, value: Any) -> Cell | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return put(cell, value)
    cell.value, cell.quotePrefix = value, False
    return cell


# --- the page -----------------------------------------------------------------------------------------------------


def _page(dossier: Dossier, counts: Sequence[tuple[str, int]]) -> Iterator[str]:
    yield "契約点検の記録（監査用の書き出し）"
    yield f"keiyaku-monitor {version('keiyaku-monitor')}、{periods.wareki(dossier.as_of)}現在の点検による"
    yield ""
    yield "■ 選んだもの"
    yield from _selected(dossier)
    yield ""
    yield "■ 入っているもの"
    for name, count in counts:
        yield f"{name}　{count:,}件"
    yield "「経過」は、選んだ確認事項の記録を、期間の前後も含めてすべて載せています。"
    yield "確認事項は「疑い」であり、違反を意味しません。"
    yield from _notes(dossier)
    yield ""
    yield "■ 記録が書き換えられていないか（書き出しの時に、選んだものに限らず全件を確かめた結果）"
    yield from audit_words.sentences(dossier.report)
    yield ""
    yield "■ 確かめ方"
    yield "1. この道具で：keiyaku audit verify --head 週報に印刷された16桁"
    yield "2. この道具によらずに：chain.txt の各行は「要約値、タブ、文」です。文（UTF-8）のSHA-256が要約値と同じで、"
    yield "　 文の先頭にある64桁が、その前の記録の要約値です（選んだものの間にある記録は載っていません）。"


def _selected(dossier: Dossier) -> Iterator[str]:
    selection = dossier.selection
    choice = selection.choice
    lines = (
        ("検査", [all_checks()[one].title if one in all_checks() else one for one in choice.checks]),
        ("団体", [dossier.bodies.get(one, one) for one in choice.organizations]),
        ("担当", choice.departments),
        ("相手方", selection.vendors),
    )
    for label, values in lines:
        if values:
            yield f"{label}：{'、'.join(map(clean, values))}"
    if selection.first or selection.last:
        first = periods.wareki(selection.first) if selection.first else "初め"
        last = periods.wareki(selection.last) if selection.last else "終わり"
        yield (
            f"期間：{first}から{last}まで（その間に続いていたか何かが起きた確認事項と、その間に締結した契約についての確認事項）"
        )
    if not selection.narrows:
        yield "すべて"


def _notes(dossier: Dossier) -> Iterator[str]:
    if dossier.hidden:
        yield f"「契約」のうち{dossier.hidden:,}件は、相手方を公表しない契約のため、相手方の名称・番号・所在地と備考を伏せています。"
    if dossier.selection.vendors:
        yield "相手方を公表しない契約は、相手方の名称では選ばれません。"
    if dossier.missing:
        yield f"確認事項にある契約のうち{dossier.missing:,}件は、いまの台帳にありません。"


__all__ = ["BOOK", "CHAIN", "README", "write"]
