"""The published register of J-LIS for 令和7年度, judged whole."""

from datetime import date

import pytest

from checks.catalogue import all_checks
from checks.finding import CheckResult, NotJudged, Severity
from checks.register import Register
from checks.vendors import INDIVIDUAL
from monitor import importing
from monitor.intake.how import How
from monitor.rulebooks import load, renames
from monitor.settings import Settings, default_config_dir
from monitor.store import bodies, registers
from monitor.store.engine import open_store
from tests import support

CONFIG = default_config_dir()
AS_OF = date(2026, 7, 5)


@pytest.fixture(scope="module")
def register(tmp_path_factory) -> Register:
    engine = open_store(f"sqlite:///{tmp_path_factory.mktemp('jlis') / 'keiyaku.db'}")
    done = importing.import_path(
        support.place(engine, Settings()), CONFIG / "demo" / "jlis-r7.txt", How(), lambda *_: None
    )
    assert not done.unreadable
    assert sum(part.counts.quarantined for part in done.parts) == 0
    with engine.connect() as connection:
        (organization,) = bodies.organizations(connection)
        held = registers.load(connection, organization, renames(CONFIG / "vendor-names.yaml"))
    engine.dispose()
    return held


@pytest.fixture(scope="module")
def answers(register) -> dict[str, CheckResult]:
    rulebook = load([CONFIG / "rulebooks"])["jlis"]
    seen, _ = register.seen_on(AS_OF)
    return {name: check.examine(seen, rulebook, AS_OF, check.parameters()) for name, check in all_checks().items()}


def test_it_has_163_contracts(register):
    assert len(register.contracts) == 163


def test_there_are_exactly_five_chains(answers):
    found = {finding.subject: finding for finding in answers["sole_source_chain"].findings}
    assert {subject: finding.figures["count"] for subject, finding in found.items()} == {
        "name:日本電気(株)": 38,
        "name:NTTドコモビジネス(株)": 34,
        "name:(株)NTTデータ": 29,
        "name:富士通(株)": 27,
        "name:(株)日立製作所": 12,
    }
    assert {finding.severity for finding in found.values()} == {Severity.HIGH}
    assert (
        found["name:NTTドコモビジネス(株)"].figures["names"]
        == "NTTドコモビジネス(株)、エヌ・ティ・ティ・コミュニケーションズ(株)"
    )
    assert found["name:富士通(株)"].figures["names"] == "富士通(株)、富士通株式会社"
    assert [subject for subject, finding in found.items() if not finding.verified] == ["name:NTTドコモビジネス(株)"]


def test_the_systems_of_a_chain_are_its_parts(answers):
    found = {finding.subject: finding for finding in answers["sole_source_chain"].findings}
    for finding in found.values():
        assert sum(finding.figures["systems"].values()) == finding.figures["count"] == len(finding.contracts)
        assert sum(finding.figures["systems_yen"].values()) == finding.figures["alone_sum"]
        assert set(finding.figures["systems"]) == set(finding.figures["systems_span"])
        assert finding.figures["base_contracts"] == "不明"
        assert "next_renewal_on" not in finding.figures
    largest = {subject: next(iter(finding.figures["systems"].items())) for subject, finding in found.items()}
    assert largest == {
        "name:日本電気(株)": ("住民基本台帳ネットワークシステム", 20),
        "name:NTTドコモビジネス(株)": ("住民基本台帳ネットワークシステム", 13),
        "name:(株)NTTデータ": ("住民基本台帳ネットワークシステム", 8),
        "name:富士通(株)": ("住民基本台帳ネットワークシステム", 8),
        "name:(株)日立製作所": ("公的個人認証サービスシステム", 4),
    }
    assert (
        "対象は、住民基本台帳ネットワークシステム20件、マイナンバーカード2件、"
        in found["name:日本電気(株)"].explanation
    )


def test_a_joint_contract_is_once_in_the_total_of_connected_contracts(answers):
    chains = answers["sole_source_chain"].findings
    held = {contract for finding in chains for contract in finding.contracts}
    assert len(held) < sum(len(finding.contracts) for finding in chains)
    assert len(held) == 96 - 9  # nos. 2, 10, 78, 117, 127, 128, 129, 139 and 158 are of vendors with one or two each


def test_one_pair_of_vendors_is_proposed_as_one_and_none_that_only_shares_a_building(answers):
    (twin,) = answers["vendor_identity"].findings
    assert twin.subject == "name:(株)ITグローバルブレイン|name:(株)JITグローバルブレイン"
    assert [contract.rpartition("-")[2] for contract in twin.contracts] == ["150", "61", "132"]
    assert twin.figures["addresses"] == ["神戸市中央区三宮町1-4-9"] * 2
    assert twin.severity is Severity.LOW


def test_nothing_else_is_found(answers):
    about_data = {"sole_source_chain", "data_quality", "vendor_identity", "limit_bunching"}
    assert [finding for name, answer in answers.items() if name not in about_data for finding in answer.findings] == []


def test_letters_that_were_misread_are_told(answers):
    found = {finding.subject: finding.contracts for finding in answers["data_quality"].findings}
    assert found == {
        "contracts|title|letters": ("R7-103",),
        "contracts|ground|kanji": ("R7-42", "R7-48", "R7-50", "R7-75", "R7-86"),
    }


def test_without_a_category_splitting_is_not_judged_and_says_so(answers):
    assert answers["split_orders"].not_judged == {(NotJudged.NO_COLUMN, "契約分類"): 163}
    assert answers["split_orders"].judged == 0


def test_it_sets_no_publication_date_so_none_is_judged(answers):
    assert answers["publication_due"].not_judged == {(NotJudged.NO_RULE, "公表の区分と期限"): 163}
    assert answers["publication_due"].judged == 0


def test_no_vendor_that_is_not_disclosed_is_linked_to_another(register):
    hidden = register.vendors[register.vendors["hidden"]]
    assert len(hidden) == hidden["identity"].nunique() > 0
    assert set(hidden["name"]) <= {"個人（非公表）", "非公表"}


def test_no_finding_speaks_of_a_contract_with_an_individual(register, answers):
    hidden = set(register.vendors.loc[register.vendors["hidden"], "contract_id"])
    said = [finding for answer in answers.values() for finding in answer.findings]
    assert not any(hidden & set(finding.contracts) for finding in said)
    texts = [finding.title + finding.explanation + str(finding.figures) for finding in said]
    assert not [text for text in texts if INDIVIDUAL in text or "個人のため" in text]  # 個人番号カード is a system
