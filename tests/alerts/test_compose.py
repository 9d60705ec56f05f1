"""What is told, and to whom: counts add up, nothing from a ledger is markup."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Severity
from monitor.alerts import compose, news
from monitor.alerts.message import Message
from monitor.alerts.news import News, Topic
from monitor.alerts.slack_payload import fit_blocks
from monitor.findings.lifecycle import Known, Reason, State
from monitor.settings import load

DAY = date(2026, 7, 5)


def item(number: int, topic: Topic = Topic.NEW, severity: Severity = Severity.HIGH, **facts: object) -> News:
    said = {
        "title": f"件名{number}",
        "department": "道路課",
        "next_step": "確かめてください。",
        "verified": True,
        **facts,
    }
    over = topic in (Topic.RESOLVED, Topic.LATE, Topic.GONE)
    facts_ = {"contracts": [], "explanation": "", "authority": "", "figures": {}, "pattern": "", **said}
    return News(
        topic=topic,
        reason=Reason.FIXED if topic is Topic.RESOLVED else None,
        seqs=(number,),
        known=Known(
            id=f"SP-{number:08}",
            check="split_orders",
            organization="M",
            subject=str(number),
            keys=(),
            state=State.RESOLVED if over else State.OPEN,
            unknown=False,
            severity=severity,
            due_on=None,
            step=0,
            first_seen=DAY,
            last_seen=DAY,
            facts=facts_,
            facts_digest="",
        ),
        organization_name="模擬町",
    )


def composed(items: list[News], *notes: str) -> Message:
    made = compose.compose(items, DAY, notes)
    assert made is not None
    return made.message


def texts(message: Message) -> list[str]:
    return [block["text"]["text"] for block in message.blocks or [] if "text" in block]


@given(st.lists(st.sampled_from(Topic), max_size=2000), st.integers(0, 30))
def test_shown_and_left_out_are_the_total_in_every_medium(topics: list[Topic], notes: int) -> None:
    said = [f"お知らせ{number}。" for number in range(notes)]
    made = compose.compose([item(number, topic) for number, topic in enumerate(topics)], DAY, said)
    if made is None:
        assert not notes
        assert set(topics) <= {Topic.GONE, Topic.ANSWERED}
        return
    message = made.message
    for text in (message.text, "\n".join(texts(message)), re.sub(r"<[^>]+>", "\n", message.html or "")):
        shown = set(re.findall(r"SP-\d{8}", text))
        left = sum(int(count) for count in re.findall(r"ほか(\d+)件（一覧", text))
        left += sum(int(count) for count in re.findall(r"(?<!他)(\d+)件（件数のみ）", text))
        assert len(shown) + left == len(topics)
        assert shown == made.shown
        assert len(shown) <= compose.SHOWN
        more = sum(int(count) for count in re.findall(r"ほか(\d+)件のお知らせ", text))
        assert len(re.findall(r"お知らせ\d+。", text)) + more == notes
    fit_blocks(message.blocks or [])
    assert len((message.html or "").encode()) < 75_000


def test_the_most_urgent_come_first_and_the_subject_counts() -> None:
    settings = load(None, {})
    items = [item(n, severity=Severity.LOW) for n in range(14)] + [item(99), item(98, Topic.RESOLVED)]
    (held,) = news.route(items, settings).values()
    message = composed(held)
    assert message.subject == "【新規15・解消1】契約点検　7/5"
    assert message.text.index("SP-00000099") < message.text.index("SP-00000000")


def test_every_topic_has_a_line_of_its_own() -> None:
    topics = [topic for topic in Topic if topic.listed]
    held = [item(100 * n + each, topic) for n, topic in enumerate(topics) for each in range(20)]
    assert all(group.shown for group in compose.groups(held, DAY))


def test_a_changed_rule_is_one_notice() -> None:
    message = composed([item(n, Topic.RULES) for n in range(300)])
    assert "分割発注の疑い：追加・悪化 300件、取消 0件（模擬町）" in message.text
    assert "SP-" not in message.text


def test_what_came_and_went_before_anybody_was_told_is_no_message() -> None:
    assert compose.compose([item(1, Topic.GONE), item(2, Topic.ANSWERED)], DAY) is None
    assert "お知らせの前に解消 1件" in composed([item(1, Topic.GONE), item(3)]).text


@pytest.mark.parametrize("field", ["title", "department", "next_step"])
def test_nothing_from_a_ledger_is_markup(field: str) -> None:
    hostile = '<script>alert("1")</script> & <!channel> *x*\r\nBcc: a@example.jp'
    message = composed([item(1, **{field: hostile})])
    assert "<script>" not in (message.html or "")
    assert "&lt;script&gt;" in (message.html or "")
    assert all(block["text"]["type"] == "plain_text" for block in message.blocks or [] if "text" in block)


def test_what_is_too_much_for_the_attached_list_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose, "ATTACHED", 3)
    said = "添付は急ぐものから3件までです（あとの2件は週報で見られます）。"
    for count, expected in ((5, True), (3, False)):
        made = compose.compose([item(n) for n in range(count)], DAY, with_files=True)
        assert made is not None
        assert ((said in made.message.text), (said in made.message.html)) == (expected, expected)
        assert len(made.message.attachments[0].content.decode().splitlines()) == 4
