"""Numbers for contracts that have none."""

import doctest
import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from monitor.intake import numbering
from monitor.intake.numbering import Ordinals, derived_number

DAY = date(2025, 4, 1)


def test_the_example_of_the_manual_holds():
    assert doctest.testmod(numbering).failed == 0


def test_width_and_spaces_do_not_make_another_number():
    assert derived_number(DAY, ["ＬＡＮ 保守", "㈱甲乙"]) == derived_number(DAY, ["LAN保守\n", "(株)甲乙"])


def test_where_one_part_ends_counts():
    assert derived_number(DAY, ["甲", "乙丙"]) != derived_number(DAY, ["甲乙", "丙"])
    assert derived_number(DAY, ["甲"]) != derived_number(date(2025, 4, 2), ["甲"])


@given(st.dates(date(1900, 1, 1)), st.lists(st.text()))
def test_a_number_is_the_day_and_eight_letters_that_nobody_confuses(day, parts):
    number = derived_number(day, parts)
    assert re.fullmatch(f"{day:%Y%m%d}-[0-9A-HJKMNP-TV-Z]{{8}}", number)
    assert number == derived_number(day, parts)


def test_what_comes_again_has_an_ordinal():
    ordinals = Ordinals()
    assert [ordinals(number) for number in "ABAAB"] == ["A", "B", "A-2", "A-3", "B-2"]
