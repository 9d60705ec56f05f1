"""Each kind of channel with its other side, for the suite."""

import email
import email.policy
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import ClassVar

from aiosmtpd.controller import Controller

from monitor.alerts.channels import Outcome
from monitor.settings import Settings
from tests.alerts.servers import Desk, Heard, Http, SmallDisk, free_port, mail_server, response
from tests.alerts.suite import Driver, Scenario, Told, lines

S, RETRY, DEAD, UNKNOWN = Scenario, Outcome.RETRY, Outcome.DEAD, Outcome.UNKNOWN


class HttpDriver(Driver):
    """What speaks HTTP: the same server, the same failures; only what 'sent' and 'refused' look like differs."""

    expected: ClassVar = {
        S.SUCCESS: None, S.BUSY: RETRY, S.CLOSING: RETRY, S.FAILING: RETRY, S.BAD_GATEWAY: RETRY, S.SILENT: UNKNOWN,
        S.RESET: UNKNOWN, S.NOBODY: RETRY, S.REJECTED: DEAD, S.STRANGER: DEAD, S.TWICE: None, S.HOSTILE: None,
    }  # fmt: skip
    arrivals: ClassVar = {S.NOBODY: 0, S.TWICE: 2}
    patience: ClassVar = {S.BUSY: 7.0}
    path: ClassVar[str]
    ok: ClassVar[str]
    rejected: ClassVar[tuple[int, str]]
    stranger: ClassVar[tuple[int, str]]
    busy: ClassVar[str] = "rate_limited"
    server: Http | None = None

    def start(self, scenario: Scenario) -> int:
        """The port of a server for the scenario."""
        if scenario is S.NOBODY:
            return free_port()
        self.server = Http(lambda heard: self.answer(scenario, heard), reset=scenario is S.RESET)
        return self.server.port

    def answer(self, scenario: Scenario, heard: Heard) -> bytes | None:
        echo = f"{'x' * 90} {heard.target} {heard.headers.get('authorization', '')}"  # as a bad error page does
        match scenario:
            case S.BUSY:
                return response(429, self.busy, Retry_After="7")
            case S.CLOSING:
                return response(503, echo, Retry_After="Mon, 06 Jul 2026 00:00:30 GMT")
            case S.FAILING:
                return response(500, echo)
            case S.BAD_GATEWAY:
                return response(502, f"<html>Bad Gateway {echo}</html>")
            case S.SILENT | S.RESET:
                return None
            case S.REJECTED:
                return response(*self.rejected)
            case S.STRANGER:
                return response(self.stranger[0], self.stranger[1].replace("ECHO", echo))
        return response(200, self.ok)

    def told(self) -> list[Told]:
        return [self.read(heard) for heard in self.server.heard] if self.server else []

    def read(self, heard: Heard) -> Told:
        raise NotImplementedError

    def stop(self) -> None:
        if self.server:
            self.server.stop()


class SlackWebhookDriver(HttpDriver):
    kind = "slack-webhook"
    secret = "geheim-Gx81"
    ok = "ok"
    rejected = (400, "invalid_payload")
    stranger = (403, "invalid_token")
    port = 0

    def settings(self, scenario: Scenario) -> dict[str, object]:
        self.port = self.start(scenario)
        return {"kind": self.kind}

    def secret_in(self, settings: Settings) -> str:
        return f"http://127.0.0.1:{self.port}/services/T000/B000/{self.secret}"

    def read(self, heard: Heard) -> Told:
        assert heard.target == f"/services/T000/B000/{self.secret}"
        body = json.loads(heard.body)
        subject, text = _slack_text(body)
        event = body.get("metadata", {}).get("event_payload", {})
        return Told(subject, text, event.get("delivery_id", ""), _slack_shape(body), heard.body)


class SlackBotDriver(SlackWebhookDriver):
    kind = "slack-bot"
    secret = "xoxb-000-geheim"
    ok = '{"ok": true, "channel": "C1", "ts": "1720000000.000100"}'
    rejected = (200, '{"ok": false, "error": "msg_too_long"}')
    stranger = (200, '{"ok": false, "error": "invalid_auth", "echo": "ECHO"}')
    busy = '{"ok": false, "error": "ratelimited"}'

    def settings(self, scenario: Scenario) -> dict[str, object]:
        return {"kind": self.kind, "channel": "#keiyaku", "url": f"http://127.0.0.1:{self.start(scenario)}/api/"}

    def secret_in(self, settings: Settings) -> str:
        return self.secret

    def read(self, heard: Heard) -> Told:
        assert heard.headers["authorization"] == f"Bearer {self.secret}"
        assert heard.target == "/api/chat.postMessage"
        return super().read(heard._replace(target=f"/services/T000/B000/{self.secret}"))


class WebhookDriver(HttpDriver):
    kind = "webhook"
    secret = "geheim-0123456789abcdef"
    ok = '{"taken": true}'
    rejected = (422, "no such field")
    stranger = (401, "bad signature ECHO")
    patience: ClassVar = {S.BUSY: 7.0, S.CLOSING: 30.0}

    def settings(self, scenario: Scenario) -> dict[str, object]:
        return {"kind": self.kind, "url": f"http://127.0.0.1:{self.start(scenario)}/hook?token=geheim-query"}

    def read(self, heard: Heard) -> Told:
        body = json.loads(heard.body)
        assert heard.headers["idempotency-key"] == body["delivery"]
        assert heard.headers["content-type"].startswith("application/json")
        shape = (*sorted(heard.headers), *_shape(body))
        return Told(body["subject"], body["text"], body["delivery"], shape, heard.body)


class SmtpDriver(Driver):
    kind = "smtp"
    secret = "geheim-mail"
    expected: ClassVar = {
        S.SUCCESS: None, S.BUSY: RETRY, S.BUSY_LATE: RETRY, S.CLOSING: RETRY, S.SILENT: UNKNOWN, S.SILENT_BEFORE: RETRY,
        S.RESET: UNKNOWN, S.NOBODY: RETRY, S.PARTLY: None, S.REJECTED: DEAD, S.STRANGER: DEAD, S.TWICE: None,
        S.HOSTILE: None,
    }  # fmt: skip
    arrivals: ClassVar = {S.BUSY: 0, S.CLOSING: 0, S.SILENT_BEFORE: 0, S.NOBODY: 0, S.STRANGER: 0, S.TWICE: 2}
    both = ("a@example.jp", "b@example.jp")
    controller: Controller | None = None
    desk: Desk | None = None

    def settings(self, scenario: Scenario) -> dict[str, object]:
        port = free_port()
        plain = "554 5.7.1 no, geheim-mail AHUAZ2VoZWltLW1haWw="  # the password as it was sent: \0u\0geheim-mail
        desks = {
            S.BUSY: Desk(refused=dict.fromkeys(self.both, "450 4.2.1 busy")),
            S.BUSY_LATE: Desk("451 4.3.0 try later"),
            S.CLOSING: Desk(greeting="421 4.3.2 closing down"),
            S.SILENT: Desk("silent"),
            S.SILENT_BEFORE: Desk("silent before"),
            S.RESET: Desk("cut"),
            S.PARTLY: Desk(refused={"b@example.jp": "550 5.1.1 unknown"}),
            S.REJECTED: Desk(plain),
        }
        if scenario is not S.NOBODY:
            self.desk = desks.get(scenario, Desk())
            password = "another" if scenario is S.STRANGER else self.secret
            self.controller = mail_server(self.desk, port, password=password)
        return {
            "kind": self.kind, "host": "127.0.0.1", "port": port, "security": "none", "username": "u",
            "sender": "契約モニター <keiyaku@example.jp>", "recipients": ["a@example.jp", "監査 課 <b@example.jp>"],
        }  # fmt: skip

    def told(self) -> list[Told]:
        if self.desk is None:
            return []
        return [_mail(content, to) for content, to in zip(self.desk.taken, self.desk.envelopes, strict=True)]

    def stop(self) -> None:
        if self.controller:
            self.controller.stop()


class FileDriver(Driver):
    kind = "file"
    expected: ClassVar = {S.SUCCESS: None, S.FULL: RETRY, S.STRANGER: RETRY, S.TWICE: None, S.HOSTILE: None}
    arrivals: ClassVar = {S.FULL: 0, S.STRANGER: 0}  # TWICE: the second finds it there
    disk: SmallDisk | None = None

    def settings(self, scenario: Scenario) -> dict[str, object]:
        self.out = self.folder / "out"
        if scenario is S.FULL:
            self.disk = SmallDisk(self.out)
        if scenario is S.STRANGER:
            self.out.write_text("a file where the folder should be")
        return {"kind": self.kind, "directory": self.out}

    def told(self) -> list[Told]:
        found = sorted(self.out.glob("*.eml")) if self.out.is_dir() else []
        return [self._read(file) for file in found]

    def _read(self, file: Path) -> Told:
        body = json.loads(file.with_suffix(".json").read_bytes())
        read = _mail(file.read_bytes(), ())
        subject, text = _slack_text(body)
        assert lines(text)[-1] == lines(read.text)[-1]  # the payload and the mail say the same
        return read._replace(subject=subject, shape=(*read.shape, *_slack_shape(body)))

    def stop(self) -> None:
        if self.disk:
            self.disk.stop()


DRIVERS = (SlackWebhookDriver, SlackBotDriver, SmtpDriver, WebhookDriver, FileDriver)


def _slack_text(body: dict) -> tuple[str, str]:
    """Subject and text as Slack shows them; asserts that nobody is called and nothing is a link."""
    text = body["text"]
    assert "<" not in text
    assert not re.search(r"@(?:here|channel|everyone)\b", text)
    shown = unescape(text).replace("\u2060", "")
    subject, _, rest = shown.rpartition("\n\n") if shown.count("\n\n") == 1 else (shown, "", shown)
    return subject, rest


def _slack_shape(body: dict) -> tuple[str, ...]:
    blocks = body.get("blocks") or []
    assert {text["type"] for text in _texts(blocks)} <= {"plain_text"}
    assert all(0 < len(text["text"]) <= 3000 and "\u202e" not in text["text"] for text in _texts(blocks))
    return (*sorted(body), *(block["type"] for block in blocks))


def _texts(value: object) -> Iterator[dict]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value
        for item in value.values():
            yield from _texts(item)


def _shape(value: object) -> Iterator[str]:
    """The keys of JSON, all the way down."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield key
            yield from _shape(value[key])
    elif isinstance(value, list):
        for item in value:
            yield from _shape(item)


def _mail(content: bytes, to: tuple[str, ...]) -> Told:
    """A mail as a mail program reads it."""
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78
    read = email.message_from_bytes(content, policy=email.policy.default)
    assert read.defects == []
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e]", read["Subject"])
    kinds = tuple(part.get_content_type() for part in read.walk())
    body = read.get_body(("plain",))
    assert body is not None
    return Told(
        read["Subject"],
        body.get_content(),
        read["Message-ID"].strip("<>").partition("@")[0],
        (*read.keys(), *kinds, read["To"], *to),
        content,
    )
