"""同一 by workbook and by command: two vendors become one, and two again when it is taken back. On both databases."""

from datetime import date

import openpyxl
import pytest
from sqlalchemy import Engine, select

from monitor import answering, jobs
from monitor.findings import book, decisions, sheets
from monitor.findings.lifecycle import State
from monitor.findings.lines import line
from monitor.findings.workbook import SHEET, workbook
from monitor.intake import layouts
from monitor.run import Options
from monitor.settings import Settings
from monitor.store import schema
from tests.support import NOW, contract, organization, place, store

DAY = date(2026, 7, 5)
CALL = "国税庁法人番号公表サイトで確認"


@pytest.fixture
def office(engine: Engine):
    """Two contracts of vendors whose names differ in one letter at one address, judged once."""
    more = {"vendor_numbers": None, "addresses": "模擬市三宮町1-4-9", "estimated_price": 9_000_000, "amount": 9_000_000}
    rows = [
        contract(1, date(2026, 4, 1), vendors="(株)ITグローバルブレイン", **more),
        contract(2, date(2026, 5, 1), vendors="(株)JITグローバルブレイン", title="樋管点検", **more),
    ]
    store(engine, organizations=[organization()], contracts=rows)
    here = place(engine, Settings())
    judged(here)
    return here


def judged(here):
    return jobs.run_checks(here, jobs.world(here.settings), Options(as_of=DAY), deliver=False).outcome


def pair(here):
    with here.engine.connect() as connection:
        [one] = book.known(connection, "M", "vendor_identity")
    return one


def rows(here):
    with here.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(schema.LEDGER["vendor_decisions"])).mappings()]


def said(word, reason=CALL):
    return decisions.said(word, "契約課 山田", reason, "", None)


def test_one_vendor_by_command_and_two_again(office):
    assert answering.decide(office, [pair(office).id], said("同一")).changed == 1
    [row] = rows(office)
    assert (row["decision"], row["decided_on"], row["decided_by"], row["reason"]) == ("同一", DAY, "契約課 山田", CALL)
    outcome = judged(office)
    assert outcome.evaluated > 0  # every check is asked anew: vendors are counted otherwise
    assert pair(office).state is State.SETTLED
    assert judged(office).evaluated == 0
    until = "「同一」と判断されるまでは別々の相手方として数え、自動ではまとめません。"
    since = "令和8年7月5日(日)に「同一」と判断したので、一つの相手方として数えています。"
    assert line(pair(office), "模擬市", DAY).explanation.endswith(until + since)
    answering.decide(office, [pair(office).id], said("取消", "別の会社だった"))
    assert [row["decision"] for row in rows(office)] == [None]
    judged(office)
    assert pair(office).state is State.OPEN
    assert line(pair(office), "模擬市", DAY).explanation.endswith(until)
    with office.engine.connect() as connection:
        assert (
            len(list(connection.execute(select(schema.row_history)))) == 1
        )  # the decision that was taken back is kept


def test_one_vendor_by_workbook_once_however_often_it_comes(office, tmp_path):
    path = tmp_path / "findings.xlsx"
    path.write_bytes(workbook([line(pair(office), "模擬市", DAY)], "模擬市", DAY))
    file = openpyxl.load_workbook(path)
    page = file[SHEET]
    at = {cell.value: cell.column for cell in page[2]}
    for heading, value in {"判断": "同一", "氏名": "契約課 山田", "理由": CALL}.items():
        page.cell(3, at[heading]).value = value
    file.save(path)
    for changed in (1, 0):
        [part] = layouts.read(path)
        taken = sheets.take(office.engine, part, DAY, NOW)
        assert (taken.counts.changed, taken.counts.quarantined) == (changed, 0)
    assert [row["decision"] for row in rows(office)] == ["同一"]
    judged(office)
    assert pair(office).state is State.SETTLED


def test_only_a_pair_of_vendors_can_be_one_and_a_reason_is_asked_for(office):
    with office.engine.connect() as connection:
        other = next(one for one in book.everything(connection) if one.check != "vendor_identity")
    done = answering.decide(office, [other.id, pair(office).id], said("同一", ""))
    assert {key: told.split("：")[0] for key, told in done.refused} == {other.id: "判断", pair(office).id: "理由"}
    assert rows(office) == []


def test_a_wrong_suspicion_joins_nothing(office):
    answering.decide(office, [pair(office).id], said("誤検知", "別の会社"))
    assert rows(office) == []


def test_a_decision_about_vendors_does_not_make_an_old_ledger_fresh(office):
    query = select(schema.data_versions.c.read_at)
    with office.engine.connect() as connection:
        before = connection.scalar(query)
    answering.decide(place(office.engine, Settings()), [pair(office).id], said("同一"))
    with office.engine.connect() as connection:
        assert connection.scalar(query) == before
