"""The reviewed file of exceptions: what it accepts is counted and told to nobody; what is wrong or of no use is said."""

import dataclasses
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from monitor import jobs
from monitor.findings import book, exceptions
from monitor.findings.lifecycle import State
from monitor.problems import Problem
from monitor.run import Options
from monitor.settings import load
from monitor.store.schema import finding_events
from tests.support import contract, organization, store

DAY = date(2026, 7, 6)
ENTRY = """[[exception]]
check = "split_orders"
organization = "M"
vendor = "７１２３４５６７８９０１２"
reason = "分離・分割発注方針による"
owner = "契約課長"
until = 2026-07-20
"""


def write(folder: Path, text: str) -> Path:
    (folder / "exceptions.toml").write_text(text, encoding="utf-8")
    return folder / "exceptions.toml"


def run(engine: Engine, folder: Path, day: date) -> jobs.Ran:
    config = folder / "monitor.toml"
    config.write_text(
        f'default = ["files"]\nexceptions = "{folder}/exceptions.toml"\n[hold]\nfirst = false\n'
        f'[channels.files]\nkind = "file"\ndirectory = "{folder}/files"\n'
    )
    settings = load(config, {})
    moment = datetime.combine(day, time(1), UTC)
    place = jobs.Place(engine, settings, {}, lambda: moment)
    return jobs.run_checks(place, jobs.world(settings), Options(day), deliver=True)


def only(engine: Engine) -> book.Known:
    with engine.connect() as connection:
        (one,) = book.everything(connection)
    return one


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    store(engine, organizations=[organization()], contracts=[contract(n, date(2026, 6, n)) for n in (1, 2, 3)])
    return engine


def test_what_the_file_excepts_is_accepted_and_told_to_nobody(ledger: Engine, tmp_path: Path) -> None:
    write(tmp_path, ENTRY)
    ran = run(ledger, tmp_path, DAY)
    one = only(ledger)
    assert (one.state, ran.planned.messages, ran.unmatched) == (State.ACCEPTED, 0, ())
    assert one.decision is not None
    assert (one.decision.by, one.decision.until) == ("契約課長", date(2026, 7, 20))
    assert run(ledger, tmp_path, DAY + timedelta(days=1)).outcome.moved == []


def test_it_is_announced_and_ends_by_its_date(ledger: Engine, tmp_path: Path) -> None:
    write(tmp_path, ENTRY)
    run(ledger, tmp_path, DAY)
    kinds = [
        transition.kind.value
        for n in range(1, 20)
        for transition in run(ledger, tmp_path, DAY + timedelta(days=n)).outcome.moved
    ]
    assert kinds == ["ending", "lapsed"]  # 14 days were left at its beginning
    assert only(ledger).state is State.OPEN
    with ledger.connect() as connection:
        ended = select(finding_events.c.data).where(finding_events.c.kind == "lapsed")
        assert [data["reason"] for data in connection.scalars(ended)] == ["expired"]


def test_a_removed_entry_excepts_no_longer(ledger: Engine, tmp_path: Path) -> None:
    write(tmp_path, ENTRY)
    run(ledger, tmp_path, DAY)
    write(tmp_path, "")
    ran = run(ledger, tmp_path, DAY + timedelta(days=1))
    assert [(one.kind.value, one.reason) for one in ran.outcome.moved] == [("lapsed", "not_excepted")]
    assert ran.planned.messages == 1


def test_a_prolonged_entry_prolongs_the_acceptance(ledger: Engine, tmp_path: Path) -> None:
    write(tmp_path, ENTRY)
    run(ledger, tmp_path, DAY)
    write(tmp_path, ENTRY.replace("2026-07-20", "2026-12-31"))
    run(ledger, tmp_path, DAY + timedelta(days=1))
    one = only(ledger)
    assert one.decision is not None
    assert (one.state, one.decision.until) == (State.ACCEPTED, date(2026, 12, 31))


@pytest.mark.parametrize(
    "now",
    [ENTRY.replace('organization = "M"\n', ""), ENTRY.replace("７１２３４５６７８９０１２", "模擬建設(株)")],
    ids=["wider", "by another word"],
)
def test_an_entry_that_is_written_anew_goes_on_without_a_word(ledger: Engine, tmp_path: Path, now: str) -> None:
    write(tmp_path, ENTRY)
    run(ledger, tmp_path, DAY)
    write(tmp_path, now)
    ran = run(ledger, tmp_path, DAY + timedelta(days=1))
    assert [one.kind.value for one in ran.outcome.moved] == ["decided"]
    assert (only(ledger).state, ran.planned.messages, ran.unmatched) == (State.ACCEPTED, 0, ())


def test_a_split_that_grows_stays_excepted(ledger: Engine, tmp_path: Path) -> None:
    write(tmp_path, ENTRY)
    run(ledger, tmp_path, DAY)
    store(ledger, contracts=[contract(4, date(2026, 6, 4))])
    run(ledger, tmp_path, DAY + timedelta(days=1))
    one = only(ledger)
    assert (one.state, len(one.facts["contracts"])) == (State.ACCEPTED, 4)


def test_an_open_finding_is_accepted_when_its_entry_comes(ledger: Engine, tmp_path: Path) -> None:
    write(tmp_path, "")
    run(ledger, tmp_path, DAY)
    write(tmp_path, ENTRY)
    run(ledger, tmp_path, DAY + timedelta(days=1))
    assert only(ledger).state is State.ACCEPTED
    with ledger.connect() as connection:
        kinds = list(connection.scalars(select(finding_events.c.kind).order_by(finding_events.c.seq)))
    assert kinds == ["opened", "decided"]


@pytest.mark.parametrize(
    "matcher", ['organization = "N"', 'department = "道路課"', 'vendor = "模擬建設"', 'contract = "C"']
)
def test_it_matches_whole_strings_only_and_what_matches_nothing_is_said(
    ledger: Engine, tmp_path: Path, matcher: str
) -> None:
    write(
        tmp_path, f'[[exception]]\ncheck = "split_orders"\n{matcher}\nreason = "r"\nowner = "o"\nuntil = 2026-12-31\n'
    )
    ran = run(ledger, tmp_path, DAY)
    assert only(ledger).state is State.OPEN
    assert [entry.check for entry in ran.unmatched] == ["split_orders"]


@pytest.mark.parametrize("matcher", ['department = "建設部　道路課"', 'vendor = "模擬建設(株)"', 'contract = "c2"'])
def test_it_matches_by_department_vendor_or_contract(ledger: Engine, tmp_path: Path, matcher: str) -> None:
    write(
        tmp_path, f'[[exception]]\ncheck = "split_orders"\n{matcher}\nreason = "r"\nowner = "o"\nuntil = 2026-12-31\n'
    )
    run(ledger, tmp_path, DAY)
    assert only(ledger).state is State.ACCEPTED


def test_a_past_date_is_said_and_excepts_nothing(ledger: Engine, tmp_path: Path) -> None:
    write(tmp_path, ENTRY.replace("2026-07-20", "2026-07-05"))
    ran = run(ledger, tmp_path, DAY)
    assert (only(ledger).state, [entry.until for entry in ran.over]) == (State.OPEN, [date(2026, 7, 5)])


WRONG = {
    "a check that there is not": (ENTRY.replace("split_orders", "split_order"), "the nearest is 'split_orders'"),
    "everything of a check": (
        ENTRY.replace('organization = "M"\n', "").replace('vendor = "７１２３４５６７８９０１２"\n', ""),
        "at least one of",
    ),
    "no reason": (ENTRY.replace('reason = "分離・分割発注方針による"', 'reason = " "'), "exception 1: reason"),
    "no date": (ENTRY.replace("until = 2026-07-20\n", ""), "exception 1: until"),
    "a date in quotes": (ENTRY.replace("2026-07-20", '"2026-07-20"'), "exception 1: until"),
    "an unknown key": (ENTRY + "untill = 2026-01-01\n", "exception 1: untill"),
    "one bracket": (ENTRY.replace("[[exception]]", "[exception]"), "two brackets"),
    "another table": ("[[exceptions]]\n" + ENTRY.partition("\n")[2], "exceptions: expected only"),
    "no TOML": ("check = ", "not readable as TOML"),
}


@pytest.mark.parametrize(("text", "sentence"), WRONG.values(), ids=WRONG)
def test_a_file_that_is_wrong_stops_the_run_with_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(Problem, match=sentence.replace("[", "\\[")):
        exceptions.load(write(tmp_path, text))


def test_a_file_that_is_not_there_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="there is no file"):
        exceptions.load(tmp_path / "none.toml")


def test_the_id_of_an_entry_is_of_what_it_matches(tmp_path: Path) -> None:
    one, two = exceptions.load(write(tmp_path, ENTRY + ENTRY.replace('"M"', '"N"')))
    moved, _ = exceptions.load(write(tmp_path, ENTRY.replace('"M"', '"N"') + ENTRY))
    assert moved.id == two.id != one.id
    assert dataclasses.is_dataclass(one.decision())
