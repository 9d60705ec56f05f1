"""What chance decides of a ledger, as arrays of one entry per contract: the same shape and seed, the same arrays.

The distributions are those of the pinned generator of the issue (shared/bench): a lot of small purchases from the usual
vendors, a heap on 1 April, a rush in March, and one row in a hundred that breaks a rule by chance. Nothing marks which.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.bench.words import CATEGORIES, DEPARTMENTS, FORMS, SITES, THINGS, VENDORS

Array = np.ndarray[Any, Any]

LAST_YEAR, YEARS = 2025, 2  # fiscal years, from 1 April
LIMIT_CHANGE = np.datetime64("2025-04-01")
OPEN, DESIGNATED, SOLE = 0, 1, 2
METHODS = ("一般競争", "指名競争", "随意契約")
GROUNDS = ("", "1号", "2号", "5号", "6号", "8号")
SMALL = 1  # index in GROUNDS
_WEIGHT_FIRST_OF_APRIL, _WEIGHT_MARCH = 18, 1.8


@dataclass(frozen=True)
class Shape:
    """A ledger to draw. ``piled``: four of five contracts share their vendor, department or title ('' for none)."""

    contracts: int = 10_000
    organizations: int = 4
    piled: str = ""
    noise: float = 0.01
    seed: int = 1


@dataclass(frozen=True)
class Drawn:
    """One entry per contract; texts are positions in the lists of tests/bench/words.py, days are datetime64[D]."""

    organization: Array
    category: Array
    department: Array
    site: Array
    thing: Array
    action: Array
    vendor: Array
    method: Array
    ground: Array
    estimated: Array
    amount: Array
    bidders: Array
    quotes: Array
    signed: Array
    lag: Array  # days from the notice to the signature
    length: Array  # days of performance
    broken: Array  # the rule-breakers
    luck: Array  # four more throws each, in [0, 1)
    vendors: list[str]


def draw(shape: Shape) -> Drawn:
    """All of a ledger that is chance."""
    rng, n = np.random.default_rng(shape.seed), shape.contracts
    share = np.array([each.share for each in CATEGORIES])
    category = rng.choice(len(CATEGORIES), n, p=share / share.sum())
    median = np.array([each.median for each in CATEGORIES])[category]
    sigma = np.array([each.sigma for each in CATEGORIES])[category]
    estimated = (median * np.exp(sigma * rng.standard_normal(n)) / 1000).round().astype("int64") * 1000 + 1000
    amount = (estimated * np.clip(1 - rng.beta(1.2, 12, n), 0.5, 1) / 10).round().astype("int64") * 10
    organization = np.sort(rng.integers(0, shape.organizations, n))
    department = rng.integers(0, len(DEPARTMENTS), n)
    signed = _days(rng, n)
    limits = np.array([each.limits for each in CATEGORIES])[category]
    small = estimated <= np.where(signed < LIMIT_CHANGE, limits[:, 0], limits[:, 1])
    method, ground = _method(rng, small)
    sole, by_small = method == SOLE, ground == SMALL
    vendors = _vendors(rng, min(14_000, max(200, n // 60)))
    usual = np.minimum((rng.pareto(0.9, n) * 4).astype("int64"), 299)  # a few hundred each, some of them often
    vendor = (organization * 131 + department * 7 + usual) % len(vendors)
    site, thing = rng.integers(0, len(SITES), n), rng.integers(0, len(THINGS), n)
    actions = np.array([len(each.actions) for each in CATEGORIES])[category]
    action = rng.integers(0, 1 << 30, n) % actions
    piled = np.arange(n) % 5 != 0
    if shape.piled == "vendor":
        vendor[piled] = 0
    if shape.piled == "department":
        department[piled] = 0
    if shape.piled == "title":
        category[piled], site[piled], thing[piled], action[piled] = 0, 0, 0, 0
    return Drawn(
        organization,
        category,
        department,
        site,
        thing,
        action,
        vendor,
        method,
        ground,
        estimated,
        amount,
        np.where(sole, 0, 1 + rng.poisson(1.8, n)),
        np.where(sole, np.where(by_small, 2 + rng.poisson(0.6, n), 1), 0),
        signed,
        rng.integers(5, 40, n),
        rng.choice([14, 30, 60, 90, 180, 364], n, p=[0.1, 0.2, 0.2, 0.2, 0.1, 0.2]),
        rng.random(n) < shape.noise,
        rng.random((4, n)),
        vendors,
    )


def _days(rng: np.random.Generator, n: int) -> Array:
    days = 365 * YEARS
    weight = np.ones(days)
    weight[::365] = _WEIGHT_FIRST_OF_APRIL
    weight[335:365] = _WEIGHT_MARCH
    first = np.datetime64(f"{LAST_YEAR + 1 - YEARS}-04-01")
    return first + rng.choice(days, n, p=weight / weight.sum()).astype("timedelta64[D]")


def _method(rng: np.random.Generator, small: Array) -> tuple[Array, Array]:
    """Method and ground: what is small is nearly always awarded without competition, of the rest a good quarter."""
    roll, why = rng.random(len(small)), rng.random(len(small))
    competed = np.where(roll < 0.45, OPEN, np.where(roll < 0.72, DESIGNATED, SOLE))
    method = np.where(small & (roll < 0.94), SOLE, competed)
    other = np.array([2, 4, 3, 5])[np.searchsorted([0.7, 0.85, 0.93], why, side="right")]
    return method, np.where(method != SOLE, 0, np.where(small, SMALL, other))


def _vendors(rng: np.random.Generator, count: int) -> list[str]:
    forms = list(FORMS)
    form = rng.choice(len(forms), count, p=list(FORMS.values()))
    chosen = rng.permutation(len(VENDORS))[:count]
    return [forms[f].format(VENDORS[i]) for f, i in zip(form, chosen, strict=True)]
