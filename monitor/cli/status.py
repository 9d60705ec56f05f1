"""``keiyaku status``: one screen for who runs the program, and the exit code for a container's health check."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.common import Config, print_json, safe
from monitor.problems import Exit, Problem

if TYPE_CHECKING:
    from monitor.health import Health


def status(
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    config: Config = None,
) -> None:
    """Say whether the program does its work. Exit code 0: it does; 1: something has to be mended. Changes nothing."""
    from monitor import health

    try:
        found = _gather(config)
    except Problem as problem:
        raise Problem(*problem.sentences, exit_code=Exit.FINDINGS) from problem
    if json_:
        print_json(_as_json(found))
    else:
        typer.echo("Something has to be mended:" if found.wrong else "In order.")
        for sentence in found.wrong:
            typer.echo(safe(f"  - {sentence}"))
        for line in health.lines(found):
            typer.echo(safe(line))
    raise typer.Exit(Exit.FINDINGS if found.wrong else Exit.OK)


def _gather(config: Path | None) -> "Health":
    """From the settings and the database, which is left as it is: a health check must not upgrade it."""
    from monitor import asking, health, settings
    from monitor.place import now
    from monitor.store.engine import connect, is_current, shown, told

    said = settings.check(config, os.environ)
    if said:
        raise Problem(*said)
    loaded = settings.load(config, os.environ)
    asking.verify(loaded)
    engine = connect(loaded.database_url.get_secret_value())
    try:
        with told(engine):
            if not is_current(engine):
                raise Problem(
                    f"The database {shown(engine)} is not that of this version; keiyaku serve, run or import bring it up to date."
                )
            with engine.connect() as connection:
                return health.gather(connection, loaded, now())
    finally:
        engine.dispose()


def _as_json(found: "Health") -> dict[str, Any]:
    """A public shape, only ever added to. Times are UTC, spans are seconds."""
    last = found.last_run
    return {
        "in_order": not found.wrong,
        "wrong": list(found.wrong),
        "last_run": {**vars(last), "started_at": last.started_at.isoformat(), "finished_at": _iso(last.finished_at)}
        if last
        else None,
        "jobs": [
            {
                "job": job.name,
                "done_on": job.done_on,
                "next_at": _iso(job.next_at),
                "late_seconds": int(job.late.total_seconds()) if job.late else None,
            }
            for job in found.jobs
        ],
        "failed": [{"organization": organization, "check": check} for organization, check in found.failed],
        "messages": {state.value: count for state, count in found.messages.items()},
        "holds": [
            {"organization": one.organization, "check": one.check or None, "reason": one.reason, "since": one.placed_on}
            for one in found.holds
        ],
        "stale": [{"organization": name, "read_on": day} for name, day in found.stale],
        "quarantined": found.quarantined,
        "set_aside": found.set_aside,
    }


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
