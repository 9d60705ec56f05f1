"""What a digest is made from, read from the store as of the end of its week."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from checks import ledger
from checks.catalogue import all_checks
from checks.rulebook import Rulebook
from monitor.alerts import quiet, routing
from monitor.digest import rule_changes, schedule
from monitor.digest.model import CALENDAR_WEEKS, Body, Monitor, Rejudged, Sources
from monitor.digest.unread import Unread, by_file
from monitor.digest.week import Week
from monitor.findings import answers, book, history, holds
from monitor.findings.history import Event, Past
from monitor.settings import Settings
from monitor.store import aside, bodies, quarantine, registers
from monitor.store.schema import LEDGER, finding_events, outbox, runs


def gather(connection: Connection, week: Week, settings: Settings, rulebooks: Mapping[str, Rulebook]) -> Sources:
    """All of it: findings and events, their contracts and owners, the last answers, the state of data and monitor."""
    past, events = _known(*history.replay(history.events(connection, week.last)))
    touched = {event.finding_id for event in events if event.as_of >= week.first}
    wanted: dict[str, set[str]] = {}
    for one in past.values():
        if one.state.standing or one.id in touched:
            wanted.setdefault(one.organization, set()).update(one.facts["contracts"])
    contracts = {
        (organization, key): row
        for organization, ids in wanted.items()
        for key, row in registers.contracts_by_id(connection, organization, sorted(ids)).items()
    }
    waiting = by_file(quarantine.places(connection))
    shown = _bodies(connection, week.last, waiting)
    used = [
        rulebooks[name]
        for name in sorted({one.rulebook for one in bodies.organizations(connection)})
        if name in rulebooks
    ]
    return Sources(
        past=past,
        events=events,
        contracts=contracts,
        evaluations=[
            dict(row) for row in answers.last(connection, week.last).values() if row["check_id"] in all_checks()
        ],
        bodies=shown,
        monitor=_monitor(connection, week, settings, sum(one.rows for one in waiting)),
        head=book.head(connection, week.last),
        owners={
            key: _owners(one, settings) for key, one in past.items()
        },  # of all: the trend of an owner needs the gone ones
        rules=rule_changes.changes(used, week.first, week.last + timedelta(weeks=CALENDAR_WEEKS)),
        rejudged=_rejudged(connection, week, {body.id: body.name for body in shown}),
        office=quiet.calendar(settings.quiet),
        unread=waiting,
    )


def _known(past: dict[str, Past], events: list[Event]) -> tuple[dict[str, Past], list[Event]]:
    """Without the findings of checks that this version no longer has."""
    held = {key: one for key, one in past.items() if one.check in all_checks()}
    return held, events if len(held) == len(past) else [event for event in events if event.finding_id in held]


def _owners(one: Past, settings: Settings) -> tuple[str, ...]:
    """The labels of those to whom the routes lead."""
    contacts = routing.recipients(routing.Facts.of(one), settings).contacts
    return tuple(dict.fromkeys(settings.contact(name).label for name in contacts))


def _bodies(connection: Connection, until: date, waiting: Iterable[Unread]) -> list[Body]:
    table = LEDGER["contracts"]
    counted = table.c.row_kind.is_(None) | table.c.row_kind.in_(["", ledger.CONTRACT])
    query = (
        select(table.c.organization, func.count(), func.max(table.c.signed_on))
        .where(counted, table.c.cancelled_on.is_(None), table.c.signed_on <= until)
        .group_by(table.c.organization)
    )
    found = {row[0]: (row[1], row[2]) for row in connection.execute(query)}
    unread = Counter[str]()
    for held in waiting:
        unread[held.organization] += held.rows
    return [
        Body(one.id, one.name, *found.get(one.id, (0, None)), unread[one.id], one.read_on)
        for one in bodies.organizations(connection)
    ]


def _rejudged(connection: Connection, week: Week, names: Mapping[str, str]) -> list[Rejudged]:
    """By check, of which organizations."""
    found: dict[str, list[str]] = {}
    for check, organization in answers.rejudged(connection, week.first, week.last):
        if check not in all_checks():
            continue  # of a version that knew it
        found.setdefault(all_checks()[check].title, []).append(names.get(organization, organization))
    return [Rejudged(title, tuple(held)) for title, held in found.items()]


def _monitor(connection: Connection, week: Week, settings: Settings, quarantined: int) -> Monitor:
    """Days with a finished run and days with only broken ones: a second run on one day changes nothing."""
    query = select(runs.c.as_of, runs.c.status).where(runs.c.job == "run", runs.c.as_of <= week.last)
    rows = connection.execute(query).all()
    done = {row.as_of for row in rows if row.status == "done"}
    broken = {row.as_of for row in rows if row.status in ("partial", "failed", "crashed")} - done
    inside = {day for day in done if day >= week.first}
    query_outbox = (
        select(outbox.c.status, func.count()).where(outbox.c.kind.in_(["alert", "digest"])).group_by(outbox.c.status)
    )
    messages = {row[0]: row[1] for row in connection.execute(query_outbox)}
    return Monitor(
        runs_done=len(inside),
        runs_failed=len({day for day in broken if day >= week.first}),
        last_run=max(done | broken, default=None),
        dead=messages.get("dead", 0),
        unknown=messages.get("unknown", 0),
        quarantined=quarantined,
        set_aside=sum(aside.counts(connection).values()),
        held=_held(connection),
        periods=schedule.periods(connection, week, settings.schedule),
    )


def _held(connection: Connection) -> int:
    """Findings whose messages wait behind a hold."""
    behind = select(func.count(finding_events.c.finding_id.distinct()))
    return connection.scalar(behind.where(finding_events.c.seq.in_(holds.held_events()))) or 0
