"""``keiyaku import`` and ``keiyaku quarantine``: rows in, and the rows that could not be read."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import Config, console, day, grid, note, place, safe, today, write
from monitor.problems import Exit, Problem

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from monitor.importing import Imports
    from monitor.intake.how import How

quarantine = typer.Typer(help="Rows that could not be read, with the reason.", no_args_is_help=True)
SetAside = Annotated[
    bool, typer.Option("--set-aside", help="Instead those that a person has set aside (対象外): they are no contract.")
]


def import_(
    path: Annotated[
        Path | None,
        typer.Argument(help="A file (.csv, .xlsx, .xlsm, .xls, .zip) or a folder of them.", show_default=False),
    ] = None,
    organization: Annotated[
        str | None, typer.Option(help="The organization's id, where the file does not say.")
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(help="interchange, forms, jlis, awards or decisions; recognised by itself if not given."),
    ] = None,
    rulebook: Annotated[
        str | None, typer.Option(help="The rulebook of bodies that the file names and the ledger does not know yet.")
    ] = None,
    register: Annotated[
        bool, typer.Option("--register", help="It is a published register (公表簿), to be held against the ledger.")
    ] = False,
    published_on: Annotated[
        str | None,
        typer.Option(
            "--published-on", help="When that register was published (YYYY-MM-DD, 令和8年7月10日 or R8.7.10)."
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="Instead of a file: the source of this name in the settings, if it is a database."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(help="A mapping (keiyaku map proposes one), for a table of your own.", show_default=False),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="It is the whole truth of its organizations and fiscal years: withdraw the rest."
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --replace: also if half or more is gone, or rows cannot be read.")
    ] = False,
    config: Config = None,
) -> None:
    """Read registers, ledgers and answered findings.xlsx into the contract database. Doing it again changes nothing."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from monitor import importing
    from monitor.intake.how import How
    from monitor.store.replacing import Whole

    whole = Whole(force=force) if replace else None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    how = How(
        organization=organization,
        layout=layout,
        rulebook=rulebook,
        mapping=mapping,
        register=register,
        published_on=day(published_on, "--published-on") if published_on is not None else None,
    )
    _refuse_contradictions(path, source, how, replace=replace, force=force)
    here = place(config)
    with Progress(*columns, transient=True) as bar:
        tasks = {}

        def progress(part: str, total: int | None, more: int) -> None:
            if part not in tasks:
                tasks[part] = bar.add_task(safe(part), total=total)
            bar.advance(tasks[part], more)

        if path is not None:
            done = importing.import_path(here, path, how, progress, whole)
        else:
            from monitor import sources

            done = sources.take_one(here, str(source), progress, whole)
    _summary(done)
    for told in done.notes:
        note(safe(told))
    for unreadable in done.unreadable:
        note(f"{safe(unreadable.source)}: {safe(unreadable.reason)}")
    for table, count in done.withdrawn.items():
        note(f"Withdrawn, as the file no longer has them: {count:,} rows of {table}.")
    for withheld in done.withheld:
        note(safe(withheld))
    if done.unreadable or done.unread or done.withheld:
        raise typer.Exit(Exit.BAD_INPUT)


def _refuse_contradictions(path: Path | None, source: str | None, how: "How", *, replace: bool, force: bool) -> None:
    """Options that cannot be meant together. Raises Problem."""
    from monitor.intake.how import How

    if (path is None) == (source is None):
        raise Problem("Give a file or folder, or --source NAME: one of them.")
    if source is not None and how != How():
        raise Problem("--source: the settings say how it is read; besides it only --replace and --force can be given.")
    if force and not replace:
        raise Problem("--force: only with --replace.")
    if how.published_on and not how.register:
        raise Problem("--published-on says when a register was published: give --register too.")


def _summary(done: "Imports") -> None:
    from rich.table import Table

    from monitor.findings.sheets import Taken

    table = Table("source", "table", *(("read", "added", "changed", "unchanged", "quarantined")))
    for part in done.parts:
        counts = part.counts
        table.add_row(
            safe(part.source),
            part.table,
            *(f"{n:,}" for n in (counts.read, counts.added, counts.changed, counts.unchanged, counts.quarantined)),
        )
    if done.parts:
        console().print(table)
    for part in done.parts:
        if part.unknown:
            note(
                f"{safe(part.source)}: columns the format does not know, kept as they are: {safe(', '.join(part.unknown))}"
            )
    for part in done.parts:
        if isinstance(part, Taken) and part.unanswered:
            note(f"{safe(part.source)}: {part.unanswered:,} of the rows have no answer filled in.")
    if aside := sum(part.set_aside for part in done.parts):
        note(f"Of the unchanged rows set aside (対象外): {aside:,}; keiyaku quarantine list --set-aside")
    for part in done.unread:
        rows = f"{part.counts.read:,} rows"
        note(f"{safe(part.source)}: not one of {rows} could be stored in {part.table}: all are in quarantine.")
    if any(part.counts.quarantined for part in done.parts):
        note("Rows in quarantine: keiyaku quarantine list; to correct them: keiyaku quarantine export FILE.xlsx")


@quarantine.command("list")
def list_(
    organization: Annotated[str | None, typer.Option(help="Only this organization's.")] = None,
    set_aside: SetAside = False,
    config: Config = None,
) -> None:
    """List the rows in quarantine: file, line, column, value, reason."""
    from monitor.store import aside
    from monitor.store import quarantine as rows

    with place(config).engine.connect() as connection:
        put_aside = aside.rows(connection, organization)
        waiting = [] if set_aside else rows.waiting(connection, organization)
    if set_aside:
        _list_aside(put_aside)
        return
    if put_aside:
        note(f"Set aside (対象外): {len(put_aside):,}; keiyaku quarantine list --set-aside")
    if not waiting:
        note("No row is in quarantine.")
        return
    told = []
    for row in waiting:
        value = row["value"]
        shown = value if len(value) <= 40 else f"{value[:40]}… ({len(value)} characters)"
        told.append([*map(safe, (row["source"], str(row["line"]), row["column_name"], shown, row["reason"]))])
    grid(("source", "line", "column", "value", "reason"), told)


def _list_aside(rows: "Sequence[RowMapping]") -> None:
    from monitor.store import aside

    if not rows:
        note("No row was set aside.")
        return
    headings = ("source", "line", "set aside on", "by", "reason")
    grid(
        headings,
        [
            [safe(row["source"]), str(row["line"]), f"{aside.day(row)}", safe(row["told_by"]), safe(row["set_aside"])]
            for row in rows
        ],
    )
    note("To take one back: keiyaku quarantine export FILE.xlsx --set-aside, write 戻す in 隔離の処理, import it.")


@quarantine.command("export")
def export(
    path: Annotated[Path, typer.Argument(help="A workbook (.xlsx), or a folder for CSV files, one per table.")],
    organization: Annotated[str | None, typer.Option(help="Only this organization's.")] = None,
    set_aside: SetAside = False,
    config: Config = None,
) -> None:
    """Write the rows in quarantine, each with its reason at the bad cell, to correct in Excel and import again."""
    from monitor.store import aside, corrections
    from monitor.store import quarantine as rows

    with place(config).engine.connect() as connection:
        held = aside.rows(connection, organization) if set_aside else rows.waiting(connection, organization)
        shapes = corrections.shapes(connection, held)
    if not shapes:
        note("No row was set aside." if set_aside else "No row is in quarantine.")
    elif path.suffix.casefold() == ".xlsx":
        for written in write(path.parent, {path.name: corrections.workbook(shapes, today())}):
            typer.echo(written)
    else:
        for written in corrections.folder(shapes, path):
            typer.echo(written)
