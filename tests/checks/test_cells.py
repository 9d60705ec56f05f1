"""Columns that are taken when they are asked for say what the frames say."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import columns
from checks.cells import cells_of
from checks.register import Register, build, plain

DAY = st.one_of(st.none(), st.sampled_from([date(2024, 3, 1), date(2024, 7, 1), date(2150, 1, 1), date(1900, 1, 1)]))
ROW = st.fixed_dictionaries(
    {
        "row_kind": st.sampled_from(["", "", "契約", "変更", "総額"]),
        "change_of": st.sampled_from(["", "", "C0", "C1", "X"]),
        "signed_on": DAY,
        "cancelled_on": st.one_of(st.none(), st.none(), DAY),
        "amount": st.one_of(st.none(), st.integers(0, 9)),
        "amount_after_change": st.one_of(st.none(), st.integers(10, 99)),
        "method": st.sampled_from(["", "随意契約", "一般競争"]),
        "vendors": st.sampled_from(["", "甲㈱", "甲㈱\n乙㈱"]),
    }
)
ROWS = st.lists(ROW, max_size=12)


def register(rows: list[dict[str, Any]], declared: list[str] = []) -> Register:  # noqa: B006  # never written to
    made = [{"contract_id": f"C{i}", **row} for i, row in enumerate(rows)]
    wages = [{"contract_id": one, "vendor": "甲", "period_end": date(2025, 3, 31)} for one in declared]
    return build("M", "模擬市", {"contracts": made, "wage_declarations": wages}, {})


@settings(deadline=None)
@given(ROWS, st.data())
def test_the_columns_of_contracts_are_those_of_their_frame(rows, data):
    held = register(rows)
    names = list(held.contracts.columns)
    shuffled = data.draw(st.permutations(names))  # whatever is asked first
    for name in shuffled:
        codes, values = held.cells.codes(name)
        told = [None if code < 0 else values[code] for code in codes.tolist()]
        assert pd.Series(told, dtype=held.contracts[name].dtype).equals(held.contracts[name])
    pd.testing.assert_frame_equal(held.cells.frame(), held.contracts)
    assert list(held.cells.where("method", "随意契約".__eq__)) == list(held.contracts["method"] == "随意契約")
    for text in ("", "随意契約", "ほか"):
        assert list(held.cells.equal("method", text)) == list(held.contracts["method"] == text)
    places = np.array(
        data.draw(st.lists(st.integers(0, len(held.contracts) - 1)) if len(held.contracts) else st.just([]))
    )
    part = held.cells.taken(places.astype(np.int64))
    assert list(plain(part.frame(names))) == list(plain(held.contracts.take(places.astype(np.int64))))
    assert [part.codes("vendors")[1][code] for code in part.codes("vendors")[0]] == list(part["vendors"])
    unasked = register(rows).cells.taken(places.astype(np.int64))  # of which no column was made as a whole
    assert list(plain(unasked.frame(names))) == list(plain(part.frame(names)))
    pd.testing.assert_frame_equal(cells_of(held.contracts).frame(), held.contracts)


@settings(deadline=None)
@given(ROWS)
def test_an_amount_is_that_of_the_last_change_that_tells_one(rows):
    held = register(rows)
    numbered = [{"contract_id": f"C{i}", **row} for i, row in enumerate(rows)]
    told = {row.contract_id: row.amount for row in plain(held.contracts)}
    changes = [row for row in numbered if row["change_of"] and row["amount_after_change"] and not row["cancelled_on"]]
    for row in sorted(changes, key=lambda row: (row["signed_on"] or date.max, row["contract_id"])):
        if row["change_of"] in told:
            told[row["change_of"]] = row["amount_after_change"]
    assert [None if amount is pd.NA else amount for amount in held.amounts] == list(told.values())
    assert held.amounts.index.tolist() == list(told)


@settings(deadline=None)
@given(ROWS, st.lists(st.sampled_from(["C0", "C1", "C2", "X"]), unique=True))
def test_it_is_known_of_which_contracts_another_table_tells(rows, declared):
    held = register(rows, declared)
    assert list(held.with_rows_in("wage_declarations")) == list(held.contracts["contract_id"].isin(declared))


TEXTS = st.lists(st.sampled_from(["", "甲", "甲乙", "A\nB", "丙"]), max_size=12)


@given(TEXTS, TEXTS, st.integers(0, 4))
def test_a_part_of_a_column_of_text_is_asked_as_a_whole_one(texts, others, start):
    """An array of Arrow may be a part of another: what it does not hold is not looked at."""
    column, some = pd.Series(texts, dtype="str")[start:], sorted(set(others))
    wanted = pd.Series(some, dtype="str")
    assert columns.filled(column).tolist() == [text != "" for text in texts[start:]]
    assert columns.listed(column) == texts[start:]
    assert columns.found_in(column, wanted).tolist() == [text in some for text in texts[start:]]
    places = [some.index(text) if text in some else -1 for text in texts[start:]]
    assert columns.found_at(column, wanted).tolist() == places
    assert list(columns.stacked([column, wanted])) == texts[start:] + some


@given(st.lists(DAY, max_size=8), DAY)
def test_days_and_seconds_are_one(days, one):
    column = pd.Series(days, dtype="datetime64[s]")
    counted = columns.days(column).tolist()
    assert [columns.day_of(day) for day in counted] == days
    assert counted == [columns.day_number(day) if day else columns.NO_DAY for day in days]
    if one:
        future = columns.seconds(column) >= (columns.day_number(one) + 1) * columns.A_DAY
        assert future.tolist() == [day is not None and day > one for day in days]
