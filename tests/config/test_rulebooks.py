"""The bundled rulebooks say what the sources say, and wrong ones are refused with file, key and reason."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from checks import publication_dates, publication_due, register
from checks.limits import Tables
from checks.rulebook import GroundClass, LimitClass, Rulebook
from monitor.problems import Problem
from monitor.rulebooks import describe, digest, load, renames, schema
from monitor.rulebooks.schema import text as schema_text
from monitor.settings import default_config_dir

CONFIG = default_config_dir()
OLD, NEW = date(2025, 3, 31), date(2025, 4, 1)
KINDS = ("works", "purchase", "lease_in", "sale", "lease_out", "other")
# 万円, in the order of KINDS
STATE_OLD, STATE_NEW = (250, 160, 80, 50, 30, 100), (400, 300, 150, 100, 50, 200)
CITY_OLD, CITY_NEW = (130, 80, 40, 30, 30, 50), (200, 150, 80, 50, 30, 100)


@pytest.fixture(scope="module")
def books() -> Mapping[str, Rulebook]:
    return load([CONFIG / "rulebooks"])


def limits_on(book: Rulebook, day: date) -> list[set[int]]:
    assert book.small_value
    return [
        {row.amount // 10_000 for row in book.small_value.limits[LimitClass(kind)] if row.applies(day)}
        for kind in KINDS
    ]


# --- what the bundled rulebooks say --------------------------------------------------------------------------------


def test_the_seven_rulebooks_are_there(books):
    assert list(books) == ["fukushima-enterprise", "jlis", "municipality", "national", "prefecture", "rinya", "saitama"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("national", STATE_OLD, STATE_NEW),
        ("rinya", STATE_OLD, STATE_NEW),
        ("prefecture", STATE_OLD, STATE_NEW),
        ("fukushima-enterprise", STATE_OLD, STATE_NEW),
        ("jlis", STATE_OLD, STATE_NEW),
        ("municipality", CITY_OLD, CITY_NEW),
    ],
)
def test_the_limits_change_on_the_first_of_april_2025(books, name, old, new):
    assert limits_on(books[name], OLD) == [{amount} for amount in old]
    assert limits_on(books[name], NEW) == [{amount} for amount in new]


def test_saitama_is_certain_until_march_2025_and_has_two_alternatives_afterwards(books):
    book = books["saitama"]
    assert limits_on(book, OLD) == [{amount} for amount in STATE_OLD]
    assert limits_on(book, NEW) == [{old, new} for old, new in zip(STATE_OLD, STATE_NEW, strict=True)]
    for rows in book.small_value.limits.values():
        assert [row.verified for row in rows] == [True, False, False]
    found = Tables(book.small_value).find(LimitClass.WORKS, date(2025, 6, 1), date(2025, 6, 2))
    assert (found.lowest.amount, found.highest.amount) == (2_500_000, 4_000_000)


def test_only_what_was_read_in_a_source_or_an_official_text_is_verified(books):
    def verified(name: str, day: date) -> set[bool]:
        return {row.verified for rows in books[name].small_value.limits.values() for row in rows if row.applies(day)}

    assert (verified("national", OLD), verified("national", NEW)) == ({True}, {False})
    assert (verified("jlis", OLD), verified("jlis", NEW)) == ({False}, {True})
    assert verified("prefecture", NEW) == verified("municipality", NEW) == {True}
    assert verified("fukushima-enterprise", OLD) == verified("fukushima-enterprise", NEW) == {False}


def test_each_body_says_by_which_date_and_how_leases_are_measured(books):
    rules = {name: book.small_value for name, book in books.items()}
    assert {rule.basis for rule in rules.values()} == {"procured_on"}
    assert {name for name, rule in rules.items() if rule.lease == "total_if_multi_year"} == {"saitama"}
    assert {name for name, rule in rules.items() if rule.cap} == {"prefecture", "municipality", "fukushima-enterprise"}
    for rule in rules.values():
        assert (rule.categories["施設修繕"], rule.categories["業務委託"]) == (LimitClass.WORKS, LimitClass.OTHER)


@pytest.mark.parametrize(
    ("name", "code", "kind"),
    [
        ("jlis", "(2)キ", "connected"),
        ("jlis", "（２）ｷ", "connected"),
        ("jlis", "(2)カ", "exclusive"),
        ("jlis", "(2)力", "exclusive"),  # the kanji that OCR reads
        ("jlis", "(2)ア", "real_estate"),
        ("jlis", "(2)ケ", "public_call"),
        ("jlis", "(1)", "small_value"),
        ("saitama", "2号", "nature"),
        ("saitama", "2号⑧", "connected"),
        ("saitama", "２号（８）", "connected"),
        ("saitama", "2号 物品等⑧", "connected"),
        ("saitama", "2号⑦", "exclusive"),
        ("saitama", "2号工事等②イ", "connected"),
        ("saitama", "6号⑥", "connected"),
        ("saitama", "6号", "disadvantage"),
        ("saitama", "3号", "welfare"),
        ("saitama", "4号", "new_business"),
        ("saitama", "特例政令11条1項1号", "exclusive"),
        ("saitama", "特例政令第11条第1項第2号", "connected"),
        ("municipality", "地方自治法施行令第167条の2第1項第5号", "urgent"),
        ("fukushima-enterprise", "第21条の14第1項第8号", "no_bidder"),
        ("national", "予決令第99条第7号", "small_value"),
        ("national", "会計法29条の3第4項", "nature"),
        ("national", "99条の2", "no_bidder"),
        ("rinya", "99条1号", "secret"),
    ],
)
def test_a_ground_is_known_by_its_code(books, name, code, kind):
    assert books[name].ground(code).kind == GroundClass(kind)


@pytest.mark.parametrize(
    ("name", "code"), [("jlis", "(8)"), ("municipality", "特例政令11条1項2号"), ("saitama", "(2)キ")]
)
def test_a_code_of_another_body_is_unknown(books, name, code):
    assert books[name].ground(code) is None


def test_bodies_without_a_publication_rule_have_none(books):
    assert {name for name, book in books.items() if book.publication} == {"national", "rinya", "saitama"}


@pytest.mark.parametrize(
    ("klass", "medium", "begins", "due"),
    [
        ("works", "ウェブ", "2026-04-01", "2026-07-31"),
        ("works", "ウェブ", "2026-12-28", "2027-01-31"),
        ("works", "ウェブ", "2026-03-31", "2026-04-30"),
        ("facility_repair", "ウェブ", "2026-09-30", "2026-10-31"),
        ("lease", "ウェブ", "2026-09-30", "2026-11-30"),
        ("lease", "ウェブ", "2026-10-01", "2027-05-31"),
        ("lease", "ウェブ", "2027-03-31", "2027-05-31"),
        ("goods", "ウェブ", "2026-04-01", "2026-04-11"),
        ("services", "ウェブ", "2026-06-30", "2026-07-31"),
        ("specific_procurement", "契約公報", "2026-04-01", "2026-06-12"),
        ("specific_procurement_gazette", "官報", "2026-04-01", "2026-06-12"),  # 72 days of April too
        ("public_contract", "ウェブ", "2026-04-01", "2026-07-03"),
        ("public_contract", "ウェブ", "2026-04-30", "2026-08-01"),
        ("public_contract", "ウェブ", "2026-05-01", "2026-07-12"),  # signed later, due earlier
    ],
)
def test_publication_falls_due_on_the_day_that_the_source_gives(books, klass, medium, begins, due):
    classes = {item.id: item for book in (books["saitama"], books["national"]) for item in book.publication}
    duty = next(duty for duty in classes[klass].duties if duty.medium == medium)
    assert publication_dates.due_date(duty.due, date.fromisoformat(begins), prompt_days=10) == date.fromisoformat(due)


def test_saitama_measures_each_class_with_its_own_yardstick(books):
    classes = {item.id: item for item in books["saitama"].publication}
    assert {name: (item.measure, item.over, item.at_least) for name, item in classes.items()} == {
        "specific_negotiated": ("estimated_price", None, None),
        "works": ("design_price", 2_500_000, None),
        "works_survey": ("design_price", 1_000_000, None),
        "facility_repair": ("estimated_price", 2_500_000, None),
        "goods": ("commitment_amount", 300_000, None),
        "lease": ("commitment_amount", 800_000, None),
        "services": ("amount", None, 1_000_000),
        "specific_procurement": ("", None, None),
    }
    assert classes["goods"].over_by_category == {"物品修繕": 1_000_000}
    assert {name for name, item in classes.items() if item.duties[0].due.target} == {"services"}
    assert {name for name, item in classes.items() if item.exempt_accounts} == {"goods", "lease", "services"}
    assert {name for name, item in classes.items() if item.keep} == {"specific_negotiated"}
    assert {name for name, item in classes.items() if item.exempt_public_bodies} == {"goods", "lease", "services"}
    assert {name for name, item in classes.items() if item.exempt_titles} == {"services"}
    assert {duty.medium for duty in classes["goods"].duties} == {"閲覧", "ウェブ"}
    assert {name for name, item in classes.items() if item.duties[0].also == ("閲覧", "窓口")} == {
        "works", "works_survey", "facility_repair", "lease", "services",
    }  # fmt: skip
    assert {name for name, item in classes.items() if not item.methods} == {"specific_procurement"}


def told(books: Mapping[str, Rulebook], name: str, **cells: Any) -> set[str]:
    """The publication classes in which a contract of the rulebook is overdue, by the check itself."""
    contract = {
        "contract_id": "1", "title": "試験", "method": "随意契約", "ground": "2号", "signed_on": date(2024, 5, 1),
        "procured_on": date(2024, 4, 20), "_known": 1, **cells,
    }  # fmt: skip
    known = {1: frozenset(contract), 2: frozenset({"contract_id", "kind", "medium", "published_on"})}
    other = {"contract_id": "2", "kind": "結果", "medium": "ウェブ", "published_on": date(2024, 5, 1), "_known": 2}
    built = register.build("X", "X", {"contracts": [contract], "publications": [other]}, known)
    result = publication_due.examine(built, books[name], date(2025, 3, 31), publication_due.PublicationParameters())
    return {finding.subject.split("|")[1] for finding in result.findings}


@pytest.mark.parametrize(
    ("name", "cells", "owed"),
    [
        ("saitama", {"category": "物品購入", "commitment_amount": 300_000}, set()),
        ("saitama", {"category": "物品購入", "commitment_amount": 300_001}, {"goods"}),
        ("saitama", {"category": "物品修繕", "commitment_amount": 1_000_000}, set()),
        ("saitama", {"category": "物件の借入れ", "commitment_amount": 800_000}, set()),
        ("saitama", {"category": "物件の借入れ", "commitment_amount": 800_001}, {"lease"}),
        ("saitama", {"category": "工事", "design_price": 2_500_000}, set()),
        ("saitama", {"category": "工事", "design_price": 2_500_001}, {"works"}),
        (
            "saitama",
            {"category": "設計・調査・測量", "construction_related": True, "design_price": 1_000_001},
            {"works_survey"},
        ),
        ("saitama", {"category": "設計・調査・測量", "construction_related": False, "amount": 1_000_000}, {"services"}),
        ("saitama", {"category": "設計・調査・測量", "amount": 1_000_000}, set()),  # of works or not?
        ("saitama", {"category": "業務委託", "amount": 1_000_000}, {"services"}),  # 以上
        ("saitama", {"category": "業務委託", "amount": 999_999}, set()),
        ("saitama", {"category": "業務委託", "amount": 2_000_000, "account": "水道"}, set()),
        ("saitama", {"category": "業務委託", "amount": 2_000_000, "account": "下水道"}, {"services"}),
        ("saitama", {"category": "物品購入", "method": "一般競争", "commitment_amount": 9_000_000}, set()),
        ("national", {"category": "工事", "method": "一般競争", "estimated_price": 2_500_000}, set()),  # 超えない
        ("national", {"category": "工事", "method": "一般競争", "estimated_price": 2_500_001}, {"public_contract"}),
        ("national", {"category": "財産の売払い", "estimated_price": 9_000_000}, set()),
    ],
)
def test_a_limit_is_met_at_exactly_its_amount(books, name, cells, owed):
    assert told(books, name, **cells) == owed


def test_a_specific_negotiated_contract_has_its_own_class_and_the_general_ones_yield_to_it(books):
    classes = {item.id: item for item in books["saitama"].publication}
    assert classes["specific_negotiated"].ground_kinds == (GroundClass.WELFARE, GroundClass.NEW_BUSINESS)
    assert {name for name, item in classes.items() if item.yields_to == ("specific_negotiated",)} == {
        "goods",
        "lease",
        "services",
    }
    assert "specific_negotiated" in told(books, "saitama", category="物品購入", ground="3号", estimated_price=1_600_001)
    assert told(
        books, "saitama", category="物品購入", ground="3号", estimated_price=1_600_000, commitment_amount=1_600_000
    ) == {"goods"}


def test_the_wage_rates_are_dated_and_the_due_date_is_an_assumption(books):
    for name in ("national", "rinya"):
        rules = books[name].wage_raise
        rate = {
            day: next(row for row in rules.rates if row.applies(day)) for day in (date(2026, 3, 30), date(2026, 3, 31))
        }
        assert [(row.principle, row.minimum) for row in rate.values()] == [
            (Decimal(3), Decimal("1.5")),
            (Decimal("2.5"), Decimal("1.5")),
        ]
        assert not any(row.applies(date(2022, 3, 31)) for row in rules.rates)
        assert (rules.due.months, rules.due.verified) == (3, False)
        assert (rules.penalty.factor, rules.penalty.months) == (Decimal("1.2"), 12)
    assert (books["national"].wage_raise.penalty.verified, books["rinya"].wage_raise.penalty.verified) == (False, True)
    assert {name for name, book in books.items() if book.wage_raise} == {"national", "rinya"}


def test_only_rinya_limits_subcontracting(books):
    assert {name for name, book in books.items() if book.subcontract} == {"rinya"}
    rules = books["rinya"].subcontract
    assert (rules.limit_percent, rules.minor_percent, rules.minor_yen, rules.verified) == (50, 50, 1_000_000, True)


def test_every_figure_names_its_source_and_an_unverified_one_says_why(books):
    for book in books.values():
        for _, source in book.unverified():
            assert source
    unsure = [
        row for book in books.values() for rows in book.small_value.limits.values() for row in rows if not row.verified
    ]
    assert all(any(mark in row.note for mark in ("C-3RD", "RECALLED", "NOT FOUND", "未確認")) for row in unsure)


def test_the_description_shows_dates_source_and_what_is_unverified(books):
    shown = describe(books["national"])
    assert "～2025-03-31  2,500,000円以下  〔確認済〕予決令99条2号（saitama:679）" in shown
    assert "2025-04-01～  4,000,000円以下  〔規程未確認〕" in shown
    assert "72日以内、4月は93日以内" in shown
    assert "[再請負]\n  規程なし（判定しません）" in shown
    assert "契約金額1,000,000円以上" in describe(books["saitama"])


def test_the_digest_changes_with_a_figure_only(books):
    book = books["jlis"]
    assert digest(book) == digest(Rulebook.model_validate(book.model_dump()))
    assert digest(book) != digest(book.model_copy(update={"name": "別"}))


def test_each_file_names_the_schema_and_the_schema_is_up_to_date():
    for path in (CONFIG / "rulebooks").glob("*.yaml"):
        assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=rulebook.schema.json\n")
    assert (CONFIG / "rulebooks/rulebook.schema.json").read_text(encoding="utf-8") == schema_text()
    assert schema()["additionalProperties"] is False


# --- renames -------------------------------------------------------------------------------------------------------


def test_ntt_communications_and_ntt_docomo_business_are_one_and_ntt_data_is_not_linked():
    table = renames(CONFIG / "vendor-names.yaml")
    assert table.latest("エヌ・ティ・ティ・コミュニケーションズ株式会社")[0] == "NTTドコモビジネス(株)"
    row = next(row for row in table.rows if row.new == "NTTドコモビジネス(株)")
    assert (row.since, row.verified) == (date(2025, 7, 1), False)
    for name in ("(株)NTTデータ", "(株)エヌ・ティ・ティ・データ"):
        assert table.latest(name)[1] == ()


def test_a_rename_with_an_impossible_date_is_refused_with_file_and_key(tmp_path):
    path = tmp_path / "vendor-names.yaml"
    path.write_text("renames:\n  - {old: A, new: B, since: 2025-02-30, source: x, verified: false}\n", encoding="utf-8")
    with pytest.raises(Problem, match=r'vendor-names.yaml: renames\[0\].since: found "2025-02-30", expected a date'):
        renames(path)


# --- what is refused -----------------------------------------------------------------------------------------------

GOOD = """\
id: a
name: A
small_value:
  authority: x
  basis: signed_on
  lease: annual_or_total
  categories: {工事: works}
  limits:
    works:
      - {until: 2025-03-31, amount: 100, source: x:1, verified: true}
      - {since: 2025-04-01, amount: 200, source: x:1, verified: true}
publication:
  - id: p
    label: P
    authority: x
    source: x:1
    verified: true
    duties:
      - {medium: ウェブ, due: {kind: days, days: 72}}
"""


def refused(folder: Path, **files: str) -> list[str]:
    """The sentences with which a folder of rulebooks is refused."""
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        load([folder])
    return [sentence.removeprefix(f"{folder}/") for sentence in caught.value.sentences]


def test_the_example_itself_is_accepted(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    assert list(load([tmp_path])) == ["a"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("days: 72", "days: 72日", 'publication[0].duties[0].due.days: found "72日", expected an integer'),
        ("days: 72", "dayz: 72", "unknown key publication[0].duties[0].due.dayz; the nearest known key is days"),
        ("verified: true\n", "verifed: true\n", "unknown key publication[0].verifed; the nearest known key is verified"),
        ("until: 2025-03-31", "until: 2025-02-30", 'small_value.limits.works[0].until: found "2025-02-30", expected a date'),
        ("until: 2025-03-31", "until: 20250331", "small_value.limits.works[0].until: found 20250331, a date such as 2025-04-01"),
        ("since: 2025-04-01", "since: 2025-04-01, until: 2024-01-01", "since 2025-04-01 is after until 2024-01-01"),
        ("since: 2025-04-01", "since: 2025-03-31", "works: two limits apply at the same time"),
        ("amount: 100", "amount: 百", 'small_value.limits.works[0].amount: found "百", expected an integer'),
        ("amount: 100", "amount: -1", "small_value.limits.works[0].amount: found -1, expected at least 0"),
        ("works:\n", "workz:\n", "unknown key small_value.limits.workz; the nearest known key is works"),
        ("medium: ウェブ", "medium: ウエブ", "found \"ウエブ\", expected one of 閲覧, ウェブ, 契約公報, 窓口"),
        ("basis: signed_on", "basis: signed", "expected one of procured_on, invited_on, signed_on; the nearest is signed_on"),
        ("    label: P\n", "", "publication[0].label is missing"),
        ("    label: P\n", "    label: P\n    item_words: {件名: [名称]}\n", "'件名' is not among the items"),
        ("{kind: days, days: 72}", "{kind: days}", "publication[0].duties[0].due: kind days needs days"),
        ("name: A\n", "name: A\nname: B\n", 'line 3 the key \'name\' is given twice'),
        ("name: A\n", "name: A\nextends: b\n", "extends: found 'b', expected the id of a rulebook"),
        ("name: A\n", "name: A\nextends: a\n", "extends: found a circle a → a"),
        ("id: a\n", "id: b\n", 'id: found "b", expected a as in the file\'s name'),
        ("name: A\n", "name: [A\n", "expected YAML"),
    ],
)  # fmt: skip
def test_a_wrong_rulebook_is_refused_with_file_place_and_what_was_expected(tmp_path, old, new, sentence):
    assert old in GOOD
    said = refused(tmp_path, a=GOOD.replace(old, new, 1))
    assert len(said) == 1
    assert said[0].startswith("a.yaml:")
    assert sentence in said[0]


def test_an_unknown_parent_is_told_with_the_nearest_one(tmp_path):
    said = refused(tmp_path, national=GOOD.replace("id: a", "id: national"), b="id: b\nname: B\nextends: nationl\n")
    assert said == ["b.yaml: extends: found 'nationl', expected the id of a rulebook; the nearest is national"]


def test_a_circle_of_parents_is_refused_for_each_that_hangs_on_it(tmp_path):
    said = refused(
        tmp_path, b="id: b\nname: B\nextends: c\n", c="id: c\nname: C\nextends: b\n", d="id: d\nname: D\nextends: b\n"
    )
    assert sorted(sentence.split(":")[0] for sentence in said) == ["b.yaml", "c.yaml", "d.yaml"]
    assert all("circle" in sentence for sentence in said)


def test_all_errors_of_all_files_are_told_at_once_and_an_inherited_one_only_where_it_stands(tmp_path):
    parent = GOOD.replace("days: 72", "days: x").replace("amount: 100", "amount: y")
    said = refused(tmp_path, a=parent, b="id: b\nname: B\nextends: a\nnot: x\n", c="id: [\n")
    assert [sentence.split(":")[0] for sentence in said] == ["c.yaml", "a.yaml", "a.yaml", "b.yaml"]
    assert "unknown key not; the nearest known key is note" in said[-1]


def test_one_code_for_two_grounds_is_refused(tmp_path):
    ground = "{label: x, kind: nature, source: x:1, verified: true}"
    said = refused(tmp_path, a=f"id: a\nname: A\ngrounds:\n  2号⑧: {ground}\n  2号8: {ground}\n")
    assert said == ["a.yaml: grounds: the code '2号8' belongs to both '2号⑧' and '2号8'"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "found nothing, expected keys such as id and name"),
        (b"- 1\n", "found a list, expected keys such as id and name"),
        ("id: 規程".encode("cp932"), "found bytes that are not UTF-8"),
        (b"id: a\x00", "is no YAML"),
    ],
)
def test_what_is_no_rulebook_at_all_is_refused(tmp_path, content, sentence):
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(Problem, match=sentence):
        load([tmp_path])


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(Problem, match="nowhere: found no such folder"):
        load([tmp_path / "nowhere"])


def test_a_rulebook_of_a_later_folder_replaces_and_may_extend_the_bundled_one(tmp_path):
    (tmp_path / "our-city.yaml").write_text("id: our-city\nname: 私たちの市\nextends: municipality\n", encoding="utf-8")
    (tmp_path / "jlis.yaml").write_text("id: jlis\nname: 別の定め\n", encoding="utf-8")
    books = load([CONFIG / "rulebooks", tmp_path])
    assert limits_on(books["our-city"], NEW) == [{amount} for amount in CITY_NEW]
    assert (books["jlis"].name, books["jlis"].small_value) == ("別の定め", None)
