"""How far a run is: a bar on a terminal, in a log a line a minute. Nothing is said of a run that is over within a minute."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from monitor.cli.common import note, safe

if TYPE_CHECKING:
    from monitor.run import Observer

EVERY: Final = timedelta(minutes=1)


class Said(Protocol):
    """A step of a run (monitor/run.py), known by its value."""

    @property
    def value(self) -> str:
        """Its word."""


@dataclass
class Lines:
    """When a log hears of a run, and what. ``failed`` are organizations of which a check broke off."""

    zone: Callable[[datetime], datetime]
    said_at: datetime
    total: int | None = None
    done: int = 0
    failed: set[str] = field(default_factory=set)

    def step(self, step: str, what: str, now: datetime) -> str | None:
        """The line to be said after a step, None if it is not yet time for one."""
        if step == "chosen":
            self.total = int(what)
        elif step == "failed":
            self.failed.add(what)
        elif step == "stored":
            self.done += 1
        if step != "stored" or now - self.said_at < EVERY or self.done == self.total:
            return None  # the summary of the run follows the last one at once
        self.said_at = now
        of = f" of {self.total:,}" if self.total is not None else ""
        failed = f", {len(self.failed):,} failed" if self.failed else ""
        return f"{self.zone(now):%H:%M} {self.done:,}{of} organizations judged{failed}"


@contextmanager
def shown(clock: Callable[[], datetime], stream: TextIO | None = None) -> "Iterator[Observer]":
    """An observer of a run that shows how far it is, on stderr."""
    out = sys.stderr if stream is None else stream
    if out.isatty():
        with _bar(out) as observe:
            yield observe
    else:
        yield _log(clock)


def _log(clock: Callable[[], datetime]) -> "Observer":
    from monitor.place import JST

    lines = Lines(lambda moment: moment.astimezone(JST), clock())

    def observe(step: Said, what: str) -> None:
        line = lines.step(step.value, what, clock())
        if line:
            note(line)

    return observe


@contextmanager
def _bar(stream: TextIO) -> "Iterator[Observer]":
    """Organizations done of all, the last one's name, the time gone and left; it goes away when the run is over."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("", total=None)

        def observe(step: Said, what: str) -> None:
            if step.value == "chosen":
                bar.update(task, total=int(what))
            elif step.value == "stored":
                bar.update(task, advance=1, description=safe(what))

        yield observe


__all__ = ["EVERY", "Lines", "shown"]
