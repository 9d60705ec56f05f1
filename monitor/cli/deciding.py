"""``keiyaku findings decide`` and ``keiyaku release``: what people say of findings and of messages that wait."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import Config, day, note, place, safe
from monitor.cli.findings import Bodies, Checks, Contracts, Departments, Severities, States, choice, table
from monitor.problems import Exit, Problem

if TYPE_CHECKING:
    from monitor.findings.decisions import Decision
    from monitor.findings.lifecycle import Known
    from monitor.place import Place


def decide(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="The ids; or choose by the options.")
    ] = None,
    as_: Annotated[str, typer.Option("--as", help="確認, 容認, 処置済, 誤検知, 同一 or 取消.")] = "",
    by: Annotated[str, typer.Option(help="Who decides: the name that an auditor will read.")] = "",
    reason: Annotated[str, typer.Option(help="Why (容認, 誤検知, 同一, 取消).")] = "",
    action: Annotated[str, typer.Option(help="What was done (処置済).")] = "",
    until: Annotated[str | None, typer.Option(help="The last day of 容認, such as 2026-09-30 or R8.9.30.")] = None,
    check: Checks = None,
    organization: Bodies = None,
    department: Departments = None,
    contract: Contracts = None,
    severity: Severities = None,
    state: States = None,
    yes: Annotated[bool, typer.Option("--yes", help="With options instead of ids: do it, not only show it.")] = False,
    config: Config = None,
) -> None:
    """Say what findings are: by id, or all that the options choose (shown first; --yes does it)."""
    from monitor import answering
    from monitor.findings import book

    here = place(config)
    decision = _decision(as_, by, reason, action, until)
    with here.engine.connect() as connection:
        chosen = choice(connection, check, organization, department, contract, severity, state)
        if bool(ids) == chosen.narrows:
            raise Problem("Give ids, or choose by --check, --organization, --department, --contract or --severity.")
        known = {one.id: one for one in book.some(connection, [one.upper() for one in ids])} if ids else {}
        missing = [safe(one) for one in ids or () if one.upper() not in known]
        if missing:
            raise Problem(f"There is no finding {', '.join(missing)}; keiyaku findings list shows the ids.")
        found = list(known.values()) if ids else book.chosen(connection, chosen)
    if not ids and not yes:
        _preview(here, found, decision)
        return
    done = answering.decide(here, [one.id for one in found], decision)
    note(f"{done.changed} decided as {as_}, {done.unchanged} already so, {len(done.refused)} refused.")
    for finding_id, refused in done.refused:
        note(f"{finding_id}: {refused}")
    if done.refused:
        raise typer.Exit(Exit.USAGE)


def _decision(as_: str, by: str, reason: str, action: str, until: str | None) -> "Decision":
    from monitor.findings.decisions import WORDS, said

    if as_ not in WORDS:
        raise Problem(f"--as: found '{safe(as_)}', expected one of {', '.join(WORDS)}.")
    return said(as_, by, reason, action, day(until, "--until") if until else None)


def _preview(here: "Place", found: "list[Known]", decision: "Decision") -> None:
    from monitor.findings.book import Listed
    from monitor.findings.decisions import Refused
    from monitor.findings.decisions import decide as judge
    from monitor.place import day as day_of

    table([Listed.of(one) for one in found])
    refused, unchanged = 0, 0
    for one in found:
        try:
            unchanged += judge(one, decision, day_of(here)) is None
        except Refused as why:
            refused += 1
            note(f"{one.id}: {why}")
    would = len(found) - refused - unchanged
    note(f"Nothing is written yet: {would} would be decided, {unchanged} are so already, {refused} refused. Add --yes.")


def release(
    organization: Bodies = None,
    check: Checks = None,
    known: Annotated[
        bool, typer.Option("--known", help="Tell nobody of what has come: a known backlog, which stays in the digest.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who releases; without it the holds are only listed.")] = "",
    no_deliver: Annotated[bool, typer.Option("--no-deliver", help="Plan messages, send none.")] = False,
    config: Config = None,
) -> None:
    """List the messages that wait for a person, or let them go (--by): told now, or left as a known backlog (--known)."""
    from monitor import answering
    from monitor.findings import holds

    here = place(config)
    with here.engine.connect() as connection:
        standing = holds.standing(connection)
    chosen = [
        one
        for one in standing
        if (not organization or one.organization in organization) and (not check or one.check in check)
    ]
    for one in chosen:
        what = one.check or "every check"
        note(f"{safe(one.organization)}: {what}: {one.reason.label}, since {one.placed_on}, {one.found} findings.")
    if not chosen and standing:
        note("No hold is on these alone. keiyaku release lists what waits; a hold on every check ends as a whole.")
    elif not chosen:
        note("No message is held.")
    elif not by.strip():
        note("They wait. To tell them: keiyaku release --by NAME; to leave them as a known backlog: --known --by NAME.")
    else:
        done = answering.release(
            here, chosen, holds.Release.KNOWN if known else holds.Release.TOLD, by, deliver=not no_deliver
        )
        note(f"{len(chosen)} released, {done.planned.messages} messages planned, {done.delivered.sent} sent.")
        if done.planned.quiet:
            note(f"{done.planned.quiet} findings wait for the end of the quiet time.")
        if done.delivered.retry or done.delivered.dead or done.delivered.unknown:
            raise typer.Exit(Exit.NOT_DELIVERED)
