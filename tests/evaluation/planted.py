"""Splitting as it was found in real cases: law.md 7.2 (thirteen) and audit-cases.csv; a number in brackets is its row."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from datetime import date, timedelta

from tests.evaluation import words
from tests.evaluation.book import FIRST, Book, working_day
from tests.evaluation.sets import Pattern, Piece, apart, fiscal, named, plant, school, town

_BUILDING = ("工事", "施設修繕")
_ANY = ("工事", "施設修繕", "物品購入", "業務委託", "製造")
_MARKS = ("sono", "bracket_sono", "bracket", "circled", "round", "letter", "roman", "none")


def equal_at_limit(book: Book) -> None:
    """(1) One work as twelve (or so) equal contracts just under the limit, one vendor, one school."""
    rng, number, vendor, place = book.rng, book.rng.choice([6, 8, 10, 12, 12, 12]), book.vendor(), school(book)
    span = rng.choice([0, 14, 40, 60])
    slot, thing, kind = book.slot(span + 3), book.thing("工事"), rng.choice(_MARKS)
    pieces = [
        Piece(day, f"{place}{thing}工事{words.mark(kind, i)}", "工事", vendor, site=place)
        for i, day in enumerate(apart(rng, number, span, slot.start), 1)
    ]
    plant(book, "equal_at_limit", slot, pieces, 0.9985, equal=True)


def lamps_of_schools(book: Book) -> None:
    """(2, issue) One kind of work at nine to seventeen schools in as many days, one vendor, one contract a school."""
    rng, number, vendor = book.rng, book.rng.choice([9, 9, 11, 14, 17]), book.vendor()
    slot, thing = book.slot(number), book.thing("工事")
    pieces = []
    for i in range(number):
        place = school(book)
        told = place if not book.shape.has("site") or rng.random() < 0.7 else ""
        pieces.append(Piece(slot.start + timedelta(days=i), f"{told}{thing}工事", "工事", vendor, site=place))
    plant(book, "lamps_of_schools", slot, pieces, rng.choice([0.4, 0.55, 0.68]))


def mix(book: Book) -> None:
    """(4) Sizes 84% 2–4, 12% 5–9, 3% 10 and more; the mean piece at 68% of the limit; one vendor, one place, one job."""
    rng, roll = book.rng, book.rng.random()
    number = rng.randint(2, 4) if roll < 0.85 else rng.randint(5, 9) if roll < 0.97 else rng.randint(10, 16)
    span = rng.choice([0, 3, 7, 14, 30, 40])
    slot, vendor, place, category = book.slot(span + 3), book.vendor(), town(book), rng.choice(_ANY)
    thing, kind = book.thing(category), rng.choice(_MARKS)
    pieces = [
        Piece(day, named(book, place, thing, category, words.mark(kind, i)), category, vendor, site=place)
        for i, day in enumerate(apart(rng, number, span, slot.start), 1)
    ]
    told = {piece.title.startswith(place) for piece in pieces}
    if len(told) > 1:  # one writer, one way of writing
        pieces = [Piece(p.day, place + p.title.removeprefix(place), p.category, vendor, site=place) for p in pieces]
    plant(book, "mix", slot, pieces, 0.68)


def six_repairs(book: Book) -> None:
    """(issue) Six repairs around 68% of the limit over forty days: one building, one vendor, parts of one renewal."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot = book.slot(43)
    parts = rng.sample("1階東側 1階西側 2階東側 2階西側 3階東側 3階西側 屋上 地階".split(), 6)
    thing = book.thing("施設修繕")
    pieces = [
        Piece(day, f"{place}{part}{thing}修繕", "施設修繕", vendor, site=place)
        for part, day in zip(parts, apart(rng, 6, 40, slot.start), strict=True)
    ]
    plant(book, "six_repairs", slot, pieces, 0.68)


def one_facility(book: Book) -> None:
    """(5) A hospital's works of one kind go to one vendor again and again, every two or three weeks."""
    rng, number, vendor = book.rng, book.rng.randint(7, 10), book.vendor()
    place = book.area() + "病院"
    slot = book.slot(number * 18 + 3)
    wards = [f"{floor}階{side}病棟" for floor in range(2, 8) for side in "東西"]
    thing = rng.choice("病室改修工事 床改修工事 個室化改修工事".split())
    pieces = [
        Piece(
            working_day(slot.start + timedelta(days=18 * i + rng.randint(0, 3))),
            f"{place}{ward}{thing}",
            "工事",
            vendor,
            site=place,
        )
        for i, ward in enumerate(rng.sample(wards, number))
    ]
    plant(book, "one_facility", slot, pieces, 0.8)


def small_repairs(book: Book) -> None:
    """(6) One repair at three or four spots of a building within days, all far below the limit, one vendor."""
    rng, number, vendor, place = book.rng, book.rng.choice([3, 4, 4, 5]), book.vendor(), town(book)
    slot, thing = book.slot(10), book.thing("施設修繕")
    rooms = rng.sample(words.ROOMS, number)
    pieces = [
        Piece(day, f"{place}{thing}修繕({room})", "施設修繕", vendor, site=place)
        for room, day in zip(rooms, apart(rng, number, 7, slot.start), strict=True)
    ]
    plant(book, "small_repairs", slot, pieces, 0.37)


def year_end_repair(book: Book) -> None:
    """(7) Repairs of one gymnasium in two to four pieces, in February and March."""
    rng, number, vendor, place = book.rng, book.rng.randint(2, 4), book.vendor(), book.area() + "体育館"
    year = rng.choice([2025, 2026])
    slot = book.slot(20, date(year, 2, 20), date(year, 3, 31))
    thing, kind = book.thing("施設修繕"), rng.choice(_MARKS[:-1])
    pieces = [
        Piece(day, f"{place}{thing}修繕{words.mark(kind, i)}", "施設修繕", vendor, site=place)
        for i, day in enumerate(apart(rng, number, 17, slot.start), 1)
    ]
    plant(book, "year_end_repair", slot, pieces, 0.75)


def road_sections(book: Book) -> None:
    """(8) One road improvement as three contracts by section, one vendor."""
    rng, number, vendor, area = book.rng, book.rng.randint(2, 4), book.vendor(), book.area()
    slot, thing = book.slot(17), rng.choice("道路改良 側溝改修 舗装補修 水路改修".split())
    kind = rng.choice(["section", "section", "sono", "circled"])
    pieces = [
        Piece(day, f"市道{area}線{thing}工事{words.mark(kind, i)}", "工事", vendor, site=f"{area}地内")
        for i, day in enumerate(apart(rng, number, 14, slot.start), 1)
    ]
    plant(book, "road_sections", slot, pieces, 0.8)


def light_works_by_trade(book: Book) -> None:
    """(9) One repair of a school as several "light works" by part of the building, one quotation, one vendor."""
    rng, number, vendor, place = book.rng, book.rng.randint(3, 4), book.vendor(), school(book)
    slot, room = book.slot(10), rng.choice("図工室 音楽室 理科室 家庭科室 職員室".split())
    parts = rng.sample("床 壁 天井 窓 建具 照明".split(), number)
    pieces = [
        Piece(day, f"{place}{room}{part}補修工事", "工事", vendor, site=place, more={"quotes": 1})
        for part, day in zip(parts, apart(rng, number, 7, slot.start), strict=True)
    ]
    plant(book, "light_works_by_trade", slot, pieces, 0.7)


def after_the_fact(book: Book) -> None:
    """(10) A contract, and its addition ten days later as a contract of its own; together above the limit."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    category, gap = rng.choice(_BUILDING), rng.randint(5, 14)
    slot, thing = book.slot(gap + 3), book.thing(category)
    word = words.SUFFIX[category]
    more = rng.choice(
        [f"{thing}追加{word}", f"{thing}{word}(追加)", f"{thing}{word} 追加分", f"{thing}に伴う追加{word}"]
    )
    pieces = [
        Piece(working_day(slot.start), f"{place}{thing}{word}", category, vendor, site=place),
        Piece(working_day(slot.start + timedelta(days=gap)), place + more, category, vendor, site=place, weight=0.7),
    ]
    plant(book, "after_the_fact", slot, pieces, 0.9)


def rotation(book: Book) -> None:
    """(issue) Three vendors in turn on three days under one title."""
    rng = book.rng
    slot, category, place = book.slot(4), rng.choice(_ANY), town(book)
    thing, start = book.thing(category), working_day(slot.start)
    start -= timedelta(days=max(0, start.weekday() - 2))  # Monday to Wednesday, so that three days follow
    pieces = [
        Piece(
            max(start, FIRST) + timedelta(days=i),
            f"{place}{thing}{words.SUFFIX[category]}",
            category,
            book.vendor(),
            site=place,
        )
        for i in range(3)
    ]
    plant(book, "rotation", slot, pieces, 0.75)


def dispersal(book: Book) -> None:
    """(11) One kind of work in one district at one time, handed out to four or more vendors."""
    rng, number = book.rng, book.rng.randint(4, 6)
    slot, area = book.slot(12), book.area()
    thing, kind = rng.choice("反射鏡設置 区画線設置 防護柵設置 案内標識設置".split()), rng.choice(_MARKS[:-1])
    pieces = [
        Piece(day, f"{area}地区{thing}工事{words.mark(kind, i)}", "工事", book.vendor(), site=f"{area}地区")
        for i, day in enumerate(apart(rng, number, 9, slot.start), 1)
    ]
    plant(book, "dispersal", slot, pieces, 0.6)


def trades_of_one_room(book: Book) -> None:
    """(12) A room fitted out by one vendor under three contracts of one day: the words differ, place and day agree."""
    rng, vendor = book.rng, book.vendor()
    room = book.area() + rng.choice("病院手術室 病院集中治療室 給食センター調理場 分析センター実験室".split())
    slot = book.slot(3)
    jobs = rng.sample("内装改修工事 設備改修工事 建具取替工事 電気配線工事 空調ダクト工事".split(), 3)
    procured = book.procured(working_day(slot.start))
    pieces = [
        Piece(working_day(slot.start), f"{room}{job}", "工事", vendor, site=room, more={"procured_on": procured})
        for job in jobs
    ]
    plant(book, "trades_of_one_room", slot, pieces, 0.85)


def rooms_of_building(book: Book) -> None:
    """(13) Four rooms of one building, one vendor, within a month or two."""
    rng, vendor, place = (
        book.rng,
        book.vendor(),
        book.area() + book.rng.choice("病院外来棟 庁舎別館 研修センター本館".split()),
    )
    span = rng.choice([20, 35, 45])
    slot = book.slot(span + 3)
    thing = rng.choice("改修工事 内装改修工事 間仕切り改修工事".split())
    pieces = [
        Piece(day, f"{place}{room}{thing}", "工事", vendor, site=place)
        for room, day in zip(rng.sample(words.ROOMS, 4), apart(rng, 4, span, slot.start), strict=True)
    ]
    plant(book, "rooms_of_building", slot, pieces, 0.77)


def year_end_furnishing(book: Book) -> None:
    """(red flags, issue) An office furnished in March, one kind of furniture to a contract, one vendor."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    year, number = rng.choice([2025, 2026]), rng.randint(3, 4)
    slot = book.slot(15, date(year, 3, 5), date(year, 3, 31))
    goods = rng.sample("机 椅子 書庫 ロッカー パーテーション 会議テーブル".split(), number)
    room = rng.choice(words.ROOMS[:4])
    bracket = rng.random() < 0.5
    pieces = [
        Piece(
            day,
            f"{place}{room}用備品の購入({thing})" if bracket else f"{place}{room}用{thing}の購入",
            "物品購入",
            vendor,
            site=place,
        )
        for thing, day in zip(goods, apart(rng, number, 12, slot.start), strict=True)
    ]
    plant(book, "year_end_furnishing", slot, pieces, 0.7)


def monthly(book: Book) -> None:
    """(issue) Twelve monthly orders of one yearly need, one vendor."""
    rng, vendor = book.rng, book.vendor()
    year = 2024 if not book.shape.has("procured_on") else rng.choice([2024, 2025])
    slot = book.slot(336, date(year, 4, 1), date(year + 1, 3, 20))
    category = rng.choice(["物品購入", "業務委託"])
    thing = rng.choice(
        {
            "物品購入": "コピー用紙 給食用米 車両用燃料 介護用品".split(),
            "業務委託": "庁舎窓清掃 廃棄物収集 植栽管理 会議録作成".split(),
        }[category]
    )
    place, style = town(book), rng.choice(["bracket", "front", "plain"])
    pieces = []
    for i in range(12):
        day = working_day(date(year + (i > 8), (i + 3) % 12 + 1, rng.randint(1, 5)))
        month, suffix = (i + 3) % 12 + 1, words.SUFFIX[category]
        title = {
            "bracket": f"{thing}{suffix}({month}月分)",
            "front": f"令和{fiscal(day)}年度{month}月分 {thing}{suffix}",
            "plain": f"{thing}{suffix} {month}月分",
        }[style]
        pieces.append(Piece(day, title, category, vendor, site=place))
    plant(book, "monthly", slot, pieces, rng.choice([0.2, 0.35, 0.5]))


REAL_CASES = (
    Pattern("equal_at_limit", equal_at_limit),
    Pattern("lamps_of_schools", lamps_of_schools),
    Pattern("mix", mix, times=9),
    Pattern("six_repairs", six_repairs),
    Pattern("one_facility", one_facility),
    Pattern("small_repairs", small_repairs),
    Pattern("year_end_repair", year_end_repair),
    Pattern("road_sections", road_sections),
    Pattern("light_works_by_trade", light_works_by_trade),
    Pattern("after_the_fact", after_the_fact),
    Pattern("rotation", rotation),
    Pattern("dispersal", dispersal),
    Pattern("trades_of_one_room", trades_of_one_room),
    Pattern("rooms_of_building", rooms_of_building),
    Pattern("year_end_furnishing", year_end_furnishing),
    Pattern("monthly", monthly),
)
