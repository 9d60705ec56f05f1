"""Why a contract was found, is clean or was not judged: the steps that its check takes, and the check's own answer.

Not a check. Every check has a trace for nothing: does the contract count, what stands in the cells that the check needs,
which parameters are in effect. A check with a file of its name in checks/traces/ tells its own steps instead of the last
two, by the working functions of the check. The answer is always the check's: it is read off its CheckResult.
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

import pandas as pd

from checks import ledger, periods, vendors, words, yen
from checks.catalogue import Check, Parameters
from checks.finding import CheckResult, Finding, NotJudged, Reason
from checks.ledger import Kind
from checks.register import KNOWN, Register, plain
from checks.rulebook import Limit, LimitClass, Rulebook, Sourced

T = TypeVar("T")
BLANK, NO_COLUMN = "（空欄）", "（列なし）"
_OF_PARTIES = frozenset({"vendors", "vendor_numbers", "addresses", "vendor"})


class Mark(StrEnum):
    """What a step comes to."""

    ON = "→"  # the next step decides
    CLEAN = "○"  # nothing is found here
    UNKNOWN = "？"  # it cannot be judged
    FOUND = "●"  # this is what the check asks about
    NOTE = "・"  # to know, it decides nothing


class Verdict(StrEnum):
    """A check's answer for one contract."""

    FOUND = "確認事項あり"
    NOT_JUDGED = "未判定"
    CLEAN = "該当なし"
    NOT_ASKED = "対象外"  # the check asks nothing of it; it is not counted as clean
    NOT_COUNTED = "数えない行"  # an amendment, a total, cancelled, not signed yet

    @property
    def mark(self) -> Mark:
        """The mark of the steps that lead to it."""
        return {Verdict.FOUND: Mark.FOUND, Verdict.NOT_JUDGED: Mark.UNKNOWN}.get(self, Mark.CLEAN)


@dataclass(frozen=True)
class Cell:
    """A cell of the ledger: where it stands (table, key without the organization, column) and its text as it was read."""

    table: str
    key: tuple[Any, ...] = field(repr=False)  # may hold a party's name: to find the row by, never shown
    column: str
    text: str
    hidden: bool = False  # not disclosed: neither it nor its original may be shown

    @property
    def heading(self) -> str:
        """Its Japanese heading."""
        return ledger.TABLES[self.table].by_name[self.column].heading


@dataclass(frozen=True)
class Rule:
    """A figure of the rulebook: its path in the file, what it says, and the row with dates, source and mark, if it has one."""

    path: tuple[str, ...]
    text: str
    row: Sourced | None = None


@dataclass(frozen=True)
class Step:
    """What is looked at, what stands there, what it was compared with and by which figures, and what that comes to."""

    label: str
    mark: Mark
    verdict: str
    cells: tuple[Cell, ...] = ()
    compared: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trace:
    """The steps and the answer: the findings that hold the contract, or why it was not judged (wholly)."""

    check: Check
    contract: str
    steps: tuple[Step, ...]
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Question:
    """A check, the ledger as it stands and as it was known on the date, the rules, and what the check has answered."""

    check: Check
    whole: Register
    register: Register
    rulebook: Rulebook
    as_of: date
    parameters: Any
    result: CheckResult
    _held: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, make: "Callable[[Question], T]") -> T:
        """What is computed over the whole register: the same for each contract that is asked about."""
        if make not in self._held:
            self._held[make] = make(self)
        found: T = self._held[make]
        return found

    def row(self, contract: str) -> Any:
        """The contract as a plain row; None if it does not count."""
        if ("row", contract) not in self._held:
            self._held["row", contract] = one(self.register.contracts, contract)
        return self._held["row", contract]

    def cells(self, contract: str, *columns: str) -> tuple[Cell, ...]:
        """Cells of a contract that counts."""
        return cells(self.register, "contracts", self.row(contract), columns, self.row(contract).nondisclosure)

    def amendments(self, contract: str) -> tuple[Cell, ...]:
        """The totals of the amendments of a contract (Register.amounts), in order of their dates."""
        rows = self.register.tables["contracts"]
        rows = rows[(rows["change_of"] == contract) & rows["amount_after_change"].notna() & rows["cancelled_on"].isna()]
        columns = ("contract_id", "signed_on", "amount_after_change")
        return tuple(
            cell
            for row in plain(rows.sort_values(["signed_on", "contract_id"], kind="stable"))
            for cell in cells(self.register, "contracts", row, columns, row.nondisclosure)
        )

    def related(self, table: str, contract: str) -> list[Any]:
        """The rows of another table about a contract, as plain rows."""
        rows = self.register.tables[table]
        return list(plain(rows[rows["contract_id"] == contract]))

    def related_cells(self, table: str, row: Any, *columns: str) -> tuple[Cell, ...]:
        """Cells of a row of another table; a party that is not disclosed stays so."""
        held = self.row(row.contract_id)
        return cells(self.register, table, row, columns, held.nondisclosure if held else "秘密")


def trace(question: Question, contract: str) -> Trace:
    """Every step for one contract of the ledger (any row of the table contracts), and the check's own answer."""
    result, counted = question.result, question.row(contract) is not None
    found = tuple(finding for finding in result.findings if contract in finding.contracts)
    reasons = tuple(result.not_judged.of(contract))
    steps = [_counts(question, contract)]
    if counted:
        own = steps_of(question.check)
        steps += [_needed(question, contract), _parameters(question)] if own is None else own(question, contract)
    if found:
        verdict = Verdict.FOUND
    elif reasons:
        verdict = Verdict.NOT_JUDGED
    elif not counted:
        verdict = Verdict.NOT_COUNTED
    else:
        asked = result.asked is None or contract in result.asked
        verdict = Verdict.CLEAN if asked else Verdict.NOT_ASKED
    return Trace(question.check, contract, tuple(steps), verdict, found, reasons)


def steps_of(check: Check) -> "Callable[[Question, str], Iterator[Step]] | None":
    """The check's own steps, if checks/traces/ has a file of its name."""
    name = f"checks.traces.{check.id}"
    if importlib.util.find_spec(name) is None:
        return None
    steps: Callable[[Question, str], Iterator[Step]] = importlib.import_module(name).steps
    return steps


# --- what every check has ------------------------------------------------------------------------------------------


def _counts(question: Question, contract: str) -> Step:
    """Is the row a contract that counts, as the ledger was known on the date?"""
    columns = ("title", "row_kind", "change_of", "cancelled_on", "signed_on")
    row = one(question.whole.tables["contracts"][["contract_id", "nondisclosure", *columns]], contract)
    held = cells(question.whole, "contracts", row, columns, row.nondisclosure)
    mark, told = Mark.CLEAN, ""
    if question.row(contract) is not None:
        later = " 取消日は基準日より後なので、取消し前の契約として見ます。" if row.cancelled_on else ""
        mark, told = Mark.ON, f"契約として数えます。{later}".strip()
    elif row.signed_on is not None and row.signed_on > question.as_of:
        told = f"契約締結日が{periods.wareki(question.as_of)}より後なので、この日には知られていません。"
    elif row.cancelled_on is not None:
        told = "取り消された契約なので、数えません。"
    elif row.row_kind == ledger.AMENDMENT or (row.row_kind == "" and row.change_of):
        of = f"変更元の契約{row.change_of}の金額として見ます。" if row.change_of else ""
        told = f"変更契約の行なので、単独では数えません。{of}"
    else:
        told = f"行区分が「{row.row_kind}」の行なので、契約として数えません。"
    return Step("数える契約か", mark, told, held)


def _needed(question: Question, contract: str) -> Step:
    """The cells that the check needs: absent columns, blank cells."""
    held: list[Cell] = []
    for table, columns in question.check.needs.items():
        if table == "contracts":
            held += question.cells(contract, *columns)
        elif ledger.TABLES[table].by_organization:
            for row in question.related(table, contract):
                held += question.related_cells(table, row, *columns)
    wanting = [cell.heading for cell in held if cell.text in (BLANK, NO_COLUMN)]
    told = f"{'、'.join(dict.fromkeys(wanting))}がありません。" if wanting else "必要な欄はすべてあります。"
    return Step("検査が必要とする欄", Mark.NOTE, told, tuple(held))


def _parameters(question: Question) -> Step:
    names = tuple(type(question.parameters).model_fields)
    return Step(
        "検査の設定", Mark.NOTE, "次の値で判定しています。" if names else "設定できる値はありません。", parameters=names
    )


# --- what the steps of all checks are made of ----------------------------------------------------------------------


def one(rows: pd.DataFrame, contract: str) -> Any:
    """The row of a contract in a frame of contracts, plain; None if it is not there."""
    return next(plain(rows[rows["contract_id"] == contract]), None)


def cells(
    register: Register, table: str, row: Any, columns: Iterable[str], nondisclosure: str = ""
) -> tuple[Cell, ...]:
    """Cells of a plain row; of parties that are not disclosed only that they are not."""
    spec = ledger.TABLES[table]
    key = tuple(getattr(row, name) for name in spec.key)
    known = None
    found = []
    for name in columns:
        hidden, text = name in _OF_PARTIES and bool(nondisclosure), shown(spec.by_name[name].kind, getattr(row, name))
        if hidden:
            text = vendors.INDIVIDUAL if nondisclosure == "個人" else vendors.SECRET
        elif name == "addresses" and text != BLANK and not all(map(words.is_body, row.vendors.split("\n"))):
            hidden, text = True, "（省略）"
        if text == BLANK:
            known = _known(register, table, key) if known is None else known
            text = BLANK if name in known else NO_COLUMN
        found.append(Cell(table, key, name, text, hidden))
    return tuple(found)


def _known(register: Register, table: str, key: tuple[Any, ...]) -> frozenset[str]:
    """The columns that the row's source had."""
    rows = register.tables[table][[*ledger.TABLES[table].key, KNOWN]]
    for name, value in zip(ledger.TABLES[table].key, key, strict=True):
        rows = rows[rows[name] == (pd.Timestamp(value) if isinstance(value, date) else value)]
    return frozenset().union(*(register.known[each] for each in rows[KNOWN]))


def shown(kind: Kind, value: Any) -> str:
    """A value of the ledger as people write it."""
    if value is None or value == "":
        return BLANK
    if kind is Kind.YEN:
        return yen.exact(value)
    if kind is Kind.DATE:
        return periods.short(value)
    if kind is Kind.YES_NO:
        return "はい" if value else "いいえ"
    if kind is Kind.PERCENT:
        return f"{value}%"
    return "、".join(str(value).split("\n"))


def limit_rule(kind: LimitClass, limit: Limit) -> Rule:
    """A limit of the small value as a rule."""
    return Rule(("small_value", "limits", kind.value), f"「{kind.label}」の限度額 {yen.exact(limit.amount)}", limit)


def ground_rule(rulebook: Rulebook, text: str) -> Rule | None:
    """The ground of a 随意契約 that a code names."""
    ground = rulebook.ground(text)
    key = next((key for key, held in rulebook.grounds.items() if held is ground), None)
    return Rule(("grounds", key, "kind"), f"{key}「{ground.label}」", ground) if ground and key else None


def why(reason: Reason) -> str:
    """Why it was not judged, in words."""
    kind, what = reason
    return {
        NotJudged.NO_RULE: f"規程に「{what}」がありません。",
        NotJudged.NO_COLUMN: f"台帳に列「{what}」がありません。",
        NotJudged.BLANK: f"「{what}」が空欄です。",
        NotJudged.TABLES_DISAGREE: f"「{what}」が定まらず、どの表によるかで答えが変わります。",
        NotJudged.TOO_FEW: f"「{what}」が少なすぎて、統計になりません。",
    }[kind]


__all__ = [
    "Cell", "Mark", "Parameters", "Question", "Rule", "Step", "Trace", "Verdict", "cells", "ground_rule", "limit_rule", "shown",
    "steps_of", "trace", "why",
]  # fmt: skip
