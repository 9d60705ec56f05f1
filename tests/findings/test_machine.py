"""Everything that can happen to findings and their messages, in any order: what must hold, holds after every step.

The rules are what people, days and machines do (machine/office.py), the laws what must hold (machine/laws.py), and beside
them a second, simpler telling of the lifecycle (machine/expected.py) with which the first must agree.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from checks.finding import Severity
from monitor.alerts import outbox
from monitor.findings import holds
from monitor.findings.decisions import Decision
from monitor.findings.exceptions import Exemption
from monitor.findings.holds import Release
from monitor.findings.lifecycle import Cause, State
from monitor.store.schema import findings
from monitor.store.schema import outbox as messages
from tests.findings.machine.expected import Expected
from tests.findings.machine.laws import Laws, key_of, untold_holds
from tests.findings.machine.office import BODIES, CHECKS, SLOTS, Office, Shape

FIRST = datetime(2026, 12, 14, 1, tzinfo=UTC)  # a Monday, two weeks before the end of the year
DIES = [
    "",
    "",
    "",
    "",
    "started",
    "loaded M",
    "judged N",
    "stored M",
    "stored N",
    "turned",
    "planned",
    *(f"delivered {step.value}" for step in outbox.Step),
    "finished",
]
ENDS = ["ok", "ok", "retry", "dead", "unknown, heard", "unknown, lost", "heard, then dies", "dies", "closed"]

RELEASED = [Release.TOLD, Release.TOLD, Release.TOLD, Release.KNOWN, None]

bodies, checks, slots = st.sampled_from(BODIES), st.sampled_from(CHECKS), st.sampled_from(SLOTS)
scripts = st.lists(st.sampled_from(ENDS), max_size=3)
shapes = st.tuples(
    st.sampled_from(Severity),
    st.sampled_from([(2,), (1, 2), (2, 3), (1, 2, 3)]),
    st.none() | st.integers(-3, 12),
    st.integers(0, 2),
    st.sampled_from([False, False, False, True]),
)


class Lives(RuleBasedStateMachine):
    """The machine."""

    def __init__(self) -> None:
        super().__init__()
        self.office = Office(FIRST)
        self.expected = Expected()
        self.laws = Laws(self.office, self.expected)
        self.office.on_stored, self.office.on_turned = self._stored, self._turned
        self.full, self.planned, self.delivered, self.number = False, False, False, 0
        self.ran_on: date | None = None
        self.expected.begin(self.office.today)

    def teardown(self) -> None:
        self.office.close()

    # --- the ledgers -----------------------------------------------------------------------------------------------

    @initialize(
        drawn=st.lists(st.tuples(bodies, checks, slots, shapes), max_size=5), released=st.sampled_from(RELEASED)
    )
    def begins(self, drawn: list[tuple[str, str, str, Any]], released: Release | None) -> None:
        for body, check, slot, shape in drawn:
            self._find(body, check, slot, shape)
        self.run(full=False, dies_at="", script=[])
        self.laws_hold()
        while released and self._release(0, released, []):
            self.laws_hold()

    @rule(body=bodies, check=checks, drawn=st.dictionaries(slots, shapes, max_size=3))
    def ledger_is_read(self, body: str, check: str, drawn: dict[str, Any]) -> None:
        self.office.found[body, check] = {}
        for slot, shape in drawn.items():
            self._find(body, check, slot, shape)
        self.office.read(body)

    @rule(body=bodies, check=checks, slot=slots, shape=shapes)
    def ledger_is_read_with_one_more(self, body: str, check: str, slot: str, shape: Any) -> None:
        self._find(body, check, slot, shape)
        self.office.read(body)

    @rule(body=bodies, check=checks, slot=slots)
    def ledger_is_read_with_one_less(self, body: str, check: str, slot: str) -> None:
        self.office.found[body, check].pop(slot, None)
        self.office.read(body)

    @rule(check=checks, body=bodies, slot=slots, shape=st.none() | shapes)
    def rules_change(self, check: str, body: str, slot: str, shape: Any) -> None:
        if shape:
            self._find(body, check, slot, shape)
        else:
            self.office.found[body, check].pop(slot, None)
        self.office.rules[check] += 1

    @rule(body=bodies)
    def ledger_is_read_and_says_the_same(self, body: str) -> None:
        self.office.read(body)

    @rule(body=bodies, check=checks)
    def check_breaks_or_is_mended(self, body: str, check: str) -> None:
        self.office.broken ^= {(body, check)}

    @rule(body=bodies, slot=slots)
    def contracts_are_cancelled_or_not(self, body: str, slot: str) -> None:
        self.office.cancelled ^= {(body, slot)}

    def _find(self, body: str, check: str, slot: str, drawn: Any) -> None:
        severity, numbers, days, step, late = drawn
        self.office.found[body, check][slot] = Shape(
            severity=severity,
            contracts=tuple(f"{slot}{n}" for n in (numbers if check == "split_orders" else numbers[:1])),
            due_on=None if days is None else self.office.today + timedelta(days=days),
            step=step,
            late=late and check == "publication_due",
        )

    # --- time --------------------------------------------------------------------------------------------------------

    @rule(days=st.integers(0, 4), at=st.sampled_from([time(7), time(10), time(13), time(20)]))
    def time_passes(self, days: int, at: time) -> None:
        for _ in range(days):
            self.office.wait(1, time(0))
            self.expected.begin(self.office.today)
        self.office.wait(0, at)
        self.expected.begin(self.office.today)

    @rule(days=st.integers(1, 6), at=st.sampled_from([time(7), time(10), time(20)]))
    def ordinary_days(self, days: int, at: time) -> None:
        """A run each day."""
        for _ in range(days):
            self.time_passes(1, at)
            self.run(full=False, dies_at="", script=[])
            self.laws_hold()

    # --- people ------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.expected.lines)
    @rule(
        chosen=st.integers(0, 99),
        state=st.sampled_from([state for state in State if state is not State.RESOLVED]),
        days=st.sampled_from([0, 2, 10, 20, 91]),
        known=st.sampled_from(["not said", "now", "before"]),
        again=st.booleans(),
    )
    def somebody_decides(self, chosen: int, state: State, days: int, known: str, again: bool) -> None:
        rows = self.office.rows(findings)[0]
        row = rows[chosen % len(rows)]
        self.number += not again
        today = self._day()
        until = today + timedelta(days=days) if state is State.ACCEPTED else None
        decision = Decision(state, "契約係長", f"理由{self.number}", f"処置{self.number}", until)
        seen = {"not said": None, "now": row.revision, "before": row.revision - 1}[known]
        wanted = self.expected.decide(key_of(row), decision, today, outdated=known == "before")
        assert self.office.decide(row.id, decision, seen) is wanted

    @rule(check=checks, slot=slots, days=st.integers(0, 9), body=st.sampled_from(["", *BODIES]))
    def exception_is_written(self, check: str, slot: str, days: int, body: str) -> None:
        until = self.office.today + timedelta(days=days)
        entry = Exemption(
            check=check, organization=body, contract=f"{slot}2", reason="方針による", owner="課長", until=until
        )
        self.office.exceptions = (*(one for one in self.office.exceptions if one.id != entry.id), entry)

    @precondition(lambda self: self.office.exceptions)
    @rule(chosen=st.integers(0, 9))
    def exception_is_struck_out(self, chosen: int) -> None:
        held = self.office.exceptions
        self.office.exceptions = tuple(one for i, one in enumerate(held) if i != chosen % len(held))

    @rule(how=st.sampled_from(Release), chosen=st.integers(0, 9), script=scripts)
    def hold_is_released(self, how: Release, chosen: int, script: list[str]) -> None:
        self._release(chosen, how, script)

    def _release(self, chosen: int, how: Release, script: list[str]) -> bool:
        with self.office.engine.connect() as connection:
            placed = holds.standing(connection)
        if placed:
            self._job(script, self._ran())
            self.delivered = self.office.release(placed[chosen % len(placed)], how)
            self.planned = True
        return bool(placed)

    @rule(chosen=st.integers(0, 9))
    def message_is_sent_again(self, chosen: int) -> None:
        lost = [row for row in self.office.rows(messages)[0] if row.status in ("dead", "unknown")]
        if lost:
            key = lost[chosen % len(lost)].key
            self.laws.resent[key] += 1
            with self.office.engine.begin() as connection:
                assert outbox.send_again(connection, key)

    # --- the jobs ----------------------------------------------------------------------------------------------------

    @rule(full=st.booleans(), dies_at=st.sampled_from(DIES), script=scripts)
    def run(self, full: bool, dies_at: str, script: list[str]) -> None:
        self.full = full
        self._job(script, self.office.today)
        self.ran_on = self.office.today
        self.delivered = self.office.run(full=full, dies_at=dies_at)
        self.planned = self.office.planned
        if self.delivered:
            assert untold_holds(self.office) == []

    @precondition(lambda self: self.ran_on is not None)
    @rule(script=scripts)
    def deliver(self, script: list[str]) -> None:
        self._job(script, self._ran())
        self.delivered, self.planned = self.office.deliver(), True

    def _job(self, script: list[str], plan_day: date) -> None:
        """A job begins: the clock has gone on, the channels will answer so, messages are planned for a day."""
        self.office.tick()
        self.office.post.script, self.laws.plan_day = list(script), plan_day

    def _ran(self) -> date:
        assert self.ran_on is not None
        return self.ran_on

    @invariant()
    def laws_hold(self) -> None:
        self.laws.hold(planned=self.planned, delivered=self.delivered)
        self.planned = self.delivered = False

    # --- what the run has committed, told to the expectation ---------------------------------------------------------

    def _stored(self, body: str) -> None:
        office, today = self.office, self.office.today
        for check in CHECKS:
            entries = [one for one in office.exceptions if one.check == check]
            version, rules = (
                office.versions[body],
                (office.rules[check], tuple(one.model_dump_json() for one in entries)),
            )
            cause = self.expected.cause(body, check, version, rules, full=self.full)
            if office.is_stale(body) or (cause and (body, check) in office.broken):
                self.expected.unanswered(body, check)
                self.expected.not_asked(body, check, rules, stale=office.is_stale(body))
            elif cause:
                found = office.found[body, check]
                excepted = {
                    slot: entry
                    for slot, shape in found.items()
                    for entry in reversed(entries)
                    if entry.until >= today and entry.contract in shape.contracts and entry.organization in ("", body)
                }
                self.expected.answered(body, check, found, excepted, cause or Cause.DATE, today)
                self.expected.asked[body, check] = (version, rules)

    def _turned(self) -> None:
        today = self.office.today
        self.expected.turn(today, frozenset(one.id for one in self.office.exceptions if one.until >= today))
        self.laws.turned()

    def _day(self) -> date:
        """The day of a decision."""
        return max(self.office.today, self.ran_on or self.office.today)


def test_over_any_course_of_events_the_record_is_whole_the_balance_closes_and_nothing_is_told_twice() -> None:
    profile = settings.get_current_profile() if hasattr(settings, "get_current_profile") else ""
    steps = 60 if profile == "soak" else 35
    run_state_machine_as_test(
        Lives, settings=settings(stateful_step_count=steps, suppress_health_check=list(HealthCheck))
    )
