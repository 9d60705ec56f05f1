"""An office in small: a real store and the real jobs; invented are what two checks find, the channels, and the clock.

What the checks find is drawn, not judged, so that everything can happen to a finding; the rest is what runs every night.
"""

import dataclasses
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import Connection, select, update

from checks import ledger
from checks.catalogue import all_checks
from checks.finding import CheckResult, Closed, Finding, Severity
from checks.register import Register, frame
from monitor import answering, jobs, run
from monitor.alerts import channels
from monitor.alerts.channels import Outcome, Receipt, SendError
from monitor.alerts.message import Message
from monitor.asking import World
from monitor.findings import book
from monitor.findings.decisions import Decision, Refused, decide
from monitor.findings.exceptions import Exemption
from monitor.findings.holds import Hold, Release
from monitor.place import JST
from monitor.place import day as today
from monitor.problems import Problem
from monitor.run import Options, Step
from monitor.settings import Settings, load
from monitor.store.engine import open_store
from monitor.store.schema import data_versions
from tests import support

BODIES, SLOTS = ("M", "N"), ("A", "B", "C")
CHECKS = ("publication_due", "split_orders")  # the second one's findings grow by their contracts
SETTINGS = """
default = ["clerk"]
maintainers = ["admin"]
stale_after_days = 9
[channels]
mail = { kind = "file", directory = "mail" }
hook = { kind = "file", directory = "hook" }
pager = { kind = "file", directory = "pager" }
[contacts]
clerk = { channel = "mail", next = "chief" }
deputy = { channel = "mail" }
chief = { channel = "hook" }
admin = { channel = "pager" }
[[routes]]
to = ["deputy"]
severity = "medium"
checks = ["split_orders"]
continue = true
[[routes]]
to = ["clerk"]
organizations = ["M"]
[quiet]
from = "18:00"
until = "08:30"
urgent = "high"
[reminders]
severity = "medium"
business_days = [2, 4]
escalate_after = 3
[hold]
many = 3
times = 1
"""


class Crash(BaseException):
    """The plug is pulled: nothing that is not committed has happened."""


@dataclass(frozen=True)
class Shape:
    """What a check finds about a slot: of the split, A2 is always in it, and one contract more makes it graver."""

    severity: Severity
    contracts: tuple[str, ...]
    due_on: date | None = None
    step: int = 0
    late: bool = False  # done, but after its date: found and over at once


@dataclass
class Post:
    """The channels: what each contact has heard, and how the next sendings end, by a script; 'ok' when it is over."""

    script: list[str] = field(default_factory=list)
    heard: Counter[tuple[str, str]] = field(default_factory=Counter)  # (contact, delivery) → times

    def open(self, contact: str, settings: Settings, *_: Any) -> "_Line":
        """As channels.open_contact."""
        if self.script[:1] == ["closed"]:
            self.script.pop(0)
            raise Problem(f"the secret of {contact} is missing")
        return _Line(self, contact)


@dataclass(frozen=True)
class _Line:
    post: Post
    contact: str
    idempotent: bool = False
    can_replace: bool = False

    def send(self, message: Message, delivery_id: str) -> Receipt:  # a channel's
        """One sending, as the script says; half of what is unknown has been heard."""
        how = self.post.script.pop(0) if self.post.script else "ok"
        how = "ok" if how == "closed" else how  # it is open already
        if how in ("ok", "unknown, heard", "heard, then dies"):
            self.post.heard[self.contact, delivery_id] += 1
        if "dies" in how:
            raise Crash
        if how != "ok":
            raise SendError(Outcome(how.split(",", maxsplit=1)[0]), how)
        return Receipt("ref")


@cache
def settings() -> Settings:
    """The office's settings."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "monitor.toml"
        file.write_text(SETTINGS, encoding="utf-8")
        return load(file, {})


@cache
def _world() -> World:
    return jobs.world(settings())


@cache
def _empty_store() -> bytes:
    """A store with the two bodies in it, made once."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(f"sqlite:///{folder}/keiyaku.db")
        support.store(engine, organizations=[support.organization(body) for body in BODIES])
        engine.dispose()
        return (Path(folder) / "keiyaku.db").read_bytes()


class Office:
    """The place of work and what is done there. ``on_stored`` and ``on_turned`` are told what has been committed."""

    def __init__(self, first: datetime) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="office"))
        (self.folder / "keiyaku.db").write_bytes(_empty_store())
        self.engine = open_store(f"sqlite:///{self.folder}/keiyaku.db")
        self.now = first
        self.found: dict[tuple[str, str], dict[str, Shape]] = {(b, c): {} for b in BODIES for c in CHECKS}
        self.broken: set[tuple[str, str]] = set()
        self.cancelled: set[tuple[str, str]] = set()  # (body, slot): its contracts no longer count
        self.rules: Counter[str] = Counter()  # check → how often its rules have been changed
        self.versions: Counter[str] = Counter()  # body → how often its ledger has been read
        self.read_on: dict[str, date] = {}
        self.exceptions: tuple[Exemption, ...] = ()
        self.post = Post()
        self.planned = False  # the last job has planned messages
        self.on_stored: Callable[[str], None] = lambda _body: None
        self.on_turned: Callable[[], None] = lambda: None
        self._patches = ExitStack()
        for target, name, instead in (
            (run, "all_checks", self._checks),
            (run.registers, "load", self._register),
            (channels, "open_contact", self.post.open),
        ):
            self._patches.enter_context(mock.patch.object(target, name, instead))
        for body in BODIES:
            self.read(body)

    def close(self) -> None:
        """Lock up."""
        self._patches.close()
        self.engine.dispose()
        shutil.rmtree(self.folder)

    # --- what is invented ----------------------------------------------------------------------------------------

    def _checks(self) -> dict[str, Any]:
        return {
            name: dataclasses.replace(
                all_checks()[name],
                version=all_checks()[name].version + self.rules[name],
                examine=lambda register, _rulebook, _as_of, _parameters, name=name: self._answer(register, name),
            )
            for name in CHECKS
        }

    def _answer(self, register: Register, check: str) -> CheckResult:
        if (register.organization, check) in self.broken:
            raise ZeroDivisionError("by zero")
        found = self.found[register.organization, check]
        return CheckResult(tuple(finding(register.organization, check, slot, found[slot]) for slot in sorted(found)))

    def _register(self, _connection: Connection, organization: Any, renames: Any) -> Register:
        return _register(organization.id, frozenset(self.cancelled), self.today, renames)

    # --- time ----------------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """In Japan."""
        return self.now.astimezone(JST).date()

    @property
    def place(self) -> jobs.Place:
        """As the jobs take it."""
        return jobs.Place(self.engine, settings(), {}, lambda: self.now)

    @property
    def world(self) -> World:
        """The rules of today."""
        return dataclasses.replace(_world(), exceptions=self.exceptions)

    def wait(self, days: int, at: time) -> None:
        """Later, at a time of the day; never earlier."""
        later = datetime.combine(self.today + timedelta(days=days), at, JST).astimezone(UTC)
        self.now = max(later, self.now + timedelta(minutes=20))

    def tick(self) -> None:
        """The clock goes on."""
        self.now += timedelta(minutes=1)

    def is_stale(self, body: str) -> bool:
        """Whether nobody has brought its ledger up to date."""
        return (self.today - self.read_on[body]).days > settings().stale_after_days

    # --- what is done --------------------------------------------------------------------------------------------

    def read(self, body: str) -> None:
        """A ledger is imported: what its checks find may be another thing now."""
        self.versions[body] += 1
        self.read_on[body] = self.today
        with self.engine.begin() as connection:
            table = data_versions
            values = {"version": table.c.version + 1, "read_at": self.now}
            connection.execute(update(table).where(table.c.organization == body).values(values))

    def run(self, *, full: bool, dies_at: str = "") -> bool:
        """A run with its delivery; False if it died at a step (its name, or its name and what it was told)."""

        def observe(step: Step, what: str) -> None:
            if step is Step.STORED:
                self.on_stored(what)
            elif step is Step.TURNED:
                self.on_turned()
            elif step is Step.PLANNED:
                self.planned = True
            if dies_at in (step.value, f"{step.value} {what}"):
                raise Crash

        options, self.planned = Options(self.today, full=full), False
        try:
            jobs.run_checks(self.place, self.world, options, deliver=True, observe=observe)
        except Crash:
            return False
        return True

    def deliver(self) -> bool:
        """What waited is planned and what is due is sent; False if it died in the midst of it."""
        self.planned = True
        try:
            jobs.deliver(self.place)
        except Crash:
            return False
        return True

    def decide(self, finding_id: str, decision: Decision, seen: int | None) -> bool | None:
        """A person's word: True if it was taken, None if it said nothing new, False if it was refused."""
        day = today(self.place)
        with self.engine.begin() as connection:
            known = book.one(connection, finding_id)
            assert known is not None
            try:
                made = decide(known, decision, day, seen)
            except Refused:
                return False
            if made is None:
                return None
            book.write(connection, [made], None, day, self.now)
            return True

    def release(self, hold: Hold, how: Release) -> bool:
        """A hold ends, and what waited behind it is sent; False if it died in the midst of it."""
        self.planned = True
        try:
            answering.release(self.place, [hold], how, "係長", deliver=True)
        except Crash:
            return False
        return True

    def rows(self, *tables: Any) -> list[Sequence[Any]]:
        """Tables, each in order of its key."""
        with self.engine.connect() as connection:
            return [connection.execute(select(one).order_by(*one.primary_key)).all() for one in tables]


def finding(body: str, check: str, slot: str, shape: Shape) -> Finding:
    """What the check says of a slot."""
    grows = all_checks()[check].grows
    return Finding(
        check=check,
        organization=body,
        subject=shape.contracts[0] if grows else f"{slot}|works",
        contracts=shape.contracts,
        severity=shape.severity,
        title=f"「{body}{slot}」の確認事項",
        explanation="確認できません。",
        next_step="確かめてください。",
        authority="規程第1条",
        verified=True,
        due_on=shape.due_on,
        keys=shape.contracts if grows else (),
        step=shape.step,
        closed=Closed.LATE if shape.late else None,
    )


@cache
def _register(body: str, cancelled: frozenset[tuple[str, str]], today: date, renames: Any) -> Register:
    rows = [
        support.contract(
            f"{slot}{n}", date(2026, 1, 1), organization=body, contract_id=f"{slot}{n}", row_kind="",
            cancelled_on=today if (body, slot) in cancelled else None,
        )
        for slot in SLOTS
        for n in (1, 2, 3)
    ]  # fmt: skip
    tables = {table.name: frame(table, rows if table.name == "contracts" else ()) for table in ledger.TABLES.values()}
    return Register(body, body, tables, {}, renames)
