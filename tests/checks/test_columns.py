"""The fast ways over whole columns say what the plain ways say row by row."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import columns, vendors
from checks.finding import NotJudged, Reasons
from checks.limits import Tables
from checks.register import Register, _bureau, build, picked, plain
from checks.rulebook import LimitClass
from checks.vendors import Rename, Renames
from monitor.rulebooks import load
from monitor.settings import default_config_dir

BOOKS = {key: book for key, book in load([default_config_dir() / "rulebooks"]).items() if book.small_value}
DAYS = st.one_of(
    st.sampled_from([date(2025, 3, 31), date(2025, 4, 1), date(2024, 3, 30), date(2024, 4, 1), date(2026, 4, 1)]),
    st.dates(date(1990, 1, 1), date(2030, 1, 1)),
)
MAYBE = st.one_of(st.none(), DAYS)
TEXTS = st.lists(st.sampled_from(["", "甲", "乙", "甲乙", "A\nB"]), max_size=20)
RENAMES = Renames(
    (
        Rename("旧社㈱", "新社㈱", date(2024, 1, 1), "law", verified=False, until=date(2024, 6, 1)),
        Rename("丙㈱", "甲乙㈱", date(2024, 1, 1), "law", verified=True),
    )
)
CELLS = [
    "甲乙㈱",
    "甲乙株式会社 東京支店",
    "",
    "  ",
    "丁JV\n(代表)甲乙㈱\n丙㈱",
    "丁コンソーシアム",
    "旧社㈱",
    "旧社㈱\n丙㈱",
]


@given(TEXTS, st.sets(st.sampled_from(["", "甲", "A\nB", "丙"])))
def test_texts_are_found_among_others_and_told_apart(texts: list[str], wanted: set[str]):
    column = pd.Series(texts, dtype="str")
    assert columns.among(column, wanted).tolist() == [text in wanted for text in texts]
    assert columns.filled(column).tolist() == [text != "" for text in texts]
    codes, distinct = columns.coded(column)
    assert [distinct[code] for code in codes] == texts
    assert distinct == list(dict.fromkeys(texts))
    codes, distinct = columns.distinct(texts)
    assert [distinct[code] for code in codes] == texts
    assert distinct == list(dict.fromkeys(texts))


@given(st.lists(st.tuples(st.integers(-(2**62), 2**62), st.integers(0, 3)), max_size=9))
def test_combinations_of_numbers_of_any_size_are_told_apart(rows: list[tuple[int, int]]):
    numbers, first = columns.combined(*(np.array([row[i] for row in rows], dtype=np.int64) for i in range(2)))
    assert [rows[first[number]] for number in numbers] == rows


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=30))
def test_combinations_are_numbered_and_their_first_rows_found(rows: list[tuple[int, int, int]]):
    parts = [np.array([row[i] for row in rows], dtype=np.int64) for i in range(3)]
    numbers, first = columns.combined(*parts)
    assert [rows[first[number]] for number in numbers] == rows
    assert [rows.index(rows[row]) for row in first] == first.tolist()


@given(st.lists(MAYBE, max_size=10))
def test_days_are_counted_and_given_back(days: list[date | None]):
    column = pd.Series(days, dtype="datetime64[s]")
    epoch = date(1970, 1, 1)
    assert columns.days(column).tolist() == [(day - epoch).days if day else columns.NO_DAY for day in days]
    assert [row.day for row in plain(column.to_frame("day"))] == days


@pytest.mark.parametrize("book", sorted(BOOKS))
@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(LimitClass)), MAYBE, DAYS), min_size=1, max_size=20))
def test_the_limits_of_all_contracts_are_those_of_each(book: str, rows: list[tuple[LimitClass, date | None, date]]):
    rules = BOOKS[book].small_value
    assert rules
    frame = pd.DataFrame(
        {
            "kind": pd.Series([str(row[0]) for row in rows], dtype="str"),
            "basis": pd.Series([row[1] for row in rows], dtype="datetime64[s]"),
            "latest": pd.Series([row[2] for row in rows], dtype="datetime64[s]"),
        }
    ).set_axis(range(5, 5 + len(rows)))  # whatever the index
    found = [Tables(rules).find(*row) for row in rows]
    joined = list(plain(Tables(rules).joined(frame)))
    assert [row.table for row in joined] == found
    assert [row.lowest for row in joined] == [one and one.lowest.amount for one in found]
    assert [row.highest for row in joined] == [one and one.highest.amount for one in found]


CONTRACT = st.fixed_dictionaries(
    {
        "vendors": st.sampled_from(CELLS),
        "vendor_numbers": st.sampled_from(["", "7000012050002", "1\n 2", "\n3"]),
        "nondisclosure": st.sampled_from(["", "", "個人", "秘密"]),
        "signed_on": st.one_of(st.none(), st.sampled_from([date(2024, 3, 1), date(2024, 7, 1)])),
        "row_kind": st.sampled_from(["", "契約", "変更", "総額"]),
        "change_of": st.sampled_from(["", "", "C0"]),
        "cancelled_on": st.one_of(st.none(), st.none(), st.just(date(2024, 8, 1))),
        "department": st.sampled_from(["", "財政局財政課", "財政局 財政部 財政課", "総務課", "市民課 窓口係"]),
        "bureau": st.sampled_from(["", "", "市民局"]),
        "_known": st.sampled_from([1, 2]),
    }
)
KNOWN = {1: frozenset({"vendors", "amount"}), 2: frozenset({"vendors"})}


def register(rows: list[dict[str, Any]]) -> Register:
    made = [{"contract_id": f"C{i}", **row} for i, row in enumerate(rows)]
    return build("M", "模擬市", {"contracts": made}, KNOWN, RENAMES)


def listed(row: Any) -> list[tuple[str, int, str, str, bool, bool]]:
    """One contract's vendors, the plain way."""
    names = vendors._listed(row.vendors)
    if row.nondisclosure or not names:
        label = vendors.INDIVIDUAL if row.nondisclosure == "個人" else vendors.SECRET
        return [(row.contract_id, 0, label, "", False, True)]
    digits = row.vendor_numbers.split("\n")
    many = len(names) > 1
    return [
        (row.contract_id, i, name, digits[i].strip() if i < len(digits) else "", many or vendors._led(name), False)
        for i, name in names
    ]


@settings(deadline=None)
@given(st.lists(CONTRACT, max_size=12))
def test_vendors_read_by_distinct_cells_are_those_of_each_contract(rows: list[dict[str, Any]]):
    held = register(rows)
    found = held.vendors
    told = found[["contract_id", "position", "name", "number", "joint", "hidden"]].itertuples(index=False, name=None)
    contracts = list(plain(held.contracts))
    assert list(told) == [line for row in contracts for line in listed(row)]
    signed = {row.contract_id: row.signed_on for row in contracts}
    for line in plain(found):
        if line.hidden:
            assert line.known_by == (line.identity,) == (f"contract:{line.contract_id}",)
        else:
            assert line.company == RENAMES.latest(line.name, signed[line.contract_id])[0]
            assert not line.number or line.identity == f"number:{line.number}"


@settings(deadline=None)
@given(st.lists(CONTRACT, max_size=12), st.randoms(use_true_random=False))
def test_contracts_are_counted_and_put_in_order(rows: list[dict[str, Any]], random: Any):
    held = register(rows)
    counted = [
        row
        for row in plain(held.tables["contracts"])
        if row.cancelled_on is None and (row.row_kind == "契約" or (row.row_kind == "" and not row.change_of))
    ]
    counted.sort(key=lambda row: (row.signed_on or date.max, row.contract_id))
    assert [row.contract_id for row in plain(held.contracts)] == [row.contract_id for row in counted]
    assert held.contracts.index.tolist() == list(range(len(counted)))
    places = list(range(len(rows)))
    random.shuffle(places)  # another store may sort the ids in another order
    shuffled = Register("M", "", {**held.tables, "contracts": held.tables["contracts"].take(places)}, KNOWN)
    assert list(plain(shuffled.contracts)) == list(plain(held.contracts))
    known = held.knows(held.contracts, "amount").tolist()
    assert known == [rows[int(row.contract_id[1:])]["_known"] == 1 for row in counted]


@settings(deadline=None)
@given(st.lists(CONTRACT, max_size=8), st.sampled_from([date(2024, 2, 1), date(2024, 3, 1), date(2024, 7, 15)]))
def test_what_lies_later_is_not_seen(rows: list[dict[str, Any]], as_of: date):
    held = register(rows)
    seen, turn = held.seen_on(as_of)
    begun = [row for row in plain(held.tables["contracts"]) if row.signed_on is None or row.signed_on <= as_of]
    later = {row["signed_on"] for row in rows} | {row.cancelled_on for row in begun}
    assert turn == min((day for day in later if day and day > as_of), default=None)
    told = [
        row._replace(cancelled_on=None if row.cancelled_on and row.cancelled_on > as_of else row.cancelled_on)
        for row in begun
    ]
    assert list(plain(seen.tables["contracts"])) == told
    again, _ = seen.seen_on(as_of + timedelta(days=0))
    assert list(plain(again.tables["contracts"])) == told


@given(TEXTS, st.data())
@settings(max_examples=60, deadline=None)
def test_some_rows_and_columns_are_those_of_a_frame_of_them(texts, data):
    frame = columns.framed(
        {
            "text": pd.array(texts, dtype="str"),
            "yen": pd.array([None if not one else len(one) for one in texts], dtype="Int64"),
            "flag": np.array([bool(one) for one in texts], dtype=bool),
            "day": pd.Series([pd.NaT if one else date(2025, 4, 1) for one in texts], dtype="datetime64[s]").array,
        }
    )
    places = np.array(data.draw(st.lists(st.sampled_from(range(len(texts)))) if texts else st.just([])), dtype=np.int64)
    names = ["yen", "flag", "text", "day"]
    found = list(picked(frame, places, names))
    assert found == list(plain(frame[names].take(places)))
    assert all(type(one.flag) is bool for one in found)


@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_who_was_not_judged_is_the_same_of_a_column_and_of_a_list(held, wanted):
    why = [(NotJudged.BLANK, "a"), (NotJudged.NO_RULE, "b")]
    by_column, by_list = Reasons(), Reasons()
    for number, texts in enumerate(held):
        by_column.add(why[number % 2], pd.Series(texts, dtype="str"))
        by_list.add(why[number % 2], texts)
    every = {
        one: [reason for i, reason in enumerate(why) if any(one in texts for texts in held[i::2])] for one in wanted
    }
    assert by_column.among(wanted) == by_list.among(wanted) == {one: {*told} for one, told in every.items() if told}
    assert all(set(by_column.of(one)) == set(by_list.of(one)) == {*told} for one, told in every.items())


@given(st.lists(st.text("局部課 　\n\tA", max_size=6), max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_bureau_is_read_as_pandas_reads_whole_columns(departments):
    names = pd.Series(departments, dtype="str")
    before = names.str.replace(r"\s*\S+$", "", regex=True)
    unit = names.str.extract(r"^(.*(?:局|部|本部|センター|区|署|庁))", expand=False).fillna("")
    assert [_bureau(one) for one in departments] == before.where(before != "", unit).where(
        lambda x: x != "", names
    ).tolist()
