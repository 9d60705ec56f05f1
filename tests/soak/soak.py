"""The soak itself: rounds of jobs, most of them killed; then everything may finish, and the verdict."""

import multiprocessing
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from monitor.alerts.outbox import Status, Step
from monitor.store.engine import open_store
from monitor.store.schema import finding_events, outbox
from tests.soak import verdict
from tests.soak.child import Done, Failed, Fatal, Order, tag, witness, work
from tests.soak.ledger import Ledger
from tests.soak.office import ENV, Office, settings
from tests.soak.verdict import Verdict

JST = ZoneInfo("Asia/Tokyo")
BEGIN = datetime(2026, 7, 6, 9, 0, tzinfo=JST)
JOBS = {"run": 48, "import": 24, "deliver": 14, "decide": 8, "release": 6}
LIVES, RIVAL = 0.25, 0.08  # how many rounds end by themselves, in how many a second runner comes along
LONGEST = 60  # seconds that a job may take on a busy machine


class Violation(Exception):  # noqa: N818  # what the soak looks for, no fault of its own
    """Something that must not be."""


@dataclass
class Report:
    """The numbers of a soak."""

    rounds: int = 0
    killed: Counter[tuple[str, str]] = field(default_factory=Counter)  # (job, how)
    steps: Counter[str] = field(default_factory=Counter)  # at which step or moment
    lived: Counter[str] = field(default_factory=Counter)
    busy: int = 0
    seconds: float = 0.0
    days: int = 0
    moods: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    rows: int = 0
    verdict: Verdict = field(default_factory=Verdict)


class Soak:
    """One database, its office, its ledger and the clock that they share."""

    def __init__(self, url: str, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.office = Office(seed)
        self.url, self.log, self.config = url, folder / "lock.log", folder / "monitor.toml"
        self.config.write_text(settings(self.office), encoding="utf-8")
        self.log.touch()
        self.engine = open_store(url)
        verdict.install(self.engine)
        self.ledger = Ledger(folder / "files", self.rng)
        self.now = BEGIN
        self.report = Report()
        self.seen: dict[str, list[Done]] = defaultdict(list)  # how the jobs went that nobody killed
        self.decided: dict[int, int] = {}
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["tests.soak.child"])

    def kill(self, kills: int) -> Report:
        """So many kills, then the end. Raises Violation."""
        begun = time.monotonic()
        for job in (
            "import",
            "run",
            "release",
            "import",
            "run",
            "deliver",
            "decide",
            "run",
        ):  # what they take, unharmed
            self._round(job, None)
        while self.report.killed.total() < kills:
            self._forward()
            job = self.rng.choices(list(JOBS), list(JOBS.values()))[0]
            self._round(job, None if self.rng.random() < LIVES else self._how(job))
        self._finish()
        self.report.seconds = time.monotonic() - begun
        self.report.days = (self.now - BEGIN).days
        self.report.moods, self.report.repeats = self.office.moods, self.office.repeats
        self.report.rows = sum(map(len, self.ledger.truth.values()))
        self.report.verdict = verdict.judge(self.engine, self.office.shown)
        self.report.verdict.wrong += verdict.alone(self.log)
        return self.report

    def stop(self) -> None:
        """Close what was opened."""
        self.engine.dispose()
        self.office.stop()

    # --- one round -------------------------------------------------------------------------------------------------

    def _forward(self) -> None:
        """The clock goes on: often within a lease, at times past it, over nights and weeks."""
        minutes = self.rng.randint(1, 10) if self.rng.random() < 0.3 else self.rng.randint(20, 720)
        self.now += timedelta(minutes=minutes)

    def _how(self, job: str) -> Fatal | float:
        """Where to kill: at a step or a statement (the child does it), or after a time in seconds."""
        told = self.seen[job][-5:]
        roll = self.rng.random()
        if roll < 0.2 and job in ("run", "deliver", "release"):
            return Fatal(f"delivered:{self.rng.choice(list(Step))}", self.rng.randint(1, 2))  # if it sends anything
        steps = [step for one in told for step in one.steps]
        if roll < 0.4 and steps:
            step = self.rng.choice(sorted(set(steps)))
            return Fatal(step, self.rng.randint(1, max(one.steps.count(step) for one in told)))
        if roll < 0.65:
            return Fatal("", self.rng.randint(1, max(one.statements for one in told)))
        return self.rng.uniform(0, max(one.seconds for one in told))

    def _round(self, job: str, how: Fatal | float | None, *, full: bool = False) -> Done | Failed | None:
        """One job, and perhaps a rival; None if it was killed."""
        self.report.rounds += 1
        order = self._order(job, how if isinstance(how, Fatal) else None, full=full)
        rival = self._order("deliver", None) if how is not None and self.rng.random() < RIVAL else None
        process, pipe = self._start(order)
        other = self._start(replace(rival, number=-1)) if rival else None
        if isinstance(how, float) and not pipe.poll(how):
            witness(self.log, process.pid, "die")
            process.kill()
        answer = self._end(process, pipe, order)
        if other:
            self._end(*other, rival)
        if answer is None:
            at = how.step or f"a statement of {job}" if isinstance(how, Fatal) else f"a moment of {job}"
            self.report.steps[at] += 1
            way = ("step" if how.step else "statement") if isinstance(how, Fatal) else "moment"
            self.report.killed[job, way] += 1
        elif isinstance(answer, Done):
            self.report.lived[job] += 1
            self.seen[job].append(answer)
        self._look(order, answer)
        return answer

    def _order(self, job: str, fatal: Fatal | None, *, full: bool = False) -> Order:
        folder = self.ledger.write(self.now.astimezone(JST).date()) if job == "import" else None
        return Order(self.report.rounds, job, self.url, self.config, ENV, self.now, self.log, folder, full, fatal)

    def _start(self, order: Order) -> tuple[Any, Any]:
        ours, theirs = self.context.Pipe(duplex=False)
        process = self.context.Process(target=work, args=(order, theirs))
        process.start()
        theirs.close()
        ready = ours.recv()
        assert ready == "ready"
        return process, ours

    def _end(self, process: Any, pipe: Any, order: Order) -> Done | Failed | None:
        """How a child ended: Done, Failed because another runner was at work, or None if it was killed."""
        answer: Done | Failed | None = None
        try:
            if pipe.poll(LONGEST):
                answer = pipe.recv()
        except EOFError:
            pass
        process.join(LONGEST)
        if process.exitcode is None:
            process.kill()
            raise Violation(f"round {order.number}: {order.job} did not end within {LONGEST} seconds")
        if answer is None and process.exitcode != -9:
            raise Violation(f"round {order.number}: {order.job} ended with {process.exitcode} and said nothing")
        if isinstance(answer, Failed):
            if not answer.busy:
                raise Violation(f"round {order.number}: {order.job}: {answer.why}")
            self.report.busy += 1
        return answer

    def _look(self, order: Order, answer: Any) -> None:
        """What can be seen at once: a file is in whole or not at all, a decision too; what was said done is there."""
        if order.job == "import":
            wrong = self.ledger.stored(self.engine, whole=isinstance(answer, Done))
            if wrong or (isinstance(answer, Done) and answer.result["quarantined"]):
                raise Violation(f"round {order.number}: import of {order.folder}: {'; '.join(wrong) or answer.result}")
        if order.job == "decide" and isinstance(answer, Done):
            self.decided[order.number] = answer.result["decided"]
        if order.job == "run" and isinstance(answer, Done) and answer.result["failed"]:
            raise Violation(f"round {order.number}: a check failed")

    # --- the end ---------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Nobody is killed any more and every server answers: all that waits goes out, and nothing new is found."""
        self.office.patient = True
        self.now = (self.now + timedelta(days=1)).replace(hour=10, minute=0)
        for job in ("import", "run", "release", "run"):
            self.now += timedelta(minutes=30)
            self._round(job, None)
        for _ in range(12):
            self.now += timedelta(hours=7 if self.now.hour < 12 else 17)  # by day: nothing waits for the morning
            self._round("deliver", None)
            if not self._waiting():
                break
        self.now += timedelta(minutes=30)
        self._round("run", None)
        last = self._round("run", None, full=True)
        moved = {kind: n for kind, n in last.result.items() if n} if isinstance(last, Done) else last
        if moved != {}:
            raise Violation(f"the last run, which asked everything anew, still found {moved}")
        self._decisions()

    def _waiting(self) -> bool:
        waits = outbox.c.status.in_([Status.PENDING, Status.RETRY, Status.CLAIMED, Status.SENDING])
        with self.engine.connect() as connection:
            return connection.execute(select(outbox.c.id).where(waits)).first() is not None

    def _decisions(self) -> None:
        """Each decision that was said to be taken is on record, and none twice."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(finding_events.c.data).where(finding_events.c.kind == "decided")).scalars()
            found = Counter(row["decision"]["reason"] for row in rows)
        for number, count in self.decided.items():
            if found[tag(number)] != count:
                raise Violation(f"round {number}: {count} decisions were taken, {found[tag(number)]} are on record")
