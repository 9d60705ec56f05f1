"""The main job: judge what has moved, write findings and events, plan messages, deliver them, keep the ledger of runs.

Killed anywhere, it can be started again: each organization's answers are one transaction, planning is another, and what
was not planned is planned by the next run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, select, update

from checks.catalogue import Check, Parameters, all_checks
from checks.finding import Answer, CheckResult
from checks.register import Register
from checks.rulebook import Rulebook
from checks.vendors import Renames
from monitor import rulebooks as rulebook_files
from monitor.findings import answers, book, identity, lifecycle
from monitor.findings.lifecycle import Cause, Kind, Transition
from monitor.problems import Problem, unknown
from monitor.store import registers
from monitor.store.engine import inserted
from monitor.store.registers import Organization
from monitor.store.schema import runs


class Step(StrEnum):
    """Where a run stands: told to the observer, so that progress can be shown and tests can pull the plug."""

    STARTED = "started"  # the run is in the ledger
    LOADED = "loaded"  # an organization's register is in memory
    JUDGED = "judged"  # its checks have answered
    STORED = "stored"  # its findings and events are committed
    PLANNED = "planned"  # messages are in the outbox
    DELIVERED = "delivered"
    FINISHED = "finished"


Observer = Callable[[Step, str], None]


@dataclass(frozen=True)
class World:
    """All that judgement rests on besides the registers: rulebooks, renames and parameters of checks."""

    rulebooks: Mapping[str, Rulebook]
    renames: Renames
    parameters: Mapping[str, Parameters]
    since: date | None = None

    def basis(self, check: Check, organization: Organization) -> str:
        """A digest of everything but the data that an answer rests on: if it moves, the answer is asked anew."""
        rulebook = self.rulebooks.get(organization.rulebook)
        return identity.digest(
            [
                check.id,
                check.version,
                rulebook_files.digest(rulebook) if rulebook else None,
                self.parameters[check.id].model_dump(mode="json"),
                [[row.old, row.new, row.since, row.verified] for row in self.renames.rows],
                self.since,
            ]
        )


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

    def counts(self) -> dict[str, Any]:
        """Numbers for the ledger of runs."""
        kinds = [transition.kind.value for transition in self.transitions]
        return {
            "evaluated": self.evaluated,
            "skipped": self.skipped,
            "failed": len(self.failed),
            **{kind.value: kinds.count(kind.value) for kind in Kind if kind.value in kinds},
        }


def parameters_of(given: Mapping[str, Mapping[str, Any]]) -> dict[str, Parameters]:
    """Each check's parameters, from the settings. Raises Problem with every error."""
    said, found = [], {}
    for check in all_checks().values():
        try:
            found[check.id] = check.parameters.model_validate(given.get(check.id, {}))
        except ValidationError as error:
            said += [f"parameters.{check.id}.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    if said:
        raise Problem(*said)
    return found


def execute(
    engine: Engine,
    world: World,
    options: Options,
    clock: Callable[[], datetime],
    observe: Observer = lambda _step, _what: None,
) -> Outcome:
    """Judge every organization whose data, calendar or rules have moved. The caller holds the lock.

    Raises Problem for an unknown check or organization and for an as_of earlier than the last run without dry_run.
    """
    chosen = _chosen_checks(options)
    with engine.connect() as connection:
        targets = _chosen_organizations(connection, options)
        _not_backwards(connection, options)
    outcome = Outcome()
    if not options.dry_run:
        outcome.run_id = _begin(engine, options, clock())
        observe(Step.STARTED, str(outcome.run_id))
    for organization in targets:
        _organization(engine, world, options, organization, chosen, clock, observe, outcome)
    if not options.dry_run:
        with engine.begin() as connection:
            ids = [organization.id for organization in targets]
            book.still_there(connection, ids, [check.id for check in chosen], options.as_of)
    return outcome


def finish(engine: Engine, outcome: Outcome, now: datetime, delivered: Mapping[str, int]) -> None:
    """Close the run in the ledger: done, or partial if a check failed."""
    status = "partial" if outcome.failed else "done"
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
    last = connection.scalar(select(runs.c.as_of).where(runs.c.job == "run").order_by(runs.c.as_of.desc()).limit(1))
    if last is not None and options.as_of < last and not options.dry_run:
        raise Problem(
            f"--as-of {options.as_of} is earlier than the last run's date {last}: use --dry-run to look back."
        )


def _begin(engine: Engine, options: Options, now: datetime) -> int:
    with engine.begin() as connection:
        # we hold the lock: a run that still says 'running' was killed; its scheduled time is free to be done again
        killed = runs.c.status == "running"
        connection.execute(update(runs).where(killed).values(status="crashed", finished_at=now, period=None))
        values: dict[str, Any] = {"job": "run", "period": options.period, "as_of": options.as_of, "started_at": now}
        return inserted(connection, runs, {**values, "status": "running", "counts": {}})


# --- one organization ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Question:
    """A check that must be asked of an organization, and why."""

    check: Check
    basis: str
    cause: Cause


def _organization(
    engine: Engine,
    world: World,
    options: Options,
    organization: Organization,
    chosen: Sequence[Check],
    clock: Callable[[], datetime],
    observe: Observer,
    outcome: Outcome,
) -> None:
    with engine.connect() as connection:
        questions = _questions(connection, world, options, organization, chosen)
        outcome.skipped += len(chosen) - len(questions)
        if not questions:
            return
        whole = registers.load(connection, organization, world.renames)
    observe(Step.LOADED, organization.id)
    register, turns_on = whole.seen_on(options.as_of)
    gone = frozenset(whole.tables["contracts"]["contract_id"]) - frozenset(register.contracts["contract_id"])
    answered = _answers(engine, world, options, organization, questions, register, turns_on)
    observe(Step.JUDGED, organization.id)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for question, answer in answered:
            known = book.known(connection, organization.id, question.check.id)
            if isinstance(answer, str):
                outcome.failed.append((organization.id, question.check.id, answer))
                transitions = lifecycle.unanswered(known)
            else:
                transitions = lifecycle.reconcile(known, answer.findings, question.cause, gone, options.as_of)
            outcome.transitions += transitions
            if outcome.run_id is not None:
                book.write(connection, transitions, outcome.run_id, options.as_of, clock())
                run = {"run_id": outcome.run_id, "as_of": options.as_of}
                answers.remember(connection, organization, question.check.id, question.basis, answer, run)
    outcome.evaluated += len(questions)
    observe(Step.STORED, organization.id)


_Answered = list[tuple[_Question, CheckResult | str]]


def _answers(
    engine: Engine,
    world: World,
    options: Options,
    organization: Organization,
    questions: Sequence[_Question],
    register: Register,
    turns_on: date | None,
) -> _Answered:
    """What each check says; those that read the others' answers are asked last."""
    answered: _Answered = []
    held: dict[str, Answer] = {}
    for question in sorted(questions, key=lambda question: question.check.reads_answers):
        if question.check.reads_answers:
            with engine.connect() as connection:
                before = answers.numbers(connection, organization.id)
            register = register.answered({**before, **held})
        answer = _answer(question.check, register, world, organization, options.as_of, turns_on)
        answered.append((question, answer))
        if isinstance(answer, CheckResult):
            held[question.check.id] = Answer.of(answer)
    return answered


def _questions(
    connection: Connection, world: World, options: Options, organization: Organization, chosen: Sequence[Check]
) -> list[_Question]:
    """Which checks must be asked: the data, the rules or the date have moved since the last answer.

    A check that reads the others' answers is asked whenever one of them is.
    """
    last = answers.of(connection, organization.id)
    asked: list[_Question] = []
    for check in sorted(chosen, key=lambda check: check.reads_answers):
        basis = world.basis(check, organization)
        held = last.get(check.id)
        if held is None or held["data_version"] != organization.version or held["status"] != "done":
            cause = Cause.DATA
        elif held["basis"] != basis:
            cause = Cause.RULES
        elif options.full or options.as_of < held["as_of"] or (held["next_on"] and held["next_on"] <= options.as_of):
            cause = Cause.DATE
        elif check.reads_answers and asked:
            cause = asked[0].cause
        else:
            continue
        asked.append(_Question(check, basis, cause))
    return asked


def _answer(
    check: Check, register: Register, world: World, organization: Organization, as_of: date, turns_on: date | None
) -> CheckResult | str:
    """What the check says, or in words why it could not: a check that raises stops nothing else."""
    rulebook = world.rulebooks.get(organization.rulebook)
    if rulebook is None:
        return f"there is no rulebook '{organization.rulebook}'"
    try:
        result = check.examine(register, rulebook, as_of, world.parameters[check.id])
    except Exception as error:  # noqa: BLE001  # any fault of a check is an error of that check alone, told and counted
        return f"{type(error).__name__}: {error}"
    if world.since is not None:
        result = replace(result, findings=_since(register, result, world.since))
    turns = [day for day in (result.next_on, turns_on) if day is not None]
    return replace(result, next_on=min(turns, default=None))


def _since(register: Register, result: CheckResult, since: date) -> tuple[Any, ...]:
    """Older contracts are context only: a finding about contracts needs at least one that was signed since then."""
    signed = dict(zip(register.contracts["contract_id"], register.contracts["signed_on"], strict=True))
    days = {key: value.date() for key, value in signed.items()}
    return tuple(
        finding
        for finding in result.findings
        if not finding.contracts or any(days.get(contract, date.min) >= since for contract in finding.contracts)
    )


__all__ = ["Observer", "Options", "Outcome", "Step", "World", "execute", "finish", "parameters_of"]
