"""Where the work of a run is done: the choice, the order, workers that die; and that it moves no finding, by any executor."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, select

from checks.catalogue import all_checks
from monitor import asking, executors, jobs, judging, run
from monitor.cluster import Cluster
from monitor.executors import Crew, Kind, Lost, Where
from monitor.findings.lifecycle import Cause
from monitor.problems import Exit, Problem
from monitor.run import Options, Step
from monitor.settings import load
from monitor.store import bodies, columns, registers
from monitor.store.engine import open_store
from monitor.store.schema import evaluations, finding_events, findings
from tests.support import NOW, contract, organization, store

DAY = date(2026, 7, 5)
WORLD = jobs.world(load(None, {}))


# --- who does the work ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "tasks", "cores", "crew"),
    [
        (Where(), 1, 8, Crew(Kind.SERIAL)),  # workers would start longer than the runner works
        (Where(), 3, 8, Crew(Kind.SERIAL)),
        (Where(), 100, 8, Crew(Kind.PROCESSES, 8)),
        (Where(), 5, 8, Crew(Kind.PROCESSES, 5)),
        (Where(), 100, 1, Crew(Kind.SERIAL)),
        (Where(workers=3), 100, 8, Crew(Kind.PROCESSES, 3)),
        (Where(workers=1), 100, 8, Crew(Kind.SERIAL)),
        (Where(Kind.SERIAL), 100, 8, Crew(Kind.SERIAL)),
        (Where(Kind.PROCESSES), 2, 8, Crew(Kind.PROCESSES, 2)),
        (Where(scheduler="tcp://s:1"), 1, 8, Crew(Kind.DASK, 8, "tcp://s:1")),
        (Where(Kind.SERIAL, scheduler="tcp://s:1"), 100, 8, Crew(Kind.SERIAL)),
    ],
)
def test_who_does_the_work(where: Where, tasks: int, cores: int, crew: Crew) -> None:
    assert executors.crew(where, tasks, cores, "postgresql") == crew


@pytest.mark.parametrize(
    ("where", "backend", "said"),
    [
        (Where(Kind.DASK), "postgresql", "--executor dask: needs --scheduler"),
        (Where(scheduler="tcp://s:1"), "sqlite", "found sqlite, expected PostgreSQL"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_told(where: Where, backend: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        executors.crew(where, 100, 2, backend)


def test_a_scheduler_that_does_not_answer_is_told() -> None:
    chosen = Crew(Kind.DASK, 2, "tcp://127.0.0.1:1")
    with pytest.raises(Problem, match=r"tcp://127\.0\.0\.1:1: no Dask scheduler answers"):
        list(executors.each(chosen, _same, _there, b"", [1]))


# --- order, and workers that die ------------------------------------------------------------------------------------


def _same(task: int) -> int:
    return task


def _there(_pack: bytes, task: int) -> int:
    time.sleep(0.02 * (3 - task % 4))  # later ones are done sooner
    return task


def _dies_once(pack: bytes, task: int) -> int:
    marker = Path(pack.decode())
    if task == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def _dies(_pack: bytes, task: int) -> int:
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def _refuses(_pack: bytes, task: int) -> int:
    raise Problem(f"task {task} cannot be read")


TWO = Crew(Kind.PROCESSES, 2)


def test_results_come_in_the_order_of_the_tasks() -> None:
    assert list(executors.each(TWO, _same, _there, b"", range(12))) == [(n, n) for n in range(12)]


def test_a_worker_that_dies_costs_nothing_if_another_can_do_its_task(tmp_path: Path) -> None:
    pack = str(tmp_path / "died").encode()
    assert list(executors.each(TWO, _same, _dies_once, pack, range(12))) == [(n, n) for n in range(12)]


def test_a_task_that_kills_its_workers_is_lost_and_no_other() -> None:
    done = dict(executors.each(TWO, _same, _dies, b"", range(12)))
    lost = done.pop(3)
    assert isinstance(lost, Lost)
    assert "the worker died" in lost.reason
    assert done == {n: n for n in range(12) if n != 3}


def test_what_a_worker_cannot_read_is_the_runs_problem() -> None:
    with pytest.raises(Problem, match="task 0 cannot be read"):
        list(executors.each(TWO, _same, _refuses, b"", range(12)))


def _sleeps(pack: bytes, task: int) -> int:
    (Path(pack.decode()) / f"{os.getpid()}").touch()
    time.sleep(60)
    return task


def test_workers_end_with_a_runner_that_is_killed(tmp_path: Path) -> None:
    code = (
        "from tests.test_executors import TWO, _same, _sleeps\nfrom monitor import executors\n"
        f"if __name__ == '__main__': list(executors.each(TWO, _same, _sleeps, {str(tmp_path).encode()!r}, range(4)))"
    )
    script = tmp_path / "runner.py"
    script.write_text(code)
    root = Path(__file__).parents[1]
    runner = subprocess.Popen([sys.executable, script], env={**os.environ, "PYTHONPATH": str(root)}, cwd=root)
    assert _within(60, lambda: len(_workers(tmp_path)) == 2)
    workers = _workers(tmp_path)
    runner.kill()
    runner.wait()
    assert _within(10, lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def _workers(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.iterdir() if path.name.isdigit()]


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True


def _slow_first(pack: bytes, task: int) -> int:
    (Path(pack.decode()) / f"task{task}").touch()
    if task == 0:
        assert _within(20, (Path(pack.decode()) / "task11").exists)
    return task


def test_a_large_first_organization_leaves_no_core_idle(tmp_path: Path) -> None:
    pack = str(tmp_path).encode()  # the last task is begun while the first is still being done
    assert list(executors.each(TWO, _same, _slow_first, pack, range(12))) == [(n, n) for n in range(12)]


def _counts(pack: bytes, task: int) -> int:
    with (Path(pack.decode()) / f"task{task}").open("a") as file:
        file.write("x")
    if task == 9:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def test_what_is_done_is_not_done_again_when_a_worker_dies(tmp_path: Path) -> None:
    done = dict(executors.each(TWO, _same, _counts, str(tmp_path).encode(), range(12)))
    assert isinstance(done[9], Lost)
    times = {n: len((tmp_path / f"task{n}").read_text()) for n in range(12)}
    assert times == {n: 2 if n == 9 else 1 for n in range(12)}


@pytest.mark.parametrize("threads", [0, 1])  # with another thread no fork of this process makes the workers
def test_workers_are_sent_home_at_once_when_nobody_takes_the_rest(tmp_path: Path, threads: int) -> None:
    stop = threading.Event()
    others = [threading.Thread(target=stop.wait) for _ in range(threads)]
    for other in others:
        other.start()
    begun = time.monotonic()
    with closing(executors.each(TWO, _same, _sleeps_later, str(tmp_path).encode(), range(12))) as results:
        assert next(results) == (0, 0)
        assert _within(20, lambda: len(_workers(tmp_path)) == 2)
    assert time.monotonic() - begun < 40
    stop.set()
    assert _within(5, lambda: not any(Path(f"/proc/{worker}").exists() for worker in _workers(tmp_path)))


def _sleeps_later(pack: bytes, task: int) -> int:
    return _sleeps(pack, task) if task else task


def test_a_fault_of_a_worker_is_told_with_where_it_was() -> None:
    with pytest.raises(ZeroDivisionError) as told:
        list(executors.each(TWO, _same, _divides, b"", range(3)))
    assert "_divides" in told.value.__notes__[0]


def _divides(_pack: bytes, task: int) -> float:
    return 1 / (task - 1)


# --- the same findings, wherever they are found ---------------------------------------------------------------------


def ledger(engine: Engine, organizations: int) -> None:
    """Organizations with a split, an overdue publication, a vendor of two spellings, and blanks."""
    for number in range(organizations):
        key = f"M{number:02}"
        rows = [contract(n, date(2026, 6, n), organization=key) for n in range(1, 4 + number % 3)]
        rows.append(contract("X", date(2026, 1, 15), organization=key, ground="2号", design_price=9_000_000))
        rows.append(contract("Y", date(2026, 5, 1) + timedelta(days=number), organization=key, category=None))
        rows = [{"design_price": None, **row} for row in rows]
        rulebook = ("municipality", "saitama", "national")[number % 3]
        store(engine, organizations=[organization(key, rulebook)], contracts=rows)
    store(engine, publications=[{"organization": "M00", "contract_id": "C1", "kind": "結果", "published_on": DAY}])


def judged(engine: Engine, where: Where, seen: list[Step] | None = None) -> list[list[tuple[object, ...]]]:
    """Judge, and all that was written: findings, events with their hashes, answers without what they cost."""

    def observe(step: Step, what: str) -> None:
        if seen is not None:
            seen.append(step)

    outcome = run.execute(engine, WORLD, Options(DAY, full=True), lambda: NOW, observe, where)
    run.finish(engine, outcome, NOW, {})
    assert outcome.failed == []
    held = [column for column in evaluations.c if column.name != "seconds"]
    with engine.connect() as connection:
        return [
            [tuple(row) for row in connection.execute(query)]
            for query in (
                select(findings).order_by(findings.c.id),
                select(finding_events).order_by(finding_events.c.seq),
                select(*held).order_by(evaluations.c.organization, evaluations.c.check_id, evaluations.c.run_id),
            )
        ]


@pytest.fixture
def twin(engine: Engine, url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The same ledger in another database of the same kind."""
    ledger(engine, 6)
    if engine.dialect.name == "sqlite":
        made = open_store(f"sqlite:///{tmp_path / 'twin.db'}")
    else:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {engine.url.database}_twin")
        made = open_store(engine.url.set(database=f"{engine.url.database}_twin").render_as_string(hide_password=False))
    ledger(made, 6)
    yield made
    made.dispose()


def test_processes_find_what_the_runner_finds(engine: Engine, twin: Engine) -> None:
    seen: list[Step] = []
    here = judged(engine, Where(Kind.SERIAL))
    assert len(here[0]) >= 12
    assert judged(twin, Where(Kind.PROCESSES, 2), seen) == here
    assert (seen.count(Step.CHOSEN), seen.count(Step.JUDGED), seen.count(Step.STORED)) == (1, 6, 6)


def test_a_worker_may_have_an_address_of_its_own(engine: Engine, twin: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with engine.connect() as connection:
        one = bodies.organizations(connection)[0]
    question = asking.Question(all_checks()["split_orders"], "", Cause.DATA)
    task = judging.Task(one, (question,), {}, {}, DAY)
    pack = judging.packed(make_url("sqlite:////nowhere/at/all.db"), WORLD)
    with pytest.raises(Problem, match="cannot be read by a worker"):
        judging.work(pack, task)
    monkeypatch.setenv(judging.OWN_ADDRESS, twin.url.render_as_string(hide_password=False))
    assert len(judging.work(pack, task).said[0].transitions) == 1


def test_both_routes_to_the_columns_give_the_same_registers(engine: Engine) -> None:
    ledger(engine, 3)
    driver = columns.arrow_driver(engine.url)
    assert driver is not None
    with engine.connect() as connection:
        for one in bodies.organizations(connection):
            plain = registers.load(connection, one, WORLD.renames)
            with columns.by_arrow(driver, engine.url) as query:
                quick = registers.read(query, one, WORLD.renames)
            assert (plain.known, plain.name) == (quick.known, quick.name)
            for name, frame in plain.tables.items():
                assert frame.dtypes.to_dict() == quick.tables[name].dtypes.to_dict()
                assert frame.equals(quick.tables[name]), name


# --- a cluster ------------------------------------------------------------------------------------------------------


@contextmanager
def cluster(threads: int = 1) -> Iterator[tuple[str, list[subprocess.Popen[str]], subprocess.Popen[str]]]:
    """A Dask scheduler and two workers, each a process of its own; their address, the workers and the scheduler."""
    quiet = {"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL, "text": True}
    command = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
    ]
    scheduler = subprocess.Popen(command, **quiet)
    assert scheduler.stderr is not None
    address = next(found[0] for line in scheduler.stderr if (found := re.search(r"tcp://127\.0\.0\.1:\d+", line)))
    worker = [
        sys.executable,
        "-m",
        "distributed.cli.dask_worker",
        address,
        "--nthreads",
        str(threads),
        "--no-nanny",
        "--no-dashboard",
    ]
    workers = [subprocess.Popen(worker, **quiet) for _ in range(2)]
    try:
        yield address, workers, scheduler
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.communicate()


@pytest.fixture
def on_a_server(postgresql: str, request: pytest.FixtureRequest) -> Iterator[list[Engine]]:
    """Two empty stores on PostgreSQL."""
    from tests import postgres

    admin = open_store(postgres.url(postgresql, "postgres"))
    made = []
    for name in (f"{end}{abs(hash(request.node.nodeid)):x}" for end in ("here", "there")):
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        made.append(open_store(postgres.url(postgresql, name)))
    yield made
    for engine in (*made, admin):
        engine.dispose()


def test_a_cluster_of_which_a_worker_is_killed_finds_what_the_runner_finds(on_a_server: list[Engine]) -> None:
    here, there = on_a_server
    for engine in on_a_server:
        ledger(engine, 12)
    serial = judged(here, Where(Kind.SERIAL))
    with cluster() as (address, workers, _):
        done: list[str] = []

        def observe(step: Step, what: str) -> None:
            if step is Step.STORED:
                done.append(what)
                if len(done) == 3:  # in the middle: others are being judged
                    workers[0].kill()

        outcome = run.execute(there, WORLD, Options(DAY, full=True), lambda: NOW, observe, Where(scheduler=address))
        run.finish(there, outcome, NOW, {})
    assert (len(done), outcome.failed, outcome.crew.kind) == (12, [], Kind.DASK)
    with here.connect() as one, there.connect() as other:
        query = select(finding_events).order_by(finding_events.c.seq)
        assert [tuple(row) for row in other.execute(query)] == [tuple(row) for row in one.execute(query)]
        kept = select(findings).order_by(findings.c.id)
        assert [tuple(row) for row in other.execute(kept)] == serial[0]


def test_a_scheduler_that_is_lost_is_told_and_the_next_run_does_the_rest(on_a_server: list[Engine]) -> None:
    here, there = on_a_server
    for engine in on_a_server:
        ledger(engine, 12)
    judged(here, Where(Kind.SERIAL))
    with cluster() as (address, _, scheduler):
        done: list[str] = []

        def observe(step: Step, what: str) -> None:
            if step is Step.STORED:
                done.append(what)
                if len(done) == 3:
                    scheduler.kill()

        with pytest.raises(Problem, match="was lost in the middle of the run") as told:
            run.execute(there, WORLD, Options(DAY, full=True), lambda: NOW, observe, Where(scheduler=address))
    assert told.value.exit_code is Exit.BUSY
    assert 3 <= len(done) < 12
    run.execute(there, WORLD, Options(DAY), lambda: NOW, where=Where(Kind.SERIAL))
    with here.connect() as one, there.connect() as other:
        query = select(finding_events.c.finding_id, finding_events.c.hash).order_by(finding_events.c.seq)
        assert [tuple(row) for row in other.execute(query)] == [tuple(row) for row in one.execute(query)]


def test_a_cluster_has_as_many_tasks_as_its_workers_have_threads() -> None:
    with cluster(threads=3) as (address, _, _):
        held = Cluster(address, _there, b"")
        assert _within(20, lambda: held._counted() == 6)  # both have come
        held.give(0, 3)
        assert held.take() == (0, 3)
        assert held.room == executors.AHEAD * 6
        held.close()
