"""Where a job works, and what day it is there: all that a command needs that only reads the store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from monitor.findings import runs
from monitor.settings import TIMEZONE, Settings

Clock = Callable[[], datetime]
JST = ZoneInfo(TIMEZONE)


@dataclass(frozen=True)
class Place:
    """Where a job works: database, settings, environment (for secrets), clock."""

    engine: Engine
    settings: Settings
    env: Mapping[str, str]
    clock: Clock


def day(place: Place) -> date:
    """The day of a decision: today in Japan, or that of the last run if it was said to be later."""
    today = place.clock().astimezone(JST).date()
    return max(today, runs.last_date(place.engine) or today)


def now() -> datetime:
    """The clock of the machine."""
    return datetime.now(UTC)
