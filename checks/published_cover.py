"""Which contracts a published register should list and does not: those of which it lists the like. Shared, not a check.

A register says nowhere what it covers. It covers a duty to publish where it lists another contract of the same class,
works or not, with or without competition, due in the same period (a month's end; where a class counts in days, between
the first and the last day of signing that it lists); a register that lists one bureau's contracts covers that bureau
alone. Of any other contract its silence says nothing.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from checks import publication, publication_record
from checks.columns import NO_DAY, Bools, days
from checks.finding import NotJudged, Reason
from checks.publication import Owed
from checks.publication_dates import DueOn
from checks.published_rows import WEB, Published
from checks.register import Register
from checks.rulebook import Rulebook

_Group = tuple[str, bool, bool, str]  # class, works, negotiated, medium
_WORKS = "工事"


@dataclass(frozen=True)
class Unlisted:
    """A contract that no register lists, the register that should, and what the ledger says of its publication."""

    item: Owed
    due: DueOn
    register: str
    recorded_on: date | None


@dataclass
class Missing:
    """Contracts that are in no register: those that should be, those of which it cannot be told, those not due yet.

    ``passed``: a register lists the like, but the ledger says that they were published after it (then when), or not (None).
    """

    unlisted: list[Unlisted] = field(default_factory=list)
    unknown: dict[str, Reason] = field(default_factory=dict)
    waiting: dict[str, date] = field(default_factory=dict)  # contract → when it is due
    passed: dict[str, date | None] = field(default_factory=dict)  # contract → when it was published by the ledger


@dataclass
class _Span:
    """What a register lists of one group."""

    due: set[date] = field(default_factory=set)
    signed: list[date] = field(default_factory=list)

    def holds(self, item: Owed, due: DueOn) -> bool:
        if due.duty.due.kind == "month":
            return due.on in self.due
        return bool(self.signed) and min(self.signed) <= item.signed_on <= max(self.signed)


@dataclass(frozen=True)
class _Listing:
    """A register: its name, where it was published and when its latest rows were, the bureaus of its contracts."""

    name: str
    medium: str
    on: date | None
    bureaus: frozenset[str]

    def is_of(self, bureau: str) -> bool:
        """A register of several bureaus is one of all."""
        return len(self.bureaus) > 1 or bureau in self.bureaus


def missing(
    register: Register, held: Published, rulebook: Rulebook, prompt_days: int, as_of: date, left_out: Collection[int]
) -> Missing:
    """``left_out`` are the numbers of registers that are hardly those of this ledger."""
    found, listings = Missing(), _listings(held)
    numbers = held.registers[0]
    of: dict[int, list[int]] = {}  # place of a contract → the registers that list it
    for row, contract in zip(*(places.tolist() for places in held.pairs), strict=True):
        if int(numbers[row]) not in left_out:
            of.setdefault(contract, []).append(int(numbers[row]))
    alone = ~held.matches.torn_contracts
    alone[held.pairs[1]] = False
    if not of or not alone.any():
        return found
    ids = held.contracts["contract_id"].tolist()
    spoken = _spoken_of(held, alone)
    if not rulebook.publication:
        found.unknown = dict.fromkeys((ids[at] for at in spoken), (NotJudged.NO_RULE, "公表の区分と期限"))
        return found
    duties = publication.duties(register, rulebook, prompt_days)
    places = {contract: at for at, contract in enumerate(ids)}
    spans: dict[tuple[_Group, int], _Span] = {}
    bureaus, categories = (held.contracts[name].tolist() for name in ("bureau", "category"))
    for item in duties.owed:
        for number in of.get(places[item.contract_id], ()):
            for due in _in(item, listings[number].medium):
                span = spans.setdefault((_group(item, due, categories[places[item.contract_id]]), number), _Span())
                span.due.add(due.on)
                span.signed.append(item.signed_on)
    asked = [item for item in duties.owed if alone[places[item.contract_id]]]
    _unlisted(register, found, _Asked(asked, places, bureaus, categories, spans, listings), as_of)
    answered = {one.item.contract_id for one in found.unlisted}
    found.unknown = {ids[at]: duties.unknown[ids[at]] for at in spoken if ids[at] in duties.unknown.keys() - answered}
    found.waiting = {name: day for name, day in found.waiting.items() if name not in answered | found.unknown.keys()}
    return found


@dataclass(frozen=True)
class _Asked:
    """Duties of contracts that no register lists, and what the registers cover."""

    owed: list[Owed]
    places: dict[str, int]
    bureaus: list[str]
    categories: list[str]
    spans: dict[tuple[_Group, int], _Span]
    listings: list[_Listing]


def _unlisted(register: Register, found: Missing, asked: _Asked, as_of: date) -> None:
    by_group: dict[_Group, list[int]] = {}
    for group, number in asked.spans:
        by_group.setdefault(group, []).append(number)
    recorded = publication_record.records(register, {item.contract_id for item in asked.owed})
    kept = register.has("publications", "published_on")
    told: set[str] = set()
    # told of the duty that was due first: what is due later changes nothing of it
    for item, due, number in sorted(_covered(asked, by_group), key=lambda each: each[1].on):
        listing, contract = asked.listings[number], item.contract_id
        record = recorded.get(contract, {}).get(listing.medium)
        on = record.on if record else None
        # what is recorded nowhere is overdue, and told by publication_due; a later publication is in no earlier list
        if contract in told or (kept and on is None) or (on and listing.on and listing.on < on):
            found.passed[contract] = on
            continue
        if on is None and due.on >= as_of:
            found.waiting.setdefault(contract, due.on)
            continue
        told.add(contract)
        found.unlisted.append(Unlisted(item, due, listing.name, on))


def _covered(asked: _Asked, by_group: dict[_Group, list[int]]) -> Iterator[tuple[Owed, DueOn, int]]:
    for item in asked.owed:
        place = asked.places[item.contract_id]
        for due in item.due:
            group = _group(item, due, asked.categories[place])
            for number in by_group.get(group, ()):
                if asked.listings[number].is_of(asked.bureaus[place]) and asked.spans[group, number].holds(item, due):
                    yield item, due, number


def _in(item: Owed, medium: str) -> list[DueOn]:
    return [due for due in item.due if medium in due.media]


def _group(item: Owed, due: DueOn, category: str) -> _Group:
    return item.rule.id, category == _WORKS, item.negotiated, due.duty.medium


def _spoken_of(held: Published, alone: Bools) -> list[int]:
    """Places of the unlisted contracts that were signed while the contracts of a register were."""
    signed = days(held.contracts["signed_on"])
    numbers, listed = held.registers[0], days(held.rows["signed_on"])
    inside = np.zeros(len(signed), dtype=bool)
    for number in range(len(held.registers[1])):
        mine = listed[(numbers == number) & (listed != NO_DAY)]
        if len(mine):
            inside |= (signed >= mine.min()) & (signed <= mine.max())
    return np.flatnonzero(inside & alone).tolist()


def _listings(held: Published) -> list[_Listing]:
    numbers, names = held.registers
    edition = np.maximum(days(held.rows["edition_on"]), days(held.rows["published_on"]))
    media, bureaus = held.rows["medium"].array, held.contracts["bureau"].array
    rows, contracts = held.pairs
    found = []
    for number, name in enumerate(names):
        places = np.flatnonzero(numbers == number)
        latest = int(edition[places].max())
        on = None if latest == NO_DAY else date(1970, 1, 1) + timedelta(days=latest)
        its = frozenset(bureaus.take(contracts[numbers[rows] == number]).tolist())
        found.append(_Listing(name, str(media[places[0]]) or WEB, on, its))
    return found
