"""Registers through their editions: the first day of publication stays, the facts are the latest, nothing is deleted."""

from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, func, inspect, select

from checks import vendors
from monitor.intake import layouts
from monitor.intake.how import How
from monitor.intake.rows import Part
from monitor.store import bodies, encoded, imports, registers, schema
from monitor.store.engine import _migrations, open_store
from tests.support import NOW, RULEBOOKS, contract, organization, store

DAY = date(2026, 2, 10)
FIRST, SECOND, THIRD = date(2026, 4, 20), date(2026, 5, 20), date(2026, 6, 20)


def row(entry: str, published_on: date | None = FIRST, **more: Any) -> dict[str, Any]:
    said = {
        "organization": "M",
        "entry": entry,
        "register": "公表簿.csv",
        "title": "清掃",
        "signed_on": DAY,
        "amount": 1,
        "dropped": False,
    }
    dated = {"published_on": published_on, "edition_on": published_on} if published_on else {}
    return {**said, **dated, **more}


def rows(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        table = schema.LEDGER["register_rows"]
        query = select(table).where(table.c.organization == "M").order_by(table.c.entry)
        return {held["entry"]: held for held in connection.execute(query).mappings()}


def listed(engine: Engine, *entries: dict[str, Any]) -> tuple[int, ...]:
    (done,) = store(engine, register_rows=entries)
    return tuple(vars(done.counts).values())


def test_the_same_register_again_changes_nothing(engine: Engine) -> None:
    store(engine, organizations=[organization()])
    assert listed(engine, row("A"), row("B")) == (2, 2, 0, 0, 0)
    assert listed(engine, row("A"), row("B")) == (2, 0, 0, 2, 0)


def test_editions_in_any_order_come_to_the_same(engine: Engine) -> None:
    editions = [row("A", FIRST, amount=1), row("A", SECOND, amount=2), row("A", THIRD, amount=3)]
    for number, order in enumerate(permutations(editions)):
        body = f"M{number}"
        store(engine, organizations=[organization(body)])
        for edition in order:
            listed(engine, {**edition, "organization": body, "register": f"{edition['edition_on']}.csv"})
        for edition in order:  # and again
            listed(engine, {**edition, "organization": body, "register": f"{edition['edition_on']}.csv"})
    table = schema.LEDGER["register_rows"].c
    with engine.connect() as connection:
        held = connection.execute(
            select(table.amount, table.published_on, table.edition_on, table.register).distinct()
        ).all()
    assert held == [(3, FIRST, THIRD, "2026-06-20.csv")]


def test_an_edition_without_a_day_says_the_facts_and_leaves_the_day(engine: Engine) -> None:
    store(engine, organizations=[organization()])
    listed(engine, row("A"))
    listed(engine, row("A", None, amount=5))
    held = rows(engine)["A"]
    assert (held["amount"], held["published_on"], held["edition_on"]) == (5, FIRST, FIRST)


def test_a_row_that_is_gone_stays_and_is_marked_and_comes_back(engine: Engine) -> None:
    store(engine, organizations=[organization(), organization("N")])
    listed(engine, row("A"), row("B"), row("B", organization="N"))
    listed(engine, row("C", register="another.csv"))
    assert listed(engine, row("A")) == (1, 0, 0, 1, 0)
    assert {entry: held["dropped"] for entry, held in rows(engine).items()} == {
        "A": False,
        "B": True,
        "C": False,
    }
    assert rows(engine)["B"]["amount"] == 1
    assert listed(engine, row("A"), row("B")) == (2, 0, 1, 1, 0)
    assert not any(held["dropped"] for held in rows(engine).values())


def test_a_row_that_cannot_be_read_any_more_is_not_gone(engine: Engine, tmp_path: Path) -> None:
    store(engine, organizations=[organization()])
    head = "契約の名称,契約を締結した日,契約の相手方,契約金額\n"
    good = [f"清掃業務その{n},令和8年4月{n}日,模擬清掃株式会社,11{n}00円\n" for n in range(1, 7)]
    bad = good[0].replace("11100円", "？？")
    for lines in (good, [bad, *good[1:]], good[1:]):
        (tmp_path / "a.csv").write_text(head + "".join(lines), encoding="utf-8")
        for part in layouts.read(tmp_path / "a.csv", How(organization="M", register=True)):
            assert isinstance(part, Part)
            imports.store(engine, part, NOW, RULEBOOKS)
        gone = [held["title"] for held in rows(engine).values() if held["dropped"]]
        assert gone == (["清掃業務その1"] if len(lines) == 5 else [])


def test_an_older_edition_drops_nothing_that_a_newer_one_lists(engine: Engine) -> None:
    store(engine, organizations=[organization()])
    listed(engine, row("A", SECOND), row("B", SECOND))
    listed(engine, row("A", FIRST))
    assert not any(held["dropped"] for held in rows(engine).values())
    listed(engine, row("A", THIRD))
    assert rows(engine)["B"]["dropped"]


def test_what_moves_an_organization_is_a_row_that_moved(engine: Engine) -> None:
    store(engine, organizations=[organization()], contracts=[contract(1, DAY)])

    def version() -> int:
        with engine.connect() as connection:
            return next(one.version for one in bodies.organizations(connection))

    listed(engine, row("A"), row("B"))
    first = version()
    listed(engine, row("A"), row("B"))
    assert version() == first
    listed(engine, row("A"))  # B is dropped
    assert version() > first


def test_more_rows_than_a_statement_takes_parameters_are_looked_up(engine: Engine) -> None:
    store(engine, organizations=[organization()])
    listed(engine, row("A"))
    keys = [("M", f"{number}") for number in range(33_000)] + [("M", "A")]
    with engine.connect() as connection:
        assert [*encoded.digests(connection, schema.LEDGER["register_rows"], keys)] == [("M", "A")]


def test_the_rows_are_a_frame_of_the_register(engine: Engine) -> None:
    store(engine, organizations=[organization()], contracts=[contract(1, DAY)])
    with engine.connect() as connection:
        (one,) = bodies.organizations(connection)
        assert registers.load(connection, one, vendors.Renames()).tables["register_rows"].empty
    listed(engine, row("B"), row("A"))
    with engine.connect() as connection:
        held = registers.load(connection, one, vendors.Renames()).tables["register_rows"]
    assert held["entry"].tolist() == ["A", "B"]
    assert held["published_on"].dtype == "datetime64[s]"


@pytest.mark.parametrize("before", ["0003", "0005"])
def test_a_database_of_an_earlier_version_gains_the_table_and_keeps_its_rows(url: str, before: str) -> None:
    engine = open_store(url)
    store(engine, organizations=[organization()], contracts=[contract(1, DAY)])
    config = _migrations()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, before)
        assert "register_rows" not in inspect(connection).get_table_names()
    engine.dispose()
    engine = open_store(url)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.LEDGER["contracts"])) == 1
    assert listed(engine, row("A")) == (1, 1, 0, 0, 0)
    engine.dispose()
