"""A title behind the name of its site, read by its parts, is what it is when it is read in full."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import readings, thesaurus, titles

_NAMES = [
    "第一小学校", "緑公民館", "みどり公園", "本庁舎", "南団地", "北区役所", "泉浄水場", "中央公園体育館", "東館図書館", "日の出小学校", "乙ホール", "A団地",
    "エ業高校", "井の頭公園", "令和小学校", "令和元年小学校", "保険料公園", "〇〇病院", "鬯小学校", "学校", "",
]  # fmt: skip
_PARTS = [
    "その1", "（A棟）", "第2回", "令和7年度", "令和7・8年度", "2025年3月", "追加", " ", "の", "用", "内の", "における", "①", "（トナー）", "東館", "イ", "ロ", "A", "12",
    "センター", "公園", "体育館", "システム", "等の管理", "ー", "-", "二", "工", "ニ", "へ", "卜", "カ", "の購入", "修繕", "消耗品", "備品", "保険料", "鬯", "外壁改修工事",
    "窓ガラス", "机・椅子", "空調", "\u3099", "ﾄｲﾚ", "㈱", "4月分", "、", "便り", "内", "地区", "区", "館", "号棟",
]  # fmt: skip


@given(
    site=st.sampled_from(_NAMES), parts=st.lists(st.sampled_from([*_PARTS, *_NAMES]), max_size=5), behind=st.booleans()
)
@settings(max_examples=500)
def test_a_title_read_by_its_parts_is_the_title_read_in_full(site, parts, behind):
    title = site * behind + "".join(parts)
    found, full = titles.At(site).read(title), titles.read(title, site)
    assert (replace(found, place=full.place) if titles.site(site) else found) == full


@pytest.mark.parametrize("name", ["第一小学校", "緑公民館", "みどり公園", "北区役所", "泉浄水場", titles._STAND_IN])
def test_a_plain_name_is_read_apart_from_what_stands_behind_it(name):
    assert titles._plain(name)


@pytest.mark.parametrize(
    "name",
    ["", "乙ホール", "A団地", "日の出小学校", "東館図書館", "中央公園体育館", "令和元年小学校", "公園 ", "（緑）公園"],
)
def test_a_name_in_which_a_pattern_finds_more_than_the_place_is_not(name):
    assert not titles._plain(name)


@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, len(_NAMES) - 1), st.booleans(), st.lists(st.sampled_from([*_PARTS, *_NAMES]), max_size=3)
        ),
        max_size=12,
    )
)
@settings(max_examples=200)
def test_many_titles_at_once_are_read_as_each_by_itself(rows):
    texts = [_NAMES[site] * behind + "".join(parts) for site, behind, parts in rows]
    numbers, found = readings.read(texts, np.array([site for site, _, _ in rows], dtype=np.int64), _NAMES)
    assert [found.titles[number] for number in numbers] == [
        titles.At(_NAMES[site]).read(text) for text, (site, _, _) in zip(texts, rows, strict=True)
    ]


def test_there_is_room_for_as_many_readings_as_there_are_titles_and_they_are_told_as_they_were_read():
    things = ["机", "椅子", "空調", "窓ガラス", "外壁", "令和7年度庭木", "保険料", ""]
    texts = [f"緑公民館{one}{chr(0x4E00 + n)}修繕その{n % 3}" for n in range(300) for one in things]
    numbers, found = readings.read(texts, np.zeros(len(texts), dtype=np.int64), ["緑公民館"], most=100)
    for text, number in zip(texts, numbers.tolist(), strict=True):
        title = titles.At("緑公民館").read(text)
        assert found.titles[number] == title
        assert (found.cores[found.core[number]], found.things[found.thing[number]]) == (title.core, title.thing)
        assert found.concepts[number] == thesaurus.bits(title.concepts)
        assert found.outfit[number] == bool(title.concepts & thesaurus.OUTFIT)
        said = (found.marked[number], found.generic[number], found.by_object[number], found.dated[number])
        assert said == (title.marked, title.generic, title.by_object, bool(title.years))
        bits = [int(word) >> bit & 1 for word in found.years[:, number] for bit in range(63)]
        assert {1987 + place for place, bit in enumerate(bits) if bit} == title.years
    again, others = readings.read(texts[:3], np.zeros(3, dtype=np.int64), ["緑公民館"])
    assert others is not found  # which were more than were to be kept
    assert [others.titles[number] for number in again] == [found.titles[number] for number in numbers[:3]]


@pytest.mark.parametrize(
    ("name", "stand"),
    [
        ("日の出小学校", "日の鬯小学校"), ("上の原の杜公園", "上の原の鬯小学校"), ("第一小学校", "鬯小学校"),
        ("緑公園の丘小学校", None), ("その一小学校", None), ("工場の清掃公園", None), ("日の出ホール", None), ("の", None),
    ],
)  # fmt: skip
def test_behind_a_no_a_name_is_a_plain_one_s_and_what_stands_before_it_stays(name, stand):
    assert titles.stand_in(name) == stand


def test_no_word_goes_on_behind_a_letter_that_ends_a_plain_name():
    patterns = (titles._ACTIONS, titles._GENERIC, titles._JOINT, thesaurus._WORDS, thesaurus._OTHERS)
    words = [word for pattern in patterns for word in re.split(r"[|()?:]", pattern.pattern)]
    assert [word for word in words if titles._LAST & set(re.sub(r"\[.*?\]", "", word)[:-1])] == []
    assert [word for word in words if titles._LAST & set(re.sub(r"\[.*?\]", "", word)[:1])] == []
