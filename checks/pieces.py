"""The pieces of one register as columns, so that a million pairs are compared as numbers. Shared, not a check."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from checks import thesaurus, titles
from checks.columns import Bools, Ints, coded, days
from checks.evidence import Piece
from checks.register import plain
from checks.rulebook import LimitClass

_REPAIRS = ("施設修繕", "物品修繕")
_BLANK = -1  # the code of a cell that says nothing and equals no other
_FIRST_YEAR, _WORD, _WORDS = 1987, 63, 3  # a title's years lie in 1987..2117 (titles.read), as bits of three numbers
_CONCEPTS = {concept: bit for bit, concept in enumerate(thesaurus.NAMES)}


@dataclass(frozen=True)
class Readings:
    """What the comparison needs of titles, one row per distinct reading; texts as codes, 0 for ""."""

    core: Ints
    thing: Ints
    cores: Sequence[str]
    things: Sequence[str]
    concepts: Ints  # bits
    outfit: Bools
    years: Ints  # bits, a row of three numbers
    marked: Bools
    generic: Bools
    by_object: Bools

    @classmethod
    def of(cls, read: Sequence[titles.Title]) -> "Readings":
        """These titles as columns."""
        core, cores = _codes(one.core for one in read)
        thing, things = _codes(one.thing for one in read)
        outfit = sum(1 << _CONCEPTS[concept] for concept in thesaurus.OUTFIT)
        concepts = np.array([sum(1 << _CONCEPTS[each] for each in one.concepts) for one in read], dtype=np.int64)
        years = np.zeros((len(read), _WORDS), dtype=np.int64)
        for i, one in enumerate(read):
            for year in one.years:
                word, bit = divmod(year - _FIRST_YEAR, _WORD)
                years[i, word] |= 1 << bit
        return cls(
            core,
            thing,
            cores,
            things,
            concepts,
            (concepts & outfit) != 0,
            years,
            np.array([one.marked for one in read], dtype=bool),
            np.array([one.generic for one in read], dtype=bool),
            np.array([one.by_object for one in read], dtype=bool),
        )


def _codes(texts: Iterable[str]) -> tuple[Ints, Sequence[str]]:
    numbers = {"": 0}
    codes = np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=np.int64)
    return codes, list(numbers)


class Pieces(Sequence[Piece]):
    """Contracts that may be pieces of something larger, in order of date and contract_id; a Piece is made when asked for.

    ``rows``: contract_id, bureau, department, category, kind, ground, title, site, signed_on, starts_on, ends_on, amount,
    measure, lower_bound; table and lowest (limits.Tables.joined). ``vendors``: Register.vendors. ``weighty``: the grounds
    that count in full.
    """

    def __init__(self, rows: pd.DataFrame, vendors: pd.DataFrame, weighty: Collection[str]) -> None:
        self._rows, self._vendors, self._weighty = rows, vendors, weighty
        self.bureau: Ints = pd.factorize(rows["bureau"])[0].astype(np.int64)
        self.department = _named(rows["department"])
        self.day = days(rows["signed_on"])
        self.starts = days(rows["starts_on"])
        self.ends = days(rows["ends_on"])
        self.measure: Ints = rows["measure"].to_numpy(dtype=np.int64)
        self.amount: Ints = rows["amount"].fillna(rows["measure"]).to_numpy(dtype=np.int64)
        self.lowest: Ints = rows["lowest"].to_numpy(dtype=np.int64)
        self._read()

    def _read(self) -> None:
        """The titles and sites: each distinct reading has a number, and so has each site."""
        sites, named = coded(self._rows["site"])
        numbers, read = titles.every(self._rows["title"].tolist(), sites.tolist(), named)
        self.reading: Ints = np.array(numbers, dtype=np.int64)
        self.readings = Readings.of(read)
        names = {"": 0}
        codes = [names.setdefault(titles.site(name), len(names)) for name in named]
        site: Ints = np.array(codes, dtype=np.int64)[sites]
        for i in np.flatnonzero(site == 0).tolist():  # not known: the place that the title itself names
            site[i] = names.setdefault(read[numbers[i]].place, len(names))
        heads = np.array([titles.head_office(name) for name in names], dtype=bool)
        self.in_head_office: Bools = heads[site]
        self.site: Ints = np.where(site == 0, _BLANK, site)

    @cached_property
    def _identities(self) -> tuple[Ints, "pd.Index[Any]"]:
        codes, names = pd.factorize(self._vendors["identity"])
        return codes.astype(np.int64), names

    @cached_property
    def vendors(self) -> tuple[Ints, Ints]:
        """(piece, vendor) of each vendor of each piece, once, in order."""
        which = pc.index_in(pa.array(self._vendors["contract_id"]), value_set=pa.array(self._rows["contract_id"]))
        piece = which.fill_null(_BLANK).to_numpy(zero_copy_only=False).astype(np.int64)
        identities = self._identities[0][piece >= 0]
        many = int(identities.max(initial=0)) + 1
        keys = np.unique(piece[piece >= 0] * many + identities)
        return keys // many, keys % many

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Piece]:
        return iter(self.made(np.arange(len(self))))

    def __getitem__(self, i: Any) -> Any:
        return self.made(np.arange(len(self))[i]) if isinstance(i, slice) else self.made(np.array([i]))[0]

    def made(self, members: Ints) -> list[Piece]:
        """These pieces, in this order."""
        rows = self._rows.take(members)
        wanted = np.isin(self.vendors[0], members)
        held: dict[int, set[str]] = {}
        names = self._identities[1].take(self.vendors[1][wanted]).tolist()
        for i, name in zip(self.vendors[0][wanted].tolist(), names, strict=True):
            held.setdefault(i, set()).add(name)
        return [
            _piece(row, frozenset(held.get(i, ())), row.ground in self._weighty)
            for i, row in zip(members.tolist(), plain(rows), strict=True)
        ]


def _piece(row: Any, vendors: frozenset[str], small_value: bool) -> Piece:  # noqa: FBT001
    reading = titles.read(row.title, row.site)
    return Piece(
        contract_id=row.contract_id,
        bureau=row.bureau,
        department=row.department,
        site=titles.site(row.site) or reading.place,
        vendors=vendors,
        title=row.title,
        reading=reading,
        signed_on=row.signed_on,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        measure=row.measure,
        amount=row.measure if row.amount is None else row.amount,
        lower_bound=row.lower_bound,
        limits=row.table,
        kind=LimitClass(row.kind),
        small_value=small_value,
        repair=row.category in _REPAIRS,
    )


def _named(texts: "pd.Series[Any]") -> Ints:
    codes, names = pd.factorize(texts)
    return np.where(np.asarray(names == "", dtype=bool)[codes], _BLANK, codes) if len(codes) else codes.astype(np.int64)
