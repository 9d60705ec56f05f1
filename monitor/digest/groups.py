"""The breakdowns: open findings by check, organization, department and owner. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from checks.finding import Severity
from monitor.digest.items import Item
from monitor.digest.model import Row, Sources

NOBODY = "（担当部署の記載なし）"


def by_check(items: Sequence[Item], sources: Sources) -> tuple[Row, ...]:
    """One row per check."""
    return _rows(items, sources, lambda item: [item.check_title])


def by_organization(items: Sequence[Item], sources: Sources) -> tuple[Row, ...]:
    """One row per organization."""
    return _rows(items, sources, lambda item: [item.organization])


def by_department(items: Sequence[Item], sources: Sources) -> tuple[Row, ...]:
    """One row per department; with its organization's name where there are several organizations."""
    several = len({item.organization_id for item in items}) > 1
    return _rows(items, sources, lambda item: [f"{item.organization}　" * several + (item.department or NOBODY)])


def by_owner(items: Sequence[Item], sources: Sources) -> tuple[Row, ...]:
    """One row per contact to whom the routes lead; a finding of two contacts is in both."""
    return _rows(items, sources, lambda item: item.owners)


def _rows(items: Sequence[Item], sources: Sources, labels: Callable[[Item], Iterable[str]]) -> tuple[Row, ...]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        for label in labels(item):
            groups.setdefault(label, []).append(item)
    rows = [
        Row(
            name,
            len(held),
            sum(item.severity is Severity.HIGH for item in held),
            sum(item.late for item in held),
            sum(item.is_new for item in held),
            min(item.first_seen for item in held),
            _yen(held, sources),
        )
        for name, held in groups.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.overdue, -row.high, -row.open, row.label)))


def _yen(items: Iterable[Item], sources: Sources) -> int | None:
    """The amounts of their contracts, each contract once; None where none is known."""
    keys = {(item.organization_id, contract) for item in items for contract in sources.past[item.id].facts["contracts"]}
    amounts = [amount for key in keys if (amount := _amount(sources.contracts.get(key))) is not None]
    return sum(amounts) if amounts else None


def _amount(row: Mapping[str, Any] | None) -> int | None:
    amount = row["amount"] if row else None
    return amount if isinstance(amount, int) else None
