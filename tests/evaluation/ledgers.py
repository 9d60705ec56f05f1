"""The labelled ledgers: ``ledger(shape, seed)``, and which of them make up the two halves and the hard set."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache

from checks import ledger as interchange
from tests.evaluation import background, chains, limits_exceeded, publications, subcontracting, wages
from tests.evaluation.book import Book, Labelled, RetryError, Row, Shape
from tests.evaluation.disguised import DISGUISED
from tests.evaluation.hard import everyday, identities, penalties, piles, village
from tests.evaluation.hard.hidden_together import HIDDEN
from tests.evaluation.hard.innocent_places import INNOCENT
from tests.evaluation.hard.shapes import HARD_SHAPES
from tests.evaluation.hard.writing import HardBook
from tests.evaluation.near_misses import PLAIN_NEAR_MISSES
from tests.evaluation.near_misses_hard import HARD_NEAR_MISSES
from tests.evaluation.near_misses_low import LOW_NEAR_MISSES
from tests.evaluation.planted import REAL_CASES
from tests.evaluation.sets import Pattern
from tests.evaluation.shapes import SHAPES

HALVES = {"tune": 1, "held": 101, "hard": 201}  # the first seed of each
PLANTED_PATTERNS = (*REAL_CASES, *DISGUISED)
NEAR_MISS_PATTERNS = (*PLAIN_NEAR_MISSES, *LOW_NEAR_MISSES, *HARD_NEAR_MISSES)
_OTHERS: dict[str, Callable[[Book], None]] = {
    "limits": limits_exceeded.make,
    "chains": chains.make,
    "wages": wages.make,
    "subcontracts": subcontracting.make,
    **publications.MAKERS,
}
_HARD: dict[str, Callable[[HardBook], None]] = {
    "everyday": everyday.fill,
    "identities": identities.make,
    "penalties": penalties.make,
    "piles": piles.make,
    "village": village.fill,
}
_COLUMNS = (  # what the ledgers may hold, in the order of the interchange format
    "contract_id row_kind bureau department title category method ground procured_on awarded_on signed_on starts_on ends_on design_price "
    "estimated_price amount annual_amount commitment_amount unit_price construction_related account publication_exemption "
    "specific_procurement separation_policy tender_rounds bidders quotes vendors vendor_numbers nondisclosure parent_contract_id change_of "
    "amount_after_change cancelled_on site score_points remarks"
).split()
_PUBLICATION = "contract_id kind medium published_on withdrawn_on items".split()
_SUBCONTRACT = (
    "contract_id subcontract_id subcontractor tier amount scope clerical core requested_on approved_on deemed_approval changed_on "
    "change_approved_on notified_on starts_on"
).split()
_TABLES = {"publications": _PUBLICATION, "subcontracts": _SUBCONTRACT}


def half(name: str) -> Iterator[tuple[str, int]]:
    """(shape, seed) of every ledger of a half or of the hard set."""
    for shape in (HARD_SHAPES if name == "hard" else SHAPES).values():
        for seed in range(shape.seeds):
            yield shape.name, HALVES[name] + seed


@cache
def ledger(shape_name: str, seed: int) -> Labelled:
    """One labelled ledger; the same shape and seed give the same bytes on every machine."""
    if shape_name in HARD_SHAPES:
        return _hard(HARD_SHAPES[shape_name], seed)
    shape = SHAPES[shape_name]
    book = Book(shape, seed)
    turn = (seed - 1) % 100
    for pattern in _bag(shape, PLANTED_PATTERNS, shape.planted, turn):
        _made(book, pattern)
    for pattern in _bag(shape, NEAR_MISS_PATTERNS, shape.misses, turn):
        _made(book, pattern)
    for other in shape.others:
        _OTHERS[other](book)
    background.fill(book)
    return _told_of(book, _COLUMNS)


def _hard(shape: Shape, seed: int) -> Labelled:
    """One ledger of the red team."""
    book = HardBook(shape, seed)
    turn = (seed - 1) % 100
    for pattern in (*_bag(shape, HIDDEN, shape.planted, turn), *_bag(shape, INNOCENT, shape.misses, turn)):
        _made(book, pattern)
    for other in shape.others:
        _HARD[other](book)
    return _told_of(book, [*_COLUMNS, "addresses"])


def _told_of(book: Book, columns: Sequence[str]) -> Labelled:
    """The book as a ledger with the columns that its system has."""
    shape, seed = book.shape, book.seed
    tables = {"contracts": _ordered(_filled(book.rows, [c for c in columns if shape.has(c)]))}
    for table, rows in book.tables.items():
        if shape.has(table):
            tables[table] = _filled(
                rows, _TABLES.get(table) or [c.name for c in interchange.TABLES[table].columns if c.name in rows[0]]
            )
    return Labelled(shape.name, seed, f"{shape.name}-{seed}", shape.rulebook, shape.as_of, tables, tuple(book.labels))


def _bag(shape: Shape, patterns: tuple[Pattern, ...], number: int, turn: int) -> list[Pattern]:
    """The seed's share of the patterns: every pattern that the columns can tell comes up in turn over the seeds."""
    usable = [each for each in patterns for _ in range(each.times) if all(_told(shape, need) for need in each.needs)]
    random.Random(f"{shape.name}/bag").shuffle(usable)
    return [usable[(turn * number + i) % len(usable)] for i in range(number)] if usable else []


def _told(shape: Shape, need: str) -> bool:
    return len(shape.sections) > 1 if need == "sections" else shape.has(need)


def _made(book: Book, pattern: Pattern) -> None:
    """Draw again where what was drawn cannot be; after many times the pattern does not exist in this shape."""
    for _ in range(60):
        try:
            pattern.make(book)
        except RetryError:
            continue
        return
    raise AssertionError(f"{book.shape.name}: {pattern.slug} cannot be made")


def _filled(rows: list[Row], columns: list[str]) -> list[Row]:
    return [{column: row.get(column) for column in columns} for row in rows]


def _ordered(rows: list[Row]) -> list[Row]:
    def key(row: Row) -> tuple[date, str]:
        return row["signed_on"], row["contract_id"]

    return sorted(rows, key=key)
