"""What is told, once for every medium: a message as it lies in the outbox."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self


class Attachment(NamedTuple):
    """A text file that goes with a mail: ASCII name (others arrive as 無題.dat), MIME type, content."""

    filename: str
    mime: str
    text: str


@dataclass(frozen=True)
class Message:
    """One message. ``text`` is plain and unescaped; ``blocks`` are Slack's, escaped already; ``html`` is a whole page.

    Raises ValueError for an attachment whose name is not plain ASCII.
    """

    subject: str
    text: str
    html: str | None = None
    blocks: list[dict[str, Any]] | None = None
    attachments: tuple[Attachment, ...] = ()
    data: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        for filename, mime, _ in self.attachments:
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", filename) or not re.fullmatch(
                r"[a-z]+/[a-z0-9.+-]+", mime
            ):
                raise ValueError(
                    f"an attachment's name must be plain ASCII and have a MIME type: {filename!r}, {mime!r}"
                )

    def to_json(self) -> dict[str, Any]:
        """As the outbox keeps it."""
        return {
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "blocks": self.blocks,
            "attachments": [list(attachment) for attachment in self.attachments],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """From the outbox."""
        return cls(
            subject=data["subject"],
            text=data["text"],
            html=data["html"],
            blocks=data["blocks"],
            attachments=tuple(Attachment(*attachment) for attachment in data["attachments"]),
        )


def delivery_id(key: str, created_at: datetime) -> str:
    """The name under which a row of the outbox travels: readable, ASCII, fit for file names and Message-IDs.

    The time of planning is in it, so that a database begun anew does not reuse the ids of the old one: mail servers
    drop a Message-ID that they have seen without a word.
    """
    digest = hashlib.sha256(f"{key}|{created_at.astimezone(UTC).isoformat()}".encode()).hexdigest()
    readable = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")[:60]
    return f"{readable}-{digest[:12]}"
