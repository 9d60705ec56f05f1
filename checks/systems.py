"""The systems that one vendor serves, read from the titles of its contracts: a partition of a chain into parts.

A part is what hangs on one base contract where the ledger names it, else what shares a system's name
(住民基本台帳ネットワークシステムの…), else what begins alike; single titles without such a name are その他の件名.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd

from checks import ledger, periods, titles, words
from checks.cells import Cells
from checks.columns import among
from checks.register import picked

COLUMNS: Final = ("contract_id", "title", "signed_on", "ends_on", "base_contract_id", "site")
OTHER: Final = "その他の件名"
COMPETITIVE: Final = frozenset({ledger.OPEN, ledger.DESIGNATED, ledger.PROPOSAL})

_NOUN = r"(?:ネットワーク|サービス|プラットフォーム|データベース|サーバー?|クラウド|ポータル|サイト|センター|基盤|LAN|ネット)"
_SYSTEM = re.compile(rf"^(?P<name>.{{2,}}?{_NOUN}*(?:システム|{_NOUN}))(?!間)")
_NET = re.compile(r"(?:ネットワーク|サービス|LAN|ネット|センター)$")  # 事務系LAN and 事務系LANシステム are one
_PHRASES = re.compile(
    r"に係る|に係わる|に伴う|における|に関する|に基づく|のための|を用いた|及び|並びに|等(?=の|に|を|用)|[のにをとへ、,()「」【】]"
)
_YEARS = re.compile(r"(?:令和|平成|[RH])\s*[0-9元]+(?:\s*[・~-]\s*[0-9]+)?\s*年度?(?:分)?の?|20\d\d\s*年度?の?")
_BEFORE = re.compile(r"^(?:次期|新|現行|クラウド型|第[0-9一二三四五六七八九]次)")
# Abbreviations that every municipality writes for two systems of the state.
_SHORT = {"住基ネット": "住民基本台帳ネットワーク", "JPKI": "公的個人認証サービス"}
_RE_LEASE = re.compile(
    r"再リース|再賃貸借|リース(?:期間)?(?:の)?(?:延長|継続)|賃貸借(?:期間)?(?:の)?(?:延長|継続)|継続(?:賃貸借|リース)"
)
_RESEARCH = re.compile(r"調査|研究|検討")


@dataclass(frozen=True)
class Link:
    """One contract of a chain; ``yen`` is None where it is joint (shares are not published) or not known."""

    contract_id: str
    title: str
    signed_on: date
    ends_on: date | None
    joint: bool
    yen: int | None
    base: str
    site: str = ""

    @property
    def re_lease(self) -> bool:
        """Is a thing rented on that was rented already?"""
        return bool(_RE_LEASE.search(words.mend(words.narrow(self.title))))

    @property
    def research(self) -> bool:
        """調査・研究: data that the next contract may need."""
        return bool(_RESEARCH.search(self.title))


@dataclass(frozen=True)
class System:
    """A part of a chain: its links in order of date."""

    name: str
    links: tuple[Link, ...]
    base: str = ""  # the base contract's id, where the ledger has it

    @property
    def yen(self) -> int:
        """Of the contracts held alone."""
        return sum(link.yen or 0 for link in self.links if not link.joint)

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last signing."""
        return self.links[0].signed_on, self.links[-1].signed_on


def links(rows: Iterable[Any]) -> list[Link]:
    """Plain rows of contracts (COLUMNS, their vendor's ``joint``, ``yen`` as changed), in order, as links."""
    return [
        Link(
            contract_id=row.contract_id,
            title=row.title,
            signed_on=row.signed_on,
            ends_on=row.ends_on,
            joint=row.joint,
            yen=None if row.joint else row.yen,
            base=row.base_contract_id,
            site=row.site,
        )
        for row in rows
    ]


def parts(chain: Sequence[Link], base_titles: Mapping[str, str], beginning: int) -> tuple[System, ...]:
    """The chain (in order of date) as systems, the one with the most contracts first. Each link is in exactly one.

    Titles that name no system are of one part where they share ``beginning`` letters at their head.
    """
    names = _names(chain, beginning)
    by_base: defaultdict[str, list[Link]] = defaultdict(list)
    for link in chain:
        if link.base:
            by_base[link.base].append(link)
    called = {base: system_name(base_titles.get(base, "")) or _commonest(names, held) for base, held in by_base.items()}
    bases = defaultdict(list)
    for base, name in called.items():
        bases[name].append(base)
    groups: defaultdict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in chain:
        name = called[link.base] if link.base else names[link.contract_id]
        owners = bases.get(name, [])
        base = link.base or (owners[0] if len(owners) == 1 else "")
        groups[(name, base)].append(link)
    found = []
    for (name, base), held in groups.items():
        label = _label(name, held)
        found.append(System(f"{label}（{base}）" if base and len(bases[name]) > 1 else label, tuple(held), base))
    return tuple(sorted(found, key=lambda one: (one.name == OTHER, -len(one.links), one.name)))


@lru_cache(maxsize=65_536)
def system_name(title: str) -> str:
    """The system that a title is about: its first phrase that ends in a word for one; "" if there is none.

    Behind a net or service the word システム is left out (``_label`` puts it back).

    >>> system_name("住基ネット機器の更新作業"), system_name("令和8年度 次期事務系LANシステム設定"), system_name("庁舎清掃")
    ('住民基本台帳ネットワーク', '事務系LAN', '')
    """
    text = _YEARS.sub("", words.mend(words.narrow(title)))
    for phrase in _PHRASES.split(text):
        if not phrase:
            continue
        begun = _BEFORE.sub("", phrase.strip())
        for short, long in _SHORT.items():
            if begun.startswith(short):
                return long
        if found := _SYSTEM.match(begun):
            bare = found["name"].removesuffix("システム")
            return bare if _NET.search(bare) else found["name"]
    return ""


def _label(name: str, held: Iterable[Link]) -> str:
    """The name as the titles write it."""
    whole = f"{name}システム"
    written = name in _SHORT.values() or any(whole in words.mend(words.narrow(link.title)) for link in held)
    return whole if _NET.search(name) and written else name


def _names(chain: Sequence[Link], beginning: int) -> dict[str, str]:
    """contract_id → the name of its part by title alone."""
    names, rest = {}, []
    for link in chain:
        if name := system_name(link.title):
            names[link.contract_id] = name
        else:
            rest.append((titles.read(link.title, link.site).core, link.contract_id))
    groups = _begin_alike(rest, beginning)
    singles = sum(len(ids) == 1 for _, ids in groups)
    for shared, ids in groups:
        label = shared if len(ids) > 1 or singles == 1 else OTHER
        names.update(dict.fromkeys(ids, label))
    return names


def _begin_alike(cores: Iterable[tuple[str, str]], beginning: int) -> list[tuple[str, list[str]]]:
    """(core, id) grouped by a beginning that they share: sorted, so that one pass finds them."""
    groups: list[tuple[str, list[str]]] = []
    for core, contract_id in sorted(cores):
        shared = _shared(groups[-1][0], core) if groups else ""
        if groups and (core == groups[-1][0] or len(shared) >= beginning):
            ids = groups[-1][1]
            ids.append(contract_id)
            groups[-1] = (shared or core, ids)
        else:
            groups.append((core, [contract_id]))
    return groups


def _shared(one: str, other: str) -> str:
    length = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return re.sub(r"(?:等|及び|[のにをとへで])+$", "", one[:length])


def _commonest(names: Mapping[str, str], held: Sequence[Link]) -> str:
    counts = Counter(names[link.contract_id] for link in held if names[link.contract_id] != OTHER)
    if not counts:
        return titles.read(held[0].title, held[0].site).core
    return min(counts.items(), key=lambda item: (-item[1], item[0]))[0]


# --- the base contract ----------------------------------------------------------------------------------------------


class Known(StrEnum):
    """How surely a contract is the base of a part."""

    RECORDED = "記録"
    ABSENT = "台帳にない"
    CANDIDATE = "候補"


@dataclass(frozen=True)
class Base:
    """The contract from which a part of a chain hangs; title, date and method only where the ledger holds it."""

    known: Known
    contract_id: str
    title: str = ""
    signed_on: date | None = None
    method: str = ""

    @property
    def text(self) -> str:
        """In words, for a sentence."""
        if self.known is Known.ABSENT or self.signed_on is None:
            return f"{self.contract_id}（{Known.ABSENT.value}）"
        held = f"{self.contract_id}「{self.title}」（{periods.short(self.signed_on)}、{self.method or '契約方式の記録なし'}）"
        return f"候補 {held}" if self.known is Known.CANDIDATE else held


_OF_A_BASE = ("contract_id", "title", "signed_on", "method")


def recorded(contracts: pd.DataFrame, wanted: set[str]) -> dict[str, Base]:
    """The base contracts that the ledger holds, by id."""
    places = np.flatnonzero(among(contracts["contract_id"], wanted - {""}))
    return {row.contract_id: Base(Known.RECORDED, *row) for row in picked(contracts, places, _OF_A_BASE)}


def competed(contracts: Cells, held: Mapping[str, Iterable[int]]) -> dict[str, list[Base]]:
    """identity → those of its contracts (places) that it won in competition, as candidates."""
    won = contracts.where("method", COMPETITIVE.__contains__)
    places = {identity: [place for place in of if won[place]] for identity, of in held.items()}
    return {
        identity: [Base(Known.CANDIDATE, *row) for row in picked(contracts, np.array(of, dtype=np.int64), _OF_A_BASE)]
        for identity, of in places.items()
        if of
    }


def base_of(part: System, held: Mapping[str, Base], competitive: Sequence[Base], alike: float) -> Base | None:
    """The recorded base; else, of the vendor's own competitive contracts before the part, the one most alike; else None.

    A candidate is at least as like the part's first title as ``alike`` (0–1), or is about the same system.
    """
    if part.base:
        return held.get(part.base, Base(Known.ABSENT, part.base))
    first = part.links[0]
    core = titles.read(first.title, first.site).core
    scored = [
        (titles.alike(titles.read(one.title).core, core), one.signed_on, one.contract_id, one)
        for one in competitive
        if one.signed_on is not None and one.signed_on < first.signed_on and part.name != OTHER
    ]
    own = system_name(first.title)
    near = [entry for entry in scored if entry[0] >= alike or (own and system_name(entry[3].title) == own)]
    return max(near, key=lambda entry: entry[:3])[3] if near else None


# --- the next renewal -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Renewal:
    """When a part is expected to be let again, and whether that is estimated from its yearly rhythm."""

    on: date
    system: str
    estimated: bool


def next_renewal(found: Iterable[System], slack_days: int, as_of: date) -> Renewal | None:
    """The earliest renewal that is still to come; None where nothing tells it."""
    coming = [one for part in found if (one := _renewal(part, slack_days)) and one.on >= as_of]
    return min(coming, key=lambda one: (one.on, one.system), default=None)


def _renewal(part: System, slack_days: int) -> Renewal | None:
    ends = [link.ends_on for link in part.links if link.ends_on]
    if ends:
        return Renewal(periods.after_next_day(max(ends), 1), part.name, estimated=False)
    days = [link.signed_on for link in part.links]
    yearly = [
        day for day in days if all(_near(days, periods.months_after(day, -12 * years), slack_days) for years in (1, 2))
    ]
    if part.name == OTHER or not yearly:
        return None
    return Renewal(periods.months_after(yearly[-1], 12), part.name, estimated=True)


def _near(days: Sequence[date], day: date, slack_days: int) -> bool:
    """Is there one of the sorted days within so many days of a day?"""
    slack = timedelta(days=slack_days)
    return bisect_left(days, day - slack) < bisect_right(days, day + slack)
