"""A folder as a channel: each message as a mail (.eml) and as Slack's payload (.json)."""

import contextlib
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from monitor.alerts import mail
from monitor.alerts.channels import Outcome, Receipt, SendError
from monitor.alerts.message import Message
from monitor.alerts.slack_payload import payload
from monitor.settings import TIMEZONE

_NOBODY: Final = "keiyaku-monitor@example.invalid"  # an address that leads nowhere (RFC 2606)


class Files:
    """Writes each delivery once, whole or not at all; a second time finds it there. The reference is the .eml's path."""

    idempotent = True
    can_replace = False

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self._directory = directory
        self._now = now

    def send(self, message: Message, delivery_id: str) -> Receipt:
        """Write <delivery_id>.json, then <delivery_id>.eml: where the mail is, the delivery is whole."""
        date = self._now().astimezone(ZoneInfo(TIMEZONE))
        eml = self._directory / f"{delivery_id}.eml"
        file = self._directory
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            file = eml.with_suffix(".json")
            _write_once(file, _json(message))
            file = eml
            _write_once(file, mail.build(message, _NOBODY, (), delivery_id, date).as_bytes())
        except OSError as error:
            raise SendError(Outcome.RETRY, f"{file} cannot be written: {error.strerror or error}") from None
        return Receipt(ref=str(eml))


def _json(message: Message) -> bytes:
    return (json.dumps(payload(message), ensure_ascii=False, indent=2) + "\n").encode()


def _write_once(file: Path, content: bytes) -> None:
    """The file appears with all of its content or not at all, even if the machine loses its power."""
    if file.exists():
        return
    unfinished = file.with_name(file.name + ".part")  # what a killed sender left of it is overwritten
    try:
        with unfinished.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()  # half a message must not fill the disk that is full
        raise
