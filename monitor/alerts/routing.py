"""Who is told of a finding, and by which rule. Pure: the settings decide, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self

from checks.catalogue import all_checks
from checks.finding import Severity
from monitor.settings import Settings


class Found(Protocol):
    """A finding as the store or the news holds it."""

    @property
    def check(self) -> str:
        """The check's id."""

    @property
    def organization(self) -> str:
        """The organization's id."""

    @property
    def severity(self) -> Severity:
        """How much it matters."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was found; department and figures count here."""


@dataclass(frozen=True)
class Facts:
    """What routes look at. ``department`` is '' where the ledger names none; ``yen`` at stake is None where unknown."""

    check: str
    severity: Severity
    organization: str = ""
    department: str = ""
    yen: int | None = None

    @classmethod
    def of(cls, finding: Found) -> Self:
        """The facts of a finding; its yen is the figure that its check calls at stake."""
        check = all_checks().get(finding.check)
        yen = finding.facts.get("figures", {}).get(check.at_stake) if check else None
        return cls(
            check=finding.check,
            severity=finding.severity,
            organization=finding.organization,
            department=str(finding.facts.get("department") or ""),
            yen=yen if isinstance(yen, int) else None,
        )


class Rule(StrEnum):
    """What decided who is told."""

    ROUTES = "routes"
    ABSENT_OWNER = "absent_owner"  # no route matches, and the ledger names no department
    DEFAULT = "default"  # no route matches


@dataclass(frozen=True)
class Routed:
    """The contacts that are told, each once, in the order of the settings; ``routes`` are the numbers of those that matched."""

    contacts: tuple[str, ...]
    by: Rule
    routes: tuple[int, ...] = ()

    @property
    def rule(self) -> str:
        """What decided, as it is named in the settings: routes[0], absent_owner, default."""
        return ", ".join(f"routes[{number}]" for number in self.routes) or self.by.value


def recipients(finding: Facts, settings: Settings) -> Routed:
    """Who is told of a finding. Never nobody, as the settings demand a default as soon as there is a channel."""
    contacts: list[str] = []
    matched: list[int] = []
    for number, route in enumerate(settings.routes):
        if route.matches(finding.check, finding.severity, finding.organization, finding.department, finding.yen):
            matched.append(number)
            contacts += route.to
            if not route.goes_on:
                break
    if matched:
        return Routed(_once(contacts), Rule.ROUTES, tuple(matched))
    if not finding.department and settings.absent_owner:
        return Routed(_once(settings.absent_owner), Rule.ABSENT_OWNER)
    return Routed(_once(settings.default), Rule.DEFAULT)


def maintainers(settings: Settings) -> tuple[str, ...]:
    """The contacts that are told of the program's own troubles."""
    return _once(settings.maintainers or settings.default)


def chain(contact: str, settings: Settings) -> tuple[str, ...]:
    """A contact and those whom escalation tells after it, in order."""
    held = [contact]
    while following := settings.contact(held[-1]).next:
        held.append(following)
    return tuple(held)


def _once(names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
