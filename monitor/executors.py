"""Where the work of a run is done: in this process, in processes of this machine, on a Dask cluster. The answers are the same."""

import os
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from monitor import memory
from monitor.problems import Problem

T = TypeVar("T")
R = TypeVar("R")
Task_contra = TypeVar("Task_contra", contravariant=True)
Found_co = TypeVar("Found_co", covariant=True)
AHEAD = 2  # tasks that a worker is given at a time: none stands idle while the runner stores
_KEPT = 500  # results that wait for an earlier one: more would take room
_FEW = 4  # fewer organizations are judged before workers have started


class Kind(StrEnum):
    """How the organizations of a run are shared out."""

    SERIAL = "serial"  # one after the other, in the runner itself
    PROCESSES = "processes"  # on the cores of this machine
    DASK = "dask"  # on the workers of a cluster, which read the database over the network


@dataclass(frozen=True)
class Where:
    """What the settings and the command line ask for. ``workers`` 0: as many as there are cores."""

    kind: Kind | None = None
    workers: int = 0
    scheduler: str = ""


@dataclass(frozen=True)
class Crew:
    """Who does the work of one run."""

    kind: Kind
    workers: int = 1
    scheduler: str = ""


def crew(where: Where, tasks: int, cores: int, backend: str) -> Crew:
    """Who does so many tasks. Raises Problem for a cluster that has no address, or that could not reach the database."""
    kind = where.kind or (Kind.DASK if where.scheduler else None)
    if kind is Kind.DASK:
        if not where.scheduler:
            raise Problem("--executor dask: needs --scheduler ADDRESS, e.g. tcp://scheduler:8786.")
        if backend != "postgresql":
            raise Problem(f"--executor dask: found {backend}, expected PostgreSQL: workers read it over the network.")
        return Crew(kind, where.workers or cores, where.scheduler)
    workers = min(where.workers or cores, tasks)
    if kind is Kind.SERIAL or workers < 2 or (kind is None and tasks < _FEW):
        return Crew(Kind.SERIAL)
    return Crew(Kind.PROCESSES, workers)


def cores() -> int:
    """The cores that this process may use: a container's are fewer than the machine's."""
    mine = getattr(os, "sched_getaffinity", None)
    return len(mine(0)) if mine else os.cpu_count() or 1


@dataclass(frozen=True)
class Lost:
    """A task whose worker died, twice: most likely there was not enough memory."""

    reason: str

    @classmethod
    def by(cls, how: str) -> "Lost":
        """Told in the words of whoever noticed it."""
        return cls(f"{how}: the worker died, most likely for want of memory")


@dataclass(frozen=True)
class Raised:
    """What a task has raised: raised again when it is its turn, so that what comes before it is stored."""

    error: BaseException


class Pool(Protocol[Task_contra, Found_co]):
    """Workers. A task is known by its number."""

    @property
    def room(self) -> int:
        """How many more tasks they should have now."""

    @property
    def busy(self) -> bool:
        """Whether there is a task whose result was not taken yet."""

    def give(self, number: int, task: Task_contra) -> None:
        """Have a task done."""

    def take(self) -> "tuple[int, Found_co | Lost | Raised]":
        """Wait for the next result, whichever it is. A task whose worker died is tried once more, alone."""

    def close(self) -> None:
        """Send the workers home at once, whatever they do."""


def each(
    chosen: Crew, here: Callable[[T], R], there: Callable[[bytes, T], R], pack: bytes, tasks: Iterable[T]
) -> Generator[tuple[T, R | Lost]]:
    """The results in the order of the tasks, whoever is done first.

    ``here`` does a task in this process, ``there`` in another (both arguments travel). Raises what a task raises.
    To be closed (contextlib.closing) by who may not take them all.
    """
    if chosen.kind is Kind.SERIAL:
        memory.reused()
        yield from ((task, here(task)) for task in tasks)
        return
    pool: Pool[T, R] = _open(chosen, there, pack)
    given, done = dict[int, T](), dict[int, R | Lost | Raised]()
    coming, turn = enumerate(tasks), 0
    try:
        while True:
            while pool.room > 0 and len(done) < _KEPT and (new := next(coming, None)) is not None:
                given[new[0]] = new[1]
                pool.give(*new)
            if turn in done:
                found = done.pop(turn)
                if isinstance(found, Raised):
                    raise found.error
                yield given.pop(turn), found
                turn += 1
            elif pool.busy:
                number, result = pool.take()
                done[number] = result
            else:
                return
    finally:
        pool.close()


def _open(chosen: Crew, there: Callable[[bytes, T], R], pack: bytes) -> Pool[T, R]:
    """Raises Problem for a cluster that does not answer."""
    if chosen.kind is Kind.DASK:
        from monitor.cluster import Cluster

        return Cluster(chosen.scheduler, there, pack)
    from monitor.workers import Processes

    return Processes(chosen.workers, there, pack)
