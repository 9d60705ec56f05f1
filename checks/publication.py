"""Duties to publish: which contract must be published, by which measure, by when and where. Shared, not a check.

Source: law.md 2 (公表義務), 6.6 (起算), 9.2 (法人番号 of public bodies); an agency's own publication duty is not moved by
a holiday (law.md 11). A class is answered in three ways: it applies, it does not, or a cell that decides it is missing.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache, reduce
from operator import or_
from typing import Any

import numpy as np
import pandas as pd

from checks import ledger, periods, words
from checks.columns import Bools, among, coded, filled, framed, integers, numbers, texts, yes
from checks.finding import NotJudged, Reason
from checks.limits import Tables, measures
from checks.register import KNOWN, Register, plain
from checks.rulebook import Due, Duty, GroundClass, PublicationClass, Rulebook

_OWN = (  # the columns of which one duty is made
    "contract_id", "title", "department", "category", "method", "signed_on", "awarded_on", "starts_on", "kind", "basis",
    "latest",
)  # fmt: skip
_DECIDING = (
    "ground", "account", "publication_exemption", "nondisclosure", "specific_procurement", "construction_related",
    "design_price", "estimated_price", "commitment_amount", "amount", "annual_amount", "unit_price",
    "vendors", "vendor_numbers", "measure", "measured_by", "lower_bound", "income", KNOWN,
)  # fmt: skip
_SURVEYS = "設計・調査・測量"  # the only category of which it is asked whether it belongs to building works
_PUBLIC_BODIES = re.compile(
    r"\d00\d{10}(?:\n\d00\d{10})*"
)  # 基礎番号 00…: the state and local governments (law.md 9.2)
_NO_LIMIT: Reason = NotJudged.NO_RULE, "少額随意契約の限度額"
_WHICH_TABLE: Reason = NotJudged.TABLES_DISAGREE, "調達実施日・限度額の表"
_NO_EXEMPTION = {"", "なし", "無", "無し", "該当なし", "-", "ー", "×", "否"}


@dataclass(frozen=True)
class DueOn:
    """One medium's due date, and whether it was counted from the signing for want of a recorded decision."""

    on: date
    duty: Duty
    from_signing: bool

    @cached_property
    def media(self) -> tuple[str, ...]:
        """The media that serve."""
        return (self.duty.medium, *self.duty.also)


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
        when = _DueDates(rule, prompt_days)
        found.owed += [_owe(row, rule, when) for row in plain(chosen)]
    for contract_id in rows.loc[~in_force, "contract_id"]:
        found.unknown[contract_id] = (NotJudged.NO_RULE, "公表の区分と期限")
    return found


# --- which contracts a class is about ------------------------------------------------------------------------------


class Kept(StrEnum):
    """Why a contract is in no class, or not in one, whatever its kind and amount."""

    RECORDED = "公表除外理由の記録があります"
    SECRET = "秘密を理由とする契約です"  # noqa: S105  # 秘密, a ground of law
    NOT_IN_FORCE = "この区分の効力のある期間の契約ではありません"
    ELSEWHERE = "ほかの公表区分で公表するものです"
    EXEMPT = "規程が公表から除くものです（会計区分、国又は地方公共団体との契約、随意契約理由）"


def prepared(register: Register, rulebook: Rulebook) -> tuple[pd.DataFrame, dict[str, GroundClass | None]]:
    """The contracts with what their classes ask, measured if the rulebook has limits; and the kind of each ground."""
    cells = measures(register, rulebook) if rulebook.small_value else register.cells
    rows = cells.frame([name for name in (*_OWN, *_DECIDING) if name in cells])
    if any(rule.exempt_public_bodies for rule in rulebook.publication):
        rows = rows.assign(public_body=_public_body(rows))
    return rows, rulebook.ground_kinds(coded(rows["ground"])[1])


def shields(rows: pd.DataFrame, kinds: Mapping[str, Any]) -> "dict[Kept, pd.Series[bool]]":
    """What is published in no class."""
    secret = pd.Series(among(rows["nondisclosure"], ["秘密"]), index=rows.index) | _is_kind(
        rows, kinds, GroundClass.SECRET
    )
    return {Kept.RECORDED: _recorded_exemption(rows), Kept.SECRET: secret}


def kept_out(
    rows: pd.DataFrame, rule: PublicationClass, rulebook: Rulebook, elsewhere: Collection[str]
) -> "dict[Kept, pd.Series[bool]]":
    """What is not published in a class; ``elsewhere`` are the contracts of the classes that it yields to."""
    return {
        Kept.NOT_IN_FORCE: ~_in_force(rows, rule),
        Kept.ELSEWHERE: _where(rows, among(rows["contract_id"], elsewhere)),
        Kept.EXEMPT: _exempt(rows, rule, rulebook),
    }


def _in_force(rows: pd.DataFrame, rule: PublicationClass) -> "pd.Series[bool]":
    inside = pd.Series(data=True, index=rows.index)
    if rule.since:
        inside &= rows["signed_on"] >= pd.Timestamp(rule.since)
    if rule.until:
        inside &= rows["signed_on"] <= pd.Timestamp(rule.until)
    return inside


def _where(rows: pd.DataFrame, mask: Bools) -> "pd.Series[bool]":
    return pd.Series(mask, index=rows.index)


def _is_kind(rows: pd.DataFrame, kinds: Mapping[str, Any], *wanted: GroundClass) -> "pd.Series[bool]":
    return _where(rows, among(rows["ground"], {text for text, kind in kinds.items() if kind in wanted}))


def _recorded_exemption(rows: pd.DataFrame) -> "pd.Series[bool]":
    codes, said = coded(rows["publication_exemption"])
    exempt = np.array([words.narrow(text).strip() not in _NO_EXEMPTION for text in said], dtype=bool)
    return _where(rows, exempt[codes])


def _exempt(rows: pd.DataFrame, rule: PublicationClass, rulebook: Rulebook) -> "pd.Series[bool]":
    exempt = among(rows["account"], rule.exempt_accounts)
    if rule.exempt_public_bodies:
        exempt |= rows["public_body"].to_numpy()
    if rule.exempt_grounds:
        named = [rulebook.ground(name) for name in rule.exempt_grounds]
        texts = coded(rows["ground"])[1]
        exempt |= among(rows["ground"], {text for text in texts if text and rulebook.ground(text) in named})
    return _where(rows, exempt)


def _public_body(rows: pd.DataFrame) -> Bools:
    """Every party is the state or a local government, by its 法人番号."""
    (codes, numbers), (names, vendors) = coded(rows["vendor_numbers"]), coded(rows["vendors"])
    whose = np.array([bool(_PUBLIC_BODIES.fullmatch(text)) for text in numbers], dtype=bool)
    told, parties = (np.array([text.count("\n") for text in held], dtype=np.int64) for held in (numbers, vendors))
    return whose[codes] & (parties[names] <= told[codes])


def conditions(
    register: Register, rows: pd.DataFrame, rule: PublicationClass, kinds: Mapping[str, Any]
) -> Iterator[tuple[str, "pd.Series[bool]", "pd.Series[bool]"]]:
    """(column, where it says yes, where it is missing); a missing ground or flag counts as no."""
    no = _where(rows, np.zeros(len(rows), dtype=bool))
    blank = {name: _where(rows, ~filled(rows[name])) for name in ("category", "method")}
    if rule.over_small_value_limit:
        kinds_of = rows.get("kind")
        inside = ~no if kinds_of is None else _where(rows, among(kinds_of, rule.over_small_value_limit))
        yield "category", inside, blank["category"]
    if rule.categories:
        yield "category", _where(rows, among(rows["category"], rule.categories)), blank["category"]
    if rule.methods:
        yield "method", _where(rows, among(rows["method"], rule.methods)), blank["method"]
    if rule.ground_kinds:
        yield "ground", _is_kind(rows, kinds, *rule.ground_kinds), no
    if rule.specific_procurement:
        yield "specific_procurement", _where(rows, filled(rows["specific_procurement"])), no
    if rule.construction_related is not None:
        related = yes(rows["construction_related"])
        absent = _where(rows, among(rows["category"], [_SURVEYS])) & ~register.knows(rows, "construction_related")
        yield "construction_related", _where(rows, related == rule.construction_related) & ~absent, absent
    if rule.exempt_public_bodies:  # a ground that the state shares with 公益法人 (saitama:160-161): the number decides
        doubtful = _is_kind(rows, kinds, GroundClass.GOVERNMENT) & ~filled(rows["vendor_numbers"])
        yield "vendor_numbers", ~doubtful, doubtful


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
    if _asks_amount(rule):
        unvalued = open_still & rows["value"].isna()
        found.doubt(register, rows, unvalued & rows["amount"].notna(), rule.measure or "amount")  # it is no lower bound
        found.doubt(register, rows, unvalued, "amount")
        open_still &= ~unvalued
    places = np.flatnonzero(open_still)
    names = [*(name for name in _OWN if name in rows), "value", "stands_in", "by"]
    return framed({name: rows[name].array.take(places) for name in names}, rows.index[places])


# --- by which measure ----------------------------------------------------------------------------------------------


def _asks_amount(rule: PublicationClass) -> bool:
    return bool(
        rule.over is not None or rule.at_least is not None or rule.over_by_category or rule.over_small_value_limit
    )


def valued(rows: pd.DataFrame, rule: PublicationClass) -> pd.DataFrame:
    """Unit prices by the planned total, which is 契約金額; leases against a small-value limit as that limit measures them."""
    amount, column = rows["amount"], rule.measure or "amount"
    if column == "amount":
        return rows.assign(value=amount, stands_in=False, by="amount")
    if rule.over_small_value_limit and column == "estimated_price" and "measure" in rows:
        return rows.assign(value=rows["measure"], stands_in=rows["lower_bound"], by=rows["measured_by"])
    (least, no_amount), (stated, unstated) = numbers(amount), numbers(rows[column])
    unit = yes(rows["unit_price"]) & (column != "commitment_amount")
    unstated = (unit & no_amount) | (~unit & unstated)
    income = rows["income"].to_numpy() if "income" in rows else np.zeros(len(rows), dtype=bool)
    stands_in = unstated & ~no_amount & ~income
    value = integers(np.where(unit | stands_in, least, stated), unstated & ~stands_in)
    by = texts(("amount", column), np.where(stands_in | unit, 0, 1))
    return rows.assign(value=value, stands_in=stands_in, by=by)


def reached(rows: pd.DataFrame, rule: PublicationClass) -> "pd.Series[bool]":
    """Where the value reaches the class or is missing; a small-value limit is asked of those that are left."""
    enough = np.ones(len(rows), dtype=bool)
    value, missing = numbers(rows["value"])
    if rule.over is not None or rule.over_by_category:
        codes, categories = coded(rows["category"])
        over = np.array([rule.over_by_category.get(one, rule.over or 0) for one in categories], dtype=np.int64)
        enough &= missing | (value > over[codes])
    if rule.at_least is not None:
        enough &= missing | (value >= rule.at_least)
    return _where(rows, enough)


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


def _owe(row: Any, rule: PublicationClass, when: "_DueDates") -> Owed:
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


def threshold(row: Any, rule: PublicationClass) -> tuple[int, str] | None:
    """From which amount on the class asks a contract, yen, and the word of its rule."""
    over = rule.over_by_category.get(row.category, rule.over)
    if over is not None:
        return over, "を超える"
    return None if rule.at_least is None else (rule.at_least, "以上の")


# --- by when -------------------------------------------------------------------------------------------------------


class _DueDates:
    """The due dates of a class, earliest first; each distinct pair of days is asked once."""

    def __init__(self, rule: PublicationClass, prompt_days: int) -> None:
        self._rule, self._prompt_days = rule, prompt_days
        self._asked: dict[tuple[date | None, ...], tuple[DueOn, ...]] = {}
        self._after = sorted({"signed_on", *(duty.due.after for duty in rule.duties)})

    def of(self, row: Any) -> tuple[DueOn, ...]:
        """Of a contract (signed_on, awarded_on)."""
        question = tuple(getattr(row, name) for name in self._after)
        if question not in self._asked:
            found = [self._one(row, duty) for duty in self._rule.duties]
            self._asked[question] = tuple(sorted(found, key=lambda due: (due.on, due.duty.medium)))
        return self._asked[question]

    def _one(self, row: Any, duty: Duty) -> DueOn:
        # decided before it was signed: where the decision is not recorded, the later date is the milder one
        begins = getattr(row, duty.due.after)
        return DueOn(due_date(duty.due, begins or row.signed_on, self._prompt_days), duty, begins is None)


def due_date(due: Due, begins: date, prompt_days: int) -> date:
    """By when, for a date from which the rule counts. Not moved by holidays (law.md 11)."""
    if due.kind == "month":
        month = due.months[begins.month]
        return periods.month_end(begins.year if month > begins.month else begins.year + 1, month)
    days = prompt_days if due.kind == "promptly" else due.days_by_month.get(begins.month, due.days or 0)
    return periods.after_next_day(begins, days)
