"""The empty workbook: what is typed into it is read, what is not is no complaint."""

import time
from datetime import date
from io import BytesIO

import openpyxl
import pytest

from checks import ledger
from checks.ledger import JAPANESE, Kind
from monitor import template
from monitor.intake import layouts
from monitor.intake.how import How
from monitor.intake.rows import BadRow, Part
from monitor.template_words import DESCRIBED, EXAMPLES, FORMS, MEANINGS
from tests.test_cli import keiyaku
from tests.test_cli import office as office  # noqa: PLC0414  # a fixture


@pytest.fixture(scope="module")
def made():
    return template.workbook()


@pytest.fixture
def book(made):
    return openpyxl.load_workbook(BytesIO(made))


def read(path):
    found = list(layouts.read(path, How()))
    assert all(isinstance(part, Part) for part in found), found
    return {part.table: (part, list(part.rows)) for part in found}


def test_every_column_is_described_and_nothing_else_is():
    assert {name: set(told) for name, told in DESCRIBED.items()} == {
        name: set(table.by_name) for name, table in ledger.TABLES.items() if name not in template.ELSEWHERE
    }
    assert set(MEANINGS) == set(template.TABLES) == set(EXAMPLES)
    assert set(template.ELSEWHERE) < set(ledger.TABLES)
    assert set(FORMS) == set(Kind)
    assert not [told for each in DESCRIBED.values() for told in each.values() if told.endswith("。") or len(told) < 4]


def test_the_same_bytes_come_out_each_time(made):
    time.sleep(1.1)
    assert template.workbook() == made


def test_an_empty_workbook_is_read_as_no_rows_and_no_complaint(made, tmp_path):
    (tmp_path / "様式.xlsx").write_bytes(made)
    found = read(tmp_path / "様式.xlsx")
    assert [*found] == [*template.TABLES]
    assert [rows for _, rows in found.values()] == [[]] * len(found)
    assert not [part.unknown for part, _ in found.values() if part.unknown]


def typed(column, shown):
    """What Excel makes of a text that is typed."""
    if column.kind is Kind.DATE:
        return date(*map(int, shown.split("/")))
    if column.kind in (Kind.YEN, Kind.COUNT):
        return int(shown)
    return float(shown) if column.kind is Kind.PERCENT else shown


def test_the_examples_typed_in_are_read_without_quarantine(book, tmp_path):
    for name, rows in EXAMPLES.items():
        page = book[JAPANESE[name]]
        for line, row in enumerate(rows, 2):
            for at, column in enumerate(ledger.TABLES[name].columns, 1):
                if column.name in row:
                    page.cell(line, at).value = typed(column, row[column.name])
    book.save(tmp_path / "記入済.xlsx")
    found = read(tmp_path / "記入済.xlsx")
    assert {name: len(rows) for name, (_, rows) in found.items()} == {
        name: len(rows) for name, rows in EXAMPLES.items()
    }
    assert not [row for _, rows in found.values() for row in rows if isinstance(row, BadRow)]
    first, second, change = found["contracts"][1]
    assert (first.values["signed_on"], first.values["amount"]) == (date(2025, 4, 1), 4_950_000)
    assert first.values["vendor_numbers"] == EXAMPLES["contracts"][0]["vendor_numbers"]
    assert (second.values["row_kind"], change.values["row_kind"]) == (None, "変更")


def test_the_sheet_of_examples_and_the_one_that_explains_cannot_be_typed_in(book):
    assert [page.title for page in book if page.protection.sheet] == ["記入のしかた", "記入例"]
    assert book.sheetnames == ["記入のしかた", *(JAPANESE[name] for name in template.TABLES), "記入例"]


@pytest.mark.parametrize("table", template.TABLES.values(), ids=[*template.TABLES])
def test_each_column_has_its_heading_its_form_and_its_message(book, table):
    page = book[JAPANESE[table.name]]
    checks = {str(check.sqref).split(":")[0]: check for check in page.data_validations.dataValidation}
    assert page.freeze_panes
    for at, column in enumerate(table.columns, 1):
        cell = page.cell(1, at)
        check = checks[f"{cell.column_letter}2"]
        assert cell.value == column.heading
        assert (cell.fill.start_color.rgb == "00C55A11") == column.required
        assert DESCRIBED[table.name][column.name] in check.prompt
        assert ("【必須】" in check.prompt) == column.required
        assert len(check.prompt) <= 255
        assert len(check.error) <= 255
        assert check.prompt in cell.comment.text
        expected = {
            Kind.DATE: "date",
            Kind.YEN: "whole",
            Kind.COUNT: "whole",
            Kind.NUMBER_13: "custom",
            Kind.YES_NO: "list",
        }
        assert check.type == ("list" if column.choices else expected.get(column.kind))
        assert not column.choices or check.formula1 == f'"{",".join(column.choices)}"'
        assert len(check.formula1 or "") <= 255
        as_text = column.kind in (Kind.TEXT, Kind.LINES, Kind.NUMBER_13, Kind.YES_NO)
        assert (page.column_dimensions[cell.column_letter].number_format == "@") == as_text


def test_the_command_writes_it_and_overwrites_nothing(office, made):
    done = keiyaku(office, "template", "様式.xlsx")
    assert (done.returncode, (office / "様式.xlsx").read_bytes() == made) == (0, True)
    again = keiyaku(office, "template", "様式.xlsx")
    assert (again.returncode, "not overwritten" in again.stderr) == (2, True)
    assert "expected a name that ends in .xlsx" in keiyaku(office, "template", "様式.xls").stderr
    assert "cannot be written" in keiyaku(office, "template", "none/様式.xlsx").stderr
    assert keiyaku(office, "import", "様式.xlsx").returncode == 0
