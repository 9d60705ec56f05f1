"""The two invented bodies of the demo, through intake and store: exactly the planted cases are found (config/demo/README.md)."""

from collections.abc import Iterator
from datetime import date
from itertools import chain

import pytest

from checks.catalogue import all_checks
from checks.finding import CheckResult, Closed, Finding, NotJudged
from checks.register import Register
from monitor import importing
from monitor.intake.how import How
from monitor.rulebooks import load, renames
from monitor.settings import Settings, default_config_dir
from monitor.store import bodies, registers
from monitor.store.engine import open_store
from tests import support

CONFIG = default_config_dir()
AS_OF = date(2026, 7, 5)
CITY, OFFICE = "MOGI-SHI", "MOGI-CHO"
Answers = dict[tuple[str, str], CheckResult]

# organization, check, pattern → severity, contracts, due_on
PLANTED = {
    (CITY, "split_orders", "続けての発注", "R8-005"): (
        "high",
        "R8-005 R8-006 R8-008 R8-009 R8-010 R8-012 R8-015 R8-017 R8-018 R8-019 R8-021 R8-024",
        None,
    ),
    (CITY, "split_orders", "業者を替えた同種の発注", "R7-020"): ("medium", "R7-020 R7-022 R7-024", None),
    (CITY, "split_orders", "続けての発注", "R8-011"): ("medium", "R8-011 R8-013 R8-016", None),
    (CITY, "split_orders", "同じ日の複数契約", "R7-040"): ("high", "R7-040 R7-041 R7-042 R7-043", None),
    (OFFICE, "split_orders", "契約後の追加", "MC-R8-006"): ("medium", "MC-R8-006 MC-R8-007", None),
    (CITY, "limit_bunching", "規程の限度額の直下", "R7-023"): (
        "medium",
        "R7-023 R7-038 R8-005 R8-006 R8-008 R8-009 R8-010 R8-012 R8-015 R8-017 R8-018 R8-019 R8-021 R8-024",
        None,
    ),
    (CITY, "small_value_exceeded", "変更後に限度額超", "R7-010"): ("low", "R7-010", None),
    (OFFICE, "small_value_exceeded", "限度額超", "MC-R8-008"): ("medium", "MC-R8-008", None),
    (OFFICE, "penalty_period_award", "減点期間中の加点", "MC-R8-003"): ("high", "MC-R8-003", None),
    (CITY, "vendor_identity", "一つの法人番号に複数の名称", "R4-002"): (
        "low",
        "R4-002 R5-001 R6-003 R7-005 R8-001",
        None,
    ),
    (CITY, "sole_source_chain", "連鎖", "R4-002"): ("medium", "R4-002 R5-001 R6-003 R7-005 R8-001", None),
    (CITY, "sole_source_chain", "連鎖", "R6-001"): ("low", "R6-001 R7-001 R8-002", None),
    (CITY, "publication_due", "未公表", "R7-036"): ("high", "R7-036", date(2026, 4, 30)),
    (CITY, "publication_due", "未公表", "R8-020"): ("high", "R8-020", date(2026, 6, 22)),
    (CITY, "publication_due", "未公表", "R7-038"): ("medium", "R7-038", date(2026, 4, 30)),
    (CITY, "publication_due", "遅延実施", "R7-025"): ("medium", "R7-025", None),
    (CITY, "publication_due", "遅延実施", "R8-022"): ("medium", "R8-022", None),
    (CITY, "publication_due", "期限前", "R8-003"): ("info", "R8-003 R8-014 R8-023", date(2026, 7, 31)),
    (CITY, "publication_due", "項目不足", "R7-029"): ("medium", "R7-029", None),
    (CITY, "publication_due", "早い掲載終了", "R7-002"): ("medium", "R7-002", None),
    (OFFICE, "publication_due", "未公表", "MC-R8-001"): ("high", "MC-R8-001", date(2026, 7, 3)),
    (OFFICE, "publication_due", "遅延実施", "MC-R7-002"): ("medium", "MC-R7-002", None),
    (OFFICE, "publication_due", "期限前", "MC-R8-004"): ("info", "MC-R8-004", date(2026, 7, 12)),
    (OFFICE, "publication_due", "項目不足", "MC-R7-015"): ("medium", "MC-R7-015", None),
    (OFFICE, "publication_due", "早い掲載終了", "MC-R7-011"): ("medium", "MC-R7-011", None),
    (OFFICE, "wage_raise_followup", "未提出", "MC-R7-005"): ("high", "MC-R7-005", date(2026, 6, 30)),
    (OFFICE, "wage_raise_followup", "期限前", "MC-R7-008"): ("info", "MC-R7-008", date(2026, 7, 31)),
    (OFFICE, "wage_raise_followup", "未達成", "MC-R7-004"): ("high", "MC-R7-004", None),
    (OFFICE, "wage_raise_followup", "書類の不足", "MC-R7-003"): ("medium", "MC-R7-003", None),
    (OFFICE, "subcontract_ratio", "再請負の割合が原則を超えています", "MC-R7-013"): ("high", "MC-R7-013", None),
    (OFFICE, "subcontract_ratio", "主たる部分の再請負の疑い", "MC-R7-012"): ("high", "MC-R7-012", None),
    (OFFICE, "subcontract_ratio", "再請負の承認が確認できません", "MC-R7-016"): ("medium", "MC-R7-016", None),
    (OFFICE, "subcontract_ratio", "再請負の承認が着手より後です", "MC-R7-021"): ("medium", "MC-R7-021", None),
    (OFFICE, "subcontract_ratio", "再々請負の届出が確認できません", "MC-R7-023"): ("medium", "MC-R7-023", None),
}

# check → contracts that look like a case and are none
NEAR_MISSES = {
    "split_orders": "R7-013 R7-016 R7-010 R7-010-変1 R7-037 R8-007 R7-026 R7-027 R7-028 R7-033 R7-034 R7-008 R7-009 R7-006 R7-007"
    " MC-R7-027 MC-R7-028 MC-R7-029 MC-R7-030 MC-R7-031 MC-R7-018 MC-R7-022",
    "sole_source_chain": "R6-004 R7-017 R6-002 R7-003 R8-004 R4-001 R5-002 R7-021",
    "publication_due": "R7-023 R7-014 R7-004 R7-035 R7-011 R7-018 R7-031 R7-032"
    " MC-R7-001 MC-R8-003 MC-R7-020 MC-R7-024 MC-R7-017 MC-R7-026",
    "wage_raise_followup": "MC-R7-006 MC-R8-002 MC-R7-007 MC-R7-010",
    "small_value_exceeded": "R7-040 R8-005 MC-R7-020 MC-R7-024 MC-R8-006",
    "penalty_period_award": "MC-R8-002 MC-R7-008",
    "subcontract_ratio": "MC-R7-014 MC-R7-019 MC-R7-025 MC-R7-009 MC-R7-009-変1 MC-R8-005",
}


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory) -> dict[str, Register]:
    engine = open_store(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'keiyaku.db'}")
    names = renames(CONFIG / "vendor-names.yaml")
    for folder in ("mogi-shi", "mogi-cho"):
        done = importing.import_path(
            support.place(engine, Settings()), CONFIG / "demo" / folder, How(), lambda *_: None
        )
        assert done.unreadable == []
        assert [(part.table, part.unknown) for part in done.parts if part.unknown or part.counts.quarantined] == []
    with engine.connect() as connection:
        held = {one.id: registers.load(connection, one, names) for one in bodies.organizations(connection)}
        rulebooks = {one.id: one.rulebook for one in bodies.organizations(connection)}
    engine.dispose()
    assert rulebooks == {CITY: "saitama", OFFICE: "rinya"}
    return held


@pytest.fixture(scope="module")
def answers(ledgers) -> Answers:
    books = {CITY: "saitama", OFFICE: "rinya"}
    loaded = load([CONFIG / "rulebooks"])
    return {
        (body, name): check.examine(register.seen_on(AS_OF)[0], loaded[books[body]], AS_OF, check.parameters())
        for body, register in ledgers.items()
        for name, check in all_checks().items()
    }


def found(answers: Answers) -> Iterator[tuple[str, Finding]]:
    return ((body, finding) for (body, _), answer in answers.items() for finding in answer.findings)


def test_the_bodies_are_of_a_believable_size(ledgers):
    assert {body: len(register.contracts) for body, register in ledgers.items()} == {CITY: 76, OFFICE: 39}


@pytest.mark.parametrize("case", PLANTED, ids=" ".join)
def test_a_planted_case_is_found_with_exactly_its_contracts(answers, case):
    body, check, pattern, first = case
    severity, contracts, due_on = PLANTED[case]
    held = [one for one in answers[body, check].findings if one.pattern == pattern and first in one.contracts]
    assert [(one.severity.value, sorted(one.contracts), one.due_on) for one in held] == [
        (severity, contracts.split(), due_on)
    ]


def test_nothing_else_is_found(answers):
    seen = sorted((body, one.check, one.pattern, min(one.contracts)) for body, one in found(answers))
    assert seen == sorted(PLANTED)


@pytest.mark.parametrize("check", NEAR_MISSES)
def test_no_near_miss_is_in_a_finding_of_its_check(answers, ledgers, check):
    near = set(NEAR_MISSES[check].split())
    everything = set(chain.from_iterable(register.tables["contracts"]["contract_id"] for register in ledgers.values()))
    assert near <= everything
    assert near & {contract for _, one in found(answers) if one.check == check for contract in one.contracts} == set()


def test_each_check_shows_itself(answers):
    assert {one.check for _, one in found(answers)} >= set(NEAR_MISSES)


def test_what_could_not_be_judged_is_said_and_is_no_more_than_planted(answers):
    assert {key: answer.not_judged for key, answer in answers.items() if answer.not_judged} == {
        (OFFICE, "limit_bunching"): {(NotJudged.TOO_FEW, "予定価格のある随意契約"): 13},
        (CITY, "small_value_exceeded"): {  # within one of the two tables that may apply, above the other
            (NotJudged.TABLES_DISAGREE, "限度額の表（その他）"): 6,
            (NotJudged.TABLES_DISAGREE, "限度額の表（工事又は製造の請負）"): 2,
        },
        (CITY, "split_orders"): {(NotJudged.TABLES_DISAGREE, "調達実施日・限度額の表"): 2},  # R7-006 and R7-007
        (OFFICE, "sole_source_chain"): {(NotJudged.NO_RULE, "接続を理由とする随意契約の区分"): 39},
    }


def test_late_publications_close_themselves(answers):
    late = {contract for _, one in found(answers) if one.closed is Closed.LATE for contract in one.contracts}
    assert late == {"R7-025", "R8-022", "MC-R7-002"}


def test_the_figures_of_the_closest_cases(answers):
    by_contract = {(one.check, one.contracts[0]): one.figures for _, one in found(answers)}
    twelve = by_contract["split_orders", "R8-005"]
    assert (twelve["sum"], twelve["limit"], twelve["count"]) == (29_880_000, 4_000_000, 12)
    mounted = by_contract["split_orders", "R8-011"]
    assert (mounted["sum"], mounted["limit"], mounted["limit_class"]) == (4_830_000, 4_000_000, "工事又は製造の請負")
    chain_ = by_contract["sole_source_chain", "R4-002"]
    assert chain_["names"] == "カソウ情報システム株式会社、仮想情報システム㈱"
    assert (chain_["first_signed_on"], chain_["last_signed_on"], chain_["alone_sum"]) == (
        "2022-10-03",
        "2026-04-01",
        55_550_000,
    )
    assert by_contract["wage_raise_followup", "MC-R7-004"]["actual_rate"] == "1.4999"
    ratio = by_contract["subcontract_ratio", "MC-R7-013"]
    assert (ratio["ratio"], ratio["subcontracted"], ratio["amount"]) == ("50.01", 12_002_400, 24_000_000)
    assert by_contract["publication_due", "R7-029"]["missing_items"] == "随意契約によることとした理由"


def test_no_name_of_an_individual_and_no_real_number_is_there(ledgers):
    numbers = {
        line
        for register in ledgers.values()
        for cell in register.tables["contracts"]["vendor_numbers"]
        for line in cell.split("\n")
        if line
    }
    assert len(numbers) == 29
    assert {number[1:5] for number in numbers} == {"9999"}  # no registry gives such a number
    hidden = [row for register in ledgers.values() for row in register.contracts.itertuples() if row.nondisclosure]
    assert [row.vendors for row in hidden] == ["個人のため公表しない"]
