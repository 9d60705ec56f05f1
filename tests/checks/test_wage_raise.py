"""What a wage declaration's finding is known by, and what the reminders of a due date may be."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from checks import ledger
from checks.finding import Finding
from checks.publication_due import PublicationParameters
from checks.register import KNOWN, build
from checks.wage_raise_followup import WageParameters, examine
from monitor.findings import identity
from monitor.rulebooks import load
from monitor.settings import default_config_dir

RULEBOOK = load([default_config_dir() / "rulebooks"])["rinya"]


def overdue(*bases: str) -> list[Finding]:
    """The findings on promises of one vendor for one period, one for each basis."""
    contracts = [
        {"contract_id": f"C{n}", "title": "測量", "signed_on": date(2024, 4, 1), "vendors": "㈱甲", KNOWN: 1}
        for n in range(len(bases))
    ]
    promises: list[dict[str, Any]] = [
        {"contract_id": f"C{n}", "vendor": "㈱甲", "basis": basis, "period_end": date(2025, 12, 31), KNOWN: 2}
        for n, basis in enumerate(bases)
    ]
    known = {1: frozenset(ledger.CONTRACTS.by_name), 2: frozenset(ledger.WAGE_DECLARATIONS.by_name)}
    register = build("M", "", {"contracts": contracts, "wage_declarations": promises}, known)
    return list(examine(register, RULEBOOK, date(2026, 6, 1), WageParameters()).findings)


def matched(before: list[Finding], after: list[Finding]) -> dict[str, str]:
    known, found = ({one.subject: (one.subject, *one.keys) for one in held} for held in (before, after))
    return identity.match(known, found)


@pytest.mark.parametrize("basis", ["事業年度", "暦年"])
def test_a_basis_that_is_recorded_later_makes_no_other_finding(basis: str) -> None:
    assert matched(overdue(""), overdue(basis)) == {f"name:(株)甲|{basis}|2025-12-31": "name:(株)甲||2025-12-31"}


def test_two_bases_of_one_period_stay_two_findings() -> None:
    held = overdue("事業年度", "暦年")
    assert len(held) == 2
    assert matched(held, held) == {one.subject: one.subject for one in held}


@pytest.mark.parametrize("model", [WageParameters, PublicationParameters])
@pytest.mark.parametrize("days", [(3, 14), (14, 14), (0,), (366,), (-1,), tuple(range(11, 0, -1))])
def test_reminders_that_could_not_be_told_in_order_are_refused_in_a_sentence(model: Any, days: tuple[int, ...]) -> None:
    with pytest.raises(
        ValidationError, match="at most 10 numbers of days, each from 1 to 365 and smaller than the one"
    ):
        model(reminders=days)


@pytest.mark.parametrize("days", [(), (365, 1), tuple(range(10, 0, -1))])
def test_reminders_in_order_are_taken(days: tuple[int, ...]) -> None:
    assert WageParameters(reminders=days).reminders == PublicationParameters(reminders=days).reminders == days
