"""A frame held column by column: a column is taken, and told apart by its values, when it is first asked for, and then once.

An organization's contracts have some fifty columns and a check reads ten: what is not asked for costs nothing. Frames are
made of those columns only of which something is told row by row.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from checks.columns import Bools, Ints, coded, days, framed, numbers, plain_values, texts

A = TypeVar("A", bound=np.ndarray[Any, Any])
Coded = tuple[Ints, list[Any]]
"""The number of each cell's value, and the values; some of them may be no cell's."""


class Lazy:
    """One column: how its array is made; and how its cells are numbered, or some of them made, where that needs no array."""

    def __init__(
        self,
        make: Callable[[], Any],
        code: Callable[[], Coded] | None = None,
        take: Callable[[Ints], Any] | None = None,
    ) -> None:
        self._make, self._code, self._take = make, code, take

    @cached_property
    def array(self) -> Any:
        """The array of pandas."""
        return self._make()

    @cached_property
    def codes(self) -> Coded:
        """Its cells as numbers of values."""
        return self._code() if self._code else coded(self.array)

    @cached_property
    def days(self) -> Ints:
        """Its dates as columns.days has them."""
        return _shared(days(self.array))

    @cached_property
    def numbers(self) -> tuple[Ints, Bools]:
        """Its yen or counts as columns.numbers has them."""
        held, none = numbers(self.array)
        return _shared(held), _shared(none)

    def take(self, places: Ints) -> Any:
        """The cells in these places; of a column that is not there yet no others are made."""
        return self.array.take(places) if self._take is None or "array" in vars(self) else self._take(places)

    def equal(self, text: str) -> Bools:
        """Where its text is this one."""
        if text not in self._equal:
            codes, values = self.codes
            self._equal[text] = _shared(codes == (values.index(text) if text in values else len(values)))
        return self._equal[text]

    @cached_property
    def _equal(self) -> dict[str, Bools]:
        return {}

    def plain(self, places: Ints) -> list[Any]:
        """The same as plain Python values; those that are told apart already need not be read again."""
        codes, values = self.codes if "codes" in vars(self) else ((), ())
        if not values or not isinstance(values[0], str):
            return plain_values(self.take(places))
        named = [*values, None]  # -1: there is none
        return [named[code] for code in codes[places].tolist()]


def _shared(made: A) -> A:
    """An array that nobody may write to, for it is given to whoever asks."""
    held = made.view()
    held.flags.writeable = False
    return held


def given(array: Any) -> Lazy:
    """A column that is there already."""
    return Lazy(lambda: array)


def later(make: Callable[[], Lazy]) -> Lazy:
    """A column of which it is not told before it is asked for how it is made."""
    held = cache(make)
    return Lazy(lambda: held().array, lambda: held().codes, lambda places: held().take(places))


def spelled(values: Sequence[str], codes: Ints) -> Lazy:
    """A column of text that is given by its values, each once."""
    return Lazy(
        lambda: texts(values, codes), lambda: (codes, list(values)), lambda places: texts(values, codes[places])
    )


def cells_of(rows: pd.DataFrame) -> "Cells":
    """The columns of a frame, for those that are asked for."""
    return Cells(len(rows), {str(name): _of_frame(rows, str(name)) for name in rows.columns})


def _of_frame(rows: pd.DataFrame, name: str) -> Lazy:
    return Lazy(lambda: rows[name].array)


def _part(column: Lazy, places: Ints) -> Lazy:
    return Lazy(
        lambda: column.take(places),
        lambda: (column.codes[0][places], column.codes[1]),
        lambda some: column.take(places[some]),
    )


class Cells(Mapping[str, Any]):
    """Columns of one length by name, each an array of pandas. To add one costs nothing: the others are shared."""

    def __init__(self, rows: int, columns: Mapping[str, Lazy]) -> None:
        self.rows, self._columns = rows, columns

    def __getitem__(self, name: str) -> Any:
        return self._columns[name].array

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def codes(self, name: str) -> Coded:
        """The number of each cell's value, and the values; some of them may be no cell's."""
        return self._columns[name].codes

    def column(self, name: str) -> Lazy:
        """A column as it is held: to give it another name."""
        return self._columns[name]

    def days(self, name: str) -> Ints:
        """A column of dates as days (columns.days), counted once."""
        return self._columns[name].days

    def numbers(self, name: str) -> tuple[Ints, Bools]:
        """A column of yen or counts as integers, and where there is none (columns.numbers)."""
        return self._columns[name].numbers

    def take(self, name: str, places: Ints) -> Any:
        """The cells of a column in these places: where these are few, the column itself need not be made."""
        return self._columns[name].take(places)

    def equal(self, name: str, text: str) -> Bools:
        """Where a text is this one, asked once: of 契約方法 nearly every check asks the same."""
        return self._columns[name].equal(text)

    def where(self, name: str, wanted: Callable[[Any], object]) -> Bools:
        """Where a text is wanted: each value is asked once. For columns of few values."""
        codes, values = self.codes(name)
        return np.array([bool(wanted(value)) for value in values] or [False], dtype=bool)[codes]

    def added(self, columns: Mapping[str, Lazy]) -> "Cells":
        """These columns and others."""
        return Cells(self.rows, {**self._columns, **columns})

    def taken(self, places: Ints) -> "Cells":
        """The same columns of the rows in these places."""
        return Cells(len(places), {name: _part(column, places) for name, column in self._columns.items()})

    def frame(self, names: Sequence[str] | None = None) -> pd.DataFrame:
        """Some of the columns as a frame, or all of them."""
        return framed({name: self[name] for name in (self._columns if names is None else names)})
