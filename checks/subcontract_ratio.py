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
すること：
承認の書類を確かめ、割合を超える事情があれば理由を記録してください。
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from checks import ledger, periods, words, yen
from checks.catalogue import Check, Figure, Parameters
from checks.finding import UNVERIFIED_NOTE, CheckResult, Finding, NotJudged, Severity
from checks.register import Register, plain
from checks.rulebook import Rulebook, Subcontract


class SubcontractParameters(Parameters):
    """This check has no figure of judgement: all of them are the rulebook's."""


@dataclass(frozen=True)
class Outsourced:
    """A contract with its subcontracts. Yen."""

    contract_id: str
    title: str
    department: str
    starts_on: date | None
    amount: int
    rows: pd.DataFrame

    @property
    def first_tier(self) -> pd.DataFrame:
        """再請負 (blank tier = 1), with an amount."""
        return self.rows[(self.rows["tier"].fillna(1) == 1) & self.rows["amount"].notna()]


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: SubcontractParameters) -> CheckResult:  # noqa: ARG001  # every figure is the rulebook's
    """One finding per contract and kind."""
    rules = rulebook.subcontract
    rows = register.tables["subcontracts"]
    counted = int(rows["contract_id"].nunique())
    if rules is None:
        return CheckResult(not_judged={(NotJudged.NO_RULE, "再請負の定め"): counted} if counted else {})
    not_judged: dict[tuple[NotJudged, str], int] = {}
    findings: list[Finding] = []
    judged = 0
    next_on: list[date] = []
    contracts = {row.contract_id: row for row in plain(register.contracts)}
    sanctions = _suspensions(register)
    for contract_id, held in rows.groupby("contract_id", sort=True):
        if contract_id not in contracts:
            continue
        contract = contracts[str(contract_id)]
        amount = register.amounts[contract_id]
        if pd.isna(amount) or amount <= 0:
            _count(not_judged, known=register.has("contracts", "amount"), heading="契約金額")
            continue
        judged += 1
        item = Outsourced(
            contract.contract_id, contract.title, contract.department, contract.starts_on, int(amount), held
        )
        findings += _ratio(register, rules, item, not_judged)
        findings += _given_away(register, rules, item)
        findings += _approvals(register, rules, item, as_of, not_judged)
        findings += _suspended(register, rules, item, sanctions)
        next_on += [row.starts_on for row in plain(held) if _is_pending(row, as_of)]
    return CheckResult(tuple(findings), judged, not_judged, min(next_on, default=None))


def _count(not_judged: dict[tuple[NotJudged, str], int], *, known: bool, heading: str) -> None:
    key = (NotJudged.BLANK if known else NotJudged.NO_COLUMN, heading)
    not_judged[key] = not_judged.get(key, 0) + 1


def _ratio(
    register: Register, rules: Subcontract, item: Outsourced, not_judged: dict[tuple[NotJudged, str], int]
) -> Iterator[Finding]:
    """Above the ratio is a finding; exactly at it is not. Compared exactly."""
    if item.rows["amount"].isna().any():
        _count(not_judged, known=bool(register.knows(item.rows, "amount").all()), heading="再請負金額")
    tier = item.first_tier
    total = int(tier["amount"].sum())
    limit = Fraction(rules.limit_percent) / 100
    if Fraction(total, item.amount) <= limit:
        return
    minor = int(tier.loc[[_is_minor(rules, row, item.amount) for row in plain(tier)], "amount"].sum())
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
        "parts": [int(value) for value in tier["amount"]],
    }
    told = (
        f"再請負の合計は{yen.exact(total)}で、契約金額{yen.exact(item.amount)}の{figures['ratio']}%です。"
        f"原則とされる{rules.limit_percent}%を{yen.exact(excess_yen)}上回ります。"
    )
    if minor:
        told += f"軽微な再請負{yen.exact(minor)}を除くと{figures['ratio_without_minor']}%です。"
    step = "承認の書類で割合を確かめ、超える事情があれば理由を記録してください。"
    yield _tell(register, rules, item, "ratio", "再請負の割合が原則を超えています", told, step, Severity.HIGH, figures)


def _is_minor(rules: Subcontract, row: Any, amount: int) -> bool:
    """軽微: clerical, within the ratio and within the amount, all three."""
    clerical = bool(row.clerical)
    return (
        clerical
        and row.amount is not None
        and row.amount <= rules.minor_yen
        and Fraction(row.amount, amount) <= Fraction(Decimal(rules.minor_percent)) / 100
    )


def _given_away(register: Register, rules: Subcontract, item: Outsourced) -> Iterator[Finding]:
    core = item.rows[item.rows["core"].fillna(value=False).astype(bool)]
    if len(core):
        told = (
            f"主たる部分（総合的企画、業務遂行管理、手法の決定、技術的判断など）とされた再請負が{len(core)}件あります。"
        )
        step = "業務範囲が主たる部分に当たるかどうかを、承認の書類で確かめてください。"
        figures = {"amount": item.amount, **_evidence(plain(core))}
        yield _tell(register, rules, item, "core", "主たる部分の再請負の疑い", told, step, Severity.HIGH, figures)
    total = int(item.first_tier["amount"].sum())
    if total >= item.amount:
        told = f"再請負の合計{yen.exact(total)}が契約金額{yen.exact(item.amount)}以上で、一括の再請負の疑いがあります。"
        step = "受注者が自ら行う業務を確かめてください。"
        figures = {"amount": item.amount, "subcontracted": total}
        yield _tell(register, rules, item, "whole", "一括の再請負の疑い", told, step, Severity.HIGH, figures)


def _approvals(
    register: Register,
    rules: Subcontract,
    item: Outsourced,
    as_of: date,
    not_judged: dict[tuple[NotJudged, str], int],
) -> Iterator[Finding]:
    """Approval, approval of changes and notices, where the ledger has the columns to tell."""
    rows = item.rows.assign(
        knows_approval=register.knows(item.rows, "approved_on"),
        knows_change=register.knows(item.rows, "changed_on", "change_approved_on"),
        knows_notice=register.knows(item.rows, "notified_on"),
    )
    kinds: dict[str, list[Any]] = {}
    asked = [row for row in plain(rows) if not _is_minor(rules, row, item.amount)]
    if any(not _is_deeper(row) and not row.knows_approval and not row.deemed_approval for row in asked):
        _count(not_judged, known=False, heading="承認日")
    if any(_is_deeper(row) and not row.knows_notice for row in asked):
        _count(not_judged, known=False, heading="届出日")
    for row in asked:
        kind = "" if _is_pending(row, as_of) else _approval_of(row)
        if kind:
            kinds.setdefault(kind, []).append(row)
    for kind, held in sorted(kinds.items()):
        title, told, step = _APPROVALS[kind]
        figures = _evidence(held)
        yield _tell(register, rules, item, kind, title, told.format(n=len(held)), step, Severity.MEDIUM, figures)


def _is_deeper(row: Any) -> bool:
    """再々請負 or beyond."""
    return row.tier is not None and row.tier >= 2


def _is_pending(row: Any, as_of: date) -> bool:
    """Approval is awaited, and the work has not begun."""
    return row.approved_on is None and row.starts_on is not None and row.starts_on > as_of


def _evidence(rows: Iterable[Any]) -> dict[str, Any]:
    """The subcontracts themselves, without names: which, how much, for what, approved and begun when."""
    held = list(rows)
    told = {
        "parts": [row.amount for row in held if row.amount is not None],
        "scopes": "、".join(row.scope for row in held if row.scope),
        "approved_on": [row.approved_on.isoformat() for row in held if row.approved_on],
        "starts_on": [row.starts_on.isoformat() for row in held if row.starts_on],
    }
    return {
        "count": len(held),
        "subcontracts": "、".join(row.subcontract_id for row in held),
        **{name: value for name, value in told.items() if value},
    }


def _approval_of(row: Any) -> str:
    if _is_deeper(row):
        return "second_tier" if row.knows_notice and row.notified_on is None else ""
    if row.knows_approval and not row.deemed_approval:
        if row.approved_on is None:
            return "unapproved"
        if row.starts_on is not None and row.approved_on > row.starts_on:
            return "approved_late"
    changed = row.knows_change and row.changed_on is not None
    if changed and (row.change_approved_on is None or row.change_approved_on > row.changed_on):
        return "change_unapproved"
    return ""


_APPROVALS = {
    "unapproved": (
        "再請負の承認が確認できません",
        "承認日の記録がない再請負が{n}件あります。",
        "承認の書類があれば承認日を記録し、なければ承認の手続を確かめてください。",
    ),
    "approved_late": (
        "再請負の承認が着手より後です",
        "着手日より後に承認された再請負が{n}件あります。",
        "着手の時期と承認の経緯を確かめてください。",
    ),
    "change_unapproved": (
        "再請負の変更の事前承認が確認できません",
        "変更があらかじめ承認されたことを確認できない再請負が{n}件あります。",
        "変更の承認の書類を確かめ、承認日を記録してください。",
    ),
    "second_tier": (
        "再々請負の届出が確認できません",
        "届出日の記録がない再々請負が{n}件あります。",
        "届出の書類があれば届出日を記録し、なければ届出を求めてください。",
    ),
}


def _suspensions(register: Register) -> Mapping[str, list[tuple[date, date]]]:
    rows = register.tables["vendor_sanctions"]
    found: dict[str, list[tuple[date, date]]] = {}
    for row in plain(rows[rows["kind"].isin(["指名停止", "参加資格制限", "排除"])]):
        span = (row.starts_on, row.ends_on or date.max)
        for key in {row.vendor_number, words.company(row.vendor)} - {""}:
            found.setdefault(key, []).append(span)
    return found


def _suspended(
    register: Register, rules: Subcontract, item: Outsourced, suspensions: Mapping[str, list[tuple[date, date]]]
) -> Iterator[Finding]:
    for row in plain(item.rows):
        day = row.approved_on or row.starts_on or row.requested_on or item.starts_on
        spans = suspensions.get(row.subcontractor_number or words.company(row.subcontractor), [])
        if day and any(first <= day <= last for first, last in spans):
            told = f"再請負先（再請負番号{row.subcontract_id}）は、{periods.wareki(day)}に指名停止などの期間中でした。"
            step = "承認の時点の指名停止の記録を確かめてください。"
            figures = {"subcontracts": row.subcontract_id}
            yield _tell(
                register, rules, item, "suspended", "指名停止中の再請負先の疑い", told, step, Severity.MEDIUM, figures
            )
            return


def _tell(
    register: Register,
    rules: Subcontract,
    item: Outsourced,
    kind: str,
    title: str,
    told: str,
    step: str,
    severity: Severity,
    figures: Mapping[str, Any],
) -> Finding:
    return Finding(
        check="subcontract_ratio",
        organization=register.organization,
        subject=f"{item.contract_id}|{kind}",
        contracts=(item.contract_id,),
        severity=severity,
        title=f"「{item.title}」{title}",
        explanation=told
        + (f"（{rules.articles[kind]}）" if kind in rules.articles else "")
        + ("" if rules.verified else UNVERIFIED_NOTE),
        next_step=step,
        authority=f"{rules.authority}（{rules.source}）",
        verified=rules.verified,
        figures=figures,
        department=item.department,
        pattern=title,
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
)
