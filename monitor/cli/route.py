"""``keiyaku route``: who would be told of a finding, through which channel, by which rule, and whether it would wait."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.common import Config, note, place, print_json, safe
from monitor.problems import Problem, unknown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from checks.finding import Severity
    from monitor.alerts.routing import Facts, Routed
    from monitor.findings.holds import Hold
    from monitor.settings import Contact, Settings

app = typer.Typer(help="Who is told of what.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Who is told of what."""


@dataclass(frozen=True)
class Tried:
    """A finding, or one that there could be ('' for its id), and what would become of its message."""

    finding: str
    facts: "Facts"
    routed: "Routed"
    waits: str


@app.command("test")
def try_(
    finding: Annotated[str | None, typer.Option(help="The id of a finding, such as SP-2M9XD7QK.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every finding that stands.")] = False,
    check: Annotated[str | None, typer.Option(help="A finding that there could be: its check.")] = None,
    severity: Annotated[str | None, typer.Option(help="Its severity: high, medium, low, info.")] = None,
    organization: Annotated[str | None, typer.Option(help="Its organization.")] = None,
    department: Annotated[str | None, typer.Option(help="Its department, as it stands in the register.")] = None,
    yen: Annotated[int | None, typer.Option(min=0, help="Its yen at stake (default: unknown).")] = None,
    at: Annotated[str | None, typer.Option(help='At this Japanese time, "2026-07-04 22:00" (default: now).')] = None,
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    config: Config = None,
) -> None:
    """Who would be told of a finding (--finding), of all (--all), or of one that there could be (--check --severity)."""
    from monitor.alerts.routing import Facts
    from monitor.findings import book

    if (finding is not None) + all_ + (check is not None) != 1:
        raise Problem("Give one of --finding ID, --all, or --check with --severity.")
    if check is None and any(given is not None for given in (severity, organization, department, yen)):
        raise Problem("--severity, --organization, --department and --yen go with --check only.")
    here = place(config)
    moment = here.clock() if at is None else _moment(at)
    asked: list[tuple[str, Facts]]
    with here.engine.connect() as connection:
        if check is not None:
            asked = [("", Facts(_check(check), _severity(severity), organization or "", department or "", yen))]
        elif finding is not None:
            one = book.one(connection, finding)
            if one is None:
                raise Problem(f"There is no finding {safe(finding)}; keiyaku findings list shows the ids.")
            asked = [(one.id, Facts.of(one))]
        else:
            asked = [(one.id, Facts.of(one)) for one in book.everything(connection) if one.state.standing]
        tried = _try(connection, asked, here.settings, moment)
    if json_:
        print_json([_as_json(one, here.settings) for one in tried])
    elif all_:
        _many(tried, here.settings)
    else:
        _one(tried[0], here.settings)


def _try(
    connection: "Connection", asked: "Iterable[tuple[str, Facts]]", settings: "Settings", moment: datetime
) -> list[Tried]:
    from monitor.alerts import quiet, routing
    from monitor.findings import holds

    held = holds.standing(connection)
    why, until = quiet.quiet(moment, settings.quiet), quiet.ends(moment, settings.quiet)
    tried = []
    for name, facts in asked:
        reasons = [
            _hold(one) for one in held if one.organization == facts.organization and one.check in ("", facts.check)
        ]
        if why and settings.quiet and settings.quiet.waits(facts.severity):
            reasons.append(f"quiet ({why.label}) until {until:%Y-%m-%d %H:%M}")
        tried.append(Tried(name, facts, routing.recipients(facts, settings), "; ".join(reasons)))
    return tried


def _hold(hold: "Hold") -> str:
    return f"held ({hold.reason.label}) since {hold.placed_on} until keiyaku release"


def _one(tried: Tried, settings: "Settings") -> None:
    facts = tried.facts
    yen = "unknown" if facts.yen is None else f"{facts.yen:,}"
    told = [("finding", tried.finding), ("check", facts.check), ("severity", facts.severity.value)]
    told += [("organization", facts.organization), ("department", facts.department), ("yen", yen)]
    for label, value in (*told, ("rule", tried.routed.rule)):
        typer.echo(f"{label}: {safe(value) or '-'}")
    for name in tried.routed.contacts:
        typer.echo("told:")
        for line in _chain(name, settings):
            typer.echo(f"  {line}")
    if not tried.routed.contacts:
        typer.echo("told: nobody; the settings have no channel")
    typer.echo(f"waits: {tried.waits or 'no'}")


def _chain(name: str, settings: "Settings") -> Iterable[str]:
    """A contact, and in the lines below those whom escalation tells if nobody answers."""
    from monitor.alerts import routing

    for step, each in enumerate(routing.chain(name, settings)):
        contact = settings.contact(each)
        label = f"{safe(contact.label)} ({contact.name})" if contact.label != contact.name else contact.name
        yield f"{'then ' if step else ''}{label} by {contact.channel}: {', '.join(_destination(contact, settings))}"


def _destination(contact: "Contact", settings: "Settings") -> tuple[str, ...]:
    """Where a contact's messages arrive. A webhook's address is a secret and is not shown."""
    channel = settings.channels[contact.channel]
    if channel.kind == "smtp":
        return contact.to or channel.recipients
    if channel.kind == "slack-bot":
        return contact.to or (channel.channel,)
    return (str(channel.directory),) if channel.kind == "file" else (channel.kind,)


def _many(tried: list[Tried], settings: "Settings") -> None:
    """A short line for each finding, then for each contact how many; sorted as the findings are."""
    for one in tried:
        waits = "  (waits)" if one.waits else ""
        typer.echo(f"{one.finding}  {', '.join(one.routed.contacts) or 'nobody'}  {one.routed.rule}{waits}")
    if not tried:
        note("No finding.")
    for name in sorted({contact for one in tried for contact in one.routed.contacts}):
        mine = [one for one in tried if name in one.routed.contacts]
        waiting = sum(1 for one in mine if one.waits)
        note(f"{name} by {settings.contact(name).channel}: {len(mine)} findings, {waiting} would wait")
    for reason in sorted({one.waits for one in tried if one.waits}):
        note(f"waits: {reason}")


def _as_json(tried: Tried, settings: "Settings") -> dict[str, Any]:
    facts = tried.facts
    return {
        "finding": tried.finding or None,
        "check": facts.check,
        "severity": facts.severity.value,
        "organization": facts.organization,
        "department": facts.department,
        "yen": facts.yen,
        "rule": tried.routed.rule,
        "told": [
            {
                "contact": contact.name,
                "label": contact.label,
                "channel": contact.channel,
                "to": list(_destination(contact, settings)),
                "next": contact.next or None,
            }
            for contact in map(settings.contact, tried.routed.contacts)
        ],
        "waits": tried.waits or None,
    }


def _check(given: str) -> str:
    from checks.catalogue import all_checks

    if given not in all_checks():
        raise unknown(f"--check: there is no check '{safe(given)}'", given, all_checks())
    return given


def _severity(given: str | None) -> "Severity":
    from checks.finding import Severity

    known = [one.value for one in Severity]
    if given not in known:
        found = f"found '{safe(given)}'" if given else "is missing"
        raise Problem(f"--severity: {found}, expected one of {', '.join(known)}.")
    return Severity(given)


def _moment(text: str) -> datetime:
    from monitor.intake import dates
    from monitor.place import JST

    on, _, at = text.strip().replace("T", " ").rpartition(" ")
    try:
        return datetime.combine(dates.read(on), datetime.strptime(at, "%H:%M").time(), JST)  # noqa: DTZ007  # a time of the day
    except ValueError:
        raise Problem(f"--at: found '{safe(text)}', expected a Japanese time such as \"2026-07-04 22:00\".") from None
