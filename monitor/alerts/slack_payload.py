"""What Slack is given: its limits, its escapes, blocks that cannot exceed them, its payload. Pure.

Limits: https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/reference/methods/chat.postMessage.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from monitor.alerts.message import Message
from monitor.plain import visible

MAX_BLOCKS: Final = 50
MAX_SECTION: Final = 3_000
MAX_HEADER: Final = 150
MAX_FIELD: Final = 2_000
MAX_PARTS: Final = 10  # fields of a section, elements of a context
MAX_ALL_BLOCKS: Final = 12_000  # undocumented: refused from about 13,200 (bolt-js#2509)
MAX_TEXT: Final = 40_000  # Slack cuts there without a word
CUT: Final = "\n（長いため、以降を省略しました）"

# The shares of `build`: frame and notes leave the items at least half of MAX_ALL_BLOCKS.
MAX_ITEM: Final = 1_000
MAX_FRAME: Final = 2_400  # all of opening, all of closing
FRAME_BLOCKS: Final = 8
MAX_FOOTER: Final = 500
MAX_OMISSION: Final = 250


@dataclass(frozen=True)
class Built:
    """Blocks that Slack takes, and how many of the items are not in them."""

    blocks: list[dict[str, Any]]
    left: int


def build(
    header: str,
    items: Sequence[str],
    closing: Sequence[str],
    omission: Callable[[int], str],
    *,
    opening: Sequence[str] = (),
    footer: str = "",
    most: int = MAX_BLOCKS,
) -> Built:
    """header, opening, items in their order, what was left out, closing, footer: within Slack's limits for any texts.

    An item is whole or left out: the first ones are shown, at most ``most``, and where some are not, ``omission`` of their
    number (「ほかN件」) says so; shown + left = len(items). One of more than MAX_ITEM characters is cut, visibly. All of it is
    plain_text: no text becomes markup, a link or a mention.
    """
    top = [{"type": "header", "text": plain(header, MAX_HEADER)}] if header else []
    top += _paragraphs(opening)
    bottom = _paragraphs(closing)
    bottom += [{"type": "context", "elements": [plain(footer, MAX_FOOTER)]}] if footer else []
    shown = [_section(item, MAX_ITEM) for item in items[: max(0, min(most, MAX_BLOCKS))]]
    while True:
        left = len(items) - len(shown)
        note = [_section(omission(left), MAX_OMISSION)] if left else []
        blocks = [*top, *shown, *note, *bottom]
        if not shown or (len(blocks) <= MAX_BLOCKS and sum(map(_weight, _texts(blocks))) <= MAX_ALL_BLOCKS):
            return Built(blocks, left)
        shown.pop()


def plain(text: str, longest: int) -> dict[str, Any]:
    """A plain_text of at most so many characters; Slack reads no markup, no mention and no link in it, and none is empty."""
    said = visible(text)
    said = said if said.strip() else "—"
    if _weight(said) > longest:
        said = _head(said, longest - 1) + "…"
    return {"type": "plain_text", "emoji": False, "text": said}


def _section(text: str, longest: int) -> dict[str, Any]:
    return {"type": "section", "text": plain(text, longest)}


def _paragraphs(texts: Sequence[str]) -> list[dict[str, Any]]:
    """One section each, together within MAX_FRAME and FRAME_BLOCKS; the last takes what has no section of its own."""
    said = [text for text in texts if text.strip()]
    said = [*said[: FRAME_BLOCKS - 1], "\n".join(said[FRAME_BLOCKS - 1 :])] if len(said) > FRAME_BLOCKS else said
    room, made = MAX_FRAME, []
    for i, text in enumerate(said):
        made.append(_section(text, room - (len(said) - 1 - i)))  # at least "…" for each that follows
        room -= _weight(made[-1]["text"]["text"])
    return made


def _weight(text: str) -> int:
    """The length as Slack might count it; it does not say how, so the most: UTF-16, and &amp; for &."""
    return (
        len(text) + sum(1 for c in text if c > "\uffff") + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))
    )


def _head(text: str, longest: int) -> str:
    """As much of the text from its beginning as weighs no more."""
    room = longest
    for i, c in enumerate(text):
        room -= _weight(c)
        if room < 0:
            return text[:i]
    return text


def escape_slack(text: str) -> str:
    """Text that Slack shows as it is: no links, no mentions, nobody called by 「@channel」 in a contract's title."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(
        r"(?<![a-z0-9.])([@!])(?=(?:channel|here|everyone|subteam)\b)", "\\1\u2060", plain, flags=re.IGNORECASE
    )


def fit_blocks(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Blocks made by hand, unchanged; raises ValueError if Slack would refuse them. Those of ``build`` always pass."""
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
