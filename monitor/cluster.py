"""Workers of a Dask cluster, which read the database over the network."""

import logging
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import contextmanager, suppress
from typing import Any, Generic, TypeVar

from monitor.executors import AHEAD, Lost, Raised
from monitor.problems import Exit, Problem

T = TypeVar("T")
R = TypeVar("R")


class Cluster(Generic[T, R]):
    """The workers that a scheduler has (monitor/executors.py: Pool). Dask itself gives a dead worker's tasks to others.

    Raises Problem without the extra, where nobody answers, and when the scheduler is lost in the middle.
    """

    def __init__(self, address: str, there: Callable[[bytes, T], R], pack: bytes) -> None:
        try:
            from distributed import Client
            from distributed.scheduler import KilledWorker
        except ModuleNotFoundError as error:
            raise Problem(
                "--executor dask: needs the extra 'cluster': pip install 'keiyaku-monitor[cluster]'."
            ) from error
        try:
            self._client: Any = Client(address, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise Problem(f"--scheduler {address}: no Dask scheduler answers there ({error}).") from error
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # a lost connection is told in our own sentence
        self._address, self._there, self._pack, self._died = address, there, pack, KilledWorker
        self._executor: Any = self._client.get_executor(pure=False)  # type: ignore[no-untyped-call]
        self._doing: dict[Future[R], tuple[int, T]] = {}
        self._alone: deque[tuple[int, T]] = deque()
        self._tried: set[int] = set()
        self._threads = self._counted()

    def _counted(self) -> int:
        """How many tasks the workers do at the same time: they come and go."""
        with self._reached():
            threads: dict[str, int] = self._client.nthreads()
            return max(1, sum(threads.values()))

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except (OSError, CancelledError) as error:
            raise Problem(
                f"The Dask scheduler {self._address} was lost in the middle of the run: "
                "what was judged is stored; start the run again for the rest.",
                exit_code=Exit.BUSY,
            ) from error

    @property
    def room(self) -> int:
        """As Pool."""
        return 0 if self._alone else AHEAD * self._threads - len(self._doing)

    @property
    def busy(self) -> bool:
        """As Pool."""
        return bool(self._alone or self._doing)

    def give(self, number: int, task: T) -> None:
        """As Pool."""
        with self._reached():
            self._doing[self._executor.submit(self._there, self._pack, task)] = number, task

    def take(self) -> tuple[int, R | Lost | Raised]:
        """As Pool."""
        while True:
            if self._alone and not self._doing:
                self.give(*self._alone.popleft())
            ready = next(iter(wait(self._doing, return_when=FIRST_COMPLETED).done))
            number, task = self._doing.pop(ready)
            error = self._error(ready)
            if isinstance(error, self._died) and number not in self._tried:
                self._tried.add(number)
                self._alone.append((number, task))
                continue
            if isinstance(error, self._died):
                return number, Lost.by(type(error).__name__)
            self._threads = self._counted()
            return number, ready.result() if error is None else Raised(error)

    def _error(self, ready: "Future[R]") -> BaseException | None:
        """What a task has raised. A task that was cancelled was so because the scheduler is gone."""
        with self._reached():
            return ready.exception()

    def close(self) -> None:
        """As Pool."""
        with suppress(OSError):  # it may be the scheduler that is gone
            self._executor.shutdown(wait=False)
        self._client.close(timeout=2)


__all__ = ["Cluster"]
