"""公表期限：公表すべき契約が、定められた期限・方法・項目・期間で公表されたことを確認できない。

見るもの：
規程の公表区分に当たる契約について、公表日・公表方法・公表項目・掲載期間。期限の前には区分と期ごとに一度だけお知らせします。
なぜ：
随意契約の結果は、定められた時期に公表することになっています（saitama:439-531、財計第2017号）。
例：
令和8年2月に結んだ工事の随意契約が、4月末を過ぎても公表されたことを確認できない。
該当しないもの：
公表区分の金額に達しない契約。公表の除外に当たる契約（公表除外理由の記録があるもの、秘密を理由とするもの、水道事業会計など）。
規程がほかの区分に譲るとする区分（特定随意契約として公表する物品納入等など）では、同じ契約を二度お知らせしません。
前提：
「7月」は7月末日とします（推定）。公表は休日によって延びません。「速やかに」は10日とみなします。最も早い公表日で判定します。
公表項目は、記録した言葉と規程の言葉のどちらかがもう一方を含めば、あるものとします。備考とその他の事項は求めません。
すること：
公表済みであれば公表日を台帳に記録し、まだであれば公表してください。
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from pydantic import Field

from checks import ledger, periods, publication, words, yen
from checks.catalogue import Check, Figure, Parameters
from checks.finding import UNVERIFIED_NOTE, CheckResult, Closed, Finding, NotJudged, Severity
from checks.publication import Owed
from checks.register import Register, plain
from checks.rulebook import PublicationClass, Rulebook


class PublicationParameters(Parameters):
    """Judgement, not law."""

    prompt_days: int = Field(10, ge=1, le=60, description="速やかに, in days; the sources set no number")
    reminders: tuple[int, ...] = Field((30, 14, 3), description="days before the due date on which to remind")


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: PublicationParameters) -> CheckResult:
    """Overdue, late, incomplete and withdrawn too early per contract and class; one reminder per class and due date."""
    rows = register.contracts
    if not rulebook.publication:
        return CheckResult(not_judged={(NotJudged.NO_RULE, "公表の区分と期限"): len(rows)})
    not_judged: dict[tuple[NotJudged, str], int] = {}
    judged: set[str] = set()
    owed = list(publication.owed(register, rulebook, parameters.prompt_days, judged, not_judged))
    if not register.has("publications", "published_on") and owed:
        # no publication was ever recorded: an absent table is unknown, it is no proof that nothing was published
        unknown = {item.contract_id for item in owed}
        return CheckResult(
            judged=len(judged - unknown), not_judged=not_judged | {(NotJudged.NO_COLUMN, "公表日"): len(unknown)}
        )
    published = _published(register)
    findings: list[Finding] = []
    waiting: dict[tuple[str, date], list[Owed]] = {}
    next_on: list[date] = []
    for item in owed:
        finding, open_due = _judge(register, item, published.get(item.contract_id, {}), as_of)
        if finding:
            findings.append(finding)
        if open_due is not None:
            waiting.setdefault((item.rule.id, open_due), []).append(item)
            next_on.append(open_due + timedelta(days=1))
    for (_, due), items in sorted(waiting.items()):
        days_left = (due - as_of).days
        step = sum(days_left <= days for days in parameters.reminders)
        next_on += [due - timedelta(days=days) for days in parameters.reminders if days_left > days]
        if step:
            findings.append(_soon(register, due, items, step))
    return CheckResult(tuple(findings), len(judged), not_judged, min(next_on, default=None))


# --- was it published ----------------------------------------------------------------------------------------------


def _published(register: Register) -> dict[str, dict[str, dict[str, Any]]]:
    """contract_id → medium → earliest published_on, last withdrawn_on (None while it stays), items (None if unknown)."""
    rows = register.tables["publications"]
    rows = rows[(rows["kind"] == "結果") & rows["published_on"].notna()].sort_values("published_on", kind="stable")
    rows = rows.assign(knows_items=register.knows(rows, "items"), knows_withdrawn=register.knows(rows, "withdrawn_on"))
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in plain(rows):
        medium = found.setdefault(row.contract_id, {}).setdefault(
            row.medium or "ウェブ", {"on": row.published_on, "withdrawn": None, "items": None}
        )
        medium["withdrawn"] = row.withdrawn_on
        if row.knows_items and row.items:
            medium["items"] = (medium["items"] or set()) | {line for line in row.items.split("\n") if line.strip()}
    return found


def _judge(
    register: Register, item: Owed, published: dict[str, dict[str, Any]], as_of: date
) -> tuple[Finding | None, date | None]:
    """(finding, due date still ahead): each medium on its own, the worst one told."""
    missing = [(due, medium, target) for due, medium, target in item.due if medium not in published]
    overdue = [entry for entry in missing if entry[0] < as_of]
    ahead = min((due for due, _, _ in missing if due >= as_of), default=None)
    if overdue:
        due, medium, target = min(overdue, key=lambda entry: entry[2])
        return _tell(
            register, item, "overdue", due, medium, _severity(Severity.HIGH, item, target=target), as_of
        ), ahead
    for due, medium, target in item.due:
        if medium not in published:
            continue
        record = published[medium]
        until = _keep_until(item)
        if until and record["withdrawn"] and record["withdrawn"] < until:
            severity = _severity(Severity.MEDIUM, item)
            return _tell(register, item, "withdrawn", until, medium, severity, record["withdrawn"]), ahead
        lacking = _lacking(item.rule.items, record["items"]) if record["items"] is not None else []
        if lacking:
            severity = _severity(Severity.MEDIUM, item)
            return _tell(register, item, "incomplete", None, medium, severity, record["on"], lacking), ahead
        if record["on"] > due:
            severity = _severity(Severity.MEDIUM, item, target=target)
            return _tell(register, item, "late", due, medium, severity, record["on"]), ahead
    return None, ahead


def _severity(usual: Severity, item: Owed, *, target: bool = False) -> Severity:
    """目途 and a stand-in for a missing measure: one level lower each."""
    lowered = usual.level_down() if target else usual
    return lowered.level_down() if item.lower_bound else lowered


_NEVER_REQUIRED = re.compile("備考|その他.*")


def _lacking(required: Iterable[str], recorded: Iterable[str]) -> list[str]:
    """Required items that no recorded one names: width and spaces ignored, either may contain the other."""
    held = [_item(name) for name in recorded]
    return [
        name
        for name in required
        if not _NEVER_REQUIRED.fullmatch(_item(name))
        and not any(_item(name) in one or one in _item(name) for one in held)
    ]


def _item(name: str) -> str:
    return re.sub(r"\s", "", words.narrow(name))


def _keep_until(item: Owed) -> date | None:
    """The last day on which it must still be published."""
    keep = item.rule.keep
    if keep is None:
        return None
    if keep.fiscal_year_of_start:
        return date(periods.fiscal_year(item.starts_on or item.signed_on) + 1, 3, 31)
    return periods.after_next_day(item.signed_on, keep.days) if keep.days else None


_TITLES = {
    "overdue": "の契約結果の公表が確認できません",
    "late": "の契約結果が遅れて公表されました",
    "incomplete": "の公表に確認できない項目があります",
    "withdrawn": "の公表が定めの期間より早く終わっています",
}


def _tell(
    register: Register,
    item: Owed,
    pattern: str,
    due: date | None,
    medium: str,
    severity: Severity,
    day: date,
    lacking: Any = (),
) -> Finding:
    label = f"「{item.rule.label}」の公表（{medium}）"
    if pattern == "overdue":
        assert due is not None
        told = f"{label}の期限は{periods.wareki(due)}でしたが、公表されたことを確認できません。"
        step = "公表済みであれば公表日を台帳に記録し、まだであれば公表してください。"
    elif pattern == "late":
        assert due is not None
        days = (day - due).days
        told = f"{label}は期限{periods.wareki(due)}から{days}日遅れて、{periods.wareki(day)}に行われました。"
        step = "遅れた理由を記録してください。"
    elif pattern == "incomplete":
        told = f"{label}に、{'、'.join(lacking)}を確認できません。"
        step = "足りない項目を補ってください。"
    else:
        assert due is not None
        told = f"{label}は{periods.wareki(due)}まで続ける定めですが、{periods.wareki(day)}に終わっています。"
        step = "掲載を続けられるかどうかを確かめてください。"
    notes = _how_due(item.rule, medium) if pattern in ("overdue", "late") else ""
    if item.lower_bound:
        notes += f"{ledger.CONTRACTS.by_name[item.rule.measure].heading}が空欄のため、契約金額で区分を判定しました。"
    figures = {
        "class": item.rule.label,
        "medium": medium,
        "measure": item.measure,
        "signed_on": item.signed_on.isoformat(),
        "due_on": due.isoformat() if due else None,
        "published_on": day.isoformat() if pattern in ("late", "incomplete") else None,
        "withdrawn_on": day.isoformat() if pattern == "withdrawn" else None,
        "missing_items": "、".join(lacking),
    }
    return Finding(
        check="publication_due",
        organization=register.organization,
        subject=f"{item.contract_id}|{item.rule.id}",
        contracts=(item.contract_id,),
        severity=severity,
        title=f"「{item.title}」{_TITLES[pattern]}",
        explanation=f"{periods.wareki(item.signed_on)}に結んだ契約（{item.measured_by}{yen.exact(item.measure)}）です。{told}{notes}"
        + ("" if item.verified else UNVERIFIED_NOTE),
        next_step=step,
        authority=f"{item.rule.authority}（{item.rule.source}）",
        verified=item.verified,
        figures={key: value for key, value in figures.items() if value},
        due_on=due if pattern == "overdue" else None,
        department=item.department,
        pattern={"overdue": "未公表", "late": "遅延実施", "incomplete": "項目不足", "withdrawn": "早い掲載終了"}[
            pattern
        ],
        closed=Closed.LATE if pattern == "late" else None,
    )


def _how_due(rule: PublicationClass, medium: str) -> str:
    """What a reader must know of how a due date was found: a month's end, an aim, a word without a number."""
    due = next(duty.due for duty in rule.duties if duty.medium == medium)
    return (
        ("期限の月は末日としています（推定）。" if due.kind == "month" else "")
        + ("定めは「目途」です。" if due.target else "")
        + ("定めは「速やかに」で、日数は推定です。" if due.kind == "promptly" else "")
    )


def _soon(register: Register, due: date, items: list[Owed], step: int) -> Finding:
    rule = items[0].rule
    verified = all(item.verified for item in items)
    departments = {item.department for item in items}
    first, last = min(item.signed_on for item in items), max(item.signed_on for item in items)
    signed = periods.wareki(first) if first == last else f"{periods.wareki(first)}から{periods.wareki(last)}まで"
    media = {medium for item in items for day, medium, _ in item.due if day == due}
    notes = "".join(dict.fromkeys(_how_due(rule, medium) for medium in sorted(media)))
    return Finding(
        check="publication_due",
        organization=register.organization,
        subject=f"soon|{rule.id}|{due.isoformat()}",
        contracts=tuple(sorted(item.contract_id for item in items)),
        severity=Severity.INFO,
        title=f"「{rule.label}」{len(items)}件の公表期限が近づいています",
        explanation=f"{signed}に結んだ{len(items)}件の公表期限は{periods.wareki(due)}です。公表日の記録がまだありません。"
        + notes
        + ("" if verified else UNVERIFIED_NOTE),
        next_step="期限までに公表し、公表日を台帳に記録してください。",
        authority=f"{rule.authority}（{rule.source}）",
        verified=verified,
        figures={"class": rule.label, "count": len(items), "due_on": due.isoformat()},
        due_on=due,
        department=departments.pop() if len(departments) == 1 else "",
        pattern="期限前",
        step=step,
    )


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
        "signed_on": Figure("契約締結日", "日付"),
        "due_on": Figure("期限", "日付"),
        "published_on": Figure("公表日", "日付"),
        "withdrawn_on": Figure("掲載終了日", "日付"),
        "missing_items": Figure("確認できない項目"),
    },
    innocent="定めの項目と期間で公表していて台帳への記録だけが足りない、または公表の除外に当たるなら、問題ではありません。",
    needs={"contracts": ("category", "method", "signed_on", "amount"), "publications": ("published_on",)},
    at_stake="measure",
    cleared_as="fixed",
)
