"""In what a row of a register and the contract that it is say different things. Shared, not a check.

What one of them does not say is no difference: blank cells, vendors that are not disclosed, unit prices. An amount may be
that of the signing or of any later change, a date that of the award, a joint venture any of its members.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from checks import ledger, periods, words, yen
from checks.columns import NO_DAY, Bools, Ints, among, coded, days, filled, numbers, yes
from checks.matching import NONE
from checks.published_rows import Parties, Published
from checks.register import Register, picked
from checks.rulebook import Rulebook


class What(StrEnum):
    """What differs, in the words of the ledger's headings."""

    AMOUNT = "契約金額"
    VENDOR = "契約の相手方"
    DAY = "契約締結日"
    ESTIMATE = "予定価格"
    GROUND = "随意契約理由"

    @property
    def grave(self) -> bool:
        """Whether a reader of the register is told of another contract by it."""
        return self in (What.AMOUNT, What.VENDOR)


@dataclass(frozen=True)
class Difference:
    """What both say: yen, ISO dates or text."""

    what: What
    ledger: int | str
    register: int | str

    @property
    def told(self) -> str:
        """契約金額（台帳1,100,000円、公表簿1,000,000円）."""
        return f"{self.what}（台帳{_shown(self.what, self.ledger)}、公表簿{_shown(self.what, self.register)}）"


def _shown(what: What, value: int | str) -> str:
    if isinstance(value, int):
        return yen.exact(value)
    return periods.short(date.fromisoformat(value)) if what is What.DAY else f"「{value}」"


def differences(
    register: Register, held: Published, rulebook: Rulebook, rounding: int
) -> Mapping[int, tuple[Difference, ...]]:
    """Place of the row → what differs; only rows that are the last on their contract, and of which something does. ``rounding``: yen that a tax may be rounded by."""
    rows, contracts = held.pairs
    one, other = held.rows, held.contracts
    fixed = ~(yes(one["unit_price"])[rows] | yes(other["unit_price"])[contracts])
    masks = {
        What.AMOUNT: fixed & _amounts(register, held, rounding),
        What.VENDOR: _vendors(held),
        What.DAY: _days(held),
        What.ESTIMATE: fixed
        & _unequal(one, other, rows, contracts, "estimated_price", ("estimated_price", "original_estimate"), rounding),
        What.GROUND: _grounds(held, rulebook),
    }
    odd = np.intersect1d(np.flatnonzero(np.logical_or.reduce([*masks.values()])), held.latest)
    asked = ("amount", "signed_on", "estimated_price", "ground")
    listed, recorded = picked(one, rows[odd], asked), picked(other, contracts[odd], ("contract_id", *asked))
    found: dict[int, tuple[Difference, ...]] = {}
    for at, said, own in zip(odd.tolist(), listed, recorded, strict=True):
        place = int(rows[at])
        told = [
            _difference(what, said, own, held, place, int(contracts[at]), register)
            for what, mask in masks.items()
            if mask[at]
        ]
        if told:
            found[place] = tuple(told)
    return found


def _difference(
    what: What, said: Any, own: Any, held: Published, row: int, contract: int, register: Register
) -> Difference:
    match what:
        case What.AMOUNT:
            return Difference(what, int(register.amounts[own.contract_id]), said.amount)
        case What.VENDOR:
            return Difference(what, _names(held.parties, contract), _names(held.parties, len(held.contracts) + row))
        case What.DAY:
            return Difference(what, own.signed_on.isoformat(), said.signed_on.isoformat())
        case What.ESTIMATE:
            return Difference(what, own.estimated_price, said.estimated_price)
        case What.GROUND:
            return Difference(what, own.ground, said.ground)


# --- where they differ: masks over the pairs ------------------------------------------------------------------------


def _unequal(
    one: pd.DataFrame,
    other: pd.DataFrame,
    rows: Ints,
    contracts: Ints,
    listed: str,
    columns: tuple[str, ...],
    rounding: int,
) -> Bools:
    """Where the row says yen, the first of the columns does, and none of the columns says as much."""
    (said, unsaid), blank = numbers(one[listed]), numbers(other[columns[0]])[1]
    said, odd = said[rows], ~unsaid[rows] & ~blank[contracts]
    for name in columns:
        held, blank = numbers(other[name])
        odd &= blank[contracts] | (np.abs(held[contracts] - said) > rounding)
    return odd


def _amounts(register: Register, held: Published, rounding: int) -> Bools:
    """The amount of the signing, of a year, after any change: each of them is right."""
    rows, contracts = held.pairs
    odd = _unequal(
        held.rows, held.contracts, rows, contracts, "amount", ("amount", "annual_amount", "commitment_amount"), rounding
    )
    if not odd.any():
        return odd
    said = numbers(held.rows["amount"])[0][rows]
    now, never = numbers(register.amounts)
    odd &= never[contracts] | (np.abs(now[contracts] - said) > rounding)
    changes = register.tables["contracts"]
    changes = changes.loc[
        filled(changes["change_of"]) & changes["amount_after_change"].notna(), ["change_of", "amount_after_change"]
    ]
    if len(changes):
        after: dict[str, list[int]] = {}
        for contract, amount in zip(
            changes["change_of"].tolist(), changes["amount_after_change"].tolist(), strict=True
        ):
            after.setdefault(contract, []).append(amount)
        ids = held.contracts["contract_id"].array
        for at in np.flatnonzero(odd).tolist():
            totals = after.get(ids[contracts[at]], ())
            odd[at] = not any(abs(total - said[at]) <= rounding for total in totals)
    return odd


def _days(held: Published) -> Bools:
    rows, contracts = held.pairs
    said, signed, awarded = (
        days(held.rows["signed_on"])[rows],
        *(days(held.contracts[name])[contracts] for name in ("signed_on", "awarded_on")),
    )
    odd: Bools = (said != NO_DAY) & (signed != NO_DAY) & (said != signed) & (said != awarded)
    return odd


def _vendors(held: Published) -> Bools:
    """Both are disclosed and they have nobody in common, by number or, where one has none, by name."""
    rows, contracts = held.pairs
    said, own = held.parties.codes[rows + len(held.contracts)], held.parties.codes[contracts]
    odd: Bools = (said != NONE) & (own != NONE) & (said != own)
    for at in np.flatnonzero(odd).tolist():
        listed = held.parties.of(int(rows[at]) + len(held.contracts))
        odd[at] = not any(_one(a, b) for a in held.parties.of(int(contracts[at])) for b in listed)
    return odd


def _one(a: Any, b: Any) -> bool:
    return a.identity == b.identity or (a.company == b.company and not (a.number and b.number))


def _grounds(held: Published, rulebook: Rulebook) -> Bools:
    """Two grounds that the rulebook knows, neither a part of the other ((2) and (2)キ)."""
    rows, contracts = held.pairs
    (spelled, said), (written, own) = coded(held.rows["ground"]), coded(held.contracts["ground"])
    number, first = np.unique(spelled[rows] * (len(own) + 1) + written[contracts], return_index=True)
    answers = [_ground_differs(rulebook, said[spelled[rows[at]]], own[written[contracts[at]]]) for at in first.tolist()]
    of = np.searchsorted(number, spelled[rows] * (len(own) + 1) + written[contracts])
    sole = among(held.contracts["method"], [ledger.SOLE, ledger.PROPOSAL, ledger.PUBLIC_CALL, ""])[contracts]
    odd: Bools = np.array(answers, dtype=bool)[of] & sole
    return odd


def _ground_differs(rulebook: Rulebook, said: str, own: str) -> bool:
    one, other = rulebook.ground(said) if said else None, rulebook.ground(own) if own else None
    if one is None or other is None or one is other:
        return False
    a, b = words.code(said), words.code(own)
    return not (a.startswith(b) or b.startswith(a))


def _names(parties: Parties, place: int) -> str:
    """The parties' names; a person's is not told."""
    shown = [words.signer_off(one.name) if words.is_body(one.name) else "（名称は省略）" for one in parties.of(place)]
    return "、".join(dict.fromkeys(shown))
