"""``keiyaku findings``: what was found, as table, JSON or CSV."""

import csv
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.common import Config, console, note, place, print_json, safe
from monitor.problems import Problem

if TYPE_CHECKING:
    from monitor.findings.lifecycle import Known

app = typer.Typer(help="What was found, and what became of it.", no_args_is_help=True)


class Format(StrEnum):
    """How a list is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@app.command("list")
def list_(
    check: Annotated[str | None, typer.Option(help="Only findings of this check.")] = None,
    organization: Annotated[str | None, typer.Option(help="Only this organization's.")] = None,
    state: Annotated[str | None, typer.Option(help="Only this state: open or resolved.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Closed findings too.")] = False,
    format_: Annotated[Format, typer.Option("--format", help="table, json or csv.")] = Format.TABLE,
    config: Config = None,
) -> None:
    """List findings; what is closed is hidden unless asked for."""
    from checks.catalogue import all_checks
    from monitor.findings import book
    from monitor.findings.lifecycle import State
    from monitor.problems import nearest
    from monitor.store import registers

    for given, known, option in (
        (check, list(all_checks()), "--check"),
        (state, [one.value for one in State], "--state"),
    ):
        if given is not None and given not in known:
            near = nearest(given, known)
            raise Problem(
                f"{option}: found '{given}', expected one of {', '.join(known)}"
                + (f" (did you mean {near}?)" if near else "")
            )
    with place(config).engine.connect() as connection:
        found = book.everything(connection)
        bodies = [one.id for one in registers.organizations(connection)]
    if organization is not None and organization not in bodies:
        raise Problem(
            f"--organization: the ledger has no '{safe(organization)}'; it has {', '.join(bodies) or 'none yet'}."
        )
    wanted = {State(state)} if state else set(State) if all_ else {State.OPEN}
    found = [
        one
        for one in found
        if one.state in wanted and check in (None, one.check) and organization in (None, one.organization)
    ]
    found.sort(key=lambda one: (one.organization, one.check, -one.severity.rank, one.id))
    _write(found, format_)


def _write(found: "list[Known]", format_: Format) -> None:
    if format_ is Format.JSON:
        print_json([as_json(one) for one in found])
    elif format_ is Format.CSV:
        _csv(found)
    else:
        _table(found)


def as_json(one: "Known") -> dict[str, Any]:
    """A finding as other programs read it: a public shape, only ever added to."""
    facts = one.facts
    return {
        "id": one.id,
        "check": one.check,
        "organization": one.organization,
        "department": facts["department"],
        "contracts": list(facts["contracts"]),
        "subject": one.subject,
        "state": one.state.value,
        "unknown": one.unknown,
        "severity": one.severity.value,
        "pattern": facts["pattern"],
        "due_on": one.due_on.isoformat() if one.due_on else None,
        "due_assumed": facts.get("assumed", False),
        "first_seen": one.first_seen.isoformat(),
        "last_seen": one.last_seen.isoformat(),
        "title": facts["title"],
        "explanation": facts["explanation"],
        "figures": dict(facts["figures"]),
        "authority": facts["authority"],
        "next_step": facts["next_step"],
        "verified": facts["verified"],
    }


def _csv(found: "list[Known]") -> None:
    import json

    from monitor.spreadsheet import guarded

    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    rows = [as_json(one) for one in found]
    headings = list(rows[0]) if rows else ["id", "check", "organization"]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(headings)
    for row in rows:
        cells = [
            "\n".join(v) if isinstance(v, list) else json.dumps(v, ensure_ascii=False) if isinstance(v, dict) else v
            for v in row.values()
        ]
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in cells])


def _table(found: "list[Known]") -> None:
    from rich.markup import escape
    from rich.table import Table

    if not found:
        note("No finding.")
        return
    table = Table("id", "severity", "due", "organization", "finding")
    for one in found:
        mark = f" [{one.state.label}]" if one.state.value != "open" else " [判定保留]" if one.unknown else ""
        title = escape(safe(one.facts["title"] + mark))
        table.add_row(
            one.id,
            one.severity.value,
            one.due_on.isoformat() if one.due_on else "",
            escape(safe(one.organization)),
            title,
        )
    console().print(table)
    note(f"{len(found)} findings; one in full: keiyaku findings show ID")


@app.command("show")
def show(
    finding_id: Annotated[str, typer.Argument(metavar="ID", help="The id, e.g. PB-2M9XD7QK.")],
    json_: Annotated[bool, typer.Option("--json", help="As JSON, with its history.")] = False,
    config: Config = None,
) -> None:
    """Show one finding in full: the suspicion, its evidence, the rule, the next step, its history."""
    from datetime import date

    from checks.catalogue import all_checks
    from monitor.findings import book, history
    from monitor.findings.lifecycle import Kind

    with place(config).engine.connect() as connection:
        one = book.one(connection, finding_id)
        if one is None:
            raise Problem(f"There is no finding {safe(finding_id)}; keiyaku findings list shows the ids.")
        past = [
            {
                "as_of": row["as_of"].isoformat(),
                "event": row["kind"],
                "reason": row["data"].get("reason"),
                "run": row["run_id"],
            }
            for row in history.events(connection, date.max, one.id)
        ]
    if json_:
        print_json({**as_json(one), "history": past})
        return
    check = all_checks()[one.check]
    facts = one.facts
    out = console()
    out.print(f"{one.id}  {safe(facts['title'])}", markup=False, highlight=False)
    lines = [
        ("検査", check.title),
        ("団体・所属", f"{one.organization} {facts['department']}"),
        ("重要度・状態", f"{one.severity.label}・{'判定保留' if one.unknown else one.state.label}"),
        ("期限", one.due_on.isoformat() if one.due_on else "—"),
        ("確認されたこと", facts["explanation"]),
        *(
            (check.figures[name].label, check.figures[name].text(value))
            for name, value in facts["figures"].items()
            if name in check.figures and value is not None
        ),
        ("契約", "、".join(facts["contracts"])),
        ("問題がない場合", check.innocent),
        ("次にすること", facts["next_step"]),
        ("根拠", facts["authority"] + ("" if facts["verified"] else "（規程未確認）")),
        *(("経過", f"{entry['as_of']} {Kind(entry['event']).label}{_reason(entry['reason'])}") for entry in past),
    ]
    for label, text in lines:
        out.print(f"  {label}：{safe(str(text))}", markup=False, highlight=False)


def _reason(reason: str | None) -> str:
    from monitor.findings.lifecycle import Reason

    return f"（{Reason(reason).label}）" if reason else ""
