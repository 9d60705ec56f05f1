"""Contracts that belong to nothing: random office, place, thing, vendor, day and price, each lawful by itself.

The shape of shared/bench/make_ledger.py: a few vendors often and most seldom, a heap on 1 April, a busy March.
"""
# ruff: noqa: SIM905  # a list of words is easiest read as words

import random
from datetime import date, timedelta

from tests.evaluation import law, words
from tests.evaluation.book import FIRST, Book, Row, Slot
from tests.evaluation.words import Vendor

_CATEGORIES = {  # share, median yen, sigma
    "業務委託": (0.42, 1_600_000, 1.5),
    "物品購入": (0.26, 700_000, 1.4),
    "工事": (0.10, 6_000_000, 1.5),
    "施設修繕": (0.07, 900_000, 1.1),
    "物件の借入れ": (0.05, 900_000, 1.3),
    "製造": (0.04, 500_000, 1.2),
    "物品修繕": (0.03, 300_000, 1.0),
    "設計・調査・測量": (0.02, 3_000_000, 1.1),
    "財産の売払い": (0.005, 400_000, 1.2),
    "物件の貸付け": (0.005, 300_000, 1.0),
}
_THINGS = (
    "空調設備 昇降機 消防用設備 受変電設備 給水設備 非常用発電機 電話交換機 複合機 パソコン端末 サーバ機器 ネットワーク機器 住民記録システム 税務システム "
    "財務会計システム 図書館システム 健康管理システム 防災無線 庁用自動車 給食用備品 机・椅子 書架 照明器具 防火扉 屋上防水 外壁 トイレ プール 遊具 "
    "街路樹 道路照明 側溝 舗装 橋りょう 下水道管 配水管 ポンプ 水質 土壌 アスベスト 耐震 測量 健康診断 予防接種 広報紙 封筒 パンフレット 名簿 "
    "コピー用紙 事務用品 医薬品 消毒液 作業服 図書 地図 燃料 電力量計 防犯カメラ 監視装置"
).split()
_ACTIONS = {
    "業務委託": "保守点検業務 運用支援業務 清掃業務 警備業務 調査業務 計画策定支援業務 改修業務 データ作成業務 研修業務 運営業務",
    "物品購入": "の購入 の更新に伴う購入 の買入れ 一式の購入",
    "工事": "改修工事 更新工事 設置工事 補修工事 撤去工事",
    "施設修繕": "修繕 緊急修繕 部分修繕",
    "物件の借入れ": "の賃貸借 賃貸借(再リース) の借上げ",
    "製造": "の印刷製本 の製造",
    "物品修繕": "の修理 部品交換修理",
    "設計・調査・測量": "改修設計業務 実施設計業務 調査測量業務",
    "財産の売払い": "の売払い",
    "物件の貸付け": "の貸付け",
}
_KINDS = words.SCHOOLS + "公民館 図書館 保育所 区役所 消防署 浄水場 体育館 公園".split()
_SITES = [area + kind for area in words.BACKGROUND_AREAS for kind in _KINDS]


def fill(book: Book) -> None:
    """The shape's number of contracts that belong to nothing."""
    rng, shape = book.rng, book.shape
    vendors = words.companies(rng, background=True, first=30_000_000_000 + book.seed * 10_000)
    vendors = vendors[: max(30, shape.background // 8)]
    days = [FIRST + timedelta(days=i) for i in range((shape.as_of - FIRST).days)]
    weights = [18.0 if (d.month, d.day) == (4, 1) else 1.8 if d.month == 3 else 1.0 for d in days]
    for signed in rng.choices(days, weights, k=shape.background):
        category = rng.choices(list(_CATEGORIES), [share for share, _, _ in _CATEGORIES.values()])[0]
        office = rng.randrange(len(shape.bureaus) * len(shape.sections))
        rank = min(int(rng.paretovariate(0.9) * 4) - 4, 299)
        _one(book, signed, category, office, vendors[(office * 7 + rank) % len(vendors)])


def _one(book: Book, signed: date, category: str, office: int, vendor: Vendor) -> None:
    rng, shape = book.rng, book.shape
    _, median, sigma = _CATEGORIES[category]
    estimate = round(rng.lognormvariate(0, sigma) * median / 1000) * 1000 + 1000
    procured = signed - timedelta(days=rng.randint(5, 40))
    lowest, highest = book.limits(category, procured, signed)
    small = estimate <= lowest
    if not small and estimate <= highest:
        estimate, small = highest + 101_000, False  # never between two tables: what such a contract is nobody can say
    roll = rng.random()
    if small and roll < 0.94:
        method, ground = "随意契約", law.small_value_ground(shape.rulebook, category)
    elif roll < 0.45:
        method, ground = "一般競争", ""
    elif roll < 0.72:
        method, ground = "指名競争", ""
    else:
        method, ground = "随意契約", _ground(rng, shape.rulebook)
    slot = Slot(shape.bureaus[office // len(shape.sections)], shape.sections[office % len(shape.sections)], signed)
    site, action = rng.choice(_SITES), rng.choice(_ACTIONS[category].split())
    title = f"{site}{rng.choice(_THINGS)}{action}"
    if rng.random() < 0.12:
        title = f"令和{signed.year - 2018 - (signed.month < 4)}年度 {title}"
    row = book.contract(
        slot, signed, title, category, estimate, vendor, procured_on=procured, method=method, ground=ground, site=site
    )
    if method != "随意契約":
        row["quotes"], row["bidders"] = None, 1 + rng.randrange(5)
    if shape.has("publications"):
        book.publish(row, signed + timedelta(days=rng.randint(1, 9)))


def _ground(rng: random.Random, rulebook: str) -> str:
    """A ground above the limit, of the kinds that no chain is made of."""
    return rng.choices(
        [law.nature_ground(rulebook), law.urgent_ground(rulebook), law.no_bidder_ground(rulebook)], [0.8, 0.12, 0.08]
    )[0]


def distract(book: Book, planted: list[Row], vendor: Vendor) -> None:
    """Sometimes the vendor of a planted set also does something unrelated, far from it or for another bureau."""
    rng, shape = book.rng, book.shape
    if rng.random() > 0.4:
        return
    first = min(row["signed_on"] for row in planted)
    category = rng.choice(["業務委託", "物品購入", "施設修繕"])
    site = rng.choice(_SITES)
    far = [first - timedelta(days=rng.randint(150, 250)), first + timedelta(days=rng.randint(190, 260))]
    days = [day for day in far if FIRST <= day < shape.as_of]
    elsewhere = [bureau for bureau in shape.bureaus if bureau != planted[0]["bureau"]]
    if rng.random() < 0.5 and elsewhere:
        bureau, days = rng.choice(elsewhere), [first + timedelta(days=rng.randint(0, 20))]
    else:
        bureau = planted[0]["bureau"]
    if not days or days[-1] >= shape.as_of:
        return
    day, procured = days[-1], book.procured(days[-1])
    estimate = int(book.limits(category, procured, day)[0] * rng.uniform(0.15, 0.6)) // 1000 * 1000
    title = f"{site}{rng.choice(_THINGS)}{rng.choice(_ACTIONS[category].split())}"
    row = book.contract(
        Slot(bureau, rng.choice(shape.sections), day), day, title, category, estimate, vendor, site=site
    )
    if shape.has("publications"):
        book.publish(row, day + timedelta(days=rng.randint(1, 9)))
