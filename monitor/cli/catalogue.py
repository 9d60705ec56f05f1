"""``keiyaku checks`` and ``keiyaku rulebooks``: what is checked, and by which figures."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import Config, console, note, safe

checks = typer.Typer(help="What each check asks.", no_args_is_help=True)
rulebooks = typer.Typer(help="The figures of law and of the bodies' own rules.", no_args_is_help=True)


@checks.command("list")
def checks_list() -> None:
    """List the checks."""
    from rich.table import Table

    from checks.catalogue import all_checks

    table = Table("id", "title", "question")
    for check in all_checks().values():
        table.add_row(check.id, check.title, check.question)
    console().print(table)


@checks.command("explain")
def checks_explain(check_id: Annotated[str, typer.Argument(metavar="ID", help="The check's id.")]) -> None:
    """The manual page of a check, with its parameters."""
    from checks.catalogue import all_checks, page
    from monitor.problems import unknown

    found = all_checks().get(check_id)
    if found is None:
        raise unknown(f"There is no check '{check_id}'", check_id, all_checks())
    typer.echo(page(found))


@checks.command("test")
def checks_test(
    path: Annotated[Path, typer.Argument(help="A file of cases, or a folder of them.", exists=True)],
    config: Config = None,
) -> None:
    """Try the checks on cases of your own, with your rulebooks; tests/checks/*.yaml show how they are written."""
    import os

    from monitor import cases, jobs, settings
    from monitor.problems import Exit

    world = jobs.world(settings.load(config, os.environ))
    tried, failed = 0, 0
    for file in cases.read(path):
        for case in file.cases:
            tried += 1
            told = cases.differences(file.check, case, world.rulebooks, world.renames)
            failed += bool(told)
            for what, expected, found in told:
                note(f"{file.check}: {case.name}: {what}: expected {expected}, found {safe(str(found))}")
    note(f"{tried} cases, {failed} not as expected.")
    raise typer.Exit(Exit.FINDINGS if failed else Exit.OK)


@rulebooks.command("list")
def rulebooks_list(config: Config = None) -> None:
    """List the rulebooks, and how many of their figures were not read in an official text."""
    from rich.table import Table

    table = Table("id", "name", "extends", "not verified")
    for rulebook in _loaded(config).values():
        table.add_row(rulebook.id, rulebook.name, rulebook.extends or "", str(len(list(rulebook.unverified()))))
    console().print(table)


@rulebooks.command("show")
def rulebooks_show(
    rulebook_id: Annotated[str, typer.Argument(metavar="ID", help="The rulebook's id.")], config: Config = None
) -> None:
    """Every figure of a rulebook with its dates and source."""
    from monitor.problems import unknown
    from monitor.rulebooks import describe

    loaded = _loaded(config)
    if rulebook_id not in loaded:
        raise unknown(f"There is no rulebook '{rulebook_id}'", rulebook_id, loaded)
    typer.echo(describe(loaded[rulebook_id]))


@rulebooks.command("validate")
def rulebooks_validate(
    folder: Annotated[
        Path | None, typer.Argument(help="A folder of rulebooks (default: those of the settings).")
    ] = None,
    config: Config = None,
) -> None:
    """Read the rulebooks and say everything that is wrong with them."""
    from monitor.rulebooks import load
    from monitor.settings import default_config_dir

    loaded = load([default_config_dir() / "rulebooks", folder]) if folder else _loaded(config)
    note(f"{len(loaded)} rulebooks are in order.")


def _loaded(config: Path | None) -> "dict[str, Rulebook]":  # type: ignore[name-defined]  # noqa: F821  # imported late
    import os

    from monitor import jobs, settings

    return dict(jobs.world(settings.load(config, os.environ)).rulebooks)
