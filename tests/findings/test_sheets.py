"""A returned workbook taken in: applied, unchanged or in quarantine with the reason. On SQLite and on PostgreSQL."""

import csv
import dataclasses
import io
import time
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import Engine, select

from checks.finding import Finding, Severity
from monitor import importing
from monitor.findings import book
from monitor.findings.decisions import Decision, Refused, decide, said
from monitor.findings.lifecycle import Cause, State
from monitor.findings.lines import line, table
from monitor.findings.reconcile import reconcile
from monitor.findings.sheets import Taken, take
from monitor.findings.workbook import NEEDS, SHEET, workbook
from monitor.intake import layouts
from monitor.intake.decisions import DECISIONS
from monitor.intake.how import How
from monitor.settings import Settings
from monitor.store import aside, corrections, quarantine, schema
from tests.support import NOW, place

DAY = date(2026, 7, 5)
UNTIL = date(2026, 9, 30)
WHOLE = {"理由": "後継の契約を準備中", "期限": UNTIL, "氏名": "契約課 山田", "処置": "公表した"}


def findings(engine, count=4, body="M", severity=Severity.HIGH, as_of=DAY):
    """So many open findings; the ids in order of the book."""
    found = [
        Finding(
            "publication_due", body, f"{body}{n}|works", (f"C{n}",), severity, f"側溝修繕（その{n}）の公表",
            f"締結の翌日から72日を過ぎています（その{n}）。", "台帳に記入してください。", "規則第5条", verified=True, department="道路課",
        )
        for n in range(count)
    ]  # fmt: skip
    with engine.begin() as connection:
        known = book.known(connection, body, "publication_due")
        transitions = reconcile(known, found, Cause.DATA, frozenset(), as_of)
        book.write(connection, transitions, None, as_of, NOW)
    return [one.id for one in standing(engine) if one.organization == body]


def standing(engine):
    with engine.connect() as connection:
        return book.everything(connection)


def finding(engine, finding_id):
    with engine.connect() as connection:
        return book.one(connection, finding_id)


def sent(engine, path, as_of=DAY):
    """findings.xlsx as it goes out now."""
    path.write_bytes(workbook([line(one, "模擬市", as_of) for one in standing(engine)], "模擬市", as_of))
    return path


def fill(path, answers, to=None):
    """Cells by finding and heading, written as Excel would; None as the value of a finding takes the row out."""
    file = openpyxl.load_workbook(path)
    page = file[SHEET]
    at = {cell.value: cell.column for cell in page[2]}
    row = {page.cell(n, at["番号"]).value: n for n in range(3, page.max_row + 1)}
    for finding_id, cells in answers.items():
        for heading, value in cells.items():
            page.cell(row[finding_id], at[heading]).value = value
    file.save(to or path)
    return to or path


def returned(engine, path, as_of=DAY, now=NOW):
    [part] = layouts.read(path)
    return take(engine, part, as_of, now)


def counts(taken: Taken) -> tuple[int, ...]:
    """read, added, changed, unchanged, quarantined, unanswered."""
    return (*vars(taken.counts).values(), taken.unanswered)


def exported(engine, folder):
    with engine.connect() as connection:
        return corrections.folder(corrections.shapes(connection, quarantine.waiting(connection)), folder)


def waiting(engine, organization=None):
    with engine.connect() as connection:
        return quarantine.waiting(connection, organization)


def decided(engine, finding_id, state, as_of=DAY, **more):
    with engine.begin() as connection:
        one = book.one(connection, finding_id)
        book.write(connection, [decide(one, Decision(state, **more), as_of)], None, as_of, NOW)


def test_answers_are_applied_and_rows_without_one_are_left(engine: Engine, tmp_path) -> None:
    a, b, c, d = findings(engine)
    answers = {
        a: {"判断": "確認済", "氏名": "山田　太郎"},
        b: {"判断": "容認", **WHOLE},
        c: {"判断": "処置済", **WHOLE},
    }
    taken = returned(engine, fill(sent(engine, tmp_path / "findings.xlsx"), answers))
    assert counts(taken) == (4, 0, 3, 1, 0, 1)
    assert [finding(engine, one).state for one in (a, b, c, d)] == [
        State.ACKNOWLEDGED, State.ACCEPTED, State.SETTLED, State.OPEN,
    ]  # fmt: skip
    made = finding(engine, b).decision
    assert (made.by, made.reason, made.until, made.on) == ("契約課 山田", "後継の契約を準備中", UNTIL, DAY)
    assert finding(engine, a).decision.by == "山田 太郎"
    assert waiting(engine) == []


def test_the_same_workbook_again_changes_nothing(engine: Engine, tmp_path) -> None:
    a, b, c, _ = findings(engine)
    answers = {a: {"判断": "確認", "氏名": "山田"}, b: {"判断": "容認", **WHOLE}, c: {"判断": "取消", **WHOLE}}
    path = fill(sent(engine, tmp_path / "findings.xlsx"), answers)
    assert counts(returned(engine, path)) == (4, 0, 2, 2, 0, 1)
    with engine.connect() as connection:
        head = book.head(connection)
    assert counts(returned(engine, path)) == (4, 0, 0, 4, 0, 1)
    with engine.connect() as connection:
        assert book.head(connection) == head


def test_the_same_workbook_much_later_changes_nothing_either(engine: Engine, tmp_path) -> None:
    """A watched folder may be read again when the answer has been replaced or has lapsed: it was taken then."""
    a, b, *_ = findings(engine)
    path = fill(sent(engine, tmp_path / "f.xlsx"), {a: {"判断": "確認", "氏名": "山田"}, b: {"判断": "容認", **WHOLE}})
    returned(engine, path)
    decided(engine, a, State.DISMISSED, by="佐藤", reason="別の契約")
    findings(engine, severity=Severity.HIGH, as_of=DAY)
    assert counts(returned(engine, path, as_of=UNTIL + timedelta(days=30))) == (4, 0, 0, 4, 0, 2)
    assert finding(engine, a).state is State.DISMISSED


def test_what_somebody_decided_meanwhile_is_told_and_not_overwritten(engine: Engine, tmp_path) -> None:
    a, *_ = findings(engine)
    path = sent(engine, tmp_path / "findings.xlsx")
    decided(engine, a, State.DISMISSED, by="佐藤", reason="対象外の契約")
    taken = returned(engine, fill(path, {a: {"判断": "容認", **WHOLE}}))
    assert counts(taken) == (4, 0, 0, 3, 1, 3)
    assert finding(engine, a).state is State.DISMISSED
    (row,) = waiting(engine)
    assert (row["column_name"], row["value"], row["row_key"], row["organization"]) == ("判断", "容認", a, "M")
    assert "佐藤が令和8年7月5日" in row["reason"]
    assert "「誤検知」" in row["reason"]
    assert row["cells"]["氏名"] == "契約課 山田"
    assert row["cells"]["件名"].startswith("側溝修繕")


@pytest.mark.parametrize("how", ["column gone", "cells blank"])
def test_a_workbook_without_its_revision_overwrites_nothing_that_was_decided(engine: Engine, tmp_path, how) -> None:
    a, b, *_ = findings(engine)
    path = sent(engine, tmp_path / "findings.xlsx")
    fill(path, {a: {"判断": "確認", "氏名": "山田"}, b: {"判断": "確認", "氏名": "山田"}})
    file = openpyxl.load_workbook(path)
    page = file[SHEET]
    if how == "column gone":
        page.delete_cols(page.max_column)
    else:
        for row in range(3, page.max_row + 1):
            page.cell(row, page.max_column).value = None
    file.save(path)
    decided(engine, a, State.SETTLED, by="佐藤", action="公表した")
    assert counts(returned(engine, path)) == (4, 0, 1, 2, 1, 2)
    (row,) = waiting(engine)
    assert "「版」が空欄" in row["reason"]
    assert "佐藤" in row["reason"]
    assert finding(engine, b).state is State.ACKNOWLEDGED
    assert counts(returned(engine, path)) == (4, 0, 0, 3, 1, 2)
    assert len(waiting(engine)) == 1


@pytest.mark.parametrize(
    ("answer", "column", "told"),
    [
        ({"判断": "確認"}, "氏名", "氏名が空欄"),
        ({"判断": "容認", **WHOLE, "理由": None}, "理由", "理由が必要"),
        ({"判断": "容認", **WHOLE, "期限": None}, "期限", "期限が必要"),
        ({"判断": "容認", **WHOLE, "期限": date(2027, 3, 31)}, "期限", "令和9年3月31日"),
        ({"判断": "容認", **WHOLE, "期限": date(2026, 7, 4)}, "期限", "認められません"),
        ({"判断": "処置済", **WHOLE, "処置": " "}, "処置", "何をしたか"),
        ({"判断": "誤検知", **WHOLE, "理由": None}, "理由", "理由が必要"),
        ({"判断": "承認", **WHOLE}, "判断", "値ではありません"),
        ({"氏名": "山田"}, "判断", "空欄です"),
        ({"判断": "確認", "氏名": "山田", "番号": "PB-00000000"}, "番号", "確認事項はありません"),
        ({"判断": "確認", "氏名": "山田", "番号": "その1"}, "番号", "番号として読めません"),
    ],
)
def test_what_cannot_be_taken_is_told_by_row_and_column(engine: Engine, tmp_path, answer, column, told) -> None:
    a, b, *_ = findings(engine)
    path = fill(sent(engine, tmp_path / "findings.xlsx"), {a: answer, b: {"判断": "確認", "氏名": "山田"}})
    assert counts(returned(engine, path)) == (4, 0, 1, 2, 1, 2)
    (row,) = waiting(engine)
    assert (row["source"], row["table_name"], row["column_name"]) == ("findings.xlsx[確認事項]", "decisions", column)
    assert told in row["reason"]
    assert "\n" not in row["reason"]
    assert row["organization"] == "M"
    assert finding(engine, a).state is State.OPEN
    returned(engine, path)
    assert len(waiting(engine)) == 1  # told once, however often the file comes


def test_each_decision_needs_what_the_workbook_says(engine: Engine) -> None:
    a, *_ = findings(engine, 1)
    one = finding(engine, a)
    whole = {"by": "山田", "reason": "理由", "action": "処置", "until": UNTIL}
    for word, needs in NEEDS.items():
        known = one if word != "取消" else decide(one, Decision(State.ACKNOWLEDGED, "山田"), DAY).after
        if word == "同一":
            pair = {**one.facts, "pattern": "表記の近い相手方"}
            known = dataclasses.replace(one, check="vendor_identity", facts=pair)
        decide(known, _said(word, {name: whole[name] for name in needs}), DAY)
        for name in needs:
            less = {"by": "", **{other: whole[other] for other in needs if other != name}}
            with pytest.raises(Refused) as refused:
                decide(known, _said(word, less), DAY)
            assert refused.value.column == DECISIONS.by_name[name].heading


def _said(word, given):
    return said(word, given.get("by", ""), given.get("reason", ""), given.get("action", ""), given.get("until"))


def test_one_finding_twice_in_a_sheet(engine: Engine, tmp_path) -> None:
    a, b, c, _ = findings(engine)
    same, other = {"判断": "確認", "氏名": "山田"}, {"判断": "誤検知", **WHOLE}
    path = fill(sent(engine, tmp_path / "f.xlsx"), {a: same, b: {**same, "番号": a}, c: {**other, "番号": a}})
    assert counts(returned(engine, path)) == (4, 0, 1, 2, 1, 1)
    (row,) = waiting(engine)
    assert "3行目にもあり、記入が異なります（3行目を取り込みました）" in row["reason"]


def test_a_resolved_finding_needs_no_answer(engine: Engine, tmp_path) -> None:
    a, *_ = findings(engine)
    path = fill(sent(engine, tmp_path / "f.xlsx"), {a: {"判断": "確認", "氏名": "山田"}})
    findings(engine, 0)
    assert counts(returned(engine, path))[4] == 1
    assert "解消しています" in waiting(engine)[0]["reason"]


def test_a_corrected_answer_leaves_the_quarantine(engine: Engine, tmp_path) -> None:
    a, b, *_ = findings(engine)
    path = fill(sent(engine, tmp_path / "findings.xlsx"), {a: {"判断": "確認"}, b: {"判断": "確認", "番号": "？"}})
    returned(engine, path)
    assert len(waiting(engine)) == 2
    file = openpyxl.load_workbook(path)
    page = file[SHEET]
    at = {cell.value: cell.column for cell in page[2]}
    for row in range(3, 7):
        if page.cell(row, at["判断"]).value:
            page.cell(row, at["氏名"]).value = "山田"
        if page.cell(row, at["番号"]).value == "？":
            page.cell(row, at["番号"]).value = b
    file.save(path)
    assert counts(returned(engine, path)) == (4, 0, 2, 2, 0, 2)
    assert waiting(engine) == []


def test_the_quarantine_goes_out_as_csv_and_comes_back(engine: Engine, tmp_path) -> None:
    a, b, c, _ = findings(engine)
    answers = {
        a: {"判断": "確認"},
        b: {"判断": "確認", "番号": "？"},
        c: {"判断": "誤検知", "理由": "-特段の事情", "氏名": None},
    }
    returned(engine, fill(sent(engine, tmp_path / "findings.xlsx"), answers))
    (path,) = exported(engine, tmp_path / "out")
    assert path.name == "decisions.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    assert ["氏名が空欄" in row["隔離の理由"] for row in rows] == [True, False, True]
    assert "findings.xlsx[確認事項] 3行目 氏名" in rows[0]["隔離の理由"]
    for row in rows:
        row["氏名"] = "山田"
    rows[1]["番号"] = b
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert counts(returned(engine, path)) == (3, 0, 3, 0, 0, 0)
    assert waiting(engine) == []
    assert finding(engine, c).decision.reason == "-特段の事情"
    assert finding(engine, b).state is State.ACKNOWLEDGED


def test_a_row_that_is_no_answer_is_set_aside_and_taken_back(engine: Engine, tmp_path) -> None:
    a, b, *_ = findings(engine)
    sheet = fill(sent(engine, tmp_path / "findings.xlsx"), {a: {"判断": "確認"}, b: {"判断": "確認", "番号": "？"}})
    returned(engine, sheet)

    def told(deed, rows):
        with engine.connect() as connection:
            (path,) = corrections.folder(corrections.shapes(connection, rows(connection)), tmp_path / "out")
        read = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
        for row in read:
            row |= {"隔離の処理": deed, "隔離の処理の理由": "見本の行"}
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(read[0]))
            writer.writeheader()
            writer.writerows(read)
        return path

    assert counts(returned(engine, told("対象外", quarantine.waiting))) == (2, 0, 0, 2, 0, 0)
    assert waiting(engine) == []
    assert counts(returned(engine, sheet)) == (4, 0, 0, 4, 0, 2)  # the answered findings.xlsx again
    assert counts(returned(engine, told("戻す", aside.rows))) == (2, 0, 0, 0, 2, 0)
    assert len(waiting(engine)) == 2


def test_two_departments_whose_files_bear_one_name_keep_each_its_own_quarantine(engine: Engine, tmp_path) -> None:
    a, b, c, d = findings(engine)
    with engine.connect() as connection:
        lines = {one.id: line(one, "模擬市", DAY) for one in book.everything(connection)}
    for first, second, folder in ((a, b, "道路課"), (c, d, "下水道課")):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "findings.xlsx"
        path.write_bytes(workbook([lines[first], lines[second]], folder, DAY))
        returned(engine, fill(path, {first: {"判断": "確認"}, second: {"判断": "確認", "番号": "？"}}))
    assert sorted(row["row_key"] for row in waiting(engine)) == sorted(["", "", a, c])


def test_bodies_are_told_apart(engine: Engine, tmp_path) -> None:
    a, *_ = findings(engine, 1)
    b, *_ = findings(engine, 1, "N")
    returned(engine, fill(sent(engine, tmp_path / "f.xlsx"), {a: {"判断": "確認"}, b: {"判断": "確認"}}))
    assert [row["row_key"] for row in waiting(engine, "N")] == [b]


def test_the_csv_with_the_same_columns_is_an_answer_too(engine: Engine, tmp_path) -> None:
    a, *_ = findings(engine)
    path = tmp_path / "findings.csv"
    shown = table([line(one, "模擬市", DAY) for one in standing(engine)]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(shown, newline="")))
    rows[0] |= {"判断": "容認", "理由": "準備中", "期限": "2026/9/30", "氏名": "山田"}
    with path.open("w", encoding="cp932", newline="") as file:  # as Excel saves it
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert counts(returned(engine, path)) == (4, 0, 1, 3, 0, 3)
    assert finding(engine, a).decision.until == UNTIL


def test_a_mixed_folder_through_the_job(engine: Engine, tmp_path) -> None:
    """A ledger and an answered workbook, dropped into one folder; the day is the last run's where that is later."""
    a, *_ = findings(engine)
    late = date(2026, 9, 1)
    with engine.begin() as connection:
        connection.execute(schema.runs.insert().values(job="run", as_of=late, started_at=NOW, status="done", counts={}))
    folder = tmp_path / "inbox"
    folder.mkdir()
    fill(sent(engine, folder / "findings.xlsx"), {a: {"判断": "容認", **WHOLE}})
    (folder / "organizations.csv").write_text("機関コード,機関名,規程\nM,模擬市,municipality\n", encoding="utf-8")
    here = place(engine, Settings())
    done = importing.import_path(here, folder, How(), lambda *_: None)
    assert [(part.table, part.counts.added, part.counts.changed) for part in done.parts] == [
        ("organizations", 1, 0),
        ("decisions", 0, 1),
    ]
    assert done.unreadable == []
    assert finding(engine, a).decision.on == late
    with engine.connect() as connection:
        kept = connection.execute(select(schema.imports.c.layout, schema.imports.c.counts)).all()
    assert ("decisions", {"read": 4, "added": 0, "changed": 1, "unchanged": 3, "quarantined": 0}) in [
        tuple(r) for r in kept
    ]


def test_a_killed_import_leaves_nothing_half_done(engine: Engine, tmp_path) -> None:
    a, b, *_ = findings(engine)
    path = fill(sent(engine, tmp_path / "f.xlsx"), {a: {"判断": "確認", "氏名": "山田"}, b: {"判断": "確認"}})
    [part] = layouts.read(path)

    def broken():
        yield from part.rows
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(engine, dataclasses.replace(part, rows=broken()), DAY, NOW)
    assert finding(engine, a).state is State.OPEN
    assert waiting(engine) == []


def test_a_hostile_vendor_comes_and_goes_unchanged(engine: Engine, tmp_path) -> None:
    a, b, *_ = findings(engine)
    evil = "=cmd|'/c calc'!A1 <!channel> *x* <script>" + "題" * 1500
    answers = {a: {"判断": "誤検知", "理由": evil, "氏名": "@山田"}, b: {"判断": "確認", "理由": evil}}
    path = fill(sent(engine, tmp_path / "f.xlsx"), {})
    file = openpyxl.load_workbook(path)
    page = file[SHEET]
    at = {cell.value: cell.column for cell in page[2]}
    for row in range(3, 7):
        for heading, value in answers.get(page.cell(row, at["番号"]).value, {}).items():
            cell = page.cell(row, at[heading])
            cell.value, cell.data_type = value, "s"
    file.save(path)
    assert counts(returned(engine, path)) == (4, 0, 1, 2, 1, 2)
    assert finding(engine, a).decision.reason == evil
    page = openpyxl.load_workbook(sent(engine, tmp_path / "again.xlsx"))[SHEET]
    assert evil in [cell.value for row in page.iter_rows() for cell in row]
    (out,) = exported(engine, tmp_path / "out")
    assert "'=cmd" in out.read_text(encoding="utf-8-sig")


def test_two_thousand_answers_take_seconds(engine: Engine, tmp_path) -> None:
    ids = findings(engine, 2000)
    answers = {one: {"判断": "確認", "氏名": "山田"} for one in ids[:1500]}
    path = fill(sent(engine, tmp_path / "f.xlsx"), answers | {ids[1999]: {"判断": "確認"}})
    began = time.perf_counter()
    assert counts(returned(engine, path)) == (2000, 0, 1500, 499, 1, 499)
    assert time.perf_counter() - began < 30  # 3 s on two busy cores
    assert counts(returned(engine, path, now=datetime.fromisoformat("2026-07-06T00:00:00+00:00"))) == (
        2000,
        0,
        0,
        1999,
        1,
        499,
    )
