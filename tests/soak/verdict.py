"""What must be true after all that killing, and the witnesses by which it is judged: triggers that write beside the tables.

They are part of the transactions that they watch, so that they know of nothing that was rolled back: which events were to be
told when they were written, which messages and events there were when one was planned, how each message's status moved.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select, text

from monitor.alerts import news
from monitor.alerts.message import delivery_id
from monitor.alerts.news import Topic, Untold
from monitor.findings import audit
from monitor.findings.lifecycle import Cause, Kind, Reason, State
from monitor.store.schema import finding_events, holds, outbox, runs, tellings
from tests.soak.office import ADDRESSES

_TABLES = (
    "CREATE TABLE soak_told (seq BIGINT)",
    "CREATE TABLE soak_planned (seq BIGINT, upto BIGINT, head BIGINT)",
    "CREATE TABLE soak_moves (id BIGINT, was TEXT, became TEXT)",
)
_PLANNED = "(NEW.seq, (SELECT coalesce(max(id), 0) FROM outbox), (SELECT max(seq) FROM finding_events))"
_TRIGGERS = (  # name, when, on condition, what
    ("soak_told", "INSERT ON finding_events", "NOT NEW.planned", "INSERT INTO soak_told VALUES (NEW.seq)"),
    ("soak_planned", "UPDATE OF planned ON finding_events", "NEW.planned AND NOT OLD.planned",
     f"INSERT INTO soak_planned VALUES {_PLANNED}"),
    ("soak_moves", "UPDATE OF status ON outbox", "NEW.status <> OLD.status",
     "INSERT INTO soak_moves VALUES (NEW.id, OLD.status, NEW.status)"),
)  # fmt: skip


def install(engine: Engine) -> None:
    """Place the witnesses."""
    with engine.begin() as connection:
        for statement in _TABLES:
            connection.execute(text(statement))
        for name, when, condition, what in _TRIGGERS:
            if engine.dialect.name == "sqlite":
                connection.execute(text(f"CREATE TRIGGER {name} AFTER {when} WHEN {condition} BEGIN {what}; END"))
                continue
            body = f"BEGIN {what}; RETURN NULL; END"
            connection.execute(text(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"))
            connection.execute(
                text(f"CREATE TRIGGER {name} AFTER {when} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()")
            )


@dataclass
class Verdict:
    """What was found: counts for the table, and every violation in words."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    findings: int = 0
    events: int = 0
    by_topic: Counter[str] = field(default_factory=Counter)
    known_backlog: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    arrived: int = 0
    in_doubt_arrived: int = 0
    runs: Counter[str] = field(default_factory=Counter)

    @property
    def violations(self) -> list[str]:
        """All of them, the worst first."""
        return self.lost + self.twice + self.wrong


def judge(engine: Engine, shown: Mapping[tuple[str, str], int]) -> Verdict:
    """The whole database against what the other sides have shown."""
    verdict = Verdict()
    with engine.connect() as connection:
        _chain(connection, verdict)
        _runs(connection, verdict)
        _messages(connection, shown, verdict)
        _tellings(connection, verdict)
    return verdict


def _chain(connection: Connection, verdict: Verdict) -> None:
    report = audit.verify(connection)
    verdict.findings = report.findings
    if not report.in_order:
        verdict.wrong.append(
            f"the chain: {report.broken} breaks, {report.differing} differences {report.differences[:3]}"
        )


def _runs(connection: Connection, verdict: Verdict) -> None:
    verdict.runs = Counter(connection.scalars(select(runs.c.status)))
    if verdict.runs["running"]:
        verdict.wrong.append(f"{verdict.runs['running']} runs are still 'running'")


# --- messages ------------------------------------------------------------------------------------------------------


def _messages(connection: Connection, shown: Mapping[tuple[str, str], int], verdict: Verdict) -> None:
    """Sent: shown once. Unknown: at most once. Dead: never. And nothing was shown that is not in the outbox."""
    left = dict(shown)
    doubted = set(connection.execute(text("SELECT id FROM soak_moves WHERE became = 'unknown'")).scalars())
    for row in connection.execute(select(outbox).order_by(outbox.c.id)):
        where = ADDRESSES[row.audience], delivery_id(row.key, row.created_at)
        times = left.pop(where, 0)
        verdict.messages[row.status] += 1
        verdict.arrived += times
        verdict.in_doubt_arrived += times if row.status == "unknown" else 0
        name = f"message {row.id} ({row.key}, {row.status})"
        if times > 1:
            verdict.twice.append(f"{name} was shown {times} times to {row.audience}")
        if row.status == "sent" and times == 0:
            verdict.lost.append(f"{name} was never shown to {row.audience}")
        if row.status == "dead" and times and row.channel != "hook":
            verdict.wrong.append(f"{name} was shown to {row.audience} all the same")
        if row.status not in ("sent", "unknown", "dead"):
            verdict.lost.append(f"{name} was left where it was: {row.error}")
        if (row.status == "unknown") != (row.id in doubted) and row.status != "sent":
            verdict.wrong.append(f"{name} has passed through unknown and was moved on by the program")
        if row.status in ("dead", "unknown") and row.kind != "notice" and not row.reported:
            verdict.lost.append(f"{name}: the maintainers were not told that it did not arrive")
    verdict.wrong += [f"a message that nobody has planned was shown: {where}" for where in left]


# --- findings ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Batch:
    """The events of one finding that were planned in one transaction, the finding as it stood then, who was told."""

    finding: str
    events: tuple[Untold, ...]
    state: State
    severity: str
    first: int  # its messages are those with ids in first < id <= last
    last: int


def _tellings(connection: Connection, verdict: Verdict) -> None:
    """Each transition that was to be told was told to whom it concerns, by one message, for the right reason; no other was."""
    told: dict[str, list[Any]] = defaultdict(list)
    query = select(tellings, outbox.c.audience).join(outbox, outbox.c.id == tellings.c.outbox_id)
    for row in connection.execute(query.order_by(tellings.c.outbox_id)):
        told[row.finding_id].append(row)
    backlog = _released_as_known(connection)
    explained: set[tuple[str, int]] = set()
    for batch in _batches(connection, verdict):
        earlier = {row.audience for row in told[batch.finding] if row.outbox_id <= batch.first}
        now = [row for row in told[batch.finding] if batch.first < row.outbox_id <= batch.last]
        explained |= {(batch.finding, row.outbox_id) for row in now}
        if not now and batch.finding in backlog:
            verdict.known_backlog += len(batch.events)
            continue
        topic = news.topic(batch.events, batch.state, known=bool(earlier))
        wanted = _concerned(topic, batch, earlier)
        found = Counter(row.audience for row in now)
        what = f"{batch.finding}: {', '.join(event.kind.value for event in batch.events)} ({topic.value})"
        verdict.by_topic[topic.value] += 1
        verdict.lost += [f"{what}: {name} was not told" for name in sorted(wanted - found.keys())]
        verdict.twice += [f"{what}: {name} was told {count} times" for name, count in found.items() if count > 1]
        verdict.wrong += [f"{what}: {name} was told" for name in sorted(found.keys() - wanted)]
        verdict.wrong += [f"{what}: told as {row.topic}" for row in now if row.topic != topic.value]
    verdict.twice += [
        f"{finding}: {row.audience} was told again by message {row.outbox_id}, though nothing had happened"
        for finding, rows in told.items()
        for row in rows
        if (finding, row.outbox_id) not in explained
    ]


def _concerned(topic: Topic, batch: _Batch, earlier: set[str]) -> set[str]:
    """Whom the settings of the soak name: said here once more, in other words than the program's."""
    if earlier and batch.state is State.RESOLVED:
        return earlier
    if topic is Topic.ESCALATED:
        return {"chief"}
    return {"hook"} | {"high": {"section", "slack"}, "medium": {"slack"}}.get(batch.severity, {"section"})


def _batches(connection: Connection, verdict: Verdict) -> Iterator[_Batch]:
    """By the witnesses: what was to be told, and when that was planned."""
    due = Counter(connection.execute(text("SELECT seq FROM soak_told")).scalars())
    planned = Counter[int]()
    moments: dict[tuple[int, int], list[int]] = defaultdict(list)
    for seq, upto, head in connection.execute(text("SELECT seq, upto, head FROM soak_planned")):
        planned[seq] += 1
        moments[head, upto].append(seq)
    verdict.events = due.total()
    verdict.lost += [f"event {seq} was never planned" for seq in sorted(due.keys() - planned.keys())]
    verdict.twice += [f"event {seq} was planned {count} times" for seq, count in planned.items() if count > 1]
    rows = connection.execute(select(finding_events).order_by(finding_events.c.seq)).mappings().all()
    by_seq = {row["seq"]: row for row in rows}
    by_finding: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_finding[row["finding_id"]].append(row)
    before = 0
    for (head, upto), seqs in sorted(moments.items()):
        grouped: dict[str, list[int]] = defaultdict(list)
        for seq in sorted(seqs):
            grouped[by_seq[seq]["finding_id"]].append(seq)
        for finding, own in grouped.items():
            stood = [row for row in by_finding[finding] if row["seq"] <= head][-1]["data"]
            events = tuple(_untold(by_seq[seq]) for seq in own)
            yield _Batch(finding, events, State(stood["state"]), stood["severity"], before, upto)
        before = upto


def _untold(row: Mapping[str, Any]) -> Untold:
    data = row["data"]
    reason = Reason(data["reason"]) if "reason" in data else None
    return Untold(Kind(row["kind"]), reason, by_rules=data.get("cause") == Cause.RULES.value)


def _released_as_known(connection: Connection) -> set[str]:
    """The findings whose first messages a person has said that nobody needs."""
    found: set[str] = set()
    for hold in connection.execute(select(holds).where(holds.c.released_how == "known")):
        query = text(
            "SELECT DISTINCT e.finding_id FROM finding_events e JOIN findings f ON f.id = e.finding_id "
            "WHERE f.organization = :body AND e.as_of <= :day"
        )
        found |= set(connection.execute(query, {"body": hold.organization, "day": hold.released_on}).scalars())
    return found


# --- who was at work -----------------------------------------------------------------------------------------------


def alone(log: Path) -> list[str]:
    """Where two runners were at work at the same time."""
    wrong: list[str] = []
    holder, dead = "", set[str]()
    for line in sorted(log.read_text().splitlines(), key=lambda line: float(line.split()[0])):
        _, pid, what = line.split()
        if what == "die":
            dead.add(pid)  # what it still writes before it hears of it does not count
        if what == "enter" and pid not in dead:
            if holder:
                wrong.append(f"process {pid} was at work beside {holder}")
            holder = pid
        elif pid == holder:
            holder = ""
    return wrong
