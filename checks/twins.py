"""Identities that are probably one vendor: proposals for a person, never a merge.

A name that nearly equals another is proposed only where something else speaks for it: one address, or letters that
differ only as a hurried writer or OCR confuses them. An equal address alone says nothing (groups share a building). Two
valid 法人番号 are two companies, however alike: the register of the state says so.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pandas as pd
from pydantic import Field

from checks import words
from checks.catalogue import Parameters

# A letter that tells sister companies apart, not a slip of the pen: 東日本/西日本, 第一/第二, 新甲乙.
_MEANT: Final = frozenset("0123456789一二三四五六七八九十東西南北中新旧本元上下大小前後内外男女")

# Two forms of one character, of which families and registers use either: one address makes them one name.
_VARIANTS: Final = {
    letter: group[0]
    for group in [
        "沢澤",
        "斉斎齊齋",
        "広廣",
        "浜濱濵",
        "真眞",
        "桜櫻",
        "国國",
        "辺邊邉",
        "島嶋嶌",
        "瀬瀨",
        "恵惠",
        "竜龍",
        "万萬",
        "与與",
        "関關",
        "滝瀧",
        "条條",
        "豊豐",
        "桧檜",
        "会會",
        "栄榮",
        "実實",
        "宝寶",
        "塩鹽",
        "鉄鐵",
        "学學",
        "応應",
        "静靜",
        "円圓",
        "県縣",
        "検檢",
        "高髙",
        "崎﨑",
        "吉𠮷",
        "徳德",
    ]
    for letter in group
}


class VendorParameters(Parameters):
    """Judgement, not law: how alike two names must be."""

    least_letters: int = Field(
        5, ge=3, le=20, description="shorter names that differ in one letter are mostly two companies"
    )
    least_letters_swapped: int = Field(
        3,
        ge=2,
        le=20,
        description="in shorter names two letters in the other order, or a double one, may be another name",
    )
    least_letters_kanji: int = Field(
        10, ge=3, le=50, description="in shorter names one kanji for another is rather another surname than a slip"
    )
    most_alike: int = Field(
        8,
        ge=2,
        le=50,
        description="more names that differ in one letter are a series of names (第1号, 第2号), not slips",
    )


class Likeness(StrEnum):
    """How two names are alike, the strongest first."""

    SAME = "同じで、一方にだけ法人番号がある"
    FORM = "法人の種類の表記又は位置（前株・後株）だけが違う"
    SPELLING = "長音・中点・小書き文字・大文字小文字など表記の揺れだけが違う"
    VARIANT = "漢字の新旧の字体だけが違う"
    LETTER = "1文字だけ違う"


@dataclass(frozen=True)
class Twin:
    """Two identities, sorted, their names for comparing, and the address that they share ("" if only the names speak)."""

    identities: tuple[str, str]
    companies: tuple[str, str]
    likeness: Likeness
    address: str = ""

    @property
    def subject(self) -> str:
        """The pair as one stable text."""
        return "|".join(self.identities)


@dataclass(frozen=True)
class _Name:
    identity: str
    company: str
    core: str
    skeleton: str
    body: bool  # surely no person


def twins(
    vendors: pd.DataFrame, places: Mapping[str, frozenset[str]], parameters: VendorParameters
) -> tuple[Twin, ...]:
    """The pairs of identities of an exploded frame (checks/vendors.py) that are probably one vendor, sorted."""
    open_ = ~vendors["hidden"].to_numpy(bool)
    columns = (vendors[name].array[open_] for name in ("identity", "company"))
    return twins_of(set(zip(*columns, strict=True)), places, parameters)


def twins_of(
    names: Set[tuple[str, str]], places: Mapping[str, frozenset[str]], parameters: VendorParameters
) -> tuple[Twin, ...]:
    """The same of the distinct pairs of an identity and its company.

    ``places`` are the addresses by identity; names whose cores are shorter than least_letters are compared with nothing
    but themselves. Linear in the number of names: pairs are looked for only within one address and one piece of a name.
    """
    found: dict[tuple[str, str], Twin] = {}
    here, alike = _neighbours(names, places), _alike(names)
    for twin in (*_at_one_address(here, places, parameters), *_by_spelling(alike, places, parameters)):
        held = found.get(twin.identities)
        if held is None or _rank(twin) < _rank(held):
            found[twin.identities] = twin
    return tuple(found[pair] for pair in sorted(found))


def _neighbours(vendors: Iterable[tuple[str, str]], places: Mapping[str, frozenset[str]]) -> list[_Name]:
    """Those that share an address with another identity."""
    count = Counter(place for held in places.values() for place in held)
    shared = {identity for identity, held in places.items() if any(count[place] > 1 for place in held)}
    return [_name(*one) for one in sorted(one for one in vendors if one[0] in shared)] if shared else []


def _alike(vendors: Collection[tuple[str, str]]) -> list[_Name]:
    """Those that share a skeleton with another vendor: few, and only of them more is asked."""
    skeletons = [words.skeleton(company) for _, company in vendors]
    count = Counter(skeletons)
    if len(count) == len(skeletons):
        return []
    shared = (one for one, skeleton in zip(vendors, skeletons, strict=True) if count[skeleton] > 1)
    return [_name(*one) for one in sorted(shared)]


def _name(identity: str, company: str) -> _Name:
    core, skeleton = words.core(company), words.skeleton(company)
    return _Name(identity, company, core, skeleton, words.is_body(company) or _numbered(identity))


def _rank(twin: Twin) -> tuple[bool, int, str]:
    return not twin.address, list(Likeness).index(twin.likeness), twin.address


def _numbered(identity: str) -> bool:
    return identity.startswith("number:")


def _pair(one: _Name, other: _Name, likeness: Likeness, address: str = "") -> Twin:
    first, second = sorted((one, other), key=lambda name: (name.identity, name.company))
    return Twin((first.identity, second.identity), (first.company, second.company), likeness, address)


def _pairs(buckets: Mapping[object, list[_Name]], most: int) -> Iterator[tuple[_Name, _Name]]:
    """Pairs of different identities within a bucket, of which one at most has a 法人番号; a long bucket is a series."""
    for bucket in buckets.values():
        if not 2 <= len({name.identity for name in bucket}) <= most:
            continue
        for i, one in enumerate(bucket):
            for other in bucket[i + 1 :]:
                if one.identity != other.identity and not (_numbered(one.identity) and _numbered(other.identity)):
                    yield one, other


def _at_one_address(
    names: Iterable[_Name], places: Mapping[str, frozenset[str]], parameters: VendorParameters
) -> Iterator[Twin]:
    here: defaultdict[str, list[_Name]] = defaultdict(list)
    for name in names:
        for place in sorted(places.get(name.identity, ())):
            here[place].append(name)
    for place, neighbours in sorted(here.items()):
        if len({name.identity for name in neighbours}) < 2:
            continue
        by_piece: defaultdict[object, list[_Name]] = defaultdict(list)
        for name in neighbours:
            for piece in _pieces(name.core) | {f"skeleton {name.skeleton}"}:
                by_piece[piece].append(name)
        ambiguous = _ambiguous(neighbours)
        for one, other in _pairs(by_piece, parameters.most_alike):
            likeness = _likeness(one, other, parameters)
            if likeness and not (likeness is Likeness.SAME and one.company in ambiguous):
                yield _pair(one, other, likeness, place)


def _ambiguous(neighbours: Iterable[_Name]) -> set[str]:
    """The names of which several companies live here."""
    companies = Counter(
        company for company, _ in {(one.company, one.identity) for one in neighbours if _numbered(one.identity)}
    )
    return {company for company, count in companies.items() if count > 1}


def _by_spelling(
    names: Iterable[_Name], places: Mapping[str, frozenset[str]], parameters: VendorParameters
) -> Iterator[Twin]:
    """Names that are one to a hurried writer, wherever they live, unless both are known to live elsewhere."""
    by_skeleton: defaultdict[object, list[_Name]] = defaultdict(list)
    for name in names:
        if name.body and len(name.core) >= parameters.least_letters:
            by_skeleton[name.skeleton].append(name)
    for one, other in _pairs(by_skeleton, parameters.most_alike):
        homes = places.get(one.identity), places.get(other.identity)
        if one.company != other.company and not (homes[0] and homes[1] and not homes[0] & homes[1]):
            yield _pair(one, other, Likeness.SPELLING)


def _pieces(core: str) -> set[str]:
    """The name and the name without each of its letters, in one form: two names one letter apart share one of these."""
    plain = "".join(_VARIANTS.get(letter, letter) for letter in core)
    return {core, plain, *(plain[:i] + plain[i + 1 :] for i in range(len(plain)))}


def _likeness(one: _Name, other: _Name, parameters: VendorParameters) -> Likeness | None:
    if one.company == other.company:
        return Likeness.SAME
    if one.core == other.core and (one.body or other.body):
        return Likeness.FORM
    if not (one.body and other.body):
        return None
    if one.skeleton == other.skeleton and min(len(one.core), len(other.core)) >= parameters.least_letters:
        return Likeness.SPELLING
    short, long = sorted((one.core, other.core), key=len)
    if _same_letters(short, long):
        return Likeness.VARIANT
    if _swapped_or_doubled(short, long) and len(short) >= parameters.least_letters_swapped:
        return Likeness.LETTER
    slip = len(short) >= parameters.least_letters and _slip(short, long, parameters.least_letters_kanji)
    return Likeness.LETTER if slip else None


def _same_letters(one: str, other: str) -> bool:
    """The same name, with another form of some character: 澤田 and 沢田."""
    return len(one) == len(other) and all(
        _VARIANTS.get(a, a) == _VARIANTS.get(b, b) for a, b in zip(one, other, strict=True)
    )


def _swapped_or_doubled(short: str, long: str) -> bool:
    """Two neighbouring letters in the other order, or one typed twice: no company is named so on purpose."""
    start = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(long) == len(short) + 1:
        return short[start:] == long[start + 1 :] and start > 0 and long[start] == long[start - 1]
    swapped = len(short) == len(long) and short[start + 2 :] == long[start + 2 :]
    swapped = swapped and short[start : start + 2] == long[start : start + 2][::-1]
    return swapped and start > 1  # 田中 and 中田 are two families


def _slip(short: str, long: str, least_kanji: int) -> bool:
    """One letter more or other, and not one that tells sister companies apart."""
    start = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(long) == len(short) + 1:
        return short[start:] == long[start + 1 :] and long[start] not in _MEANT
    if len(long) != len(short) or short[start + 1 :] != long[start + 1 :]:
        return False
    letters = {short[start], long[start]}
    branded = start == len(short) - 1 and all(letter.isascii() for letter in letters)  # …A and …B
    named = all("\u4e00" <= letter <= "\u9fff" for letter in letters) and len(short) < least_kanji  # 中島 and 中村
    return not letters <= _MEANT and not branded and not named
