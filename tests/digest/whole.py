"""A digest in which every part of the page has something to show."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from monitor.digest.model import (
    CALENDAR_WEEKS,
    TREND_WEEKS,
    Body,
    Day,
    Digest,
    Periods,
    Published,
    Rejudged,
    Row,
    RuleChange,
    TrendWeek,
)
from monitor.digest.pictures.picture import Picture
from monitor.digest.week import of as week_of
from tests.digest.make import WEEK, digest

SVG = (
    '<svg viewBox="0 0 328 60" role="img"><title>積み上げ</title><desc>1件目 200,000円、2件目 286,000円</desc>'
    '<rect x="10" y="20" width="200" height="20" class="in-time"/><text x="10" y="14" font-size="12">合計 486,000円</text></svg>'
)
OWNERS = ("契約課 契約係", "道路課 庶務係", "監理課")


def whole(count: int = 40, **more: Any) -> Digest:
    """``count`` open findings of two organizations and three owners, half of them from the week before."""
    made = digest(count, old=count // 2, resolved=3, **more)
    items = {item.id: _more(number, item) for number, item in enumerate(made.open)}

    def same(held: Any) -> Any:
        return tuple(items.get(item.id, item) for item in held)

    listed = same(made.open)
    first = WEEK.last + timedelta(days=1)
    days = [first + timedelta(days=n) for n in range(7 * CALENDAR_WEEKS)]
    rows = tuple(replace(row, yen=row.open * 12_345_678) for row in made.by_check)
    return replace(
        made,
        open=listed,
        queue=same(made.queue),
        new=same(made.new),
        by_check=rows,
        by_department=tuple(Row(f"第{n}課", 6 - n // 2, 1, n % 2, 1, WEEK.first, 9_999) for n in range(7)),
        by_owner=tuple(Row(name, 3, 1, 1, 0, WEEK.first, 128_400_000) for name in OWNERS),
        by_organization=(*made.by_organization, Row("模擬町", 2, 0, 0, 1, WEEK.last, None)),
        bodies=(*made.bodies, Body("T", "模擬町", 77, None, 2)),
        monitor=replace(made.monitor, periods=(Periods("run", 7, 5, 1, 1), Periods("digest", 1, 1, 0, 0))),
        trend=tuple(_trend(WEEK.first - timedelta(weeks=back)) for back in reversed(range(TREND_WEEKS))),
        calendar=tuple(Day(on, _closed(on), tuple(item for item in listed if item.due_on == on)) for on in days),
        published=tuple(
            Published("模擬市", label, date(2025, month, 1), date(2025, month + 2, 28), date(2025, month + 3, 31), *counts)
            for label, month, counts in (
                ("業務委託", 7, (30, 3, 1, 5)),
                ("工事等", 7, (12, 0, 0, 0)),
                ("業務委託", 4, (28, 0, 0, 0)),
            )
        ),
        rules=(RuleChange(first, "国の機関", "限度額（物品の製造）500万円 → 600万円", "予決令99条", verified=False),),
        rejudged=(Rejudged("少額随契の限度額", ("模擬市", "模擬町")),),
        answer_by=WEEK.last + timedelta(days=5),
    )  # fmt: skip


def _more(number: int, item: Any) -> Any:
    picture = Picture(
        "split", "合計 486,000円は限度額の3.2倍です", "1件目 200,000円", SVG, (("番号", "金額（円）"), ("①", "200,000"))
    )
    return replace(
        item,
        organization=("模擬市", "模擬町")[number % 2],
        owners=(OWNERS[number % 3],) if number % 5 else OWNERS[:2],
        picture=picture if number % 4 == 0 else None,
        yen=(8_640_000 + number, None, 128_400_000, 9_800)[number % 4],
    )


def _trend(monday: date) -> TrendWeek:
    return TrendWeek(week_of(monday), 40 + monday.day % 7, 8, monday.day % 5, monday.day % 3)


def _closed(day: date) -> str:
    return "" if day.weekday() < 5 and day.day != 29 else "土日"[day.weekday() - 5] if day.weekday() > 4 else "昭和の日"
