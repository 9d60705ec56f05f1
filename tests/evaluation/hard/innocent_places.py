"""More that looks like splitting and is none: scattered repairs, makers, seasons, sums within the limit; and the list of all."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from dataclasses import replace
from datetime import date, timedelta

from tests.evaluation import law, words
from tests.evaluation.book import NEAR_MISS, working_day
from tests.evaluation.hard.innocent import (
    big_and_small,
    broke_twice,
    car_insurances,
    clear,
    joint_purchase,
    leases_of_april,
    lecturers,
    licences,
    machines_on_lease,
    recorded_phases,
    schools_by_themselves,
    textbooks,
    two_festivals,
    typhoon,
)
from tests.evaluation.hard.writing import HardBook, wordings
from tests.evaluation.sets import SPLIT, Pattern, Piece, apart, school, town, write


def scattered(book: HardBook) -> None:
    """A year of unforeseen repairs of different things at different places by the section's usual builder."""
    rng, vendor, number = book.rng, book.vendor(), book.rng.randint(6, 10)
    slot = book.slot(330, date(2024, 4, 3), date(2026, 3, 25))
    things = rng.sample(words.THINGS["施設修繕"].split(), number)
    pieces = []
    for i, thing in enumerate(things):
        place = town(book)
        day = working_day(slot.start + timedelta(days=i * 320 // number + rng.randint(0, 15)))
        pieces.append(
            Piece(
                day,
                rng.choice([f"{place}{thing}修繕", f"{thing}修繕({place})", f"{place}{thing}ほか修繕"]),
                "施設修繕",
                vendor,
                site=place,
            )
        )
    clear(book, "scattered", slot, pieces, 0.3, at_most="low", honest=5)


def lifts_by_the_maker(book: HardBook) -> None:
    """Maintenance of lifts in several buildings from 1 April by their only maker, on the ground that only it can."""
    rng, vendor = book.rng, book.vendor()
    year = rng.choice([2024, 2025])
    slot = book.slot(0, date(year, 4, 1), date(year, 4, 1))
    more = {"ground": law.nature_ground(book.shape.rulebook), "quotes": 1, "procured_on": date(year, 3, 11)}
    pieces = []
    for _ in range(rng.randint(3, 5)):
        place = town(book)
        pieces.append(
            Piece(slot.start, f"{place}昇降機保守点検業務委託", "業務委託", vendor, site=place, more=dict(more))
        )
    clear(book, "lifts_by_the_maker", slot, pieces, 0.7, at_most="low", honest=0)


def every_april(book: HardBook) -> None:
    """The same job every 1 April, one contract a year, the year not in the title."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot = book.slot(365, date(2024, 4, 1), date(2025, 4, 1))
    title = f"{place}{rng.choice(['機械警備', '清掃', '受付案内', '植栽管理', '水質検査'])}業務委託"
    pieces = [
        Piece(date(year, 4, 1), title, "業務委託", vendor, site=place, more={"procured_on": date(year, 3, 10)})
        for year in (2024, 2025)
    ]
    clear(book, "every_april", replace(slot, start=date(2024, 4, 1)), pieces, 0.8, above=False)


def generic_elsewhere(book: HardBook) -> None:
    """修繕料 and 消耗品の購入 of different places and vendors within a week: only the words are the same."""
    rng = book.rng
    slot = book.slot(9)
    title, category = rng.choice([("修繕料", "施設修繕"), ("ほか修繕", "施設修繕"), ("備品購入", "物品購入")])
    pieces = []
    for day in apart(rng, 3, 6, slot.start):
        place = school(book)
        pieces.append(Piece(day, place + title, category, book.vendor(), site=place, more={"department": place}))
    clear(book, "generic_elsewhere", slot, pieces, 0.6)


def within_the_limit(book: HardBook) -> None:
    """One job in three pieces, marked even, whose sum is at the limit or a little below."""
    rng, place, vendor = book.rng, town(book), book.vendor()
    category = rng.choice(["工事", "施設修繕", "物品購入", "業務委託"])
    slot = book.slot(20, date(2024, 5, 1), date(2025, 3, 15) if rng.random() < 0.5 else None)
    said = wordings(rng, category, 1)[0]
    pieces = [
        Piece(day, f"{book.told(place)}{said}(その{i})", category, vendor, site=place)
        for i, day in enumerate(apart(rng, 3, 17, slot.start), 1)
    ]
    for piece in pieces:
        piece.more["procured_on"] = book.procured(piece.day)
    low = min(book.limits(category, piece.more["procured_on"], piece.day)[0] for piece in pieces)
    first, second = low * rng.randint(25, 40) // 100 // 1000 * 1000, low * rng.randint(25, 35) // 100 // 1000 * 1000
    rest = low - first - second - rng.choice([0, 0, 1000, 11_000])
    book.label(SPLIT, NEAR_MISS, "within_the_limit", write(book, slot, pieces, [first, second, rest]))


def inspections_by_law(book: HardBook) -> None:
    """Inspections that different laws require of one building, by one building manager, in one month (at most low)."""
    rng, place, vendor = book.rng, town(book), book.vendor()
    slot = book.slot(30)
    kinds = rng.sample(
        [
            "消防用設備等点検業務",
            "貯水槽清掃業務",
            "建築設備定期検査業務",
            "自家用電気工作物年次点検業務",
            "空気環境測定業務",
            "地下タンク漏洩検査業務",
        ],
        3,
    )
    pieces = [
        Piece(day, f"{book.told(place)}{kind}", "業務委託", vendor, site=place)
        for day, kind in zip(apart(rng, 3, 27, slot.start), kinds, strict=True)
    ]
    clear(book, "inspections_by_law", slot, pieces, 0.6, at_most="low", honest=0)


def one_cancelled(book: HardBook) -> None:
    """Two orders of one job of which the first was cancelled, and a small thing elsewhere months later."""
    rng, place, vendor = book.rng, town(book), book.vendor()
    slot = book.slot(120)
    category, first = rng.choice(["工事", "施設修繕", "物品購入"]), working_day(slot.start)
    said = wordings(rng, category, 2)
    again = working_day(first + timedelta(days=rng.randint(12, 40)))
    other = town(book)
    pieces = [
        Piece(
            first,
            book.told(place) + said[0],
            category,
            vendor,
            site=place,
            more={"cancelled_on": first + timedelta(days=9)},
        ),
        Piece(again, book.told(place) + said[1], category, vendor, site=place),
        Piece(
            working_day(again + timedelta(days=70)),
            f"{other}{book.thing('施設修繕')}修繕",
            "施設修繕",
            vendor,
            site=other,
            weight=0.15,
        ),
    ]
    clear(book, "one_cancelled", slot, pieces, 0.8, above=False)


def two_needs_one_store(book: HardBook) -> None:
    """Two sections buy different things from the town's general store in one week."""
    rng, vendor = book.rng, book.vendor()
    slot = book.slot(8)
    goods = rng.sample(
        "イベント用テントの購入 血圧計の購入 液晶モニタの購入 測量用具の購入 乳児用寝具の購入 調理器具の購入".split(), 2
    )
    sections = rng.sample(book.shape.sections, 2)
    pieces = [
        Piece(day, thing, "物品購入", vendor, section=section)
        for day, thing, section in zip(apart(rng, 2, 6, slot.start), goods, sections, strict=True)
    ]
    clear(book, "two_needs_one_store", slot, pieces, 0.75, at_most="low")


INNOCENT = (
    Pattern("broke_twice", broke_twice, times=2),
    Pattern("two_festivals", two_festivals),
    Pattern("recorded_phases", recorded_phases, needs=("separation_policy",)),
    Pattern("car_insurances", car_insurances, needs=("procured_on",)),
    Pattern("lecturers", lecturers, needs=("nondisclosure",)),
    Pattern("licences", licences),
    Pattern("textbooks", textbooks),
    Pattern("schools_by_themselves", schools_by_themselves),
    Pattern("machines_on_lease", machines_on_lease),
    Pattern("leases_of_april", leases_of_april),
    Pattern("joint_purchase", joint_purchase),
    Pattern("typhoon", typhoon, needs=("ground",)),
    Pattern("big_and_small", big_and_small),
    Pattern("scattered", scattered),
    Pattern("lifts_by_the_maker", lifts_by_the_maker, needs=("ground",)),
    Pattern("every_april", every_april),
    Pattern("generic_elsewhere", generic_elsewhere),
    Pattern("within_the_limit", within_the_limit, times=2),
    Pattern("inspections_by_law", inspections_by_law),
    Pattern("one_cancelled", one_cancelled, needs=("cancelled_on",)),
    Pattern("two_needs_one_store", two_needs_one_store, needs=("sections",)),
)
