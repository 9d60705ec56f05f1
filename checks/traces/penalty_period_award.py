"""Steps of checks/penalty_period_award.py."""

from collections.abc import Iterator, Mapping
from typing import Any

from checks import periods
from checks.columns import listed
from checks.penalty_period_award import reached_by, scored
from checks.register import plain
from checks.sanctions import DEDUCTION, Sanction
from checks.sanctions import keys as sanction_keys
from checks.trace import Cell, Mark, Question, Rule, Step, cells, why
from checks.traces.limits import blank, no_rule
from checks.wage_raise import UNREADABLE, Points, read_points


def steps(question: Question, contract: str) -> Iterator[Step]:
    """Points; the day of the award; the vendors' periods of deduction on that day."""
    given, unreadable, unknown = (contract in held for held in question.once(_scored))
    rules, row = question.rulebook.wage_raise, question.row(contract)
    held = question.cells(contract, "score_points", "method")
    if rules is None and (given or unreadable):
        yield no_rule("賃上げ加点の定め")
        return
    if rules and (unreadable or unknown):
        yield Step("賃上げの加点", Mark.UNKNOWN, why(UNREADABLE) if unreadable else blank(held, "score_points"), held)
        return
    if not given or rules is None:
        yield Step("賃上げの加点", Mark.CLEAN, "賃上げの加点の記録がないので、この検査の対象ではありません。", held)
        return
    by = "加点の記録" if read_points(row.score_points) is Points.GIVEN else "賃上げの表明の記録"
    yield Step("賃上げの加点", Mark.ON, f"{by}があります。", held)
    if question.register.tables["vendor_sanctions"].empty:
        told = "台帳に減点の記録の表がないため、判定しません（減点がないこととは別です）。"
        yield Step("減点の記録", Mark.UNKNOWN, told)
        return
    award = row.awarded_on or row.signed_on
    of = "落札決定日" if row.awarded_on else "契約締結日"
    yield Step(
        "判定する日",
        Mark.ON,
        f"{of} {periods.short(award)}で見ます。",
        question.cells(contract, "awarded_on", "signed_on"),
    )
    reached = question.once(_reached).get(contract, [])
    compared = [_compared(name, one, of, award) for name, held in reached for one in held]
    found = any(one.covers(award) for _, held in reached for one in held)
    rule = Rule(
        ("wage_raise", "penalty", "months"), f"終了日の記録がない減点は{rules.penalty.months}か月", rules.penalty
    )
    if found:
        mark, told = Mark.FOUND, "減点の期間に当たります。"
    else:
        mark, told = Mark.CLEAN, "減点の期間に当たりません。" if reached else "この相手方の減点の記録はありません。"
    parties = question.cells(contract, "vendors", "vendor_numbers") + _deductions(question, contract)
    yield Step(
        "相手方の減点の期間",
        mark,
        told,
        parties,
        tuple(compared),
        (rule,),
    )


def _scored(question: Question) -> tuple[frozenset[str], ...]:
    ids = question.register.cells["contract_id"]
    return tuple(frozenset(listed(ids[mask])) for mask in scored(question.register))


def _reached(question: Question) -> Mapping[str, list[tuple[str, list[Sanction]]]]:
    rules = question.rulebook.wage_raise
    assert rules is not None
    return reached_by(question.register, rules, scored(question.register)[0])


def _deductions(question: Question, contract: str) -> tuple[Cell, ...]:
    """The rows of sanctions that bear a key of one of its vendors."""
    parties = question.register.vendors
    known = parties.loc[(parties["contract_id"] == contract) & ~parties["hidden"], "known_by"]
    keys = frozenset().union(*known)
    rows = question.register.tables["vendor_sanctions"]
    return tuple(
        cell
        for row in plain(rows[rows["kind"] == DEDUCTION])
        if keys & sanction_keys(question.register, row.vendor, row.vendor_number, row.starts_on)
        for cell in cells(question.register, "vendor_sanctions", row, ("kind", "starts_on", "ends_on"))
    )


def _compared(name: str, one: Sanction, of: str, award: Any) -> str:
    span = f"{periods.short(one.starts_on)}～{periods.short(one.last_on)}"
    by = "名称による" if one.by_name else "法人番号による"
    return f"{name}（{by}）：{of} {periods.short(award)}は、減点の期間 {span} の{'中' if one.covers(award) else '外'}"
