"""台帳の状態：ほかの検査が判定できなかった列、値が読み違えられているおそれのある列、数が多すぎる検査。

見るもの：
ほかの検査が「列なし」「空欄」「表選択不能」とした契約を列ごとにまとめたもの。台帳の値のうち、別の文字への読み違い（キリル文字、片仮名のカと
漢字の力）、規程にない随意契約理由、0円以下の金額、前後が逆の日付、遠すぎる年、もとの契約が台帳にない行。
確認事項が判定した契約に比べて多すぎる検査（設定や規程の取り違えのおそれ）。
なぜ：
判定できなかった契約は「該当なし」ではありません。どの列を埋めれば判定できるかがわからなければ、見落としは見えないままになります。
例：
契約分類の列がないため、分割発注の疑いを163件のどれについても判定できない。
該当しないもの：
規程にその定めがないために判定しないもの（規程なし）。値が空欄でも、判定に要らないもの。
前提：
値そのものは直しません。読み違いのおそれがある値も、台帳のとおりに判定します（根拠の記号の力だけはカと読みます）。
すること：
示した列を台帳で補うか、正しい値に直して、もう一度取り込んでください。
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from checks import ledger
from checks.catalogue import Check, Figure, Parameters, all_checks
from checks.cells import Cells
from checks.columns import Bools, array, filled, found_in, framed, listed, missing, stacked
from checks.finding import CheckResult, Finding, NotJudged, Severity
from checks.letters import FOREIGN, foreign
from checks.register import KNOWN, Register
from checks.rulebook import Rulebook

_TEXTS = (ledger.Kind.TEXT, ledger.Kind.LINES, ledger.Kind.NUMBER_13, ledger.Kind.PERCENT)
_KANJI = re.compile(r"[)）]\s*力")


class QualityParameters(Parameters):
    """Judgement, not law."""

    many: int = Field(50, ge=1, le=100_000, description="fewer findings than this are never too many")
    many_percent: float = Field(
        5,
        gt=0,
        le=100,
        description="findings per 100 contracts judged that are too many: in 江戸川区 1 of 100 was split",
    )
    years_ahead: int = Field(30, ge=1, le=100, description="no contract of an office ends later than this")
    first_year: int = Field(1990, ge=1868, le=2020, description="no contract of a ledger was signed before this year")
    listed: int = Field(20, ge=1, le=200, description="contracts that a finding lists by number")


@dataclass(frozen=True)
class Odd:
    """Rows of one column that look misread: which, in what words, and what to do."""

    table: str
    column: str
    kind: str
    told: str
    step: str
    rows: pd.DataFrame
    values: Sequence[str] = ()  # only codes; never a name


KEPT = {  # why, and what mends it; 規程なし is no fault of the ledger
    NotJudged.NO_COLUMN: ("台帳に列「{what}」がないため", "台帳に列「{what}」を加え、もう一度取り込んでください。"),
    NotJudged.BLANK: ("列「{what}」が空欄のため", "台帳の列「{what}」を補い、もう一度取り込んでください。"),
    NotJudged.TABLES_DISAGREE: (
        "「{what}」が定まらないため",
        "限度額の表を選ぶ日付（調達実施日など）を台帳に記録するか、規程の限度額を一つに定めてください。",
    ),
}


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: QualityParameters) -> CheckResult:
    """One finding per column that keeps checks from judging, per kind of odd value, per check that finds too much."""
    findings = [*_kept_from_judging(register, parameters), *_too_many(register, parameters)]
    findings += [_tell_odd(register, odd, parameters) for odd in odd_values(register, rulebook, as_of, parameters)]
    return CheckResult(tuple(findings), register.cells.rows)


# --- what the other checks said --------------------------------------------------------------------------------------


def blank_in(register: Register, heading: str) -> list[str]:
    """The contracts whose cell under a heading is blank, though their source has the column; by number."""
    column = next((column.name for column in ledger.CONTRACTS.columns if column.heading == heading), None)
    if column is None:
        return []
    rows = register.cells
    text = ledger.CONTRACTS.by_name[column].kind in _TEXTS
    blank = ~filled(rows[column]) if text else missing(rows[column])
    return sorted(listed(rows["contract_id"][blank & register.knew(rows[KNOWN], column)]))


def _kept_from_judging(register: Register, parameters: QualityParameters) -> Iterator[Finding]:
    """By column and reason: which checks could not judge how many contracts, and where the cell is blank, which."""
    held: dict[tuple[str, NotJudged], dict[str, int]] = {}
    for name, answer in sorted(register.answers.items()):
        for (reason, what), count in answer.not_judged.items():
            if reason in KEPT and count:
                held.setdefault((what, reason), {})[name] = count
    for (what, reason), counts in sorted(held.items()):
        titles = {name: all_checks()[name].title for name in counts}
        blind = [titles[name] for name in counts if not register.answers[name].judged]
        why, step = (text.format(what=what) for text in KEPT[reason])
        told = "、".join(f"「{titles[name]}」{count:,}件" for name, count in counts.items())
        blank = blank_in(register, what) if reason is NotJudged.BLANK else []
        yield Finding(
            check="data_quality",
            organization=register.organization,
            subject=f"{reason.name.lower()}|{what}",
            contracts=tuple(blank[: parameters.listed]),
            severity=Severity.LOW if blind else Severity.INFO,
            title=f"{why}判定できない契約があります",
            explanation=f"{why}、{told}を判定できませんでした。"
            + (f"{'・'.join(f'「{title}」' for title in blind)}は、一件も判定していません。" if blind else "")
            + "判定できなかった契約は、該当なしには数えていません。",
            next_step=step,
            authority="判定の前提（checks/README.md「前提」）",
            verified=True,
            figures={
                "column": what,
                "reason": reason.value,
                "count": max(counts.values()),
                "checks": {titles[name]: count for name, count in counts.items()},
            },
            pattern="判定できない列",
        )


def _too_many(register: Register, parameters: QualityParameters) -> Iterator[Finding]:
    """A check that finds something in every tenth contract is more likely set wrongly than right."""
    for name, answer in sorted(register.answers.items()):
        share = answer.found * 100 / answer.judged if answer.judged else 0
        if answer.found < parameters.many or share <= parameters.many_percent:
            continue
        title = all_checks()[name].title
        yield Finding(
            check="data_quality",
            organization=register.organization,
            subject=f"many|{name}",
            contracts=(),
            severity=Severity.LOW,
            title=f"「{title}」の確認事項が多すぎます",
            explanation=f"「{title}」は、判定した契約{answer.judged:,}件に対して{answer.found:,}件の確認事項を挙げています。"
            "これほど多い場合は、一件ごとの疑いよりも、規程の選び違い、台帳の列の取り違え、公表日などの未記録が疑われます。",
            next_step="規程と台帳の列を確かめてください。取り違えがなければ、検査の設定を見直してください。",
            authority="判定の前提（checks/README.md「前提」）",
            verified=True,
            figures={"checks": {title: answer.found}, "count": answer.found, "judged": answer.judged},
            pattern="多すぎる確認事項",
        )


# --- values that look misread ----------------------------------------------------------------------------------------

_MISREAD = "原本と照らして、正しい文字に直してください。"
_NUMBER = "原本と照らして、正しい値に直してください。"


def odd_values(register: Register, rulebook: Rulebook, as_of: date, parameters: QualityParameters) -> Iterator[Odd]:
    """Every kind of value that looks misread and that there is, with its rows."""
    rows = register.cells
    for column in ("title", "vendors", "department"):
        told = "に、読み違いとみられるキリル文字・ギリシャ文字"
        # a title is mostly a contract's own, the others are many contracts'
        odd = _foreign_titles(register) if column == "title" else rows.where(column, FOREIGN.search)
        yield from _odd(rows, column, "letters", told, _MISREAD, odd)
    yield from _odd_grounds(rows, rulebook)
    for column in ("amount", "estimated_price"):
        yen, none = rows.numbers(column)
        yield from _odd(rows, column, "not_positive", "に、0円以下の金額", _NUMBER, (yen <= 0) & ~none)
    last, first = as_of + timedelta(days=366 * parameters.years_ahead), date(parameters.first_year, 1, 1)
    # a blank date is NaT here, which is neither before nor after any other
    starts, ends, signed = (np.asarray(rows[column]) for column in ("starts_on", "ends_on", "signed_on"))
    yield from _odd(rows, "ends_on", "backwards", "に、履行開始日より前の日付", _NUMBER, ends < starts)
    yield from _odd(rows, "ends_on", "far", "に、遠すぎる年の日付", _NUMBER, ends > np.datetime64(last))
    yield from _odd(rows, "signed_on", "early", "に、古すぎる年の日付", _NUMBER, signed < np.datetime64(first))
    yield from _orphans(register)


def _foreign_titles(register: Register) -> Bools:
    """The titles are looked through as the table has them, the rows that do not count among them: then none need be put in order."""
    whole = foreign(register.tables["contracts"]["title"])
    return foreign(register.cells["title"]) if whole.any() else np.zeros(register.cells.rows, dtype=bool)


def _odd(
    rows: Any, column: str, kind: str, told: str, step: str, odd: Bools, table: str = "contracts"
) -> Iterator[Odd]:
    """Nothing, at no cost, where no row is odd."""
    if odd.any():
        held = framed({name: array(rows[name])[odd] for name in dict.fromkeys(("contract_id", column))})
        yield Odd(table, column, kind, told, step, held)


def _odd_grounds(rows: Cells, rulebook: Rulebook) -> Iterator[Odd]:
    """Grounds are few: each distinct one is looked at once."""
    told = "に、片仮名のカとみられる漢字の力（判定ではカと読みました）"
    yield from _odd(rows, "ground", "kanji", told, _MISREAD, rows.where("ground", _KANJI.search))
    if rulebook.grounds:
        kinds = rulebook.ground_kinds(rows.codes("ground")[1])
        strange = rows.where("ground", lambda text: bool(text) and kinds[text] is None)
        sole = strange & rows.equal("method", ledger.SOLE)
        told, step = f"に、規程「{rulebook.name}」にない記号", "規程の記号に直すか、規程に記号を加えてください。"
        for odd in _odd(rows, "ground", "unknown", told, step, sole):
            yield replace(odd, values=sorted(set(listed(odd.rows["ground"]))))


def _orphans(register: Register) -> Iterator[Odd]:
    """Rows of contracts that the ledger has not.

    All tables are asked at once, and which contracts they name, instead of which of what they name is a contract: they
    are few against the ledger. As many contracts as different numbers, and none is lost.
    """
    contracts = register.tables["contracts"]
    changed = np.flatnonzero(filled(contracts["change_of"]))
    asked: list[tuple[str, str, Any]] = [
        (name, "contract_id", register.tables[name]) for name in _OF_CONTRACTS if len(register.tables[name])
    ]
    if len(changed):
        changes = {name: contracts[name].array.take(changed) for name in ("contract_id", "change_of")}
        asked.append(("contracts", "change_of", changes))
    if not asked:
        return
    ids, named = contracts["contract_id"], stacked([rows[column] for _, column, rows in asked]).unique()
    if found_in(ids, named).sum() == len(named):
        return
    for name, column, rows in asked:
        step = (
            "もとの契約の番号を確かめてください。"
            if column == "change_of"
            else "契約番号を確かめるか、もとの契約を取り込んでください。"
        )
        odd = ~found_in(rows[column], ids)
        yield from _odd(rows, column, "orphan", "に、台帳にない契約番号", step, odd, name)


_OF_CONTRACTS = ("publications", "subcontracts", "wage_declarations", "events")


def _tell_odd(register: Register, odd: Odd, parameters: QualityParameters) -> Finding:
    heading = ledger.TABLES[odd.table].by_name[odd.column].heading
    where = heading if odd.table == "contracts" else f"{ledger.JAPANESE[odd.table]}の{heading}"
    ids = sorted(set(listed(odd.rows["contract_id"])))
    shown = ids[: parameters.listed]
    more = f"ほか{len(ids) - len(shown):,}件" if len(ids) > len(shown) else ""
    figures = {"column": where, "count": len(odd.rows), "numbers": "、".join([*shown, more] if more else shown)}
    return Finding(
        check="data_quality",
        organization=register.organization,
        subject=f"{odd.table}|{odd.column}|{odd.kind}",
        contracts=tuple(shown) if odd.kind != "orphan" else (),
        severity=Severity.INFO,
        title=f"列「{where}」{odd.told}があります",
        explanation=f"列「{where}」{odd.told}が{len(odd.rows):,}行あります"
        + (f"（{'、'.join(odd.values[:10])}）。" if odd.values else "。")
        + (
            "この行は、どの契約のものとしても判定されていません。"
            if odd.kind == "orphan"
            else "このままでも判定はしていますが、結果が変わるおそれがあります。"
        ),
        next_step=odd.step,
        authority="台帳の交換形式（列の意味と単位）",
        verified=True,
        figures=figures,
        pattern="読み違いのおそれ",
    )


CHECK = Check(
    id="data_quality",
    prefix="DQ",
    title="台帳の状態",
    question="台帳のどの列が、ほかの検査の判定を妨げているか。",
    authority="判定の前提（規程ではなく、この製品の読み方です）",
    examine=examine,
    parameters=QualityParameters,
    figures={
        "column": Figure("列"),
        "reason": Figure("理由"),
        "count": Figure("件数", "件"),
        "judged": Figure("判定した契約", "件"),
        "checks": Figure("検査", "件"),
        "numbers": Figure("契約番号"),
    },
    innocent="示した列や値が判定に要らない契約のもの、又は原本のとおりの値であれば、そのままで差し支えありません。",
    needs={"contracts": ("title",)},
    at_stake="",
    cleared_as="corrected",
    accepted_to_year_end=True,
    of_contracts=False,
    reads_answers=True,
)
