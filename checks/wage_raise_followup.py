"""賃上げ実績の確認：賃上げの表明で加点を受けた相手方の実績が、期限までに、定めの書類で、表明した率に達していることを確認できない。

見るもの：
賃上げ表明の期間の終わり、実績の提出日と書類、前年と当年の給与総額、表明率と基準率。期限の60日・30日・14日・3日前にお知らせします。
なぜ：
表明した賃上げが実行されない、趣旨を意図的に外れる、資料が提出されない場合は、全省庁の総合評価で1年間減点されます
（rinya:1073-1076, 1113-1114）。
例：
事業年度の終わりから3か月を過ぎても、様式2の提出を確認できない。
該当しないもの：
期間がまだ終わっていないもの。表明率ちょうどを達成したもの。
前提：
発注者の指示した期限がなければ、期間の終わりから3か月とします（国土交通省の例による仮定。law.md 4.3）。
給与総額の比は丸めずに表明率と比べます。
すること：
相手方に実績整理表（様式2）と確認書類を求め、確認結果を記録してください。
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
from pydantic import Field

from checks import ledger, periods, vendors, words
from checks.catalogue import Check, Figure, Parameters
from checks.finding import UNVERIFIED_NOTE, CheckResult, Closed, Finding, NotJudged, Severity
from checks.register import Register, plain
from checks.rulebook import Rulebook, WageRaise


class WageParameters(Parameters):
    """Judgement, not law."""

    reminders: tuple[int, ...] = Field((60, 30, 14, 3), description="days before the due date on which to remind")


@dataclass(frozen=True)
class Promise:
    """What one vendor declared for one period, over all its contracts. Rates in percent, totals in yen."""

    identity: str
    vendor: str
    known_by: tuple[str, ...]
    basis: str
    period_end: date
    contracts: tuple[str, ...]
    department: str
    signed_on: date
    declared: Decimal | None
    required: Decimal | None
    previous: int | None
    current: int | None
    instructed_due: date | None
    submitted_on: date | None
    documents: frozenset[str] | None  # None: the column is absent
    result: str


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: WageParameters) -> CheckResult:
    """One finding per vendor, basis and period: overdue, short of what was declared, insufficient, due soon."""
    rows = register.tables["wage_declarations"]
    rules = rulebook.wage_raise
    if rules is None:
        count = rows["contract_id"].nunique()
        return CheckResult(not_judged={(NotJudged.NO_RULE, "賃上げ加点の定め"): count} if count else {})
    not_judged: dict[tuple[NotJudged, str], int] = {}
    findings, next_on, judged = [], [], set[str]()
    for promise in _promises(register, rows):
        due = promise.instructed_due or periods.months_after(promise.period_end, rules.due.months)
        finding = _judge(register, rules, promise, due, as_of, parameters)
        unknown = None if finding else _unknown(register, promise)
        if finding:
            findings.append(finding)
        if unknown:
            not_judged[unknown] = not_judged.get(unknown, 0) + len(promise.contracts)
        else:
            judged |= set(promise.contracts)
        if promise.submitted_on is None:
            turns = [due - timedelta(days=days) for days in parameters.reminders] + [due + timedelta(days=1)]
            next_on += [day for day in turns if day > as_of][:1]
    return CheckResult(tuple(findings), len(judged), not_judged, min(next_on, default=None))


def _unknown(register: Register, promise: Promise) -> tuple[NotJudged, str] | None:
    """What keeps a proof that was submitted from being judged: an absent column or a blank cell; None if nothing does."""
    if promise.submitted_on is None or promise.result:
        return None
    for column, blank in (
        ("declared_rate", promise.declared is None),
        ("previous_total", not promise.previous),
        ("current_total", promise.current is None),
        ("documents", promise.documents is None),
    ):
        if blank:
            known = register.has("wage_declarations", column)
            heading = ledger.WAGE_DECLARATIONS.by_name[column].heading
            return (NotJudged.BLANK if known else NotJudged.NO_COLUMN), heading
    return None


def _promises(register: Register, rows: pd.DataFrame) -> Iterator[Promise]:
    """Declarations of one vendor, basis and period are one promise: one proof serves all its contracts."""
    contracts = {row.contract_id: row for row in plain(register.contracts)}
    named = {(row.contract_id, row.name): row for row in plain(register.vendors)}
    groups: dict[tuple[str, str, date], list[Any]] = {}
    known: dict[str, tuple[str, tuple[str, ...]]] = {}
    for row in plain(rows.assign(knows_documents=register.knows(rows, "documents"))):
        if row.contract_id not in contracts:
            continue
        seen = named.get((row.contract_id, row.vendor))
        identity = seen.identity if seen else f"name:{register.renames.latest(row.vendor)[0]}"
        hidden = bool(contracts[row.contract_id].nondisclosure)
        if hidden:
            identity = f"contract:{row.contract_id}"
        known[identity] = (vendors.INDIVIDUAL if hidden else row.vendor, seen.known_by if seen else (identity,))
        groups.setdefault((identity, row.basis, row.period_end), []).append(row)
    for (identity, basis, period_end), held in sorted(groups.items()):
        ids = tuple(sorted({row.contract_id for row in held}))
        yield Promise(
            identity=identity,
            vendor=known[identity][0],
            known_by=known[identity][1],
            basis=basis,
            period_end=period_end,
            contracts=ids,
            department=contracts[ids[-1]].department,
            signed_on=min(contracts[contract_id].signed_on for contract_id in ids),
            declared=_highest(row.declared_rate for row in held),
            required=_highest(row.required_rate for row in held),
            previous=_last(row.previous_total for row in held),
            current=_last(row.current_total for row in held),
            instructed_due=_earliest(row.instructed_due for row in held),
            submitted_on=_earliest(row.submitted_on for row in held),
            documents=_documents(held),
            result=next((row.result for row in reversed(held) if row.result), ""),
        )


def _highest(rates: Iterator[str]) -> Decimal | None:
    return max((Decimal(rate) for rate in rates if rate), default=None)


def _last(values: Iterator[Any]) -> int | None:
    found = [value for value in values if value is not None]
    return found[-1] if found else None


def _earliest(values: Iterator[Any]) -> date | None:
    return min((value for value in values if value is not None), default=None)


def _documents(held: Sequence[Any]) -> frozenset[str] | None:
    if not any(row.knows_documents for row in held):
        return None
    return frozenset(line for row in held for line in row.documents.split("\n") if line)


def _judge(
    register: Register, rules: WageRaise, promise: Promise, due: date, as_of: date, parameters: WageParameters
) -> Finding | None:
    """The worst that can be said, one finding per promise."""
    if promise.result in ("未達成", "逸脱", "未提出"):
        told = f"確認結果が「{promise.result}」と記録されています。{_penalty(rules, promise.signed_on)}"
        return _tell(register, rules, promise, due, promise.result, Severity.HIGH, told)
    if promise.submitted_on is None and due < as_of:
        told = f"期限は{periods.wareki(due)}でしたが、実績の提出を確認できません。{_penalty(rules, promise.signed_on)}"
        return _tell(register, rules, promise, due, "未提出", Severity.HIGH, told, due_on=due)
    growth = _growth(promise)
    if growth is not None and promise.declared is not None and growth < Fraction(promise.declared):
        told = (
            f"給与総額の増加率は{_cut(growth)}%で、表明した{promise.declared}%に達したことを確認できません"
            f"（前年{promise.previous:,}円、当年{promise.current:,}円）。{_penalty(rules, promise.signed_on)}"
        )
        return _tell(register, rules, promise, due, "未達成", Severity.HIGH, told)
    least = promise.required if promise.required is not None else _rate(rules, promise.signed_on)
    if promise.declared is not None and least is not None and promise.declared < least:
        told = f"表明率{promise.declared}%が、加点に必要な率{least}%に達していません。"
        return _tell(register, rules, promise, due, "表明率の不足", Severity.MEDIUM, told)
    if promise.submitted_on is None:
        return _awaited(register, rules, promise, due, as_of, parameters)
    lacking = _lacking(rules, promise)
    if lacking:
        told = f"提出書類に{'、'.join(lacking)}を確認できません。"
        return _tell(register, rules, promise, due, "書類の不足", Severity.MEDIUM, told)
    if promise.submitted_on > due:
        days = (promise.submitted_on - due).days
        told = f"実績の書類は期限から{days}日遅れて、{periods.wareki(promise.submitted_on)}に提出されました。"
        return _tell(register, rules, promise, due, "遅延提出", Severity.MEDIUM, told, closed=Closed.LATE)
    return None


def _awaited(
    register: Register, rules: WageRaise, promise: Promise, due: date, as_of: date, parameters: WageParameters
) -> Finding | None:
    days_left = (due - as_of).days
    step = sum(days_left <= days for days in parameters.reminders)
    if not step:
        return None
    told = f"実績の提出期限は{periods.wareki(due)}です。"
    return _tell(register, rules, promise, due, "期限前", Severity.INFO, told, due_on=due, step=step)


def _rate(rules: WageRaise, day: date) -> Decimal | None:
    return next((rate.minimum for rate in rules.rates if rate.applies(day)), None)


def _growth(promise: Promise) -> Fraction | None:
    """(current / previous − 1) × 100, exact."""
    if not promise.previous or promise.current is None:
        return None
    return (Fraction(promise.current, promise.previous) - 1) * 100


def _cut(rate: Fraction) -> str:
    scaled = rate * 10_000
    return f"{Decimal(scaled.numerator // scaled.denominator) / 10_000:.4f}"


def _penalty(rules: WageRaise, signed_on: date) -> str:
    """What follows if it is confirmed; the factor only where the rule that sets it applied when the contract was signed."""
    factor = f"加点の{rules.penalty.factor}倍の" if rules.penalty.applies(signed_on) else ""
    return f"確定すれば、{factor}減点が{rules.penalty.months}か月、全省庁で行われます。"


def _lacking(rules: WageRaise, promise: Promise) -> list[str]:
    """The documents that are not there; an equivalent by a tax accountant stands for those of the two periods.

    One listed document covers both periods unless it is marked as that of one of them.
    """
    if promise.documents is None or not promise.basis:
        return []
    listed = [words.narrow(line) for line in promise.documents]
    lacking = [] if any(words.narrow(rules.summary) in line for line in listed) else [rules.summary]
    usual: tuple[str, ...] = rules.documents[promise.basis]  # type: ignore[index]  # 事業年度 or 暦年: a choice of the ledger
    proofs = [line for line in listed if any(words.narrow(name) in line for name in (*usual, *rules.equivalents))]
    if not proofs:
        return [*lacking, usual[0]]
    marks = [{period for period, mark in _PERIOD_MARKS.items() if mark.search(line)} for line in proofs]
    if all(marks):
        lacking += [f"{usual[0]}（{period}分）" for period in _PERIOD_MARKS if period not in set().union(*marks)]
    return lacking


_PERIOD_MARKS = {"前年": re.compile("前(?:年|事業年|期)"), "当年": re.compile("当(?:年|事業年|期)|今(?:年|期)")}


def _tell(
    register: Register,
    rules: WageRaise,
    promise: Promise,
    due: date,
    pattern: str,
    severity: Severity,
    told: str,
    *,
    due_on: date | None = None,
    step: int = 0,
    closed: Closed | None = None,
) -> Finding:
    assumed = promise.instructed_due is None
    relies_on_due = pattern in ("未提出", "期限前", "遅延提出")
    verified = rules.due.verified if assumed and relies_on_due else rules.penalty.verified
    period = f"{promise.basis or '期間'}（{periods.wareki(promise.period_end)}まで）"
    note = (
        "期限は指示の記録がないため、期間の終わりから3か月と仮定しています（推定）。"
        if assumed and relies_on_due
        else ""
    )
    note = note.replace("3か月", f"{rules.due.months}か月")
    figures = {
        "vendor": promise.vendor,
        "period_end": promise.period_end.isoformat(),
        "due_on": due.isoformat(),
        "due_assumed": "仮定" if assumed else "指示による",
        "submitted_on": promise.submitted_on.isoformat() if promise.submitted_on else None,
        "declared_rate": str(promise.declared) if promise.declared is not None else None,
        "required_rate": str(promise.required) if promise.required is not None else None,
        "previous_total": promise.previous,
        "current_total": promise.current,
        "actual_rate": _cut(growth) if (growth := _growth(promise)) is not None else None,
        "count": len(promise.contracts),
    }
    titles = {
        "未提出": "の賃上げ実績の提出が確認できません",
        "期限前": "の賃上げ実績の提出期限が近づいています",
        "遅延提出": "の賃上げ実績が遅れて提出されました",
        "書類の不足": "の賃上げ実績の書類に不足があります",
        "表明率の不足": "の賃上げ表明率が基準に達していません",
    }
    return Finding(
        check="wage_raise_followup",
        organization=register.organization,
        subject=f"{promise.identity}|{promise.basis}|{promise.period_end.isoformat()}",
        keys=tuple(f"{key}|{promise.basis}|{promise.period_end.isoformat()}" for key in promise.known_by),
        contracts=promise.contracts,
        severity=severity,
        title=f"{promise.vendor}{titles.get(pattern, 'の賃上げ実績が表明に達したことを確認できません')}",
        explanation=f"{promise.vendor}は{period}の賃上げを表明して加点を受けています（契約{len(promise.contracts)}件）。{told}{note}"
        + ("" if verified else UNVERIFIED_NOTE),
        next_step="相手方に実績整理表（様式2）と確認書類を求め、確認結果と確認日を台帳に記録してください。",
        authority=f"{rules.authority}（{rules.due.source if assumed and relies_on_due else rules.penalty.source}）",
        verified=verified,
        figures={key: value for key, value in figures.items() if value is not None},
        due_on=due_on,
        assumed=assumed and due_on is not None,
        department=promise.department,
        pattern=pattern,
        step=step,
        closed=closed,
    )


CHECK = Check(
    id="wage_raise_followup",
    prefix="WR",
    title="賃上げ実績の確認",
    question="賃上げの表明で加点を受けた相手方の実績が、期限までに、表明した率で確認されたか。",
    authority="総合評価落札方式における賃上げを実施する企業に対する加点措置（財計第4803号・第2111号、rinya:1052-1143）",
    examine=examine,
    parameters=WageParameters,
    figures={
        "vendor": Figure("相手方"),
        "count": Figure("契約数", "件"),
        "period_end": Figure("期間の終わり", "日付"),
        "due_on": Figure("提出期限", "日付"),
        "due_assumed": Figure("期限の根拠"),
        "submitted_on": Figure("提出日", "日付"),
        "declared_rate": Figure("表明率", "%"),
        "required_rate": Figure("基準率", "%"),
        "actual_rate": Figure("実績の率（切捨て）", "%"),
        "previous_total": Figure("前年の給与総額", "円"),
        "current_total": Figure("当年の給与総額", "円"),
    },
    innocent="記録だけが足りない、発注者が別の期限を指示している、または税理士・公認会計士等の同等の書類で達成を確かめられるなら、問題ではありません。",
    needs={ledger.WAGE_DECLARATIONS.name: ("vendor", "period_end", "declared_rate", "submitted_on")},
    at_stake="",
    cleared_as="fixed",
)
