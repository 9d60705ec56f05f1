"""Which pairs of pieces belong together: evidence.link for all pairs at once, as numbers. Shared, not a check.

evidence.link says of two pieces why; here only whether its points reach parameters.link. Both judge alike
(tests/checks/test_split_properties.py); a new feature belongs in both.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from functools import cached_property
from typing import Any

import numpy as np

from checks import titles
from checks.columns import NO_DAY, Bools, Ints
from checks.evidence import SplitParameters, same_thing
from checks.pieces import Pieces

_AT_ONCE = 1_000_000  # pairs held in memory


def neighbours(pieces: Pieces, parameters: SplitParameters) -> Iterator[tuple[Ints, Ints]]:
    """Pairs (earlier, later) of one bureau that share a vendor, a core, a thing or a concept, at most a window apart.

    What could be linked at all. Each is compared with so many of the nearest before it on each shelf and no more, so
    that one title repeated a hundred thousand times costs no quadratic step. A pair that meets on two shelves may come
    twice, in two of the lots.
    """
    reach = max(parameters.window_days, parameters.marked_days)
    piece, when = _shelves(pieces, reach)
    later, held, pairs = np.arange(len(piece)), 0, list[Ints]()
    for back in range(1, parameters.compared + 1):
        later = later[later >= back]
        later = later[when[later] - when[later - back] <= reach]  # further back on the shelf it is only further away
        if not len(later):
            break
        pairs.append(piece[later - back] * len(pieces) + piece[later])
        held += len(later)
        if held > _AT_ONCE:
            yield _apart(pairs, len(pieces))
            held, pairs = 0, []
    if pairs:
        yield _apart(pairs, len(pieces))


def _apart(pairs: list[Ints], many: int) -> tuple[Ints, Ints]:
    earlier, later = np.divmod(distinct(np.concatenate(pairs)), many)
    return earlier, later


def distinct(numbers: Ints) -> Ints:
    """Each number once, in order. Sorted in place: np.unique hashes, which for a million numbers takes ten times as long."""
    numbers.sort()
    return numbers[np.concatenate([[True], numbers[1:] != numbers[:-1]])] if len(numbers) else numbers


def _shelves(pieces: Pieces, reach: int) -> tuple[Ints, Ints]:
    """(piece, day) by shelf, the pieces of each in their order; the days of two shelves lie further apart than ``reach``."""
    every, read = np.arange(len(pieces)), pieces.readings
    core, thing = read.core[pieces.reading], read.thing[pieces.reading]
    shelves, first = [], 0
    for piece, label in (
        pieces.vendors,
        (every[core > 0], core[core > 0]),
        (every[thing > 0], thing[thing > 0]),
        _each_bit(read.concepts[pieces.reading]),
    ):
        shelves.append((piece, first + label))
        first += int(label.max(initial=0)) + 1
    piece = np.concatenate([one for one, _ in shelves])
    shelf = np.concatenate([label for _, label in shelves]) * (int(pieces.bureau.max(initial=0)) + 1)
    keys = (shelf + pieces.bureau[piece]) * len(pieces) + piece  # sorted as numbers: in a tenth of the time of lexsort
    keys.sort()
    shelf, piece = np.divmod(keys, max(len(pieces), 1))
    day = pieces.day[piece]
    return piece, day + shelf * (int(np.ptp(day) if len(day) else 0) + reach + 1)


def _each_bit(numbers: Ints) -> tuple[Ints, Ints]:
    """(place, bit) of each bit of the numbers: the lowest of all of them, then the next. Few have more than two."""
    place, found = np.flatnonzero(numbers), [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))]
    while len(place):
        lowest = numbers[place] & -numbers[place]
        found.append((place, np.bitwise_count(lowest - 1).astype(np.int64)))
        numbers = numbers & (numbers - 1)  # without its lowest bit
        place = np.flatnonzero(numbers)
    places, bits = zip(*found, strict=True)
    return np.concatenate(places), np.concatenate(bits)


def linked(pieces: Pieces, one: Ints, other: Ints, parameters: SplitParameters) -> Bools:
    """Do the points of these pairs, the earlier first, reach parameters.link?

    Most pairs cannot reach them, whatever their titles say: of these nothing else is asked.
    """
    answer = np.zeros(len(one), dtype=bool)
    pairs = _Pairs(pieces, one, other, parameters)
    open_ = np.flatnonzero(pairs.may_reach())
    answer[open_] = pairs.only(open_).linked()
    return answer


class _Pairs:
    """Pairs of pieces (earlier, later), and what evidence.link asks of them, each a column."""

    def __init__(self, pieces: Pieces, one: Ints, other: Ints, parameters: SplitParameters) -> None:
        self.pieces, self.one, self.other, self.parameters = pieces, one, other, parameters
        self.days = pieces.day[other] - pieces.day[one]
        self.first, self.second = pieces.reading[one], pieces.reading[other]
        self.one_core = pieces.readings.core[self.first] == pieces.readings.core[self.second]
        self.one_vendor = _share_a_vendor(pieces, one, other)
        self.one_department = _equal(pieces.department, one, other)
        self.one_site = _equal(pieces.site, one, other)
        self.known = self._known()

    def only(self, places: Ints) -> "_Pairs":
        """Some of the pairs, of which nothing is asked again."""
        some = copy(self)
        vars(some).update({name: held[places] for name, held in vars(self).items() if isinstance(held, np.ndarray)})
        return some

    @cached_property
    def marked(self) -> Bools:
        """Both have a branch mark."""
        return self._both(self.pieces.readings.marked)

    def _both(self, of_reading: Bools) -> Bools:
        return of_reading[self.first] & of_reading[self.second]

    def may_reach(self) -> Bools:
        """Are the points enough if the titles bring the most that they can?"""
        p = self.parameters
        unlike = max(p.near_titles, p.same_thing, p.synonyms, p.one_outfit, 0)
        reach: Bools = self.known + np.where(self.one_core, max(p.same_title, p.generic_title, 0), unlike) >= p.link
        return reach

    def linked(self) -> Bools:
        limit, points = self.parameters.link, self.known
        possible = self._in_time() & self._same_years() & ~self._renews()
        need, job = self._needs(), self._one_job()
        paid = self._paid_by_object()
        plainly = np.where(need >= 0, points + need, np.where(job, points, -1)) >= limit
        unlike = np.where(job, points, -1) >= limit
        near, alike = points + self.parameters.near_titles >= limit, points + self.parameters.same_thing >= limit
        answer: Bools = possible & np.where(paid, unlike, plainly)
        # Letters are compared only where they decide: of two cores that are not equal, if one of the answers differs.
        open_ = possible & ~paid & ~self.one_core
        same = self._same_things(np.flatnonzero(open_ & (alike != plainly)))
        answer[same] = alike[same]
        # what is near is that, whether or not it is the same thing too
        like = self._near_titles(np.flatnonzero(open_ & ((near != plainly) | (near != alike) & (alike != plainly))))
        answer[like] = near[like]
        return answer

    def _in_time(self) -> Bools:
        parts = self.marked & self.one_core
        near: Bools = self.days <= np.where(parts, self.parameters.marked_days, self.parameters.window_days)
        return near

    def _same_years(self) -> Bools:
        read = self.pieces.readings
        same, dated = np.full(len(self.one), fill_value=True), np.flatnonzero(self._both(read.dated))
        same[dated] = np.any(read.years[:, self.first[dated]] & read.years[:, self.second[dated]], axis=0)
        return same

    def _renews(self) -> Bools:
        starts, ends, one, other = self.pieces.starts, self.pieces.ends, self.one, self.other
        known = (starts[one] != NO_DAY) & (ends[one] != NO_DAY) & (starts[other] != NO_DAY) & (ends[other] != NO_DAY)
        if not known.any():
            return np.zeros(len(one), dtype=np.bool_)
        long = self.parameters.long_term_days
        terms = ((ends[at] - np.where(known, starts[at], 0)) >= long for at in (one, other))
        renewed: Bools = known & next(terms) & next(terms) & (starts[other] > ends[one])
        return renewed

    def _known(self) -> Ints:
        """The points that need no title."""
        parameters, days = self.parameters, self.days
        near = np.repeat((parameters.same_day, parameters.within_7_days, parameters.within_30_days, 0), (1, 7, 23, 1))
        points: Ints = (
            self.one_vendor * parameters.same_vendor
            + self.one_department * parameters.same_department
            + self.one_site * parameters.same_site
            + (self.pieces.amount[self.one] == self.pieces.amount[self.other]) * parameters.equal_amounts
            + near[np.minimum(days, len(near) - 1)]
        )
        return points

    def _paid_by_object(self) -> Bools:
        pieces = self.marked | (self.days == 0)
        paid: Bools = self._both(self.pieces.readings.by_object) & ~(pieces & self.one_core & self.one_vendor)
        return paid

    def _needs(self) -> Ints:
        """The points of the need if no letters of two titles are compared; -1 where nothing says that it is one."""
        parameters, read, pieces = self.parameters, self.pieces.readings, self.pieces
        generic = read.generic[self.first] & ~read.marked[self.first]
        elsewhere = (pieces.site[self.one] >= 0) & (pieces.site[self.other] >= 0) & ~self.one_site
        synonyms = (read.concepts[self.first] & read.concepts[self.second]) != 0
        furnished = self._both(read.outfit) & (self.days <= parameters.outfit_days) & self.one_vendor
        return np.select(
            [self.one_core & generic, self.one_core, elsewhere, synonyms, furnished],
            [parameters.generic_title, parameters.same_title, -1, parameters.synonyms, parameters.one_outfit],
            -1,
        )

    def _one_job(self) -> Bools:
        department, parameters = self.pieces.department, self.parameters
        apart = (department[self.one] >= 0) & (department[self.other] >= 0) & ~self.one_department
        near = (self.days <= parameters.one_job_days) & ~self.pieces.in_head_office[self.one]
        job: Bools = self.one_vendor & self.one_site & ~apart & (near | (self.days == 0))
        return job

    def _near_titles(self, at: Ints) -> Ints:
        """Those of the pairs whose cores are near."""
        core, cores, p = self.pieces.readings.core, self.pieces.readings.cores, self.parameters

        def asked(one: str, other: str) -> bool:
            return titles.alike(one, other) >= p.near_title

        return at[_once(core[self.first[at]], core[self.second[at]], cores, asked, _Letters(cores, p).near)]

    def _same_things(self, at: Ints) -> Ints:
        """Those of the pairs whose things are the same, or one with a word more."""
        thing, things, p = self.pieces.readings.thing, self.pieces.readings.things, self.parameters

        def asked(one: str, other: str) -> bool:
            return same_thing(one, other, p)

        return at[_once(thing[self.first[at]], thing[self.second[at]], things, asked, _Begins(things, p).one)]


def _equal(codes: Ints, one: Ints, other: Ints) -> Bools:
    equal: Bools = (codes[one] == codes[other]) & (codes[one] >= 0)
    return equal


class _Letters:
    """Which cores could be near: a bound from above of titles.alike, as numbers."""

    def __init__(self, texts: Sequence[str], parameters: SplitParameters) -> None:
        self.texts, self.least = texts, parameters.near_title

    def near(self, one: Ints, other: Ints) -> Bools:
        """Each pair of letters is one of 64 bits: of a bit that the other has not, it has none of the pairs."""
        used, which = np.unique(np.concatenate([one, other]), return_inverse=True)
        bits, many = _bits([self.texts[number] for number in used.tolist()])
        first, second = which[: len(one)], which[len(one) :]
        shared = np.minimum(
            many[first] - np.bitwise_count(bits[first] & ~bits[second]),
            many[second] - np.bitwise_count(bits[second] & ~bits[first]),
        )
        # the same quotient as in titles.alike, of more shared pairs or as many
        near: Bools = 2 * shared / np.maximum(many[first] + many[second], 1) >= self.least
        return near


def _bits(texts: Sequence[str]) -> "tuple[np.ndarray[Any, np.dtype[np.uint64]], Ints]":
    """The bits of the pairs of letters of each text, and how many pairs (titles.pairs) it has; of all texts at once."""
    letters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    text = np.repeat(np.arange(len(texts)), [len(one) for one in texts])
    within = text[1:] == text[:-1]
    # a letter takes 21 bits
    pairs = distinct(((text[1:] << 42) | (letters[:-1] << 21) | letters[1:])[within])
    bits = np.zeros(len(texts), dtype=np.uint64)
    first, second = (pairs >> 21) & 0x1FFFFF, pairs & 0x1FFFFF
    np.bitwise_or.at(bits, pairs >> 42, np.uint64(1) << ((first * 31 + second) % 64).astype(np.uint64))
    return bits, np.bincount(pairs >> 42, minlength=len(texts))


class _Begins:
    """Which things could be the same: those that begin alike (evidence.same_thing)."""

    def __init__(self, texts: Sequence[str], parameters: SplitParameters) -> None:
        self.texts, self.letters = texts, parameters.thing_letters

    def one(self, one: Ints, other: Ints) -> Bools:
        """Their first letters are the same."""
        used, which = np.unique(np.concatenate([one, other]), return_inverse=True)
        numbers: dict[str, int] = {}
        begins = [self.texts[number][: self.letters] for number in used.tolist()]
        codes = np.array([numbers.setdefault(text, len(numbers)) for text in begins], dtype=np.int64)[which]
        same: Bools = codes[: len(one)] == codes[len(one) :]
        return same


def _once(
    first: Ints,
    second: Ints,
    texts: Sequence[str],
    asked: Callable[[str, str], bool],
    possible: Callable[[Ints, Ints], Bools],
) -> Bools:
    """The answer for each pair of texts; each distinct pair that is possible at all is asked once."""
    if not len(first):
        return np.zeros(0, dtype=bool)
    pairs, which = np.unique(first * len(texts) + second, return_inverse=True)
    ones, others = np.divmod(pairs, len(texts))
    answers = possible(ones, others)
    for i in np.flatnonzero(answers).tolist():
        answers[i] = asked(texts[ones[i]], texts[others[i]])
    return answers[which]


def _share_a_vendor(pieces: Pieces, one: Ints, other: Ints) -> Bools:
    piece, vendor = pieces.vendors
    if not len(piece):
        return np.zeros(len(one), dtype=bool)
    many = np.bincount(piece, minlength=len(pieces))
    begins = np.concatenate(([0], np.cumsum(many)))
    first = np.where(many > 0, vendor[np.minimum(begins[:-1], len(vendor) - 1)], -1)
    shared = _equal(first, one, other)
    several = np.flatnonzero(~shared & ((many[one] > 1) | (many[other] > 1)))
    if len(several):  # each vendor of the one: has the other it too?
        keys, width = piece * (int(vendor.max()) + 1) + vendor, int(vendor.max()) + 1
        counts = many[one[several]]
        pair = np.repeat(several, counts)
        place = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
        wanted = other[pair] * width + vendor[begins[one[pair]] + place]
        found = keys[np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)] == wanted
        shared[pair[found]] = True
    return shared
