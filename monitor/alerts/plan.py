"""Planning: untold events become outbox rows and are marked planned, in one transaction. A crash before it loses nothing.

What is not planned waits as it is: behind a hold until a person releases it, in quiet time until that ends. Then what is
still true is told, once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, Engine, insert, select, update

from checks.finding import Severity
from monitor.alerts import follow, news, outbox, quiet, routing
from monitor.alerts.news import News, Topic
from monitor.alerts.notices import Trouble, sentences
from monitor.alerts.press import press, ripe
from monitor.findings import book
from monitor.findings.holds import standing as holds_standing
from monitor.findings.lifecycle import Told
from monitor.settings import Settings
from monitor.store.schema import finding_events, runs, tellings

_CHUNK = 500
_WITH_FILES = ("smtp", "file")  # the kinds of channels that take attachments


@dataclass(frozen=True)
class Planned:
    """How many findings there were to tell, how many messages that made, how many go to nobody, how many wait."""

    news: int
    messages: int
    nowhere: int
    quiet: int = 0  # they wait for the end of the quiet time


def plan(
    engine: Engine,
    settings: Settings,
    as_of: date,
    now: datetime,
    *,
    run_id: int | None = None,
    troubles: Sequence[Trouble] = (),
) -> Planned:
    """Plan whatever is untold and may be told now: one message to each contact.

    ``troubles`` are for the maintainers, in the same message if they get one anyway.
    """
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(update(runs).where(runs.c.id == run_id).values(counts={"planned": True}))
        is_quiet = quiet.quiet(now, settings.quiet) is not None
        if not is_quiet:
            _press(connection, settings, as_of, now, run_id)
        items = news.untold(connection)
        ready = [item for item in items if not (is_quiet and settings.quiet and settings.quiet.waits(item.severity))]
        waiting = len(items) - len(ready)
        if not ready and not troubles:
            follow.enqueue_finished(connection, settings, now)
            return Planned(0, 0, 0, waiting)
        routed = news.route(ready, settings)
        messages = _enqueue(
            connection, routed, settings, as_of, now, sentences(troubles), run_id=run_id, urgent=is_quiet
        )
        _mark(connection, ready)
        follow.enqueue_finished(connection, settings, now)
        _count(connection, routed, as_of)
    told = {item.finding_id for held in routed.values() for item in held}
    # of another department's finding nobody may have to be told
    nowhere = sum(item.finding_id not in told and item.topic is not Topic.MOVED for item in ready)
    return Planned(len(ready), messages, nowhere, waiting)


def _press(connection: Connection, settings: Settings, as_of: date, now: datetime, run_id: int | None) -> None:
    calendar, reminders = quiet.calendar(settings.quiet), settings.reminders
    asked: dict[tuple[Severity, Told], bool] = {}  # most were told on a few days
    waiting = []
    for one in book.told(connection):
        key = one.severity, one.told
        if key not in asked:
            asked[key] = ripe(*key, as_of, reminders, calendar)
        if asked[key]:
            waiting.append(one)
    if not waiting:
        return
    held = {(one.organization, one.check) for one in holds_standing(connection)}
    # what is told today for another reason needs no reminder; an escalation beside it would be on record and not told
    news_of = set(connection.scalars(select(finding_events.c.finding_id).where(finding_events.c.planned.is_(False))))
    free = [
        one.id
        for one in waiting
        if one.id not in news_of and not held & {(one.organization, ""), (one.organization, one.check)}
    ]
    book.write(connection, press(book.some(connection, free), as_of, settings, calendar), run_id, as_of, now)


def _enqueue(
    connection: Connection,
    routed: Mapping[str, Sequence[News]],
    settings: Settings,
    as_of: date,
    now: datetime,
    notes: Sequence[str],
    *,
    run_id: int | None,
    urgent: bool,
) -> int:
    """Put in one message for each contact that has something to read. ``urgent``: what is told although it is quiet."""
    from monitor.alerts import compose  # templates and workbooks: not for a day without news

    maintained = routing.maintainers(settings) if notes else ()
    seqs = [seq for held in routed.values() for item in held for seq in item.seqs]
    made = 0
    for name in sorted({*routed, *maintained}):
        contact, held = settings.contact(name), routed.get(name, ())
        composed = compose.compose(
            held,
            as_of,
            notes if name in maintained else (),
            contact.label if name in settings.contacts else "",
            with_files=settings.channels[contact.channel].kind in _WITH_FILES,
        )
        if composed is None:
            continue
        message = replace(composed.message, thread=follow.origin(connection, name, held))
        key = f"alert:{min(seqs)}-{max(seqs)}:{name}" if held else f"notice:{run_id}-{now.isoformat()}:{name}"
        kind = "alert" if held else outbox.NOTICE
        row = outbox.enqueue(
            connection, key, contact.channel, kind, message, now, audience=name, urgent=urgent and bool(held)
        )
        if row is not None:
            made += 1
            _remember(connection, row, held, composed.shown)
    return made


def _remember(connection: Connection, row: int, held: Sequence[News], shown: frozenset[str]) -> None:
    """Which findings a message tells, written out or only counted."""
    values = [
        {
            "outbox_id": row,
            "finding_id": item.finding_id,
            "topic": item.topic.value,
            "shown": item.finding_id in shown,
        }
        for item in held
    ]
    if values:
        connection.execute(insert(tellings), values)


def _mark(connection: Connection, items: Sequence[News]) -> None:
    """These events are planned, or need no message."""
    seqs = [seq for item in items for seq in item.seqs]
    table = finding_events
    for start in range(0, len(seqs), _CHUNK):
        connection.execute(update(table).where(table.c.seq.in_(seqs[start : start + _CHUNK])).values(planned=True))


def _count(connection: Connection, routed: Mapping[str, Sequence[News]], as_of: date) -> None:
    """How often each standing finding has been told."""
    told_of = (item for held in routed.values() for item in held if item.topic not in (Topic.GONE, Topic.ANSWERED))
    items = {item.finding_id: item for item in told_of if item.known.state.standing}
    told = {}
    for key, item in items.items():
        before = item.known.told or Told(as_of, as_of, 0)
        raised = item.topic is Topic.ESCALATED
        told[key] = Told(
            as_of if raised else before.since, as_of, before.times + 1, before.level + 1 if raised else before.level
        )
    book.tell(connection, told)


__all__ = ["Planned", "plan"]
