"""The command ``keiyaku``: it parses, builds and calls; nothing is decided here. Imports are late, so that --help is quick."""

import gc
import os
import sys

import typer

from monitor.cli import (
    audit,
    catalogue,
    deciding,
    deliveries,
    findings,
    ledger,
    mapping,
    route,
    runs,
    status,
    template,
    trace,
    work,
)
from monitor.problems import Problem

app = typer.Typer(
    name="keiyaku",
    help="Watches the contracts of public bodies in Japan: scheduled checks, alerts and a weekly digest.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,  # [[schedule]] is a word, not markup
)
app.command("import")(ledger.import_)
app.command("map")(mapping.map_)
app.command("template")(template.template)
app.add_typer(ledger.quarantine, name="quarantine")
app.command("run")(work.run)
app.command("serve")(work.serve)
app.command("digest")(work.digest)
app.command("status")(status.status)
app.command("deliver")(deliveries.deliver)
app.add_typer(deliveries.app, name="deliveries")
app.command("release")(deciding.release)
findings.app.command("decide")(deciding.decide)
findings.app.command("explain")(trace.explain)
catalogue.checks.command("trace")(trace.trace)
app.add_typer(findings.app, name="findings")
app.add_typer(audit.app, name="audit")
app.add_typer(runs.app, name="runs")
app.add_typer(catalogue.checks, name="checks")
app.add_typer(catalogue.rulebooks, name="rulebooks")
app.add_typer(route.app, name="route")
app.add_typer(work.notify, name="notify")
app.add_typer(work.config, name="config")


def main() -> None:
    """Run the command line. A Problem is its sentences on stderr and its exit code, never a traceback."""
    gc.set_threshold(100_000)  # a start makes many objects and drops none: looking for garbage took a sixth of it
    # numpy would start a thread for each core to multiply matrices of floats, which nothing here does
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except Problem as problem:
        for sentence in problem.sentences:
            print(f"keiyaku: {sentence}", file=sys.stderr)  # noqa: T201  # the command line speaks here
        sys.exit(problem.exit_code)
    finally:
        gc.freeze()  # the process is over: its end would look through all that was imported for garbage, three times
