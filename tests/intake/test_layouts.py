"""The registry of layouts, and what cannot be read."""

import pytest

from monitor.intake import layouts
from monitor.intake.how import How
from monitor.intake.rows import Part, Unreadable
from monitor.problems import Problem


def test_an_unknown_layout_names_the_nearest_before_anything_is_read(tmp_path):
    with pytest.raises(Problem, match="jlis"):
        layouts.read(tmp_path / "none", How(layout="jliss"))
    with pytest.raises(Problem, match="interchange"):
        layouts.read(tmp_path / "none", How(layout="zzz"))


def test_a_missing_path_is_one_sentence(tmp_path):
    [found] = layouts.read(tmp_path / "none.csv")
    assert isinstance(found, Unreadable)
    assert found.source == "none.csv"


def test_organizations_come_before_contracts_and_what_is_unreadable_comes_first(tmp_path):
    (tmp_path / "a.csv").write_text("契約番号,事象,日付\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("契約番号,契約名称,契約締結日\n", encoding="utf-8")
    (tmp_path / "c.csv").write_text("機関コード,機関名,規程\n", encoding="utf-8")
    (tmp_path / "d.csv").write_bytes(b"\0")
    found = list(layouts.read(tmp_path, How(organization="X")))
    assert isinstance(found[0], Unreadable)
    assert [part.table for part in found[1:] if isinstance(part, Part)] == ["organizations", "contracts", "events"]


def test_a_layout_may_be_named(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("契約番号,契約名称,契約締結日\n", encoding="utf-8")
    [part] = layouts.read(path, How(organization="X", layout="interchange"))
    assert part.layout == "interchange"


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.zip", "a.dat", "a"])
@pytest.mark.parametrize(
    "data", [b"", b"\0\1\2", b"\xff" * 100, b"a,b\n1,2\n", b"PK\x03\x04", b'"' * 10, b"\n" * 10, b"\t" * 10]
)
def test_whatever_the_bytes_there_is_an_answer(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    for layout in (None, "jlis", "interchange"):
        found = list(layouts.read(path, How(organization="X", layout=layout)))
        assert found
        assert all(isinstance(item, Unreadable) and item.reason.strip() for item in found)


def test_a_body_whose_rulebook_the_caller_gives_comes_with_the_rows(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("契約番号,契約名称,契約締結日\n1,側溝修繕,R7.4.1\n", encoding="utf-8")
    bodies, part = layouts.read(path, How(organization="X", rulebook="municipality"))
    assert (bodies.table, bodies.new_only, part.table) == ("organizations", True, "contracts")
    assert [row.values for row in bodies.rows] == [{"organization": "X", "name": "X", "rulebook": "municipality"}]
    [part] = layouts.read(path, How(organization="X"))
    assert part.table == "contracts"
