"""What must hold after every step, asked of the store and of what the contacts have heard."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from checks.finding import Severity
from monitor.alerts import quiet, routing
from monitor.alerts.message import delivery_id
from monitor.digest import build, sources
from monitor.digest.week import Week, of
from monitor.findings import book, history
from monitor.findings.lifecycle import Kind, State
from monitor.store.schema import finding_events, findings, holds, outbox, tellings
from tests.findings.machine.expected import Expected, Key, Pace
from tests.findings.machine.office import Office, settings

_ANEW = (Kind.OPENED, Kind.REOPENED, Kind.WORSENED, Kind.LAPSED)
_PRESSING = (Kind.PRESSED, Kind.ESCALATED)


def key_of(row: Any) -> Key:
    """The slot of a finding: its contracts bear the slot's letter."""
    return row.organization, row.check_id, row.facts["contracts"][0][0]


@dataclass
class Laws:
    """Asked after every step; what has been seen before is looked at once."""

    office: Office
    expected: Expected
    resent: Counter[str] = field(default_factory=Counter)  # key of a message → how often a person has sent it again
    paces: dict[str, Pace] = field(default_factory=dict)
    heads: dict[int, str] = field(default_factory=dict)  # what has been in the chain stays as it is
    planned: set[int] = field(default_factory=set)
    messages: set[int] = field(default_factory=set)
    paced: set[int] = field(default_factory=set)
    plan_day: date = date.min  # the day for which the last messages were planned

    def hold(self, *, planned: bool, delivered: bool) -> None:
        """All of them. ``planned``: this step has planned messages; ``delivered``: and sent them to its end."""
        rows = self.office.rows(findings, finding_events, outbox, tellings, holds)
        self._chain(rows[1])
        self._replay(rows[0])
        self._stands_as_expected(rows[0])
        self._balance()
        self._plan(*rows[:4])
        if planned:
            self._nothing_forgotten(rows[0], rows[1], rows[4])
        self._sent_once(rows[2])
        if delivered:
            self._lost_is_told(rows[2])

    # --- the record ------------------------------------------------------------------------------------------------

    def _chain(self, events: Sequence[Any]) -> None:
        previous = book.GENESIS
        for row in events:
            previous = book.chained(previous, row._mapping)
            assert row.hash == previous
            assert self.heads.setdefault(row.seq, previous) == previous
        assert len(events) >= len(self.heads), "an event is gone"

    def _replay(self, held: Sequence[Any]) -> None:
        """The events tell the whole of what the table of findings says."""
        with self.office.engine.connect() as connection:
            past, _ = history.replay(history.events(connection, date.max))
            known = {one.id: one for one in book.everything(connection)}
        assert set(past) == {row.id for row in held}
        for key, one in past.items():
            now = known[key]
            said = (one.state, one.unknown, one.severity, one.due_on, one.decision, one.revision, one.first_seen)
            assert said == (
                now.state,
                now.unknown,
                now.severity,
                now.due_on,
                now.decision,
                now.revision,
                now.first_seen,
            )
            assert one.facts == now.facts

    def _stands_as_expected(self, held: Sequence[Any]) -> None:
        found = {key_of(row): (row.state, row.unknown) for row in held}
        wanted = {key: (line.state.value, line.unknown) for key, line in self.expected.lines.items()}
        assert found == wanted
        for row in held:
            assert row.state != State.RESOLVED.value or row.decision is None

    def _balance(self) -> None:
        for week in self.expected.weeks:
            self._balance_of(week)

    def _balance_of(self, week: Week) -> None:
        with self.office.engine.connect() as connection:
            made = build.build(week, sources.gather(connection, week, settings(), {}))
        balance, wanted = made.balance, self.expected.weeks[week]
        assert balance.adds_up
        assert balance.opening == self.expected.standing_at[week]
        found = {
            "new": balance.new,
            "reopened": balance.reopened,
            "resolved": balance.gone,
            "settled": balance.settled,
            "dismissed": balance.dismissed,
            "rules_in": balance.rules_in,
            "rules_out": balance.rules_out,
        }
        assert found == {column: wanted[column] for column in found}
        if week == of(self.office.today):
            assert balance.closing == self.expected.standing
            assert made.standing.open + made.standing.acknowledged + made.standing.accepted == balance.closing

    def turned(self) -> None:
        """After the turn of a day nothing is accepted beyond its date."""
        for row in self.office.rows(findings)[0]:
            if row.state == State.ACCEPTED.value:
                assert row.decision["until"] >= self.office.today.isoformat(), row

    # --- messages ----------------------------------------------------------------------------------------------------

    def _plan(self, held: Sequence[Any], events: Sequence[Any], rows: Sequence[Any], tells: Sequence[Any]) -> None:
        """One alert for each contact; each event is planned once, each finding told once of what is planned now."""
        new = [row for row in rows if row.id not in self.messages]
        assert max(Counter(row.audience for row in new if row.kind == "alert").values(), default=0) <= 1
        done = {row.seq for row in events if row.planned}
        assert self.planned <= done, "what was planned is to be told again"
        news = {row.finding_id for row in events if row.seq in done - self.planned}
        assert {row.finding_id for row in tells if row.outbox_id not in self.messages} <= news
        by_id = {row.id: row for row in held}
        for row in events:
            if row.seq not in self.paced:
                self.paced.add(row.seq)
                self._pace(by_id[row.finding_id], row)
        for key in sorted({row.finding_id for row in tells if row.outbox_id not in self.messages}):
            self.paces[key].told(self.plan_day)
        self.planned, self.messages = done, {row.id for row in rows}

    def _pace(self, one: Any, event: Any) -> None:
        pace, kind = self.paces.setdefault(one.id, Pace()), Kind(event.kind)
        if kind in _ANEW:
            pace.again()
        elif kind is Kind.DECIDED and event.data["state"] == State.OPEN.value:
            pace.taken_back(event.as_of)
        elif kind in _PRESSING:
            assert event.data["state"] == State.OPEN.value
            assert Severity(event.data["severity"]).rank >= settings().reminders.severity.rank
            assert not event.data["unknown"]
            reminders = settings().reminders
            if kind is Kind.PRESSED:
                assert pace.reminds(event.as_of, reminders)
            else:
                assert pace.escalates(event.as_of, reminders, self._contacts(one))
                pace.raised()

    def _contacts(self, one: Any) -> int:
        """How many are told one after the other."""
        facts = routing.Facts(one.check_id, Severity(one.severity), one.organization)
        names = routing.recipients(facts, settings()).contacts
        return max(len(routing.chain(name, settings())) for name in names)

    def _nothing_forgotten(self, held: Sequence[Any], events: Sequence[Any], placed: Sequence[Any]) -> None:
        """What is not planned waits for a person or for the end of the quiet time; who must be pressed was pressed."""
        by_id = {row.id: row for row in held}
        stopped = {(row.organization, row.check_id) for row in placed if row.released_on is None}
        is_quiet = quiet.quiet(self.office.now, settings().quiet) is not None
        assert settings().quiet is not None

        def waits(one: Any) -> bool:
            return bool(stopped & {(one.organization, ""), (one.organization, one.check_id)}) or (
                is_quiet and settings().quiet.waits(Severity(one.severity))
            )

        for event in events:
            assert event.planned or waits(by_id[event.finding_id]), event
        for one in held:
            pressed = one.state == State.OPEN.value and not one.unknown and not is_quiet and not waits(one)
            if pressed and Severity(one.severity).rank >= settings().reminders.severity.rank:
                pace, today = self.paces[one.id], self.plan_day
                assert not pace.reminds(today, settings().reminders), one
                assert not pace.escalates(today, settings().reminders, self._contacts(one)), one

    def _sent_once(self, rows: Sequence[Any]) -> None:
        """Nobody has heard a message twice, unless a person has sent it again; what is 'sent' was heard."""
        for row in rows:
            times = self.office.post.heard[row.audience, delivery_id(row.key, row.created_at)]
            again = self.resent[row.key]
            if row.status == "sent":
                assert 1 <= times <= 1 + again
            elif row.status in ("unknown", "sending"):
                assert times <= 1 + again
            else:
                assert times <= again
        assert sum(self.office.post.heard.values()) == sum(
            self.office.post.heard[row.audience, delivery_id(row.key, row.created_at)] for row in rows
        )

    def _lost_is_told(self, rows: Sequence[Any]) -> None:
        """Of what did not arrive the maintainers know, unless it is their own channel."""
        for row in rows:
            if row.status in ("dead", "unknown") and row.kind == "alert" and row.channel != "pager":
                assert row.reported, row


def untold_holds(office: Office) -> list[str]:
    """Standing holds of which no message to the maintainers speaks."""
    with office.engine.connect() as connection:
        said = "".join(
            row.message["text"] for row in connection.execute(select(outbox).where(outbox.c.audience == "admin"))
        )
        placed = connection.execute(select(holds).where(holds.c.released_on.is_(None))).all()
    return [f"{row.organization} {row.check_id}".strip() for row in placed if row.organization not in said]
