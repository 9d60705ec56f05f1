"""The digest for Slack: Block Kit within its budget, everything from a ledger as plain text."""

from collections.abc import Iterator
from typing import Any

from checks import periods
from monitor.digest.model import SLACK_ROWS, Digest, Item


def blocks(digest: Digest) -> list[dict[str, Any]]:
    """At most SLACK_ROWS findings written out, the rest counted: shown + left out = all."""
    week = digest.week
    title = f"契約点検　週報　{week.id}（{periods.short(week.first)}〜{periods.short(week.last)}）"
    made: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(title, 150)},
        _section(digest.verdict),
        _section(_figures(digest)),
    ]
    made += [_section(line) for line in _items(digest)]
    return [*made, _section(_balance(digest)), {"type": "context", "elements": [_plain(_footer(digest), 1000)]}]


def _figures(digest: Digest) -> str:
    now, before = digest.numbers, digest.before
    figures = [
        (f"期限超過 {now.overdue}件", before.overdue),
        (f"14日以内 {now.soon}件", before.soon),
        (f"新規 {now.new}件 うち高{now.new_high}件", before.new),
        (f"未対応 {now.open}件", before.open),
    ]
    told = [now_ if digest.first else f"{now_}（前週{then}）" for now_, then in figures]
    if digest.clean_rate:
        told.append(f"該当なし率 {digest.clean_rate}%（{digest.clean:,}／{digest.judgements:,}）")
    return "｜".join(told)


def _items(digest: Digest) -> Iterator[str]:
    shown = digest.open[:SLACK_ROWS]
    for item in shown:
        yield _line(item)
    left = len(digest.open) - len(shown)
    if left:
        yield f"ほか{left}件は週報（HTML）にあります。"


def _line(item: Item) -> str:
    due = f"期限 {periods.short(item.due_on)}　" if item.due_on else ""
    late = f"{item.days_late}日超過　" if item.late else ""
    where = "・".join(part for part in (item.organization, item.department, item.id) if part)
    return f"[{item.severity.label}] {late}{due}{item.title}\n{where}"


def _balance(digest: Digest) -> str:
    balance = digest.balance
    return f"収支：前週末{balance.opening}＋新規{balance.new}＋再発{balance.reopened}−解消{balance.gone}＝今週末{balance.closing}件"


def _footer(digest: Digest) -> str:
    return f"確認事項は違反を意味しません。記録の連鎖 {digest.head[:16]}"


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _plain(text, 1000)}


def _plain(text: str, longest: int) -> dict[str, Any]:
    """plain_text: Slack reads no markup, no mention and no link in it."""
    return {"type": "plain_text", "emoji": False, "text": text if len(text) <= longest else text[: longest - 1] + "…"}
