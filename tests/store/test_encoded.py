"""The quick encoding of rows says what the plain one says, byte for byte; a file's keys are known again."""

from contextlib import closing
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from checks import ledger
from checks.ledger import Kind
from monitor.intake.rows import Row
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
        found = shape.encode(rows)
    for row, one in zip(rows, found, strict=True):
        assert one.digest == digest_of({**row.values, "": row.other})
        bound = [value.isoformat() if isinstance(value, date) else value for value in row.values.values()]
        assert list(one.bound[3:]) == bound
        assert one.key == ("M", row.values["contract_id"])


def test_a_part_of_the_key_that_the_source_lacks_is_blank() -> None:
    row = Row("vendor_sanctions", 2, {"vendor": "甲", "kind": "指名停止", "starts_on": date(2025, 4, 1)})
    with ENGINE.connect() as connection:
        spec = ledger.TABLES["vendor_sanctions"]
        [one] = Shape(connection, schema.LEDGER[spec.name], spec, tuple(row.values)).encode([row])
    assert one.key == ("甲", "", "指名停止", date(2025, 4, 1))
    assert one.digest == digest_of({**row.values, "": {}})


def test_the_first_row_of_a_key_is_remembered_over_batches_and_within_one() -> None:
    with closing(Seen()) as seen:
        assert seen.add([("a", 2, b"1"), ("b", 3, b"2")]) == {}
        assert seen.add([("c", 4, b"3"), ("a", 5, b"4"), ("c", 6, b"5")]) == {1: (2, b"1"), 2: (4, b"3")}
