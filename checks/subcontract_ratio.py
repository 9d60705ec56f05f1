"""再請負比率：契約金額に占める再請負金額の割合や、再請負の承認・届出が、契約の定めに合っていることを確認できない。

見るもの：
一次の再請負金額の合計の契約金額（変更後）に対する割合、全部・主たる部分の再請負、承認と変更承認、再々請負の届出、
指名停止中の再請負先。
なぜ：
再請負できるのは原則として契約金額の50パーセント以内の業務で、全部又は主たる部分は再請負できません（rinya:455-464, 969）。
例：
契約金額2,200万円に対し、二社への再請負が合わせて1,200万円（54.5%）ある。
該当しないもの：
ちょうど50%のもの。軽微な再請負（事務的業務で、50%以内かつ100万円以下）の承認。着手前で承認を待っているもの。
前提：
軽微な再請負も合計には含め、除いた割合もあわせて示します。承認を受けたものとみなす旨の記録があれば、承認済みとします。
再々請負は合計に含めず、届出の「速やかに」は10日とみなします。単価契約は予定総額に対する割合とし、重要度を一段下げます。
軽微に当たるかどうかが分からない再請負、次数の分からない再請負については、承認がないとはお知らせしません。
すること：
承認の書類を確かめ、割合を超える事情があれば理由を記録してください。
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from checks import ledger, yen
from checks.catalogue import Check, Figure, Parameters
from checks.cells import Lazy, cells_of, given
from checks.columns import listed
from checks.finding import UNVERIFIED_NOTE, CheckResult, Finding, NotJudged, Reasons, Severity
from checks.register import KNOWN, Register, picked
from checks.rulebook import Rulebook, Subcontract
from checks.sanctions import SUSPENSIONS, Sanctions
from checks.subcontract_approvals import Outsourced, Told, approvals, evidence, is_deeper, is_minor, suspended


class SubcontractParameters(Parameters):
    """Judgement, not law."""

    prompt_days: int = Field(
        10, ge=1, le=60, description="速やかに (再々請負の届出), in days; the contract sets no number"
    )


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: SubcontractParameters) -> CheckResult:
    """One finding per contract and kind."""
    rules = rulebook.subcontract
    rows = register.tables["subcontracts"]
    recorded, not_judged = list(dict.fromkeys(listed(rows["contract_id"]))), Reasons()
    if rules is None:
        if recorded:
            not_judged.add((NotJudged.NO_RULE, "再請負の定め"), recorded)
        return CheckResult(not_judged=not_judged, asked=frozenset(recorded))
    if not recorded:  # no subcontract was ever recorded: an absent table is unknown, it is no proof that there are none
        if register.cells.rows:
            not_judged.add((NotJudged.NO_COLUMN, "再請負番号"), pd.Series(register.cells["contract_id"]))
        return CheckResult(not_judged=not_judged)
    findings: list[Finding] = []
    next_on: list[date] = []
    judged = 0
    sanctions = Sanctions(register, SUSPENSIONS)
    for contract, parts in outsourced(register):
        amount = contract.yen
        if amount is None or amount <= 0:
            blank = NotJudged.BLANK if register.has("contracts", "amount") else NotJudged.NO_COLUMN
            not_judged.add((blank, "契約金額"), [contract.contract_id])
            continue
        item = Outsourced(contract, amount, parts)
        told, waits = told_of(rules, item, sanctions, as_of, parameters)
        findings += [_finding(register, rules, item, one) for one in told]
        next_on += waits
        not_judged.each((key, contract.contract_id) for key in sorted(item.unknown))
        judged += bool(told) or not item.unknown
    return CheckResult(tuple(findings), judged, not_judged, min(next_on, default=None), frozenset(recorded))


def told_of(
    rules: Subcontract, item: Outsourced, sanctions: Sanctions, as_of: date, parameters: SubcontractParameters
) -> tuple[list[Told], list[date]]:
    """All that is found of one contract, and when what is awaited turns; ``item.unknown`` is filled."""
    asked, waits = approvals(rules, item, as_of, parameters.prompt_days)
    return [*_ratio(rules, item), *_given_away(item), *asked, *suspended(item, sanctions)], waits


_OF_CONTRACTS = ("contract_id", "title", "department", "starts_on", "ends_on", "unit_price", "yen")
_KNOWS = {
    "knows_tier": ("tier",),
    "knows_amount": ("amount",),
    "knows_clerical": ("clerical",),
    "knows_approval": ("approved_on",),
    "knows_start": ("starts_on",),
    "knows_change": ("changed_on", "change_approved_on"),
    "knows_notice": ("notified_on",),
}


def outsourced(register: Register) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Each contract that has subcontracts, with them, in order of the contract's id."""
    rows = register.tables["subcontracts"]
    known = {name: given(register.knew(rows[KNOWN], *columns)) for name, columns in _KNOWS.items()}
    names = [*(column.name for column in ledger.SUBCONTRACTS.columns), *known]
    parts: dict[str, list[Any]] = {}
    for row in picked(cells_of(rows).added(known), np.arange(len(rows)), names):
        parts.setdefault(row.contract_id, []).append(row)
    counted = register.cells.added({"yen": Lazy(lambda: register.changed)})
    places = np.flatnonzero(register.with_rows_in("subcontracts"))
    for contract in sorted(picked(counted, places, _OF_CONTRACTS), key=lambda row: str(row.contract_id)):
        yield contract, tuple(sorted(parts[contract.contract_id], key=lambda row: str(row.subcontract_id)))


def first_tier(item: Outsourced) -> list[Any]:
    """再請負 with an amount, where the tier is known: what is certain to be in the sum."""
    return [row for row in item.rows if row.knows_tier and not is_deeper(row) and row.amount is not None]


def _ratio(rules: Subcontract, item: Outsourced) -> Iterator[Told]:
    """Above the ratio is a finding; exactly at it is not. Compared exactly; what is unknown can only add to the sum."""
    tier = first_tier(item)
    total = sum(row.amount for row in tier)
    limit = Fraction(rules.limit_percent) / 100
    if Fraction(total, item.amount) <= limit:
        blank = [row for row in item.rows if not is_deeper(row) and row.amount is None]
        if blank:
            known = all(row.knows_amount for row in blank)
            item.unknown.add((NotJudged.BLANK if known else NotJudged.NO_COLUMN, "再請負金額"))
        perhaps = sum(row.amount for row in item.rows if not row.knows_tier and row.amount is not None)
        if Fraction(total + perhaps, item.amount) > limit:
            item.unknown.add((NotJudged.NO_COLUMN, "次数"))
        return
    minor = sum(row.amount for row in tier if is_minor(rules, row, item.amount))
    excess = Fraction(total) - limit * item.amount
    excess_yen = -(-excess.numerator // excess.denominator)
    figures = {
        "amount": item.amount,
        "subcontracted": total,
        "ratio": yen.percent(total, item.amount, 2),
        "limit_percent": str(rules.limit_percent),
        "excess": excess_yen,
        "minor": minor,
        "ratio_without_minor": yen.percent(total - minor, item.amount, 2),
        "parts": [row.amount for row in tier],
    }
    text = (
        f"再請負の合計は{yen.exact(total)}で、契約金額{yen.exact(item.amount)}の{figures['ratio']}%です。"
        f"原則とされる{rules.limit_percent}%を{yen.exact(excess_yen)}上回ります。"
    )
    if minor:
        text += f"軽微な再請負{yen.exact(minor)}を除くと{figures['ratio_without_minor']}%です。"
    if item.contract.unit_price:
        text += "単価契約のため、予定総額に対する割合です。"
    step = "承認の書類で割合を確かめ、超える事情があれば理由を記録してください。"
    severity = Severity.HIGH.level_down() if item.contract.unit_price else Severity.HIGH
    yield Told("ratio", "再請負の割合が原則を超えています", text, step, severity, figures)


def _given_away(item: Outsourced) -> Iterator[Told]:
    core = [row for row in item.rows if row.core]
    if core:
        text = (
            f"主たる部分（総合的企画、業務遂行管理、手法の決定、技術的判断など）とされた再請負が{len(core)}件あります。"
        )
        step = "業務範囲が主たる部分に当たるかどうかを、承認の書類で確かめてください。"
        figures = {"amount": item.amount, **evidence(core)}
        yield Told("core", "主たる部分の再請負の疑い", text, step, Severity.HIGH, figures)
    total = sum(row.amount for row in first_tier(item))
    if total >= item.amount:
        text = f"再請負の合計{yen.exact(total)}が契約金額{yen.exact(item.amount)}以上で、一括の再請負の疑いがあります。"
        step = "受注者が自ら行う業務を確かめてください。"
        figures = {"amount": item.amount, "subcontracted": total}
        yield Told("whole", "一括の再請負の疑い", text, step, Severity.HIGH, figures)


def _finding(register: Register, rules: Subcontract, item: Outsourced, told: Told) -> Finding:
    return Finding(
        check="subcontract_ratio",
        organization=register.organization,
        subject=f"{item.contract.contract_id}|{told.kind}",
        contracts=(item.contract.contract_id,),
        severity=told.severity,
        title=f"「{item.contract.title}」{told.title}",
        explanation=told.text
        + (f"（{rules.articles[told.kind]}）" if told.kind in rules.articles else "")
        + ("" if rules.verified else UNVERIFIED_NOTE),
        next_step=told.step,
        authority=f"{rules.authority}（{rules.source}）",
        verified=rules.verified,
        figures=told.figures,
        department=item.contract.department,
        pattern=told.title,
    )


CHECK = Check(
    id="subcontract_ratio",
    prefix="SB",
    title="再請負比率",
    question="再請負の割合が原則を超えず、承認と届出が定めのとおり行われたか。",
    authority="請負契約書(案)3条（rinya:455-464, 969）",
    examine=examine,
    parameters=SubcontractParameters,
    figures={
        "amount": Figure("契約金額（変更後）", "円"),
        "subcontracted": Figure("再請負の合計", "円"),
        "ratio": Figure("割合（切捨て）", "%"),
        "limit_percent": Figure("原則の割合", "%"),
        "excess": Figure("上回る額", "円"),
        "minor": Figure("うち軽微", "円"),
        "ratio_without_minor": Figure("軽微を除く割合", "%"),
        "parts": Figure("各再請負の額", "円"),
        "count": Figure("件数", "件"),
        "subcontracts": Figure("再請負番号"),
        "scopes": Figure("業務範囲"),
        "approved_on": Figure("承認日", "日付"),
        "starts_on": Figure("着手日", "日付"),
    },
    innocent="超過の理由を記録して事前に承認した、仕様書で承認とみなされる、軽微な再請負に当たる、または承認・届出の記録だけが足りないなら、問題ではありません。",
    needs={ledger.SUBCONTRACTS.name: ("amount", "tier")},
    at_stake="amount",
    cleared_as="fixed",
    version=3,
)
