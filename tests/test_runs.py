"""The ledger of runs as a person reads it: which there were, what came of them, where the time went."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from sqlalchemy import Engine, insert

from checks.catalogue import all_checks
from checks.finding import CheckResult
from monitor.cli import runs as shown
from monitor.findings import answers, book
from monitor.findings import runs as ledger
from monitor.findings.lifecycle import State
from monitor.store.bodies import Organization
from monitor.store.engine import open_store
from monitor.store.schema import runs
from tests.support import NOW
from tests.test_cli import GOOD, contracts, keiyaku
from tests.test_cli import office as office  # noqa: PLC0414  # a fixture

DAY = date(2026, 7, 5)
COUNTS = {
    "evaluated": 1788, "skipped": 16092, "failed": 2, "stale": 0, "opened": 12345, "resolved": 31, "worsened": 0,
    "delivery": {"sent": 3, "retry": 0}, "loading": 61.25, "workers": 2, "executor": "processes",
}  # fmt: skip


def begun(engine: Engine, counts: dict[str, Any] | None = None, took: timedelta | None = timedelta(minutes=61), **more: Any) -> int:  # fmt: skip
    values = {"job": "run", "as_of": DAY, "started_at": NOW, "status": "done", **more}
    values |= {"counts": counts or {}, "finished_at": None if took is None else NOW + took}
    with engine.begin() as connection:
        key = connection.execute(insert(runs).values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def asked(engine: Engine, run: int, body: str, check: str, seconds: float | None, error: str | None = None) -> None:
    said = error if error is not None else CheckResult(judged=100)
    given = [answers.Given(check, "b", said, seconds)]
    with engine.begin() as connection:
        organization = Organization(body, body, "municipality", 1)
        answers.remember(connection, organization, given, {"run_id": run, "as_of": DAY})


def test_the_newest_come_first_and_a_killed_run_has_no_length(engine: Engine) -> None:
    first = begun(engine, COUNTS)
    second = begun(engine, status="crashed")
    third = begun(engine, took=None, status="running")
    with engine.connect() as connection:
        found = ledger.newest(connection)
        assert [one.id for one in found] == [third, second, first]
        assert [one.took for one in found] == [None, None, timedelta(minutes=61)]
        assert [one.id for one in ledger.newest(connection, 1)] == [third]
        assert ledger.one(connection, third + 1) is None


def test_the_dearest_checks_and_organizations_come_first(engine: Engine) -> None:
    run, other = begun(engine), begun(engine)
    for body, check, seconds in [("A", "x", 1.0), ("A", "y", 0.5), ("B", "x", 4.0), ("C", "x", None)]:
        asked(engine, run, body, check, seconds)
    asked(engine, run, "B", "y", 2.0, error="ValueError: 0")
    asked(engine, other, "A", "x", 99.0)
    with engine.connect() as connection:
        checks = ledger.by_check(connection, run)
        bodies = ledger.by_organization(connection, run)
        alone = ledger.answers_of(connection, run, "B")
        assert ledger.by_organization(connection, run, 1) == bodies[:1]
    assert [(one.name, one.seconds, one.answers, one.failed) for one in checks] == [("x", 5.0, 3, 0), ("y", 2.5, 2, 1)]
    assert [(one.name, one.seconds) for one in bodies] == [("B", 6.0), ("A", 1.5), ("C", None)]
    assert [(row["check_id"], row["status"]) for row in alone] == [("x", "done"), ("y", "error")]


@pytest.mark.parametrize("counts", [{}, COUNTS, {"evaluated": 1}])
def test_every_line_of_the_list_fits_a_narrow_terminal(engine: Engine, counts: dict[str, Any]) -> None:
    number = begun(engine, counts)
    with engine.connect() as connection:
        run = ledger.one(connection, number)
    assert run is not None
    lines = [*shown._short(run), *shown._head(run)]
    assert max(map(cell_len, lines)) <= 60
    if counts == COUNTS:
        told = " ".join(" ".join(lines).split())
        assert "1 h 01 min" in told
        assert "1,788 asked, 16,092 unchanged, 2 failed" in told
        assert "12,345 opened, 31 resolved" in told
        assert "3 sent" in told
        assert "2 workers (processes); 61.2 s CPU for loading registers" in told


def test_a_run_is_listed_and_shown(office: Path) -> None:
    assert "no run yet" in keiyaku(office, "runs", "list").stderr
    keiyaku(office, "import", contracts(office, *GOOD), "--organization", "M")
    keiyaku(office, "run", "--as-of", "2026-07-05")
    listed = keiyaku(office, "runs", "list")
    assert (listed.returncode, "as of 2026-07-05" in listed.stdout, "1 run;" in listed.stderr) == (0, True, True)
    (one,) = json.loads(keiyaku(office, "runs", "list", "--json").stdout)
    assert (one["job"], one["as_of"], one["status"]) == ("run", "2026-07-05", "done")
    assert one["counts"]["evaluated"] == len(all_checks())
    told = keiyaku(office, "runs", "show", str(one["id"])).stdout
    assert all(word in told for word in ("run 1 as of 2026-07-05", "CPU seconds by check", "split_orders", "slowest"))
    whole = json.loads(keiyaku(office, "runs", "show", "1", "--json").stdout)
    assert len(whole["checks"]) == len(all_checks())
    assert [body["name"] for body in whole["organizations"]] == ["M"]
    mine = keiyaku(office, "runs", "show", "1", "--organization", "M").stdout
    assert "split_orders" in mine
    assert "2 judged, 1 found" in mine
    alone = json.loads(keiyaku(office, "runs", "show", "1", "--organization", "M", "--json").stdout)
    assert len(alone["answers"]) == len(all_checks())


def test_only_the_last_twenty_are_listed_unless_all_are_asked_for(office: Path) -> None:
    engine = open_store(f"sqlite:///{office / 'var' / 'keiyaku.db'}")
    for _ in range(21):
        begun(engine)
    engine.dispose()
    assert len(json.loads(keiyaku(office, "runs", "list", "--json").stdout)) == 20
    assert "older ones: --all" in keiyaku(office, "runs", "list").stderr
    assert len(json.loads(keiyaku(office, "runs", "list", "--json", "--all").stdout)) == 21


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(("7",), "There is no run 7; keiyaku runs list --all shows the numbers."),
     (("1", "--organization", "N"), "The run 1 asked nothing of 'N'")],
)  # fmt: skip
def test_a_mistake_is_one_sentence(office: Path, arguments: tuple[str, ...], sentence: str) -> None:
    keiyaku(office, "run", "--as-of", "2026-07-05")
    done = keiyaku(office, "runs", "show", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_what_the_database_counts_is_what_is_there(office: Path) -> None:
    keiyaku(office, "import", contracts(office, *GOOD), "--organization", "M")
    for day in ("2026-07-05", "2026-07-06"):
        done = keiyaku(office, "run", "--full", "--as-of", day)
    assert "not judged" in done.stdout
    engine = open_store(f"sqlite:///{office / 'var' / 'keiyaku.db'}")
    with engine.connect() as connection:
        every = book.everything(connection)
        last = answers.last(connection).values()
        assert book.ids(connection) == [one.id for one in every]
        plain = Counter((one.check, one.severity) for one in every if one.state is State.OPEN)
        assert book.open_by_severity(connection) == plain
        assert plain
        judged, left = Counter[str](), Counter[str]()
        for row in last:
            judged[row["check_id"]] += row["judged"]
            left[row["check_id"]] += sum(count for _, _, count in row["not_judged"])
        assert answers.totals(connection) == {name: (judged[name], left[name]) for name in judged}
    engine.dispose()
