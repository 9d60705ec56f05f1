"""Cells as the database has them become the frames that checks judge; what somebody wrote there by hand is told, not raised."""

from datetime import date

import pytest
from sqlalchemy import Engine

from checks.vendors import Renames
from monitor.problems import Problem
from monitor.store import bodies, columns, registers
from monitor.store.engine import open_store
from tests.support import contract, organization, store


@pytest.fixture
def engine(tmp_path: object) -> Engine:
    made = open_store(f"sqlite:///{tmp_path}/keiyaku.db")  # PostgreSQL lets nobody write such cells
    store(made, organizations=[organization()], contracts=[contract(n, date(2026, 6, n)) for n in (1, 2, 3)])
    return made


@pytest.mark.parametrize(
    ("column", "heading", "value", "shown"),
    [
        ("signed_on", "契約締結日", "'2026-13-45'", "2026-13-45"),
        ("signed_on", "契約締結日", "20260705", "20260705"),
        ("amount", "契約金額", "'百万円'", "百万円"),
        ("amount", "契約金額", "1000000.5", "1000000.5"),
    ],
)
@pytest.mark.parametrize("everywhere", [True, False])
def test_a_cell_written_by_hand_is_told_by_both_routes(
    engine: Engine, column: str, heading: str, value: str, shown: str, everywhere: bool
) -> None:
    where = "" if everywhere else " WHERE contract_id = 'C2'"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE contracts SET {column} = {value}{where}")
    said = f"contracts has '{shown}' in the column {column} ({heading})"
    with engine.connect() as connection:
        one = bodies.organizations(connection)[0]
        with pytest.raises(Problem) as plain:
            registers.load(connection, one, Renames())
    engine.dispose()
    driver = columns.arrow_driver(engine.url)
    with columns.by_arrow(driver, engine.url) as query, pytest.raises(Problem) as quick:
        registers.read(query, one, Renames())
    assert said in str(plain.value)
    assert said in str(quick.value)
