"""What a run reads of a register: all that a check reads, and no more."""

import re
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

import checks
from checks import ledger
from checks.vendors import Renames
from monitor.store import bodies, columns, registers
from tests.support import contract, organization, store

SOURCES = {
    path: path.read_text(encoding="utf-8")
    for folder in (".", "rulebook")
    for path in sorted((Path(checks.__file__).parent / folder).glob("*.py"))
    if path.name != "ledger.py"  # where the columns are described
}


@pytest.mark.parametrize("name", sorted(registers.UNREAD))
def test_no_check_reads_what_a_run_leaves_out(name: str) -> None:
    assert name in ledger.CONTRACTS.by_name
    assert [path.name for path, text in SOURCES.items() if re.search(rf"\b{name}\b", text)] == []


def test_what_is_left_out_is_not_there_and_the_rest_is_the_same(engine: Engine) -> None:
    store(engine, organizations=[organization()], contracts=[contract(n, date(2026, 6, n), bidders=n) for n in (1, 2)])
    with engine.connect() as connection:
        one = bodies.organizations(connection)[0]
        query = columns.by_rows(connection)
        whole = registers.read(query, one, Renames()).tables
        less = registers.read(query, one, Renames(), registers.UNREAD).tables
    assert set(whole["contracts"]) - set(less["contracts"]) == registers.UNREAD
    assert whole["contracts"]["bidders"].tolist() == [1, 2]
    for name, frame in less.items():
        assert frame.equals(whole[name][list(frame.columns)]), name
