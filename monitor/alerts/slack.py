"""Slack, by incoming webhook and by bot token. One request per message; whoever calls decides about another try.

Limits and answers: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/ and
https://docs.slack.dev/reference/methods/chat.postMessage. Slack has no idempotency key.
"""

import json
import logging
import math
import re
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

from pydantic import SecretStr
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from monitor.alerts.channels import Outcome, Receipt, SendError
from monitor.alerts.message import Message
from monitor.alerts.slack_payload import escape_slack, fit_blocks, payload

__all__ = ["Bot", "Webhook", "escape_slack", "fit_blocks", "payload", "redact", "refusal", "seconds"]

_BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
_PASSING = frozenset({"ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org"})
_HALF_DONE = frozenset({"internal_error", "fatal_error"})  # "some aspect of the operation may have succeeded"


class Webhook:
    """An incoming webhook; its address is the secret. It gives no reference back."""

    idempotent = False

    def __init__(self, url: SecretStr, timeout: int) -> None:
        self._url = url
        self._client = WebhookClient(url.get_secret_value(), timeout=timeout, retry_handlers=[], logger=_mute())

    def send(self, message: Message, delivery_id: str) -> Receipt:  # noqa: ARG002  # a webhook has no place for it
        """Post; a message whose blocks are refused is posted as text."""
        return _with_text_instead(self._post, message)

    def _post(self, body: dict[str, Any]) -> Receipt:
        try:
            answer = self._client.send_dict(body)
        except (OSError, HTTPException, ValueError, LookupError) as error:
            raise _lost(error, self._url) from None
        if answer.status_code == 200 and answer.body == "ok":
            return Receipt(ref="")
        raise refusal(answer.status_code, answer.headers, answer.body, self._url)


class Bot:
    """chat.postMessage with a bot's token; the reference is ``channel:ts``."""

    idempotent = False

    def __init__(self, token: SecretStr, channel: str, url: str, timeout: int) -> None:
        self._token = token
        self._channel = channel
        self._client = WebClient(
            token=token.get_secret_value(), base_url=url, timeout=timeout, retry_handlers=[], logger=_mute()
        )

    def send(self, message: Message, delivery_id: str) -> Receipt:
        """Post with the delivery's id in the metadata, so that a person can find what became of it."""
        event = {"event_type": "keiyaku_delivery", "event_payload": {"delivery_id": delivery_id}}
        return _with_text_instead(lambda body: self._post({**body, "metadata": event}), message)

    def _post(self, body: dict[str, Any]) -> Receipt:
        try:
            answer = self._client.chat_postMessage(channel=self._channel, **body)
        except SlackApiError as error:
            data = error.response.data
            text = json.dumps(data) if isinstance(data, dict) else str(data)
            raise refusal(error.response.status_code, error.response.headers, text, self._token) from None
        except (OSError, HTTPException, ValueError, LookupError) as error:
            raise _lost(error, self._token) from None
        return Receipt(ref=f"{answer['channel']}:{answer['ts']}")


class _BlocksRefusedError(SendError):
    """Slack did not post because of the blocks."""


def _with_text_instead(post: Callable[[dict[str, Any]], Receipt], message: Message) -> Receipt:
    try:
        return post(payload(message))
    except _BlocksRefusedError as error:
        if not message.blocks:
            raise
        receipt = post(payload(message, with_blocks=False))
        return Receipt(receipt.ref, note=f"sent as text: {error.detail}")


def refusal(status: int, headers: dict[str, Any], body: str, secret: SecretStr) -> SendError:
    """What an answer other than 'ok' means."""
    named = _error_in(body)
    detail = f"Slack answered {status}: {redact(named or body.strip()[:100] or 'nothing', secret)}"
    if status == 429 or named in _PASSING:
        after = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
        return SendError(Outcome.RETRY, detail, seconds(after))
    if named in _BAD_BLOCKS:
        return _BlocksRefusedError(Outcome.DEAD, detail)
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


def seconds(retry_after: Any) -> float | None:
    """A Retry-After header in seconds; None where it is absent or not a number (it may be a date)."""
    value = retry_after[0] if isinstance(retry_after, list) and retry_after else retry_after
    try:
        wait = float(value)
    except (TypeError, ValueError):
        return None
    return wait if math.isfinite(wait) and wait >= 0 else None


def _lost(error: Exception, secret: SecretStr) -> SendError:
    """urllib wraps what happens until the request is out in URLError; anything else comes after it."""
    if isinstance(error, URLError):
        return SendError(Outcome.RETRY, redact(f"Slack could not be reached: {error.reason}", secret))
    return SendError(
        Outcome.UNKNOWN, redact(f"no readable answer after sending: {type(error).__name__} {error}", secret)
    )


def redact(text: str, secret: SecretStr) -> str:
    """The text without the secret, nor the path of a secret address (a proxy's error page may repeat it)."""
    value = secret.get_secret_value()
    path = urlsplit(value).path if "://" in value else ""
    for part in (value, path if len(path) > 1 else ""):
        if part:
            text = text.replace(part, "***")
    return text


def _mute() -> logging.Logger:
    """A logger of our own that says nothing: slack-sdk writes the webhook's address into its logs."""
    return logging.Logger("keiyaku.slack", level=logging.CRITICAL + 1)  # noqa: LOG001  # not in the tree, on purpose
