"""Ledgers in a few words: rows as plain dicts, stored through the real import."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine

from monitor import jobs
from monitor.intake.rows import Part, Row
from monitor.settings import Settings
from monitor.store import imports

NOW = datetime(2026, 7, 5, 0, 0, tzinfo=UTC)
RULEBOOKS = ("saitama", "rinya", "municipality", "jlis", "national")


def part(table: str, rows: Sequence[Mapping[str, Any]], source: str = "test.csv") -> Part:
    """Rows of one table as intake would have read them; the columns are those of the first row."""
    columns = frozenset(rows[0]) if rows else frozenset()
    made = [Row(table, number, dict(row), {}, {}) for number, row in enumerate(rows, start=2)]
    return Part(source, "interchange", table, columns, (), iter(made), len(made))


def store(engine: Engine, **tables: Sequence[Mapping[str, Any]]) -> list[imports.Imported]:
    """Store rows by table, in the order given."""
    return [imports.store(engine, part(name, rows, f"{name}.csv"), NOW, RULEBOOKS) for name, rows in tables.items()]


def organization(key: str = "M", rulebook: str = "municipality") -> dict[str, Any]:
    """A body under watch."""
    return {"organization": key, "name": f"模擬市{key}", "rulebook": rulebook}


def contract(number: int | str, signed_on: date, **more: Any) -> dict[str, Any]:
    """A small contract without competition; whatever is given replaces it."""
    return {
        "organization": "M",
        "contract_id": f"C{number}",
        "department": "建設部 道路課",
        "title": f"側溝修繕（その{number}）",
        "category": "工事",
        "method": "随意契約",
        "ground": "1号",
        "procured_on": signed_on,
        "signed_on": signed_on,
        "estimated_price": 1_298_000,
        "amount": 1_298_000,
        "vendors": "模擬建設(株)",
        "vendor_numbers": "7123456789012",
        "cancelled_on": None,
        **more,
    }


def place(engine: Engine, settings: Settings, env: Mapping[str, str] | None = None) -> jobs.Place:
    """Where a job works, with a clock that stands still."""
    return jobs.Place(engine, settings, env or {}, lambda: NOW)
