"""The checks' cases: one YAML file per check, one sentence per case, through the real rulebooks (monitor/cases.py)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.catalogue import HEADINGS, all_checks, sections
from monitor import cases
from monitor.cases import Case
from monitor.rulebooks import load, renames
from monitor.settings import default_config_dir

RULEBOOKS = load([default_config_dir() / "rulebooks"])
RENAMES = renames(default_config_dir() / "vendor-names.yaml")
FILES = {file.check: file.cases for file in cases.read(Path(__file__).parent)}
CASES = [pytest.param(check, case, id=f"{check}: {case.name}") for check, held in FILES.items() for case in held]


@pytest.mark.parametrize(("check", "case"), CASES)
def test_case(check: str, case: Case) -> None:
    assert cases.differences(check, case, RULEBOOKS, RENAMES) == []


# --- about the cases themselves ------------------------------------------------------------------------------------


def kinds(check: str) -> Iterator[str]:
    for case in FILES[check]:
        yield "found" if case.expect.findings else "not judged" if case.expect.not_judged else "clean"


@pytest.mark.parametrize("check", sorted(all_checks()))
def test_every_check_has_a_dozen_cases_of_each_kind_and_a_whole_manual_page(check: str) -> None:
    assert check in FILES, f"tests/checks/{check}.yaml is missing"
    assert len(FILES[check]) >= 12
    expected = {"found", "clean", "not judged"}
    if all_checks()[check].reads_answers:  # it tells what the others could not judge, and judges the ledger as it is
        expected.remove("not judged")
    assert expected <= set(kinds(check))
    pages = sections(all_checks()[check].manual)
    assert [heading for heading in HEADINGS if not pages.get(heading)] == []
    assert all(figure.label for figure in all_checks()[check].figures.values())
