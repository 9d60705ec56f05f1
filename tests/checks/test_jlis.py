"""The published register of J-LIS for 令和7年度, judged whole."""

from datetime import date

import pytest

from checks.catalogue import all_checks
from checks.finding import CheckResult, NotJudged, Severity
from checks.register import Register
from monitor import jobs
from monitor.rulebooks import load, renames
from monitor.settings import Settings, default_config_dir
from monitor.store import registers
from monitor.store.engine import open_store
from tests import support

CONFIG = default_config_dir()
AS_OF = date(2026, 7, 5)


@pytest.fixture(scope="module")
def register(tmp_path_factory) -> Register:
    engine = open_store(f"sqlite:///{tmp_path_factory.mktemp('jlis') / 'keiyaku.db'}")
    done = jobs.import_path(
        support.place(engine, Settings()), CONFIG / "demo" / "jlis-r7.txt", None, None, lambda *_: None
    )
    assert not done.unreadable
    assert sum(part.counts.quarantined for part in done.parts) == 0
    with engine.connect() as connection:
        (organization,) = registers.organizations(connection)
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
    assert not any("個人" in finding.title + finding.explanation + str(finding.figures) for finding in said)
