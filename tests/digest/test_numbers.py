"""Every number of the model, compared in page, mail, text and Slack: where one shows it, it is the same."""

import json
import re

import pytest

from checks import periods, yen
from monitor.digest import render, sections, slack, words
from monitor.digest.model import Digest
from tests.digest.make import NAMES, week
from tests.digest.test_renderings import plain

MADE = {name: week(name) for name in NAMES}
LETTERS = ("mail", "text", "slack")  # those whose lines all come from words and sections


def tight(text: str) -> str:
    return re.sub(r"\s+", "", text)


def renderings(made: Digest) -> dict[str, str]:
    return {
        "page": plain(render.page(made)),
        "mail": plain(render.mail_html(made)),
        "text": render.text(made),
        "slack": json.dumps(slack.blocks(made), ensure_ascii=False).replace("\\n", "\n"),
    }


LOOSE = {name: renderings(made) for name, made in MADE.items()}
SAID = {name: {medium: tight(text) for medium, text in said.items()} for name, said in LOOSE.items()}


def everywhere(made: Digest) -> list[str]:
    """What all four must say, word by word and number by number."""
    now, b, s, m = made.numbers, made.balance, made.standing, made.monitor
    return [
        made.verdict,
        *(f"{figure.label}{figure.value}{figure.unit}" for figure in words.figures(made)),
        f"期限超過{now.overdue:,}件",
        f"14日以内の期限{now.soon:,}件",
        f"今週の新規{now.new:,}件",
        f"うち高{now.new_high:,}",
        f"未対応・確認{now.open:,}件",
        f"{made.clean_rate}%",
        f"{made.clean:,}／{made.judgements:,}",
        f"新規{len(made.new):,}件、悪化{len(made.worse):,}件、再発{len(made.reopened):,}件、解消{len(made.resolved):,}件、処置済・誤検知{len(made.closed):,}件",
        f"前週末{b.opening:,}＋新規{b.new:,}＋再発{b.reopened:,}−解消{b.gone:,}",
        f"＝今週末{b.closing:,}件",
        f"未対応{s.open:,}件、確認{s.acknowledged:,}件、容認{s.accepted:,}件" if b.closing else "",
        f"期限超過{now.overdue:,}件・14日以内{now.soon:,}件" if made.listed else "",
        f"終わりの近い容認{s.ending:,}件" if s.ending else "",
        f"判定できなかったもの{made.left_out:,}件",
        *(f"{reason}{count:,}件" for reason, count in made.left_out_by_reason),
        f"点検した日{m.runs_done:,}日、終わらなかった日{m.runs_failed:,}日",
        f"届かなかった通知{m.dead:,}件、届いたか不明の通知{m.unknown:,}件",
        f"隔離されている行{m.quarantined:,}行",
        f"保留している確認事項{m.held:,}件",
        made.head[:16],
    ]


def in_letters(made: Digest) -> list[str]:
    """What mail, text and Slack say of the later parts."""
    said = [
        f"{row.due:,}回：済{row.done:,}（うち遅れ{row.late:,}）、失敗{row.failed:,}、未実施{row.due - row.done - row.failed:,}"
        for row in made.monitor.periods
    ]
    if made.trend:
        first, last = made.trend[0], made.trend[-1]
        said += [f"：{first.closing:,}→{last.closing:,}件（うち高{first.high:,}→{last.high:,}件）"]
        said += [f"増{sum(w.come for w in made.trend):,}件、減{sum(w.gone for w in made.trend):,}件"]
    for n in range(0, len(made.calendar), 7):
        days = made.calendar[n : n + 7]
        name = f"{days[0].on.month}/{days[0].on.day}週"
        said.append(f"{name}{sum(len(day.due) for day in days):,}件")
        ending = sum(len(day.ending) for day in days)
        said += [f"容認の終わり：{name}{ending:,}件"] if ending else []
    for change in made.rules:
        said += [tight(change.what), tight(change.rulebook)]
    said += [f"回答希望{made.answer_by.month}月{made.answer_by.day}日"] if made.answer_by and made.listed else []
    return [*said, *([made.audience.label] if made.audience.label else [])]


@pytest.mark.parametrize("name", NAMES)
def test_what_all_must_say_all_say(name: str) -> None:
    for medium, text in SAID[name].items():
        missing = [said for said in everywhere(MADE[name]) if tight(said) not in text]
        assert missing == [], medium


@pytest.mark.parametrize("name", NAMES)
def test_the_later_parts_are_in_mail_text_and_slack(name: str) -> None:
    for medium in LETTERS:
        missing = [said for said in in_letters(MADE[name]) if tight(said) not in SAID[name][medium]]
        assert missing == [], medium


@pytest.mark.parametrize("name", NAMES)
def test_last_weeks_values_are_the_same_everywhere_and_absent_in_a_first_week(name: str) -> None:
    before = MADE[name].before
    expected = [] if MADE[name].first else [before.overdue, before.soon, before.new, before.open]
    for medium, text in LOOSE[name].items():
        assert [int(n.replace(",", "")) for n in re.findall(r"前週 ?([\d,]+)", text)][:4] == expected, medium


@pytest.mark.parametrize("name", NAMES)
def test_breakdowns_have_the_models_counts(name: str) -> None:
    made = MADE[name]
    for rows in (made.by_check, made.by_organization, made.by_department, made.by_owner):
        for place, row in enumerate(rows):
            facts = f"うち高{row.high:,}・期限超過{row.overdue:,}・新規{row.new:,}"
            worth = yen.rough(row.yen) if row.yen is not None else ""
            assert re.search(f"{re.escape(tight(row.label))}{facts}[^件]*{worth}{row.open:,}件", SAID[name]["mail"])
            assert re.search(f"{re.escape(tight(row.label))}{row.open:,}件（{facts}[^件]*{worth}）", SAID[name]["text"])
            short = tight(row.label[: sections.SHORT_NAME - 1])
            slacked = re.search(f"{re.escape(short)}…?{row.open:,}件（期限超過{row.overdue:,}）", SAID[name]["slack"])
            assert bool(slacked) or place >= 3


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_the_models_counts_of_the_later_parts(name: str) -> None:
    made, page = MADE[name], SAID[name]["page"]
    for row in (*made.by_check, *made.by_organization, *made.by_department, *made.by_owner):
        worth = f"{yen.rough(row.yen)}{yen.exact(row.yen)}" if row.yen is not None else "—"
        oldest = tight(periods.short(row.oldest)) if row.oldest else "—"
        counts = f"{row.open:,}{row.high:,}{row.overdue:,}{row.new:,}"
        assert f"{tight(row.label)}{counts}{oldest}{worth}" in page
    for week_ in made.trend:
        counts = f"{week_.come:,}{week_.gone:,}{week_.closing:,}{week_.high:,}"
        assert f"{tight(periods.short(week_.week.last))}{counts}" in page
    for one in made.monitor.periods:
        assert f"{one.due:,}{one.done:,}{one.late:,}{one.failed:,}{one.missed:,}" in page
    for published in made.published:
        parts = {
            "期限内": published.in_time,
            "遅れ": published.late,
            "未公表": published.missing,
            "期限前": published.ahead,
        }
        assert "・".join(f"{said}{count:,}" for said, count in parts.items() if count) in page
    for day in made.calendar:
        if day.count:
            assert re.search(rf"{day.on.month}/{day.on.day}[^/]*?{day.count:,}件", page), day.on
    for body in made.bodies:
        assert f"{tight(body.name)}{body.contracts:,}" in page


@pytest.mark.parametrize("name", NAMES)
def test_publications_sum_the_models_periods_per_class(name: str) -> None:
    made = MADE[name]
    for label in {row.label for row in made.published}:
        held = [row for row in made.published if row.label == label]
        counts = [sum(getattr(row, key) for row in held) for key in ("in_time", "late", "missing", "ahead")]
        line = "期限内{}・遅れ{}・未公表{}・期限前{}".format(*counts)
        assert f"{label}{''.join(map(str, counts))}" in SAID[name]["mail"]
        assert f"{label}：{line}" in SAID[name]["text"]
        assert f"{label}{line}" in SAID[name]["slack"]


@pytest.mark.parametrize("name", NAMES)
def test_what_would_mend_it_and_each_ledger_are_in_mail_and_text(name: str) -> None:
    made = MADE[name]
    for medium in ("mail", "text"):
        for _, count, mend in sections.mends(made):
            assert mend in SAID[name][medium]
            assert f"{count:,}件" in SAID[name][medium]
        for body in made.bodies:
            assert f"契約{body.contracts:,}件・" in SAID[name][medium]
            assert f"読めない行{body.quarantined:,}行" in SAID[name][medium]


def test_the_subject_has_the_same_counts_and_whose_it_is() -> None:
    for name, made in MADE.items():
        now, subject = made.numbers, render.subject(made)
        assert subject.startswith(f"【期限超過{now.overdue:,}・14日以内{now.soon:,}・新規{now.new:,}】")
        assert len(subject) <= 60
        assert subject.endswith("模擬市　第4課" if name == "slice" else "模擬市")


def test_every_finding_of_the_mail_is_in_the_text_and_the_other_way_round() -> None:
    for name in NAMES:
        mail, text = (set(re.findall(r"PB-\d{8}", SAID[name][medium])) for medium in ("mail", "text"))
        assert mail == text == {item.id for item in MADE[name].listed}


def test_an_empty_week_says_what_was_checked_and_asks_for_no_answer() -> None:
    for medium in LETTERS:
        text = SAID["empty"][medium]
        for check, count in sections.checked(MADE["empty"]):
            assert tight(check)[: sections.SHORT_NAME - 1] in text
            assert f"{count:,}件" in text
        assert "回答希望" not in text
