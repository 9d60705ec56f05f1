"""The ledger of runs, read: what was judged when, what came of it, and what it cost."""

from datetime import date

from sqlalchemy import Connection, Engine, select

from monitor.store.schema import runs


def last_date(engine: Engine) -> date | None:
    """The date of the last run, None before the first."""
    with engine.connect() as connection:
        return last_date_of(connection)


def last_date_of(connection: Connection) -> date | None:
    """The same through an open connection."""
    query = select(runs.c.as_of).where(runs.c.job == "run").order_by(runs.c.as_of.desc()).limit(1)
    return connection.scalar(query)
