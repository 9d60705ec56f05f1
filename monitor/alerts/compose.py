"""One message per contact and run: grouped by topic, the most urgent first, the rest counted in words. Pure.

Whatever is left out is counted: shown + left out = all, in every group.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from checks import periods
from checks.catalogue import all_checks
from monitor.alerts import slack_payload
from monitor.alerts.message import Attachment, Message
from monitor.alerts.news import News, Topic
from monitor.findings.lines import line, table
from monitor.plain import brief

SHOWN = 12  # findings written out in one message; each topic gets one at least, the rest is counted
TITLE, STEP = 90, 160  # characters of a finding's title and of its next step
NOTES = 8  # sentences for the maintainers in one message
_BODIES = 3  # organizations that a notice names
_HTML = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip
FOOTER = "確認事項は違反を意味しません。回答は、{sheet}の findings.xlsx に記入して返送するか、keiyaku findings decide 番号 で記録してください。"
ATTACHED: Final = 2_000  # findings in the attached workbook and list
MACHINE_ROWS = 1000  # findings in the data for machines; the rest is counted there too


@dataclass(frozen=True)
class Shown:
    """A finding as every medium writes it; the next step is 同上 where the one before has the same, empty where none is left."""

    id: str
    line: str
    where: str
    next_step: str


@dataclass(frozen=True)
class Group:
    """A topic: how many findings, the ones written out, and lines that stand for those that are only counted."""

    topic: Topic
    count: int
    shown: tuple[Shown, ...]
    lines: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The Japanese words."""
        return self.topic.label

    @property
    def left(self) -> int:
        """How many are only counted."""
        return self.count - len(self.shown)

    @property
    def rest(self) -> str:
        """What is only counted, in words."""
        if not self.left:
            return ""
        return f"ほか{self.left}件（一覧にあります）" if self.shown else f"{self.left}件（件数のみ）"


@dataclass(frozen=True)
class Composed:
    """A message and the findings that are written out in it."""

    message: Message
    shown: frozenset[str]


def groups(news: Sequence[News], as_of: date) -> list[Group]:
    """The news by topic; in all, at most SHOWN are written out."""
    held = {topic: [item for item in news if item.topic is topic] for topic in Topic}
    room = _room({topic: len(items) for topic, items in held.items() if topic.listed})
    found = []
    for topic, items in held.items():
        if items:
            shown = tuple(_shown(items[: room.get(topic, 0)], as_of))
            found.append(Group(topic, len(items), shown, () if topic.listed else tuple(_counted(topic, items))))
    return found


def _room(counts: Mapping[Topic, int]) -> dict[Topic, int]:
    """How many of each topic are written out: one of each, then in the order of topics."""
    room = {topic: min(1, count) for topic, count in counts.items()}
    left = SHOWN - sum(room.values())
    for topic, count in counts.items():
        more = min(left, count - room[topic])
        room[topic] += more
        left -= more
    return room


def compose(
    news: Sequence[News], as_of: date, notes: Sequence[str] = (), addressee: str = "", *, with_files: bool = False
) -> Composed | None:
    """The alert of one run for one contact; ``news`` in order of urgency, ``notes`` for the maintainers.

    ``with_files``: its channel takes attachments, so the list of all and the workbook to be answered go with it.

    None if there is nothing to read: what came and went before anybody was told is only counted beside other things.
    """
    found = groups(news, as_of)
    if not notes and all(group.topic in (Topic.GONE, Topic.ANSWERED) for group in found):
        return None
    counts = "・".join(f"{group.label}{group.count}" for group in found) or "管理者へのお知らせ"
    subject = f"【{counts}】契約点検　{as_of.month}/{as_of.day}"
    title = f"契約点検　{periods.wareki(as_of)}" + (f"　{addressee}" if addressee else "")
    said = _limited(notes)
    files = _files(news, title, as_of) if with_files and news else ()
    footer = FOOTER.format(sheet="添付" if files else "週報") if news else ""
    if files and len(news) > ATTACHED:
        footer += f"添付は急ぐものから{ATTACHED:,}件までです（あとの{len(news) - ATTACHED:,}件は週報で見られます）。"
    html = _HTML.get_template("alert.html").render(title=title, groups=found, notes=said, footer=footer)
    text, blocks = _text(title, found, said, footer), _blocks(title, found, said, footer)
    message = Message(subject, text, html, blocks, files, data=_data(news, as_of))
    return Composed(message, frozenset(item.id for group in found for item in group.shown))


def _limited(notes: Sequence[str]) -> tuple[str, ...]:
    left = len(notes) - NOTES
    return (*notes[:NOTES], *((f"ほか{left}件のお知らせがあります。",) if left > 0 else ()))


def _shown(news: Sequence[News], as_of: date) -> Iterator[Shown]:
    before = ""
    for item in news:
        due = _due(item, as_of)
        made = item.known.decision
        ends = f" 容認は{periods.short(made.until)}まで" if item.topic is Topic.ENDING and made and made.until else ""
        reason = f"（{item.reason.label}）" if item.reason else ""
        names = (item.organization_name, item.facts.get("department", ""))
        parts = (*(brief(name) for name in names), item.finding_id)
        mark = "" if item.facts["verified"] else "・規程未確認"
        over = item.topic in (Topic.RESOLVED, Topic.LATE)
        step = "" if over else f"次にすること：{brief(item.facts['next_step'], STEP)}"
        yield Shown(
            id=item.finding_id,
            line=f"[{item.severity.label}]{due}{ends} {brief(item.facts['title'], TITLE)}{reason}",
            where="・".join(part for part in parts if part) + mark,
            next_step="次にすること：同上" if step and step == before else step,
        )
        before = step


def _due(item: News, as_of: date) -> str:
    """期限 R8.4.30(木)（66日超過）; '' without a date, and how late only while it stands."""
    due = item.known.due_on
    if due is None:
        return ""
    late = f"（{(as_of - due).days:,}日超過）" if due < as_of and item.known.state.standing else ""
    return f" 期限 {periods.short(due)}{late}"


def _counted(topic: Topic, news: Sequence[News]) -> Iterator[str]:
    """What stands for findings that are not written out: of a changed rule, by check, how many it added and removed."""
    if topic is not Topic.RULES:
        return
    for check, name in ((check.id, check.title) for check in all_checks().values()):
        items = [item for item in news if item.check == check]
        if not items:
            continue
        gone = sum(not item.known.state.standing for item in items)
        bodies = list(dict.fromkeys(brief(item.organization_name, 30) for item in items))
        left = len(bodies) - _BODIES
        where = "、".join(bodies[:_BODIES]) + (f"ほか{left}団体" if left > 0 else "")
        yield f"{name}：追加・悪化 {len(items) - gone}件、取消 {gone}件（{where}）"


def _text(title: str, found: Sequence[Group], notes: Sequence[str], footer: str) -> str:
    lines = [title, ""]
    if notes:
        lines += ["■ 管理者へのお知らせ", *notes, ""]
    for group in found:
        lines += [f"■ {group.label} {group.count}件", *group.lines]
        for item in group.shown:
            lines += [item.line, f"    {item.where}", *([f"    {item.next_step}"] if item.next_step else [])]
        lines += [*([group.rest] if group.rest else []), ""]
    return "\n".join([*lines, *([footer, ""] if footer else [])])


def _files(news: Sequence[News], title: str, as_of: date) -> tuple[Attachment, ...]:
    """All of it as CSV, and what stands as the workbook that comes back with the answers."""
    rows = [line(item.known, item.organization_name, as_of) for item in news[:ATTACHED]]
    asked = [row for row, item in zip(rows, news, strict=False) if item.known.state.standing]
    from monitor.findings.workbook import XLSX, workbook  # Excel: only for a message that carries one

    sheet = Attachment("findings.xlsx", XLSX, workbook(asked, title, as_of))
    return (Attachment("findings.csv", "text/csv", table(rows)), *((sheet,) if asked else ()))


def _blocks(title: str, found: Sequence[Group], notes: Sequence[str], footer: str) -> list[dict[str, Any]]:
    """Slack's blocks; only texts that Slack counts several times over (& and <) can be too long for all of them."""
    sections = [section for group in found for section in _sections(group)]
    said = ["\n".join(["■ 管理者へのお知らせ", *notes])] if notes else []
    return slack_payload.build(title, sections, (), _omitted, opening=said, footer=footer).blocks


def _omitted(left: int) -> str:
    return f"（長いため、あとの{left}段落を省きました。全文は keiyaku deliveries show で見られます。）"


def _sections(group: Group) -> Iterator[str]:
    yield "\n".join([f"■ {group.label} {group.count}件", *group.lines])
    for item in group.shown:
        yield "\n".join(part for part in (item.line, item.where, item.next_step) if part)
    if group.rest:
        yield group.rest


def _data(news: Sequence[News], as_of: date) -> dict[str, Any]:
    """The same for machines: a public shape, only ever added to."""
    return {
        "as_of": as_of.isoformat(),
        "counts": {topic.value: count for topic, count in sorted(Counter(item.topic for item in news).items())},
        "findings": [
            {
                "id": item.finding_id,
                "topic": item.topic.value,
                "check": item.check,
                "organization": item.organization,
                "department": item.facts.get("department", ""),
                "severity": item.severity.value,
                "state": item.known.state.value,
                "due_on": item.known.due_on.isoformat() if item.known.due_on else None,
                "title": item.facts["title"],
                "next_step": item.facts["next_step"],
            }
            for item in news[:MACHINE_ROWS]
        ],
        "left_out": max(len(news) - MACHINE_ROWS, 0),
    }
