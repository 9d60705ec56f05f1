"""The reviewed file of exceptions (TOML): which findings the office has decided to accept beforehand, by whom, until when.

An entry accepts what it matches, as a person would: it is on record, counted as 容認, and told to nobody. It matches whole
strings only. What is wrong with the file stops the run; what is only of no use (a past date, no match) is said.

    [[exception]]
    check = "split_orders"
    organization = "M"            # at least one of organization, department, vendor, contract
    department = "建設部 道路課"
    vendor = "7123456789012"      # 法人番号, or the name as it stands in the ledger
    contract = "R8-101"
    reason = "分離・分割発注方針（令和8年4月1日決裁）による"
    owner = "契約課長"
    until = 2027-03-31
"""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from checks.catalogue import all_checks
from checks.finding import Finding
from monitor.findings import identity
from monitor.findings.decisions import Decision
from monitor.findings.lifecycle import State
from monitor.problems import Problem, nearest

if TYPE_CHECKING:
    from checks.register import Register


class Exemption(BaseModel):
    """One entry. An empty matcher means any."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, strict=True)

    check: str
    organization: str = ""
    department: str = ""
    vendor: str = ""
    contract: str = ""
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    until: date

    @model_validator(mode="after")
    def _not_everything(self) -> Self:
        if not (self.organization or self.department or self.vendor or self.contract):
            raise ValueError("expected at least one of organization, department, vendor, contract")
        return self

    @property
    def id(self) -> str:
        """Stable as the file is reordered: of what it matches, not of where it stands."""
        return identity.digest([self.check, self.organization, self.department, self.vendor, self.contract])[:10]

    @property
    def said(self) -> str:
        """What it matches, for a sentence."""
        parts = (self.check, self.organization, self.department, self.vendor, self.contract)
        return " ".join(part for part in parts if part)

    def decision(self) -> Decision:
        """The acceptance that it stands for."""
        return Decision(State.ACCEPTED, self.owner, self.reason, until=self.until, source=self.id)

    def matches(self, finding: Finding, vendors: Iterable[str]) -> bool:
        """Whether it is about this finding; ``vendors`` are the names and numbers of the finding's contracts."""
        return (
            self.check == finding.check
            and _same(self.organization, finding.organization)
            and _same(self.department, finding.department)
            and (not self.contract or _plain(self.contract) in map(_plain, finding.contracts))
            and (not self.vendor or _plain(self.vendor) in map(_plain, vendors))
        )


def load(path: Path | None) -> tuple[Exemption, ...]:
    """The entries of the file; none without a path. Raises Problem with every error."""
    if path is None:
        return ()
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise Problem(
            f"exceptions: there is no file {path}; expected the reviewed exceptions, or no such setting."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"{path}: not readable as TOML: {error}") from None
    rows = tree.get("exception", [])
    said = [f"{path}: {name}: expected only [[exception]] entries" for name in tree if name != "exception"]
    found: list[Exemption] = []
    if not isinstance(rows, list):
        raise Problem(f"{path}: expected [[exception]], with two brackets, before each entry")
    for number, row in enumerate(rows, start=1):
        one = _entry(path, number, row, said)
        if one is not None:
            found.append(one)
    if said:
        raise Problem(*said)
    return tuple(found)


def _entry(path: Path, number: int, row: Any, said: list[str]) -> Exemption | None:
    place = f"{path}: exception {number}"
    try:
        one = Exemption.model_validate(row)
    except ValidationError as error:
        said += [
            f"{place}: {'.'.join(map(str, each['loc'])) or 'entry'}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors()
        ]
        return None
    if one.check not in all_checks():
        near = nearest(one.check, all_checks())
        said.append(f"{place}: there is no check '{one.check}'" + (f"; the nearest is '{near}'" if near else ""))
    return one


def in_force(entries: Iterable[Exemption], as_of: date) -> tuple[Exemption, ...]:
    """The entries whose date is not over."""
    return tuple(entry for entry in entries if entry.until >= as_of)


def decisions(entries: Iterable[Exemption], findings: Iterable[Finding], register: "Register") -> dict[str, Decision]:
    """Subject → the acceptance of the first entry that matches the finding. ``entries`` in force, of one check."""
    entries = tuple(entries)
    if not entries:
        return {}
    parties = _parties(register) if any(entry.vendor for entry in entries) else {}
    found = {}
    for finding in findings:
        vendors = {name for contract in finding.contracts for name in parties.get(contract, ())}
        entry = next((entry for entry in entries if entry.matches(finding, vendors)), None)
        if entry is not None:
            found[finding.subject] = entry.decision()
    return found


def _parties(register: "Register") -> Mapping[str, set[str]]:
    """Contract → the names and numbers of its vendors."""
    table = register.contracts
    columns = zip(table["contract_id"], table["vendors"], table["vendor_numbers"], strict=True)
    return {contract: {*names.split("\n"), *numbers.split("\n")} - {""} for contract, names, numbers in columns}


def _same(wanted: str, found: str) -> bool:
    return not wanted or _plain(wanted) == _plain(found)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
