"""The digest for Slack: Block Kit within its budget, everything from a ledger as plain text."""

from collections.abc import Iterator
from typing import Any

from checks import periods
from monitor import plain
from monitor.digest import words
from monitor.digest.model import SLACK_ROWS, Digest, Item


def blocks(digest: Digest) -> list[dict[str, Any]]:
    """At most SLACK_ROWS findings written out, the rest counted: shown + left out = all."""
    title = f"契約点検　週報　{digest.week.id}　{words.span(digest.week)}"
    sections = (words.bodies(digest), plain.clean(digest.verdict), *_figures(digest), *_items(digest), *_state(digest))
    footer = f"確認事項は違反を意味しません。記録の連鎖 {digest.head[:16]}"
    return [
        {"type": "header", "text": _plain(title, 150)},
        *({"type": "section", "text": _plain(said, 1000)} for said in sections if said),
        {"type": "context", "elements": [_plain(footer, 1000)]},
    ]


def _figures(digest: Digest) -> Iterator[str]:
    yield "\n".join(figure.line for figure in words.figures(digest))


def _items(digest: Digest) -> Iterator[str]:
    shown = digest.open[:SLACK_ROWS]
    for item in shown:
        yield _line(item)
    left = len(digest.open) - len(shown)
    if left:
        yield f"ほか{left:,}件は週報のページにあります。"


def _line(item: Item) -> str:
    due = f"{words.due(item)} {periods.short(item.due_on)}　" if item.due_on else ""
    return (
        f"[{item.severity.label}] {due}{plain.brief(item.title)}\n{words.where(item)}・{item.id}・{words.marks(item)}"
    )


def _state(digest: Digest) -> Iterator[str]:
    yield f"今週の動き：{words.movement(digest)}\n今週の収支：{words.equation(digest)}"
    yield words.not_judged(digest) + words.not_finished(digest) + "\n" + words.monitor(digest)


def _plain(text: str, longest: int) -> dict[str, Any]:
    """plain_text: Slack reads no markup, no mention and no link in it. Lines are ours; each is cleaned."""
    said = "\n".join(plain.clean(line) for line in text.split("\n"))
    return {"type": "plain_text", "emoji": False, "text": said if len(said) <= longest else said[: longest - 1] + "…"}
