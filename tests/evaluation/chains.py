"""sole_source_chain: three or more connected contracts with one vendor in 36 months, and what only looks so (CHECKS.md)."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tests.evaluation import law, words
from tests.evaluation.book import Book, Row, working_day
from tests.evaluation.others import office, say
from tests.evaluation.words import Vendor

CHECK = "sole_source_chain"
_CONNECTED = {  # as the bodies write them, widths and all
    "jlis": ("(2)キ", "（２）キ", "(2)ｷ", "(２) キ"),
    "saitama": ("2号物品等⑧", "2号⑧", "6号物品等⑥", "２号工事等②イ"),
    "prefecture": ("特例政令11条1項2号", "特例政令第11条第1項第2号"),
}
_OTHER = {  # kin of the connected grounds that are none: exclusive rights, specified by law, urgent
    "jlis": ("(2)力", "(2)カ", "(2)オ"),
    "saitama": ("2号物品等⑦", "6号物品等⑤", "2号物品等⑨"),
    "prefecture": ("特例政令11条1項1号", "特例政令11条1項3号"),
}
_SYSTEMS = "住民基本台帳 税総合 国保年金 福祉総合 文書管理 財務会計 庶務事務 統合認証 公的個人認証 情報提供ネットワーク 施設予約 土木積算 電子申請 校務支援".split()
_WORDS = "システム機器更改 システム改修業務 システム運用保守業務 システム機能追加業務 システム回線増設 システム監視業務".split()


def _links(book: Book, days: Sequence[date], vendor: Vendor | None, grounds: Sequence[str], **more: Any) -> list[Row]:
    """Contracts on connected systems on these days, each far above the small-value limit."""
    rng = book.rng
    slot, system = office(book, days[0]), book.area() + rng.choice(_SYSTEMS)
    rows = []
    for i, day in enumerate(days):
        yen = rng.randint(5_000, 80_000) * 1100
        title = f"{system}{rng.choice(_WORDS)}"
        row = book.contract(
            slot, day, title, "業務委託", yen, vendor, ground=grounds[i % len(grounds)], quotes=1, **more
        )
        if book.shape.has("publications"):
            book.publish(row, day + timedelta(days=1))
        rows.append(row)
    return rows


def _days(book: Book, number: int, months: int) -> list[date]:
    """Days over a span of months, the last within the year before the date of the ledger."""
    last = book.shape.as_of - timedelta(days=book.rng.randint(20, 300))
    step = months * 30.4 / max(1, number - 1)
    return [working_day(last - timedelta(days=round(step * i))) for i in range(number)][::-1]


def _months_before(day: date, months: int) -> date:
    month = day.year * 12 + day.month - 1 - months
    return date(month // 12, month % 12 + 1, min(day.day, 28))


def planted(book: Book) -> None:
    rng, rulebook = book.rng, book.shape.rulebook
    connected = _CONNECTED[rulebook]
    say(book, CHECK, True, "three", _links(book, _days(book, 3, rng.choice([6, 20, 34])), book.vendor(), connected[:1]))
    say(book, CHECK, True, "many", _links(book, _days(book, rng.randint(5, 12), 24), book.vendor(), connected[:1]))
    say(
        book,
        CHECK,
        True,
        "longer_than_the_window",
        _links(book, _days(book, rng.randint(6, 8), 72), book.vendor(), connected[:1]),
    )
    say(book, CHECK, True, "codes_in_all_widths", _links(book, _days(book, 4, 24), book.vendor(), connected))
    last = _days(book, 1, 1)[0].replace(day=rng.randint(3, 27))
    edge = [_months_before(last, 36) + timedelta(days=1), _months_before(last, 17), last]
    say(book, CHECK, True, "just_36_months", _links(book, edge, book.vendor(), connected[:1]))
    first_of_april = [date(2025, 4, 1)] * rng.randint(3, 4)
    say(book, CHECK, True, "one_day", _links(book, first_of_april, book.vendor(), connected[:1]))
    vendor, days = book.vendor(), _days(book, 3, 20)
    rows = _links(book, days, vendor, connected[:1])
    for row, spelling in zip(rows, rng.sample(words.SPELLINGS, 3), strict=True):
        row["vendors"] = vendor.spelled(spelling)
    say(book, CHECK, True, "three_spellings", rows)
    vendor, other = book.vendor(), book.vendor()
    rows = _links(book, _days(book, 4, 20), vendor, connected[:1])
    for row in rows[1:3]:  # a leasing company comes along, with no other connected contract
        row["vendors"] = f"{book.spelled(vendor)}\n{book.spelled(other)}"
        row["vendor_numbers"] = f"{vendor.number}\n{other.number}"
    say(book, CHECK, True, "joint", rows)
    _renamed(book, connected[:1])


def _renamed(book: Book, grounds: Sequence[str]) -> None:
    """エヌ・ティ・ティ・コミュニケーションズ until 2025-06, NTTドコモビジネス from 2025-07 (law.md 10)."""
    days = [date(2024, 10, 1), date(2025, 6, 20), date(2025, 7, 15), date(2026, 3, 2)][book.rng.randint(0, 1) :]
    vendor, number = book.vendor(), book.vendor().number
    rows = _links(book, days, vendor, grounds)
    for row in rows:
        old = row["signed_on"] < date(2025, 7, 1)
        row["vendors"] = "エヌ・ティ・ティ・コミュニケーションズ(株)" if old else "NTTドコモビジネス(株)"
        row["vendor_numbers"] = number if book.rng.random() < 0.5 else ""
    say(book, CHECK, True, "renamed", rows)


def near_misses(book: Book) -> None:
    rng, rulebook = book.rng, book.shape.rulebook
    connected, other = _CONNECTED[rulebook], _OTHER[rulebook]
    say(book, CHECK, False, "two", _links(book, _days(book, 2, rng.choice([1, 12, 30])), book.vendor(), connected[:1]))
    say(book, CHECK, False, "exclusive_rights", _links(book, _days(book, 4, 24), book.vendor(), other))
    last = _days(book, 1, 1)[0].replace(day=rng.randint(3, 27))
    wide = [_months_before(last, 36) - timedelta(days=2), _months_before(last, 17), last]
    say(book, CHECK, False, "just_over_36_months", _links(book, wide, book.vendor(), connected[:1]))
    vendor = book.vendor()
    rows = _links(book, _days(book, 4, 20), vendor, connected[:1])
    for row in rows[:2]:
        row.update(method="一般競争", ground="", quotes=None, bidders=2)
    say(book, CHECK, False, "two_won_in_competition", rows)
    rows = _links(book, _days(book, 4, 20), book.vendor(), connected[:1])
    for row in rows[2:]:
        row.update(
            row_kind="変更", change_of=rows[1]["contract_id"], amount_after_change=row["amount"] + rows[1]["amount"]
        )
    say(book, CHECK, False, "two_and_their_amendments", rows)
    rows = _links(book, _days(book, 3, 20), book.vendor(), connected[:1])
    rows[1]["cancelled_on"] = rows[1]["signed_on"] + timedelta(days=9)
    say(book, CHECK, False, "one_of_three_cancelled", rows)
    vendor = book.vendor()
    rows = _links(book, _days(book, 4, 20), vendor, connected[:1])
    for i, row in enumerate(rows):  # the form in front and behind: two companies
        form = book.spelled(Vendor(vendor.core, vendor.form, i % 2 == 0, vendor.number))
        row.update(vendors=form, vendor_numbers="")
    say(book, CHECK, False, "form_in_front_and_behind", rows)
    rows = _links(book, _days(book, 3, 20), None, connected[:1], nondisclosure="秘密")
    for row in rows:
        row["vendors"] = "機密保持のため公表しない"
    say(book, CHECK, False, "not_disclosed", rows)
    name = book.vendor()
    rows = _links(book, _days(book, 3, 20), name, connected[:1])
    if book.shape.has("vendor_numbers"):
        for row in rows:
            row["vendor_numbers"] = book.vendor().number
        say(book, CHECK, False, "one_name_three_numbers", rows)
    else:
        for row in rows:
            row["ground"] = law.urgent_ground(rulebook)
        say(book, CHECK, False, "urgent", rows)


def make(book: Book) -> None:
    """Nine planted chains and nine near misses."""
    planted(book)
    near_misses(book)
