"""The background of the hard ledgers: what an office orders all year from the same few stores. Nobody would look twice.

The sum of each need of a section in a year stays below 60% of the limit; a store may serve several needs.
"""
# ruff: noqa: SIM905  # a list of words is easiest read as words

import random
from dataclasses import dataclass
from datetime import date, timedelta

from tests.evaluation import law, words
from tests.evaluation.book import FIRST, NEAR_MISS, Book, Row, Slot, taxed, working_day
from tests.evaluation.hard.writing import HardBook
from tests.evaluation.sets import SPLIT
from tests.evaluation.words import Vendor

_PLACES = [
    area + kind for area in words.BACKGROUND_AREAS for kind in "小学校 中学校 公民館 図書館 保育所 体育館".split()
]
_FAULTS = "水漏れ 鍵 網戸 蛍光灯 蝶番 換気扇 蛇口 ガラス 雨樋 排水詰まり コンセント インターホン 畳 襖".split()


@dataclass(frozen=True)
class Need:
    """What a section orders in a year: how often, and each order as a share of the limit."""

    trade: str
    category: str
    titles: tuple[str, ...]
    times: tuple[int, int]
    share: tuple[float, float]


NEEDS = (
    Need("文具", "物品購入", ("消耗品の購入", "消耗品購入", "事務用品の購入", "文房具ほか購入", "事務用消耗品 一式", "コピー用紙購入"), (6, 10), (0.01, 0.05)),
    Need("文具", "物品購入", ("備品購入", "庁用備品の購入", "事務用備品購入", "パイプ椅子ほか購入"), (1, 3), (0.05, 0.17)),
    Need("事務機", "物品購入", ("トナーカートリッジの購入", "トナーほか購入", "プリンタ消耗品の購入"), (4, 8), (0.02, 0.06)),
    Need("石油", "物品購入", ("燃料費", "公用車燃料の購入", "ガソリン代", "灯油の購入"), (10, 12), (0.01, 0.04)),
    Need("清掃用品", "物品購入", ("清掃用品の購入", "衛生用品購入", "トイレットペーパーほか購入", "洗剤ほか消耗品"), (3, 6), (0.01, 0.06)),
    Need("印刷", "製造", ("印刷製本費", "封筒の印刷", "チラシ印刷", "窓口案内印刷製本", "冊子印刷ほか"), (4, 8), (0.01, 0.06)),
    Need("工務店", "施設修繕", ("修繕料", "{place}修繕", "{place}{fault}修繕", "{fault}ほか修繕", "小修繕", "{place}{fault}ほか修繕"), (5, 9), (0.01, 0.06)),
    Need("自動車", "物品修繕", ("公用車修理", "車検整備", "公用車タイヤ交換", "車両修繕料", "公用車法定点検"), (3, 6), (0.03, 0.09)),
    Need("サービス", "業務委託", ("手数料", "クリーニング代", "害虫駆除業務", "植木手入れ", "看板取付作業", "廃棄書類処理業務"), (2, 5), (0.02, 0.1)),
    Need("商店", "物品購入", ("会議用飲料の購入", "食糧費", "来客用茶葉ほか購入"), (2, 5), (0.005, 0.02)),
)  # fmt: skip
_SCHOOL_NEEDS = tuple(NEEDS[i] for i in (0, 2, 4, 5, 6))
_MACHINES = "自動ドア 昇降機 消防用設備 電話交換機 自家用電気工作物 空調設備 機械警備 受水槽 非常放送設備 ボイラー 貯湯槽 舞台吊物 監視カメラ 券売機".split()


def stores(book: Book) -> dict[str, list[Vendor]]:
    """Two or three stores of every trade in the town, with names of the background."""
    surnames = words.companies(book.rng, background=True, first=40_000_000_000 + book.seed * 10_000)
    trades = sorted({need.trade for need in NEEDS} | {"設備", "ビルサービス"})
    kept: dict[str, list[Vendor]] = {}
    for trade in trades:
        kept[trade] = []
        for _ in range(3 if trade in ("文具", "工務店", "ビルサービス") else 2):
            one = surnames.pop()
            name = one.core[:2] + trade
            kept[trade].append(Vendor(name, one.form, one.front, one.number))
    return kept


def fill(book: HardBook) -> None:
    """Every section's year, every school's year, and the yearly maintenance of each bureau."""
    town = stores(book)
    for bureau in book.shape.bureaus:
        for section in book.shape.sections:
            _year_of(book, bureau, section, town, NEEDS)
        _few_machines(book, bureau, town)
    if "教育" in book.shape.bureaus[-1]:
        areas = book.rng.sample(list(words.BACKGROUND_AREAS), 10)
        for area in areas:
            name = area + book.rng.choice(words.SCHOOLS)
            _year_of(book, book.shape.bureaus[-1], name, town, _SCHOOL_NEEDS, school=True)
    if book.shape.planted:
        _april(book, book.shape.bureaus[0], town["ビルサービス"])
    _competitive(book, town, book.shape.background)


def _year_of(
    book: HardBook, bureau: str, section: str, town: dict[str, list[Vendor]], needs: tuple[Need, ...], *, school: bool = False
) -> None:  # fmt: skip
    rng = book.rng
    chosen = needs if school else rng.sample(needs, min(len(needs), rng.randint(5, 8)))
    for need in chosen:
        habit = rng.sample(town[need.trade], 2)  # the first nearly always, the second sometimes
        for year in (2024, 2025):
            limit = book.limits(need.category, date(2024, 4, 1), date(2024, 4, 1))[0]
            for _ in range(max(1, rng.randint(*need.times) // (2 if school else 1))):
                day = _working(rng, year)
                if day >= book.shape.as_of:
                    continue
                yen = _price(rng, limit, need.share)
                place = section if school else rng.choice(_PLACES)
                title = rng.choice(need.titles).format(place=place, fault=rng.choice(_FAULTS))
                site = place if place in title or school else ""
                more = {"department": section} if school else {}
                if not school and rng.random() < book.shape.blank:
                    more = {"department": ""}
                vendor = habit[0] if rng.random() < 0.85 else habit[1]
                book.contract(Slot(bureau, section, day), day, title, need.category, yen, vendor, site=site, **more)


def year_day(rng: random.Random, year: int) -> date:
    """Any day of the fiscal year, March more often."""
    if rng.random() < 0.15:
        return date(year + 1, 3, rng.randint(1, 25))
    return date(year, 4, 1) + timedelta(days=rng.randint(0, 355))


def _working(rng: random.Random, year: int) -> date:
    return working_day(year_day(rng, year))


def _price(rng: random.Random, limit: int, share: tuple[float, float]) -> int:
    yen = limit * rng.uniform(*share)
    return rng.choice([taxed(yen), round(yen / 110) * 110, max(1, round(yen / 1000)) * 1000])


def regular(book: HardBook, slot: Slot, vendor: Vendor, number: int, category: str = "施設修繕") -> list[Row]:
    """Honest small orders of a label's vendor in its section: other places, other things, together within the limit."""
    rng, rows = book.rng, []
    limit = book.limits(category, date(2024, 4, 1), date(2024, 4, 1))[0]
    need = next(each for each in NEEDS if each.category == category)
    for _ in range(number):
        day = working_day(slot.start + timedelta(days=rng.randint(-200, 200)))
        if not FIRST <= day < book.shape.as_of:
            continue
        place = rng.choice(_PLACES)
        title = rng.choice(need.titles).format(place=place, fault=rng.choice(_FAULTS))
        yen = taxed(limit * rng.uniform(0.01, 0.6 / max(number, 8)))
        site = place if place in title else ""
        rows.append(book.contract(Slot(slot.bureau, slot.section, day), day, title, category, yen, vendor, site=site))
    return rows


def _few_machines(book: HardBook, bureau: str, town: dict[str, list[Vendor]]) -> None:
    """A bureau's maintenance from 1 April: a few machines, each with its own maker or one firm within the limit."""
    rng = book.rng
    limit = book.limits("業務委託", date(2024, 4, 1), date(2024, 4, 1))[0]
    for machine in rng.sample(_MACHINES, 2):
        vendor, place, yen = rng.choice(town["設備"]), rng.choice(_PLACES), taxed(limit * rng.uniform(0.1, 0.45))
        _renew(book, bureau, vendor, place, machine, yen)


def _april(book: HardBook, bureau: str, firms: list[Vendor]) -> None:
    """Maintenance signed on 1 April by the dozen with two firms: different machines at different places (at most low)."""
    rng = book.rng
    limit = book.limits("業務委託", date(2024, 3, 10), date(2024, 4, 1))[0]
    machines = rng.sample(_MACHINES, 10)
    for firm, own in zip(firms, (machines[:6], machines[6:]), strict=False):
        rows: list[Row] = []
        for machine in own:
            place, yen = rng.choice(_PLACES), taxed(limit * rng.uniform(0.3, 0.95))
            rows += _renew(book, bureau, firm, place, machine, yen)
        book.label(SPLIT, NEAR_MISS, "april_by_the_dozen", rows, at_most="low")


def _renew(book: HardBook, bureau: str, vendor: Vendor, place: str, machine: str, yen: int) -> list[Row]:
    """The same contract on every 1 April."""
    made, section = [], book.rng.choice(book.shape.sections)
    title = f"{place}{machine}{book.rng.choice(['保守点検業務委託', '保守業務', '点検委託'])}"
    for year in (2024, 2025, 2026):
        day = date(year, 4, 1)
        if day < book.shape.as_of and yen <= book.limits("業務委託", date(year, 3, 10), day)[0]:
            row = book.contract(
                Slot(bureau, section, day),
                day,
                title,
                "業務委託",
                yen,
                vendor,
                site=place,
                procured_on=date(year, 3, 10),
            )
            made.append(row)
    return made


def _competitive(book: HardBook, town: dict[str, list[Vendor]], number: int) -> None:
    """Some larger contracts let by competition or under another ground, as every ledger has."""
    rng, firms = book.rng, [each for trade in town.values() for each in trade]
    for _ in range(number):
        category = rng.choice(["工事", "業務委託", "物品購入"])
        day = _working(rng, rng.choice([2024, 2025]))
        if day >= book.shape.as_of:
            continue
        yen = taxed(book.limits(category, date(2025, 4, 1), date(2026, 4, 1))[1] * rng.uniform(1.2, 12))
        more = rng.choice(
            [
                {"method": "一般競争", "ground": "", "quotes": None, "bidders": rng.randint(1, 5)},
                {"method": "指名競争", "ground": "", "quotes": None, "bidders": rng.randint(2, 6)},
                {"ground": law.nature_ground(book.shape.rulebook), "quotes": 1},
            ]
        )
        place = rng.choice(_PLACES)
        title = place + book.thing(category) + words.SUFFIX[category]
        slot = Slot(rng.choice(book.shape.bureaus), rng.choice(book.shape.sections), day)
        book.contract(slot, day, title, category, yen, rng.choice(firms), site=place, **more)
