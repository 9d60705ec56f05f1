"""Holds: messages that wait until a person releases them. The findings are kept, counted and in the digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, Select, insert, or_, select, true, update

from monitor.findings.lifecycle import Kind
from monitor.store.schema import finding_events, findings, holds

_COMING = (Kind.OPENED, Kind.REOPENED, Kind.WORSENED)


class Reason(StrEnum):
    """Why messages wait."""

    FIRST = "first"  # the first judgement of a ledger: old things, all at once
    SUDDEN = "sudden"  # a check finds many times what it found: rather a column or a rulebook that has changed

    @property
    def label(self) -> str:
        """The Japanese words, one for every medium."""
        return {"first": "初回の点検", "sudden": "急な増加"}[self.value]


class Release(StrEnum):
    """How a hold ends."""

    TOLD = "told"  # what still stands is told now, in one message to each contact
    KNOWN = "known"  # it stays a known backlog: in the digest, no message


@dataclass(frozen=True)
class Hold:
    """Messages of a check (every check: '') on an organization that wait. ``found``: findings when it was placed."""

    id: int
    organization: str
    check: str
    reason: Reason
    placed_on: date
    found: int
    run_id: int


def place(
    connection: Connection, organization: str, check: str, reason: Reason, run: tuple[int, date], found: int
) -> bool:
    """Hold, unless the same is held already. ``run`` is (id, as_of)."""
    if any(one.check in ("", check) for one in standing(connection, organization)):
        return False
    run_id, as_of = run
    values = {"organization": organization, "check_id": check, "reason": reason.value, "found": found}
    connection.execute(insert(holds).values(values | {"run_id": run_id, "placed_on": as_of}))
    return True


def standing(connection: Connection, organization: str | None = None) -> list[Hold]:
    """The holds that nobody has released, in the order in which they were placed."""
    wanted = true() if organization is None else holds.c.organization == organization
    query = select(holds).where(holds.c.released_on.is_(None), wanted).order_by(holds.c.id)
    return [
        Hold(row.id, row.organization, row.check_id, Reason(row.reason), row.placed_on, row.found, row.run_id)
        for row in connection.execute(query)
    ]


def release(connection: Connection, chosen: Sequence[Hold], how: Release, by: str, as_of: date) -> None:
    """End these holds. What becomes a known backlog is marked as planned: no message will tell of it.

    The backlog is what has come behind the hold. That a date has passed, or something is over, of which people knew before
    is told all the same: the hold had only delayed it.
    """
    ids = [one.id for one in chosen]
    if how is Release.KNOWN:
        table, behind = finding_events, held_events().where(holds.c.id.in_(ids))
        backlog = select(table.c.finding_id).where(table.c.seq.in_(behind), table.c.kind.in_(_COMING))
        wanted = table.c.seq.in_(behind) & table.c.finding_id.in_(backlog)
        connection.execute(update(table).where(wanted).values(planned=True))
    connection.execute(
        update(holds).where(holds.c.id.in_(ids)).values(released_on=as_of, released_by=by, released_how=how.value)
    )


def held_events() -> Select[tuple[int]]:
    """The numbers of the untold events that wait behind a hold that nobody has released."""
    return (
        select(finding_events.c.seq)
        .join(findings, findings.c.id == finding_events.c.finding_id)
        .join(holds, holds.c.organization == findings.c.organization)
        .where(or_(holds.c.check_id == "", holds.c.check_id == findings.c.check_id))
        .where(holds.c.released_on.is_(None), finding_events.c.planned.is_(False))
    )


__all__ = ["Hold", "Reason", "Release", "held_events", "place", "release", "standing"]
