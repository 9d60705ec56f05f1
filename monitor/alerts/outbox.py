"""The outbox: messages are put in once, in the transaction that decides them, and delivered from here.

Each row is claimed, sent and recorded in transactions of its own, so that a crash leaves one row in doubt and no more.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, or_, select, update

from monitor.alerts.channels import Channel, Outcome, SendError
from monitor.alerts.message import Message, delivery_id
from monitor.problems import Problem
from monitor.settings import Delivery
from monitor.store.schema import outbox

log = logging.getLogger("keiyaku")
HEAD = tuple(column for column in outbox.columns if column.name != "message")  # all but the body, which may be long
NOTICE = "notice"  # the kind of a message to the maintainers about the program itself
OpenChannel = Callable[[str], Channel]  # by the name of a contact
Clock = Callable[[], datetime]


class Status(StrEnum):
    """Where a message stands. Each has the reason why it is one of its own.

        pending, retry → claimed → sending → sent | retry | dead | unknown
        anything that is not sent or being sent → cancelled, by a person

    A sender that dies leaves its row claimed or sending; the lease says when others may look at it.
    """

    PENDING = "pending"  # never tried
    RETRY = "retry"  # certainly not told; tried again from next_attempt_at on
    CLAIMED = "claimed"  # one sender has it but has sent nothing: after the lease anyone may take it
    SENDING = "sending"  # it may have left: after the lease nobody knows, so it becomes unknown
    SENT = "sent"  # the other side has confirmed it
    UNKNOWN = "unknown"  # told or not, nobody knows: never sent again by itself, a person decides (send_again)
    DEAD = "dead"  # certainly not told, and trying again is of no use: a person must mend something (send_again)
    CANCELLED = "cancelled"  # a person has said that it need not be sent (cancel)

    @property
    def label(self) -> str:
        """The Japanese word, one for every medium."""
        return _LABELS[self]


_LABELS = {
    Status.PENDING: "未送信",
    Status.RETRY: "再送待ち",
    Status.CLAIMED: "送信の準備中",
    Status.SENDING: "送信中",
    Status.SENT: "送信済",
    Status.UNKNOWN: "届いたか不明",
    Status.DEAD: "届かず",
    Status.CANCELLED: "取りやめ",
}


class Step(StrEnum):
    """Between which two things delivery stands; tests pull the plug here."""

    CLAIMING = "claiming"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    RECORDED = "recorded"


@dataclass(frozen=True)
class Summary:
    """How many messages ended how in one delivery."""

    sent: int = 0
    retry: int = 0
    dead: int = 0
    unknown: int = 0

    def __add__(self, other: "Summary") -> "Summary":
        """Two deliveries as one."""
        return Summary(**{name: count + vars(other)[name] for name, count in vars(self).items()})


def enqueue(
    connection: Connection,
    key: str,
    channel: str,
    kind: str,
    message: Message,
    now: datetime,
    *,
    audience: str = "",
    urgent: bool = False,
) -> int | None:
    """Put a message in, in the caller's transaction: its id; None if the key is there already, whatever became of it.

    ``audience`` is the contact that is told, the channel's own if not given; ``urgent`` goes out in quiet time too.
    """
    row = {
        "key": key,
        "channel": channel,
        "audience": audience or channel,
        "kind": kind,
        "urgent": urgent,
        "message": message.to_json(),
        "status": Status.PENDING.value,
        "attempts": 0,
        "created_at": now,
    }
    statement = _insert(connection)(outbox).values(row).on_conflict_do_nothing(index_elements=[outbox.c.key])
    made = connection.execute(statement.returning(outbox.c.id)).first()
    return int(made.id) if made else None


def _insert(connection: Connection) -> Any:
    """The INSERT that knows ON CONFLICT. A database's own words are imported where it is used: a start has no time for both."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert
    from sqlalchemy.dialects import sqlite

    return sqlite.insert


def due(connection: Connection, now: datetime, *, is_quiet: bool = False) -> list[Row[Any]]:
    """The rows that may be sent now, without bodies: the least tried first, so that one bad message does not hold up the others."""
    wanted = and_(_free(now), outbox.c.urgent) if is_quiet else _free(now)
    return list(connection.execute(select(*HEAD).where(wanted).order_by(outbox.c.attempts, outbox.c.id)))


def listed(connection: Connection, *statuses: Status) -> list[Row[Any]]:
    """The messages of these statuses, without bodies, in the order in which they were planned."""
    wanted = outbox.c.status.in_([status.value for status in statuses])
    return list(connection.execute(select(*HEAD).where(wanted).order_by(outbox.c.id)))


def undelivered(connection: Connection) -> list[Row[Any]]:
    """The messages that nobody has confirmed, in the order in which they were planned."""
    return listed(connection, *(status for status in Status if status not in (Status.SENT, Status.CANCELLED)))


def send_again(connection: Connection, key: str) -> bool:
    """A person has decided: a message that is not under way is sent anew. False if there is no such message."""
    values = {"status": Status.PENDING.value, "attempts": 0, "next_attempt_at": None, "lease_until": None}
    return _decided(
        connection, key, {**values, "reported": False}, (Status.UNKNOWN, Status.DEAD, Status.RETRY, Status.CANCELLED)
    )


def cancel(connection: Connection, key: str) -> bool:
    """A person has decided: a message that is not under way is not sent. False if there is no such message."""
    still = (Status.PENDING, Status.RETRY, Status.UNKNOWN, Status.DEAD)
    return _decided(connection, key, {"status": Status.CANCELLED.value}, still)


def _decided(connection: Connection, key: str, values: dict[str, Any], statuses: Collection[Status]) -> bool:
    there = outbox.c.status.in_([status.value for status in statuses])
    return connection.execute(update(outbox).where(outbox.c.key == key, there).values(values)).rowcount == 1


def unreported(connection: Connection) -> list[Row[Any]]:
    """Messages that did not arrive, or may not have, and of which the maintainers do not know. A notice is none of them."""
    lost = outbox.c.status.in_([Status.DEAD.value, Status.UNKNOWN.value])
    query = select(*HEAD).where(lost, outbox.c.reported.is_(False), outbox.c.kind != NOTICE)
    return list(connection.execute(query.order_by(outbox.c.id)))


def reported(connection: Connection, rows: Collection[Row[Any]]) -> None:
    """The maintainers know of these."""
    connection.execute(update(outbox).where(outbox.c.id.in_([row.id for row in rows])).values(reported=True))


def next_attempt(attempts: int, retry_after: float | None, now: datetime, delivery: Delivery) -> datetime:
    """When to try again after ``attempts`` tries: waits double up to a longest; never before the server asked for."""
    longest = timedelta(minutes=delivery.longest_wait_minutes)
    doubled = timedelta(minutes=delivery.first_wait_minutes << min(max(attempts - 1, 0), 16))
    asked = timedelta(seconds=min(retry_after or 0, longest.total_seconds()))
    return now + max(min(doubled, longest), asked)


def deliver(
    engine: Engine,
    open_channel: OpenChannel,
    now: Clock,
    on_step: Callable[[str], None],
    delivery: Delivery,
    is_quiet: Callable[[datetime], bool] = lambda _now: False,
) -> Summary:
    """Send what is due, each message at most once. What became of the others is in the log and in their rows.

    A channel that has asked for patience, and a contact whose channel cannot be opened, are left alone for the rest of this
    delivery; who is on the same channel as a contact that is gone does not wait for it. In quiet time only what is urgent
    goes out.
    """
    sender = _Sender(engine, now, on_step, delivery)
    ended: list[Status] = sender.close_abandoned(open_channel)
    with engine.connect() as connection:
        rows = due(connection, now(), is_quiet=is_quiet(now()))
    channels: dict[str, Channel] = {}
    resting: set[str] = set()  # channels
    closed: set[str] = set()  # contacts
    for row in rows:
        if row.channel in resting or row.audience in closed:
            continue
        try:
            channel = channels[row.audience] = channels.get(row.audience) or open_channel(row.audience)
        except Problem as problem:
            closed.add(row.audience)
            ended += sender.postpone([other for other in rows if other.audience == row.audience], str(problem))
            continue
        status = sender.send(row, channel)
        if status is Status.RETRY:
            resting.add(row.channel)
        if status is not None:
            ended.append(status)
    return Summary(**{status.value: ended.count(status) for status in (Status.SENT, *_FAILED.values())})


_FAILED = {Outcome.RETRY: Status.RETRY, Outcome.DEAD: Status.DEAD, Outcome.UNKNOWN: Status.UNKNOWN}


def _free(now: datetime) -> ColumnElement[bool]:
    """Rows that anyone may claim."""
    waiting = outbox.c.status.in_([Status.PENDING.value, Status.RETRY.value])
    ripe = or_(outbox.c.next_attempt_at.is_(None), outbox.c.next_attempt_at <= now)
    return or_(and_(waiting, ripe), _lapsed(Status.CLAIMED, now))


def _lapsed(status: Status, now: datetime) -> ColumnElement[bool]:
    return and_(outbox.c.status == status.value, outbox.c.lease_until <= now)


def _held(row_id: int, lease: datetime, statuses: Collection[Status]) -> ColumnElement[bool]:
    """The row, as long as this sender's lease is the last one: the lease's end tells senders apart."""
    mine = outbox.c.status.in_([status.value for status in statuses])
    return and_(outbox.c.id == row_id, outbox.c.lease_until == lease, mine)


@dataclass(frozen=True)
class _Sender:
    """One delivery's hold on the outbox: compare-and-set for every move."""

    engine: Engine
    now: Clock
    on_step: Callable[[str], None]
    delivery: Delivery

    def send(self, row: Row[Any], channel: Channel) -> Status | None:
        """One row through all its steps; None if another sender was quicker."""
        with self.engine.connect() as connection:  # one at a time: all their attachments would fill the memory
            body = connection.execute(select(outbox.c.message).where(outbox.c.id == row.id)).scalar_one()
        message = Message.from_json(body)
        self.on_step(Step.CLAIMING)
        now = self.now()
        lease = now + timedelta(minutes=self.delivery.lease_minutes)
        claimed = {"status": Status.CLAIMED.value, "lease_until": lease, "next_attempt_at": None}
        if not self._move(and_(outbox.c.id == row.id, _free(now)), claimed):
            return None
        self.on_step(Step.CLAIMED)
        begun = {"status": Status.SENDING.value, "attempts": row.attempts + 1}
        if not self._move(_held(row.id, lease, [Status.CLAIMED]), begun):
            return None
        self.on_step(Step.SENDING)
        try:
            receipt = channel.send(message, delivery_id(row.key, row.created_at))
        except SendError as error:
            status, values = self._failed(row, error, channel)
        else:
            status = Status.SENT
            values = {"provider_ref": receipt.ref, "error": receipt.note or None, "sent_at": self.now()}
        self.on_step(Step.SENT)
        # unknown: another delivery has given this one up in the meantime, but this one knows
        if not self._move(_held(row.id, lease, [Status.SENDING, Status.UNKNOWN]), {"status": status.value, **values}):
            return None
        self.on_step(Step.RECORDED)
        if values["error"]:
            log.warning("channel %s: %s: %s (%s)", row.channel, row.key, values["error"], status.value)
        return status

    def _failed(self, row: Row[Any], error: SendError, channel: Channel) -> tuple[Status, dict[str, Any]]:
        """What a failure makes of a row: a status and its columns."""
        status = _FAILED[error.outcome]
        if status is Status.UNKNOWN and channel.idempotent:
            status = Status.RETRY  # sending it twice is the same as sending it once
        attempts = row.attempts + 1
        if status is Status.RETRY and attempts >= self.delivery.attempts:
            return Status.DEAD, {"error": f"given up after {attempts} attempts: {error.detail}"}
        again = next_attempt(attempts, error.retry_after, self.now(), self.delivery) if status is Status.RETRY else None
        return status, {"error": error.detail, "next_attempt_at": again}

    def postpone(self, rows: list[Row[Any]], why: str) -> list[Status]:
        """The channel cannot be opened: nothing was tried, so no attempt is counted."""
        now = self.now()
        values = {"status": Status.RETRY.value, "error": why, "next_attempt_at": None, "lease_until": None}
        log.warning("%s (%d messages wait)", why, len(rows))
        return [Status.RETRY for row in rows if self._move(and_(outbox.c.id == row.id, _free(now)), values)]

    def close_abandoned(self, open_channel: OpenChannel) -> list[Status]:
        """Rows that a sender left in the midst of sending: free again where that is harmless, else unknown."""
        now = self.now()
        with self.engine.connect() as connection:
            rows = list(connection.execute(select(*HEAD).where(_lapsed(Status.SENDING, now)).order_by(outbox.c.id)))
        closed = []
        for row in rows:
            harmless = _is_idempotent(row.audience, open_channel)
            status = Status.RETRY if harmless else Status.UNKNOWN
            why = "the program ended while it was sending"
            if self._move(_held(row.id, row.lease_until, [Status.SENDING]), {"status": status.value, "error": why}):
                closed.append(status)
                log.warning("channel %s: %s: %s (%s)", row.channel, row.key, why, status.value)
        return [status for status in closed if status is Status.UNKNOWN]  # the others are sent in this delivery

    def _move(self, where: ColumnElement[bool], values: dict[str, Any]) -> bool:
        with self.engine.begin() as connection:
            return connection.execute(update(outbox).where(where).values(values)).rowcount == 1


def _is_idempotent(name: str, open_channel: OpenChannel) -> bool:
    try:
        return open_channel(name).idempotent
    except Problem:
        return False
