"""kill -9 at each named step of a run, and a new start: nothing lost, nothing told twice."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import Engine, select

from monitor import jobs
from monitor.alerts import outbox
from monitor.findings import book
from monitor.run import Options, Step
from monitor.settings import load
from monitor.store.schema import finding_events, runs
from monitor.store.schema import outbox as outbox_table
from tests.support import NOW, contract, organization, store

ROOT = Path(__file__).parents[1]
STEPS = [step.value for step in Step if step is not Step.DELIVERED] + [
    f"delivered:{step.value}" for step in outbox.Step
]
IN_DOUBT = (
    "delivered:sending",
    "delivered:sent",
)  # the message may have left: nobody can know, so it is not sent again

CHILD = """
import os, sys
from datetime import date, datetime, timedelta, UTC
from monitor import jobs
from monitor.run import Options
from monitor.settings import load
from monitor.store.engine import open_store
from pathlib import Path

url, config, fatal = sys.argv[1:]
settings = load(Path(config), {})
place = jobs.Place(open_store(url), settings, {}, lambda: datetime(2026, 7, 5, tzinfo=UTC))
def observe(step, what):
    if fatal in (step.value, f"{step.value}:{what}"):
        os.kill(os.getpid(), 9)
jobs.run_checks(place, jobs.world(settings), Options(date(2026, 7, 5)), deliver=True, observe=observe)
"""


class Postman:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        self.letters.append(bytes(envelope.content or b""))
        return "250 OK"


@pytest.fixture
def postman() -> Iterator[tuple[Postman, int]]:
    handler = Postman()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.mark.parametrize("fatal", STEPS)
def test_killed_at(fatal: str, engine: Engine, url: str, postman: tuple[Postman, int], tmp_path: Path) -> None:
    office, port = postman
    config = tmp_path / "monitor.toml"
    config.write_text(
        f'default = ["mail"]\n[channels.mail]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        'sender = "a@example.jp"\nrecipients = ["b@example.jp"]\n[hold]\nfirst = false\n'
    )
    pieces = [contract(n, date(2026, 6, n)) for n in (1, 2, 3)]
    store(engine, organizations=[organization()], contracts=pieces)
    killed = subprocess.run(
        [sys.executable, "-c", CHILD, url, str(config), fatal], cwd=ROOT, capture_output=True, text=True
    )
    assert killed.returncode == -9, killed.stderr
    settings = load(config, {})
    later = jobs.Place(engine, settings, {}, lambda: NOW + timedelta(hours=1))  # past the lease
    for _ in range(2):
        jobs.run_checks(later, jobs.world(settings), Options(date(2026, 7, 5)), deliver=True)
    with engine.connect() as connection:
        (finding,) = book.everything(connection)
        events = connection.execute(select(finding_events)).mappings().all()
        (message,) = connection.execute(select(outbox_table)).mappings()
        statuses = list(connection.scalars(select(runs.c.status).order_by(runs.c.id)))
    assert finding.facts["contracts"] == ["C1", "C2", "C3"]
    assert [(event["kind"], event["planned"]) for event in events] == [("opened", True)]
    assert statuses == ["done" if fatal == "finished" else "crashed", "done", "done"]
    told = len(office.letters)
    if fatal in IN_DOUBT:
        assert told <= 1
        assert message["status"] == "unknown"  # kept, and told to the person who runs it
    else:
        assert told == 1
        assert message["status"] == "sent"
