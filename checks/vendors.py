"""Vendors are identities, not strings: 法人番号 where there is one, else the normalised name, across renames.

前株 and 後株 differ, equal names of different 法人番号 differ, an address never merges. A branch office is its company
(words.company). A nameless or secret vendor is an identity of its own, linked to nothing. What is only probably one
vendor is proposed (checks/twins.py), never merged.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, NamedTuple

import pandas as pd

from checks import words

INDIVIDUAL: Final = "個人（非公表）"
SECRET: Final = "非公表"  # noqa: S105
_NUMBER: Final = re.compile(r"[1-9]\d{12}")


@dataclass(frozen=True)
class Rename:
    """A company changed its name: both names are one identity. ``since`` is the first day of the new name.

    The old name is followed on later contracts too, for registers are slow; but not after ``until``, the last day on
    which it meant this company, where another company has taken it over.
    """

    old: str
    new: str
    since: date
    source: str
    verified: bool
    until: date | None = None


@dataclass(frozen=True)
class Renames:
    """The dated table of renames, by normalised name."""

    rows: tuple[Rename, ...] = ()

    @cached_property
    def _by_old(self) -> Mapping[str, tuple[Rename, ...]]:
        found: dict[str, tuple[Rename, ...]] = {}
        for row in sorted(self.rows, key=lambda row: row.until or date.max):
            key = words.company(row.old)
            found[key] = (*found.get(key, ()), row)
        return found

    def latest(self, name: str, on: date | None = None) -> tuple[str, tuple[Rename, ...]]:
        """The newest normalised name of a vendor named on some day, and the renames that led to it."""
        key, used = words.company(name), list[Rename]()
        while row := next((row for row in self._by_old.get(key, ()) if row not in used and _means(row, on)), None):
            used.append(row)
            key = words.company(row.new)
        return key, tuple(used)

    def dated(self, name: str) -> bool:
        """Does it depend on the day whom the name means?"""
        return any(row.until for row in self._by_old.get(words.company(name), ()))


def _means(row: Rename, on: date | None) -> bool:
    return row.until is None or (on is not None and on <= row.until)


def number_is_valid(number: str) -> bool:
    """Is it a 法人番号: 13 digits whose first checks the others (平26財務省令70号2条)?

    >>> number_is_valid("7000012050002"), number_is_valid("8000012050002")
    (True, False)
    """
    if not _NUMBER.fullmatch(number):
        return False
    total = sum(int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number[1:])))
    return int(number[0]) == 9 - total % 9


class _Spelling(NamedTuple):
    """A vendor as a cell names it; ``on`` only where the day decides whom the name means."""

    name: str
    number: str
    on: date | None


class _Vendor(NamedTuple):
    identity: str
    company: str
    known_by: tuple[str, ...]
    verified: bool


def explode(contracts: pd.DataFrame, renames: Renames) -> pd.DataFrame:
    """One row per contract and vendor.

    contract_id, position, name (as the cell has it), number, joint (連名), hidden, identity, company (its newest normalised
    name), known_by (keys) and verified. ``identity`` is ``number:<13 digits>``, ``name:<company>`` or, for a vendor that is
    not disclosed, ``contract:<contract_id>``. The line that only names a joint venture whose members follow is no vendor.
    """
    days = contracts["signed_on"].tolist()
    depends: dict[str, bool] = {}
    rows: list[tuple[str, int, str, str, bool, bool]] = []
    spelled: list[_Spelling] = []
    for contract_id, names, numbers, hidden, day in zip(
        *(contracts[column].tolist() for column in ("contract_id", "vendors", "vendor_numbers", "nondisclosure")),
        days,
        strict=True,
    ):
        listed = _listed(names)
        if hidden or not listed:
            label = INDIVIDUAL if hidden == "個人" else SECRET
            rows.append((contract_id, 0, label, "", False, True))
            spelled.append(_Spelling(contract_id, "", None))
            continue
        digits = numbers.split("\n")
        joint = len(listed) > 1
        for i, name in listed:
            number = digits[i].strip() if i < len(digits) else ""
            if (dated := depends.get(name)) is None:
                dated = depends[name] = renames.dated(name)
            rows.append((contract_id, i, name, number, joint, False))
            spelled.append(_Spelling(name, number, day.date() if dated and day is not pd.NaT else None))
    frame = pd.DataFrame(rows, columns=["contract_id", "position", "name", "number", "joint", "hidden"])
    frame = frame.astype({"joint": "bool", "hidden": "bool"})  # of an empty ledger they would be objects
    hidden_rows = frame["hidden"].tolist()
    known = _known({one for one, hidden in zip(spelled, hidden_rows, strict=True) if not hidden}, renames)
    found = [_undisclosed(one.name) if hidden else known[one] for one, hidden in zip(spelled, hidden_rows, strict=True)]
    led = {name for name in depends if _led(name)}
    return frame.assign(
        joint=frame["joint"] | frame["name"].isin(led),
        identity=pd.Series([one.identity for one in found], dtype="str"),
        company=pd.Series([one.company for one in found], dtype="str"),
        known_by=pd.Series([one.known_by for one in found], dtype="object"),
        verified=pd.Series([one.verified for one in found], dtype="bool"),
    )


def _listed(names: str) -> list[tuple[int, str]]:
    """(position, name) of the vendors of a cell; a joint venture's own line only if it names nobody else."""
    if "\n" not in names:
        return [(0, names)] if names.strip() else []
    lines = [(i, name) for i, name in enumerate(names.split("\n")) if name.strip()]
    members = [(i, name) for i, name in lines if not words.VENTURE.search(name.rstrip())]
    return members or lines


def _led(name: str) -> bool:
    """Does a single line name a joint venture and the member that leads it? The shares are not known then."""
    return words.is_venture(name) and not words.is_venture(words.company(name))


def _undisclosed(contract_id: str) -> _Vendor:
    identity = f"contract:{contract_id}"
    return _Vendor(identity, "", (identity,), verified=True)


def _known(spellings: Iterable[_Spelling], renames: Renames) -> dict[_Spelling, _Vendor]:
    """Who each spelling is. A name without a number joins the only number that its company has anywhere."""
    newest = {one: renames.latest(one.name, one.on) for one in spellings}
    numbers: defaultdict[str, set[str]] = defaultdict(set)
    for one, (key, _) in newest.items():
        if one.number:
            numbers[key].add(one.number)
    found = {}
    for one, (key, used) in newest.items():
        only = numbers[key]
        number = one.number or (next(iter(only)) if len(only) == 1 else "")
        identity = f"number:{number}" if number else f"name:{key}"
        # A name that several numbers share, or that means another company today, tells nobody apart.
        names = {f"name:{key}", f"name:{words.company(one.name)}"} if len(only) <= 1 else set()
        if any(row.until for row in used):
            names.discard(f"name:{words.company(one.name)}")
        found[one] = _Vendor(identity, key, tuple(sorted({identity, *names})), all(row.verified for row in used))
    return found


def shown(vendors: pd.DataFrame) -> Mapping[str, str]:
    """identity → the name to print: the last one that the register uses, rather the company's than a branch office's.

    The person who signs is no part of it.
    """
    pairs = vendors[["identity", "name"]].drop_duplicates(keep="last").itertuples(index=False, name=None)
    found: dict[str, str] = {}
    for identity, name in pairs:
        if identity not in found or not words.is_branch(name):
            found[identity] = name
    return {identity: words.signer_off(name) for identity, name in found.items()}


def addresses(contracts: pd.DataFrame, vendors: pd.DataFrame) -> Mapping[str, frozenset[str]]:
    """identity → its addresses for comparing (words.address); cells with fewer lines than vendors are read by position."""
    cells = contracts[(contracts["addresses"] != "") & (contracts["nondisclosure"] == "")]
    cells = cells.drop_duplicates(["vendors", "vendor_numbers", "addresses"])
    lines = dict(zip(cells["contract_id"], cells["addresses"].str.split("\n"), strict=True))
    rows = vendors[vendors["contract_id"].isin(list(lines)) & ~vendors["hidden"]]
    found: defaultdict[str, set[str]] = defaultdict(set)
    for contract_id, position, identity in zip(rows["contract_id"], rows["position"], rows["identity"], strict=True):
        given = lines[contract_id]
        if position < len(given) and (place := words.address(given[position])):
            found[identity].add(place)
    return {identity: frozenset(places) for identity, places in found.items()}
