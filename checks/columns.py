"""Whole columns at once: what the frames of a register are asked again and again, in numpy and pyarrow.

A column is a Series or the array in it: to make a Series of an array costs more than most of what is asked here. One of
text is asked through its distinct values (``coded``), never row by row. All that is given back is plain numpy, in the
order of the column, without its index.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

T = TypeVar("T")
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Values = Any
"""A Series, or the array of pandas or numpy that it holds."""

NO_DAY = np.iinfo(np.int64).min
"""What ``days`` says of a blank cell."""
A_DAY = 86_400  # seconds
_FIRST = date(1970, 1, 1)


def array(column: Values) -> Any:
    """The array that a column is."""
    return column.array if isinstance(column, pd.Series) else column


def coded(column: Values) -> tuple[Ints, list[Any]]:
    """The number of each cell's value and the distinct values, in the order in which they first come; a missing one is -1."""
    held = array(column)
    if (
        held.dtype == "str"
    ):  # Arrow's own way needs half the time, and walking over its values in Python a hundred times it
        text = _arrow(held)
        if _is_blank(text):
            return np.zeros(len(text), dtype=np.int64), [""]
        told = text.dictionary_encode()
        return _codes(told.indices), told.dictionary.to_pylist()
    codes, distinct = pd.factorize(held)
    return codes.astype(np.int64, copy=False), list(distinct)


def distinct(values: Sequence[T]) -> tuple[Ints, list[T]]:
    """The same of plain values."""
    numbers = dict.fromkeys(values, 0)
    if len(numbers) == len(values):
        return np.arange(len(values)), list(values)
    numbers.update(zip(numbers, range(len(numbers)), strict=True))
    return np.array(list(map(numbers.__getitem__, values)), dtype=np.int64), list(numbers)


def _is_blank(text: Any) -> bool:
    """Does a text column of cells hold no letter at all? Most columns of a ledger are such ones."""
    return bool(len(text)) and not text.null_count and not (text.buffers()[2] or b"")


def _arrow(held: Any) -> Any:
    """A column of text as one array of Arrow."""
    values = pa.array(held)
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _codes(indices: Any) -> Ints:
    codes = indices.fill_null(-1) if indices.null_count else indices
    return cast("Ints", codes.to_numpy(zero_copy_only=False).astype(np.int64))


def combined(*codes: Ints) -> tuple[Ints, Ints]:
    """The number of each row's combination of codes (0 and up), and the first row of each combination."""
    key = codes[0]
    for other in codes[1:]:
        width = int(other.max(initial=0)) + 1
        if not (len(key) and key.min() >= 0 and (int(key.max()) + 1) * width < 2**62):  # the keys might not be numbers
            key = pd.factorize(key)[0].astype(np.int64, copy=False)
        key = key * width + other
    numbers, keys = pd.factorize(key)
    first = np.empty(len(keys), dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)  # written backwards: the first row of each stays
    return numbers.astype(np.int64, copy=False), first


def among(column: Values, wanted: Collection[str]) -> Bools:
    """Where a text is one of those wanted. Series.isin walks through the wanted ones in Python; this does not."""
    if not wanted or not len(column):
        return np.zeros(len(column), dtype=bool)
    values = pa.array(array(column))
    found = pc.is_in(values, value_set=pa.array(sorted(wanted), type=values.type))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def found_at(column: Values, others: Values) -> Ints:
    """The place of each text in another column, whose texts differ; -1 where it is not there."""
    return _codes(pc.index_in(_arrow(array(column)), value_set=_arrow(array(others))))


def found_in(column: Values, others: Values) -> Bools:
    """Where a text is in another column. The fewer texts that has, the cheaper it is."""
    if not len(others):
        return np.zeros(len(column), dtype=bool)
    found = pc.is_in(_arrow(array(column)), value_set=_arrow(array(others)))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def stacked(columns: Sequence[Values]) -> Any:
    """Columns of text under one another."""
    return pd.array(pa.concat_arrays([_arrow(array(column)) for column in columns]), dtype="str")


def listed(column: Values) -> list[Any]:
    """The texts of a column, by Arrow's own way: a hundred times as fast as walking over it."""
    return cast("list[Any]", _arrow(array(column)).to_pylist())


def plain_values(column: Values) -> list[Any]:
    """The cells as plain Python values: str, int, bool, date; None where there is none."""
    held = array(column)
    if held.dtype.kind == "M":
        return list(np.asarray(held).astype("datetime64[D]").astype(object))  # NaT becomes None
    if held.dtype == "str":  # blank text is "", never NA; Arrow's own way is the fast one
        texts: list[Any] = pa.array(held).to_pylist()
        return texts
    # numpy's own way gives plain bool and int
    values = held.to_numpy() if isinstance(held, pd.arrays.NumpyExtensionArray) else held
    return [None if value is pd.NA else value for value in values.tolist()]


def filled(column: Values) -> Bools:
    """Where a text is not blank: between where it begins and where the next one does there are letters."""
    held = _arrow(array(column))
    if not isinstance(held, pa.LargeStringArray) or held.null_count:
        return np.asarray(array(column) != "", dtype=bool)
    begins = np.frombuffer(held.buffers()[1] or b"", dtype=np.int64)[held.offset : held.offset + len(held) + 1]
    return np.asarray(begins[1:] > begins[:-1])


def missing(column: Values) -> Bools:
    """Where there is no value; a blank text is one."""
    return cast("Bools", np.asarray(array(column).isna()))


def numbers(column: Values) -> tuple[Ints, Bools]:
    """The integers of a column of yen or counts (0 where there is none), and where there is none."""
    held = array(column)
    return held.to_numpy(dtype="int64", na_value=0), missing(held)


def integers(values: Ints, missing: Bools) -> "pd.arrays.IntegerArray":
    """A column of yen or counts (Int64) of such a pair."""
    return pd.arrays.IntegerArray(values, missing)


def yes(column: Values) -> Bools:
    """Where a yes/no says yes; a blank is no."""
    held = array(column)
    return cast("Bools", held if isinstance(held, np.ndarray) else held.to_numpy(dtype=bool, na_value=False))


def days(column: Values) -> Ints:
    """Dates as days since 1970-01-01; NO_DAY where blank."""
    counted = seconds(column)
    return np.where(counted == NO_DAY, NO_DAY, counted // A_DAY)


def seconds(column: Values) -> Ints:
    """Dates as seconds since 1970-01-01, as they are held; NO_DAY where blank."""
    return np.asarray(array(column)).astype("datetime64[s]", copy=False).view(np.int64)


def day_number(of: date) -> int:
    """The same of one day."""
    return (of - _FIRST).days


def day_of(number: int) -> date | None:
    """The day of such a number; None for NO_DAY."""
    return None if number == NO_DAY else _FIRST + timedelta(days=number)


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
