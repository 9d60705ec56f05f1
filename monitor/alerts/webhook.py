"""Any program that takes JSON: one signed HTTPS POST per message, answered by a status.

Redirects are not followed: a signed message goes where the settings say and nowhere else. A proxy of the environment
(HTTPS_PROXY, NO_PROXY) is used, as slack-sdk does.
"""

import contextlib
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable
from datetime import datetime
from http.client import HTTPException, HTTPResponse
from typing import Final
from urllib.error import URLError
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from pydantic import SecretStr

from monitor.alerts import answers
from monitor.alerts.channels import Outcome, Receipt, SendError
from monitor.alerts.message import Message
from monitor.problems import Problem
from monitor.settings import Webhook

VERSION: Final = "v1"
ANSWER: Final = 4_096  # bytes of an answer that are looked at
_PASSING: Final = frozenset({408, 425, 429})


class SignedWebhook:
    """POST of {delivery, subject, text, data}; the same delivery has the same Idempotency-Key. It gives no reference back."""

    can_replace = False

    def __init__(self, receiver: Webhook, key: SecretStr, timeout: int, now: Callable[[], datetime]) -> None:
        self.idempotent = receiver.repeats
        self._url = SecretStr(receiver.url)
        self._key = key
        self._timeout = timeout
        self._now = now
        try:
            context = ssl.create_default_context(cafile=receiver.ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise Problem(f"ca_file {receiver.ca_file}: no certificates can be read from it: {error}") from None
        self._opener = OpenerDirector()  # only these: no redirects, no passwords, every status is an answer
        for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler(context=context)):
            self._opener.add_handler(handler)

    def send(self, message: Message, delivery_id: str) -> Receipt:
        """Post once."""
        request = self._request(body(message, delivery_id), delivery_id)
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                if 200 <= answer.status < 300:
                    return Receipt(ref="")
                raise self._refusal(answer)
        except URLError as error:  # urllib wraps what happens until the request is out; anything else comes after it
            raise SendError(Outcome.RETRY, self._said(f"the receiver could not be reached: {error.reason}")) from None
        except (OSError, HTTPException, ValueError) as error:
            why = self._said(f"no readable answer after sending: {type(error).__name__} {error}")
            raise SendError(Outcome.UNKNOWN, why) from None

    def _request(self, content: bytes, delivery_id: str) -> Request:
        timestamp = str(int(self._now().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "keiyaku-monitor",
            "Idempotency-Key": delivery_id,
            "X-Keiyaku-Timestamp": timestamp,
            "X-Keiyaku-Signature": signature(self._key, timestamp, content),
        }
        return Request(self._url.get_secret_value(), content, headers, method="POST")  # noqa: S310  # the settings allow https only

    def _refusal(self, answer: HTTPResponse) -> SendError:
        """What an answer other than 2xx means: it has been read, so nothing was told."""
        status, words = answer.status, ""
        with contextlib.suppress(OSError, HTTPException, ValueError):
            words = answer.read1(ANSWER).decode("utf-8", "replace")  # one piece: whoever drips does not hold us up
        if status < 200:
            return SendError(Outcome.UNKNOWN, f"the receiver answered {status}")
        if 300 <= status < 400:
            return SendError(
                Outcome.DEAD, f"the receiver answered {status}: redirects are not followed; set its address"
            )
        detail = f"the receiver answered {status}: {self._said(words, 100) or 'nothing'}"
        if status in _PASSING or status >= 500:
            return SendError(Outcome.RETRY, detail, answers.patience(answer.headers["Retry-After"], self._now()))
        return SendError(Outcome.DEAD, detail)

    def _said(self, words: str, longest: int = 200) -> str:
        return answers.said(words, self._key, self._url.get_secret_value(), longest=longest)


def body(message: Message, delivery_id: str) -> bytes:
    """The JSON that is posted, the same bytes for the same message."""
    told = {"delivery": delivery_id, "subject": message.subject, "text": message.text, "data": message.data}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def signature(key: SecretStr, timestamp: str, content: bytes) -> str:
    """v1= and the HMAC-SHA256, in hexadecimal digits, of the timestamp, a dot and the body."""
    signed = hmac.new(key.get_secret_value().encode(), timestamp.encode() + b"." + content, hashlib.sha256)
    return f"{VERSION}={signed.hexdigest()}"
