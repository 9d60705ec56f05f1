"""Near misses that share more with a split set: urgent repairs, negotiated lots, cancelled orders, names alike."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from datetime import date, timedelta

from tests.evaluation import law, words
from tests.evaluation.book import NEAR_MISS, Book, taxed, working_day
from tests.evaluation.sets import SPLIT, Pattern, Piece, apart, miss, school, town, write

_ANY = ("工事", "施設修繕", "物品購入", "業務委託")


def one_above_one_below(book: Book) -> None:
    """A work above the limit, let by competition, and a small order beside it: no two pieces below."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, category = book.slot(32), rng.choice(["工事", "施設修繕"])
    thing, start = book.thing(category), working_day(slot.start)
    large = Piece(start, f"{place}{thing}{words.SUFFIX[category]}", category, vendor, site=place,
                  more={"method": "一般競争", "ground": "", "quotes": None, "bidders": 3})  # fmt: skip
    day = working_day(start + timedelta(days=rng.randint(5, 28)))
    small = Piece(
        day, f"{place}{rng.choice('案内板設置 植栽移植 記念銘板設置'.split())}工事", "工事", vendor, site=place
    )
    high = book.limits(category, None, day)[1]
    prices = [
        taxed(high * rng.uniform(3, 9)),
        taxed(book.limits("工事", book.procured(day), day)[0] * rng.uniform(0.4, 0.85)),
    ]
    book.label(SPLIT, NEAR_MISS, "one_above_one_below", write(book, slot, [large, small], prices))


def names_alike(book: Book) -> None:
    """A primary and a middle school of one district, different works by different vendors, months apart."""
    rng, area = book.rng, book.area()
    slot = book.slot(170)
    things = rng.sample(words.THINGS["施設修繕"].split(), 2)
    days = [working_day(slot.start), working_day(slot.start + timedelta(days=rng.randint(95, 165)))]
    pieces = [
        Piece(day, f"{area}{kind}{thing}修繕", "施設修繕", book.vendor(), site=area + kind)
        for day, kind, thing in zip(days, words.SCHOOLS, things, strict=True)
    ]
    miss(book, "names_alike", slot, pieces, 0.85, above=False)


def negotiated_lots(book: Book) -> None:
    """Lots of one competition that nobody won, negotiated under the ground for it: competition came first."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, category, number = book.slot(6), rng.choice(["工事", "業務委託"]), rng.randint(2, 3)
    thing, day, kind = book.thing(category), working_day(slot.start), rng.choice(["section", "bracket_sono", "bracket"])
    procured = day - timedelta(days=30)
    pieces = []
    for i in range(1, number + 1):
        more = {
            "ground": law.no_bidder_ground(book.shape.rulebook),
            "quotes": 1,
            "procured_on": procured,
            "tender_rounds": 2,
        }
        if i == 1 and rng.random() < 0.5:
            more |= {"method": "一般競争", "ground": "", "quotes": None, "bidders": 1, "tender_rounds": 1}
        title = f"{place}{thing}{words.SUFFIX[category]}{words.mark(kind, i)}"
        pieces.append(Piece(day, title, category, vendor, site=place, more=more))
    miss(book, "negotiated_lots", slot, pieces, 0.9)


def cancelled_and_ordered_anew(book: Book) -> None:
    """A contract that was cancelled, and the same job ordered again: only one of them counts."""
    rng, place, category = book.rng, town(book), book.rng.choice(_ANY)
    slot, thing = book.slot(40), book.thing(category)
    first = working_day(slot.start)
    cancelled = first + timedelta(days=rng.randint(5, 15))
    again = working_day(cancelled + timedelta(days=rng.randint(5, 18)))
    title, vendor = f"{place}{thing}{words.SUFFIX[category]}", book.vendor()
    pieces = [
        Piece(first, title, category, vendor, site=place, more={"cancelled_on": cancelled}),
        Piece(again, title, category, vendor if rng.random() < 0.4 else book.vendor(), site=place),
    ]
    miss(book, "cancelled_and_ordered_anew", slot, pieces, 0.9, above=False)


def same_name_other_number(book: Book) -> None:
    """Companies of one name with different 法人番号, each with its own repair at its own place."""
    rng, number = book.rng, book.rng.randint(3, 4)
    slot, name = book.slot(40), book.vendor()
    things = rng.sample(words.THINGS["施設修繕"].split(), number)
    pieces = []
    for day, thing in zip(apart(rng, number, 37, slot.start), things, strict=True):
        place, other = town(book), book.vendor()
        company = words.Vendor(name.core, name.form, name.front, other.number)
        pieces.append(Piece(day, f"{place}{thing}修繕", "施設修繕", company, site=place))
    miss(book, "same_name_other_number", slot, pieces, 0.75)


def after_the_storm(book: Book) -> None:
    """Urgent repairs of different damage at different places after one storm, different vendors (5号): at most low."""
    rng, number = book.rng, book.rng.randint(3, 5)
    year = rng.choice([2024, 2025])
    slot = book.slot(9, date(year, 8, 25), date(year, 10, 5))
    damage = rng.sample("倒木撤去 屋根飛散 法面崩落 フェンス倒壊 停電 冠水ポンプ 看板落下 ガラス破損".split(), number)
    ground = law.urgent_ground(book.shape.rulebook)
    pieces = []
    for day, what in zip(apart(rng, number, 6, slot.start), damage, strict=True):
        place = town(book)
        pieces.append(
            Piece(
                day,
                f"{place}{what}応急修繕",
                "施設修繕",
                book.vendor(),
                site=place,
                more={"ground": ground, "quotes": 1, "procured_on": day},
            )
        )
    miss(book, "after_the_storm", slot, pieces, 0.6, at_most="low")


def monthly_within_limit(book: Book) -> None:
    """Twelve monthly orders whose sum is within the limit."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, thing = (
        book.slot(336, date(2024, 4, 1), date(2025, 3, 20)),
        rng.choice("水質検査 害虫点検 観葉植物管理 マット交換".split()),
    )
    pieces = []
    for i in range(12):
        day = working_day(date(2024 + (i > 8), (i + 3) % 12 + 1, rng.randint(1, 5)))
        pieces.append(Piece(day, f"{thing}業務委託({day.month}月分)", "業務委託", vendor, site=place))
    low = book.limits("業務委託", date(2024, 4, 1), date(2024, 4, 1))[0]
    prices = [low // 12 // 110 * 110 - 110 * rng.randint(0, 20)] * 12
    book.label(SPLIT, NEAR_MISS, "monthly_within_limit", write(book, slot, pieces, prices))


def same_kind_other_schools(book: Book) -> None:
    """Two schools ask two vendors for different small repairs in the same month."""
    rng, number = book.rng, book.rng.randint(2, 3)
    slot = book.slot(28)
    things = rng.sample(words.THINGS["施設修繕"].split(), number)
    pieces = []
    for day, thing in zip(apart(rng, number, 25, slot.start), things, strict=True):
        place = school(book)
        pieces.append(Piece(day, f"{place}{thing}修繕", "施設修繕", book.vendor(), site=place))
    miss(book, "same_kind_other_schools", slot, pieces, 0.9, above=False)


def programme_total(book: Book) -> None:
    """A programme's announced total and its first part: the total is no contract (J-LIS ※3)."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, thing = book.slot(3), book.thing("業務委託")
    day = working_day(slot.start)
    low = book.limits("業務委託", book.procured(day), day)[0]
    total = Piece(day, f"{place}{thing}業務委託", "業務委託", vendor, site=place, more={"row_kind": "総額"})
    part = Piece(day, f"{place}{thing}業務委託(第1期)", "業務委託", vendor, site=place)
    rows = write(book, slot, [total, part], [taxed(low * 0.95), taxed(low * rng.uniform(0.3, 0.6))])
    rows[1]["parent_contract_id"] = rows[0]["contract_id"]
    book.label(SPLIT, NEAR_MISS, "programme_total", rows)


HARD_NEAR_MISSES = (
    Pattern("one_above_one_below", one_above_one_below, times=2),
    Pattern("names_alike", names_alike, times=2),
    Pattern("negotiated_lots", negotiated_lots, needs=("ground",), times=2),
    Pattern("cancelled_and_ordered_anew", cancelled_and_ordered_anew, needs=("cancelled_on",)),
    Pattern("same_name_other_number", same_name_other_number, needs=("vendor_numbers",)),
    Pattern("after_the_storm", after_the_storm, needs=("ground",)),
    Pattern("monthly_within_limit", monthly_within_limit),
    Pattern("same_kind_other_schools", same_kind_other_schools),
    Pattern("programme_total", programme_total, needs=("row_kind",)),
)
