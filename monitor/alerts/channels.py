"""What a channel is and how sending can end; one way to open a channel by its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import ValidationError

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
    """What the other side gave back: its name for the message, and what is worth knowing although it was sent.

    ``refused``: (address, the server's words) of each recipient who got nothing although others did.
    """

    ref: str
    note: str = ""
    refused: tuple[tuple[str, str], ...] = ()


class Channel(Protocol):
    """Something that sends. ``idempotent``: sending the same delivery twice is the same as sending it once.

    ``can_replace``: a message with ``replaces`` takes the place of the earlier one; elsewhere it is one more message.
    """

    @property
    def idempotent(self) -> bool:
        """Whether a delivery of unknown outcome may be sent again without asking."""

    @property
    def can_replace(self) -> bool:
        """Whether ``Message.replaces`` means something here."""

    def send(self, message: Message, delivery_id: str) -> Receipt:
        """Send once, without trying again by itself; raises SendError."""


def open_contact(name: str, settings: config.Settings, env: Mapping[str, str], now: Callable[[], datetime]) -> Channel:
    """The channel of a contact, addressed to it; raises Problem if there is no such contact any more."""
    if name not in settings.contacts and name not in settings.channels:
        raise Problem(f"there is no contact {name} in the settings; a message in the outbox waits for it")
    contact = settings.contact(name)
    return open_channel(contact.channel, settings, env, now, contact.to)


def open_channel(
    name: str, settings: config.Settings, env: Mapping[str, str], now: Callable[[], datetime], to: tuple[str, ...] = ()
) -> Channel:
    """The channel of the settings called ``name``; raises Problem if there is none or its secret is missing.

    ``to``: other recipients of a mail channel, or the Slack channel to which a bot posts; Problem for other kinds.
    """
    # Each kind is imported when it is used: slack-sdk takes a while and many offices have no Slack.
    if name not in settings.channels:
        raise Problem(f"there is no channel {name} in the settings; a message in the outbox waits for it")
    channel = _addressed(name, settings.channels[name], to)
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
        case config.Webhook():
            from monitor.alerts.webhook import SignedWebhook

            return SignedWebhook(channel, secret, timeout, now)
        case config.Folder():
            from monitor.alerts.files import Files

            return Files(channel.directory, now)


def _addressed(name: str, channel: config.Channel, to: tuple[str, ...]) -> config.Channel:
    """The channel as it reaches ``to``, judged by the same rules as the settings."""
    if not to:
        return channel
    found = ", ".join(to)
    if isinstance(channel, config.Smtp):
        change: dict[str, object] = {"recipients": to}
    elif isinstance(channel, config.SlackBot):
        if len(to) != 1:
            raise Problem(f"channels.{name}: a Slack bot posts to one Slack channel; found {len(to)}: {found}")
        change = {"channel": to[0]}
    else:
        raise Problem(
            f"channels.{name}: a channel of kind {channel.kind} has no addresses to choose from; found {found}"
        )
    try:
        return type(channel).model_validate({**channel.model_dump(), **change})
    except ValidationError:
        expected = "e-mail addresses" if isinstance(channel, config.Smtp) else "a Slack channel such as #keiyaku"
        raise Problem(f"channels.{name}: expected {expected}; found {found}") from None
