"""Who was told of a finding, when and how: from the messages that told it, whatever became of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from monitor.alerts.news import Topic
from monitor.alerts.outbox import Status
from monitor.settings import TIMEZONE
from monitor.store.schema import outbox, tellings


@dataclass(frozen=True)
class Telling:
    """One message that told a finding to one contact; ``shown`` False: it was only counted."""

    outbox_id: int
    contact: str
    channel: str
    topic: Topic
    shown: bool
    status: Status
    planned_at: datetime
    sent_at: datetime | None

    @property
    def text(self) -> str:
        """2026-07-06 08:30 道路課（mail）新規：送信済."""
        when = (self.sent_at or self.planned_at).astimezone(ZoneInfo(TIMEZONE))
        how = "" if self.shown else "、件数のみ"
        return f"{when:%Y-%m-%d %H:%M} {self.contact}（{self.channel}）{self.topic.label}{how}：{self.status.label}"

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "message": self.outbox_id,
            "contact": self.contact,
            "channel": self.channel,
            "topic": self.topic.value,
            "shown": self.shown,
            "status": self.status.value,
            "planned_at": self.planned_at.isoformat(),
            "sent_at": self.sent_at.isoformat() if self.sent_at else None,
        }


def of(connection: Connection, finding_id: str) -> list[Telling]:
    """The messages that told a finding, in the order in which they were planned."""
    query = (
        select(tellings.c.topic, tellings.c.shown, outbox)
        .join(outbox, outbox.c.id == tellings.c.outbox_id)
        .where(tellings.c.finding_id == finding_id)
        .order_by(outbox.c.id)
    )
    return [
        Telling(
            row.id,
            row.audience,
            row.channel,
            Topic(row.topic),
            row.shown,
            Status(row.status),
            row.created_at,
            row.sent_at,
        )
        for row in connection.execute(query)
    ]
