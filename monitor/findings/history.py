"""The findings as they stood on a date, and what happened between two dates: replayed from the events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from checks.finding import Severity
from monitor.findings.lifecycle import Cause, Decided, Kind, Reason, State
from monitor.store.schema import finding_events, findings


@dataclass(frozen=True)
class Event:
    """One entry of the history of one finding."""

    seq: int
    finding_id: str
    kind: Kind
    as_of: date
    reason: Reason | None
    before: State | None = None  # None: it was not known
    after: State = State.OPEN
    by_rules: bool = False  # a changed rule, parameter or check made it, not the ledger
    severity: Severity = Severity.INFO  # after it

    @property
    def entered(self) -> bool:
        """It stands in the balance now and did not before."""
        return self.after.standing and not (self.before is not None and self.before.standing)

    @property
    def left(self) -> bool:
        """It stood in the balance and does not now."""
        return self.before is not None and self.before.standing and not self.after.standing


@dataclass(frozen=True)
class Past:
    """A finding as it stood on a date. ``facts`` as the check said them (identity.facts)."""

    id: str
    check: str
    organization: str
    state: State
    unknown: bool
    severity: Severity
    due_on: date | None
    first_seen: date
    facts: dict[str, Any]
    decision: Decided | None = None
    revision: int = 0


@dataclass(frozen=True)
class Entry:
    """One line of a finding's history, for people."""

    as_of: date
    kind: Kind
    reason: Reason | None
    state: State
    decision: Decided | None
    run: int | None

    @property
    def text(self) -> str:
        """2026-07-05 判断：容認（契約課 山田、2026-09-30まで）理由."""
        if self.kind is not Kind.DECIDED or self.decision is None:
            return f"{self.as_of} {self.kind.label}" + (f"（{self.reason.label}）" if self.reason else "")
        made = self.decision
        said = "取消" if self.state is State.OPEN else self.state.label
        who = made.by + (f"、{made.until}まで" if made.until else "") + ("、例外の登録による" if made.source else "")
        return f"{self.as_of} {self.kind.label}：{said}（{who}）{'／'.join(part for part in (made.reason, made.action) if part)}"

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "as_of": self.as_of.isoformat(),
            "event": self.kind.value,
            "reason": self.reason.value if self.reason else None,
            "state": self.state.value,
            "decision": self.decision.to_json() if self.decision else None,
            "run": self.run,
        }


def of(connection: Connection, finding_id: str, until: date) -> list[Entry]:
    """The history of one finding, in order."""
    return [
        Entry(
            row["as_of"],
            Kind(row["kind"]),
            Reason(row["data"]["reason"]) if "reason" in row["data"] else None,
            State(row["data"]["state"]),
            Decided.from_json(row["data"]["decision"]) if "decision" in row["data"] else None,
            row["run_id"],
        )
        for row in events(connection, until, finding_id)
    ]


def events(connection: Connection, until: date, finding_id: str | None = None) -> Sequence[RowMapping]:
    """The events as of a date or earlier, in order, each with check_id and organization of its finding."""
    query = (
        select(finding_events, findings.c.check_id, findings.c.organization)
        .join(findings, findings.c.id == finding_events.c.finding_id)
        .where(finding_events.c.as_of <= until)
        .order_by(finding_events.c.seq)
    )
    if finding_id:
        query = query.where(finding_events.c.finding_id == finding_id)
    return connection.execute(query).mappings().all()


def replay(rows: Iterable[RowMapping]) -> tuple[dict[str, Past], list[Event]]:
    """The findings after these events, by id, and the events themselves."""
    past: dict[str, Past] = {}
    told = []
    for row in rows:
        data = row["data"]
        before = past.get(row["finding_id"])
        state, reason = State(data["state"]), Reason(data["reason"]) if "reason" in data else None
        past[row["finding_id"]] = Past(
            id=row["finding_id"],
            check=row["check_id"],
            organization=row["organization"],
            state=state,
            unknown=data["unknown"],
            severity=Severity(data["severity"]),
            due_on=date.fromisoformat(data["due_on"]) if data["due_on"] else None,
            first_seen=before.first_seen if before else row["as_of"],
            facts=data.get("facts", before.facts if before else {}),
            decision=_decision(data, before, state),
            revision=data.get("revision", 0),
        )
        told.append(
            Event(
                seq=row["seq"],
                finding_id=row["finding_id"],
                kind=Kind(row["kind"]),
                as_of=row["as_of"],
                reason=reason,
                before=before.state if before else None,
                after=state,
                by_rules=data.get("cause") == Cause.RULES.value,
                severity=Severity(data["severity"]),
            )
        )
    return past, told


def _decision(data: dict[str, Any], before: Past | None, state: State) -> Decided | None:
    """What was decided stands as long as the state that it made; a taken back one says who took it back."""
    if "decision" in data:
        return Decided.from_json(data["decision"])
    return before.decision if before is not None and before.state is state else None
