"""Hostile text in every place that a ledger, a register or a person fills: shown as it is, never obeyed."""

import html
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from checks.finding import Severity
from monitor.alerts.slack_payload import fit_blocks
from monitor.digest import build, render, slack
from monitor.digest.audience import Audience, Scope
from monitor.digest.model import Digest
from monitor.findings.lifecycle import Decided, State
from tests.digest.make import WEEK, sources, week

HOSTILE = "<b onclick=x>\"'&<!channel>\n■ 偽り\r\n\x85\u2028\u202e&lt;"
SHOWN = "<b onclick=x>\"'&<!channel> ■ 偽り"


def made(text: str) -> Digest:
    """The busy week with this text wherever somebody else's text goes."""
    given = sources(24, old=8, resolved=3, title=text, department=text, explanation=text, next_step=text, authority=text,
                    vendors=text, pattern=text)  # fmt: skip
    said = Decided(text, text, text, WEEK.last + timedelta(days=9), WEEK.first, "", Severity.HIGH, ())
    past = dict(given.past)
    for key in list(past)[:2]:
        past[key] = replace(past[key], state=State.ACCEPTED, decision=said)
    past[list(past)[2]] = replace(past[list(past)[2]], state=State.ACKNOWLEDGED, decision=replace(said, until=None))
    bodies = [replace(body, name=text) for body in given.bodies]
    evaluations = [{**row, "not_judged": [["空欄", text, 7]]} for row in given.evaluations]
    built = build.build(WEEK, replace(given, past=past, bodies=bodies, evaluations=evaluations))
    other = week("busy")
    named: dict[str, Any] = {
        part: tuple(replace(row, label=text) for row in getattr(other, part)[:2])
        for part in ("by_check", "by_organization", "by_department", "by_owner")
    }
    return replace(
        built,
        **named,
        trend=other.trend,
        calendar=tuple(replace(day, due=tuple(i for i in built.open if i.due_on == day.on)) for day in other.calendar),
        published=tuple(replace(row, organization=text, label=text) for row in other.published),
        rules=tuple(replace(row, rulebook=text, what=text, source=text) for row in other.rules),
        rejudged=tuple(replace(row, organizations=(text, text)) for row in other.rejudged),
        bodies=tuple(replace(body, quarantined=3) for body in (*built.bodies, *built.bodies)),
        monitor=other.monitor,
        audience=Audience(Scope.OWNER, "", text, text),
        answer_by=other.answer_by,
    )


EVIL, GOOD = made(HOSTILE), made("側溝修繕")


class Elements(HTMLParser):
    """What elements and attributes there are, and the text between them."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[(tag, tuple(sorted(name for name, _ in attrs)))] += 1

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("rendering", [render.page, render.mail_html])
def test_markup_from_elsewhere_makes_no_element_and_no_attribute(rendering: Any) -> None:
    evil, good = Elements(rendering(EVIL)), Elements(rendering(GOOD))
    assert evil.found == good.found
    assert SHOWN in re.sub(r"\s+", " ", evil.text)
    assert "&amp;lt;" in rendering(EVIL)
    assert not re.search("[\x85\u2028\u202e]", rendering(EVIL))


def test_in_the_mail_it_is_shown_wherever_the_plain_text_was() -> None:
    evil, good = Elements(render.mail_html(EVIL)).text, Elements(render.mail_html(GOOD)).text
    assert evil.count("<b onclick=x>") == good.count("側溝修繕") > 80


def test_it_begins_no_line_of_the_text_part() -> None:
    text = render.text(EVIL)
    headings = [line for line in text.split("\n") if line.startswith("■")]
    assert headings == [line for line in render.text(GOOD).split("\n") if line.startswith("■")]
    assert "偽り" not in "".join(headings)
    assert not re.search("[\r\x85\u2028\u202e\t]", text)
    assert html.unescape(text) != text  # nothing is escaped twice: &lt; is as the ledger has it


def test_a_forged_line_is_indented_wherever_it_is_folded() -> None:
    for length in range(60, 80):
        text = render.text(made("あ" * (length // 2 - 8) + "■ 偽り【高】"))
        assert not re.search(r"^(?:■ 偽り|【高】$)", text, flags=re.MULTILINE)


def test_slack_gets_plain_text_only() -> None:
    def texts(value: Any) -> list[Any]:
        if isinstance(value, list):
            return [found for item in value for found in texts(item)]
        if not isinstance(value, dict):
            return []
        return [value] if isinstance(value.get("text"), str) else [f for item in value.values() for f in texts(item)]

    blocks = slack.blocks(EVIL)
    fit_blocks(blocks)
    assert {text["type"] for text in texts(blocks)} == {"plain_text"}
    assert not [text for text in texts(blocks) if re.search("^■|[\x85\u2028\u202e]", text["text"], flags=re.MULTILINE)]
    assert [block["type"] for block in blocks] == [block["type"] for block in slack.blocks(GOOD)]


def test_the_subject_stays_one_short_line() -> None:
    subject = render.subject(EVIL)
    assert len(subject) <= 60
    assert not re.search(r"[\x00-\x20\x85\u2028\u202e]", subject)
