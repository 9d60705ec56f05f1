"""What a channel is and how sending can end; one way to open a channel by its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from monitor import settings as config
from monitor.alerts.message import Message
from monitor.problems import Problem


class Outcome(StrEnum):
    """How sending failed, which decides what happens next."""

    RETRY = "retry"  # certainly not told, may work later: busy, down, not reachable
    DEAD = "dead"  # certainly not told, and the same would be refused again: a person must mend something
    UNKNOWN = "unknown"  # the message had left when the answer failed to come: it may have been told


class SendError(Exception):
    """Why a message was not certainly sent. ``detail`` never holds a secret; ``retry_after`` is in seconds."""

    def __init__(self, outcome: Outcome, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail
        self.retry_after = retry_after


@dataclass(frozen=True)
class Receipt:
    """What the other side gave back: its name for the message, and what is worth knowing although it was sent."""

    ref: str
    note: str = ""


class Channel(Protocol):
    """Something that sends. ``idempotent``: sending the same delivery twice is the same as sending it once."""

    @property
    def idempotent(self) -> bool:
        """Whether a delivery of unknown outcome may be sent again without asking."""

    def send(self, message: Message, delivery_id: str) -> Receipt:
        """Send once, without trying again by itself; raises SendError."""


def open_contact(name: str, settings: config.Settings, env: Mapping[str, str], now: Callable[[], datetime]) -> Channel:
    """The channel of a contact, addressed to it; raises Problem if there is no such contact any more."""
    if name not in settings.contacts and name not in settings.channels:
        raise Problem(f"there is no contact {name} in the settings; a message in the outbox waits for it")
    contact = settings.contact(name)
    return open_channel(contact.channel, settings, env, now)


def open_channel(name: str, settings: config.Settings, env: Mapping[str, str], now: Callable[[], datetime]) -> Channel:
    """The channel of the settings called ``name``; raises Problem if there is none or its secret is missing."""
    # Each kind is imported when it is used: slack-sdk takes a while and many offices have no Slack.
    channel = settings.channels.get(name)
    if channel is None:
        raise Problem(f"there is no channel {name} in the settings; a message in the outbox waits for it")
    secret = config.secret(name, settings, env)
    timeout = settings.delivery.timeout_seconds
    match channel:
        case config.SlackWebhook():
            from monitor.alerts.slack import Webhook

            return Webhook(secret, timeout)
        case config.SlackBot():
            from monitor.alerts.slack import Bot

            return Bot(secret, channel.channel, channel.url, timeout)
        case config.Smtp():
            from monitor.alerts.mail import Mail

            return Mail(channel, secret, timeout, now)
        case config.Folder():
            from monitor.alerts.files import Files

            return Files(channel.directory, now)
