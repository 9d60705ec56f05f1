"""keiyaku route test: who would be told of what, by which rule, and whether it would wait."""

import json
from datetime import date
from pathlib import Path

import pytest

from monitor.store.engine import open_store
from tests import support
from tests.test_cli import Done, keiyaku

SETTINGS = """
database_url = "sqlite:///keiyaku.db"
default = ["folder"]
absent_owner = ["mail"]
[channels.folder]
kind = "file"
directory = "messages"
[channels.hook]
kind = "slack-webhook"
[channels.bot]
kind = "slack-bot"
channel = "#keiyaku"
[channels.mail]
kind = "smtp"
host = "smtp.example.jp"
sender = "keiyaku@example.jp"
recipients = ["a@example.jp", "b@example.jp"]
[contacts.road]
label = "道路課"
channel = "mail"
to = ["doro@example.jp"]
next = "road-chief"
[contacts.road-chief]
channel = "bot"
to = ["@kacho"]
[[routes]]
to = ["hook", "bot"]
yen = 5_000_000
continue = true
[[routes]]
to = ["road"]
departments = ["建設部 道路課"]
[quiet]
from = "18:00"
until = "08:30"
urgent = "high"
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings and two contracts that look like one, split; judged for the first time, so held."""
    tmp_path = tmp_path_factory.mktemp("office")
    (tmp_path / "monitor.toml").write_text(SETTINGS, encoding="utf-8")
    engine = open_store(f"sqlite:///{tmp_path / 'keiyaku.db'}")
    contracts = [support.contract(n, date(2026, 6, n)) for n in (1, 2)]
    support.store(engine, organizations=[support.organization()], contracts=contracts)
    engine.dispose()
    assert keiyaku(tmp_path, "run", "--as-of", "2026-07-06").returncode in (0, 4)
    return tmp_path


def tried(office: Path, *arguments: str) -> Done:
    done = keiyaku(office, "route", "test", *arguments)
    assert done.returncode == 0, done.stderr
    return done


OPEN = ("--at", "R8.7.6 10:00")


def test_a_finding_that_there_could_be_in_the_lines_of_a_narrow_terminal(office: Path) -> None:
    done = tried(office, "--check", "split_orders", "--severity", "low", "--department", "建設部 道路課", *OPEN)
    assert done.stdout.splitlines() == [
        "finding: -",
        "check: split_orders",
        "severity: low",
        "organization: -",
        "department: 建設部 道路課",
        "yen: unknown",
        "rule: routes[1]",
        "told:",
        "  道路課 (road) by mail: doro@example.jp",
        "  then road-chief by bot: @kacho",
        "waits: no",
    ]


@pytest.mark.parametrize(
    ("arguments", "rule", "told"),
    [
        (("--department", "総務課"), "default", {"folder": ["messages"]}),
        ((), "absent_owner", {"mail": ["a@example.jp", "b@example.jp"]}),
        (("--yen", "5000000"), "routes[0]", {"hook": ["slack-webhook"], "bot": ["#keiyaku"]}),
        (
            ("--yen", "5000000", "--department", "建設部 道路課"),
            "routes[0], routes[1]",
            {"hook": ["slack-webhook"], "bot": ["#keiyaku"], "road": ["doro@example.jp"]},
        ),
    ],
)
def test_the_rule_and_where_it_arrives(office: Path, arguments: tuple[str, ...], rule: str, told: dict[str, list[str]]):
    done = tried(office, "--check", "split_orders", "--severity", "low", "--json", *arguments)
    (one,) = json.loads(done.stdout)
    assert (one["rule"], {each["contact"]: each["to"] for each in one["told"]}) == (rule, told)


@pytest.mark.parametrize(
    ("severity", "at", "waits"),
    [
        ("low", "2026-07-04 22:00", "quiet (閉庁日) until 2026-07-06 08:30"),
        ("low", "2026-07-06T18:00", "quiet (時間外) until 2026-07-07 08:30"),
        ("low", "2026-07-06 08:30", "no"),
        ("high", "2026-07-04 22:00", "no"),
    ],
)
def test_whether_it_would_wait_for_the_end_of_quiet_time(office: Path, severity: str, at: str, waits: str) -> None:
    done = tried(office, "--check", "split_orders", "--severity", severity, "--at", at)
    assert done.stdout.splitlines()[-1] == f"waits: {waits}"


def test_a_finding_by_its_id_and_the_hold_that_it_waits_behind(office: Path) -> None:
    found = json.loads(keiyaku(office, "findings", "list", "--check", "split_orders", "--format", "json").stdout)
    done = tried(office, "--finding", found[0]["id"].lower(), *OPEN)
    lines = done.stdout.splitlines()
    assert lines[0] == f"finding: {found[0]['id']}"
    assert lines[3:7] == ["organization: M", "department: 建設部 道路課", "yen: 2,596,000", "rule: routes[1]"]
    assert lines[-1] == "waits: held (初回の点検) since 2026-07-06 until keiyaku release"


def test_all_findings_a_line_each_and_the_sum_for_each_contact(office: Path) -> None:
    found = json.loads(keiyaku(office, "findings", "list", "--format", "json").stdout)
    done = tried(office, "--all", *OPEN)
    assert [line.split()[0] for line in done.stdout.splitlines()] == sorted(one["id"] for one in found)
    assert all(line.endswith("  (waits)") and len(line) <= 60 for line in done.stdout.splitlines())
    sums = [line for line in done.stderr.splitlines() if "would wait" in line]
    assert "road by mail: 1 findings, 1 would wait" in sums
    assert "waits: held (初回の点検) since 2026-07-06 until keiyaku release" in done.stderr


def test_all_of_none_is_no_line(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text(SETTINGS, encoding="utf-8")
    done = tried(tmp_path, "--all")
    assert (done.stdout, done.stderr) == ("", "No finding.\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Give one of --finding ID, --all, or --check with --severity."),
        (("--all", "--finding", "SP-1"), "Give one of --finding ID, --all, or --check with --severity."),
        (("--finding", "SP-00000000"), "There is no finding SP-00000000"),
        (("--check", "split_order", "--severity", "low"), "the nearest is 'split_orders'"),
        (("--check", "split_orders"), "--severity: is missing, expected one of high, medium, low, info."),
        (("--check", "split_orders", "--severity", "x"), "--severity: found 'x', expected one of high"),
        (("--all", "--severity", "low"), "--severity, --organization, --department and --yen go with --check only."),
        (("--all", "--at", "22:00"), "--at: found '22:00', expected a Japanese time"),
    ],
)
def test_a_mistake_is_one_sentence(office: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = keiyaku(office, "route", "test", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_without_a_channel_nobody_is_told_and_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text('database_url = "sqlite:///keiyaku.db"\n')
    done = tried(tmp_path, "--check", "split_orders", "--severity", "low")
    assert "told: nobody; the settings have no channel" in done.stdout


def test_what_a_register_or_a_person_wrote_does_no_harm_to_the_terminal(office: Path) -> None:
    done = tried(office, "--check", "split_orders", "--severity", "low", "--department", "\x1b[31m\n[b]課", *OPEN)
    assert "department:  [31m [b]課" in done.stdout
