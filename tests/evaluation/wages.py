"""wage_raise_followup: dates, documents and rates at their boundaries (law.md 4; rinya:1052–1143), as of 2026-07-13."""

from datetime import date, timedelta
from typing import Any

from tests.evaluation.book import Book
from tests.evaluation.others import between, large, say

CHECK = "wage_raise_followup"
_DOCUMENTS = {"事業年度": "様式2\n法人事業概況説明書", "暦年": "様式2\n給与所得の源泉徴収票等の法定調書合計表"}
_SUBMITTED, _OPEN = True, False


def _case(
    book: Book, planted: bool, slug: str, submitted: bool, *, at_most: str = "", at_least: str = "low", **more: Any
) -> None:
    """One contract with one promise; ``more`` are cells of the promise."""
    rng = book.rng
    signed = between(book, date(2025, 5, 1), date(2025, 11, 28))
    row = large(book, signed, rng.randint(9_000, 90_000) * 1100, score_points="5")
    basis = more.get("basis") or rng.choice(["事業年度", "暦年"])
    end = more.get("period_end") or (date(2025, 12, 31) if basis == "暦年" else date(2026, 3, 31))
    start = end.replace(year=end.year - 1) + timedelta(days=1)
    previous = rng.randint(40, 4_000) * 1_000_000
    promise = {
        "contract_id": row["contract_id"], "vendor": row["vendors"], "basis": basis, "period_start": start, "period_end": end,
        "required_rate": "1.5", "declared_rate": "1.5", "previous_total": None, "current_total": None, "instructed_due": None,
        "submitted_on": None, "documents": "", "result": "", "confirmed_on": None,
    }  # fmt: skip
    if submitted:
        promise |= {
            "previous_total": previous, "current_total": previous * 1015 // 1000 + rng.choice([0, 500_000]),
            "submitted_on": end + timedelta(days=rng.randint(40, 88)), "documents": _DOCUMENTS[basis],
        }  # fmt: skip
    promise |= more
    if "missing_yen" in promise:
        promise["current_total"] = previous * 1015 // 1000 - promise.pop("missing_yen")
    book.add("wage_declarations", promise)
    say(book, CHECK, planted, slug, row, at_most=at_most, at_least=at_least)


def make(book: Book) -> None:
    """Twelve planted promises and ten near misses."""
    today = book.shape.as_of
    rng = book.rng
    _case(book, True, "assumed_date_passed", _OPEN)
    _case(book, True, "instructed_yesterday", _OPEN, instructed_due=today - timedelta(days=1))
    _case(book, True, "one_yen_short", _SUBMITTED, missing_yen=1)
    _case(book, True, "far_short", _SUBMITTED, missing_yen=900_000)
    _case(book, True, "declared_below_required", _SUBMITTED, declared_rate="1.4")
    _case(book, True, "summary_missing", _SUBMITTED, basis="事業年度", documents="法人事業概況説明書")
    _case(book, True, "wrong_basis", _SUBMITTED, basis="暦年", documents="様式2\n法人事業概況説明書")
    _case(book, True, "one_period_only", _SUBMITTED, basis="事業年度", documents="様式2\n法人事業概況説明書（当年度）")
    _case(book, True, "result_" + "not_reached", _SUBMITTED, result=rng.choice(["未達成", "逸脱"]))
    _case(book, True, "result_not_submitted", _OPEN, result="未提出")
    _case(book, True, "submitted_late", _SUBMITTED, basis="事業年度", submitted_on=date(2026, 7, rng.randint(1, 10)))
    _case(book, True, "due_tomorrow", _OPEN, instructed_due=today + timedelta(days=1), at_least="info")

    _case(book, False, "exactly_reached", _SUBMITTED, missing_yen=0)
    _case(book, False, "reached", _SUBMITTED, result="達成")
    _case(book, False, "instructed_today", _OPEN, instructed_due=today, at_most="info")
    _case(
        book,
        False,
        "instructed_later",
        _OPEN,
        instructed_due=today + timedelta(days=rng.choice([20, 45, 90])),
        at_most="info",
    )
    _case(book, False, "submitted_on_the_last_day", _SUBMITTED, basis="事業年度", submitted_on=date(2026, 6, 30))
    _case(book, False, "assumed_month_end", _OPEN, basis="事業年度", period_end=date(2026, 4, 30), at_most="info")
    _case(book, False, "period_not_over", _OPEN, basis="暦年", period_end=date(2026, 12, 31), at_most="info")
    _case(book, False, "tax_accountant", _SUBMITTED, documents="様式2\n税理士による証明書")
    _case(book, False, "statement_of_activities", _SUBMITTED, basis="事業年度", documents="様式2\n事業活動収支計算書")
    _case(book, False, "both_periods", _SUBMITTED, basis="事業年度",
          documents="従業員への賃金引上げ実績整理表（様式２）\n法人事業概況説明書（前年度）\n法人事業概況説明書（当年度）")  # fmt: skip
