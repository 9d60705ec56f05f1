"""The book of findings: reading what is known, writing transitions as events that nobody can take back unseen.

Each event carries the hash of the one before it. The hash covers what was found and as of which date; the clock's time
stands beside it, so that the same input gives the same chain.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, bindparam, func, select, true, update

from checks.finding import Severity
from monitor.findings import identity, seen
from monitor.findings.choice import Choice, order
from monitor.findings.lifecycle import STANDING, Cause, Decided, Kind, Known, State, Told, Transition
from monitor.store.engine import insert_all
from monitor.store.schema import finding_events, findings

GENESIS = "0" * 64
_OF_DECISIONS = (Kind.DECIDED, Kind.ENDING)


def known_of(connection: Connection, organization: str, checks: Collection[str]) -> dict[str, list[Known]]:
    """Every finding of an organization by check, whatever its state, by id; of these checks only."""
    of_these = findings.c.check_id.in_(sorted(checks)) & (findings.c.organization == organization)  # as the key has it
    found: dict[str, list[Known]] = {}
    for row in connection.execute(seen.rows().where(of_these).order_by(findings.c.id)).mappings():
        found.setdefault(row["check_id"], []).append(from_row(row))
    return found


def known(connection: Connection, organization: str, check: str) -> list[Known]:
    """Every finding of a check on an organization, whatever its state, by id."""
    return known_of(connection, organization, [check]).get(check, [])


def everything(connection: Connection) -> list[Known]:
    """Every finding, by id."""
    return [from_row(row) for row in connection.execute(seen.rows().order_by(findings.c.id)).mappings()]


def chosen(connection: Connection, wanted: Choice) -> list[Known]:
    """The findings that are meant, in the order of lists."""
    rows = connection.execute(seen.rows().where(_meant(wanted))).mappings()
    return wanted.of(map(from_row, rows))


@dataclass(frozen=True)
class Listed:
    """A finding as a line of a list has it."""

    id: str
    check: str
    organization: str
    severity: Severity
    due_on: date | None
    state: State
    until: date | None
    unknown: bool
    title: str

    @classmethod
    def of(cls, one: Known) -> Self:
        """The line of a finding."""
        until = one.decision.until if one.decision else None
        state = (one.severity, one.due_on, one.state, until, one.unknown)
        return cls(one.id, one.check, one.organization, *state, one.facts["title"])


def listed(connection: Connection, wanted: Choice) -> list[Listed]:
    """The same as lines. What was found is thousands of letters each: the title alone is read of it."""
    if wanted.departments or wanted.contracts:
        return [Listed.of(one) for one in chosen(connection, wanted)]
    rows = findings.c
    columns = (rows.id, rows.check_id, rows.organization, rows.severity, rows.due_on, rows.state, rows.unknown)
    query = select(*columns, rows.decision, rows.facts["title"].as_string()).where(_meant(wanted))
    found = [
        Listed(key, check, body, Severity(level), due, State(state), _until(decision), unknown, title)
        for key, check, body, level, due, state, unknown, decision, title in connection.execute(query)
    ]
    return sorted(found, key=order)


def _meant(wanted: Choice) -> ColumnElement[bool]:
    """What of a choice the columns tell; the rest stands in the facts."""
    rows = findings.c
    given = (
        (rows.state, wanted.states),
        (rows.check_id, wanted.checks),
        (rows.organization, wanted.organizations),
        (rows.severity, wanted.severities),
    )
    return and_(true(), *(column.in_([str(word) for word in words]) for column, words in given if words))


def _until(decision: Mapping[str, Any] | None) -> date | None:
    return date.fromisoformat(decision["until"]) if decision and decision["until"] else None


def ids(connection: Connection) -> list[str]:
    """The id of every finding, in order."""
    return list(connection.scalars(select(findings.c.id).order_by(findings.c.id)))


def open_by_severity(connection: Connection) -> dict[tuple[str, Severity], int]:
    """How many findings are open, by check and severity; none where there is none."""
    key = (findings.c.check_id, findings.c.severity)
    query = select(*key, func.count()).where(findings.c.state == State.OPEN.value).group_by(*key).order_by(*key)
    return {(check, Severity(level)): count for check, level, count in connection.execute(query)}


def one(connection: Connection, finding_id: str) -> Known | None:
    """The finding of an id."""
    row = connection.execute(seen.rows().where(findings.c.id == finding_id.upper())).mappings().first()
    return from_row(row) if row else None


def some(connection: Connection, ids: Sequence[str]) -> list[Known]:
    """The findings of these ids that there are, by id."""
    found = [from_row(row) for part in _parts(ids) for row in connection.execute(seen.rows().where(part)).mappings()]
    return sorted(found, key=lambda one: one.id)


def _parts(ids: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    """These findings, in parts: a statement has only so many parameters."""
    for at in range(0, len(ids), 1000):
        yield findings.c.id.in_(ids[at : at + 1000])


def from_row(row: RowMapping) -> Known:
    """A finding from its row."""
    return Known(
        id=row["id"],
        check=row["check_id"],
        organization=row["organization"],
        subject=row["subject"],
        keys=tuple(row["keys"]),
        state=State(row["state"]),
        unknown=row["unknown"],
        severity=Severity(row["severity"]),
        due_on=row["due_on"],
        step=row["step"],
        first_seen=row["first_seen"],
        last_seen=seen.last_seen(row),
        facts=row["facts"],
        facts_digest=row["facts_digest"],
        late=row["late"],
        decision=Decided.from_json(row["decision"]) if row["decision"] else None,
        revision=row["revision"],
        told=_told(row["told"]),
    )


def _told(data: Mapping[str, Any] | None) -> Told | None:
    """How often a finding was told, from its row; None if its episode has not been told."""
    if data is None:
        return None
    return Told(date.fromisoformat(data["since"]), date.fromisoformat(data["last"]), data["times"], data["level"])


def turning(
    connection: Connection, organizations: Collection[str], checks: Collection[str], as_of: date
) -> list[Known]:
    """The findings of these that a day may do something to by itself: accepted, or with a date that is over unrecorded."""
    accepted = findings.c.state == State.ACCEPTED.value
    passed = findings.c.late.is_(False) & (findings.c.due_on < as_of)
    query = (
        seen.rows()
        .where(findings.c.state.in_([state.value for state in STANDING]), accepted | passed)
        .order_by(findings.c.id)
    )
    rows = connection.execute(query).mappings()
    wanted, asked = set(organizations), set(checks)
    return [from_row(row) for row in rows if row["organization"] in wanted and row["check_id"] in asked]


@dataclass(frozen=True)
class Open:
    """An open finding of which somebody was told, without what was found."""

    id: str
    check: str
    organization: str
    severity: Severity
    told: Told


def told(connection: Connection) -> list[Open]:
    """The open findings that somebody was told of and that a check could answer: whom to remind is the alerts' business."""
    columns = (findings.c.id, findings.c.check_id, findings.c.organization, findings.c.severity, findings.c.told)
    waits = (findings.c.state == State.OPEN.value) & findings.c.unknown.is_(False) & findings.c.told.is_not(None)
    rows = connection.execute(select(*columns).where(waits).order_by(findings.c.id))
    return [
        Open(row.id, row.check_id, row.organization, Severity(row.severity), held)
        for row in rows
        if (held := _told(row.told)) is not None
    ]


def tell(connection: Connection, told: Mapping[str, Told]) -> None:
    """Keep how often these findings have been told; it is no part of the chain."""
    rows = [{"of": finding_id, "telling": _telling(one)} for finding_id, one in sorted(told.items())]
    if rows:
        at = update(findings).where(findings.c.id == bindparam("of"))
        connection.execute(at.values(told=bindparam("telling")), rows)


def _telling(one: Told | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"since": one.since.isoformat(), "last": one.last.isoformat(), "times": one.times, "level": one.level}


def write(
    connection: Connection, transitions: Sequence[Transition], run_id: int | None, as_of: date, now: datetime
) -> None:
    """Write transitions and their events; ``run_id`` is None for what a person decides."""
    if not transitions:
        return
    rows = {transition.after.id: _row(transition.after) for transition in transitions}  # the last of each
    opened = {transition.after.id for transition in transitions if transition.kind is Kind.OPENED}
    new = [row for one, row in rows.items() if one in opened]
    moved = [{**row, "of": one} for one, row in rows.items() if one not in opened]
    insert_all(connection, findings, new)
    if moved:
        kept: dict[str, Any] = {name: bindparam(name) for name in moved[0] if name not in ("id", "first_seen", "of")}
        connection.execute(update(findings).where(findings.c.id == bindparam("of")).values(kept), moved)
    previous = head(connection)
    entries = []
    for transition in transitions:
        entry = {
            "finding_id": transition.after.id,
            "kind": transition.kind.value,
            "as_of": as_of,
            "data": _data(transition),
        }
        previous = chained(previous, entry)
        entries.append(
            {
                **entry,
                "run_id": run_id,
                "recorded_at": now,
                "hash": previous,
                "planned": not (transition.told and transition.kind.told),
            }
        )
    insert_all(connection, finding_events, entries)


def chained(previous: str, entry: Mapping[str, Any]) -> str:
    """The hash of an event: over the one before, the finding, what happened, as of when, and its data."""
    return identity.digest([previous, entry["finding_id"], entry["kind"], entry["as_of"], entry["data"]])


def head(connection: Connection, until: date | None = None) -> str:
    """The hash at the head of the chain, of events as of a date or earlier."""
    query = select(finding_events.c.hash).order_by(finding_events.c.seq.desc()).limit(1)
    if until is not None:
        query = query.where(finding_events.c.as_of <= until)
    return connection.scalar(query) or GENESIS


def _data(transition: Transition) -> dict[str, Any]:
    after = transition.after
    return {
        "state": after.state.value,
        "severity": after.severity.value,
        "due_on": after.due_on.isoformat() if after.due_on else None,
        "step": after.step,
        "unknown": after.unknown,
        **({"revision": after.revision} if after.revision else {}),
        **({"reason": transition.reason.value} if transition.reason else {}),
        **({"cause": transition.cause.value} if transition.cause is Cause.RULES else {}),
        **({"decision": after.decision.to_json()} if after.decision and transition.kind in _OF_DECISIONS else {}),
        **({"facts": dict(after.facts)} if transition.new_facts else {}),
    }


def _row(known_: Known) -> dict[str, Any]:
    return {
        "id": known_.id,
        "check_id": known_.check,
        "organization": known_.organization,
        "subject": known_.subject,
        "keys": list(known_.keys),
        "state": known_.state.value,
        "unknown": known_.unknown,
        "severity": known_.severity.value,
        "due_on": known_.due_on,
        "step": known_.step,
        "first_seen": known_.first_seen,
        "last_seen": known_.last_seen,
        "facts": dict(known_.facts),
        "facts_digest": known_.facts_digest,
        "late": known_.late,
        "decision": known_.decision.to_json() if known_.decision else None,
        "revision": known_.revision,
        "told": _telling(known_.told),
    }
