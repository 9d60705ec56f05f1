"""Registers that come by themselves: taken before a run, or left alone with a reason; a run goes on with what it has."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select, text

from monitor import inbox, jobs, sources
from monitor.problems import Exit, Problem
from monitor.run import Options
from monitor.settings import Settings, Source
from monitor.store import schema
from monitor.store.replacing import Whole
from tests import postgres
from tests.support import NOW, contract, organization, store

DAY = date(2026, 4, 10)
QUERY = "SELECT no AS contract_id, title, signed AS signed_on, price AS amount, read_at FROM ledger"
Ask = Callable[[str], None]


@pytest.fixture
def other(tmp_path: Path) -> Iterator[tuple[str, Ask]]:
    """Another database with a ledger of three contracts: its address, and how its owner writes to it."""
    made = create_engine(f"sqlite:///{tmp_path}/finance.db")

    def ask(statement: str) -> None:
        with made.begin() as connection:
            connection.execute(text(statement))

    ask("CREATE TABLE ledger (no text, title text, signed text, price text, read_at text)")
    for number in range(1, 4):
        ask(f"INSERT INTO ledger VALUES ('K{number}', '清掃', '2026-04-1{number}', '1000', '2026-07-04')")
    yield f"sqlite:///{tmp_path}/finance.db", ask
    made.dispose()


def source(**more: object) -> Source:
    return Source(**{"name": "finance", "database": "FINANCE", "query": QUERY, "organization": "M", **more})


@pytest.fixture
def place(engine: Engine, other: tuple[str, Ask], tmp_path: Path) -> Callable[..., jobs.Place]:
    store(engine, organizations=[organization()], contracts=[contract(1, DAY)])
    folder = {"kind": "file", "directory": tmp_path / "messages"}

    def made(**more: object) -> jobs.Place:
        settings = Settings(sources=(source(**more),), channels={"folder": folder}, default=("folder",))
        return jobs.Place(engine, settings, {"FINANCE": other[0]}, lambda: NOW)

    return made


def contracts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.scalars(select(schema.LEDGER["contracts"].c.contract_id)))


def run(place: jobs.Place) -> list[str]:
    """Sources and a run; the notices that it put into the outbox."""
    arrivals = [*sources.take(place), *inbox.take(place)]
    as_of = place.clock().date()
    jobs.run_checks(place, jobs.world(place.settings), Options(as_of), deliver=False, arrivals=arrivals)
    with place.engine.connect() as connection:
        held = connection.scalars(select(schema.outbox.c.message).order_by(schema.outbox.c.id)).all()
    return [line for message in held for line in message["text"].splitlines() if "取り込めなかった" in line]


def test_a_source_is_taken_before_a_run_and_again_changes_nothing(place, engine: Engine, other) -> None:  # type: ignore[no-untyped-def]
    (first,), (again,) = sources.take(place()), sources.take(place())
    assert (first.failed, again.failed, first.said) == (False, False, "3 rows read, 0 in quarantine, taken.")
    assert contracts(engine) == ["C1", "K1", "K2", "K3"]
    other[1]("UPDATE ledger SET read_at = '2026-07-05'")  # when the data was read is no fact of a contract
    (done,) = sources.take_one(place(), "finance", lambda *_: None).parts
    assert vars(done.counts) == {"read": 3, "added": 0, "changed": 0, "unchanged": 3, "quarantined": 0}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"fresh_days": 1, "fresh": "SELECT '2026-07-03'"},
            "2026-07-03までのデータしかありません（1日以内のものが必要です）。",
        ),
        ({"fresh_days": 1, "query": QUERY.replace(", read_at", "")}, "データの日付が分かりません"),
        ({"fresh_days": 1, "fresh": "SELECT NULL"}, "データの日付が空です。"),
        ({"query": "SELECT * FROM none_such"}, "no such table: none_such"),
        ({"query": "DELETE FROM ledger"}, "not authorized"),
        ({"query": "SELECT no AS contract_id FROM ledger"}, "見出し"),
        ({"query": "none.sql"}, "sources.finance.query: the file none.sql cannot be read"),
        ({"database": "NOWHERE"}, "set NOWHERE"),
    ],
)
def test_what_cannot_be_taken_leaves_the_ledger_and_is_said_once(place, engine: Engine, more, said: str) -> None:  # type: ignore[no-untyped-def]
    here = place(**more)
    (one,) = sources.take(here)
    assert one.failed
    assert said in one.said
    assert contracts(engine) == ["C1"]
    (told,) = run(here)
    assert said.rstrip("。") in told
    assert run(here) == [told]  # the second run tells nothing new


def test_a_query_that_suddenly_gives_nothing_is_not_believed(place, engine: Engine, other) -> None:  # type: ignore[no-untyped-def]
    run(place())
    other[1]("DELETE FROM ledger")
    told = run(place())
    assert "前回は行がありましたが、今回は一行もありません" in told[0]
    other[1]("INSERT INTO ledger VALUES ('K4', '清掃', '2026-04-14', '1000', '2026-07-05')")
    assert run(place()) == told
    other[1]("DELETE FROM ledger")
    assert len(run(place())) == 2  # it was well in between: told again
    assert contracts(engine) == ["C1", "K1", "K2", "K3", "K4"]


def test_a_row_that_cannot_be_read_is_in_quarantine_and_leaves_it_when_it_is_mended_there(
    place, engine: Engine, other
) -> None:  # type: ignore[no-untyped-def]
    other[1]("UPDATE ledger SET price = '約百万円' WHERE no = 'K2'")
    (one,) = sources.take(place())
    assert one.said == "3 rows read, 1 in quarantine, taken."
    other[1]("UPDATE ledger SET price = '1000' WHERE no = 'K2'")
    sources.take(place())
    with engine.connect() as connection:
        assert (
            connection.scalars(select(schema.quarantine.c.id).where(schema.quarantine.c.closed_by.is_(None))).all()
            == []
        )


def test_a_source_that_fails_in_the_middle_stores_nothing_of_it(place, engine: Engine, other) -> None:  # type: ignore[no-untyped-def]
    broken = "SELECT no AS contract_id, title, signed AS signed_on, abs(CASE no WHEN 'K3' THEN -9223372036854775807 - 1 ELSE 1 END) AS amount FROM ledger"
    (one,) = sources.take(place(query=broken))
    assert "integer overflow" in one.said
    assert contracts(engine) == ["C1"]


def test_a_wrong_password_is_not_shown(place, postgresql: str) -> None:  # type: ignore[no-untyped-def]
    here = place()
    address = postgres.url(postgresql, "none_such").replace("postgres@", "postgres:geheim@")
    (one,) = sources.take(jobs.Place(here.engine, here.settings, {"FINANCE": address}, here.clock))
    assert "none_such" in one.said
    assert "geheim" not in one.said + one.trouble


def test_a_source_of_no_such_name_is_said_with_the_nearest(place) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Problem, match="there is no source 'finanse' in the settings; the nearest is 'finance'"):
        sources.take_one(place(), "finanse", lambda *_: None)
    with pytest.raises(Problem, match="no such table") as caught:
        sources.take_one(place(query="SELECT * FROM x"), "finance", lambda *_: None)
    assert caught.value.exit_code is Exit.BAD_INPUT


def test_the_clock_of_freshness_is_japan_s(place) -> None:  # type: ignore[no-untyped-def]
    here = place(fresh_days=1)
    late = datetime.fromisoformat("2026-07-05T16:00:00+00:00")  # the sixth in Japan
    assert not sources.take(here)[0].failed
    assert sources.take(jobs.Place(here.engine, here.settings, here.env, lambda: late))[0].failed


def test_a_source_that_is_the_whole_truth_withdraws_what_is_gone_and_half_of_it_is_told(
    place, engine: Engine, other
) -> None:  # type: ignore[no-untyped-def]
    here = place(replace=True)
    assert "半数以上に当たり" in sources.take(here)[0].trouble  # C1 of a file is gone: one of one that stood
    done = sources.take_one(here, "finance", lambda *_: None, Whole(force=True))
    assert done.withdrawn == {"contracts": 1}
    other[1]("DELETE FROM ledger WHERE no = 'K3'")
    (one,) = sources.take(here)
    assert (one.said, one.failed) == ("2 rows read, 0 in quarantine, 1 withdrawn, taken.", False)
    table = schema.LEDGER["contracts"].c
    with engine.connect() as connection:
        assert sorted(connection.scalars(select(table.contract_id).where(table.cancelled_on.is_(None)))) == ["K1", "K2"]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("データの日付が読めません：「模擬 太郎」は日付ではありません。", "データの日付が読めません"),
        ('データベースが答えません（invalid input syntax for type date: "模擬 太郎"）。',
         "データベースが答えません（invalid input syntax for type date: …）。"),
        ('データベースが答えません（relation "ledger" does not exist）。',) * 2,
    ],
)  # fmt: skip
def test_no_value_of_a_source_is_told(reason: str, told: str) -> None:
    assert sources._told(reason) == told
