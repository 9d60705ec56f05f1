"""publication_due: the state's 72 and 93 days and さいたま市's classes, to the day and to the yen (law.md 2.1, 2.2, 6.6)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from tests.evaluation import law
from tests.evaluation.book import Book, Row
from tests.evaluation.law import CHANGE
from tests.evaluation.others import between, say, single

CHECK = "publication_due"
_STATE_ITEMS = (
    "契約の名称及び内容\n契約担当官等の氏名並びに所属部局の名称及び所在地\n契約締結日\n契約の相手方の商号又は名称及び住所\n"
    "競争入札の別又は随意契約の根拠条文及び理由\n契約金額"
)


def _web(book: Book, row: Row, day: date, medium: str = "ウェブ", **more: Any) -> None:
    book.add(
        "publications",
        {"contract_id": row["contract_id"], "kind": "結果", "medium": medium, "published_on": day} | more,
    )


def state_due(signed: date) -> date:
    """翌日から起算して72日以内, 93 for contracts of April."""
    return signed + timedelta(days=93 if signed.month == 4 else 72)


# --- the state, as of 2026-07-13 ------------------------------------------------------------------------------------


def _contract(book: Book, signed: date, over: int = 1, **more: Any) -> Row:
    """Above the limit of its article by ``over`` yen, in competition or not."""
    category = more.pop("category", None) or book.rng.choice(["業務委託", "工事", "物品購入", "製造"])
    procured = more.pop("procured_on", None) or signed - timedelta(days=25)
    limit, _ = book.limits(category, procured, signed)
    method = book.rng.choice(["一般競争", "随意契約"])
    ground = "" if method == "一般競争" else law.nature_ground(book.shape.rulebook)
    return single(
        book, signed, category, limit + over, procured_on=procured, **({"method": method, "ground": ground} | more)
    )


def state(book: Book) -> None:
    """Eight planted contracts and eight near misses of the state's duty."""
    rng = book.rng
    old = between(book, date(2025, 5, 10), date(2026, 3, 20))  # not in April, due long ago
    say(book, CHECK, True, "unpublished_inversion", _contract(book, date(2026, 5, 1)))
    say(book, CHECK, True, "unpublished_93_days", _contract(book, date(2026, 4, 10)))
    say(book, CHECK, True, "unpublished", _contract(book, old, rng.choice([1, 500_000])))
    day = between(book, date(2025, 3, 1), date(2025, 3, 28))
    say(book, CHECK, True, "unpublished_old_limit", _contract(book, day, 100_000))
    late = _contract(book, old)
    _web(book, late, state_due(old) + timedelta(days=rng.choice([1, 1, 12])))
    say(book, CHECK, True, "late", late)
    first = date(2025, rng.choice([5, 6]), rng.randint(1, 28))
    short = _contract(book, first)
    _web(book, short, first + timedelta(days=20), withdrawn_on=first + timedelta(days=rng.choice([364, 200])))
    say(book, CHECK, True, "withdrawn_early", short)
    items = _contract(book, old)
    _web(book, items, old + timedelta(days=20), items=_STATE_ITEMS.replace("契約締結日\n", ""))
    say(book, CHECK, True, "items_missing", items)
    forecast = _contract(book, old)
    _web(book, forecast, old - timedelta(days=20), kind="見通し")
    say(book, CHECK, True, "only_a_forecast", forecast)

    say(book, CHECK, False, "due_today", _contract(book, date(2026, 5, 2)), at_most="info")
    say(book, CHECK, False, "due_in_august", _contract(book, date(2026, 4, 30)), at_most="info")
    say(book, CHECK, False, "exactly_at_limit", _contract(book, old, 0))
    on_time = _contract(book, old)
    _web(book, on_time, state_due(old))
    say(book, CHECK, False, "on_the_last_day", on_time)
    kept = _contract(book, first)
    _web(
        book,
        kept,
        first + timedelta(days=20),
        withdrawn_on=first + timedelta(days=rng.choice([365, 366])),
        items=_STATE_ITEMS,
    )
    say(book, CHECK, False, "kept_a_year", kept)
    sale = single(book, old, "財産の売払い", 9_000_000, method="一般競争", ground="")
    say(book, CHECK, False, "sale", sale)
    new = date(2025, 4, rng.randint(2, 25))
    within = _contract(book, new, 0, procured_on=CHANGE)
    say(book, CHECK, False, "within_the_new_limit", within)
    say(book, CHECK, False, "secret", _contract(book, old, 800_000, method="随意契約", ground="99条1号"))


# --- さいたま市, as of 2026-08-01 ------------------------------------------------------------------------------------

_Q2, _Q1 = date(2026, 6, 30), date(2026, 3, 31)  # due 2026-07-31 and 2026-04-30


def saitama(book: Book) -> None:
    """Twelve planted contracts and fourteen near misses of the city's classes."""
    say_planted(book)
    say_near_misses(book)


def _city(book: Book, day: date, category: str, yen: int, **more: Any) -> Row:
    return single(
        book,
        day,
        category,
        yen,
        **({"ground": "5号" if category in ("工事", "施設修繕") else "2号物品等⑥", "amount": yen} | more),
    )


def say_planted(book: Book) -> None:
    rng = book.rng
    make: list[tuple[str, Row]] = [
        ("works", _city(book, rng.choice([_Q2, _Q1, date(2026, 4, 1)]), "工事", 2_500_001)),
        ("survey_for_works", _city(book, _Q1, "設計・調査・測量", 1_000_001, construction_related=True)),
        ("facility_repair", _city(book, _Q2, "施設修繕", 2_500_001)),
        ("goods_web", _city(book, date(2026, 7, 21), "物品購入", 300_001)),
        ("goods_repair", _city(book, date(2026, 7, 21), "物品修繕", 1_000_001)),
        ("lease", _city(book, rng.choice([_Q1, date(2025, 9, 30)]), "物件の借入れ", 800_001)),
        ("services_at_least", _city(book, rng.choice([_Q2, _Q1]), "業務委託", 1_000_000)),
        ("sewerage_is_no_water_works", _city(book, date(2026, 7, 10), "物品購入", 400_000, account="下水道")),
    ]
    goods = make[3][1]
    _web(book, goods, date(2026, 7, 25), "閲覧")  # on the web it is missing
    late = _city(book, _Q1, "工事", 3_000_000)
    _web(book, late, date(2026, 5, 1))
    gazette = _city(book, date(2026, 6, 1), "業務委託", 60_000_000, method="一般競争", ground="", specific_procurement="その他",
                    awarded_on=date(2026, 5, 20))  # fmt: skip
    welfare = _city(book, date(2026, 7, 2), "業務委託", 2_600_000, ground="3号")
    _web(book, welfare, date(2026, 7, 10), "窓口")
    short = _city(book, date(2025, 3, 25), "業務委託", 2_600_000, ground="3号", starts_on=date(2025, 4, 1))
    for medium in ("窓口", "ウェブ"):
        _web(book, short, date(2025, 4, 1), medium, withdrawn_on=date(2026, 3, 30))
    for slug, row in [
        *make,
        ("late", late),
        ("gazette", gazette),
        ("welfare_web", welfare),
        ("withdrawn_early", short),
    ]:
        say(book, CHECK, True, slug, row)


def say_near_misses(book: Book) -> None:
    rng = book.rng
    quiet: list[tuple[str, Row]] = [
        ("works_at_the_amount", _city(book, _Q2, "工事", 2_500_000)),
        ("survey_at_the_amount", _city(book, _Q1, "設計・調査・測量", 1_000_000, construction_related=True)),
        ("facility_repair_at_the_amount", _city(book, _Q2, "施設修繕", 2_500_000)),
        ("goods_at_the_amount", _city(book, date(2026, 7, 1), "物品購入", 300_000)),
        ("lease_at_the_amount", _city(book, _Q1, "物件の借入れ", 800_000)),
        ("services_below", _city(book, _Q2, "業務委託", 999_999)),
        ("water_works", _city(book, date(2026, 6, 1), "物品購入", 700_000, account="水道")),
        ("exempt", _city(book, _Q1, "業務委託", 4_000_000, publication_exemption="情報公開条例第7条第2号")),
        ("competition", _city(book, _Q1, "工事", 9_000_000, method="一般競争", ground="")),
    ]
    for slug, row in quiet:
        say(book, CHECK, False, slug, row)
    waiting: list[tuple[str, Row]] = [
        ("next_quarter", _city(book, date(2026, 7, 1), "工事", 3_000_000)),
        ("summer_lease", _city(book, date(2026, 4, 1), "物件の借入れ", 900_000)),
        ("tenth_day", _city(book, date(2026, 7, 22), "物品購入", 500_000)),
        ("72nd_day", _city(book, date(2026, 6, 1), "業務委託", 60_000_000, method="一般競争", ground="", specific_procurement="その他",
                           awarded_on=date(2026, 5, 21))),
    ]  # fmt: skip
    _web(book, waiting[2][1], date(2026, 7, 29), "閲覧")
    for slug, row in waiting:
        say(book, CHECK, False, slug, row, at_most="info")
    on_time = _city(book, rng.choice([_Q1, date(2026, 1, 5)]), "工事", 3_000_000)
    _web(book, on_time, date(2026, 4, 30))
    say(book, CHECK, False, "on_the_last_day", on_time)
    kept = _city(book, date(2025, 3, 25), "業務委託", 2_600_000, ground="3号", starts_on=date(2025, 4, 1))
    for medium in ("窓口", "ウェブ"):
        _web(book, kept, date(2025, 4, 1), medium, withdrawn_on=date(2026, 3, 31))
    say(book, CHECK, False, "kept_to_the_year_end", kept)


MAKERS: dict[str, Callable[[Book], None]] = {"state": state, "saitama": saitama}
