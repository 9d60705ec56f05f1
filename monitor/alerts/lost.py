"""Messages that did not arrive, or may not have: told to the maintainers by another channel, once."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from monitor.alerts import notices, outbox, routing
from monitor.alerts.notices import Trouble, What
from monitor.alerts.outbox import Status
from monitor.settings import TIMEZONE, Settings

_WHAT = {Status.DEAD: What.DEAD, Status.UNKNOWN: What.UNKNOWN}


def report(engine: Engine, settings: Settings, now: datetime) -> bool:
    """Put a notice into the outbox; False if there is nothing to tell, or nobody who can be told by another way."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        rows = outbox.unreported(connection)
        broken = {row.channel for row in rows}
        names = [name for name in routing.maintainers(settings) if settings.contact(name).channel not in broken]
        if not rows or not names:
            return False
        from monitor.alerts import compose  # templates and workbooks: only for a message

        said = notices.sentences(Trouble(_WHAT[Status(row.status)], row.audience) for row in rows)
        composed = compose.compose((), now.astimezone(ZoneInfo(TIMEZONE)).date(), said)
        assert composed is not None  # it has sentences
        for name in names:
            key = f"notice:lost-{rows[0].id}-{rows[-1].id}-{now:%Y%m%dT%H%M%S}:{name}"
            channel = settings.contact(name).channel
            outbox.enqueue(connection, key, channel, outbox.NOTICE, composed.message, now, audience=name)
        outbox.reported(connection, rows)
    return True
