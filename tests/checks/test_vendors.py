"""Vendors are identities, not strings."""

from datetime import date

import pytest

from checks.register import Register, build
from checks.vendors import INDIVIDUAL, Rename, Renames

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
