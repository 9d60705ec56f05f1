"""``keiyaku audit``: whether the record is as it was written, and the record for an auditor. What it says is Japanese."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.common import Config, place, print_json, safe
from monitor.problems import Exit, Problem

if TYPE_CHECKING:
    from monitor.findings.audit import Report
    from monitor.findings.chain import Entry

app = typer.Typer(help="The record of the findings, for whoever audits it.", no_args_is_help=True)


@app.command("verify")
def verify(
    head: Annotated[
        list[str] | None,
        typer.Option(metavar="DIGITS", help="The 16 or 64 digits that a digest prints; may be given several times."),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    config: Config = None,
) -> None:
    """Compute every hash of the record anew and hold the findings against it. Exit code 1 if something differs."""
    from monitor.findings import audit, audit_words
    from monitor.store.engine import steady, told

    wanted = [_digits(one) for one in head or ()]
    here = place(config)
    with told(here.engine), steady(here.engine) as connection:
        report = audit.verify(connection, wanted)
    if json_:
        print_json(_as_json(report))
    else:
        for sentence in audit_words.sentences(report):
            typer.echo(safe(sentence))
    raise typer.Exit(Exit.OK if report.in_order else Exit.FINDINGS)


def _digits(given: str) -> str:
    """The digits of a printed hash: spaces and capitals do not matter."""
    found = re.sub(r"[\s…]", "", given).lower()
    if not re.fullmatch("[0-9a-f]{16,64}", found):
        raise Problem(f"--head: found '{safe(given)}', expected the 16 or 64 digits (0-9, a-f) that a digest prints.")
    return found


def _as_json(report: "Report") -> dict[str, Any]:
    return {
        "in_order": report.in_order,
        "events": report.events,
        "findings": report.findings,
        "head": report.head,
        "broken": report.broken,
        "breaks": [
            {**_entry(one.entry), "found": one.entry.hash, "expected": one.expected or None} for one in report.breaks
        ],
        "differing": report.differing,
        "differences": [vars(one) for one in report.differences],
        "heads": [
            {
                "given": one.given,
                **(_entry(one.entry) if one.entry else {"seq": None}),
                "events_before": one.before,
                "unbroken": one.whole and one.entry is not None,
            }
            for one in report.heads
        ],
    }


def _entry(entry: "Entry") -> dict[str, Any]:
    return {"seq": entry.seq, "finding": entry.finding_id, "event": entry.kind, "as_of": entry.as_of}
