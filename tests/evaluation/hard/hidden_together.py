"""Several disguises at once; and the list of all that is planted in the hard half."""

from tests.evaluation import law
from tests.evaluation.hard.hidden import (
    ANY,
    affiliates,
    affiliates_in_turn,
    around_the_change,
    cancelled_and_more,
    categories_changed,
    hide,
    nothing_but_repairs,
    over_the_year_end,
    planned_totals,
    reworded,
    sections_reworded,
    shuffled_words,
    slowly,
    spaced,
    synonyms,
    third_among_twenty,
    unmarked_year,
)
from tests.evaluation.hard.writing import HardBook
from tests.evaluation.sets import Pattern, apart, town


def blank_office(book: HardBook) -> None:
    """The department is blank on one or two of the pieces."""
    rng, place, category = book.rng, town(book), book.rng.choice(ANY)
    slot = book.slot(23)
    pieces = reworded(book, apart(rng, 3, 20, slot.start), category, place, [book.vendor()], parts=True)
    for piece in rng.sample(pieces, rng.randint(1, 2)):
        piece.more["department"] = ""
    hide(book, "blank_office", slot, pieces, 0.7)


def grounds_varied(book: HardBook) -> None:
    """One job: a piece as small, one as urgent, one with no ground at all."""
    rng, place, category = book.rng, town(book), book.rng.choice(["工事", "施設修繕"])
    slot = book.slot(23)
    pieces = reworded(book, apart(rng, 3, 20, slot.start), category, place, [book.vendor()])
    pieces[1].more["ground"] = law.urgent_ground(book.shape.rulebook)
    pieces[2].more["ground"] = ""
    hide(book, "grounds_varied", slot, pieces, 0.75)


def rotation_reworded(book: HardBook) -> None:
    """Three vendors in turn for one job at one place, in other words each time, within two weeks."""
    rng, place, category = book.rng, town(book), book.rng.choice(ANY)
    slot = book.slot(15)
    vendors = [book.vendor() for _ in range(3)]
    pieces = reworded(book, apart(rng, 3, 12, slot.start), category, place, vendors)
    hide(book, "rotation_reworded", slot, pieces, 0.75, honest=2)


def all_at_once(book: HardBook) -> None:
    """Affiliates by turns, other words, another category, two months, another section, among honest orders."""
    rng, place = book.rng, town(book)
    slot = book.slot(70)
    days = spaced(book, slot.start, 3, 15, 32)
    pieces = reworded(book, days, "工事", place, affiliates(book))
    pieces[1].category = "施設修繕"
    if len(book.shape.sections) > 1:
        pieces[2].section = rng.choice(book.shape.sections)
    hide(book, "all_at_once", slot, pieces, 0.75, honest=8)


def slow_and_synonyms(book: HardBook) -> None:
    """One vendor and place, other words each time, 40 to 70 days apart, a dozen honest orders between."""
    place, category = town(book), book.rng.choice(ANY)
    slot = book.slot(145)
    pieces = reworded(book, spaced(book, slot.start, 3, 40, 68), category, place, [book.vendor()])
    hide(book, "slow_and_synonyms", slot, pieces, 0.75, honest=12)


HIDDEN = (
    Pattern("synonyms", synonyms, times=2),
    Pattern("slowly", slowly),
    Pattern("affiliates_in_turn", affiliates_in_turn),
    Pattern("categories_changed", categories_changed, times=2),
    Pattern("sections_reworded", sections_reworded, needs=("sections",)),
    Pattern("around_the_change", around_the_change, needs=("procured_on",)),
    Pattern("over_the_year_end", over_the_year_end),
    Pattern("cancelled_and_more", cancelled_and_more, needs=("cancelled_on",)),
    Pattern("third_among_twenty", third_among_twenty),
    Pattern("planned_totals", planned_totals, needs=("unit_price",)),
    Pattern("nothing_but_repairs", nothing_but_repairs),
    Pattern("unmarked_year", unmarked_year, needs=("procured_on",)),
    Pattern("shuffled_words", shuffled_words),
    Pattern("blank_office", blank_office, needs=("bureau",)),
    Pattern("grounds_varied", grounds_varied, needs=("ground",)),
    Pattern("rotation_reworded", rotation_reworded),
    Pattern("all_at_once", all_at_once),
    Pattern("slow_and_synonyms", slow_and_synonyms),
)
