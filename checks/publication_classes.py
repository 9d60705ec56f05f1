"""Which contracts a class of publication is about: what is kept out of it, its conditions, its measure. Shared, not a check.

Source: law.md 2 (公表義務), 9.2 (法人番号 of public bodies). Each condition is answered in three ways: yes, no, or a cell that
decides it is missing.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from checks import words
from checks.columns import Bools, among, coded, filled, integers, numbers, texts, yes
from checks.limits import measures
from checks.register import KNOWN, Register
from checks.rulebook import GroundClass, PublicationClass, Rulebook

OWN = (  # the columns of which one duty is made
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
_NO_EXEMPTION = {"", "なし", "無", "無し", "該当なし", "-", "ー", "×", "否"}


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
    rows = cells.frame([name for name in (*OWN, *_DECIDING) if name in cells])
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


# --- by which measure ----------------------------------------------------------------------------------------------


def asks_amount(rule: PublicationClass) -> bool:
    """Whether a class is about some amounts only."""
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


def threshold(row: Any, rule: PublicationClass) -> tuple[int, str] | None:
    """From which amount on the class asks a contract, yen, and the word of its rule."""
    over = rule.over_by_category.get(row.category, rule.over)
    if over is not None:
        return over, "を超える"
    return None if rule.at_least is None else (rule.at_least, "以上の")
