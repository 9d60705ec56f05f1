"""Digests of any size, made directly: what the model is given, without a database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from checks.finding import Severity
from monitor.digest import build
from monitor.digest.audience import Audience, Scope
from monitor.digest.model import (
    CALENDAR_WEEKS,
    TREND_WEEKS,
    Body,
    Day,
    Digest,
    Monitor,
    Periods,
    Published,
    Rejudged,
    Row,
    RuleChange,
    Sources,
    TrendWeek,
)
from monitor.digest.unread import Unread
from monitor.digest.week import Week, of
from monitor.findings.history import Event, Past
from monitor.findings.lifecycle import Decided, Kind, Reason, State

WEEK = Week(2026, 12)
CHECKS = ("publication_due", "split_orders", "sole_source_chain", "subcontract_ratio", "wage_raise_followup")


def past(number: int, **more: Any) -> Past:
    """The finding of a number: every fourth has a due date, some late, some soon."""
    facts = {
        "contracts": [f"C{number}"],
        "department": f"第{number % 7}課",
        "title": f"「契約{number}」の確認事項",
        "explanation": f"契約{number}について、確認できないことがあります。",
        "next_step": "確かめて記録してください。",
        "authority": "規程第1条（test:1）",
        "verified": number % 3 != 0,
        "figures": {"sum": 1_000_000 + number, "measure": 2_000_000 + number},
        "pattern": "続けての発注",
        **more,
    }
    due = WEEK.last + timedelta(days=number % 40 - 20) if number % 4 == 0 else None
    severity = list(Severity)[number % 4]
    return Past(
        f"PB-{number:08}", CHECKS[number % 5], "M", State.OPEN, unknown=False, severity=severity, due_on=due,
        first_seen=WEEK.first, facts=facts,
    )  # fmt: skip


def sources(count: int, *, old: int = 0, resolved: int = 0, **more: Any) -> Sources:
    """``count`` open findings, the first ``old`` of them from the week before, and ``resolved`` that are gone."""
    held = {one.id: one for one in (past(number, **more) for number in range(count))}
    before = WEEK.first - timedelta(days=3)
    events = [Event(n, f"PB-{n:08}", Kind.OPENED, before, None) for n in range(old)]
    for number in range(count, count + resolved):
        one = past(number)
        held[one.id] = Past(**{**vars(one), "state": State.RESOLVED})
        events.append(Event(len(events), one.id, Kind.OPENED, before, None))
    events += [Event(n, f"PB-{n:08}", Kind.OPENED, WEEK.first, None) for n in range(old, count)]
    events += [
        Event(0, f"PB-{n:08}", Kind.RESOLVED, WEEK.last, Reason.FIXED, State.OPEN, State.RESOLVED)
        for n in range(count, count + resolved)
    ]
    row = {
        "nondisclosure": None, "title": "側溝修繕", "signed_on": date(2026, 3, 2), "amount": 1_298_000, "vendors": "模擬建設(株)",
        "department": "道路課", **{key: value for key, value in more.items() if key in ("vendors", "title")},
    }  # fmt: skip
    contracts: Mapping[tuple[str, str], Mapping[str, Any]] = {
        ("M", f"C{n}"): {**row, "contract_id": f"C{n}"} for n in range(count + resolved)
    }
    evaluations = [
        {
            "check_id": check,
            "organization": "M",
            "judged": 1000,
            "not_judged": [["空欄", "予定価格", 7]],
            "error": None,
            "status": "done",
            "as_of": WEEK.last,
        }
        for check in CHECKS
    ]
    state = Monitor(runs_done=5, runs_failed=0, last_run=WEEK.last, dead=0, unknown=0, quarantined=2)
    return Sources(held, events, contracts, evaluations, [Body("M", "模擬市", 1234, WEEK.last)], state, "9f2c41ab" * 8)


def digest(count: int, **more: Any) -> Digest:
    """The digest of so many open findings."""
    return build.build(WEEK, sources(count, **more))


# --- whole weeks: every field filled, as golden files keep them ----------------------------------------------------


def week(name: str) -> Digest:
    """busy, empty, first, or slice: a department's part of the busy week."""
    if name == "empty":
        return _filled(digest(0), first=False)
    if name == "first":
        return _filled(digest(9))
    if name == "slice":
        return _filled(build.build(WEEK, _narrow(_asked_again(sources(24, old=16, resolved=3)), "第4課"), ROADS))
    return _filled(build.build(WEEK, _asked_again(sources(12, old=8, resolved=3))))


ROADS = Audience(Scope.DEPARTMENT, "M", "第4課", "模擬市 第4課")
NAMES = ("busy", "empty", "first", "slice")


def _asked_again(given: Sources) -> Sources:
    """One acceptance that ends soon, with its reason; two findings due soon and one later."""
    until = WEEK.last + timedelta(days=11)
    said = Decided("山田", "方針", "", until, WEEK.first, "", Severity.HIGH, ())
    past = dict(given.past)
    past["PB-00000003"] = replace(past["PB-00000003"], state=State.ACCEPTED, decision=said)
    for key, days in (("PB-00000001", 5), ("PB-00000011", 12), ("PB-00000009", 25)):
        past[key] = replace(past[key], due_on=WEEK.last + timedelta(days=days))
    return replace(given, past=past)


def _narrow(given: Sources, department: str) -> Sources:
    past = {key: one for key, one in given.past.items() if one.facts["department"] == department}
    return replace(given, past=past, events=[event for event in given.events if event.finding_id in past])


def _departments(made: Digest) -> tuple[Row, ...]:
    held = {name: [item for item in made.open if item.department == name] for name in {i.department for i in made.open}}
    return tuple(
        Row(
            name, len(items), sum(i.severity is Severity.HIGH for i in items), sum(i.late for i in items),
            sum(i.is_new for i in items), min(i.first_seen for i in items), 8_640_000,
        )
        for name, items in sorted(held.items())
    )  # fmt: skip


def _filled(made: Digest, *, first: bool | None = None) -> Digest:
    """All that the store would add: breakdowns, trend, calendar, publications, schedule, rules."""
    days = [made.week.last + timedelta(days=n + 1) for n in range(7 * CALENDAR_WEEKS)]
    rows = made.by_organization[:1]
    ended = made.balance.closing
    return replace(
        made,
        first=made.first if first is None else first,
        bodies=tuple(replace(body, quarantined=2, read_on=made.week.last) for body in made.bodies),
        unread=(Unread("M", "契約台帳.xlsx[契約]", 2, (("契約締結日", 1), ("契約金額", 1)), (7, 12)),),
        by_check=tuple(replace(row, yen=12_345_678) for row in made.by_check),
        by_organization=tuple(replace(row, yen=123_456_789) for row in made.by_organization),
        by_department=_departments(made),
        by_owner=tuple(replace(row, label="契約課の担当", yen=None) for row in rows),
        trend=() if made.first and first is None else tuple(
            TrendWeek(of(made.week.first - timedelta(days=7 * n)), ended + 5 * (n > 0) + n, 2 + n % 3, 3 + n % 2, 4)
            for n in reversed(range(TREND_WEEKS))
        ),
        calendar=tuple(
            Day(
                day, {5: "土", 6: "日"}.get(day.weekday(), ""),
                tuple(item for item in made.open if item.due_on == day),
                tuple(item for item in made.accepted if item.until == day),
            )
            for day in days
        ),
        published=(
            Published("模擬市", "随意契約（物品・役務）", date(2025, 10, 1), date(2025, 12, 31), date(2026, 3, 31), 30, 3, 1, 5),
            Published("模擬市", "随意契約（物品・役務）", date(2025, 7, 1), date(2025, 9, 30), date(2025, 12, 31), 28, 2, 0, 0),
            Published("模擬市", "公共工事", date(2025, 10, 1), date(2025, 12, 31), date(2026, 3, 31), 17, 0, 2, 11),
        ),
        monitor=replace(made.monitor, held=3, periods=(
            Periods("run", 7, 6, 1, 1), Periods("digest", 1, 1, 0, 0), Periods("deliver", 336, 333, 4, 1),
        )),
        rules=(
            RuleChange(date(2026, 4, 1), "模擬市契約規程", "少額随意契約の限度額（物品） 160万円→300万円", "test:1", verified=False),
            RuleChange(date(2026, 4, 1), "模擬市契約規程", "公表の対象 250万円以上", "test:2", verified=True),
        ),
        rejudged=(Rejudged("発注の分割の疑い", ("模擬市",)),),
        answer_by=made.week.last + timedelta(days=5),
    )  # fmt: skip
