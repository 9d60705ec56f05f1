"""Renderings of the digest: page, mail, text, subject. No number is made here: all come from the model."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from checks import periods, yen
from monitor.alerts.message import Attachment, Message
from monitor.digest import slack
from monitor.digest.model import DETAILS_SHOWN, MAIL_ROWS, Digest, Item

_TEMPLATES = Path(__file__).parent / "templates"
BRIEF = 80  # characters of a title in the mail
_HIDDEN = dict.fromkeys(
    i for i in range(0xA0) if (i < 0x20 and i not in (0x09, 0x0A)) or i >= 0x7F
)  # C0 and C1 controls


def _short(day: date | None) -> str:
    return periods.short(day) if day else "—"


def clean(text: str) -> str:
    """Without control characters: they break mails (Gmail clips at C1) and hide in pages."""
    return str(text).translate(_HIDDEN)


def brief(text: str) -> str:
    """One line of at most BRIEF characters: one contract's title must not make a mail too long to be shown."""
    line = " ".join(text.split())
    return line if len(line) <= BRIEF else line[: BRIEF - 1] + "…"


def bodies(digest: Digest) -> str:
    """The organizations under watch; above three, counted."""
    names = [body.name for body in digest.bodies]
    return "・".join(names) if len(names) <= 3 else f"{'・'.join(names[:3])}ほか{len(names) - 3}団体"


def due_words(item: Item) -> str:
    """7日超過, あと3日, 本日; '' without a rule's date."""
    if item.days_late is None:
        return ""
    if item.days_late > 0:
        return f"{item.days_late}日超過"
    return "本日" if item.days_late == 0 else f"あと{-item.days_late}日"


def marks(item: Item) -> str:
    """What a reader must know of a finding's standing."""
    found = [item.state]
    if item.unknown:
        found.append("判定保留")
    if not item.verified:
        found.append("規程未確認")
    return "・".join(found)


@cache
def _environment(*, markup: bool) -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=markup,  # noqa: S701  # the text part is no markup; its environment is another one
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: clean(value) if type(value) is str else value,
    )
    made.globals.update(due_words=due_words, marks=marks)
    made.filters.update(
        short=_short, wareki=periods.wareki, rough=yen.rough, exact=yen.exact, comma=lambda n: f"{n:,}", brief=brief
    )
    return made


def page(digest: Digest) -> str:
    """The whole digest as one self-contained file: no network, no script; the style is allowed by its hash."""
    style = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = _environment(markup=True).get_template("page.html")
    queued = {item.id for item in digest.queue}
    return template.render(
        d=digest, style=style, allowed=f"sha256-{allowed}", details=digest.open[:DETAILS_SHOWN], rest=digest.open[DETAILS_SHOWN:],
        bodies=bodies(digest),
        queued=queued,
    )  # fmt: skip


def mail_html(digest: Digest) -> str:
    """The digest as a mail: tables, inline styles, at most MAIL_ROWS findings, the rest counted in words."""
    html = _environment(markup=True).get_template("mail.html").render(**_mail(digest))
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False).inline(html)


def text(digest: Digest) -> str:
    """The plain part: the same lines and the same numbers."""
    template = _environment(markup=False).get_template("mail.txt")
    return template.render(**_mail(digest))


def _mail(digest: Digest) -> dict[str, Any]:
    return {"d": digest, "rows": mail_rows(digest), "left": mail_left(digest), "bodies": bodies(digest)}


def mail_rows(digest: Digest) -> Sequence[Item]:
    """The findings that a mail writes out: the most urgent."""
    return digest.open[:MAIL_ROWS]


def mail_left(digest: Digest) -> int:
    """How many it only counts."""
    return len(digest.open) - len(mail_rows(digest))


def subject(digest: Digest) -> str:
    """Counts first; no ASCII space beside Japanese, which some mail programs drop when they fold."""
    numbers, week = digest.numbers, digest.week
    first = f"期限超過{numbers.overdue}・14日以内{numbers.soon}・新規{numbers.new}"
    span = f"{week.first.month}/{week.first.day}〜{week.last.month}/{week.last.day}"
    return f"【{first}】契約点検　週報　{span}"


def message(digest: Digest, whole: str) -> Message:
    """The digest as a message for any channel; ``whole`` is the page, which goes along as a file."""
    name = f"compliance-digest-{digest.week.id}.html"
    attachment = Attachment(name, "text/html", whole)
    return Message(subject(digest), text(digest), mail_html(digest), slack.blocks(digest), (attachment,))
