"""The outbox: put in once, sent at most once, never lost, whatever happens in between."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import Engine, select
from werkzeug import Request, Response

from monitor.alerts import outbox
from monitor.alerts.channels import Channel, Outcome, Receipt, SendError, open_channel
from monitor.alerts.files import Files
from monitor.alerts.message import Message, delivery_id
from monitor.alerts.outbox import Status, Step, Summary, enqueue, next_attempt, send_again
from monitor.alerts.slack import Webhook
from monitor.problems import Problem
from monitor.settings import Delivery, Folder, Settings
from monitor.store.schema import outbox as table
from tests.alerts.servers import Desk, mail_server

DELIVERY = Delivery()
ROOT = Path(__file__).parents[2]


def put(engine: Engine, now: datetime, *keys: str, channel: str = "slack") -> None:
    with engine.begin() as connection:
        for key in keys:
            assert enqueue(connection, key, channel, "alert", Message(f"題 {key}", "本文"), now)


def rows(engine: Engine) -> dict[str, object]:
    with engine.connect() as connection:
        return {row.key: row for row in connection.execute(select(table).order_by(table.c.id))}


def deliver(engine: Engine, channel: Channel, at: datetime, delivery: Delivery = DELIVERY) -> Summary:
    return outbox.deliver(engine, lambda _name: channel, lambda: at, lambda _step: None, delivery)


def test_a_contact_that_is_gone_holds_up_nobody_else_on_its_channel(engine: Engine, now: datetime) -> None:
    with engine.begin() as connection:
        for name in ("gone", "road"):
            assert enqueue(connection, f"alert:1-1:{name}", "mail", "alert", Message("題", "本文"), now, audience=name)
    phone = Phone()

    def opened(name: str) -> Channel:
        if name == "gone":
            raise Problem("there is no contact gone in the settings")
        return phone

    for _ in range(2):
        summary = outbox.deliver(engine, opened, lambda: now, lambda _step: None, DELIVERY)
    assert summary == Summary(retry=1)
    assert {key: row.status for key, row in rows(engine).items()} == {
        "alert:1-1:gone": "retry",
        "alert:1-1:road": "sent",
    }


class Phone:
    """A channel that keeps what it was told and answers by a script, 'ok' when the script is over."""

    idempotent = False

    def __init__(self, *script: SendError | Receipt) -> None:
        self.script = list(script)
        self.told: list[str] = []

    def send(self, message: Message, delivery_id: str) -> Receipt:
        self.told.append(message.subject)
        answer = self.script.pop(0) if self.script else Receipt("ref")
        if isinstance(answer, SendError):
            raise answer
        return answer


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


# --- in and out ------------------------------------------------------------------------------------------------------


def test_a_key_is_taken_once_and_the_transaction_goes_on(engine, now):
    with engine.begin() as connection:
        assert enqueue(connection, "alert:1-2:slack", "slack", "alert", Message("一", ""), now)
        assert not enqueue(connection, "alert:1-2:slack", "slack", "alert", Message("二", ""), now)
        assert enqueue(connection, "alert:3-4:slack", "slack", "alert", Message("三", ""), now)
    assert [row.message["subject"] for row in rows(engine).values()] == ["一", "三"]


def test_what_a_transaction_takes_back_is_not_in_the_outbox(engine, now):
    with engine.connect() as connection:
        enqueue(connection, "k", "slack", "alert", Message("一", ""), now)
        connection.rollback()
    assert rows(engine) == {}


def test_a_message_comes_out_as_it_went_in(engine, now, message):
    with engine.begin() as connection:
        enqueue(connection, "k", "slack", "alert", message, now)
    assert Message.from_json(rows(engine)["k"].message) == message


def test_a_message_is_sent_once_and_recorded(engine, now):
    put(engine, now, "k")
    phone = Phone(Receipt("C1:1.2", note="sent as text"))
    assert deliver(engine, phone, now) == Summary(sent=1)
    assert deliver(engine, phone, now + timedelta(days=1)) == Summary()
    row = rows(engine)["k"]
    assert (row.status, row.provider_ref, row.error, row.sent_at, row.attempts) == (
        "sent", "C1:1.2", "sent as text", now, 1,
    )  # fmt: skip
    assert phone.told == ["題 k"]


def test_the_steps_are_told_in_their_order(engine, now):
    put(engine, now, "k")
    steps: list[str] = []
    outbox.deliver(engine, lambda _name: Phone(), lambda: now, steps.append, DELIVERY)
    assert steps == ["claiming", "claimed", "sending", "sent", "recorded"]


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_busy_channel_is_tried_again_with_growing_patience_and_then_given_up(engine, now):
    put(engine, now, "k")
    delivery = Delivery(attempts=3)
    phone = Phone(*[SendError(Outcome.RETRY, "busy")] * 3)
    assert deliver(engine, phone, now, delivery) == Summary(retry=1)
    assert rows(engine)["k"].next_attempt_at == now + minutes(5)
    assert deliver(engine, phone, now + minutes(4), delivery) == Summary()
    assert deliver(engine, phone, now + minutes(5), delivery) == Summary(retry=1)
    assert rows(engine)["k"].next_attempt_at == now + minutes(15)
    assert deliver(engine, phone, now + minutes(15), delivery) == Summary(dead=1)
    assert rows(engine)["k"].error == "given up after 3 attempts: busy"
    assert deliver(engine, phone, now + timedelta(days=9), delivery) == Summary()
    assert len(phone.told) == 3


def test_a_channel_that_asks_for_patience_is_left_alone_for_the_rest_but_others_are_served(engine, now):
    put(engine, now, "a", "b")
    put(engine, now, "c", channel="mail")
    busy, free = Phone(SendError(Outcome.RETRY, "busy", 30)), Phone()
    summary = outbox.deliver(engine, {"slack": busy, "mail": free}.__getitem__, lambda: now, lambda _: None, DELIVERY)
    assert summary == Summary(sent=1, retry=1)
    assert {key: row.status for key, row in rows(engine).items()} == {"a": "retry", "b": "pending", "c": "sent"}
    assert deliver(engine, busy, now + minutes(5)) == Summary(sent=2)
    assert busy.told == ["題 a", "題 b", "題 a"]  # the untried first: one bad message does not hold up the others


@pytest.mark.parametrize("outcome", [Outcome.DEAD, Outcome.UNKNOWN])
def test_a_message_that_is_dead_or_unknown_waits_for_a_person(engine, now, outcome):
    put(engine, now, "k", "l")
    phone = Phone(SendError(outcome, "why"))
    assert deliver(engine, phone, now) == Summary(sent=1, **{outcome.value: 1})
    assert (rows(engine)["k"].status, rows(engine)["k"].error) == (outcome.value, "why")
    assert deliver(engine, phone, now + timedelta(days=30)) == Summary()
    with engine.begin() as connection:
        assert send_again(connection, "k")
        assert not send_again(connection, "l")  # sent
        assert not send_again(connection, "m")  # not there
    assert deliver(engine, phone, now) == Summary(sent=1)


def test_a_channel_that_cannot_be_opened_costs_no_attempt(engine, now, caplog):
    put(engine, now, "a", "b")

    def closed(_name: str) -> Channel:
        raise Problem("channels.slack: its secret is missing; set KEIYAKU_SLACK")

    assert outbox.deliver(engine, closed, lambda: now, lambda _: None, DELIVERY) == Summary(retry=2)
    assert {(row.status, row.attempts) for row in rows(engine).values()} == {("retry", 0)}
    assert "KEIYAKU_SLACK" in rows(engine)["a"].error
    assert caplog.text.count("KEIYAKU_SLACK") == 1
    assert deliver(engine, Phone(), now) == Summary(sent=2)


def test_bodies_are_read_one_at_a_time(engine, now):
    put(engine, now, "a", "b")
    with engine.connect() as connection:
        assert all(
            "message" not in row._fields for row in (*outbox.due(connection, now), *outbox.unreported(connection))
        )
    assert deliver(engine, Phone(), now) == Summary(sent=2)


@given(st.integers(1, 1000), st.one_of(st.none(), st.floats(0, 1e9)))
def test_waits_grow_to_a_longest_and_are_never_shorter_than_asked(attempts, asked):
    start = datetime(2026, 7, 6)
    wait = next_attempt(attempts, asked, start, DELIVERY) - start
    assert minutes(5) <= wait <= minutes(360)
    assert wait <= next_attempt(attempts + 1, asked, start, DELIVERY) - start
    assert wait >= min(timedelta(seconds=asked or 0), minutes(360))


def test_a_delivery_s_id_is_readable_fit_for_files_and_different_in_a_database_begun_anew(now):
    one = delivery_id("digest:2026-W27:契約/課", now)
    assert one.startswith("digest-2026-W27-")
    assert one.isascii()
    assert "/" not in one
    assert one == delivery_id("digest:2026-W27:契約/課", now)
    assert one != delivery_id("digest:2026-W27:契約/課", now + timedelta(seconds=1))
    assert one != delivery_id("digest:2026-W27:財政/課", now)


# --- two at once -----------------------------------------------------------------------------------------------------


def test_two_deliverers_at_once_send_each_message_once(engine, now):
    put(engine, now, *(f"k{i}" for i in range(12)))
    phone, start = Phone(), threading.Barrier(3)

    def work() -> Summary:
        start.wait()
        return deliver(engine, phone, now)

    with ThreadPoolExecutor(3) as pool:
        summaries = [future.result() for future in [pool.submit(work) for _ in range(3)]]
    assert sorted(phone.told) == sorted(f"題 k{i}" for i in range(12))
    assert sum(summary.sent for summary in summaries) == 12


def test_a_sender_that_was_given_up_too_early_still_records_what_it_knows(engine, now):
    put(engine, now, "k")

    class Slow(Phone):
        def send(self, message: Message, delivery_id: str) -> Receipt:
            assert deliver(engine, Phone(), now + minutes(16)) == Summary(unknown=1)  # another one, after the lease
            return super().send(message, delivery_id)

    assert deliver(engine, Slow(), now) == Summary(sent=1)
    assert rows(engine)["k"].status == Status.SENT


def test_a_sender_that_lost_its_claim_does_not_send(engine, now):
    put(engine, now, "k")
    late, other = Phone(), Phone()

    def interrupted(step: str) -> None:
        if step == Step.CLAIMED:
            assert deliver(engine, other, now + minutes(16)) == Summary(sent=1)

    assert outbox.deliver(engine, lambda _name: late, lambda: now, interrupted, DELIVERY) == Summary()
    assert (len(late.told), len(other.told)) == (0, 1)


# --- kill -9 ---------------------------------------------------------------------------------------------------------


def crash(url: str, httpserver, at: datetime, step: str) -> list[str]:
    """The command of a sender that dies at a step."""
    return [
        sys.executable,
        str(Path(__file__).with_name("crash.py")),
        url,
        httpserver.url_for("/hook"),
        at.isoformat(),
        step,
    ]


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize(
    ("step", "at_once", "after_the_lease", "requests"),
    [
        (Step.CLAIMING, "sent", "sent", 1),  # nothing had happened
        (Step.CLAIMED, "claimed", "sent", 1),  # nothing had left
        (Step.SENDING, "sending", "unknown", 0),  # it might have left: nobody can know
        (Step.SENT, "sending", "unknown", 1),  # it had left, but that was not written down
        (Step.RECORDED, "sent", "sent", 1),
    ],
)
def test_a_sender_killed_at_any_step_loses_nothing_and_sends_nothing_twice(
    engine, url, httpserver, now, step, at_once, after_the_lease, requests
):
    httpserver.expect_request("/hook").respond_with_data("ok")
    put(engine, now, "k", "l")
    killed = subprocess.run(crash(url, httpserver, now, step), env=ENVIRONMENT, check=False)
    assert killed.returncode == -signal.SIGKILL
    webhook = Webhook(SecretStr(httpserver.url_for("/hook")), timeout=5)
    deliver(engine, webhook, now + minutes(1))
    assert {key: row.status for key, row in rows(engine).items()} == {"k": at_once, "l": "sent"}
    deliver(engine, webhook, now + minutes(16))
    deliver(engine, webhook, now + timedelta(days=30))
    assert {key: row.status for key, row in rows(engine).items()} == {"k": after_the_lease, "l": "sent"}
    told = [request.get_json()["text"].split("\n")[0] for request, _ in httpserver.log]
    assert (told.count("題 k"), told.count("題 l")) == (requests, 1)


def test_a_sender_killed_while_it_waits_for_the_answer_does_not_send_twice(engine, url, httpserver, now):
    put(engine, now, "k")
    arrived, go_on = threading.Event(), threading.Event()

    def slow(_request: Request) -> Response:
        arrived.set()
        go_on.wait(10)
        return Response("ok")

    httpserver.expect_request("/hook").respond_with_handler(slow)
    process = subprocess.Popen(crash(url, httpserver, now, "never"), env=ENVIRONMENT)
    assert arrived.wait(30)
    process.kill()
    process.wait()
    go_on.set()
    assert deliver(engine, Phone(), now + minutes(16)) == Summary(unknown=1)
    assert "while it was sending" in rows(engine)["k"].error


def test_a_folder_is_written_again_after_a_crash_because_that_is_harmless(engine, now, tmp_path):
    put(engine, now, "k", channel="folder")
    folder = Files(tmp_path / "out", lambda: now)

    class PowerCut(Exception):  # noqa: N818
        pass

    def cut(step: str) -> None:
        if step == Step.SENT:
            raise PowerCut

    with pytest.raises(PowerCut):
        outbox.deliver(engine, lambda _name: folder, lambda: now, cut, DELIVERY)
    before = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    later = Files(tmp_path / "out", lambda: now + timedelta(days=1))
    assert deliver(engine, later, now + minutes(16)) == Summary(sent=1)
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == before
    assert sorted(name.rsplit(".")[-1] for name in before) == ["eml", "json"]


# --- channels --------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(
        channels={
            "folder": Folder(kind="file", directory=tmp_path),
            "slack": {"kind": "slack-webhook"},
            "bot": {"kind": "slack-bot", "channel": "#a"},
            "mail": {"kind": "smtp", "host": "h", "sender": "a@example.jp", "recipients": ["b@example.jp"]},
            "program": {"kind": "webhook", "url": "https://keiyaku.example.jp/hook"},
        }
    )


SECRETS = {
    "KEIYAKU_SLACK": "https://hooks.example.jp/x",
    "KEIYAKU_BOT": "xoxb-1",
    "KEIYAKU_PROGRAM": "0123456789abcdef",
}


def test_channels_are_opened_by_the_name_in_the_settings(settings, now):
    kinds = {name: type(open_channel(name, settings, SECRETS, lambda: now)).__name__ for name in settings.channels}
    assert kinds == {"folder": "Files", "slack": "Webhook", "bot": "Bot", "mail": "Mail", "program": "SignedWebhook"}
    with pytest.raises(Problem, match="KEIYAKU_SLACK_FILE"):
        open_channel("slack", settings, {}, lambda: now)
    with pytest.raises(Problem, match="KEIYAKU_PROGRAM is too short"):
        open_channel("program", settings, {"KEIYAKU_PROGRAM": "short"}, lambda: now)
    with pytest.raises(Problem, match="there is no channel gone"):
        open_channel("gone", settings, SECRETS, lambda: now)


@pytest.mark.parametrize(
    ("name", "to", "sentence"),
    [
        (
            "folder",
            ("a@example.jp",),
            "channels.folder: a channel of kind file has no addresses to choose from; found a@",
        ),
        ("slack", ("#b",), "channels.slack: a channel of kind slack-webhook has no addresses to choose from; found #b"),
        ("program", ("#b",), "channels.program: a channel of kind webhook has no addresses to choose from; found #b"),
        ("bot", ("#b", "#c"), "channels.bot: a Slack bot posts to one Slack channel; found 2: #b, #c"),
        ("bot", ("b c",), "channels.bot: expected a Slack channel such as #keiyaku; found b c"),
        ("mail", ("b@example.jp", "nobody"), "channels.mail: expected e-mail addresses; found b@example.jp, nobody"),
        ("mail", ("b@example.jp\r\nBcc: c@example.jp",), "channels.mail: expected e-mail addresses"),
    ],
)
def test_addresses_that_a_channel_cannot_take_are_a_problem(settings, now, name, to, sentence):
    with pytest.raises(Problem) as caught:
        open_channel(name, settings, SECRETS, lambda: now, to)
    assert str(caught.value).startswith(sentence)


def test_a_mail_and_a_bot_go_where_they_are_told_to(settings, now, httpserver, free_port):
    desk = Desk()
    server = mail_server(desk, free_port)
    mail = settings.channels["mail"].model_copy(update={"host": "127.0.0.1", "port": free_port, "security": "none"})
    bot = settings.channels["bot"].model_copy(update={"url": httpserver.url_for("/api/")})
    httpserver.expect_request("/api/chat.postMessage").respond_with_json({"ok": True, "channel": "C2", "ts": "1.2"})
    here = settings.model_copy(update={"channels": {"mail": mail, "bot": bot}})
    try:
        open_channel("mail", here, SECRETS, lambda: now, ("課長 <k@example.jp>",)).send(Message("題", "本文"), "d")
        open_channel("bot", here, SECRETS, lambda: now, ("#kacho",)).send(Message("題", "本文"), "d")
    finally:
        server.stop()
    assert desk.envelopes == [("k@example.jp",)]
    assert b"<k@example.jp>" in desk.taken[0]
    assert b"b@example.jp" not in desk.taken[0]
    assert httpserver.log[0][0].get_json()["channel"] == "#kacho"
