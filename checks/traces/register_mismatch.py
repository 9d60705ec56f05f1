"""Steps of checks/register_mismatch.py."""

from collections.abc import Iterator

import numpy as np

from checks import periods, publication, yen
from checks.matching import By
from checks.register import picked
from checks.register_mismatch import Compared, compare
from checks.trace import Mark, Question, Step, why

_LABEL = "公表簿の行"
_BY = {
    By.ALL: "相手方・締結日・金額・名称がすべて合う",
    By.NUMBER: "契約番号が同じで、相手方・締結日・金額・名称のうち二つ以上が合う",
    By.TITLE: "名称のほかが合う",
    By.AMOUNT: "金額のほかが合う",
    By.DATE: "締結日のほかが合い、年度が同じ",
    By.VENDOR: "相手方のほかが合う",
    By.ALONE: "締結日と名称が合う",
}


def steps(question: Question, contract: str) -> Iterator[Step]:
    """The rows that are this contract, by what they were matched, and what differs; or why it has none."""
    compared = question.once(_compared)
    if compared is None:
        yield Step("公表簿", Mark.CLEAN, "公表簿を取り込んでいないため、この検査は何も問いません。")
        return
    held = compared.held
    rows, contracts = held.pairs
    place = int(np.flatnonzero(held.contracts["contract_id"].to_numpy() == contract)[0])
    mine = rows[contracts == place]
    if not len(mine):
        yield _unlisted(question, compared, contract, torn=bool(held.matches.torn_contracts[place]))
        return
    for row in mine.tolist():
        yield from _row(question, compared, contract, row, latest=bool(np.isin(row, rows[held.latest])))
    for one in compared.redated:
        if contract in one.contracts:
            told = f"公表日は台帳では{periods.short(one.contracts[contract])}、公表簿では{periods.short(one.listed_on)}（{one.medium}）です。"
            yield Step("公表日", Mark.FOUND, told)


def _compared(question: Question) -> Compared | None:
    return compare(question.register, question.rulebook, question.as_of, question.parameters)


def _row(question: Question, compared: Compared, contract: str, row: int, *, latest: bool) -> Iterator[Step]:
    said = next(
        picked(compared.held.rows, np.array([row]), ("register", "title", "signed_on", "amount", "published_on"))
    )
    compared_with = [f"公表簿「{said.register}」：{said.title}、{periods.short(said.signed_on)}"]
    compared_with += [yen.exact(said.amount)] if said.amount is not None else []
    compared_with += [f"公表日 {periods.short(said.published_on)}"] if said.published_on else []
    told = f"この契約に当たる行です（{_BY[By(int(compared.held.matches.by[row]))]}）。"
    cells = question.cells(contract, "title", "signed_on", "amount", "vendors", "ground", "estimated_price")
    yield Step(_LABEL, Mark.ON, told, cells + question.amendments(contract), tuple(compared_with))
    different = compared.differences.get(row, ())
    for one in different:
        yield Step(f"{one.what}", Mark.FOUND, f"{one.told}が違います。", parameters=("rounding",))
    if not latest:
        yield Step("比べる事項", Mark.NOTE, "あとで公表した公表簿の行を比べるので、この行は公表日だけを見ます。")
    elif not different:
        yield Step("比べる事項", Mark.CLEAN, "違いはありません。", parameters=("rounding",))


def _unlisted(question: Question, compared: Compared, contract: str, *, torn: bool) -> Step:
    """No row is this contract."""
    found = next((one for one in compared.missing.unlisted if one.item.contract_id == contract), None)
    if found:
        told = (
            f"「{found.item.rule.label}」の公表の対象で、同じ時期の契約を載せた公表簿「{found.register}」にありません。"
        )
        return Step(_LABEL, Mark.FOUND, told, question.cells(contract, "category", "method", "signed_on", "amount"))
    if contract in compared.missing.waiting:
        due = periods.short(compared.missing.waiting[contract])
        return Step(_LABEL, Mark.CLEAN, f"まだどの公表簿にもありませんが、公表の期限（{due}）が来ていません。")
    if contract in compared.missing.unknown:
        return Step(_LABEL, Mark.UNKNOWN, f"どの公表簿にもありません。{why(compared.missing.unknown[contract])}")
    if torn:
        return Step(
            _LABEL, Mark.CLEAN, "当たるかもしれない行がありますが、候補が二つ以上あって決められないため、挙げません。"
        )
    return Step(_LABEL, Mark.CLEAN, f"どの公表簿にもありませんが、{_innocent(question, compared, contract)}")


def _innocent(question: Question, compared: Compared, contract: str) -> str:
    """Why a contract that no register lists is not told: the duty to publish and the registers say which."""
    passed = compared.missing.passed
    if contract in passed:
        on = passed[contract]
        if on is None:
            return "台帳に公表日がないため、「公表期限」の検査が扱います。"
        return f"台帳の公表日（{periods.short(on)}）が、同じ区分・時期の契約を載せた公表簿より後です。"
    duties = question.once(_duties)
    if any(item.contract_id == contract for item in duties.owed):
        return "公表の対象で、取り込んだ公表簿は同じ区分・時期・部局の契約を載せていません。"
    if contract in duties.unknown:
        return f"取り込んだ公表簿は同じ時期の契約を載せていません。公表の対象かどうかは決められません（{why(duties.unknown[contract])}）。"
    return "公表の対象ではありません。"


def _duties(question: Question) -> publication.Duties:
    return publication.duties(question.register, question.rulebook, question.parameters.prompt_days)
