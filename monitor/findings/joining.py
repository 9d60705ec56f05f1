"""同一: what a person has said of two vendors, kept as a row of the ledger beside the record of the finding.

The row is what checks read (checks/same.py), so that an answer to a proposal is asked for anew like any change of the data;
an earlier row is kept as every row of the ledger is.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from checks import ledger
from monitor.findings.decisions import SAME, is_pair
from monitor.findings.lifecycle import Kind, Known, Transition
from monitor.intake.rows import Part, Row
from monitor.store import imports
from monitor.store.schema import LEDGER

_PAIR = re.compile(r"((?:name|number):.*)\|((?:name|number):.*)", re.DOTALL)
_TABLE = ledger.VENDOR_DECISIONS
_COLUMNS = frozenset(column.name for column in _TABLE.columns)


def keep(connection: Connection, transitions: Iterable[Transition], source: str, now: datetime) -> None:
    """Write what these decisions say of pairs of vendors; one that takes 同一 back blanks it."""
    rows = [row for one in transitions if one.kind is Kind.DECIDED for row in _rows(connection, one.after)]
    if rows:
        imports.within(connection, Part(source, "decisions", _TABLE.name, _COLUMNS, (), iter(rows), len(rows)), now)


def _rows(connection: Connection, known: Known) -> Iterator[Row]:
    made = known.decision
    if made is None or not is_pair(known):
        return
    key = _key(known)
    if made.action == SAME:
        told: dict[str, Any] = {
            "decision": ledger.SAME,
            "decided_on": made.on,
            "decided_by": made.by,
            "reason": made.reason,
        }
    elif _joined(connection, key):
        told = {"decision": None, "decided_on": made.on, "decided_by": made.by, "reason": made.reason}
    else:
        return
    yield Row(_TABLE.name, 1, {**key, **told})


def _key(known: Known) -> dict[str, Any]:
    """The two vendors of a finding, as its subject names them; one that has a number with the name it is shown by."""
    found = _PAIR.fullmatch(known.subject)
    if found is None:
        raise ValueError(f"no pair of vendors: {known.subject}")
    sides = []
    for identity, name in zip(found.groups(), known.facts["figures"]["names"], strict=True):
        kind, _, own = identity.partition(":")
        sides += [name, own] if kind == "number" else [own, None]
    return {"organization": known.organization, **dict(zip(_TABLE.key, sides, strict=True))}


def _joined(connection: Connection, key: dict[str, Any]) -> bool:
    table = LEDGER[_TABLE.name]
    mine = [table.c[name] == (value or "") for name, value in key.items()]
    return connection.scalar(select(table.c.decision).where(*mine)) is not None


__all__ = ["keep"]
