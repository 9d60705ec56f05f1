"""Yen and ratios in words: 1,234万円 with the exact figure beside it; never rounded up, never across a limit."""

from decimal import Decimal
from fractions import Fraction


def exact(yen: int) -> str:
    """1,234,567円."""
    return f"{yen:,}円"


def rough(yen: int) -> str:
    """123万円, 1億2,840万円: below 万 cut off, always downwards; small amounts stay exact."""
    if abs(yen) < 10_000:
        return exact(yen)
    man = abs(yen) // 10_000
    oku, man = divmod(man, 10_000)
    sign = "-" if yen < 0 else ""
    return sign + (f"{oku:,}億" if oku else "") + (f"{man:,}万" if man or not oku else "") + "円"


def percent(part: int, whole: int, places: int = 1) -> str:
    """part / whole in percent, cut off after so many places: never rounded up."""
    scale = 10**places
    cut = Fraction(part * 100 * scale, whole)
    return f"{Decimal(cut.numerator // cut.denominator) / scale:.{places}f}"
