"""A village: one builder and one general store serve every section all year; sums by vendor pass the limit, by need never.

Groups by vendor, section and fiscal year are near misses (at most low: an auditor would accept a note on the vendor's share).
"""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from datetime import date

from tests.evaluation import words
from tests.evaluation.book import NEAR_MISS, Row, Slot, taxed, working_day
from tests.evaluation.hard.everyday import NEEDS, year_day
from tests.evaluation.hard.writing import HardBook
from tests.evaluation.sets import SPLIT
from tests.evaluation.words import Vendor

_FAULTS = (
    words.THINGS["施設修繕"].split() + "水漏れ 鍵 蛍光灯 蝶番 換気扇 雨樋 排水詰まり 畳 襖 側溝蓋 掲示板 物置扉".split()
)
_STORE = tuple(need for need in NEEDS if need.category == "物品購入")


def fill(book: HardBook) -> None:
    """Two years of every section with the village's builder, second builder and general store."""
    builder, second, store = (book.vendor() for _ in range(3))
    for section in book.shape.bureaus:
        for year in (2024, 2025):
            _repairs(book, section, year, builder, second)
            _store_of(book, section, year, store)


def _repairs(book: HardBook, section: str, year: int, builder: Vendor, second: Vendor) -> None:
    """Fifteen to thirty-five repairs, every one another fault at another place, 2% to 14% of the limit each."""
    rng = book.rng
    limit = book.limits("施設修繕", date(2024, 4, 1), date(2024, 4, 1))[0]
    kept: dict[str, list[Row]] = {}
    for _ in range(rng.randint(15, 35)):
        day = working_day(year_day(rng, year))
        if day >= book.shape.as_of:
            continue
        vendor = builder if rng.random() < 0.8 else second
        place = book.area() + rng.choice(words.PUBLIC + words.SCHOOLS)
        fault = rng.choice(_FAULTS)
        title = rng.choice(
            [f"{place}{fault}修繕", f"{place}{fault}修理", f"{fault}修繕({place})", f"{place}{fault}ほか修繕"]
        )
        yen = taxed(limit * rng.uniform(0.02, 0.14))
        kept.setdefault(vendor.number, []).append(
            book.contract(Slot(section, "", day), day, title, "施設修繕", yen, vendor, site=place)
        )
    _say(book, "only_builder", kept.get(builder.number, []))


def _store_of(book: HardBook, section: str, year: int, store: Vendor) -> None:
    """Everything that a shop sells, each need within 60% of the limit, all together above it."""
    rng, rows = book.rng, []
    limit = book.limits("物品購入", date(2024, 4, 1), date(2024, 4, 1))[0]
    for need in _STORE:
        for _ in range(rng.randint(*need.times)):
            day = working_day(year_day(rng, year))
            if day >= book.shape.as_of:
                continue
            yen = taxed(limit * rng.uniform(*need.share))
            title = rng.choice(need.titles)
            rows.append(book.contract(Slot(section, "", day), day, title, need.category, yen, store))
    _say(book, "general_store", rows)


def _say(book: HardBook, slug: str, rows: list[Row]) -> None:
    book.label(SPLIT, NEAR_MISS, slug, rows, at_most="low")
