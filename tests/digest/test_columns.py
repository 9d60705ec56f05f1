"""Folding plain text at 76 columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest.columns import WIDTH, fold, width


@given(st.text(alphabet="あア、。（）「」 　ab12,.-PBー件", max_size=300))
def test_nothing_is_lost_but_blanks_and_no_line_is_too_long_where_it_can_be_broken(text: str) -> None:
    folded = fold(text)
    blank = str.maketrans("", "", " 　")
    assert folded.replace("\n", "").translate(blank) == text.translate(blank)
    if not any(len(run) > 20 for run in text.replace("あ", " ").replace("ア", " ").split()):
        assert all(width(line) <= WIDTH for line in folded.split("\n"))


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("期限は3月27日です。", ["期限は3", "  月27日で", "  す。"]),
        ("■ ああああああ", ["■ ああ", "  ああああ"]),
        ("  - あああああああ", ["  - あああ", "    あああ", "    あ"]),
        ("1234567890123", ["1234567890123"]),
    ],
)
def test_what_goes_on_is_indented_so_that_it_begins_no_line(line: str, made: list[str]) -> None:
    lines = fold(line, 10).split("\n")
    assert all(part.startswith("  ") for part in lines[1:])
    assert "".join(part.strip() for part in lines).replace(" ", "") == line.replace(" ", "")
    assert len(lines) == len(made)


def test_numbers_ids_and_names_of_files_are_not_torn() -> None:
    line = (
        "回答は、添付の findings.xlsx に「判断」を記入して返送してください。" * 3 + "PB-2M9XD、12,345,678円、新規 4。"
    )
    for word in ("findings.xlsx", "PB-2M9XD", "12,345,678円", "新規 4"):
        assert any(word in part for part in fold(line, 60).split("\n")), word
