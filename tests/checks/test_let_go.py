"""A register that has been judged is let go of at once: a hundred of them that wait for a collection take 300 MB."""

import gc
import weakref
from datetime import date

from checks.catalogue import all_checks
from checks.register import build
from monitor.rulebooks import load
from monitor.settings import default_config_dir

DAY = date(2026, 7, 5)


def test_no_check_makes_a_register_hold_itself():
    sole = {"method": "随意契約", "ground": "1号", "category": "物品購入", "vendors": "甲㈱", "department": "課"}
    contracts = [
        {
            "contract_id": f"C{n}",
            "title": "紙の購入",
            "signed_on": DAY,
            "amount": 900_000 + n,
            "estimated_price": 950_000,
        }
        | sole
        for n in range(60)
    ]
    rulebook = load([default_config_dir() / "rulebooks"])["municipality"]
    gc.collect()
    gc.disable()
    try:
        register = build("M", "", {"contracts": contracts}, {})
        for check in all_checks().values():
            check.examine(register, rulebook, DAY, check.parameters())
        held = weakref.ref(register.cells), weakref.ref(register)
        del register
        assert [one() for one in held] == [None, None]
    finally:
        gc.enable()
