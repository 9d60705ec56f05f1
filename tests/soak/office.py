"""The other sides: mail, Slack and a webhook's receiver, which are at times busy, broken, slow or silent, by a seed.

``shown`` is what their readers saw: what was refused was not shown; what was never answered may have been.
"""

import json
import random
import time
from collections import Counter
from email.parser import BytesHeaderParser
from enum import StrEnum

from tests.alerts.servers import Heard, Http, free_port, mail_server, response


class Mood(StrEnum):
    """How a server answers one message."""

    TAKES = "takes"
    SLOW = "slow"
    BUSY = "busy"  # 429 with Retry-After, 451
    FAILS = "fails"  # 500
    GATEWAY = "gateway"  # 502
    REFUSES = "refuses"  # for good
    SILENT = "silent"  # shown, and no answer
    DEAF = "deaf"  # not shown, and no answer


_MOODS = {
    Mood.TAKES: 62, Mood.SLOW: 14, Mood.BUSY: 8, Mood.FAILS: 5, Mood.GATEWAY: 4, Mood.REFUSES: 2, Mood.SILENT: 2, Mood.DEAF: 3,
}  # fmt: skip
_SHOWN = (Mood.TAKES, Mood.SLOW, Mood.SILENT)


class Office:
    """All the other sides. ``shown``: (contact's address, delivery) → how often."""

    def __init__(self, seed: int) -> None:
        self.shown: Counter[tuple[str, str]] = Counter()
        self.repeats = 0  # the receiver has dropped what it had seen
        self.moods: Counter[str] = Counter()
        self.patient = False  # True: every message is taken
        self._rng = {name: random.Random(f"{seed}{name}") for name in ("mail", "slack", "hook")}
        self._ts = 0
        self._slack, self._hook = Http(self._answer_slack), Http(self._answer_hook)
        self.mail_port = free_port()
        self._mail = mail_server(self, self.mail_port)
        self.slack_port, self.hook_port = self._slack.port, self._hook.port

    def stop(self) -> None:
        """Close all doors."""
        self._slack.stop()
        self._hook.stop()
        self._mail.stop()

    def _mood(self, name: str, *without: Mood) -> Mood:
        moods = [Mood.TAKES] if self.patient else [mood for mood in _MOODS if mood not in without]
        mood = self._rng[name].choices(moods, [_MOODS[mood] for mood in moods])[0]
        self.moods[f"{name} {mood}"] += 1
        return mood

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  # aiosmtpd's name
        import asyncio

        mood = self._mood("mail")
        if mood in _SHOWN:
            name = BytesHeaderParser().parsebytes(envelope.content)["Message-ID"].strip().strip("<>").partition("@")[0]
            for address in envelope.rcpt_tos:
                self.shown[address, name] += 1
        if mood is Mood.SLOW:
            await asyncio.sleep(0.1)
        if mood in (Mood.SILENT, Mood.DEAF):
            server.transport.abort()
        return {Mood.TAKES: "250 OK", Mood.SLOW: "250 OK", Mood.REFUSES: "550 5.7.1 no"}.get(mood, "451 4.7.0 later")

    def _answer_slack(self, heard: Heard) -> bytes | None:
        if not _whole(heard):
            return None
        mood = self._mood("slack")
        if mood in _SHOWN:
            self.shown["slack", json.loads(heard.body)["metadata"]["event_payload"]["delivery_id"]] += 1
        self._ts += 1
        ok = json.dumps({"ok": True, "channel": "C1", "ts": f"1783000000.{self._ts:06}"})
        return _answer(mood, ok, response(200, '{"ok": false, "error": "restricted_action"}'))

    def _answer_hook(self, heard: Heard) -> bytes | None:
        if not _whole(heard):
            return None
        mood = self._mood("hook", Mood.REFUSES)  # somebody is always left who can be told of the others
        if mood in _SHOWN:
            key = "hook", heard.headers["idempotency-key"]
            self.repeats += key in self.shown
            self.shown[key] = 1
        return _answer(mood, "{}", response(422, "no"))


def _whole(heard: Heard) -> bool:
    """Whether the sender lived to send all of it."""
    return len(heard.body) == int(heard.headers.get("content-length", -1))


def _answer(mood: Mood, ok: str, refusal: bytes) -> bytes | None:
    match mood:
        case Mood.SLOW:
            time.sleep(0.1)
            return response(200, ok)
        case Mood.TAKES:
            return response(200, ok)
        case Mood.BUSY:
            return response(429, "rate_limited", Retry_After="30")
        case Mood.FAILS:
            return response(500, "oops")
        case Mood.GATEWAY:
            return response(502, "Bad Gateway")
        case Mood.REFUSES:
            return refusal
    return None  # silent: the other side waits until it has had enough


def settings(office: Office) -> str:
    """monitor.toml: three channels, an escalation, quiet nights; a mail for most, Slack for what is graver."""
    return f"""default = ["section"]
maintainers = ["section", "slack", "hook"]
[channels.mail]
kind = "smtp"
host = "127.0.0.1"
port = {office.mail_port}
security = "none"
sender = "keiyaku@example.jp"
recipients = ["nobody@example.jp"]
[channels.slack]
kind = "slack-bot"
channel = "#keiyaku"
url = "http://127.0.0.1:{office.slack_port}/api/"
[channels.hook]
kind = "webhook"
url = "http://127.0.0.1:{office.hook_port}/hook"
repeats = true
[contacts.section]
channel = "mail"
to = ["section@example.jp"]
next = "chief"
[contacts.chief]
channel = "mail"
to = ["chief@example.jp"]
[[routes]]
to = ["hook"]
continue = true
[[routes]]
severity = "high"
to = ["section", "slack"]
[[routes]]
severity = "medium"
to = ["slack"]
[[routes]]
to = ["section"]
[quiet]
from = "22:00"
until = "06:00"
closed_days = false
urgent = "high"
[hold]
first = true
many = 0
[delivery]
timeout_seconds = 1
"""


ENV = {"KEIYAKU_SLACK": "xoxb-soak", "KEIYAKU_HOOK": "geheim-0123456789abcdef"}
ADDRESSES = {"section": "section@example.jp", "chief": "chief@example.jp", "slack": "slack", "hook": "hook"}
