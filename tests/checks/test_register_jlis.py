"""The register of J-LIS as ledger and as register: nothing is found; damaged in one place, that is found and nothing else."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from checks.catalogue import all_checks
from checks.finding import CheckResult
from checks.register import Register
from monitor import importing
from monitor.intake.how import How
from monitor.rulebooks import load, renames
from monitor.settings import Settings, default_config_dir
from monitor.store import bodies, registers
from monitor.store.engine import open_store
from tests import support

CONFIG = default_config_dir()
DEMO = CONFIG / "demo" / "jlis-r7.txt"
TEXT = DEMO.read_text(encoding="utf-8")
AS_OF = date(2026, 7, 5)
CHECK, RULES = all_checks()["register_mismatch"], load([CONFIG / "rulebooks"])["jlis"]
NUMBERS = (5, 23, 58, 113, 163)  # one of equal ones, one of twins, one of a pair, the last
Damage = Callable[[list[str]], list[str]]


def put(at: int, value: str) -> Damage:
    return lambda cells: [value if place == at else cell for place, cell in enumerate(cells)]


DAMAGE: dict[str, Damage] = {
    "VENDOR": put(4, "(株)模擬別会社"),
    "ESTIMATE": put(6, "99,999,999,999"),
    "AMOUNT": put(7, "98,765,432"),
    "DAY": put(3, "R7.10.2"),
}


def changed(number: int, damage: Damage | None) -> str:
    """The register with one row damaged, or without it."""
    line = next(line for line in TEXT.splitlines() if line.startswith(f"{number}\t"))
    return TEXT.replace(line + "\n", "" if damage is None else "\t".join(damage(line.split("\t"))) + "\n")


def judged(tmp_path: Path, ledger: str, *editions: str) -> tuple[CheckResult, Register]:
    """Import a ledger and editions of its register, all under one name; ask the check."""
    tmp_path.mkdir(exist_ok=True)
    engine = open_store(f"sqlite:///{tmp_path / 'keiyaku.db'}")
    place = support.place(engine, Settings())
    for name, text in (("ledger.txt", ledger), *(("公表簿.txt", text) for text in editions)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        how = How(register=name != "ledger.txt")
        done = importing.import_path(place, tmp_path / name, how, lambda *_: None)
        assert done.unreadable == []
        assert sum(part.counts.quarantined for part in done.parts) == 0
    with engine.connect() as connection:
        (one,) = bodies.organizations(connection)
        held = registers.load(connection, one, renames(CONFIG / "vendor-names.yaml"))
    engine.dispose()
    return CHECK.examine(held.seen_on(AS_OF)[0], RULES, AS_OF, CHECK.parameters()), held


def test_the_register_against_itself_is_clean(tmp_path):
    result, held = judged(tmp_path, TEXT, TEXT)
    assert (result.findings, result.judged, dict(result.not_judged)) == ((), 163, {})
    assert len(held.tables["register_rows"]) == 165


@pytest.mark.parametrize("what", sorted(DAMAGE))
def test_what_is_changed_is_found_and_nothing_else(tmp_path, what):
    for number in NUMBERS:
        result, _ = judged(tmp_path / str(number), TEXT, changed(number, DAMAGE[what]))
        found = [(one.contracts, sorted(one.figures.keys() - {"register", "yen"})) for one in result.findings]
        assert found == [((f"R7-{number}",), [what.lower()])]
        assert result.judged == 163


def test_a_row_that_the_ledger_lacks_is_found_and_nothing_else(tmp_path):
    for number in NUMBERS[:-1]:  # the last row may be later than the ledger reaches
        result, _ = judged(tmp_path / str(number), changed(number, None), TEXT)
        found = [(one.pattern, one.contracts, one.figures["number"]) for one in result.findings]
        assert found in (
            [("台帳にない行", (), f"R7-{number}")],
            [("台帳にない行", (), f"R7-{47 - number}")],
        )  # 23 and 24 are equal


def test_a_row_that_the_register_lacks_is_not_judged_for_want_of_a_rule(tmp_path):
    for number in NUMBERS:
        result, _ = judged(tmp_path / str(number), TEXT, changed(number, None))
        assert (result.findings, result.judged) == ((), 162)
        assert [(why.value, what, count) for (why, what), count in result.not_judged.items()] == [
            ("規程なし", "公表の区分と期限", 1)
        ]


@pytest.mark.parametrize("what", sorted(DAMAGE))
def test_a_register_that_is_mended_and_published_again_is_clean(tmp_path, what):
    result, _ = judged(tmp_path, TEXT, changed(96, DAMAGE[what]), TEXT)
    assert (result.findings, result.judged) == ((), 163)


def test_rows_that_are_numbered_anew_are_the_same_contracts(tmp_path):
    lines = TEXT.splitlines()
    first = next(line for line in lines if line.startswith("1\t"))
    shorter = [line for line in lines if line != first]
    anew = [f"{int(head) - 1}\t{rest}" if (head := line.partition("\t")[0]).isdigit() and (rest := line.partition("\t")[2]) else line for line in shorter]  # fmt: skip
    result, _ = judged(tmp_path, TEXT, "\n".join(anew) + "\n")
    assert (result.findings, result.judged) == ((), 162)
