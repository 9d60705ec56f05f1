"""``keiyaku findings``: what was found, as table, JSON or CSV."""

import csv
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.common import Config, console, grid, note, place, print_json, safe
from monitor.problems import Problem

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from monitor.findings.book import Listed
    from monitor.findings.choice import Choice
    from monitor.findings.lifecycle import Known

app = typer.Typer(help="What was found, and what became of it.", no_args_is_help=True)


class Format(StrEnum):
    """How a list is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Checks = Annotated[list[str] | None, typer.Option("--check", help="Only of this check; may be given several times.")]
Bodies = Annotated[list[str] | None, typer.Option("--organization", help="Only of this organization; several times.")]
Departments = Annotated[
    list[str] | None, typer.Option("--department", help="Only of this department, as it stands in the register.")
]
Contracts = Annotated[list[str] | None, typer.Option("--contract", help="Only about this contract; several times.")]
Severities = Annotated[
    list[str] | None, typer.Option("--severity", help="Only high, medium, low or info; several times.")
]
States = Annotated[
    list[str] | None,
    typer.Option(
        "--state", help="Only open, acknowledged, accepted, settled, dismissed or resolved (default: the first three)."
    ),
]


@app.command("list")
def list_(
    check: Checks = None,
    organization: Bodies = None,
    department: Departments = None,
    contract: Contracts = None,
    severity: Severities = None,
    state: States = None,
    all_: Annotated[bool, typer.Option("--all", help="Closed findings too.")] = False,
    format_: Annotated[Format, typer.Option("--format", help="table, json or csv.")] = Format.TABLE,
    config: Config = None,
) -> None:
    """List findings; what is closed is hidden unless asked for."""
    from monitor.findings import book
    from monitor.findings.lifecycle import State

    every = [one.value for one in State] if all_ else None
    with place(config).engine.connect() as connection:
        wanted = choice(connection, check, organization, department, contract, severity, every or state)
        if format_ is Format.TABLE:
            table(book.listed(connection, wanted))
            return
        found = [as_json(one) for one in book.chosen(connection, wanted)]
    if format_ is Format.JSON:
        print_json(found)
    else:
        _csv(found)


def choice(
    connection: "Connection",
    check: list[str] | None,
    organization: list[str] | None,
    department: list[str] | None,
    contract: list[str] | None,
    severity: list[str] | None,
    state: list[str] | None,
) -> "Choice":
    """Which findings the options mean. Raises Problem for a word that is not known, with the nearest that is."""
    from checks.catalogue import all_checks
    from checks.finding import Severity
    from monitor.findings.choice import Choice
    from monitor.findings.lifecycle import STANDING, State
    from monitor.store import bodies

    held = [one.id for one in bodies.organizations(connection)]
    _known("--check", check, list(all_checks()))
    _known("--severity", severity, [one.value for one in Severity])
    _known("--state", state, [one.value for one in State])
    for name in organization or ():
        if name not in held:
            raise Problem(f"--organization: the ledger has no '{safe(name)}'; it has {', '.join(held) or 'none yet'}.")
    return Choice(
        checks=tuple(check or ()),
        organizations=tuple(organization or ()),
        departments=tuple(department or ()),
        contracts=tuple(contract or ()),
        severities=tuple(Severity(one) for one in severity or ()),
        states=tuple(State(one) for one in state) if state else STANDING,
    )


def _known(option: str, given: list[str] | None, known: list[str]) -> None:
    from monitor.problems import nearest

    for word in given or ():
        if word not in known:
            near = nearest(word, known)
            raise Problem(
                f"{option}: found '{safe(word)}', expected one of {', '.join(known)}"
                + (f" (did you mean {near}?)" if near else "")
            )


def as_json(one: "Known") -> dict[str, Any]:
    """A finding as other programs read it: a public shape, only ever added to."""
    from monitor.findings import decisions

    facts = one.facts
    return {
        "id": one.id,
        "check": one.check,
        "organization": one.organization,
        "department": facts["department"],
        "contracts": list(facts["contracts"]),
        "subject": one.subject,
        "state": one.state.value,
        "decision": one.decision.to_json() if one.decision else None,
        "revision": one.revision,
        "unknown": one.unknown,
        "severity": one.severity.value,
        "pattern": facts["pattern"],
        "due_on": one.due_on.isoformat() if one.due_on else None,
        "due_assumed": facts.get("assumed", False),
        "first_seen": one.first_seen.isoformat(),
        "last_seen": one.last_seen.isoformat(),
        "title": facts["title"],
        "explanation": decisions.explanation(one),
        "figures": dict(facts["figures"]),
        "authority": facts["authority"],
        "next_step": facts["next_step"],
        "verified": facts["verified"],
    }


def _csv(rows: list[dict[str, Any]]) -> None:
    import json

    from monitor.spreadsheet import guarded

    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    headings = list(rows[0]) if rows else ["id", "check", "organization"]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(headings)
    for row in rows:
        cells = [
            "\n".join(v) if isinstance(v, list) else json.dumps(v, ensure_ascii=False) if isinstance(v, dict) else v
            for v in row.values()
        ]
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in cells])


def table(found: "Sequence[Listed]") -> None:
    """The findings as a table for a terminal."""
    if not found:
        note("No finding.")
        return
    rows = [
        (
            one.id,
            one.severity.value,
            one.due_on.isoformat() if one.due_on else "",
            one.state.label + (f" 〜{one.until}" if one.until else "") + (" 判定保留" if one.unknown else ""),
            safe(one.organization),
            safe(one.title),
        )
        for one in found
    ]
    grid(("id", "severity", "due", "state", "organization", "finding"), rows)
    note(f"{len(found)} findings; one in full: keiyaku findings show ID")


@app.command("show")
def show(
    finding_id: Annotated[str, typer.Argument(metavar="ID", help="The id, e.g. PB-2M9XD7QK.")],
    json_: Annotated[bool, typer.Option("--json", help="As JSON, with its history and messages.")] = False,
    config: Config = None,
) -> None:
    """Show one finding in full: suspicion, evidence, rule, next step, what was decided, its history, who was told when."""
    from datetime import date

    from monitor.alerts import told
    from monitor.findings import book, history

    with place(config).engine.connect() as connection:
        one = book.one(connection, finding_id)
        if one is None:
            raise Problem(f"There is no finding {safe(finding_id)}; keiyaku findings list shows the ids.")
        past, messages = history.of(connection, one.id, date.max), told.of(connection, one.id)
    if json_:
        print_json(
            {
                **as_json(one),
                "history": [entry.to_json() for entry in past],
                "told": [each.to_json() for each in messages],
            }
        )
        return
    out = console()
    out.print(f"{one.id}  {safe(one.facts['title'])}", markup=False, highlight=False)
    lines = [*_said(one), *(("経過", entry.text) for entry in past), *(("通知", each.text) for each in messages)]
    for label, text in lines:
        out.print(f"  {label}：{safe(str(text))}", markup=False, highlight=False)


def _said(one: "Known") -> Iterator[tuple[str, str]]:
    from checks.catalogue import described
    from monitor.findings import decisions

    check, facts = described()[one.check], one.facts
    yield "検査", check.title
    yield "団体・所属", f"{one.organization} {facts['department']}"
    yield "重要度・状態", f"{one.severity.label}・{one.state.label}{'・判定保留' if one.unknown else ''}"
    if one.decision and one.state.value != "open":
        made = one.decision
        until = f"・{made.until}まで" if made.until else ""
        said = "／".join(part for part in (made.reason, made.action) if part)
        yield "判断", f"{one.state.label}（{made.on} {made.by}{until}）{said}"
    yield "期限", one.due_on.isoformat() if one.due_on else "—"
    yield "確認されたこと", decisions.explanation(one)
    for name, value in facts["figures"].items():
        if name in check.figures and value is not None:
            yield check.figures[name].label, check.figures[name].text(value)
    yield "契約", "、".join(facts["contracts"])
    yield "問題がない場合", check.innocent
    yield "次にすること", facts["next_step"]
    yield "根拠", facts["authority"] + ("" if facts["verified"] else "（規程未確認）")
