"""What is told, once for every medium: a message as it lies in the outbox."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Self

from monitor.plain import visible

MAX_HTML: Final = 75_000  # bytes of a mail's HTML: Gmail hides what comes after about 102 KB, and base64 adds a third

_NAME: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}"
)  # a longer one is split (RFC 2231) and arrives as 無題.dat
_MIME: Final = re.compile(r"(?!message/|multipart/)[a-z]+/[a-z0-9.+-]+")
_NOWHERE: Final = re.compile(r"[\x00\ud800-\udfff]")  # no database and no UTF-8 holds these


class Attachment(NamedTuple):
    """A file that goes with a mail: short ASCII name (others arrive as 無題.dat), MIME type, its bytes."""

    filename: str
    mime: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """One message. ``text`` is plain and unescaped; ``blocks`` are Slack's, escaped already; ``html`` is a whole page.

    ``data`` is what machines read, anything that JSON can hold. ``thread`` and ``replaces`` are references (Receipt.ref) of
    an earlier message on the same channel: the one that this follows up, the one whose place this takes.

    What a ledger may hold and no reader should get (controls, marks that turn the direction of text around, lone surrogates)
    is taken out of every text, once, here; ``data`` keeps all but NUL and lone surrogates, which neither PostgreSQL nor
    UTF-8 can hold: they become U+FFFD. Raises ValueError for an attachment whose name is not short plain ASCII.
    """

    subject: str
    text: str
    html: str | None = None
    blocks: list[dict[str, Any]] | None = None
    attachments: tuple[Attachment, ...] = ()
    data: Mapping[str, Any] | None = None
    thread: str = ""
    replaces: str = ""

    def __post_init__(self) -> None:
        for filename, mime, _ in self.attachments:
            if not _NAME.fullmatch(filename) or not _MIME.fullmatch(mime):
                raise ValueError(
                    "an attachment's name must be plain ASCII of at most 60 characters and have a MIME type: "
                    f"{filename!r}, {mime!r}"
                )
        for name in ("subject", "text", "html", "blocks"):
            object.__setattr__(self, name, _each_text(getattr(self, name), visible))
        for name in ("data", "thread", "replaces"):
            object.__setattr__(self, name, _each_text(getattr(self, name), lambda text: _NOWHERE.sub("\ufffd", text)))

    def to_json(self) -> dict[str, Any]:
        """As the outbox keeps it."""
        return {
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "blocks": self.blocks,
            "attachments": [
                {"filename": each.filename, "mime": each.mime, "base64": base64.b64encode(each.content).decode()}
                for each in self.attachments
            ],
            "data": self.data,
            "thread": self.thread,
            "replaces": self.replaces,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """From the outbox; what was put in by version 0.1, with text attachments only, can still be read."""
        return cls(
            subject=row["subject"],
            text=row["text"],
            html=row["html"],
            blocks=row["blocks"],
            attachments=tuple(map(_attachment, row["attachments"])),
            data=row.get("data"),
            thread=row.get("thread", ""),
            replaces=row.get("replaces", ""),
        )


def delivery_id(key: str, created_at: datetime) -> str:
    """The name under which a row of the outbox travels: readable, ASCII, fit for file names and Message-IDs.

    The time of planning is in it, so that a database begun anew does not reuse the ids of the old one: mail servers
    drop a Message-ID that they have seen without a word.
    """
    digest = hashlib.sha256(f"{key}|{created_at.astimezone(UTC).isoformat()}".encode()).hexdigest()
    readable = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")[:60]
    return f"{readable}-{digest[:12]}"


def _attachment(row: Mapping[str, str] | list[str]) -> Attachment:
    if isinstance(row, Mapping):
        return Attachment(row["filename"], row["mime"], base64.b64decode(row["base64"]))
    filename, mime, text = row
    return Attachment(filename, mime, text.encode())


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """A value of JSON with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list | tuple):
        return [_each_text(item, change) for item in value]
    if isinstance(value, Mapping):
        return {change(str(key)): _each_text(item, change) for key, item in value.items()}
    return value
