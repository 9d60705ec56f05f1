"""Steps that several checks share: the ground of a 随意契約, what its limit measures, which table of limits applies."""

from datetime import timedelta
from typing import Any

from checks import ledger, periods, yen
from checks.limits import Candidates
from checks.rulebook import GroundClass, LimitClass, SmallValue
from checks.trace import Cell, Mark, Question, Rule, Step, ground_rule, limit_rule


def no_rule(label: str) -> Step:
    """The rulebook says nothing of it: no contract is judged."""
    return Step(label, Mark.UNKNOWN, "適用する規程に定めがないため、どの契約も判定しません。")


def compared(of: str, value: int, label: str, limit: int) -> str:
    """予定価格 2,310,000円 ＞ 限度額 2,000,000円（310,000円上回る）; exactly at the limit is within."""
    sign, far = ("＞", f"（{yen.exact(value - limit)}上回る）") if value > limit else ("≦", "")
    return f"{of} {yen.exact(value)} {sign} {label} {yen.exact(limit)}{far}"


def blank(cells: tuple[Cell, ...], column: str) -> str:
    """Why a cell cannot be read: it is blank, or there is no such column."""
    cell = next(cell for cell in cells if cell.column == column)
    return f"{cell.heading}が{cell.text.strip('（）')}のため、判定できません。"


def negotiated(question: Question, contract: str) -> Step:
    """Only a 随意契約 goes on; without a method nothing is known."""
    method, held = question.row(contract).method, question.cells(contract, "method")
    if not method:
        return Step("契約方式", Mark.UNKNOWN, blank(held, "method"), held)
    if method != ledger.SOLE:
        return Step("契約方式", Mark.CLEAN, f"{method}によるため、この検査の対象ではありません。", held)
    return Step("契約方式", Mark.ON, "随意契約です。", held)


def ground(question: Question, contract: str, wanted: GroundClass | None, told: str) -> Step:
    """What a code of a ground means; ``wanted`` is the kind that the check asks about, called ``told``."""
    text, held = question.row(contract).ground, question.cells(contract, "ground")
    if not text:
        return Step("随意契約理由", Mark.UNKNOWN, blank(held, "ground"), held)
    rule = ground_rule(question.rulebook, text)
    if rule is None:
        code = f"「{text}」は、規程「{question.rulebook.name}」にない記号です。"
        return Step("随意契約理由", Mark.UNKNOWN, code, held)
    found = question.rulebook.ground(text)
    yes = found is not None and found.kind is wanted
    verdict = f"{told}{'です' if yes else 'ではありません'}。"
    return Step("随意契約理由", Mark.ON if yes else Mark.CLEAN, verdict, held, rules=(rule,))


def measure(question: Question, contract: str, row: Any) -> Step:
    """What the limit measures (row: limits.measured), with every stand-in."""
    columns = ["unit_price", "estimated_price", "amount"]
    if row.kind in (LimitClass.LEASE_IN, LimitClass.LEASE_OUT):
        columns += ["annual_amount", "starts_on", "ends_on"]
    held = question.cells(contract, *columns)
    if row.measure is None:
        mark = Mark.ON if row.income and row.amount is not None else Mark.UNKNOWN
        told = (
            "予定価格の記録がなく、受け取る側の契約金額はその下限になりません。"
            if row.income
            else "比べる額の記録がありません。"
        )
        return Step("限度額と比べる額", mark, told, held)
    notes = {
        "単価契約なので、予定総額（契約金額）によります。": bool(row.unit_price),
        "予定価格の記録がないため、契約金額を下限として用います。": row.lower_bound,
        "貸借の年額によります。": row.measured_by == "annual_amount",
        "一年を超える貸借の年額又は期間の記録がないため、総額によります。": row.by_total,
    }
    told = f"{measure_of(row)} {yen.exact(row.measure)}で比べます。" + "".join(
        note for note, yes in notes.items() if yes
    )
    return Step("限度額と比べる額", Mark.ON, told, held)


def measure_of(row: Any) -> str:
    """The word for what is measured."""
    return "予定総額" if row.unit_price else ledger.CONTRACTS.by_name[row.measured_by].heading


def tables(question: Question, contract: str, row: Any, found: Candidates | None) -> Step:
    """Which limits may apply, by the date that chooses the table."""
    rules = question.rulebook.small_value
    assert rules is not None
    columns = [rules.basis, "signed_on"] + (["procured_by"] if rules.basis == "procured_on" else [])
    held = question.cells(contract, "category", *dict.fromkeys(columns))
    kind = LimitClass(row.kind)
    chosen = Rule(("small_value", "categories", str(row.category)), f"契約分類「{row.category}」は「{kind.label}」")
    by = Rule(("small_value", "basis"), f"表を選ぶ日は{ledger.CONTRACTS.by_name[rules.basis].heading}")
    if found is None:
        told = f"「{kind.label}」の限度額が規程にありません。"
        return Step("限度額の表", Mark.UNKNOWN, told, held, rules=(chosen, by))
    limits = tuple(limit_rule(kind, limit) for limit in found.limits)
    told = _told(rules, row, found)
    return Step("限度額の表", Mark.ON, told, held, rules=(chosen, by, *limits))


def _told(rules: SmallValue, row: Any, found: Candidates) -> str:
    heading = ledger.CONTRACTS.by_name[rules.basis].heading
    if row.basis is not None:
        told = f"{heading} {periods.short(row.basis)}に適用のあった表によります。"
    else:
        earliest = row.latest - timedelta(days=rules.longest_procurement_days)
        span = f"{periods.short(earliest)}から{periods.short(row.latest)}まで"
        told = f"{heading}の記録がないため、{span}に調達を始めた場合の表をすべて見ます。"
    if len(found.limits) > 1:
        told += f"考えられる限度額が{len(found.limits)}つあります。"
    return told + ("政令の上限で見ています。" if rules.cap else "")
