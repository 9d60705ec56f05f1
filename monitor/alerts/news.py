"""What there is to tell: untold events, one item per finding, each with the finding as it stands now. Pure but for two queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from checks.finding import Severity
from monitor.alerts import routing
from monitor.findings import book, holds
from monitor.findings.lifecycle import Cause, Kind, Known, Reason, State
from monitor.settings import Settings
from monitor.store.schema import LEDGER, finding_events, findings, outbox, tellings


class Topic(StrEnum):
    """Why a finding is told: of all that has happened to it since it was last told, what a reader must know now."""

    OVERDUE = "overdue"
    NEW = "new"
    REOPENED = "reopened"
    WORSE = "worse"
    LAPSED = "lapsed"
    ESCALATED = "escalated"
    ENDING = "ending"
    DUE_SOON = "due_soon"
    MOVED = "moved"  # told to whom the routes name now and who does not know of it
    PRESSED = "pressed"
    LATE = "late"  # found and over at once: done, but after its date
    RESOLVED = "resolved"
    RULES = "rules"  # a changed rule or setting has added or removed it: one notice, no list
    GONE = "gone"  # came and went before anybody was told
    ANSWERED = "answered"  # somebody has answered it before anybody was told

    @property
    def label(self) -> str:
        """The Japanese words, one for every medium."""
        return _LABELS[self]

    @property
    def follows(self) -> bool:
        """Whether it is told to those who were told of the finding before, not by the routes."""
        return self is Topic.RESOLVED

    @property
    def listed(self) -> bool:
        """Whether findings of it are written out; the others are counted only."""
        return self not in (Topic.RULES, Topic.GONE, Topic.ANSWERED)


_LABELS = {
    Topic.OVERDUE: "期限超過",
    Topic.NEW: "新規",
    Topic.REOPENED: "再発",
    Topic.WORSE: "悪化",
    Topic.LAPSED: "容認の終了",
    Topic.ESCALATED: "上位への連絡",
    Topic.ENDING: "容認の期限が近い",
    Topic.DUE_SOON: "期限が近い",
    Topic.MOVED: "担当の変更",
    Topic.PRESSED: "未対応の再通知",
    Topic.LATE: "遅れて実施",
    Topic.RESOLVED: "解消",
    Topic.RULES: "規程・設定の変更による異動",
    Topic.GONE: "お知らせの前に解消",
    Topic.ANSWERED: "お知らせの前に判断済み",
}
_OF_KIND = {  # of several, the first that is there
    Kind.OPENED: Topic.NEW,
    Kind.REOPENED: Topic.REOPENED,
    Kind.LAPSED: Topic.LAPSED,
    Kind.WORSENED: Topic.WORSE,
    Kind.OVERDUE: Topic.OVERDUE,
    Kind.ESCALATED: Topic.ESCALATED,
    Kind.ENDING: Topic.ENDING,
    Kind.REMINDED: Topic.DUE_SOON,
    Kind.MOVED: Topic.MOVED,
    Kind.PRESSED: Topic.PRESSED,
}
_STILL = {  # what is worth telling of a finding that somebody has answered
    State.ACKNOWLEDGED: (Kind.OVERDUE, Kind.MOVED),
    State.ACCEPTED: (Kind.ENDING,),
}


@dataclass(frozen=True)
class Untold:
    """One untold event: what happened, why, and whether a changed rule made it."""

    kind: Kind
    reason: Reason | None = None
    by_rules: bool = False


def topic(events: Sequence[Untold], state: State, *, known: bool) -> Topic:
    """Why a finding that stands so is told, after these events; ``known``: somebody was told of it before."""
    last = events[-1]
    if state is State.RESOLVED:
        if known:
            return Topic.RULES if last.reason is Reason.RULE_CHANGED else Topic.RESOLVED
        return Topic.LATE if last.reason is Reason.LATE else Topic.GONE
    kinds = {event.kind for event in events}
    if state is not State.OPEN:
        kinds &= set(_STILL.get(state, ()))
        return next((_OF_KIND[kind] for kind in _OF_KIND if kind in kinds), Topic.ANSWERED)
    if any(event.by_rules and event.kind in (Kind.OPENED, Kind.REOPENED, Kind.WORSENED) for event in events):
        return Topic.RULES
    kinds -= {Kind.ENDING}  # there is no acceptance any more
    nothing = Topic.ANSWERED if known else Topic.NEW  # resolved, accepted beforehand and taken back, all in silence
    return next((_OF_KIND[kind] for kind in _OF_KIND if kind in kinds), nothing)


@dataclass(frozen=True)
class News:
    """A finding as it stands, and why it is told. ``seqs``: the events that this stands for."""

    topic: Topic
    reason: Reason | None
    seqs: tuple[int, ...]
    known: Known
    organization_name: str
    told_to: tuple[str, ...] = ()  # the contacts that were told of it before

    @property
    def finding_id(self) -> str:
        """The finding's id."""
        return self.known.id

    @property
    def check(self) -> str:
        """The check's id."""
        return self.known.check

    @property
    def organization(self) -> str:
        """The organization's id."""
        return self.known.organization

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return self.known.severity

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was found."""
        return self.known.facts

    @property
    def urgency(self) -> tuple[int, date, str]:
        """Sort key: the more severe first, then the nearer date."""
        return -self.severity.rank, self.known.due_on or date.max, self.finding_id


def untold(connection: Connection) -> list[News]:
    """The news, in order of the findings' last events. What waits behind a hold is no news yet."""
    free = _free(connection)
    if not free:
        return []
    names = select(LEDGER["organizations"].c.organization, LEDGER["organizations"].c.name).subquery()
    query = (
        select(finding_events.c.seq, finding_events.c.kind, finding_events.c.data, findings, names.c.name.label("body"))
        .join(findings, findings.c.id == finding_events.c.finding_id)
        .outerjoin(names, names.c.organization == findings.c.organization)
        .order_by(finding_events.c.seq)
    )
    rows: dict[str, list[RowMapping]] = {}
    for at in range(0, len(free), 1000):
        for row in connection.execute(query.where(finding_events.c.seq.in_(free[at : at + 1000]))).mappings():
            rows.setdefault(row["id"], []).append(row)
    audiences = _told_to(connection) if rows else {}
    return [_item(held, audiences.get(key, ())) for key, held in rows.items()]


def _free(connection: Connection) -> list[int]:
    """The untold events that wait behind no hold, in order."""
    held = {(one.organization, one.check) for one in holds.standing(connection)}
    whole = sorted(body for body, check in held if not check)  # new ledgers: thousands of events, none of them read
    query = (
        select(finding_events.c.seq, findings.c.organization, findings.c.check_id)
        .join(findings, findings.c.id == finding_events.c.finding_id)
        .where(finding_events.c.planned.is_(False), findings.c.organization.not_in(whole))
        .order_by(finding_events.c.seq)
    )
    return [seq for seq, body, check in connection.execute(query) if (body, check) not in held]


def _told_to(connection: Connection) -> dict[str, tuple[str, ...]]:
    """finding → the contacts that were told of it, of those that have untold events."""
    waiting = select(finding_events.c.finding_id).where(finding_events.c.planned.is_(False))
    query = (
        select(tellings.c.finding_id, outbox.c.audience)
        .join(outbox, outbox.c.id == tellings.c.outbox_id)
        .where(tellings.c.finding_id.in_(waiting), outbox.c.status != "cancelled")
        .order_by(tellings.c.outbox_id)
    )
    found: dict[str, dict[str, None]] = {}
    for row in connection.execute(query):
        found.setdefault(row.finding_id, {})[row.audience] = None
    return {key: tuple(held) for key, held in found.items()}


def _item(rows: Sequence[RowMapping], told_to: tuple[str, ...]) -> News:
    events, known = [_untold(each) for each in rows], book.from_row(rows[-1])
    # a date that passed and was put off before anybody was told has not passed
    true = [event for event in events if event.kind is not Kind.OVERDUE or known.late]
    return News(
        topic=topic(true, known.state, known=bool(told_to)) if true else Topic.GONE,
        reason=events[-1].reason,
        seqs=tuple(each["seq"] for each in rows),
        known=known,
        organization_name=rows[-1]["body"] or known.organization,
        told_to=told_to,
    )


def _untold(row: RowMapping) -> Untold:
    data = row["data"]
    reason = Reason(data["reason"]) if "reason" in data else None
    return Untold(Kind(row["kind"]), reason, by_rules=data.get("cause") == Cause.RULES.value)


def route(news: Sequence[News], settings: Settings) -> dict[str, list[News]]:
    """Contact → its news, the most urgent first. What follows up goes to those who know of the finding."""
    routed: dict[str, list[News]] = {}
    for item in news:
        for contact in contacts(item, settings):
            routed.setdefault(contact, []).append(item)
    return {contact: sorted(held, key=lambda item: item.urgency) for contact, held in sorted(routed.items())}


def contacts(item: News, settings: Settings) -> tuple[str, ...]:
    """Who is told of an item."""
    known = tuple(name for name in item.told_to if name in settings.channels or name in settings.contacts)
    if known and (item.topic.follows or item.known.state is State.RESOLVED):
        return known
    by_route = routing.recipients(routing.Facts.of(item), settings).contacts
    if item.topic is Topic.MOVED:
        return tuple(name for name in by_route if name not in item.told_to)
    if item.topic is not Topic.ESCALATED:
        return by_route
    level = item.known.told.level + 1 if item.known.told else 1
    above = [chain[level] for chain in (routing.chain(name, settings) for name in by_route) if level < len(chain)]
    return tuple(dict.fromkeys(above)) or by_route


__all__ = ["News", "Topic", "Untold", "contacts", "route", "topic", "untold"]
