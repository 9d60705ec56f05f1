"""What is made from code and committed: ``make generated`` writes it anew, a test says when it is stale."""

import json
from collections.abc import Mapping
from pathlib import Path

from checks.catalogue import DESCRIBED, HEADINGS, all_checks, as_described, sections
from monitor.rulebooks import schema

ROOT = Path(__file__).parents[1]


def files() -> Mapping[Path, str]:
    """Path → content."""
    return {
        ROOT / "checks" / "README.md": _catalogue(),
        DESCRIBED: json.dumps(as_described(), ensure_ascii=False, indent=1) + "\n",
        ROOT / "config" / "rulebooks" / "rulebook.schema.json": json.dumps(schema(), ensure_ascii=False, indent=2)
        + "\n",
    }


def _catalogue() -> str:
    lines = [
        "# checks: what is asked",
        "",
        "Pure functions of (register, rulebook, as_of, parameters); no I/O, no clock, nothing of monitor/. One check is one file",
        "(its docstring is its manual page) and its cases in tests/checks/. What several checks share has files of its own:",
        "ledger (the tables), register (the frames), rulebook (the figures of law), limits, periods, titles, vendors, words, yen.",
        "This page is generated from the code (`make generated`).",
        "",
        "| id | 検査 | 何を問うか |",
        "|---|---|---|",
        *(f"| [{check.id}](#{check.id}) | {check.title} | {check.question} |" for check in all_checks().values()),
    ]
    for check in all_checks().values():
        found = sections(check.manual)
        lines += ["", f"## {check.id}", "", found[""]]
        for heading in HEADINGS:
            lines += ["", f"**{heading}** {found[heading]}"]
        lines += ["", f"**問題がない場合** {check.innocent}", "", f"**根拠** {check.authority}"]
        if check.parameters.model_fields:
            lines += ["", "| 設定 | 既定 | |", "|---|---|---|"]
            lines += [
                f"| {name} | {info.default} | {info.description or ''} |"
                for name, info in check.parameters.model_fields.items()
            ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
