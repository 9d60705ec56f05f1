"""``keiyaku run``, ``digest``, ``deliver``, ``serve``, ``notify test`` and ``config check``."""

import os
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import Config, console, day, grid, note, place, safe, today, write
from monitor.problems import Exit, Problem

if TYPE_CHECKING:
    from monitor.executors import Where
    from monitor.importing import Arrival
    from monitor.jobs import Ran
    from monitor.place import Place

notify = typer.Typer(help="Try a channel.", no_args_is_help=True)
config = typer.Typer(help="The settings.", no_args_is_help=True)


def run(
    as_of: Annotated[str | None, typer.Option(help="Judge as of this date (default: today in Japan).")] = None,
    check: Annotated[list[str] | None, typer.Option(help="Only this check; may be given several times.")] = None,
    organization: Annotated[
        list[str] | None, typer.Option(help="Only this organization; may be given several times.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Judge all, also what cannot have changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; write and send nothing.")] = False,
    rulebooks: Annotated[
        Path | None, typer.Option(help="With --dry-run: judge by the rulebooks of this folder over those in force.")
    ] = None,
    no_deliver: Annotated[bool, typer.Option("--no-deliver", help="Plan messages, send none.")] = False,
    fail_on: Annotated[
        str | None, typer.Option(help="Exit with 1 if a finding of this severity or above is open.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that judge at the same time (default: the setting).")
    ] = None,
    executor: Annotated[
        str | None, typer.Option(help="Where to judge: serial, processes or dask (default: processes, if it is much).")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="The address of the Dask scheduler, e.g. tcp://host:8786.")
    ] = None,
    config: Config = None,
) -> None:
    """Judge what has moved, write findings, send alerts. Exit codes: monitor/README.md."""
    from checks.finding import Severity
    from monitor import jobs
    from monitor.cli import progress
    from monitor.run import Options

    if fail_on is not None and fail_on not in [level.value for level in Severity]:
        raise Problem(f"--fail-on: found '{fail_on}', expected one of {', '.join(level.value for level in Severity)}.")
    if rulebooks is not None and not dry_run:
        raise Problem("--rulebooks: only with --dry-run; rulebooks in force belong in the setting rulebooks.")
    here = place(config)
    arrivals = [] if dry_run else _arrivals(here)
    options = Options(
        as_of=_not_far_ahead(day(as_of, "--as-of"), dry_run=dry_run),
        checks=tuple(check or ()),
        organizations=tuple(organization or ()),
        full=full or dry_run,
        dry_run=dry_run,
    )
    world = jobs.world(here.settings, rulebooks)
    where = _where(here, workers, executor, scheduler)
    with progress.shown(here.clock) as observe:
        ran = jobs.run_checks(
            here, world, options, deliver=not no_deliver, observe=observe, where=where, arrivals=arrivals
        )
    _report(ran, dry_run=dry_run)
    if not dry_run:
        _standing(here)
    raise typer.Exit(_exit_code(ran, here, fail_on, any(one.failed for one in arrivals)))


_AHEAD = timedelta(days=31)


def _not_far_ahead(as_of: date, *, dry_run: bool) -> date:
    """A year that is mistyped would be the last run's date, and no run may go back before it. Raises Problem."""
    if not dry_run and as_of > today() + _AHEAD:
        raise Problem(
            f"--as-of {as_of} is more than a month ahead of today ({today()}), and no later run could go back before it: "
            "use --dry-run to look ahead."
        )
    return as_of


def _where(
    here: "Place",
    workers: int | None,
    executor: str | None,
    scheduler: str | None,
) -> "Where":
    """Where the work is done: what the options say, else the settings. Raises Problem."""
    from monitor.executors import Kind, Where

    if executor is not None and executor not in list(Kind):
        raise Problem(f"--executor: found '{executor}', expected one of {', '.join(Kind)}.")
    kind = Kind(executor) if executor else None
    address = scheduler if scheduler is not None else here.settings.scheduler if kind in (None, Kind.DASK) else ""
    return Where(kind, here.settings.workers if workers is None else workers, address)


def _report(ran: "Ran", *, dry_run: bool) -> None:
    kinds = Counter(one.kind.value for one in ran.outcome.moved)
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())) or "nothing changed"
    if not ran.outcome.evaluated + ran.outcome.skipped:
        note("The ledger is empty: keiyaku import PATH first.")
        return
    note(
        f"{'Dry run: ' if dry_run else ''}{ran.outcome.evaluated} answers asked, {ran.outcome.skipped} unchanged: {told}."
    )
    if dry_run:
        _preview(ran)
    for organization, check, error in ran.outcome.failed:
        note(f"The check {check} failed for {organization}: {safe(error)}. Nothing of it was resolved; the others ran.")
    for organization, one in ran.outcome.sudden:
        note(
            f"{organization}: {one.check} finds {one.now:,}, the last time {one.before:,}: look at the rulebook and the columns of the ledger before you believe it."
        )
    for old in ran.outcome.stale:
        note(
            f"{old.id}: its ledger was last imported on {old.read_on}: too old to be judged. Nothing of it was resolved."
        )
    for body, check, why, count in ran.outcome.held:
        note(f"{body}: {check or 'every check'}: {count} findings, messages held ({why.value}): keiyaku release")
    for entry in ran.unmatched:
        note(f"exceptions: nothing matches '{safe(entry.said)}' ({safe(entry.owner)}): is it still needed?")
    for entry in ran.over:
        note(f"exceptions: '{safe(entry.said)}' ended on {entry.until}: remove it, or have it reviewed.")
    if ran.planned.quiet:
        note(f"{ran.planned.quiet} findings wait for the end of the quiet time.")
    if ran.planned.nowhere:
        note(f"{ran.planned.nowhere} findings have no channel: set routes or default in the settings.")
    _delivered(vars(ran.delivered))


_WOULD = {"opened": "added", "reopened": "added", "worsened": "worsened", "resolved": "removed"}


def _preview(ran: "Ran") -> None:
    """What a run would do: added, worsened and removed by check, then each finding."""
    from rich.table import Table

    moved = [one for one in ran.outcome.transitions if one.kind.value in _WOULD]
    counts = Counter((one.after.check, _WOULD[one.kind.value]) for one in moved)
    summary = Table("check", "added", "worsened", "removed")
    for check in sorted({one.after.check for one in moved}):
        summary.add_row(check, *(str(counts[(check, what)] or "") for what in ("added", "worsened", "removed")))
    if moved:
        console().print(summary)
    for transition in ran.outcome.transitions:
        reason = f" ({transition.reason.value})" if transition.reason else ""
        what = _WOULD.get(transition.kind.value, transition.kind.value)
        note(f"  {what:10} {transition.after.id}  {safe(transition.after.facts['title'])}{reason}")


def _arrivals(here: "Place") -> "list[Arrival]":
    """What the sources give and what lies in the watched folder, before anything is judged."""
    came = []
    if any(source.database for source in here.settings.sources):
        from monitor import sources  # drivers of databases, which a run without them does not need

        came += [("source", one) for one in sources.take(here)]
    if here.settings.inbox is not None:
        from monitor import inbox  # what reads files

        came += [("inbox", one) for one in inbox.take(here)]
    for where, one in came:
        note(f"{where}: {safe(one.name)}: {safe(one.said)}")
    return [one for _, one in came]


def _delivered(summary: "dict[str, int]") -> None:
    if any(summary.values()):
        note("Messages: " + ", ".join(f"{name} {count}" for name, count in summary.items() if count) + ".")
    if summary.get("unknown"):
        note(
            "Unknown: the connection broke after sending began; they are not sent again, so that nobody is told twice."
        )


def _standing(here: "Place") -> None:
    """The three answers of each check: open findings by severity, contracts judged, contracts not judged."""
    from checks.catalogue import all_checks
    from checks.finding import Severity
    from monitor.findings import answers, book

    with here.engine.connect() as connection:
        counts = book.open_by_severity(connection)
        totals = answers.totals(connection)
    levels = list(Severity)
    rows = []
    for name in all_checks():
        found = [counts.get((name, level), 0) for level in levels]
        rows.append((name, *(str(n) if n else "" for n in found), str(sum(found)), *_judged(totals.get(name, (0, 0)))))
    whole = [sum(counts.get((name, level), 0) for name in all_checks()) for level in levels]
    all_of = (sum(judged for judged, _ in totals.values()), sum(left for _, left in totals.values()))
    rows.append(("all", *map(str, whole), str(sum(counts.values())), *_judged(all_of)))
    grid(("check", *(level.value for level in levels), "open", "judged", "not judged"), rows)


def _judged(total: tuple[int, int]) -> tuple[str, str]:
    return f"{total[0]:,}", f"{total[1]:,}"


def _exit_code(ran: "Ran", here: "Place", fail_on: str | None, not_taken: bool) -> Exit:  # noqa: FBT001
    from checks.finding import Severity
    from monitor.findings import book

    if ran.outcome.failed or ran.outcome.stale:
        return Exit.CHECK_FAILED
    if ran.delivered.retry or ran.delivered.dead or ran.delivered.unknown:
        return Exit.NOT_DELIVERED
    if not_taken:
        return Exit.BAD_INPUT
    if fail_on is not None:
        with here.engine.connect() as connection:
            least = Severity(fail_on).rank
            if any(level.rank >= least for _, level in book.open_by_severity(connection)):
                return Exit.FINDINGS
    return Exit.OK


def digest(
    week: Annotated[
        str | None, typer.Option(help="An ISO week such as 2026-W12 (default: the last complete one).")
    ] = None,
    organization: Annotated[str | None, typer.Option(help="Only the page of this organization.")] = None,
    department: Annotated[str | None, typer.Option(help="Only the page of this department.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only the page of this contact's findings.")] = None,
    archive: Annotated[
        Path | None,
        typer.Option(
            "--archive",
            "--output",
            help="The folder that keeps the digests, with an index of past weeks (default: the setting output).",
            show_default=False,
        ),
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it to the contacts of [digest], once per week.")] = False,
    config: Config = None,
) -> None:
    """Write the weekly digest: HTML page, workbook, mail (.eml) and Slack payload (.json), its slices, and the index."""
    from monitor import jobs
    from monitor.digest import week as weeks
    from monitor.digest.slices import Wish

    here = place(config)
    chosen = weeks.parse(week) if week else weeks.last_complete(today())
    wish = Wish(organization, department, owner)
    if send:
        _sendable(here, whole=wish.whole)
    written = jobs.digest(here, chosen, wish)
    _kept(archive or here.settings.output, written)
    if send:
        summary = jobs.send_digest(here, written)
        _delivered(vars(summary))
        if summary.retry or summary.dead or summary.unknown:
            raise typer.Exit(Exit.NOT_DELIVERED)


def _sendable(here: "Place", *, whole: bool) -> None:
    """Raises Problem if --send would reach nobody, or would take a slice for the whole."""
    if not whole:
        raise Problem(
            "--send: sends the whole, and with digest.own each contact's own findings; name no slice with it."
        )
    if not here.settings.digest.to and not here.settings.digest.own:
        raise Problem("digest.to is empty: name the contacts that get the digest in the settings.")


def _kept(folder: Path, written: "jobs.Written") -> None:  # type: ignore[name-defined]  # noqa: F821  # imported late
    """Write a digest and its slices and renew the index of the folder."""
    from monitor import jobs
    from monitor.digest import archive

    for path in write(folder, written.files):
        typer.echo(path)
    jobs.tidy(folder, written)
    index = archive.index(folder)
    for path in write(folder, index.files):
        typer.echo(path)
    for said in index.notes:
        note(said)
    made = written.digest
    if made.audience.label and not made.balance.closing:
        note(f"{safe(made.audience.label)}: nothing stands in {made.week.id}; the page says so.")


def serve(config: Config = None) -> None:
    """Stay and do the jobs of [[schedule]] in Japanese time; a missed period is done once."""
    from monitor.serve import serve as stay

    stay(place(config), write)


@notify.command("test")
def try_channel(
    channel: Annotated[str, typer.Argument(help="The name of a channel or contact in the settings.")],
    config: Config = None,
) -> None:
    """Send a test message to a channel or contact and say what came of it."""
    from monitor import jobs
    from monitor.alerts import channels
    from monitor.place import JST
    from monitor.problems import unknown

    here = place(config)
    known = {**here.settings.channels, **here.settings.contacts}
    if channel not in known:
        raise unknown(f"There is no channel or contact '{channel}' in the settings", channel, known)
    opened = channels.open_contact(channel, here.settings, here.env, here.clock)
    moment = here.clock().astimezone(JST)
    try:
        receipt = opened.send(jobs.test_message(moment), f"test-{moment:%Y%m%dT%H%M%S}")
    except channels.SendError as error:
        raise Problem(
            f"{channel}: not delivered ({error.outcome.value}): {error.detail}", exit_code=Exit.NOT_DELIVERED
        ) from error
    note(f"{channel}: delivered{f' ({receipt.note})' if receipt.note else ''}.")


@config.command("check")
def check(config: Config = None) -> None:
    """Say everything that is wrong with settings, secrets, rulebooks and the database's address, all at once."""
    from monitor import jobs, settings
    from monitor.store.engine import probe

    said = settings.check(config, os.environ)
    if not said:
        try:
            loaded = settings.load(config, os.environ)
            whole = jobs.world(loaded)
            probe(loaded.database_url.get_secret_value())
            note(f"The settings are in order; {len(whole.rulebooks)} rulebooks.")
        except Problem as problem:
            said = list(problem.sentences)
    if said:
        raise Problem(*said)
