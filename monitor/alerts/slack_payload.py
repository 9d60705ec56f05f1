"""What Slack is given: its limits, its escapes, its payload. Pure.

Limits: https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/reference/methods/chat.postMessage.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from monitor.alerts.message import Message

MAX_BLOCKS: Final = 50
MAX_SECTION: Final = 3_000
MAX_HEADER: Final = 150
MAX_FIELD: Final = 2_000
MAX_PARTS: Final = 10  # fields of a section, elements of a context
MAX_ALL_BLOCKS: Final = 12_000  # undocumented: refused from about 13,200 (bolt-js#2509)
MAX_TEXT: Final = 40_000  # Slack cuts there without a word
CUT: Final = "\n（長いため、以降を省略しました）"


def escape_slack(text: str) -> str:
    """Text that Slack shows as it is: no links, no mentions, nobody called by 「@channel」 in a contract's title."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(
        r"(?<![a-z0-9.])([@!])(?=(?:channel|here|everyone|subteam)\b)", "\\1\u2060", plain, flags=re.IGNORECASE
    )


def fit_blocks(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks, unchanged; raises ValueError if Slack would refuse them. Whoever plans a message must not exceed it."""
    if len(blocks) > MAX_BLOCKS:
        raise ValueError(f"{len(blocks)} blocks, at most {MAX_BLOCKS}")
    for i, block in enumerate(blocks):
        place = f"block {i} ({block['type']})"
        parts = block.get("fields", block.get("elements", ()))
        if len(parts) > MAX_PARTS:
            raise ValueError(f"{place}: {len(parts)} parts, at most {MAX_PARTS}")
        limit = MAX_HEADER if block["type"] == "header" else MAX_FIELD if "fields" in block else MAX_SECTION
        for text in _texts(block):
            if not 0 < len(text) <= limit:
                raise ValueError(f"{place}: a text of {len(text)} characters, expected 1 to {limit}")
    total = sum(len(text) for block in blocks for text in _texts(block))
    if total > MAX_ALL_BLOCKS:
        raise ValueError(f"{total} characters in all blocks, at most {MAX_ALL_BLOCKS}")
    return blocks


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "text" and isinstance(item, str):
                yield item
            else:
                yield from _texts(item)


def payload(message: Message, *, with_blocks: bool = True) -> dict[str, Any]:
    """What Slack is sent. The text is whole beside blocks too: notifications and screen readers take it."""
    text = escape_slack(f"{message.subject}\n\n{message.text}")
    if len(text) > MAX_TEXT:
        text = re.sub(r"&[a-z]{0,3}$", "", text[: MAX_TEXT - len(CUT)]) + CUT
    body: dict[str, Any] = {"text": text, "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}
    return {**body, "blocks": message.blocks} if message.blocks and with_blocks else body
