"""The main job: judge what has moved, write findings and events, plan messages, deliver them, keep the ledger of runs.

Killed anywhere, it can be started again: each organization's answers are one transaction, planning is another, and what
was not planned is planned by the next run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from checks.catalogue import Check, all_checks
from monitor import asking
from monitor.asking import World
from monitor.findings import answers, book, lifecycle
from monitor.findings.lifecycle import Kind, Transition
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

    def counts(self) -> dict[str, Any]:
        """Numbers for the ledger of runs."""
        kinds = [transition.kind.value for transition in self.transitions]
        return {
            "evaluated": self.evaluated,
            "skipped": self.skipped,
            "failed": len(self.failed),
            **{kind.value: kinds.count(kind.value) for kind in Kind if kind.value in kinds},
        }


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
        questions = asking.questions(connection, world, organization, chosen, options.as_of, full=options.full)
        outcome.skipped += len(chosen) - len(questions)
        if not questions:
            return
        whole = registers.load(connection, organization, world.renames)
        before = answers.numbers(connection, organization.id)
    observe(Step.LOADED, organization.id)
    register, turns_on = whole.seen_on(options.as_of)
    answered = asking.ask(world, organization, questions, register, turns_on, before, options.as_of)
    outcome.sudden += [(organization.id, one) for one in asking.sudden(world, before, answered)]
    gone = frozenset(whole.tables["contracts"]["contract_id"]) - frozenset(register.contracts["contract_id"])
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


__all__ = ["Observer", "Options", "Outcome", "Step", "execute", "finish"]
