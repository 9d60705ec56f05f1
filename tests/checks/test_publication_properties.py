"""Properties of publication_due on random small ledgers: what may not change a finding, and what next_on promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import ledger, periods, publication
from checks.finding import CheckResult, NotJudged
from checks.publication_due import PublicationParameters, examine
from checks.register import KNOWN, Register, build
from monitor.rulebooks import load
from monitor.settings import default_config_dir

RULEBOOKS = load([default_config_dir() / "rulebooks"])
START, AS_OF = date(2025, 11, 1), date(2026, 6, 1)
DAYS = 120
SELDOM = settings(max_examples=max(1, settings().max_examples // 10))  # each example asks for many days
PARAMETERS = PublicationParameters()


@dataclass(frozen=True)
class Ledger:
    """Rows of one organization under one rulebook."""

    rulebook: str
    contracts: tuple[Mapping[str, Any], ...]
    publications: tuple[Mapping[str, Any], ...]

    @cached_property
    def whole(self) -> Register:
        rows = {"contracts": self.contracts, "publications": self.publications}
        columns = {
            "contracts": frozenset(ledger.CONTRACTS.by_name),
            "publications": frozenset(ledger.PUBLICATIONS.by_name),
        }
        known = dict(enumerate(columns.values(), start=1))
        marked = {table: [{**row, KNOWN: i} for row in rows[table]] for i, table in enumerate(columns, start=1)}
        # one publication of an unknown contract: the table is there even where it is empty for these
        marked["publications"].append(
            {"contract_id": "elsewhere", "kind": "結果", "medium": "ウェブ", "published_on": START, KNOWN: 2}
        )
        return build("M", "模擬市", marked, known)

    def register(self, as_of: date) -> tuple[Register, date | None]:
        return self.whole.seen_on(as_of)

    def ask(self, as_of: date) -> CheckResult:
        return examine(self.register(as_of)[0], RULEBOOKS[self.rulebook], as_of, PARAMETERS)

    def next_on(self, as_of: date) -> date | None:
        """The next date on which the answer or the view of the register changes, as a run combines them."""
        register, moved = self.register(as_of)
        answer = examine(register, RULEBOOKS[self.rulebook], as_of, PARAMETERS)
        return min((day for day in (answer.next_on, moved) if day), default=None)


def days(first: date, last: date) -> st.SearchStrategy[date]:
    return st.dates(first, last)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


AMOUNTS = st.sampled_from(
    [299_999, 300_000, 300_001, 800_001, 999_999, 1_000_000, 1_000_001, 2_000_001, 2_500_001, 4_000_001, 90_000_000]
)
CONTRACT = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["業務", "市民会館の指定管理", "机の購入"]),
        "category": st.sampled_from(["", *ledger.CATEGORIES]),
        "method": st.sampled_from(["", ledger.OPEN, ledger.SOLE, ledger.SOLE, ledger.PROPOSAL]),
        "ground": st.sampled_from(["", "1号", "3号", "2号共通①", "5号", "99条18号", "99条1号"]),
        "signed_on": days(START, AS_OF + timedelta(days=20)),
        "procured_on": maybe(st.just(date(2025, 10, 1))),
        "awarded_on": maybe(days(START - timedelta(days=10), AS_OF)),
        "starts_on": maybe(days(START, AS_OF)),
        "design_price": maybe(AMOUNTS),
        "estimated_price": maybe(AMOUNTS),
        "commitment_amount": maybe(AMOUNTS),
        "amount": maybe(AMOUNTS),
        "unit_price": maybe(st.booleans()),
        "construction_related": maybe(st.booleans()),
        "account": st.sampled_from(["", "", "水道"]),
        "specific_procurement": st.sampled_from(["", "", "物品"]),
        "vendor_numbers": st.sampled_from(["", "2000020111007", "1999900000016"]),
        "vendors": st.just("㈱甲"),
        "department": st.sampled_from(["甲課", "乙課"]),
    }
)
PUBLICATION = st.fixed_dictionaries(
    {
        "medium": st.sampled_from(["", "閲覧", "ウェブ", "契約公報", "窓口", "官報"]),
        "published_on": maybe(days(START, AS_OF + timedelta(days=60))),
        "withdrawn_on": maybe(days(START, AS_OF + timedelta(days=60))),
        "items": st.sampled_from(["", "契約", "件名等\n契約金額"]),
    }
)


@st.composite
def ledgers(draw: st.DrawFn, rulebook: str, fewest: int = 1) -> Ledger:
    contracts = draw(st.lists(CONTRACT, min_size=fewest, max_size=fewest + 7))
    named = tuple({**row, "contract_id": f"C{number}"} for number, row in enumerate(contracts))
    published = []
    for row in named:
        media = draw(st.lists(PUBLICATION, max_size=3, unique_by=lambda one: one["medium"] or "ウェブ"))
        published += [{**one, "contract_id": row["contract_id"], "kind": "結果"} for one in media]
    return Ledger(rulebook, named, tuple(published))


def renamed(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    return tuple({**row, "contract_id": names[row["contract_id"]]} for row in rows)


def identities(answer: CheckResult) -> set[str]:
    return {finding.subject for finding in answer.findings}


def told(answer: CheckResult) -> list[Any]:
    """All that an answer says, in an order of its own."""
    findings = sorted(answer.findings, key=lambda finding: finding.subject)
    return [findings, answer.judged, sorted(answer.not_judged.items())]


both = pytest.mark.parametrize("rulebook", ["saitama", "national"])


@both
@given(data=st.data())
def test_the_order_of_rows_changes_nothing(rulebook: str, data: st.DataObject) -> None:
    held = data.draw(ledgers(rulebook))
    mixed = Ledger(
        rulebook,
        tuple(data.draw(st.permutations(held.contracts))),
        tuple(data.draw(st.permutations(held.publications))),
    )
    assert mixed.ask(AS_OF) == held.ask(AS_OF)


@both
@given(data=st.data())
def test_other_contract_ids_change_the_ids_in_findings_and_nothing_else(rulebook: str, data: st.DataObject) -> None:
    held = data.draw(ledgers(rulebook))
    ids = [row["contract_id"] for row in held.contracts]
    # other names in another order, none of which is a part of another
    names = dict(zip(ids, data.draw(st.permutations([f"令8-{i:03}" for i in range(len(ids))])), strict=True))
    other = Ledger(rulebook, renamed(held.contracts, names), renamed(held.publications, names))
    before, after = held.ask(AS_OF), other.ask(AS_OF)

    def subject(text: str) -> str:
        first, *rest = text.split("|")
        return "|".join((names.get(first, first), *rest))

    assert {subject(finding.subject) for finding in before.findings} == identities(after)
    by_subject = {finding.subject: finding for finding in after.findings}
    for finding in before.findings:
        twin = by_subject[subject(finding.subject)]
        assert sorted(names[one] for one in finding.contracts) == sorted(twin.contracts)
        assert (finding.severity, finding.pattern, finding.due_on, finding.step, finding.explanation) == (
            twin.severity, twin.pattern, twin.due_on, twin.step, twin.explanation,
        )  # fmt: skip
    assert (before.judged, before.not_judged) == (after.judged, after.not_judged)


@both
@given(data=st.data())
def test_a_day_that_passes_before_the_next_date_changes_nothing(rulebook: str, data: st.DataObject) -> None:
    held = data.draw(ledgers(rulebook))
    as_of = AS_OF + timedelta(days=data.draw(st.integers(0, 30)))
    following, next_on = as_of + timedelta(days=1), held.next_on(as_of)
    if next_on is None or next_on > following:
        assert told(held.ask(as_of)) == told(held.ask(following))


@both
@SELDOM
@given(data=st.data())
def test_the_next_date_is_the_first_on_which_the_answer_changes(rulebook: str, data: st.DataObject) -> None:
    held = data.draw(ledgers(rulebook, fewest=12))
    answers = [held.ask(AS_OF + timedelta(days=passed)) for passed in range(DAYS + 1)]
    for passed, (before, after) in enumerate(pairwise(answers)):
        today, tomorrow = AS_OF + timedelta(days=passed), AS_OF + timedelta(days=passed + 1)
        moved = held.register(today)[1]  # the view itself changes: a publication planned for that day, a new contract
        assert before.next_on is None or before.next_on > today
        if told(before) != told(after):
            assert tomorrow in (before.next_on, moved)
        elif moved != tomorrow:
            assert before.next_on != tomorrow


@both
@given(data=st.data())
def test_what_was_published_in_time_in_every_medium_gives_no_finding(rulebook: str, data: st.DataObject) -> None:
    drawn = data.draw(ledgers(rulebook))
    silent = Ledger(rulebook, drawn.contracts, ())
    owed = publication.duties(silent.register(AS_OF)[0], RULEBOOKS[rulebook], PARAMETERS.prompt_days).owed
    published: dict[tuple[str, str], date] = {}
    for item in owed:
        for due in item.due:
            medium = data.draw(st.sampled_from(due.media))
            # from the signing to the due date; a decision that follows the signing is no earlier day
            day = data.draw(days(item.signed_on, max(due.on, item.signed_on)))
            if day <= due.on:
                key = (item.contract_id, medium)
                published[key] = min(day, published.get(key, day))
    held = Ledger(
        rulebook,
        drawn.contracts,
        tuple(
            {"contract_id": contract, "kind": "結果", "medium": medium, "published_on": day, "items": ""}
            for (contract, medium), day in published.items()
        ),
    )
    last = max((due.on for item in owed for due in item.due), default=AS_OF)
    answer = held.ask(max(last, AS_OF) + timedelta(days=1))
    late_signed = {row["contract_id"] for row in drawn.contracts if row["signed_on"] > AS_OF}
    signed_after_due = {item.contract_id for item in owed if any(due.on < item.signed_on for due in item.due)}
    accused = {one for finding in answer.findings for one in finding.contracts}
    assert accused <= late_signed | signed_after_due


@both
@given(data=st.data())
def test_the_tally_counts_each_duty_once_and_agrees_with_the_findings(rulebook: str, data: st.DataObject) -> None:
    held = data.draw(ledgers(rulebook))
    answer = held.ask(AS_OF)
    owed = publication.duties(held.register(AS_OF)[0], RULEBOOKS[rulebook], PARAMETERS.prompt_days).owed
    counted = [one.in_time + one.late + one.missing + one.ahead for one in answer.tally]
    assert sum(counted) == len([item for item in owed if item.due])
    assert all(one.first <= one.last for one in answer.tally)
    overdue = [one for one in answer.findings if one.pattern == "未公表"]
    assert sum(one.missing for one in answer.tally) == len(overdue)
    late = [one for one in answer.findings if one.pattern == "遅延実施"]
    assert sum(one.late for one in answer.tally) + sum(one.ahead for one in answer.tally) >= len(late)


@both
@given(data=st.data())
def test_each_contract_that_counts_is_judged_or_not_judged_once(rulebook: str, data: st.DataObject) -> None:
    held = data.draw(ledgers(rulebook))
    answer = held.ask(AS_OF)
    seen = [row for row in held.contracts if row["signed_on"] <= AS_OF]
    assert answer.judged + sum(answer.not_judged.values()) == len(seen)
    assert all(isinstance(reason, NotJudged) for reason, _ in answer.not_judged)
    assert len(identities(answer)) == len(answer.findings)


@both
@given(data=st.data())
def test_publishing_one_contract_leaves_the_identities_of_all_others(rulebook: str, data: st.DataObject) -> None:
    held = data.draw(ledgers(rulebook))
    ids = [row["contract_id"] for row in held.contracts]
    chosen = data.draw(st.sampled_from(ids))
    media = ("閲覧", "ウェブ", "契約公報", "窓口", "官報")
    others = tuple(row for row in held.publications if row["contract_id"] != chosen)
    now = tuple({"contract_id": chosen, "kind": "結果", "medium": medium, "published_on": AS_OF} for medium in media)
    before, after = (
        Ledger(rulebook, held.contracts, others).ask(AS_OF),
        Ledger(rulebook, held.contracts, others + now).ask(AS_OF),
    )

    def about_others(answer: CheckResult) -> set[str]:
        return {finding.subject for finding in answer.findings if set(finding.contracts) - {chosen}}

    assert about_others(before) == about_others(after)


@given(days(date(2020, 4, 1), date(2030, 3, 31)))
def test_a_year_of_retention_ends_on_the_day_before_a_year_from_the_next_day(signed: date) -> None:
    begins = signed + timedelta(days=1)
    twin = (
        date(begins.year + 1, 2, 28) + timedelta(days=1)
        if (begins.month, begins.day) == (2, 29)
        else begins.replace(year=begins.year + 1)
    )
    assert periods.months_after(signed, 12) == twin - timedelta(days=1)
