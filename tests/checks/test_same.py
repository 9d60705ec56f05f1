"""Vendors that a person has joined: identities, what they are known by, and what the joining does not touch."""

from datetime import date

import hypothesis.strategies as st
from hypothesis import given

from checks import ledger, words
from checks.register import build
from checks.same import NOTHING, Pair, Said, heads


def register(vendors, decisions=()):
    """Contracts of (name, number), and decisions of (vendor, number, other, number, decision)."""
    rows = [
        {
            "contract_id": f"C{n}",
            "title": "診断",
            "signed_on": date(2026, 4, 1),
            "vendors": name,
            "vendor_numbers": number,
        }
        for n, (name, number) in enumerate(vendors)
    ]
    columns = [column.name for column in ledger.VENDOR_DECISIONS.columns if column.name != "organization"]
    said = [dict(zip(columns, row, strict=False)) for row in decisions]
    return build("M", "模擬市", {"contracts": rows, "vendor_decisions": said}, {})


def identities(*given, **more):
    held = register(*given, **more).vendors
    return dict(zip(held["contract_id"], held["identity"], strict=True))


def test_two_names_that_were_joined_are_one_identity_known_by_both():
    held = register(
        [("(株)甲乙", ""), ("㈱甲乙情報", ""), ("丙丁(株)", "")], [("(株)甲乙", "", "(株)甲乙情報", "", "同一")]
    )
    assert list(held.vendors["identity"]) == ["name:(株)甲乙", "name:(株)甲乙", "name:丙丁(株)"]
    assert held.vendors["known_by"].iloc[1] == ("name:(株)甲乙", "name:(株)甲乙情報")
    assert list(held.vendors["company"]) == ["(株)甲乙", "(株)甲乙", "丙丁(株)"]
    assert list(held.vendors["name"]) == ["(株)甲乙", "㈱甲乙情報", "丙丁(株)"]  # as the cells have them


def test_a_number_is_the_identity_of_what_is_joined_to_it():
    number = "7123456789012"
    found = identities([("(株)甲乙", number), ("(株)甲乙情報", "")], [("(株)甲乙情報", "", "(株)甲乙", number, "同一")])
    assert set(found.values()) == {f"number:{number}"}


def test_three_are_one_by_two_decisions_in_any_order():
    vendors = [("甲(株)", ""), ("乙(株)", ""), ("丙(株)", "")]
    decisions = [("丙(株)", "", "乙(株)", "", "同一"), ("甲(株)", "", "乙(株)", "", "同一")]
    assert len(set(identities(vendors, decisions).values())) == 1
    assert identities(vendors, decisions) == identities(vendors, decisions[::-1])


def test_a_decision_about_names_that_the_ledger_does_not_have_changes_nothing():
    vendors = [("甲(株)", ""), ("乙(株)", "")]
    assert identities(vendors, [("丁(株)", "", "戊(株)", "", "同一")]) == identities(vendors)
    assert identities(vendors, [("甲(株)", "", "戊(株)", "", "同一")]) == identities(vendors)


def test_two_joined_vendors_that_a_third_name_stands_between_meet():
    said = Said((Pair("name:a", "name:b"),))
    assert heads({"name:a": (), "name:b": (), "name:c": ()}, said) == {"name:a": "name:a", "name:b": "name:a"}
    assert heads({"number:1": ("name:a",), "number:2": ("name:b",)}, said) == {
        "number:1": "number:1",
        "number:2": "number:1",
    }
    assert heads({"name:a": ()}, NOTHING) == {}


@given(st.text(alphabet="甲乙ABａ㈱(株)　 有限会社支店・ー", min_size=1, max_size=14))
def test_a_normalised_name_stays_itself(name):
    """A decision keeps the normalised name: read again it must be the same key."""
    once = words.company(name)
    assert words.company(once) == once


def test_a_name_without_a_number_joins_the_number_that_a_published_register_gives_its_company():
    number, day = "7123456789012", date(2026, 4, 1)
    mine = {"contract_id": "C1", "title": "診断", "signed_on": day, "vendors": "(株)甲乙", "vendor_numbers": ""}
    row = {
        "entry": "1",
        "register": "公表簿",
        "title": "診断",
        "signed_on": day,
        "vendors": "㈱甲乙",
        "vendor_numbers": number,
    }
    other = {**row, "entry": "2", "vendor_numbers": "8000012050001"}
    found = build("M", "", {"contracts": [mine], "register_rows": [row]}, {}).vendors
    assert list(found["identity"]) == [f"number:{number}"]
    found = build("M", "", {"contracts": [mine], "register_rows": [row, other]}, {}).vendors
    assert list(found["identity"]) == ["name:(株)甲乙"]  # two companies bear the name
