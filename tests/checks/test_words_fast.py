"""What is left out to be fast changes no answer: guards before patterns, bounds before letters are compared."""

import re
import unicodedata

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import thesaurus, titles, words
from checks.evidence import SplitParameters, same_thing
from checks.linking import _Begins, _Letters

_PIECES = [
    *thesaurus._CONCEPTS, *"力口二工夕卜厶一-へべぺエロニカ ー‐アトキ業第用髙瀨\u3000\t\n㈱ﾄﾞA1\u3099\u200b電車", "窓口", "机上", "棚卸", "トラック", "の購入",
]  # fmt: skip
_texts = st.lists(st.sampled_from(_PIECES) | st.characters(exclude_categories=["Cs"]), max_size=6).map("".join)


def _narrow(text):
    return words._INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(words._DASHES)


def _one_script(text):
    text = text.translate(words._FORMS_OF_ONE)
    text = words._IN_KATAKANA.sub(lambda found: found[0].translate(words._TO_KATAKANA), text)
    return words._IN_KANJI.sub(lambda found: found[0].translate(words._TO_KANJI), text)


def _mend(text):
    return words._SPACE_IN_WORD.sub("", re.sub(r"\s+", " ", text)).strip()


def _company(name):
    text = words._MEMBER.sub("", re.sub(r"\s+", " ", _narrow(name)).strip())
    text = words._SIGNER.sub("", text) or text
    for long, short in words._FORMS:
        text = text.replace(long, short)
    for pattern in (words._BEHIND_SPACE, words._BEHIND_FORM, words._BEHIND_PLACE):
        found = pattern.match(text)
        if found and len(words.core(found["head"]).strip()) > 1:
            text = found["head"]
    return _one_script(_mend(text))


_ONE_FORM = {letter: form for letter, form in words._SKELETON.items() if form}


def _skeleton(name):
    return re.sub(r"[ー・\-\s.,&'’]", "", _company(name).translate(_ONE_FORM)).upper()


_PARTS_OF_NAMES = [
    *[word for forms in words._FORMS for word in forms], "代表取締役", "取締役社長", "業務執行社員", "理事長", "代表者", "支店長", "社長", "代表構成員", "構成員", "【", "】", "(", ")", ":", "共同企業体",
    "コンソーシアム", "JV", "東京", "さいたま", "第一", "中央", "支店", "営業所", "事業所", "支社長", "本社", "オフィス", " ", "\u3000", "\n", "\x1f", "甲", "甲乙", "クリ一ン", "システ厶", "-", "ー", "1", "長",
]  # fmt: skip


@given(parts=st.lists(st.sampled_from(_PARTS_OF_NAMES) | _texts, max_size=7))
@settings(max_examples=1000)
def test_a_name_is_read_as_without_the_guards(parts):
    name = "".join(parts)
    assert words.company(name) == _company(name)
    assert words.skeleton(name) == _skeleton(name)
    assert words.is_venture(name) == (
        any(word in name for word in ("共同企業体", "共同提案体", "設計共同体", "コンソーシアム"))
        or words.VENTURE.search(name) is not None
    )


_LONGEST_FIRST = sorted(thesaurus._CONCEPTS, key=lambda word: (-len(word), word))
_ONE_BY_ONE = re.compile("|".join(thesaurus._whole(word) for word in _LONGEST_FIRST))


def _concepts(text):
    return frozenset(thesaurus._CONCEPTS[found] for found in _ONE_BY_ONE.findall(thesaurus._OTHERS.sub(" ", text)))


@given(text=_texts)
@settings(max_examples=1000)
def test_a_text_is_read_as_without_the_guards(text):
    assert words.narrow(text) == _narrow(text)
    assert words.one_script(text) == _one_script(text)
    assert words.mend(text) == _mend(text)
    assert thesaurus.concepts(text) == _concepts(text)


@given(
    text=_texts,
    end=st.sampled_from(["", "A", "12", "No", "№3", "no.", " ", "\n", "・", "イ", "ロッカーA", "Ⅱ", "その ②", "③"]),
)
def test_a_title_is_bare_as_without_the_guards(text, end):
    title = text + end
    plain = titles._TAIL.sub("", titles._PARENTHESES.sub("", titles._BRANCH.sub("", title)))
    assert titles._bare(title) == (titles._NOISE.sub("", plain) or titles._NOISE.sub("", title))
    assert titles._CIRCLED.search(title) is None or titles._CIRCLES.search(title)
    assert titles._YEAR.search(title) is None or "年" in title


_similar = st.lists(st.text("あいうえお屋外時計", max_size=9), min_size=2, max_size=8)


@given(texts=_similar)
def test_no_pair_that_is_alike_is_left_out_by_its_bound(texts):
    parameters = SplitParameters()
    one, other = (each.ravel() for each in np.meshgrid(np.arange(len(texts)), np.arange(len(texts))))
    near, begins = _Letters(texts, parameters).near(one, other), _Begins(texts, parameters).one(one, other)
    for i, j, may_be_near, may_be_same in zip(one, other, near, begins, strict=True):
        # two equal texts of one letter are alike, and never asked: their codes are equal
        alike = texts[i] != texts[j] and titles.alike(texts[i], texts[j]) >= parameters.near_title
        assert may_be_near or not alike
        assert may_be_same or not same_thing(texts[i], texts[j], parameters)
