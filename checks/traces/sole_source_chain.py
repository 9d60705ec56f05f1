"""Steps of checks/sole_source_chain.py."""

from collections.abc import Iterator
from itertools import compress
from typing import Any

from checks import periods
from checks.rulebook import GroundClass
from checks.sole_source_chain import answering, chained, connected_to, held_by
from checks.trace import BLANK, Mark, Question, Step
from checks.traces import limits

_SHOWN = 12  # contracts of a vendor


def steps(question: Question, contract: str) -> Iterator[Step]:
    """Method, ground, who the vendors are, and each vendor's connected contracts in the window."""
    if not any(ground.kind is GroundClass.CONNECTED for ground in question.rulebook.grounds.values()):
        yield limits.no_rule("接続を理由とする随意契約の区分")
        return
    yield (step := limits.negotiated(question, contract))
    if step.mark is not Mark.ON:
        return
    step = limits.ground(question, contract, GroundClass.CONNECTED, "接続を理由とするもの")
    unknown = step.mark is Mark.UNKNOWN and step.cells[0].text not in (BLANK, "（列なし）")
    yield (
        Step(step.label, Mark.CLEAN, f"{step.verdict}接続を理由とするものには数えません。", step.cells)
        if unknown
        else step
    )
    if step.mark is not Mark.ON:
        return
    rows = question.register.vendors
    mine = rows[(rows["contract_id"] == contract) & ~rows["hidden"]]
    cells = question.cells(contract, "vendors", "vendor_numbers")
    if mine.empty:
        yield Step(
            "相手方", Mark.CLEAN, "相手方が公表されていないか記録がないため、ほかの契約と結び付けません。", cells
        )
        return
    identities = list(dict.fromkeys(mine["identity"]))
    names = "、".join(question.register.vendor_names[identity] for identity in identities)
    yield Step("相手方", Mark.ON, f"{names}として数えます（法人番号、なければ名称と商号変更の表による）。", cells)
    held = question.once(_held)
    for identity in identities:
        yield _chain(question, contract, identity, held[identity])


def _held(question: Question) -> dict[str, list[Any]]:
    judged, _ = answering(question.register)
    return held_by(question.register, connected_to(question.register, question.rulebook, judged))


def _chain(question: Question, contract: str, identity: str, rows: list[Any]) -> Step:
    parameters = question.parameters
    inside, busiest = chained([row.signed_on for row in rows], parameters)
    chain = {row.contract_id for row in compress(rows, inside)}
    shown = "、".join(f"{row.contract_id}（{periods.short(row.signed_on)}）" for row in rows[:_SHOWN])
    more = f"、ほか{len(rows) - _SHOWN}件" if len(rows) > _SHOWN else ""
    sign = "≧" if busiest >= parameters.least else "＜"
    compared = (
        f"接続を理由とする契約{len(rows)}件：{shown}{more}",
        f"{parameters.window_months}か月の間に最も多い件数 {busiest}件 {sign} {parameters.least}件",
    )
    name, found = question.register.vendor_names[identity], contract in chain
    if found:
        told = f"{name}との契約は{len(chain)}件の連鎖になっています。"
    elif chain:
        told = f"{name}には連鎖がありますが、この契約はその期間の外にあります。"
    else:
        told = f"{name}との契約は連鎖になっていません。"
    settings = ("window_months", "least")
    return Step(f"{name}との契約", Mark.FOUND if found else Mark.CLEAN, told, (), compared, (), settings)
