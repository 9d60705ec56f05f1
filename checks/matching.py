"""Which row of a list is which contract: matched on all that both say, then with one thing left out. Shared, not a check.

Arrays only, each stage one pass over sorted keys. Rows and contracts that say exactly the same are paired in their order,
for any pair of them is as good as another. With a thing left out only what is alone on both sides is paired: where there
is a choice nothing is chosen, and the row and the contracts that it may be are said to be torn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from checks.columns import Bools, Ints, combined

NONE = -1
"""No contract; an unknown code."""


class By(IntEnum):
    """What a row and its contract were matched by."""

    ALL = 0  # vendor, date, amount and title
    NUMBER = 1  # the contract number, and two of the four
    TITLE = 2  # all but the title
    AMOUNT = 3  # all but the amount
    DATE = 4  # all but the date, within one fiscal year
    VENDOR = 5  # all but the vendor
    ALONE = 6  # date and title, where the vendor or the amount of one of them is not known


@dataclass(frozen=True)
class Side:
    """What one side says, as codes that mean the same on both sides; NONE where it is not known.

    ``amounts`` are one or two: a contract's own, and as it was changed. ``year`` is the fiscal year of the date.
    """

    number: Ints
    vendor: Ints
    day: Ints
    year: Ints
    title: Ints
    amounts: tuple[Ints, ...]

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class Matches:
    """For each row the place of its contract (NONE: it has none) and what it was matched by; what is torn on each side."""

    contract: Ints
    by: Ints
    torn: Bools
    torn_contracts: Bools


def match(rows: Side, contracts: Side, group: Ints) -> Matches:
    """Each row with at most one contract; within a ``group`` of rows (a register) each contract with at most one row."""
    found = Matches(
        np.full(len(rows), NONE),
        np.full(len(rows), NONE),
        np.zeros(len(rows), dtype=bool),
        np.zeros(len(contracts), dtype=bool),
    )
    stages = list(_stages(rows, contracts))
    order = np.argsort(group, kind="stable")
    for places in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if len(places):
            _group(places, stages, found, np.zeros(len(contracts), dtype=bool))
    return found


# --- what is compared in which order -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Stage:
    """Keys of rows and contracts: equal ones may be one. ``same``: those that are equal say all the same."""

    by: By
    rows: Ints
    contracts: Ints
    same: bool
    rows_of: Side = field(repr=False)
    contracts_of: Side = field(repr=False)
    amounts: Ints = field(repr=False)  # of the contracts, as this stage has them
    sorted: Ints = field(init=False, repr=False)
    order: Ints = field(init=False, repr=False)

    def __post_init__(self) -> None:
        order = np.argsort(self.contracts, kind="stable")
        object.__setattr__(self, "order", order)
        object.__setattr__(self, "sorted", self.contracts[order])

    def candidates(self, keys: Ints) -> Ints:
        """The places of the contracts that have one of these (distinct) keys."""
        first, last = (np.searchsorted(self.sorted, keys, side=side) for side in ("left", "right"))
        counts = last - first
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        places: Ints = self.order[np.repeat(first, counts) + within]
        return places

    def confirmed(self, row: Ints, contract: Ints) -> Bools:
        """Whether pairs that share a number, or a date and a title, may be one."""
        one, other = self.rows_of, self.contracts_of
        amount, held = one.amounts[0][row], self.amounts[contract]
        vendor, known = one.vendor[row], other.vendor[contract]
        if self.by is By.ALONE:
            maybe: Bools = (amount == NONE) | (held == NONE) | (vendor == NONE) | (known == NONE)
            return maybe
        agree = ((amount == held) & (amount != NONE)).astype(np.int64)
        agree += (vendor == known) & (vendor != NONE)
        agree += one.day[row] == other.day[contract]
        agree += one.title[row] == other.title[contract]
        two: Bools = agree >= 2  # a number alone may be that of another list
        return two


def _stages(rows: Side, contracts: Side) -> Iterator[_Stage]:
    """The exact ones first. An amount is that of the signing or that after the last change: both are right."""
    codes = {
        name: (getattr(rows, name), getattr(contracts, name)) for name in ("number", "vendor", "day", "year", "title")
    }
    amounts = [(rows.amounts[0], each) for each in contracts.amounts]

    def stage(by: By, amount: tuple[Ints, Ints], *names: str, known: Sequence[str] = (), same: bool = False) -> _Stage:
        held = {**codes, "amount": amount}
        parts = [np.concatenate(held[name]) + 1 for name in names]  # an unknown code is one like another
        key = combined(*parts)[0]
        for name in known:
            key = np.where(np.concatenate(held[name]) == NONE, NONE, key)
        # what is unknown on one side has another key than what is unknown on the other: it matches nothing
        mine, theirs = key[: len(rows)], np.where(key[len(rows) :] == NONE, NONE - 1, key[len(rows) :])
        return _Stage(by, mine, theirs, same, rows, contracts, amount[1])

    four = ("vendor", "day", "amount", "title")
    for amount in amounts:
        yield stage(By.ALL, amount, "number", *four, known=("number",), same=True)
    for amount in amounts:
        yield stage(By.ALL, amount, *four, same=True)
    for amount in amounts:
        yield stage(By.NUMBER, amount, "number", known=("number",))
    for amount in amounts:
        yield stage(By.TITLE, amount, "vendor", "day", "amount", known=("vendor", "amount"))
    yield stage(By.AMOUNT, amounts[0], "vendor", "day", "title", known=("vendor",))
    for amount in amounts:
        yield stage(By.DATE, amount, "vendor", "year", "amount", "title", known=("vendor", "amount"))
    for amount in amounts:
        yield stage(By.VENDOR, amount, "day", "amount", "title", known=("amount",))
    yield stage(By.ALONE, amounts[0], "day", "title")


# --- one group of rows ---------------------------------------------------------------------------------------------


def _group(places: Ints, stages: Sequence[_Stage], found: Matches, taken: Bools) -> None:
    """Match the rows at these places; ``taken`` are the contracts that have a row of this group."""
    for stage in stages:
        left = places[found.contract[places] == NONE]
        if not len(left):
            return
        row, contract = _pairs(stage, left, taken)
        found.contract[row], found.by[row], taken[contract] = contract, stage.by, True
    for stage in stages:
        left = places[found.contract[places] == NONE]
        if not stage.same and len(left):
            _tear(stage, left, found, taken)


def _pairs(stage: _Stage, rows: Ints, taken: Bools) -> tuple[Ints, Ints]:
    """Pairs of rows and free contracts of one key."""
    keys, of_row = np.unique(stage.rows[rows], return_inverse=True)
    contracts = stage.candidates(keys)
    contracts = contracts[~taken[contracts]]
    if not len(contracts):
        return contracts, contracts
    of_contract = np.searchsorted(keys, stage.contracts[contracts])
    many, free = (np.bincount(of, minlength=len(keys)) for of in (of_row, of_contract))
    pairs = np.minimum(many, free) if stage.same else ((many == 1) & (free == 1)).astype(np.int64)
    row, contract = (_first(places, of, pairs) for places, of in ((rows, of_row), (contracts, of_contract)))
    if stage.by in (By.NUMBER, By.ALONE):
        fine = stage.confirmed(row, contract)
        row, contract = row[fine], contract[fine]
    return row, contract


def _first(places: Ints, of: Ints, wanted: Ints) -> Ints:
    """The first ``wanted[key]`` places of each key, key by key."""
    order = np.argsort(of, kind="stable")
    held = of[order]
    rank = np.arange(len(held)) - np.searchsorted(held, held, side="left")
    chosen: Ints = places[order][rank < wanted[held]]
    return chosen


def _tear(stage: _Stage, rows: Ints, found: Matches, taken: Bools) -> None:
    """Rows that may be one of several free contracts, or several rows that may be one: neither is missing.

    A number that is in the ledger explains a row even if its contract has another: registers list changes below it.
    """
    keys, of_row = np.unique(stage.rows[rows], return_inverse=True)
    contracts = stage.candidates(keys)
    if stage.by is not By.NUMBER:
        contracts = contracts[~taken[contracts]]
    if not len(contracts):
        return
    of_contract = np.searchsorted(keys, stage.contracts[contracts])
    first = np.full(len(keys), NONE)
    first[of_contract[::-1]] = contracts[::-1]
    row = rows[first[of_row] != NONE]
    if stage.by in (By.NUMBER, By.ALONE):
        row = row[stage.confirmed(row, first[of_row][first[of_row] != NONE])]
    found.torn[row] = True
    chosen = np.isin(stage.contracts[contracts], stage.rows[row])
    found.torn_contracts[contracts[chosen]] = True
