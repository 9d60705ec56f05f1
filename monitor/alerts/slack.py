"""Slack, by incoming webhook and by bot token. One message per call; whoever calls decides about another try.

Limits and answers: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/,
https://docs.slack.dev/reference/methods/chat.postMessage and chat.update. Slack has no idempotency key.
"""

import json
import logging
import re
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import Any, Final
from urllib.error import URLError

from pydantic import SecretStr
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from monitor.alerts.answers import said, seconds
from monitor.alerts.channels import Outcome, Receipt, SendError
from monitor.alerts.message import Message
from monitor.alerts.slack_payload import payload

_BAD_BLOCKS: Final = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
# the earlier message is gone, too old, or not ours: what there is to say must be said all the same
_NO_PLACE: Final = frozenset(
    {"thread_not_found", "cannot_reply_to_message", "message_not_found", "cant_update_message", "edit_window_closed"}
)
_PASSING: Final = frozenset(
    {"ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org"}
)
_HALF_DONE: Final = frozenset({"internal_error", "fatal_error"})  # "some aspect of the operation may have succeeded"


class _RefusedError(SendError):
    """Slack did not post, for the reason that it names ('' where it names none)."""

    def __init__(self, outcome: Outcome, detail: str, named: str) -> None:
        super().__init__(outcome, detail)
        self.named = named


class Webhook:
    """An incoming webhook; its address is the secret. It gives no reference back and knows of no earlier message."""

    idempotent = False
    can_replace = False

    def __init__(self, url: SecretStr, timeout: int) -> None:
        self._url = url
        self._client = WebhookClient(url.get_secret_value(), timeout=timeout, retry_handlers=[], logger=_mute())

    def send(self, message: Message, delivery_id: str) -> Receipt:  # noqa: ARG002  # a webhook has no place for it
        """Post; a message whose blocks are refused is posted as text."""
        try:
            return self._post(payload(message))
        except _RefusedError as error:
            if error.named not in _BAD_BLOCKS or not message.blocks:
                raise
            return replace(self._post(payload(message, with_blocks=False)), note=f"sent as text: {error.detail}")

    def _post(self, body: dict[str, Any]) -> Receipt:
        try:
            answer = self._client.send_dict(body)
        except (OSError, HTTPException, ValueError, LookupError) as error:
            raise _lost(error, self._url) from None
        if answer.status_code == 200 and answer.body == "ok":
            return Receipt(ref="")
        raise refusal(answer.status_code, answer.headers, answer.body, self._url)


@dataclass(frozen=True)
class _Place:
    """Where a bot's message goes: a channel; in it the thread of an earlier message, or an earlier message itself."""

    channel: str
    thread_ts: str = ""
    ts: str = ""

    @property
    def is_fresh(self) -> bool:
        """Whether no earlier message is needed."""
        return not self.thread_ts and not self.ts


class Bot:
    """chat.postMessage and chat.update with a bot's token; the reference is ``channel:ts``."""

    idempotent = False
    can_replace = True

    def __init__(self, token: SecretStr, channel: str, url: str, timeout: int) -> None:
        self._token = token
        self._channel = channel
        self._client = WebClient(
            token=token.get_secret_value(), base_url=url, timeout=timeout, retry_handlers=[], logger=_mute()
        )

    def send(self, message: Message, delivery_id: str) -> Receipt:
        """Update what the message replaces, reply to what it follows up, else post.

        What Slack certainly refused because of the blocks or of the earlier message is posted without; the receipt says so.
        The delivery's id is in the metadata, so that a person can find what became of it.
        """
        event = {"event_type": "keiyaku_delivery", "event_payload": {"delivery_id": delivery_id}}
        place, with_blocks, notes = self._place(message), True, list[str]()
        while True:
            try:
                receipt = self._post(place, {**payload(message, with_blocks=with_blocks), "metadata": event})
            except _RefusedError as error:
                if error.named in _BAD_BLOCKS and message.blocks and with_blocks:
                    with_blocks = False
                    notes.append(f"sent as text: {error.detail}")
                elif error.named in _NO_PLACE and not place.is_fresh:
                    place = _Place(self._channel)
                    notes.append(f"sent as a message of its own: {error.detail}")
                else:
                    raise
            else:
                return replace(receipt, note="; ".join(notes))

    def _place(self, message: Message) -> _Place:
        """The earlier message's own channel, by its id: chat.update takes no name, and a thread is in one channel only."""
        if found := _reference(message.replaces):
            return _Place(found[0], ts=found[1])
        if found := _reference(message.thread):
            return _Place(found[0], thread_ts=found[1])
        return _Place(self._channel)

    def _post(self, place: _Place, body: dict[str, Any]) -> Receipt:
        try:
            if place.ts:
                kept = {"text": body["text"], "blocks": body.get("blocks", []), "metadata": body["metadata"]}
                answer = self._client.chat_update(channel=place.channel, ts=place.ts, **kept)
            elif place.thread_ts:
                answer = self._client.chat_postMessage(channel=place.channel, thread_ts=place.thread_ts, **body)
            else:
                answer = self._client.chat_postMessage(channel=place.channel, **body)
            return Receipt(ref=f"{answer['channel']}:{answer['ts']}")
        except SlackApiError as error:
            data = error.response.data
            text = json.dumps(data) if isinstance(data, dict) else str(data)
            raise refusal(error.response.status_code, error.response.headers, text, self._token) from None
        except (OSError, HTTPException, ValueError, LookupError) as error:
            raise _lost(error, self._token) from None


def _reference(ref: str) -> tuple[str, str] | None:
    """(channel, ts) of a reference that a bot gave; None for one of another kind of channel."""
    found = re.fullmatch(r"([A-Z0-9]+):(\d+\.\d+)", ref)
    return (found[1], found[2]) if found else None


def refusal(status: int, headers: dict[str, Any], body: str, secret: SecretStr) -> SendError:
    """What an answer other than 'ok' means."""
    named = _error_in(body)
    detail = f"Slack answered {status}: {said(named or body, secret, longest=100) or 'nothing'}"
    if status == 429 or named in _PASSING:
        after = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
        return SendError(Outcome.RETRY, detail, seconds(after))
    if named in _BAD_BLOCKS | _NO_PLACE:
        return _RefusedError(Outcome.DEAD, detail, named)
    if named in _HALF_DONE or (status == 200 and not named):
        return SendError(Outcome.UNKNOWN, detail)
    if status >= 500:
        return SendError(Outcome.RETRY, detail)
    return SendError(Outcome.DEAD, detail)


def _error_in(body: str) -> str:
    """The error that Slack names, in JSON or in plain text; '' if the answer does not look like one of Slack's."""
    try:
        data = json.loads(body)
    except ValueError:
        return body.strip() if re.fullmatch(r"\s*[a-z]+(_[a-z]+)+\s*", body) else ""
    error = data.get("error") if isinstance(data, dict) and data.get("ok") is False else None
    return error if isinstance(error, str) and re.fullmatch(r"[a-z_]+", error) else ""


def _lost(error: Exception, secret: SecretStr) -> SendError:
    """urllib wraps what happens until the request is out in URLError; anything else comes after it."""
    if isinstance(error, URLError):
        return SendError(Outcome.RETRY, said(f"Slack could not be reached: {error.reason}", secret))
    return SendError(Outcome.UNKNOWN, said(f"no readable answer after sending: {type(error).__name__} {error}", secret))


def _mute() -> logging.Logger:
    """A logger of our own that says nothing: slack-sdk writes the webhook's address into its logs."""
    return logging.Logger("keiyaku.slack", level=logging.CRITICAL + 1)  # noqa: LOG001  # not in the tree, on purpose
