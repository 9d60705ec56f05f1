"""Pictures: well-formed whatever a ledger holds, every value in words, nothing outside, nothing hidden by a label."""

import re
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checks import yen
from monitor.digest.items import Contract
from monitor.digest.model import TrendWeek
from monitor.digest.pictures import choose, read, svg
from monitor.digest.pictures.picture import Picture
from monitor.digest.pictures.trend import trend
from monitor.digest.week import Week
from monitor.digest.week import of as week_of
from tests.digest.picture_cases import AS_OF, CASES, FIGURES, contract

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><svg onload=x>",
    "a\x00\x1b\x85\u202e\ufffe\udfffb",
    "長" * 3000,
    "&amp;]]>",
    "",
]
CHECKS = ["split_orders", "sole_source_chain", "limit_bunching", "subcontract_ratio"]


def examined(picture: Picture) -> ET.Element:
    """The picture, after what holds of each one."""
    root = ET.fromstring(picture.svg)
    wide, high = (float(side) for side in root.attrib["viewBox"].split()[2:])
    assert wide == 328
    assert root.attrib["role"] == "img"
    ids = [one.attrib["id"] for one in root.iter() if "id" in one.attrib]
    assert root.attrib["aria-labelledby"].split() == ids[:2]
    assert len(ids) == len(set(ids))
    assert root.find(f"{SVG}title").text == picture.title
    assert root.find(f"{SVG}desc").text == picture.desc
    for one in root.iter():
        assert "style" not in one.attrib
        assert one.tag.removeprefix(SVG) in {"svg", "title", "desc", "defs", "pattern", "path", "rect", "line", "text"}
        if one.tag == f"{SVG}rect" and "x" in one.attrib:
            x, y, w, h = (float(one.attrib[name]) for name in ("x", "y", "width", "height"))
            assert x >= -0.1
            assert x + w <= wide + 0.3
            assert y >= 0
            assert y + h <= high
        if one.tag == f"{SVG}text":
            left, top, right, bottom = frame(one)
            assert left >= -0.5, one.text
            assert right <= wide + 0.5, one.text
            assert top >= 0
            assert bottom <= high
    return root


def frame(text: ET.Element) -> tuple[float, float, float, float]:
    x, y, long = float(text.attrib["x"]), float(text.attrib["y"]), svg.width(text.text or "")
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[text.attrib.get("text-anchor", "start")] * long
    return left, y - 10, left + long, y + 2


def overlaps(root: ET.Element) -> list[tuple[str, str]]:
    texts = [(one.text or "", frame(one)) for one in root.iter(f"{SVG}text")]
    return [
        (one, other)
        for i, (one, a) in enumerate(texts)
        for other, b in texts[i + 1 :]
        if a[0] + 0.5 < b[2] and b[0] + 0.5 < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


@pytest.mark.parametrize("name", CASES)
def test_each_kind_is_drawn_whole_with_no_text_on_another(name: str) -> None:
    picture = CASES[name]
    assert picture is not None
    root = examined(picture)
    assert overlaps(root) == []
    assert len(picture.svg.encode()) <= (7 if name.startswith("trend") else 5) * 1024  # one trend, many findings
    assert re.search(r"[0-9]", picture.title)


def test_the_title_is_the_finding_in_words() -> None:
    assert CASES["split"].title == "4件の合計486万円／限度額の3.2倍"
    assert CASES["histogram"].title == "500万円の直下20件（見込みは多くても6.3件）／直上0件"
    assert CASES["ratio"].title == "再請負 52.40%／50%を1,008,000円上回る"
    assert CASES["chain"].title == "3年の間に同じ相手方と5件・7,980万円"
    assert CASES["trend"].title == "12週で47件から53件に（うち高 9件）"


def test_an_amount_just_above_is_never_rounded_to_the_limit() -> None:
    figures = {"amounts": [500_000] * 2 + [500_001], "signed_on": ["2026-03-02"] * 3, "limit": 1_500_000}
    picture = choose.of("split_orders", "SP-1", {**figures, "sum": 1_500_001}, (), AS_OF)
    assert picture is not None
    assert picture.title == "3件の合計150万円／限度額を1円上回る"
    close = {
        "parts": [1_000_001],
        "amount": 2_000_000,
        "ratio": "50.00",
        "limit_percent": "50",
        "excess": 1,
        "minor": 0,
    }
    picture = choose.of("subcontract_ratio", "SB-1", close, (), AS_OF)
    assert picture is not None
    assert picture.title == "再請負が50%を1円上回る"


# --- split -----------------------------------------------------------------------------------------------------------


@st.composite
def splits(draw: st.DrawFn) -> dict[str, object]:
    amounts = draw(st.lists(st.integers(1, 10**9), min_size=3, max_size=60))
    days = sorted(
        draw(st.lists(st.dates(date(2000, 1, 1), date(2030, 1, 1)), min_size=len(amounts), max_size=len(amounts)))
    )
    return {
        "amounts": amounts,
        "signed_on": [day.isoformat() for day in days],
        "sum": sum(amounts),
        "limit": draw(st.integers(max(1, sum(amounts) // 40), sum(amounts) - 1)),
        "limit_class": draw(st.sampled_from(HOSTILE)),
    }


@settings(deadline=None)
@given(splits())
def test_a_split_hides_no_label_and_tells_every_value(figures: dict[str, object]) -> None:
    picture = choose.of("split_orders", "SP-2M9XD", figures, (), AS_OF)
    assert picture is not None
    root = examined(picture)
    assert overlaps(root) == []
    amounts = figures["amounts"]
    for amount in amounts[: read.NUMBERED]:
        assert yen.exact(amount) in picture.desc
    if len(amounts) > read.NUMBERED:
        assert f"ほか{len(amounts) - read.NUMBERED}件" in picture.desc
    bars = [one for one in root.iter(f"{SVG}rect") if one.attrib.get("class", "").split()[0] in ("g-s1", "g-over")][2:]
    limits = [frame(one) for one in root.iter(f"{SVG}text") if one.attrib.get("class") == "g-red"]
    for left, top, right, bottom in limits:
        for bar in bars:
            x, y, w, h = (float(bar.attrib[name]) for name in ("x", "y", "width", "height"))
            assert x + w <= left or right <= x or y + h <= top or bottom <= y


# --- chain -----------------------------------------------------------------------------------------------------------

near = st.dates(date(2015, 1, 1), date(2026, 3, 22))
held = st.builds(
    Contract,
    contract_id=st.uuids().map(str),
    title=st.one_of(st.sampled_from([*HOSTILE, "住民記録システム改修", "税システム保守"]), st.text(max_size=40)),
    signed_on=st.none() | near,
    amount=st.none() | st.integers(0, 10**10),
    vendors=st.sampled_from(HOSTILE),
    department=st.just("課"),
    method=st.sampled_from(["随意契約", "一般競争", ""]),
    starts_on=st.none() | near,
    ends_on=st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31)),
)


@settings(deadline=None)
@given(st.lists(held, max_size=40, unique_by=lambda one: one.contract_id), st.sampled_from(HOSTILE), st.none() | near)
def test_a_chain_is_drawn_from_any_contracts(contracts: list[Contract], vendor: str, renewal: date | None) -> None:
    figures = {"vendor": vendor, "next_renewal_on": renewal and renewal.isoformat(), "next_renewal_by": vendor}
    picture = choose.of("sole_source_chain", "SC-1", figures, contracts, AS_OF)
    dated = [one for one in contracts if one.signed_on]
    assert (picture is not None) == (len(dated) >= 3)
    if picture:
        assert overlaps(examined(picture)) == []


def test_competition_in_a_chain_is_hollow() -> None:
    picture = CASES["chain_ticks"]
    assert picture is not None
    assert picture.svg.count('class="g-hollow"') == 2  # the key and the one contract
    assert "R" in picture.desc
    assert "競争" in picture.desc


def test_a_chain_of_many_systems_draws_seven_and_counts_the_rest() -> None:
    contracts = [
        contract(f"C{n}-{i}", f"{'ABCDEFGHIJKL'[n]}管理システム保守", 2020 + i) for n in range(12) for i in range(4)
    ]
    figures = {"systems": {f"{'ABCDEFGHIJKL'[n]}管理システム": 4 for n in range(12)}}
    picture = choose.of("sole_source_chain", "SC-1", figures, contracts, AS_OF)
    assert picture is not None
    examined(picture)
    assert "ほか5の対象" in picture.svg
    assert len(picture.rows) == 13


def test_a_hundred_contracts_of_a_chain_stay_small() -> None:
    days = [date(2016, 4, 1) + timedelta(days=30 * n) for n in range(120)]
    contracts = [Contract(f"C{n}", "住民記録システム改修", day, 1, "甲", "課") for n, day in enumerate(days)]
    picture = choose.of("sole_source_chain", "SC-1", {}, contracts, AS_OF)
    assert picture is not None
    assert len(picture.svg.encode()) < 12 * 1024


# --- histogram, ratio, trend -----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=10, max_size=10), st.integers(0, 300), st.booleans())
@example([0] * 5 + [20] + [0] * 4, 3, False)
def test_a_histogram_shows_every_band(counts: list[int], usual: int, exact: bool) -> None:
    limit, bar = (4_999_999, 250_001) if exact else (5_000_000, 250_000)
    edges = [limit + bar * n for n in range(-6, 5)]
    short = [yen.exact(edge) if edge % 10_000 else yen.rough(edge) for edge in edges]
    bands = [f"{low}超{high}以下" for low, high in pairwise(short)]
    figures = {
        "histogram": dict(zip(bands, counts, strict=True)), "limit": limit, "below": counts[5], "above": counts[6],
        "usual": f"{usual / 10}",
    }  # fmt: skip
    picture = choose.of("limit_bunching", "LB-1", figures, (), AS_OF)
    assert (picture is not None) == (sum(counts) >= 15)
    if picture:
        assert overlaps(examined(picture)) == []
        assert all(f"{band} {count}件" in picture.desc for band, count in zip(bands, counts, strict=True))


def test_a_histogram_is_in_order_of_amount_however_it_was_stored() -> None:
    check, figures, _ = FIGURES["histogram"]
    stored = {**figures, "histogram": dict(sorted(figures["histogram"].items(), reverse=True))}
    assert choose.of(check, "X-histogram", stored, (), AS_OF) == CASES["histogram"]
    torn = {band: count for band, count in figures["histogram"].items() if not band.startswith("400")}
    assert choose.of(check, "X-histogram", {**figures, "histogram": torn}, (), AS_OF) is None


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40), st.integers(1, 10**9), st.integers(0, 10**6))
def test_a_ratio_tells_every_part(parts: list[int], amount: int, minor: int) -> None:
    total = sum(parts)
    figures = {
        "parts": parts, "amount": amount, "ratio": yen.percent(total, amount, 2), "limit_percent": "50", "minor": minor,
        "excess": max(0, total - amount // 2),
    }  # fmt: skip
    picture = choose.of("subcontract_ratio", "SB-1", figures, (), AS_OF)
    assert (picture is not None) == (amount < 2 * total <= 20 * amount and minor <= total)
    if picture:
        assert overlaps(examined(picture)) == []
        assert all(f"{part:,}円" in picture.desc for part in parts[: read.NUMBERED])


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 99_999)] * 4), max_size=15))
@example([(0, 0, 0, 0)] * 3)
@example([(12_345, 9_999, 800, 700)] * 12)
def test_a_trend_prints_every_value(numbers: list[tuple[int, int, int, int]]) -> None:
    weeks = [TrendWeek(week_of(date(2025, 12, 1) + timedelta(weeks=n)), *row) for n, row in enumerate(numbers)]
    picture = trend(weeks)
    assert (picture is not None) == (len(numbers) >= 3)
    if picture:
        root = examined(picture)
        assert overlaps(root) == []
        printed = [one.text for one in root.iter(f"{SVG}text")]
        for row in numbers[-12:]:
            assert {str(number) for number in row} <= set(printed)


# --- figures that are odd --------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=5)
    | st.sampled_from(HOSTILE),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)
NAMES = [
    "amounts", "signed_on", "limit", "sum", "limit_class", "systems", "systems_yen", "next_renewal_on", "next_renewal_by",
    "histogram", "below", "above", "usual", "parts", "amount", "ratio", "limit_percent", "excess", "minor", "count",
]  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([*CHECKS, "publication_due", ""]), st.dictionaries(st.sampled_from(NAMES), json_values), st.text()
)
def test_odd_figures_make_no_picture_and_no_error(check: str, figures: dict[str, object], finding_id: str) -> None:
    contracts = [contract(f"C{n}", HOSTILE[n], 2020 + n) for n in range(5)]
    picture = choose.of(check, finding_id, figures, contracts, AS_OF)
    if picture:
        examined(picture)


@pytest.mark.parametrize("name", ["split", "chain", "histogram", "ratio"])
def test_without_any_one_of_its_figures_nothing_is_raised(name: str) -> None:
    check, figures, contracts = FIGURES[name]
    for gone in figures:
        left = {key: value for key, value in figures.items() if key != gone}
        picture = choose.of(check, "X-1", left, contracts, AS_OF)
        if picture:
            examined(picture)


def test_two_findings_share_no_id_and_the_same_input_gives_the_same_bytes() -> None:
    check, figures, contracts = FIGURES["split"]
    one, other, again = (choose.of(check, each, figures, contracts, AS_OF) for each in ("SP-1", "SP-2", "SP-1"))
    ids = [set(re.findall(r'id="([^"]+)"', each.svg)) for each in (one, other)]
    assert not ids[0] & ids[1]
    assert one == again
    assert all(each.startswith("g-") for each in ids[0])


def test_a_trend_begins_with_a_week_of_another_year() -> None:
    weeks = [
        TrendWeek(Week(2025, 51), 3, 1, 2, 1),
        TrendWeek(Week(2025, 52), 4, 1, 2, 1),
        TrendWeek(Week(2026, 1), 5, 1, 2, 1),
    ]
    picture = trend(weeks)
    assert picture is not None
    assert "2025-W51 3件、うち高1、増2、減1" in picture.desc
