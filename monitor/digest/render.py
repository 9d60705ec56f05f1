"""Renderings of the digest: mail, text, subject; the page is page.py. No number is made here: all come from the model."""

from typing import Any

import css_inline

from monitor import plain
from monitor.alerts.message import MAX_HTML, Attachment, Message
from monitor.digest import slack, words
from monitor.digest.columns import fold
from monitor.digest.items import SOON_DAYS
from monitor.digest.model import GROUPS_SHOWN, MAIL_ROWS, Digest
from monitor.digest.page import page
from monitor.digest.templating import environment
from monitor.digest.week import Week
from monitor.findings.workbook import XLSX, workbook

__all__ = ["filename", "mail_html", "message", "page", "sheet", "subject", "text"]

_SUBJECT = 60  # characters; mail programs show no more
# findings and lines of each table in the mail, until it is short enough; the last share always is
_SHARES = ((MAIL_ROWS, GROUPS_SHOWN), (MAIL_ROWS, 8), (MAIL_ROWS, 4), (20, 4), (10, 2))


def mail_html(digest: Digest) -> str:
    """The digest as a mail: tables, inline styles, at most MAIL_ROWS findings, the rest counted in words."""
    return _mail(digest)[0]


def text(digest: Digest) -> str:
    """The plain part: the same lines and the same numbers, folded at 76 columns."""
    return fold(environment(markup=False).get_template("mail.txt").render(**_parts(digest, *_mail(digest)[1])))


def _mail(digest: Digest) -> tuple[str, tuple[int, int]]:
    """The HTML and how much it shows: the first share whose bytes stay below what mail programs clip."""
    template = environment(markup=True).get_template("mail.html")
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, minify_css=True)
    for shares in _SHARES:
        html = inliner.inline(template.render(**_parts(digest, *shares)))
        if len(html.encode()) <= MAX_HTML:
            break
    return html, shares


def _parts(digest: Digest, most: int, lines: int) -> dict[str, Any]:
    """The most urgent findings, and so many lines of each table; each with how many are only counted."""
    return {
        "d": digest,
        "rows": digest.listed[:most],
        "left": len(digest.listed[most:]),
        "lines": lines,
        "file": filename(digest.week),
    }


def subject(digest: Digest) -> str:
    """Counts first; no ASCII space, which some mail programs drop between Japanese when they fold."""
    now, week = digest.numbers, digest.week
    counts = f"【期限超過{now.overdue:,}・{SOON_DAYS}日以内{now.soon:,}・新規{now.new:,}】"
    line = f"{counts}契約点検　週報　{week.first.month}/{week.first.day}〜{week.last.month}/{week.last.day}"
    names = [body.name for body in digest.bodies]
    who = digest.audience.label or (names[0] if len(names) == 1 else f"{len(names):,}団体")
    return f"{line}　{plain.brief(who, _SUBJECT - len(line) - 1)}".replace(" ", "　")


def filename(week: Week) -> str:
    """compliance-digest-2026-W12.html."""
    return f"compliance-digest-{week.id}.html"


def sheet(digest: Digest) -> bytes:
    """findings.xlsx: what stands, to be answered and sent back."""
    return workbook(digest.lines, f"契約点検 週報　{words.span(digest.week)}", digest.week.last)


def message(digest: Digest, whole: str, answers: bytes) -> Message:
    """The digest as a message for any channel; ``whole`` is the page and ``answers`` the workbook, which go along as files."""
    files = (
        Attachment(filename(digest.week), "text/html", whole.encode()),
        Attachment("findings.xlsx", XLSX, answers),
    )
    return Message(subject(digest), text(digest), mail_html(digest), slack.blocks(digest), files)


__all__ = ["filename", "mail_html", "message", "page", "sheet", "subject", "text"]
