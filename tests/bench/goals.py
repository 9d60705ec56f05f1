"""The goals of issue 6 as arithmetic: from what processes cost to lines of the table. Pure.

A ratio is what was measured over what it is held against; a goal is met when its ratio is at most (and, where it says so,
at least) a figure. Without a figure a line only shows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.process import Cost

FULL, FULL_AIM, POSTGRESQL, UNCHANGED, CHANGED, IMPORT = 0.5, 0.25, 1.5, 0.02, 0.03, 3.0
PROCESS_MB, LARGE_MB = 1_500, 6_000
HELP_SECONDS, LIST_SECONDS = 0.3, 0.8
GROWTH = (0.5, 1.5)  # cost per contract at ten times the size
FLAT = 1.25  # memory at ten times the size: ours to say what "flat" and "set by the largest" mean
DOUBLED = 2.5  # cost beyond start-up at twice the size: 2 is linear, 4 quadratic


@dataclass(frozen=True)
class Line:
    """A line of the table. ``ratio`` None: it could not be measured, and ``measured`` says why."""

    goal: str
    measured: str
    against: str
    ratio: float | None
    most: float | None = None
    least: float = -math.inf  # what is beyond start-up may come out as nothing, or less
    aim: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none or nothing was measured."""
        if self.ratio is None or self.most is None:
            return None
        return self.least <= self.ratio <= self.most


def full(run: Cost, coverage: Cost | None, floor: Cost, loader: str) -> list[Line]:
    """A full run against the other tool, the floor and the memory of a process."""
    goal, measured, other = "full run, SQLite", seconds(run.cpu), "ocdscardinal.coverage()"
    if coverage is None:
        first = Line(goal, measured, f"{other}: not installed", None, FULL)
    else:
        first = Line(goal, measured, f"{other} {seconds(coverage.cpu)}", run.cpu / coverage.cpu, FULL, aim=FULL_AIM)
    bare = f"imports + load by {loader} {seconds(floor.cpu)}"
    return [
        first,
        Line("… to the floor", measured, bare, run.cpu / floor.cpu),
        memory("… largest process", run, PROCESS_MB),
    ]


def memory(goal: str, cost: Cost, limit: float) -> Line:
    """The largest process against a limit in MB."""
    return Line(goal, megabytes(cost.rss), megabytes(limit), cost.rss / limit, 1.0)


def postgresql(run: Cost, sqlite: Cost) -> Line:
    """The client's CPU with PostgreSQL as the store."""
    goal, against = "full run, PostgreSQL (client)", f"SQLite {seconds(sqlite.cpu)}"
    return Line(goal, seconds(run.cpu), against, run.cpu / sqlite.cpu, POSTGRESQL)


def day(goal: str, run: Cost, startup: Cost, whole: Cost, most: float) -> Line:
    """A day's run against the full one, both beyond start-up."""
    beyond, all_ = run.cpu - startup.cpu, whole.cpu - startup.cpu
    return Line(
        goal, f"{seconds(beyond)} beyond {seconds(startup.cpu)}", f"full run {seconds(all_)}", beyond / all_, most
    )


def command(goal: str, cost: Cost, limit: float | None = None) -> Line:
    """A command's CPU against a limit in seconds."""
    measured = f"{seconds(cost.cpu)} ({seconds(cost.wall)} wall)"
    if limit is None:
        return Line(goal, measured, "", None)
    return Line(goal, measured, seconds(limit), cost.cpu / limit, 1.0)


def growth(startup: Cost, small: tuple[int, Cost], large: tuple[int, Cost]) -> list[Line]:
    """Cost per contract beyond start-up, and memory, at two sizes: (contracts, cost)."""
    one, other = ((cost.cpu - startup.cpu) / contracts * 1e6 for contracts, cost in (small, large))
    sizes, unit = f"{small[0]:,} to {large[0]:,} contracts", "µs"
    measured, against = f"{other:,.1f} {unit}", f"{one:,.1f} {unit}"
    return [
        Line(f"CPU per contract, {sizes}", measured, against, other / one, GROWTH[1], GROWTH[0]),
        flat(f"memory, {sizes}", small[1], large[1]),
    ]


def flat(goal: str, small: Cost, large: Cost) -> Line:
    """Memory that must not follow the size."""
    return Line(goal, megabytes(large.rss), megabytes(small.rss), large.rss / small.rss, FLAT)


def doubled(goal: str, startup: Cost, half: Cost, whole: Cost) -> Line:
    """Twice as much of the same must not cost four times as much."""
    one, two = half.cpu - startup.cpu, whole.cpu - startup.cpu
    return Line(goal, f"{seconds(two)}, {megabytes(whole.rss)}", f"half of it {seconds(one)}", two / one, DOUBLED)


def imported(ours: Cost, pandas: Cost) -> Line:
    """The import against pandas alone."""
    return Line(
        "import of contracts.csv", seconds(ours.cpu), f"pandas {seconds(pandas.cpu)}", ours.cpu / pandas.cpu, IMPORT
    )


def seconds(value: float) -> str:
    """CPU seconds as the table shows them."""
    return f"{value:,.2f} s"


def megabytes(value: float) -> str:
    """Memory as the table shows it."""
    return f"{value:,.0f} MB"


HEADINGS = ("goal", "measured", "held against", "ratio", "at most", "met")


def table(lines: Sequence[Line]) -> str:
    """The lines with their columns aligned."""
    rows = [HEADINGS, *(cells(line) for line in lines)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEADINGS))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([shown[0], "  ".join("-" * width for width in widths), *shown[1:]])


def cells(line: Line) -> tuple[str, ...]:
    """One line's cells."""
    least = f"{line.least:g}–" if line.least > 0 else ""
    most = "" if line.most is None else f"{least}{line.most:g}"
    if line.aim is not None:
        most += f" (aim {line.aim:g})"
    ratio = "" if line.ratio is None else f"{line.ratio:.3f}"
    said = {True: "yes", False: "NO", None: "" if line.most is None else "?"}[line.met]
    return line.goal, line.measured, line.against, ratio, most, said
