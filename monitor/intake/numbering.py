"""A number for contracts that have none: made from what a row says, so that the same row has the same number next time."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from checks import words

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud and typed by hand
_BITS = 40  # of one day's contracts; two that differ meet in one of a million ledgers
_SPACE = re.compile(r"\s")
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]  # ten bits each


def derived_number(signed_on: date, parts: Sequence[str]) -> str:
    """The day and a digest of the parts; how they are spaced, and how wide their letters are, does not count.

    >>> derived_number(date(2025, 4, 1), ["庁舎清掃業務", "模擬ビルサービス㈱"])
    '20250401-02E68HZ9'
    """
    packed = "".join([f"{len(part)}:{part}" for part in map(_plain, parts)]).encode()
    number = int.from_bytes(hashlib.sha256(packed).digest()[: _BITS // 8])
    letters = [_PAIRS[number >> shift & 1023] for shift in range(_BITS - 10, -1, -10)]
    return f"{signed_on.isoformat().replace('-', '')}-{''.join(letters)}"


@lru_cache(maxsize=10_000)
def _plain(part: str) -> str:
    return _SPACE.sub("", words.narrow(part)).casefold()


class Ordinals:
    """Numbers that come again in one file are two contracts that say the same: the second is …-2, in the file's order."""

    def __init__(self) -> None:
        self._seen = Counter[str]()

    def __call__(self, number: str) -> str:
        """The number, with its ordinal from the second time on."""
        self._seen[number] += 1
        nth = self._seen[number]
        return number if nth == 1 else f"{number}-{nth}"
