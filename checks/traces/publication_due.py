"""Steps of checks/publication_due.py."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from checks import (
    ledger,
    periods,
    publication,
    publication_classes,
    publication_dates,
    publication_record,
    published_rows,
    reminders,
    yen,
)
from checks.publication import Duties, Owed
from checks.publication_classes import Kept
from checks.publication_due import told_sentence
from checks.publication_record import Record
from checks.rulebook import PublicationClass
from checks.trace import Mark, Question, Rule, Step, why
from checks.traces.limits import no_rule

_PATH = ("publication",)
_RESULTS = "結果"


def steps(question: Question, contract: str) -> Iterator[Step]:
    """The classes that do not apply and why, those that do; then each duty against what is recorded."""
    if not question.rulebook.publication:
        yield no_rule("公表の区分と期限")
        return
    duties = question.once(_duties)
    owed = [item for item in duties.owed if item.contract_id == contract]
    yield _classes(question, contract, owed)
    if not question.register.has("publications", "published_on"):
        told_of = publication_record.listed_only(owed, published_rows.first_published(question.register))
        if owed and not told_of:
            told = "台帳に公表の表がないため、公表されたかどうかを判定しません（公表されていないこととは別です）。"
            yield Step("公表の記録", Mark.UNKNOWN, told)
        owed = told_of
    recorded = question.once(_recorded).get(contract, {})
    for item in owed:
        yield _owed(item)
        yield from _compared(question, item, recorded)


def _duties(question: Question) -> Duties:
    return publication.duties(question.register, question.rulebook, question.parameters.prompt_days)


def _recorded(question: Question) -> dict[str, dict[str, Record]]:
    owed = {item.contract_id for item in question.once(_duties).owed}
    recorded = publication_record.records(question.register, owed)
    publication_record.completed(recorded, published_rows.first_published(question.register))
    return recorded


def _classes(question: Question, contract: str, owed: list[Owed]) -> Step:
    """Every class that does not apply, each with the first thing that keeps the contract out of it."""
    unknown = question.once(_duties).unknown.get(contract)
    mine = {item.rule.id for item in owed}
    told = [
        f"{rule.label}：{_kept_from(question, contract, rule, mine)}"
        for rule in question.rulebook.publication_in_order()
        if rule.id not in mine
    ]
    columns = ["category", "method", "ground", "signed_on", "estimated_price", "amount"]
    row = question.row(contract)
    columns += [
        name
        for name in ("design_price", "commitment_amount", "account", "publication_exemption", "specific_procurement")
        if getattr(row, name) not in (None, "")
    ]
    held = question.cells(contract, *columns)
    if unknown:
        mark, verdict = Mark.UNKNOWN, f"当たるかどうかを判定できない区分があります。{why(unknown)}"
    elif owed:
        mark, verdict = Mark.ON, "次の区分に当たります：" + "、".join(item.rule.label for item in owed)
    else:
        mark, verdict = Mark.CLEAN, "公表の区分のどれにも当たりません。"
    return Step("公表区分", mark, verdict, held, tuple(told), (Rule(_PATH, "公表の区分"),))


@dataclass(frozen=True)
class _Asked:
    """What a class asks of every contract, as masks over the rows of the register."""

    out: "dict[Kept, pd.Series[bool]]"
    conditions: "list[tuple[str, pd.Series[bool], pd.Series[bool]]]"
    rows: pd.DataFrame  # with value, what the class measures
    reached: "pd.Series[bool]"


def _asked(question: Question) -> dict[str, _Asked]:
    rows, kinds = publication_classes.prepared(question.register, question.rulebook)
    shields, found = publication_classes.shields(rows, kinds), {}
    for rule in question.rulebook.publication:
        valued = publication_classes.valued(rows, rule)
        found[rule.id] = _Asked(
            {**shields, **publication_classes.kept_out(rows, rule, question.rulebook, ())},
            list(publication_classes.conditions(question.register, valued, rule, kinds)),
            valued,
            publication_classes.reached(valued, rule),
        )
    return found


def _kept_from(question: Question, contract: str, rule: PublicationClass, mine: set[str]) -> str:
    """The first thing that keeps a contract out of a class; ``mine`` are the classes that it is in."""
    asked = question.once(_asked)[rule.id]
    row = asked.rows.index[asked.rows["contract_id"] == contract][0]
    out = [kept for kept, mask in asked.out.items() if mask[row]]
    if out or mine & set(rule.yields_to):
        return out[0] if out else Kept.ELSEWHERE
    heading = {column: ledger.CONTRACTS.by_name[column].heading for column, _, _ in asked.conditions}
    for column, holds, missing in asked.conditions:
        if not (holds[row] or missing[row]):
            return f"{heading[column]}が区分に当たりません"
    if not asked.reached[row]:
        value = asked.rows.loc[row, "value"]
        least = publication_classes.threshold(question.row(contract), rule)
        of = (
            f"（{yen.exact(int(value))}、対象は{yen.exact(least[0])}{least[1]}契約）"
            if least and not pd.isna(value)
            else ""
        )
        return f"金額が届きません{of}"
    for column, _, missing in asked.conditions:
        if missing[row]:
            return f"{heading[column]}の記録がなく、判定できません"
    if rule.over_small_value_limit:
        return "少額随意契約の限度額を超えることを確認できません"
    return "金額の記録がなく、判定できません"


def _owed(item: Owed) -> Step:
    compared = []
    if item.measure is not None and item.threshold:
        least, word = item.threshold
        sign = "＞" if word == "を超える" else "≧"
        compared = [f"{item.measured_by} {yen.exact(item.measure)} {sign} 公表の対象となる額 {yen.exact(least)}"]
    notes = ["契約金額を代わりに用いました。"] if item.lower_bound else []
    notes += [f"名称に「{item.hint}」とあるため、除外に当たるかもしれません。"] if item.hint else []
    rule = Rule(_PATH, f"{item.rule.label}（{item.rule.id}）", item.rule)
    return Step(
        f"区分「{item.rule.label}」", Mark.ON, "公表の対象です。" + "".join(notes), (), tuple(compared), (rule,)
    )


def _compared(question: Question, item: Owed, recorded: dict[str, Record]) -> Iterator[Step]:
    """What is recorded against each due date; and the next that lies ahead."""
    troubles, ahead = publication_record.compare(item, recorded, question.as_of, publication_record.Wording())
    rows = [row for row in question.related("publications", item.contract_id) if row.kind == _RESULTS]
    held = tuple(
        cell
        for row in rows
        for cell in question.related_cells("publications", row, "medium", "published_on", "withdrawn_on", "items")
    )
    compared: list[str] = []
    prompt: tuple[str, ...] = ()
    for due in item.due:
        media = "・".join(due.media)
        dates = [recorded[medium].on for medium in due.media if medium in recorded]
        day = min((one for one in dates if one), default=None)
        if due.duty.due.kind == "promptly":
            prompt = ("prompt_days",)
        if day is not None:
            compared.append(
                f"{media}：公表日 {periods.short(day)} {'＞' if day > due.on else '≦'} 期限 {periods.short(due.on)}"
            )
        else:
            passed = "を過ぎました" if due.on < question.as_of else "はまだ来ていません"
            compared.append(f"{media}：公表日の記録なし、期限 {periods.short(due.on)}{passed}")
    rule = Rule(_PATH, f"{item.rule.label}の期限・方法・項目・期間", item.rule)
    label = f"区分「{item.rule.label}」の公表"
    for trouble in troubles:
        yield Step(label, Mark.FOUND, told_sentence(item, trouble), held, tuple(compared), (rule,), prompt)
    if not troubles and ahead is None:
        yield Step(
            label,
            Mark.CLEAN,
            "期限・方法・項目・期間のどれにも確認事項はありません。",
            held,
            tuple(compared),
            (rule,),
            prompt,
        )
    if ahead is not None:
        yield _ahead(question, item, ahead, label, tuple(compared), rule)


def _ahead(
    question: Question, item: Owed, ahead: publication_dates.DueOn, label: str, compared: tuple[str, ...], rule: Rule
) -> Step:
    soon = [
        f"soon|{item.rule.id}|" in finding.subject and item.contract_id in finding.contracts
        for finding in question.result.findings
    ]
    left = (ahead.on - question.as_of).days
    if any(soon):
        told = f"期限まで{left}日で、同じ期のものとまとめてお知らせする時期です。"
        return Step(label, Mark.FOUND, told, (), compared, (rule,), ("reminders",))
    first = next(iter(reminders.turns(question.parameters.reminders, ahead.on)), None)
    when = f"（最初のお知らせは{periods.short(first)}）" if first else ""
    return Step(label, Mark.CLEAN, f"期限まで{left}日あります{when}。", (), compared, (rule,), ("reminders",))
