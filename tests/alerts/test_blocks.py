"""Blocks for Slack: whatever is to be said, they are within its limits, and what was left out is counted."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alerts.slack_payload import Built, build, fit_blocks

PIECES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", " \n", "<!channel> *x* <script>", "&" * 3_000, "𠮷" * 9_999, "字" * 10_000, "a\x00\u202eb\ud800"]
    ),
    st.builds(lambda piece, times: (piece * times)[:10_000], st.text(min_size=1, max_size=9), st.integers(1, 10_000)),
)


@st.composite
def many(draw) -> list[str]:
    """0 to 2,000 texts of up to 10,000 characters."""
    few = draw(st.lists(PIECES, min_size=1, max_size=5))
    return [few[i % len(few)] for i in range(draw(st.one_of(st.integers(0, 60), st.integers(0, 2_000))))]


def texts(built: Built) -> list[str]:
    found = []
    for block in built.blocks:
        found += [element["text"] for element in block.get("elements", [])]
        found += [block["text"]["text"]] if "text" in block else []
    return found


def omission(left: int) -> str:
    return f"ほか{left:,}件"


def escaped(text: str) -> int:
    """The length if Slack counts UTF-16 units of what it stores."""
    stored = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return len(stored.encode("utf-16-le")) // 2


@settings(deadline=None)
@given(PIECES, many(), many(), many(), PIECES, st.integers(0, 100))
def test_within_slack_s_limits_for_any_texts_and_shown_and_left_out_are_all(
    header, items, opening, closing, footer, most
):
    built = build(header, items, closing, omission, opening=opening, footer=footer, most=most)
    assert len(built.blocks) <= 50
    said = texts(built)
    assert all(0 < escaped(text) <= 3_000 for text in said)
    assert sum(map(escaped, said)) <= 12_000
    assert fit_blocks(built.blocks) is built.blocks
    notes = [text for text in said if text == omission(built.left)]
    assert len(notes) == (1 if built.left else 0)
    assert build("", items, [], omission, most=most).left <= built.left
    for block in built.blocks:
        assert block["type"] in ("header", "section", "context")
        for text in block.get("elements", [block.get("text")]):
            assert (text["type"], text["emoji"]) == ("plain_text", False)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", "".join(said))


@settings(deadline=None)
@given(st.integers(0, 2_000), st.integers(1, 10_000), st.integers(0, 60))
def test_shown_and_left_out_are_the_total_item_by_item(count, length, most):
    items = [f"SP-{number:08} {'字' * length}"[:10_000] for number in range(count)]
    built = build("契約点検", items, ["終わり"], omission, most=most)
    shown = re.findall(r"SP-\d{8}", "".join(texts(built)))
    assert shown == [f"SP-{number:08}" for number in range(count - built.left)]
    said = [int(n.replace(",", "")) for n in re.findall(r"ほか([\d,]+)件", "".join(texts(built)))]
    assert len(shown) + sum(said) == count
    assert len(said) == (1 if built.left else 0)
    assert len(shown) == min(count, most) or sum(map(escaped, texts(built))) > 10_000 or len(built.blocks) > 48


def test_the_order_is_header_opening_items_omission_closing_footer():
    built = build("見出し", ["一", "二", "三"], ["結び"], omission, opening=["概要"], footer="注", most=2)
    assert texts(built) == ["見出し", "概要", "一", "二", "ほか1件", "結び", "注"]
    assert [block["type"] for block in built.blocks] == ["header", *["section"] * 5, "context"]
    assert built.left == 1


def test_nothing_to_say_is_no_blocks_and_no_items_no_omission():
    assert build("", [], [], omission) == Built([], 0)
    assert texts(build("見出し", [], [""], omission)) == ["見出し"]


def test_long_items_are_cut_where_it_shows_and_one_without_words_still_counts():
    built = build("見出し", ["字" * 10_000, "\u202e\x00 "], [], omission)
    assert [len(text) for text in texts(built)] == [3, 1_000, 1]
    assert texts(built)[1].endswith("字…")
    assert texts(built)[2] == "—"


def test_many_closing_lines_keep_their_last_place_and_show_that_they_were_cut():
    built = build("見出し", ["一"], [f"{number}行" for number in range(2_000)], omission)
    assert texts(built)[2:9] == [f"{number}行" for number in range(7)]
    assert texts(built)[9].endswith("…")


def section(length: int) -> dict:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "字" * length}}


def test_blocks_within_slack_s_limits_pass_as_they_are():
    for blocks in ([section(3000)] * 4, [section(1)] * 50, []):
        assert fit_blocks(blocks) is blocks


@pytest.mark.parametrize(
    "blocks",
    [
        [section(1)] * 51,
        [section(3001)],
        [section(0)],
        [section(3000)] * 4 + [section(1)],
        [{"type": "header", "text": {"type": "plain_text", "text": "字" * 151}}],
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "字"}] * 11}],
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "字" * 2001}]}],
        [{"type": "context", "elements": [{"type": "mrkdwn", "text": "字"}] * 11}],
    ],
)
def test_blocks_made_by_hand_beyond_slack_s_limits_are_refused(blocks):
    with pytest.raises(ValueError, match=r"at most|expected"):
        fit_blocks(blocks)
