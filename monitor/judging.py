"""Judging one organization: load its register, ask its checks, say what that does to the findings that are known.

What a worker does (monitor/executors.py): it reads the ledger and writes nothing. The runner gives it a task and stores
what comes back (monitor/run.py), so both must travel between processes.
"""

import atexit
import os
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from time import process_time

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from checks.columns import among, listed
from checks.finding import Answer, CheckResult
from checks.register import Register
from monitor import asking
from monitor.asking import Question, World
from monitor.findings import exceptions
from monitor.findings.lifecycle import Known, Transition
from monitor.findings.reconcile import reconcile, unanswered
from monitor.problems import Problem
from monitor.store import columns, registers
from monitor.store.bodies import Organization
from monitor.store.columns import Query
from monitor.store.engine import connect, reason

OWN_ADDRESS = "KEIYAKU_WORKER_DATABASE_URL"
Reader = Callable[[Organization], Register]


@dataclass(frozen=True)
class Task:
    """What is asked of one organization, and what is known of it: the last answers and the findings, by check."""

    organization: Organization
    questions: tuple[Question, ...]
    before: Mapping[str, Answer]
    known: Mapping[str, Sequence[Known]]
    as_of: date


@dataclass(frozen=True)
class Said:
    """A check's answer, or in words why there is none; what it does to the findings; CPU seconds that it took, None where it was not asked."""

    question: Question
    answer: CheckResult | str
    transitions: tuple[Transition, ...]
    seconds: float | None = None


@dataclass(frozen=True)
class Judged:
    """What came of a task, in the order in which the checks were asked. ``loading``: CPU seconds of reading the ledger."""

    task: Task
    said: tuple[Said, ...]
    sudden: tuple[asking.Sudden, ...] = ()
    loading: float = 0.0


def judge(world: World, task: Task, read: Reader) -> Judged:
    """Load and ask. A check that fails is an answer like another."""
    begun = process_time()
    whole = read(task.organization)
    loading = process_time() - begun
    register, turns_on = whole.seen_on(task.as_of)
    gone = _gone(task, whole, register)
    answered = asking.ask(world, task.organization, task.questions, register, turns_on, task.before, task.as_of)
    in_force = exceptions.in_force(world.exceptions, task.as_of)
    said = []
    for question, answer, seconds in answered:
        known = task.known.get(question.check.id, ())
        if isinstance(answer, str):
            said.append(Said(question, answer, tuple(unanswered(known)), seconds))
            continue
        entries = [entry for entry in in_force if entry.check == question.check.id]
        excepted = exceptions.decisions(entries, answer.findings, register)
        moved = reconcile(known, answer.findings, question.cause, gone, task.as_of, excepted, answer.not_judged)
        said.append(Said(question, answer, tuple(moved), seconds))
    jumped = asking.sudden(world, task.before, [(one.question, one.answer) for one in said])
    return Judged(task, tuple(said), tuple(jumped), loading)


def _gone(task: Task, whole: Register, seen: Register) -> frozenset[str]:
    """The contracts of known findings that are in the ledger and no longer count: withdrawn, cancelled."""
    wanted = {key for held in task.known.values() for one in held for key in one.facts["contracts"]}
    if not wanted:
        return frozenset()
    recorded, counted = (whole.tables["contracts"]["contract_id"].array, seen.cells["contract_id"])
    return frozenset(listed(recorded[among(recorded, wanted)])) - frozenset(listed(counted[among(counted, wanted)]))


def unjudged(task: Task, why: str) -> Judged:
    """No check could be asked, for a reason in words: nothing is resolved."""
    said = [
        Said(question, why, tuple(unanswered(task.known.get(question.check.id, ())))) for question in task.questions
    ]
    return Judged(task, tuple(said))


# --- in another process ---------------------------------------------------------------------------------------------


def packed(url: URL, world: World) -> bytes:
    """What every task of a run shares, for workers: the address of the database, rulebooks and settings."""
    return pickle.dumps((url.render_as_string(hide_password=False), world))


def work(pack: bytes, task: Task) -> Judged:
    """Do a task in a process that has nothing else open on the database. Raises Problem if that cannot be read."""
    address, world = _unpacked(pack)
    # a worker of a cluster may have an address of its own, of a role that can only read
    url = make_url(os.environ.get(OWN_ADDRESS) or address)

    def read(organization: Organization) -> Register:
        with _told(url), _query(url) as query:  # closed before the checks work: they take long, and need it no more
            return registers.read(query, organization, world.renames, registers.UNREAD)

    return judge(world, task, read)


@lru_cache(maxsize=1)
def _unpacked(pack: bytes) -> tuple[str, World]:
    address, world = pickle.loads(pack)  # noqa: S301  # our own, from the runner that started us
    return address, world


@contextmanager
def _query(url: URL) -> Iterator[Query]:
    driver = columns.arrow_driver(url)
    if driver is not None:
        with _kept(url).reading() if url.get_backend_name() == "sqlite" else columns.by_arrow(driver, url) as query:
            yield query
        return
    engine = connect(url.render_as_string(hide_password=False), poolclass=NullPool)
    with engine.connect() as connection:
        yield columns.by_rows(connection)


@lru_cache(maxsize=1)
def _kept(url: URL) -> columns.Arrow:
    """A SQLite that a worker has opened, until its end: to open it and read its schema takes longer than a small ledger.

    Between two ledgers it holds no lock and sees what others write. A server's connections are not kept: it has only so many.
    """
    opened = columns.Arrow(columns.arrow_driver(url), url)
    atexit.register(opened.close)
    return opened


@contextmanager
def _told(url: URL) -> Iterator[None]:
    """What a driver refuses, in one sentence that can travel."""
    try:
        yield
    except DBAPIError as error:
        raise Problem(f"The database {url.render_as_string()} cannot be read by a worker: {reason(error)}.") from None


__all__ = ["OWN_ADDRESS", "Judged", "Reader", "Said", "Task", "judge", "packed", "unjudged", "work"]
