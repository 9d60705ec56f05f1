"""Golden files: every rendering of three weeks and a slice, byte by byte. `python -m tests.digest.golden` writes them anew."""

import json
from pathlib import Path

from monitor.digest import render, slack
from tests.digest.make import NAMES, week

FOLDER = Path(__file__).parent / "golden"


def files() -> dict[str, str]:
    """All of them, by name."""
    made: dict[str, str] = {}
    for name in NAMES:
        digest = week(name)
        made[f"{name}.page.html"] = render.page(digest)
        made[f"{name}.mail.html"] = render.mail_html(digest)
        made[f"{name}.txt"] = f"{render.subject(digest)}\n\n{render.text(digest)}\n"
        made[f"{name}.slack.json"] = json.dumps(slack.blocks(digest), ensure_ascii=False, indent=1) + "\n"
    return made


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_bytes(text.encode())
