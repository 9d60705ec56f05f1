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
給与総額の比は丸めずに表明率と比べます。基準率の記録がなければ、契約日の最低の率とします（企業の規模は台帳にありません）。
前年と当年の給与総額は一つの行の組で比べ、契約ごとの組が一致しなければ判定しません。加点の有無を読み取れない値も判定しません。
減点の期間は、記録された減点の開始日から規程の月数です。加点の記録だけがあり表明の記録がない契約は、期間が分からないので判定しません。
すること：
相手方に実績整理表（様式2）と確認書類を求め、確認結果を記録してください。
"""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from pydantic import Field

from checks import ledger, periods, reminders
from checks.catalogue import Check, Figure, Parameters
from checks.columns import listed
from checks.finding import UNVERIFIED_NOTE, CheckResult, Closed, Finding, NotJudged, Reasons, Severity
from checks.register import Register
from checks.reminders import Reminders
from checks.rulebook import Rulebook, WageRaise
from checks.sanctions import DEDUCTION, Sanctions
from checks.wage_raise import UNREADABLE, Promise, cut, has_equivalent, lacking, points, promises


class WageParameters(Parameters):
    """Judgement, not law."""

    reminders: Reminders = Field(
        (60, 30, 14, 3), description="days before the due date on which to remind (1–365, falling, at most 10)"
    )


@dataclass(frozen=True)
class Penalty:
    """減点: what is said of it, and its first and last day where they are recorded."""

    told: str
    first: date | None = None
    last: date | None = None


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: WageParameters) -> CheckResult:
    """One finding per vendor, basis and period: overdue, short of what was declared, insufficient, due soon."""
    rows = register.tables["wage_declarations"]
    rules = rulebook.wage_raise
    undeclared, unreadable = _undeclared(register)
    not_judged = Reasons()
    if rules is None:
        spoken_of = [*dict.fromkeys(listed(rows["contract_id"])), *undeclared, *unreadable]
        if spoken_of:
            not_judged.add((NotJudged.NO_RULE, "賃上げ加点の定め"), spoken_of)
        return CheckResult(not_judged=not_judged, asked=frozenset(spoken_of))
    if undeclared:  # points were given, but for which period the raise was promised is not recorded
        column = NotJudged.BLANK if len(rows) else NotJudged.NO_COLUMN
        not_judged.add((column, "期間終了日"), undeclared)
    if unreadable:
        not_judged.add(UNREADABLE, unreadable)
    deductions = Sanctions(register, [DEDUCTION], rules.penalty.months)
    findings, next_on, judged, spoken = [], [], set[str](), {*undeclared, *unreadable}
    for promise in promises(register, rules):
        due = due_on(rules, promise)
        finding = judge(register, rules, promise, due, as_of, parameters, deductions)
        unknown = None if finding else unknown_of(promise, due, register)
        if finding:
            findings.append(finding)
        if unknown:
            not_judged.add(unknown, promise.contracts)
        else:
            judged |= set(promise.contracts)
        if not promise.proved and promise.knows_submission:
            turns = [*reminders.turns(parameters.reminders, due), due + timedelta(days=1)]
            next_on += [day for day in turns if day > as_of][:1]
        spoken |= set(promise.contracts)
    return CheckResult(
        tuple(findings),
        len(judged),
        not_judged,
        min(next_on, default=None),
        frozenset(spoken),
    )


def _undeclared(register: Register) -> tuple[list[str], list[str]]:
    """The contracts without a declaration that got points, and those of which it cannot be read whether they did."""
    ids, spoken = register.cells["contract_id"], ~register.with_rows_in("wage_declarations")
    given, unreadable = (listed(ids[spoken & said]) for said in points(register.cells))
    return given, unreadable


def due_on(rules: WageRaise, promise: Promise) -> date:
    """The day that was instructed; else so many months after the period, as the rulebook assumes."""
    return promise.instructed_due or periods.months_after(promise.period_end, rules.due.months)


def unknown_of(promise: Promise, due: date, register: Register) -> tuple[NotJudged, str] | None:
    """What keeps a promise from being judged: an absent column or a blank cell; None if nothing does."""
    if promise.totals_differ and promise.submitted_on is not None and not promise.result:
        return NotJudged.BLANK, "前年・当年給与総額（契約ごとの記録が一致しない）"
    if promise.result:
        # the agency has decided; when the proof came is known at least from the day of the decision
        in_time = promise.submitted_on or (promise.confirmed_on and promise.confirmed_on <= due)
        blanks = [("submitted_on", not in_time)]
    elif promise.submitted_on is None:
        blanks = [("submitted_on", not promise.knows_submission)]
    else:
        blanks = [
            ("declared_rate", promise.declared is None),
            ("previous_total", not promise.previous),
            ("current_total", promise.current is None),
            ("documents", promise.documents is None),
            ("basis", not promise.basis),
        ]
    for column, blank in blanks:
        if blank:
            known = register.has("wage_declarations", column)
            heading = ledger.WAGE_DECLARATIONS.by_name[column].heading
            return (NotJudged.BLANK if known else NotJudged.NO_COLUMN), heading
    return None


def judge(
    register: Register,
    rules: WageRaise,
    promise: Promise,
    due: date,
    as_of: date,
    parameters: WageParameters,
    deductions: Sanctions,
) -> Finding | None:
    """The worst that can be said, one finding per promise."""
    after = _penalty(rules, promise, deductions)
    if promise.result in ("未達成", "逸脱", "未提出"):
        told = f"確認結果が「{promise.result}」と記録されています。{after.told}"
        return _tell(register, rules, promise, due, promise.result, Severity.HIGH, told, after=after)
    if not promise.proved and not promise.knows_submission:
        return None
    if not promise.proved and due < as_of:
        told = f"期限は{periods.wareki(due)}でしたが、実績の提出を確認できません。{after.told}"
        return _tell(register, rules, promise, due, "未提出", Severity.HIGH, told, due_on=due, after=after)
    fallen = _fallen_short(register, rules, promise, due, after)
    if fallen:
        return fallen
    if promise.short is not None:
        declared, required, _ = promise.short
        told = f"表明率{declared}%が、加点に必要な率{required}%に達していません。"
        return _tell(register, rules, promise, due, "表明率の不足", Severity.MEDIUM, told)
    if not promise.proved:
        return _awaited(register, rules, promise, due, as_of, parameters)
    missing = lacking(rules, promise)
    if missing:
        told = f"提出書類に{'、'.join(missing)}を確認できません。"
        return _tell(register, rules, promise, due, "書類の不足", Severity.MEDIUM, told)
    if promise.submitted_on is not None and promise.submitted_on > due:
        days = (promise.submitted_on - due).days
        told = f"実績の書類は期限から{days}日遅れて、{periods.wareki(promise.submitted_on)}に提出されました。"
        return _tell(register, rules, promise, due, "遅延提出", Severity.MEDIUM, told, closed=Closed.LATE)
    return None


def _fallen_short(register: Register, rules: WageRaise, promise: Promise, due: date, after: Penalty) -> Finding | None:
    """The totals do not reach the declared rate; what a third party has stated or the agency has confirmed weighs against it."""
    growth = promise.growth
    if growth is None or promise.declared is None or growth >= Fraction(promise.declared):
        return None
    stated, confirmed = has_equivalent(rules, promise), promise.result == "達成"
    if stated and confirmed:  # reached by another measure: continuing employees, basic pay (law.md 4.2)
        return None
    told = (
        f"給与総額の増加率は{cut(growth)}%で、表明した{promise.declared}%に達したことを確認できません"
        f"（前年{promise.previous:,}円、当年{promise.current:,}円）。{after.told}"
    )
    if confirmed:
        told += "確認結果は「達成」と記録されています。"
    if stated:
        told += "税理士などの書類があり、別の指標で達成を確かめられることがあります。"
    severity = Severity.HIGH.level_down() if stated or confirmed else Severity.HIGH
    return _tell(register, rules, promise, due, "未達成", severity, told, after=after)


def _awaited(
    register: Register, rules: WageRaise, promise: Promise, due: date, as_of: date, parameters: WageParameters
) -> Finding | None:
    days_left = (due - as_of).days
    step = reminders.step(parameters.reminders, days_left)
    if not step:
        return None
    told = f"実績の提出期限は{periods.wareki(due)}です。"
    return _tell(register, rules, promise, due, "期限前", Severity.INFO, told, due_on=due, step=step)


def _penalty(rules: WageRaise, promise: Promise, deductions: Sanctions) -> Penalty:
    """What follows: the 減点 that is recorded for the vendor since the period's end, else what follows if it is confirmed.

    The factor is told only where the rule that sets it applied when the contract was signed.
    """
    factor = f"加点の{rules.penalty.factor}倍の" if rules.penalty.applies(promise.signed_on) else ""
    for one in deductions.of(promise.known_by):
        if one.starts_on > promise.period_end:
            span = f"{periods.wareki(one.starts_on)}から{periods.wareki(one.last_on)}まで"
            assumed = "" if one.ends_on else f"（終了日の記録がないため{rules.penalty.months}か月とみなす）"
            told = f"この相手方には{span}の{factor}減点の期間が記録されています{assumed}。全省庁が対象です。"
            return Penalty(told, one.starts_on, one.last_on)
    told = f"確定すれば、{factor}減点が{rules.penalty.months}か月、全省庁で行われます。開始日は発注者の通知によります。"
    return Penalty(told)


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
    after: Penalty | None = None,
) -> Finding:
    assumed = promise.instructed_due is None
    relies_on_due = pattern in ("未提出", "期限前", "遅延提出")
    verified = rules.due.verified if assumed and relies_on_due else rules.penalty.verified
    if pattern == "表明率の不足" and promise.short is not None:
        verified = promise.short[2]
    note = (
        f"期限は指示の記録がないため、期間の終わりから{rules.due.months}か月と仮定しています（推定）。"
        if assumed and relies_on_due
        else ""
    )
    return Finding(
        check="wage_raise_followup",
        organization=register.organization,
        subject=_subject(promise.identity, promise),
        keys=_keys(promise),
        contracts=promise.contracts,
        severity=severity,
        title=f"{promise.vendor}{_TITLES.get(pattern, 'の賃上げ実績が表明に達したことを確認できません')}",
        explanation=_promised(promise) + told + note + ("" if verified else UNVERIFIED_NOTE),
        next_step="相手方に実績整理表（様式2）と確認書類を求め、確認結果と確認日を台帳に記録してください。",
        authority=f"{rules.authority}（{rules.due.source if assumed and relies_on_due else rules.penalty.source}）",
        verified=verified,
        figures=_figures(promise, due, after),
        due_on=due_on,
        assumed=assumed and due_on is not None,
        department=promise.department,
        pattern=pattern,
        step=step,
        closed=closed,
    )


_TITLES = {
    "未提出": "の賃上げ実績の提出が確認できません",
    "期限前": "の賃上げ実績の提出期限が近づいています",
    "遅延提出": "の賃上げ実績が遅れて提出されました",
    "書類の不足": "の賃上げ実績の書類に不足があります",
    "表明率の不足": "の賃上げ表明率が基準に達していません",
}


def _subject(vendor: str, promise: Promise) -> str:
    return f"{vendor}|{promise.basis}|{promise.period_end.isoformat()}"


def _keys(promise: Promise) -> tuple[str, ...]:
    """With the basis and without: a basis that is recorded later makes no other finding."""
    whole = (_subject(key, promise) for key in promise.known_by)
    return (*whole, *(f"{key}|{promise.period_end.isoformat()}" for key in promise.known_by))


def _promised(promise: Promise) -> str:
    period = f"{promise.basis or '期間'}（{periods.wareki(promise.period_end)}まで）"
    return f"{promise.vendor}は{period}の賃上げを表明して加点を受けています（契約{len(promise.contracts)}件）。"


def _figures(promise: Promise, due: date, after: Penalty | None) -> dict[str, Any]:
    """The figures that are known: what has no value is none."""
    figures = {
        "vendor": promise.vendor,
        "period_end": promise.period_end.isoformat(),
        "due_on": due.isoformat(),
        "due_assumed": "仮定" if promise.instructed_due is None else "指示による",
        "submitted_on": promise.submitted_on.isoformat() if promise.submitted_on else None,
        "declared_rate": str(promise.declared) if promise.declared is not None else None,
        "required_rate": str(promise.required) if promise.required is not None else None,
        "previous_total": promise.previous,
        "current_total": promise.current,
        "actual_rate": cut(promise.growth) if promise.growth is not None else None,
        "penalty_from": after.first.isoformat() if after and after.first else None,
        "penalty_until": after.last.isoformat() if after and after.last else None,
        "count": len(promise.contracts),
    }
    return {key: value for key, value in figures.items() if value is not None}


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
        "penalty_from": Figure("減点の始まり", "日付"),
        "penalty_until": Figure("減点の終わり", "日付"),
    },
    innocent="記録だけが足りない、発注者が別の期限を指示している、または税理士・公認会計士等の同等の書類で達成を確かめられるなら、問題ではありません。",
    needs={ledger.WAGE_DECLARATIONS.name: ("vendor", "period_end", "declared_rate", "submitted_on")},
    at_stake="",
    cleared_as="fixed",
    version=3,
)
