"""A file as the whole truth: what is gone from it is withdrawn, nothing deleted, and what looks like half a file is not believed."""

from collections.abc import Sequence
from dataclasses import replace as with_
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from checks import vendors
from monitor.intake import layouts
from monitor.intake.how import How
from monitor.intake.rows import BadRow, Part, Row
from monitor.store import bodies, imports, registers, schema
from monitor.store.replacing import WITHDRAWN, Whole, Withdrawn
from tests.support import NOW, RULEBOOKS, contract, organization, part, store

DAY, LAST_YEAR = date(2026, 4, 10), date(2026, 3, 31)


def replace(engine: Engine, *parts: Part, force: bool = False, unread: bool = False) -> Withdrawn:
    whole = Whole(force=force)
    for one in parts:
        imports.store(engine, one, NOW, RULEBOOKS, whole=whole)
    return whole.finish(engine, NOW, unread=unread)


def contracts(numbers: Sequence[int], source: str = "all.csv", **more: Any) -> Part:
    return part("contracts", [contract(n, DAY, **more) for n in numbers], source)


def counted(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        one = next(one for one in bodies.organizations(connection) if one.id == "M")
        return sorted(registers.load(connection, one, vendors.Renames()).contracts["contract_id"])


def total(engine: Engine, table: Any) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table))


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    rows = [contract(n, DAY) for n in range(1, 6)] + [contract("old", LAST_YEAR), contract(1, DAY, organization="N")]
    store(engine, organizations=[organization(), organization("N")], contracts=rows)
    return engine


def test_what_is_gone_is_withdrawn_of_these_organizations_and_years_alone_and_again_changes_nothing(
    ledger: Engine,
) -> None:
    assert replace(ledger, contracts([1, 2, 3])).rows == {"contracts": 2}
    assert counted(ledger) == ["C1", "C2", "C3", "Cold"]
    assert total(ledger, schema.LEDGER["contracts"]) == 7
    assert total(ledger, schema.row_history) == 2
    again = replace(ledger, contracts([1, 2, 3]))
    assert (again.rows, again.withheld, total(ledger, schema.row_history)) == ({}, [], 2)


def test_a_withdrawn_contract_keeps_its_earlier_state_and_says_why(ledger: Engine) -> None:
    replace(ledger, contracts([1, 2, 3, 4]))
    table = schema.LEDGER["contracts"]
    with ledger.connect() as connection:
        row = connection.execute(select(table).where(table.c.contract_id == "C5")).mappings().one()
        (past,) = connection.execute(select(schema.row_history)).mappings()
    assert (row["cancelled_on"], row["original"]["cancelled_on"]) == (date(2026, 7, 5), WITHDRAWN)
    assert (past["row_key"], past["state"]["amount"], "cancelled_on" in past["state"]) == ("M / C5", 1_298_000, False)


@pytest.mark.parametrize("more", [{}, {"amount": 5}])
def test_a_contract_that_comes_again_counts_again(ledger: Engine, more: dict[str, Any]) -> None:
    replace(ledger, contracts([1, 2, 3, 4]))
    row = {name: value for name, value in contract(5, DAY, **more).items() if name != "cancelled_on"}
    done = imports.store(ledger, part("contracts", [row]), NOW, RULEBOOKS)
    assert (done.counts.changed, counted(ledger)) == (1, ["C1", "C2", "C3", "C4", "C5", "Cold"])
    assert imports.store(ledger, part("contracts", [row]), NOW, RULEBOOKS).counts.unchanged == 1


def test_the_organization_is_judged_again(ledger: Engine) -> None:
    def versions() -> dict[str, int]:
        with ledger.connect() as connection:
            return {one.id: one.version for one in bodies.organizations(connection)}

    before = versions()
    replace(ledger, contracts([1, 2, 3, 4]))
    after = versions()
    assert (after["M"] > before["M"], after["N"] == before["N"]) == (True, True)


def test_a_file_with_less_than_half_is_not_believed_unless_forced(ledger: Engine) -> None:
    done = replace(ledger, contracts([1, 2]))
    assert (done.rows, len(counted(ledger))) == ({}, 6)
    (said,) = done.withheld
    assert said == (
        "Mの2026年度の契約5行のうち3行がファイルにありませんが、半数以上に当たり、台帳の一部だけのファイルかもしれないため取り下げていません"
        "（正しければ --force で取り込み直してください）。"
    )
    assert replace(ledger, contracts([11, 12, 13, 14, 15])).withheld  # other numbers throughout
    assert replace(ledger, contracts([1, 2]), force=True).rows["contracts"] == 8


def bad(key: str, body: str = "M") -> Part:
    row = BadRow("contracts", 9, "契約金額", "約百万円", "読めません。", {"契約番号": key}, body, key)
    rows = [*(Row("contracts", n, contract(n, DAY)) for n in range(1, 5)), row]
    return Part("all.csv", "interchange", "contracts", frozenset(contract(1, DAY)), (), iter(rows), 5)


def test_a_row_in_quarantine_is_there_all_the_same(ledger: Engine) -> None:
    assert replace(ledger, bad("C5")).rows == {}
    assert len(counted(ledger)) == 6


@pytest.mark.parametrize("body", ["M", ""])
def test_nothing_is_withdrawn_while_a_row_might_be_any_contract(ledger: Engine, body: str) -> None:
    done = replace(ledger, bad("", body))
    assert (done.rows, "どの契約か読めない行が1行あるため" in done.withheld[0]) == ({}, True)
    assert replace(ledger, contracts([1, 2, 3, 4]), unread=True).withheld
    assert replace(ledger, bad("", body), force=True).rows == {"contracts": 1}


def test_all_parts_of_a_file_are_the_truth_together(ledger: Engine) -> None:
    assert replace(ledger, contracts([1, 2], "a.csv"), contracts([3, 4, 5], "b.csv")).rows == {}


def test_rows_of_the_other_tables_are_of_their_contract_s_year(ledger: Engine) -> None:
    def event(number: Any, day: int) -> dict[str, Any]:
        return {
            "organization": "M",
            "contract_id": f"C{number}",
            "event": "検査",
            "occurred_on": date(2026, 5, day),
            "reference": None,
        }

    store(ledger, events=[event(1, 1), event(1, 2), event(2, 3), event("old", 4)])
    assert replace(ledger, part("events", [event(1, 1), event(2, 3)])).rows == {"events": 1}
    assert total(ledger, schema.LEDGER["events"]) == 3
    with ledger.connect() as connection:
        (past,) = connection.execute(select(schema.row_history)).mappings()
    assert past["row_key"] == "M / C1 / 検査 / 2026-05-02 / "
    assert imports.store(ledger, part("events", [event(1, 2)]), NOW, RULEBOOKS).counts.added == 1


def test_an_event_in_quarantine_is_there_all_the_same(ledger: Engine) -> None:
    when = {"event": "検査", "occurred_on": date(2026, 5, 1), "reference": None}
    store(ledger, events=[{"organization": "M", "contract_id": f"C{n}", **when} for n in (1, 2)])
    row = BadRow("events", 2, "金額", "約百万円", "読めません。", {}, "M", "C2 / 検査 /  / 2026-05-01")
    good = Row("events", 3, {"organization": "M", "contract_id": "C1", **when})
    bad = Part("all.csv", "interchange", "events", frozenset(good.values), (), iter([row, good]), 2)
    assert replace(ledger, bad, force=True).rows == {}


def test_what_is_of_no_year_is_not_withdrawn(ledger: Engine) -> None:
    assert replace(ledger, part("organizations", [organization()])).rows == {}
    assert total(ledger, schema.LEDGER["organizations"]) == 2


def test_rows_that_come_back_from_quarantine_are_not_the_whole(ledger: Engine) -> None:
    assert replace(ledger, with_(contracts([1, 2, 3]), returned=True)) == Withdrawn()
    assert len(counted(ledger)) == 6


def test_a_row_of_a_form_that_cannot_be_read_any_more_withdraws_nothing(engine: Engine, tmp_path: Path) -> None:
    store(engine, organizations=[organization()])
    head = "契約の名称,契約を締結した日,契約の相手方,契約金額\n"
    good = [f"清掃業務その{n},令和8年4月{n}日,模擬清掃株式会社,11{n}00円\n" for n in range(1, 7)]
    bad = good[0].replace("令和8年4月1日", "令和8年4月31日")
    done = []
    for rows in (good, [bad, *good[1:]]):
        (tmp_path / "a.csv").write_text(head + "".join(rows), encoding="utf-8")
        done.append(replace(engine, *layouts.read(tmp_path / "a.csv", How(organization="M"))))
    assert [each.rows for each in done] == [{}, {}]
    assert "どの契約か読めない行が1行ある" in done[1].withheld[0]
    assert len(counted(engine)) == 6
