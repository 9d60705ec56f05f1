"""Steps of checks/limit_bunching.py."""

from collections.abc import Iterator

from checks import ledger, yen
from checks.limit_bunching import Told, answerable, find, odds
from checks.trace import BLANK, NO_COLUMN, Mark, Question, Step, limit_rule


def steps(question: Question, contract: str) -> Iterator[Step]:
    """The amount; how many contracts there are to compare with; the piles, and whether this one is inside of one."""
    parameters, row = question.parameters, question.row(contract)
    cells = question.cells(contract, "method", "estimated_price", "unit_price")
    blank = next((cell for cell in cells[:2] if cell.text in (BLANK, NO_COLUMN)), None)
    if blank or row.unit_price:
        told = (
            f"{blank.heading}が{blank.text.strip('（）')}のため、判定できません。"
            if blank
            else "単価契約の予定価格は見ません。"
        )
        yield Step("予定価格", Mark.UNKNOWN, told, cells)
        return
    yield Step(
        "予定価格", Mark.ON, f"予定価格 {yen.exact(row.estimated_price)}が、どの額の直下にあるかを見ます。", cells
    )
    piles, looked_at = question.once(_piles)
    few = looked_at < parameters.least_contracts
    compared = f"予定価格のある随意契約 {looked_at}件 {'＜' if few else '≧'} {parameters.least_contracts}件"
    if few and row.method == ledger.SOLE:
        told = "少なすぎて、分布を比べられません。"
        yield Step("比べる契約の数", Mark.UNKNOWN, told, (), (compared,), (), ("least_contracts",))
    else:
        yield Step("比べる契約の数", Mark.ON, "分布を比べます。", (), (compared,), (), ("least_contracts",))
    mine = [pile for pile in piles if contract in set(pile.pile.rows["contract_id"])]
    if not mine:
        told = "この契約を含めて調べた中に、額の直下への集中はありません。"
        yield Step("直下への集中", Mark.CLEAN, told, parameters=("error_rate", "least_pile", "least_ratio"))
    for pile in mine:
        yield _pile(question, contract, pile)


def _piles(question: Question) -> tuple[list[Told], int]:
    rows, _ = answerable(question.register)
    return find(question.register, question.rulebook, rows, question.parameters)


def _pile(question: Question, contract: str, told: Told) -> Step:
    """This contract against the band below the limit; a finding lists the nearest ones only."""
    limit, low = told.pile.limit, told.pile.limit - told.bar
    measure = int(told.pile.rows.loc[told.pile.rows["contract_id"] == contract, "yen"].iloc[0])
    inside = low < measure <= limit
    listed = any(contract in one.contracts and one.figures["limit"] == limit for one in question.result.findings)
    where = told.pile.department or "機関全体"
    compared = (
        f"{where}：{yen.exact(limit)}の直下に{len(told.inside)}件（見込みは多くても{told.usual}件ほど、偶然による割合は{odds(told.pile.chance)}）",
        f"この契約の {yen.exact(measure)} は、{yen.exact(low)}超 {yen.exact(limit)}以下の{'中' if inside else '外'}",
    )
    if not inside:
        verdict = "集中は見られますが、この契約はその中にありません。"
    elif listed:
        verdict = "集中の中にあります。個々の契約に問題があるという意味ではありません。"
    else:
        verdict = "集中の中にありますが、確認事項に番号を挙げる契約ではありません（額の近いもの、公表された相手方のものから挙げます）。"
    rules = tuple(limit_rule(kind, one) for kind, one in told.known)
    mark = Mark.FOUND if listed else Mark.CLEAN
    return Step(
        "直下への集中", mark, verdict, (), compared, rules, ("error_rate", "least_pile", "least_ratio", "listed")
    )
