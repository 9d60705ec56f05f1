"""One set of scenarios for every kind of channel, against real sockets and a real disk."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.alerts import outbox
from monitor.alerts.channels import Receipt, SendError
from monitor.alerts.message import Message
from monitor.alerts.outbox import enqueue
from monitor.settings import Delivery
from monitor.store.engine import open_store
from monitor.store.schema import outbox as table
from tests.alerts.drivers import DRIVERS
from tests.alerts.suite import HOSTILE, NOW, PLAIN, Driver, Scenario, Watch, lines

S = Scenario
Start = Callable[[type[Driver]], Driver]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Driver] = []

    def begin(kind: type[Driver]) -> Driver:
        started.append(kind(tmp_path))
        return started[-1]

    yield begin
    for driver in started:
        driver.stop()


@pytest.fixture
def watch(caplog, capfd) -> Callable[[Driver], Watch]:
    return lambda driver: Watch(driver.secret, caplog, capfd)


def meeting(*scenarios: Scenario) -> pytest.MarkDecorator:
    """Every kind with each of the scenarios that it declares."""
    cases = [
        pytest.param(kind, scenario, id=f"{kind.kind}-{scenario.value}")
        for kind in DRIVERS
        for scenario in scenarios
        if scenario in kind.expected
    ]
    return pytest.mark.parametrize(("kind", "scenario"), cases)


def test_every_scenario_is_met_by_some_kind_and_every_kind_is_in_the_suite():
    assert {scenario for kind in DRIVERS for scenario in kind.expected} == set(Scenario)
    from monitor.settings.wording import _CHANNELS

    assert {kind.kind for kind in DRIVERS} == set(_CHANNELS)


@meeting(*(scenario for scenario in Scenario if scenario not in (S.TWICE, S.HOSTILE)))
def test_each_scenario_ends_as_it_must_and_the_other_side_has_what_it_has(kind, scenario, start, watch):
    driver = start(kind)
    ended = watch(driver).send(driver.open(scenario), PLAIN, "alert-1")
    expected = kind.expected[scenario]
    assert (ended.outcome if isinstance(ended, SendError) else None) is expected
    if isinstance(ended, SendError):
        assert ended.retry_after == kind.patience.get(scenario)
        assert ended.detail
    told = driver.told()
    assert len(told) == kind.arrivals.get(scenario, 1)
    for each in told:
        assert each.subject == PLAIN.subject
        assert lines(each.text) == lines(PLAIN.text)
        assert each.delivery in ("alert-1", "")


@meeting(S.PARTLY)
def test_refused_recipients_are_data_and_the_others_have_the_message(kind, scenario, start, watch):
    driver = start(kind)
    ended = watch(driver).send(driver.open(scenario), PLAIN, "alert-1")
    assert isinstance(ended, Receipt)
    assert ended.refused == (("b@example.jp", "550 5.1.1 unknown"),)
    assert ended.note == "refused: b@example.jp (550 5.1.1 unknown)"
    (told,) = driver.told()
    assert told.shape[-1] == "a@example.jp"


@meeting(S.TWICE)
def test_a_delivery_that_comes_again_can_be_known_by_whoever_gets_it(kind, scenario, start, watch):
    driver = start(kind)
    channel = driver.open(scenario)
    for _ in range(2):
        assert isinstance(watch(driver).send(channel, PLAIN, "alert-1"), Receipt)
    told = driver.told()
    assert len(told) == kind.arrivals.get(scenario, 1)
    assert len({(each.delivery, each.raw) for each in told}) == 1
    assert channel.idempotent == (kind.kind == "file")


@meeting(S.HOSTILE)
def test_a_hostile_ledger_changes_nothing_but_the_words(kind, scenario, start, watch):
    driver = start(kind)
    channel = driver.open(scenario)
    assert isinstance(watch(driver).send(channel, PLAIN, "alert-1"), Receipt)
    assert isinstance(watch(driver).send(channel, HOSTILE, "alert-2"), Receipt)
    plain, hostile = driver.told()
    assert hostile.shape == plain.shape
    assert "\x00" not in hostile.text
    assert lines(hostile.text)[-1].endswith("字" * 10_000)
    assert b"\nBcc:" not in hostile.raw


@meeting(S.FAILING, S.REJECTED, S.STRANGER, S.SILENT, S.NOBODY, S.SUCCESS)
def test_no_secret_comes_into_the_outbox(kind, scenario, start, watch, tmp_path):
    driver = start(kind)
    guard = watch(driver)
    engine = open_store(f"sqlite:///{tmp_path / 'keiyaku.db'}")
    with engine.begin() as connection:
        enqueue(connection, "k", "c", "alert", PLAIN, NOW)
    channel = driver.open(scenario)
    outbox.deliver(engine, lambda _name: channel, lambda: NOW, lambda _step: None, Delivery())
    with engine.connect() as connection:
        row = connection.execute(table.select()).one()
    engine.dispose()
    expected = kind.expected[scenario]
    assert row.status == (expected.value if expected else "sent")
    assert Message.from_json(row.message) == PLAIN
    guard.saw_nothing(repr(row) + "geheim-query" * ("geheim-query" in repr(row)))
    assert "geheim" not in repr(row)
