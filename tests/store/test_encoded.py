"""The quick encoding of rows says what the plain one says, byte for byte; a file's keys are known again."""

from contextlib import closing
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from checks import ledger
from checks.ledger import Kind
from monitor.intake.rows import Block, Row
from monitor.store import schema
from monitor.store.encoded import Shape, digest_of
from monitor.store.seen import Seen

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = {
    Kind.YEN: st.integers(-(2**63), 2**63 - 1),
    Kind.COUNT: st.integers(0, 2**31 - 1),
    Kind.DATE: st.dates(),
    Kind.YES_NO: st.booleans(),
}
KEY = {"organization": st.just("M"), "contract_id": TEXT}
ROW = st.fixed_dictionaries(
    {
        column.name: KEY.get(column.name, st.none() | VALUES.get(column.kind, TEXT))
        for column in ledger.CONTRACTS.columns
    }
)
ENGINE = create_engine("sqlite://")


@given(st.lists(st.tuples(ROW, st.dictionaries(TEXT, TEXT, max_size=2)), min_size=1, max_size=3))
def test_the_digest_and_the_bound_values_are_those_of_the_plain_way(made: list) -> None:
    names = [column.name for column in ledger.CONTRACTS.columns]  # a shape is that of rows in one order
    rows = [Row("contracts", 2, {name: values[name] for name in names}, {}, other) for values, other in made]
    table = schema.LEDGER["contracts"]
    with ENGINE.connect() as connection:
        shape = Shape(connection, table, ledger.CONTRACTS, tuple(rows[0].values))
        found = shape.encode(Block.of(rows))
    for at, row in enumerate(rows):
        assert found.digests[at] == digest_of({**row.values, "": row.other})
        assert found.content[at] == digest_of({**row.values, "": {}})
        bound = [value.isoformat() if isinstance(value, date) else value for value in row.values.values()]
        assert list(found.bound[at][3:]) == bound
        assert found.keys()[at] == found.bound_keys()[at] == ("M", row.values["contract_id"])


def test_a_part_of_the_key_that_the_source_lacks_is_blank() -> None:
    row = Row("vendor_sanctions", 2, {"vendor": "甲", "kind": "指名停止", "starts_on": date(2025, 4, 1)})
    with ENGINE.connect() as connection:
        spec = ledger.TABLES["vendor_sanctions"]
        one = Shape(connection, schema.LEDGER[spec.name], spec, tuple(row.values)).encode(Block.of([row]))
    assert one.keys() == [("甲", "", "指名停止", date(2025, 4, 1))]
    assert one.bound_keys() == [("甲", "", "指名停止", "2025-04-01")]
    assert one.digests[0] == digest_of({**row.values, "": {}})


def test_the_first_row_of_a_key_is_remembered_over_batches_and_within_one() -> None:
    with closing(Seen()) as seen:
        assert seen.add((["a", "b"], [2, 3], ["1", "2"])) == {}
        assert seen.add((["c", "a", "c"], [4, 5, 6], ["3", "4", "5"])) == {1: (2, "1"), 2: (4, "3")}


def test_rows_that_were_only_noted_are_known_again() -> None:
    with closing(Seen()) as seen:
        seen.note((["a", "b"], [2, 3], ["1", "2"]))
        seen.note((["c"], range(4, 5), ["3"]))
        assert seen.add((["d", "b", "c"], [5, 6, 7], ["4", "5", "6"])) == {1: (3, "2"), 2: (4, "3")}
        seen.note((["e"], [8], ["7"]))
        assert seen.add((["e", "a", "d"], [9, 10, 11], ["8", "9", "0"])) == {0: (8, "7"), 1: (2, "1"), 2: (5, "4")}
