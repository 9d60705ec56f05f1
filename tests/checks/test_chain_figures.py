"""What a chain's finding stores, and its parts."""

from datetime import date, timedelta

from checks import systems
from checks.catalogue import all_checks
from checks.register import build
from checks.sole_source_chain import ChainParameters, examine
from monitor.rulebooks import load
from monitor.settings import default_config_dir

RULEBOOK = load([default_config_dir() / "rulebooks"])["jlis"]


def test_every_figure_of_a_chain_without_a_renewal_can_be_written() -> None:
    rows = [
        {
            "contract_id": f"Q{n}",
            "title": f"保守その{n}",
            "method": "随意契約",
            "ground": "(2)キ",
            "signed_on": date(2024, 1, 1) + timedelta(days=40 * n),
            "amount": 1000,
            "vendors": "㈱甲",
        }
        for n in range(3)
    ]
    register = build("M", "", {"contracts": rows}, {})
    (found,) = examine(register, RULEBOOK, date(2026, 7, 1), ChainParameters()).findings
    shown = all_checks()["sole_source_chain"].figures
    assert "next_renewal_on" not in found.figures
    assert all(shown[name].text(value) for name, value in found.figures.items() if value != "")


def test_titles_that_begin_alike_are_one_part_whatever_their_number() -> None:
    rows = [
        systems.Link(f"C{n:05}", f"マイナンバーカード用品{n:05}", date(2025, 4, 1), None, joint=False, yen=1, base="")
        for n in range(3_000)
    ]
    (part,) = systems.parts(rows, {}, beginning=5)
    assert len(part.links) == 3_000
