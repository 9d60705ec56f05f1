"""One model, four renderings: the same numbers, nothing lost in words, nothing from a ledger as markup."""

import base64
import hashlib
import html
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.finding import Severity
from monitor.alerts.slack_payload import fit_blocks
from monitor.digest import build, render, slack
from monitor.digest.model import DETAILS_SHOWN, MAIL_ROWS, SLACK_ROWS, Digest
from monitor.findings.lifecycle import Decided, State
from tests.digest.make import WEEK, digest, sources

SIZES = {"empty": digest(0), "first": digest(412), "busy": digest(40, old=25, resolved=4), "huge": digest(700, old=10)}


def plain(markup: str) -> str:
    body = markup.split("<body", 1)[1]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def renderings(made: Digest) -> dict[str, str]:
    blocks = slack.blocks(made)
    return {
        "page": plain(render.page(made)),
        "mail": plain(render.mail_html(made)),
        "text": re.sub(r"\s+", " ", render.text(made)),
        "slack": " ".join(block["text"]["text"] for block in blocks if "text" in block),
    }


@pytest.mark.parametrize("made", SIZES.values(), ids=SIZES)
def test_every_rendering_has_the_same_numbers(made: Digest) -> None:
    numbers, balance = made.numbers, made.balance
    for name, text in renderings(made).items():
        tight = text.replace(" ", "")
        assert made.verdict.replace(" ", "") in tight, name
        for label, count in (("期限超過", numbers.overdue), ("未対応・確認", numbers.open)):
            assert re.search(rf"{label}{count}件", tight), (name, label)
        assert re.search(rf"14日以内(?:の期限)?{numbers.soon}件", tight), name
        assert f"{made.clean_rate}%" in tight, name
        assert f"{made.clean:,}／{made.judgements:,}" in tight, name
        equation = f"{balance.opening}＋新規{balance.new}＋再発{balance.reopened}−解消{balance.gone}＝今週末{balance.closing}件"
        assert equation in tight, name
        assert made.head[:16] in (text + json.dumps(slack.blocks(made), ensure_ascii=False)), name
    subject = render.subject(made)
    assert f"期限超過{numbers.overdue}・14日以内{numbers.soon}・新規{numbers.new}" in subject
    assert len(subject) <= 60
    assert " " not in subject


def test_an_acceptance_that_ends_soon_is_asked_for_and_one_that_does_not_is_only_counted() -> None:
    made = sources(6)
    for number, days in ((0, 10), (1, 60)):
        until = WEEK.last + timedelta(days=days)
        said = Decided("山田", "方針", "", until, WEEK.first, "", Severity.HIGH, ())
        key = f"PB-{number:08}"
        past = {**made.past, key: replace(made.past[key], state=State.ACCEPTED, decision=said)}
        made = replace(made, past=past)
    built = build.build(WEEK, made)
    assert (built.standing.accepted, built.standing.ending, len(built.open), built.balance.closing) == (2, 1, 4, 6)
    for name, text in renderings(built).items():
        assert "終わりの近い容認1件" in text or name == "slack", name
        assert "容認2件" in text.replace(" ", ""), name
        assert "PB-00000000" in text, name
        assert ("PB-00000001" in text) == (name == "page"), name
    assert {line.id for line in built.lines} == {f"PB-{n:08}" for n in range(6)}


def test_the_balance_closes() -> None:
    balance = SIZES["busy"].balance
    assert (balance.opening, balance.new, balance.gone, balance.closing) == (29, 15, 4, 40)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 700))
def test_shown_and_left_out_are_the_total(count: int) -> None:
    made = digest(count)
    page, shown = render.page(made), {}
    shown["page"] = len(re.findall(r'<div class="item"', page)) + page.partition('id="rest"')[2].count("<tr id=")
    said = {"page": 0}
    mail = render.mail_html(made)
    for name, text in (("mail", plain(mail)), ("text", render.text(made)), ("slack", renderings(made)["slack"])):
        shown[name] = len(set(re.findall(r"PB-\d{8}", text)))
        said[name] = sum(int(n.replace(",", "")) for n in re.findall(r"ほか([\d,]+)件", text))
    assert {name: shown[name] + said[name] for name in shown} == dict.fromkeys(shown, count)
    assert shown["mail"] <= MAIL_ROWS
    assert shown["slack"] <= SLACK_ROWS
    assert len(re.findall(r'<div class="item"', page)) <= DETAILS_SHOWN
    assert len(mail.encode()) <= 75_000
    fit_blocks(slack.blocks(made))


HOSTILE = '<script>alert("x")</script><img src=x onerror=1>&<!channel> *a* \r\nBcc: a@example.jp\x85' + "あ" * 3000


@pytest.mark.parametrize(
    "field", ["title", "department", "explanation", "next_step", "authority", "vendors", "pattern"]
)
def test_nothing_from_a_ledger_is_markup(field: str) -> None:
    made = digest(40, **{field: HOSTILE})
    for markup in (render.page(made), render.mail_html(made)):
        assert "<script>alert" not in markup
        assert "<img src=x" not in markup
        assert "\x85" not in markup
    assert len(render.mail_html(made).encode()) <= 75_000
    assert all(block["text"]["type"] == "plain_text" for block in slack.blocks(made) if "text" in block)
    fit_blocks(slack.blocks(made))
    assert "\n" not in render.subject(made)


def test_the_page_is_whole_by_itself_and_its_style_and_script_are_the_ones_allowed() -> None:
    page = render.page(SIZES["busy"])
    allowed = [
        base64.b64encode(hashlib.sha256(re.split(f"<{tag}[^>]*>|</{tag}>", page)[1].encode()).digest()).decode()
        for tag in ("style", "script")
    ]
    policy = f"default-src 'none'; style-src 'sha256-{allowed[0]}'; script-src 'sha256-{allowed[1]}'; base-uri 'none'; "
    assert f"{policy}form-action 'none'" in html.unescape(page)
    assert page.count("<script") == 1
    assert " style=" not in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    assert '<html lang="ja">' in page


@pytest.mark.parametrize("made", SIZES.values(), ids=SIZES)
def test_the_same_digest_is_the_same_bytes(made: Digest) -> None:
    once, again = (render.message(made, render.page(made), render.sheet(made)) for _ in range(2))
    assert once == again


@pytest.mark.parametrize("made", SIZES.values(), ids=SIZES)
def test_no_word_of_the_program_shows_in_the_page(made: Digest) -> None:
    words = re.findall(r"\b(?:high|medium|low|info|open|resolved|fixed|None|True|False)\b", plain(render.page(made)))
    assert words == []


def test_a_line_break_in_a_ledger_begins_no_line_of_ours() -> None:
    forged = "側溝修繕\n■ 監視の状態\r\n【高】すべて問題ありません\u2028\u202eabc"
    made = digest(40, title=forged, department=forged, vendors=forged)
    for said in (render.text(made), *(block["text"]["text"] for block in slack.blocks(made) if "text" in block)):
        assert not re.search("^【高】すべて", said, re.MULTILINE)
        assert said.count("\n■ 監視の状態") <= 1
        assert "\u202e" not in said
        assert "\u2028" not in said


def test_every_link_of_the_page_leads_somewhere_and_no_id_occurs_twice() -> None:
    for made in SIZES.values():
        page = render.page(made)
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
        assert {item.id for item in made.open} <= set(ids)


def test_the_queue_is_late_soon_or_newly_serious_and_says_so() -> None:
    made = SIZES["first"]
    assert made.serious == sum(item.severity is Severity.HIGH for item in made.queue if item.days_late is None) + sum(
        item.severity is Severity.HIGH for item in made.queue if item.days_late is not None and item.days_late < -14
    )
    assert len(made.queue) == made.numbers.overdue + made.numbers.soon + made.serious
    assert f"ほかに今週の「高」{made.serious}件" in renderings(made)["page"] or not made.serious


def test_what_could_not_be_judged_says_where_to_set_it_right() -> None:
    page = renderings(SIZES["busy"])["page"]
    assert page.count("台帳の「予定価格」を記入すると判定できます。") == 5
    for name, text in renderings(SIZES["busy"]).items():
        assert "判定できなかったもの35件（分母に含めていません）：空欄35件。" in text.replace(" ", ""), name


def test_a_check_that_broke_off_is_told_in_every_rendering() -> None:
    given = sources(0)
    broken = [{**row, "judged": 0, "status": "error", "error": "KeyError: 'x'"} for row in given.evaluations[:1]]
    made = build.build(WEEK, replace(given, evaluations=[*broken, *given.evaluations[1:]]))
    for name, text in renderings(made).items():
        assert "終わらなかった検査が1件あり、その分は判定できていません。" in text, name
        assert "KeyError" not in text, name


def test_long_names_of_organizations_leave_the_mail_short_and_the_subject_whole() -> None:
    made = digest(40)
    named = replace(
        made,
        bodies=tuple(replace(body, name=HOSTILE) for body in made.bodies),
        open=tuple(replace(item, organization=HOSTILE) for item in made.open),
        by_organization=tuple(replace(row, label=HOSTILE) for row in made.by_organization * 60),
    )
    assert len(render.mail_html(named).encode()) <= 75_000
    assert "ほかの45団体は週報のページにあります。" in render.text(named)
    assert len(render.subject(named)) <= 60
    assert not re.search(r"[\x00-\x20\x85]", render.subject(named))
    fit_blocks(slack.blocks(named))


def test_an_empty_week_says_what_was_checked() -> None:
    text = render.text(SIZES["empty"])
    assert "判断が必要なものはありません。5の検査で契約1,234件を調べました。" in text
    assert "今週、新しい確認事項はありません。" in renderings(SIZES["empty"])["page"]


def test_the_first_week_is_a_baseline_not_a_comparison() -> None:
    for name, text in renderings(SIZES["first"]).items():
        assert "前週 0" not in text, name
    assert "初回です。台帳にあった412件を「基準」として記録しました。" in renderings(SIZES["first"])["mail"]


def test_accusing_words_do_not_occur() -> None:
    for name, text in renderings(SIZES["busy"]).items():
        assert not re.search("不正|指摘|違反(?!を意味しません)", text), name
