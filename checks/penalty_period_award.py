"""減点期間中の賃上げ加点の疑い：賃上げの減点の期間にある相手方に、賃上げの加点のある契約を決めている。

見るもの：
賃上げ加点のある契約（賃上げ加点の記録、又はその契約についての賃上げの表明）の落札決定日（なければ契約締結日）と、
相手方の減点の期間（指名停止等の表の区分「減点」）。減点の記録は全機関で共有します。
なぜ：
賃上げを実行しなかった者などは、減点の開始日から1年間、全省庁の総合評価で、加点より大きな割合で減点されます
（rinya:1029, 1073-1076, 1113-1114）。
例：
令和8年10月1日から減点の期間にある会社に、同年12月、賃上げの加点5点を与えて落札を決定した。
該当しないもの：
減点の始まる前日までと、終わった翌日からの落札。加点のない契約（0、なし、対象外、表明なしなど）。加点の欄が減点（▲6など）になっている契約。
加点の有無を読み取れない値（別紙など）の契約は判定しません。
前提：
相手方は法人番号、なければ正規化した名称と商号変更の表で同定します。どちらかに法人番号がなければ名称で突き合わせます。
終了日の記録がなければ、開始日を一日目として規程の月数の終わりまでとします。連名の契約は、構成員の一人が期間中であれば当たります。
すること：
総合評価の採点表で減点が反映されたかを確かめ、減点の通知を受けた日とあわせて記録してください。
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from checks import ledger, periods
from checks.catalogue import Check, Figure, Parameters
from checks.columns import Bools, among, listed
from checks.finding import UNVERIFIED_NOTE, CheckResult, Finding, NotJudged, Reasons, Severity
from checks.register import KNOWN, Register, picked
from checks.rulebook import Rulebook, WageRaise
from checks.sanctions import DEDUCTION, Sanction, Sanctions
from checks.vendors import Vendor
from checks.wage_raise import UNREADABLE, Points, points, read_points

_WITHOUT_SCORES = (ledger.SOLE, ledger.AUCTION)  # no 総合評価, so no points whose column could be missing


_ASKED = ["contract_id", "title", "department", "signed_on", "awarded_on", "amount", "score_points"]


class PenaltyParameters(Parameters):
    """This check has no figure of judgement: all of them are the rulebook's."""


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: PenaltyParameters) -> CheckResult:  # noqa: ARG001  # every figure is the rulebook's
    """One finding per contract with wage-raise points of which a vendor was inside its 減点 period on the day of the award."""
    rows, ids = register.cells, pd.Series(register.cells["contract_id"], copy=False)
    given, unreadable, unknown = scored(register)
    rules = rulebook.wage_raise
    not_judged = Reasons()
    if rules is None:
        spoken_of = ids[given | unreadable]
        if len(spoken_of):
            not_judged.add((NotJudged.NO_RULE, "賃上げ加点の定め"), spoken_of)
        return CheckResult(not_judged=not_judged, asked=frozenset(listed(spoken_of)))
    if unknown.any():
        not_judged.add((NotJudged.NO_COLUMN, ledger.CONTRACTS.by_name["score_points"].heading), ids[unknown])
    if unreadable.any():
        not_judged.add(UNREADABLE, ids[unreadable])
    clean = int((~given & ~unknown & ~unreadable).sum())
    if not given.any():
        return CheckResult(judged=clean, not_judged=not_judged)
    if not len(register.tables["vendor_sanctions"]):
        # no sanction was ever recorded: an absent table is unknown, it is no proof that there is none
        not_judged.add((NotJudged.NO_COLUMN, "減点の開始日"), ids[given])
        return CheckResult(judged=clean, not_judged=not_judged)
    reached = reached_by(register, rules, given)
    findings = []
    for row in picked(rows, np.flatnonzero(given & among(rows["contract_id"], reached)), _ASKED):
        day = row.awarded_on or row.signed_on
        within = [(name, one) for name, held in reached[row.contract_id] for one in held if one.covers(day)]
        if within:
            findings.append(_finding(register, rules, row, day, within))
    return CheckResult(tuple(findings), clean + int(given.sum()), not_judged)


def scored(register: Register) -> tuple[Bools, Bools, Bools]:
    """Where points were given, where what stands there cannot be read, where the column that would tell is absent."""
    rows, declares = register.cells, register.with_rows_in("wage_declarations")
    silent, (said, unreadable) = rows.equal("score_points", ""), points(rows)
    # a declaration tells of points only where the column of points is silent
    given = said | (declares & (silent | unreadable))
    scoreless = rows.where("method", _WITHOUT_SCORES.__contains__)
    unknown = ~given & ~declares & ~register.knew(rows[KNOWN], "score_points") & ~scoreless
    return given, unreadable & ~declares, unknown


def reached_by(register: Register, rules: WageRaise, given: Bools) -> Mapping[str, list[tuple[str, list[Sanction]]]]:
    """contract_id → its vendors that have sanctions, with them; vendors that are not disclosed are linked to nothing.

    ``given``: of which contracts.
    """
    sanctions = Sanctions(register, [DEDUCTION], rules.penalty.months)
    parties = register.parties
    asked = np.flatnonzero(given[parties["contract"]] & ~parties["hidden"])
    found: dict[str, list[tuple[str, list[Sanction]]]] = {}
    known: dict[Vendor, list[Sanction]] = {}
    for row in picked(parties, asked, ["contract_id", "name", "vendor"]):
        if row.vendor not in known:
            known[row.vendor] = sanctions.of(row.vendor.known_by)
        if known[row.vendor]:
            found.setdefault(row.contract_id, []).append((row.name, known[row.vendor]))
    return found


def _finding(
    register: Register, rules: WageRaise, row: Any, award: date, within: Sequence[tuple[str, Sanction]]
) -> Finding:
    """High where points above nothing are recorded, medium where only a declaration tells of them; by name alone, one lower."""
    scored = read_points(row.score_points) is Points.GIVEN
    _, sanction = min(within, key=lambda entry: (entry[1].by_name, entry[1].starts_on, entry[0]))
    names = "、".join(sorted({name for name, _ in within}))
    assumed_end = sanction.ends_on is None
    verified = rules.penalty.verified or not assumed_end
    severity = Severity.HIGH if scored else Severity.MEDIUM
    if sanction.by_name or not verified:
        severity = severity.level_down()
    points = f"賃上げの加点（{row.score_points}）" if scored else "賃上げの表明"
    told = (
        f"{names}は{periods.wareki(sanction.starts_on)}から{periods.wareki(sanction.last_on)}まで賃上げの減点の期間にありますが、"
        f"{'落札決定日' if row.awarded_on else '契約締結日'}が{periods.wareki(award)}のこの契約に、{points}の記録があります。"
        "減点が反映されたことを確認できません。"
    )
    if assumed_end:
        told += f"終了日の記録がないため、開始日から{rules.penalty.months}か月とみなしました（推定）。"
    if sanction.by_name:
        told += "法人番号では突き合わせられず、名称の一致によります。"
    figures = {
        "vendors": names,
        "awarded_on": award.isoformat(),
        "points": row.score_points if scored else "記録なし（表明による）",
        "penalty_from": sanction.starts_on.isoformat(),
        "penalty_until": sanction.last_on.isoformat(),
        "amount": row.amount,
    }
    return Finding(
        check="penalty_period_award",
        organization=register.organization,
        subject=row.contract_id,
        contracts=(row.contract_id,),
        severity=severity,
        title=f"「{row.title}」減点期間中の相手方への賃上げ加点の疑い",
        explanation=told + ("" if verified else UNVERIFIED_NOTE),
        next_step="総合評価の採点表で減点が反映されたかを確かめ、減点の通知を受けた日とあわせて記録してください。",
        authority=f"{rules.authority}（{rules.penalty.source}）",
        verified=verified,
        figures={name: value for name, value in figures.items() if value is not None},
        department=row.department,
        pattern="減点期間中の加点",
    )


CHECK = Check(
    id="penalty_period_award",
    prefix="PA",
    title="減点期間中の賃上げ加点の疑い",
    question="賃上げの減点の期間にある相手方に、賃上げの加点を与えていないか。",
    authority="総合評価落札方式における賃上げを実施する企業に対する加点措置（財計第4803号・第2111号、rinya:1029, 1073-1076, 1114）",
    examine=examine,
    parameters=PenaltyParameters,
    figures={
        "vendors": Figure("相手方"),
        "awarded_on": Figure("落札決定日", "日付"),
        "points": Figure("賃上げ加点"),
        "penalty_from": Figure("減点の始まり", "日付"),
        "penalty_until": Figure("減点の終わり", "日付"),
        "amount": Figure("契約金額", "円"),
    },
    innocent="減点を差し引いた後の点数で落札が決まっている、減点の通知が入札の後に届いた、又は名称が同じ別の会社であるなら、問題ではありません。",
    needs={"contracts": ("score_points", "signed_on", "vendors"), "vendor_sanctions": ("kind", "starts_on")},
    at_stake="amount",
    cleared_as="corrected",
    version=2,
)
