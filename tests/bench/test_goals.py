"""The arithmetic of the table."""

import sys

import pytest

from tests.bench import goals
from tests.bench.goals import Line
from tests.bench.process import Cost, ProcessError, measure, median


def cost(cpu: float, rss: float = 100.0) -> Cost:
    return Cost(cpu, cpu * 2, rss)


def test_a_full_run_is_held_against_the_other_tool_the_floor_and_the_memory():
    other, floor, memory = goals.full(cost(9.0, 900), cost(37.5), cost(3.0), "ADBC")
    assert (other.ratio, other.met) == (0.24, True)
    assert (floor.ratio, floor.met) == (3.0, None)
    assert (memory.ratio, memory.met) == (0.6, True)


def test_what_is_not_installed_is_neither_met_nor_missed():
    other = goals.full(cost(9.0), None, cost(3.0), "ADBC")[0]
    assert (other.ratio, other.met) == (None, None)
    assert goals.cells(other)[2:] == ("ocdscardinal.coverage(): not installed", "", "0.5", "?")


def test_days_are_compared_beyond_start_up():
    line = goals.day("unchanged day", cost(1.2), startup=cost(1.0), whole=cost(11.0), most=0.02)
    assert (round(line.ratio, 6), line.met) == (0.02, True)


@pytest.mark.parametrize(("large", "met"), [(101.0, True), (40.0, False), (160.0, False), (151.0, True)])
def test_growth_is_cost_per_contract_beyond_start_up_both_ways(large, met):
    per_contract, _ = goals.growth(cost(1.0), (100_000, cost(11.0)), (1_000_000, cost(large)))
    assert per_contract.met is met
    assert per_contract.against == "100.0 µs"


def test_twice_as_much_may_cost_twice_but_not_four_times():
    linear, quadratic = (goals.doubled("x", cost(1.0), cost(3.0), cost(whole)) for whole in (5.0, 9.0))
    assert (linear.ratio, linear.met) == (2.0, True)
    assert (quadratic.ratio, quadratic.met) == (4.0, False)


def test_the_table_is_aligned():
    lines = [
        Line("full run", "9.00 s", "other 37.50 s", 0.24, 0.5, aim=0.25),
        Line("growth", "9.0 µs", "30.0 µs", 0.3, 1.5, 0.5),
        Line("… to the floor", "9.00 s", "floor 3.00 s", 3.0),
    ]
    assert goals.table(lines).splitlines() == [
        "goal            measured  held against   ratio  at most         met",
        "--------------  --------  -------------  -----  --------------  ---",
        "full run        9.00 s    other 37.50 s  0.240  0.5 (aim 0.25)  yes",
        "growth          9.0 µs    30.0 µs        0.300  0.5–1.5         NO",
        "… to the floor  9.00 s    floor 3.00 s   3.000",
    ]


def test_the_median_takes_each_figure_by_itself():
    assert median([Cost(1, 9, 5), Cost(3, 1, 4), Cost(2, 5, 6)]) == Cost(2, 5, 5)


BURN = "import time\nwhile time.process_time() < 0.2: pass"


def test_a_process_costs_what_its_children_cost_also_those_that_outlive_it():
    spawn = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BURN!r}])"
    assert 0.2 < measure([sys.executable, "-c", spawn]).cpu < 1.0


def test_what_fails_costs_nothing_that_could_be_believed():
    with pytest.raises(ProcessError, match="ended with 3:\nno"):
        measure([sys.executable, "-c", "import sys; print('no'); sys.exit(3)"])
