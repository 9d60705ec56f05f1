"""The outbox as a person asks about it: which messages there are, whom they told of what, and what to do with one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from monitor.alerts import outbox as box
from monitor.alerts.outbox import HEAD, Status
from monitor.store.schema import findings, outbox, tellings


@dataclass(frozen=True)
class Telling:
    """A finding of which a message told: by which topic, and whether it was written out or only counted."""

    finding_id: str
    topic: str
    shown: bool
    title: str


class Answer(StrEnum):
    """What became of a person's wish for one message, and why."""

    QUEUED = "queued"  # it is sent with the next delivery
    CANCELLED = "cancelled"  # it is not sent
    WAITS = "waits"  # it is sent with the next delivery anyway
    BUSY = "busy"  # a sender has it at this moment
    SENT = "sent"  # it has arrived: there is nothing to send or to take back
    MAYBE_TOLD = "maybe_told"  # nobody knows whether it has arrived: sending it again wants a person's word
    DONE = "done"  # it is cancelled already

    @property
    def taken(self) -> bool:
        """Whether the wish is fulfilled."""
        return self in (Answer.QUEUED, Answer.CANCELLED, Answer.WAITS, Answer.DONE)


def listed(connection: Connection, statuses: Collection[Status], finding: str | None = None) -> list[Row[Any]]:
    """The messages of these statuses, of one finding if it is given, in the order in which they were planned; no bodies."""
    query = select(*HEAD, outbox.c.message["subject"].as_string().label("subject"))
    query = query.where(outbox.c.status.in_([status.value for status in statuses]))
    if finding is not None:
        query = query.where(outbox.c.id.in_(select(tellings.c.outbox_id).where(tellings.c.finding_id == finding)))
    return list(connection.execute(query.order_by(outbox.c.id)))


def names(connection: Connection) -> list[str]:
    """The keys of all messages: what a mistyped one is compared with."""
    return list(connection.scalars(select(outbox.c.key).order_by(outbox.c.id)))


def find(connection: Connection, name: str) -> Row[Any] | None:
    """The message of a number or key, with its body."""
    numbered = outbox.c.id == int(name) if name.isascii() and name.isdigit() and len(name) < 19 else None
    wanted = outbox.c.key == name
    return connection.execute(select(outbox).where(wanted if numbered is None else or_(numbered, wanted))).first()


def told(connection: Connection, outbox_id: int) -> Sequence[Telling]:
    """The findings of which a message told, those written out first, by topic and id."""
    query = (
        select(tellings, findings.c.facts)
        .join(findings, findings.c.id == tellings.c.finding_id)
        .where(tellings.c.outbox_id == outbox_id)
    )
    rows = [Telling(row.finding_id, row.topic, row.shown, row.facts["title"]) for row in connection.execute(query)]
    return sorted(rows, key=lambda one: (not one.shown, one.topic, one.finding_id))


def retry(connection: Connection, row: Row[Any], *, sure: bool) -> Answer:
    """Send a message anew. ``sure``: also if it may have been told already."""
    status = Status(row.status)
    if status is Status.UNKNOWN and not sure:
        return Answer.MAYBE_TOLD
    if status is Status.PENDING:
        return Answer.WAITS
    return Answer.QUEUED if box.send_again(connection, row.key) else _other(connection, row)


def cancel(connection: Connection, row: Row[Any]) -> Answer:
    """Do not send a message."""
    if Status(row.status) is Status.CANCELLED:
        return Answer.DONE
    return Answer.CANCELLED if box.cancel(connection, row.key) else _other(connection, row)


def _other(connection: Connection, row: Row[Any]) -> Answer:
    """Why a message could not be moved, as it stands now: a sender may have been quicker."""
    now = connection.scalar(select(outbox.c.status).where(outbox.c.id == row.id))
    return Answer.SENT if now == Status.SENT else Answer.BUSY


__all__ = ["Answer", "Telling", "cancel", "find", "listed", "names", "retry", "told"]
