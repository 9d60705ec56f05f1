"""Duties to publish: which contract must be published, by which measure, by when and where. Shared, not a check.

Source: law.md 2 (公表義務), 6.6 (起算), 9.2 (法人番号 of public bodies); an agency's own publication duty is not moved by
a holiday (law.md 11). A class is answered in three ways: it applies, it does not, or a cell that decides it is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, reduce
from operator import or_
from typing import Any

import numpy as np
import pandas as pd

from checks import ledger, words
from checks.columns import framed, numbers
from checks.finding import NotJudged, Reason
from checks.limits import Tables
from checks.publication_classes import (
    OWN,
    Kept,
    asks_amount,
    conditions,
    kept_out,
    prepared,
    reached,
    shields,
    threshold,
    valued,
)
from checks.publication_dates import DueDates, DueOn
from checks.register import KNOWN, Register, plain
from checks.rulebook import PublicationClass, Rulebook

_NO_LIMIT: Reason = NotJudged.NO_RULE, "少額随意契約の限度額"
_WHICH_TABLE: Reason = NotJudged.TABLES_DISAGREE, "調達実施日・限度額の表"


@dataclass(frozen=True)
class Owed:
    """One contract's duty to publish in one class: the due date of each medium, earliest first. Yen."""

    contract_id: str
    title: str
    department: str
    rule: PublicationClass
    measure: int | None
    measured_by: str  # the heading of the measure: 設計金額, 予定価格 …
    threshold: tuple[int, str] | None  # yen, 「を超える」 or 「以上の」
    lower_bound: bool  # 契約金額 stands in for what the class measures
    signed_on: date
    awarded_on: date | None
    negotiated: bool  # 随意契約, 企画競争 and 公募 among them
    starts_on: date | None
    due: tuple[DueOn, ...]
    hint: str  # the word of its title that suggests an exemption
    verified: bool


@dataclass
class Duties:
    """All duties of a register, and the contracts for which a class could not be answered."""

    owed: list[Owed] = field(default_factory=list)
    unknown: dict[str, Reason] = field(default_factory=dict)

    def doubt(self, register: Register, rows: pd.DataFrame, where: "pd.Series[bool]", column: str) -> None:
        """A cell of this column is missing where it decides: a column that was never there, or a blank."""
        if not where.any():
            return
        rows = rows.loc[where, ["contract_id", KNOWN]]
        heading = ledger.CONTRACTS.by_name[column].heading
        for contract_id, known in zip(rows["contract_id"].tolist(), register.knows(rows, column).tolist(), strict=True):
            self.unknown.setdefault(contract_id, (NotJudged.BLANK if known else NotJudged.NO_COLUMN, heading))


def duties(register: Register, rulebook: Rulebook, prompt_days: int) -> Duties:
    """Every duty to publish. A contract has one in each class that applies, unless the class yields to one that applies too."""
    rows, kinds = prepared(register, rulebook)
    tables = Tables(rulebook.small_value) if rulebook.small_value else None
    found = Duties()
    shielded = shields(rows, kinds)
    in_force = np.zeros(len(rows), dtype=bool)
    told: dict[str, set[str]] = {}  # class → the contracts that it applies to, or may apply to by their amount
    for rule in rulebook.publication_in_order():
        elsewhere = set().union(*(told[name] for name in rule.yields_to))
        out = {**shielded, **kept_out(rows, rule, rulebook, elsewhere)}
        in_force |= ~out[Kept.NOT_IN_FORCE].to_numpy()
        candidates = ~reduce(or_, out.values())
        chosen = _decided(register, rows, candidates, rule, kinds, found)
        chosen, told[rule.id] = _above_limit(chosen, rule, tables, found)
        when = DueDates(rule, prompt_days)
        found.owed += [_owe(row, rule, when) for row in plain(chosen)]
    for contract_id in rows.loc[~in_force, "contract_id"]:
        found.unknown[contract_id] = (NotJudged.NO_RULE, "公表の区分と期限")
    return found


def _decided(
    register: Register,
    rows: pd.DataFrame,
    candidates: "pd.Series[bool]",
    rule: PublicationClass,
    kinds: Mapping[str, Any],
    found: Duties,
) -> pd.DataFrame:
    """The candidates that the class applies to by all but a small-value limit; where a cell is missing, ``found`` is told.

    Of what is asked of a contract only what its duty is made of; with value (yen, NA where the class asks no amount and
    none is there), stands_in and by (the column measured).
    """
    rows = valued(rows, rule)
    asked = list(conditions(register, rows, rule, kinds))
    possible = candidates & reached(rows, rule)
    for _, holds, missing in asked:
        possible &= holds | missing
    open_still = possible.copy()
    for column, _, missing in asked:
        found.doubt(register, rows, open_still & missing, column)
        open_still &= ~missing
    if asks_amount(rule):
        unvalued = open_still & rows["value"].isna()
        found.doubt(register, rows, unvalued & rows["amount"].notna(), rule.measure or "amount")  # it is no lower bound
        found.doubt(register, rows, unvalued, "amount")
        open_still &= ~unvalued
    places = np.flatnonzero(open_still)
    names = [*(name for name in OWN if name in rows), "value", "stands_in", "by"]
    return framed({name: rows[name].array.take(places) for name in names}, rows.index[places])


def _above_limit(
    rows: pd.DataFrame, rule: PublicationClass, tables: Tables | None, found: Duties
) -> tuple[pd.DataFrame, set[str]]:
    """Those above the small-value limit, with their table; they and those of which it cannot be told, as ids.

    Where it cannot be told, ``found`` is. A class that asks no such limit has all of them.
    """
    ids = rows["contract_id"]
    if not rule.over_small_value_limit:
        return rows.assign(table=None), set(ids)
    if tables is None:
        rows = rows.assign(table=None)
        above = torn = np.zeros(len(rows), dtype=bool)
        none = ~above
    else:
        rows = tables.joined(rows)
        value, (lowest, none), (highest, _) = (
            numbers(rows["value"])[0],
            numbers(rows["lowest"]),
            numbers(rows["highest"]),
        )
        above = ~none & (value > highest)
        torn = ~none & (above != (value > lowest))
    for reason, mask in ((_NO_LIMIT, none), (_WHICH_TABLE, torn)):
        for contract_id in ids[mask].tolist():
            found.unknown.setdefault(contract_id, reason)
    return rows[above], set(ids[above | torn | none])


def _owe(row: Any, rule: PublicationClass, when: DueDates) -> Owed:
    """The duty of a contract that the class applies to."""
    verified, least = rule.verified, threshold(row, rule)
    if row.table is not None:
        least, verified = (row.table.highest.amount, "を超える"), verified and row.table.verified
    return Owed(
        contract_id=row.contract_id,
        title=row.title,
        department=row.department,
        rule=rule,
        measure=row.value,
        measured_by=ledger.CONTRACTS.by_name[row.by].heading,
        threshold=least,
        lower_bound=row.stands_in,
        signed_on=row.signed_on,
        awarded_on=row.awarded_on,
        negotiated=row.method in (ledger.SOLE, ledger.PROPOSAL, ledger.PUBLIC_CALL),
        starts_on=row.starts_on,
        due=when.of(row),
        hint=_hint(row.title, tuple(rule.exempt_titles)) if rule.exempt_titles else "",
        verified=verified,
    )


@lru_cache(maxsize=65_536)
def _hint(title: str, suggesting: tuple[str, ...]) -> str:
    """The first of these words that stands in a title."""
    text = words.narrow(title).replace(" ", "")
    return next((word for word in suggesting if _narrow(word) in text), "") if text else ""


_narrow = lru_cache(maxsize=1024)(words.narrow)
