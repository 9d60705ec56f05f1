"""The main job: what it asks, what it writes, what it leaves alone. On SQLite and on PostgreSQL."""

import dataclasses
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from checks.catalogue import all_checks
from checks.finding import CheckResult
from monitor import answering, asking, jobs, run
from monitor.digest import week
from monitor.findings import book
from monitor.findings.decisions import Decision
from monitor.findings.lifecycle import Cause, Kind, State
from monitor.findings.reconcile import reconcile
from monitor.problems import Problem
from monitor.run import Options, Outcome
from monitor.settings import Hold, load
from monitor.store.engine import open_store
from monitor.store.schema import evaluations, finding_events, runs
from tests.findings.test_lifecycle import finding
from tests.support import NOW, contract, organization, store

DAY = date(2026, 7, 5)
WORLD = jobs.world(load(None, {}))


def execute(engine: Engine, as_of: date = DAY, world: asking.World = WORLD, **more: Any) -> Outcome:
    outcome = run.execute(engine, world, Options(as_of, **more), lambda: NOW)
    if outcome.run_id is not None:
        run.finish(engine, outcome, NOW, {})
    return outcome


def three_pieces(engine: Engine) -> None:
    pieces = [contract(n, date(2026, 6, n)) for n in (1, 2, 3)]
    store(engine, organizations=[organization()], contracts=pieces)


def found(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        rows = [vars(one) for one in book.everything(connection)]
    return [{k: v for k, v in row.items() if k not in ("first_seen", "last_seen")} for row in rows]


def test_a_split_is_found_once(engine: Engine) -> None:
    three_pieces(engine)
    assert execute(engine).counts()["opened"] == 1
    assert "opened" not in execute(engine).counts()
    (one,) = found(engine)
    assert (one["check"], one["facts"]["contracts"]) == ("split_orders", ["C1", "C2", "C3"])


def test_what_has_not_moved_is_not_asked_again(engine: Engine) -> None:
    three_pieces(engine)
    assert execute(engine).evaluated == len(all_checks())
    assert execute(engine).evaluated == 0
    assert execute(engine, full=True).evaluated == len(all_checks())
    store(engine, contracts=[contract(4, date(2026, 6, 4))])
    assert execute(engine).counts()["changed"] == 1


def test_a_changed_parameter_asks_its_check_again_and_says_so(engine: Engine) -> None:
    three_pieces(engine)
    execute(engine)
    strict = all_checks()["split_orders"].parameters.model_validate({"link": 20})
    world = dataclasses.replace(WORLD, parameters={**WORLD.parameters, "split_orders": strict})
    outcome = execute(engine, world=world)
    assert outcome.evaluated == 2  # and the check that reads the others' answers
    assert [one.reason for one in outcome.moved] == ["rule_changed"]


def test_a_grown_set_keeps_its_id(engine: Engine) -> None:
    three_pieces(engine)
    execute(engine)
    (before,) = found(engine)
    store(engine, contracts=[contract(0, date(2026, 5, 31))])
    execute(engine)
    (after,) = found(engine)
    assert after["id"] == before["id"]
    assert after["facts"]["contracts"] == ["C0", "C1", "C2", "C3"]


def test_a_cancelled_set_is_withdrawn_not_mended(engine: Engine) -> None:
    three_pieces(engine)
    execute(engine)
    store(engine, contracts=[contract(n, date(2026, 6, n), cancelled_on=DAY) for n in (1, 2, 3)])
    (moved,) = execute(engine).moved
    assert moved == (Kind.RESOLVED, "withdrawn")


def test_a_dry_run_writes_nothing(engine: Engine) -> None:
    three_pieces(engine)
    outcome = execute(engine, dry_run=True)
    assert [one.kind.value for one in outcome.moved] == ["opened"]
    with engine.connect() as connection:
        for table in (runs, evaluations, finding_events):
            assert connection.scalar(select(func.count()).select_from(table)) == 0


def test_looking_back_needs_a_dry_run_and_does_not_see_what_came_later(engine: Engine) -> None:
    three_pieces(engine)
    execute(engine)
    with pytest.raises(Problem, match="use --dry-run"):
        execute(engine, DAY - timedelta(days=1))
    (transition,) = execute(engine, date(2026, 6, 1), dry_run=True).transitions
    assert transition.kind.value == "resolved"


def test_a_run_does_not_go_back_before_a_decision(engine: Engine) -> None:
    three_pieces(engine)
    execute(engine)
    later = jobs.Place(engine, load(None, {}), {}, lambda: NOW + timedelta(days=8))  # in the next week
    answering.decide(later, [found(engine)[0]["id"]], Decision(State.DISMISSED, "山田", "別の工事"))
    store(engine, contracts=[contract(4, date(2026, 6, 4))])  # undoes it: before it was decided, by the dates
    with pytest.raises(Problem, match="earlier than the last decision's date 2026-07-13"):
        execute(engine, DAY + timedelta(days=1))
    execute(engine, DAY + timedelta(days=8))
    assert jobs.digest(later, week.parse("2026-W29")).digest.balance.adds_up


@pytest.mark.parametrize("option", [{"checks": ("split_order",)}, {"organizations": ("m",)}])
def test_an_unknown_name_is_told_with_the_nearest(engine: Engine, option: dict[str, Any]) -> None:
    three_pieces(engine)
    with pytest.raises(
        Problem, match="there is no check 'split_order'; the nearest is 'split_orders'|the ledger has no 'm'"
    ):
        execute(engine, **option)


def test_a_check_that_raises_stops_nothing_else_and_resolves_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_pieces(engine)
    execute(engine)

    def broken(*_: object) -> CheckResult:
        raise ZeroDivisionError("by zero")

    sick = {**all_checks(), "split_orders": dataclasses.replace(all_checks()["split_orders"], examine=broken)}
    with monkeypatch.context() as patch:
        patch.setattr(run, "all_checks", lambda: sick)
        outcome = execute(engine, full=True)
    assert outcome.failed == [("M", "split_orders", "ZeroDivisionError: by zero")]
    assert outcome.evaluated == len(all_checks())
    (one,) = found(engine)
    assert (one["state"], one["unknown"]) == (State.OPEN, True)
    with engine.connect() as connection:
        assert connection.scalar(select(runs.c.status).order_by(runs.c.id.desc())) == "partial"
    assert execute(engine).counts()["answered"] == 1  # it is asked again by itself
    assert found(engine)[0]["unknown"] is False


@pytest.mark.parametrize("blank", [{"category": None}, {"estimated_price": None, "amount": None}])
def test_a_contract_that_can_no_longer_be_judged_resolves_nothing(engine: Engine, blank: dict[str, Any]) -> None:
    three_pieces(engine)
    execute(engine)
    store(engine, contracts=[contract(n, date(2026, 6, n), **blank) for n in (1, 2, 3)])
    assert execute(engine).counts()["unknown"] == 1
    split = next(one for one in found(engine) if one["check"] == "split_orders")
    assert (split["state"], split["unknown"]) == (State.OPEN, True)
    store(engine, contracts=[contract(n, date(2026, 6, n)) for n in (1, 2, 3)])
    execute(engine)
    split = next(one for one in found(engine) if one["check"] == "split_orders")
    assert (split["state"], split["unknown"]) == (State.OPEN, False)


def test_since_leaves_older_contracts_as_context(engine: Engine) -> None:
    three_pieces(engine)
    assert execute(engine, world=dataclasses.replace(WORLD, since=date(2026, 6, 4)), dry_run=True).transitions == []
    assert len(execute(engine, world=dataclasses.replace(WORLD, since=date(2026, 6, 3)), dry_run=True).transitions) == 1


def test_the_chain_of_hashes_is_whole_and_shows_a_rewriting(engine: Engine) -> None:
    three_pieces(engine)
    execute(engine)
    store(engine, contracts=[contract(4, date(2026, 6, 4))])
    execute(engine)
    with engine.connect() as connection:
        rows = connection.execute(select(finding_events).order_by(finding_events.c.seq)).mappings().all()
        assert book.head(connection) == rows[-1]["hash"]
    previous = book.GENESIS
    for row in rows:
        previous = book.chained(previous, row)
        assert previous == row["hash"]
    assert book.chained(book.GENESIS, {**rows[0], "data": {**rows[0]["data"], "severity": "low"}}) != rows[0]["hash"]


def test_a_run_may_move_more_findings_than_a_statement_has_parameters(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path}/many.db")
    many = [finding(f"C{n}") for n in range(33_000)]
    with engine.begin() as connection:
        book.write(connection, reconcile([], many, Cause.DATA, frozenset(), DAY), None, DAY, NOW)
        assert connection.scalar(select(func.count()).select_from(finding_events)) == 33_000
    engine.dispose()


# --- answers that rest on other answers ------------------------------------------------------------------------------


def unreadable(engine: Engine, count: int) -> None:
    """Contracts without a category: splitting and others cannot be judged."""
    rows = [contract(n, date(2026, 6, 1), category=None) for n in range(count)]
    store(engine, organizations=[organization()], contracts=rows)


def quality(engine: Engine) -> dict[str, State]:
    return {one["subject"]: one["state"] for one in found(engine) if one["check"] == "data_quality"}


def sick(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> CheckResult:
        raise ZeroDivisionError("by zero")

    checks = {**all_checks(), "split_orders": dataclasses.replace(all_checks()["split_orders"], examine=broken)}
    monkeypatch.setattr(run, "all_checks", lambda: checks)


def test_a_check_that_breaks_off_twice_takes_back_nothing_of_what_the_ledger_lacks(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable(engine, 3)
    execute(engine)
    assert quality(engine)["blank|契約分類"] is State.OPEN
    sick(monkeypatch)
    for _ in range(2):
        execute(engine, full=True)
        assert quality(engine)["blank|契約分類"] is State.OPEN


def test_the_state_of_the_ledger_is_asked_after_any_run_of_another_check(engine: Engine) -> None:
    unreadable(engine, 3)
    execute(engine, checks=("split_orders",))
    assert quality(engine) == {}
    execute(engine)
    assert quality(engine)["blank|契約分類"] is State.OPEN
    store(engine, contracts=[contract(n, date(2026, 6, 1)) for n in range(3)])
    execute(engine, checks=("split_orders", "small_value_exceeded"))
    execute(engine)
    assert quality(engine)["blank|契約分類"] is State.RESOLVED
    before = found(engine)
    execute(engine, full=True)
    assert found(engine) == before


def test_a_rename_that_is_corrected_asks_every_check_again(engine: Engine) -> None:
    three_pieces(engine)
    execute(engine)
    rows = [dataclasses.replace(row, until=date(2025, 12, 31)) for row in WORLD.renames.rows]
    world = dataclasses.replace(WORLD, renames=dataclasses.replace(WORLD.renames, rows=tuple(rows)))
    assert execute(engine, world=world).evaluated == len(all_checks())


def test_a_check_that_suddenly_finds_many_is_told_by_the_run(engine: Engine) -> None:
    world = dataclasses.replace(WORLD, hold=Hold(many=3))
    small = [contract(n, date(2026, 6, 1), estimated_price=900_000, title=f"{n}号線標識設置") for n in range(5)]
    store(engine, organizations=[organization()], contracts=small)
    assert execute(engine, world=world).sudden == []
    store(engine, contracts=[{**row, "estimated_price": 9_000_000} for row in small])
    assert execute(engine, world=world).sudden == [("M", asking.Sudden("small_value_exceeded", 0, 5))]


def test_a_check_that_is_new_to_a_judged_ledger_and_finds_many_is_sudden(engine: Engine) -> None:
    world = dataclasses.replace(WORLD, hold=Hold(many=3))
    dear = [contract(n, date(2026, 6, 1), estimated_price=9_000_000, title=f"{n}号線標識設置") for n in range(5)]
    store(engine, organizations=[organization()], contracts=dear)
    assert execute(engine, world=world, checks=("split_orders",)).sudden == []
    assert execute(engine, world=world).sudden == [("M", asking.Sudden("small_value_exceeded", 0, 5))]
