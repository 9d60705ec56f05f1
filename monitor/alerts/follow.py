"""What follows up an earlier message: as an answer to it, or in its place once all that it told is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, String, cast, exists, func, literal, select

from monitor.alerts import outbox as box
from monitor.alerts.message import Message
from monitor.alerts.news import News, Topic
from monitor.alerts.slack_payload import MAX_BLOCKS, plain
from monitor.findings.lifecycle import STANDING
from monitor.settings import Settings, SlackBot
from monitor.store.schema import findings, outbox, tellings

UPDATE: Final = "update"  # the kind of a message that takes the place of an earlier one
_LOOK_BACK: Final = timedelta(days=90)  # an older message is history; nobody scrolls up to it
_OVER: Final = (Topic.RESOLVED.value, Topic.LATE.value)  # a message of these only says itself that it is over
_FOLLOWING = (Topic.RESOLVED, Topic.PRESSED, Topic.DUE_SOON, Topic.ENDING)


def origin(connection: Connection, audience: str, news: Sequence[News]) -> str:
    """The reference of the one message that first told this contact of all these; '' if there is new matter, or several."""
    if not news or any(item.topic not in _FOLLOWING for item in news):
        return ""
    first = (
        select(func.min(tellings.c.outbox_id))
        .join(outbox, outbox.c.id == tellings.c.outbox_id)
        .where(outbox.c.audience == audience, tellings.c.finding_id.in_([item.finding_id for item in news[:2000]]))
        .group_by(tellings.c.finding_id)
    )
    ids = set(connection.scalars(first))
    if len(ids) != 1:
        return ""
    return connection.scalar(select(outbox.c.provider_ref).where(outbox.c.id == ids.pop())) or ""


def enqueue_finished(connection: Connection, settings: Settings, now: datetime) -> int:
    """Messages of a Slack bot whose findings are all over get a line that says so, in their place; how many."""
    bots = [name for name, channel in settings.channels.items() if isinstance(channel, SlackBot)]
    if not bots:
        return 0
    done = outbox.alias()
    still = (
        select(tellings.c.finding_id)
        .join(findings, findings.c.id == tellings.c.finding_id)
        .where(tellings.c.outbox_id == outbox.c.id, findings.c.state.in_([state.value for state in STANDING]))
    )
    told = select(tellings.c.finding_id).where(tellings.c.outbox_id == outbox.c.id, tellings.c.topic.not_in(_OVER))
    query = (
        select(outbox)
        .where(outbox.c.kind == "alert", outbox.c.status == box.Status.SENT.value, outbox.c.channel.in_(bots))
        .where(outbox.c.created_at > now - _LOOK_BACK, outbox.c.provider_ref != "")
        .where(exists(told), ~exists(still))
        .where(~exists(select(done.c.id).where(done.c.key == literal("update:") + cast(outbox.c.id, String))))
        .order_by(outbox.c.id)
    )
    rows = connection.execute(query).all()
    for row in rows:
        message = _finished(Message.from_json(row.message), row.provider_ref)
        box.enqueue(connection, f"update:{row.id}", row.channel, UPDATE, message, now, audience=row.audience)
    return len(rows)


def _finished(message: Message, ref: str) -> Message:
    said = "この通知の確認事項は、すべて解消又は処置済等となりました。"
    note = {"type": "section", "text": plain(said, 200)}
    blocks = [note, *(message.blocks or [])][:MAX_BLOCKS]
    return replace(
        message,
        subject=f"【完了】{message.subject}",
        text=f"{said}\n\n{message.text}",
        blocks=blocks,
        attachments=(),
        replaces=ref,
    )
