"""What a check says: findings, how much was judged, what was not judged and why."""

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final, Self


class Severity(StrEnum):
    """How much it matters, 高 > 中 > 低 > 参考."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info up to 3 for high."""
        return _RANK[self]

    @property
    def label(self) -> str:
        """The Japanese word, one for every medium."""
        return _LABEL[self]

    def level_down(self) -> "Severity":
        """One level lower; low stays low, info stays info."""
        return _DOWN.get(self, self)


_RANK = {Severity.HIGH: 3, Severity.MEDIUM: 2, Severity.LOW: 1, Severity.INFO: 0}
_DOWN = {Severity.HIGH: Severity.MEDIUM, Severity.MEDIUM: Severity.LOW}
_LABEL = {Severity.HIGH: "高", Severity.MEDIUM: "中", Severity.LOW: "低", Severity.INFO: "参考"}


class NotJudged(StrEnum):
    """Why a contract was not judged: never to be read as clean."""

    NO_RULE = "規程なし"  # the rulebook has no such figure
    NO_COLUMN = "列なし"  # the ledger has no such column
    BLANK = "空欄"  # the cell is blank
    TABLES_DISAGREE = "表選択不能"  # two tables may apply and they disagree
    TOO_FEW = "件数不足"  # a statistic needs more contracts


class Closed(StrEnum):
    """A thing that the check itself knows to be over: it is told once and closed in the same run."""

    LATE = "late"  # 遅れて実施


@dataclass(frozen=True)
class Finding:
    """A suspicion (疑い) or a passed date, with the evidence that a person needs to decide.

    ``subject`` identifies it together with check and organization and is built of stable parts only. ``keys`` are
    all the parts by which an earlier finding may be the same one (members of a set, names of a vendor).
    ``step`` counts the reminders due so far: a rising step is told again. Amounts in ``figures`` are integer yen,
    ratios are decimal text in percent, dates are ISO text.
    """

    check: str
    organization: str
    subject: str
    contracts: tuple[str, ...]
    severity: Severity
    title: str
    explanation: str
    next_step: str
    authority: str
    verified: bool
    figures: Mapping[str, Any] = field(default_factory=dict)
    due_on: date | None = None
    assumed: bool = False  # the due date is our assumption, where no rule or instruction sets one
    keys: tuple[str, ...] = ()
    department: str = ""
    pattern: str = ""
    step: int = 0
    closed: Closed | None = None


Reason = tuple[NotJudged, str]
"""Why, and which column or rule would mend it."""


class Reasons(dict[Reason, int]):
    """Reason → number of contracts; it remembers which these are, for who asks about one (``of``)."""

    def __init__(self) -> None:
        super().__init__()
        self._contracts: dict[Reason, list[Collection[str]]] = {}

    @classmethod
    def all(cls, why: Reason, contracts: Collection[str]) -> Self:
        """One reason for all of them."""
        made = cls()
        made.add(why, contracts)
        return made

    def add(self, why: Reason, contracts: Collection[str]) -> None:
        """So many more, each once; held as they are given (a column of a frame, a list)."""
        self[why] = self.get(why, 0) + len(contracts)
        self._contracts.setdefault(why, []).append(contracts)

    def each(self, reasons: Iterable[tuple[Reason, str]]) -> None:
        """One more for each pair of a reason and a contract."""
        held: dict[Reason, list[str]] = {}
        for why, contract in reasons:
            held.setdefault(why, []).append(contract)
        for why, contracts in held.items():
            self.add(why, contracts)

    def of(self, contract: str) -> list[Reason]:
        """Why a contract was not judged, or not wholly; empty if nothing kept it from being judged."""
        return [
            why for why, held in self._contracts.items() if any(True for ids in held for _ in _those(ids, {contract}))
        ]

    def among(self, contracts: Collection[str]) -> dict[str, set[Reason]]:
        """The same for those of many contracts that were not judged, or not wholly."""
        wanted, found = frozenset(contracts), dict[str, set[Reason]]()
        for why, held in self._contracts.items():
            for contract in (one for ids in held for one in _those(ids, wanted)):
                found.setdefault(contract, set()).add(why)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        """Between processes only the numbers travel."""
        return dict, (dict(self),)


def _those(contracts: Any, wanted: Set[str]) -> Iterable[str]:
    """The contracts that are wanted. A column of a frame is asked as a whole: most of a ledger may stand in it."""
    if not wanted:
        return ()
    if not hasattr(contracts, "array"):
        return (one for one in contracts if one in wanted)
    from checks.columns import among  # findings are read where no frame is (monitor/findings)

    mask = among(contracts, wanted)
    found: list[str] = contracts.array[mask].tolist() if mask.any() else []
    return found


@dataclass(frozen=True)
class Tally:
    """How the contracts of one class and due period stand: what a picture shows of all, not only of findings.

    ``first`` and ``last`` are signing dates, ``due_on`` the last due date; the rest are counts of contracts, each in one.
    """

    label: str
    first: date
    last: date
    due_on: date
    in_time: int
    late: int
    missing: int
    ahead: int


@dataclass(frozen=True)
class CheckResult:
    """One check on one organization as of one date.

    ``judged`` and ``not_judged`` count contracts. ``next_on`` is the next date on which the answer can change
    without new data, None if only new data can change it. ``asked`` are the contracts that the check speaks of, where
    these are not all (those with subcontracts); of the others it says nothing, not even that they are clean.
    """

    findings: tuple[Finding, ...] = ()
    judged: int = 0
    not_judged: Reasons = field(default_factory=Reasons)
    next_on: date | None = None
    asked: frozenset[str] | None = None
    tally: tuple[Tally, ...] = ()


@dataclass(frozen=True)
class Answer:
    """A check's answer in numbers, for the check that looks at the answers of the others. Counts of contracts and findings."""

    judged: int
    found: int
    not_judged: Mapping[tuple[NotJudged, str], int]

    @classmethod
    def of(cls, result: CheckResult) -> "Answer":
        """The numbers of a whole answer."""
        return cls(result.judged, len(result.findings), result.not_judged)


UNVERIFIED_NOTE: Final = "この判定には公的な原文で確認していない数値が含まれます（規程未確認）。"
