"""Markup of a picture: elements built from numbers and escaped words, and how wide words are. Pure.

A picture is 328 px wide and grows with the page; its text is 12 px. Colours are classes of pictures.css, nothing has a
style attribute, and all ids begin with the finding's, so that five hundred pictures stand on one page.
"""

import hashlib
import html
import re
import unicodedata
from typing import Final, Literal, NewType

from monitor import plain

Markup = NewType("Markup", str)
Anchor = Literal["start", "middle", "end"]

WIDTH: Final = 328
SIZE: Final = 12  # px of all text
_NO_XML: Final = re.compile(r"[\ufffe\uffff]")
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9-]{1,40}")


def escaped(text: str) -> Markup:
    """Words as markup: no control characters, no line breaks, nothing that begins an element."""
    return Markup(html.escape(_NO_XML.sub("", plain.clean(text))))


def number(value: float) -> str:
    """A coordinate: one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")


def width(text: str) -> float:
    """How wide a text is at most, px: a wide letter is a square, a capital three quarters of one."""
    return sum(
        SIZE if unicodedata.east_asian_width(letter) in "WFA" else SIZE * (0.8 if letter.isupper() else 0.6)
        for letter in text
    )


def fitted(text: str, space: float) -> str:
    """As much of a text as fits into so many px, an ellipsis at its end where it was cut."""
    line = plain.brief(_NO_XML.sub("", text))
    if width(line) <= space:
        return line
    while line and width(line) + SIZE > space:
        line = line[:-1]
    return f"{line}…"


def words(x: float, y: float, text: str, anchor: Anchor = "start", kind: str = "") -> Markup:
    """A line of text on the base line ``y``."""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    named = f' class="{kind}"' if kind else ""
    return Markup(f'<text x="{number(x)}" y="{number(y)}"{where}{named}>{escaped(text)}</text>')


def box(x: float, y: float, wide: float, high: float, kind: str, fill: str = "") -> Markup:
    """A rectangle. ``fill`` is a paint server, what else it looks like is its class."""
    painted = f' fill="{fill}"' if fill else ""
    size = f'width="{number(max(wide, 0))}" height="{number(max(high, 0))}"'
    return Markup(f'<rect x="{number(x)}" y="{number(y)}" {size} class="{kind}"{painted}/>')


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line."""
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return Markup(f'<line {ends} class="{kind}"/>')


def key(entries: "list[tuple[str, str]]", hatch: str = "") -> Markup:
    """What the fills mean, on one line at the top: (class, words); the class g-over is hatched."""
    parts, x = [], 0.5
    for kind, text in entries:
        parts += [box(x, 3.5, 11, 11, kind, hatch if kind == "g-over" else ""), words(x + 16, 13.5, text)]
        x += 16 + width(text) + 10
    return joined(*parts)


def joined(*parts: Markup) -> Markup:
    """One after another."""
    return Markup("".join(parts))


def slug(finding_id: str) -> str:
    """What the ids of a finding's picture begin with: its own id, or a digest of one that is not plain."""
    if _PLAIN_ID.fullmatch(finding_id):
        return finding_id
    return hashlib.sha256(finding_id.encode("utf-8", "replace")).hexdigest()[:12]


def hatch(finding_id: str) -> str:
    """The paint server of what is over a limit."""
    return f"url(#g-h-{slug(finding_id)})"


def drawing(finding_id: str, height: int, title: str, desc: str, *body: Markup) -> Markup:
    """The whole picture, so many px high. The hatch is there if it is used."""
    own = slug(finding_id)
    drawn = joined(*body)
    pattern = (
        f'<defs><pattern id="g-h-{own}" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" class="g-hatch"/>'
        '<path d="M1.5 0v6" class="g-hatch-line"/></pattern></defs>'
        if hatch(finding_id) in drawn
        else ""
    )
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="g-pic" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-labelledby="g-t-{own} g-d-{own}"><title id="g-t-{own}">{escaped(title)}'
        f'</title><desc id="g-d-{own}">{escaped(desc)}</desc>{pattern}{drawn}</svg>'
    )
