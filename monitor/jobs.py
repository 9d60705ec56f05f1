"""The jobs that the command line and the scheduler start: run, digest, deliver. Each holds the lock while it works."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import asking, rulebooks, run
from monitor.alerts import channels, lost, mail, outbox, plan, quiet, slack_payload
from monitor.alerts.message import Message
from monitor.alerts.notices import Trouble, What
from monitor.asking import World
from monitor.executors import Where
from monitor.findings import book, exceptions, runs
from monitor.findings.exceptions import Exemption
from monitor.findings.holds import Reason as HoldReason
from monitor.importing import Arrival
from monitor.place import JST, Place
from monitor.problems import Problem
from monitor.run import Observer, Options, Outcome, Step
from monitor.settings import Settings
from monitor.store import registers
from monitor.store.engine import told
from monitor.store.lock import Check, one_runner

if TYPE_CHECKING:  # a run without news reads no file and writes no page: what does that is imported when it is done
    from monitor.digest import model
    from monitor.digest.audience import Audience
    from monitor.digest.slices import Wish
    from monitor.digest.week import Week


def world(settings: Settings, extra_rulebooks: Path | None = None) -> World:
    """Rulebooks, renames and parameters. Raises Problem with every error."""
    return World(
        rulebooks=asking.rulebooks_of(settings, extra_rulebooks),
        renames=rulebooks.renames(asking.renames_file()),
        parameters=asking.parameters_of(settings.parameters),
        since=settings.since,
        exceptions=exceptions.load(settings.exceptions),
        hold=settings.hold,
        stale_after_days=settings.stale_after_days,
    )


# --- run and deliver -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """What a run did: findings, messages planned, messages delivered; exceptions that are of no use (any more)."""

    outcome: Outcome
    planned: plan.Planned
    delivered: outbox.Summary
    unmatched: tuple[Exemption, ...] = ()
    over: tuple[Exemption, ...] = ()


def run_checks(
    place: Place,
    whole: World,
    options: Options,
    *,
    deliver: bool,
    observe: Observer = lambda _step, _what: None,
    where: Where | None = None,
    arrivals: Sequence[Arrival] = (),
) -> Ran:
    """Judge, plan, deliver, keep the ledger of runs. A dry run only judges. Raises Problem.

    ``where`` the work is done; without it the settings say so. Of ``arrivals`` the maintainers are told what could not be
    taken, once: not again while it stays so.
    """
    where = where or Where(workers=place.settings.workers, scheduler=place.settings.scheduler)
    with one_runner(place.engine) as lock, told(place.engine):
        before = runs.last_not_taken(place.engine)
        outcome = run.execute(place.engine, whole, options, place.clock, observe, where)
        if options.dry_run:
            return Ran(outcome, plan.Planned(0, 0, 0), outbox.Summary())
        outcome.not_taken = [one.name for one in arrivals if one.failed]
        planned = plan.plan(
            place.engine,
            place.settings,
            options.as_of,
            place.clock(),
            run_id=outcome.run_id,
            troubles=[
                *_troubles(outcome),
                *(_not_taken(one) for one in arrivals if one.failed and (one.anew or one.name not in before)),
            ],
        )
        observe(Step.PLANNED, str(planned.messages))
        summary = send(place, lock, observe) if deliver else outbox.Summary()
        observe(Step.DELIVERED, str(summary.sent))
        run.finish(place.engine, outcome, place.clock(), vars(summary))
        observe(Step.FINISHED, str(outcome.run_id))
    return Ran(outcome, planned, summary, *_of_no_use(place, whole, options))


def _of_no_use(place: Place, whole: World, options: Options) -> tuple[tuple[Exemption, ...], tuple[Exemption, ...]]:
    """(exceptions in force that match nothing, exceptions whose date is over); the first only if everything was asked."""
    in_force = exceptions.in_force(whole.exceptions, options.as_of)
    over = tuple(entry for entry in whole.exceptions if entry not in in_force)
    if options.checks or options.organizations or not in_force:
        return (), over
    with place.engine.connect() as connection:
        used = {one.decision.source for one in book.everything(connection) if one.decision}
    return tuple(entry for entry in in_force if entry.id not in used), over


def _troubles(outcome: Outcome) -> list[Trouble]:
    """What the maintainers must know of a run. A ledger that stays old is told when it becomes so."""
    what = {HoldReason.FIRST: What.FIRST, HoldReason.SUDDEN: What.SUDDEN}
    return [
        *(Trouble(what[why], f"{body} {check}".strip(), count) for body, check, why, count in outcome.held),
        *(Trouble(What.FAILED, f"{body} {check}") for body, check, _ in outcome.failed),
        *(Trouble(What.STALE, body.id) for body in outcome.newly_stale),
    ]


def _not_taken(one: Arrival) -> Trouble:
    return Trouble(What.NOT_TAKEN, one.trouble.rstrip("。"))


def deliver(place: Place) -> outbox.Summary:
    """Plan what has waited for the end of the quiet time, then send what is due in the outbox."""
    with one_runner(place.engine) as lock, told(place.engine):
        as_of = runs.last_date(place.engine)
        if as_of is not None:
            plan.plan(place.engine, place.settings, as_of, place.clock())
        return send(place, lock)


def send(place: Place, lock: Check, observe: Observer = lambda _step, _what: None) -> outbox.Summary:
    """Send what is due, then tell the maintainers of what did not arrive. The caller holds the lock."""

    def opened(name: str) -> channels.Channel:
        return channels.open_contact(name, place.settings, place.env, place.clock)

    def watched(step: str) -> None:
        if step == outbox.Step.CLAIMED:
            lock()  # nothing leaves without it
        observe(Step.DELIVERED, step)

    def is_quiet(moment: datetime) -> bool:
        return quiet.quiet(moment, place.settings.quiet) is not None

    def sent() -> outbox.Summary:
        return outbox.deliver(place.engine, opened, place.clock, watched, place.settings.delivery, is_quiet)

    first = sent()
    return first + sent() if lost.report(place.engine, place.settings, place.clock()) else first


# --- digest --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A digest and its renderings, by file name, with those of its slices; ``own`` are the messages of owners, by contact."""

    digest: "model.Digest"
    message: Message
    files: Mapping[str, str | bytes]
    own: Mapping[str, Message] = field(default_factory=dict)


def digest(place: Place, week: "Week", wish: "Wish | None" = None) -> Written:
    """The digest of a week as page, workbook, mail and Slack payload, and its slices. Same data, same bytes.

    With a wish only that slice is made, as page and workbook. Raises Problem for a name that is not known.
    """
    from monitor.digest import slices, sources, unread
    from monitor.digest.audience import Scope
    from monitor.store import corrections, quarantine

    wish = wish or slices.Wish()
    with told(place.engine), place.engine.connect() as connection:
        whole = sources.gather(connection, week, place.settings, world(place.settings).rulebooks)
        departments = {} if wish.department is None else registers.departments(connection)
        waiting = corrections.shapes(connection, quarantine.waiting(connection)) if wish.whole and whole.unread else []
    labels = {name: place.settings.contact(name).label for name in (*place.settings.channels, *place.settings.contacts)}
    audience = slices.wished(wish, whole, departments, labels)
    made, files = _rendered(week, whole, audience)
    message = _message(made, files)
    if not wish.whole:
        return Written(made, message, files)
    files |= _letters(place.settings, made, message, tuple(place.settings.digest.to))
    if waiting:  # beside the page and in no mail: its cells may name persons
        files[unread.workbook(week.id)] = corrections.workbook(waiting, week.last)
    mine = _owners(place.settings) if place.settings.digest.own else {}
    own: dict[str, Message] = {}
    scopes = {Scope(name) for name in place.settings.digest.slices} | ({Scope.OWNER} if mine else set())
    for one in slices.audiences(whole, week, scopes):
        contacts = mine.get(one.name, ()) if one.scope is Scope.OWNER else ()
        if not contacts and one.scope.value not in place.settings.digest.slices:
            continue
        part, more = _rendered(week, whole, one)
        files |= more
        if contacts:
            letter = _message(part, more)
            own |= dict.fromkeys(contacts, letter)
            files |= _letters(place.settings, part, letter, contacts)
    return Written(made, message, files, own)


def tidy(folder: Path, written: Written) -> None:
    """Without the workbook of waiting rows that the digest of the same week laid there when rows still waited. Raises Problem."""
    from monitor.digest import unread
    from monitor.digest.audience import EVERYBODY

    name = unread.workbook(written.digest.week.id)
    if written.digest.audience != EVERYBODY or name in written.files:
        return
    try:
        (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise Problem(f"{folder / name} cannot be removed: {error.strerror}. No row of it waits any more.") from error


def _rendered(
    week: "Week", whole: "model.Sources", audience: "Audience"
) -> "tuple[model.Digest, dict[str, str | bytes]]":
    """One audience's digest: the model, and the page and the workbook by file name."""
    from monitor.digest import build, render, slices

    made = build.build(week, slices.narrow(whole, audience), audience)
    name = _stem(made)
    return made, {f"{name}.html": render.page(made), f"{name}.findings.xlsx": render.sheet(made)}


def _message(made: "model.Digest", files: Mapping[str, str | bytes]) -> Message:
    """The message that carries a digest's page and workbook."""
    from monitor.digest import render

    page, answers = files[f"{_stem(made)}.html"], files[f"{_stem(made)}.findings.xlsx"]
    assert isinstance(page, str)
    assert isinstance(answers, bytes)
    return render.message(made, page, answers)


def _letters(
    settings: Settings, made: "model.Digest", message: Message, contacts: Sequence[str]
) -> dict[str, str | bytes]:
    """What is sent, as files: the mail as a mail program opens it, and Slack's payload."""
    week = made.week
    sent = datetime.combine(week.last + timedelta(days=1), time(8, 30), JST)
    sender, recipients = _addresses(settings, contacts)
    # a Message-ID is ASCII; the end of an audience's key tells it from all others
    part = made.audience.key.rpartition("-")[2]
    letter = mail.build(message, sender, recipients, f"digest-{week.id}" + (f"-{part}" if part else ""), sent)
    payload = json.dumps(slack_payload.payload(message), ensure_ascii=False, indent=2) + "\n"
    return {f"{_stem(made)}.eml": letter.as_bytes(), f"{_stem(made)}.slack.json": payload}


def _stem(made: "model.Digest") -> str:
    """digest-2026-W12, digest-2026-W12.模擬市_道路課-1a2b3c."""
    key = made.audience.key
    return f"digest-{made.week.id}" + (f".{key}" if key else "")


def _owners(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The contacts that get their own findings, by label: to whom the routes lead, without those that get the whole."""
    named = {name for route in settings.routes for name in route.to} | {*settings.default, *settings.absent_owner}
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(named - set(settings.digest.to)):
        label = settings.contact(name).label
        found[label] = (*found.get(label, ()), name)
    return found


def send_digest(place: Place, written: Written) -> outbox.Summary:
    """Put a digest into the outbox, once per week and contact, and deliver."""
    week = written.digest.week.id
    messages = dict.fromkeys(place.settings.digest.to, written.message) | dict(written.own)
    with one_runner(place.engine) as lock, told(place.engine):
        with place.engine.begin() as connection:
            for name, message in messages.items():
                channel = place.settings.contact(name).channel
                key = f"digest:{week}:{name}"
                outbox.enqueue(connection, key, channel, "digest", message, place.clock(), audience=name)
        return send(place, lock)


def _addresses(settings: Settings, contacts: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Sender and recipients of a digest as a file: of the first of its contacts that has mail, else of any mail channel.

    Without one, addresses that lead nowhere (RFC 2606).
    """
    for name in (*contacts, *settings.channels):
        contact = settings.contact(name)
        channel = settings.channels[contact.channel]
        if channel.kind == "smtp":
            return channel.sender, contact.to or channel.recipients
    return "keiyaku-monitor@example.invalid", ("keiyaku-kakari@example.invalid",)


def test_message(moment: datetime) -> Message:
    """What ``keiyaku notify test`` sends: marked as a test in its first words."""
    text = f"これは契約点検の送信テストです（{moment:%Y-%m-%d %H:%M}）。対応は不要です。"
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": text}}]
    return Message(
        "【テスト】契約点検の送信テスト",
        text + "\n",
        f'<!DOCTYPE html><html lang="ja"><body><p>{text}</p></body></html>',
        blocks,
        (),
    )
