"""``keiyaku runs``: the runs so far, what came of them, and where their time went. Lines of at most 60 columns."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.common import Config, note, place, print_json, safe
from monitor.problems import Problem, unknown

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from monitor.findings.runs import Cost, Run

app = typer.Typer(help="The runs so far, and what they cost.", no_args_is_help=True)
LISTED = 20
SLOWEST = 10
_WORK = {"evaluated": "asked", "skipped": "unchanged", "failed": "failed", "stale": "too old"}
_OTHER = ("delivery", "loading", "workers", "executor")


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help=f"All of them, not only the last {LISTED}.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    config: Config = None,
) -> None:
    """List the runs, the newest first: when, how long, and what came of them."""
    from monitor.findings import runs

    with place(config).engine.connect() as connection:
        found = runs.newest(connection, None if all_ else LISTED + 1)
    shown = found if all_ else found[:LISTED]
    if json_:
        print_json([_as_json(run) for run in shown])
        return
    for run in shown:
        for line in _short(run):
            typer.echo(line)
    if not found:
        note("There was no run yet: keiyaku run")
    else:
        more = ", older ones: --all" if len(found) > len(shown) else ""
        note(f"{len(shown)} {'run' if len(shown) == 1 else 'runs'}{more}; one in full: keiyaku runs show ID")


@app.command("show")
def show(
    run_id: Annotated[int, typer.Argument(metavar="ID", help="The number of the list.")],
    organization: Annotated[str | None, typer.Option(help="What was asked of this organization, and its cost.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    config: Config = None,
) -> None:
    """Show one run: its counts, its messages, CPU seconds by check, and the slowest organizations."""
    from monitor.findings import runs

    with place(config).engine.connect() as connection:
        run = runs.one(connection, run_id)
        if run is None:
            raise Problem(f"There is no run {run_id}; keiyaku runs list --all shows the numbers.")
        if organization is not None:
            asked = runs.answers_of(connection, run_id, organization)
            if not asked:
                known = [cost.name for cost in runs.by_organization(connection, run_id)]
                raise unknown(f"The run {run_id} asked nothing of '{safe(organization)}'", organization, known)
            told = [_answer_as_json(row) for row in asked]
            lines = [*_head(run), "", f"CPU seconds for {safe(organization)}", *_answers(asked)]
            whole: dict[str, Any] = {**_as_json(run), "organization": organization, "answers": told}
        else:
            checks = runs.by_check(connection, run_id)
            bodies = runs.by_organization(connection, run_id, None if json_ else SLOWEST)
            lines = [*_head(run), *_costs("CPU seconds by check", "asked", checks)]
            lines += _costs("The slowest organizations", "answers", bodies)
            whole = {**_as_json(run), "checks": list(map(vars, checks)), "organizations": list(map(vars, bodies))}
    if json_:
        print_json(whole)
        return
    for line in lines:
        typer.echo(line)


# --- how it is shown ----------------------------------------------------------------------------------------------


def _short(run: "Run") -> Iterator[str]:
    yield f"{run.id:>5}  {run.job:<6}  {_moment(run.started_at)}  {_span(run.took):>9}  {run.status}"
    said = "; ".join(part for part in (_work(run.counts), _moved(run.counts)) if part)
    yield from _folded(f"as of {run.as_of}: {said}" if said else f"as of {run.as_of}", 7)


def _head(run: "Run") -> Iterator[str]:
    yield f"{run.job} {run.id} as of {run.as_of}: {run.status}"
    took = f", took {_span(run.took)}" if run.took is not None else ""
    told = [("started", _moment(run.started_at) + took), ("checks", _work(run.counts))]
    told += [("findings", _moved(run.counts)), ("messages", _numbers(run.counts.get("delivery") or {}))]
    for label, text in (*told, ("done by", _crew(run.counts))):
        if text:
            first, *rest = _folded(text, 10)
            yield f"{label:<10}{first.strip()}"
            yield from rest


def _crew(counts: Mapping[str, Any]) -> str:
    """Who did it and what reading the registers took, where the run has kept that."""
    workers, executor, loading = (counts.get(name) for name in ("workers", "executor", "loading"))
    parts = [f"{workers} {'worker' if workers == 1 else 'workers'}"] if workers else []
    parts += [f"({safe(str(executor))})"] if executor else []
    return " ".join(parts) + (f"; {loading:,.1f} s CPU for loading registers" if loading is not None else "")


def _costs(heading: str, what: str, costs: "Sequence[Cost]") -> Iterator[str]:
    if not costs:
        return
    yield ""
    yield f"{heading:<32}{'seconds':>9}{what:>8}{'found':>9}"
    for cost in costs:
        failed = f"  {cost.failed} failed" if cost.failed else ""
        yield f"  {_cut(cost.name):<30}{_seconds(cost.seconds):>9}{cost.answers:>8,}{cost.found:>9,}{failed}"


def _answers(rows: "Sequence[RowMapping]") -> Iterator[str]:
    for row in rows:
        said = f"{row['judged']:,} judged, {row['found']:,} found" if row["status"] == "done" else row["status"]
        yield f"  {row['check_id']:<22}{_seconds(row['seconds']):>9}  {said}"
        if row["error"]:
            yield from _folded(safe(row["error"]), 4)


def _work(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{counts[name]:,} {word}" for name, word in _WORK.items() if name in counts)


def _moved(counts: Mapping[str, Any]) -> str:
    return _numbers({name: count for name, count in counts.items() if name not in _WORK and name not in _OTHER})


def _numbers(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if isinstance(count, int) and count)


def _folded(text: str, indent: int) -> Iterator[str]:
    import textwrap

    yield from textwrap.wrap(text, 60, initial_indent=" " * indent, subsequent_indent=" " * indent)


def _cut(name: str) -> str:
    shown = safe(name)
    return shown if len(shown) <= 29 else f"{shown[:28]}…"


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:,.2f}"


def _span(took: timedelta | None) -> str:
    if took is None:
        return "–"
    whole = int(took.total_seconds())
    if whole < 60:
        return f"{took.total_seconds():.1f} s"
    return f"{whole // 60} min {whole % 60:02} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60:02} min"


def _moment(moment: datetime) -> str:
    from monitor.place import JST

    return f"{moment.astimezone(JST):%Y-%m-%d %H:%M}"


def _as_json(run: "Run") -> dict[str, Any]:
    """A run as other programs read it: a public shape, only ever added to. Times are UTC, spans and costs are seconds."""
    return {
        "id": run.id,
        "job": run.job,
        "as_of": run.as_of,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "took": run.took.total_seconds() if run.took is not None else None,
        "status": run.status,
        "counts": dict(run.counts),
    }


def _answer_as_json(row: "RowMapping") -> dict[str, Any]:
    return {name: row[name] for name in ("check_id", "status", "error", "judged", "found", "seconds")}
