"""Delivers once by webhook and dies at a step: `python crash.py DATABASE WEBHOOK NOW STEP`."""

import os
import signal
import sys
from datetime import datetime

from pydantic import SecretStr

from monitor.alerts import outbox
from monitor.alerts.slack import Webhook
from monitor.settings import Delivery
from monitor.store.engine import open_store

database, url, moment, deadly = sys.argv[1:]


def die_at(step: str) -> None:
    """kill -9, as a machine that loses its power."""
    if step == deadly:
        os.kill(os.getpid(), signal.SIGKILL)


outbox.deliver(
    open_store(database),
    lambda _name: Webhook(SecretStr(url), timeout=20),
    lambda: datetime.fromisoformat(moment),
    die_at,
    Delivery(),
)
