"""``keiyaku map``: what the columns of a table seem to be, and a mapping to correct."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from checks import ledger
from monitor.cli.common import note, safe, width
from monitor.problems import Exit, Problem, unknown


def map_(
    file: Annotated[Path, typer.Argument(help="A table of your own (.csv, .xlsx, …).")],
    sheet: Annotated[str | None, typer.Option(help="The sheet's name; the fullest if not given.")] = None,
    table: Annotated[str, typer.Option(help=f"What its rows are: {', '.join(ledger.TABLES)}.")] = "contracts",
    output: Annotated[
        Path | None, typer.Option(help="Where to write the mapping; to stdout if not given.", show_default=False)
    ] = None,
) -> None:
    """Propose which column of a table is which column of the ledger, as a TOML to correct and to import by."""
    from monitor.cli.grid import lines
    from monitor.intake import files, mapping_guess, mapping_toml
    from monitor.intake.rows import Unreadable

    if table not in ledger.TABLES:
        raise unknown(f"--table: found '{table}', expected one of {', '.join(ledger.TABLES)}", table, ledger.TABLES)
    if output is not None and output.exists():
        raise Problem(f"{output} exists already and may hold corrections; it is not overwritten.")
    found = list(files.sheets(file))
    for each in found:
        if isinstance(each, Unreadable):
            note(f"{safe(each.source)}: {safe(each.reason)}")
    readable = [each for each in found if not isinstance(each, Unreadable)]
    if not readable:
        raise typer.Exit(Exit.BAD_INPUT)
    proposal = mapping_guess.propose_best(readable, ledger.TABLES[table], sheet)
    headings = ("見出し", "台帳の列", "確度", "見本")
    told = "\n".join(lines(headings, mapping_toml.table(proposal), min(width(), 120)))
    text = mapping_toml.toml(proposal)
    if output is None:
        print(safe_lines(told), file=sys.stderr)  # noqa: T201  # stdout is the mapping itself
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        typer.echo(safe_lines(told))
        note(f"{output} written; correct it, then: keiyaku import FILE --mapping {output}")
    for column in proposal.missing:
        note(f"No column was found for {column.name} ({column.heading}), which every row needs: name its heading.")


def safe_lines(text: str) -> str:
    """As ``safe``, but the line breaks stay."""
    return "\n".join(map(safe, text.split("\n")))
