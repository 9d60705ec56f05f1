"""Findings as their checks write them, for the pictures: also what is looked at in a browser."""

from datetime import date, timedelta
from typing import Any

from monitor.digest.items import Contract
from monitor.digest.model import TrendWeek
from monitor.digest.pictures import choose
from monitor.digest.pictures.trend import trend
from monitor.digest.week import Week

AS_OF = date(2026, 3, 22)


def contract(contract_id: str, title: str, year: int, months: int = 12, method: str = "随意契約") -> Contract:
    """A contract from 1 April of a year for so many months; none is without a period."""
    first = date(year, 4, 1)
    last = first + timedelta(days=round(months * 30.4)) - timedelta(days=1)
    return Contract(
        contract_id, title, first, 19_950_000, "模擬システム(株)", "情報課", method, *((first, last) if months else ())
    )


_CHAIN = [
    contract("C1", "住民記録システム保守業務", 2022),
    contract("C2", "住民記録システム改修業務", 2023, 6),
    contract("C3", "住民記録システム保守業務", 2025),
    contract("C4", "税総合システム更改業務", 2023, 24),
    contract("C5", "税総合システム保守業務", 2025, 12),
]
_BANDS = {
    "350万円超375万円以下": 9, "375万円超400万円以下": 7, "400万円超425万円以下": 8, "425万円超450万円以下": 5, "450万円超475万円以下": 6,
    "475万円超500万円以下": 20, "500万円超525万円以下": 0, "525万円超550万円以下": 2, "550万円超575万円以下": 3, "575万円超600万円以下": 2,
}  # fmt: skip

FIGURES: dict[str, tuple[str, dict[str, Any], list[Contract]]] = {
    "split": (
        "split_orders",
        {
            "amounts": [1_298_000, 1_188_000, 1_188_000, 1_188_000],
            "signed_on": ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-27"],
            "limit": 1_500_000,
            "sum": 4_862_000,
            "limit_class": "工事・製造",
        },
        [],
    ),
    "split_day": (
        "split_orders",
        {"amounts": [480_000] * 4, "signed_on": ["2026-03-02"] * 4, "limit": 1_800_000, "sum": 1_920_000},
        [],
    ),
    "split_many": (
        "split_orders",
        {
            "amounts": [400_000 + 10_000 * n for n in range(30)],
            "signed_on": [(date(2025, 4, 1) + timedelta(days=11 * n)).isoformat() for n in range(30)],
            "limit": 1_500_000,
            "sum": sum(400_000 + 10_000 * n for n in range(30)),
        },
        [],
    ),
    "chain": (
        "sole_source_chain",
        {
            "count": 5, "alone_sum": 79_800_000, "joint_count": 0, "vendor": "模擬システム(株)",
            "systems": {"住民記録システム": 3, "税総合システム": 2},
            "systems_yen": {"住民記録システム": 45_000_000, "税総合システム": 34_800_000},
            "next_renewal_on": "2026-04-01", "next_renewal_by": "住民記録システム、履行期限の翌日",
        },
        _CHAIN,
    ),
    "chain_ticks": (
        "sole_source_chain",
        {"vendor": "模擬システム(株)"},
        [
            *(contract(f"C{n}", "基幹業務支援システムに係る機器賃貸借及び保守業務委託（単価契約）", 2019 + n, 0) for n in range(7)),
            contract("C9", "基幹業務支援システム再構築業務", 2018, 0, "一般競争"),
        ],
    ),
    "histogram": (
        "limit_bunching",
        {"histogram": _BANDS, "limit": 5_000_000, "below": 20, "above": 0, "usual": "6.3"},
        [],
    ),
    "ratio": (
        "subcontract_ratio",
        {
            "parts": [12_408_000, 8_800_000, 800_000], "amount": 42_000_000, "ratio": "52.40", "limit_percent": "50",
            "excess": 1_008_000, "minor": 800_000,
        },
        [],
    ),
}  # fmt: skip

WEEKS = [
    TrendWeek(Week(2026, 1 + n), closing, high, come, gone)
    for n, (closing, high, come, gone) in enumerate(
        [(47, 8, 5, 3), (49, 8, 4, 2), (52, 9, 6, 3), (50, 9, 2, 4), (48, 7, 3, 5), (51, 7, 6, 3), (55, 9, 7, 3),
         (58, 10, 5, 2), (54, 8, 2, 6), (51, 8, 1, 4), (47, 7, 2, 6), (53, 9, 7, 1)]
    )
]  # fmt: skip

CASES = {name: choose.of(check, f"X-{name}", figures, held, AS_OF) for name, (check, figures, held) in FIGURES.items()}
CASES["trend"] = trend(WEEKS)
CASES["trend_huge"] = trend([TrendWeek(w.week, w.closing * 211, w.high * 130, w.come * 97, w.gone * 90) for w in WEEKS])
