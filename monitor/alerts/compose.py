"""One message per channel and run: grouped by what happened, the most urgent first, the rest counted in words. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from checks import periods
from monitor.alerts.message import Message
from monitor.alerts.news import News
from monitor.findings.lifecycle import Kind

SHOWN = 10  # findings written out in one message; the rest is counted
_GROUPS = (
    (Kind.OPENED, "新しい確認事項"),
    (Kind.REOPENED, "再発"),
    (Kind.WORSENED, "悪化"),
    (Kind.REMINDED, "期限が近いもの"),
    (Kind.RESOLVED, "解消"),
)
_HTML = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A finding as every medium writes it; the next step is 同上 where the one before has the same, empty where none is left."""

    line: str
    where: str
    next_step: str


@dataclass(frozen=True)
class Group:
    """What happened, to how many, and the ones written out."""

    label: str
    count: int
    shown: tuple[Shown, ...]

    @property
    def rest(self) -> str:
        """What is only counted, in words."""
        left = self.count - len(self.shown)
        if not left:
            return ""
        return f"ほか{left}件" if self.shown else f"{left}件（この通知では件数のみ）"


def groups(news: Sequence[News]) -> list[Group]:
    """The news by what happened; in all, at most SHOWN are written out."""
    room, found = SHOWN, []
    for kind, label in _GROUPS:
        held = [item for item in news if item.kind is kind]
        if held:
            found.append(Group(label, len(held), tuple(_shown(held[:room]))))
            room -= len(found[-1].shown)
    return found


def compose(news: Sequence[News], as_of: date) -> Message:
    """The alert of one run for one channel. ``news`` in order of urgency, at least one."""
    found = groups(news)
    subject = f"【{'・'.join(f'{group.label}{group.count}' for group in found)}】契約点検　{as_of.month}/{as_of.day}"
    title = f"契約点検　{periods.wareki(as_of)}"
    html = _HTML.get_template("alert.html").render(title=title, groups=found, footer=FOOTER)
    return Message(subject, _text(title, found), html, _blocks(title, found), ())


FOOTER = "確認事項は違反を意味しません。くわしくは週報、または keiyaku findings show 番号 でご覧いただけます。"


def _shown(news: Sequence[News]) -> Iterator[Shown]:
    before = ""
    for item in news:
        due = f" 期限 {periods.short(item.due_on)}" if item.due_on else ""
        reason = f"（{item.reason.label}）" if item.reason else ""
        parts = (item.organization_name, item.facts.get("department", ""), item.finding_id)
        mark = "" if item.facts["verified"] else "・規程未確認"
        step = "" if item.kind is Kind.RESOLVED else f"次にすること：{item.facts['next_step']}"
        yield Shown(
            line=f"[{item.severity.label}]{due} {item.facts['title']}{reason}",
            where="・".join(part for part in parts if part) + mark,
            next_step="次にすること：同上" if step and step == before else step,
        )
        before = step


def _text(title: str, found: Sequence[Group]) -> str:
    lines = [title, ""]
    for group in found:
        lines += [f"■ {group.label} {group.count}件"]
        for item in group.shown:
            lines += [item.line, f"    {item.where}", *([f"    {item.next_step}"] if item.next_step else [])]
        lines += [*([group.rest] if group.rest else []), ""]
    return "\n".join([*lines, FOOTER, ""])


def _blocks(title: str, found: Sequence[Group]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(title, 150)}]
    for group in found:
        blocks += [{"type": "section", "text": _plain(text, 1000)} for text in _sections(group)]
    return [*blocks, {"type": "context", "elements": [_plain(FOOTER, 1000)]}]


def _sections(group: Group) -> Iterator[str]:
    yield f"■ {group.label} {group.count}件"
    for item in group.shown:
        yield "\n".join(part for part in (item.line, item.where, item.next_step) if part)
    if group.rest:
        yield group.rest


def _plain(text: str, longest: int) -> dict[str, Any]:
    """plain_text: Slack reads no markup, no mention and no link in it."""
    return {"type": "plain_text", "emoji": False, "text": text if len(text) <= longest else text[: longest - 1] + "…"}
