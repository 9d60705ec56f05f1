"""Duties to publish: which contract must be published, by which measure, by when and where. Shared, not a check.

Source: law.md 2 (公表義務), 6.6 (起算); an agency's own publication duty is not moved by a holiday (law.md 11).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from checks import ledger, periods
from checks.finding import NotJudged
from checks.limits import Tables, measured
from checks.register import Register, plain
from checks.rulebook import Due, GroundClass, PublicationClass, Rulebook


@dataclass(frozen=True)
class Owed:
    """One contract's duty to publish in one class: the due date of each medium, earliest first. Yen."""

    contract_id: str
    title: str
    department: str
    rule: PublicationClass
    measure: int
    measured_by: str  # the heading of the measure: 設計金額, 予定価格 …
    lower_bound: bool
    signed_on: date
    starts_on: date | None
    due: tuple[tuple[date, str, bool], ...]  # due date, medium, 目途
    verified: bool


def owed(
    register: Register,
    rulebook: Rulebook,
    prompt_days: int,
    judged: set[str],
    not_judged: dict[tuple[NotJudged, str], int],
) -> Iterator[Owed]:
    """Every duty to publish; ``judged`` and ``not_judged`` are filled with what could be answered and what not.

    A contract has a duty in each class that applies, unless the class yields to one that applies too.
    """
    rows = measured(register, rulebook) if rulebook.small_value else register.contracts
    kinds = rulebook.ground_kinds(list(rows["ground"].unique()))
    tables = Tables(rulebook.small_value) if rulebook.small_value else None
    secret = {text for text, kind in kinds.items() if kind is GroundClass.SECRET}
    rows, unanswerable = register.answerable(rows, {name: rows[name] == "" for name in ("category", "method")})
    not_judged |= unanswerable
    shielded = (rows["publication_exemption"] != "") | (rows["nondisclosure"] == "秘密") | rows["ground"].isin(secret)
    judged |= set(rows["contract_id"])
    told: dict[str, set[str]] = {}  # class → the contracts that it applies to, or may apply to
    for rule in rulebook.publication_in_order():
        elsewhere = set().union(*(told[name] for name in rule.yields_to))
        chosen = rows[_in_class(rows, rule, kinds) & ~shielded & ~rows["account"].isin(rule.exempt_accounts)]
        told[rule.id] = set()
        for row in plain(chosen[~chosen["contract_id"].isin(elsewhere)]):
            item = _owe(row, rule, tables, prompt_days)
            if item is None:
                continue
            told[rule.id].add(row.contract_id)
            if isinstance(item, Owed):
                yield item
            elif row.contract_id in judged:
                judged.discard(row.contract_id)
                not_judged[item] = not_judged.get(item, 0) + 1


def _in_class(rows: pd.DataFrame, rule: PublicationClass, kinds: dict[str, Any]) -> "pd.Series[bool]":
    inside = pd.Series(data=True, index=rows.index)
    if rule.categories:
        inside &= rows["category"].isin(rule.categories)
    if rule.methods:
        inside &= rows["method"].isin(rule.methods)
    if rule.ground_kinds:
        inside &= rows["ground"].map({text: kind in rule.ground_kinds for text, kind in kinds.items()}).astype(bool)
    if rule.specific_procurement:
        inside &= rows["specific_procurement"] != ""
    if rule.construction_related is not None:
        related = rows["construction_related"].fillna(value=False).astype(bool)
        inside &= related == rule.construction_related
    if rule.since:
        inside &= rows["signed_on"] >= pd.Timestamp(rule.since)
    if rule.until:
        inside &= rows["signed_on"] <= pd.Timestamp(rule.until)
    return inside


def _owe(
    row: Any, rule: PublicationClass, tables: Tables | None, prompt_days: int
) -> Owed | tuple[NotJudged, str] | None:
    """The duty, None if the amount is not reached, or why that could not be judged."""
    measure, lower_bound = _measure(row, rule)
    needs_amount = (
        rule.over is not None or rule.at_least is not None or rule.over_by_category or rule.over_small_value_limit
    )
    if measure is None:
        if needs_amount:
            return NotJudged.BLANK, "契約金額"
        measure = 0
    verified = rule.verified
    over = rule.over_by_category.get(row.category, rule.over)
    if rule.over_small_value_limit:
        limits = None
        if tables is not None and row.kind in rule.over_small_value_limit:
            limits = tables.find(row.kind, row.basis, row.signed_on)
        if limits is None:
            return None
        if (measure > limits.lowest.amount) != (measure > limits.highest.amount):
            return NotJudged.TABLES_DISAGREE, "調達実施日・限度額の表"
        over, verified = limits.highest.amount, verified and limits.verified
    if (over is not None and measure <= over) or (rule.at_least is not None and measure < rule.at_least):
        return None
    due = tuple(sorted(_due_dates(row, rule, prompt_days)))
    if not due:
        return NotJudged.BLANK, "落札決定日"
    return Owed(
        row.contract_id,
        row.title,
        row.department,
        rule,
        measure,
        ledger.CONTRACTS.by_name["amount" if lower_bound else rule.measure or "amount"].heading,
        lower_bound and bool(needs_amount),
        row.signed_on,
        row.starts_on,
        due,
        verified,
    )


def _measure(row: Any, rule: PublicationClass) -> tuple[int | None, bool]:
    """(yen, whether 契約金額 stands in for what the class measures); unit prices by the planned total."""
    if rule.over_small_value_limit and rule.measure == "estimated_price" and hasattr(row, "measure"):
        return (
            row.measure,
            row.lower_bound,
        )  # the same article's limit, so measured in the same way (leases by the year)
    if rule.measure == "estimated_price" and row.unit_price:
        return row.amount, False
    stated = getattr(row, rule.measure) if rule.measure else row.amount
    return (row.amount, True) if stated is None else (stated, False)


def _due_dates(row: Any, rule: PublicationClass, prompt_days: int) -> Iterator[tuple[date, str, bool]]:
    for duty in rule.duties:
        # decided before it was signed: where the decision is not recorded, the later date is the milder one
        begins = getattr(row, duty.due.after) or row.signed_on
        yield due_date(duty.due, begins, prompt_days), duty.medium, duty.due.target


def due_date(due: Due, begins: date, prompt_days: int) -> date:
    """By when, for a date from which the rule counts. Not moved by holidays (law.md 11)."""
    if due.kind == "month":
        month = due.months[begins.month]
        return periods.month_end(begins.year if month > begins.month else begins.year + 1, month)
    days = prompt_days if due.kind == "promptly" else due.days_by_month.get(begins.month, due.days or 0)
    return periods.after_next_day(begins, days)
