"""Episodes: which pieces belong together, one to the next, and which of them only bridge two sets. Shared, not a check."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from checks.evidence import Piece, SplitParameters, link

_Labels = tuple[tuple[str, str], ...]


def episodes(pieces: Sequence[Piece], parameters: SplitParameters) -> Iterator[list[Piece]]:
    """Sets of two or more pieces, each tied to the others of its time; in order of their oldest member.

    A set is first all that is linked, one piece to the next, in a sliding window; then what only bridges two sets is
    taken out, and the sets are told apart.
    """
    ordered = in_order(pieces)
    links: dict[int, set[int]] = defaultdict(set)
    for i, j in neighbours(ordered, parameters):
        if _linked(ordered[i], ordered[j], parameters):
            links[i].add(j)
            links[j].add(i)
    for members in _connected(range(len(ordered)), _without_bridges(ordered, links, parameters)):
        yield [ordered[i] for i in members]


def in_order(pieces: Sequence[Piece]) -> list[Piece]:
    """By date, as they are compared."""
    return sorted(pieces, key=lambda piece: (piece.signed_on, piece.contract_id))


def _linked(one: Piece, other: Piece, parameters: SplitParameters) -> bool:
    return sum(link(one, other, parameters).values()) >= parameters.link


def _connected(members: Sequence[int], links: Mapping[int, set[int]]) -> Iterator[list[int]]:
    """The connected sets of two or more, each in order, in order of their first member."""
    seen: set[int] = set()
    for start in members:
        if start in seen or not links.get(start):
            continue
        found, waiting = {start}, [start]
        while waiting:
            new = links[waiting.pop()] - found
            found |= new
            waiting += sorted(new)
        seen |= found
        yield sorted(found)


def _without_bridges(
    pieces: Sequence[Piece], links: Mapping[int, set[int]], parameters: SplitParameters
) -> Mapping[int, set[int]]:
    """The links without those between two pieces that share no other, though others are near: they only bridge two sets."""

    def held(i: int, j: int) -> bool:
        if not links[i].isdisjoint(links[j]):
            return True
        others = (links[i] | links[j]) - {i, j}
        far = (max(_days(pieces[k], pieces[i]), _days(pieces[k], pieces[j])) for k in others)
        return sum(days <= parameters.window_days for days in far) < 2  # one other piece proves nothing

    return {i: {j for j in near if held(i, j)} for i, near in links.items()}


def _days(one: Piece, other: Piece) -> int:
    return abs((other.signed_on - one.signed_on).days)


def neighbours(pieces: Sequence[Piece], parameters: SplitParameters) -> Iterator[tuple[int, int]]:
    """Pairs of one bureau that share a vendor, a core, a thing or a concept, at most a window apart: what could be linked at all.

    Each is compared with so many of the nearest before it on each shelf and no more, so that one title repeated a
    hundred thousand times costs no quadratic step.
    """
    shelves: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for i, piece in enumerate(pieces):
        met = set()
        for shelf in (shelves[(piece.bureau, *label)] for label in _labels(piece)):
            for j in shelf[: -parameters.compared - 1 : -1]:
                if _days(pieces[j], piece) > max(parameters.window_days, parameters.marked_days):
                    break
                if j not in met:
                    met.add(j)
                    yield j, i
            shelf.append(i)


def _labels(piece: Piece) -> _Labels:
    named = (
        *(("concept", concept) for concept in sorted(piece.reading.concepts)),
        ("core", piece.reading.core),
        ("thing", piece.reading.thing),
        *(("vendor", v) for v in sorted(piece.vendors)),
    )
    return tuple((label, value) for label, value in named if value)
