"""公表期限：公表すべき契約が、定められた期限・方法・項目・期間で公表されたことを確認できない。

見るもの：
規程の公表区分に当たる契約について、公表日・公表方法・公表項目・掲載期間。期限の前には区分と期ごとに一度だけお知らせします。
期は、期限が月で定められた区分ではその月、日数で定められた区分では期限の属する週（月曜から日曜）です。
なぜ：
随意契約の結果は、定められた時期に公表することになっています（saitama:439-531、財計第2017号）。
例：
令和8年2月に結んだ工事の随意契約が、4月末を過ぎても公表されたことを確認できない。
該当しないもの：
公表区分の金額に達しない契約。公表の除外に当たる契約（公表除外理由の記録があるもの、秘密を理由とするもの、水道事業会計、
法人番号で国又は地方公共団体と分かる相手方など、規程の区分が除くもの）。金額は締結のときのもので、変更契約では変わりません。
規程がほかの区分に譲るとする区分（特定随意契約として公表する物品納入等など）では、同じ契約を二度お知らせしません。
前提：
「7月」は7月末日とします（推定）。公表は休日によって延びません。「速やかに」は10日とみなします。最も早い公表日で判定します。
台帳に公表日の記録がない契約が、取り込んだ公表簿に載っていれば、公表簿の公表日に公表されたものとします（台帳の記録を優先します）。
単価契約は予定総額（契約金額）で判定します。特定調達区分の記録がある契約だけを特定調達契約とみます。
公表項目の記録がなければ項目は判定しません。項目は規程の言葉か、規程に挙げた別の言葉と同じなら、あるものとします。
備考とその他の事項は求めません。指定管理・PFIなど除外をうかがわせる名称の契約は、一段低くお知らせします。
国又は地方公共団体を理由とするのに法人番号のない契約、建設工事に伴うかどうかの列がない設計・調査・測量は、判定しません。
すること：
公表済みであれば公表日を台帳に記録し、まだであれば公表してください。除外に当たるなら公表除外理由を記録してください。
"""

from datetime import date, timedelta
from functools import cache

import pandas as pd
from pydantic import Field

from checks import ledger, periods, publication, publication_record, publication_tally, published_rows, reminders, yen
from checks.catalogue import Check, Figure, Parameters
from checks.finding import UNVERIFIED_NOTE, CheckResult, Closed, Finding, NotJudged, Reason, Reasons, Severity, Tally
from checks.publication import Owed
from checks.publication_dates import DueOn
from checks.publication_record import Kind, Trouble
from checks.register import Register
from checks.reminders import Reminders
from checks.rulebook import Rulebook


class PublicationParameters(Parameters):
    """Judgement, not law."""

    prompt_days: int = Field(10, ge=1, le=60, description="速やかに, in days; the sources set no number")
    reminders: Reminders = Field(
        (30, 14, 3), description="days before the due date on which to remind (1–365, falling, at most 10)"
    )


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: PublicationParameters) -> CheckResult:
    """Overdue, late, incomplete and withdrawn too early per contract and class; one reminder per class and period."""
    if not rulebook.publication:
        ids = pd.Series(register.cells["contract_id"])
        return CheckResult(not_judged=Reasons.all((NotJudged.NO_RULE, "公表の区分と期限"), ids))
    duties = publication.duties(register, rulebook, parameters.prompt_days)
    listed, owed, unknown = published_rows.first_published(register), duties.owed, duties.unknown
    wanted = {item.contract_id for item in owed}
    if not register.has("publications", "published_on"):
        # no publication was ever recorded: an absent table is unknown, it is no proof that nothing was published
        owed = publication_record.listed_only(owed, listed)
        untold = wanted - {item.contract_id for item in owed}
        unknown = dict.fromkeys(untold, (NotJudged.NO_COLUMN, "公表日")) | unknown
        if not owed:
            return _result(register.cells.rows, unknown, [], [], ())
    recorded = publication_record.records(register, wanted)
    publication_record.completed(recorded, listed)
    wording = publication_record.Wording()
    findings: list[Finding] = []
    waiting: dict[tuple[str, str], list[tuple[DueOn, Owed]]] = {}
    turns: list[date] = []
    counts = publication_tally.Counts()
    for item in owed:
        troubles, ahead = publication_record.compare(item, recorded.get(item.contract_id, {}), as_of, wording)
        counts.add(item, troubles, ahead)
        if troubles:
            findings.append(_tell(register, item, troubles))
        if ahead:
            waiting.setdefault((item.rule.id, _period(ahead)), []).append((ahead, item))
            turns.append(ahead.on + timedelta(days=1))
    for (_, period), held in sorted(waiting.items()):
        held.sort(key=lambda pair: (pair[0].on, pair[0].duty.medium, pair[1].contract_id))
        first = held[0][0].on
        days_left = (first - as_of).days
        turns += [day for day in reminders.turns(parameters.reminders, first) if day > as_of]
        step = reminders.step(parameters.reminders, days_left)
        if step:
            findings.append(_soon(register, period, held, step))
    return _result(register.cells.rows, unknown, findings, turns, counts.tally())


def _result(
    contracts: int, unknown: dict[str, Reason], findings: list[Finding], turns: list[date], tally: tuple[Tally, ...]
) -> CheckResult:
    reasons = list(NotJudged)
    not_judged = Reasons()
    for why in sorted(set(unknown.values()), key=lambda why: (reasons.index(why[0]), why[1])):
        not_judged.add(why, [contract for contract, held in unknown.items() if held == why])
    return CheckResult(tuple(findings), contracts - len(unknown), not_judged, min(turns, default=None), tally=tally)


def _period(due: DueOn) -> str:
    """What one reminder is about: a month's end, or the week of a due date that is counted in days."""
    year, week, _ = due.on.isocalendar()
    return due.on.isoformat() if due.duty.due.kind == "month" else f"{year}-W{week:02}"


# --- what is told of a contract ------------------------------------------------------------------------------------

_USUAL = {
    Kind.OVERDUE: Severity.HIGH,
    Kind.WITHDRAWN: Severity.MEDIUM,
    Kind.INCOMPLETE: Severity.MEDIUM,
    Kind.IMPLAUSIBLE: Severity.LOW,
    Kind.LATE: Severity.MEDIUM,
}
_PATTERNS = {
    Kind.OVERDUE: "未公表",
    Kind.WITHDRAWN: "早い掲載終了",
    Kind.INCOMPLETE: "項目不足",
    Kind.IMPLAUSIBLE: "公表日の不整合",
    Kind.LATE: "遅延実施",
}
_TITLES = {
    Kind.OVERDUE: "の契約結果の公表が確認できません",
    Kind.WITHDRAWN: "の公表が定めの期間より早く終わっています",
    Kind.INCOMPLETE: "の公表に確認できない項目があります",
    Kind.IMPLAUSIBLE: "の公表日が契約締結日より前です",
    Kind.LATE: "の契約結果が遅れて公表されました",
}
_STEPS = {
    Kind.OVERDUE: "公表済みであれば公表日を台帳に記録し、まだであれば公表してください。",
    Kind.WITHDRAWN: "掲載を続けられるかどうかを確かめてください。",
    Kind.INCOMPLETE: "足りない項目を補ってください。",
    Kind.IMPLAUSIBLE: "公表日と契約締結日の記録を確かめてください。",
    Kind.LATE: "遅れた理由を記録してください。",
}


def _severity(item: Owed, trouble: Trouble) -> Severity:
    """目途, a stand-in for a missing measure, a title that suggests an exemption, a missing date: one level lower each."""
    timely = trouble.kind in (Kind.OVERDUE, Kind.LATE)
    severity = _USUAL[trouble.kind]
    for milder in (timely and trouble.due.duty.due.target, item.lower_bound, bool(item.hint), trouble.undated):
        severity = severity.level_down() if milder else severity
    return severity


def _tell(register: Register, item: Owed, troubles: list[Trouble]) -> Finding:
    """One finding per contract and class: the gravest trouble gives its name, all are told."""
    main = troubles[0]
    kinds = list(dict.fromkeys(trouble.kind for trouble in troubles))
    notes = [told_sentence(item, trouble) for trouble in troubles]
    due = [trouble.due for trouble in troubles if trouble.kind in (Kind.OVERDUE, Kind.LATE)]
    notes += _how_due(due[0]) if len(due) == 1 else dict.fromkeys(note for one in due for note in _how_due(one))
    steps = [_STEPS[kind] for kind in kinds]
    if item.rule.exempt and main.kind is not Kind.LATE:
        steps.append("公表の除外に当たる場合は、公表除外理由を記録してください。")
    figures = {
        "class": item.rule.label,
        "medium": main.due.duty.medium,
        "measure": item.measure,
        "threshold": item.threshold[0] if item.threshold else None,
        "signed_on": item.signed_on.isoformat(),
        "due_on": _iso(main.due.on if main.kind in (Kind.OVERDUE, Kind.LATE) else main.until),
        "published_on": _iso(main.day if main.kind in (Kind.INCOMPLETE, Kind.IMPLAUSIBLE, Kind.LATE) else None),
        "withdrawn_on": _iso(main.day if main.kind is Kind.WITHDRAWN else None),
        "missing_items": "、".join(main.lacking),
        "exempt": "" if main.kind is Kind.LATE else "、".join(item.rule.exempt),
    }
    return Finding(
        check="publication_due",
        organization=register.organization,
        subject=f"{item.contract_id}|{item.rule.id}",
        contracts=(item.contract_id,),
        severity=_severity(item, main),
        title=f"「{item.title}」{_TITLES[main.kind]}",
        explanation=_what(item) + "".join(notes) + ("" if item.verified else UNVERIFIED_NOTE),
        next_step="".join(steps),
        authority=f"{item.rule.authority}（{item.rule.source}）",
        verified=item.verified,
        figures={key: value for key, value in figures.items() if value},
        due_on=main.due.on if main.kind is Kind.OVERDUE else None,
        assumed=main.kind is Kind.OVERDUE and _assumed(main.due),
        department=item.department,
        pattern=_PATTERNS[main.kind],
        closed=Closed.LATE if main.kind is Kind.LATE else None,
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _what(item: Owed) -> str:
    """Which contract, how much against which figure, and what that rests on."""
    parts = [f"{item.measured_by}{yen.exact(item.measure)}"] if item.measure is not None else []
    if item.threshold:
        amount, word = item.threshold
        parts.append(f"公表の対象は{yen.exact(amount)}{word}契約")
    told = f"{periods.wareki(item.signed_on)}に結んだ契約" + (f"（{'、'.join(parts)}）" if parts else "") + "です。"
    if item.lower_bound:
        heading = ledger.CONTRACTS.by_name[item.rule.measure].heading
        told += f"{heading}の記録がないため、契約金額で区分を判定しました。"
    if item.hint:
        told += f"名称に「{item.hint}」とあるため、公表の除外に当たるかもしれません。"
    return told


def told_sentence(item: Owed, trouble: Trouble) -> str:
    """One trouble in words."""
    due, day = trouble.due, trouble.day
    label = f"「{item.rule.label}」の公表（{due.duty.medium}）"
    if trouble.kind is Kind.OVERDUE:
        undated = "公表の記録はありますが、公表日がありません。" if trouble.undated else ""
        return f"{label}の期限は{periods.wareki(due.on)}でしたが、公表されたことを確認できません。{undated}"
    assert day is not None  # every other trouble is about a recorded date
    if trouble.kind is Kind.WITHDRAWN:
        assert trouble.until is not None
        start = item.rule.keep is not None and item.rule.keep.fiscal_year_of_start and item.starts_on is None
        guessed = "履行開始日の記録がないため、契約締結日の属する年度で数えています。" if start else ""
        return f"{label}は{periods.wareki(trouble.until)}まで続ける定めですが、{periods.wareki(day)}に終わっています。{guessed}"
    if trouble.kind is Kind.INCOMPLETE:
        return f"{label}に、{'、'.join(trouble.lacking)}を確認できません。"
    if trouble.kind is Kind.IMPLAUSIBLE:
        return f"{label}の公表日は{periods.wareki(day)}と記録されていますが、契約締結日より前です。"
    return (
        f"{label}は期限{periods.wareki(due.on)}から{(day - due.on).days}日遅れて、{periods.wareki(day)}に行われました。"
    )


def _how_due(due: DueOn) -> list[str]:
    """What a reader must know of how a due date was found: a month's end, an aim, a word without a number, a stand-in."""
    rule = due.duty.due
    return _reservations(rule.kind, rule.target, due.from_signing)


@cache
def _reservations(kind: str, target: bool, from_signing: bool) -> list[str]:  # noqa: FBT001  # few at all
    told = {
        "期限の月は末日としています（推定）。": kind == "month",
        "定めは「目途」です。": target,
        "定めは「速やかに」で、日数は推定です。": kind == "promptly",
        "相手方を決定した日の記録がないため、契約締結日から数えています。": from_signing,
    }
    return [note for note, holds in told.items() if holds]


def _assumed(due: DueOn) -> bool:
    return due.duty.due.kind in ("promptly", "month") or due.duty.due.target or due.from_signing


# --- what is told before ------------------------------------------------------------------------------------------


def _soon(register: Register, period: str, held: list[tuple[DueOn, Owed]], step: int) -> Finding:
    """One reminder for all that waits in a class and period; its due date is the first of theirs."""
    rule = held[0][1].rule
    verified = all(item.verified for _, item in held)
    departments = {item.department for _, item in held}
    signed = _span([item.signed_on for _, item in held])
    due_on, last = min(due.on for due, _ in held), max(due.on for due, _ in held)
    due = _span([due_on, last])
    notes = dict.fromkeys(note for due, _ in held for note in _how_due(due))
    return Finding(
        check="publication_due",
        organization=register.organization,
        subject=f"soon|{rule.id}|{period}",
        contracts=tuple(sorted(item.contract_id for _, item in held)),
        severity=Severity.INFO,
        title=f"「{rule.label}」{len(held)}件の公表期限が近づいています",
        explanation=f"{signed}に結んだ{len(held)}件の公表期限は{due}です。公表日の記録がまだありません。"
        + "".join(notes)
        + ("" if verified else UNVERIFIED_NOTE),
        next_step="期限までに公表し、公表日を台帳に記録してください。",
        authority=f"{rule.authority}（{rule.source}）",
        verified=verified,
        figures={"class": rule.label, "count": len(held), "due_on": due_on.isoformat()},
        due_on=due_on,
        assumed=any(_assumed(due) for due, _ in held if due.on == due_on),
        department=departments.pop() if len(departments) == 1 else "",
        pattern="期限前",
        step=step,
    )


def _span(days: list[date]) -> str:
    first, last = min(days), max(days)
    return periods.wareki(first) if first == last else f"{periods.wareki(first)}から{periods.wareki(last)}まで"


CHECK = Check(
    id="publication_due",
    prefix="PB",
    title="公表期限",
    question="公表すべき契約が、期限までに、定められた方法・項目・期間で公表されたか。",
    authority="各団体の公表の定め（saitama:439-531）、財計第2017号（law.md 2.1）",
    examine=examine,
    parameters=PublicationParameters,
    figures={
        "class": Figure("公表区分"),
        "medium": Figure("公表方法"),
        "count": Figure("契約数", "件"),
        "measure": Figure("区分を判定した額", "円"),
        "threshold": Figure("公表の対象となる額", "円"),
        "signed_on": Figure("契約締結日", "日付"),
        "due_on": Figure("期限", "日付"),
        "published_on": Figure("公表日", "日付"),
        "withdrawn_on": Figure("掲載終了日", "日付"),
        "exempt": Figure("公表の除外"),
        "missing_items": Figure("確認できない項目"),
    },
    innocent="定めの項目と期間で公表していて台帳への記録だけが足りない、または公表の除外に当たるなら、問題ではありません。",
    needs={"contracts": ("category", "method", "signed_on", "amount"), "publications": ("published_on",)},
    at_stake="measure",
    cleared_as="fixed",
    version=5,
)
