"""The abstract suite: what can happen to a message, and what must be true of every channel whatever happens."""

import logging
import re
import traceback
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import ClassVar, NamedTuple

import pytest

from monitor.alerts.channels import Channel, Outcome, Receipt, SendError, open_channel
from monitor.alerts.message import Attachment, Message
from monitor.alerts.slack_payload import build
from monitor.settings import Settings

NOW = datetime(2026, 7, 6, 0, 0, tzinfo=UTC)
TIMEOUT = 1  # seconds, the shortest that can be set
NAME = "c"  # of the channel under test


class Scenario(StrEnum):
    """What the other side does."""

    SUCCESS = "success"
    BUSY = "busy"  # 429 with Retry-After; SMTP: 450 for the recipients
    BUSY_LATE = "busy late"  # SMTP only: 451 after the mail
    CLOSING = "closing"  # 503 with Retry-After as a date; SMTP: 421 at once
    FAILING = "failing"  # 500
    BAD_GATEWAY = "bad gateway"  # 502
    SILENT = "silent"  # takes the message and never answers
    SILENT_BEFORE = "silent before"  # SMTP only: silent before it has the message
    RESET = "reset"  # takes the message and resets the connection
    NOBODY = "nobody"  # nobody listens
    PARTLY = "partly"  # some recipients are refused
    REJECTED = "rejected"  # this message, for good
    STRANGER = "stranger"  # wrong credentials; a folder that cannot be one
    FULL = "full"  # a full disk
    TWICE = "twice"  # the same delivery comes again
    HOSTILE = "hostile"  # a message from a ledger that means harm


class Told(NamedTuple):
    """What the other side has really received, read by the other side's means."""

    subject: str
    text: str
    delivery: str  # the delivery's id, '' where the medium has no place for it
    shape: tuple[str, ...]  # everything of it that is structure: headers, keys, kinds of blocks, recipients
    raw: bytes


class Driver(ABC):
    """One kind of channel and its other side. ``expected`` declares the scenarios that it can meet and how each ends."""

    kind: ClassVar[str]
    secret: ClassVar[str] = ""
    expected: ClassVar[Mapping[Scenario, Outcome | None]]  # None: sent
    arrivals: ClassVar[Mapping[Scenario, int]] = {}  # how many times something arrived, where it is not once
    patience: ClassVar[Mapping[Scenario, float]] = {}  # what the other side asks for, seconds
    wrong_secret: ClassVar[str] = ""  # for STRANGER; '' where any secret may be wrong

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def settings(self, scenario: Scenario) -> dict[str, object]:
        """Start the other side; the channel's settings that reach it."""

    @abstractmethod
    def told(self) -> list[Told]:
        """What has arrived, in order."""

    @abstractmethod
    def stop(self) -> None:
        """End the other side, if it was started."""

    def open(self, scenario: Scenario) -> Channel:
        settings = Settings(
            default=(NAME,), channels={NAME: self.settings(scenario)}, delivery={"timeout_seconds": TIMEOUT}
        )
        return open_channel(NAME, settings, {f"KEIYAKU_{NAME.upper()}": self.secret_in(settings)}, lambda: NOW)

    def secret_in(self, settings: Settings) -> str:
        """The value of the secret's variable."""
        return self.secret


PLAIN = Message(
    subject="【新しい確認事項1】契約点検 R8.7.6",
    text="[高] 側溝修繕 <その1> & @channel\n.点で始まる行\n",
    html="<!DOCTYPE html><p>側溝修繕</p>",
    blocks=build("契約点検", ["[高] 側溝修繕 <その1> & @channel"], [], "ほか{}件".format).blocks,
    attachments=(Attachment("findings.csv", "text/csv", "\ufeff番号,件名\r\n1,側溝修繕\r\n".encode()),),
    data={"findings": [{"id": "SP-00000001", "title": "側溝修繕 <その1>"}]},
)
HARM = (
    "<!channel> *x* <script>alert(1)</script> @here <https://evil.example|契約>\r\nBcc: victim@example.jp\r\n\r\n.\r\n"
    "QUIT\r\n\u202eevil\u202c\u200f \x00 \x1b[31m \x85 \ud800 " + "字" * 10_000
)
HOSTILE = Message(
    subject=HARM,
    text=HARM,
    html=f"<!DOCTYPE html><p>{escape(HARM)}</p>",
    blocks=build(HARM, [HARM], [], "ほか{}件".format).blocks,
    attachments=PLAIN.attachments,
    data={"findings": [{"id": HARM, "title": HARM}]},
)


def lines(text: str) -> list[str]:
    """A text whose line ends may have been written in another way."""
    return re.sub(r"\r\n?", "\n", text).rstrip("\n").split("\n")


class Watch:
    """Looks for a secret in everything that this side says: logs, errors, representations, output."""

    def __init__(self, secret: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
        self.secret, self._caplog, self._capfd = secret, caplog, capfd
        for name in (
            "",
            "keiyaku",
            "slack_sdk",
            "slack_sdk.webhook.client",
            "slack_sdk.web.base_client",
            "http.client",
        ):
            caplog.set_level(logging.DEBUG, name)

    def send(self, channel: Channel, message: Message, delivery: str) -> Receipt | SendError:
        """Send, and see what it gave."""
        ended: Receipt | SendError
        try:
            ended = channel.send(message, delivery)
            shown = repr(ended)
        except SendError as error:
            ended = error
            shown = "".join(traceback.format_exception(error)) + repr(error) + error.detail
            assert "\n" not in error.detail
            assert len(error.detail) < 400
        self.saw_nothing(shown + repr(channel) + repr(vars(channel)))
        return ended

    def saw_nothing(self, shown: str = "") -> None:
        """Assert that the secret is in none of it. The other side's own logs are its own business."""
        records = [each for each in self._caplog.records if not each.name.startswith(("mail", "asyncio"))]
        shown += "\n".join(f"{each.getMessage()} {each.exc_text or ''}" for each in records)
        shown += "".join(self._capfd.readouterr())
        assert not self.secret or self.secret not in shown
