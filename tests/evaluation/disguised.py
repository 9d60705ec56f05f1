"""Splitting in disguise: spellings, sections, categories, numbers, year ends, parts (issue 3, CHECKS.md split_orders)."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from datetime import date, timedelta

from tests.evaluation import words
from tests.evaluation.book import Book, RetryError, working_day
from tests.evaluation.law import CHANGE
from tests.evaluation.sets import Pattern, Piece, apart, named, plant, school, town

_ANY = ("工事", "施設修繕", "物品購入", "業務委託")


def three_spellings(book: Book) -> None:
    """One vendor written in three ways, one job in three pieces."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, category = book.slot(24), rng.choice(_ANY)
    thing, kind = book.thing(category), rng.choice(["sono", "bracket", "circled", "none"])
    spellings = rng.sample(words.SPELLINGS, 3)
    pieces = [
        Piece(
            day,
            f"{place}{thing}{words.SUFFIX[category]}{words.mark(kind, i)}",
            category,
            vendor,
            site=place,
            spelling=spelling,
        )
        for i, (day, spelling) in enumerate(zip(apart(rng, 3, 21, slot.start), spellings, strict=True), 1)
    ]
    plant(book, "three_spellings", slot, pieces)


def branch_office(book: Book) -> None:
    """The company and its branch office by turns (a branch is its company)."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, category = book.slot(17), rng.choice(_ANY)
    thing, name = book.thing(category), book.spelled(vendor)
    branch = f"{name} {rng.choice('東 西 県央 北部'.split())}{rng.choice(['支店', '営業所'])}"
    pieces = [
        Piece(day, f"{place}{thing}{words.SUFFIX[category]}{words.mark('bracket_sono', i)}", category, vendor, site=place,
              more={"vendors": branch if i % 2 == 0 else name})
        for i, day in enumerate(apart(rng, 3, 14, slot.start), 1)
    ]  # fmt: skip
    plant(book, "branch_office", slot, pieces)


def one_number_two_names(book: Book) -> None:
    """Two names that share one 法人番号."""
    rng, vendor, other, place = book.rng, book.vendor(), book.vendor(), town(book)
    slot, category, number = book.slot(17), rng.choice(_ANY), rng.choice([2, 3])
    thing = book.thing(category)
    pieces = [
        Piece(day, f"{place}{thing}{words.SUFFIX[category]}", category, vendor, site=place,
              more={"vendors": book.spelled(vendor if i % 2 else other)})
        for i, day in enumerate(apart(rng, number, 14, slot.start))
    ]  # fmt: skip
    plant(book, "one_number_two_names", slot, pieces, 0.8)


def two_halves(book: Book) -> None:
    """One job in two halves, two months apart."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    gap, category = rng.randint(55, 65), rng.choice(_ANY)
    slot, thing = book.slot(gap + 3), book.thing(category)
    marks = rng.choice(
        [("(前期)", "(後期)"), ("その1", "その2"), ("(第1回)", "(第2回)"), ("①", "②"), ("(上期分)", "(下期分)")]
    )
    pieces = [
        Piece(
            working_day(slot.start + timedelta(days=gap * i)),
            f"{place}{thing}{words.SUFFIX[category]}{each}",
            category,
            vendor,
            site=place,
        )
        for i, each in enumerate(marks)
    ]
    plant(book, "two_halves", slot, pieces, 0.8)


def three_categories(book: Book) -> None:
    """A thing bought, mounted and wired: one need under three categories, by one vendor within three weeks."""
    rng, vendor, place = book.rng, book.vendor(), school(book)
    slot = book.slot(24)
    thing = rng.choice("屋外時計 校内放送設備 電光掲示板 防犯カメラ 大型スクリーン 屋外スピーカー".split())
    wired = rng.choice(["電源工事", "配線工事", "電源引込工事"])
    parts = [("の購入", "物品購入", 1.15), ("設置工事", "工事", 1.0), (wired, "工事", 0.9)]
    pieces = [
        Piece(day, f"{place}{thing}{what}", category, vendor, site=place, weight=weight)
        for (what, category, weight), day in zip(parts, apart(rng, 3, 20, slot.start), strict=True)
    ]
    plant(book, "three_categories", slot, pieces, 0.6)


def before_the_change(book: Book) -> None:
    """Two orders in the last week before 2025-04-01: each within the old limit, together above it."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, category = book.slot(0, date(2025, 3, 25), date(2025, 3, 28)), rng.choice(_ANY)
    thing, kind = book.thing(category), rng.choice(["sono", "bracket", "none"])
    days = sorted([slot.start, date(2025, 3, rng.randint(slot.start.day, 31))])
    pieces = [
        Piece(working_day(day) if working_day(day) < CHANGE else day, named(book, place, thing, category) + words.mark(kind, i), category, vendor, site=place)
        for i, day in enumerate(days, 1)
    ]  # fmt: skip
    plant(book, "before_the_change", slot, pieces, 0.7)


def over_year_end(book: Book) -> None:
    """One job on both sides of 31 March; in 2025 the two sides also have two limits."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    year = rng.choice([2025, 2026]) if book.shape.has("procured_on") else 2025
    slot, category = book.slot(18, date(year, 3, 20), date(year, 4, 14)), rng.choice(_ANY)
    if slot.start > date(year, 3, 28):
        raise RetryError
    thing, kind = book.thing(category), rng.choice(["sono", "bracket", "circled"])
    days = [slot.start, working_day(date(year, 4, rng.randint(1, 10)))]
    if rng.random() < 0.4 or not book.shape.has("procured_on"):
        days.insert(1, slot.start + timedelta(days=2))
    pieces = [
        Piece(day, f"{place}{thing}{words.SUFFIX[category]}{words.mark(kind, i)}", category, vendor, site=place)
        for i, day in enumerate(days, 1)
    ]
    plant(book, "over_year_end", slot, pieces, 0.85)


def sections_of_bureau(book: Book) -> None:
    """Two or three sections of one bureau order one thing from one vendor within days."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    number = rng.randint(2, min(3, len(book.shape.sections)))
    slot, category = book.slot(12), rng.choice(["物品購入", "業務委託", "製造"])
    thing, sections = book.thing(category), rng.sample(book.shape.sections, number)
    pieces = [
        Piece(day, f"{thing}{words.SUFFIX[category]}", category, vendor, section=section, site=place)
        for day, section in zip(apart(rng, number, 9, slot.start), sections, strict=True)
    ]
    plant(book, "sections_of_bureau", slot, pieces, 0.8)


def same_day_wings(book: Book) -> None:
    """One job on one day, a contract for each wing, floor or route."""
    rng, number, vendor, place = book.rng, book.rng.randint(2, 4), book.vendor(), town(book)
    slot, category = book.slot(3), rng.choice(["工事", "施設修繕", "業務委託"])
    thing, day = book.thing(category), working_day(slot.start)
    names = rng.choice(
        [
            ["(A棟)", "(B棟)", "(C棟)", "(D棟)"],
            [" 1階", " 2階", " 3階", " 4階"],
            ["(東側)", "(西側)", "(南側)", "(北側)"],
        ]
    )
    procured = book.procured(day)
    pieces = [
        Piece(
            day,
            f"{place}{thing}{words.SUFFIX[category]}{name}",
            category,
            vendor,
            site=place,
            more={"procured_on": procured},
        )
        for name in names[:number]
    ]
    plant(book, "same_day_wings", slot, pieces, 0.72)


def parts_of_a_purchase(book: Book) -> None:
    """The parts of one purchase, each its own contract."""
    rng, vendor, place = book.rng, book.vendor(), book.area() + "支所"
    thing, parts = rng.choice(
        [
            ("窓口端末", "(本体) (ディスプレイ) (プリンタ) (ソフトウェア)"),
            ("会議システム", "(カメラ) (マイク) (スピーカー) (モニタ)"),
            ("応接セット", "(机) (椅子) (脇机) (書棚)"),
            ("防災倉庫備品", "(発電機) (投光器) (毛布) (簡易トイレ)"),
        ]
    )
    number, slot = rng.randint(2, 4), book.slot(10)
    pieces = [
        Piece(day, f"{place}{thing}の購入{part}", "物品購入", vendor, site=place)
        for part, day in zip(parts.split()[:number], apart(rng, number, 7, slot.start), strict=True)
    ]
    plant(book, "parts_of_a_purchase", slot, pieces, 0.75)


def same_title_again(book: Book) -> None:
    """One title, one vendor, one price, day after day, without any mark."""
    rng, number, vendor, place = book.rng, book.rng.randint(3, 5), book.vendor(), town(book)
    slot, category = book.slot(number + 3), rng.choice(["物品購入", "製造", "業務委託"])
    thing, start = book.thing(category), working_day(slot.start)
    pieces = [
        Piece(working_day(start + timedelta(days=i)), f"{thing}{words.SUFFIX[category]}", category, vendor, site=place)
        for i in range(number)
    ]
    plant(book, "same_title_again", slot, pieces, 0.8, equal=True)


def printed_in_batches(book: Book) -> None:
    """One print job by batches, two to four weeks apart."""
    rng, number, vendor, place = book.rng, book.rng.randint(3, 5), book.vendor(), town(book)
    step = rng.randint(14, 28)
    slot, thing = book.slot(step * (number - 1) + 3), book.thing("製造")
    pieces = [
        Piece(
            working_day(slot.start + timedelta(days=step * i)),
            f"{thing}の印刷(第{i + 1}回)",
            "製造",
            vendor,
            site=place,
        )
        for i in range(number)
    ]
    plant(book, "printed_in_batches", slot, pieces, 0.7)


def split_lease(book: Book) -> None:
    """One lease of machines as several, each within the limit by its annual rent."""
    rng, number, vendor, place = book.rng, book.rng.randint(2, 4), book.vendor(), town(book)
    slot, thing = book.slot(8), book.thing("物件の借入れ")
    kind = rng.choice(["sono", "bracket", "circled", "building"])
    pieces = [
        Piece(day, f"{thing}の賃貸借{words.mark(kind, i)}", "物件の借入れ", vendor, site=place)
        for i, day in enumerate(apart(rng, number, 5, slot.start), 1)
    ]
    plant(book, "split_lease", slot, pieces, 0.8)


def unit_prices(book: Book) -> None:
    """Unit-price contracts whose planned totals are each within the limit and together above it."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot = book.slot(10)
    thing = rng.choice("通知書発送 不法投棄物収集 健診データ入力 放置自転車撤去".split())
    marks = rng.choice(
        [("(前期分)", "(後期分)", "(年度末分)"), ("その1", "その2", "その3"), ("(東部)", "(西部)", "(中部)")]
    )
    pieces = [
        Piece(day, f"{thing}業務委託(単価契約){each}", "業務委託", vendor, site=place, more={"unit_price": True, "estimated_price": rng.randint(3, 40) * 55})
        for each, day in zip(marks, apart(rng, 3, 7, slot.start), strict=True)
    ]  # fmt: skip
    for piece, price in zip(pieces, book_prices(book, pieces), strict=True):
        piece.more["amount"] = price
    plant(book, "unit_prices", slot, pieces, 0.8)


def book_prices(book: Book, pieces: list[Piece]) -> list[int]:
    """Planned totals, yen: each at 80% of its limit, together above the highest."""
    for piece in pieces:
        piece.more.setdefault("procured_on", book.procured(piece.day))
    bounds = [book.limits(piece.category, piece.more["procured_on"], piece.day) for piece in pieces]
    totals = [low * book.rng.randint(76, 84) // 100 for low, _ in bounds]
    if sum(totals) <= max(high for _, high in bounds):
        raise RetryError
    return totals


DISGUISED = (
    Pattern("three_spellings", three_spellings),
    Pattern("branch_office", branch_office),
    Pattern("one_number_two_names", one_number_two_names, needs=("vendor_numbers",)),
    Pattern("two_halves", two_halves),
    Pattern("three_categories", three_categories),
    Pattern("before_the_change", before_the_change),
    Pattern("over_year_end", over_year_end),
    Pattern("sections_of_bureau", sections_of_bureau, needs=("sections",)),
    Pattern("same_day_wings", same_day_wings),
    Pattern("parts_of_a_purchase", parts_of_a_purchase),
    Pattern("same_title_again", same_title_again),
    Pattern("printed_in_batches", printed_in_batches),
    Pattern("split_lease", split_lease),
    Pattern("unit_prices", unit_prices, needs=("unit_price",)),
)
