"""What the lifecycle ought to do, told in few words and without looking at its code: where each finding stands, the
balance of each week, and on which days who must be reminded.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from checks.catalogue import all_checks
from checks.finding import Severity
from checks.office_days import Calendar
from monitor.digest.week import Week, of
from monitor.findings.decisions import Decision
from monitor.findings.exceptions import Exemption
from monitor.findings.lifecycle import Cause, State
from monitor.settings import Reminders
from tests.findings.machine.office import Shape

Key = tuple[str, str, str]  # body, check, slot
LONGEST = timedelta(days=90)


@dataclass
class Line:
    """Where a finding stands. ``said_*``: of which facts a person or the file of exceptions has said it."""

    shape: Shape
    state: State = State.OPEN
    unknown: bool = False
    said: tuple[object, ...] = ()  # the decision in full
    said_severity: Severity = Severity.HIGH
    said_contracts: tuple[str, ...] = ()
    until: date | None = None
    source: str = ""

    def open(self) -> None:
        """Nothing that was said stands any more."""
        self.state, self.said, self.until, self.source = State.OPEN, (), None, ""

    def say(self, decision: Decision) -> None:
        """Somebody says what it is, of its facts as they are."""
        self.state, self.until, self.source = decision.state, decision.until, decision.source
        self.said = _words(decision)
        self.said_severity, self.said_contracts = self.shape.severity, self.shape.contracts

    def graver(self, check: str) -> bool:
        """Whether its facts are worse than those of which it was said."""
        joined = not set(self.shape.contracts) <= set(self.said_contracts)
        return self.shape.severity.rank > self.said_severity.rank or (joined and all_checks()[check].grows)


def _words(decision: Decision) -> tuple[object, ...]:
    return decision.by, decision.reason, decision.action, decision.until


@dataclass
class Expected:
    """All findings, and for each week how many came and went by which column of the balance."""

    lines: dict[Key, Line] = field(default_factory=dict)
    weeks: dict[Week, Counter[str]] = field(default_factory=dict)
    standing_at: dict[Week, int] = field(default_factory=dict)  # at the beginning of a week
    asked: dict[tuple[str, str], tuple[int | str, object]] = field(
        default_factory=dict
    )  # version or what was wrong, rules

    @property
    def standing(self) -> int:
        """How many are in the balance."""
        return sum(line.state.standing for line in self.lines.values())

    def begin(self, today: date) -> None:
        """A day: the first of its week keeps what stood before."""
        self.standing_at.setdefault(of(today), self.standing)
        self.weeks.setdefault(of(today), Counter())

    def cause(self, body: str, check: str, version: int, rules: object, *, full: bool) -> Cause | None:
        """Why a check is asked, None if it is not."""
        held = self.asked.get((body, check))
        if held is None or held[0] != version:
            return Cause.BOTH if held is not None and held[1] != rules else Cause.DATA
        if held[1] != rules:
            return Cause.RULES
        return Cause.DATE if full else None

    def answered(
        self,
        body: str,
        check: str,
        found: Mapping[str, Shape],
        excepted: Mapping[str, Exemption],
        cause: Cause,
        today: date,
    ) -> None:
        """A check has run to its end."""
        for slot, shape in found.items():
            key = (body, check, slot)
            before = self.lines.get(key)
            line = self.lines.setdefault(key, Line(shape))
            line.shape, line.unknown = shape, False
            self._seen(line, check, slot in excepted, cause, today, is_new=before is None)
            if slot in excepted:
                self._except(line, excepted[slot].decision())
        for (where, which, slot), line in self.lines.items():
            if (where, which) == (body, check) and slot not in found and line.state.standing:
                self._resolve(line, cause, today)

    def _seen(self, line: Line, check: str, excepted: bool, cause: Cause, today: date, *, is_new: bool) -> None:
        stood = line.state.standing
        if is_new:
            self._count("rules_in" if cause is Cause.RULES else "new", today)
            if line.shape.late:
                self._resolve(line, cause, today)
        elif line.shape.late:
            if stood:
                self._resolve(line, cause, today)
        elif line.state is State.RESOLVED or (line.state is not State.OPEN and not excepted and line.graver(check)):
            line.open()
            if not stood:
                self._count("rules_in" if cause is Cause.RULES else "reopened", today)

    def _except(self, line: Line, decision: Decision) -> None:
        moved = line.state is State.ACCEPTED and line.source == decision.source and line.said != _words(decision)
        if line.state in (State.OPEN, State.ACKNOWLEDGED) or moved:
            line.say(decision)

    def _resolve(self, line: Line, cause: Cause, today: date) -> None:
        line.open()
        line.state, line.unknown = State.RESOLVED, False
        self._count("rules_out" if cause in (Cause.RULES, Cause.BOTH) else "resolved", today)

    def not_asked(self, body: str, check: str, rules: object, *, stale: bool) -> None:
        """It failed, each time anew; or the ledger was too old, which is on record once."""
        if not stale or self.asked.get((body, check), (0, 0))[0] != "stale":
            self.asked[body, check] = ("stale" if stale else "failed", rules)

    def unanswered(self, body: str, check: str) -> None:
        """A check has failed, or was not asked of a ledger that is too old: nothing is resolved."""
        for (where, which, _), line in self.lines.items():
            if (where, which) == (body, check) and line.state.standing:
                line.unknown = True

    def turn(self, today: date, in_force: frozenset[str]) -> None:
        """A day's turn: what was accepted until yesterday, or by an exception that is gone, is open."""
        for line in self.lines.values():
            if line.state is State.ACCEPTED:
                assert line.until is not None
                if line.until < today or (line.source and line.source not in in_force):
                    line.open()

    def decide(self, key: Key, decision: Decision, today: date, *, outdated: bool) -> bool | None:
        """What becomes of a person's word: True if it is taken, None if it says nothing new, False if it is refused."""
        line = self.lines[key]
        if line.state is decision.state and (decision.state is State.OPEN or line.said == _words(decision)):
            return None
        if line.state is State.RESOLVED or outdated:
            return False
        if decision.state is State.ACCEPTED and not (decision.until and today <= decision.until <= today + LONGEST):
            return False
        stood = line.state.standing
        line.say(decision)
        if stood and not decision.state.standing:
            self._count(decision.state.value, today)
        elif decision.state.standing and not stood:
            self._count("reopened", today)
        return True

    def _count(self, column: str, today: date) -> None:
        self.weeks[of(today)][column] += 1


@dataclass
class Pace:
    """On which days an episode of a finding was told, from which the next reminder follows."""

    days: list[date] = field(default_factory=list)
    level_since: date | None = None  # the day on which the contact of this level was first told
    level: int = 0

    def again(self) -> None:
        """The episode begins anew."""
        self.days, self.level_since, self.level = [], None, 0

    def taken_back(self, today: date) -> None:
        """An answer is taken back: the first wait begins once more."""
        self.days, self.level_since, self.level = [today], today, 0

    def told(self, today: date) -> None:
        """It was told."""
        self.days.append(today)
        self.level_since = self.level_since or today

    def raised(self) -> None:
        """It goes to the next contact, whose days begin when it is told."""
        self.level, self.level_since = self.level + 1, None

    def reminds(self, today: date, reminders: Reminders) -> bool:
        """Whether it is to be told again."""
        if not self.days or self.days[-1] >= today:
            return False
        waits = reminders.business_days
        wait = waits[min(len(self.days), len(waits)) - 1]
        return Calendar().business_days_between(self.days[-1], today) >= wait

    def escalates(self, today: date, reminders: Reminders, contacts: int) -> bool:
        """Whether the next of so many contacts is to be told."""
        if not self.days or self.days[-1] >= today or self.level + 1 >= contacts:
            return False
        assert self.level_since is not None
        return Calendar().business_days_between(self.level_since, today) >= reminders.escalate_after
