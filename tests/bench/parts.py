"""The parts of the bench: which measurements each goal of issue 6 takes."""

from collections.abc import Callable

from tests.bench import floor, goals
from tests.bench.goals import Line
from tests.bench.place import Ledger
from tests.bench.runs import MANY, ORGANIZATION, Runs

PILES = {"vendor": 200_000, "department": 300_000, "title": 100_000}  # contracts in the pile, at the full size
FULL_SIZE = 1_000_000
ORDINARY = 10_000  # contracts of an ordinary organization


def full(runs: Runs) -> list[Line]:
    return goals.full(runs.full, runs.coverage, runs.floor, floor.LOADER)


def days(runs: Runs) -> list[Line]:
    return [
        goals.day("unchanged day", runs.days[0], runs.startup, runs.full, goals.UNCHANGED),
        goals.day("one changed organization", runs.days[1], runs.startup, runs.full, goals.CHANGED),
    ]


def imports(runs: Runs) -> list[Line]:
    small, large = runs.imported(runs.tenth), runs.imported(runs.main)
    memory = f"memory of the import, {runs.tenth.contracts:,} to {runs.main.contracts:,} rows"
    return [goals.imported(large, runs.pandas), goals.flat(memory, small, large)]


def commands(runs: Runs) -> list[Line]:
    """The listing has its goal where one office works; of the whole main ledger it is only shown."""
    office = Ledger(min(ORDINARY, runs.main.contracts))
    return [
        goals.command("keiyaku --help", runs.help, goals.HELP_SECONDS),
        goals.command(f"findings list, {office.contracts:,} contracts", runs.listing(office), goals.LIST_SECONDS),
        goals.command(f"findings list, {runs.tenth.contracts:,} contracts", runs.listing(runs.tenth)),
    ]


def postgresql(runs: Runs) -> list[Line]:
    run = runs.postgresql
    return [goals.postgresql(run, runs.full), goals.memory("… largest process", run, goals.PROCESS_MB)]


def growth(runs: Runs) -> list[Line]:
    here = (runs.main.contracts, runs.full)
    return goals.growth(runs.first, (runs.tenth.contracts, runs.over(runs.tenth)), here)


def huge(runs: Runs) -> list[Line]:
    here = (runs.main.contracts, runs.full)
    return goals.growth(runs.first, here, (runs.main.contracts * MANY, runs.huge))


def single(runs: Runs) -> list[Line]:
    """One organization with everything."""
    half, whole = (Ledger(size) for size in (_scaled(runs, ORGANIZATION) // 2, _scaled(runs, ORGANIZATION)))
    cost = runs.over(whole)
    return [
        goals.doubled(f"one organization of {whole.contracts:,}", runs.first, runs.over(half), cost),
        goals.memory("… largest process", cost, goals.LARGE_MB),
    ]


def pathological(runs: Runs) -> list[Line]:
    """Four fifths of an organization's contracts share their vendor, department or title; and half as many of them."""
    lines = []
    for kind, count in PILES.items():
        size = _scaled(runs, count * 5 // 4)
        half, whole = runs.over(Ledger(size // 2, 1, kind)), runs.over(Ledger(size, 1, kind))
        lines.append(goals.doubled(f"one {kind} with {size * 4 // 5:,} contracts", runs.first, half, whole))
    return lines


def _scaled(runs: Runs, count: int) -> int:
    """A size at the full size, in proportion to the main ledger's."""
    return max(20, count * runs.main.contracts // FULL_SIZE)


PARTS: dict[str, Callable[[Runs], list[Line]]] = {
    "full": full,
    "postgresql": postgresql,
    "days": days,
    "commands": commands,
    "growth": growth,
    "single": single,
    "pathological": pathological,
    "import": imports,
}
