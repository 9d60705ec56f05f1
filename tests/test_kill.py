"""kill -9 at each named step of a run and before each commit of the other jobs, and a new start: nothing lost, nothing told
twice."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import Engine, select

from monitor.alerts import outbox
from monitor.findings import book, holds
from monitor.findings.lifecycle import State
from monitor.problems import Exit
from monitor.run import Step
from monitor.store.schema import finding_events, runs
from monitor.store.schema import outbox as outbox_table
from tests.support import NOW, contract, organization, store
from tests.victim import Task, ended

STEPS = [step.value for step in Step if step not in (Step.DELIVERED, Step.FAILED)] + [
    f"delivered:{step.value}" for step in outbox.Step
]
IN_DOUBT = (
    "delivered:sending",
    "delivered:sent",
)  # the message may have left: nobody can know, so it is not sent again
SETTINGS = """
default = ["mail"]
maintainers = ["office"]
[channels.mail]
kind = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
sender = "a@example.jp"
recipients = ["b@example.jp"]
[channels.office]
kind = "file"
directory = "{folder}/office"
[hold]
first = {first}
"""


class Postman:
    """Keeps what it is given, and answers as it is told."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        if self.answer.startswith("250"):
            self.letters.append(bytes(envelope.content or b""))
        return self.answer


class Office:
    """A database with one split in it, settings, a post office."""

    def __init__(self, engine: Engine, url: str, folder: Path, postman: Postman, port: int) -> None:
        self.engine, self.url, self.folder, self.postman, self.port = engine, url, folder, postman, port
        self.config = folder / "monitor.toml"
        self.settings(first=False)
        store(engine, organizations=[organization()], contracts=[contract(n, date(2026, 6, n)) for n in (1, 2, 3)])

    def settings(self, *, first: bool) -> None:
        text = SETTINGS.format(port=self.port, folder=self.folder, first=str(first).lower())
        self.config.write_text(text)

    def does(self, job: str, fatal: str = "", hours: int = 0) -> int:
        """A job in a process of its own, so many hours later; its exit code."""
        task = Task(job, self.url, self.config, NOW + timedelta(hours=hours))
        patience = time.monotonic() + 20
        while (code := ended(task, fatal)) == Exit.BUSY and time.monotonic() < patience:
            time.sleep(0.1)  # the server has not yet noticed that the one before is dead
        return code

    def messages(self) -> list[tuple[str, str]]:
        with self.engine.connect() as connection:
            rows = connection.execute(select(outbox_table).order_by(outbox_table.c.id)).all()
        return [(row.audience, row.status) for row in rows]

    def kinds(self) -> list[tuple[str, bool]]:
        """The events, and whether each is planned; the chain verified."""
        previous = book.GENESIS
        with self.engine.connect() as connection:
            rows = connection.execute(select(finding_events).order_by(finding_events.c.seq)).mappings().all()
        for row in rows:
            previous = book.chained(previous, row)
            assert row["hash"] == previous
        return [(row["kind"], row["planned"]) for row in rows]

    def told_once(self) -> None:
        ids = Counter(
            message_from_bytes(letter, policy=policy.default)["Message-ID"] for letter in self.postman.letters
        )
        assert max(ids.values(), default=0) <= 1


@pytest.fixture
def office(engine: Engine, url: str, tmp_path: Path) -> Iterator[Office]:
    postman = Postman()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(postman, hostname="127.0.0.1", port=port)
    controller.start()
    yield Office(engine, url, tmp_path, postman, port)
    controller.stop()


@pytest.mark.parametrize("fatal", STEPS)
def test_a_run_is_killed(fatal: str, office: Office) -> None:
    assert office.does("run", fatal) == -9
    assert office.does("run", hours=1) == 0  # past the lease
    assert office.does("run", hours=2) == 0
    with office.engine.connect() as connection:
        (finding,) = book.everything(connection)
        statuses = list(connection.scalars(select(runs.c.status).order_by(runs.c.id)))
    assert finding.facts["contracts"] == ["C1", "C2", "C3"]
    assert office.kinds() == [("opened", True)]
    assert statuses == ["done" if fatal == "finished" else "crashed", "done", "done"]
    told = len(office.postman.letters)
    if fatal in IN_DOUBT:
        assert told <= 1
        # kept, and told to the person who runs it
        assert office.messages() == [("mail", "unknown"), ("office", "sent")]
    else:
        assert told == 1
        assert office.messages() == [("mail", "sent")]


@pytest.mark.parametrize("fatal", ["commit#1", "ended"])
def test_a_decision_is_killed(fatal: str, office: Office) -> None:
    assert office.does("run") == 0
    assert office.does("decide", fatal) == -9
    with office.engine.connect() as connection:
        (finding,) = book.everything(connection)
    decided = fatal == "ended"
    assert finding.state is (State.ACKNOWLEDGED if decided else State.OPEN)
    assert office.does("decide", hours=1) == 0
    assert office.does("run", hours=1) == 0
    assert office.kinds() == [("opened", True), ("decided", True)]
    assert office.messages() == [("mail", "sent")]


# before the release itself, before its planning, before the record that the message is sent
@pytest.mark.parametrize("fatal", ["commit#1", "commit#2", "commit#5"])
def test_a_release_is_killed(fatal: str, office: Office) -> None:
    office.settings(first=True)
    assert office.does("run") == 0
    assert office.does("release", fatal) == -9
    with office.engine.connect() as connection:
        assert len(holds.standing(connection)) == (1 if fatal == "commit#1" else 0)
    assert office.does("release", hours=1) == 0
    assert office.does("run", hours=2) == 0
    assert office.kinds() == [("opened", True)]
    office.told_once()
    in_doubt = fatal == "commit#5"
    statuses = [("office", "sent"), ("mail", "unknown" if in_doubt else "sent"), *([("office", "sent")] * in_doubt)]
    assert office.messages() == statuses
    assert len(office.postman.letters) == 1


# the message is refused for good; the notice of that is killed before it is in the outbox, and on its way
@pytest.mark.parametrize("fatal", ["delivered:recorded", "delivered:claiming#2", "delivered:claimed#2"])
def test_the_notice_of_a_dead_message_is_killed(fatal: str, office: Office) -> None:
    office.postman.answer = "554 no"
    assert office.does("run", fatal) == -9
    noticed = {"delivered:recorded": [], "delivered:claiming#2": ["pending"], "delivered:claimed#2": ["claimed"]}[fatal]
    assert office.messages() == [("mail", "dead"), *(("office", status) for status in noticed)]
    for hours in (1, 2):
        assert office.does("run", hours=hours) == 0
    assert office.messages() == [("mail", "dead"), ("office", "sent")]
    with office.engine.connect() as connection:
        assert connection.scalar(select(outbox_table.c.reported).order_by(outbox_table.c.id))
    assert len(list((office.folder / "office").glob("*.eml"))) == 1
