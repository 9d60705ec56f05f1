"""keiyaku deliver and deliveries: what a person sees of the messages, and what they may decide about one."""

import contextlib
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from sqlalchemy import Engine, insert

from monitor.alerts import deliveries, outbox
from monitor.alerts.deliveries import Answer
from monitor.alerts.message import Message
from monitor.alerts.outbox import Status
from monitor.store.schema import findings, tellings
from tests.support import NOW
from tests.test_cli import GOOD, contracts, keiyaku
from tests.test_cli import office as office  # noqa: PLC0414  # a fixture


def sql(office: Path, statement: str, *values: Any) -> None:
    with contextlib.closing(sqlite3.connect(office / "var" / "keiyaku.db")) as database:
        database.execute(statement, values)
        database.commit()


def listed(office: Path, *more: str) -> list[dict[str, Any]]:
    return json.loads(keiyaku(office, "deliveries", "list", *more, "--json").stdout)


@pytest.fixture
def told(office: Path) -> Path:
    """An office whose findings were told by a message that has arrived."""
    keiyaku(office, "import", contracts(office, *GOOD), "--organization", "M")
    assert keiyaku(office, "run", "--as-of", "2026-07-05").returncode == 0
    return office


@pytest.fixture
def stuck(office: Path) -> Path:
    """An office whose message could not be written: a file stands where the folder should be."""
    keiyaku(office, "import", contracts(office, *GOOD), "--organization", "M")
    (office / "messages").write_text("a file where the folder should be")
    assert keiyaku(office, "run", "--as-of", "2026-07-05").returncode == 4
    return office


def test_deliver_names_the_list_of_what_has_not_arrived(stuck: Path) -> None:
    assert "1 not confirmed as delivered: keiyaku deliveries list" in keiyaku(stuck, "deliver").stderr
    (one,) = listed(stuck)
    assert (one["id"], one["status"], one["status_label"], one["channel"]) == (1, "retry", "再送待ち", "folder")
    assert "cannot be written" in one["error"]
    assert one["next_attempt_at"]
    shown = keiyaku(stuck, "deliveries", "list")
    assert re.search(r"1  \d{4}-\d\d-\d\d \d\d:\d\d  再送待ち", shown.stdout)
    assert re.search(r"1回送信・次は\d{4}-\d\d-\d\d \d\d:\d\d・", shown.stdout)


def test_what_has_arrived_is_listed_when_asked_for(told: Path) -> None:
    done = keiyaku(told, "deliveries", "list")
    assert (done.stdout, done.stderr) == ("", "Every message was delivered.\n")
    (one,) = listed(told, "--all")
    assert one["status"] == "sent"
    assert listed(told, "--status", "sent") == listed(told, "--status", "送信済") == [one]
    assert listed(told, "--status", "dead") == []
    finding = json.loads(keiyaku(told, "findings", "list", "--format", "json").stdout)[0]["id"]
    assert listed(told, "--finding", finding.lower()) == [one]


def test_a_line_of_the_list_fits_a_narrow_terminal(told: Path) -> None:
    long = json.dumps({"subject": "【新規】" + "契" * 300, "text": "", "html": None, "blocks": None, "attachments": []})
    sql(told, "UPDATE outbox SET status = 'dead', message = ?, error = ?, audience = ?", long, "え" * 300, "連" * 60)
    lines = keiyaku(told, "deliveries", "list").stdout.splitlines()
    assert len(lines) == 3
    assert all(cell_len(line) <= 80 for line in lines)


def test_a_message_is_shown_with_all_that_is_known_of_it(told: Path) -> None:
    (one,) = listed(told, "--all")
    by_number, by_key = (keiyaku(told, "deliveries", "show", name).stdout for name in ("1", one["key"]))
    assert by_number == by_key
    finding = next(
        each
        for each in json.loads(keiyaku(told, "findings", "list", "--format", "json").stdout)
        if each["check"] == "split_orders"
    )
    for said in (one["key"], "送信済", "伝えた確認事項", finding["id"], finding["title"], "相手の控え"):
        assert said in by_number
    whole = json.loads(keiyaku(told, "deliveries", "show", "1", "--json").stdout)
    assert whole["message"]["text"].splitlines()[0] in by_number
    assert {each["finding"] for each in whole["findings"]} >= {finding["id"]}
    html = keiyaku(told, "deliveries", "show", "1", "--html").stdout
    assert html == (whole["message"]["html"] or "") + "\n"


def test_a_dead_message_is_sent_once_more_when_told(stuck: Path) -> None:
    (stuck / "messages").unlink()
    sql(stuck, "UPDATE outbox SET status = 'dead'")
    done = keiyaku(stuck, "deliveries", "retry", "1")
    assert (done.returncode, "1 (alert:" in done.stderr, "with the next delivery" in done.stderr) == (0, True, True)
    assert keiyaku(stuck, "deliver").stderr == "Messages: sent 1.\n"
    assert len(list((stuck / "messages").glob("*.eml"))) == 1
    assert "it was delivered; nothing was done" in keiyaku(stuck, "deliveries", "retry", "1").stderr


def test_what_may_have_been_told_is_sent_again_with_a_persons_word_only(stuck: Path) -> None:
    sql(stuck, "UPDATE outbox SET status = 'unknown'")
    for arguments in (("1",), ("--status", "unknown")):
        done = keiyaku(stuck, "deliveries", "retry", *arguments)
        assert (done.returncode, "may have been told already" in done.stderr) == (2, True)
        assert listed(stuck)[0]["status"] == "unknown"
    assert keiyaku(stuck, "deliveries", "retry", "--status", "unknown", "--yes").returncode == 0
    assert listed(stuck)[0]["status"] == "pending"
    assert "waits already" in keiyaku(stuck, "deliveries", "retry", "1").stderr


def test_a_message_that_is_cancelled_is_not_sent(stuck: Path) -> None:
    (stuck / "messages").unlink()
    assert "it will not be sent" in keiyaku(stuck, "deliveries", "cancel", "1").stderr
    assert "cancelled already" in keiyaku(stuck, "deliveries", "cancel", "1").stderr
    assert keiyaku(stuck, "deliver").stderr == ""
    assert not (stuck / "messages").exists()
    assert [one["status_label"] for one in listed(stuck, "--all")] == ["取りやめ"]
    keiyaku(stuck, "deliveries", "retry", "1")  # a person may think again
    assert keiyaku(stuck, "deliver").stderr == "Messages: sent 1.\n"
    done = keiyaku(stuck, "deliveries", "cancel", "1")
    assert (done.returncode, "it was delivered" in done.stderr) == (2, True)


def test_of_several_names_one_unknown_stops_all(stuck: Path) -> None:
    key = listed(stuck)[0]["key"]
    done = keiyaku(stuck, "deliveries", "cancel", "1", "7", key.replace("folder", "foldr"))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "keiyaku: There is no message '7'.",
        f"keiyaku: There is no message '{key.replace('folder', 'foldr')}'; the nearest is '{key}'.",
    ]
    assert listed(stuck)[0]["status"] == "retry"
    assert keiyaku(stuck, "deliveries", "cancel", "1", key, "1").stderr.count("it will not be sent") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("list", "--status", "ded"), "--status: there is no status 'ded'; the nearest is 'dead'."),
        (("list", "--all", "--status", "dead"), "Give --all or --status, not both."),
        (("list", "--finding", "SP-XXXX"), "--finding: there is no finding 'SP-XXXX'"),
        (("show", "99"), "There is no message '99'."),
        (("show", "1", "--html", "--json"), "Give --html or --json, not both."),
        (("retry",), "Give numbers or keys"),
        (("retry", "1", "--status", "dead"), "Give numbers or keys"),
        (("retry", "--status", "sent"), "--status: found 'sent', expected one of dead, unknown, retry."),
        (("cancel",), "Give numbers or keys"),
    ],
)
def test_a_mistake_is_one_sentence(told: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = keiyaku(told, "deliveries", *arguments)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert sentence in line


def test_a_contact_that_the_settings_no_longer_know_keeps_its_name(told: Path) -> None:
    sql(told, "UPDATE outbox SET audience = 'road', channel = 'old'")
    assert listed(told, "--all")[0]["label"] == "road（old）"
    assert "road（old）" in keiyaku(told, "deliveries", "show", "1").stdout


# --- on both databases -----------------------------------------------------------------------------------------------


def put(engine: Engine, *keys: str) -> None:
    with engine.begin() as connection:
        for key in keys:
            outbox.enqueue(connection, key, "slack", "alert", Message(f"題 {key}", "本文"), NOW)


def status(engine: Engine, key: str, value: Status) -> None:
    with engine.begin() as connection:
        row = outbox.outbox
        connection.execute(outbox.update(row).where(row.c.key == key).values(status=value.value))


@pytest.mark.parametrize(
    ("now", "retried", "sure", "cancelled"),
    [
        (Status.PENDING, Answer.WAITS, Answer.WAITS, Answer.CANCELLED),
        (Status.RETRY, Answer.QUEUED, Answer.QUEUED, Answer.CANCELLED),
        (Status.CLAIMED, Answer.BUSY, Answer.BUSY, Answer.BUSY),
        (Status.SENDING, Answer.BUSY, Answer.BUSY, Answer.BUSY),
        (Status.SENT, Answer.SENT, Answer.SENT, Answer.SENT),
        (Status.UNKNOWN, Answer.MAYBE_TOLD, Answer.QUEUED, Answer.CANCELLED),
        (Status.DEAD, Answer.QUEUED, Answer.QUEUED, Answer.CANCELLED),
        (Status.CANCELLED, Answer.QUEUED, Answer.QUEUED, Answer.DONE),
    ],
)
def test_each_status_has_its_answer(
    engine: Engine, now: Status, retried: Answer, sure: Answer, cancelled: Answer
) -> None:
    put(engine, "a", "b", "c")
    for key in "abc":
        status(engine, key, now)
    with engine.begin() as connection:
        rows = {key: deliveries.find(connection, key) for key in "abc"}
        assert deliveries.retry(connection, rows["a"], sure=False) is retried
        assert deliveries.retry(connection, rows["b"], sure=True) is sure
        assert deliveries.cancel(connection, rows["c"]) is cancelled


def test_a_sender_that_was_quicker_is_told_not_undone(engine: Engine) -> None:
    put(engine, "a")
    status(engine, "a", Status.DEAD)
    with engine.begin() as connection:
        row = deliveries.find(connection, "a")
    status(engine, "a", Status.SENT)
    with engine.begin() as connection:
        assert deliveries.retry(connection, row, sure=True) is Answer.SENT
        assert deliveries.cancel(connection, row) is Answer.SENT


def test_messages_are_found_by_number_key_and_finding(engine: Engine) -> None:
    put(engine, "a", "2")
    words = dict.fromkeys(("id", "check_id", "organization", "subject", "state", "severity", "facts_digest"), "SP-1")
    seen = dict.fromkeys(("first_seen", "last_seen"), NOW.date())
    with engine.begin() as connection:
        connection.execute(
            insert(findings).values(**words, **seen, keys=[], unknown=False, step=0, facts={"title": "件名"})
        )
        first = deliveries.find(connection, "a")
        telling = {"outbox_id": first.id, "finding_id": "SP-1", "topic": "new", "shown": True}
        connection.execute(insert(tellings).values(telling))
        assert deliveries.find(connection, str(first.id)).key == "a"
        assert deliveries.find(connection, "２") is None
        assert deliveries.find(connection, "9" * 30) is None
        assert [row.key for row in deliveries.listed(connection, list(Status))] == ["a", "2"]
        (row,) = deliveries.listed(connection, list(Status), "SP-1")
        assert (row.key, row.subject) == ("a", "題 a")
        assert deliveries.told(connection, first.id) == [deliveries.Telling("SP-1", "new", shown=True, title="件名")]
