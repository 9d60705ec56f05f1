"""Three hundred spoilt files in every test run; ten thousand in ``make soak``."""

import pytest

from monitor.intake import layouts
from tests.intake import fuzz
from tests.intake.samples import SAMPLES

CASES = 300


def test_every_layout_has_a_sample():
    assert set(layouts.LAYOUTS) <= set(SAMPLES)


@pytest.mark.parametrize("part", range(4))
def test_spoilt_files_raise_nothing_and_lose_nothing(part):
    assert not list(fuzz.run(range(part * CASES // 4, (part + 1) * CASES // 4)))


def test_the_fuzzer_sees_a_row_that_is_lost():
    made = fuzz.case(0)
    made.marks[made.name + "[none]"] = {"ZQ99999R999Z"}
    [told] = fuzz.failures([made], SAMPLES[made.layout].how)
    assert "ZQ99999R999Z" in told
