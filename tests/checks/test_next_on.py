"""Every check names a next day no later than the first on which its answer changes: an office that waits until it misses nothing."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from checks import ledger
from checks.catalogue import all_checks
from checks.finding import Answer, CheckResult
from checks.register import KNOWN, Register, build
from monitor.rulebooks import load
from monitor.settings import default_config_dir

RULEBOOKS = load([default_config_dir() / "rulebooks"])
FIRST = date(2025, 9, 1)
STEPS = 2  # turns that are followed in each example
_ALL = tuple(all_checks())
_FAR = timedelta(days=800)  # where nothing is announced, the answer is the same so long after

_DAY = st.integers(0, 400).map(lambda days: FIRST + timedelta(days=days))
_MAYBE = st.none() | _DAY
_SELDOM = st.none() | st.none() | st.none() | _DAY
_PLANNED = st.none() | st.integers(300, 800).map(lambda days: FIRST + timedelta(days=days))
_NAME = st.sampled_from(["㈱甲", "株式会社甲", "乙㈲"])


def _rows(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(columns)


_CONTRACT = _rows(
    department=st.sampled_from(["建設部 道路課", "教育部 施設課"]),
    title=st.sampled_from(
        ["側溝改修工事（その1）", "側溝改修工事（その2）", "電算システム保守業務", "市民会館の指定管理"]
    ),
    category=st.sampled_from(["工事", "物品購入", "業務委託", ""]),
    method=st.sampled_from(["随意契約", "随意契約", "一般競争", ""]),
    ground=st.sampled_from(["1号", "2号", "2号物品等⑧", "2号物品等⑧", ""]),
    procured_on=_MAYBE,
    awarded_on=_MAYBE,
    signed_on=_DAY,
    starts_on=_MAYBE,
    ends_on=_PLANNED,
    cancelled_on=_SELDOM,
    estimated_price=st.sampled_from([None, 1_100_000, 1_990_000, 5_000_000]),
    amount=st.sampled_from([None, 1_090_000, 1_980_000, 4_900_000]),
    vendors=_NAME,
    score_points=st.sampled_from(["", "5", "なし", "別紙"]),
)
_PUBLICATION = _rows(
    kind=st.just("結果"), medium=st.sampled_from(["閲覧", "ウェブ"]), published_on=_MAYBE, withdrawn_on=_MAYBE
)
_SUBCONTRACT = _rows(
    subcontractor=_NAME,
    tier=st.sampled_from([None, 1, 1, 2]),
    amount=st.sampled_from([None, 100_000, 900_000, 3_000_000]),
    clerical=st.none() | st.booleans(),
    requested_on=_MAYBE,
    approved_on=_SELDOM,
    changed_on=_SELDOM,
    change_approved_on=_SELDOM,
    notified_on=_MAYBE,
    reported_on=_SELDOM,
    starts_on=_SELDOM,
    ended_on=_SELDOM,
)
_DECLARATION = _rows(
    vendor=_NAME,
    basis=st.sampled_from(["", "事業年度", "暦年"]),
    period_end=_DAY,
    declared_rate=st.sampled_from(["", "1.5", "3"]),
    previous_total=st.sampled_from([None, 100_000_000]),
    current_total=st.sampled_from([None, 101_000_000, 104_000_000]),
    instructed_due=_PLANNED,
    submitted_on=_SELDOM,
    documents=st.sampled_from(["", "様式2", "様式2\n法人事業概況説明書"]),
    result=st.sampled_from(["", "", "", "達成", "未達成"]),
    confirmed_on=_MAYBE,
)
_SANCTION = _rows(vendor=_NAME, kind=st.sampled_from(["減点", "指名停止"]), starts_on=_DAY, ends_on=_MAYBE)
_LISTED = _rows(
    register=st.sampled_from(["第1四半期.csv", "年度計.csv"]),
    medium=st.sampled_from(["", "ウェブ", "閲覧"]),
    published_on=_MAYBE,
    more=st.sampled_from([0, 0, 0, 7_000]),
    dropped=st.booleans(),
)
_OF_CONTRACTS = {"publications": _PUBLICATION, "subcontracts": _SUBCONTRACT, "wage_declarations": _DECLARATION}


@dataclass(frozen=True)
class Ledger:
    """Rows of the tables that checks read, under one rulebook."""

    rulebook: str
    rows: Mapping[str, list[dict[str, Any]]]

    @cached_property
    def _whole(self) -> Register:
        known = {n: frozenset(ledger.TABLES[table].by_name) for n, table in enumerate(self.rows, start=1)}
        marked = {table: [{**row, KNOWN: n} for row in rows] for n, (table, rows) in enumerate(self.rows.items(), start=1)}  # fmt: skip
        return build("M", "模擬市", marked, known)

    def ask(self, as_of: date, names: Collection[str] = _ALL) -> tuple[dict[str, CheckResult], date | None]:
        """What checks say on a day, and the day on which the view of the register itself changes, as a run has them."""
        register, moved = self._whole.seen_on(as_of)
        found: dict[str, CheckResult] = {}
        asked = _ALL if any(all_checks()[name].reads_answers for name in names) else names
        for check in sorted(map(all_checks().__getitem__, asked), key=lambda check: check.reads_answers):
            told = {name: Answer.of(result) for name, result in found.items()}
            seen = register.answered(told) if check.reads_answers else register
            found[check.id] = check.examine(seen, RULEBOOKS[self.rulebook], as_of, check.parameters())
        return found, moved


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    contracts = [
        {**row, "contract_id": f"C{n}"} for n, row in enumerate(draw(st.lists(_CONTRACT, min_size=3, max_size=8)))
    ]
    rows: dict[str, list[dict[str, Any]]] = {"contracts": contracts}
    for table, strategy in _OF_CONTRACTS.items():
        drawn = draw(st.lists(st.tuples(st.sampled_from(contracts), strategy), max_size=12))
        rows[table] = [
            {**row, "contract_id": contract["contract_id"], "subcontract_id": f"S{n}"}
            for n, (contract, row) in enumerate(drawn)
        ]
    same = ("title", "department", "method", "ground", "signed_on", "estimated_price", "amount", "vendors")
    listed = draw(st.lists(st.tuples(st.sampled_from(contracts), _LISTED), max_size=8))
    rows["register_rows"] = [
        {
            **row,
            "entry": f"E{n}",
            **{name: contract[name] for name in same},
            "amount": (contract["amount"] or 0) + row["more"],
        }
        for n, (contract, row) in enumerate(listed)
    ]
    rows["vendor_sanctions"] = draw(st.lists(_SANCTION, max_size=3))
    return Ledger(draw(st.sampled_from(["rinya", "saitama"])), rows)


def _told(answer: CheckResult) -> Any:
    return answer.findings, answer.judged, dict(answer.not_judged)


def _until(answers: Mapping[str, CheckResult], moved: date | None) -> Iterator[tuple[str, date | None]]:
    """Each check and the day on which it is to be asked again; one that reads the answers of the others waits for them all."""
    every = [answer.next_on for answer in answers.values()]
    for name, answer in answers.items():
        days = every if all_checks()[name].reads_answers else [answer.next_on]
        yield name, min((day for day in (*days, moved) if day), default=None)


@given(held=ledgers(), data=st.data())
def test_no_answer_changes_before_the_next_date(held: Ledger, data: st.DataObject) -> None:
    today = FIRST + timedelta(days=data.draw(st.integers(350, 600)))
    for _ in range(STEPS):
        answers, moved = held.ask(today)
        until = dict(_until(answers, moved))
        assert all(day is None or day > today for day in until.values())
        ends = {name: day - timedelta(days=1) if day else today + _FAR for name, day in until.items()}
        for last in sorted(set(ends.values()) - {today}):
            names = [name for name, end in ends.items() if end == last]
            later, _ = held.ask(last, names)
            for name in names:
                assert _told(later[name]) == _told(answers[name]), (name, today, last)
        turning = [day for day in until.values() if day]
        if not turning:
            return
        today = data.draw(st.sampled_from(sorted(set(turning))))
