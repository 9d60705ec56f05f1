"""Databases filled the quick way hold what the import would have stored."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from monitor import importing
from monitor.intake.how import How
from monitor.settings import Settings
from monitor.store import schema
from monitor.store.engine import open_store
from tests.bench import fill
from tests.bench.draw import Shape
from tests.bench.ledger import write
from tests.support import NOW, place


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("ledger")
    write(Shape(contracts=2_000), made)
    return made


@pytest.fixture
def filled(tmp_path, folder) -> Engine:
    engine = open_store(f"sqlite:///{tmp_path / 'filled.db'}")
    fill.bulk(engine, folder, NOW)
    yield engine
    engine.dispose()


def stored(engine: Engine) -> dict[str, list[str]]:
    kept = [*schema.LEDGER.values(), schema.column_sets, schema.imports, schema.data_versions]
    with engine.connect() as connection:
        return {table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table))) for table in kept}


def test_every_row_is_importable_and_the_quick_way_stores_the_same(tmp_path, folder, filled):
    engine = open_store(f"sqlite:///{tmp_path / 'imported.db'}")
    done = importing.import_path(place(engine, Settings()), folder, How(), lambda *_: None)
    counts = {part.table: part.counts for part in done.parts}
    assert counts["contracts"].added == 2_000
    assert all(count.added == count.read for count in counts.values())
    assert stored(filled) == stored(engine)
    engine.dispose()


def test_organizations_are_copied_with_all_their_rows(filled):
    fill.times(filled, 3)
    for table in (schema.LEDGER["contracts"], schema.LEDGER["publications"], schema.data_versions):
        counted = select(table.c.organization, func.count()).group_by(table.c.organization)
        with filled.connect() as connection:
            found = {body: count for body, count in connection.execute(counted)}  # noqa: C416  # rows are no pairs to dict()
        assert len(found) == 12
        assert found["M00001-2"] == found["M00001-1"] == found["M00001"]
