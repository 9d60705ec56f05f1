"""Letters of another script in the cells of a column, looked for in its bytes before any cell is matched."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from checks.columns import Bools, Values

FOREIGN = re.compile("[\u0370-\u04ff]")  # Greek and Cyrillic letters, which OCR writes for Latin ones and for kana
_FIRST, _LAST = 0xCD, 0xD3  # the first bytes of these letters in UTF-8, where no other byte is one of them


def foreign(cells: Values) -> Bools:
    """Which cells have Greek or Cyrillic letters.

    The bytes are looked through first: in nearly every ledger none of them begins such a letter, and no cell is matched.
    """
    held = pa.array(cells)
    if not any(_has_first_byte(one) for one in (held.chunks if isinstance(held, pa.ChunkedArray) else [held])):
        return np.zeros(len(cells), dtype=bool)
    return np.asarray(pc.match_substring_regex(held, FOREIGN.pattern), dtype=bool)


def _has_first_byte(held: pa.Array) -> bool:
    text = held.buffers()[2]  # of the whole column, though the array may be a part of it: then too much is matched
    return text is not None and bool((np.frombuffer(text, np.uint8) - np.uint8(_FIRST) <= _LAST - _FIRST).any())
