"""Choosing findings: the same words wherever several are listed, decided or exported."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from checks.finding import Severity
from monitor.findings.lifecycle import STANDING, Known, State


@dataclass(frozen=True)
class Choice:
    """Which findings are meant. An empty field means any; without states, those that stand."""

    checks: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    states: tuple[State, ...] = STANDING

    @property
    def narrows(self) -> bool:
        """Whether anything but the state is asked for."""
        return bool(self.checks or self.organizations or self.departments or self.contracts or self.severities)

    def includes(self, one: Known) -> bool:
        """Whether a finding is meant."""
        return (
            one.state in self.states
            and (not self.checks or one.check in self.checks)
            and (not self.organizations or one.organization in self.organizations)
            and (not self.departments or one.facts["department"] in self.departments)
            and (not self.contracts or bool(set(self.contracts) & set(one.facts["contracts"])))
            and (not self.severities or one.severity in self.severities)
        )

    def of(self, known: Iterable[Known]) -> list[Known]:
        """Those that are meant, by organization, check, severity and id."""
        found = [one for one in known if self.includes(one)]
        return sorted(found, key=order)


class _Finding(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def check(self) -> str: ...
    @property
    def organization(self) -> str: ...
    @property
    def severity(self) -> Severity: ...


def order(one: _Finding) -> tuple[str, str, int, str]:
    """The order of every list of findings."""
    return one.organization, one.check, -one.severity.rank, one.id
