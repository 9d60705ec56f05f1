"""Cases of one contract each for the other checks: how a case is written into a book."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tests.evaluation import words
from tests.evaluation.book import NEAR_MISS, PLANTED, Book, Row, Slot

_JOBS = (
    "航空写真判読 森林資源調査 山地災害調査 路網整備計画策定 木材流通調査 生物多様性調査 水源林整備効果検証 研修教材作成 統計システム改修 広報動画制作 "
    "データベース構築 国際会議運営 衛星画像解析 地域計画支援 需要予測調査 保安林台帳整備 技術者育成支援 普及啓発 影響評価 指針改訂"
).split()


def office(book: Book, day: date) -> Slot:
    """Any office: single contracts do not need one for themselves."""
    return Slot(book.rng.choice(book.shape.bureaus), book.rng.choice(book.shape.sections), day)


def single(book: Book, day: date, category: str, measure: int, *, publish: bool = False, **more: Any) -> Row:
    """A contract of its own vendor, place and title."""
    place, vendor = book.area(), book.vendor()
    job = (
        book.rng.choice(_JOBS)
        if category == "業務委託"
        else book.thing(category)
        if category in words.THINGS
        else "旧庁舎備品"
    )
    title = f"{place}{job}{words.SUFFIX.get(category, 'の売払い')}"
    row = book.contract(office(book, day), day, title, category, measure, vendor, site=place, **more)
    if publish:
        book.publish(row, day + timedelta(days=1))
    return row


def large(book: Book, day: date, amount: int, **more: Any) -> Row:
    """A contract won in open competition and duly published; ``amount`` is exact."""
    more = {"method": "一般競争", "ground": "", "quotes": None, "bidders": 3, "amount": amount} | more
    return single(book, day, "業務委託", amount, publish=book.shape.has("publications"), **more)


def say(
    book: Book,
    check: str,
    planted: bool,
    slug: str,
    row: Row | Sequence[Row],
    *,
    at_most: str = "",
    at_least: str = "low",
) -> None:
    """Label one contract or several."""
    rows = [row] if isinstance(row, dict) else row
    book.label(check, PLANTED if planted else NEAR_MISS, slug, rows, at_most, at_least)


def between(book: Book, first: date, last: date) -> date:
    return first + timedelta(days=book.rng.randint(0, (last - first).days))
