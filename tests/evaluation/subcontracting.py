"""subcontract_ratio: to the yen, the day and the tier (law.md 5.1; rinya:453–464)."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from datetime import date, timedelta
from typing import Any

from tests.evaluation.book import Book, Row
from tests.evaluation.others import between, large, say

CHECK = "subcontract_ratio"


def _contract(book: Book) -> Row:
    day = between(book, date(2025, 4, 10), date(2026, 2, 10))
    return large(book, day, book.rng.randint(4_000, 60_000) * 2200)


def _part(book: Book, row: Row, amount: int, **more: Any) -> None:
    """A first-tier subcontract, approved before its start, unless ``more`` says otherwise."""
    start = row["signed_on"] + timedelta(days=book.rng.randint(15, 30))
    number = sum(1 for each in book.tables.get("subcontracts", ()) if each["contract_id"] == row["contract_id"]) + 1
    book.add("subcontracts", {
        "contract_id": row["contract_id"], "subcontract_id": f"S{number}", "subcontractor": book.spelled(book.vendor()), "tier": 1,
        "amount": amount, "scope": book.rng.choice("画面設計 現地調査 データ入力 図面作成 試験実施".split()),
        "requested_on": start - timedelta(days=12), "approved_on": start - timedelta(days=5), "starts_on": start,
    } | more)  # fmt: skip


def _parts(book: Book, row: Row, total: int) -> None:
    number = book.rng.randint(1, 3)
    for _ in range(number - 1):
        _part(book, row, total // number)
    _part(book, row, total - total // number * (number - 1))


def _amended(book: Book, row: Row, total: int) -> None:
    day = row["signed_on"] + timedelta(days=70)
    book.rows.append(
        row | {"contract_id": row["contract_id"] + "-1", "row_kind": "変更", "change_of": row["contract_id"], "signed_on": day, "starts_on": day,
               "amount": None, "amount_after_change": total}
    )  # fmt: skip


def planted(book: Book) -> None:
    rng = book.rng
    row = _contract(book)
    _parts(book, row, row["amount"] // 2 + rng.choice([1, 1, 10_000]))
    say(book, CHECK, True, "just_above_half", row)
    row = _contract(book)
    _parts(book, row, row["amount"] * rng.randint(55, 90) // 100)
    say(book, CHECK, True, "far_above_half", row)
    row = _contract(book)
    _part(book, row, row["amount"])
    say(book, CHECK, True, "whole", row)
    row = _contract(book)
    _part(book, row, row["amount"] * 45 // 100)
    _amended(book, row, row["amount"] * 80 // 100)
    say(book, CHECK, True, "above_half_after_a_cut", row)
    row = _contract(book)
    _part(book, row, row["amount"] // 2 - 400_000)
    _part(book, row, 400_001, clerical=True, approved_on=None, requested_on=None)
    say(book, CHECK, True, "minor_stays_in_the_sum", row)
    row = _contract(book)
    _part(book, row, row["amount"] // 10, core=True, scope="業務遂行管理")
    say(book, CHECK, True, "core_part", row)
    row = _contract(book)
    _part(book, row, row["amount"] // 5, approved_on=None)
    say(book, CHECK, True, "not_approved", row)
    row = _contract(book)
    _part(book, row, 1_000_001, clerical=True, approved_on=None)
    say(book, CHECK, True, "clerical_but_not_minor", row)
    row = _contract(book)
    _part(book, row, row["amount"] // 5)
    part = book.tables["subcontracts"][-1]
    part["approved_on"] = part["starts_on"] + timedelta(days=rng.choice([1, 1, 14]))
    say(book, CHECK, True, "approved_after_the_start", row)
    row = _contract(book)
    changed = row["signed_on"] + timedelta(days=60)
    _part(
        book,
        row,
        row["amount"] // 5,
        changed_on=changed,
        change_approved_on=rng.choice([None, changed + timedelta(days=1)]),
    )
    say(book, CHECK, True, "change_not_approved", row)
    row = _contract(book)
    _part(book, row, row["amount"] // 4)
    _part(book, row, row["amount"] // 8, tier=2, approved_on=None)
    say(book, CHECK, True, "second_tier_not_notified", row)


def near_misses(book: Book) -> None:
    rng = book.rng
    row = _contract(book)
    _parts(book, row, row["amount"] // 2)
    say(book, CHECK, False, "exactly_half", row)
    row = _contract(book)
    _parts(book, row, row["amount"] * rng.randint(20, 49) // 100)
    say(book, CHECK, False, "below_half", row)
    row = _contract(book)
    _part(book, row, row["amount"] * 55 // 100)
    _amended(book, row, row["amount"] * 125 // 100)
    say(book, CHECK, False, "half_after_a_rise", row)
    row = _contract(book)
    _part(book, row, row["amount"] * 40 // 100)
    _part(book, row, row["amount"] * 30 // 100, tier=2, notified_on=row["signed_on"] + timedelta(days=40))
    say(book, CHECK, False, "second_tier_is_part_of_the_first", row)
    row = _contract(book)
    _part(book, row, row["amount"] // 5, approved_on=None, deemed_approval=True)
    say(book, CHECK, False, "approved_by_the_specification", row)
    row = _contract(book)
    _part(
        book,
        row,
        rng.choice([1_000_000, 600_000]),
        clerical=True,
        approved_on=None,
        requested_on=None,
        scope="報告書の印刷・製本",
    )
    say(book, CHECK, False, "minor", row)
    row = _contract(book)
    _part(book, row, row["amount"] // 5)
    part = book.tables["subcontracts"][-1]
    part["approved_on"] = part["starts_on"]
    say(book, CHECK, False, "approved_on_the_day_of_the_start", row)
    row = _contract(book)
    changed = row["signed_on"] + timedelta(days=60)
    _part(book, row, row["amount"] // 5, changed_on=changed, change_approved_on=changed)
    say(book, CHECK, False, "change_approved_beforehand", row)
    row = _contract(book)
    _part(book, row, row["amount"] // 5, approved_on=None, requested_on=book.shape.as_of - timedelta(days=3),
          starts_on=book.shape.as_of + timedelta(days=20))  # fmt: skip
    say(book, CHECK, False, "approval_awaited_before_the_start", row)
    row = _contract(book)
    _part(book, row, row["amount"], starts_on=None)
    row["cancelled_on"] = row["signed_on"] + timedelta(days=10)
    say(book, CHECK, False, "cancelled", row)


def make(book: Book) -> None:
    """Eleven planted contracts and ten near misses."""
    planted(book)
    near_misses(book)
