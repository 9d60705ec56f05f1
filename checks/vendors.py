"""Vendors are identities, not strings: 法人番号 where there is one, else the normalised name, across renames.

前株 and 後株 differ, equal names of different 法人番号 differ, an address never merges. A branch office is its company
(words.company). A nameless or secret vendor is an identity of its own, linked to nothing. What is only probably one
vendor is proposed (checks/twins.py), never merged.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from checks import words
from checks.columns import NO_DAY, Bools, Ints, among, coded, combined, days, filled, framed, texts
from checks.same import NOTHING, Said, heads

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
        if key not in self._by_old:
            return key, ()
        while row := next((row for row in self._by_old.get(key, ()) if row not in used and _means(row, on)), None):
            used.append(row)
            key = words.company(row.new)
        return key, tuple(used)

    def dated(self, name: str) -> bool:
        """Does it depend on the day whom the name means?"""
        return words.company(name) in self._dated

    @cached_property
    def _dated(self) -> frozenset[str]:
        return frozenset(key for key, rows in self._by_old.items() if any(row.until for row in rows))


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


def explode(contracts: pd.DataFrame, renames: Renames, decided: Said = NOTHING) -> pd.DataFrame:
    """One row per contract and vendor.

    contract_id, position, name (as the cell has it), number, joint (連名), hidden, identity, company (its newest normalised
    name), known_by (keys) and verified. ``identity`` is ``number:<13 digits>``, ``name:<company>`` or, for a vendor that is
    not disclosed, ``contract:<contract_id>``. The line that only names a joint venture whose members follow is no vendor.
    What a person has said to be one vendor (``decided``) is one identity.

    Each distinct cell is read once; what is not disclosed is each contract's own.
    """
    cells, lines, hidden = _read(contracts, renames)
    known = _joined(_known({line.spelling for line in lines}, renames), decided)
    found = [known[line.spelling] for line in lines]
    led = {name for name in {line.spelling.name for line in lines} if _led(name)}
    own = np.flatnonzero(hidden)
    alone = [_undisclosed(contract_id) for contract_id in contracts["contract_id"].array.take(own)]
    personal = among(contracts["nondisclosure"], ["個人"])[own]
    # a contract's lines are those of its cell; the undisclosed ones stand behind all lines
    counts = np.where(hidden, 1, cells.counts)
    starts = np.where(hidden, len(lines) + np.cumsum(hidden) - 1, cells.starts)
    contract = np.repeat(np.arange(len(contracts)), counts)
    line = np.arange(len(contract)) + np.repeat(starts - np.cumsum(counts) + counts, counts)
    labels = [INDIVIDUAL if one else SECRET for one in personal]
    nothing = [False] * len(own)
    ids = contracts["contract_id"].array
    return framed(
        {
            "contract_id": ids if len(line) == len(ids) and (counts == 1).all() else ids.take(contract),
            "position": np.array([one.position for one in lines] + [0] * len(own), dtype=np.int64)[line],
            "name": texts([one.spelling.name for one in lines] + labels, line),
            "number": texts([one.spelling.number for one in lines] + [""] * len(own), line),
            "joint": np.array([one.joint or one.spelling.name in led for one in lines] + nothing, dtype=bool)[line],
            "hidden": np.repeat(hidden, counts),
            "identity": texts([one.identity for one in (*found, *alone)], line),
            "company": texts([one.company for one in (*found, *alone)], line),
            "known_by": pd.Series([one.known_by for one in (*found, *alone)], dtype="object").array.take(line),
            "verified": np.array([one.verified for one in (*found, *alone)], dtype=bool)[line],
        }
    )


class _Line(NamedTuple):
    """A vendor of a cell, and its place in it."""

    position: int
    spelling: _Spelling
    joint: bool


class _Cells(NamedTuple):
    """For each contract where the lines of its cell begin and how many they are."""

    starts: Ints
    counts: Ints


def _read(contracts: pd.DataFrame, renames: Renames) -> tuple[_Cells, list[_Line], Bools]:
    """Each contract's lines, the lines of all distinct cells, and which contracts are not disclosed or name nobody."""
    (names, name), (digits, number) = coded(contracts["vendors"]), coded(contracts["vendor_numbers"])
    secret = filled(contracts["nondisclosure"]).astype(np.int64)
    cell, first = combined(names, digits, secret)
    listed = [[] if secret[row] else _listed(name[names[row]]) for row in first]
    depends = {one for held in listed for _, one in held if renames.dated(one)}
    dated = np.array([any(one in depends for _, one in held) for held in listed] if depends else [False] * len(listed))
    signed, of = days(contracts["signed_on"]), np.arange(len(listed))
    if dated.any():  # there the day is a part of what is read
        parts = coded(pd.Series(np.where(dated[cell], signed, 0)))[0]
        cell, first, before = *combined(cell, parts), cell
        of = before[first]
    lines, counts = list[_Line](), np.array([len(listed[which]) for which in of.tolist()], dtype=np.int64)
    given = zip(of.tolist(), digits[first].tolist(), signed[first].tolist(), strict=True)
    for held, numbers, day in ((listed[which], number[code].split("\n"), day) for which, code, day in given):
        several = len(held) > 1
        for position, one in held:
            on = _day(day) if one in depends else None
            lines.append(_Line(position, _Spelling(one, _at(numbers, position), on), several))
    starts = np.cumsum(counts) - counts
    return _Cells(starts[cell], counts[cell]), lines, counts[cell] == 0


def _day(number: int) -> date | None:
    return None if number == NO_DAY else date(1970, 1, 1) + timedelta(days=number)


def _at(numbers: Sequence[str], position: int) -> str:
    return numbers[position].strip() if position < len(numbers) else ""


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
        only = numbers.get(key, ())
        number = one.number or (next(iter(only)) if len(only) == 1 else "")
        moved, verified = (any(row.until for row in used), all(row.verified for row in used)) if used else (False, True)
        found[one] = _vendor(number, key, words.company(one.name), len(only) > 1, moved, verified)
    return found


def _joined(known: dict[_Spelling, _Vendor], decided: Said) -> dict[_Spelling, _Vendor]:
    """The same, with what a person has said to be one vendor counted as one; it is known by the names of all."""
    if not decided.same:
        return known
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for vendor in known.values():
        keys[vendor.identity] |= set(vendor.known_by)
    counted_as = heads(keys, decided)
    companies = {vendor.identity: vendor.company for vendor in sorted(known.values())}
    together: defaultdict[str, set[str]] = defaultdict(set)
    for identity, head in counted_as.items():
        together[head] |= keys[identity] | {identity}
    return {
        one: vendor._replace(identity=head, company=companies[head], known_by=tuple(sorted(together[head])))
        if (head := counted_as.get(vendor.identity, ""))
        else vendor
        for one, vendor in known.items()
    }


@lru_cache(maxsize=65_536)  # the next organization has the same vendors
def _vendor(number: str, key: str, own: str, shared: bool, moved: bool, verified: bool) -> _Vendor:  # noqa: FBT001
    """A company by its newest name, and by its own. A name that several numbers share, or that means another company today, tells nobody apart."""
    identity = f"number:{number}" if number else f"name:{key}"
    names = set() if shared else {f"name:{key}", f"name:{own}"}
    if moved:
        names.discard(f"name:{own}")
    return _Vendor(identity, key, tuple(sorted({identity, *names})), verified)


def shown(vendors: pd.DataFrame) -> Mapping[str, str]:
    """identity → the name to print: the last one that the register uses, rather the company's than a branch office's.

    The person who signs is no part of it.
    """
    (who, identities), (how, names) = coded(vendors["identity"]), coded(vendors["name"])
    last = (
        len(vendors) - 1 - combined(who[::-1], how[::-1])[1][::-1]
    )  # backwards: the last row of each pair is its first
    found: dict[str, str] = {}
    for identity, name in ((identities[i], names[j]) for i, j in zip(who[last], how[last], strict=True)):
        if identity not in found or not words.is_branch(name):
            found[identity] = name
    return {identity: _printed(name) for identity, name in found.items()}


_printed = lru_cache(maxsize=65_536)(words.signer_off)


def addresses(contracts: pd.DataFrame, vendors: pd.DataFrame) -> Mapping[str, frozenset[str]]:
    """identity → its addresses for comparing (words.address); cells with fewer lines than vendors are read by position."""
    cells = contracts[["contract_id", "vendors", "vendor_numbers", "addresses"]]
    cells = cells[filled(contracts["addresses"]) & ~filled(contracts["nondisclosure"])]
    cells = cells.take(combined(*(coded(cells[name])[0] for name in ("vendors", "vendor_numbers", "addresses")))[1])
    lines = {one: text.split("\n") for one, text in zip(cells["contract_id"], cells["addresses"], strict=True)}
    rows = vendors[["contract_id", "position", "identity"]]
    rows = rows[among(vendors["contract_id"], lines) & ~vendors["hidden"]]
    found: defaultdict[str, set[str]] = defaultdict(set)
    for contract_id, position, identity in zip(rows["contract_id"], rows["position"], rows["identity"], strict=True):
        given = lines[contract_id]
        if position < len(given) and (place := words.address(given[position])):
            found[identity].add(place)
    return {identity: frozenset(places) for identity, places in found.items()}
