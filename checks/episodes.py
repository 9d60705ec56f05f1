"""Episodes: which pieces belong together, one to the next, and which of them only bridge two sets. Shared, not a check."""

from collections.abc import Iterator

import numpy as np

from checks.columns import Bools, Ints
from checks.evidence import SplitParameters
from checks.linking import distinct, linked, neighbours
from checks.pieces import Pieces

_AT_ONCE = 1_000_000  # neighbours of pairs held in memory


def episodes(pieces: Pieces, parameters: SplitParameters) -> Iterator[Ints]:
    """Sets of two or more pieces (their numbers), each tied to the others of its time; in order of their oldest member.

    A set is first all that is linked, one piece to the next, in a sliding window; then what only bridges two sets is
    taken out, and the sets are told apart.
    """
    links = _links(pieces, parameters)
    held = _without_bridges(pieces, links, parameters)
    yield from _connected(len(pieces), held // len(pieces), held % len(pieces))


def _links(pieces: Pieces, parameters: SplitParameters) -> Ints:
    """Each link once, as earlier × number of pieces + later, in order."""
    found = [np.zeros(0, dtype=np.int64)]
    for one, other in neighbours(pieces, parameters):
        yes = linked(pieces, one, other, parameters)
        found.append(one[yes] * len(pieces) + other[yes])
    return distinct(np.concatenate(found))


def _connected(many: int, one: Ints, other: Ints) -> Iterator[Ints]:
    """The connected sets of two or more, each in order, in order of their first member."""
    if not len(one):
        return
    label = np.arange(many)
    while True:  # each takes the lowest number that it is tied to, and that one's, until nothing moves
        low = np.minimum(label[one], label[other])
        before = label.copy()
        np.minimum.at(label, before[one], low)
        np.minimum.at(label, before[other], low)
        while not np.array_equal(label, further := label[label]):
            label = further
        if np.array_equal(label, before):
            break
    members = np.unique(np.concatenate([one, other]))
    members = members[np.argsort(label[members], kind="stable")]
    yield from np.split(members, np.flatnonzero(np.diff(label[members])) + 1)


class _Graph:
    """Links in both directions: the neighbours of each piece lie together, in order."""

    def __init__(self, links: Ints, many: int) -> None:
        one, other = np.divmod(links, many)
        self.many, self.keys = many, np.sort(np.concatenate([links, other * many + one]))
        self.near = self.keys % many
        self.begins = np.searchsorted(self.keys, np.arange(many + 1) * many)
        self.degree = np.diff(self.begins)

    def place(self, one: Ints, other: Ints) -> Ints:
        """Where the other stands among the neighbours of the one."""
        found: Ints = np.searchsorted(self.keys, one * self.many + other) - self.begins[one]
        return found

    def joins(self, one: Ints, other: Ints) -> Bools:
        wanted = one * self.many + other
        found: Bools = self.keys[np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)] == wanted
        return found


def _without_bridges(pieces: Pieces, links: Ints, parameters: SplitParameters) -> Ints:
    """The links without those between two pieces that share no other, though others are near: they only bridge two sets."""
    if not len(links):
        return links
    graph = _Graph(links, len(pieces))
    one, other = np.divmod(links, len(pieces))
    alone = _sharing_none(graph, one, other)
    bridges = alone[_others_near(pieces, graph, one[alone], other[alone], parameters) >= 2]  # one other proves nothing
    return np.delete(links, bridges)


def _sharing_none(graph: _Graph, one: Ints, other: Ints) -> Ints:
    """The pairs (their places) without a common neighbour."""
    alone = [np.zeros(0, dtype=np.int64)]
    for begin in range(0, len(one), _AT_ONCE):
        lot = slice(begin, begin + _AT_ONCE)
        alone.append(begin + _alone(graph, one[lot], other[lot]))
    return np.concatenate(alone)


def _alone(graph: _Graph, one: Ints, other: Ints) -> Ints:
    """The same of a lot: the neighbours of the one that has fewer are tried in turn, first those between the two.

    Which of them comes first changes no answer; where many lie side by side, the first tried is mostly shared.
    """
    fewer = np.where(graph.degree[one] <= graph.degree[other], one, other)
    more = one + other - fewer
    place, step = graph.place(fewer, more), np.where(more > fewer, -1, 1)
    open_, alone, turn = np.arange(len(one)), [np.zeros(0, dtype=np.int64)], 0
    while len(open_):
        tried_all = graph.degree[fewer[open_]] <= turn
        alone.append(open_[tried_all])
        open_, turn = open_[~tried_all], turn + 1
        end = fewer[open_]
        third = graph.near[graph.begins[end] + (place[open_] + step[open_] * turn) % graph.degree[end]]
        open_ = open_[~graph.joins(more[open_], third)]
    return np.sort(np.concatenate(alone))


def _others_near(pieces: Pieces, graph: _Graph, one: Ints, other: Ints, parameters: SplitParameters) -> Ints:
    """How many neighbours that pairs have besides themselves lie within a window of both; the two have none in common."""
    found = np.zeros(len(one), dtype=np.int64)
    sizes = graph.degree[one] + graph.degree[other]
    lots = np.split(np.arange(len(one)), np.flatnonzero(np.diff(np.cumsum(sizes) // _AT_ONCE)) + 1)
    for lot in lots:
        for end in (one[lot], other[lot]):
            counts = graph.degree[end]
            pair = np.repeat(lot, counts)
            place = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
            third = graph.near[np.repeat(graph.begins[end], counts) + place]
            far = np.maximum(
                np.abs(pieces.day[third] - pieces.day[one[pair]]), np.abs(pieces.day[third] - pieces.day[other[pair]])
            )
            counted = (far <= parameters.window_days) & (third != one[pair]) & (third != other[pair])
            found += np.bincount(pair[counted], minlength=len(found))
    return found
