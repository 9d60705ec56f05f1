"""What is measured on: ledgers, lines and databases under var/bench, each made once by a process of its own."""

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.bench.process import measure, python

AS_OF = "2026-07-05"  # after both fiscal years of the ledgers
DAYS = tuple(f"2026-07-{day:02d}" for day in range(6, 16))  # those after it, of which every other has a change
AMENDED = 100  # rows of the one organization that changes


@dataclass(frozen=True)
class Ledger:
    """Which ledger; its name is its folder."""

    contracts: int
    organizations: int = 1
    piled: str = ""

    @property
    def name(self) -> str:
        return f"{self.contracts}-of-{self.organizations}" + (f"-{self.piled}" if self.piled else "")


@dataclass(frozen=True)
class Place:
    """The folder of a bench."""

    folder: Path

    def ledger(self, which: Ledger) -> Path:
        """The folder of CSV files of a ledger."""
        folder = self.folder / which.name
        if not folder.exists():
            size = ["--contracts", str(which.contracts), "--organizations", str(which.organizations)]
            unfinished = folder.with_suffix(".part")
            more = ["--piled", which.piled] if which.piled else []
            measure(python("-m", "tests.bench.ledger", unfinished, *size, *more))
            unfinished.rename(folder)
        return folder

    def lines(self, which: Ledger) -> Path:
        """The OCDS lines of a ledger."""
        path = self.folder / f"{which.name}.jsonl"
        if not path.exists():
            unfinished = path.with_suffix(".part")
            measure(python("-m", "tests.bench.lines", self.ledger(which) / "contracts.csv", unfinished))
            unfinished.rename(path)
        return path

    def database(self, which: Ledger) -> Path:
        """A SQLite database that holds a ledger and in which nothing has run; copy it before use."""
        path = self.folder / f"{which.name}.db"
        if not path.exists():
            unfinished = path.with_suffix(".db.part")
            measure(python("-m", "tests.bench.fill", "bulk", sqlite(unfinished), self.ledger(which)))
            unfinished.rename(path)
        return path

    def copy(self, which: Ledger, name: str = "run") -> Path:
        """A copy of that database, to run in."""
        path = self.folder / f"{name}.db"
        self.drop(path)
        shutil.copyfile(self.database(which), path)
        return path

    def drop(self, path: Path) -> None:
        """Remove a database with what SQLite and the lock keep beside it."""
        for beside in self.folder.glob(f"{path.name}*"):
            beside.unlink()

    def config(self, url: str) -> Path:
        """Settings with a database and one channel, a folder; messages of first runs are held, as everywhere."""
        path = self.folder / "monitor.toml"
        path.write_text(
            f'database_url = "{url}"\noutput = "{self.folder}/digests"\ndefault = ["folder"]\n'
            f'[channels.folder]\nkind = "file"\ndirectory = "{self.folder}/messages"\n',
            encoding="utf-8",
        )
        return path

    def amended(self, which: Ledger, times: int) -> Path:
        """A CSV file with some rows of one organization in the middle, their amounts so many times 10 yen higher."""
        body, path = f"M{which.organizations // 2:05d}", self.folder / "amended" / "contracts.csv"
        path.parent.mkdir(exist_ok=True)
        with (self.ledger(which) / "contracts.csv").open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows = [row for row in reader if row["organization"] == body][:AMENDED]
            with path.open("w", newline="", encoding="utf-8") as out:
                writer = csv.DictWriter(out, reader.fieldnames or ())
                writer.writeheader()
                writer.writerows({**row, "amount": int(row["amount"]) + 10 * times} for row in rows)
        return path


def sqlite(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{path}"
