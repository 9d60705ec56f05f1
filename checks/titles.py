"""Titles as a person reads them: what is bought, without the marks that tell one piece from the next.

「その1」「第2回」「A棟」「(机)」「4月分」「追加」 are branch marks; 「令和7年度」 tells the year of a yearly job.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from checks import thesaurus, words

_YEAR = re.compile(
    r"(?:(?P<era>令和|平成|R|H)\s*(?P<nth>元|\d{1,2})\s*(?:・\s*(?P<next>\d{1,2})\s*)?|(?P<ad>20\d\d)\s*)年(?!製|式|型|以降|以前)"
    r"(?:度(?:分)?|分)?(?=\s*(?P<month>\d{1,2})\s*月)?"
)
_BEFORE_ERA = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}
_CIRCLES = re.compile(r"[\u2460-\u2487\u2160-\u216b]")  # ① ⑴ Ⅱ, before they are made into plain digits
_CIRCLED = re.compile(r"(?:その|第)?\s*" + _CIRCLES.pattern)
_BRANCH = re.compile(
    r"その\s*[0-9一二三四五六七八九十]+"
    r"|第\s*[0-9一二三四五六七八九十]+\s*(?:回|期|工区|次|号|四半期|区分|分割|便|班|ロット|ブロック|分)"
    r"|[0-9一二三四五六七八九十]+\s*(?:回目|期分|工区|号棟|号室|号機|階部分|階|件目|分割目|ロット)"
    r"|[0-9]+\s*(?:~|-)\s*[0-9]+\s*月分?|[0-9]+\s*月(?:分|度)?(?![0-9日])"
    r"|[A-Za-z]\s*(?:棟|工区|地区|ブロック|区画|面|ロット)|[0-9]+F(?![A-Za-z])"
    r"|(?:前期|後期|上期|下期|上半期|下半期)(?:分)?|追加(?:分)?|残(?:り)?分|続き"
    r"|(?:東|西|南|北|中)(?:棟|側|面|館)"
)
# A place that a title names, at its beginning, its end or in parentheses: 〇〇小学校 …; 図書館システム is no place.
_PLACE = re.compile(
    r"(?:^|(?<=[\s・の、()]))[^\s・、の()]{1,12}?(?:小学校|中学校|高等学校|高校|支援学校|幼稚園|保育園|保育所|こども園|公民館|図書館"
    r"|体育館|会館|センター|児童館|公園|消防署|消防団|出張所|庁舎|区役所|市役所|役場|支所|病院|診療所|団地|浄水場|処理場|ポンプ場|ホール(?![ァ-ヶー]))"
    r"(?!システム|用|向け|等?の?管理|運営|便り|だより)(?:における|内の?)?"
)
_PARENTHESES = re.compile(r"[(【\[〔][^()【】\[\]〔〕]*[)】\]〕]")
_BRACKETS = re.compile(r"[()【】\[\]〔〕]")
_TAIL = re.compile(
    r"[\s\-_・.,、。/#№]*(?:[Nn][Oo]\.?\s*)?(?:[0-9]+|(?<![A-Za-z])[A-Z]|(?<![ァ-ヶー])[イロハニホヘト])?[\s\-_・.,、。/#№]*$"
)
_ENDS = re.compile(r"[\s\-_・.,、。/#№0-9A-ZoOイロハニホヘト]")  # one of these ends all that _TAIL finds
_NOISE = re.compile(r"[\s・,、。「」『』\-_/]+")
_ACTIONS = re.compile(
    r"工事|業務|委託|修繕|修理|補修|改修|交換|更新|設置|取付け?|取り付け|取替え?|取り替え|据付け?|購入|買入れ?|調達|納入|搬入|賃貸借|借上げ"
    r"|借入れ?|リース|レンタル|製造|印刷|製本|保守|点検|運用|支援|作成|撤去|移設|増設|敷設|引込み?|配線|配管|電源|一式|緊急|部分|追加|その他|ほか"
    r"|等|及び|並びに|に係る|に伴う|における|のための|用|の"
)
# What any office buys all the time, from anyone: a title that says no more says little about the need.
_GENERIC = re.compile(
    r"(?:消耗品|備品|物品|品|事務|文房具|文具|用品|用|資材|材料|部品|図書|書籍|食材|薬品|医薬品|印刷物|施設|設備|機器|器具|一般|各種|庁|雑|費|料|小|軽易|緊急)*"
)
# Paid for each car, machine, licence, person or clinic by itself, at its own date: the sum says nothing.
_BY_OBJECT = re.compile(
    r"保険料|自賠責|車検|ライセンス|受講料|購読料|会費|負担金|受信料|講師|謝礼|謝金|報償|予防接種|健診|検診|健康診査"
)
_INITIAL = re.compile(r"(?<![\u4e00-\u9fff])[卜口力二工夕](?=[ァ-ヶー])")  # within a word words.one_script sees them
_INITIALS = frozenset("卜口力二工夕")
_KANA = str.maketrans("卜口力二工夕", "トロカニエタ")
_HEAD_OFFICE = re.compile(r"(?:庁舎|市役所|区役所|役場|県庁|市庁|都庁|府庁|本庁|本部|本所)$")
# 机の購入 and 机購入 are one title
_JOINT = re.compile(
    r"の(?=(?:購入|買入|調達|納入|賃貸借|借上|借入|リース|製造|印刷|修繕|修理|更新|交換|取替|設置|保守|点検|清掃|作成|売払|貸付))"
)
_IN_PLACE = re.compile(r"(?:における|内の?)$")


@dataclass(frozen=True)
class Title:
    """A title taken apart: year marks, place, the core without branch marks, the thing without the action, whether marked."""

    years: frozenset[int]
    place: str  # that the title itself names; '' if it names none
    core: str
    thing: str
    branched: bool  # it has a branch mark, or something in parentheses
    marked: bool  # it has a branch mark: その1, 第2回, 4月分
    added: bool  # 追加: says of itself that it comes on top of something
    generic: bool  # 消耗品の購入, 修繕: says what any office buys
    concepts: frozenset[str]  # the things it speaks of, by whatever name
    by_object: bool  # 保険料, ライセンス, 講師: paid for each car, machine or person by itself


@lru_cache(maxsize=65_536)
def read(title: str, place_of_work: str = "") -> Title:
    """Take a title apart; a place's name is no part of what is bought, unless nothing else is said."""
    return _read(title, place_of_work)[0]


def _read(title: str, place_of_work: str) -> tuple[Title, str]:
    """The title taken apart, and the whole of it without marks, but with its place."""
    circled = _CIRCLES.search(title) is not None
    spaced, years = _one_script(_CIRCLED.sub("", title) if circled else title), frozenset[int]()
    if "年" in spaced:
        years = frozenset(year for found in _YEAR.finditer(spaced) for year in _years(found))
        spaced = _YEAR.sub("", spaced)
    spaced = spaced.strip()
    text = words.mend(spaced)
    apart = (
        spaced if _PLACE.search(spaced) else text
    )  # a space tells where a place begins, if it is not a broken line's
    placeless = words.mend(_PLACE.sub(" ", apart))
    found = _PLACE.search(apart)
    place = _NOISE.sub("", _IN_PLACE.sub("", found[0])) if found else ""
    whole = _bare(text)
    core = whole
    for name, reading in ((site(place_of_work), whole), ("", _bare(placeless))):
        without = reading.replace(name, "") if name else reading
        if not _GENERIC.fullmatch(_ACTIONS.sub("", without)):  # of 第一小学校修繕 only the place says what is meant
            core = without
    core = _JOINT.sub("", core)
    thing = _ACTIONS.sub("", core)
    if _GENERIC.fullmatch(thing):  # of 消耗品の購入（トナー） what stands in parentheses says what is meant
        core = _NOISE.sub("", _BRACKETS.sub("", _BRANCH.sub("", placeless)))
        thing = _ACTIONS.sub("", core)
    made = Title(
        years=years,
        place=place,
        core=core,
        thing=thing,
        branched=circled or whole != _NOISE.sub("", text),
        marked=circled or bool(_BRANCH.search(text)),
        added="追加" in text,
        generic=bool(_GENERIC.fullmatch(thing)),
        concepts=thesaurus.concepts(core),
        by_object=bool(_BY_OBJECT.search(text)),
    )
    return made, whole


class At:
    """Titles of contracts at one site, read as ``read`` reads them, but for the place, which is the site.

    Most titles begin with the site: 第一小学校外壁改修工事 and 緑公民館外壁改修工事 differ in nothing else, so what stands
    behind a plain name is read once, whatever the name. Why nothing is lost: such a name holds no letter that another
    stands for, no space, mark or bracket, no year and no branch mark, and none of those can begin in its last letter,
    so every pattern finds in the rest what it finds there behind any other plain name; only the place itself is found
    in the name, wholly, or behind its last の (tests/checks/test_title_parts.py). Where the name stays in the core (修繕
    alone says nothing), the core and the thing are made with it; what is not so plain is read in full.
    """

    def __init__(self, place_of_work: str) -> None:
        self._site = place_of_work
        self._stand = stand_in(place_of_work)

    def read(self, title: str) -> Title:
        """The title taken apart; ``place`` is not to be used where the site is known."""
        begins = self._stand is not None and title.startswith(self._site)
        behind = read_behind(f"{self._stand}{title[len(self._site) :]}") if begins else None
        if behind is None or self._site in behind.bare:
            return read(title, self._site)
        return _named(self._site, behind) if behind.named else behind.title


_STAND_IN = "鬯小学校"  # a plain name that no title holds
_LETTERS = re.compile(r"[\u4e00-\u9fff々\u3041-\u3096ァ-ヶー]+")
# The kanji that a place's name ends in: no other pattern begins with one, and no word of another pattern goes on behind one.
_LAST = frozenset("校園所館署団場舎院地")


@dataclass(frozen=True)
class Behind:
    """What stands behind a plain name: the title as it is behind the stand-in, and the rest without marks.

    ``named``: the name stays in the core. ``own``: it does, or it may stand in the rest again.
    """

    title: Title
    bare: str
    named: bool
    own: bool


@lru_cache(maxsize=65_536)
def stand_in(name: str) -> str | None:
    """What is read in the place of a name: the stand-in for a plain one, 日の鬯小学校 for 日の出小学校; None for any other."""
    if _plain(name):
        return _STAND_IN
    before, mark, behind = name.rpartition("の")  # with which no place's name begins
    stand = before + mark + _STAND_IN
    apart = mark and _plain(behind) and all(_one_place(one, before + mark) for one in (name, stand))
    return stand if apart else None


@lru_cache(maxsize=65_536)
def _plain(name: str) -> bool:
    """Is it the name of a place in which no pattern finds anything else, read as it is written?"""
    return name[-1:] in _LAST and _one_place(name, "")


def _one_place(name: str, before: str) -> bool:
    """Is all of a name but ``before`` the name of a place, and nothing else found in it, read as it is written?"""
    return (
        _PLACE.sub(" ", name) == f"{before} "
        and _LETTERS.fullmatch(name) is not None
        and site(name) == name
        and not any(pattern.search(name) for pattern in (_YEAR, _BRANCH, _BY_OBJECT, _JOINT))
    )


@lru_cache(maxsize=65_536)
def read_behind(text: str) -> Behind | None:
    """A title behind the stand-in. None where the rest says whether the name before it is a place, or holds the stand-in."""
    before, name, rest = text.partition(_STAND_IN)
    if _STAND_IN[0] in words.narrow(rest):
        return None
    made, whole = _read(text, before + name)
    bare, named = whole.removeprefix(before + name), name in made.core
    return Behind(made, bare, named, named or not _LAST.isdisjoint(bare)) if made.place == name else None


def _named(name: str, behind: Behind) -> Title:
    """A title that says too little without the name of its place: core and thing with it, all else as behind another.

    No pattern finds anything where the two meet (_LAST), nor does a name that ends so say too little: they are read apart.
    """
    core, thing, concepts = _parts(behind.bare)
    _, named, meant = _parts(name)
    made = behind.title
    return Title(
        made.years, name, name + core, named + thing, made.branched, made.marked, made.added,
        generic=False, concepts=meant | concepts, by_object=made.by_object,
    )  # fmt: skip


@lru_cache(maxsize=65_536)
def _parts(text: str) -> tuple[str, str, frozenset[str]]:
    """Core, thing and concepts of a name, or of what stands behind one."""
    core = _JOINT.sub("", text)
    return core, _ACTIONS.sub("", core), thesaurus.concepts(core)


def _one_script(text: str) -> str:
    """The text in one width, with the letters that OCR takes for kanji made kana: トイレ, エアコン."""
    text = words.one_script(words.narrow(text))
    return text if _INITIALS.isdisjoint(text) else _INITIAL.sub(lambda found: found[0].translate(_KANA), text)


@lru_cache(maxsize=65_536)
def site(name: str) -> str:
    """A site's name for comparing."""
    return _NOISE.sub("", words.mend(_one_script(name)))


def head_office(name: str) -> bool:
    """Is the site one where every department sits?"""
    return bool(_HEAD_OFFICE.search(name))


def _bare(text: str) -> str:
    """Without branch marks, what stands in parentheses and what ends it; the text itself if nothing is left."""
    bare = _PARENTHESES.sub("", _BRANCH.sub("", text))
    bare = _TAIL.sub("", bare) if _ENDS.match(bare[-1:]) else bare
    return _NOISE.sub("", bare) or _NOISE.sub("", text)


def _years(found: re.Match[str]) -> list[int]:
    """The fiscal years: 令和7年度, R7年度 and 2025年度 are one, 令和7・8年度 are two, 令和8年3月 is in 令和7年度."""
    if found["ad"]:
        years = [int(found["ad"])]
    else:
        marks = [1 if found["nth"] == "元" else int(found["nth"]), *([int(found["next"])] if found["next"] else [])]
        years = [_BEFORE_ERA[found["era"]] + mark for mark in marks]
    month = int(found["month"] or 0)
    return [year - 1 for year in years] if 1 <= month <= 3 and "度" not in found[0] else years


@lru_cache(maxsize=262_144)
def alike(one: str, other: str) -> float:
    """How alike two cores are, 0 to 1: shared pairs of neighbouring characters (Dice)."""
    if one == other:
        return 1.0
    first, second = pairs(one), pairs(other)
    if not first or not second:
        return 0.0
    return 2 * len(first & second) / (len(first) + len(second))


@lru_cache(maxsize=65_536)
def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters."""
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


def same_need(one: Title, other: Title) -> bool:
    """Not the yearly job of two different years."""
    return not (one.years and other.years and not one.years & other.years)
