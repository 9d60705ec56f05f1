"""What there is to tell: untold events, one per finding, each with the finding as it stands. Pure but for one query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from checks.finding import Severity
from monitor.alerts import routing
from monitor.findings.lifecycle import Kind, Reason
from monitor.settings import Settings
from monitor.store.schema import LEDGER, finding_events, findings


@dataclass(frozen=True)
class News:
    """The last untold thing that happened to a finding."""

    seq: int
    kind: Kind
    reason: Reason | None
    finding_id: str
    check: str
    organization: str
    organization_name: str
    severity: Severity
    due_on: date | None
    facts: Mapping[str, Any]

    @property
    def urgency(self) -> tuple[int, date, str]:
        """Sort key: the more severe first, then the nearer date."""
        return -self.severity.rank, self.due_on or date.max, self.finding_id


def untold(connection: Connection) -> tuple[list[News], list[int]]:
    """The news, and the numbers of all events that they stand for."""
    names = select(LEDGER["organizations"].c.organization, LEDGER["organizations"].c.name).subquery()
    query = (
        select(finding_events, findings, names.c.name.label("organization_name"))
        .join(findings, findings.c.id == finding_events.c.finding_id)
        .outerjoin(names, names.c.organization == findings.c.organization)
        .where(finding_events.c.planned.is_(False))
        .order_by(finding_events.c.seq)
    )
    news, numbers = {}, []
    for row in connection.execute(query).mappings():
        numbers.append(row["seq"])
        data = row["data"]
        news[row["finding_id"]] = News(
            seq=row["seq"],
            kind=Kind(row["kind"]),
            reason=Reason(data["reason"]) if "reason" in data else None,
            finding_id=row["finding_id"],
            check=row["check_id"],
            organization=row["organization"],
            organization_name=row["organization_name"] or row["organization"],
            severity=Severity(row["severity"]),
            due_on=row["due_on"],
            facts=row["facts"],
        )
    return list(news.values()), numbers


def route(news: Sequence[News], settings: Settings) -> dict[str, list[News]]:
    """Contact → its news, the most urgent first."""
    routed: dict[str, list[News]] = {}
    for item in news:
        for contact in routing.recipients(routing.Facts.of(item), settings).contacts:
            routed.setdefault(contact, []).append(item)
    return {contact: sorted(held, key=lambda item: item.urgency) for contact, held in sorted(routed.items())}
