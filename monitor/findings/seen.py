"""When standing findings were last seen: one day for each check of an organization. Thousands of findings that nothing has
happened to need not be written anew each day; what was found is kilobytes each.
"""

from collections.abc import Collection
from datetime import date
from itertools import product
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, insert, select, update

from monitor.findings.lifecycle import State
from monitor.store.schema import findings, seen

_HERE = and_(seen.c.organization == findings.c.organization, seen.c.check_id == findings.c.check_id)


def rows() -> Select[Any]:
    """Whole findings, each with the day on which its check was last asked, or needed not be asked (``seen_on``)."""
    return select(findings, seen.c.as_of.label("seen_on")).select_from(findings.outerjoin(seen, _HERE))


def last_seen(row: RowMapping) -> date:
    """When a finding was last seen: itself, or, while it stands and its check can answer, with all others of its check."""
    held: date = row["last_seen"]
    day: date | None = row.get("seen_on")
    if day is None or row["unknown"] or not State(row["state"]).standing:
        return held
    return max(held, day)


def confirm(connection: Connection, organizations: Collection[str], checks: Collection[str], as_of: date) -> None:
    """All standing findings of these were seen as of a date: asked again, or their answer could not have changed."""
    of_these = seen.c.organization.in_(sorted(organizations)) & seen.c.check_id.in_(sorted(checks))
    connection.execute(update(seen).where(of_these, seen.c.as_of < as_of).values(as_of=as_of))
    held = {(body, check) for body, check in connection.execute(select(seen.c.organization, seen.c.check_id))}
    new = [pair for pair in product(sorted(organizations), sorted(checks)) if pair not in held]
    if new:
        values = [{"organization": body, "check_id": check, "as_of": as_of} for body, check in new]
        connection.execute(insert(seen), values)
