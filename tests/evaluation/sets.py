"""How a set of pieces gets its prices: each within the limit that applied, together above it or not, as asked."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.evaluation import background, words
from tests.evaluation.book import NEAR_MISS, PLANTED, Book, RetryError, Row, Slot, taxed, working_day
from tests.evaluation.words import Vendor

SPLIT = "split_orders"
_TOP = 0.9985  # of the limit: 1,298,000 of 1,300,000, as in 江戸川区


@dataclass
class Piece:
    """One contract of a set before it has a price."""

    day: date
    title: str
    category: str
    vendor: Vendor
    section: str = ""  # "" = the slot's
    bureau: str = ""
    site: str = ""
    weight: float = 1.0  # relative price
    spelling: str = ""  # "" = the ledger's
    more: dict[str, Any] = field(default_factory=dict)


Maker = Callable[[Any], None]  # of a Book, or of a kind of it


@dataclass(frozen=True)
class Pattern:
    """A way of making a labelled set, and the columns without which it cannot be told."""

    slug: str
    make: Maker
    needs: tuple[str, ...] = ()
    times: int = 1  # how often it comes in the bag


def apart(rng: random.Random, number: int, span: int, start: date) -> list[date]:
    """Days within a span, working days, the first on the start."""
    offsets = sorted([0, *(rng.randint(0, span) for _ in range(number - 1))])
    return [working_day(start + timedelta(days=offset)) for offset in offsets]


def measures(
    book: Book, pieces: Sequence[Piece], share: float, *, equal: bool = False, spread: float = 0.2, above: bool = True
) -> list[int]:
    """A price for each piece: about ``share`` of its limit, never above it; ``above``: the sum passes the highest limit."""
    bounds = []
    for piece in pieces:
        piece.more.setdefault("procured_on", book.procured(piece.day))
        bounds.append(book.limits(piece.category, piece.more["procured_on"], piece.day))
    need = max(high for _, high in bounds) * 1.03
    noise = [1.0 if equal else book.rng.uniform(1 - spread, 1 + spread) for _ in pieces]
    factors = [share * piece.weight * n for piece, n in zip(pieces, noise, strict=True)]
    top = min(low for low, _ in bounds) if equal else 0
    while True:
        prices = [
            min(taxed((top or low) * min(factor, _TOP)), (top or low) // 1100 * 1100)
            for factor, (low, _) in zip(factors, bounds, strict=True)
        ]
        if not above or sum(prices) > need:
            return prices
        if min(factors) >= _TOP:
            raise RetryError
        factors = [min(_TOP, factor * 1.05) for factor in factors]


def write(book: Book, slot: Slot, pieces: Sequence[Piece], prices: Sequence[int]) -> list[Row]:
    """The pieces as contracts."""
    rows = []
    for piece, price in zip(pieces, prices, strict=True):
        office = Slot(piece.bureau or slot.bureau, piece.section or slot.section, piece.day)
        more = dict(piece.more)
        if piece.spelling:
            more["vendors"] = piece.vendor.spelled(piece.spelling)
        row = book.contract(
            office, piece.day, piece.title, piece.category, price, piece.vendor, site=piece.site, **more
        )
        if book.shape.has("publications"):
            book.publish(row, piece.day + timedelta(days=1))
        rows.append(row)
    for bureau in sorted({slot.bureau, *(piece.bureau for piece in pieces if piece.bureau)}):
        book.take(Slot(bureau, "", slot.start), (max(piece.day for piece in pieces) - slot.start).days)
    return rows


def plant(
    book: Book, slug: str, slot: Slot, pieces: Sequence[Piece], share: float = 0.68, *, equal: bool = False
) -> None:
    """A set that deserves a look."""
    prices = measures(book, pieces, share, equal=equal)
    rows = write(book, slot, pieces, prices)
    book.label(SPLIT, PLANTED, slug, rows)
    background.distract(book, rows, pieces[0].vendor)


def miss(
    book: Book,
    slug: str,
    slot: Slot,
    pieces: Sequence[Piece],
    share: float = 0.7,
    *,
    above: bool = True,
    at_most: str = "",
) -> list[Row]:
    """A set that does not deserve one, though its sum passes the limit (unless ``above`` is False)."""
    rows = write(book, slot, pieces, measures(book, pieces, share, above=above))
    book.label(SPLIT, NEAR_MISS, slug, rows, at_most)
    return rows


def town(book: Book) -> str:
    """A public building with a name of its own."""
    return book.area() + book.rng.choice(words.PUBLIC)


def school(book: Book) -> str:
    return book.area() + book.rng.choice(words.SCHOOLS)


def named(book: Book, place: str, thing: str, category: str, mark: str = "") -> str:
    """A title: always with the place where the ledger has no column for it, else half the time."""
    told = place if not book.shape.has("site") or book.rng.random() < 0.5 else ""
    return f"{told}{thing}{words.SUFFIX[category]}{mark}"


def fiscal(day: date) -> int:
    """The number of the Reiwa fiscal year."""
    return day.year - 2018 - (day.month < 4)
