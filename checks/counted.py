"""The contracts of a register's table that count: which rows, in which order, column by column, for how much.

A row is an amendment of another contract, the total of a programme, or a contract; only the last counts.
"""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from checks import ledger
from checks.cells import Cells, Lazy
from checks.columns import NO_DAY, Ints, among, coded, days, filled, found_at, missing


def order(rows: pd.DataFrame) -> Ints:
    """The places of the contracts that count: neither amendments nor programme totals, and not cancelled; by date and id."""
    blank = ~filled(rows["row_kind"])
    counts = blank if blank.all() else blank | among(rows["row_kind"], [ledger.CONTRACT])
    counts = counts & missing(rows["cancelled_on"]) & ~(blank & filled(rows["change_of"]))
    return _by_date(rows, np.flatnonzero(counts))


def cells(rows: pd.DataFrame, order: Ints) -> Cells:
    """The rows in these places, column by column."""
    whole = len(order) == len(rows) and bool((np.diff(order) > 0).all())
    held: dict[int, tuple[Any, Any]] = {}
    made = {str(name): _column(rows, str(name), None if whole else order, held) for name in rows.columns}
    return Cells(len(order), made)


def changed(rows: pd.DataFrame, contracts: Cells) -> Any:
    """契約金額 of the contracts, yen: the last amendment's new total, else the contract's own."""
    amounts, changes = contracts["amount"], filled(rows["change_of"])
    if changes.any():
        changes &= ~missing(rows["amount_after_change"]) & missing(rows["cancelled_on"])
    if not changes.any():
        return amounts
    places = _by_date(rows, np.flatnonzero(changes))
    codes, ids = coded(rows["change_of"].array.take(places))
    last = np.empty(len(ids), dtype=np.int64)
    last[codes] = places  # of several the last one stays
    found = found_at(contracts["contract_id"], pd.array(ids, dtype="str"))
    of, totals = np.flatnonzero(found >= 0), rows["amount_after_change"].array
    amounts = amounts.copy()
    amounts[of] = totals.take(last[found[of]])
    return amounts


def _by_date(rows: pd.DataFrame, places: Ints) -> Ints:
    """These places of the frame in order of 契約締結日 (blank last) and 契約番号."""
    signed = _from_first(days(rows["signed_on"])[places])
    ids = pa.array(rows["contract_id"].array)
    if pc.all(pc.less_equal(ids[:-1], ids[1:])).as_py() is not False:  # as the store gives them: sorted by id already
        return places[np.argsort(signed, kind="stable")]
    table = pa.table({"signed": signed, "id": ids.take(pa.array(places))})
    order: Ints = pc.sort_indices(table, sort_keys=[("signed", "ascending"), ("id", "ascending")]).to_numpy()
    return places[order]


def _from_first(signed: Ints) -> Any:
    """The days counted from the first of them, a blank one behind all; in two bytes if they will do: those are sorted by counting."""
    blank = signed == NO_DAY
    first = signed[~blank].min(initial=np.iinfo(np.int64).max)
    counted = np.where(blank, -1, signed - np.where(blank, 0, first))
    last = int(counted.max(initial=0)) + 1
    counted[blank] = last
    return counted.astype(np.uint16) if last < 2**16 else counted


def _column(rows: pd.DataFrame, name: str, order: Ints | None, held: dict[int, tuple[Any, Any]]) -> Lazy:
    """A column in this order (None: as it is). Its values are told apart before it is ordered: numbers are moved, not letters.

    ``held``: what was made of which array; the columns that are blank throughout are one array.
    """
    if order is None:
        return Lazy(lambda: rows[name].array)
    whole = cache(lambda: rows[name].array)  # to ask a frame for a column costs more than to take from it

    def make() -> Any:
        values = whole()
        before, taken = held.get(id(values), (None, None))
        if before is not values:
            taken = _taken(values, order, alike=name == "organization")
            held[id(values)] = values, taken  # which is kept: its id stays its own
        return taken

    def code() -> tuple[Ints, list[Any]]:
        codes, values = coded(whole())
        return codes[order], values

    return Lazy(make, code, lambda places: whole().take(order[places]))


def _taken(values: Any, order: Ints, *, alike: bool) -> Any:
    """These cells of a column. Most columns of a ledger are blank throughout: any cells of such a one are the first ones."""
    if len(order) <= len(values) and (alike or _blank(values)):
        return values[: len(order)]
    return values.take(order)


def _blank(values: Any) -> bool:
    if values.dtype == "str":  # no letters are kept at all
        chunks = pa.chunked_array(pa.array(values)).chunks
        return all(chunk.null_count == 0 and not (chunk.buffers()[2] or b"") for chunk in chunks)
    return bool(values.isna().all())
