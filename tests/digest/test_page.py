"""What only the page has: its parts, what it leaves out and says so, nothing from a ledger as markup in any of them."""

import html
import re
from dataclasses import replace

from monitor.digest import page_words
from monitor.digest.audience import Audience, Scope
from monitor.digest.model import Digest, Published
from monitor.digest.page import page
from tests.digest.make import WEEK, digest
from tests.digest.test_renderings import HOSTILE
from tests.digest.whole import whole


def plain(made: Digest) -> str:
    body = page(made).split("<body", 1)[1]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", body)))


def test_the_parts_come_in_their_order() -> None:
    found = re.findall(r'<h2 id="(\w+)"', page(whole(700)))
    assert found == [
        "queue", "week", "balance", "judged", "groups", "ahead", "published", "details", "rest", "why", "monitor",
        "rules", "chain",
    ]  # fmt: skip


def test_what_is_not_known_is_no_empty_table() -> None:
    for made in (digest(0), digest(3), replace(digest(0), bodies=(), judged=())):
        markup = page(replace(made, trend=(), calendar=()))
        assert "推移と予定" not in markup
        assert 'id="published"' not in markup
        assert "<tbody>\n</tbody>" not in markup
        assert "適用が始まる、または終わる規程の数値はありません。" in markup


def test_each_part_says_what_the_model_has() -> None:
    text = plain(whole())
    for said in (
        "期限内 30・遅れ 3・未公表 1・期限前 5",
        "9,876万円98,765,424円",
        "契約1件の金額は各行で1回だけ数えています。",
        "回答希望 令和8年3月27日(金)",
        "限度額（物品の製造）500万円 → 600万円予決令99条（規程未確認）",
        "少額随契の限度額（模擬市、模擬町）",
        "点検7511" + "1",
        "合計 486,000円は限度額の3.2倍です",
        "R7.7.1(火)〜R7.9.28(日)",
    ):
        assert said in text, said


def test_nothing_from_outside_is_markup_in_any_part() -> None:
    made = whole(40, title=HOSTILE, department=HOSTILE, vendors=HOSTILE, authority=HOSTILE, next_step=HOSTILE)
    made = replace(
        made,
        audience=Audience(Scope.OWNER, "", HOSTILE, HOSTILE),
        open=tuple(replace(item, organization=HOSTILE, owners=(HOSTILE,), check_title=HOSTILE) for item in made.open),
        by_owner=tuple(replace(row, label=HOSTILE) for row in made.by_owner),
        published=tuple(replace(row, label=HOSTILE, organization=HOSTILE) for row in made.published),
        rules=tuple(replace(rule, rulebook=HOSTILE, what=HOSTILE, source=HOSTILE) for rule in made.rules),
        rejudged=tuple(replace(one, check_title=HOSTILE, organizations=(HOSTILE,)) for one in made.rejudged),
        calendar=tuple(replace(day, closed=HOSTILE) for day in made.calendar),
        head=HOSTILE,
    )
    markup = page(made)
    assert "<script>alert" not in markup
    assert "<img src=x" not in markup
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x85\u2028\u202e]", markup)
    assert markup.count("<script") == 1


def test_a_slice_names_its_reader_and_says_what_its_rate_counts() -> None:
    mine = replace(whole(), audience=Audience(Scope.DEPARTMENT, "M", "道路課", "模擬市 道路課"))
    assert "模擬市 道路課 あて" in plain(mine)
    assert "団体全体について数えています" in plain(mine)
    assert "団体全体について数えています" not in plain(whole())


def test_a_long_list_is_cut_and_says_so() -> None:
    made = digest(2_000, old=1_000)
    text = plain(made)
    assert len(made.queue) > page_words.QUEUED
    assert f"ほかの{len(made.queue) - page_words.QUEUED:,}件は、期限の近い順に" in text
    assert f"ほかの{len(made.new) - page_words.LISTED:,}件は、期限の近い順に" in text
    assert "新規 1,000件" in text


def test_a_rule_is_told_once_and_every_story_leads_to_it() -> None:
    long = "規程第1条" + "と別表" * 40 + "（test:1）"
    markup = page(digest(100, authority=long))
    told = markup.count(long)
    assert told == len(re.findall(r'<li id="rule-', markup)) <= 10
    assert markup.count('href="#rule-') == 100


def test_a_bar_has_the_parts_in_their_proportion_and_is_full() -> None:
    row = Published("模擬市", "工事", WEEK.first, WEEK.last, WEEK.last, 1, 1, 0, 1)
    assert page_words.bar(row) == (("in-time", 0, 33), ("after", 33, 33), ("ahead", 66, 34))
    assert page_words.published(replace(row, in_time=0, late=0, ahead=0)) == ()
    assert page_words.bar(replace(row, in_time=0, late=0, ahead=0)) == ()


def test_a_day_says_how_many_and_whether_all_are_grave() -> None:
    made = whole()
    day = next(day for day in made.calendar if day.count)
    medium = next(item for item in made.open if item.severity.label == "中")
    assert page_words.day(day) == "高 1件"
    assert page_words.day(replace(day, due=(*day.due, medium))) == "高ほか 2件"
    assert page_words.day(replace(day, due=(), ending=())) == ""


def test_the_same_digest_is_the_same_page() -> None:
    assert page(whole()) == page(whole())
