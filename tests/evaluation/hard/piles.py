"""limit_bunching: whole registers with a pile under some limit, and registers whose heaps have another reason."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.evaluation import law
from tests.evaluation.book import NEAR_MISS, PLANTED, Label, Row, working_day
from tests.evaluation.hard.writing import HardBook
from tests.evaluation.words import Vendor

CHECK = "limit_bunching"


@dataclass(frozen=True)
class RegisterLabel(Label):
    """A whole register: any finding of the check accuses it; where planted, one whose limit is within 3% of ``limit``."""

    limit: int = 0


@dataclass(frozen=True)
class Heap:
    """A register: how many contracts of a smooth spread, and what is heaped where. Yen."""

    slug: str
    planted: bool
    limit: int = 0  # of the planted pile
    category: str = "業務委託"
    year: int = 2025
    median: int = 900_000
    sigma: float = 1.1
    number: int = 260
    pile: int = 0
    reach: float = 0.04  # the pile lies between this share below the limit and the limit
    emptied: float = 0.0  # share of the contracts just above that are gone
    made: Callable[[random.Random, int], int] | None = None  # what people do to an amount
    keep: Callable[[int], bool] | None = None


def _round(rng: random.Random, yen: int) -> int:
    """Rounded as budgets are: to two digits mostly, sometimes to one or to 5s."""
    digit = 10 ** max(3, len(str(yen)) - rng.choice([1, 2, 2, 2, 3]))
    return max(digit, round(yen / digit) * digit)


def _net(rng: random.Random, yen: int) -> int:
    """A round price without tax, and the tax."""
    return _round(rng, int(yen / 1.1)) * 11 // 10


def _mixed(rng: random.Random, yen: int) -> int:
    return rng.choice([_round, _net, lambda _, x: x // 110 * 110])(rng, yen)


HEAPS = (
    Heap("works_1298000", True, 1_300_000, "工事", 2024, 900_000, pile=26, reach=0.0016, emptied=0.3),
    Heap("works_under_1300000", True, 1_300_000, "施設修繕", 2024, 900_000, pile=40, reach=0.04, emptied=0.4),
    Heap("services_990000", True, 1_000_000, "業務委託", 2025, 900_000, pile=30, reach=0.012, emptied=0.3),
    Heap("unknown_5000000", True, 5_000_000, "業務委託", 2025, 3_600_000, 0.9, pile=30, reach=0.05, emptied=0.5),
    Heap("unknown_18150", True, 18_150, "物品購入", 2025, 24_000, 1.2, pile=34, reach=0.03, emptied=0.4),
    Heap("purchases_under_1500000", True, 1_500_000, "物品購入", 2025, 900_000, pile=32, reach=0.03, emptied=0.4, made=_mixed),
    Heap("unknown_300000", True, 300_000, "物品購入", 2025, 260_000, 1.0, pile=36, reach=0.03, emptied=0.4),
    Heap("unknown_990000_in_rounds", True, 990_000, "物品購入", 2025, 800_000, 1.0, number=420, pile=40, reach=0.008, made=_round),
    Heap("moderate_2000000", True, 2_000_000, "工事", 2025, 1_700_000, 0.9, pile=26, reach=0.05, emptied=0.4),
    Heap("services_under_500000", True, 500_000, "業務委託", 2024, 400_000, pile=34, reach=0.02, emptied=0.5, made=_net),
    Heap("works_emptied_above", True, 1_300_000, "工事", 2024, 1_200_000, 0.8, number=520, pile=24, reach=0.06, emptied=1.0),
    Heap("unknown_2500000", True, 2_500_000, "業務委託", 2025, 2_000_000, 0.9, pile=32, reach=0.02, emptied=0.3, made=_mixed),
    Heap("smooth", False),
    Heap("smooth_large", False, number=700, median=2_500_000, sigma=1.4),
    Heap("heaped_on_rounds", False, number=420, made=_round),
    Heap("heaped_net_of_tax", False, number=420, made=_net),
    Heap("heaped_mixed", False, number=420, category="物品購入", made=_mixed),
    Heap("begins_at_a_limit", False, category="業務委託", median=1_500_000, keep=lambda yen: yen > 1_000_000),
    Heap("ends_at_a_limit", False, category="業務委託", median=900_000, number=420, keep=lambda yen: yen <= 1_000_000),
    Heap("ends_at_a_limit_in_rounds", False, category="物品購入", median=1_100_000, number=420, made=_round, keep=lambda yen: yen <= 1_500_000),
    Heap("begins_at_unknown", False, median=4_000_000, keep=lambda yen: yen > 2_500_000, made=_mixed),
    Heap("narrow_trade", False, median=1_150_000, sigma=0.25, category="工事", year=2024),
    Heap("two_trades", False, made=lambda rng, yen: yen if rng.random() < 0.6 else int(rng.lognormvariate(0, 0.2) * 3_200_000)),
    Heap("small_and_few", False, number=60),
)  # fmt: skip


def make(book: HardBook) -> None:
    """One register; the seed says which heap."""
    heap = HEAPS[(book.seed - 1) % 100 % len(HEAPS)]
    rng, rows, firms = book.rng, [], [book.vendor() for _ in range(40)]
    for _ in range(heap.number):
        yen = round(rng.lognormvariate(0, heap.sigma) * heap.median)
        yen = max(1100, heap.made(rng, yen) if heap.made else yen)
        above = heap.limit and heap.limit < yen <= heap.limit * (1 + max(heap.reach, 0.05))
        if (above and rng.random() < heap.emptied) or (heap.keep and not heap.keep(yen)):
            continue
        rows.append(_row(book, heap, rng.choice(firms), yen))
    for _ in range(heap.pile):
        yen = int(heap.limit * (1 - rng.uniform(0.1, 1) * heap.reach))
        rows.append(
            _row(
                book,
                heap,
                rng.choice(firms),
                yen // 1100 * 1100 if heap.limit > 200_000 and heap.reach > 0.01 else yen // 10 * 10,
            )
        )
    if heap.slug == "smooth_large":
        _dwellings(book, heap, rows)
    book.rows[:] = rows
    ids = tuple(row["contract_id"] for row in rows)
    book.labels.append(RegisterLabel(CHECK, PLANTED if heap.planted else NEAR_MISS, heap.slug, ids, limit=heap.limit))


def _row(book: HardBook, heap: Heap, vendor: Vendor, yen: int, day: date | None = None) -> Row:
    rng = book.rng
    signed = working_day(day or date(heap.year, 4, 20) + timedelta(days=rng.randint(0, 330)))
    over = yen > book.limits(heap.category, signed - timedelta(days=8), signed)[1]
    more: dict[str, Any] = {"ground": law.nature_ground("municipality")} if over else {}
    title = f"{book.area()}{book.thing(heap.category)}"
    office = rng.choice(book.shape.bureaus)
    return {
        "contract_id": f"{signed.year % 100:02d}-{next(book._ids)}", "department": office, "title": title, "category": heap.category,
        "method": "随意契約", "ground": "1号", "procured_on": signed - timedelta(days=8), "signed_on": signed,
        "estimated_price": yen, "amount": int(yen * rng.uniform(0.93, 1)), "vendors": book.spelled(vendor), "vendor_numbers": vendor.number,
    } | more  # fmt: skip


def _dwellings(book: HardBook, heap: Heap, rows: list[Row]) -> None:
    """Forty dwellings let by one landlord on one day at one rent: one decision."""
    landlord = book.vendor()
    rows += [_row(book, heap, landlord, 1_188_000, date(heap.year, 6, 2)) for _ in range(40)]
