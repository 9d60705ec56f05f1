"""Every measured process, once: a figure that two goals need is measured for the first and kept."""

import sys
from functools import cache, cached_property

from tests import postgres
from tests.bench import cardinal, process
from tests.bench.place import AS_OF, DAYS, Ledger, Place, sqlite
from tests.bench.process import Cost, measure, python

MANY = 10  # how many times larger the next size is
ORGANIZATION = 1_000_000  # contracts of the largest single organization, at the full size


class Runs:
    """The measurements over a ledger of a size; ``costs`` keeps them by name for the JSON."""

    def __init__(self, place: Place, main: Ledger, workers: int | None = None) -> None:
        self.place, self.main = place, main
        self.tenth = Ledger(max(1, main.contracts // MANY), max(1, main.organizations // MANY))
        self.workers = () if workers is None else ("--workers", str(workers))
        self.costs: dict[str, Cost] = {}
        self.path = place.folder / "run.db"  # the database that the days follow each other in

    # --- full runs -------------------------------------------------------------------------------------------------

    @cached_property
    def startup(self) -> Cost:
        """A run over next to nothing (20 contracts), mostly unchanged."""
        path = self.place.copy(Ledger(20), "startup")
        return self._median("start-up", self._run(sqlite(path), AS_OF))

    @cached_property
    def first(self) -> Cost:
        """A full run over next to nothing: start-up, and what judging takes whatever there is to judge."""
        path = self.place.copy(Ledger(20), "startup")
        return self._median("start-up of a full run", self._run(sqlite(path), AS_OF, "--full"))

    @cached_property
    def full(self) -> Cost:
        """The full run over the main ledger; its database is then ready for the days."""
        self.place.copy(self.main)
        return self._measure("full run", self._run(sqlite(self.path), AS_OF, "--full"))

    @cached_property
    def postgresql(self) -> Cost:
        """The client of the same run with PostgreSQL as the store; the server's own time is not in it."""
        with postgres.server() as folder:
            url = postgres.url(folder, "postgres")
            measure(python("-m", "tests.bench.fill", "bulk", url, self.place.ledger(self.main)))
            return self._measure("full run, PostgreSQL", self._run(url, AS_OF, "--full"))

    @cache  # noqa: B019  # one Runs lives as long as the bench
    def over(self, which: Ledger) -> Cost:
        """A full run over another ledger."""
        path = self.place.copy(which, "other")
        cost = self._measure(f"full run over {which.name}", self._run(sqlite(path), AS_OF, "--full"))
        self.place.drop(path)
        return cost

    @cached_property
    def huge(self) -> Cost:
        """A full run over ten times the main ledger, its organizations copied under other ids."""
        path = self.place.copy(self.main, "huge")
        measure(python("-m", "tests.bench.fill", "times", sqlite(path), str(MANY)))
        cost = self._measure("full run, ten times", self._run(sqlite(path), AS_OF, "--full"))
        self.place.drop(path)
        return cost

    # --- days ------------------------------------------------------------------------------------------------------

    @cached_property
    def days(self) -> tuple[Cost, Cost]:
        """(a day without changes, one with a hundred rows of one organization amended), the medians of several days.

        They follow the full run one by one. A date may pass on any of them. A single run's noise is as large as a change.
        """
        assert self.full
        config, same, other = self.place.config(sqlite(self.path)), list[Cost](), list[Cost]()
        for times, (day, next_day) in enumerate(zip(DAYS[::2], DAYS[1::2], strict=True), start=1):
            same.append(measure(self._run(sqlite(self.path), day)))
            measure(python("-m", "monitor", "import", self.place.amended(self.main, times), "--config", config))
            other.append(measure(self._run(sqlite(self.path), next_day)))
        unchanged = self._keep("unchanged day", process.median(same))
        return unchanged, self._keep("one organization changed", process.median(other))

    # --- others, and the import ------------------------------------------------------------------------------------

    @cached_property
    def coverage(self) -> Cost | None:
        """The published wheel over the same contracts; None if it cannot be had."""
        interpreter = cardinal.interpreter(self.place.folder / "cardinal")
        if interpreter is None:
            return None
        return self._measure(
            "ocdscardinal.coverage()", [str(interpreter), "-c", cardinal.PROGRAM, str(self.place.lines(self.main))]
        )

    @cached_property
    def floor(self) -> Cost:
        """Imports, and every column in memory."""
        return self._measure("floor", python("-m", "tests.bench.floor", self.place.database(self.main)))

    @cache  # noqa: B019  # same
    def imported(self, which: Ledger) -> Cost:
        """`keiyaku import contracts.csv` into a database that has the organizations."""
        folder, path = self.place.ledger(which), self.place.folder / "import.db"
        self.place.drop(path)
        config = self.place.config(sqlite(path))
        first, second = (
            python("-m", "monitor", "import", folder / f"{name}.csv", "--config", config)
            for name in ("organizations", "contracts")
        )
        measure(first)
        cost = self._measure(f"import of {which.name}", second)
        self.place.drop(path)
        return cost

    @cached_property
    def pandas(self) -> Cost:
        """pandas.read_csv and to_sql of the same file."""
        path = self.place.folder / "pandas.db"
        self.place.drop(path)
        contracts = self.place.ledger(self.main) / "contracts.csv"
        cost = self._measure("pandas", python("-m", "tests.bench.pandas_import", contracts, path))
        self.place.drop(path)
        return cost

    # --- commands --------------------------------------------------------------------------------------------------

    @cached_property
    def help(self) -> Cost:
        return self._median("keiyaku --help", python("-m", "monitor", "--help"))

    @cache  # noqa: B019  # same
    def listing(self, which: Ledger) -> Cost:
        """`keiyaku findings list` after a full run over a ledger."""
        path = self.place.copy(which, "listing")
        measure(self._run(sqlite(path), AS_OF, "--full"))
        command = python("-m", "monitor", "findings", "list", "--config", self.place.config(sqlite(path)))
        return self._median(f"findings list of {which.name}", command)

    # --- how -------------------------------------------------------------------------------------------------------

    def _run(self, url: str, as_of: str, *options: str) -> list[str]:
        config = str(self.place.config(url))
        given = ("--as-of", as_of, "--no-deliver", "--config", config, *options, *self.workers)
        return python("-m", "monitor", "run", *given)

    def _median(self, name: str, command: list[str], times: int = 5) -> Cost:
        return self._keep(name, process.median([measure(command) for _ in range(times)]))

    def _measure(self, name: str, command: list[str]) -> Cost:
        return self._keep(name, measure(command))

    def _keep(self, name: str, cost: Cost) -> Cost:
        self.costs[name] = cost
        sys.stderr.write(f"{name}: {cost.cpu:.2f} s CPU, {cost.wall:.2f} s, {cost.rss:,.0f} MB\n")
        return cost
