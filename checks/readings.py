"""What a process has read of titles: each reading once, as a column of numbers. Shared, not a check.

Offices buy the same things: what was read of the titles of one ledger is looked up for the next one. Which number or
code a text gets depends on what was read before; which of them are equal does not, and nothing else may be asked of them.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from checks import thesaurus, titles
from checks.columns import Ints

_MOST = 65_536  # readings that are kept for the next ledger: a bound for memory only
_ROOM = 1024  # for so many at first
_FIRST_YEAR, _WORD, _WORDS = 1987, 63, 3  # a title's years lie in 1987..2117 (titles.read), as bits of three numbers
_WHOLE = -1  # instead of a reading: the title must be asked for itself


class Readings:
    """Titles by the number of their reading, and what the comparison needs of them, each an array; texts as codes, 0 for ""."""

    def __init__(self) -> None:
        self.titles: list[titles.Title] = []
        self.cores, self.things = [""], [""]  # by their codes
        self.core, self.thing, self.concepts = (np.zeros(_ROOM, dtype=np.int64) for _ in range(3))  # concepts are bits
        self.years = np.zeros((_WORDS, _ROOM), dtype=np.int64)  # bits too
        self.dated, self.outfit = (np.zeros(_ROOM, dtype=bool) for _ in range(2))
        self.marked, self.generic, self.by_object = (np.zeros(_ROOM, dtype=bool) for _ in range(3))
        self._cores, self._things = {"": 0}, {"": 0}  # text → its code
        self._behind: dict[str, dict[str, int]] = {}  # stand-in for a site's name → rest of a title → its reading
        self._whole: dict[tuple[str, str], int] = {}  # title and site → its reading

    def read(self, texts: Sequence[str], codes: Ints, sites: Sequence[str]) -> Ints:
        """The number of each title's reading, which is what titles.At reads at the site of its code.

        What stands behind a plain name is looked up once, whatever the name; only where the name stays in the core, may
        stand in the rest again, or is not told from it, the title is asked for itself.
        """
        stands = [titles.stand_in(name) or "" for name in sites]
        rests = list(map(str.removeprefix, texts, map(sites.__getitem__, codes.tolist())))
        begins = np.array(list(map(len, rests))) < np.array(list(map(len, texts)))  # no plain name is empty
        found = np.full(len(texts), _WHOLE)
        for stand in sorted({*stands} - {""}):
            at = np.flatnonzero(begins & np.array([one == stand for one in stands], dtype=bool)[codes])
            found[at] = self._read_behind(stand, rests if len(at) == len(rests) else [rests[i] for i in at.tolist()])
        at = np.flatnonzero(found == _WHOLE)
        found[at] = self._read_whole(
            [(texts[i], sites[code]) for i, code in zip(at.tolist(), codes[at].tolist(), strict=True)]
        )
        return found

    def _read_behind(self, stand: str, rests: Sequence[str]) -> Ints:
        known = self._behind.setdefault(stand, {})
        numbers = list(map(known.get, rests))
        if None not in numbers:
            return np.array(numbers, dtype=np.int64)
        new = sorted({rest for rest, number in zip(rests, numbers, strict=True) if number is None})
        found = [titles.read_behind(f"{stand}{rest}") for rest in new]
        added = iter(self._added([one.title for one in found if one and not one.own]))
        known.update(
            {rest: next(added) if one and not one.own else _WHOLE for rest, one in zip(new, found, strict=True)}
        )
        return np.array(list(map(known.__getitem__, rests)), dtype=np.int64)

    def _read_whole(self, asked: Sequence[tuple[str, str]]) -> Ints:
        new = sorted({*asked}.difference(self._whole))
        self._whole.update(zip(new, self._added([titles.At(site).read(title) for title, site in new]), strict=True))
        return np.array(list(map(self._whole.__getitem__, asked)), dtype=np.int64)

    def _added(self, new: Sequence[titles.Title]) -> range:
        """The numbers of more readings."""
        numbers = range(len(self.titles), len(self.titles) + len(new))
        while numbers.stop > len(self.core):
            self._make_room()
        self.titles += new
        at = slice(numbers.start, numbers.stop)
        self.core[at] = _codes([one.core for one in new], self._cores, self.cores)
        self.thing[at] = _codes([one.thing for one in new], self._things, self.things)
        self.concepts[at] = [thesaurus.bits(one.concepts) for one in new]
        self.outfit[at] = (self.concepts[at] & thesaurus.bits(thesaurus.OUTFIT)) != 0
        self.marked[at] = [one.marked for one in new]
        self.generic[at] = [one.generic for one in new]
        self.by_object[at] = [one.by_object for one in new]
        self.dated[at] = [bool(one.years) for one in new]
        for number, years in ((number, one.years) for number, one in zip(numbers, new, strict=True) if one.years):
            for word, bit in (divmod(year - _FIRST_YEAR, _WORD) for year in years):
                self.years[word, number] |= 1 << bit
        return numbers

    def _make_room(self) -> None:
        """As much again, of every array."""
        for name, held in list(vars(self).items()):
            if isinstance(held, np.ndarray):
                setattr(self, name, np.concatenate([held, np.zeros_like(held)], axis=-1))


def _codes(texts: Sequence[str], codes: dict[str, int], held: list[str]) -> list[int]:
    new = [text for text in dict.fromkeys(texts) if text not in codes]
    codes.update(zip(new, range(len(held), len(held) + len(new)), strict=True))
    held += new
    return [codes[text] for text in texts]


def read(texts: Sequence[str], codes: Ints, sites: Sequence[str], most: int = _MOST) -> tuple[Ints, Readings]:
    """The number of each title's reading (Readings.read), and the readings of this process; of more than ``most`` none is kept."""
    held = _process()
    readings = held[0]
    found = readings.read(texts, codes, sites)
    if len(readings.titles) > most:  # the next ledger begins anew; these last as long as those who hold them
        held[0] = Readings()
    return found, readings


@cache
def _process() -> list[Readings]:
    return [Readings()]
