"""The checks' cases: one YAML file per check, one sentence per case, through the real rulebooks.

A case has name, rulebook, as_of, tables (rows with only the columns needed) and expect; optional are parameters, columns
(table → columns that were there though no row fills them) and, in expect, judged, not_judged and next_on. What is not
expected must not be: `findings` lists all of them, each with the attributes that matter; `says` are parts of the text.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks import ledger
from checks.catalogue import HEADINGS, all_checks, sections
from checks.finding import CheckResult, Finding
from checks.register import KNOWN, Register, build
from monitor.rulebooks import load, renames
from monitor.settings import default_config_dir

HERE = Path(__file__).parent
RULEBOOKS = load([default_config_dir() / "rulebooks"])
RENAMES = renames(default_config_dir() / "vendor-names.yaml")
FILES = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["cases"] for path in sorted(HERE.glob("*.yaml"))}
CASES = [pytest.param(check, case, id=f"{check}: {case['name']}") for check, cases in FILES.items() for case in cases]


def register(case: Mapping[str, Any]) -> Register:
    """The case's rows as one organization's register, as it was known on the case's date."""
    rows, known = {}, {}
    for number, (table, given) in enumerate(case["tables"].items(), start=1):
        columns = {name for row in given for name in row} | set(case.get("columns", {}).get(table, ()))
        unknown = columns - set(ledger.TABLES[table].by_name)
        assert not unknown, f"{table} has no column {unknown}"
        rows[table] = [{**row, KNOWN: number} for row in given]
        known[number] = frozenset(columns)
    return build("M", "模擬市", rows, known, RENAMES).seen_on(case["as_of"])[0]


def ask(check: str, case: Mapping[str, Any]) -> CheckResult:
    made = all_checks()[check]
    parameters = made.parameters.model_validate(case.get("parameters", {}))
    return made.examine(register(case), RULEBOOKS[case["rulebook"]], case["as_of"], parameters)


def seen(finding: Finding, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The finding in the terms of what is wanted, so that a failure shows the two side by side."""
    text = "\n".join((finding.title, finding.explanation, finding.next_step, finding.authority))
    shown: dict[str, Any] = {}
    for name, value in wanted.items():
        if name == "says":
            shown[name] = [part if part in text else f"not in: {text}" for part in value]
        elif name == "figures":
            shown[name] = {key: finding.figures.get(key) for key in value}
        else:
            held = getattr(finding, name)
            shown[name] = list(held) if isinstance(held, tuple) else held
    return shown


@pytest.mark.parametrize(("check", "case"), CASES)
def test_case(check: str, case: Mapping[str, Any]) -> None:
    result, expected = ask(check, case), case["expect"]
    found = sorted(result.findings, key=lambda finding: finding.subject)
    wanted = expected["findings"]
    assert [seen(finding, want) for finding, want in zip(found, wanted, strict=False)] == wanted
    assert [finding.subject for finding in found[len(wanted) :]] == []
    assert len(found) == len(wanted)
    assert [[reason.value, what, count] for (reason, what), count in result.not_judged.items()] == expected.get(
        "not_judged", []
    )
    for name in ("judged", "next_on"):
        assert name not in expected or getattr(result, name) == expected[name]
    assert not [
        word for finding in found for word in ("違反", "不正", "違法") if word in finding.title + finding.explanation
    ]


# --- about the cases themselves ------------------------------------------------------------------------------------


def kinds(check: str) -> Iterator[str]:
    for case in FILES[check]:
        expected = case["expect"]
        yield "found" if expected["findings"] else "not judged" if expected.get("not_judged") else "clean"


@pytest.mark.parametrize("check", sorted(all_checks()))
def test_every_check_has_cases_of_each_kind_and_a_whole_manual_page(check):
    assert check in FILES, f"tests/checks/{check}.yaml is missing"
    assert {"found", "clean", "not judged"} <= set(kinds(check))
    pages = sections(all_checks()[check].manual)
    assert [heading for heading in HEADINGS if not pages.get(heading)] == []
    assert all(figure.label for figure in all_checks()[check].figures.values())


def test_every_file_of_cases_belongs_to_a_check_and_says_each_sentence_once():
    assert set(FILES) <= set(all_checks())
    names = [(check, case["name"]) for check, cases in FILES.items() for case in cases]
    assert len(names) == len(set(names))
