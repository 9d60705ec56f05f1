"""Whether the record of the findings is as it was written: every hash anew, and every finding against its own events.

A chain shows whatever was changed in it, taken out of it or put into it; that its end was cut off, or that all of it was
written anew from some point on, shows only a hash that was printed before (in a digest, in another hand).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from checks.catalogue import all_checks
from monitor.findings import identity
from monitor.findings.book import GENESIS
from monitor.findings.chain import Entry, entries, iso, parsed, rows
from monitor.findings.lifecycle import Kind

SHOWN: Final = 10  # differences that are written out; the others are counted
_REWORDS = (Kind.REMINDED, Kind.ANSWERED, Kind.RESOLVED)  # the row may have newer words for the same facts


@dataclass(frozen=True)
class Break:
    """An event whose hash is not what it has to be after the one before it. ``expected`` is '' for unreadable data."""

    entry: Entry
    expected: str


@dataclass(frozen=True)
class Difference:
    """A cell of a finding that its events do not say; ``column`` is '' where one of the two is missing altogether."""

    finding_id: str
    column: str
    found: str
    expected: str


@dataclass(frozen=True)
class Head:
    """A hash that somebody has on paper, and where it is in the chain: None if nowhere, an Entry of seq 0 at its begin."""

    given: str
    entry: Entry | None
    before: int = 0  # events up to it
    whole: bool = True  # no break up to it


@dataclass(frozen=True)
class Report:
    """What was found. ``breaks`` and ``differences`` are the first ones; ``broken`` and ``differing`` count all."""

    events: int
    findings: int
    last: Entry | None
    breaks: tuple[Break, ...]
    broken: int
    differences: tuple[Difference, ...]
    differing: int
    heads: tuple[Head, ...]

    @property
    def in_order(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.broken and not self.differing and all(head.entry is not None for head in self.heads)

    @property
    def head(self) -> str:
        """The hash of the last event."""
        return self.last.hash if self.last else GENESIS


def verify(connection: Connection, heads: Sequence[str] = ()) -> Report:
    """Read the whole chain, and the findings beside it; ``heads`` are 16 to 64 hexadecimal digits each, small letters."""
    breaks: list[Break] = []
    broken, count, last = 0, 0, None
    seen = {given: Head(given, None) for given in heads}
    begin = Entry(0, "", "", "", {}, GENESIS)
    _look(seen, begin, 0, whole=True)
    for count, entry in enumerate(entries(connection), start=1):
        expected = entry.hashed(last.hash if last else GENESIS)
        if expected != entry.hash:
            broken += 1
            if len(breaks) < SHOWN:
                breaks.append(Break(entry, expected))
        _look(seen, entry, count, whole=not broken)
        last = entry
    differences: list[Difference] = []
    differing, known = 0, 0
    for row, group in _paired(connection):
        known += 1
        told = list(_differences(row, group))
        differing += bool(told)
        differences += told if len(differences) < SHOWN else []
    return Report(
        count, known, last, tuple(breaks), broken, tuple(differences[:SHOWN]), differing, tuple(seen.values())
    )


def _look(seen: dict[str, Head], entry: Entry, before: int, *, whole: bool) -> None:
    for given in seen:
        if entry.hash.startswith(given):
            seen[given] = Head(given, entry, before, whole)


# --- a finding against its events ---------------------------------------------------------------------------------

_COLUMNS: Final = (
    "id", "check_id", "organization", "subject", "state", "unknown", "severity", "due_on", "decision", "revision", "step",
    "first_seen", "facts", "facts_digest",
)  # fmt: skip


def _paired(connection: Connection) -> Iterator[tuple[RowMapping | None, Iterable[Entry]]]:
    """Each finding that the table or the events know, with its row and its events; both are read in the same order."""
    found = iter(rows(connection, *_COLUMNS))
    told = groupby(entries(connection, by_finding=True), key=lambda entry: entry.finding_id)
    row, group = next(found, None), next(told, None)
    while row is not None or group is not None:
        if group is None or (row is not None and str(row["id"]) < group[0]):
            yield row, ()
            row = next(found, None)
        elif row is None or group[0] < str(row["id"]):
            yield None, group[1]
            group = next(told, None)
        else:
            yield row, group[1]
            row, group = next(found, None), next(told, None)


def _differences(row: RowMapping | None, group: Iterable[Entry]) -> Iterator[Difference]:
    held = list(group)
    if row is None:
        yield Difference(held[0].finding_id, "", "", "row")
        return
    name = str(row["id"])
    if not held:
        yield Difference(name, "", "", "events")
        return
    if any(entry.data is None for entry in held):
        return  # told as a break of the chain
    check = str(row["check_id"])
    if check in all_checks() and identity.finding_id(check, str(row["organization"]), str(row["subject"])) != name:
        yield Difference(
            name, "検査・団体・対象", f"{check} {row['organization']} {row['subject']}", "番号どおりの対象"
        )
    found, expected = _as_it_stands(row), _as_told(held)
    for column, value in expected.items():
        if value is not None and found[column] != value:
            yield Difference(name, column, found[column] or "", value)


def _as_it_stands(row: RowMapping) -> dict[str, str | None]:
    facts = parsed(row["facts"]) or {}
    return {
        "状態": str(row["state"]),
        "判定保留": _yes(row["unknown"]),
        "重要度": str(row["severity"]),
        "期限": iso(row["due_on"]),
        "段階": str(row["step"]),
        "版": str(row["revision"]),
        "初めて見つけた日": iso(row["first_seen"]),
        "判断": identity.canonical(parsed(row["decision"]) or {}),
        "事実の要約値": str(row["facts_digest"]),
        "事実": _evidence(facts, iso(row["due_on"])),
        "記載": identity.digest(facts),
    }


def _as_told(held: Sequence[Entry]) -> dict[str, str | None]:
    """The same by the events; None for what they do not say."""
    state, decision, facts, reworded = "", None, None, False
    for entry in held:
        data = entry.data or {}
        after = str(data.get("state"))
        # what was decided stands as long as the state that it made (history.replay)
        decision = data.get("decision", decision if after == state else None)
        facts, reworded = data.get("facts", facts), "facts" not in data and (reworded or entry.kind in _REWORDS)
        state = after
    last = held[-1].data or {}
    due_on = iso(last.get("due_on"))
    evidence = _evidence(facts or {}, due_on)
    return {
        "状態": state,
        "判定保留": _yes(last.get("unknown")),
        "重要度": str(last.get("severity")),
        "期限": due_on,
        "段階": str(last.get("step")),
        "版": str(last.get("revision", 0)),
        "初めて見つけた日": held[0].as_of,
        "判断": identity.canonical(decision or {}),
        "事実の要約値": evidence,
        "事実": evidence,
        "記載": None if reworded else identity.digest(facts or {}),
    }


def _yes(value: Any) -> str:
    return "はい" if value else "いいえ"


def _evidence(facts: Mapping[str, Any], due_on: str) -> str:
    try:
        return identity.evidence_digest(facts, due_on or None)
    except (KeyError, TypeError):
        return ""  # not what a check has said


__all__ = ["Break", "Difference", "Head", "Report", "verify"]
