"""The digest as one self-contained page: no network, style and script allowed by their hashes, whole without the script."""

import base64
import hashlib
import re

from monitor.digest import page_words, words
from monitor.digest.items import SOON_DAYS
from monitor.digest.model import DETAILS_SHOWN, PRINT_ALL, Digest
from monitor.digest.pictures.trend import trend
from monitor.digest.templating import TEMPLATES, environment


def page(digest: Digest) -> str:
    """The whole digest: the most urgent DETAILS_SHOWN findings with their stories, the others as rows."""
    style = _read("page.css") + _read("pictures.css") + _margins(digest)
    script = _read("page.js")
    details, rest = digest.open[:DETAILS_SHOWN], digest.open[DETAILS_SHOWN:]
    moved = page_words.moved(digest)
    return (
        environment(markup=True)
        .get_template("page.html")
        .render(
            d=digest,
            pw=page_words,
            style=style,
            script=script,
            style_hash=_sha256(style),
            script_hash=_sha256(script),
            details=details,
            rest=rest,
            moved=moved,
            queue=page_words.queue(digest),
            queued={item.id for item in digest.queue},
            linked={item.id for item in digest.open},
            listed={item.id for part in moved if part.anchors for item in part.items},
            filters=page_words.filters(digest),
            rules=page_words.rules(digest.open),
            pictured={item.id for item in details[: page_words.PICTURES_SHOWN]},
            trend_picture=trend(digest.trend),
            print_all=len(digest.open) <= PRINT_ALL,
            soon_days=SOON_DAYS,
        )
    )


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _sha256(content: str) -> str:
    """As a Content-Security-Policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _margins(digest: Digest) -> str:
    """The margins of every printed sheet: what it is, of which week, with the head of the chain."""
    head = digest.head[:16] if re.fullmatch("[0-9a-f]+", digest.head) else ""
    title = f"契約点検 週報　{words.span(digest.week)}"
    chain = f"{digest.week.id}　記録の連鎖 {head}"
    boxes = (("top-left", title), ("bottom-left", chain))
    return "@page{" + "".join(f'@{box}{{content:"{said}";font-size:9pt}}' for box, said in boxes) + "}\n"
