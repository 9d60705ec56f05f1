"""Rows that wait for their correction, file by file."""

from monitor.digest import sections
from monitor.digest.unread import Unread, by_file


def row(source, line, column, organization="M"):
    return organization, source, line, column


def test_the_file_with_most_rows_comes_first_with_its_columns_and_first_lines():
    rows = [row("a.csv", 9, "契約金額"), *(row("b.csv", line, "契約締結日") for line in (12, 4, 7, 30))]
    rows.append(row("b.csv", 5, ""))
    first, second = by_file(rows)
    assert first == Unread("M", "b.csv", 5, (("契約締結日", 4), ("行の全体", 1)), (4, 5, 7))
    assert second.at == "9行目"
    assert sections.unread(first) == "b.csv 5行（契約締結日 4行、行の全体 1行。4・5・7行目など）"


def test_one_file_of_two_bodies_is_told_to_each():
    found = by_file(
        [row("a.csv", 2, "契約番号", "A"), row("a.csv", 3, "契約番号", "B"), row("a.csv", 4, "契約番号", "")]
    )
    assert [one.organization for one in found] == ["", "A", "B"]


def test_many_columns_are_counted_and_no_cell_is_told():
    [one] = by_file([row("a.csv", line, f"列{line}") for line in range(1, 8)])
    assert one.where == "列1 1行、列2 1行、列3 1行、列4 1行、ほか3列 3行"


def test_a_long_name_and_marks_that_turn_text_are_not_shown():
    [one] = by_file([row("台帳" * 50 + "\u202e.csv", 1, "契約\u202e番号")])
    assert len(one.file) == 60
    assert one.columns == (("契約番号", 1),)
