"""Digests of any size, made directly: what the model is given, without a database."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from checks.finding import Severity
from monitor.digest import build
from monitor.digest.model import Body, Digest, Monitor, Sources
from monitor.digest.week import Week
from monitor.findings.history import Event, Past
from monitor.findings.lifecycle import Kind, Reason, State

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
