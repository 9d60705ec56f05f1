"""The record for an auditor: which findings are meant, and all that belongs to them. What is written of it: dossier_tables.

A finding belongs to a period if it stood or something happened to it in the period, or if a contract of it was signed then:
rather one too many than one that an auditor misses. Its history is then whole, before and after the period too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from checks import words
from checks.vendors import Renames
from monitor.findings import audit, book
from monitor.findings.audit import Report
from monitor.findings.chain import entries
from monitor.findings.choice import Choice
from monitor.findings.exceptions import Exemption
from monitor.findings.lifecycle import STANDING, Known
from monitor.plain import clean
from monitor.problems import Problem, unknown
from monitor.store import bodies, registers

_STANDING = frozenset(state.value for state in STANDING)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Selection:
    """What is asked for. Empty or None means any; ``vendors`` are names or 法人番号."""

    choice: Choice
    vendors: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.choice.narrows or self.vendors or self.first or self.last)


@dataclass
class Story:
    """What the events of one finding say that its row does not."""

    events: int = 0
    stands: bool = False
    since: str = ""  # the date of the last event, ISO
    touched: bool = False  # it stood, or something happened to it, in the period
    reason: str = ""  # of the last event


@dataclass(frozen=True)
class Dossier:
    """All that is exported but for events and messages, which are read when they are written."""

    selection: Selection
    as_of: date
    findings: tuple[Known, ...]
    stories: Mapping[str, Story]
    contracts: Mapping[tuple[str, str], Row]
    missing: int  # contracts behind the findings that the ledger does not have any more
    bodies: Mapping[str, str]  # organization → its name
    exceptions: tuple[Exemption, ...]
    report: Report
    ids: frozenset[str] = field(default=frozenset())

    @property
    def hidden(self) -> int:
        """How many of the contracts have a vendor that is not disclosed."""
        return sum(bool(row["nondisclosure"]) for row in self.contracts.values())


def gather(
    connection: Connection, selection: Selection, renames: Renames, exceptions: Sequence[Exemption], as_of: date
) -> Dossier:
    """Read it. Raises Problem for a department or vendor that no finding has, with the nearest that one has."""
    every = book.everything(connection)
    _departments(selection.choice.departments, every)
    chosen = selection.choice.of(every)
    rows = _contracts(connection, chosen)
    stories = _stories(connection, selection.first, selection.last)
    chosen = _of_vendors(chosen, rows, selection.vendors, renames)
    chosen = [one for one in chosen if _in_period(one, stories.get(one.id, Story()), rows, selection)]
    wanted = {(one.organization, contract) for one in chosen for contract in one.facts["contracts"]}
    return Dossier(
        selection=selection,
        as_of=as_of,
        findings=tuple(chosen),
        stories=stories,
        contracts={key: rows[key] for key in sorted(wanted & rows.keys())},
        missing=len(wanted - rows.keys()),
        bodies={one.id: one.name for one in bodies.organizations(connection)},
        exceptions=tuple(exceptions),
        report=audit.verify(connection),
        ids=frozenset(one.id for one in chosen),
    )


def _departments(given: Sequence[str], every: Sequence[Known]) -> None:
    known = {one.facts["department"] for one in every}
    for name in given:
        if name not in known:
            raise unknown(f"--department: no finding is of '{clean(name)}'", name, known)


def _contracts(connection: Connection, findings: Sequence[Known]) -> dict[tuple[str, str], Row]:
    wanted: dict[str, set[str]] = {}
    for one in findings:
        wanted.setdefault(one.organization, set()).update(one.facts["contracts"])
    return {
        (organization, key): row
        for organization, ids in sorted(wanted.items())
        for key, row in registers.contracts_by_id(connection, organization, sorted(ids)).items()
    }


def _stories(connection: Connection, first: date | None, last: date | None) -> dict[str, Story]:
    begin, end = (first or date.min).isoformat(), (last or date.max).isoformat()
    stories: dict[str, Story] = {}
    for entry in entries(connection):
        story = stories.setdefault(entry.finding_id, Story())
        story.touched |= begin <= entry.as_of <= end or (story.stands and story.since <= end and entry.as_of >= begin)
        story.events += 1
        data = entry.data or {}
        story.stands, story.since = data.get("state") in _STANDING, entry.as_of
        story.reason = str(data.get("reason", ""))
    for story in stories.values():
        story.touched |= story.stands and story.since <= end
    return stories


def _in_period(one: Known, story: Story, rows: Mapping[tuple[str, str], Row], selection: Selection) -> bool:
    if (selection.first is None and selection.last is None) or story.touched:
        return True
    first, last = selection.first or date.min, selection.last or date.max
    signed = (rows.get((one.organization, contract), {}).get("signed_on") for contract in one.facts["contracts"])
    return any(day is not None and first <= day <= last for day in signed)


# --- vendors ------------------------------------------------------------------------------------------------------


def _of_vendors(
    findings: list[Known], rows: Mapping[tuple[str, str], Row], given: Sequence[str], renames: Renames
) -> list[Known]:
    """The findings with a contract of one of these vendors. Who is not disclosed is found by nobody's name."""
    if not given:
        return findings
    parties = {key: _parties(row, renames) for key, row in rows.items()}
    known = {name for each in parties.values() for name in each}
    wanted = {name: _keys(name, renames) for name in given}
    for name, keys in wanted.items():
        if not keys & known:
            names = {line for row in rows.values() if not row["nondisclosure"] for line in _lines(row["vendors"])}
            raise unknown(f"--vendor: no contract behind these findings is of '{clean(name)}'", name, names)
    every = {key for keys in wanted.values() for key in keys}
    return [
        one
        for one in findings
        if any(parties.get((one.organization, contract), frozenset()) & every for contract in one.facts["contracts"])
    ]


def _parties(row: Row, renames: Renames) -> frozenset[str]:
    if row["nondisclosure"]:
        return frozenset()
    names = (renames.latest(name, row["signed_on"])[0] for name in _lines(row["vendors"]))
    return frozenset((*names, *_lines(row["vendor_numbers"])))


def _keys(given: str, renames: Renames) -> frozenset[str]:
    return frozenset({renames.latest(given)[0], words.narrow(given).strip()})


def _lines(cell: Any) -> list[str]:
    return [line.strip() for line in str(cell or "").split("\n") if line.strip()]


_YEAR = re.compile(r"(?:(?P<ce>20\d\d)|(?:R|r|令和)(?P<reiwa>[1-9]\d?|元))(?:年度?)?")


def fiscal_year(given: str) -> tuple[date, date]:
    """The first and last day of a fiscal year: 2026, R8, 令和8 or 令和8年度. Raises Problem."""
    found = _YEAR.fullmatch(words.narrow(given).strip())
    if found is None:
        raise Problem(f"--fiscal-year: found '{clean(given)}', expected a year such as 2026 or R8.")
    year = int(found["ce"]) if found["ce"] else 2018 + int(found["reiwa"].replace("元", "1"))
    return date(year, 4, 1), date(year + 1, 3, 31)


__all__ = ["Dossier", "Selection", "Story", "fiscal_year", "gather"]
