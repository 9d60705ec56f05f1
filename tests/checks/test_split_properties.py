"""The pairs, bridges and sets of 分割発注 found as numbers are those found by asking of each pair in turn."""

from collections import defaultdict
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from checks import episodes, linking, split_orders
from checks.evidence import SplitParameters, link
from checks.ledger import CONTRACTS
from checks.register import KNOWN, build
from monitor.rulebooks import load
from monitor.settings import default_config_dir

RULEBOOK = load([default_config_dir() / "rulebooks"])["municipality"]
FIRST = date(2025, 3, 20)
_TITLES = [
    "側溝改修工事（その1）", "側溝改修工事（その2）", "側溝改修工事", "第一小学校床改修工事", "第一小学校床補修工事その1", "令和6年度電算機保守業務",
    "令和7年度電算機保守業務", "令和6・7年度電算機保守業務", "消耗品の購入", "消耗品の購入その1", "消耗品の購入その2", "エアコン購入", "空調設備修繕",
    "屋外時計", "屋外時計引込柱設置工事", "机購入", "椅子の購入", "書架", "机・椅子購入", "自賠責保険料", "自賠責保険料その1", "本庁舎修繕", "修繕", "",
]  # fmt: skip
_CONTRACT = st.fixed_dictionaries(
    {
        "bureau": st.sampled_from(["建設部", "建設部", "教育部"]),
        "department": st.sampled_from(["建設部 道路課", "教育部 施設課", ""]),
        "title": st.sampled_from(_TITLES),
        "category": st.sampled_from(["工事", "物品購入", "業務委託"]),
        "method": st.just("随意契約"),
        "ground": st.sampled_from(["1号", ""]),
        "signed_on": st.one_of(st.integers(0, 12), st.integers(0, 500)).map(lambda days: FIRST + timedelta(days=days)),
        "starts_on": st.sampled_from([None, FIRST, FIRST + timedelta(days=365)]),
        "ends_on": st.sampled_from([None, FIRST + timedelta(days=200), FIRST + timedelta(days=364), FIRST + timedelta(days=800)]),
        "estimated_price": st.sampled_from([None, 400_000, 650_000, 1_100_000, 1_298_000, 1_990_000]),
        "amount": st.sampled_from([390_000, 640_000, 640_000]),
        "vendors": st.sampled_from(["㈱甲", "乙㈲", "丙商店", "㈱甲\n乙㈲", "丁\n乙㈲\n㈱甲", "非公表", ""]),
        "site": st.sampled_from(["", "第一小学校", "本庁舎", "泉公園"]),
    }
)  # fmt: skip
_POINTS = st.integers(0, 5)
_PARAMETERS = st.builds(
    SplitParameters,
    window_days=st.integers(1, 366),
    marked_days=st.integers(90, 366),
    long_term_days=st.integers(180, 366),
    outfit_days=st.integers(0, 90),
    one_job_days=st.integers(0, 31),
    thing_letters=st.integers(1, 10),
    compared=st.sampled_from([8, 9, 64]),
    near_title=st.sampled_from([0.5, 0.75, 1]),
    link=st.integers(1, 12),
    **dict.fromkeys(
        (
            *("one_outfit", "same_vendor", "same_department", "same_site", "same_title", "near_titles", "synonyms"),
            *("generic_title", "same_thing", "equal_amounts", "same_day", "within_7_days", "within_30_days"),
        ),
        _POINTS,
    ),
)


@st.composite
def _pieces(draw):
    drawn = draw(st.lists(_CONTRACT, min_size=2, max_size=40))
    rows = [
        {**row, "contract_id": f"C{n:02}", "procured_on": row["signed_on"], KNOWN: 1} for n, row in enumerate(drawn)
    ]
    register = build("M", "模擬市", {"contracts": rows}, {1: frozenset(CONTRACTS.by_name)})
    return split_orders.pieces_of(register, RULEBOOK, split_orders.answerable(register, RULEBOOK)[0])


@given(pieces=_pieces(), parameters=st.one_of(st.just(SplitParameters()), _PARAMETERS))
@settings(max_examples=150)
def test_pairs_and_sets_are_those_of_the_plain_way(pieces, parameters):
    held = list(pieces)
    assert held == sorted(held, key=lambda piece: (piece.signed_on, piece.contract_id))
    near = sorted(_neighbours(held, parameters))
    found = {pair for lot in linking.neighbours(pieces, parameters) for pair in zip(*(one.tolist() for one in lot), strict=True)}  # fmt: skip
    assert sorted(found) == near
    for one, other in linking.neighbours(pieces, parameters):
        told = linking.linked(pieces, one, other, parameters).tolist()
        pairs = zip(one.tolist(), other.tolist(), strict=True)
        assert told == [_linked(held[i], held[j], parameters) for i, j in pairs]
    sets = [members.tolist() for members in episodes.episodes(pieces, parameters)]
    assert sets == _episodes(held, near, parameters)


@given(pieces=_pieces(), parameters=st.one_of(st.just(SplitParameters()), _PARAMETERS), data=st.data())
def test_parts_above_a_limit_are_those_of_the_plain_way(pieces, parameters, data):
    members = list(pieces)
    limits = data.draw(st.lists(st.integers(1, 9), min_size=len(members), max_size=len(members)))
    sign = data.draw(st.sampled_from([1, -1]))
    limits = [sign * limit * 400_000 for limit in limits]
    found = list(split_orders._above(members, parameters, limits))
    assert found == list(
        _above(members, parameters, dict(zip((one.contract_id for one in members), limits, strict=True)))
    )


# --- the plain way ---------------------------------------------------------------------------------------------------


def _linked(one, other, parameters):
    return sum(link(one, other, parameters).values()) >= parameters.link


def _days(one, other):
    return abs((other.signed_on - one.signed_on).days)


def _neighbours(pieces, parameters):
    shelves, found = defaultdict(list), set()
    for i, piece in enumerate(pieces):
        for shelf in (shelves[(piece.bureau, *label)] for label in _labels(piece)):
            near = shelf[-parameters.compared :]
            found |= {(j, i) for j in near if _days(pieces[j], piece) <= max(parameters.window_days, parameters.marked_days)}  # fmt: skip
            shelf.append(i)
    return found


def _labels(piece):
    concepts = [("concept", concept) for concept in piece.reading.concepts]
    named = (*concepts, ("core", piece.reading.core), ("thing", piece.reading.thing), *(("vendor", one) for one in piece.vendors))  # fmt: skip
    return [label for label in named if label[1]]


def _episodes(pieces, pairs, parameters):
    links = defaultdict(set)
    for i, j in pairs:
        if _linked(pieces[i], pieces[j], parameters):
            links[i].add(j)
            links[j].add(i)

    def held(i, j):
        if not links[i].isdisjoint(links[j]):
            return True
        others = (links[i] | links[j]) - {i, j}
        far = (max(_days(pieces[k], pieces[i]), _days(pieces[k], pieces[j])) for k in others)
        return sum(days <= parameters.window_days for days in far) < 2

    kept = {i: {j for j in near if held(i, j)} for i, near in links.items()}
    found, seen = [], set()
    for start in range(len(pieces)):
        if start in seen or not kept.get(start):
            continue
        members, waiting = {start}, [start]
        while waiting:
            new = kept[waiting.pop()] - members
            members |= new
            waiting += new
        seen |= members
        found.append(sorted(members))
    return found


def _above(members, parameters, limits):
    start = 0
    while start < len(members):
        part = [one for one in members[start:] if _days(members[start], one) <= parameters.longest_days]
        if sum(one.measure for one in part) > abs(max(limits[one.contract_id] for one in part)):
            yield part
            start += len(part)
        else:
            start += 1
