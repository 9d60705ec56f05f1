"""Where the work of a run is done: in this process, in processes of this machine, on a Dask cluster. The answers are the same."""

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import wait
from typing import Any, Generic, TypeVar

from checks.catalogue import all_checks
from monitor.problems import Problem

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 2  # tasks per worker that wait for one: none stands idle, and what has come back takes no room
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


def each(
    chosen: Crew, here: Callable[[T], R], there: Callable[[bytes, T], R], pack: bytes, tasks: Iterable[T]
) -> Iterator[tuple[T, R | Lost]]:
    """The results in the order of the tasks, whoever is done first.

    ``here`` does a task in this process, ``there`` in another (both arguments travel). Raises what a task raises.
    """
    if chosen.kind is Kind.SERIAL:
        yield from ((task, here(task)) for task in tasks)
        return
    pool: _Pool[T, R] = _Pool(chosen, lambda task, executor: executor.submit(there, pack, task))
    try:
        for task in tasks:
            pool.hand_out(task)
            if pool.waits > _AHEAD * chosen.workers:
                yield pool.take()
        while pool.waits:
            yield pool.take()
    finally:
        pool.close()


class _Pool(Generic[T, R]):
    """An executor that is made anew when a worker has died, and the tasks that it was given."""

    def __init__(self, chosen: Crew, submit: "Callable[[T, Executor], Future[R]]") -> None:
        self._crew, self._submit = chosen, submit
        self._waiting: deque[tuple[T, Future[R]]] = deque()
        self._executor, self.close, self._died = _open(chosen)

    @property
    def waits(self) -> int:
        """Tasks whose results were not taken yet."""
        return len(self._waiting)

    def hand_out(self, task: T) -> None:
        """Give a task to the workers."""
        try:
            future = self._submit(task, self._executor)
        except self._died as error:  # told when it is this task's turn
            future = Future()
            future.set_exception(error)
        self._waiting.append((task, future))

    def take(self) -> tuple[T, R | Lost]:
        """The result of the oldest task. One whose worker died is tried once more, alone; then the others are handed out again."""
        task, future = self._waiting.popleft()
        try:
            return task, future.result()
        except self._died:
            rest = [other for other, _ in self._waiting]
            self._waiting.clear()
        self._anew()
        found: R | Lost
        try:
            found = self._submit(task, self._executor).result()
        except self._died as error:
            found = Lost(f"{type(error).__name__}: the worker died, most likely for want of memory")
            self._anew()
        for other in rest:
            self.hand_out(other)
        return task, found

    def _anew(self) -> None:
        self.close()
        self._executor, self.close, self._died = _open(self._crew)


_Opened = tuple[Executor, Callable[[], None], tuple[type[Exception], ...]]


def _open(chosen: Crew) -> _Opened:
    """An executor, how it is closed, and what it raises when a worker has died."""
    if chosen.kind is Kind.DASK:
        return _dask(chosen.scheduler)
    # a server that has opened nothing makes the workers: a fork of the runner would share its database's locks
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        # imported once for all workers
        context.set_forkserver_preload(["monitor.judging", *(f"checks.{name}" for name in all_checks())])
    pool = ProcessPoolExecutor(chosen.workers, mp_context=context, initializer=_end_with_the_runner)
    return pool, lambda: pool.shutdown(cancel_futures=True), (BrokenExecutor,)


def _end_with_the_runner() -> None:
    """A worker whose runner was killed would wait for ever for its next task; Ctrl-C is the runner's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what is imported stays; and frames hold few cycles: looking for them often took a fifth of the time
    gc.set_threshold(100_000, 20, 20)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _dask(address: str) -> _Opened:
    """Raises Problem without the extra, or where nobody answers."""
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ModuleNotFoundError as error:
        raise Problem("--executor dask: needs the extra 'cluster': pip install 'keiyaku-monitor[cluster]'.") from error
    try:
        client: Any = Client(address, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise Problem(f"--scheduler {address}: no Dask scheduler answers there ({error}).") from error
    return client.get_executor(pure=False), client.close, (KilledWorker, BrokenExecutor)
