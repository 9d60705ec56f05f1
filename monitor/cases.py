"""Cases: a few rows of a ledger, a date, a rulebook, and what a check must say of them. An auditor can read and write them.

The project's own are tests/checks/<id>.yaml; an office proves its own rulebooks and parameters with ``keiyaku checks test``.
A file has ``cases`` and, unless its name is the check's id, ``check``; YAML anchors may stand under ``templates``.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from checks import ledger
from checks.catalogue import Parameters, all_checks, answers
from checks.finding import CheckResult, Finding, Severity
from checks.ledger import Column, Kind
from checks.register import KNOWN, Register, build
from checks.rulebook import Rulebook
from checks.vendors import Renames
from monitor.problems import Problem, unknown
from monitor.rulebooks.read import Safe, read_yaml, shown
from monitor.rulebooks.sentences import sentences

_ACCUSING = ("違反", "不正", "違法")  # a finding is a suspicion, worded as one


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(_Model):
    """What must be found. ``findings`` lists all of them by subject, each with the attributes that matter.

    ``says`` are parts of a finding's text, ``figures`` some of its figures. What is not expected must not be found.
    """

    findings: tuple[Mapping[str, Any], ...]
    judged: int | None = None
    not_judged: tuple[tuple[str, str, int], ...] = ()
    next_on: date | None = None


class Case(_Model):
    """One sentence, the rows that it speaks of, and what is expected."""

    name: str = Field(min_length=1)
    rulebook: str
    as_of: date
    tables: Mapping[str, tuple[Mapping[str, Any], ...]]
    columns: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, description="table → columns that were there though no row fills them"
    )
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    expect: Expected


Difference = tuple[str, Any, Any]
"""(what, expected, found)"""


class _File(_Model):
    check: str = ""
    templates: Any = None
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Cases:
    """The cases of one file: all of one check."""

    check: str
    path: Path
    cases: tuple[Case, ...]


def read(path: Path) -> list[Cases]:
    """The cases of a file, or of every *.yaml of a folder. Raises Problem with a sentence for each mistake."""
    paths = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not paths:
        raise Problem(f"{shown(path)}: found no *.yaml, expected files of cases")
    found: list[Cases] = []
    said: list[str] = []
    for each in paths:
        try:
            found.append(_read(each))
        except Problem as problem:
            said += problem.sentences
    if said:
        raise Problem(*said)
    return found


def _read(path: Path) -> Cases:
    data = read_yaml(path, Safe)  # merge keys repeat keys, which the rulebooks' stricter loader refuses
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        raise Problem(*sentences(shown(path), error, _File.model_json_schema())) from error
    check = file.check or path.stem
    if check not in all_checks():
        told = f"{shown(path)}: there is no check '{check}' (the file's name, or its key 'check', names the check)"
        raise unknown(told, check, all_checks())
    said = [sentence for case in file.cases for sentence in _mistakes(path, case)]
    names = [case.name for case in file.cases]
    said += [
        f"{shown(path)}: two cases are named '{name}'" for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if said:
        raise Problem(*said)
    return Cases(check, path, file.cases)


def _mistakes(path: Path, case: Case) -> Iterator[str]:
    """What is wrong with a case's rows and expectations, a sentence each."""
    where = f"{shown(path)}: {case.name}"
    for table, columns in _columns(case).items():
        if table not in ledger.TABLES:
            yield str(unknown(f"{where}: there is no table '{table}'", table, ledger.TABLES))
            continue
        known = ledger.TABLES[table].by_name
        headings = {column.heading: column.name for column in known.values()}
        for column in sorted(columns - set(known)):
            named = f"; its name here is '{headings[column]}'." if column in headings else ""
            told = f"{where}: {table} has no column '{column}'"
            yield told + named if named else str(unknown(told, column, known))
        for number, row in enumerate(case.tables.get(table, ()), start=1):
            for name, value in row.items():
                if name in known and (expected := _expected(known[name], value)):
                    yield f"{where}: {table} row {number}: {name}: found {value!r}, expected {expected}."
    fields = {field.name for field in dataclasses.fields(Finding)} | {"says"}
    for wanted in case.expect.findings:
        for name in sorted(set(wanted) - fields):
            yield str(unknown(f"{where}: expect: a finding has no '{name}'", name, fields))
        if (severity := wanted.get("severity")) is not None and severity not in [level.value for level in Severity]:
            yield str(unknown(f"{where}: expect: there is no severity '{severity}'", str(severity), list(Severity)))


def _expected(column: Column, value: Any) -> str:
    """What a cell of this column may hold, if it may not hold this; a case is written in plain values, not as ledgers are."""
    if value is None or value == "":
        return "a value" if column.required else ""
    right, told = {
        Kind.DATE: (type(value) is date, "a date as 2025-04-01"),
        Kind.YEN: (type(value) is int, "yen as an integer"),
        Kind.COUNT: (type(value) is int, "an integer"),
        Kind.YES_NO: (type(value) is bool, "true or false"),
        Kind.PERCENT: (isinstance(value, int | float | str), "a number"),
    }.get(column.kind, (isinstance(value, str), "text (numbers in quotes)"))
    if right and column.choices and value not in column.choices:
        return f"one of {', '.join(column.choices)}"
    return "" if right else told


def _columns(case: Case) -> dict[str, set[str]]:
    tables = {*case.tables, *case.columns}
    return {
        table: {name for row in case.tables.get(table, ()) for name in row} | set(case.columns.get(table, ()))
        for table in sorted(tables)
    }


def register(case: Case, renames: Renames) -> Register:
    """The case's rows as one organization's register, as it was known on the case's date."""
    rows: dict[str, list[dict[str, Any]]] = {}
    known: dict[int, frozenset[str]] = {}
    for number, (table, columns) in enumerate(_columns(case).items(), start=1):
        rows[table] = [{**row, KNOWN: number} for row in case.tables.get(table, ())]
        known[number] = frozenset(columns)
    return build("M", "模擬市", rows, known, renames).seen_on(case.as_of)[0]


def ask(check: str, case: Case, rulebooks: Mapping[str, Rulebook], renames: Renames) -> CheckResult:
    """What the check says of the case. Raises Problem for a rulebook or a parameter that is not there."""
    if case.rulebook not in rulebooks:
        raise unknown(f"{case.name}: there is no rulebook '{case.rulebook}'", case.rulebook, rulebooks)
    made = all_checks()[check]
    try:
        given = made.parameters.model_validate(case.parameters)
    except ValidationError as error:
        raise Problem(*sentences(case.name, error, made.parameters.model_json_schema())) from error
    parameters: dict[str, Parameters] = {name: one.parameters() for name, one in all_checks().items()}
    held = register(case, renames)
    if made.reads_answers:
        held = held.answered(answers(held, rulebooks[case.rulebook], case.as_of, parameters))
    return made.examine(held, rulebooks[case.rulebook], case.as_of, given)


def differences(check: str, case: Case, rulebooks: Mapping[str, Rulebook], renames: Renames) -> list[Difference]:
    """Where the check does not say what is expected; empty if it does."""
    result, expect = ask(check, case, rulebooks, renames), case.expect
    found = sorted(result.findings, key=lambda finding: finding.subject)
    told: list[Difference] = []
    for n, wanted in enumerate(expect.findings):
        if n >= len(found):
            told.append((f"finding {n + 1}", dict(wanted), None))
        elif (seen := _seen(found[n], wanted)) != dict(wanted):
            told.append((f"finding {n + 1}", dict(wanted), seen))
    told += [("finding beyond those expected", None, one.subject) for one in found[len(expect.findings) :]]
    not_judged = tuple((reason.value, what, count) for (reason, what), count in result.not_judged.items())
    if not_judged != expect.not_judged:
        told.append(("not judged", expect.not_judged, not_judged))
    told += [
        (name, getattr(expect, name), getattr(result, name))
        for name in ("judged", "next_on")
        if name in expect.model_fields_set and getattr(expect, name) != getattr(result, name)
    ]
    told += [
        ("a word that accuses", None, word)
        for one in found
        for word in _ACCUSING
        if word in one.title + one.explanation + one.next_step
    ]
    return told


def _seen(finding: Finding, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The finding in the terms of what is wanted, so that a difference shows the two side by side."""
    text = "\n".join((finding.title, finding.explanation, finding.next_step, finding.authority))
    shown_: dict[str, Any] = {}
    for name, value in wanted.items():
        if name == "says":
            shown_[name] = [part if str(part) in text else f"not in: {text}" for part in value]
        elif name == "figures":
            shown_[name] = {key: finding.figures.get(key) for key in value}
        else:
            held = getattr(finding, name, "there is no such attribute")
            held = held.value if isinstance(held, Severity) else held
            shown_[name] = list(held) if isinstance(held, tuple) else held
    return shown_
