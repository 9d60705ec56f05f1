"""Steps of checks/vendor_identity.py."""

from collections.abc import Iterator
from typing import Any

from checks import ledger, vendors, words
from checks.register import plain
from checks.trace import Mark, Question, Step, why
from checks.twins import Twin
from checks.vendor_identity import Looked, looked_at


def steps(question: Question, contract: str) -> Iterator[Step]:
    """Each vendor of the contract: its number, the names of that number, the vendors that are nearly it."""
    cells = question.cells(contract, "vendors", "vendor_numbers", "addresses", "nondisclosure")
    held = question.once(_looked)
    mine = held.named[held.named["contract_id"] == contract]
    if mine.empty:
        hidden = bool(question.row(contract).nondisclosure)
        told = (
            "公表されていない相手方は、ほかと結び付けません。"
            if hidden
            else f"{_heading('vendors')}の記録がありません。"
        )
        yield Step("相手方", Mark.CLEAN if hidden else Mark.UNKNOWN, told, cells)
        return
    yield Step("相手方", Mark.ON, f"{len(mine)}者の記録があります。", cells)
    for row in plain(mine[["name", "number", "identity"]]):
        yield _number(row, held)
        yield _twins(question, row.identity, held)
    for reason in question.result.not_judged.of(contract):
        yield Step("比べる手がかり", Mark.UNKNOWN, why(reason) + "表記の揺れだけを見ました。", cells)


def _looked(question: Question) -> Looked:
    return looked_at(question.register, question.parameters)


def _heading(column: str) -> str:
    return ledger.CONTRACTS.by_name[column].heading


def _number(row: Any, held: Looked) -> Step:
    """The number as it is recorded, or as another contract of the name has it."""
    number = row.identity.removeprefix("number:") if row.identity.startswith("number:") else ""
    name = row.name if words.is_body(row.name) else "（名称は省略）"
    if not number:
        return Step("法人番号", Mark.NOTE, f"{name}の法人番号の記録がないため、名称で同定します。")
    by = "" if row.number else "（同じ名称のほかの契約の番号）"
    if not vendors.number_is_valid(number):
        return Step("法人番号", Mark.FOUND, f"{name}の{number}{by}は、検査数字が合いません。")
    names = held.several.get(number, ())
    if names:
        told = f"{number}{by}に、{'、'.join(f'「{one}」' for one in names)}の{len(names)}通りの名称があります。"
        return Step("法人番号", Mark.FOUND, told)
    return Step("法人番号", Mark.CLEAN, f"{name}の{number}{by}は検査数字が合い、名称は一つです。")


def _twins(question: Question, identity: str, held: Looked) -> Step:
    label, pairs = "表記の近い相手方", [pair for pair in held.pairs if identity in pair.identities]
    if not pairs:
        settings = ("least_letters", "least_letters_swapped", "least_letters_kanji", "most_alike")
        return Step(
            label,
            Mark.CLEAN,
            "所在地が同じで名称がほとんど同じもの、表記の揺れだけが違うものはありません。",
            parameters=settings,
        )
    told = [_pair(question, identity, pair) for pair in pairs]
    return Step(label, Mark.FOUND, "一つの相手方かもしれないものがあります（自動ではまとめません）。", (), tuple(told))


def _pair(question: Question, identity: str, pair: Twin) -> str:
    other = next(one for one in pair.identities if one != identity)
    where = "所在地が同じで、" if pair.address else ""
    return f"「{question.register.vendor_names[other]}」：{where}名称は{pair.likeness}"
