"""keiyaku findings decide, release, run --dry-run: what a person at a terminal can do, and how mistakes are told."""

import json
from pathlib import Path

import pytest

from tests.test_cli import GOOD, contracts, keiyaku
from tests.test_cli import office as office  # noqa: PLC0414  # a fixture

MORE = ("--check", "split_orders")


@pytest.fixture
def found(office: Path) -> str:
    keiyaku(office, "import", contracts(office, *GOOD), "--organization", "M")
    keiyaku(office, "run", "--as-of", "2026-07-05")
    return listed(office)[0]["id"]


def listed(office: Path, *more: str) -> list[dict[str, str]]:
    return json.loads(keiyaku(office, "findings", "list", *MORE, *more, "--format", "json").stdout)


def test_one_finding_is_decided_and_tells_its_story(office: Path, found: str) -> None:
    done = keiyaku(office, "findings", "decide", found.lower(), "--as", "確認", "--by", "契約課 山田")
    assert (done.returncode, done.stderr) == (0, "1 decided as 確認, 0 already so, 0 refused.\n")
    keiyaku(office, "findings", "decide", found, "--as", "処置済", "--by", "佐藤", "--action", "是正通知")
    assert listed(office) == []
    assert listed(office, "--state", "settled")[0]["decision"]["by"] == "佐藤"
    story = keiyaku(office, "findings", "show", found).stdout
    for said in ("判断：確認（契約課 山田）", "判断：処置済（佐藤）是正通知", "folder（folder）新規：送信済"):
        assert said in story
    told = json.loads(keiyaku(office, "findings", "show", found, "--json").stdout)
    assert [entry["event"] for entry in told["history"]] == ["opened", "decided", "decided"]
    assert [(each["contact"], each["topic"], each["status"]) for each in told["told"]] == [("folder", "new", "sent")]


def test_many_are_shown_first_and_decided_when_told(office: Path, found: str) -> None:
    options = (*MORE, "--as", "誤検知", "--by", "山田", "--reason", "別々の必要")
    shown = keiyaku(office, "findings", "decide", *options)
    assert found in shown.stdout
    assert "Nothing is written yet: 1 would be decided" in shown.stderr
    assert listed(office)[0]["state"] == "open"
    assert "1 decided as 誤検知" in keiyaku(office, "findings", "decide", *options, "--yes").stderr
    assert listed(office) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--as", "容認", "--by", "山田", "--reason", "r"), "期限：「容認」には期限が必要です"),
        (("--as", "確認"), "氏名：判断した人の氏名が空欄です"),
        (
            ("--as", "承認", "--by", "山田"),
            "--as: found '承認', expected one of 確認, 容認, 処置済, 誤検知, 同一, 取消",
        ),
        (("--as", "容認", "--by", "山田", "--until", "R8"), "--until: found 'R8', expected a date"),
    ],
)
def test_what_is_missing_is_one_sentence(office: Path, found: str, arguments: tuple[str, ...], sentence: str) -> None:
    done = keiyaku(office, "findings", "decide", found, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert listed(office)[0]["state"] == "open"


def test_ids_or_options_and_never_neither(office: Path, found: str) -> None:
    for arguments in ((), (found, *MORE)):
        assert (
            "Give ids, or choose by"
            in keiyaku(office, "findings", "decide", *arguments, "--as", "確認", "--by", "a").stderr
        )
    assert (
        "There is no finding SP-XXXXXXXX" in keiyaku(office, "findings", "decide", "SP-XXXXXXXX", "--as", "確認").stderr
    )


def test_the_first_messages_wait_for_a_person(office: Path) -> None:
    settings = office / "monitor.toml"
    settings.write_text(settings.read_text().replace("first = false", "first = true"))
    keiyaku(office, "import", contracts(office, *GOOD), "--organization", "M")
    ran = keiyaku(office, "run", "--as-of", "2026-07-05")
    assert "messages held (first): keiyaku release" in ran.stderr
    assert "They wait." in keiyaku(office, "release").stderr
    only = ("--check", "publication_due", "--by", "a")  # the hold is on every check: it is not half released
    assert "No hold is on these alone." in keiyaku(office, "release", *only).stderr
    assert "1 messages planned, 1 sent" in keiyaku(office, "release", "--by", "山田").stderr
    assert "No message is held." in keiyaku(office, "release").stderr


def test_a_changed_rule_is_tried_before_it_is_in_force(office: Path, found: str) -> None:
    (office / "rules").mkdir()
    (office / "rules" / "wider.yaml").write_text("id: wider\n")
    done = keiyaku(office, "run", "--dry-run", "--rulebooks", "rules", "--as-of", "2026-07-05")
    assert done.returncode == 2
    assert "wider.yaml" in done.stderr
    assert "--rulebooks: only with --dry-run" in keiyaku(office, "run", "--rulebooks", "rules").stderr
    settings = office / "monitor.toml"
    text = settings.read_text()
    settings.write_text(text + "[parameters.split_orders]\nlink = 20\n")
    tried = keiyaku(office, "run", "--dry-run", "--as-of", "2026-07-05")
    assert f"removed    {found}" in tried.stderr
    assert "(rule_changed)" in tried.stderr
    settings.write_text(text)
    assert [one["id"] for one in listed(office)] == [found]
