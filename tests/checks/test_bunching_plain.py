"""The fast ways of limit_bunching, data_quality and vendor_identity agree with the plain ones, which live here."""

import re
from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import piles, vendors
from checks.bunching import BunchingParameters, at, crowded, scan
from checks.cells import cells_of
from checks.digits import numbers_are_valid
from checks.heaps import Heaping, Population, steps, unheaped
from checks.letters import foreign
from checks.limits import Tables
from monitor.rulebooks import load
from monitor.settings import default_config_dir

RULES = load([default_config_dir() / "rulebooks"])["municipality"].small_value

# --- the plain statistic: every width and range of cuts in turn, each from all amounts --------------------------------


def log_width(width):
    return float(-np.log1p(-width))


def plain_step(amount, taxes):
    largest = 1
    for percent in (100, *(100 + tax for tax in taxes)):
        unit = 1
        while amount * 100 % (unit * percent) == 0:
            largest = max(largest, unit * percent // 100)
            unit *= 5 if str(unit)[0] == "1" else 2
    return largest


def plain_unheaped(amounts, step, unit, p):
    """Which are kept, one round amount after the other."""
    heaped = step > unit
    kept, places = ~heaped, np.flatnonzero(heaped)
    distinct, first, copies = np.unique(amounts[places], return_index=True, return_counts=True)
    size = step[places][first]
    for i in np.flatnonzero(copies > p.least_pile):
        peers = (size >= size[i] / 10) & (distinct != distinct[i])
        near = np.searchsorted(amounts, (distinct[i] - size[i] / 2, distinct[i] + size[i] / 2))
        rounded = p.heap_percent / 100 * float(near[1] - near[0])
        beyond = int(copies[i] - max(p.heap_ratio * int(copies[peers].max(initial=1)), rounded))
        kept[places[first[i] : first[i] + max(beyond, 0)]] = True
    return kept


def plain_cuts(held, low, high, width):
    inside = held[(held >= low) & (held < high)]
    cells = np.floor(np.log(inside) / (log_width(width) / 4))
    return inside[np.diff(cells, append=np.inf) > 0]


def plain_tail(least, total, chance, factorial):
    rest = total - least
    first = factorial[total] - factorial[least] - factorial[rest] + least * np.log(chance) + rest * np.log1p(-chance)
    ratio = rest * chance / ((least + 1) * (1 - chance))
    return np.exp(min(first - np.log(max(1 - ratio, 1e-12)), 0)) if ratio < 1 else 1.0


def plain_look(amounts, held, cut, own, width, factorial, p):
    """(below, usual, chance) of one cut if it stands out."""
    x, w, c = np.log(held), log_width(width) + 1e-12, np.log(np.array([cut]))[0]
    top = np.searchsorted(held, cut, "right")
    below = int(top - np.searchsorted(x, c - w, "left"))
    above = len(amounts) - np.searchsorted(amounts, cut, "right")
    if below < p.least_pile:
        return None
    usual, worst = 0.0, []
    for widths in (p.flank_widths, p.near_widths):
        under = int(top - below - np.searchsorted(x, c - (widths + 1) * w, "left"))
        over = int(np.searchsorted(x, c + widths * w, "right") - top)
        usual = max(usual, under / widths, over / widths)
        worst.append(max(plain_tail(below - own, below - own + f, 1 / (widths + 1), factorial) for f in (under, over)))
    enough = max(p.least_pile / 2, p.least_above_percent / 100 * len(amounts))
    stands = below >= p.least_ratio * usual and worst[1] <= p.near_rate and above >= enough
    return (below, usual, worst[0]) if stands else None


def plain_standing(amounts, p, limit=None):
    """(value, width, below, usual, chance) of every cut that stands out, the least likely first."""
    amounts = np.sort(amounts[amounts > 0])
    if len(amounts) < p.least_contracts:
        return []
    step = np.array([plain_step(int(amount), p.taxes_percent) for amount in amounts])
    factorial = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, len(amounts) + 1)))))
    tried, found = 0, []
    for width in (percent / 100 for percent in p.widths_percent):
        reach, unit = np.exp(log_width(width) * (p.flank_widths + 1.5)), 1
        while 4 * unit / width <= amounts[-1]:
            coarser = unit * (5 if str(unit)[0] == "1" else 2)
            low, high = 4 * unit / width, 4 * coarser / width
            if limit is None or low <= limit < high:
                near = amounts[(amounts >= low * (1 - width)) & (amounts < high)]
                part = (amounts >= low / reach) & (amounts < high * reach)
                held = amounts[part][plain_unheaped(amounts[part], step[part], unit, p)]
                few = len(near) < p.least_pile
                cuts = plain_cuts(near if few else held, low, high, width) if few or limit is None else [limit]
                tried += len(cuts)
                own = int(limit is None)
                looks = [] if few else [(c, plain_look(amounts, held, c, own, width, factorial, p)) for c in cuts]
                found += [(int(cut), width, *one) for cut, one in looks if one]
            unit = coarser
    told = [(value, width, below, usual, min(1.0, chance * tried)) for value, width, below, usual, chance in found]
    return sorted(told, key=lambda one: (one[4], one[0], one[1]))


# --- populations -----------------------------------------------------------------------------------------------------


@st.composite
def populations(draw):
    """Amounts about one or two levels, rounded or not, with a pile, heaps and copies."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = draw(st.sampled_from([30, 60, 200, 500]))
    centre, spread = draw(st.integers(9, 17)), draw(st.sampled_from([0.3, 0.8, 1.5]))
    amounts = np.exp(centre + spread * rng.standard_normal(size))
    unit = draw(st.sampled_from([1, 100, 1000, 11_000, 50_000, 1_000_000]))
    amounts = np.where(rng.random(size) < draw(st.sampled_from([0, 0.5, 1])), np.round(amounts / unit) * unit, amounts)
    limit, within = int(np.exp(centre + rng.uniform(-1, 1))), draw(st.sampled_from([0, 0.02, 0.05, 0.1]))
    pile = limit * (1 - within * rng.random(draw(st.integers(0, 60))))
    copies = np.repeat(10.0 ** rng.integers(4, 7, 3), rng.integers(0, 40, 3))
    return np.concatenate((amounts, pile, copies)).astype(np.int64), limit


parameters = st.builds(
    BunchingParameters,
    least_contracts=st.integers(20, 60),
    least_pile=st.integers(5, 20),
    least_ratio=st.floats(1.25, 3),
    flank_widths=st.integers(2, 9),
    near_widths=st.integers(1, 6),
    near_rate=st.floats(0.001, 0.5),
    least_above_percent=st.floats(0, 10),
    heap_ratio=st.floats(1, 5),
    heap_percent=st.floats(0, 100),
    widths_percent=st.sampled_from([(2, 5, 10), (10,), (20, 1), (3, 7), ()]),
)


@settings(max_examples=60, deadline=None)
@given(populations(), parameters)
def test_a_scan_finds_what_the_plain_scan_finds(population, p):
    amounts, limit = population
    expected = plain_standing(amounts, p)
    found = scan(amounts, p)
    assert bool(found) == bool(expected)
    chances = [one[4] for one in expected]
    assert np.allclose([cut.chance for cut in found[:1]], chances[:1], rtol=1e-9, atol=0)
    assert all(any(np.isclose(cut.chance, chance, rtol=1e-9, atol=0) for chance in chances) for cut in found)
    one, plain = at(amounts, limit, p), plain_standing(amounts, p, limit)
    assert bool(one) == bool(plain)
    if one:
        assert (one.value, one.width, one.below, one.usual) == plain[0][:4]
        assert np.isclose(one.chance, plain[0][4], rtol=1e-9, atol=0)
    for chance in (0.0001, 0.003, 0.5):
        assert scan(amounts, p, chance) == [cut for cut in found if cut.chance <= chance]


@settings(max_examples=60, deadline=None)
@given(st.lists(populations(), min_size=1, max_size=4), parameters)
def test_no_group_is_left_out_in_which_there_is_a_pile(populations, p):
    groups = np.concatenate([np.full(len(amounts), 3 * i) for i, (amounts, _) in enumerate(populations)])
    values = np.concatenate([amounts for amounts, _ in populations])
    mixed = np.random.default_rng(0).permutation(len(values))
    held = crowded(values[mixed], groups[mixed], p).tolist()
    assert held == sorted(set(held))
    assert {3 * i for i, (amounts, _) in enumerate(populations) if scan(amounts, p)} <= set(held)


@settings(max_examples=60, deadline=None)
@given(populations(), st.sampled_from([1, 10, 500, 5000, 100_000]), parameters)
def test_the_amounts_that_are_left_are_those_of_the_plain_way(population, unit, p):
    amounts = np.sort(population[0][population[0] > 0])
    step = np.array([plain_step(int(amount), p.taxes_percent) for amount in amounts])
    assert steps(amounts, p.taxes_percent).tolist() == step.tolist()
    heaping = Heaping(p.least_pile, p.heap_ratio, p.heap_percent)
    low, high = np.searchsorted(amounts, np.quantile(amounts, (0.1, 0.9))).tolist()
    for part in (slice(0, len(amounts)), slice(low, high)):
        kept = unheaped(Population(amounts, p.taxes_percent), part, unit, heaping)
        assert kept.tolist() == plain_unheaped(amounts[part], step[part], unit, p).tolist()


# --- departments, numbers, letters -----------------------------------------------------------------------------------

rows = st.lists(
    st.tuples(
        st.sampled_from(["", "甲", "乙", "丙"]), st.integers(1, 3), st.integers(1, 3), st.sampled_from(["", "a", "b"])
    ),
    max_size=120,
)


def frame(cells):
    held = pd.DataFrame(cells, columns=["department", "day", "yen", "vendors"])
    held = held.astype({"department": "str", "vendors": "str", "yen": "int64", "day": "int64"})
    return held.assign(signed_on=pd.to_datetime(held["day"], unit="D").astype("datetime64[s]"), vendor_numbers="")


@given(rows)
def test_equal_amounts_of_one_vendor_on_one_day_count_once(cells):
    seen, kept = set(), []
    for place, (_, *decision) in enumerate(cells):
        if not decision[-1] or tuple(decision) not in seen:
            kept.append(place)
        seen.add(tuple(decision))
    assert piles._once(cells_of(frame(cells))).tolist() == kept


@given(rows)
def test_departments_with_enough_contracts_are_told_with_their_places(cells):
    held = frame(cells)
    places = np.arange(0, len(held), 2)
    expected = {
        str(name): places[at].tolist()
        for name, at in held.iloc[places].groupby("department").indices.items()
        if name and len(at) >= 20
    }
    p = BunchingParameters(least_contracts=20, widths_percent=(99.9,))  # so wide that every one of them is crowded
    found, enough = piles._departments(cells_of(held), places, p)
    assert [(name, members.tolist()) for name, members in found] == sorted(expected.items())
    assert enough == len(expected)


_days = st.one_of(st.none(), st.dates(date(2023, 1, 1), date(2027, 12, 31)), st.sampled_from([date(2025, 3, 31), date(2025, 4, 1)]))  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from([*RULES.categories, "", "その他"]), _days, _days), max_size=30))
def test_the_limit_that_applied_is_the_only_candidate(cells):
    held = pd.DataFrame(cells, columns=["category", "basis", "latest"]).astype({"category": "str"})
    held = held.assign(**{name: pd.to_datetime(held[name]).astype("datetime64[s]") for name in ("basis", "latest")})
    tables, expected = Tables(RULES), []
    for category, basis, latest in cells:
        kind = RULES.categories.get(category)
        found = tables.find(kind, basis, latest) if kind and (basis or latest) else None
        expected.append(found.limits[0].amount if found and len(found.limits) == 1 else 0)
    assert piles._applied(cells_of(held), np.arange(len(held)), RULES).tolist() == expected
    assert piles._applied(cells_of(held), np.arange(len(held))[::-2], RULES).tolist() == expected[::-2]


digits = st.text("0123456789", min_size=12, max_size=14)
valid = st.integers(10**11, 10**12 - 1).map(
    lambda rest: f"{9 - sum(int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(str(rest)))) % 9}{rest}"
)


@given(st.lists(valid | digits | st.text(max_size=14) | st.text("0９1", min_size=13, max_size=13)))
def test_numbers_are_valid_all_at_once_as_one_by_one(numbers):
    assert numbers_are_valid(numbers).tolist() == [vendors.number_is_valid(number) for number in numbers]


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("ͯͰӿԀа漢")), max_size=20),
    st.integers(0, 5),
)
def test_foreign_letters_are_found_in_the_bytes_as_in_the_text(cells, skipped):
    column = pd.Series(cells, dtype="str")[skipped:]  # a part of a column, whose bytes are the whole column's
    expected = [re.search("[\u0370-\u03ff\u0400-\u04ff]", cell) is not None for cell in cells[skipped:]]
    assert foreign(column).tolist() == expected
