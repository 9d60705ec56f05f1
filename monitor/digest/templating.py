"""The templates' environment: one for markup, which escapes everything, and one for plain text. No number is made there."""

from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from checks import periods, yen
from monitor import plain
from monitor.digest import sections, words

TEMPLATES = Path(__file__).parent / "templates"


def _short(day: date | None) -> str:
    return periods.short(day) if day else "—"


@cache
def environment(*, markup: bool) -> Environment:
    """All strings are shown on one line and without control characters; an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=markup,  # noqa: S701  # the text part is no markup; its environment is another one
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: plain.clean(value) if type(value) is str else value,
    )
    made.globals.update(words=words, sections=sections)
    made.filters.update(
        short=_short,
        wareki=periods.wareki,
        rough=yen.rough,
        exact=yen.exact,
        comma=lambda count: f"{count:,}",
        brief=plain.brief,
    )
    return made
