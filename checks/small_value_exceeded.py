"""少額随意契約の限度額超過の疑い：少額を理由とする随意契約の予定価格などが、その契約に適用された限度額を上回っている。

見るもの：
随意契約理由が「少額」の随意契約について、予定価格（単価契約は予定総額、借入れ・貸付けは年額又は総額）と、規程の基準日の表による限度額。
変更契約で契約金額が限度額を上回ったものは「変更後に限度額超」として一段低くお知らせします。
なぜ：
少額を理由とする随意契約は、予定価格が限度額を超えない場合に限られます（地方自治法施行令167条の2第1項1号、saitama:118）。
例：
令和7年3月31日までに調達を実施した業務（予定価格1,856,500円）を、4月24日に少額の随意契約とした。基準日は調達実施日なので、
改定前の限度額1,000,000円による。
該当しないもの：
ちょうど限度額のもの（「超えない」に当たる）。少額以外の理由による随意契約。競争による契約。
前提：
予定価格がなければ契約金額を下限として用い、上回れば重要度を一段下げ、上回らなければ限度額以内とみなします。売払いと貸付けでは契約金額は
予定価格の下限にならないので、契約金額だけが上回るものは判定しません。年額の記録がない一年を超える借入れなどと、期間の記録がなく
規程が一年を超えるものを総額によらせる借入れなどは、総額で判定し、一段下げます。調達実施日がなく調達実施期限だけがあるときは、
その期限までに調達を始めた場合に考えられる表のすべてによります。
限度額の表が二つ考えられるときは、どちらの額も上回る場合だけお知らせし、一方だけなら判定しません。
契約分類のない随意契約は、限度額が定まらないので判定しません。
すること：
起案で予定価格・契約分類・調達を始めた日を確かめ、少額以外の理由によるものであれば随意契約理由を直してください。
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, cast

import numpy as np
import pandas as pd

from checks import ledger, periods, yen
from checks.catalogue import Check, Figure, Parameters
from checks.cells import Cells, Lazy
from checks.columns import Bools, Ints, framed, missing, texts
from checks.finding import UNVERIFIED_NOTE, CheckResult, Finding, NotJudged, Reasons, Severity
from checks.limits import Tables, bounds, measures, unmeasured
from checks.register import KNOWN, Register, picked
from checks.rulebook import GroundClass, LimitClass, Rulebook, SmallValue

_TOLD = [  # of each contract that is found or traced
    "contract_id", "title", "department", "ground", "kind", "signed_on", "procured_by", "basis", "latest", "table", "unit_price",
    "amount", "after", "annual_amount", "measure", "measured_by", "lower_bound", "by_total", "income",
]  # fmt: skip


class ExceededParameters(Parameters):
    """This check has no figure of judgement: all of them are the rulebook's."""


class Verdict(StrEnum):
    """What the figures of one contract say."""

    WITHIN = ""
    EXCEEDED = "限度額超"
    AMENDED = "変更後に限度額超"
    TABLES_DISAGREE = "tables"  # above by one of the tables that may apply, not by the other
    NO_MEASURE = "measure"  # 契約金額 is above, but proves nothing of the 予定価格


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: ExceededParameters) -> CheckResult:  # noqa: ARG001  # every figure is the rulebook's
    """One finding per contract whose ground is small-value though its measure, or its total as changed, is above the limit."""
    rules = rulebook.small_value
    if rules is None:
        no_rule = NotJudged.NO_RULE, "少額随意契約の限度額"
        return CheckResult(not_judged=Reasons.all(no_rule, pd.Series(register.cells["contract_id"])))
    work = worked(register, rulebook, rules)
    rows, not_judged = work.rows, work.not_judged
    torn, unproved = (work.of(one) for one in (Verdict.TABLES_DISAGREE, Verdict.NO_MEASURE))
    not_judged.each(
        (which_tables(rules, row), row.contract_id)
        for row in picked(rows, torn, ["contract_id", "kind", "table", "basis"])
    )
    if len(unproved):
        ids = pd.Series(rows.take("contract_id", unproved))
        known = register.knew(rows[KNOWN][unproved], "estimated_price")
        for reason, missing in ((NotJudged.BLANK, known), (NotJudged.NO_COLUMN, ~known)):
            if missing.any():
                not_judged.add((reason, "予定価格"), ids[missing])
    findings = [
        _finding(register, rules, work.tables, row, verdict)
        for verdict in (Verdict.EXCEEDED, Verdict.AMENDED)
        for row in picked(rows, work.of(verdict), _TOLD)
    ]
    return CheckResult(tuple(findings), work.without_claim + len(work.asked) - len(torn) - len(unproved), not_judged)


@dataclass(frozen=True)
class Work:
    """The contracts on the small value that have a limit, with their verdict; how many rest on something else; the rest."""

    rows: Cells  # of all contracts: limits.measures, table (Candidates or None) and after (yen as changed)
    asked: Ints  # the places of those that have a limit
    verdicts: Ints  # of each of them, as a place in Verdict
    without_claim: int
    tables: Tables
    not_judged: Reasons

    def of(self, verdict: Verdict) -> Ints:
        """The places of those with this verdict."""
        return cast("Ints", self.asked[self.verdicts == list(Verdict).index(verdict)])

    def frame(self) -> pd.DataFrame:
        """Those asked, row by row, with their verdict."""
        verdicts = texts(list(map(str, Verdict)), self.verdicts)
        return framed({**{name: self.rows.take(name, self.asked) for name in _TOLD}, "verdict": verdicts})


def worked(register: Register, rulebook: Rulebook, rules: SmallValue) -> Work:
    """What is asked of a register, before it is told."""
    rows = measures(register, rulebook)
    kinds = rulebook.ground_kinds(rows.codes("ground")[1])
    small = rows.where("ground", lambda text: kinds[text] is GroundClass.SMALL_VALUE)
    claims = rows.equal("method", ledger.SOLE) & small
    left, not_judged = _answerable(register, rows, rules, kinds, claims)
    places = np.flatnonzero(left & claims)
    tables, (codes, names) = Tables(rules), rows.codes("kind")
    basis, latest = rows.days("basis")[places], rows.days("latest")[places]
    numbered, found = tables.answers((codes[places], names), basis, latest)
    ruled = np.array([one is not None for one in found], dtype=bool)[numbered]
    not_judged.each(
        ((NotJudged.NO_RULE, f"少額随意契約の限度額（{LimitClass(row.kind).label}）"), row.contract_id)
        for row in picked(rows, places[~ruled], ["contract_id", "kind"])
    )
    asked = places[ruled]

    def table() -> Any:
        # not of ``rows``, which will hold this: a register that holds itself lives on until someone looks for such
        held, each = np.full(len(left), None, dtype=object), np.empty(len(found), dtype=object)
        each[:] = found
        held[places] = each[numbered]
        return held

    rows = rows.added({"table": Lazy(table), "after": Lazy(lambda: register.changed)})
    verdicts = _verdicts(rows, asked, *(yen[numbered[ruled]] for yen in bounds(found)))
    return Work(rows, asked, verdicts, int((left & ~claims).sum()), tables, not_judged)


def _answerable(
    register: Register,
    rows: Cells,
    rules: SmallValue,
    kinds: Mapping[str, GroundClass | None],
    claims: Bools,
) -> tuple[Bools, Reasons]:
    """Which contracts can be asked: of a 随意契約 the ground and the category are needed, of a small-value one the amount.

    Competition needs none of them. A ground or a category that the rulebook does not know is 規程なし.
    """
    sole = rows.equal("method", ledger.SOLE)
    # 契約金額 alone answers for a sale too, if it is within the limit: its 予定価格 cannot be higher
    wanting = claims & missing(rows["amount"])
    blank = {
        "method": rows.equal("method", ""),
        "ground": sole & rows.equal("ground", ""),
        "category": sole & rows.equal("category", ""),
        **{column: wanting & lacks for column, lacks in unmeasured(rows).items()},
    }
    left, not_judged = register.answering(rows, blank)
    for what, column, known in (
        ("随意契約理由の区分", "ground", {text for text, kind in kinds.items() if kind}),
        ("契約分類の区分", "category", set(map(str, rules.categories))),
    ):
        unknown = left & sole & ~rows.where(column, known.__contains__)
        if unknown.any():
            not_judged.add((NotJudged.NO_RULE, what), pd.Series(rows["contract_id"][unknown]))
            left &= ~unknown
    return left, not_judged


def _verdicts(rows: Cells, asked: Ints, lowest: Ints, highest: Ints) -> Ints:
    """Above every table that may apply is found, above one of them only is not judged; exactly at the limit is within."""
    (measure, unmeasured), (amount, no_amount), (after, no_after) = (
        (yen[asked], none[asked]) for yen, none in (rows.numbers(name) for name in ("measure", "amount", "after"))
    )
    by_year = rows.where("measured_by", "annual_amount".__eq__)
    comparable = ~(rows["income"] | by_year)[asked] & ~no_after
    # passed by the change: the amount was within, the total is not; a yearly amount says nothing of a total, and
    # what is received nothing of a 予定価格
    above, changed = (
        [held & (yen > limit) for limit in (lowest, highest)]
        for held, yen in ((~unmeasured, measure), (comparable, after))
    )
    changed = [held & ~(~no_amount & (amount > limit)) for held, limit in zip(changed, (lowest, highest), strict=True)]
    unproved = unmeasured & ~no_amount & (amount > lowest)
    cases = {
        Verdict.NO_MEASURE: unproved,
        Verdict.EXCEEDED: above[1],
        Verdict.AMENDED: changed[1],
        Verdict.TABLES_DISAGREE: above[0] | changed[0],
    }
    order = list(Verdict)
    return np.select(list(cases.values()), [order.index(one) for one in cases], order.index(Verdict.WITHIN))


def _basis_heading(rules: SmallValue) -> str:
    return ledger.CONTRACTS.by_name[rules.basis].heading


def which_tables(rules: SmallValue, row: Any) -> tuple[NotJudged, str]:
    """What would choose between the tables; a known date means that the rulebook itself is unsure.

    Without the figures: they change, and the reason is an identity (data_quality).
    """
    mend = "限度額の表" if row.basis else f"{_basis_heading(rules)}・限度額の表"
    return NotJudged.TABLES_DISAGREE, f"{mend}（{LimitClass(row.kind).label}）"


# --- what is said --------------------------------------------------------------------------------------------------


def _measure_of(row: Any) -> str:
    return "予定総額" if row.unit_price else ledger.CONTRACTS.by_name[row.measured_by].heading


def _basis_on(rules: SmallValue, row: Any) -> date | None:
    """The day that chose the table: the basis date, or its last possible day where that left one table."""
    bounded = rules.basis == "procured_on" and row.procured_by is not None and len(row.table.limits) == 1
    return row.basis or (row.latest if bounded else None)


def _notes(rules: SmallValue, row: Any, by_signing: int | None) -> list[str]:
    """What a person needs to weigh the sentence: the date that chose the table, and every reservation."""
    basis, heading = _basis_on(rules, row), _basis_heading(rules)
    limits = row.table.limits
    notes = []
    if basis and rules.basis != "signed_on":
        told = "" if row.basis else "以前"
        notes.append(f"限度額の表は{heading}（{periods.wareki(basis)}{told}）によります。")
        if by_signing is not None:
            used = (
                "団体の規則がその日で表を選ぶのであれば、限度額以内のことがあります。"
                if rules.cap
                else "規程により用いません。"
            )
            notes.append(f"契約締結日（{periods.wareki(row.signed_on)}）の表では{yen.exact(by_signing)}です。{used}")
    if len(limits) > 1:
        amounts = "・".join(yen.exact(limit.amount) for limit in limits)
        notes.append(f"考えられる限度額（{amounts}）のどれによっても上回ります。")
    if rules.cap:
        notes.append("限度額は政令の上限で判定しています。")
    if row.lower_bound:
        notes.append("予定価格の記録がないため、契約金額を下限として用いました。")
    if row.by_total and row.annual_amount is None:
        notes.append("年額の記録がないため総額で判定しました。年額で限度額以内のことがあります。")
    elif row.by_total:
        notes.append("期間の記録がないため、年額より大きい総額で判定しました。一年以内の契約であれば年額によります。")
    if not row.table.verified:
        notes.append(UNVERIFIED_NOTE)
    return notes


def _higher_by_signing(tables: Tables, row: Any) -> int | None:
    """The limit of the table of the signing date, where it is the higher one. Yen."""
    by_signing = tables.find(LimitClass(row.kind), row.signed_on, row.signed_on)
    if by_signing is None or by_signing.lowest.amount <= row.table.highest.amount:
        return None
    return by_signing.lowest.amount


def _finding(register: Register, rules: SmallValue, tables: Tables, row: Any, verdict: Verdict) -> Finding:
    amended = verdict is Verdict.AMENDED
    limit, label = row.table.highest, LimitClass(row.kind).label
    of = _measure_of(row)
    excess = (row.after if amended else row.measure) - limit.amount
    sentence = (
        f"{periods.wareki(row.signed_on)}に少額（{row.ground}）を理由として随意契約としていますが、"
        if not amended
        else f"{periods.wareki(row.signed_on)}の少額（{row.ground}）を理由とする随意契約は、{of}{yen.exact(row.measure)}でしたが、"
    )
    compared = f"変更後の契約金額{yen.exact(row.after)}" if amended else f"{of}{yen.exact(row.measure)}"
    sentence += f"{compared}が「{label}」の限度額{yen.exact(limit.amount)}を{yen.exact(excess)}上回ります。"
    severity = Severity.MEDIUM if amended else Severity.HIGH
    by_signing = _higher_by_signing(tables, row)
    # within the table of the signing date, under a rulebook that is only the 政令's cap: the body may go by that date
    open_ = rules.cap and by_signing is not None and row.measure <= by_signing
    if row.lower_bound or not row.table.verified or row.by_total or open_:
        severity = severity.level_down()
    basis = _basis_on(rules, row)
    figures: Mapping[str, Any] = {
        "measure": row.measure,
        "measure_of": of,
        "amount_after_change": row.after if amended else None,
        "limit": limit.amount,
        "limit_class": label,
        "excess": excess,
        "basis": _basis_heading(rules),
        "basis_on": basis.isoformat() if basis else None,
        "signed_on": row.signed_on.isoformat(),
    }
    return Finding(
        check="small_value_exceeded",
        organization=register.organization,
        subject=row.contract_id,
        contracts=(row.contract_id,),
        severity=severity,
        title=f"「{row.title}」{'変更後の契約金額' if amended else '少額随意契約'}の限度額超過の疑い",
        explanation=sentence + "".join(_notes(rules, row, by_signing)),
        next_step=(
            "変更の起案で、増額の理由と、当初に見込めなかった事情を確かめ、記録してください。"
            if amended
            else "起案で予定価格・契約分類・調達を始めた日を確かめ、ほかの理由によるものであれば随意契約理由を直してください。"
        ),
        authority=f"{rules.authority}（{limit.source}）",
        verified=row.table.verified,
        figures={name: value for name, value in figures.items() if value is not None},
        department=row.department,
        pattern=str(verdict),
    )


CHECK = Check(
    id="small_value_exceeded",
    prefix="SV",
    title="少額随意契約の限度額超過の疑い",
    question="少額を理由とする随意契約の予定価格が、その契約に適用された限度額を上回っていないか。",
    authority="地方自治法施行令167条の2第1項1号・予算決算及び会計令99条2号〜7号（saitama:118、jlis:196）",
    examine=examine,
    parameters=ExceededParameters,
    figures={
        "measure": Figure("限度額と比べた額", "円"),
        "measure_of": Figure("比べた額の種類"),
        "amount_after_change": Figure("変更後の契約金額", "円"),
        "limit": Figure("限度額", "円"),
        "limit_class": Figure("契約の種類"),
        "excess": Figure("上回る額", "円"),
        "basis": Figure("表を選ぶ日"),
        "basis_on": Figure("その日付", "日付"),
        "signed_on": Figure("契約締結日", "日付"),
    },
    innocent="調達を始めた日や契約分類の記録が違う、ほかの随意契約理由にも当たる、または増額が当初に見込めなかったものなら、問題ではないことがあります。",
    needs={"contracts": ("category", "method", "ground", "signed_on", "estimated_price", "amount")},
    at_stake="measure",
    cleared_as="corrected",
    version=2,
)
