"""What the commands share: where they work, what day it is, and how they speak."""

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.problems import Problem

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.place import Place

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="KEIYAKU_CONFIG",
        help="The settings file (default: config/monitor.toml).",
        show_default=False,
    ),
]


def place(config: Path | None) -> "Place":
    """Database, settings and clock. Raises Problem."""
    from monitor import settings
    from monitor.place import Place, now
    from monitor.store.engine import open_store

    loaded = settings.load(config, os.environ)
    return Place(open_store(loaded.database_url.get_secret_value()), loaded, os.environ, now)


def today() -> date:
    """Today in Japan."""
    from monitor.place import JST, now

    return now().astimezone(JST).date()


def day(text: str | None, option: str) -> date:
    """A date given on the command line, as a ledger may have it; today in Japan without one. Raises Problem."""
    from monitor.intake import dates

    if text is None:
        return today()
    try:
        return dates.read(text)
    except ValueError:
        raise Problem(
            f"{option}: found '{safe(text)}', expected a date such as 2026-07-05, 2026/7/5 or R8.7.5."
        ) from None


def console() -> "Console":
    """A rich console on stdout; wide when it is not a terminal, so that a log holds whole lines."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=200, no_color=True)


def width() -> int:
    """Columns of stdout; many when it is not a terminal, so that a log holds whole lines."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 200


def grid(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout; its cells are plain text."""
    from monitor.cli.grid import lines

    typer.echo("\n".join(lines(headings, rows, width())))


def note(text: str) -> None:
    """A line for the person at the terminal; data goes to stdout, notes to stderr."""
    typer.echo(text, err=True)


def safe(text: str) -> str:
    """Text from a ledger for a terminal: control characters become visible."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " for letter in text)


def print_json(value: Any) -> None:
    """JSON as people and programs read it: Japanese as it is, keys in order of meaning."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def write(folder: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    """Write files whole or not at all. Raises Problem for a folder that cannot be written."""
    written = []
    for name, content in files.items():
        path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(path.name + ".part")
            unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
            unfinished.replace(path)
        except OSError as error:
            raise Problem(f"{path} cannot be written: {error.strerror}.") from error
        written.append(path)
    return written
