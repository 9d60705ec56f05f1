"""keiyaku audit: what an auditor is told, and what an auditor is given."""

import contextlib
import hashlib
import json
import sqlite3
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from checks.vendors import INDIVIDUAL, Rename, Renames
from monitor.cli.common import today
from monitor.digest import dossier, dossier_files
from monitor.digest.dossier import Selection
from monitor.digest.dossier_tables import Look, Table
from monitor.excel import save
from monitor.findings import book
from monitor.findings.choice import Choice
from monitor.findings.lifecycle import State
from monitor.problems import Problem
from monitor.settings import Settings
from monitor.store.engine import steady
from tests.findings.test_audit import DAY, LATER, decide, judge
from tests.support import contract, organization, store
from tests.test_cli import GOOD, contracts, keiyaku, row
from tests.test_cli import office as office  # noqa: PLC0414  # a fixture

ALL = Selection(Choice(states=tuple(State)))


@pytest.fixture
def judged(office: Path) -> Path:
    keiyaku(office, "import", contracts(office, *GOOD), "--organization", "M")
    assert keiyaku(office, "run", "--as-of", "2026-07-05").returncode == 0
    return office


def sql(office: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(office / "var" / "keiyaku.db")) as database:
        database.execute(statement)
        database.commit()


def sheet(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a sheet by heading; blank cells are None."""
    rows = list(load_workbook(folder / "audit.xlsx")[name].iter_rows(values_only=True))
    return [dict(zip(rows[0], each, strict=True)) for each in rows[1:]]


# --- verify ----------------------------------------------------------------------------------------------------------


def test_verify_says_that_the_record_is_in_order_and_takes_the_value_of_a_digest(judged: Path) -> None:
    done = keiyaku(judged, "audit", "verify")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "記録は書かれたとおりです。")
    keiyaku(judged, "digest", "--week", "2026-W27", "--output", "out")
    head = json.loads(keiyaku(judged, "audit", "verify", "--json").stdout)["head"]
    assert head[:16] in (judged / "out" / "digest-2026-W27.html").read_text(encoding="utf-8")
    printed = f"{head[:8]} {head[8:16].upper()}"
    assert keiyaku(judged, "audit", "verify", "--head", printed, "--head", head).returncode == 0


def test_verify_ends_with_1_and_names_what_differs(judged: Path) -> None:
    sql(judged, "UPDATE findings SET state = 'dismissed'")
    done = keiyaku(judged, "audit", "verify")
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "記録に食い違いがあります。")
    assert "状態は「dismissed」ですが、記録では「open」です。" in done.stdout
    told = json.loads(keiyaku(judged, "audit", "verify", "--json").stdout)
    assert (told["in_order"], told["differing"], told["broken"]) == (False, 2, 0)
    assert keiyaku(judged, "audit", "verify", "--head", "a" * 16).returncode == 1


@pytest.mark.parametrize("head", ["abc", "g" * 16, "a" * 65])
def test_a_value_that_no_digest_prints_is_one_sentence(judged: Path, head: str) -> None:
    done = keiyaku(judged, "audit", "verify", "--head", head)
    assert (done.returncode, "expected the 16 or 64 digits" in done.stderr) == (2, True)


# --- export ----------------------------------------------------------------------------------------------------------


def test_an_auditor_gets_findings_history_contracts_and_messages(judged: Path) -> None:
    until = today() + timedelta(days=30)
    keiyaku(judged, "findings", "decide", "--check", "split_orders", "--as", "容認", "--by", "契約課 山田",
            "--reason", "=別々の必要", "--until", until.isoformat(), "--yes")  # fmt: skip
    done = keiyaku(judged, "audit", "export", "out")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (judged / "out").iterdir()) == ["audit.xlsx", "chain.txt", "読んでください.txt"]
    listed = json.loads(keiyaku(judged, "findings", "list", "--all", "--format", "json").stdout)
    found = {each["番号"]: each for each in sheet(judged / "out", "確認事項")}
    assert set(found) == {each["id"] for each in listed}
    (one,) = (each for each in found.values() if each["状態"] == "容認")
    assert (one["判断"], one["判断した人"], one["判断の理由"]) == ("容認", "契約課 山田", "=別々の必要")
    assert one["容認の期限"].date() == until
    assert one["関係する契約"] == "K1、K2"
    history = [each for each in sheet(judged / "out", "経過") if each["確認事項"] == one["番号"]]
    assert [(each["起きたこと"], each["だれが"]) for each in history] == [
        ("新規", "本システム"),
        ("判断", "契約課 山田"),
    ]
    assert {each["契約番号"] for each in sheet(judged / "out", "契約")} == {"K1", "K2"}
    told = [each for each in sheet(judged / "out", "通知") if each["確認事項"] == one["番号"]]
    assert [(each["宛先"], each["伝えたこと"], each["伝え方"], each["状態"]) for each in told] == [
        ("folder", "新規", "本文に記載", "送信済")
    ]


def test_the_page_counts_what_is_in_each_file_and_tells_how_to_verify(judged: Path) -> None:
    keiyaku(judged, "audit", "export", "out", "--fiscal-year", "R8", "--check", "split_orders")
    text = (judged / "out" / "読んでください.txt").read_bytes().decode("utf-8-sig")
    for name in ("確認事項", "経過", "契約", "通知", "例外"):
        assert f"audit.xlsx「{name}」　{len(sheet(judged / 'out', name)):,}件\r\n" in text
    chain = (judged / "out" / "chain.txt").read_text(encoding="utf-8").splitlines()
    head = json.loads(keiyaku(judged, "audit", "verify", "--json").stdout)["head"]
    for said in (f"chain.txt　{len(chain)}件", head, "検査：", "令和8年4月1日(水)から令和9年3月31日(水)まで", "--head"):
        assert said in text


def test_the_chain_can_be_verified_without_the_program(judged: Path) -> None:
    keiyaku(judged, "audit", "export", "out")
    lines = (judged / "out" / "chain.txt").read_bytes().decode().splitlines()
    assert lines
    for line in lines:
        hash_, text = line.split("\t")
        assert hashlib.sha256(text.encode()).hexdigest() == hash_
    rows = {each["要約値"]: each for each in sheet(judged / "out", "経過")}
    assert [line[:64] for line in lines] == list(rows)
    assert all(json.loads(line.split("\t")[1])[0] == rows[line[:64]]["前の要約値"] for line in lines)


def test_the_same_database_gives_the_same_bytes(judged: Path) -> None:
    for folder in ("one", "two"):
        assert keiyaku(judged, "audit", "export", folder).returncode == 0
    for path in (judged / "one").iterdir():
        assert path.read_bytes() == (judged / "two" / path.name).read_bytes()


def test_a_record_that_differs_is_exported_and_says_so(judged: Path) -> None:
    sql(judged, "UPDATE finding_events SET data = 'x'")
    done = keiyaku(judged, "audit", "export", "out")
    assert (done.returncode, "The record is not as it was written" in done.stderr) == (1, True)
    text = (judged / "out" / "読んでください.txt").read_text(encoding="utf-8-sig")
    assert "記録に食い違いがあります。" in text
    assert "（記録が読み取れません）" in {each["確認されたこと"] for each in sheet(judged / "out", "経過")}


HIDDEN = [
    "契約番号,契約名称,契約分類,契約方式,随意契約理由,調達実施日,契約締結日,予定価格,契約金額,契約の相手方,法人番号,所在地,非公表区分,備考",
    row("K1", "側溝修繕(その1)", "工事", "随意契約", "1号", "2026-06-01", "2026-06-01", "5000000", "5000000", "個人太郎", "", "秘密町1-2", "個人", "個人太郎宅前"),
    row("K2", "側溝修繕(その2)", "工事", "随意契約", "1号", "2026-06-02", "2026-06-02", "1298000", "1298000", "㈱模擬建設", "", "公開町3-4", "", ""),
]  # fmt: skip


def test_who_is_not_disclosed_is_in_no_file(office: Path) -> None:
    (office / "contracts.csv").write_text("\n".join(HIDDEN) + "\n", encoding="utf-8")
    keiyaku(office, "import", "contracts.csv", "--organization", "M")
    assert keiyaku(office, "run", "--as-of", "2026-07-05").returncode == 0
    assert keiyaku(office, "audit", "export", "out").returncode == 0
    (hidden,) = (each for each in sheet(office / "out", "契約") if each["契約番号"] == "K1")
    assert (hidden["契約の相手方"], hidden["所在地"], hidden["備考"]) == (INDIVIDUAL, INDIVIDUAL, INDIVIDUAL)
    every = "".join(
        str(value) for name in load_workbook(office / "out" / "audit.xlsx").sheetnames
        for each in sheet(office / "out", name) for value in each.values()
    )  # fmt: skip
    every += "".join(
        (office / "out" / name).read_text(encoding="utf-8") for name in ("chain.txt", "読んでください.txt")
    )
    assert "個人太郎" not in every
    assert "秘密町" not in every
    assert "1件は、相手方を公表しない契約のため" in every
    done = keiyaku(office, "audit", "export", "out", "--vendor", "個人太郎")
    assert (done.returncode, "no contract behind these findings is of '個人太郎'" in done.stderr) == (2, True)


def test_exceptions_in_force_are_named_with_what_they_accept(office: Path) -> None:
    (office / "exceptions.toml").write_text(
        '[[exception]]\ncheck = "split_orders"\norganization = "M"\nreason = "方針による"\nowner = "契約課長"\nuntil = 2027-03-31\n'
        '[[exception]]\ncheck = "split_orders"\ncontract = "X"\nreason = "r"\nowner = "o"\nuntil = 2026-03-31\n',
        encoding="utf-8",
    )
    (office / "monitor.toml").write_text('exceptions = "exceptions.toml"\n' + (office / "monitor.toml").read_text())
    keiyaku(office, "import", contracts(office, *GOOD), "--organization", "M")
    assert keiyaku(office, "run", "--as-of", "2026-07-05").returncode == 0
    keiyaku(office, "audit", "export", "out")
    (one,) = sheet(office / "out", "例外")
    (finding,) = (each for each in sheet(office / "out", "確認事項") if each["状態"] == "容認")
    assert (one["理由"], one["決めた人"], one["容認している確認事項"]) == ("方針による", "契約課長", finding["番号"])
    assert finding["例外の登録"] == one["登録"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--check", "split_order"), "did you mean split_orders?"),
        (("--organization", "N"), "the ledger has no 'N'"),
        (("--department", "管財"), "--department: no finding is of '管財'"),
        (("--vendor", "株式会社模擬建説"), "is of '株式会社模擬建説'; the nearest is '株式会社模擬建設'."),
        (("--fiscal-year", "8"), "expected a year such as 2026 or R8"),
        (("--fiscal-year", "2026", "--from", "2026-04-01"), "not both"),
        (("--from", "2026-05-01", "--until", "2026-04-01"), "is later than"),
        (("--until", "R8"), "--until: found 'R8', expected a date"),
    ],
)
def test_a_mistake_is_one_sentence(judged: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = keiyaku(judged, "audit", "export", "out", *arguments)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert sentence in line
    assert not (judged / "out").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(judged: Path) -> None:
    (judged / "out").write_text("a file")
    done = keiyaku(judged, "audit", "export", "out")
    assert (done.returncode, "audit.xlsx cannot be written" in done.stderr) == (2, True)


# --- what is chosen, on both databases -------------------------------------------------------------------------------


@pytest.fixture
def years(engine: Engine) -> Engine:
    """Splits of two vendors: one of April 2025, settled in July 2025; one of June 2026, seen in July 2026."""
    old = [contract(f"A{n}", date(2025, 4, n), vendors="旧社名(株)", vendor_numbers="") for n in (1, 2)]
    store(engine, organizations=[organization()], contracts=old)
    judge(engine, date(2025, 7, 5))
    decide(engine, State.SETTLED, date(2025, 7, 10))
    new = [contract(f"B{n}", date(2026, 6, n), department="管財課", title=f"椅子の購入{n}") for n in (1, 2)]
    store(
        engine,
        contracts=[{**one, "category": "物品購入", "estimated_price": 990_000, "amount": 990_000} for one in new],
    )
    judge(engine, DAY)
    judge(engine, LATER)
    return engine


def selected(engine: Engine, renames: Renames | None = None, **more: Any) -> list[tuple[str, ...]]:
    """The contracts of each chosen finding of split_orders."""
    choice = Choice(checks=("split_orders",), states=tuple(State), departments=more.pop("departments", ()))
    with steady(engine) as connection:
        made = dossier.gather(connection, Selection(choice, **more), renames or Renames(), (), DAY)
    return sorted(tuple(one.facts["contracts"]) for one in made.findings)


A, B = ("CA1", "CA2"), ("CB1", "CB2")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, [A, B]),
        (date(2025, 4, 1), date(2026, 3, 31), [A]),
        (date(2026, 4, 1), date(2027, 3, 31), [B]),
        (date(2025, 4, 1), date(2025, 4, 30), [A]),  # signed then, found later
        (date(2025, 7, 7), date(2025, 7, 8), [A]),  # it stood then, nothing happened
        (date(2025, 7, 11), date(2026, 5, 31), []),  # after it was settled
        (date(2026, 8, 1), None, [B]),  # it still stands
        (None, date(2025, 3, 31), []),
    ],
)
def test_a_period_has_what_stood_happened_or_was_signed_in_it(
    years: Engine, first: date | None, last: date | None, expected: list[tuple[str, ...]]
) -> None:
    assert selected(years, first=first, last=last) == expected


def test_a_vendor_is_found_by_name_number_and_former_name(years: Engine) -> None:
    assert selected(years, vendors=("模擬建設株式会社",)) == [B]
    assert selected(years, vendors=("７１２３４５６７８９０１２",)) == [B]
    rename = Rename("旧社名(株)", "新社名(株)", date(2025, 10, 1), "s", verified=True)
    assert selected(years, Renames((rename,)), vendors=("新社名株式会社",)) == [A]
    with pytest.raises(Problem, match="no contract behind these findings is of '新社名株式会社'"):
        selected(years, vendors=("新社名株式会社",))


def test_a_department_is_chosen_by_its_name(years: Engine) -> None:
    assert selected(years, departments=("管財課",)) == [B]
    with pytest.raises(Problem, match="the nearest is '管財課'"):
        selected(years, departments=("管材課",))


def test_the_files_are_written_from_both_databases(years: Engine, tmp_path: Path) -> None:
    with steady(years) as connection:
        made = dossier.gather(connection, ALL, Renames(), (), DAY)
        dossier_files.write(connection, made, Settings(), tmp_path)
        assert {each["番号"] for each in sheet(tmp_path, "確認事項")} == {one.id for one in book.everything(connection)}
    settled = next(each for each in sheet(tmp_path, "経過") if each["その後の状態"] == "処置済")
    assert (settled["だれが"], settled["点検の基準日"].date()) == ("契約課 山田", date(2025, 7, 10))
    assert settled["書き込んだ時刻"] == "2026-07-05 09:00:00"


@pytest.mark.parametrize("given", ["2026", "R8", "r8", "令和8", "令和8年度", "２０２６年度", "2026年"])
def test_a_fiscal_year_is_april_to_march(given: str) -> None:
    assert dossier.fiscal_year(given) == (date(2026, 4, 1), date(2027, 3, 31))


@pytest.mark.parametrize("given", ["8", "26", "R0", "令和", "平成30", "202", "R2026", "2026-04"])
def test_what_is_no_fiscal_year_is_told(given: str) -> None:
    with pytest.raises(Problem, match="expected a year such as"):
        dossier.fiscal_year(given)


@pytest.mark.parametrize(
    ("rows", "names"), [(0, ["表"]), (2, ["表"]), (4, ["表", "表 (2)"]), (5, ["表", "表 (2)", "表 (3)"])]
)
def test_a_table_longer_than_a_sheet_goes_on_in_the_next(rows: int, names: list[str]) -> None:
    table = Table("表", (("数", Look.NUMBER),), ((number,) for number in range(rows)))
    made = Workbook(write_only=True)
    assert dossier_files._sheets(made, table, most=2) == rows
    save(made, BytesIO(), "", DAY)
    assert made.sheetnames == names


def test_a_database_that_goes_away_leaves_no_half_file(years: Engine, tmp_path: Path) -> None:
    with steady(years) as connection:
        made = dossier.gather(connection, ALL, Renames(), (), DAY)
        connection.execute(text("DROP TABLE tellings"))
        with pytest.raises(DBAPIError):
            dossier_files.write(connection, made, Settings(), tmp_path)
        connection.rollback()
    assert list(tmp_path.glob("*audit*")) == []
