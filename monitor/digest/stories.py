"""The stories: each finding on record as the digest shows it, with its contracts and its picture. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from checks import vendors
from checks.catalogue import Figure, all_checks
from monitor.digest.items import CONTRACTS_SHOWN, Contract, Item
from monitor.digest.model import Sources
from monitor.digest.pictures import choose
from monitor.digest.week import Week
from monitor.findings import decisions
from monitor.findings.history import Past


def item(past: Past, sources: Sources, week: Week, is_new: bool) -> Item:  # noqa: FBT001  # one fact among many
    """The finding as it stood at the end of the week."""
    check = all_checks()[past.check]
    names = {body.id: body.name for body in sources.bodies}
    ids = past.facts["contracts"]
    rows = [sources.contracts[(past.organization, key)] for key in ids if (past.organization, key) in sources.contracts]
    shown = tuple(_contract(row) for row in rows)
    in_order = sorted(shown, key=lambda one: (one.signed_on or date.max, one.contract_id))
    days_late = (week.last - past.due_on).days if past.due_on else None
    return Item(
        id=past.id,
        check=past.check,
        check_title=check.title,
        organization=names.get(past.organization, past.organization),
        department=past.facts["department"],
        severity=past.severity,
        state=past.state.label,
        title=past.facts["title"],
        pattern=past.facts["pattern"],
        due_on=past.due_on,
        days_late=days_late,
        first_seen=past.first_seen,
        is_new=is_new,
        unknown=past.unknown,
        assumed=past.facts.get("assumed", False),
        explanation=decisions.explanation(past),
        next_step=past.facts["next_step"],
        authority=past.facts["authority"],
        innocent=check.innocent,
        verified=past.facts["verified"],
        figures=_figures(past),
        contracts=shown[:CONTRACTS_SHOWN],
        contracts_left=len(ids) - len(shown[:CONTRACTS_SHOWN]),
        yen=_at_stake(past, check.at_stake),
        until=past.decision.until if past.decision else None,
        revision=past.revision,
        answer=past.decision,
        organization_id=past.organization,
        owners=tuple(sources.owners.get(past.id, ())),
        picture=choose.of(past.check, past.id, past.facts["figures"], in_order, week.last),
    )


def _contract(row: Mapping[str, Any]) -> Contract:
    hidden = {"個人": vendors.INDIVIDUAL, "秘密": vendors.SECRET}.get(row["nondisclosure"] or "")
    return Contract(
        row["contract_id"],
        row["title"] or "",
        row["signed_on"],
        row["amount"],
        hidden or "、".join((row["vendors"] or "").split("\n")),
        row["department"] or "",
        row.get("method") or "",
        row.get("starts_on"),
        row.get("ends_on"),
    )


def _figures(past: Past) -> tuple[tuple[str, str], ...]:
    """The facts as label and text, in the order of the check's own table of figures."""
    known = all_checks()[past.check].figures
    figures = past.facts["figures"]
    told = (
        (known[name].label, _text(known[name], figures[name])) for name in known if figures.get(name) not in (None, "")
    )
    return tuple((label, text) for label, text in told if text)


def _text(figure: Figure, value: Any) -> str:
    """A figure in words; '' where an older version of the check has left something else."""
    try:
        return figure.text(value)
    except (TypeError, ValueError, AttributeError):
        return ""


def _at_stake(past: Past, name: str) -> int | None:
    value = past.facts["figures"].get(name)
    return value if isinstance(value, int) else None
