"""The statistic behind limit_bunching: how often it alarms where there is nothing, and what it finds where there is a pile."""

from datetime import date
from itertools import product

import numpy as np
import pytest

from checks import limit_bunching
from checks.bunching import BunchingParameters, at, limit_of, scan, steps
from checks.catalogue import all_checks
from checks.finding import CheckResult, NotJudged
from checks.register import KNOWN, build
from tests.checks.test_cases import RULEBOOKS
from tests.checks.test_jlis import AS_OF, register  # noqa: F401  # a fixture

P = BunchingParameters()
TODAY = date(2026, 7, 5)

# --- registers without a pile ---------------------------------------------------------------------------------------


def mixture(rng, size, narrowest):
    parts = rng.integers(1, 4)
    chosen = rng.choice(parts, size, p=rng.dirichlet(np.full(parts, 2.0)))
    centres = rng.uniform(np.log(2e5), np.log(2e7), parts)
    return np.exp(centres[chosen] + rng.uniform(narrowest, 2, parts)[chosen] * rng.standard_normal(size))


def heaped(rng, amounts, share, taxed):
    """A share of the amounts rounded to one to three digits, or to fives of them; some of those before tax is added."""
    tax = np.where(rng.random(len(amounts)) < taxed, 1.1, 1.0)
    net = amounts / tax
    kind = rng.choice(5, len(amounts), p=[0.1, 0.1, 0.35, 0.15, 0.3])
    unit = 10.0 ** (np.floor(np.log10(net)) - np.array([0, 1, 1, 2, 2])[kind]) * np.array([1, 5, 1, 5, 1])[kind]
    rounded = np.maximum(np.round(net / unit), 1) * unit * tax
    return np.round(np.where(rng.random(len(amounts)) < share, rounded, amounts)).astype(np.int64)


def cut(rng, amounts, side):
    """The amounts on one side of a limit only."""
    limit = np.quantile(amounts, rng.uniform(0.15, 0.7))
    return amounts[amounts > limit] if side == "begins at a limit" else amounts[amounts <= limit]


SHAPES = {  # name → narrowest component (log yen), share that is rounded, share of those before tax, cut
    "smooth": (0.5, 0, 0, ""),
    "smooth with narrow parts": (0.3, 0, 0, ""),
    "a third rounded": (0.5, 0.3, 0.3, ""),
    "most rounded": (0.5, 0.6, 0.5, ""),
    "nearly all rounded": (0.5, 0.9, 0.5, ""),
    "begins at a limit": (0.5, 0.3, 0.3, "begins at a limit"),
    "ends at a limit": (0.5, 0.3, 0.3, "ends at a limit"),
}


def smooth_register(rng, shape):
    narrowest, share, taxed, side = SHAPES[shape]
    size = int(np.exp(rng.uniform(np.log(40), np.log(5000))))
    amounts = mixture(rng, size * (7 if side else 1), narrowest)
    return heaped(rng, (cut(rng, amounts, side) if side else amounts)[:size], share, taxed)


def alarms(registers):
    return sum(bool((found := scan(amounts, P)) and found[0].chance <= P.error_rate) for amounts in registers)


def test_at_most_one_in_a_hundred_registers_without_a_pile_alarms():
    rng = np.random.default_rng(20250401)
    count = {shape: alarms(smooth_register(rng, shape) for _ in range(143)) for shape in SHAPES}
    assert sum(count.values()) <= 10, count  # of 1,001
    assert max(count.values()) <= 4, count


def test_registers_drawn_from_a_smooth_fit_of_the_real_one_do_not_alarm(register):  # noqa: F811
    rng = np.random.default_rng(7)
    logs = np.log(sole(register))
    width = logs.std() * len(logs) ** -0.2 / 2  # half of Silverman's: closer to the data than a smooth fit should be
    drawn = (np.exp(rng.choice(logs, len(logs)) + width * rng.standard_normal(len(logs))) for _ in range(300))
    assert alarms(amounts.astype(np.int64) for amounts in drawn) <= 3


def test_one_round_amount_that_is_as_frequent_as_its_peers_is_no_pile():
    rng = np.random.default_rng(3)
    round_ones = rng.choice([500_000, 1_000_000, 1_500_000, 2_000_000, 3_000_000], 300)
    amounts = np.concatenate((mixture(rng, 400, 0.8).astype(np.int64), round_ones))
    assert not [found for found in scan(amounts, P) if found.chance <= P.error_rate]


def test_two_amounts_a_register_of_equal_amounts_and_none_at_all_are_no_pile():
    assert scan(np.array([], dtype=np.int64), P) == []
    assert scan(np.array([1, 5_000_000]), P) == []
    assert scan(np.full(100, 4_999_999), P) == []
    assert scan(np.zeros(100, dtype=np.int64), P) == []


# --- planted piles --------------------------------------------------------------------------------------------------


def planted(seed, size, limit, pile, spread, share):
    rng = np.random.default_rng(seed)
    centre = np.log(limit) + rng.uniform(-1, 1)
    amounts = np.exp(centre + rng.uniform(0.8, 1.6) * rng.standard_normal(size))
    under = np.round(limit * (1 - spread * rng.random(pile))).astype(np.int64)
    return np.concatenate((heaped(rng, amounts, share, 0.5), under))


@pytest.mark.parametrize("limit", [1_298_000, 18_150, 5_000_000, 990_000, 2_000_000, 777_777])
@pytest.mark.parametrize(("size", "pile"), [(40, 15), (100, 20), (300, 30), (1000, 60), (5000, 200)])
def test_a_planted_pile_is_found_at_its_limit(limit, size, pile):
    for seed, spread, share in product(range(2), (0.02, 0.05), (0.0, 0.6)):
        amounts = planted(seed, size, limit, pile, spread, share)
        found = scan(amounts, P)
        assert found, (seed, spread, share)
        assert found[0].chance * 3 <= P.error_rate, (seed, spread, share)
        assert 0.97 * limit <= found[0].value <= 1.015 * limit, (seed, spread, share, found[0])


@pytest.mark.parametrize(("limit", "pile"), [(1_298_000, 40), (18_150, 50), (5_000_000, 60), (990_000, 40)])
def test_a_pile_of_equal_amounts_is_found_round_or_not(limit, pile):
    for seed, share in product(range(3), (0.0, 0.4)):
        found = scan(planted(seed, 300, limit, pile, 0, share), P)
        assert found
        assert found[0].chance * 3 <= P.error_rate
        assert found[0].value == limit


def test_a_limit_that_was_known_before_needs_a_smaller_pile():
    amounts = planted(1, 300, 1_300_000, 14, 0.03, 0.3)
    known, unknown = at(amounts, 1_300_000, P), scan(amounts, P)
    assert known
    assert known.chance < min([found.chance for found in unknown], default=1)
    assert at(amounts, 1_600_000, P) is None


def test_the_order_of_the_amounts_does_not_matter():
    amounts = planted(5, 300, 990_000, 30, 0.05, 0.3)
    assert scan(amounts, P) == scan(np.random.default_rng(0).permutation(amounts), P)


def test_the_limit_is_the_roundest_value_with_nothing_between():
    assert limit_of(4_995_621, 5_974_164, 0.01) == 5_000_000
    assert limit_of(1_298_000, 1_304_217, 0.01) == 1_300_000
    assert limit_of(1_298_000, 1_298_700, 0.01) == 1_298_000
    assert limit_of(18_150, 18_160, 0.01) == 18_150
    assert limit_of(4_250_000, 9_000_000, 0.01) == 4_250_000  # not 5,000,000: far away


def test_the_step_of_an_amount_is_that_of_its_net_amount_where_that_is_rounder():
    amounts = np.array([4_500_000, 1_298_000, 18_150, 4_995_622, 1_080_000])
    assert steps(amounts, (10, 8)).tolist() == [500_000, 11_000, 550, 1, 1_080_000]


# --- the real register ----------------------------------------------------------------------------------------------


def sole(register):  # noqa: F811
    rows = register.contracts
    return rows.loc[(rows["method"] == "随意契約") & rows["estimated_price"].notna(), "estimated_price"].to_numpy(
        "int64"
    )


@pytest.fixture(scope="module")
def answer(register) -> CheckResult:  # noqa: F811
    seen, _ = register.seen_on(AS_OF)
    return limit_bunching.examine(seen, RULEBOOKS["jlis"], AS_OF, P)


def test_on_the_real_register_it_points_at_five_million_untold_and_at_nothing_else(answer):
    assert [finding.subject for finding in answer.findings] == ["estimated_price|5000000|"]
    figures = answer.findings[0].figures
    assert (figures["below"], figures["above"], figures["known"]) == (20, 0, "規程にない額")
    assert list(figures["histogram"].items())[5:7] == [("475万円超500万円以下", 20), ("500万円超525万円以下", 0)]
    assert answer.not_judged == {(NotJudged.BLANK, "予定価格"): 6}


def test_on_the_real_register_nothing_else_stands_out_a_thousandth_as_strongly(register):  # noqa: F811
    tolerant = BunchingParameters(least_pile=5, least_ratio=1.25, near_rate=0.5, least_above_percent=0)
    first, *others = scan(sole(register), tolerant)
    assert 0.99 <= first.value / 5_000_000 <= 1
    assert all(other.chance > 1000 * first.chance for other in others)


def test_no_contract_with_a_vendor_that_is_not_disclosed_is_listed(register, answer):  # noqa: F811
    hidden = set(register.vendors.loc[register.vendors["hidden"], "contract_id"])
    assert not hidden & set(answer.findings[0].contracts)
    assert len(answer.findings[0].contracts) == 19  # one of the twenty is with an individual


# --- departments, and what must not matter --------------------------------------------------------------------------


def rows_of(amounts, departments=("契約課",), organization="M", first=1):
    return [
        {
            "organization": organization,
            "contract_id": f"C{first + i:05}",
            "method": "随意契約",
            "department": departments[i % len(departments)],
            "vendors": f"模擬{i % 37}(株)",
            "signed_on": date(2025, 4 + i % 9, 1 + i % 28),
            "estimated_price": int(amount),
            "amount": int(amount),
            "nondisclosure": "",
            KNOWN: 1,
        }
        for i, amount in enumerate(amounts)
    ]


def ask(rows, parameters=P):
    held = build("M", "模擬市", {"contracts": rows}, {1: frozenset(rows[0])})
    return limit_bunching.examine(held, RULEBOOKS["municipality"], TODAY, parameters)


def test_many_departments_do_not_raise_the_error_rate():
    rng = np.random.default_rng(11)
    loose = BunchingParameters(error_rate=0.05, least_contracts=20)
    names = [f"第{i}課" for i in range(8)]
    ledgers = (rows_of(heaped(rng, mixture(rng, 400, 0.5), 0.3, 0.3), names) for _ in range(40))
    assert sum(bool(ask(rows, loose).findings) for rows in ledgers) <= 2


def test_a_pile_of_one_department_is_its_own_finding_and_a_common_one_is_told_once():
    rng = np.random.default_rng(12)
    others = rows_of(np.exp(rng.normal(np.log(3e6), 1.2, 3000)), ["道路課", "管財課"])
    one = rows_of(planted(2, 60, 2_500_000, 25, 0.04, 0), ["会計課"], first=5001)
    assert [finding.subject for finding in ask(others + one).findings] == ["estimated_price|2500000|会計課"]
    common = rows_of(planted(2, 300, 2_500_000, 60, 0.04, 0), ["道路課", "管財課"])
    assert [finding.subject for finding in ask(common).findings] == ["estimated_price|2500000|"]
    shared = [set(ask(rows).findings[0].keys) for rows in (others + one, common + one)]
    assert shared[0] & shared[1]  # when it spreads to the organization it stays the same finding


def test_a_few_more_contracts_leave_a_finding_the_same():
    rng = np.random.default_rng(13)
    rows = rows_of(planted(4, 300, 1_298_000, 40, 0.03, 0.3))
    before = ask(rows).findings
    after = ask(rows + rows_of(np.exp(rng.normal(np.log(1.3e6), 0.3, 12)), first=9001)).findings
    assert len(before) == len(after) == 1
    assert before[0].subject == after[0].subject or set(before[0].keys) & set(after[0].keys)


def test_neither_the_order_of_rows_nor_their_ids_matter():
    rows = rows_of(planted(4, 200, 18_150, 30, 0.05, 0.3))
    plain = ask(rows).findings
    turned = ask([{**row, "contract_id": f"Z{i:05}"} for i, row in enumerate(reversed(rows))]).findings
    assert [(f.subject, f.figures, f.explanation, f.keys) for f in plain] == [
        (f.subject, f.figures, f.explanation, f.keys) for f in turned
    ]
    assert len(plain) == 1


def test_equal_amounts_of_one_vendor_on_one_day_count_once():
    rng = np.random.default_rng(14)
    rows = rows_of(np.exp(rng.normal(np.log(3e6), 1.2, 200)))
    dwellings = rows_of(np.full(25, 3_273_516), first=5001)
    same = {"vendors": "模擬不動産(株)", "signed_on": date(2026, 3, 26)}
    assert ask(rows + [{**row, **same} for row in dwellings]).findings == ()
    assert len(ask(rows + dwellings).findings) == 1


def test_the_check_is_registered_with_its_bounds():
    parameters = all_checks()["limit_bunching"].parameters
    assert parameters().model_dump()["error_rate"] == 0.01
    with pytest.raises(ValueError, match="less than or equal to 0.05"):
        parameters(error_rate=0.2)


def test_a_limit_lies_no_further_above_its_pile_than_the_parameters_say():
    amounts = planted(2, 300, 2_500_000, 60, 0.04, 0)
    amounts = amounts[(amounts <= 2_470_000) | (amounts > 2_530_000)]
    near, far = (ask(rows_of(amounts, ["会計課"]), BunchingParameters(reach_percent=reach)) for reach in (0.1, 5))
    assert near.findings[0].figures["limit"] < 2_500_000
    assert far.findings[0].figures["limit"] == 2_500_000


def test_a_window_must_stand_out_against_the_flanks_that_the_parameters_say():
    pile = np.full(40, 1_000_003) - np.arange(40)
    beside = np.concatenate([np.arange(1_250_000, 1_330_000, 1_000), np.arange(500_000, 780_000, 3_500)])
    amounts = np.concatenate([pile, beside])
    near, far = (at(amounts, 1_000_003, BunchingParameters(flank_widths=widths)) for widths in (2, 20))
    assert near
    assert far
    assert near.chance != far.chance
