"""From untold events to messages: holds, reminders, escalation, those who knew, what did not arrive. On both databases."""

import dataclasses
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from monitor import answering, jobs
from monitor.alerts import plan
from monitor.alerts.message import Message
from monitor.findings import book, holds
from monitor.findings.calendar import turn
from monitor.findings.decisions import Decision
from monitor.findings.lifecycle import Cause, State, Transition
from monitor.findings.reconcile import reconcile
from monitor.findings.runs import last_date
from monitor.run import Options
from monitor.settings import Settings, load
from monitor.store.schema import finding_events, findings, outbox, tellings
from tests.findings.test_lifecycle import finding
from tests.support import contract, organization, store

MONDAY = date(2026, 7, 6)
SETTINGS = """
default = ["road"]
maintainers = ["office"]
[channels.files]
kind = "file"
directory = "{folder}/files"
[channels.office]
kind = "file"
directory = "{folder}/office"
[contacts.road]
label = "道路課"
channel = "files"
next = "chief"
[contacts.chief]
label = "道路課長"
channel = "files"
next = "head"
[contacts.head]
label = "建設部長"
channel = "files"
[reminders]
severity = "low"
business_days = [3, 5]
escalate_after = 4
"""


class Office:
    """A database, settings and a day that goes on."""

    def __init__(self, engine: Engine, folder: Path, extra: str = "") -> None:
        config = folder / "monitor.toml"
        config.write_text(SETTINGS.format(folder=folder) + extra)
        self.engine, self.folder, self.day = engine, folder, MONDAY
        self.settings: Settings = load(config, {})
        self.hour = time(9)
        store(engine, organizations=[organization()], contracts=[contract(n, date(2026, 6, n)) for n in (1, 2, 3)])

    @property
    def place(self) -> jobs.Place:
        moment = datetime.combine(self.day, self.hour, jobs.JST).astimezone(UTC)
        return jobs.Place(self.engine, self.settings, {}, lambda: moment)

    def run(self, world: Any = None) -> jobs.Ran:
        return jobs.run_checks(self.place, world or jobs.world(self.settings), Options(self.day), deliver=True)

    def messages(self) -> list[tuple[str, str]]:
        """(contact, subject) of every message so far, in order."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(outbox).order_by(outbox.c.id)).all()
        return [(row.audience, row.message["subject"].split("】")[0].strip("【")) for row in rows]

    def until(self, days: int) -> list[tuple[date, str, str]]:
        """(day, contact, subject) of the messages of so many days, a run each morning."""
        told = []
        for _ in range(days):
            before = len(self.messages())
            self.run()
            told += [(self.day, *message) for message in self.messages()[before:]]
            self.day += timedelta(days=1)
        return told

    def decide(self, state: State) -> None:
        with self.engine.connect() as connection:
            (one,) = book.everything(connection)
        answering.decide(self.place, [one.id], Decision(state, "山田", "理由", "処置", self.day + timedelta(days=20)))


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return Office(engine, tmp_path, "[hold]\nfirst = false\n")


def test_the_first_judgement_waits_and_the_maintainers_are_told(engine: Engine, tmp_path: Path) -> None:
    office = Office(engine, tmp_path)
    assert [(name, subject) for _, name, subject in office.until(3)] == [("office", "管理者へのお知らせ")]
    with engine.connect() as connection:
        (hold,) = holds.standing(connection)
    assert (hold.organization, hold.check, hold.reason, hold.found) == ("M", "", holds.Reason.FIRST, 1)
    done = answering.release(office.place, [hold], holds.Release.TOLD, "山田", deliver=True)
    assert (done.planned.messages, done.delivered.sent) == (1, 1)
    assert office.messages()[-1] == ("road", "新規1")
    with engine.connect() as connection:
        assert holds.standing(connection) == []


def test_the_first_judgement_is_the_first_that_succeeds(engine: Engine, tmp_path: Path) -> None:
    office = Office(engine, tmp_path)
    world = jobs.world(office.settings)
    office.run(dataclasses.replace(world, rulebooks={}))  # every check fails
    assert office.messages() == [("office", "管理者へのお知らせ")]
    office.run(world)
    with engine.connect() as connection:
        (hold,) = holds.standing(connection)
    assert hold.reason is holds.Reason.FIRST
    assert [name for name, _ in office.messages()] == ["office", "office"]


def test_the_first_judgement_of_a_ledger_that_lay_too_long_is_held(engine: Engine, tmp_path: Path) -> None:
    office = Office(engine, tmp_path)
    office.day = MONDAY + timedelta(days=60)
    assert office.run().outcome.stale
    world = dataclasses.replace(jobs.world(office.settings), stale_after_days=0)
    assert [why for _, _, why, _ in office.run(world).outcome.held] == [holds.Reason.FIRST]


def test_a_known_backlog_is_never_told_and_nobody_is_reminded_of_it(engine: Engine, tmp_path: Path) -> None:
    office = Office(engine, tmp_path)
    office.until(1)
    with engine.connect() as connection:
        chosen = holds.standing(connection)
    answering.release(office.place, chosen, holds.Release.KNOWN, "山田", deliver=True)
    assert office.until(30) == []


def test_what_happens_behind_a_hold_to_what_was_told_before_it_is_no_backlog(office: Office) -> None:
    office.until(1)
    with office.engine.begin() as connection:
        holds.place(connection, "M", "split_orders", holds.Reason.SUDDEN, (1, office.day), 50)
    gone = [contract(n, date(2026, 6, n), cancelled_on=MONDAY) for n in (1, 2, 3)]
    new = [contract(n, date(2026, 6, n), department="総務課", title=f"庁舎修繕（その{n}）") for n in (7, 8, 9)]
    store(office.engine, contracts=gone + new)
    assert office.until(1) == []
    with office.engine.connect() as connection:
        chosen = holds.standing(connection)
    answering.release(office.place, chosen, holds.Release.KNOWN, "山田", deliver=True)
    assert office.messages() == [("road", "新規1"), ("road", "解消1")]


def test_what_was_answered_before_the_release_is_not_told(engine: Engine, tmp_path: Path) -> None:
    office = Office(engine, tmp_path)
    office.until(1)
    office.decide(State.DISMISSED)
    with engine.connect() as connection:
        chosen = holds.standing(connection)
    assert answering.release(office.place, chosen, holds.Release.TOLD, "山田", deliver=True).planned.messages == 0


def test_nobody_answers(office: Office) -> None:
    told = office.until(35)
    assert told == [
        (date(2026, 7, 6), "road", "新規1"),
        (date(2026, 7, 9), "road", "未対応の再通知1"),  # three business days
        (date(2026, 7, 10), "chief", "上位への連絡1"),  # four: the next contact
        (date(2026, 7, 16), "head", "上位への連絡1"),  # four more for the chief
        (date(2026, 7, 24), "road", "未対応の再通知1"),  # the pace has slowed; 7/20 is 海の日
        (date(2026, 7, 31), "road", "未対応の再通知1"),
        (date(2026, 8, 7), "road", "未対応の再通知1"),
    ]


@pytest.mark.parametrize("state", [state for state in State if state not in (State.OPEN, State.RESOLVED)])
def test_an_answer_stops_reminders_and_escalation(office: Office, state: State) -> None:
    office.until(2)
    office.decide(state)
    assert [subject for _, _, subject in office.until(15) if "再通知" in subject or "上位" in subject] == []


def test_an_answer_that_is_taken_back_starts_the_reminders_anew(office: Office) -> None:
    office.until(1)
    office.decide(State.ACKNOWLEDGED)
    assert office.until(21) == []
    office.decide(State.OPEN)  # on 7/28
    assert office.until(7) == [
        (date(2026, 7, 31), "road", "未対応の再通知1"),
        (date(2026, 8, 3), "chief", "上位への連絡1"),
    ]


def test_who_is_told_of_a_passed_date_is_not_pressed_on_the_same_day_and_the_next_contact_a_day_later(
    office: Office,
) -> None:
    office.until(3)
    with office.engine.begin() as connection:
        connection.execute(update(findings).values(due_on=date(2026, 7, 9)))
    office.day = date(2026, 7, 10)  # the day of the escalation
    assert office.until(4) == [(date(2026, 7, 10), "road", "期限超過1"), (date(2026, 7, 11), "chief", "上位への連絡1")]
    with office.engine.connect() as connection:
        kinds = list(connection.scalars(select(finding_events.c.kind).order_by(finding_events.c.seq)))
    assert kinds == ["opened", "overdue", "escalated"]  # what is on record was told


def test_what_is_over_is_told_to_those_who_knew(office: Office) -> None:
    office.until(1)
    office.settings = office.settings.model_copy(update={"default": ("head",)})  # the routes have changed meanwhile
    store(office.engine, contracts=[contract(n, date(2026, 6, n), cancelled_on=MONDAY) for n in (1, 2, 3)])
    assert [(name, subject) for _, name, subject in office.until(1)] == [("road", "解消1")]
    with office.engine.connect() as connection:
        first, second = connection.execute(select(outbox).order_by(outbox.c.id)).all()
    assert Message.from_json(second.message).thread == first.provider_ref  # as an answer to the first


ROUTE = '[[routes]]\nto = ["{}"]\ndepartments = ["{}"]\n'


def test_another_department_is_told_what_it_answers_for_now_and_those_who_know_of_it_are_not(
    engine: Engine, tmp_path: Path
) -> None:
    office = Office(engine, tmp_path, "[hold]\nfirst = false\n" + ROUTE.format("head", "建設部 建築課"))
    office.until(1)

    def move(department: str) -> list[tuple[str, str]]:
        store(engine, contracts=[contract(n, date(2026, 6, n), department=department) for n in (1, 2, 3)])
        return [(name, subject) for _, name, subject in office.until(1)]

    assert move("建設部 河川課") == []  # its contact is told of it already
    with engine.connect() as connection:
        assert book.everything(connection)[0].facts["department"] == "建設部 河川課"
    assert move("建設部 建築課") == [("head", "担当の変更1")]
    assert move("建設部 道路課") == []
    assert move("建設部 建築課") == []


def test_a_changed_rule_is_told_as_one_notice(office: Office) -> None:
    office.until(1)
    world = jobs.world(office.settings)
    strict = world.parameters["split_orders"].model_copy(update={"link": 20})
    office.run(dataclasses.replace(world, parameters={**world.parameters, "split_orders": strict}))
    assert office.messages()[-1] == ("road", "規程・設定の変更による異動1")


def test_a_ledger_that_is_too_old_is_not_judged_and_nothing_is_resolved(office: Office) -> None:
    office.until(1)
    office.day = MONDAY + timedelta(days=36)
    store(office.engine)  # nothing new
    ran = office.run()
    assert [body.id for body in ran.outcome.stale] == ["M"]
    assert office.messages()[-1][0] == "office"
    with office.engine.connect() as connection:
        (one,) = book.everything(connection)
    assert (one.state, one.unknown) == (State.OPEN, True)
    count = len(office.messages())
    office.day += timedelta(days=1)
    office.run()
    assert len(office.messages()) == count  # told when it became so
    rows = [contract(n, date(2026, 6, n)) for n in (1, 2, 3)]
    moved = {"imported": datetime.combine(office.day, time(1), UTC)}
    from monitor.store import imports
    from tests.support import RULEBOOKS, part

    imports.store(office.engine, part("contracts", rows), moved["imported"], RULEBOOKS)
    office.run()
    with office.engine.connect() as connection:
        (one,) = book.everything(connection)
    assert (one.state, one.unknown) == (State.OPEN, False)


def test_a_message_that_did_not_arrive_is_told_by_another_channel(office: Office) -> None:
    office.settings = office.settings.model_copy(
        update={"delivery": office.settings.delivery.model_copy(update={"attempts": 1})}
    )
    (office.folder / "files").write_text("a file where the folder should be")
    office.run()
    with office.engine.connect() as connection:
        lost, notice = connection.execute(select(outbox).order_by(outbox.c.id)).all()
    assert (lost.status, lost.reported) == ("dead", True)
    assert (notice.audience, notice.status) == ("office", "sent")
    assert "届かなかった通知があります（road）" in notice.message["text"]
    office.run()
    assert len(office.messages()) == 2


def test_in_quiet_time_nothing_is_told_and_then_what_is_still_true(engine: Engine, tmp_path: Path) -> None:
    quiet = '[quiet]\nfrom = "18:00"\nuntil = "08:30"\n'
    office = Office(engine, tmp_path, "[hold]\nfirst = false\n" + quiet)
    office.hour = time(6, 30)
    assert office.run().planned.quiet == 1
    assert office.messages() == []
    office.hour = time(8, 30)
    jobs.deliver(office.place)
    assert office.messages() == [("road", "新規1")]


def test_a_date_that_was_put_off_before_its_passing_was_told_is_not_called_over(engine: Engine, tmp_path: Path) -> None:
    office = Office(engine, tmp_path)

    def write(transitions: Iterable[Transition]) -> list[book.Known]:
        with engine.begin() as connection:
            book.write(connection, list(transitions), None, MONDAY, office.place.clock())
            return book.everything(connection)

    def planned() -> plan.Planned:
        return plan.plan(engine, office.settings, MONDAY, office.place.clock())

    def found(due_on: date) -> list[Transition]:
        return reconcile(known, [finding(due_on=due_on)], Cause.DATA, frozenset(), MONDAY)

    known: list[book.Known] = []
    known = write(found(MONDAY))
    assert planned().messages == 1
    known = write(turn(known, MONDAY + timedelta(days=1), ()))  # it waits: a hold, a weekend
    write(found(MONDAY + timedelta(days=30)))
    assert (planned(), planned().news) == (plan.Planned(1, 0, 0), 0)


def test_each_telling_is_on_record(office: Office) -> None:
    office.until(5)
    with office.engine.connect() as connection:
        rows = connection.execute(select(tellings.c.topic, tellings.c.shown).order_by(tellings.c.outbox_id)).all()
        (one,) = book.everything(connection)
    assert [tuple(row) for row in rows] == [("new", True), ("pressed", True), ("escalated", True)]
    assert one.told is not None
    assert (one.told.times, one.told.level) == (3, 1)


def test_planning_again_plans_nothing(office: Office) -> None:
    office.run()
    assert plan.plan(office.engine, office.settings, office.day, office.place.clock()) == plan.Planned(0, 0, 0)
    assert last_date(office.engine) == MONDAY
