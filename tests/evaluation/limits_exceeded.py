"""small_value_exceeded: to the yen and to the day (law.md 1.1–1.4)."""

from datetime import date, timedelta

from tests.evaluation import law
from tests.evaluation.book import Book
from tests.evaluation.law import CHANGE
from tests.evaluation.others import between, say, single

CHECK = "small_value_exceeded"
_CATEGORIES = ("工事", "施設修繕", "製造", "物品購入", "業務委託", "物品修繕", "設計・調査・測量")


def make(book: Book) -> None:
    """Two planted contracts and two near misses, of kinds drawn from those that the ledger's columns can tell."""
    kinds = [_by_a_yen, _by_a_yen, _lease_by_the_year]
    if book.shape.has("procured_on"):
        kinds += [_by_the_basis_date, _by_the_basis_date]
    if book.shape.has("unit_price"):
        kinds.append(_by_the_planned_total)
    for planted in (True, True, False, False):
        book.rng.choice(kinds)(book, planted)
    _other_ground(book)


def _dates(book: Book) -> tuple[date, date]:
    """Signed and procured on one side of the change; where only the signing is known, before it."""
    if not book.shape.has("procured_on") or book.shape.rulebook == "saitama" or book.rng.random() < 0.4:
        day = between(book, date(2024, 5, 1), date(2025, 3, 31))
    else:
        day = between(book, date(2025, 5, 1), date(2026, 3, 31))
    return day, day - timedelta(days=book.rng.randint(3, 25))


def _limit(book: Book, category: str, procured: date, day: date) -> int:
    low, high = book.limits(category, procured, day)
    assert low == high
    return low


def _publish(book: Book) -> bool:
    return book.shape.has("publications")


def _by_a_yen(book: Book, planted: bool) -> None:
    """One yen above the limit, or exactly at it (「超えない」)."""
    day, procured = _dates(book)
    category = book.rng.choice(_CATEGORIES)
    limit = _limit(book, category, procured, day)
    above = book.rng.choice([1, 1, 100, limit // 20, limit]) if planted else 0
    row = single(book, day, category, limit + above, procured_on=procured, publish=_publish(book))
    if planted and book.rng.random() < 0.5:
        row["amount"] = limit + above
    say(book, CHECK, planted, "one_yen_above" if above == 1 else "above" if planted else "exactly_at_limit", row)


def _by_the_basis_date(book: Book, planted: bool) -> None:
    """Signed after 2025-04-01, priced between the two limits: procured before it (above) or after it (within)."""
    category = book.rng.choice(_CATEGORIES)
    day = between(book, date(2025, 4, 3), date(2025, 5, 20))
    procured = (
        CHANGE - timedelta(days=book.rng.choice([1, 1, 10, 30]))
        if planted
        else CHANGE + timedelta(days=book.rng.choice([0, 0, 1, 2]))
    )
    old, new = law.limits(
        "municipality" if book.shape.rulebook == "municipality" else "prefecture", category, None, CHANGE
    )
    if book.shape.rulebook == "saitama" and not planted:
        new = old  # after the change the city's figure is unknown: only what is within both is surely within
    row = single(
        book, day, category, book.rng.choice([new, (old + new) // 2]), procured_on=procured, publish=_publish(book)
    )
    say(book, CHECK, planted, "procured_before_the_change" if planted else "procured_after_the_change", row)


def _lease_by_the_year(book: Book, planted: bool) -> None:
    """A lease by its annual rent (年額又は総額); in さいたま市 one of several years by its total (saitama:141)."""
    day, procured = _dates(book)
    limit = _limit(book, "物件の借入れ", procured, day)
    several = book.shape.rulebook == "saitama" and planted
    yearly = limit // 2 if several else limit + 1 if planted else limit
    total = limit // 2 * 5 if several else yearly
    years = 5 if several else 1
    row = single(book, day, "物件の借入れ", total, procured_on=procured, annual_amount=yearly, amount=total,
                 ends_on=day + timedelta(days=365 * years - 1), publish=_publish(book))  # fmt: skip
    say(book, CHECK, planted, "lease_of_several_years" if several else "lease_by_the_year", row)


def _by_the_planned_total(book: Book, planted: bool) -> None:
    """A unit-price contract by its planned total, not by the price of one (law.md 7.1)."""
    day, procured = _dates(book)
    limit = _limit(book, "業務委託", procured, day)
    total = limit + (book.rng.choice([1, 50_000]) if planted else 0)
    row = single(
        book, day, "業務委託", 3_300, procured_on=procured, unit_price=True, amount=total, publish=_publish(book)
    )
    say(book, CHECK, planted, "planned_total", row)


def _other_ground(book: Book) -> None:
    """Above the limit under another ground: no business of this check."""
    day, procured = _dates(book)
    category = book.rng.choice(_CATEGORIES)
    measure = _limit(book, category, procured, day) * book.rng.randint(2, 5)
    row = single(
        book,
        day,
        category,
        measure,
        procured_on=procured,
        ground=law.nature_ground(book.shape.rulebook),
        publish=_publish(book),
    )
    say(book, CHECK, False, "other_ground", row)
