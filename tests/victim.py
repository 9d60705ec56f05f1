"""A process of its own that does one job and can be killed in it: at a step that it reaches, or from outside.

It comes from a fork server that has everything imported, so that a hundred of them take no longer than their jobs.
"""

import dataclasses
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from sqlalchemy import event

from monitor import answering, importing, jobs
from monitor.findings import book, holds
from monitor.findings.decisions import Decision
from monitor.findings.holds import Release
from monitor.findings.lifecycle import State
from monitor.intake.how import How
from monitor.jobs import Place
from monitor.problems import Problem
from monitor.run import Options
from monitor.settings import load
from monitor.store.engine import open_store

CONTEXT: ForkServerContext = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.victim"])
_WORLD = jobs.world(load(None, {}))  # before any fork: reading the rulebooks takes as long as a run

Told = Callable[[str], None]


@dataclass(frozen=True)
class Task:
    """What a process is to do, and as of which moment."""

    job: str  # run, deliver, decide, release, import
    url: str
    config: Path
    moment: datetime
    env: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None  # of an import
    state: State = State.ACKNOWLEDGED  # of a decision

    def place(self) -> Place:
        """Where it works."""
        return Place(open_store(self.url), load(self.config, {}), self.env, lambda: self.moment)


def start(task: Task, fatal: str = "", pipe: Pipe | None = None) -> ForkServerProcess:
    """Start it. ``fatal``: the step at which it kills itself, with #2 its second time; ``pipe`` is told every step."""
    process = CONTEXT.Process(target=_work, args=(task, fatal, pipe))
    process.start()
    return process


def ended(task: Task, fatal: str = "") -> int:
    """Do it to its end, whatever that is: the exit code, -9 if it was killed."""
    process = start(task, fatal)
    process.join(60)
    assert process.exitcode is not None, f"{task.job} does not end"
    return process.exitcode


def _work(task: Task, fatal: str, pipe: Pipe | None) -> None:
    seen: Counter[str] = Counter()

    def told(step: str) -> None:
        seen[step] += 1
        if pipe is not None:
            pipe.send(step)
        if fatal in (step, f"{step}#{seen[step]}"):
            os.kill(os.getpid(), signal.SIGKILL)

    place = task.place()
    event.listen(place.engine, "commit", lambda _connection: told("commit"))  # before it is done
    told("begun")
    try:
        do(task, place, told)
    except Problem as problem:
        told(f"problem: {problem}")
        raise SystemExit(int(problem.exit_code)) from None
    told("ended")


def do(task: Task, place: Place, told: Told) -> None:
    """The job itself."""
    if task.job == "run":
        _run(place, told)
    elif task.job == "deliver":
        jobs.deliver(place)
    elif task.job == "import":
        assert task.file is not None
        importing.import_path(place, task.file, How(organization="M"), lambda *_: None)
    else:
        with place.engine.connect() as connection:
            placed = holds.standing(connection)
            one = next((one.id for one in book.everything(connection) if one.state is State.OPEN), "")
        if task.job == "release":
            answering.release(place, placed, Release.TOLD, "係長", deliver=True)
        elif one:
            answering.decide(place, [one], Decision(task.state, "係長", "理由", "処置"))


def _run(place: Place, told: Told) -> None:
    settings = place.settings
    world = dataclasses.replace(_WORLD, hold=settings.hold, stale_after_days=settings.stale_after_days)
    today = place.clock().astimezone(jobs.JST).date()

    def observe(step: object, what: str) -> None:
        told(f"{step}:{what}" if step == "delivered" and not what.isdigit() else str(step))

    jobs.run_checks(place, world, Options(today), deliver=True, observe=observe)
