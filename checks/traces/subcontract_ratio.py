"""Steps of checks/subcontract_ratio.py."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd

from checks import ledger, yen
from checks.sanctions import SUSPENSIONS, Sanctions
from checks.subcontract_approvals import Outsourced, Told, is_deeper, is_minor
from checks.subcontract_ratio import first_tier, outsourced, told_of
from checks.trace import Cell, Mark, Question, Rule, Step, why
from checks.traces.limits import no_rule

_ASKED = {  # kind of finding → what is asked, and the cells of a subcontract that answer it
    "core": ("主たる部分の再請負", ("core", "scope")),
    "whole": ("一括の再請負", ()),
    "unapproved": ("再請負の承認", ("approved_on", "requested_on", "starts_on", "deemed_approval", "clerical")),
    "approved_late": ("承認と着手の順", ("approved_on", "starts_on")),
    "change_unapproved": ("変更の承認", ("changed_on", "change_approved_on")),
    "second_tier": ("再々請負の届出", ("tier", "notified_on")),
    "second_tier_changed": ("再々請負の変更の届出", ("tier", "changed_on", "notified_on")),
    "suspended": ("再請負先の指名停止", ("approved_on",)),
}


def steps(question: Question, contract: str) -> Iterator[Step]:
    """The subcontracts, the contract's amount, the ratio, and each other thing that the contract's terms ask."""
    rules, recorded = question.rulebook.subcontract, question.once(_outsourced)
    if contract not in recorded:
        yield _nothing_recorded(question)
        return
    if rules is None:
        yield no_rule("再請負の定め")
        return
    held, parts = recorded[contract]
    told = f"再請負の記録が{len(parts)}件あります。"
    yield Step("再請負の記録", Mark.ON, told, _cells(question, parts, ("subcontract_id", "tier", "amount", "clerical")))
    amount = question.register.amounts[contract]
    cells = question.cells(contract, "amount", "unit_price") + question.amendments(contract)
    if pd.isna(amount) or amount <= 0:
        yield Step("契約金額（変更後）", Mark.UNKNOWN, "契約金額の記録がないため、割合を計算できません。", cells)
        return
    yield Step("契約金額（変更後）", Mark.ON, f"{yen.exact(int(amount))}に対する割合を見ます。", cells)
    item = Outsourced(held, int(amount), parts)
    sanctions = question.once(_sanctions)
    found = {told.kind: told for told in told_of(rules, item, sanctions, question.as_of, question.parameters)[0]}
    yield _ratio(question, item, found.pop("ratio", None))
    for kind, (label, columns) in _ASKED.items():
        if kind in found or kind in ("core", "unapproved", "suspended"):
            yield _other(question, item, kind, label, columns, found.get(kind))
    for reason in sorted(item.unknown):
        yield Step(f"判定できない部分：{reason[1]}", Mark.UNKNOWN, why(reason))


def _nothing_recorded(question: Question) -> Step:
    if question.rulebook.subcontract is not None and question.register.tables["subcontracts"].empty:
        told = "台帳に再請負の表がないため、どの契約も判定しません（再請負がないこととは別です）。"
        return Step("再請負の記録", Mark.UNKNOWN, told)
    return Step("再請負の記録", Mark.CLEAN, "再請負の記録がない契約なので、この検査の対象外です。")


def _outsourced(question: Question) -> dict[str, tuple[Any, tuple[Any, ...]]]:
    return {held.contract_id: (held, parts) for held, parts in outsourced(question.register)}


def _sanctions(question: Question) -> Sanctions:
    return Sanctions(question.register, SUSPENSIONS)


def _cells(question: Question, parts: tuple[Any, ...], columns: tuple[str, ...]) -> tuple[Cell, ...]:
    return tuple(cell for row in parts for cell in question.related_cells(ledger.SUBCONTRACTS.name, row, *columns))


def _ratio(question: Question, item: Outsourced, told: Told | None) -> Step:
    rules = question.rulebook.subcontract
    assert rules is not None
    tier = first_tier(item)
    total = sum(row.amount for row in tier)
    above = Fraction(total, item.amount) > Fraction(rules.limit_percent) / 100
    compared = (
        f"再請負の合計 {yen.exact(total)} ÷ 契約金額 {yen.exact(item.amount)} ＝ {yen.percent(total, item.amount, 2)}%"
        f" {'＞' if above else '≦'} {rules.limit_percent}%"
    )
    left = [row.subcontract_id for row in item.rows if is_deeper(row)]
    minor = [row.subcontract_id for row in item.rows if is_minor(rules, row, item.amount)]
    notes = [f"再々請負（{'、'.join(left)}）は合計に含めません。"] if left else []
    notes += [f"軽微な再請負（{'、'.join(minor)}）も合計に含めます。"] if minor else []
    rule = Rule(("subcontract", "limit_percent"), f"再請負は原則として契約金額の{rules.limit_percent}%以内", rules)
    verdict = "原則の割合を超えています。" if told else "原則の割合を超えていることは確認できません。"
    return Step("再請負の割合", Mark.FOUND if told else Mark.NOTE, verdict + "".join(notes), (), (compared,), (rule,))


def _other(
    question: Question, item: Outsourced, kind: str, label: str, columns: tuple[str, ...], told: Told | None
) -> Step:
    rules = question.rulebook.subcontract
    assert rules is not None
    article = rules.articles.get(kind)
    rule = (Rule(("subcontract", "articles", kind), f"{article}による"),) if article else ()
    settings = ("prompt_days",) if kind.startswith("second_tier") else ()
    if told:
        return Step(label, Mark.FOUND, told.text, _cells(question, item.rows, columns), (), rule, settings)
    told_ = "確認事項はありません。"
    if kind == "suspended" and question.register.tables["vendor_sanctions"].empty:
        told_ = "台帳に指名停止などの記録の表がないので、確かめていません。"
    return Step(label, Mark.NOTE, told_, _cells(question, item.rows, columns), (), rule, settings)
