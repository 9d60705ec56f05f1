"""Steps of checks/wage_raise_followup.py."""

from collections.abc import Iterator
from fractions import Fraction

from checks import periods
from checks.rulebook import WageRaise
from checks.sanctions import DEDUCTION, Sanctions
from checks.trace import Cell, Mark, Question, Rule, Step, why
from checks.traces.limits import no_rule
from checks.wage_raise import UNREADABLE, Points, Promise, cut, lacking, promises, read_points
from checks.wage_raise_followup import due_on, judge, unknown_of

_TABLE = "wage_declarations"


def steps(question: Question, contract: str) -> Iterator[Step]:
    """Points and declarations; then each promise: due date, proof, rates, documents."""
    rules, declared = question.rulebook.wage_raise, question.related(_TABLE, contract)
    said = read_points(question.row(contract).score_points)
    cells = question.cells(contract, "score_points")
    if not declared and said is Points.NONE:
        yield Step("賃上げの加点と表明", Mark.CLEAN, "加点の記録も表明の記録もないので、この検査の対象外です。", cells)
        return
    if rules is None:
        yield no_rule("賃上げ加点の定め")
        return
    if not declared:
        told = (
            why(UNREADABLE)
            if said is Points.UNREADABLE
            else "加点の記録がありますが、表明の記録がないため、期間が分かりません。"
        )
        yield Step("賃上げの加点と表明", Mark.UNKNOWN, told, cells)
        return
    yield Step("賃上げの加点と表明", Mark.ON, f"表明の記録が{len(declared)}件あります。", cells)
    for promise in question.once(_promises):
        if contract in promise.contracts:
            yield from _promise(question, rules, contract, promise)


def _promises(question: Question) -> list[Promise]:
    rules = question.rulebook.wage_raise
    assert rules is not None
    return promises(question.register, rules)


def _deductions(question: Question) -> Sanctions:
    rules = question.rulebook.wage_raise
    assert rules is not None
    return Sanctions(question.register, [DEDUCTION], rules.penalty.months)


def _promise(question: Question, rules: WageRaise, contract: str, promise: Promise) -> Iterator[Step]:
    due, ends = due_on(rules, promise), periods.short(promise.period_end)
    others = [one for one in promise.contracts if one != contract]
    told = f"{promise.vendor}の{promise.basis or '期間'}（{ends}まで）の表明です。"
    told += f"ほかの契約（{'、'.join(others)}）の表明と一つのものとして見ます。" if others else ""
    yield Step("表明", Mark.ON, told, _cells(question, contract, promise, "vendor", "basis", "period_end"))
    yield _due(question, rules, contract, promise)
    yield _rates(question, rules, contract, promise)
    if promise.documents is not None and promise.proved:
        missing = lacking(rules, promise)
        rule = Rule(("wage_raise", "documents"), f"確認の書類：{rules.summary}など（{rules.authority}）")
        told = f"{'、'.join(missing)}を確認できません。" if missing else "定めの書類がそろっています。"
        yield Step("提出書類", Mark.NOTE, told, _cells(question, contract, promise, "documents"), (), (rule,))
    finding = judge(
        question.register, rules, promise, due, question.as_of, question.parameters, question.once(_deductions)
    )
    cells = _cells(question, contract, promise, "result", "confirmed_on")
    if finding:
        yield Step(
            "この表明の判定", Mark.FOUND, finding.explanation, cells, (), (), ("reminders",) if finding.step else ()
        )
        return
    unknown = unknown_of(promise, due, question.register)
    if unknown:
        yield Step("この表明の判定", Mark.UNKNOWN, why(unknown), cells)
        return
    told = "確認事項はありません。" if promise.proved else "提出期限はまだ来ておらず、お知らせする時期でもありません。"
    yield Step("この表明の判定", Mark.CLEAN, told, cells, (), (), () if promise.proved else ("reminders",))


def _cells(question: Question, contract: str, promise: Promise, *columns: str) -> tuple[Cell, ...]:
    """Cells of the contract's declarations for the period; a vendor that is not disclosed stays so."""
    rows = [
        row
        for row in question.related(_TABLE, contract)
        if row.period_end == promise.period_end and row.basis == promise.basis
    ]
    return tuple(cell for row in rows for cell in question.related_cells(_TABLE, row, *columns))


def _due(question: Question, rules: WageRaise, contract: str, promise: Promise) -> Step:
    due = due_on(rules, promise)
    cells = _cells(question, contract, promise, "instructed_due", "submitted_on")
    rule = Rule(
        ("wage_raise", "due", "months"), f"指示がなければ期間の終わりから{rules.due.months}か月（仮定）", rules.due
    )
    if promise.submitted_on is not None:
        sign = "＞" if promise.submitted_on > due else "≦"
        compared = f"提出日 {periods.short(promise.submitted_on)} {sign} 期限 {periods.short(due)}"
    else:
        passed = "を過ぎました" if due < question.as_of else "はまだ来ていません"
        compared = f"提出日の記録なし、期限 {periods.short(due)}{passed}"
    assumed = promise.instructed_due is None
    told = "期限は仮定によります。" if assumed else "期限は発注者の指示によります。"
    return Step("提出期限", Mark.NOTE, told, cells, (compared,), (rule,) if assumed else ())


def _rates(question: Question, rules: WageRaise, contract: str, promise: Promise) -> Step:
    cells = _cells(question, contract, promise, "required_rate", "declared_rate", "previous_total", "current_total")
    compared, found, reached = [], [], True
    if promise.growth is not None and promise.declared is not None:
        short = promise.growth < Fraction(promise.declared)
        reached = not short
        compared.append(f"給与総額の増加率 {cut(promise.growth)}% {'＜' if short else '≧'} 表明率 {promise.declared}%")
    if promise.short is not None:
        declared, required, _ = promise.short
        reached = False
        compared.append(f"表明率 {declared}% ＜ 加点に必要な率 {required}%")
    for rate in rules.rates:
        if rate.applies(promise.signed_on):
            told = f"賃上げの率 原則{rate.principle}%以上、最低{rate.minimum}%以上"
            found.append(Rule(("wage_raise", "rates"), told, rate))
    if promise.totals_differ:
        told = "契約ごとの給与総額の記録が一致しないため、率を比べません。"
    elif compared:
        told = "率に達しています。" if reached else "率に達したことを確認できません。"
    else:
        told = "率を比べるだけの記録がありません。"
    return Step("賃上げの率", Mark.NOTE, told, cells, tuple(compared), tuple(found))
