"""The limits by which the labels are true, taken from law.md 1.1–1.3 and not from config/rulebooks.

A label says what an auditor would say; if a rulebook is changed by mistake, the labels must not follow it.
"""

from datetime import date, timedelta

CHANGE = date(2025, 4, 1)
WORKS, PURCHASE, LEASE, OTHER = "works", "purchase", "lease_in", "other"
CLASS = {
    "工事": WORKS,
    "施設修繕": WORKS,
    "製造": WORKS,
    "物品購入": PURCHASE,
    "物件の借入れ": LEASE,
    "業務委託": OTHER,
    "設計・調査・測量": OTHER,
    "物品修繕": OTHER,
    "その他": OTHER,
    "財産の売払い": "sale",
    "物件の貸付け": "lease_out",
}
_MUNICIPALITY = {  # 自治令別表第五, 市区町村: until 2025-03-31, from 2025-04-01 (law.md 1.2)
    WORKS: (1_300_000, 2_000_000),
    PURCHASE: (800_000, 1_500_000),
    LEASE: (400_000, 800_000),
    OTHER: (500_000, 1_000_000),
    "sale": (300_000, 500_000),
    "lease_out": (300_000, 300_000),
}
_STATE = {  # 予決令99条 (law.md 1.1); 都道府県・指定都市 (1.2) and J-LIS (1.3) have the same figures
    WORKS: (2_500_000, 4_000_000),
    PURCHASE: (1_600_000, 3_000_000),
    LEASE: (800_000, 1_500_000),
    OTHER: (1_000_000, 2_000_000),
    "sale": (500_000, 1_000_000),
    "lease_out": (300_000, 500_000),
}
_LONGEST = timedelta(days=366)  # no procurement begins longer before its signing


def limits(rulebook: str, category: str, procured_on: date | None, signed_on: date) -> tuple[int, int]:
    """The lowest and the highest small-value limit that may apply, yen; equal where the table is certain."""
    old, new = (_MUNICIPALITY if rulebook == "municipality" else _STATE)[CLASS[category]]
    first, last = (procured_on, procured_on) if procured_on else (signed_on - _LONGEST, signed_on)
    rows = ([old] if first < CHANGE else []) + ([new] if last >= CHANGE else [])
    if rulebook == "saitama" and last >= CHANGE:
        rows = [old, new]  # さいたま市 after 2025-03-31: the last known row and the cap (law.md 1.3: NOT FOUND)
    return min(rows), max(rows)


def small_value_ground(rulebook: str, category: str) -> str:
    """The code that a body writes for a small-value contract."""
    if rulebook == "jlis":
        return "(1)"
    if rulebook in ("national", "rinya"):
        return {WORKS: "99条2号", PURCHASE: "99条3号", LEASE: "99条4号", OTHER: "99条7号", "sale": "99条5号"}.get(
            CLASS[category], "99条6号"
        )
    return "1号"


def nature_ground(rulebook: str) -> str:
    """The code for 性質又は目的が競争に適しない."""
    return {"jlis": "(2)", "national": "29条の3第4項", "rinya": "29条の3第4項"}.get(rulebook, "2号")


def no_bidder_ground(rulebook: str) -> str:
    """The code for 不落随契."""
    return {"jlis": "(6)", "national": "99条の2", "rinya": "99条の2"}.get(rulebook, "8号")


def urgent_ground(rulebook: str) -> str:
    """The code for 緊急の必要."""
    return {"jlis": "(3)", "national": "29条の3第4項(緊急)", "rinya": "29条の3第4項(緊急)"}.get(rulebook, "5号")
