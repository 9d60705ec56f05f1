"""Golden files: every rendering of three weeks and a slice, byte by byte. `python -m tests.digest.golden` writes them anew."""

import json
from pathlib import Path

from monitor.digest import render, slack
from monitor.digest.templating import TEMPLATES
from tests.digest.make import NAMES, week

FOLDER = Path(__file__).parent / "golden"


def files() -> dict[str, str]:
    """All of them, by name."""
    made: dict[str, str] = {}
    for name in NAMES:
        digest = week(name)
        made[f"{name}.page.html"] = _without_copies(render.page(digest))
        made[f"{name}.mail.html"] = render.mail_html(digest)
        made[f"{name}.txt"] = f"{render.subject(digest)}\n\n{render.text(digest)}\n"
        made[f"{name}.slack.json"] = json.dumps(slack.blocks(digest), ensure_ascii=False, indent=1) + "\n"
    return made


def _without_copies(page: str) -> str:
    """Style and script by the names of their files; the page's policy still holds the hash of their bytes."""
    for name in ("page.css", "pictures.css", "page.js"):
        text = (TEMPLATES / name).read_text(encoding="utf-8")
        assert text in page
        page = page.replace(text, f"/* {name} */\n")
    return page


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_bytes(text.encode())
