"""Approvals, changes, notices and suspensions of the subcontracts of one contract: what 第3条 asks besides the ratio.

Source: rinya:453-464 (第3条), 831-856 (別紙様式, 注2). What is found is a Told; checks/subcontract_ratio.py makes it a finding.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from checks import periods
from checks.finding import NotJudged, Reason, Severity
from checks.rulebook import Subcontract
from checks.sanctions import Sanctions


@dataclass(frozen=True)
class Outsourced:
    """A contract with its subcontracts (rows of the ledger with knows_… beside them) and its amount as changed, yen."""

    contract: Any
    amount: int
    rows: tuple[Any, ...]
    unknown: set[Reason] = field(default_factory=set)  # what keeps a part of it from being judged


@dataclass(frozen=True)
class Told:
    """One kind of finding about one contract."""

    kind: str
    title: str
    text: str
    step: str
    severity: Severity
    figures: Mapping[str, Any]


@dataclass(frozen=True)
class Approval:
    """What is said of one subcontract: the kind of what is not in order ("" if nothing is), what is unknown, till when it holds."""

    kind: str = ""
    unknown: Reason | None = None
    until: date | None = None  # the first day on which the answer may be another


def is_deeper(row: Any) -> bool:
    """再々請負 or beyond; a blank tier is the first."""
    return row.tier is not None and row.tier >= 2


def is_minor(rules: Subcontract, row: Any, amount: int) -> bool:
    """軽微: clerical, within the ratio and within the amount, all three."""
    return bool(row.clerical) and row.amount is not None and _is_small(rules, row.amount, amount)


def _is_small(rules: Subcontract, part: int, amount: int) -> bool:
    return part <= rules.minor_yen and Fraction(part, amount) <= Fraction(Decimal(rules.minor_percent)) / 100


def _may_be_minor(rules: Subcontract, row: Any, amount: int) -> Reason | None:
    """What is missing to know that a subcontract is not 軽微: the amount of a clerical one, the column 事務的業務 of a small one."""
    if row.amount is None:
        return (NotJudged.BLANK if row.knows_amount else NotJudged.NO_COLUMN, "再請負金額") if row.clerical else None
    if not row.knows_clerical and _is_small(rules, row.amount, amount):
        return NotJudged.NO_COLUMN, "事務的業務"
    return None


def evidence(rows: Iterable[Any]) -> dict[str, Any]:
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


def approvals(rules: Subcontract, item: Outsourced, as_of: date, prompt_days: int) -> tuple[list[Told], list[date]]:
    """Approval, approval of changes and notices, where the ledger has the columns to tell; and when a wait is over."""
    kinds: dict[str, list[Any]] = {}
    waits: list[date] = []
    approved = max((row.approved_on for row in item.rows if not is_deeper(row) and row.approved_on), default=None)
    for row in item.rows:
        if is_minor(rules, row, item.amount):
            continue
        answer = _of_deeper(row, as_of, prompt_days, approved) if is_deeper(row) else _of_first(row, item, as_of)
        if answer.until:
            waits.append(answer.until)
        if answer.unknown:
            item.unknown.add(answer.unknown)
        if answer.kind:
            reason = None if row.knows_tier or is_deeper(row) else (NotJudged.NO_COLUMN, "次数")
            reason = reason or _may_be_minor(rules, row, item.amount)
            if reason:
                item.unknown.add(reason)
            else:
                kinds.setdefault(answer.kind, []).append(row)
    told = []
    for kind, held in sorted(kinds.items()):
        title, text, step = _KINDS[kind]
        told.append(Told(kind, title, text.format(n=len(held)), step, Severity.MEDIUM, evidence(held)))
    return told, waits


def _of_first(row: Any, item: Outsourced, as_of: date) -> Approval:
    """再請負: approved before it begins, and each change before it is made."""
    if not row.deemed_approval:
        if not row.knows_approval:
            return Approval(unknown=(NotJudged.NO_COLUMN, "承認日"))
        if row.approved_on is None:
            return _without_approval(row, item, as_of)
        if row.starts_on is not None and row.approved_on > row.starts_on:
            return Approval("approved_late")
    changed = row.knows_change and row.changed_on is not None
    if changed and (row.change_approved_on is None or row.change_approved_on > row.changed_on):
        return Approval("change_unapproved")
    return Approval()


def _without_approval(row: Any, item: Outsourced, as_of: date) -> Approval:
    """Missing once the work has begun; an open application without a beginning tells nothing until the contract is over."""
    if row.starts_on is not None:
        return _from(row.starts_on, as_of, "unapproved")
    begun = row.ended_on or row.reported_on or row.changed_on
    over = periods.after_next_day(item.contract.ends_on, 1) if item.contract.ends_on else None
    if row.requested_on is None or begun or (over and over <= as_of):
        return Approval("unapproved")
    return Approval(unknown=(NotJudged.BLANK if row.knows_start else NotJudged.NO_COLUMN, "着手日"), until=over)


def _of_deeper(row: Any, as_of: date, prompt_days: int, approved: date | None) -> Approval:
    """再々請負: notified promptly after the approval, and again after a change."""
    if not row.knows_notice:
        return Approval(unknown=(NotJudged.NO_COLUMN, "届出日"))
    if row.notified_on is None:
        since = row.starts_on or approved
        return _once_late(since, as_of, prompt_days, "second_tier")
    if row.changed_on is not None and row.notified_on < row.changed_on:
        return _once_late(row.changed_on, as_of, prompt_days, "second_tier_changed")
    return Approval()


def _once_late(since: date | None, as_of: date, prompt_days: int, kind: str) -> Approval:
    return _from(periods.after_next_day(since, prompt_days + 1), as_of, kind) if since else Approval(kind)


def _from(day: date, as_of: date, kind: str) -> Approval:
    """Not in order from a day on."""
    return Approval(kind) if day <= as_of else Approval(until=day)


_KINDS = {
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
    "second_tier_changed": (
        "再々請負の変更の届出が確認できません",
        "変更日より後の届出の記録がない再々請負が{n}件あります。",
        "変更後の届出の書類があれば届出日を記録し、なければ届出を求めてください。",
    ),
}


def suspended(item: Outsourced, sanctions: Sanctions) -> Iterator[Told]:
    """Subcontractors under suspension on the day of approval (else of the start, the application, the contract's start)."""
    held, days, by_name = [], set[date](), False
    for row in item.rows:
        day = row.approved_on or row.starts_on or row.requested_on or item.contract.starts_on
        if day is None:
            continue
        reached = sanctions.of_named(row.subcontractor, row.subcontractor_number, day)
        in_force = [one for one in reached if one.covers(day)]
        if in_force:
            held.append(row)
            days.add(day)
            by_name |= all(one.by_name for one in in_force)
    if held:
        numbers = "、".join(row.subcontract_id for row in held)
        when = "、".join(periods.wareki(day) for day in sorted(days))
        text = f"再請負先（再請負番号{numbers}）は、{when}に指名停止などの期間中でした。"
        if by_name:
            text += "法人番号では突き合わせられず、名称の一致によるものがあります。"
        step = "承認の時点の指名停止の記録を確かめてください。"
        yield Told("suspended", "指名停止中の再請負先の疑い", text, step, Severity.MEDIUM, evidence(held))
