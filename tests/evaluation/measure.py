"""How well a check judges: what it finds of the planted, whom it accuses of the near misses, what else it tells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from time import perf_counter
from typing import Any

from checks.catalogue import all_checks
from checks.finding import CheckResult, Finding
from checks.register import KNOWN, Register, build
from monitor import rulebooks
from monitor.settings import default_config_dir
from tests.evaluation.book import PLANTED, Label, Labelled
from tests.evaluation.hard.identities import PairLabel
from tests.evaluation.hard.piles import RegisterLabel
from tests.evaluation.ledgers import ledger

RANK = {"": -1, "info": 0, "low": 1, "medium": 2, "high": 3}
PREVALENCE = 0.01  # of all sets that look like it, in an office where little is wrong
NEAR_LIMIT = 0.03  # of the planted limit: a pile cannot tell it more exactly
FOREIGN = 1 / 3  # a finding with a larger share of contracts that are not the set's is impure


@dataclass
class Verdict:
    """What became of one label."""

    shape: str
    seed: int
    label: Label
    hit: bool  # planted: found; near miss: accused
    impure: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass
class Score:
    """One check over some ledgers."""

    check: str
    verdicts: list[Verdict] = field(default_factory=list)
    alarms: list[tuple[str, int, Finding]] = field(default_factory=list)  # findings that touch no label of the check
    contracts: int = 0
    seconds: float = 0.0

    def _of(self, planted: bool) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if (verdict.label.kind == PLANTED) == planted]

    @property
    def planted(self) -> int:
        return len(self._of(True))

    @property
    def found(self) -> int:
        return sum(verdict.hit for verdict in self._of(True))

    @property
    def misses(self) -> int:
        return len(self._of(False))

    @property
    def accused(self) -> int:
        return sum(verdict.hit for verdict in self._of(False))

    @property
    def impure(self) -> int:
        return sum(verdict.impure for verdict in self.verdicts)

    @property
    def recall(self) -> float:
        return self.found / self.planted if self.planted else 1.0

    @property
    def accusation(self) -> float:
        """The share of near misses that is accused."""
        return self.accused / self.misses if self.misses else 0.0

    @property
    def precision(self) -> float:
        """TP/(TP+FP) with as many near misses as planted sets."""
        told = self.recall + self.accusation
        return self.recall / told if told else 1.0

    @property
    def precision_rare(self) -> float:
        """The same where 1% is planted and 99% are near misses."""
        true, false = self.recall * PREVALENCE, self.accusation * (1 - PREVALENCE)
        return true / (true + false) if true + false else 1.0

    @property
    def alarms_per_thousand(self) -> float:
        return 1000 * len(self.alarms) / self.contracts if self.contracts else 0.0

    def by_pattern(self) -> dict[tuple[bool, str], tuple[int, int]]:
        """(planted, pattern) → (hits, number)."""
        counts: dict[tuple[bool, str], tuple[int, int]] = {}
        for verdict in self.verdicts:
            key = verdict.label.kind == PLANTED, verdict.label.pattern
            hits, number = counts.get(key, (0, 0))
            counts[key] = hits + verdict.hit, number + 1
        return counts


@cache
def _rulebooks() -> Mapping[str, Any]:
    return rulebooks.load([default_config_dir() / "rulebooks"])


@cache
def register(shape: str, seed: int) -> Register:
    """The ledger as one organization's register, as it was known on its date."""
    made = ledger(shape, seed)
    rows, known = {}, {}
    for number, (table, given) in enumerate(made.tables.items(), start=1):
        rows[table] = [{**row, KNOWN: number} for row in given]
        known[number] = frozenset(given[0])
    renames = rulebooks.renames(default_config_dir() / "vendor-names.yaml")
    return build(made.organization, made.organization, rows, known, renames).seen_on(made.as_of)[0]


def ask(check: str, made: Labelled, parameters: Mapping[str, Any] | None = None) -> CheckResult:
    """The check's answer about a ledger."""
    one = all_checks()[check]
    chosen = one.parameters.model_validate(parameters or {})
    return one.examine(register(made.shape, made.seed), _rulebooks()[made.rulebook], made.as_of, chosen)


def verdict(made: Labelled, label: Label, findings: Iterable[Finding]) -> Verdict:
    """Planted: one finding holds half of the set and two of it; near miss: one finding above at_most holds two of it."""
    own = set(label.contracts)
    planted = label.kind == PLANTED
    if isinstance(label, RegisterLabel):
        told = tuple(each for each in findings if _about(each, label))
        return Verdict(made.shape, made.seed, label, bool(told), findings=told)
    enough = min(len(own), 2)
    hits = []
    for finding in findings:
        held = own & set(finding.contracts)
        if planted:
            if len(held) >= max(enough, len(own) / 2) and finding.severity.rank >= RANK[label.at_least]:
                hits.append(finding)
        elif len(held) >= enough and finding.severity.rank > RANK[label.at_most]:
            hits.append(finding)
    if isinstance(label, PairLabel) and planted == label.same_company and not label.must_tell and _merged(made, label):
        return Verdict(made.shape, made.seed, label, hit=True, findings=tuple(hits))
    whole = not isinstance(label, PairLabel)  # of a pair only one contract of each name is labelled
    impure = planted and whole and len(own) > 1 and bool(hits) and min(_foreign(each, own) for each in hits) > FOREIGN
    return Verdict(made.shape, made.seed, label, bool(hits), impure, tuple(hits))


def _about(finding: Finding, label: RegisterLabel) -> bool:
    """Whether a finding says what the label of a register says: near the planted limit; of a near miss anything above at_most."""
    if label.kind != PLANTED:
        return finding.severity.rank > RANK[label.at_most]
    near = abs(int(finding.figures["limit"]) - label.limit) <= NEAR_LIMIT * label.limit
    return near and finding.severity.rank >= RANK[label.at_least]


def _merged(made: Labelled, label: PairLabel) -> bool:
    """Whether the register counts all these contracts as one vendor's already, so that no finding is needed."""
    held = register(made.shape, made.seed).vendors
    return held.loc[held["contract_id"].isin(label.contracts), "identity"].nunique() == 1


def _foreign(finding: Finding, own: set[str]) -> float:
    return len(set(finding.contracts) - own) / len(finding.contracts)


def score(check: str, ledgers: Sequence[tuple[str, int]], parameters: Mapping[str, Any] | None = None) -> Score:
    """One check over the ledgers that have labels of it; others are left out, for there its rule may not exist."""
    total = Score(check)
    for shape, seed in ledgers:
        made = ledger(shape, seed)
        labels = [label for label in made.labels if label.check == check]
        if not labels:
            continue
        register(shape, seed)  # built once for all checks, and not timed
        began = perf_counter()
        findings = ask(check, made, parameters).findings
        total.seconds += perf_counter() - began
        total.contracts += len(made.tables["contracts"])
        touching = _by_contract(findings)
        for label in labels:
            near = {id(finding): finding for each in label.contracts for finding in touching.get(each, ())}
            total.verdicts.append(verdict(made, label, near.values()))
        labelled = {each for label in labels for each in label.contracts}
        registers = [label for label in labels if isinstance(label, RegisterLabel) and label.kind == PLANTED]
        elsewhere = [each for each in findings if registers and not any(_about(each, label) for label in registers)]
        total.alarms += [(shape, seed, finding) for finding in elsewhere if finding.severity.rank > 0]
        total.alarms += [
            (shape, seed, finding)
            for finding in findings
            if finding.severity.rank > 0 and not labelled & set(finding.contracts)
        ]
    return total


def _by_contract(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        for each in finding.contracts:
            found.setdefault(each, []).append(finding)
    return found


def labelled_checks(ledgers: Sequence[tuple[str, int]]) -> list[str]:
    """Every check that some label is about, whether it exists yet or not."""
    return sorted({label.check for shape, seed in ledgers for label in ledger(shape, seed).labels})
