"""The digest for Slack: Block Kit within its budget, everything from a ledger as plain text."""

from typing import Any

from checks import periods
from checks.finding import Severity
from monitor import plain
from monitor.alerts.slack_payload import build
from monitor.digest import sections, words
from monitor.digest.items import Item
from monitor.digest.model import SLACK_ROWS, Digest

_FEW = 3  # rows of a breakdown, rules and checks in one paragraph
_CLASSES = 6  # classes of publications
_RULE = 60  # characters of what a rule says


def blocks(digest: Digest) -> list[dict[str, Any]]:
    """At most SLACK_ROWS findings written out, the rest counted: shown + left out = all."""
    return build(
        f"{words.heading(digest)}　{digest.week.id}　{words.span(digest.week)}",
        [_line(digest, item) for item in digest.listed],
        [
            f"今週の動き：{words.movement(digest)}\n今週の収支：{words.equation(digest)}\n{words.standing(digest)}",
            words.not_judged(digest) + words.not_finished(digest),
            "\n".join(said for said in (sections.trend(digest), sections.calendar(digest)) if said),
            "\n".join(sections.group_line(group, _FEW) for group in sections.groups(digest)),
            sections.scheduled(digest) + words.monitor(digest) + sections.quarantined(digest, _FEW),
            _published(digest),
            _rules(digest),
        ],
        lambda left: _left(digest, left),
        opening=[
            words.bodies(digest),
            plain.clean(digest.verdict),
            "\n".join(figure.line for figure in words.figures(digest)),
            _asked(digest),
        ],
        footer=f"確認事項は違反を意味しません。記録の連鎖 {digest.head[:16]}",
        most=SLACK_ROWS,
    ).blocks


def _line(digest: Digest, item: Item) -> str:
    due = f"{words.due(item)} {periods.short(item.due_on)}　" if item.due_on else ""
    return f"[{item.severity.label}] {due}{plain.brief(item.title)}\n{words.below(digest, item)}"


def _asked(digest: Digest) -> str:
    """What needs a decision, and by when we hope for it; where nothing does, what was checked."""
    if digest.listed:
        return f"確認すること：{words.queue(digest)}" + (f"\n{wish}" if (wish := words.wish(digest)) else "")
    said = [f"{plain.brief(check, sections.SHORT_NAME)} {count:,}件" for check, count in sections.checked(digest)]
    return f"調べたもの：{'、'.join(said)}" if said else ""


def _published(digest: Digest) -> str:
    every = sections.classes(digest)
    said = [f"{plain.brief(one.label, sections.SHORT_NAME)} {one.line}" for one in every[:_CLASSES]]
    left = len(every) - len(said)
    return "公表：" + "／".join([*said, *([f"ほか{left:,}区分"] if left else [])]) if said else ""


def _rules(digest: Digest) -> str:
    changes, again = digest.rules[:_FEW], digest.rejudged[:_FEW]
    said = [f"規程の変更：{sections.rule(change, _RULE)}" for change in changes]
    said += [f"ほか{len(digest.rules) - _FEW:,}件の規程の変更があります。"] if len(digest.rules) > _FEW else []
    more = f"、ほか{len(digest.rejudged) - _FEW:,}検査" if len(digest.rejudged) > _FEW else ""
    said += [f"判定し直した検査：{'、'.join(sections.rejudged(row) for row in again)}{more}"] if again else []
    return "\n".join(said)


def _left(digest: Digest, left: int) -> str:
    high = sum(item.severity is Severity.HIGH for item in digest.listed[len(digest.listed) - left :])
    return f"ほか{left:,}件{f'（うち高{high:,}）' if high else ''}は findings.xlsx と週報のページにあります。"
