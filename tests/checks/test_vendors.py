"""Vendors are identities, not strings."""

from datetime import date

import pytest

from checks.register import Register, build
from checks.rulebook import Rulebook
from checks.twins import Likeness, VendorParameters, twins
from checks.vendor_identity import CHECK
from checks.vendors import INDIVIDUAL, Rename, Renames, addresses, number_is_valid
from monitor.findings import identity

ONE, OTHER = "7123456789012", "4011001098993"
RENAMED = Renames((Rename("旧商号㈱", "新商号㈱", date(2025, 7, 1), "law", verified=False),))


def register(*rows: dict[str, str]) -> Register:
    made = [{"contract_id": f"C{number}", "signed_on": date(2026, 4, 1), **row} for number, row in enumerate(rows)]
    return build("M", "模擬市", {"contracts": made}, {}, RENAMED)


def identities(*rows: dict[str, str]) -> list[str]:
    return list(register(*rows).vendors["identity"])


def test_the_number_is_the_identity_where_there_is_one():
    assert (
        identities({"vendors": "㈱甲", "vendor_numbers": ONE}, {"vendors": "乙", "vendor_numbers": ONE})
        == [f"number:{ONE}"] * 2
    )


def test_a_name_without_a_number_joins_the_only_number_that_it_has():
    assert identities({"vendors": "㈱甲", "vendor_numbers": ONE}, {"vendors": "株式会社甲"})[1] == f"number:{ONE}"


def test_a_name_with_two_numbers_joins_neither():
    rows = (
        {"vendors": "㈱甲", "vendor_numbers": ONE},
        {"vendors": "㈱甲", "vendor_numbers": OTHER},
        {"vendors": "㈱甲"},
    )
    assert identities(*rows) == [f"number:{ONE}", f"number:{OTHER}", "name:(株)甲"]


def test_an_equal_address_never_merges():
    assert len(set(identities({"vendors": "㈱甲", "addresses": "1-1"}, {"vendors": "㈱乙", "addresses": "1-1"}))) == 2


def test_a_rename_joins_both_names_and_says_whether_it_is_verified():
    vendors = register({"vendors": "旧商号㈱"}, {"vendors": "新商号㈱"}, {"vendors": "㈱甲"}).vendors
    assert list(vendors["identity"]) == ["name:新商号(株)", "name:新商号(株)", "name:(株)甲"]
    assert list(vendors["verified"]) == [False, True, True]
    assert vendors["known_by"][0] == ("name:新商号(株)", "name:旧商号(株)")


def test_each_member_of_a_joint_contract_counts_with_its_own_number():
    vendors = register({"vendors": "㈱甲\n㈱乙", "vendor_numbers": f"{ONE}\n"}).vendors
    assert list(vendors["identity"]) == [f"number:{ONE}", "name:(株)乙"]
    assert list(vendors["joint"]) == [True, True]


@pytest.mark.parametrize(
    "row", [{"vendors": "氏名", "nondisclosure": "個人"}, {"vendors": ""}, {"vendors": "社名", "nondisclosure": "秘密"}]
)
def test_a_nameless_vendor_is_its_own_identity_and_its_name_is_not_shown(row):
    held = register(row, row)
    assert list(held.vendors["identity"]) == ["contract:C0", "contract:C1"]
    assert not {"氏名", "社名"} & set(held.vendor_names.values())


def test_an_individual_is_shown_as_one():
    assert register({"vendors": "氏名", "nondisclosure": "個人"}).vendor_names == {"contract:C0": INDIVIDUAL}


# --- one company, many spellings ------------------------------------------------------------------------------------


def test_a_branch_office_is_its_company():
    rows = [
        {"vendors": name} for name in ("㈱甲乙", "㈱甲乙 東京支店", "株式会社甲乙関西支社", "㈱甲乙　さいたま営業所")
    ]
    assert set(identities(*rows)) == {"name:(株)甲乙"}


def test_seven_companies_of_one_name_stay_seven_and_the_name_alone_is_an_eighth():
    numbers = [f"{8 - n}1122334455{n:02d}" for n in range(7)]
    rows = [{"vendors": "㈱鈴木組", "vendor_numbers": number} for number in numbers]
    vendors = register(*rows, {"vendors": "㈱鈴木組"}).vendors
    assert vendors["identity"].nunique() == 8
    assert vendors["identity"].iloc[-1] == "name:(株)鈴木組"
    keys = [set(each) for each in vendors["known_by"]]
    assert not any(keys[i] & keys[k] for i in range(8) for k in range(i))  # no decision passes from one to another


TAKEN = Renames((Rename("㈱甲", "㈱甲グループ", date(2023, 7, 1), "law", verified=True, until=date(2023, 6, 30)),))


def test_a_name_that_another_company_has_taken_over_means_another_after_that_day():
    rows = [
        {"contract_id": f"C{n}", "vendors": name, "signed_on": day}
        for n, (name, day) in enumerate(
            [
                ("㈱甲", date(2023, 6, 30)),
                ("㈱甲", date(2023, 7, 1)),
                ("㈱甲グループ", date(2024, 4, 1)),
            ]
        )
    ]
    vendors = build("M", "模擬市", {"contracts": rows}, {}, TAKEN).vendors
    assert list(vendors["identity"]) == ["name:(株)甲グループ", "name:(株)甲", "name:(株)甲グループ"]
    assert vendors["known_by"][0] == ("name:(株)甲グループ",)


def test_an_old_name_without_an_end_is_followed_long_after_the_rename():
    vendors = register({"vendors": "旧商号㈱"}).vendors  # signed in 2026, renamed in 2025
    assert list(vendors["identity"]) == ["name:新商号(株)"]


def test_the_line_of_a_joint_venture_is_no_vendor_where_its_members_follow():
    vendors = register(
        {"vendors": "甲乙・丙丁特定建設工事共同企業体\n代表者 ㈱甲乙\n構成員 ㈱丙丁", "vendor_numbers": f"\n{ONE}\n"}
    ).vendors
    assert list(vendors["identity"]) == [f"number:{ONE}", "name:(株)丙丁"]
    assert list(vendors["joint"]) == [True, True]


def test_a_joint_venture_that_names_its_leader_is_a_joint_contract_of_that_company():
    vendors = register(
        {"vendors": "甲乙・丙丁特定建設工事共同企業体 代表者 ㈱甲乙"}, {"vendors": "甲乙・丙丁共同企業体"}
    ).vendors
    assert list(vendors["identity"]) == ["name:(株)甲乙", "name:甲乙・丙丁共同企業体"]
    assert list(vendors["joint"]) == [True, False]


def test_who_signs_for_a_company_is_not_shown():
    assert register({"vendors": "㈱甲乙　代表取締役　模擬氏名"}).vendor_names == {"name:(株)甲乙": "㈱甲乙"}


@pytest.mark.parametrize(
    ("number", "valid"), [("8112233445501", True), ("7112233445501", False), ("811223344550", False), ("", False)]
)
def test_the_check_digit_of_a_number(number, valid):
    assert number_is_valid(number) is valid


def test_addresses_are_read_by_position_and_never_of_a_person():
    held = register(
        {"vendors": "㈱甲\n㈱乙", "addresses": "模擬市1-1\n模擬市2-2"},
        {"vendors": "氏名", "nondisclosure": "個人", "addresses": "模擬市3-3"},
    )
    assert addresses(held.contracts, held.vendors) == {
        "name:(株)甲": frozenset({"模擬市1-1"}),
        "name:(株)乙": frozenset({"模擬市2-2"}),
    }


# --- twins ----------------------------------------------------------------------------------------------------------


def proposed(*rows: dict[str, str], **parameters: int) -> list[tuple[str, str, Likeness]]:
    held = register(*rows)
    found = twins(held.vendors, addresses(held.contracts, held.vendors), VendorParameters(**parameters))
    return [(*twin.companies, twin.likeness) for twin in found]


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("㈱ITグローバルブレイン", "㈱JITグローバルブレイン", Likeness.LETTER),
        ("㈱模擬日立情報設計ソリューション", "㈱模擬日宣情報設計ソリューション", Likeness.LETTER),
        ("㈱模擬ソリューション", "㈱模擬ソリュージョン", Likeness.LETTER),
        ("㈱甲乙", "甲乙㈱", Likeness.FORM),
        ("㈱甲乙", "㈲甲乙", Likeness.FORM),
        ("㈱システム・エージ", "㈱システムエージ", Likeness.SPELLING),
        ("㈱模擬Systems", "㈱模擬SYSTEMS", Likeness.SPELLING),
    ],
)
def test_nearly_equal_names_at_one_address_are_proposed(one, other, likeness):
    found = proposed({"vendors": one, "addresses": "模擬市1-1"}, {"vendors": other, "addresses": "模擬市1-1"})
    assert [kind for *_, kind in found] == [likeness]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NTTドコモビジネス㈱", "㈱NTTデータ"),
        ("㈱模擬東日本", "㈱模擬西日本"),
        ("㈱模擬第1ビル管理", "㈱模擬第2ビル管理"),
        ("㈱模擬リースA", "㈱模擬リースB"),
        ("㈱新模擬設備", "㈱模擬設備"),
        ("㈱田中工業", "㈱中田工業"),
        ("㈱みらい中島産業", "㈱みらい中村産業"),
        ("㈱山田組", "㈱山本組"),
        ("模擬山田太郎", "模擬山田太朗"),
    ],
)
def test_names_that_a_clerk_would_laugh_at_are_not(one, other):
    assert proposed({"vendors": one, "addresses": "模擬市1-1"}, {"vendors": other, "addresses": "模擬市1-1"}) == []


def test_a_series_of_names_in_one_building_is_not_a_heap_of_twins():
    rows = [{"vendors": f"㈱模擬開発特定目的会社{letter}号", "addresses": "模擬市1-1"} for letter in "ABCDEFGHIJKL"]
    assert proposed(*rows) == []
    assert proposed(*rows[:3], most_alike=3)
    assert proposed(*rows[:3], most_alike=2) == []


@pytest.mark.parametrize(
    ("one", "other", "bound"),
    [
        ("㈱ITグローバルブレイン", "㈱JITグローバルブレイン", "least_letters"),
        ("㈱乙丙丁戊", "㈱乙丙戊丁", "least_letters_swapped"),
        ("㈱模擬日立情報設計ソリューション", "㈱模擬日宣情報設計ソリューション", "least_letters_kanji"),
    ],
)
def test_shorter_names_than_the_parameters_say_are_not_proposed(one, other, bound):
    rows = [{"vendors": name, "addresses": "模擬市1-1"} for name in (one, other)]
    assert proposed(*rows)
    assert proposed(*rows, **{bound: 20}) == []


def twin(*numbers: str) -> dict[str, tuple[str, ...]]:
    """subject → subject and keys of the twin that two near names with these 法人番号 are."""
    names = ("㈱JITグローバルブレイン", "㈱ITグローバルブレイン")
    held = register(
        *(
            {"vendors": name, "vendor_numbers": number, "addresses": "模擬市1-1"}
            for name, number in zip(names, numbers, strict=True)
        )
    )
    found = CHECK.examine(held, Rulebook(id="r", name=""), date(2026, 7, 5), VendorParameters()).findings
    return {one.subject: (one.subject, *one.keys) for one in found}


@pytest.mark.parametrize("numbers", [("7000012050002", ""), ("", "7000012050002")])
def test_recording_one_number_as_the_finding_asks_does_not_make_it_another_finding(numbers):
    before, after = twin("", ""), twin(*numbers)
    assert set(before) != set(after)
    assert identity.match(before, after) == dict(zip(after, before, strict=True))
    assert identity.match(after, before) == dict(zip(before, after, strict=True))


def test_the_pair_of_another_vendor_is_another_finding():
    subject = "name:(株)JITグローバルブレイン|name:(株)丙"
    assert identity.match({subject: (subject,)}, twin("7000012050002", "")) == {}


def test_the_company_is_shown_rather_than_its_branch_office():
    held = register({"vendors": "富士山電算㈱"}, {"vendors": "富士山電算㈱ 北支店"}, {"vendors": "甲乙㈱ 東京支店"})
    assert set(held.vendor_names.values()) == {"富士山電算㈱", "甲乙㈱ 東京支店"}


def test_a_number_of_very_many_names_is_told_with_few_keys_each():
    rows = []
    for i in range(1200):
        name = f"模擬{chr(0x4E00 + i)}サービス商事(株)"
        rows += [("7000012050002", name), ("", name.replace("ー", "ー・"))]
    held = register(*({"vendors": name, "vendor_numbers": number} for number, name in rows))
    found = CHECK.examine(held, Rulebook(id="r", name=""), date(2026, 7, 5), VendorParameters()).findings
    pairs = [one for one in found if one.keys]
    assert len(pairs) == 1200
    assert all(len(one.keys) <= 4 and one.subject in one.keys for one in pairs)
