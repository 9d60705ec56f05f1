"""The main job: judge what has moved, write findings and events, plan messages, deliver them, keep the ledger of runs.

Killed anywhere, it can be started again: each organization's answers are one transaction, planning is another, and what
was not planned is planned by the next run.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, select, update

from checks.catalogue import Check, all_checks
from checks.register import Register
from monitor import asking, executors, judging
from monitor.asking import Question, World
from monitor.executors import Crew, Lost, Where
from monitor.findings import answers, book, exceptions, holds, seen
from monitor.findings import runs as runs_of
from monitor.findings.answers import Given
from monitor.findings.calendar import turn
from monitor.findings.exceptions import Exemption
from monitor.findings.holds import Reason as HoldReason
from monitor.findings.lifecycle import Cause, Kind, Moved, Transition
from monitor.judging import Judged, Said, Task
from monitor.problems import Problem, unknown
from monitor.store import bodies, columns, registers
from monitor.store.bodies import Organization
from monitor.store.engine import inserted
from monitor.store.schema import finding_events, runs


class Step(StrEnum):
    """Where a run stands: told to the observer, so that progress can be shown and tests can pull the plug."""

    STARTED = "started"  # the run is in the ledger
    CHOSEN = "chosen"  # so many organizations have something new to say
    JUDGED = "judged"  # the checks of an organization have answered
    FAILED = "failed"  # a check of an organization broke off
    STORED = "stored"  # its findings and events are committed
    TURNED = "turned"  # what the day itself does is committed: dates passed, acceptances ended
    PLANNED = "planned"  # messages are in the outbox
    DELIVERED = "delivered"
    FINISHED = "finished"


_Last = Mapping[str, Mapping[str, RowMapping]]  # the last answers, by organization and check
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
    """What a run did. ``failed`` are (organization, check, error); ``transitions`` are those of a dry run."""

    run_id: int | None = None
    evaluated: int = 0
    skipped: int = 0
    moved: list[Moved] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    failed: list[tuple[str, str, str]] = field(default_factory=list)
    crew: Crew = field(default_factory=lambda: Crew(executors.Kind.SERIAL))
    loading: float = 0.0  # CPU seconds of reading ledgers
    sudden: list[tuple[str, asking.Sudden]] = field(default_factory=list)  # by organization
    stale: list[Organization] = field(default_factory=list)  # not judged: their ledgers are too old
    newly_stale: list[Organization] = field(default_factory=list)
    held: list[tuple[str, str, HoldReason, int]] = field(default_factory=list)  # organization, check, why, findings
    not_taken: list[str] = field(default_factory=list)  # what was to be imported before it, by name

    def counts(self) -> dict[str, Any]:
        """Numbers for the ledger of runs."""
        kinds = Counter(one.kind.value for one in self.moved)
        return {
            "evaluated": self.evaluated,
            "skipped": self.skipped,
            "failed": len(self.failed),
            "stale": len(self.stale),
            "executor": self.crew.kind.value,
            "workers": self.crew.workers,
            "loading": round(self.loading, 3),
            **({"not_taken": self.not_taken} if self.not_taken else {}),
            **{kind.value: kinds[kind.value] for kind in Kind if kind.value in kinds},
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


def execute(
    engine: Engine,
    world: World,
    options: Options,
    clock: Callable[[], datetime],
    observe: Observer = lambda _step, _what: None,
    where: Where = Where(),  # noqa: B008  # frozen
) -> Outcome:
    """Judge every organization whose data, calendar or rules have moved. The caller holds the lock.

    ``where`` it is done moves no finding. Raises Problem for an unknown check or organization, for a cluster that
    cannot be used and, without dry_run, for an as_of earlier than the last run or decision.
    """
    chosen = _chosen_checks(options)
    executors.crew(where, 1, 1, engine.dialect.name)  # what cannot be is refused before anything is written
    with engine.connect() as connection:
        targets = _chosen_organizations(connection, options)
        _not_backwards(connection, options)
        job = _Job(engine, world, options, chosen, clock, observe, _told_until(connection))
    if not options.dry_run:
        job.outcome.run_id = _begin(engine, options, clock())
        observe(Step.STARTED, str(job.outcome.run_id))
    _judge(job, targets, where)
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
    held = {organization.id: organization for organization in bodies.organizations(connection)}
    for name in options.organizations:
        if name not in held:
            raise unknown(f"--organization: the ledger has no '{name}'", name, held)
    return [one for one in held.values() if not options.organizations or one.id in options.organizations]


def _not_backwards(connection: Connection, options: Options) -> None:
    last = runs_of.last_date_of(connection)
    if last is not None and options.as_of < last and not options.dry_run:
        raise Problem(
            f"--as-of {options.as_of} is earlier than the last run's date {last}: use --dry-run to look back."
        )
    # no event is of an earlier day than the one before it: that is what is seen to here
    said = connection.scalar(select(finding_events.c.as_of).order_by(finding_events.c.seq.desc()).limit(1))
    if said is not None and options.as_of < said and not options.dry_run:
        raise Problem(
            f"--as-of {options.as_of} is earlier than the last decision's date {said}: use --dry-run to look back."
        )


def _told_until(connection: Connection) -> int:
    """The last run that planned its messages: what a later one has found out, nobody was told. 0 if there is none."""
    query = select(runs.c.id, runs.c.counts).where(runs.c.job == "run").order_by(runs.c.id.desc())
    return next((row.id for row in connection.execute(query) if row.counts), 0)


def _begin(engine: Engine, options: Options, now: datetime) -> int:
    with engine.begin() as connection:
        # we hold the lock: a run that still says 'running' was killed; its scheduled time is free to be done again
        killed = runs.c.status == "running"
        connection.execute(update(runs).where(killed).values(status="crashed", finished_at=now, period=None))
        values: dict[str, Any] = {"job": "run", "period": options.period, "as_of": options.as_of, "started_at": now}
        return inserted(connection, runs, {**values, "status": "running", "counts": {}})


# --- judging: the organizations that have something new to say, each in one task ------------------------------------


def _judge(job: _Job, targets: Sequence[Organization], where: Where) -> None:
    """Too old ledgers first, which nobody is asked about; then each organization is judged and stored, in order."""
    world, options = job.world, job.options
    with job.engine.connect() as connection:
        last = answers.by_organization(connection)
    old = [one for one in targets if world.is_stale(one, options.as_of)]
    asked: list[tuple[Organization, list[Question]]] = []
    for organization in targets:
        if organization not in old:
            held = last.get(organization.id, {})
            questions = asking.questions(held, world, organization, job.chosen, options.as_of, full=options.full)
            job.outcome.skipped += len(job.chosen) - len(questions)
            asked += [(organization, questions)] if questions else []
    job.observe(Step.CHOSEN, str(len(old) + len(asked)))
    for organization in old:
        _store(job, _too_old(job, organization, last), last.get(organization.id, {}))
    if not asked:
        return
    chosen = executors.crew(where, len(asked), executors.cores(), job.engine.dialect.name)
    job.outcome.crew = chosen

    def read(organization: Organization) -> Register:
        with job.engine.connect() as connection:
            query = columns.by_rows(connection)
            return registers.read(query, organization, world.renames, registers.UNREAD)

    def here(task: Task) -> Judged:
        return judging.judge(world, task, read)

    pack = judging.packed(job.engine.url, world)
    tasks = (_task(job, organization, questions, last) for organization, questions in asked)
    job.engine.dispose()  # workers may be forks of this process: they begin with no connection open
    with closing(executors.each(chosen, here, judging.work, pack, tasks)) as results:
        for task, found in results:
            judged = judging.unjudged(task, found.reason) if isinstance(found, Lost) else found
            job.observe(Step.JUDGED, task.organization.id)
            job.outcome.evaluated += len(task.questions)
            job.outcome.loading += judged.loading
            _store(job, judged, {})


def _task(job: _Job, organization: Organization, questions: Sequence[Question], last: _Last) -> Task:
    held = last.get(organization.id)
    if held is None:  # answers and findings are written together: where no check has answered, none has found anything
        return Task(organization, tuple(questions), {}, {}, job.options.as_of)
    with job.engine.connect() as connection:
        known = book.known_of(connection, organization.id, [question.check.id for question in questions])
        before = answers.numbers(connection, organization.id, held)
        return Task(organization, tuple(questions), before, known, job.options.as_of)


def _too_old(job: _Job, organization: Organization, last: _Last) -> Judged:
    """No check is asked of a ledger that nobody has brought up to date: what it lacks may have been done."""
    job.outcome.stale.append(organization)
    said = f"台帳が{organization.read_on}から取り込まれていません（{job.world.stale_after_days}日を超えたため判定していません）"
    questions = [Question(check, job.world.basis(check, organization), Cause.DATE) for check in job.chosen]
    return judging.unjudged(_task(job, organization, questions, last), said)


# --- storing: one transaction per organization ----------------------------------------------------------------------


def _store(job: _Job, judged: Judged, last: Mapping[str, RowMapping]) -> None:
    """Transitions and events, the answers, and the hold if these are too many to be told at once.

    ``last`` are the last answers of an organization whose ledger is too old to be judged; empty for any other.
    """
    organization = judged.task.organization
    stale = organization in job.outcome.stale
    if stale and (not last or any(_is_news(row, job) for row in last.values())):
        job.outcome.newly_stale.append(organization)
    failed = [] if stale else [said for said in judged.said if isinstance(said.answer, str)]
    job.outcome.failed += [(organization.id, said.question.check.id, str(said.answer)) for said in failed]
    if failed:
        job.observe(Step.FAILED, organization.id)
    told = [transition for said in judged.said for transition in said.transitions]
    job.outcome.sudden += [(organization.id, one) for one in judged.sudden]
    job.outcome.moved += [one.moved for one in told]
    if job.outcome.run_id is None:
        job.outcome.transitions += told
        job.observe(Step.STORED, organization.id)
        return
    run = {"run_id": job.outcome.run_id, "as_of": job.options.as_of}
    with job.engine.connect().execution_options(writes=True) as connection, connection.begin():
        book.write(connection, told, job.outcome.run_id, job.options.as_of, job.clock())
        # a ledger that stays old is on record once
        new = [said for said in judged.said if _status(last, said) != answers.STALE]
        answers.remember(
            connection,
            organization,
            [Given(said.question.check.id, said.question.basis, said.answer, said.seconds) for said in new],
            run,
            failed_as=answers.STALE if stale else answers.ERROR,
        )
        _hold(job, judged, told, (job.outcome.run_id, job.options.as_of), connection)
    job.observe(Step.STORED, organization.id)


def _status(last: Mapping[str, RowMapping], said: Said) -> str:
    held = last.get(said.question.check.id)
    return str(held["status"]) if held is not None else ""


def _is_news(answer: RowMapping, job: _Job) -> bool:
    """It was no stale one, or nobody was told, as that run broke off before it planned."""
    return bool(answer["status"] != answers.STALE or answer["run_id"] > job.told_until)


def _hold(
    job: _Job, judged: Judged, transitions: Sequence[Transition], run: tuple[int, date], connection: Connection
) -> None:
    organization, first = judged.task.organization.id, not judged.task.before
    opened = Counter(one.after.check for one in transitions if one.kind is Kind.OPENED and one.told)
    placed = [("", HoldReason.FIRST, opened.total())] if first and job.world.hold.first and opened else []
    placed += [(one.check, HoldReason.SUDDEN, one.now) for one in judged.sudden]
    for check, reason, count in placed:
        holds.place(connection, organization, check, reason, run, count)


def _turn(job: _Job, organizations: Sequence[Organization]) -> None:
    """What the day itself does: dates that have passed, acceptances that end."""
    checks = [check.id for check in job.chosen]
    ids = [one.id for one in organizations]  # an old ledger's too: its findings are unknown, but what was accepted ends
    moved = {transition.after.id for transition in job.outcome.transitions}  # of a dry run: they stand as they did
    with job.engine.connect().execution_options(writes=True) as connection, connection.begin():
        standing = [one for one in book.turning(connection, ids, checks, job.options.as_of) if one.id not in moved]
        turned = list(turn(standing, job.options.as_of, {entry.id for entry in job.in_force}))
        job.outcome.moved += [one.moved for one in turned]
        if job.outcome.run_id is None:
            job.outcome.transitions += turned
        else:
            book.write(connection, turned, job.outcome.run_id, job.options.as_of, job.clock())
            seen.confirm(connection, ids, checks, job.options.as_of)


__all__ = ["Observer", "Options", "Outcome", "Step", "execute", "finish"]
