"""Splits as clever staff would hide them: one need, every piece within its limit, the sum above the highest of them."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from tests.evaluation import words
from tests.evaluation.book import PLANTED, Book, Row, Slot, working_day
from tests.evaluation.hard.everyday import regular
from tests.evaluation.hard.writing import FAMILIES, SIDES, HardBook, composed, wordings
from tests.evaluation.sets import SPLIT, Piece, apart, measures, town, write
from tests.evaluation.words import Vendor

ANY = ("工事", "施設修繕", "物品購入", "業務委託")
_TRADES = "建設 工業 ホーム サービス 商会 興産".split()


def hide(
    book: HardBook, slug: str, slot: Slot, pieces: Sequence[Piece], share: float = 0.65, *, honest: int = 4
) -> list[Row]:
    """The pieces with varied prices, and honest small orders of their vendors beside them."""
    rows = write(book, slot, pieces, measures(book, pieces, share, spread=0.4))
    counted = [row for row in rows if not row.get("cancelled_on")]
    book.label(SPLIT, PLANTED, slug, counted)
    for vendor in {piece.vendor.number: piece.vendor for piece in pieces}.values():
        category = "施設修繕" if pieces[0].category in ("工事", "施設修繕") else "物品購入"
        regular(book, slot, vendor, book.rng.randint(honest // 2, honest), category)
    return rows


def reworded(
    book: HardBook, days: Sequence[date], category: str, place: str, vendors: Sequence[Vendor], *, parts: bool = False
) -> list[Piece]:
    rng = book.rng
    said, sides = wordings(rng, category, len(days)), rng.sample(SIDES, len(days))
    parts = parts and category in ("工事", "施設修繕")  # nobody mows the second floor
    return [
        Piece(day, composed(rng, book.told(place), job, side if parts else "").replace("()", "").removeprefix("における").strip(),
              category, vendors[i % len(vendors)], site=place)
        for i, (day, job, side) in enumerate(zip(days, said, sides, strict=True))
    ]  # fmt: skip


def affiliates(book: Book) -> list[Vendor]:
    """Two companies of one house: an equal family name, different trades and numbers."""
    one, other = book.vendor(), book.vendor()
    head = one.core[:2]
    first, second = book.rng.sample(_TRADES, 2)
    return [replace(one, core=head + first), replace(other, core=head + second)]


def spaced(book: Book, start: date, number: int, least: int, most: int) -> list[date]:
    days = [working_day(start)]
    for _ in range(number - 1):
        days.append(working_day(days[-1] + timedelta(days=book.rng.randint(least, most))))
    return days


def synonyms(book: HardBook) -> None:
    """One job at one place by one vendor within three weeks, in other words each time."""
    rng, place, category = book.rng, town(book), book.rng.choice(ANY)
    number = rng.randint(2, 4)
    slot = book.slot(23)
    pieces = reworded(book, apart(rng, number, 20, slot.start), category, place, [book.vendor()])
    hide(book, "synonyms", slot, pieces, rng.uniform(0.5, 0.8))


def slowly(book: HardBook) -> None:
    """One renewal by sides of a building, 40 to 80 days apart, one vendor, no branch mark."""
    rng, place, category = book.rng, town(book), book.rng.choice(["工事", "施設修繕"])
    number = rng.randint(3, 4)
    slot = book.slot(245)
    days, job, sides = (
        spaced(book, slot.start, number, 40, 78),
        wordings(rng, category, 1)[0],
        rng.sample(SIDES[:4], number),
    )
    vendor = book.vendor()
    pieces = [
        Piece(day, f"{book.told(place)}{side}{job}", category, vendor, site=place)
        for day, side in zip(days, sides, strict=True)
    ]
    hide(book, "slowly_by_sides", slot, pieces, rng.uniform(0.6, 0.85))


def affiliates_in_turn(book: HardBook) -> None:
    """Two companies of one house by turns, one job at one place, four weeks."""
    rng, place, category = book.rng, town(book), book.rng.choice(ANY)
    slot = book.slot(31)
    number = rng.randint(3, 4)
    pieces = reworded(book, apart(rng, number, 28, slot.start), category, place, affiliates(book))
    hide(book, "affiliates_in_turn", slot, pieces, rng.uniform(0.55, 0.8), honest=2)


def categories_changed(book: HardBook) -> None:
    """One renewal of a room as repair, works, service and purchase, one vendor, a month."""
    rng, vendor = book.rng, book.vendor()
    place = town(book)
    room = rng.choice("会議室 相談室 事務室 厨房 更衣室 多目的室".split())
    slot = book.slot(31)
    jobs = rng.sample(
        [(f"{room}内装工事", "工事"), (f"{room}壁クロス修繕", "施設修繕"), (f"{room}模様替え作業委託", "業務委託"), (f"{room}什器購入", "物品購入"),
         (f"{room}照明取替", "施設修繕"), (f"{room}空調機購入", "物品購入"), (f"{room}既設品撤去処分委託", "業務委託")], rng.randint(3, 4)
    )  # fmt: skip
    if not any(category in ("工事", "施設修繕") for _, category in jobs):
        jobs[0] = (f"{room}内装工事", "工事")
    days = apart(rng, len(jobs), 28, slot.start)
    pieces = [
        Piece(day, book.told(place) + title, category, vendor, site=place)
        for day, (title, category) in zip(days, jobs, strict=True)
    ]
    hide(book, "categories_changed", slot, pieces, 0.85)


def sections_reworded(book: HardBook) -> None:
    """Sections of one bureau order one thing from one vendor within two weeks, each in its own words."""
    rng, vendor = book.rng, book.vendor()
    slot = book.slot(16)
    number = min(3, len(book.shape.sections))
    said = wordings(rng, "物品購入", number)
    sections = rng.sample(book.shape.sections, number)
    pieces = [
        Piece(day, job, "物品購入", vendor, section=section)
        for day, job, section in zip(apart(rng, number, 13, slot.start), said, sections, strict=True)
    ]
    hide(book, "sections_reworded", slot, pieces, rng.uniform(0.6, 0.85))


def around_the_change(book: HardBook) -> None:
    """One piece just before and one just after the limits change on 2025-04-01; above the new limit together."""
    rng, place, vendor = book.rng, town(book), book.vendor()
    category = rng.choice(["工事", "施設修繕", "物品購入", "業務委託"])
    slot = book.slot(45, date(2025, 3, 10), date(2025, 4, 28))
    first = working_day(date(2025, 3, rng.randint(10, 26)))
    second = working_day(date(2025, 4, rng.randint(10, 25)))
    pieces = reworded(book, [first, second], category, place, [vendor])
    pieces[0].more["procured_on"], pieces[1].more["procured_on"] = (
        first - timedelta(days=5),
        date(2025, 4, rng.randint(2, 8)),
    )
    hide(book, "around_the_change", replace(slot, start=first), pieces, 0.75)


def over_the_year_end(book: HardBook) -> None:
    """Late March and April 2026: the last money of one budget and the first of the next, one job, one vendor."""
    rng, place, category = book.rng, town(book), book.rng.choice(ANY)
    slot = book.slot(40, date(2026, 3, 5), date(2026, 4, 25))
    first, second = working_day(date(2026, 3, rng.randint(5, 27))), working_day(date(2026, 4, rng.randint(2, 20)))
    pieces = reworded(book, [first, second], category, place, [book.vendor()], parts=True)
    hide(book, "over_the_year_end", replace(slot, start=first), pieces, 0.75)


def cancelled_and_more(book: HardBook) -> None:
    """Three pieces of which one was cancelled and ordered again in other words; the live ones pass the limit."""
    rng, place, category, vendor = book.rng, town(book), book.rng.choice(ANY), book.vendor()
    slot = book.slot(50)
    days = sorted(apart(rng, 3, 35, slot.start))
    pieces = reworded(book, days, category, place, [vendor])
    cancelled = Piece(days[0], pieces[1].title, category, vendor, site=place,
                      more={"cancelled_on": days[0] + timedelta(days=3)})  # fmt: skip
    rows = write(book, slot, [*pieces, cancelled], [*(prices := measures(book, pieces, 0.7, spread=0.4)), prices[1]])
    book.label(SPLIT, PLANTED, "cancelled_and_more", rows[:3])


def third_among_twenty(book: HardBook) -> None:
    """Two pieces of one job, and a third weeks later under a generic title, among twenty honest orders of that vendor."""
    rng, place, vendor = book.rng, town(book), book.vendor()
    slot = book.slot(80)
    days = [*apart(rng, 2, 12, slot.start), working_day(slot.start + timedelta(days=rng.randint(45, 75)))]
    job = wordings(rng, "施設修繕", 2)
    titles = [
        f"{book.told(place)}{job[0]}",
        f"{book.told(place)}{job[1]}",
        f"{place}修繕料" if not book.shape.has("site") else "修繕料",
    ]
    pieces = [
        Piece(day, title, "施設修繕", vendor, site=place) for day, title in zip(sorted(days), titles, strict=True)
    ]
    hide(book, "third_among_twenty", slot, pieces, 0.6, honest=20)


def planned_totals(book: HardBook) -> None:
    """Unit-price contracts of one service: planned totals each within the limit, other words, weeks apart."""
    rng, place, vendor = book.rng, town(book), book.vendor()
    slot = book.slot(65)
    number = 3
    days, said = apart(rng, number, 60, slot.start), wordings(rng, "業務委託", number)
    pieces = [
        Piece(day, f"{book.told(place)}{job}(単価契約)", "業務委託", vendor, site=place)
        for day, job in zip(days, said, strict=True)
    ]
    prices = measures(book, pieces, 0.75, spread=0.3)
    for piece, price in zip(pieces, prices, strict=True):
        piece.more |= {"unit_price": True, "estimated_price": rng.randint(3, 60) * 55, "amount": price}
    rows = write(book, slot, pieces, prices)
    book.label(SPLIT, PLANTED, "planned_totals", rows)


def nothing_but_repairs(book: HardBook) -> None:
    """Generic titles: 修繕料, 〇〇ほか修繕; one building, one vendor, ten days, each well below the limit."""
    rng, place, vendor = book.rng, town(book), book.vendor()
    slot = book.slot(13)
    number = rng.randint(3, 4)
    generic = rng.sample("修繕料 ほか修繕 小修繕 施設修繕 維持補修 営繕".split(), number)
    pieces = [
        Piece(
            day,
            (place if not book.shape.has("site") or word.startswith("ほか") else book.told(place)) + word,
            "施設修繕",
            vendor,
            site=place,
        )
        for day, word in zip(apart(rng, number, 10, slot.start), generic, strict=True)
    ]
    hide(book, "nothing_but_repairs", slot, pieces, rng.uniform(0.5, 0.75))


def unmarked_year(book: HardBook) -> None:
    """A foreseeable yearly need in five to seven equal orders without any mark, one vendor, above the limit."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot = book.slot(330, date(2024, 4, 1), date(2025, 3, 15))
    number = rng.randint(5, 7)
    title, category = rng.choice(
        [
            ("紙おむつの購入", "物品購入"),
            ("給食用精米の購入", "物品購入"),
            ("プール用薬品の購入", "物品購入"),
            ("施設内清掃業務", "業務委託"),
            ("除草作業委託", "業務委託"),
        ]
    )
    start = date(2024, 4, rng.randint(3, 12))
    days = [working_day(start + timedelta(days=i * 330 // number + rng.randint(0, 12))) for i in range(number)]
    pieces = [Piece(day, title, category, vendor, site=place) for day in days]
    hide(book, "unmarked_year", replace(slot, start=days[0]), pieces, rng.uniform(0.4, 0.7), honest=2)


def shuffled_words(book: HardBook) -> None:
    """One job in pieces whose title is the same words in another order, varied prices, two months."""
    rng, place, category, vendor = book.rng, town(book), book.rng.choice(ANY), book.vendor()
    slot = book.slot(62)
    number = rng.randint(3, 4)
    job, suffix = rng.choice(sorted(FAMILIES[category])), words.SUFFIX[category].removeprefix("の")
    orders = rng.sample(
        [
            f"{place}{job}{suffix}",
            f"{job}{suffix}({place})",
            f"{suffix} {place} {job}",
            f"{place} {suffix}({job})",
            f"{job} {place}{suffix}",
        ],
        number,
    )
    pieces = [
        Piece(day, title, category, vendor, site=place)
        for day, title in zip(apart(rng, number, 58, slot.start), orders, strict=True)
    ]
    hide(book, "shuffled_words", slot, pieces, rng.uniform(0.5, 0.8))
