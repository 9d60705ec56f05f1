"""The main job: judge what has moved, write findings and events, plan messages, deliver them, keep the ledger of runs.

Killed anywhere, it can be started again: each organization's answers are one transaction, planning is another, and what
was not planned is planned by the next run.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, select, update

from checks.catalogue import Check, all_checks
from checks.finding import CheckResult
from monitor import asking
from monitor.asking import Question, World
from monitor.findings import answers, book, exceptions, holds
from monitor.findings.calendar import turn
from monitor.findings.decisions import Decision
from monitor.findings.exceptions import Exemption
from monitor.findings.holds import Reason as HoldReason
from monitor.findings.lifecycle import Cause, Kind, Transition
from monitor.findings.reconcile import reconcile, unanswered
from monitor.problems import Problem, unknown
from monitor.store import registers
from monitor.store.engine import inserted
from monitor.store.registers import Organization
from monitor.store.schema import finding_events, runs


class Step(StrEnum):
    """Where a run stands: told to the observer, so that progress can be shown and tests can pull the plug."""

    STARTED = "started"  # the run is in the ledger
    LOADED = "loaded"  # an organization's register is in memory
    JUDGED = "judged"  # its checks have answered
    STORED = "stored"  # its findings and events are committed
    TURNED = "turned"  # what the day itself does is committed: dates passed, acceptances ended
    PLANNED = "planned"  # messages are in the outbox
    DELIVERED = "delivered"
    FINISHED = "finished"


Observer = Callable[[Step, str], None]


@dataclass(frozen=True)
class Options:
    """What a run is asked to do."""

    as_of: date
    checks: tuple[str, ...] = ()  # empty: all
    organizations: tuple[str, ...] = ()  # empty: all
    full: bool = False
    dry_run: bool = False
    period: str | None = None  # the scheduled time that it stands for


@dataclass
class Outcome:
    """What a run did. ``failed`` are (organization, check, error)."""

    run_id: int | None = None
    evaluated: int = 0
    skipped: int = 0
    transitions: list[Transition] = field(default_factory=list)
    failed: list[tuple[str, str, str]] = field(default_factory=list)
    sudden: list[tuple[str, asking.Sudden]] = field(default_factory=list)  # by organization
    stale: list[Organization] = field(default_factory=list)  # not judged: their ledgers are too old
    newly_stale: list[Organization] = field(default_factory=list)
    held: list[tuple[str, str, HoldReason, int]] = field(default_factory=list)  # organization, check, why, findings

    def counts(self) -> dict[str, Any]:
        """Numbers for the ledger of runs."""
        kinds = [transition.kind.value for transition in self.transitions]
        return {
            "evaluated": self.evaluated,
            "skipped": self.skipped,
            "failed": len(self.failed),
            "stale": len(self.stale),
            **{kind.value: kinds.count(kind.value) for kind in Kind if kind.value in kinds},
        }


@dataclass(frozen=True)
class _Job:
    """One execution: its world and what has come of it so far."""

    engine: Engine
    world: World
    options: Options
    chosen: Sequence[Check]
    clock: Callable[[], datetime]
    observe: Observer
    told_until: int  # the last run that planned its messages
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def in_force(self) -> tuple[Exemption, ...]:
        """The exceptions whose date is not over."""
        return exceptions.in_force(self.world.exceptions, self.options.as_of)

    def exceptions_of(self, check: Check) -> tuple[Exemption, ...]:
        """Those of a check."""
        return tuple(entry for entry in self.in_force if entry.check == check.id)


def execute(
    engine: Engine,
    world: World,
    options: Options,
    clock: Callable[[], datetime],
    observe: Observer = lambda _step, _what: None,
) -> Outcome:
    """Judge every organization whose data, calendar or rules have moved. The caller holds the lock.

    Raises Problem for an unknown check or organization and, without dry_run, for an as_of earlier than the last run or decision.
    """
    chosen = _chosen_checks(options)
    with engine.connect() as connection:
        targets = _chosen_organizations(connection, options)
        _not_backwards(connection, options)
        job = _Job(engine, world, options, chosen, clock, observe, _told_until(connection))
    if not options.dry_run:
        job.outcome.run_id = _begin(engine, options, clock())
        observe(Step.STARTED, str(job.outcome.run_id))
    for organization in targets:
        _organization(job, organization)
    _turn(job, targets)
    if not options.dry_run:
        with engine.connect() as connection:  # those of a run that broke off before it could tell of them, too
            placed = [one for one in holds.standing(connection) if one.run_id > job.told_until]
            job.outcome.held = [(one.organization, one.check, one.reason, one.found) for one in placed]
    observe(Step.TURNED, str(options.as_of))
    return job.outcome


def finish(engine: Engine, outcome: Outcome, now: datetime, delivered: Mapping[str, int]) -> None:
    """Close the run in the ledger: done, or partial if a check failed."""
    status = "partial" if outcome.failed or outcome.stale else "done"
    with engine.begin() as connection:
        connection.execute(
            update(runs)
            .where(runs.c.id == outcome.run_id)
            .values(status=status, finished_at=now, counts={**outcome.counts(), "delivery": dict(delivered)})
        )


def _chosen_checks(options: Options) -> list[Check]:
    known = all_checks()
    for name in options.checks:
        if name not in known:
            raise unknown(f"--check: there is no check '{name}'", name, known)
    return [check for check in known.values() if not options.checks or check.id in options.checks]


def _chosen_organizations(connection: Connection, options: Options) -> list[Organization]:
    held = {organization.id: organization for organization in registers.organizations(connection)}
    for name in options.organizations:
        if name not in held:
            raise unknown(f"--organization: the ledger has no '{name}'", name, held)
    return [one for one in held.values() if not options.organizations or one.id in options.organizations]


def _not_backwards(connection: Connection, options: Options) -> None:
    last = _last_date(connection)
    if last is not None and options.as_of < last and not options.dry_run:
        raise Problem(
            f"--as-of {options.as_of} is earlier than the last run's date {last}: use --dry-run to look back."
        )
    said = connection.scalar(select(func.max(finding_events.c.as_of)))
    if said is not None and options.as_of < said and not options.dry_run:
        raise Problem(
            f"--as-of {options.as_of} is earlier than the last decision's date {said}: use --dry-run to look back."
        )


def last_date(engine: Engine) -> date | None:
    """The date of the last run, None before the first."""
    with engine.connect() as connection:
        return _last_date(connection)


def _told_until(connection: Connection) -> int:
    """The last run that planned its messages: what a later one has found out, nobody was told. 0 if there is none."""
    query = select(runs.c.id, runs.c.counts).where(runs.c.job == "run").order_by(runs.c.id.desc())
    return next((row.id for row in connection.execute(query) if row.counts), 0)


def _last_date(connection: Connection) -> date | None:
    return connection.scalar(select(runs.c.as_of).where(runs.c.job == "run").order_by(runs.c.as_of.desc()).limit(1))


def _begin(engine: Engine, options: Options, now: datetime) -> int:
    with engine.begin() as connection:
        # we hold the lock: a run that still says 'running' was killed; its scheduled time is free to be done again
        killed = runs.c.status == "running"
        connection.execute(update(runs).where(killed).values(status="crashed", finished_at=now, period=None))
        values: dict[str, Any] = {"job": "run", "period": options.period, "as_of": options.as_of, "started_at": now}
        return inserted(connection, runs, {**values, "status": "running", "counts": {}})


# --- one organization ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """What was asked of one organization and what came of it. ``gone`` are contracts that no longer count."""

    organization: Organization
    answered: Sequence[tuple[Question, CheckResult | str]]
    excepted: Mapping[str, Mapping[str, Decision]]  # by check and subject
    sudden: Sequence[asking.Sudden]
    gone: frozenset[str]
    first: bool  # the first judgement of this ledger
    stale: bool = False


def _organization(job: _Job, organization: Organization) -> None:
    if job.world.is_stale(organization, job.options.as_of):
        asked = _too_old(job, organization)
    else:
        found = _ask(job, organization)
        if found is None:
            return
        asked = found
    with job.engine.connect().execution_options(writes=True) as connection, connection.begin():
        _store(job, asked, connection)
    job.observe(Step.STORED, organization.id)


def _ask(job: _Job, organization: Organization) -> _Asked | None:
    """What the checks say that have something new to say; None if none has."""
    world, options, outcome = job.world, job.options, job.outcome
    with job.engine.connect() as connection:
        questions = asking.questions(connection, world, organization, job.chosen, options.as_of, full=options.full)
        outcome.skipped += len(job.chosen) - len(questions)
        if not questions:
            return None
        whole = registers.load(connection, organization, world.renames)
        before = answers.numbers(connection, organization.id)
    job.observe(Step.LOADED, organization.id)
    register, turns_on = whole.seen_on(options.as_of)
    answered = asking.ask(world, organization, questions, register, turns_on, before, options.as_of)
    outcome.evaluated += len(questions)
    job.observe(Step.JUDGED, organization.id)
    return _Asked(
        organization,
        answered,
        {
            question.check.id: exceptions.decisions(job.exceptions_of(question.check), answer.findings, register)
            for question, answer in answered
            if isinstance(answer, CheckResult)
        },
        asking.sudden(world, before, answered),
        frozenset(whole.tables["contracts"]["contract_id"]) - frozenset(register.contracts["contract_id"]),
        first=not before,
    )


def _too_old(job: _Job, organization: Organization) -> _Asked:
    """No check is asked of a ledger that nobody has brought up to date: what it lacks may have been done."""
    job.outcome.stale.append(organization)
    said = f"台帳が{organization.read_on}から取り込まれていません（{job.world.stale_after_days}日を超えたため判定していません）"
    answered = [(Question(check, job.world.basis(check, organization), Cause.DATE), said) for check in job.chosen]
    return _Asked(organization, answered, {}, (), frozenset(), first=False, stale=True)


def _store(job: _Job, asked: _Asked, connection: Connection) -> None:
    """One transaction: transitions and events, the answers, and the hold if these are too many to be told at once."""
    options, organization = job.options, asked.organization
    last = answers.of(connection, organization.id) if asked.stale else {}
    if asked.stale and (not last or any(_is_news(row, job) for row in last.values())):
        job.outcome.newly_stale.append(organization)
    told: list[Transition] = []
    for question, answer in asked.answered:
        check = question.check.id
        known = book.known(connection, organization.id, check)
        if isinstance(answer, str):
            if not asked.stale:
                job.outcome.failed.append((organization.id, check, answer))
            transitions = unanswered(known)
        else:
            transitions = reconcile(
                known,
                answer.findings,
                question.cause,
                asked.gone,
                options.as_of,
                asked.excepted[check],
                answer.not_judged,
            )
        told += transitions
        if job.outcome.run_id is None:
            continue
        book.write(connection, transitions, job.outcome.run_id, options.as_of, job.clock())
        if check in last and last[check]["status"] == answers.STALE:
            continue  # a ledger that stays old is on record once
        run = {"run_id": job.outcome.run_id, "as_of": options.as_of}
        how = answers.STALE if asked.stale else answers.ERROR
        answers.remember(connection, organization, check, question.basis, answer, run, failed_as=how)
    job.outcome.transitions += told
    if job.outcome.run_id is not None:
        _hold(job, asked, told, (job.outcome.run_id, options.as_of), connection)


def _is_news(answer: RowMapping, job: _Job) -> bool:
    """It was no stale one, or nobody was told, as that run broke off before it planned."""
    return bool(answer["status"] != answers.STALE or answer["run_id"] > job.told_until)


def _hold(
    job: _Job, asked: _Asked, transitions: Sequence[Transition], run: tuple[int, date], connection: Connection
) -> None:
    organization = asked.organization.id
    opened = Counter(one.after.check for one in transitions if one.kind is Kind.OPENED and one.told)
    job.outcome.sudden += [(organization, one) for one in asked.sudden]
    placed = [("", HoldReason.FIRST, opened.total())] if asked.first and job.world.hold.first and opened else []
    placed += [(one.check, HoldReason.SUDDEN, one.now) for one in asked.sudden]
    for check, reason, count in placed:
        holds.place(connection, organization, check, reason, run, count)


def _turn(job: _Job, organizations: Sequence[Organization]) -> None:
    """What the day itself does: dates that have passed, acceptances that end."""
    checks = [check.id for check in job.chosen]
    ids = [one.id for one in organizations]  # an old ledger's too: its findings are unknown, but what was accepted ends
    moved = {transition.after.id for transition in job.outcome.transitions} if job.outcome.run_id is None else set()
    with job.engine.connect().execution_options(writes=True) as connection, connection.begin():
        standing = [one for one in book.standing(connection, ids, checks) if one.id not in moved]
        turned = list(turn(standing, job.options.as_of, {entry.id for entry in job.in_force}))
        job.outcome.transitions += turned
        if job.outcome.run_id is not None:
            book.write(connection, turned, job.outcome.run_id, job.options.as_of, job.clock())
            book.still_there(connection, ids, checks, job.options.as_of)


__all__ = ["Observer", "Options", "Outcome", "Step", "execute", "finish", "last_date"]
