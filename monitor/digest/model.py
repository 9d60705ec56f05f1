"""The digest as data: every number, sentence and list that page, mail, text and Slack show. Pure.

Only a date from a rule is a 期限 and can be late. The balance reconciles by construction and is asserted.
What is accepted is counted and listed apart; it is in no queue until it ends soon. What a finding looks like: items.py.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from checks import yen
from checks.office_days import Calendar
from monitor.digest.audience import EVERYBODY, Audience
from monitor.digest.items import Item
from monitor.digest.unread import Unread
from monitor.digest.week import Week
from monitor.findings.history import Event, Past
from monitor.findings.lines import Line

TREND_WEEKS = 12
CALENDAR_WEEKS = 5
DETAILS_SHOWN = 500  # findings with their whole story on the page; the rest as rows
MAIL_ROWS = 30  # findings in the mail, which must stay below 75 KB
SLACK_ROWS = 10
GROUPS_SHOWN = 15  # rows of a breakdown in the mail
PRINT_ALL = 50  # up to so many findings, all their stories are printed unless the reader chooses otherwise


@dataclass(frozen=True)
class Numbers:
    """The five figures at the top."""

    overdue: int
    soon: int
    new: int
    new_high: int
    open: int  # 未対応 and 確認


@dataclass(frozen=True)
class Balance:
    """opening + new + reopened − resolved − settled − dismissed + rules_in − rules_out = closing.

    What stands: 未対応, 確認 and 容認. A changed rule is no movement of the contracts, so it has columns of its own.
    """

    opening: int
    new: int
    reopened: int
    resolved: tuple[tuple[str, int], ...]  # by reason
    settled: int
    dismissed: int
    rules_in: int
    rules_out: int
    closing: int

    @property
    def gone(self) -> int:
        """All that was resolved by what has happened to the contracts."""
        return sum(count for _, count in self.resolved)

    @property
    def adds_up(self) -> bool:
        """Whether it reconciles."""
        come = self.opening + self.new + self.reopened + self.rules_in
        return come - self.gone - self.settled - self.dismissed - self.rules_out == self.closing


@dataclass(frozen=True)
class Standing:
    """What stands at the end of the week, by what has been said of it."""

    open: int
    acknowledged: int
    accepted: int
    excepted: int  # of the accepted, those by the file of exceptions
    ending: int  # of the accepted, those that end soon


@dataclass(frozen=True)
class Judged:
    """One check on one organization: how many contracts it judged and which it could not.

    ``flagged`` is None for a check whose findings speak of the ledger as a whole: it is in no rate.
    """

    check_title: str
    organization: str
    judged: int
    flagged: int | None  # judged contracts with an open finding above 参考
    not_judged: tuple[tuple[str, str, int], ...]  # reason, what would mend it, contracts
    error: str
    as_of: date
    stale: bool = False  # not asked, as the ledger is too old; ``error`` says how old

    @property
    def clean_rate(self) -> str:
        """該当なし率 in percent, cut off; '' when nothing was judged."""
        return yen.percent(self.judged - self.flagged, self.judged) if self.judged and self.flagged is not None else ""

    @property
    def left_out(self) -> int:
        """Contracts that could not be judged."""
        return sum(count for _, _, count in self.not_judged)


@dataclass(frozen=True)
class Row:
    """A line of a breakdown: its open findings.

    ``yen`` sums the amounts of their contracts, each contract once, however many findings speak of it: what is at stake
    by each finding cannot be summed, as findings overlap. None where no contract has an amount.
    """

    label: str
    open: int
    high: int
    overdue: int
    new: int
    oldest: date | None
    yen: int | None = None


@dataclass(frozen=True)
class Body:
    """An organization under watch and how fresh its ledger is."""

    id: str
    name: str
    contracts: int
    last_signed: date | None
    quarantined: int = 0  # rows that could not be read
    read_on: date | None = None  # the day on which a file last spoke of it


@dataclass(frozen=True)
class Periods:
    """Periods of the schedule that were due in the week: done, of these late, and failed; due − done − failed were missed."""

    job: str  # run, digest, deliver
    due: int
    done: int
    late: int
    failed: int

    @property
    def missed(self) -> int:
        """Neither done nor failed."""
        return self.due - self.done - self.failed


@dataclass(frozen=True)
class TrendWeek:
    """One week of the trend, as its balance says: what stood at its end, of that 高, what came and what went."""

    week: Week
    closing: int
    high: int
    come: int
    gone: int


@dataclass(frozen=True)
class Day:
    """One day of the calendar: whose rule's date (``due``) or end of an acceptance (``ending``) it is, by urgency."""

    on: date
    closed: str  # 土, 日, the holiday's name, 年末年始; '' on a working day
    due: tuple[Item, ...] = ()
    ending: tuple[Item, ...] = ()

    @property
    def count(self) -> int:
        """Findings on that day."""
        return len(self.due) + len(self.ending)


@dataclass(frozen=True)
class Published:
    """One class of publications of one organization and one due period. Counts of contracts."""

    organization: str
    label: str  # the class
    first: date  # of the signing dates
    last: date
    due_on: date  # the last due date of them
    in_time: int
    late: int
    missing: int  # past the due date and not known to be published
    ahead: int  # not due yet


@dataclass(frozen=True)
class RuleChange:
    """A figure of a rulebook that begins or ends to apply in the week or within five weeks after it."""

    on: date
    rulebook: str  # its name
    what: str  # place and figures, in Japanese
    source: str
    verified: bool


@dataclass(frozen=True)
class Rejudged:
    """A check that judged anew in the week because rules, parameters or the check itself had changed."""

    check_title: str
    organizations: tuple[str, ...]


@dataclass(frozen=True)
class Monitor:
    """The state of the monitor itself in the week."""

    runs_done: int
    runs_failed: int
    last_run: date | None
    dead: int
    unknown: int
    quarantined: int
    set_aside: int = 0  # rows that a person has set aside, as they are no contract
    held: int = 0  # findings whose messages wait until a person releases them
    periods: tuple[Periods, ...] = ()  # one per job of the schedule


@dataclass(frozen=True)
class Digest:
    """Everything."""

    week: Week
    first: bool  # nothing was on record before this week
    verdict: str
    numbers: Numbers
    before: Numbers
    queue: tuple[Item, ...]
    new: tuple[Item, ...]
    worse: tuple[Item, ...]
    reopened: tuple[Item, ...]
    resolved: tuple[Item, ...]
    open: tuple[Item, ...]  # 未対応 and 確認
    accepted: tuple[Item, ...]  # 容認: counted, listed by the date on which it ends
    closed: tuple[Item, ...]  # 処置済 and 誤検知 of this week
    standing: Standing
    balance: Balance
    judged: tuple[Judged, ...]
    by_check: tuple[Row, ...]
    by_organization: tuple[Row, ...]
    bodies: tuple[Body, ...]
    monitor: Monitor
    head: str
    lines: tuple[Line, ...]  # what stands, as the workbook has it, in the order of the lists
    audience: Audience = EVERYBODY
    by_department: tuple[Row, ...] = ()
    by_owner: tuple[Row, ...] = ()  # by the contact that the routes name; a finding of several is in each
    trend: tuple[TrendWeek, ...] = ()  # at most TREND_WEEKS, the last one is this week; none before the first record
    calendar: tuple[Day, ...] = ()  # CALENDAR_WEEKS × 7 days from the Monday after the week
    published: tuple[Published, ...] = ()  # the newest periods first
    rules: tuple[RuleChange, ...] = ()
    rejudged: tuple[Rejudged, ...] = ()
    unread: tuple[Unread, ...] = ()  # rows that wait for their correction, by file
    gone_at_once: int = 0  # new in the week and gone in it
    answer_by: date | None = None  # our own wish, never a 期限: the last working day of the week in which it is read

    @property
    def judgements(self) -> int:
        """Judgements of contracts: contracts × checks, without the checks that speak of the ledger."""
        return sum(row.judged for row in self.judged if row.flagged is not None)

    @property
    def clean(self) -> int:
        """Judgements without an open finding above 参考."""
        return self.judgements - sum(row.flagged or 0 for row in self.judged)

    @property
    def clean_rate(self) -> str:
        """該当なし率 in percent, cut off; '' when nothing was judged."""
        return yen.percent(self.clean, self.judgements) if self.judgements else ""

    @property
    def left_out(self) -> int:
        """Judgements that could not be made."""
        return sum(row.left_out for row in self.judged)

    @property
    def left_out_by_reason(self) -> tuple[tuple[str, int], ...]:
        """The same by reason, the most frequent first."""
        counts: Counter[str] = Counter()
        for row in self.judged:
            for reason, _, count in row.not_judged:
                counts[reason] += count
        return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def serious(self) -> int:
        """Findings of the queue that no rule's date brings there: 高, and new, worse or back this week."""
        return len(self.queue) - self.numbers.overdue - self.numbers.soon - self.standing.ending

    @property
    def listed(self) -> tuple[Item, ...]:
        """What mail and Slack list from the top: the queue, with acceptances that end soon, then the other open ones."""
        queued = {item.id for item in self.queue}
        return (*self.queue, *(item for item in self.open if item.id not in queued))

    @cached_property
    def worse_ids(self) -> frozenset[str]:
        """Ids of what got worse in the week."""
        return frozenset(item.id for item in self.worse)

    @cached_property
    def reopened_ids(self) -> frozenset[str]:
        """Ids of what came back in the week."""
        return frozenset(item.id for item in self.reopened)

    @property
    def gone_and_back(self) -> int:
        """Resolved in the week and open again."""
        return self.balance.gone + self.balance.rules_out - len(self.resolved)


@dataclass(frozen=True)
class Sources:
    """What the model is made from, all as of the week's end."""

    past: Mapping[str, Past]
    events: Sequence[Event]
    contracts: Mapping[tuple[str, str], Mapping[str, Any]]  # (organization, contract_id) → stored row
    evaluations: Sequence[Mapping[str, Any]]  # the last one of each organization and check
    bodies: Sequence[Body]
    monitor: Monitor
    head: str
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # finding → labels of its contacts
    rules: Sequence[RuleChange] = ()
    rejudged: Sequence[Rejudged] = ()
    unread: Sequence[Unread] = ()
    flagged: Mapping[tuple[str, str], frozenset[str]] | None = None  # of the whole, where these are a slice's
    office: Calendar = field(default_factory=Calendar)
    since: date | None = None  # of a slice: when the whole of which it is a part was first on record
