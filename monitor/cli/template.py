"""``keiyaku template``: an empty workbook to be filled in."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import note
from monitor.problems import Problem


def template(path: Annotated[Path, typer.Argument(help="Where to write it (.xlsx).")]) -> None:
    """Write an empty workbook of the ledger with Japanese headings, lists, checks, notes and examples."""
    from monitor import template as made

    if path.suffix.casefold() != ".xlsx":
        raise Problem(f"{path}: expected a name that ends in .xlsx.")
    if path.exists():
        raise Problem(f"{path} exists already and may be filled in; it is not overwritten.")
    try:
        path.write_bytes(made.workbook())
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}.") from error
    note(f"{path} written; fill it in, then: keiyaku import {path}")
