"""Steps of checks/small_value_exceeded.py."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from checks.limits import measured
from checks.rulebook import GroundClass, LimitClass
from checks.small_value_exceeded import Verdict, worked
from checks.trace import Mark, Question, Step, one
from checks.traces import limits


def steps(question: Question, contract: str) -> Iterator[Step]:
    """Method, ground, category, measure, table, comparison; and the total after amendments."""
    if question.rulebook.small_value is None:
        yield limits.no_rule("少額随意契約の限度額")
        return
    yield (step := limits.negotiated(question, contract))
    if step.mark is not Mark.ON:
        return
    row = one(question.once(_measured), contract)
    claim = limits.ground(question, contract, GroundClass.SMALL_VALUE, "少額を理由とするもの")
    category = _category(question, contract)
    if claim.mark is Mark.CLEAN and category.mark is Mark.UNKNOWN:
        yield category  # without a category not even that is asked
        return
    for step in (claim, category):
        yield step
        if step.mark is not Mark.ON:
            return
    yield (step := limits.measure(question, contract, row))
    if step.mark is not Mark.ON:
        return
    asked = one(question.once(_asked), contract)
    yield limits.tables(question, contract, row, asked.table if asked else None)
    if asked:
        yield _compared(question, contract, asked)


def _measured(question: Question) -> pd.DataFrame:
    return measured(question.register, question.rulebook)


def _asked(question: Question) -> pd.DataFrame:
    rules = question.rulebook.small_value
    assert rules is not None
    return worked(question.register, question.rulebook, rules).frame()


def _category(question: Question, contract: str) -> Step:
    held, rules = question.cells(contract, "category"), question.rulebook.small_value
    assert rules is not None
    text = question.row(contract).category
    if not text:
        return Step("契約分類", Mark.UNKNOWN, limits.blank(held, "category"), held)
    if text not in rules.categories:
        return Step("契約分類", Mark.UNKNOWN, "規程に、この分類の限度額の種類がありません。", held)
    return Step("契約分類", Mark.ON, f"「{LimitClass(rules.categories[text]).label}」の限度額によります。", held)


_TOLD = {
    Verdict.WITHIN: (Mark.CLEAN, "限度額を超えていません。"),
    Verdict.EXCEEDED: (Mark.FOUND, "限度額を上回ります。"),
    Verdict.AMENDED: (Mark.FOUND, "締結のときは限度額以内でしたが、変更後の契約金額が上回ります。"),
    Verdict.TABLES_DISAGREE: (Mark.UNKNOWN, "上回る表と上回らない表があり、どちらが適用されたか定まりません。"),
    Verdict.NO_MEASURE: (Mark.UNKNOWN, "契約金額は上回りますが、予定価格については何も示しません。"),
}


def _compared(question: Question, contract: str, row: Any) -> Step:
    told = []
    for limit in row.table.limits:
        if row.measure is not None:
            told.append(limits.compared(limits.measure_of(row), row.measure, "限度額", limit.amount))
        elif row.amount is not None:
            told.append(limits.compared("契約金額", row.amount, "限度額", limit.amount))
    changed = row.after is not None and row.after != row.amount
    if changed:
        told += [limits.compared("変更後の契約金額", row.after, "限度額", limit.amount) for limit in row.table.limits]
    mark, verdict = _TOLD[Verdict(row.verdict)]
    if len(row.table.limits) > 1 and mark is Mark.FOUND:
        verdict = f"考えられる限度額のどれによっても、{verdict}"
    held = question.amendments(contract) if changed else ()
    return Step("限度額との比較", mark, verdict, held, tuple(told))
