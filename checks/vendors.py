"""Vendors are identities, not strings: 法人番号 where there is one, else the normalised name, across renames.

前株 and 後株 differ, equal names of different 法人番号 differ, an address never merges. A branch office is its company
(words.company). A nameless or secret vendor is an identity of its own, linked to nothing. What is only probably one
vendor is proposed (checks/twins.py), never merged.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from checks import words
from checks.cells import Cells, Coded, Lazy, cells_of, given
from checks.columns import Bools, Ints, among, coded, combined, day_of, days, distinct, filled, listed, texts
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
        return self.followed(words.company(name), on)

    def followed(self, key: str, on: date | None) -> tuple[str, tuple[Rename, ...]]:
        """The same of a normalised name."""
        if key not in self._by_old:
            return key, ()
        used = list[Rename]()
        while row := next((row for row in self._by_old.get(key, ()) if row not in used and _means(row, on)), None):
            used.append(row)
            key = words.company(row.new)
        return key, tuple(used)

    @cached_property
    def old(self) -> frozenset[str]:
        """The normalised names that are old ones of anybody."""
        return frozenset(self._by_old)

    @cached_property
    def dated(self) -> frozenset[str]:
        """The normalised names of which it depends on the day whom they mean."""
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


def explode(contracts: Cells, renames: Renames, decided: Said = NOTHING, also: Cells | None = None) -> Cells:
    """One row per contract and vendor.

    contract_id, position, name (as the cell has it), number, joint (連名), hidden, identity, company (its newest normalised
    name), known_by (keys), verified, contract (its place among the contracts) and line (equal where a cell of equal text names
    it in one place). ``identity`` is ``number:<13 digits>``, ``name:<company>`` or, for a vendor that is
    not disclosed, ``contract:<contract_id>``. The line that only names a joint venture whose members follow is no vendor.
    What a person has said to be one vendor (``decided``) is one identity. ``also`` are rows that name vendors elsewhere
    (what was published): a name without a number joins the only number that its company has in either.

    Each distinct cell is read once; what is not disclosed is each contract's own.
    """
    cells, lines, hidden = _read(contracts, renames)
    own, ids = np.flatnonzero(hidden), contracts["contract_id"]
    alone = [
        Vendor(f"contract:{one}", "", "", shared=True, moved=False, verified=True)
        for one in listed(contracts.take("contract_id", own))
    ]
    known = _known(lines, renames, None if also is None else _read(also, renames)[1])
    who = [*_joined(known, decided), *alone]
    labels = [INDIVIDUAL if why == "個人" else SECRET for why in listed(contracts.take("nondisclosure", own))]
    # a contract's lines are those of its cell; the undisclosed ones stand behind all lines
    counts = np.where(hidden, 1, cells.counts)
    starts = np.where(hidden, len(lines.held) + np.cumsum(hidden) - 1, cells.starts)
    contract = np.repeat(np.arange(contracts.rows), counts)
    line = np.arange(len(contract)) + np.repeat(starts - np.cumsum(counts) + counts, counts)
    single = len(line) == contracts.rows and bool((counts == 1).all())
    none = [""] * len(own)
    return Cells(
        len(line),
        {
            "contract_id": Lazy(lambda: ids if single else ids.take(contract)),
            "position": _laid(lambda: [*(one.position for one in lines.held), *[0] * len(own)], np.int64, line),
            "name": _spelled(lambda: [*(one.name for one in lines.held), *labels], line),
            "number": _spelled(lambda: [*(one.number for one in lines.held), *none], line),
            "joint": _laid(lambda: [*(one.joint for one in lines.held), *[False] * len(own)], np.bool_, line),
            "hidden": given(np.repeat(hidden, counts)),
            "identity": _spelled(lambda: [one.identity for one in who], line),
            "company": _spelled(lambda: [one.company for one in who], line),
            "known_by": _objects(lambda: [one.known_by for one in who], line),
            "verified": _laid(lambda: [one.verified for one in who], np.bool_, line),
            "vendor": _objects(lambda: who, line),
            "contract": given(contract),
            "line": given(line),
        },
    )


def _laid(values: Callable[[], list[Any]], dtype: Any, line: Ints) -> Lazy:
    return Lazy(lambda: np.array(values(), dtype=dtype)[line])


def _spelled(values: Callable[[], list[str]], line: Ints) -> Lazy:
    """A column of text of the texts of the lines, of which several may be equal."""

    @cache
    def code() -> Coded:
        codes, held = distinct(values())
        return codes[line], held

    return Lazy(lambda: texts(code()[1], code()[0]), code, lambda places: texts(code()[1], code()[0][places]))


def _objects(values: Callable[[], list[Any]], line: Ints) -> Lazy:
    def taken(places: Ints) -> Any:
        return pd.Series(values(), dtype="object").array.take(places)

    return Lazy(lambda: taken(line), None, lambda places: taken(line[places]))


class _Line(NamedTuple):
    """A vendor in a cell: place in it, name and normalised name, number, whether one of several (連名)."""

    position: int
    name: str
    company: str
    number: str
    joint: bool


class _Lines(NamedTuple):
    """The vendors of all distinct cells. ``on``: of each the day, where that decides whom the name means."""

    held: list[_Line]
    on: list[date | None]


class _Cells(NamedTuple):
    """For each contract where the lines of its cell begin and how many they are."""

    starts: Ints
    counts: Ints


def _read(contracts: Cells, renames: Renames) -> tuple[_Cells, _Lines, Bools]:
    """Each contract's lines, the lines of all distinct cells, and which contracts are not disclosed or name nobody."""
    (names, name), (digits, number) = contracts.codes("vendors"), contracts.codes("vendor_numbers")
    secret = filled(contracts["nondisclosure"])
    cell, first = combined(names, digits, secret.astype(np.int64)) if secret.any() else combined(names, digits)
    told = zip(secret[first].tolist(), names[first].tolist(), digits[first].tolist(), strict=True)
    named = [() if hidden else _lines_of(name[code], number[digit]) for hidden, code, digit in told]
    lines = [line for held in named for line in held]
    depends = renames.dated.intersection([line.company for line in lines])
    on: list[date | None] = [None] * len(lines)
    if depends:  # there the day is a part of what is read
        dated = np.array([any(line.company in depends for line in held) for held in named])
        signed = days(contracts["signed_on"])
        parts = pd.factorize(np.where(dated[cell], signed, 0))[0].astype(np.int64)
        cell, first, before = *combined(cell, parts), cell
        named = [named[which] for which in before[first].tolist()]
        lines = [line for held in named for line in held]
        on = [
            day_of(day) if line.company in depends else None
            for held, day in zip(named, signed[first].tolist(), strict=True)
            for line in held
        ]
    counts = np.array(list(map(len, named)), dtype=np.int64)
    starts = np.cumsum(counts) - counts
    return _Cells(starts[cell], counts[cell]), _Lines(lines, on), counts[cell] == 0


@lru_cache(maxsize=65_536)  # the next organization has the same vendors
def _lines_of(names: str, numbers: str) -> tuple[_Line, ...]:
    """The vendors of a cell, and their numbers by position."""
    if "\n" not in names and names.strip():  # nearly every cell
        return (_Line(0, names, words.company(names), numbers.partition("\n")[0].strip(), _led(names)),)
    held, listed_numbers = _listed(names), numbers.split("\n")
    return tuple(
        _Line(i, name, words.company(name), _at(listed_numbers, i), len(held) > 1 or _led(name)) for i, name in held
    )


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


class Vendor(NamedTuple):
    """A company by its newest name and by its own. ``shared``: by several numbers; ``moved``: it means another one today.

    ``joined``: the keys of those that a person has said to be this one.
    """

    identity: str
    company: str
    own: str
    shared: bool
    moved: bool
    verified: bool
    joined: tuple[str, ...] = ()

    @property
    def known_by(self) -> tuple[str, ...]:
        """Its keys. A name that several numbers share, or that means another company today, tells nobody apart."""
        names = set() if self.shared else {f"name:{self.company}", f"name:{self.own}"}
        if self.moved:
            names.discard(f"name:{self.own}")
        return tuple(sorted({self.identity, *names, *self.joined}))


def _known(lines: _Lines, renames: Renames, also: _Lines | None = None) -> list[Vendor]:
    """Who each line names. A name without a number joins the only number that its company has anywhere."""
    newest = _newest(lines, renames)
    if also is None and len({key for key, _ in newest}) == len(newest):  # each company once: no line tells of another
        return [
            _vendor(key, line.company, line.number, False, used)
            for (key, used), line in zip(newest, lines.held, strict=True)
        ]
    numbered = [(key, line.number) for (key, _), line in zip(newest, lines.held, strict=True)]
    if also is not None:
        numbered += [(key, line.number) for (key, _), line in zip(_newest(also, renames), also.held, strict=True)]
    only: dict[str, str] = {}
    shared = {key for key, number in numbered if number and only.setdefault(key, number) != number}
    return [
        _vendor(key, line.company, line.number or ("" if key in shared else only.get(key, "")), key in shared, used)
        for (key, used), line in zip(newest, lines.held, strict=True)
    ]


@lru_cache(maxsize=65_536)
def _vendor(key: str, own: str, number: str, shared: bool, used: tuple[Rename, ...]) -> Vendor:  # noqa: FBT001
    """One company by its newest name and its own, with its number or without one, and the renames that led there."""
    identity = f"number:{number}" if number else f"name:{key}"
    moved, verified = any(row.until for row in used), all(row.verified for row in used)
    return Vendor(identity, key, own, shared, moved, verified)


def _newest(lines: _Lines, renames: Renames) -> list[tuple[str, tuple[Rename, ...]]]:
    renamed = renames.old
    return [
        renames.followed(line.company, on) if line.company in renamed else (line.company, ())
        for line, on in zip(lines.held, lines.on, strict=True)
    ]


def _joined(found: list[Vendor], decided: Said) -> list[Vendor]:
    """The same, with what a person has said to be one vendor counted as one; it is known by the names of all."""
    if not decided.same:
        return found
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for vendor in found:
        keys[vendor.identity] |= set(vendor.known_by)
    counted_as = heads(keys, decided)
    companies = {vendor.identity: vendor.company for vendor in sorted(found)}
    together: defaultdict[str, set[str]] = defaultdict(set)
    for identity, head in counted_as.items():
        together[head] |= keys[identity] | {identity}
    return [
        vendor._replace(identity=head, company=companies[head], joined=tuple(sorted(together[head])))
        if (head := counted_as.get(vendor.identity, ""))
        else vendor
        for vendor in found
    ]


def shown(vendors: Cells | pd.DataFrame) -> Mapping[str, str]:
    """identity → the name to print: the last one that the register uses, rather the company's than a branch office's.

    The person who signs is no part of it.
    """
    rows = vendors if isinstance(vendors, Cells) else cells_of(vendors)
    (who, identities), (how, names) = rows.codes("identity"), rows.codes("name")
    # backwards: the last row of each pair is its first
    last = len(who) - 1 - combined(who[::-1], how[::-1])[1][::-1]
    found: dict[str, str] = {}
    for i, j in zip(who[last].tolist(), how[last].tolist(), strict=True):
        if identities[i] not in found or not words.is_branch(names[j]):
            found[identities[i]] = names[j]
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
        cell = lines[contract_id]
        if position < len(cell) and (place := words.address(cell[position])):
            found[identity].add(place)
    return {identity: frozenset(places) for identity, places in found.items()}
