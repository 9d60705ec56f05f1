"""The record shows what was done to it: a chain that is broken, findings that their events do not say, an end cut off."""

import hashlib
from datetime import date
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, insert, text, update

from monitor import jobs, run
from monitor.findings import audit, audit_words, book, decisions
from monitor.findings.audit import Report
from monitor.findings.chain import entries
from monitor.findings.decisions import Decision
from monitor.findings.lifecycle import State
from monitor.run import Options
from monitor.settings import load
from monitor.store import engine as store_engine
from monitor.store.engine import connect, open_store, steady
from monitor.store.schema import finding_events, findings
from tests.support import NOW, contract, organization, store

DAY = date(2026, 7, 5)
LATER = date(2026, 7, 12)
WORLD = jobs.world(load(None, {}))


@pytest.fixture
def record(engine: Engine) -> Engine:
    """Two weeks of a small office: findings of several checks, new facts, a decision, a resolution, one taken back."""
    store(engine, organizations=[organization()], contracts=[contract(n, date(2026, 6, n)) for n in (1, 2, 3)])
    judge(engine, DAY)
    decide(engine, State.ACCEPTED, DAY, until=date(2026, 8, 31))
    store(engine, contracts=[contract(4, date(2026, 6, 4)), contract(9, date(2026, 6, 9), vendor_numbers="")])
    judge(engine, LATER)
    decide(engine, State.ACKNOWLEDGED, LATER)
    decide(engine, State.OPEN, LATER)
    store(engine, contracts=[contract(n, date(2026, 6, n), cancelled_on=LATER) for n in (1, 2, 3, 4)])
    judge(engine, date(2026, 7, 19))
    return engine


def judge(engine: Engine, as_of: date) -> None:
    run.finish(engine, run.execute(engine, WORLD, Options(as_of), lambda: NOW), NOW, {})


def decide(engine: Engine, state: State, as_of: date, **more: Any) -> None:
    with engine.begin() as connection:
        (known,) = (one for one in book.everything(connection) if one.check == "split_orders")
        made = decisions.decide(known, Decision(state, "契約課 山田", "理由", "処置", **more), as_of)
        assert made is not None
        book.write(connection, [made], None, as_of, NOW)


def verified(engine: Engine, *heads: str) -> Report:
    with steady(engine) as connection:
        return audit.verify(connection, heads)


def change(engine: Engine, *statements: str, **values: Any) -> None:
    """Write past the program and past the database's own guards, as somebody with the password would."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("COMMIT"))
            connection.execute(text("PRAGMA foreign_keys=OFF"))
            connection.execute(text("BEGIN"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        for statement in statements:
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), used)
        connection.commit()
        connection.invalidate()


def seqs(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return [entry.seq for entry in entries(connection)]


def test_a_record_that_nobody_has_touched_is_in_order(record: Engine) -> None:
    report = verified(record)
    assert report.in_order, list(audit_words.sentences(report))
    assert report.events == len(seqs(record)) > 6
    with record.connect() as connection:
        assert report.head == book.head(connection)


def test_an_empty_record_is_in_order(engine: Engine) -> None:
    report = verified(engine)
    assert (report.in_order, report.events, report.head) == (True, 0, book.GENESIS)
    assert "記録はまだありません。" in list(audit_words.sentences(report))


def test_without_a_printed_value_it_says_what_it_cannot_see(record: Engine) -> None:
    assert audit_words.BLIND in list(audit_words.sentences(verified(record)))
    assert audit_words.BLIND not in list(audit_words.sentences(verified(record, verified(record).head[:16])))


def middle(engine: Engine) -> int:
    every = seqs(engine)
    return every[len(every) // 2]


BROKEN = {
    "severity_changed": 'UPDATE finding_events SET data = replace(CAST(data AS TEXT), \'"severity": \', \'"severity":  "x", "old": \') WHERE seq = :seq',
    "another_date": "UPDATE finding_events SET as_of = '2026-07-04' WHERE seq = :seq",
    "another_kind": "UPDATE finding_events SET kind = 'changed' WHERE seq = :seq",
    "another_hash": "UPDATE finding_events SET hash = '{}' WHERE seq = :seq".format("0" * 64),
    "no_json_at_all": "UPDATE finding_events SET data = '[1]' WHERE seq = :seq",
}


@pytest.mark.parametrize("statement", BROKEN.values(), ids=BROKEN)
def test_a_changed_event_is_the_first_break(record: Engine, statement: str) -> None:
    seq = middle(record)
    if record.dialect.name == "postgresql":
        statement = statement.replace("'[1]'", "'[1]'::json").replace('"old": \')', '"old": \')::json')
    change(record, statement, seq=seq)
    report = verified(record)
    assert not report.in_order
    assert report.breaks[0].entry.seq == seq
    assert f"最初の不一致：記録番号{seq}、" in "\n".join(audit_words.sentences(report))


def test_an_event_taken_out_breaks_the_chain_at_the_next(record: Engine) -> None:
    seq = middle(record)
    following = seqs(record)[seqs(record).index(seq) + 1]
    change(record, "DELETE FROM finding_events WHERE seq = :seq", seq=seq)
    report = verified(record)
    assert (report.in_order, report.broken, report.breaks[0].entry.seq) == (False, 1, following)


def test_two_events_that_have_changed_places_are_seen(record: Engine) -> None:
    one = middle(record)
    two = seqs(record)[seqs(record).index(one) + 1]
    move = "UPDATE finding_events SET seq = :to WHERE seq = :at"
    for at, to in ((one, -1), (two, one), (-1, two)):
        change(record, move, at=at, to=to)
    report = verified(record)
    assert (report.in_order, report.breaks[0].entry.seq) == (False, one)


def test_an_end_cut_off_shows_only_by_a_printed_value(record: Engine) -> None:
    """And only if whoever cut it off has put the finding back to what it was."""
    with record.connect() as connection:
        rows = {one.id: one for one in book.everything(connection)}
    decide_another(record)
    after = verified(record)
    assert after.last is not None
    change(record, "DELETE FROM finding_events WHERE seq = :seq", seq=after.last.seq)
    assert {one.finding_id for one in verified(record).differences} == {after.last.finding_id}
    with record.begin() as connection:
        values = book._row(rows[after.last.finding_id])
        connection.execute(update(findings).where(findings.c.id == values["id"]).values(values))
    report = verified(record)
    assert report.in_order, list(audit_words.sentences(report))
    assert audit_words.BLIND in list(audit_words.sentences(report))
    report = verified(record, after.head[:16])
    assert not report.in_order
    assert f"照らす値 {after.head[:16]} は記録にありません" in "\n".join(audit_words.sentences(report))


EDITED = {
    "state": ("UPDATE findings SET state = 'dismissed' WHERE id = :id", "状態"),
    "severity": ("UPDATE findings SET severity = 'info' WHERE id = :id", "重要度"),
    "due_on": ("UPDATE findings SET due_on = '2030-01-01' WHERE id = :id", "期限"),
    "digest": ("UPDATE findings SET facts_digest = 'x' WHERE id = :id", "事実の要約値"),
    "first_seen": ("UPDATE findings SET first_seen = '2020-01-01' WHERE id = :id", "初めて見つけた日"),
    "organization": ("UPDATE findings SET organization = 'N' WHERE id = :id", "検査・団体・対象"),
    "wording": (
        'UPDATE findings SET facts = replace(CAST(facts AS TEXT), \'"title": "\', \'"title": "x\') WHERE id = :id',
        "記載",
    ),
    "evidence": (
        'UPDATE findings SET facts = replace(CAST(facts AS TEXT), \'"contracts": [\', \'"contracts": ["Z", \') WHERE id = :id',
        "事実",
    ),
    "decision": ("UPDATE findings SET decision = '{}' WHERE id = :id", "判断"),
}


@pytest.mark.parametrize(("statement", "column"), EDITED.values(), ids=EDITED)
def test_an_edited_finding_is_named_with_what_its_events_say(engine: Engine, statement: str, column: str) -> None:
    store(engine, organizations=[organization()], contracts=[contract(n, date(2026, 6, n)) for n in (1, 2, 3)])
    judge(engine, DAY)
    decide(engine, State.ACKNOWLEDGED, DAY)
    with engine.connect() as connection:
        (one,) = book.everything(connection)
    if engine.dialect.name == "postgresql":
        statement = statement.replace(") WHERE", ")::json WHERE")
    change(engine, statement, id=one.id)
    report = verified(engine)
    assert (report.in_order, report.broken, report.differing) == (False, 0, 1)
    assert column in {one.column for one in report.differences}
    assert f"{one.id}：{column}は" in "\n".join(audit_words.sentences(report))


def test_a_finding_without_events_and_events_without_a_finding_are_named(record: Engine) -> None:
    first = verified(record).last
    assert first is not None
    change(record, "UPDATE findings SET id = 'ZZ-1' WHERE id = :id", id=first.finding_id)
    report = verified(record)
    said = "\n".join(audit_words.sentences(report))
    assert report.differing == 2
    assert "ZZ-1：記録がない確認事項です。" in said
    assert f"{first.finding_id}：記録にある確認事項が、表にありません。" in said


def test_an_event_put_in_at_the_end_with_a_right_hash_shows_by_the_finding(record: Engine) -> None:
    """Who writes the finding too is not seen: the printed value then says how much of the record it covers."""
    printed = verified(record).head
    with record.begin() as connection:
        known = book.everything(connection)[0]
        entry = {"finding_id": known.id, "kind": "decided", "as_of": DAY, "data": {"state": "dismissed"}}
        hash_ = book.chained(printed, entry)
        more = {"recorded_at": NOW, "hash": hash_, "planned": True}
        connection.execute(insert(finding_events), [{**entry, **more}])
    report = verified(record, printed)
    assert (report.broken, report.differing, report.differences[0].finding_id) == (0, 1, known.id)
    said = "\n".join(audit_words.sentences(report))
    assert "変わっていません。その後の1件は、この値では確かめられません。" in said


def test_a_printed_value_says_up_to_where_the_record_is_as_it_was(record: Engine) -> None:
    with record.connect() as connection:
        printed = book.head(connection, DAY)
        count = sum(entry.as_of <= DAY.isoformat() for entry in entries(connection))
    report = verified(record, printed[:16], printed)
    assert report.in_order
    assert [(head.before, head.whole) for head in report.heads] == [(count, True)] * 2
    said = "\n".join(audit_words.sentences(report))
    assert f"そこまでの{count:,}件は、この値が印刷されてから変わっていません。" in said
    change(record, "UPDATE finding_events SET as_of = '2026-07-01' WHERE seq = :seq", seq=seqs(record)[0])
    (head,) = verified(record, printed).heads
    assert (head.entry is not None, head.whole) == (True, False)
    assert "それより前に不一致があるため" in "\n".join(audit_words.sentences(verified(record, printed)))


def test_the_value_before_the_first_event_says_nothing(record: Engine) -> None:
    report = verified(record, "0" * 16)
    assert report.in_order
    assert "記録が始まる前の値です" in "\n".join(audit_words.sentences(report))


def test_many_differences_are_counted(record: Engine) -> None:
    change(record, "UPDATE finding_events SET hash = 'x'", "UPDATE findings SET state = 'dismissed'")
    report = verified(record)
    assert (report.broken, len(report.breaks)) == (report.events, min(report.events, audit.SHOWN))
    assert report.differing == report.findings
    said = "\n".join(audit_words.sentences(report))
    assert f"{report.events:,}件のうち{report.events:,}件" in said


def test_the_hash_can_be_computed_from_the_text_alone(record: Engine) -> None:
    previous = book.GENESIS
    with record.connect() as connection:
        for entry in entries(connection):
            assert hashlib.sha256(entry.text(previous).encode()).hexdigest() == entry.hash
            previous = entry.hash


def test_an_event_written_meanwhile_is_no_difference(record: Engine) -> None:
    """What a runner commits between the two readings is not in the picture that the audit has."""
    with steady(record) as connection:
        first = sum(1 for _ in entries(connection))
        decide_another(record)
        assert sum(1 for _ in entries(connection)) == first
        assert audit.verify(connection).in_order


def decide_another(engine: Engine) -> None:
    with engine.begin() as connection:
        known = next(one for one in book.everything(connection) if one.state is State.OPEN)
        made = decisions.decide(known, Decision(State.DISMISSED, "契約課 山田", "理由"), date(2026, 7, 19))
        assert made is not None
        book.write(connection, [made], None, date(2026, 7, 19), NOW)


# --- a record of version 0.1 --------------------------------------------------------------------------------------

FACTS = '{"contracts": ["A1", "A2"], "department": "管財課", "title": "椅子", "explanation": "e", "next_step": "n", "authority": "a", "verified": true, "figures": {"sum": 1800000}, "pattern": ""}'
STANDS = '"state": "%s", "severity": "medium", "due_on": null, "step": 0, "unknown": %s'
OLD = (  # as version 0.1 wrote them; the hashes are of its own computation
    ("opened", "2026-04-06", "{" + STANDS % ("open", "false") + f', "facts": {FACTS}' + "}"),
    ("unknown", "2026-04-13", "{" + STANDS % ("open", "true") + "}"),
    ("resolved", "2026-04-20", "{" + STANDS % ("resolved", "false") + ', "reason": "fixed"}'),
)
OLD_HASHES = (
    "e6777b42d2ddfaf0ad4262d940781ff027dbf7032f9fd4fa94fb1e67b1a2f26c",
    "34024b9b783bde0612b0c555a3353106ad0cb11b55dbcee8312dd7b4b7545c46",
    "2f48939b5d035e0d822b057d2c6fd8cca0851cb69f0a34c21d654763ca7c880f",
)


def old_office(url: str) -> Engine:
    """A database as version 0.1 left it, opened by this one."""
    engine = connect(url)
    config = store_engine._migrations()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO findings (id, check_id, organization, subject, keys, state, unknown, severity, due_on, step, "
                "first_seen, last_seen, facts, facts_digest) VALUES ('SP-T084RS6X', 'split_orders', 'M', '管財課', '[]', "
                "'resolved', false, 'medium', NULL, 0, '2026-04-06', '2026-04-20', :facts, :digest)"
            ),
            {"facts": FACTS, "digest": "939c0a495ab6607be7f38f429e3099d9064f8d3ebb98b99484a26555d50b97bd"},
        )
        for (kind, as_of, data), hash_ in zip(OLD, OLD_HASHES, strict=True):
            connection.execute(
                text(
                    "INSERT INTO finding_events (finding_id, kind, as_of, recorded_at, data, hash, planned) "
                    "VALUES ('SP-T084RS6X', :kind, :as_of, '2026-04-06 00:00:00', :data, :hash, true)"
                ),
                {"kind": kind, "as_of": as_of, "data": data, "hash": hash_},
            )
    engine.dispose()
    return open_store(url)


def test_a_record_of_version_0_1_is_in_order(url: str) -> None:
    engine = old_office(url)
    report = verified(engine)
    engine.dispose()
    assert report.in_order, list(audit_words.sentences(report))
    assert report.events == 3
