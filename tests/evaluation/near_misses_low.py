"""Near misses that may be told, but at most as low: one vendor's start of the year, and its repairs over a year."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from datetime import date, timedelta

from tests.evaluation import words
from tests.evaluation.book import Book, working_day
from tests.evaluation.sets import Pattern, Piece, miss, town


def new_year_systems(book: Book) -> None:
    """Different systems that one vendor begins to look after on 1 April: at most low."""
    rng, vendor = book.rng, book.vendor()
    year = rng.choice([2024, 2025, 2026]) if book.shape.as_of > date(2026, 4, 1) else rng.choice([2024, 2025])
    slot = book.slot(0, date(year, 4, 1), date(year, 4, 1))
    systems = rng.sample(
        "図書館 財務会計 健康管理 施設予約 文書管理 地図情報 給与 戸籍 介護認定 学齢簿 貸付金".split(),
        rng.randint(3, 5),
    )
    word = rng.choice(["保守業務委託", "運用支援業務委託", "システム利用支援業務委託"])
    pieces = [
        Piece(
            slot.start,
            f"{system}システム{word}",
            "業務委託",
            vendor,
            site="市役所",
            more={"procured_on": date(year, 3, 10)},
        )
        for system in systems
    ]
    miss(book, "new_year_systems", slot, pieces, 0.75, at_most="low")


def scattered_repairs(book: Book) -> None:
    """Unforeseen small repairs of different things at different places over a year, one vendor: at most low."""
    rng, vendor, number = book.rng, book.vendor(), book.rng.randint(5, 8)
    slot = book.slot(number * 40)
    things = rng.sample(words.THINGS["施設修繕"].split(), number)
    pieces = []
    for i, thing in enumerate(things):
        day, place = working_day(slot.start + timedelta(days=40 * i + rng.randint(0, 30))), town(book)
        pieces.append(Piece(day, f"{place}{thing}修繕", "施設修繕", vendor, site=place))
    miss(book, "scattered_repairs", slot, pieces, 0.3, at_most="low")


LOW_NEAR_MISSES = (
    Pattern("new_year_systems", new_year_systems, times=2),
    Pattern("scattered_repairs", scattered_repairs, times=2),
)
