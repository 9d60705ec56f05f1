"""Steps of checks/data_quality.py: what of this contract keeps the other checks from judging, and what looks misread."""

from collections.abc import Iterator

from checks import ledger
from checks.catalogue import all_checks
from checks.data_quality import KEPT, Odd, blank_in, odd_values
from checks.finding import NotJudged
from checks.trace import Cell, Mark, Question, Step


def steps(question: Question, contract: str) -> Iterator[Step]:
    """The columns that other checks lack, then the values that look misread."""
    found = list(_blanks(question, contract)) + list(_odd(question, contract))
    yield from found
    if not found:
        told = "この契約の欄に、ほかの検査の判定を妨げる空欄も、読み違いのおそれのある値もありません。"
        yield Step("欄の状態", Mark.CLEAN, told, parameters=("years_ahead", "first_year"))


def _listed(question: Question, contract: str, subject: str) -> Mark:
    """A finding lists so many contracts by number; the others are counted in it."""
    held = any(one.subject == subject and contract in one.contracts for one in question.result.findings)
    return Mark.FOUND if held else Mark.NOTE


def _blanks(question: Question, contract: str) -> Iterator[Step]:
    counts: dict[tuple[NotJudged, str], list[str]] = {}
    for name, answer in sorted(question.register.answers.items()):
        for (reason, what), count in answer.not_judged.items():
            if reason in KEPT and count:
                counts.setdefault((reason, what), []).append(all_checks()[name].title)
    for (reason, what), titles in sorted(counts.items()):
        if reason is NotJudged.BLANK and contract not in blank_in(question.register, what):
            continue
        told = f"{KEPT[reason][0].format(what=what)}、{'・'.join(f'「{title}」' for title in titles)}に判定できない契約があります。"
        mark = _listed(question, contract, f"{reason.name.lower()}|{what}")
        yield Step(f"列「{what}」", mark, told, _cells(question, contract, what), parameters=("listed",))


def _cells(question: Question, contract: str, heading: str) -> tuple[Cell, ...]:
    column = next((one.name for one in ledger.CONTRACTS.columns if one.heading == heading), None)
    return question.cells(contract, column) if column else ()


def _odd(question: Question, contract: str) -> Iterator[Step]:
    for odd in question.once(_odd_values):
        if contract not in set(odd.rows["contract_id"]):
            continue
        heading = ledger.TABLES[odd.table].by_name[odd.column].heading
        cells = question.cells(contract, odd.column) if odd.table == "contracts" else ()
        mark = _listed(question, contract, f"{odd.table}|{odd.column}|{odd.kind}")
        yield Step(
            f"列「{heading}」の値", mark, f"列「{heading}」{odd.told}があります。", cells, parameters=("listed",)
        )


def _odd_values(question: Question) -> list[Odd]:
    return [
        odd
        for odd in odd_values(question.register, question.rulebook, question.as_of, question.parameters)
        if len(odd.rows)
    ]
