"""Whole columns at once: what the frames of a register are asked again and again, in numpy and pyarrow.

A column of text is asked through its distinct values (``coded``), never row by row. All that is given back is plain
numpy, in the order of the column, without its index.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

NO_DAY = np.iinfo(np.int64).min
"""What ``days`` says of a blank cell."""


def coded(column: "pd.Series[Any]") -> tuple[Ints, list[Any]]:
    """The number of each cell's value and the distinct values, in the order in which they first come; a missing one is -1."""
    codes, distinct = pd.factorize(column.array)
    # walking over an array of Arrow's in Python costs a hundred times as much
    values = pa.array(distinct).to_pylist() if column.dtype == "str" else list(distinct)
    return codes.astype(np.int64, copy=False), values


def combined(*codes: Ints) -> tuple[Ints, Ints]:
    """The number of each row's combination of codes (0 and up), and the first row of each combination."""
    key = codes[0]
    for other in codes[1:]:
        key = pd.factorize(key)[0].astype(np.int64, copy=False) * (int(other.max(initial=0)) + 1) + other
    numbers, distinct = pd.factorize(key)
    first = np.empty(len(distinct), dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)  # written backwards: the first row of each stays
    return numbers.astype(np.int64, copy=False), first


def among(column: "pd.Series[Any]", wanted: Collection[str]) -> Bools:
    """Where a text is one of those wanted. Series.isin walks through the wanted ones in Python; this does not."""
    if not wanted or not len(column):
        return np.zeros(len(column), dtype=bool)
    values = pa.array(column.array)
    found = pc.is_in(values, value_set=pa.array(sorted(wanted), type=values.type))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def filled(column: "pd.Series[Any]") -> Bools:
    """Where a text is not blank."""
    return np.asarray(column.array != "", dtype=bool)


def looked_up(column: "pd.Series[Any]", answer: "Mapping[Any, Any] | Callable[[Any], Any]") -> "pd.Series[Any]":
    """Series.map, each distinct value asked once."""
    codes, distinct = coded(column)
    found = pd.Series(distinct, dtype=column.dtype).map(answer)
    return pd.Series(found.array.take(codes), index=column.index, name=column.name)


def numbers(column: "pd.Series[Any]") -> tuple[Ints, Bools]:
    """The integers of a column of yen or counts (0 where there is none), and where there is none."""
    return column.to_numpy(dtype="int64", na_value=0), column.isna().to_numpy()


def integers(values: Ints, missing: Bools) -> "pd.arrays.IntegerArray":
    """A column of yen or counts (Int64) of such a pair."""
    return pd.arrays.IntegerArray(values, missing)


def yes(column: "pd.Series[Any]") -> Bools:
    """Where a yes/no says yes; a blank is no."""
    return column.to_numpy(dtype=bool, na_value=False)


def days(column: "pd.Series[Any]") -> Ints:
    """Dates as days since 1970-01-01; NO_DAY where blank."""
    return column.to_numpy().astype("datetime64[D]").astype(np.int64)


def texts(distinct: Sequence[str], codes: Ints) -> Any:
    """A column of text of the numbers of its values."""
    return pd.array(list(distinct), dtype="str").take(codes)


def framed(columns: Mapping[str, Any], index: "pd.Index[Any] | None" = None) -> pd.DataFrame:
    """A frame of these columns, not copied. Its headings are plain Python texts, made once: those of Arrow cost 20 µs each time."""
    made = pd.DataFrame(dict(columns), index=index, copy=False)
    made.columns = _headings(tuple(columns))
    return made


@lru_cache(maxsize=256)
def _headings(names: tuple[str, ...]) -> "pd.Index[Any]":
    return pd.Index(names, dtype=object)
