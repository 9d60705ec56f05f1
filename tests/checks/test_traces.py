"""A trace never contradicts the check: over the demo's ledgers and over every case, for every check and every contract."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from checks.catalogue import all_checks, answers
from checks.finding import NotJudged, Reasons
from checks.register import KNOWN, Register, build
from checks.trace import Mark, Question, Trace, Verdict, steps_of, trace
from monitor import cases, importing
from monitor.intake.how import How
from monitor.rulebooks import load, renames
from monitor.settings import Settings, default_config_dir
from monitor.store import bodies, registers
from monitor.store.engine import open_store
from tests import support

CONFIG = default_config_dir()
RULEBOOKS = load([CONFIG / "rulebooks"])
RENAMES = renames(CONFIG / "vendor-names.yaml")
AS_OF = date(2026, 7, 5)
CASES = {file.check: file.cases for file in cases.read(Path(__file__).parent)}


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory) -> list[tuple[Register, str]]:
    engine = open_store(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'keiyaku.db'}")
    for name in ("jlis-r7.txt", "mogi-shi", "mogi-cho"):
        importing.import_path(support.place(engine, Settings()), CONFIG / "demo" / name, How(), lambda *_: None)
    with engine.connect() as connection:
        held = [(registers.load(connection, one, RENAMES), one.rulebook) for one in bodies.organizations(connection)]
    engine.dispose()
    return held


def question(check: str, whole: Register, rulebook: str, as_of: date, parameters=None) -> Question:
    """A check asked as a run asks it."""
    made, rules = all_checks()[check], RULEBOOKS[rulebook]
    register = whole.seen_on(as_of)[0]
    if made.reads_answers:
        given = {name: one.parameters() for name, one in all_checks().items()}
        register = register.answered(answers(register, rules, as_of, given))
    parameters = parameters or made.parameters()
    return Question(made, whole, register, rules, as_of, parameters, made.examine(register, rules, as_of, parameters))


def contradictions(asked: Question) -> list[object]:
    """Where the trace says something else than the check; empty if it never does."""
    result, counted = asked.result, set(asked.register.contracts["contract_id"])
    told: list[object] = []
    verdicts: Counter[Verdict] = Counter()
    for contract in asked.whole.tables["contracts"]["contract_id"]:
        made = trace(asked, contract)
        verdicts[made.verdict] += 1
        found = any(contract in one.contracts for one in result.findings)
        if found != (made.verdict is Verdict.FOUND):
            told.append((contract, "found", found, made.verdict))
        if (contract in counted) == (made.verdict is Verdict.NOT_COUNTED):
            told.append((contract, "counted", contract in counted, made.verdict))
        if weight(made) is not made.verdict.mark:
            told.append((contract, made.verdict, [(step.label, step.mark.value, step.verdict) for step in made.steps]))
    if not verdicts[Verdict.CLEAN] <= result.judged <= verdicts[Verdict.CLEAN] + verdicts[Verdict.FOUND]:
        told.append(("judged", result.judged, verdicts))
    if verdicts[Verdict.NOT_JUDGED] > sum(result.not_judged.values()):
        told.append(("not judged", result.not_judged, verdicts))
    return told


def weight(made: Trace) -> Mark:
    """What the steps come to: one that finds outweighs one that cannot tell, and that one any other."""
    marks = {step.mark for step in made.steps}
    return next((mark for mark in (Mark.FOUND, Mark.UNKNOWN) if mark in marks), Mark.CLEAN)


@pytest.mark.parametrize("check", sorted(all_checks()))
def test_the_steps_lead_to_the_checks_own_answer_for_every_contract_of_the_demo(check, ledgers):
    told = [one for register, rulebook in ledgers for one in contradictions(question(check, register, rulebook, AS_OF))]
    assert told == []


@pytest.mark.parametrize("check", sorted(all_checks()))
def test_the_steps_lead_to_the_checks_own_answer_in_every_case(check):
    told = []
    for case in CASES[check]:
        parameters = all_checks()[check].parameters.model_validate(case.parameters)
        asked = question(check, cases.register(case, RENAMES), case.rulebook, case.as_of, parameters)
        told += [(case.name, one) for one in contradictions(asked)]
    assert told == []


def test_every_check_tells_its_own_steps():
    assert [check.id for check in all_checks().values() if steps_of(check) is None] == []


def test_a_check_without_steps_of_its_own_has_a_trace_all_the_same(ledgers, monkeypatch):
    monkeypatch.setattr("checks.trace.steps_of", lambda check: None)
    register, rulebook = next((one, book) for one, book in ledgers if one.organization == "MOGI-SHI")
    made = trace(question("split_orders", register, rulebook, AS_OF), "R8-005")
    assert [step.label for step in made.steps] == ["数える契約か", "検査が必要とする欄", "検査の設定"]
    assert (made.verdict, len(made.findings)) == (Verdict.FOUND, 1)
    assert "link" in made.steps[2].parameters
    assert "1,298,000円" not in {cell.text for cell in made.steps[0].cells}
    assert {cell.heading for cell in made.steps[1].cells} >= {"予定価格", "契約金額", "契約の相手方"}


@pytest.mark.parametrize("nondisclosure", ["個人", "秘密"])
def test_a_party_that_is_not_disclosed_is_in_no_trace(nondisclosure):
    who = {"vendors": "模擬花子", "vendor_numbers": "1999900000016", "addresses": "模擬市1-2-3"}
    row = support.contract(1, date(2026, 5, 11), nondisclosure=nondisclosure, score_points="5", **who)
    wages = {"contract_id": "C1", "vendor": "模擬花子", "period_end": date(2026, 3, 31), "declared_rate": "3"}
    parts = {"contract_id": "C1", "subcontract_id": "1", "subcontractor": "模擬太郎", "amount": 900_000}
    sanction = {"vendor": "模擬花子", "kind": "減点", "starts_on": date(2026, 4, 1)}
    rows = {"contracts": [row], "wage_declarations": [wages], "subcontracts": [parts], "vendor_sanctions": [sanction]}
    known = {n: frozenset(held[0]) for n, held in enumerate(rows.values(), start=1)}
    given = {name: [{**held[0], KNOWN: n}] for n, (name, held) in enumerate(rows.items(), start=1)}
    register = build("M", "模擬市", given, known)
    for check in all_checks():
        made = trace(question(check, register, "rinya", AS_OF), "C1")
        told = [name for name in ("模擬花子", "模擬太郎", "模擬市1-2-3", "1999900000016") if name in repr(made.steps)]
        assert (check, told) == (check, [])


def test_what_was_not_judged_is_remembered_by_contract_and_equals_its_numbers():
    why, other = (NotJudged.BLANK, "契約金額"), (NotJudged.NO_COLUMN, "契約分類")
    held = Reasons.all(why, ["A", "B"])
    held.each([(other, "B"), (other, "C")])
    assert held == {why: 2, other: 2}
    assert [held.of(name) for name in "ABCD"] == [[why], [why, other], [other], []]


def test_between_processes_only_the_numbers_of_what_was_not_judged_travel():
    import pickle

    held = Reasons.all((NotJudged.BLANK, "契約金額"), ["A", "B"])
    assert pickle.loads(pickle.dumps(held)) == {(NotJudged.BLANK, "契約金額"): 2}


@pytest.mark.parametrize(
    ("name", "contract", "told"),
    [
        ("another bureau, another class", "W3", "公表の対象で、取り込んだ公表簿は同じ区分・時期・部局の契約を載せていません。"),
        ("another bureau, another class", "W6", "公表の対象ではありません。"),
        ("another bureau, another class", "W8", "公表の対象ではありません。"),
        ("what was published after the register", "W3", "台帳の公表日（R8.4.27(月)）が、同じ区分・時期の契約を載せた公表簿より後です。"),
        ("what the ledger does not say is published", "W3", "台帳に公表日がないため、「公表期限」の検査が扱います。"),
    ],
)  # fmt: skip
def test_why_a_contract_that_no_register_lists_is_not_told_is_one_reason(name, contract, told):
    case = next(one for one in CASES["register_mismatch"] if one.name.startswith(name))
    asked = question("register_mismatch", cases.register(case, RENAMES), case.rulebook, case.as_of)
    (said,) = [step.verdict for step in trace(asked, contract).steps if step.label == "公表簿の行"]
    assert said == f"どの公表簿にもありませんが、{told}"
