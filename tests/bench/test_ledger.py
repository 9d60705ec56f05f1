"""The ledgers of the bench: the same bytes twice, the shape that the issue pins, readable to the last row."""

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from checks import ledger as interchange
from monitor.intake import cells
from monitor.intake.cells import CellError
from tests.bench.draw import Shape
from tests.bench.ledger import _quarter_due, corporate_number, tables, write

SMALL = Shape(contracts=2_000)
LARGE = tables(Shape(contracts=50_000, organizations=5))


def share(column: str, value: str) -> float:
    return LARGE["contracts"][column].to_pylist().count(value) / LARGE["contracts"].num_rows


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_shape_is_the_same_bytes(tmp_path):
    write(SMALL, tmp_path / "one")
    write(SMALL, tmp_path / "two")
    write(Shape(contracts=2_000, seed=2), tmp_path / "other")
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")
    assert hashes(tmp_path / "one")["contracts.csv"] != hashes(tmp_path / "other")["contracts.csv"]


def test_the_columns_are_those_of_the_pinned_shape():
    assert {name: " ".join(table.column_names) for name, table in LARGE.items()} == {
        "organizations": "organization name rulebook",
        "contracts": "organization contract_id department title category method ground procured_on awarded_on signed_on "
        "starts_on ends_on estimated_price amount bidders quotes vendors vendor_numbers site",
        "publications": "organization contract_id kind published_on",
        "subcontracts": "organization contract_id subcontract_id subcontractor tier amount clerical core requested_on "
        "approved_on",
        "wage_declarations": "organization contract_id vendor basis period_start period_end declared_rate previous_total "
        "current_total submitted_on result",
    }


# What make_ledger.py of the issue gives for 1,000,000 contracts of 100 organizations.
@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("category", "業務委託", 0.42),
        ("category", "物品購入", 0.26),
        ("category", "工事", 0.10),
        ("category", "財産の売払い", 0.005),
        ("method", "随意契約", 0.592),
        ("method", "一般競争", 0.255),
        ("ground", "1号", 0.434),
        ("ground", "2号", 0.111),
    ],
)
def test_the_shares_are_those_of_the_pinned_shape(column, value, expected):
    assert share(column, value) == pytest.approx(expected, rel=0.05, abs=0.002)


@pytest.mark.parametrize(
    ("table", "expected"), [("publications", 0.186), ("subcontracts", 0.0248), ("wage_declarations", 0.0118)]
)
def test_the_other_tables_have_their_usual_number_of_rows(table, expected):
    assert LARGE[table].num_rows / LARGE["contracts"].num_rows == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("table", list(LARGE))
def test_keys_are_unique(table):
    spec = interchange.TABLES[table]
    names = [name for name in ("organization", *spec.key) if name in LARGE[table].column_names]
    rows = list(zip(*(LARGE[table][name].to_pylist() for name in names), strict=True))
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize("column", ["vendors", "department", "title"])
def test_four_of_five_contracts_are_piled_on_one(column):
    piled = {"vendors": "vendor"}.get(column, column)
    values = tables(Shape(contracts=1_000, organizations=1, piled=piled))["contracts"][column].to_pylist()
    assert max(map(values.count, set(values))) in range(800, 830)


@pytest.mark.parametrize(
    ("signed", "due"),
    [
        ("2025-04-01", "2025-07-31"),
        ("2025-06-30", "2025-07-31"),
        ("2025-12-31", "2026-01-31"),
        ("2026-02-01", "2026-04-30"),
    ],
)
def test_results_are_due_at_the_end_of_the_month_after_the_quarter(signed, due):
    assert _quarter_due(np.array([signed], "datetime64[D]"))[0].item() == date.fromisoformat(due)


def test_corporate_numbers_pass_the_reader_of_the_monitor():
    column = interchange.CONTRACTS.by_name["vendor_numbers"]
    for serial in range(200):
        number = corporate_number(serial)
        assert cells.read(column, number) == (number, number)
    with pytest.raises(CellError):
        cells.read(column, "1" + corporate_number(0)[1:])
