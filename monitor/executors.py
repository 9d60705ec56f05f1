"""Where the work of a run is done: in this process, in processes of this machine, on a Dask cluster. The answers are the same."""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import wait
from typing import Any, TypeVar

from monitor.problems import Problem

T, R = TypeVar("T"), TypeVar("R")
_AHEAD = 2  # tasks per worker that wait for one: none stands idle, and what has come back takes no room
_FEW = 4  # fewer organizations are judged before workers have started


class Kind(StrEnum):
    """How the organizations of a run are shared out."""

    SERIAL = "serial"  # one after the other, in the runner itself
    PROCESSES = "processes"  # on the cores of this machine
    DASK = "dask"  # on the workers of a cluster, which read the database over the network


@dataclass(frozen=True)
class Wish:
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


def crew(wish: Wish, tasks: int, cores: int, backend: str) -> Crew:
    """Who does so many tasks. Raises Problem for a cluster that has no address, or that could not reach the database."""
    kind = wish.kind or (Kind.DASK if wish.scheduler else None)
    if kind is Kind.DASK:
        if not wish.scheduler:
            raise Problem("--executor dask: needs --scheduler ADDRESS, e.g. tcp://scheduler:8786.")
        if backend != "postgresql":
            raise Problem(f"--executor dask: found {backend}, expected PostgreSQL: workers read it over the network.")
        return Crew(kind, wish.workers or cores, wish.scheduler)
    workers = min(wish.workers or cores, tasks)
    if kind is Kind.SERIAL or workers < 2 or (kind is None and tasks < _FEW):
        return Crew(Kind.SERIAL)
    return Crew(Kind.PROCESSES, workers)


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
    with _Pool(chosen) as pool:
        waiting: deque[tuple[T, Future[R]]] = deque()
        for task in tasks:
            waiting.append((task, pool.submit(there, pack, task)))
            if len(waiting) > _AHEAD * chosen.workers:
                yield pool.result(waiting, there, pack)
        while waiting:
            yield pool.result(waiting, there, pack)


class _Pool:
    """An executor that is made anew when a worker has died."""

    def __init__(self, chosen: Crew) -> None:
        self._crew = chosen
        self._opened, self._close, self._died = _open(chosen)

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def submit(self, work: Callable[..., R], *arguments: Any) -> "Future[R]":
        """Hand out a task."""
        try:
            return self._opened.submit(work, *arguments)
        except self._died as error:  # told when it is this task's turn
            broken: Future[R] = Future()
            broken.set_exception(error)
            return broken

    def result(
        self, waiting: "deque[tuple[T, Future[R]]]", work: Callable[[bytes, T], R], pack: bytes
    ) -> tuple[T, R | Lost]:
        """The first one's. A task whose worker died is tried once more, alone; then the others are handed out again."""
        task, future = waiting.popleft()
        try:
            return task, future.result()
        except self._died:
            rest = [other for other, _ in waiting]
            waiting.clear()
        self._anew()
        found: R | Lost
        try:
            found = self._opened.submit(work, pack, task).result()
        except self._died as error:
            found = Lost(f"{type(error).__name__}: the worker died, most likely for want of memory")
            self._anew()
        waiting.extend((other, self.submit(work, pack, other)) for other in rest)
        return task, found

    def _anew(self) -> None:
        self._close()
        self._opened, self._close, self._died = _open(self._crew)


_Opened = tuple[Executor, Callable[[], None], tuple[type[Exception], ...]]


def _open(chosen: Crew) -> _Opened:
    """An executor, how it is closed, and what it raises when a worker has died."""
    if chosen.kind is Kind.DASK:
        return _dask(chosen.scheduler)
    # a server that has opened nothing makes the workers: a fork of the runner would share its database's locks
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["monitor.judging"])  # imported once for all workers
    pool = ProcessPoolExecutor(chosen.workers, mp_context=context, initializer=_end_with_the_runner)
    return pool, lambda: pool.shutdown(cancel_futures=True), (BrokenExecutor,)


def _end_with_the_runner() -> None:
    """A worker whose runner was killed would wait for ever for its next task."""
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
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Problem(f"--scheduler {address}: no Dask scheduler answers there ({error}).") from error
    return client.get_executor(pure=False), client.close, (KilledWorker, BrokenExecutor)
