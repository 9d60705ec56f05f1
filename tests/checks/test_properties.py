"""What must hold of every check, whatever the ledger: an answer depends on what is in it, and on nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import ledger
from checks.catalogue import all_checks
from checks.finding import Answer, CheckResult
from checks.limits import Tables, measured
from checks.register import KNOWN, build, plain
from checks.rulebook import Rulebook
from monitor.rulebooks import load
from monitor.settings import default_config_dir
from monitor.store.engine import open_store
from tests import support, test_run

RULEBOOKS = load([default_config_dir() / "rulebooks"])
FIRST = date(2025, 3, 20)
Rows = dict[str, list[dict[str, Any]]]

_VENDORS = ["㈱甲", "株式会社甲", "乙㈲", "丙商店"]
_TITLES = ["側溝改修工事（その1）", "側溝改修工事（その2）", "側溝改修工事", "第一小学校床改修工事", "電算機保守業務"]
_CONTRACT = st.fixed_dictionaries(
    {
        "bureau": st.sampled_from(["建設部", "教育部"]),
        "department": st.sampled_from(["建設部 道路課", "教育部 施設課"]),
        "title": st.sampled_from(_TITLES),
        "category": st.sampled_from(["工事", "物品購入", "業務委託", ""]),
        "method": st.sampled_from(["随意契約", "随意契約", "随意契約", "一般競争"]),
        "ground": st.sampled_from(["1号", "2号", "2号物品等⑧", "5号", ""]),
        "signed_on": st.integers(0, 150).map(lambda days: FIRST + timedelta(days=days)),
        "estimated_price": st.sampled_from([None, 400_000, 650_000, 1_100_000, 1_298_000, 1_990_000, 5_000_000]),
        "design_price": st.sampled_from([None, 1_100_000, 3_000_000]),
        "amount": st.sampled_from([390_000, 640_000, 1_090_000, 1_298_000, 1_980_000, 4_900_000]),
        "vendors": st.sampled_from(_VENDORS),
        "site": st.sampled_from(["", "第一小学校", "本庁舎"]),
    }
)
_PUBLISHED = st.tuples(st.integers(0, 11), st.integers(0, 200))


@dataclass(frozen=True)
class Ledger:
    """Rows of the tables that several checks read."""

    rows: Rows
    rulebook: Rulebook
    as_of: date

    def judge(self, rulebook: Rulebook | None = None, as_of: date | None = None) -> dict[str, CheckResult]:
        day, rules = as_of or self.as_of, rulebook or self.rulebook
        known = {n: frozenset(ledger.TABLES[table].by_name) for n, table in enumerate(self.rows, start=1)}
        given_ = {
            table: [{**row, KNOWN: n} for row in rows] for n, (table, rows) in enumerate(self.rows.items(), start=1)
        }
        register = build("M", "模擬市", given_, known).seen_on(day)[0]
        found: dict[str, CheckResult] = {}
        for check in sorted(all_checks().values(), key=lambda check: check.reads_answers):
            if check.reads_answers:
                register = register.answered({name: Answer.of(result) for name, result in found.items()})
            found[check.id] = check.examine(register, rules, day, check.parameters())
        return found


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    drawn = draw(st.lists(_CONTRACT, min_size=2, max_size=12))
    contracts = [
        {**row, "contract_id": f"C{n:02}", "procured_on": row["signed_on"], "awarded_on": row["signed_on"]}
        for n, row in enumerate(drawn)
    ]
    publications = [
        {"contract_id": f"C{n:02}", "kind": "結果", "medium": "ウェブ", "published_on": FIRST + timedelta(days=days)}
        for n, days in draw(st.lists(_PUBLISHED, max_size=5, unique_by=lambda item: item[0]))
        if n < len(contracts)
    ]
    subcontracts = [
        {"contract_id": "C00", "subcontract_id": f"S{n}", "subcontractor": "丁㈱", "tier": 1, "amount": amount}
        for n, amount in enumerate(draw(st.lists(st.sampled_from([100_000, 700_000]), max_size=2)))
    ]
    rulebook = RULEBOOKS[draw(st.sampled_from(["municipality", "saitama", "rinya"]))]
    as_of = FIRST + timedelta(days=draw(st.integers(150, 300)))
    return Ledger({"contracts": contracts, "publications": publications, "subcontracts": subcontracts}, rulebook, as_of)


def identities(found: Mapping[str, CheckResult], new_name: Mapping[str, str] | None = None) -> set[Any]:
    """Each finding by check, contracts (under their new names) and kind."""
    name = new_name or {}
    return {
        (check, frozenset(name.get(key, key) for key in finding.contracts), finding.pattern, finding.severity)
        for check, result in found.items()
        for finding in result.findings
    }


def everything(found: Mapping[str, CheckResult]) -> Any:
    return {check: (sorted(map(repr, result.findings)), result.judged, result.not_judged, result.next_on) for check, result in found.items()}  # fmt: skip


@given(held=ledgers(), data=st.data())
def test_the_order_of_rows_changes_nothing(held: Ledger, data: st.DataObject) -> None:
    shuffled = {table: data.draw(st.permutations(rows)) for table, rows in held.rows.items()}
    assert everything(Ledger(shuffled, held.rulebook, held.as_of).judge()) == everything(held.judge())


@given(held=ledgers(), data=st.data())
def test_the_names_of_contracts_change_no_finding(held: Ledger, data: st.DataObject) -> None:
    old = [row["contract_id"] for row in held.rows["contracts"]]
    new = dict(zip(old, data.draw(st.permutations([f"K{n:02}" for n in range(len(old))])), strict=True))
    renamed = {
        table: [{**row, "contract_id": new[row["contract_id"]]} for row in rows] for table, rows in held.rows.items()
    }
    assert identities(Ledger(renamed, held.rulebook, held.as_of).judge()) == identities(held.judge(), new)


@given(held=ledgers())
def test_a_day_on_which_nothing_falls_due_changes_nothing(held: Ledger) -> None:
    tomorrow = held.as_of + timedelta(days=1)
    before, after = held.judge(), held.judge(as_of=tomorrow)
    turned = {check for check, result in before.items() if result.next_on is not None and result.next_on <= tomorrow}
    turned |= {check.id for check in all_checks().values() if check.reads_answers and turned}
    for check in set(before) - turned:
        told = [[(one.subject, one.contracts, one.severity) for one in found[check].findings] for found in (before, after)]  # fmt: skip
        assert told[0] == told[1]


@given(held=ledgers(), percent=st.integers(101, 300))
def test_a_wider_limit_adds_no_split_of_what_were_candidates_before(held: Ledger, percent: int) -> None:
    wider = _widened(held.rulebook, percent)
    candidates = _candidates(held)
    narrow = [set(one.contracts) for one in held.judge()["split_orders"].findings]
    unsure = bool(held.judge()["split_orders"].not_judged)  # where two tables disagree, a wider one may settle it
    for finding in held.judge(rulebook=wider)["split_orders"].findings:
        members = set(finding.contracts)
        assert unsure or not members <= candidates or any(members & one for one in narrow)


def _widened(rulebook: Rulebook, percent: int) -> Rulebook:
    rules = rulebook.small_value
    assert rules is not None
    limits = {
        kind: tuple(row.model_copy(update={"amount": row.amount * percent // 100}) for row in rows)
        for kind, rows in rules.limits.items()
    }
    return rulebook.model_copy(update={"small_value": rules.model_copy(update={"limits": limits})})


def _candidates(held: Ledger) -> set[str]:
    """The contracts within the limit of their class before it was widened."""
    rules = held.rulebook.small_value
    assert rules is not None
    rows = [{**row, KNOWN: 1} for row in held.rows["contracts"]]
    register = build("M", "模擬市", {"contracts": rows}, {1: frozenset(ledger.CONTRACTS.by_name)})
    tables = Tables(rules)
    found = set()
    for row in plain(measured(register, held.rulebook)):
        limits = tables.find(row.kind, row.basis, row.latest) if row.kind else None
        if limits and row.measure is not None and row.measure <= limits.highest.amount:
            found.add(row.contract_id)
    return found


# --- through the store -----------------------------------------------------------------------------------------------


def _ids(found: list[dict[str, Any]], organization: str) -> list[Any]:
    return [(one["check"], one["subject"], one["facts"]["contracts"]) for one in found if one["organization"] == organization]  # fmt: skip


@pytest.mark.parametrize("cut", [1, 4, 7])
def test_an_import_in_two_parts_finds_what_one_finds(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    rows = [support.contract(n, date(2026, 5, 1) + timedelta(days=n), ground="1号") for n in range(8)]
    found = []
    for parts in ([rows], [rows[:cut], rows[cut:]]):
        engine = open_store(f"sqlite:///{tmp_path_factory.mktemp('parts')}/k.db")
        support.store(engine, organizations=[support.organization()])
        for part in parts:
            support.store(engine, contracts=part)
        test_run.execute(engine)
        found.append(test_run.found(engine))
        engine.dispose()
    assert found[0] == found[1] != []


def test_a_second_organization_with_the_same_rows_has_the_same_findings_and_moves_no_other(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    engine = open_store(f"sqlite:///{tmp_path_factory.mktemp('twice')}/k.db")
    rows = [support.contract(n, date(2026, 5, 1) + timedelta(days=n)) for n in range(4)]
    support.store(engine, organizations=[support.organization()], contracts=rows)
    test_run.execute(engine)
    alone = test_run.found(engine)
    support.store(
        engine,
        organizations=[support.organization("N")],
        contracts=[{**row, "organization": "N"} for row in rows],
    )
    test_run.execute(engine)
    both = test_run.found(engine)
    assert [one for one in both if one["organization"] == "M"] == alone
    assert _ids(both, "N") == _ids(both, "M") != []
    engine.dispose()


def test_an_empty_ledger_is_answered_without_a_finding() -> None:
    for rulebook in RULEBOOKS.values():
        found = Ledger({}, rulebook, FIRST).judge()
        assert {check: (result.findings, result.judged) for check, result in found.items()} == dict.fromkeys(
            all_checks(), ((), 0)
        )
