"""``keiyaku audit``: whether the record is as it was written, and the record for an auditor. What it says is Japanese."""

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.common import Config, day, note, place, print_json, safe
from monitor.cli.findings import Bodies, Checks, Departments, choice
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


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write the three files.")],
    check: Checks = None,
    organization: Bodies = None,
    department: Departments = None,
    vendor: Annotated[
        list[str] | None, typer.Option(help="Only with a contract of this vendor, by name or 法人番号; several times.")
    ] = None,
    fiscal_year: Annotated[
        str | None, typer.Option(help="Only what concerns this fiscal year: 2026 or R8, April to March.")
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", help="Only what concerns the time from this day on.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Only what concerns the time up to this day.")] = None,
    config: Config = None,
) -> None:
    """Write findings, history, contracts, messages and exceptions for an auditor: a workbook, the hashed events, a page.

    Exit code 1 if the record is not as it was written; the files are written all the same and say so.
    """
    from monitor import jobs
    from monitor.digest import dossier, dossier_files
    from monitor.findings import runs
    from monitor.findings.lifecycle import State
    from monitor.store.engine import steady, told

    if fiscal_year is not None and (from_ or until):
        raise Problem("Give --fiscal-year, or --from and --until, not both.")
    first, last = (day(from_, "--from") if from_ else None), (day(until, "--until") if until else None)
    if fiscal_year is not None:
        first, last = dossier.fiscal_year(fiscal_year)
    if first and last and first > last:
        raise Problem(f"--from {first} is later than --until {last}.")
    here = place(config)
    whole = jobs.world(here.settings)
    as_of = runs.last_date(here.engine) or date(2000, 1, 1)  # nothing was ever judged
    with told(here.engine), steady(here.engine) as connection:
        every = [state.value for state in State]
        wanted = choice(connection, check, organization, department, None, None, every)
        selection = dossier.Selection(wanted, tuple(vendor or ()), first, last)
        made = dossier.gather(connection, selection, whole.renames, whole.exceptions, as_of)
        for path in dossier_files.write(connection, made, here.settings, folder):
            typer.echo(path)
    note(f"{len(made.findings):,} findings.")
    if not made.report.in_order:
        note(f"The record is not as it was written: {dossier_files.README} says where.")
        raise typer.Exit(Exit.FINDINGS)


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
