"""Slices of a digest: the same sources, narrowed to what is an audience's. Pure.

Slices by organization, and by department, share out the whole: each finding is in exactly one of them, so every column of
their balances sums to the whole's. A finding of several owners is in the slice of each.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.finding import Severity
from monitor import plain
from monitor.digest.audience import EVERYBODY, Audience, Scope
from monitor.digest.model import Sources
from monitor.digest.week import Week
from monitor.findings.history import Past
from monitor.problems import Problem, unknown

NO_DEPARTMENT = "（所属の記入なし）"
_ORDER = list(Scope)


def narrow(sources: Sources, audience: Audience) -> Sources:
    """The sources of one audience's digest; the state of the monitor, the rules and the chain stay the whole's."""
    if audience.scope is Scope.ALL:
        return sources
    past = {
        key: one
        for key, one in sources.past.items()
        if audience.includes(one.organization, one.facts["department"], sources.owners.get(key, ()))
    }
    bodies = {audience.organization} if audience.organization else {one.organization for one in past.values()}
    # who has nothing is told what was checked, as an empty week is
    bodies = bodies or {body.id for body in sources.bodies}
    behind = {(one.organization, contract) for one in past.values() for contract in one.facts["contracts"]}
    return replace(
        sources,
        past=past,
        events=[event for event in sources.events if event.finding_id in past],
        contracts={key: row for key, row in sources.contracts.items() if key in behind},
        evaluations=[row for row in sources.evaluations if row["organization"] in bodies],
        bodies=[body for body in sources.bodies if body.id in bodies],
        unread=[one for one in sources.unread if one.organization in bodies],
        owners={key: names for key, names in sources.owners.items() if key in past},
        flagged=sources.flagged or flagged(sources.past.values()),  # as the judged contracts: the whole organization's
        since=sources.since or min((event.as_of for event in sources.events), default=None),
    )


def flagged(past: Iterable[Past]) -> dict[tuple[str, str], frozenset[str]]:
    """(check, organization) → contracts with a standing finding above 参考."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in past:
        if one.state.standing and one.severity is not Severity.INFO:
            found.setdefault((one.check, one.organization), set()).update(one.facts["contracts"])
    return {key: frozenset(held) for key, held in found.items()}


def audiences(sources: Sources, week: Week, scopes: Collection[Scope]) -> tuple[Audience, ...]:
    """Who has something to read: a finding that stands, or one to which something happened in the week. In order."""
    touched = {event.finding_id for event in sources.events if event.as_of >= week.first}
    live = [key for key, one in sources.past.items() if one.state.standing or key in touched]
    found = {audience for key in live for audience in _of(sources, key) if audience.scope in scopes}
    return tuple(sorted(found, key=order))


def order(audience: Audience) -> tuple[int, str, str, str]:
    """Sort key: everybody, organizations, departments, owners."""
    return _ORDER.index(audience.scope), audience.label, audience.organization, audience.name


def organization(sources: Sources, key: str) -> Audience:
    """The audience of an organization's id."""
    return Audience(Scope.ORGANIZATION, key, label=_body(sources, key))


def department(sources: Sources, key: str, name: str) -> Audience:
    """The audience of a department of an organization; '' is what the ledger gives to no department."""
    return Audience(Scope.DEPARTMENT, key, name, f"{_body(sources, key)} {plain.clean(name) or NO_DEPARTMENT}")


def owner(label: str) -> Audience:
    """The audience of a contact's label."""
    return Audience(Scope.OWNER, name=label, label=plain.clean(label))


def _of(sources: Sources, finding: str) -> Iterable[Audience]:
    """All slices in which a finding is."""
    one = sources.past[finding]
    yield organization(sources, one.organization)
    yield department(sources, one.organization, one.facts["department"])
    yield from map(owner, sources.owners.get(finding, ()))


def _body(sources: Sources, key: str) -> str:
    return next((plain.clean(body.name) for body in sources.bodies if body.id == key), key)


# --- as asked for --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """The one slice that a person asks for; all None: everybody. ``owner`` is a contact's name or label."""

    organization: str | None = None
    department: str | None = None
    owner: str | None = None

    @property
    def whole(self) -> bool:
        """Nothing is narrowed."""
        return self == Wish()


def wished(
    wish: Wish, sources: Sources, departments: Mapping[str, Sequence[str]], labels: Mapping[str, str]
) -> Audience:
    """The audience that is meant. Raises Problem with the nearest name.

    ``departments``: those in the register by organization; ``labels``: of the contacts by their names.
    """
    if wish.owner is not None:
        if wish.organization is not None or wish.department is not None:
            raise Problem("--owner: a contact's own findings are one slice; leave --organization and --department out.")
        label = labels.get(wish.owner, wish.owner)
        if label not in labels.values():
            raise unknown(f"--owner: there is no contact '{plain.clean(wish.owner)}'", wish.owner, labels)
        return owner(label)
    known = {body.id for body in sources.bodies}
    if wish.organization is not None and wish.organization not in known:
        said = f"--organization: the ledger has no '{plain.clean(wish.organization)}'"
        raise unknown(said, wish.organization, known)
    if wish.department is not None:
        return _department(wish, sources, departments)
    return organization(sources, wish.organization) if wish.organization is not None else EVERYBODY


def _department(wish: Wish, sources: Sources, departments: Mapping[str, Sequence[str]]) -> Audience:
    """One department; the same name in several organizations needs the organization as well."""
    name = wish.department or ""
    held = {(body, each) for body, names in departments.items() for each in names}
    held |= {(one.organization, one.facts["department"]) for one in sources.past.values()}
    held = {(body, each) for body, each in held if wish.organization in (None, body)}
    bodies = sorted(body for body, each in held if each == name)
    if not bodies:
        known = {each for _, each in held}
        raise unknown(f"--department: the ledger has no '{plain.clean(name)}'", name, known)
    if len(bodies) > 1:
        raise Problem(f"--department: '{plain.clean(name)}' is in {', '.join(bodies)}; say which with --organization.")
    return department(sources, bodies[0], name)
