"""What a whole process costs: CPU seconds (user and system, with its children) and the memory of its largest process.

This process stays small and loads nothing: Linux counts what the parent held at the fork among a child's memory.
"""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """CPU and wall seconds of a process and its children, and the most memory that one of them held, in MB."""

    cpu: float
    wall: float
    rss: float


class ProcessError(Exception):
    """A measured process did not end with 0: what it cost says nothing."""


def measure(command: Sequence[str | Path]) -> Cost:
    """Run a command from the root of the project to the end of its last process. Raises ProcessError with what it said."""
    with tempfile.TemporaryFile() as said, _orphans_are_ours():
        began = time.perf_counter()
        child = subprocess.Popen(
            list(map(str, command)), stdout=said, stderr=said, cwd=ROOT, env=_environment(), process_group=0
        )
        try:
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - began
            everything = [used, *_left(child.pid)]
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)  # an interrupt reaches us alone, as the group is its own
            raise
        if child.returncode != 0:
            said.seek(0)
            told = said.read().decode(errors="replace")[-2000:]
            raise ProcessError(f"{' '.join(map(str, command))} ended with {child.returncode}:\n{told}")
    cpu = sum(each.ru_utime + each.ru_stime for each in everything)
    return Cost(cpu, wall, max(each.ru_maxrss for each in everything) / 1024)


def _left(group: int) -> Iterator[resource.struct_rusage]:
    """What those of a group cost for whom their parent did not wait, such as a forkserver and its workers."""
    while True:
        try:
            yield os.wait4(-group, 0)[2]
        except ChildProcessError:
            return


@contextmanager
def _orphans_are_ours() -> Iterator[None]:
    """On Linux a process that loses its parent becomes our child, so that we can wait for it; elsewhere it is not counted."""
    set_subreaper = (
        partial(ctypes.CDLL(None).prctl, _PR_SET_CHILD_SUBREAPER) if sys.platform == "linux" else lambda _: None
    )
    set_subreaper(1)
    try:
        yield
    finally:
        set_subreaper(0)


def median(costs: Sequence[Cost]) -> Cost:
    """The middle of several measurements, each figure by itself (of an odd number of them)."""
    middle = len(costs) // 2
    return Cost(*(sorted(each)[middle] for each in zip(*((c.cpu, c.wall, c.rss) for c in costs), strict=True)))


def python(*arguments: str | Path) -> list[str]:
    """A command of this interpreter; `-m monitor` is the project in this folder, wherever it was installed from."""
    return [sys.executable, *map(str, arguments)]


def _environment() -> dict[str, str]:
    """Ours without the settings of a keiyaku of the user's own. What is installed has its byte code: a start does not compile."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("KEIYAKU_")}
    return {name: value for name, value in ours.items() if name != "PYTHONDONTWRITEBYTECODE"}
