"""The command line as a person meets it: good input and bad."""

import contextlib
import fcntl
import io
import json
import os
import pty
import re
import sqlite3
import struct
import subprocess
import sys
import termios
import textwrap
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import openpyxl
import pytest
from rich.cells import cell_len

from monitor.cli import main
from monitor.findings import exceptions

ROOT = Path(__file__).parents[1]
HEADINGS = (
    "契約番号,契約名称,契約分類,契約方式,随意契約理由,調達実施日,契約締結日,予定価格,契約金額,契約の相手方,法人番号"
)


def row(*cells: str) -> str:
    return ",".join(f'"{cell}"' for cell in cells)


GOOD = [
    row(
        "K1",
        "側溝修繕(その1)",
        "工事",
        "随意契約",
        "1号",
        "R8.6.1",
        "令和8年6月1日",
        "￥1,298,000",
        "１，２９８，０００円",
        "㈱模擬建設",
        "",
    ),
    row(
        "K2",
        "側溝修繕(その2)",
        "工事",
        "随意契約",
        "1号",
        "2026/6/2",
        "2026-06-02",
        "1298000",
        "1298000",
        "株式会社模擬建設",
        "",
    ),
]


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with settings and an organization in the database."""
    (tmp_path / "monitor.toml").write_text(
        'default = ["folder"]\n[channels.folder]\nkind = "file"\ndirectory = "messages"\n[digest]\nto = ["folder"]\n[hold]\nfirst = false\n'
    )
    (tmp_path / "organizations.csv").write_text("機関コード,機関名,規程\nM,模擬町,municipality\n", encoding="cp932")
    assert keiyaku(tmp_path, "import", "organizations.csv").returncode == 0
    return tmp_path


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


def keiyaku(folder: Path, *arguments: str) -> Done:
    """Run the command in a folder, in this process: a new one for each would take minutes."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, {"KEIYAKU_CONFIG": "monitor.toml"}),
        mock.patch.object(sys, "argv", ["keiyaku", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def contracts(folder: Path, *lines: str, encoding: str = "utf-8") -> str:
    (folder / "contracts.csv").write_text("\n".join([HEADINGS, *lines]) + "\n", encoding=encoding)
    return "contracts.csv"


def test_from_a_ledger_to_findings_alert_and_digest(office: Path) -> None:
    done = keiyaku(office, "import", contracts(office, *GOOD, encoding="cp932"), "--organization", "M")
    assert (done.returncode, "2" in done.stdout) == (0, True), done.stderr
    done = keiyaku(office, "run", "--as-of", "2026-07-05")
    assert done.returncode == 0, done.stderr
    assert re.search(r"split_orders.*1", done.stdout)
    assert list((office / "messages").iterdir())
    listed = json.loads(keiyaku(office, "findings", "list", "--format", "json").stdout)
    assert {one["check"] for one in listed} == {"split_orders", "data_quality"}  # the ledger has no 法人番号
    (finding,) = (one for one in listed if one["check"] == "split_orders")
    assert (finding["check"], finding["contracts"], finding["state"]) == ("split_orders", ["K1", "K2"], "open")
    needed = "id check organization contracts state severity due_on first_seen last_seen title explanation figures authority next_step verified"
    assert set(needed.split()) <= set(finding)
    assert finding["id"] in keiyaku(office, "findings", "show", finding["id"]).stdout
    before = {path.name: path.read_bytes() for path in (office / "messages").iterdir()}
    assert keiyaku(office, "run", "--as-of", "2026-07-05").returncode == 0
    assert {path.name: path.read_bytes() for path in (office / "messages").iterdir()} == before
    one = keiyaku(office, "digest", "--week", "2026-W27", "--output", "one")
    two = keiyaku(office, "digest", "--week", "2026-W27", "--output", "two")
    assert (one.returncode, two.returncode) == (0, 0)
    assert {p.name: p.read_bytes() for p in (office / "one").iterdir()} == {
        p.name: p.read_bytes() for p in (office / "two").iterdir()
    }
    assert len(list((office / "one").iterdir())) == 5  # page, workbook, mail, Slack, the index


def test_a_slice_is_written_alone_and_the_folder_keeps_an_index_of_all(office: Path) -> None:
    keiyaku(office, "import", contracts(office, *GOOD), "--organization", "M")
    keiyaku(office, "run", "--as-of", "2026-07-05")
    for week in ("2026-W26", "2026-W27"):
        assert keiyaku(office, "digest", "--week", week, "--archive", "kept").returncode == 0
    (office / "kept" / "other.html").write_text("<p>other")
    done = keiyaku(office, "digest", "--week", "2026-W27", "--archive", "kept", "--organization", "M")
    assert (done.returncode, len(done.stdout.split())) == (0, 3), done.stderr
    assert "other.html does not say that it is a digest" in done.stderr
    page = next((office / "kept").glob("digest-2026-W27.模擬町-*.html"))
    index = (office / "kept" / "index.html").read_text()
    assert re.search(r"2026-W27.*2026-W26", index, re.DOTALL)
    assert urllib.parse.quote(page.name) in index
    empty = keiyaku(office, "digest", "--week", "2026-W26", "--archive", "kept", "--owner", "folder")
    assert (empty.returncode, "folder: nothing stands in 2026-W26" in empty.stderr) == (0, True)
    assert list((office / "kept").glob("digest-2026-W26.folder-*.html"))
    assert not list((office / "kept").glob("*.part"))


def test_fail_on_turns_findings_into_an_exit_code(office: Path) -> None:
    keiyaku(office, "import", contracts(office, *GOOD), "--organization", "M")
    assert keiyaku(office, "run", "--as-of", "2026-07-05", "--fail-on", "low").returncode == 1
    assert keiyaku(office, "run", "--as-of", "2026-07-05", "--fail-on", "hgih").returncode == 2


BAD_CELLS = {
    "an_era_that_had_not_begun": (6, "令和1年4月30日", "令和"),
    "a_day_that_does_not_exist": (6, "2025-02-30", "2025-02-30"),
    "an_amount_in_words": (8, "約百万円", "約百万円"),
    "a_wrong_check_digit": (10, "1234567890123", "法人番号"),
    "a_vendor_of_3000_characters": (9, "<script>alert(1)</script>" + "あ" * 3000, "文字"),
}


@pytest.mark.parametrize(("column", "value", "told"), BAD_CELLS.values(), ids=BAD_CELLS)
def test_a_bad_cell_is_told_and_the_rest_is_imported(office: Path, column: int, value: str, told: str) -> None:
    cells = [
        "K3",
        "側溝修繕(その3)",
        "工事",
        "随意契約",
        "1号",
        "2026-06-03",
        "2026-06-03",
        "1298000",
        "1298000",
        "(株)模擬建設",
        "",
    ]
    cells[column] = value
    done = keiyaku(office, "import", contracts(office, GOOD[0], row(*cells), GOOD[1]), "--organization", "M")
    assert done.returncode == 0
    assert "quarantine" in done.stderr
    listed = keiyaku(office, "quarantine", "list").stdout
    assert told in listed
    assert "contracts.csv" in listed
    keiyaku(office, "quarantine", "export", "back")
    written = (office / "back" / "contracts.csv").read_text(encoding="utf-8-sig")
    assert value in written
    fixed = written.replace(value, {6: "2026-06-03", 8: "1298000", 10: ""}.get(column, "(株)模擬建設"))
    (office / "back" / "contracts.csv").write_text(fixed, encoding="utf-8-sig")
    assert keiyaku(office, "import", "back", "--organization", "M").returncode == 0
    assert "No row" in keiyaku(office, "quarantine", "list").stderr


def test_a_contract_twice_with_other_content_is_told(office: Path) -> None:
    other = GOOD[0].replace("側溝修繕", "舗装修繕")
    assert keiyaku(office, "import", contracts(office, GOOD[0], other), "--organization", "M").returncode == 0
    assert "内容が異なります" in keiyaku(office, "quarantine", "list").stdout


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_in_a_narrow_terminal_nothing_of_a_reason_is_cut(office: Path, columns: int) -> None:
    name = "令和8年度 工事・物品・役務 契約台帳（総務部 管財課 最終版）.csv"
    bad = GOOD[1].replace("2026-06-02", "令和八年六月二日水曜日と思われる")
    (office / contracts(office, GOOD[0], bad)).rename(office / name)
    keiyaku(office, "import", name, "--organization", "M")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    plain = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}  # pytest's own
    with subprocess.Popen(
        [sys.executable, "-m", "monitor", "quarantine", "list", "--config", "monitor.toml"],
        cwd=office, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, env={**plain, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        os.close(theirs)
        with os.fdopen(ours, "rb", buffering=0) as screen:
            shown = b""
            with contextlib.suppress(OSError):  # the terminal's end on Linux
                while part := screen.read(4096):
                    shown += part
    assert process.returncode == 0
    lines = shown.decode().splitlines()
    assert max(map(cell_len, lines)) <= columns
    cells = [
        "".join(column).replace(" ", "")
        for column in zip(*(line.split("│")[1:-1] for line in lines if line[0] == "│"), strict=True)
    ]
    reason = (
        "「令和八年六月二日水曜日と思われる」は日付として読めません（例:2025-04-01、2025/4/1、令和7年4月1日、R7.4.1）。"
    )
    assert cells == [name.replace(" ", ""), "3", "契約締結日", "令和八年六月二日水曜日と思われる", reason]


def test_a_total_is_set_aside_and_taken_back(office: Path) -> None:
    def say(path: str, deed: str) -> Done:
        book = openpyxl.load_workbook(office / path)
        page = book["契約"]
        at = {cell.value: cell.column for cell in page[1]}
        page.cell(2, at["隔離の処理"]).value, page.cell(2, at["隔離の処理の理由"]).value = deed, "合計の行"
        book.save(office / path)
        return keiyaku(office, "import", path)

    keiyaku(office, "import", contracts(office, *GOOD, row("", "合計", *[""] * 9)), "--organization", "M")
    keiyaku(office, "quarantine", "export", "a.xlsx")
    assert "set aside (対象外): 1;" in say("a.xlsx", "対象外").stderr
    listed = keiyaku(office, "quarantine", "list")
    assert (listed.stdout, "Set aside (対象外): 1;" in listed.stderr, "No row" in listed.stderr) == ("", True, True)
    told = keiyaku(office, "quarantine", "list", "--set-aside").stdout
    assert ("contracts.csv" in told, "合計の行" in told, "a.xlsx" in told) == (True, True, True)
    assert "quarantine: empty, 1 set aside" in keiyaku(office, "status").stdout
    keiyaku(office, "quarantine", "export", "b.xlsx", "--set-aside")
    say("b.xlsx", "戻す")
    assert "契約番号" in keiyaku(office, "quarantine", "list").stdout
    assert "No row was set aside." in keiyaku(office, "quarantine", "list", "--set-aside").stderr


def test_the_quarantine_goes_out_as_a_workbook_and_comes_back_corrected(office: Path) -> None:
    keiyaku(
        office, "import", contracts(office, GOOD[0], GOOD[1].replace("2026-06-02", "2026-02-30")), "--organization", "M"
    )
    assert "back/隔離.xlsx" in keiyaku(office, "quarantine", "export", "back/隔離.xlsx").stdout
    book = openpyxl.load_workbook(office / "back/隔離.xlsx")
    for row in book["契約"].iter_rows():
        for cell in row:
            if cell.value == "2026-02-30":
                cell.value = "令和8年6月2日"
    book.save(office / "back/隔離.xlsx")
    done = keiyaku(office, "import", "back/隔離.xlsx")
    assert (done.returncode, "unknown" in done.stderr, "does not know" in done.stderr) == (0, False, False)
    assert "No row" in keiyaku(office, "quarantine", "list").stderr
    assert keiyaku(office, "quarantine", "export", "back/none.xlsx").returncode == 0
    assert not (office / "back/none.xlsx").exists()


def test_a_source_is_imported_by_its_name_and_one_that_cannot_be_is_a_sentence(office: Path) -> None:
    with sqlite3.connect(office / "finance.db") as other:
        other.execute("CREATE TABLE ledger (no, title, signed)")
        other.execute("INSERT INTO ledger VALUES ('K9', '清掃', '2026-06-01')")
    other.close()
    settings = (office / "monitor.toml").read_text(encoding="utf-8")
    query = "SELECT no AS contract_id, title, signed AS signed_on FROM ledger"
    source = f'\n[[sources]]\nname = "finance"\ndatabase = "FINANCE"\norganization = "M"\nquery = "{query}"\n'
    (office / "monitor.toml").write_text(settings + source, encoding="utf-8")
    assert "besides it only" in keiyaku(office, "import", "--source", "finance", "--organization", "N").stderr
    assert "set FINANCE" in keiyaku(office, "import", "--source", "finance").stderr
    with mock.patch.dict(os.environ, {"FINANCE": f"sqlite:///{office}/finance.db"}):
        assert keiyaku(office, "import", "--source", "finance").returncode == 0
        done = keiyaku(office, "run", "--as-of", "2026-07-05", "--no-deliver")
        assert "source: finance: 1 rows read, 0 in quarantine, taken." in done.stderr
        (office / "finance.db").unlink()
        done = keiyaku(office, "import", "--source", "finance")
        assert (done.returncode, "がありません" in done.stderr, "Traceback" in done.stderr) == (5, True, False)
        done = keiyaku(office, "run", "--as-of", "2026-07-05", "--no-deliver")
        assert (done.returncode, "not taken, the ledger is as it was" in done.stderr) == (5, True)


def test_a_whole_ledger_withdraws_what_is_gone_and_says_what_it_has_not_withdrawn(office: Path) -> None:
    more = [GOOD[0].replace("K1", f"K{n}") for n in range(3, 6)]
    keiyaku(office, "import", contracts(office, *GOOD, *more), "--organization", "M")
    whole = ("import", contracts(office, *GOOD, *more[1:]), "--organization", "M", "--replace")
    done = keiyaku(office, *whole)
    assert (done.returncode, "no longer has them: 1 rows of contracts" in done.stderr) == (0, True)
    assert "Withdrawn" not in keiyaku(office, *whole).stderr
    done = keiyaku(office, "import", contracts(office, GOOD[0]), "--organization", "M", "--replace")
    assert (done.returncode, "4行のうち3行がファイルにありません" in done.stderr) == (5, True)
    assert keiyaku(office, "import", contracts(office, GOOD[0]), "--force").returncode == 2


def test_a_duplicate_and_a_bad_cell_come_back_in_one_table_and_go_in_again(office: Path) -> None:
    other, bad = GOOD[0].replace("側溝修繕", "舗装修繕"), GOOD[1].replace("2026-06-02", "2026-02-30")
    keiyaku(office, "import", contracts(office, GOOD[0], other, bad), "--organization", "M")
    keiyaku(office, "quarantine", "export", "back")
    path = office / "back" / "contracts.csv"
    written = path.read_text(encoding="utf-8-sig")
    assert written.splitlines()[0].count("契約番号") == 1
    path.write_text(written.replace("K1", "K3").replace("2026-02-30", "2026-06-02"), encoding="utf-8-sig")
    done = keiyaku(office, "import", "back", "--organization", "M")
    assert done.returncode == 0, done.stderr
    assert re.search(r"contracts\W+2\W+2\W+0", done.stdout)


def test_a_mistyped_rulebook_is_told_before_anything_is_read(office: Path) -> None:
    (office / "a.csv").write_text(HEADINGS + "\n" + GOOD[0] + "\n", encoding="utf-8")
    done = keiyaku(office, "import", "a.csv", "--organization", "N", "--rulebook", "saitma")
    assert (done.returncode, done.stdout.strip()) == (2, "")
    assert "There is no rulebook 'saitma'; the nearest is 'saitama'." in done.stderr
    assert "No row is in quarantine" in keiyaku(office, "quarantine", "list").stderr


def test_a_table_of_which_no_row_could_be_read_is_told(office: Path) -> None:
    (office / "a.csv").write_text(HEADINGS + "\n" + "\n".join(GOOD) + "\n", encoding="utf-8")
    done = keiyaku(office, "import", "a.csv", "--organization", "N")
    assert done.returncode == 5
    assert "a.csv: not one of 2 rows could be stored in contracts: all are in quarantine." in done.stderr


@pytest.mark.parametrize("rulebook", ["saitma", "なし"])
def test_an_unknown_rulebook_is_told(office: Path, rulebook: str) -> None:
    (office / "organizations.csv").write_text(f"機関コード,機関名,規程\nN,別の町,{rulebook}\n")
    assert keiyaku(office, "import", "organizations.csv").returncode == 5
    assert f"規程「{rulebook}」はありません" in keiyaku(office, "quarantine", "list").stdout


FILES = {
    "missing": None,
    "empty": b"",
    "binary": bytes(range(256)) * 20,
    "wrong_encoding": HEADINGS.encode("utf-16-be"),
    "no_such_heading": "契約番号,件名だけ\nK1,x\n".encode(),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_read_is_one_sentence(office: Path, content: bytes | None) -> None:
    if content is not None:
        (office / "contracts.csv").write_bytes(content)
    done = keiyaku(office, "import", "contracts.csv", "--organization", "M")
    assert done.returncode in (2, 5)
    (line,) = done.stderr.strip().splitlines()
    assert "contracts.csv" in line


def test_other_files_of_a_folder_are_read_when_one_cannot_be(office: Path) -> None:
    (office / "folder").mkdir()
    contracts(office / "folder", *GOOD)
    (office / "folder" / "publications.csv").write_bytes(b"\x00\x01")
    done = keiyaku(office, "import", "folder", "--organization", "M")
    assert done.returncode == 5
    assert "publications.csv" in done.stderr
    assert re.search(r"contracts\.csv.*2", done.stdout)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("run", "--as-of", "2026-02-30"), "expected a date"),
        (("run", "--as-of", "2062-07-05"), "more than a month ahead of today"),
        (("run", "--executor", "cluster"), "--executor: found 'cluster', expected one of serial, processes, dask"),
        (("run", "--executor", "dask"), "needs --scheduler ADDRESS"),
        (("run", "--check", "split_order"), "the nearest is 'split_orders'"),
        (("digest", "--week", "2026-W60"), "expected an ISO week"),
        (("digest", "--organization", "N"), "the ledger has no 'N'"),
        (("digest", "--department", "道路課"), "the ledger has no '道路課'"),
        (("digest", "--owner", "foldr"), "the nearest is 'folder'"),
        (("digest", "--owner", "folder", "--send"), "name no slice with it"),
        (("digest", "--week", "2026-W27", "--output", "/proc/nowhere"), "cannot be written"),
        (("findings", "show", "PB-XXXX"), "There is no finding"),
        (("findings", "list", "--state", "opne"), "did you mean open"),
        (("findings", "list", "--organization", "N"), "the ledger has no 'N'; it has M"),
        (("deliveries", "show", "alert:1-1:x"), "There is no message 'alert:1-1:x'"),
        (("checks", "explain", "split"), "There is no check"),
        (("rulebooks", "show", "saitma"), "the nearest is 'saitama'"),
        (("rulebooks", "validate", "nowhere"), "nowhere"),
        (("notify", "test", "foldr"), "the nearest is 'folder'"),
        (("import", "organizations.csv", "--layout", "interchang"), "interchange"),
    ],
)
def test_a_mistake_is_one_sentence(office: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = keiyaku(office, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_every_error_of_the_settings_is_told_at_once(office: Path) -> None:
    (office / "monitor.toml").write_text('defualt = []\n[[routes]]\nchannel = "x"\nseverity = "hgih"\n')
    done = keiyaku(office, "config", "check")
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("default", "hgih", "routes[0]"))


@pytest.mark.parametrize(
    "arguments",
    [("checks", "list"), ("checks", "explain", "split_orders"), ("rulebooks", "list"), ("rulebooks", "show", "saitama"),
     ("rulebooks", "validate"), ("config", "check"), ("notify", "test", "folder"), ("deliver",), ("deliveries", "list"), ("findings", "list"),
     ("audit", "verify"), ("audit", "export", "audit"), ("status",), ("--help",)],
)  # fmt: skip
def test_every_command_works_on_a_new_ledger(office: Path, arguments: tuple[str, ...]) -> None:
    assert keiyaku(office, *arguments).returncode == 0


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--as-of", "x"), ("findings", "list")])
def test_in_a_process_of_its_own_there_is_no_traceback(office: Path, arguments: tuple[str, ...]) -> None:
    env = {**os.environ, "KEIYAKU_CONFIG": "monitor.toml", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "monitor", *arguments]
    done = subprocess.run(command, cwd=office, env=env, capture_output=True, text=True)
    assert done.returncode == (2 if "x" in arguments else 0)
    assert "Traceback" not in done.stderr


CASES = """
check: split_orders
cases:
  - name: two halves of one purchase
    rulebook: municipality
    as_of: 2026-01-31
    tables:
      contracts:
        - {contract_id: A1, title: 椅子の購入（前期）, category: 物品購入, method: 随意契約, ground: 1号, procured_on: 2025-06-01, signed_on: 2025-06-10, estimated_price: 900_000, amount: 900_000, vendors: ㈱甲, department: 管財課}
        - {contract_id: A2, title: 椅子の購入（後期）, category: 物品購入, method: 随意契約, ground: 1号, procured_on: 2025-06-01, signed_on: 2025-06-20, estimated_price: 900_000, amount: 900_000, vendors: ㈱甲, department: 管財課}
    expect: {findings: [{contracts: [A1, A2], figures: {sum: 1_800_000}}]}
"""


def test_an_office_tries_the_checks_on_cases_of_its_own(office: Path) -> None:
    path = office / "own.yaml"
    path.write_text(CASES, encoding="utf-8")
    done = keiyaku(office, "checks", "test", "own.yaml")
    assert (done.returncode, "1 cases, 0 not as expected" in done.stderr) == (0, True)
    path.write_text(CASES.replace("1_800_000", "1_700_000"), encoding="utf-8")
    done = keiyaku(office, "checks", "test", "own.yaml")
    assert done.returncode == 1
    assert "two halves of one purchase: finding 1: expected" in done.stderr


def test_the_example_of_the_guide_is_as_it_says(office: Path) -> None:
    guide = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    example = guide[guide.index("      check: split_orders") : guide.index("- exceptions (")]
    (office / "own.yaml").write_text(textwrap.dedent(example), encoding="utf-8")
    assert "1 cases, 0 not as expected" in keiyaku(office, "checks", "test", "own.yaml").stderr
    exception = guide[guide.index("      [[exception]]") : guide.index("- vendor-names.yaml")]
    (office / "exceptions.toml").write_text(textwrap.dedent(exception), encoding="utf-8")
    (entry,) = exceptions.load(office / "exceptions.toml")
    assert (entry.check, entry.owner) == ("split_orders", "契約課長")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("split_orders", "split_order", "the nearest is 'split_orders'"),
        (
            "department: 管財課",
            "departement: 管財課",
            "contracts has no column 'departement'; the nearest is 'department'",
        ),
        (
            "rulebook: municipality",
            "rulebook: municipal",
            "there is no rulebook 'municipal'; the nearest is 'municipality'",
        ),
        ("as_of: 2026-01-31", "as_off: 2026-01-31", "as_off"),
        ("as_of: 2026-01-31", "as_of: 2026-13-31", "found a value that cannot be"),
        (
            "900_000, amount",
            "'900,000', amount",
            "contracts row 1: estimated_price: found '900,000', expected yen as an integer",
        ),
        ("signed_on: 2025-06-10", "signed_on: R7.6.10", "signed_on: found 'R7.6.10', expected a date as 2025-04-01"),
        ("method: 随意契約", "method: 随契", "method: found '随契', expected one of 一般競争"),
        ("contract_id: A1", "contract_id: ''", "contract_id: found '', expected a value"),
        (
            "title: 椅子の購入（前期）",
            "契約名称: 椅子の購入（前期）",
            "contracts has no column '契約名称'; its name here is 'title'",
        ),
        (
            "[{contracts: [A1, A2]",
            "[{severity: hihg, contracts: [A1, A2]",
            "there is no severity 'hihg'; the nearest is 'high'",
        ),
        ("[{contracts: [A1, A2]", "[{contract: [A1, A2]", "a finding has no 'contract'; the nearest is 'contracts'"),
        ("expect:", "parameters: {link: 99}\n    expect:", "link"),
        ("cases:", "cases: [", "expected"),
    ],
)
def test_a_mistake_in_a_case_is_one_sentence(office: Path, old: str, new: str, told: str) -> None:
    (office / "own.yaml").write_text(CASES.replace(old, new), encoding="utf-8")
    done = keiyaku(office, "checks", "test", "own.yaml")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert told in done.stderr


def test_an_empty_ledger_has_a_digest_too(office: Path) -> None:
    assert keiyaku(office, "run", "--as-of", "2026-07-05").returncode == 0
    assert keiyaku(office, "digest", "--week", "2026-W27").returncode == 0
