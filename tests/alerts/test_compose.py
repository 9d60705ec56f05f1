"""What is told, and to whom: counts add up, nothing from a ledger is markup."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Severity
from monitor.alerts import compose, news
from monitor.alerts.news import News
from monitor.alerts.slack_payload import fit_blocks
from monitor.findings.lifecycle import Kind, Reason
from monitor.settings import load

DAY = date(2026, 7, 5)
TOLD = [kind for kind in Kind if kind.told]


def item(number: int, kind: Kind = Kind.OPENED, severity: Severity = Severity.HIGH, **facts: object) -> News:
    said = {
        "title": f"件名{number}",
        "department": "道路課",
        "next_step": "確かめてください。",
        "verified": True,
        **facts,
    }
    reason = Reason.FIXED if kind is Kind.RESOLVED else None
    return News(number, kind, reason, f"SP-{number:08}", "split_orders", "M", "模擬町", severity, None, said)


def texts(message: compose.Message) -> list[str]:
    return [block["text"]["text"] for block in message.blocks or [] if "text" in block]


@given(st.lists(st.sampled_from(TOLD), min_size=1, max_size=2000))
def test_shown_and_left_out_are_the_total_in_every_medium(kinds: list[Kind]) -> None:
    message = compose.compose([item(number, kind) for number, kind in enumerate(kinds)], DAY)
    for text in (message.text, "\n".join(texts(message)), re.sub(r"<[^>]+>", "\n", message.html or "")):
        shown = len(set(re.findall(r"SP-\d{8}", text)))
        left = sum(int(count) for count in re.findall(r"ほか(\d+)件", text))
        left += sum(int(count) for count in re.findall(r"(\d+)件（この通知では件数のみ）", text))
        assert shown + left == len(kinds)
        assert shown <= compose.SHOWN
    fit_blocks(message.blocks or [])


def test_the_most_urgent_come_first_and_the_subject_counts() -> None:
    settings = load(None, {})
    items = [item(n, severity=Severity.LOW) for n in range(12)] + [item(99), item(98, Kind.RESOLVED)]
    (held,) = news.route(items, settings).values()
    message = compose.compose(held, DAY)
    assert message.subject == "【新しい確認事項13・解消1】契約点検　7/5"
    assert message.text.index("SP-00000099") < message.text.index("SP-00000000")


@pytest.mark.parametrize("field", ["title", "department", "next_step"])
def test_nothing_from_a_ledger_is_markup(field: str) -> None:
    hostile = '<script>alert("1")</script> & <!channel> *x*\r\nBcc: a@example.jp'
    message = compose.compose([item(1, **{field: hostile})], DAY)
    assert "<script>" not in (message.html or "")
    assert "&lt;script&gt;" in (message.html or "")
    assert all(block["text"]["type"] == "plain_text" for block in message.blocks or [] if "text" in block)
