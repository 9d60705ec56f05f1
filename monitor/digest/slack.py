"""The digest for Slack: Block Kit within its budget, everything from a ledger as plain text."""

from typing import Any

from checks import periods
from monitor import plain
from monitor.alerts.slack_payload import build
from monitor.digest import words
from monitor.digest.items import Item
from monitor.digest.model import SLACK_ROWS, Digest


def blocks(digest: Digest) -> list[dict[str, Any]]:
    """At most SLACK_ROWS findings written out, the rest counted: shown + left out = all."""
    return build(
        f"契約点検　週報　{digest.week.id}　{words.span(digest.week)}",
        [_line(item) for item in digest.listed],
        [
            f"今週の動き：{words.movement(digest)}\n今週の収支：{words.equation(digest)}\n{words.standing(digest)}",
            words.not_judged(digest) + words.not_finished(digest) + "\n" + words.monitor(digest),
        ],
        lambda left: f"ほか{left:,}件は週報のページにあります。",
        opening=[
            words.bodies(digest),
            plain.clean(digest.verdict),
            "\n".join(figure.line for figure in words.figures(digest)),
        ],
        footer=f"確認事項は違反を意味しません。記録の連鎖 {digest.head[:16]}",
        most=SLACK_ROWS,
    ).blocks


def _line(item: Item) -> str:
    due = f"{words.due(item)} {periods.short(item.due_on)}　" if item.due_on else ""
    return (
        f"[{item.severity.label}] {due}{plain.brief(item.title)}\n{words.where(item)}・{item.id}・{words.marks(item)}"
    )
