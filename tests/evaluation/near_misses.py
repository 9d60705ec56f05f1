"""What looks like splitting and is not, by law or by plain reading (CHECKS.md split_orders "not flagged", law.md 7.1, 12.5)."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from datetime import date, timedelta

from tests.evaluation import law, words
from tests.evaluation.book import NEAR_MISS, Book, RetryError, taxed, working_day
from tests.evaluation.law import CHANGE
from tests.evaluation.sets import SPLIT, Pattern, Piece, apart, fiscal, miss, named, school, town, write

_ANY = ("工事", "施設修繕", "物品購入", "業務委託")


def dwellings(book: Book) -> None:
    """Three to six dwellings leased from one landlord on one day under the ground for land and buildings (J-LIS 20–24)."""
    rng, vendor, area = book.rng, book.vendor(), book.area()
    slot, number = book.slot(3, latest=date(2026, 3, 31)), rng.randint(3, 6)
    ground = {"jlis": "(2)ア", "national": "99条23号", "rinya": "99条23号"}.get(book.shape.rulebook, "2号")
    day, category = working_day(slot.start), "物件の借入れ"
    low, _ = book.limits(category, day - timedelta(days=7), day)
    rent = taxed(low * rng.choice([0.6, 0.75, 0.9, 1.2, 2.0]))
    style = rng.choice(["職員宿舎の賃貸借({}号室)", "職員用住宅の賃貸借(その{})", "単身赴任者宿舎({}号室)の賃貸借"])
    more = {"ground": ground, "procured_on": day - timedelta(days=7), "quotes": 1}
    if rng.random() < 0.3:  # from individuals, whose names are not published (J-LIS 15–19)
        more |= {"nondisclosure": "個人", "vendors": "契約の相手方が個人のため公表しない", "vendor_numbers": ""}
    pieces = [
        Piece(
            day,
            f"{area}{style.format(i if 'その' in style else 100 * rng.randint(1, 9) + i)}",
            category,
            vendor,
            site=area,
            more=dict(more),
        )
        for i in range(1, number + 1)
    ]
    book.label(SPLIT, NEAR_MISS, "dwellings", write(book, slot, pieces, [rent] * number))


def lots_of_competition(book: Book) -> None:
    """Lots of one competition, each small, all won on one day."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, number, category = book.slot(3), rng.randint(2, 5), rng.choice(_ANY)
    thing, kind, day = (
        book.thing(category),
        rng.choice(["section", "bracket_sono", "building", "bracket"]),
        working_day(slot.start),
    )
    method = rng.choice(["一般競争", "指名競争"])
    procured = book.procured(day)
    pieces = [
        Piece(day, f"{place}{thing}{words.SUFFIX[category]}{words.mark(kind, i)}", category, vendor, site=place,
              more={"method": method, "ground": "", "quotes": None, "bidders": rng.randint(2, 6), "procured_on": procured})
        for i in range(1, number + 1)
    ]  # fmt: skip
    miss(book, "lots_of_competition", slot, pieces, 0.85)


def competitive_same_title(book: Book) -> None:
    """Competitions under one title some days apart."""
    rng, vendor = book.rng, book.vendor()
    slot, category = book.slot(28), rng.choice(_ANY)
    thing, number = book.thing(category), rng.randint(2, 3)
    more = {"method": "指名競争", "ground": "", "quotes": None, "bidders": rng.randint(3, 7)}
    pieces = []
    for day in apart(rng, number, 25, slot.start):
        place = town(book)
        pieces.append(Piece(day, named(book, place, thing, category), category, vendor, site=place, more=dict(more)))
    miss(book, "competitive_same_title", slot, pieces, 0.85)


def amendment(book: Book) -> None:
    """A contract and its own amendment; in some ledgers only 変更元契約番号 tells it."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, category = book.slot(40), rng.choice(_ANY)
    thing, later = book.thing(category), rng.randint(10, 37)
    title, start = f"{place}{thing}{words.SUFFIX[category]}", working_day(slot.start)
    change = Piece(
        working_day(slot.start + timedelta(days=later)),
        title + rng.choice(["", "(変更)", "(第1回変更)"]),
        category,
        vendor,
        site=place,
    )
    first = Piece(start, title, category, vendor, site=place)
    low, _ = book.limits(category, book.procured(start), start)
    price = taxed(low * rng.uniform(0.55, 0.9))
    rows = write(book, slot, [first, change], [price, taxed(price * rng.uniform(0.8, 1.0))])
    total = price + taxed(price * rng.uniform(0.05, 0.25))
    rows[1].update(
        row_kind=rng.choice(["変更", "変更", ""]),
        change_of=rows[0]["contract_id"],
        amount_after_change=min(total, low // 1100 * 1100),
    )
    book.label(SPLIT, NEAR_MISS, "amendment", rows)


def yearly_job(book: Book) -> None:
    """The same job once in every fiscal year, eleven to thirteen months apart, the year in the title or not."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, category = book.slot(392, latest=date(2026, 3, 31)), rng.choice(_ANY)
    thing, told = book.thing(category), rng.random() < 0.5
    days = [working_day(slot.start), working_day(slot.start + timedelta(days=rng.randint(335, 390)))]
    if fiscal(days[0]) == fiscal(days[1]):
        raise RetryError
    if rng.random() < 0.3:
        days = [date(year, 4, 1) for year in (2024, 2025, 2026) if date(year, 4, 1) < book.shape.as_of]
    title = f"{place}{thing}{words.SUFFIX[category]}"
    pieces = [
        Piece(day, f"令和{fiscal(day)}年度 {title}" if told else title, category, vendor, site=place,
              more={"procured_on": day - timedelta(days=12)})
        for day in days
    ]  # fmt: skip
    miss(book, "yearly_job_with_year" if told else "yearly_job_without_year", slot, pieces, 0.9, above=False)


def general_store(book: Book) -> None:
    """Unrelated purchases of all the bureaus from one general store within a week or two."""
    rng, vendor, shape = book.rng, book.vendor(), book.shape
    number = min(8, len(shape.bureaus))
    slot = book.slot(13)
    goods = rng.sample(words.THINGS["物品購入"].split(), number)
    bureaus = rng.sample(shape.bureaus, number)
    pieces = []
    for day, thing, bureau in zip(apart(rng, number, 10, slot.start), goods, bureaus, strict=True):
        place, section = town(book), rng.choice(shape.sections)
        title = named(book, place, thing, "物品購入")
        pieces.append(Piece(day, title, "物品購入", vendor, bureau=bureau, section=section, site=place))
    miss(book, "general_store", slot, pieces, 0.6)


def generic_title(book: Book) -> None:
    """The plainest of titles, bought by different bureaus each for itself."""
    rng, shape = book.rng, book.shape
    number = min(rng.randint(3, 4), len(shape.bureaus))
    slot, one = book.slot(23), book.vendor()
    title = rng.choice("事務用品の購入 消耗品の購入 コピー用紙の購入 トナーカートリッジの購入".split())
    same = rng.random() < 0.5
    pieces = [
        Piece(
            day,
            title,
            "物品購入",
            one if same else book.vendor(),
            bureau=bureau,
            section=rng.choice(shape.sections),
            site=town(book),
        )
        for day, bureau in zip(apart(rng, number, 20, slot.start), rng.sample(shape.bureaus, number), strict=True)
    ]
    miss(book, "generic_title", slot, pieces, 0.55, above=number > 2)


def within_the_new_limit(book: Book) -> None:
    """Two orders of April 2025 or later: together within the new limit, though above the old one."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, category = book.slot(17, date(2025, 4, 16)), rng.choice(_ANY)
    thing, kind = book.thing(category), rng.choice(["sono", "bracket", "none"])
    days = apart(rng, 2, 12, slot.start)
    pieces = [
        Piece(day, f"{place}{thing}{words.SUFFIX[category]}{words.mark(kind, i)}", category, vendor, site=place,
              more={"procured_on": max(CHANGE, day - timedelta(days=9))})
        for i, day in enumerate(days, 1)
    ]  # fmt: skip
    body = "municipality" if book.shape.rulebook == "municipality" else "prefecture"
    old, _ = law.limits(body, category, CHANGE - timedelta(days=1), CHANGE)
    new, _ = law.limits(body, category, CHANGE, CHANGE)
    total = rng.randint(old + 50_000, new)
    half = total // 2 + rng.randint(-total // 20, total // 20)
    book.label(SPLIT, NEAR_MISS, "within_the_new_limit", write(book, slot, pieces, [half, total - half]))


def separation_policy(book: Book) -> None:
    """Trades of one building let apart under the policy for small firms (law.md 7.1, 堺市)."""
    rng, place = book.rng, school(book)
    slot, number = book.slot(10), rng.randint(2, 3)
    trades = rng.sample("建築工事 電気設備工事 機械設備工事 外構工事".split(), number)
    thing = rng.choice("トイレ改修 空調改修 倉庫新築 給食室改修".split())
    more = (
        {"separation_policy": True} if book.shape.has("separation_policy") else {"remarks": "分離・分割発注方針による"}
    )
    one = book.vendor()
    pieces = [
        Piece(
            day,
            f"{place}{thing}({trade})",
            "工事",
            one if rng.random() < 0.3 else book.vendor(),
            site=place,
            more=dict(more),
        )
        for trade, day in zip(trades, apart(rng, number, 7, slot.start), strict=True)
    ]
    miss(book, "separation_policy", slot, pieces, 0.85)


def exactly_at_limit(book: Book) -> None:
    """Pieces of one job whose sum is exactly the limit: 「超えない」 is met."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, category = (
        book.slot(10, latest=date(2025, 3, 31) if not book.shape.has("procured_on") else None),
        rng.choice(_ANY),
    )
    thing, kind, number = book.thing(category), rng.choice(["sono", "bracket", "none"]), rng.randint(2, 3)
    days = apart(rng, number, 7, slot.start)
    if min(days) - timedelta(days=15) < CHANGE <= max(days):
        raise RetryError
    pieces = [
        Piece(day, f"{place}{thing}{words.SUFFIX[category]}{words.mark(kind, i)}", category, vendor, site=place)
        for i, day in enumerate(days, 1)
    ]
    limit, high = book.limits(category, days[0] - timedelta(days=15), days[-1])
    if limit != high:
        raise RetryError
    first = taxed(limit * rng.uniform(0.3, 0.5))
    prices = [first, limit - first] if number == 2 else [first, taxed(limit * 0.2), limit - first - taxed(limit * 0.2)]
    book.label(SPLIT, NEAR_MISS, "exactly_at_limit", write(book, slot, pieces, prices))


def within_limit(book: Book) -> None:
    """Every sign of one job (vendor, place, title, days), but the sum is within the limit."""
    rng, vendor, place = book.rng, book.vendor(), town(book)
    slot, category, number = book.slot(24), rng.choice(_ANY), rng.randint(2, 4)
    thing, kind = book.thing(category), rng.choice(["sono", "circled", "building", "none"])
    days = apart(rng, number, 21, slot.start)
    pieces = [
        Piece(day, f"{place}{thing}{words.SUFFIX[category]}{words.mark(kind, i)}", category, vendor, site=place)
        for i, day in enumerate(days, 1)
    ]
    low = min(book.limits(category, day - timedelta(days=15), day)[0] for day in days)
    prices = [taxed(low * rng.uniform(0.8, 0.97) / number) for _ in pieces]
    book.label(SPLIT, NEAR_MISS, "within_limit", write(book, slot, pieces, prices))


def different_needs(book: Book) -> None:
    """One department and one vendor, but two needs that have nothing in common, months apart."""
    rng, vendor = book.rng, book.vendor()
    slot = book.slot(150)
    needs = rng.sample(
        [("昇降機保守点検業務委託", "業務委託"), ("印刷用紙の購入", "物品購入"), ("駐車場区画線補修工事", "工事"), ("式典会場設営業務委託", "業務委託"),
         ("防災備蓄食の購入", "物品購入"), ("講堂椅子の修理", "物品修繕"), ("側溝清掃業務委託", "業務委託"), ("受付カウンターの購入", "物品購入")], 2
    )  # fmt: skip
    days = [working_day(slot.start), working_day(slot.start + timedelta(days=rng.randint(75, 145)))]
    pieces = []
    for day, (title, category) in zip(days, needs, strict=True):
        place = town(book)
        pieces.append(Piece(day, place + title, category, vendor, site=place))
    miss(book, "different_needs", slot, pieces, 0.9, above=False)


PLAIN_NEAR_MISSES = (
    Pattern("dwellings", dwellings, needs=("ground",), times=2),
    Pattern("lots_of_competition", lots_of_competition, times=2),
    Pattern("competitive_same_title", competitive_same_title),
    Pattern("amendment", amendment, needs=("change_of",), times=2),
    Pattern("yearly_job", yearly_job, times=3),
    Pattern("general_store", general_store, times=2),
    Pattern("generic_title", generic_title, times=2),
    Pattern("within_the_new_limit", within_the_new_limit, times=2),
    Pattern("separation_policy", separation_policy, times=2),
    Pattern("exactly_at_limit", exactly_at_limit, times=2),
    Pattern("within_limit", within_limit, times=2),
    Pattern("different_needs", different_needs, times=2),
)
