"""The rows of published registers (公表簿) and the contracts that they are, worked out once per register. Shared, not a check.

Derived whenever it is asked, and stored nowhere: a contract that comes into the ledger later is found in the registers
that are there already. Without a row of a register nothing is done at all.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from checks import ledger, vendors, words
from checks.cells import cells_of
from checks.columns import NO_DAY, Bools, Ints, among, coded, days, filled, framed, numbers, yes
from checks.matching import NONE, Matches, Side, match
from checks.register import Register
from checks.same import Said

WEB = "ウェブ"  # a blank medium
_ABOUT = object()
_OF_PARTIES = ("vendors", "vendor_numbers", "nondisclosure", "signed_on")
_OF_LINES = ["identity", "company", "number", "name"]


@dataclass(frozen=True)
class Parties:
    """Who the parties of each contract, and then of each row, are: a code per set of them, NONE where not disclosed."""

    codes: Ints
    lines: pd.DataFrame  # identity, company, number, name of each party
    starts: Ints  # where the parties of a contract begin

    def of(self, place: int) -> "list[Any]":
        """The parties at a place, as plain (identity, company, number, name)."""
        held = self.lines.iloc[self.starts[place] : self.starts[place + 1]]
        return list(held.itertuples(index=False, name="Party"))


@dataclass(frozen=True)
class Published:
    """The rows of registers that list contracts, and which contract each of them is."""

    rows: pd.DataFrame
    contracts: pd.DataFrame
    matches: Matches
    parties: Parties
    known_elsewhere: Bools  # rows that the ledger has as something else: a change, a total, a withdrawn contract

    @cached_property
    def registers(self) -> tuple[Ints, list[str]]:
        """The number of each row's register, and their names."""
        return coded(self.rows["register"])

    @cached_property
    def latest(self) -> Ints:
        """Of the pairs those whose row says last what is published of its contract: where, in ``pairs``."""
        rows, contracts = self.pairs
        edition = np.maximum(days(self.rows["edition_on"]), days(self.rows["published_on"]))[rows]
        rank = np.unique(edition, return_inverse=True)[1] + len(rows) * ~yes(self.rows["dropped"])[rows]
        last = np.full(len(self.contracts), NONE)
        np.maximum.at(last, contracts, rank)
        return np.flatnonzero(rank == last[contracts])

    @cached_property
    def pairs(self) -> tuple[Ints, Ints]:
        """Places of the rows that have a contract, and of their contracts."""
        rows = np.flatnonzero(self.matches.contract != NONE)
        return rows, self.matches.contract[rows]


def published(register: Register) -> Published | None:
    """The rows of registers and their contracts; None where there is no register."""
    if not len(register.tables["register_rows"]):
        return None
    return register.once("published", _ABOUT, lambda: _published(register))


def first_published(register: Register) -> Mapping[str, Mapping[str, date]]:
    """contract_id → medium → the earliest day on which a register that lists it was published."""
    held = published(register)
    return {} if held is None else register.once("first_published", _ABOUT, lambda: _first_published(held))


def _first_published(held: Published) -> dict[str, dict[str, date]]:
    rows, contracts = held.pairs
    dated = days(held.rows["published_on"])[rows] != NO_DAY
    rows, contracts = rows[dated], contracts[dated]
    ids = held.contracts["contract_id"].array.take(contracts).tolist()
    media = held.rows["medium"].array.take(rows).tolist()
    on = held.rows["published_on"].array.take(rows).to_numpy().astype("datetime64[D]").astype(object).tolist()
    found: dict[str, dict[str, date]] = {}
    for contract, medium, day in zip(ids, media, on, strict=True):
        mine = found.setdefault(contract, {})
        mine[medium or WEB] = min(mine.get(medium or WEB, day), day)
    return found


def _published(register: Register) -> Published:
    rows, contracts = register.tables["register_rows"], register.contracts
    counts = ~filled(rows["row_kind"]) | among(rows["row_kind"], [ledger.CONTRACT])
    places = np.flatnonzero(counts)
    rows = framed({str(name): cells.array.take(places) for name, cells in rows.items()})
    parties = _parties(contracts, rows, register.renames, register.said)
    mine, theirs = _sides(register, contracts, rows, parties.codes)
    # what a register has dropped is matched for itself: it takes no contract from what the register lists now
    found = match(theirs, mine, coded(rows["register"])[0] * 2 + yes(rows["dropped"]))
    lost = np.flatnonzero(found.contract == NONE)
    elsewhere = np.zeros(len(rows), dtype=bool)
    elsewhere[lost[_elsewhere(register, rows.take(lost))]] = True
    return Published(rows, contracts, found, parties, elsewhere)


# --- what both sides say, as codes ---------------------------------------------------------------------------------


def _sides(register: Register, contracts: pd.DataFrame, rows: pd.DataFrame, vendor: Ints) -> tuple[Side, Side]:
    size = len(contracts)
    number, day = (_codes([contracts[name], rows[name]]) for name in ("contract_id", "signed_on"))
    spelled, titles = coded(pd.concat([contracts["title"], rows["title"]]))
    plain = pd.factorize(np.array([plain_title(text) for text in titles], dtype=object))[0]
    title = plain[spelled].astype(np.int64)
    number = np.where(np.concatenate([filled(side["contract_id"]) for side in (contracts, rows)]), number, NONE)
    signed = np.concatenate([days(side["signed_on"]) for side in (contracts, rows)])
    months = np.where(signed == NO_DAY, 0, signed).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    year = np.where(signed == NO_DAY, 0, (months - 3) // 12 + 2)  # 0: not known; contracts begin after 1970
    amounts = _codes([contracts["amount"], rows["amount"], register.amounts])
    own, listed, changed = np.split(amounts, [size, size + len(rows)])
    held = (own,) if np.array_equal(own, changed) else (own, changed)
    year = pd.factorize(year)[0].astype(np.int64)
    one, other = (
        Side(number[of], vendor[of], day[of], year[of], title[of], yen)
        for of, yen in ((slice(0, size), held), (slice(size, None), (listed,)))
    )
    return one, other


def _codes(columns: "Sequence[pd.Series[Any]]") -> Ints:
    """Equal cells have equal codes, blank dates and yen NONE."""
    if columns[0].dtype == "Int64":
        held, blank = (np.concatenate(parts) for parts in zip(*map(numbers, columns), strict=True))
    elif columns[0].dtype == "str":
        return coded(pd.concat(columns))[0]
    else:
        held = np.concatenate([days(column) for column in columns])
        blank = held == NO_DAY
    return np.where(blank, NONE, pd.factorize(held)[0]).astype(np.int64)


@lru_cache(maxsize=65_536)
def plain_title(text: str) -> str:
    """A title for comparing: width, spaces, line breaks, brackets and letters that OCR confuses do not count."""
    return re.sub(r"[\s()\[\]「」『』【】・、,。.]", "", words.one_script(words.mend(words.narrow(text)))).casefold()


def _parties(contracts: pd.DataFrame, rows: pd.DataFrame, renames: vendors.Renames, decided: Said) -> Parties:
    """Both sides at once: a name without a number joins the only number that its company has on either."""
    both = {name: pd.concat([contracts[name], rows[name]], ignore_index=True).array for name in _OF_PARTIES}
    size = len(contracts) + len(rows)
    both["contract_id"] = pd.array([str(place) for place in range(size)], dtype="str")
    lines = vendors.explode(cells_of(framed(both)), renames, decided).frame(["contract_id", "hidden", *_OF_LINES])
    of = pd.factorize(lines["contract_id"].array)[0]  # every contract has a line, in their order
    counts = np.bincount(of, minlength=size)
    starts = np.concatenate([[0], np.cumsum(counts)])
    identity = pd.factorize(lines["identity"].array)[0].astype(np.int64)
    codes = identity[starts[:-1]]
    sets: dict[tuple[int, ...], int] = {}
    for place in np.flatnonzero(counts > 1).tolist():
        members = tuple(sorted({*identity[starts[place] : starts[place + 1]].tolist()}))
        codes[place] = sets.setdefault(members, len(lines) + len(sets)) if len(members) > 1 else members[0]
    codes[lines["hidden"].to_numpy(bool)[starts[:-1]]] = NONE
    return Parties(codes, lines[_OF_LINES], starts)


# --- rows that are no contract of the ledger, but something else of it ----------------------------------------------


def _elsewhere(register: Register, rows: pd.DataFrame) -> Bools:
    """Rows that say what a row of the ledger says that does not count: by number, by date and title, by title and amount."""
    held, counted = register.tables["contracts"], register.contracts["contract_id"]
    others = held[~among(held["contract_id"], frozenset(counted))] if len(held) > len(counted) else held[:0]
    if not len(others) or not len(rows):
        return np.zeros(len(rows), dtype=bool)
    ids = set(others["contract_id"].tolist())
    titles = [plain_title(text) for text in others["title"].tolist()]
    said: set[tuple[Any, ...]] = set(zip(days(others["signed_on"]).tolist(), titles, strict=True))
    for name in ("amount", "amount_after_change"):
        said |= set(zip(titles, numbers(others[name])[0].tolist(), strict=True)) - {(title, 0) for title in titles}
    listed = [plain_title(text) for text in rows["title"].tolist()]
    day, yen = days(rows["signed_on"]).tolist(), numbers(rows["amount"])[0].tolist()
    known = [
        number in ids or (on, title) in said or (title, amount) in said
        for number, on, title, amount in zip(rows["contract_id"].tolist(), day, listed, yen, strict=True)
    ]
    return np.array(known, dtype=bool)
