"""What looks like splitting and is none: failures, seasons, recorded phases, schools, insurances, storms.

at_most is 'low' where a careful auditor would accept a low note, '' where even that would cost trust.
"""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from tests.evaluation import law
from tests.evaluation.book import NEAR_MISS, Slot, taxed, working_day
from tests.evaluation.hard.everyday import regular
from tests.evaluation.hard.writing import HardBook, wordings
from tests.evaluation.sets import SPLIT, Piece, apart, measures, school, town, write
from tests.evaluation.words import Vendor

_GIVEN = "太郎 花子 一郎 恵 誠 由美 健 直子 浩 幸子".split()
_PLANTS = (
    "第一浄水場 第二浄水場 東配水場 西配水場 南ポンプ場 北ポンプ場 中央処理場 雨水ポンプ場 取水場 汚泥処理場".split()
)


def clear(
    book: HardBook, slug: str, slot: Slot, pieces: Sequence[Piece], share: float, *, above: bool = True, at_most: str = "", honest: int = 3
) -> None:  # fmt: skip
    """Pieces that are no split, and honest small orders of the first vendor beside them."""
    rows = write(book, slot, pieces, measures(book, pieces, share, spread=0.3, above=above))
    book.label(SPLIT, NEAR_MISS, slug, rows, at_most)
    category = "施設修繕" if pieces[0].category in ("工事", "施設修繕") else "物品購入"
    regular(book, slot, pieces[0].vendor, honest, category)


def broke_twice(book: HardBook) -> None:
    """A pump failed in one plant and, eighty days later, another in another plant; one repairer."""
    rng, vendor, area = book.rng, book.vendor(), book.area()
    slot = book.slot(95)
    machine, fault = (
        rng.choice("送水ポンプ 薬注ポンプ ブロワ 流量計 減速機".split()),
        rng.choice("修繕 故障修理 部品取替".split()),
    )
    sites = [area + plant for plant in rng.sample(_PLANTS, 2)]
    days = [working_day(slot.start), working_day(slot.start + timedelta(days=rng.randint(72, 92)))]
    pieces = [
        Piece(day, f"{site}{machine}{fault}", "施設修繕", vendor, site=site)
        for day, site in zip(days, sites, strict=True)
    ]
    clear(book, "broke_twice", slot, pieces, 0.8, at_most="low")


def two_festivals(book: HardBook) -> None:
    """A spring and an autumn event, the same hall builder, five or six months apart."""
    rng, vendor, area = book.rng, book.vendor(), book.area()
    year = rng.choice([2024, 2025])
    slot = book.slot(200, date(year, 4, 15), date(year, 12, 1))
    what = rng.choice(
        [("春まつり", "秋まつり"), ("桜まつり", "紅葉まつり"), ("春季大会", "秋季大会"), ("前期講演会", "成人のつどい")]
    )
    job = rng.choice("会場設営業務委託 音響業務委託 警備業務委託 テント設営委託".split())
    days = [working_day(date(year, 4, rng.randint(15, 28))), working_day(date(year, 10, rng.randint(1, 25)))]
    pieces = [
        Piece(day, f"{area}{event}{job}", "業務委託", vendor, site=area + "公園")
        for day, event in zip(days, what, strict=True)
    ]
    clear(book, "two_festivals", replace(slot, start=days[0]), pieces, 0.8)


def recorded_phases(book: HardBook) -> None:
    """Consecutive phases of one work under a recorded 分離・分割発注方針."""
    rng, place, vendor = book.rng, town(book), book.vendor()
    slot = book.slot(80)
    job = wordings(rng, "工事", 1)[0]
    days = apart(rng, 3, 75, slot.start)
    pieces = [
        Piece(day, f"{book.told(place)}{job}工事 {i}期", "工事", vendor, site=place, more={"separation_policy": True})
        for i, day in enumerate(days, 1)
    ]
    clear(book, "recorded_phases", slot, pieces, 0.8)


def car_insurances(book: HardBook) -> None:
    """Insurance of each vehicle as its own runs out, one insurer, over a year; also several on a day."""
    rng, vendor = book.rng, book.vendor()
    slot = book.slot(330, date(2024, 4, 10), date(2025, 3, 20))
    company = Vendor(vendor.core[:2] + "損害保険", vendor.form, vendor.front, vendor.number)
    pieces = [
        Piece(day, f"公用車任意保険料({rng.randint(10, 99)}-{rng.randint(10, 99)})", "その他", company)
        for day in apart(rng, rng.randint(9, 14), 320, slot.start)
    ]
    clear(book, "car_insurances", slot, pieces, 0.1, at_most="low", honest=0)


def lecturers(book: HardBook) -> None:
    """A course with a lecturer for every evening; each is another person."""
    rng, place = book.rng, town(book)
    slot = book.slot(45)
    course = rng.choice("市民大学講座 職員研修 子育て講座 健康教室 人権講演会 防災リーダー養成講座".split())
    pieces = []
    for day in apart(rng, rng.randint(4, 6), 42, slot.start):
        person = book.vendor()
        name = f"{person.core[:2]} {rng.choice(_GIVEN)}"
        more = {"vendors": name, "vendor_numbers": "", "quotes": 1} | (
            {"nondisclosure": "個人"} if rng.random() < 0.5 else {}
        )
        pieces.append(Piece(day, f"{course}講師業務委託", "業務委託", person, site=place, more=more))
    clear(book, "lecturers", slot, pieces, 0.35, honest=0)


def licences(book: HardBook) -> None:
    """Licences of different software, each renewed when it runs out, from one dealer."""
    rng, vendor = book.rng, book.vendor()
    slot = book.slot(280)
    names = rng.sample(
        "ウイルス対策 CAD 会計 画像編集 統計解析 地図閲覧 文書比較 動画編集 資産管理 バックアップ".split(), 3
    )
    starts = [0, rng.randint(65, 120), rng.randint(190, 270)]
    pieces = [
        Piece(working_day(slot.start + timedelta(days=offset)), f"{name}ソフトウェアライセンス更新", "物品購入", vendor)
        for name, offset in zip(names, starts, strict=True)
    ]
    clear(book, "licences", slot, pieces, 0.6)


def textbooks(book: HardBook) -> None:
    """Each school buys its own teachers' books in April from the district's only dealer."""
    rng, vendor = book.rng, book.vendor()
    year = rng.choice([2024, 2025])
    slot = book.slot(20, date(year, 4, 3), date(year, 4, 30))
    pieces = []
    for day in apart(rng, rng.randint(5, 8), 17, slot.start):
        name = school(book)
        title = rng.choice(["教師用教科書・指導書の購入", "教師用指導書購入"])
        ground = {"ground": law.nature_ground(book.shape.rulebook)} if rng.random() < 0.5 else {}
        pieces.append(
            Piece(day, title, "物品購入", vendor, site=name, more={"department": name, "quotes": 1, **ground})
        )
    clear(book, "textbooks", slot, pieces, 0.5, at_most="low", honest=0)


def schools_by_themselves(book: HardBook) -> None:
    """Schools, each with its own budget and name as department, order toner or cloth from the same store all term."""
    rng, vendor = book.rng, book.vendor()
    slot = book.slot(100)
    title = rng.choice("トナーカートリッジの購入 教材用紙の購入 清掃用品の購入 体育用品の購入 理科消耗品の購入".split())
    pieces = []
    for day in apart(rng, rng.randint(6, 9), 95, slot.start):
        name = school(book)
        pieces.append(Piece(day, title, "物品購入", vendor, site=name, more={"department": name}))
    clear(book, "schools_by_themselves", slot, pieces, 0.25, at_most="low", honest=0)


def machines_on_lease(book: HardBook) -> None:
    """Different machines leased from one leasing company when each falls due, months apart."""
    rng, vendor = book.rng, book.vendor()
    slot = book.slot(260)
    company = Vendor(vendor.core[:2] + "リース", vendor.form, vendor.front, vendor.number)
    things = rng.sample("複合機 AED 公用車 印刷機 測量機 電話設備 券売機 食器洗浄機 券面印字機".split(), 3)
    days = [
        working_day(slot.start + timedelta(days=offset)) for offset in (0, rng.randint(65, 110), rng.randint(170, 250))
    ]
    pieces = [Piece(day, f"{thing}の賃貸借", "物件の借入れ", company) for day, thing in zip(days, things, strict=True)]
    clear(book, "machines_on_lease", slot, pieces, 0.6, honest=0)


def leases_of_april(book: HardBook) -> None:
    """Different machines leased from one company from 1 April."""
    rng, vendor = book.rng, book.vendor()
    year = rng.choice([2024, 2025])
    slot = book.slot(0, date(year, 4, 1), date(year, 4, 1))
    company = Vendor(vendor.core[:2] + "リース", vendor.form, vendor.front, vendor.number)
    things = rng.sample("複合機 AED 公用車 印刷機 測量機 電話設備 券売機 食器洗浄機".split(), rng.randint(3, 5))
    pieces = [
        Piece(slot.start, f"{thing}賃貸借", "物件の借入れ", company, more={"procured_on": date(year, 3, 12)})
        for thing in things
    ]
    clear(book, "leases_of_april", slot, pieces, 0.55, at_most="low", honest=0)


def joint_purchase(book: HardBook) -> None:
    """Every bureau orders its own share at the price of a joint tender; each bureau's sum is small."""
    rng, vendor = book.rng, book.vendor()
    slot = book.slot(8)
    title = rng.choice(
        "コピー用紙の購入(共同購入分) 電気自動車用充電カードの購入 防災服の購入(共同購入) 事務用封筒の購入(共同購入分)".split()
    )
    bureaus = rng.sample(book.shape.bureaus, min(5, len(book.shape.bureaus)))
    pieces = [
        Piece(day, title, "物品購入", vendor, bureau=bureau)
        for day, bureau in zip(apart(rng, len(bureaus), 6, slot.start), bureaus, strict=True)
    ]
    clear(book, "joint_purchase", slot, pieces, 0.4, at_most="low", honest=0)


def typhoon(book: HardBook) -> None:
    """After one typhoon the nearest builder mends several places at once on the ground of urgency."""
    rng, vendor = book.rng, book.vendor()
    year = rng.choice([2024, 2025])
    slot = book.slot(9, date(year, 8, 25), date(year, 10, 5))
    damage = rng.sample(
        "倒木処理 屋根復旧 法面崩落応急復旧 フェンス倒壊復旧 ガラス破損修繕 看板撤去 雨漏り応急修繕".split(), 3
    )
    pieces = []
    for day, what in zip(apart(rng, 3, 6, slot.start), damage, strict=True):
        place = town(book)
        more = {"ground": law.urgent_ground(book.shape.rulebook), "quotes": 1, "procured_on": day}
        pieces.append(Piece(day, f"{place}{what}", "施設修繕", vendor, site=place, more=more))
    clear(book, "typhoon", slot, pieces, 0.7, at_most="low")


def big_and_small(book: HardBook) -> None:
    """One large work let by competition and a small one by the same firm at the same place: one piece below the limit."""
    rng, place, vendor = book.rng, town(book), book.vendor()
    slot = book.slot(40)
    job, start = wordings(rng, "工事", 1)[0], working_day(slot.start)
    large = Piece(start, f"{place}{job}工事", "工事", vendor, site=place,
                  more={"method": "一般競争", "ground": "", "quotes": None, "bidders": rng.randint(2, 5)})  # fmt: skip
    day = working_day(start + timedelta(days=rng.randint(8, 35)))
    small = Piece(
        day,
        f"{place}{rng.choice(['仮囲い移設', '掲示板移設', '樹木移植', '倉庫内片付け'])}",
        "施設修繕",
        vendor,
        site=place,
    )
    limit = book.limits("施設修繕", book.procured(day), day)
    prices = [taxed(limit[1] * rng.uniform(3, 12)), taxed(limit[0] * rng.uniform(0.4, 0.85))]
    book.label(SPLIT, NEAR_MISS, "big_and_small", write(book, slot, [large, small], prices))
    regular(book, slot, vendor, 3)
