"""One job in a process of its own, which may kill itself at a named step or at a statement of SQL."""

import logging
import os
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from random import Random
from typing import Any

import psycopg  # noqa: F401  # the fork server imports what a child would take seconds to import
import slack_sdk.web.client  # noqa: F401
from sqlalchemy import Engine, event

from checks import catalogue
from monitor import answering, importing, jobs
from monitor.alerts import mail, slack, webhook  # noqa: F401
from monitor.findings import book, holds
from monitor.findings.decisions import Decision
from monitor.findings.lifecycle import State
from monitor.intake.how import How
from monitor.place import day
from monitor.problems import Problem
from monitor.run import Options
from monitor.settings import load
from monitor.store.engine import open_store
from monitor.store.lock import one_runner

catalogue.all_checks()
logging.getLogger("keiyaku").addHandler(logging.NullHandler())  # what fails is meant to fail


@dataclass(frozen=True)
class Fatal:
    """Where a child kills itself: at the ``count``-th time that it is at a step ('' for a statement of SQL)."""

    step: str
    count: int


@dataclass(frozen=True)
class Order:
    """What a child is to do."""

    number: int
    job: str  # import, run, deliver, decide, release
    url: str
    config: Path
    env: dict[str, str]
    now: datetime
    log: Path  # who held the lock from when to when
    folder: Path | None = None  # of an import
    full: bool = False  # of a run
    fatal: Fatal | None = None


@dataclass(frozen=True)
class Done:
    """What a child says when it lives to the end."""

    seconds: float
    statements: int
    steps: tuple[str, ...]
    result: dict[str, int]


@dataclass(frozen=True)
class Failed:
    """A child that could not do its job: why, in one sentence or as a traceback; ``busy``: another runner was at work."""

    why: str
    busy: bool


class _Watch:
    """Counts steps and statements, and pulls the plug."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.steps: list[str] = []
        self.statements = 0

    def step(self, name: str) -> None:
        self.steps.append(name)
        fatal = self.order.fatal
        if fatal and fatal.step == name and self.steps.count(name) == fatal.count:
            self._die()

    def statement(self, *_: Any) -> None:
        self.statements += 1
        fatal = self.order.fatal
        if fatal and not fatal.step and self.statements == fatal.count:
            self._die()

    def _die(self) -> None:
        witness(self.order.log, os.getpid(), "die")
        os.kill(os.getpid(), 9)


def work(order: Order, pipe: Pipe) -> None:
    """Do a job and say how it ended."""
    watch = _Watch(order)
    jobs.one_runner = answering.one_runner = _witnessed(order.log)
    pipe.send("ready")
    begun = time.monotonic()
    try:
        engine = open_store(order.url)
        for name in ("before_cursor_execute", "commit"):
            event.listen(engine, name, watch.statement)
        settings = load(order.config, order.env)
        place = jobs.Place(engine, settings, order.env, lambda: order.now + timedelta(seconds=time.monotonic() - begun))
        result = _JOBS[order.job](order, place, watch.step)
        pipe.send(Done(time.monotonic() - begun, watch.statements, tuple(watch.steps), result))
    except Problem as problem:
        pipe.send(Failed(str(problem), busy=int(problem.exit_code) == 75))
    except BaseException:  # noqa: BLE001  # told to the parent, which ends the soak
        pipe.send(Failed(traceback.format_exc(), busy=False))


def witness(log: Path, pid: int, what: str) -> None:
    """One line, at once: appending is atomic."""
    with log.open("a") as file:
        file.write(f"{time.monotonic():.6f} {pid} {what}\n")


def _witnessed(log: Path) -> Callable[[Engine], Any]:
    @contextmanager
    def held(engine: Engine) -> Iterator[Any]:
        with one_runner(engine) as check:
            witness(log, os.getpid(), "enter")
            try:
                yield check
            finally:
                witness(log, os.getpid(), "leave")

    return held


# --- the jobs ------------------------------------------------------------------------------------------------------

Step = Callable[[str], None]


def _import(order: Order, place: jobs.Place, step: Step) -> dict[str, int]:
    assert order.folder is not None
    done = importing.import_path(place, order.folder, How(), lambda *_: step("imported"))
    bad = sum(part.counts.quarantined for part in done.parts) + len(done.unreadable)
    return {"parts": len(done.parts), "quarantined": bad}


def _run(order: Order, place: jobs.Place, step: Step) -> dict[str, int]:
    def observe(at: Any, what: str) -> None:
        step(f"{at.value}:{what}" if at.value == "delivered" and not what.isdigit() else at.value)

    options = Options(day(place), full=order.full)
    ran = jobs.run_checks(place, jobs.world(place.settings), options, deliver=True, observe=observe)
    moved = [one.kind.value for one in ran.outcome.moved]
    return {"failed": len(ran.outcome.failed), **{kind: moved.count(kind) for kind in sorted(set(moved))}}


def _deliver(order: Order, place: jobs.Place, step: Step) -> dict[str, int]:
    _observe_sending(step)
    return vars(jobs.deliver(place))


def _release(order: Order, place: jobs.Place, step: Step) -> dict[str, int]:
    _observe_sending(step)
    with place.engine.connect() as connection:
        chosen = holds.standing(connection)
    how = holds.Release.KNOWN if Random(order.number).random() < 0.25 else holds.Release.TOLD
    answering.release(place, chosen, how, "検査 花子", deliver=True)
    return {"holds": len(chosen)}


def _decide(order: Order, place: jobs.Place, step: Step) -> dict[str, int]:
    rng, today = Random(order.number), day(place)
    with place.engine.connect() as connection:
        standing = [one.id for one in book.everything(connection) if one.state is not State.RESOLVED]
    state = rng.choice([State.ACKNOWLEDGED, State.ACCEPTED, State.ACCEPTED, State.SETTLED, State.DISMISSED, State.OPEN])
    until = today + timedelta(days=rng.randint(1, 20)) if state is State.ACCEPTED else None
    decision = Decision(state, "検査 花子", tag(order.number), "処置", until)
    chosen = rng.sample(standing, min(len(standing), rng.randint(1, 3)))
    return {"decided": answering.decide(place, chosen, decision).changed}


def tag(number: int) -> str:
    """By which the decisions of a round are found again."""
    return f"soak {number}."


def _observe_sending(step: Step) -> None:
    """``deliver`` and ``release`` take no observer of their own."""
    send = jobs.send
    jobs.send = lambda place, lock: send(place, lock, lambda _at, what: step(f"delivered:{what}"))


_JOBS = {"import": _import, "run": _run, "deliver": _deliver, "decide": _decide, "release": _release}
