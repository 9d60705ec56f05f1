"""The check digits of many 法人番号 at once: what vendors.number_is_valid says of each."""

from collections.abc import Sequence
from itertools import compress

import numpy as np

from checks import vendors
from checks.columns import Bools


def numbers_are_valid(numbers: Sequence[str]) -> Bools:
    """vendors.number_is_valid of each, all at once where they are thirteen ASCII digits."""
    valid = np.zeros(len(numbers), dtype=bool)
    plain = [len(number) == 13 for number in numbers]
    if not ((text := "".join(compress(numbers, plain))).isascii() and text.isdecimal()):  # asked of all at once first
        plain = [len(number) == 13 and number.isascii() and number.isdecimal() for number in numbers]
    ascii_digits = np.frombuffer("".join(compress(numbers, plain)).encode(), np.uint8)
    digits = ascii_digits.reshape(-1, 13).astype(np.int64) - ord("0")
    valid[plain] = (digits[:, 0] > 0) & (digits[:, 0] == 9 - digits[:, 1:] @ np.tile([2, 1], 6) % 9)
    for place in np.flatnonzero(~np.array(plain, dtype=bool)).tolist():
        valid[place] = vendors.number_is_valid(numbers[place])
    return valid
