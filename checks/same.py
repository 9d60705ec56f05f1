"""Vendors that a person has said to be one, or to be two: the table vendor_decisions, applied to identities. Pure.

The machine proposes (checks/twins.py) and a person decides; what was decided holds for all contracts, and can be taken back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from checks import ledger, words


class Pair(NamedTuple):
    """Two vendors, each by the key under which it is known: ``number:<13 digits>``, else ``name:<company>``."""

    one: str
    other: str


@dataclass(frozen=True)
class Said:
    """The pairs that are one vendor, and those that are two."""

    same: tuple[Pair, ...] = ()
    apart: frozenset[frozenset[str]] = frozenset()

    def are_two(self, one: Iterable[str], other: Iterable[str]) -> bool:
        """Whether somebody has said that vendors known by these keys are not one."""
        if not self.apart:
            return False
        others = tuple(other)
        return any(frozenset((a, b)) in self.apart for a in one for b in others)


NOTHING = Said()


def said(rows: pd.DataFrame) -> Said:
    """What the table says (frame of ledger.VENDOR_DECISIONS), in order of its key; a row without a decision says nothing."""
    if rows.empty:
        return NOTHING
    columns = ("vendor", "vendor_number", "other_vendor", "other_number", "decision")
    held = [
        (Pair(_key(one, number), _key(other, other_number)), decision)
        for one, number, other, other_number, decision in zip(*(rows[name] for name in columns), strict=True)
        if isinstance(decision, str)
    ]
    return Said(
        tuple(pair for pair, decision in held if decision == ledger.SAME),
        frozenset(frozenset(pair) for pair, decision in held if decision == ledger.OTHER),
    )


def _key(name: object, number: object) -> str:
    digits = str(number).strip() if isinstance(number, str) else ""
    return f"number:{digits}" if digits else f"name:{words.company(str(name))}"


def heads(identities: Mapping[str, Iterable[str]], decided: Said) -> dict[str, str]:
    """identity → the identity that it is counted as, of those that are joined. ``identities``: each with its keys.

    Of those that are joined it is the one with a 法人番号, the first in order; else the first name.
    """
    named = {key for pair in decided.same for key in pair}
    touched = {one: named.intersection((one, *keys)) for one, keys in identities.items()} if named else {}
    links = [*decided.same, *(Pair(one, key) for one, keys in sorted(touched.items()) for key in sorted(keys))]
    group = _linked(links)
    members: dict[str, list[str]] = {}
    for one, keys in touched.items():
        if keys:
            members.setdefault(group[one], []).append(one)
    return {one: min(held, key=_rank) for held in members.values() if len(held) > 1 for one in held}


def _linked(links: Iterable[Pair]) -> dict[str, str]:
    """Each key that is linked to another → the group that it is in."""
    group: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    for one, other in links:
        for key in (one, other):
            if key not in group:
                group[key], members[key] = key, [key]
        kept, gone = group[one], group[other]
        if kept != gone:
            for key in members[gone]:
                group[key] = kept
            members[kept] += members.pop(gone)
    return group


def _rank(identity: str) -> tuple[bool, str]:
    return not identity.startswith("number:"), identity
