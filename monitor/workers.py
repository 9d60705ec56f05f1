"""Workers that are processes of this machine, each at the other end of a connection of its own.

A worker must have nothing of the runner's database: a copy of an open SQLite would lose its locks. So workers are forked
of a nursery, a process that is itself forked of the runner and at once lets go of all files: it has imported everything,
which takes longer than judging a small ledger. Where the runner has other threads or the system is not Linux, a fresh
interpreter makes them instead.
"""

import gc
import importlib
import multiprocessing
import os
import signal
import socket
import sys
import threading
import traceback
import warnings
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from typing import Any, Final, Generic, NoReturn, TypeVar

from checks.catalogue import all_checks
from monitor import memory
from monitor.executors import AHEAD, Lost, Raised

T = TypeVar("T")
R = TypeVar("R")
_DRIVER: Final = "adbc_driver_manager.dbapi"
"""What workers import besides the runner's own modules, of either database: once for all of them."""


@dataclass(eq=False)
class _Worker(Generic[T]):
    connection: Connection
    tasks: deque[tuple[int, T]] = field(default_factory=deque)  # the first is being done


class Processes(Generic[T, R]):
    """So many workers; each is started when there is something to do for it (monitor/executors.py: Pool)."""

    def __init__(self, count: int, there: Callable[[bytes, T], R], pack: bytes) -> None:
        self._count, self._first = count, (there, pack)
        self._workers: list[_Worker[T]] = []
        self._alone: deque[tuple[int, T]] = deque()  # their worker died: they wait until nobody else takes memory
        self._tried: set[int] = set()
        forks = sys.platform == "linux" and threading.active_count() == 1
        self._start = _Nursery() if forks else _Fresh()

    @property
    def room(self) -> int:
        """As Pool."""
        return 0 if self._alone else AHEAD * self._count - sum(len(worker.tasks) for worker in self._workers)

    @property
    def busy(self) -> bool:
        """As Pool."""
        return bool(self._alone) or any(worker.tasks for worker in self._workers)

    def give(self, number: int, task: T) -> None:
        """As Pool."""
        worker = min(self._workers, key=lambda worker: len(worker.tasks), default=None)
        if worker is None or (worker.tasks and len(self._workers) < self._count):
            worker = self._started()
        worker.tasks.append((number, task))
        with suppress(OSError):  # it has died: ``take`` hears of it
            worker.connection.send(task)

    def _started(self) -> _Worker[T]:
        worker: _Worker[T] = _Worker(self._start.worker())
        worker.connection.send(self._first)  # what all tasks share travels once
        self._workers.append(worker)
        return worker

    def take(self) -> tuple[int, R | Lost | Raised]:
        """As Pool."""
        while True:
            if self._alone and not any(worker.tasks for worker in self._workers):
                self.give(*self._alone.popleft())
            working = {worker.connection: worker for worker in self._workers if worker.tasks}
            for ready in wait(list(working)):
                worker = working[ready]  # type: ignore[index]
                try:
                    found: R | Raised = worker.connection.recv()
                except (EOFError, OSError):
                    lost = self._buried(worker)
                    if lost is not None:
                        return lost
                    break
                return worker.tasks.popleft()[0], found

    def _buried(self, worker: _Worker[T]) -> tuple[int, Lost] | None:
        """Its first task is lost if it was tried before; the others were not begun."""
        self._workers.remove(worker)
        worker.connection.close()
        (number, task), *others = worker.tasks
        lost = number in self._tried
        if not lost:
            self._tried.add(number)
            self._alone.append((number, task))
        for other in others:
            self.give(*other)
        return (number, Lost.by("BrokenProcess")) if lost else None

    def close(self) -> None:
        """As Pool."""
        for worker in self._workers:
            worker.connection.close()  # that is what they end with
        self._start.close()


# --- how a worker comes to be ---------------------------------------------------------------------------------------


class _Nursery:
    """A fork of the runner of which workers are forked. It ends when the runner has closed its end, or is dead."""

    def __init__(self) -> None:
        self._mine, theirs = socket.socketpair()
        self._process = _forked(_nurse, theirs.fileno())
        theirs.close()

    def worker(self) -> Connection:
        """A new worker's connection."""
        mine, theirs = socket.socketpair()
        socket.send_fds(self._mine, [b"w"], [theirs.fileno()])
        theirs.close()
        return Connection(mine.detach())

    def close(self) -> None:
        """Wait for the last worker: none is left when the run is over."""
        self._mine.close()
        os.waitpid(self._process, 0)


def _forked(run: Callable[[int], NoReturn], keep: int) -> int:
    """Run something in a fork that has let go of all files but one. It does not come back, whatever happens."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # libraries' threads; they have prepared for a fork
        process = os.fork()
    if process:
        return process
    try:
        os.closerange(3, keep)
        os.closerange(keep + 1, max(os.sysconf("SC_OPEN_MAX"), 4096))
        run(keep)
    finally:
        os._exit(1)


def _nurse(keep: int) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the runner's to answer
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(ModuleNotFoundError):  # of the extra 'fast'
        importlib.import_module(_DRIVER)
    ours = socket.socket(fileno=keep)
    while True:
        said, handed, _, _ = socket.recv_fds(ours, 1, 1)
        if not said:
            break
        _forked(_live, handed[0])
        os.close(handed[0])
    with suppress(ChildProcessError):
        while True:
            os.wait()
    os._exit(0)


def _live(keep: int) -> NoReturn:
    _work(Connection(keep))


class _Fresh:
    """Workers of an interpreter that has opened nothing."""

    def __init__(self) -> None:
        # a server that makes the workers, on systems that have it: everything is imported once for all of them
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        self._context: Any = multiprocessing.get_context(method)
        if method == "forkserver":
            preload = ["monitor.judging", _DRIVER, *(f"checks.{name}" for name in all_checks())]
            self._context.set_forkserver_preload(preload)
        self._processes: list[Any] = []

    def worker(self) -> Connection:
        """A new worker's connection."""
        mine, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        self._processes.append(process)
        found: Connection = mine
        return found

    def close(self) -> None:
        """Wait for the last worker."""
        for process in self._processes:
            process.join()


# --- in the worker --------------------------------------------------------------------------------------------------


def _work(connection: Connection) -> NoReturn:
    """Do one task after the other until the runner closes its end; one whose runner was killed would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what is imported stays; and frames hold few cycles: looking for them often took a fifth of the time
    gc.set_threshold(100_000, 20, 20)
    memory.reused()
    heard: SimpleQueue[Any] = SimpleQueue()

    def hear() -> None:
        try:
            while True:
                heard.put(connection.recv())
        except (EOFError, OSError):
            os._exit(0)  # at once, in the middle of a task too
        except Exception:  # noqa: BLE001  # a task that cannot be read here; the runner hears that we are gone
            traceback.print_exc()
            os._exit(1)

    threading.Thread(target=hear, daemon=True).start()
    there, pack = heard.get()
    with suppress(OSError):  # nobody takes the result any more
        while True:
            connection.send(_done(there, pack, heard.get()))
    os._exit(0)


def _done(there: Callable[[bytes, T], R], pack: bytes, task: T) -> R | Raised:
    try:
        return there(pack, task)
    except Exception as error:  # noqa: BLE001  # whatever it is, the runner raises it
        error.add_note(traceback.format_exc())
        return Raised(error)


__all__ = ["Processes"]
