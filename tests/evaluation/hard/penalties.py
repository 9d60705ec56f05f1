"""penalty_period_award: the first and the last day, numbers and names, points and none (law.md 4.4), for the state's bodies."""

from datetime import date, timedelta
from typing import Any

from tests.evaluation.book import Row
from tests.evaluation.hard.writing import HardBook
from tests.evaluation.others import between, large, say
from tests.evaluation.words import Vendor

CHECK = "penalty_period_award"
_RENAMED = (
    ("エヌ・ティ・ティ・コミュニケーションズ株式会社", "NTTドコモビジネス株式会社"),
    ("日本電信電話株式会社", "NTT株式会社"),
)


def _period(book: HardBook) -> tuple[date, date]:
    """A year from the first of a month; its last day."""
    first = date(2025, book.rng.randint(1, 7), 1)
    return first, first.replace(year=2026) - timedelta(days=1)


def _sanction(book: HardBook, name: str, number: str, first: date, last: date | None, kind: str = "減点") -> None:
    book.add("vendor_sanctions", {"vendor": name, "vendor_number": number, "kind": kind, "starts_on": first, "ends_on": last, "authority": "財務省"})  # fmt: skip


def _award(book: HardBook, awarded: date, vendor: Vendor, points: str | None = "5", **more: Any) -> Row:
    signed = more.pop("signed_on", awarded + timedelta(days=book.rng.randint(3, 9)))
    given: dict[str, Any] = {"score_points": points, "awarded_on": awarded, "procured_on": awarded - timedelta(days=60)}
    given |= {"vendors": book.spelled(vendor), "vendor_numbers": vendor.number} | more
    return large(book, signed, book.rng.randint(9_000, 60_000) * 1100, **given)


def _declared(book: HardBook, row: Row) -> None:
    """A promise of a raise whose proof is not due before the ledger's end."""
    book.add("wage_declarations", {
        "contract_id": row["contract_id"], "vendor": row["vendors"].split("\n")[0], "basis": "暦年", "period_start": date(2026, 1, 1),
        "period_end": date(2026, 12, 31), "required_rate": "1.5", "declared_rate": "1.5",
    })  # fmt: skip


def _one(
    book: HardBook, planted: bool, slug: str, *, day: str = "inside", by: str = "number", ended: bool = True, points: str | None = "5",
    declared: bool = False, kind: str = "減点", no_award: bool = False,
) -> None:  # fmt: skip
    vendor, (first, last) = book.vendor(), _period(book)
    awarded = {
        "inside": between(book, first + timedelta(days=20), last - timedelta(days=20)),
        "first": first, "last": last, "before": first - timedelta(days=1), "after": last + timedelta(days=1),
    }[day]  # fmt: skip
    number = vendor.number if by in ("number", "contract_lacks") else ""
    company = vendor if by in ("number", "sanction_lacks") else Vendor(vendor.core, vendor.form, vendor.front, "")
    if by == "other_number":
        number, company = vendor.number, Vendor(vendor.core, vendor.form, vendor.front, book.vendor().number)
    _sanction(book, vendor.spelled("long"), number, first, last if ended else None, kind)
    more: dict[str, Any] = {"awarded_on": None, "signed_on": awarded} if no_award else {}
    row = _award(book, awarded, company, points, **more)
    if declared:
        _declared(book, row)
    say(book, CHECK, planted, slug, row)


def make(book: HardBook) -> None:
    """Twelve planted awards and twelve near misses."""
    rng = book.rng
    _one(book, True, "first_day", day="first")
    _one(book, True, "last_day", day="last")
    _one(book, True, "last_day_by_name", day="last", by="name")
    _one(book, True, "inside_by_name", by="name")
    _one(book, True, "contract_lacks_the_number", by="contract_lacks")
    _one(book, True, "sanction_lacks_the_number", by="sanction_lacks")
    _one(book, True, "last_day_without_recorded_end", day="last", ended=False)
    _one(book, True, "signed_where_no_award_is_known", day="first", no_award=True)
    _one(book, True, "points_in_words", points=rng.choice(["5点", "５", "加点5点", "5.0"]))
    _one(book, True, "declared_and_points_blank", points="", declared=True)
    _joint(book)
    _renamed(book)

    _one(book, False, "day_before", day="before")
    _one(book, False, "day_after", day="after")
    _one(book, False, "day_after_by_name", day="after", by="name")
    _one(book, False, "day_after_without_recorded_end", day="after", ended=False)
    _one(book, False, "no_points", points=rng.choice(["0", "０", "0点", "なし"]))
    _one(book, False, "points_blank", points="")
    _one(book, False, "points_deducted", points=rng.choice(["▲6", "-6", "△6"]))
    _one(book, False, "equal_name_other_number", by="other_number")
    _one(book, False, "another_sanction", kind="指名停止")
    _one(book, False, "zero_points_declared", points="0", declared=True)
    _awarded_before(book)
    _front_and_back(book)


def _joint(book: HardBook) -> None:
    """One member of a joint contract is inside its period."""
    (first, last), one, other = _period(book), book.vendor(), book.vendor()
    _sanction(book, other.spelled("long"), other.number, first, last)
    names, numbers = f"{book.spelled(one)}\n{book.spelled(other)}", f"{one.number}\n{other.number}"
    row = _award(book, between(book, first, last), one, vendors=names, vendor_numbers=numbers)
    say(book, CHECK, True, "member_of_a_joint_contract", row)


def _renamed(book: HardBook) -> None:
    """The sanction is under the old name, the award under the new, neither with a number."""
    old, new = _RENAMED[book.seed % 2]
    _sanction(book, old, "", date(2025, 5, 1), date(2026, 4, 30))
    row = _award(
        book, between(book, date(2025, 8, 1), date(2026, 4, 30)), book.vendor(), vendors=new, vendor_numbers=""
    )
    say(book, CHECK, True, "renamed_since", row)


def _awarded_before(book: HardBook) -> None:
    """Awarded on the day before the period, signed inside it: the award counts."""
    (first, last), one = _period(book), book.vendor()
    _sanction(book, one.spelled("long"), one.number, first, last)
    row = _award(book, first - timedelta(days=1), one, signed_on=first + timedelta(days=6))
    say(book, CHECK, False, "awarded_before_signed_inside", row)


def _front_and_back(book: HardBook) -> None:
    """㈱甲 is under the deduction, 甲㈱ is another company; neither has a number."""
    (first, last), one = _period(book), book.vendor()
    _sanction(book, Vendor(one.core, one.form, front=True, number="").spelled("long"), "", first, last)
    other = Vendor(one.core, one.form, front=False, number="")
    say(book, CHECK, False, "front_and_back", _award(book, between(book, first, last), other))
