"""Planning: untold events become outbox rows and are marked planned, in one transaction. A crash before it loses nothing."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, update

from monitor.alerts import compose, news, outbox
from monitor.settings import Settings
from monitor.store.schema import finding_events


@dataclass(frozen=True)
class Planned:
    """How many findings there were to tell, how many messages that made, and how many go to nobody."""

    news: int
    messages: int
    nowhere: int


def plan(engine: Engine, settings: Settings, as_of: date, now: datetime) -> Planned:
    """Plan whatever is untold, one message per contact. What has no contact at all is marked planned and counted."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        items, numbers = news.untold(connection)
        if not numbers:
            return Planned(0, 0, 0)
        routed = news.route(items, settings)
        for contact, held in routed.items():
            key, channel = f"alert:{numbers[0]}-{numbers[-1]}:{contact}", settings.contact(contact).channel
            outbox.enqueue(connection, key, channel, "alert", compose.compose(held, as_of), now)
        table = finding_events
        # every number up to the last is planned now or needs no message: a range, not a list that grows with the ledger
        connection.execute(
            update(table).where(table.c.planned.is_(False), table.c.seq <= numbers[-1]).values(planned=True)
        )
    told = {item.finding_id for held in routed.values() for item in held}
    return Planned(len(items), len(routed), len(items) - len(told))
