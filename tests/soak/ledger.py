"""A ledger that grows: each import brings new contracts, changed ones, cancelled ones, so that runs have something to say."""

import csv
import random
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from monitor.store.schema import LEDGER
from tests.support import contract

TABLES = ("organizations", "contracts", "publications")
KEYS = {"organizations": 1, "contracts": 2, "publications": 4}  # how many of the columns, in order, are the key
COLUMNS = {
    "organizations": ("organization", "name", "rulebook"),
    "contracts": ("organization", "contract_id", "department", "title", "category", "method", "ground", "procured_on",
                  "signed_on", "estimated_price", "amount", "vendors", "vendor_numbers", "cancelled_on"),
    "publications": ("organization", "contract_id", "kind", "medium", "published_on"),
}  # fmt: skip
EVERY = 7  # imports until another organization comes along
Rows = dict[tuple[str, ...], tuple[str, ...]]  # key → cells


class Ledger:
    """What the office has written (``truth``) and the folder that waits for its import, if one does."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.truth: dict[str, Rows] = {table: {} for table in TABLES}
        self.before = self.truth  # what the database held before the waiting folder
        self.waiting: Path | None = None
        self._folder, self._rng = folder, rng
        self._number = 0
        self._groups: list[list[dict[str, Any]]] = []
        self._unpublished: list[dict[str, Any]] = []

    def write(self, today: date) -> Path:
        """A new folder of files, to be imported; the one that waits, if there is one."""
        if self.waiting is not None:
            return self.waiting
        self._number += 1
        rows: dict[str, list[Mapping[str, Any]]] = {table: [] for table in TABLES}
        if self._number % EVERY == 1:
            key = f"B{self._number // EVERY}"
            rulebook = ("municipality", "saitama")[self._number // EVERY % 2]
            rows["organizations"].append({"organization": key, "name": f"模擬市{key}", "rulebook": rulebook})
        for _ in range(self._rng.randint(4, 9)):
            self._happen(rows, today)
        self.before, self.truth = self.truth, {table: dict(held) for table, held in self.truth.items()}
        self.waiting = self._folder / f"{self._number:04}"
        self.waiting.mkdir(parents=True)
        for table, given in rows.items():
            if given:
                self._file(table, given)
        return self.waiting

    def stored(self, engine: Engine, *, whole: bool) -> list[str]:
        """What is wrong in the database after an import, whole or killed: each table has all of a file or nothing."""
        wrong = []
        for table in TABLES:
            held = read(engine, table)
            if held != self.truth[table] and (whole or held != self.before[table]):
                missing, more = len(self.truth[table].keys() - held.keys()), len(held.keys() - self.truth[table].keys())
                wrong.append(f"{table}: {missing} rows missing, {more} too many, or others changed")
        if whole:
            self.waiting, self.before = None, self.truth
        return wrong

    # --- what happens in an office -------------------------------------------------------------------------------

    def _happen(self, rows: dict[str, list[Mapping[str, Any]]], today: date) -> None:
        roll = self._rng.random()
        if roll < 0.30 or not self._groups:
            made = self._pieces(today, self._rng.randint(2, 4))
        elif roll < 0.45:  # one more of a set
            group = self._rng.choice(self._groups)
            made = [
                self._contract(group[0]["organization"], today, title=group[0]["title"], vendors=group[0]["vendors"])
            ]
            group += made
        elif roll < 0.60:  # a set is cancelled
            group = self._groups.pop(self._rng.randrange(len(self._groups)))
            made = [{**each, "cancelled_on": today} for each in group]
        elif roll < 0.72:  # above the limit
            made = [self._contract(self._body(), today, amount=4_400_000, estimated_price=4_400_000)]
            self._groups.append(made)
        elif roll < 0.80:  # what was wrong is put right
            group = self._rng.choice(self._groups)
            made = [{**each, "ground": "2号"} for each in group]
            group[:] = made
        elif roll < 0.92 or not self._unpublished:  # to be published within ten days
            more = {"category": "業務委託", "ground": "3号", "amount": 4_000_000, "estimated_price": 4_000_000}
            made = [self._contract(self._body(), today - timedelta(days=self._rng.randint(0, 9)), **more)]
            self._unpublished += made
        else:
            late = self._unpublished.pop(0)
            made = []
            rows["publications"] += [
                {**late, "kind": "結果", "medium": medium, "published_on": today} for medium in ("ウェブ", "窓口")
            ]
        rows["contracts"] += made

    def _pieces(self, today: date, count: int) -> list[dict[str, Any]]:
        body = self._body()
        vendor = f"模擬{self._serial()}建設(株)"
        signed = [today - timedelta(days=number) for number in range(count)]
        made = [self._contract(body, day, title=f"側溝修繕 {vendor}", vendors=vendor) for day in signed]
        self._groups.append(made)
        return made

    def _contract(self, body: str, signed_on: date, **more: Any) -> dict[str, Any]:
        number = self._serial()
        own = {
            "amount": 2_398_000,
            "estimated_price": 2_398_000,
            "title": f"作業{number}",
            "vendors": f"模擬商事{number}(株)",
            "vendor_numbers": None,
            **more,
        }
        return contract(number, signed_on, **{**own, "organization": body})

    def _serial(self) -> int:
        self._last = getattr(self, "_last", 0) + 1
        return self._last

    def _body(self) -> str:
        return f"B{self._rng.randint(0, (self._number - 1) // EVERY)}"

    def _file(self, table: str, given: list[Mapping[str, Any]]) -> None:
        assert self.waiting is not None
        unique = {
            tuple(str(row[name]) for name in COLUMNS[table][: KEYS[table]]): row for row in given
        }  # the last counts
        cells = {key: tuple(_cell(row[name]) for name in COLUMNS[table]) for key, row in unique.items()}
        self.truth[table] |= cells
        with (self.waiting / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS[table], *cells.values()])


def read(engine: Engine, table: str) -> Rows:
    """A table of the database, as the files wrote it."""
    with engine.connect() as connection:
        rows = connection.execute(select(LEDGER[table])).mappings().all()
    cells = [tuple(_cell(row[name]) for name in COLUMNS[table]) for row in rows]
    return {row[: KEYS[table]]: row for row in cells}


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
