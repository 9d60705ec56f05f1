"""What people decide: of findings, and of messages that wait for them. As the command line starts it, under the lock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.findings import book, decisions, holds, joining, runs
from monitor.findings.decisions import Decision
from monitor.place import Place, day
from monitor.store.engine import told
from monitor.store.lock import one_runner

if TYPE_CHECKING:
    from monitor.alerts import outbox, plan


@dataclass
class Decisions:
    """What became of a decision: how many findings it changed, how many were so already, which were refused and why."""

    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def decide(place: Place, ids: Sequence[str], decision: Decision) -> Decisions:
    """Say the same of several findings, in one transaction; those that refuse it are told, the others are decided."""
    done, as_of = Decisions(), day(place)
    with one_runner(place.engine), told(place.engine):
        with place.engine.connect().execution_options(writes=True) as connection, connection.begin():
            transitions = []
            for known in book.some(connection, ids):
                try:
                    transition = decisions.decide(known, decision, as_of)
                except decisions.Refused as refused:
                    done.refused.append((known.id, str(refused)))
                    continue
                if transition is not None:
                    transitions.append(transition)
                else:
                    done.unchanged += 1
            book.write(connection, transitions, None, as_of, place.clock())
            joining.keep(connection, transitions, "keiyaku findings decide", place.clock())
        done.changed = len(transitions)
    return done


@dataclass(frozen=True)
class Released:
    """What a release planned and delivered."""

    planned: "plan.Planned"
    delivered: "outbox.Summary"


def release(place: Place, chosen: Sequence[holds.Hold], how: holds.Release, by: str, *, deliver: bool) -> Released:
    """End these holds, then plan and send what still stands."""
    from monitor import jobs  # a decision needs neither channels nor checks
    from monitor.alerts import outbox, plan

    with one_runner(place.engine) as lock, told(place.engine):
        as_of = day(place)
        with place.engine.connect().execution_options(writes=True) as connection, connection.begin():
            holds.release(connection, chosen, how, " ".join(by.split()), as_of)
        planned = plan.plan(place.engine, place.settings, runs.last_date(place.engine) or as_of, place.clock())
        return Released(planned, jobs.send(place, lock) if deliver else outbox.Summary())
