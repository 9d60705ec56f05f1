"""What makes two findings the same one: check, organization and subject, never title, amount, members or severity."""

import hashlib
import json
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from datetime import date
from typing import Any

from checks.catalogue import described
from checks.finding import Finding

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud and typed by hand
_VERSION = "v1"


def finding_id(check: str, organization: str, subject: str) -> str:
    """The permanent id, e.g. PB-2M9XD7QK: two letters of the check and forty bits of the subject."""
    parts = (_VERSION, check, organization, subject)
    number = int.from_bytes(hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).digest()[:5])
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{described()[check].prefix}-{letters}"


def facts(finding: Finding) -> dict[str, Any]:
    """The finding as plain JSON values: what the check said."""
    return {
        "contracts": list(finding.contracts),
        "department": finding.department,
        "title": finding.title,
        "explanation": finding.explanation,
        "next_step": finding.next_step,
        "authority": finding.authority,
        "verified": finding.verified,
        "assumed": finding.assumed,
        "figures": dict(finding.figures),
        "pattern": finding.pattern,
    }


def facts_digest(finding: Finding) -> str:
    """A digest of the evidence alone: a reworded sentence is not a changed fact."""
    return evidence_digest(facts(finding), finding.due_on)


def evidence_digest(facts: Mapping[str, Any], due_on: date | str | None) -> str:
    """The same of facts as they are stored; ``due_on`` may be ISO text."""
    evidence = {name: facts[name] for name in ("figures", "pattern", "verified")}
    return digest({**evidence, "contracts": sorted(facts["contracts"]), "due_on": due_on})


def digest(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def canonical(value: Any) -> str:
    """A value as JSON that is written in one way only: keys sorted, no spaces, dates as ISO text."""
    return _CANONICAL.encode(value)


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value)} is no part of a finding")


_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)


def match(
    known: Mapping[str, Iterable[str]], found: Mapping[str, Iterable[str]], over: Container[str] = ()
) -> dict[str, str]:
    """Which found subject is which known one: found subject → known subject.

    Equal subjects first; what is left, by the largest number of shared keys (a set that has grown at its older end, a
    vendor that has changed its name), ties by the subject's own order, those that are ``over`` last.
    """
    matched = {subject: subject for subject in found if subject in known}
    holders: dict[str, set[str]] = {}  # key → the found subjects that have it
    for new, keys in found.items():
        for key in () if new in matched else keys:
            holders.setdefault(key, set()).add(new)
    counts = Counter(
        (old, new)
        for old, keys in known.items()
        if old not in matched
        for key in set(keys)
        for new in holders.get(key, ())
    )
    shared = sorted((-count, old in over, old, new) for (old, new), count in counts.items())
    taken: set[str] = set()
    for _, _, old, new in shared:
        if old not in taken and new not in matched:
            matched[new] = old
            taken.add(old)
    return matched
