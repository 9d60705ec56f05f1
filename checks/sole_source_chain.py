"""接続を理由とする随意契約の連鎖：既に調達した物品等・既に契約した役務への接続を理由とする随意契約が、同じ相手方と続いている。

見るもの：
規程が「接続」と分類する根拠（J-LISの(2)キ、さいたま市の2号 物品等⑧・工事等②イ、6号 物品等⑥、特例政令11条1項2号）による
随意契約のうち、36か月の間に同じ相手方と3件以上あるもの。続く限り何件でも一つの連鎖とします。
なぜ：
接続を理由とする随意契約は、最初の契約で相手方が決まり、その後の競争がなくなります。監視委員会が繰り返し問う形です（law.md 8）。
例：
住民記録システムの改修・保守・更改が、同じ業者と2年間に5回、(2)キで結ばれた。
該当しないもの：
排他的権利（(2)カ）、公募の結果一者（(2)ケ）など、ほかの根拠によるもの。36か月に2件までのもの。
前提：
相手方は法人番号、なければ正規化した名称と商号変更の表で同定します。連名の契約は各社の連鎖に数え、金額は内訳が公表されないため
件数だけを示します。
すること：
もとになった契約と、次に競争に戻せる時期を確かめてください。調査・研究の連続では、最初の仕様書で後続に必要なデータの
引渡しを求めていたかを確かめてください（saitama:208）。
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
from pydantic import Field

from checks import ledger, periods, yen
from checks.catalogue import Check, Figure, Parameters
from checks.finding import UNVERIFIED_NOTE, CheckResult, Finding, NotJudged, Severity
from checks.register import Register
from checks.rulebook import GroundClass, Rulebook


class ChainParameters(Parameters):
    """Judgement, not law: when repetition is worth a look."""

    window_months: int = Field(36, ge=12, le=120, description="shorter misses yearly renewals of three-year systems")
    least: int = Field(3, ge=2, le=20, description="two are a contract and its follow-up")
    medium_count: int = Field(5, ge=2, le=100)
    high_count: int = Field(10, ge=3, le=1000)
    medium_yen: int = Field(50_000_000, ge=0, description="yen of contracts held alone")
    high_yen: int = Field(500_000_000, ge=0, description="yen of contracts held alone")


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: ChainParameters) -> CheckResult:  # noqa: ARG001
    """One finding per vendor identity that has a chain; a joint contract is in the chain of each of its members."""
    connected = [ground for ground in rulebook.grounds.values() if ground.kind is GroundClass.CONNECTED]
    rows = register.contracts
    if not connected:
        return CheckResult(not_judged={(NotJudged.NO_RULE, "接続を理由とする随意契約の区分"): len(rows)})
    no_ground = (rows["method"] == ledger.SOLE) & (rows["ground"] == "")  # competitive contracts need none
    judged, not_judged = register.answerable(rows, {"method": rows["method"] == "", "ground": no_ground})
    kinds = rulebook.ground_kinds(list(judged["ground"].unique()))
    wanted = {text for text, kind in kinds.items() if kind is GroundClass.CONNECTED}
    links = judged[judged["ground"].isin(wanted) & (judged["method"] == ledger.SOLE)]
    vendors = register.vendors.merge(
        links, on="contract_id", how="inner", validate="many_to_one", suffixes=("", "_contract")
    )
    vendors = vendors[~vendors["hidden"]]
    share = register.vendors.groupby("identity")["contract_id"].nunique()
    findings = []
    vendors = vendors.drop_duplicates(["identity", "contract_id"]).sort_values(
        ["signed_on", "contract_id"], kind="stable"
    )
    for identity, held in vendors.groupby("identity", sort=True):
        chain = held[_chained(held["signed_on"], parameters)]
        if len(chain):
            findings.append(_finding(register, rulebook, str(identity), chain, int(share[identity]), parameters))
    return CheckResult(tuple(findings), len(judged), not_judged)


def _chained(signed_on: "pd.Series[pd.Timestamp]", parameters: ChainParameters) -> list[bool]:
    """Which contracts stand in some window of so many months with enough others; dates must be in order."""
    days = [stamp.date() for stamp in signed_on]
    chained = [False] * len(days)
    start = 0
    for i, day in enumerate(days):
        while periods.months_after(days[start], parameters.window_months) < day:
            start += 1
        if i - start + 1 >= parameters.least:
            chained[start : i + 1] = [True] * (i - start + 1)
    return chained


def _finding(
    register: Register,
    rulebook: Rulebook,
    identity: str,
    chain: pd.DataFrame,
    held_in_all: int,
    parameters: ChainParameters,
) -> Finding:
    name = register.vendor_names[identity]
    alone = chain[~chain["joint"]]
    amounts = register.amounts
    total = int(amounts.loc[list(alone["contract_id"])].fillna(0).sum())
    joint = len(chain) - len(alone)
    first, last = chain["signed_on"].iloc[0].date(), chain["signed_on"].iloc[-1].date()
    bases = sorted({base for base in chain["base_contract_id"] if base})
    renewal = _next_renewal(chain)
    grounds = sorted(set(chain["ground"]))
    ground = rulebook.ground(grounds[0])
    assert ground is not None
    renamed = not bool(chain["verified"].all())
    verified = ground.verified and not renamed
    names = sorted(set(register.vendors.loc[register.vendors["identity"] == identity, "name"]))
    figures: dict[str, Any] = {
        "count": len(chain),
        "joint_count": joint,
        "alone_sum": total,
        "first_signed_on": first.isoformat(),
        "last_signed_on": last.isoformat(),
        "longest_gap_days": int(chain["signed_on"].diff().dt.days.max()),
        "vendor": name,
        "names": "、".join(names),
        "share": f"{yen.percent(len(chain), held_in_all)}",
        "base_contracts": "、".join(bases) or "不明",
        "next_renewal_on": renewal.isoformat() if renewal else None,
    }
    sentence = (
        f"{name}との接続を理由とする随意契約（{'、'.join(grounds)}）が、{periods.wareki(first)}から{periods.wareki(last)}までに"
        f"{len(chain)}件続いています。単独の契約は{len(alone)}件{yen.exact(total)}"
        + (f"、連名の契約は{joint}件（内訳が公表されないため件数のみ）です。" if joint else "です。")
        + (
            f"もとになった契約は{'、'.join(bases)}です。"
            if bases
            else "もとになった契約は台帳に記録がなく、競争によったかどうかは確認できません。"
        )
    )
    if renamed:
        sentence += "商号変更の前後を同じ相手方として数えています（変更日は二次資料によります）。"
    return Finding(
        check="sole_source_chain",
        organization=register.organization,
        subject=identity,
        keys=tuple(sorted({identity, *(key for keys in chain["known_by"] for key in keys)})),
        contracts=tuple(chain["contract_id"]),
        severity=_severity(len(chain), total, parameters),
        title=f"{name}との接続を理由とする随意契約{len(chain)}件の連鎖",
        explanation=sentence + ("" if ground.verified else UNVERIFIED_NOTE),
        next_step="もとになった契約と、次の更新で競争に戻せるかどうかを確かめ、戻せない場合は理由を記録してください。",
        authority=f"{rulebook.name} 随意契約理由{grounds[0]}「{ground.label}」（{ground.source}）",
        verified=verified,
        figures=figures,
        department=chain["department"].iloc[-1],
        pattern="連鎖",
    )


def _next_renewal(chain: pd.DataFrame) -> date | None:
    """The day after the last period of performance ends, where the ledger records periods."""
    ends = chain["ends_on"].dropna()
    return None if ends.empty else periods.after_next_day(ends.max().date(), 1)


def _severity(count: int, total: int, parameters: ChainParameters) -> Severity:
    steps: Sequence[tuple[int, int, Severity]] = (
        (parameters.high_count, parameters.high_yen, Severity.HIGH),
        (parameters.medium_count, parameters.medium_yen, Severity.MEDIUM),
    )
    return next((severity for least, sum_, severity in steps if count >= least or total >= sum_), Severity.LOW)


CHECK = Check(
    id="sole_source_chain",
    prefix="SC",
    title="接続を理由とする随意契約の連鎖",
    question="(2)キなど接続を理由とする随意契約が、同じ相手方と繰り返されていないか。",
    authority="契約事務の処理に関する取扱細則(2)キ（jlis:221）、さいたま市随意契約ガイドライン（saitama:193, 332）",
    examine=examine,
    parameters=ChainParameters,
    figures={
        "count": Figure("契約数", "件"),
        "joint_count": Figure("うち連名", "件"),
        "alone_sum": Figure("単独契約の合計", "円"),
        "first_signed_on": Figure("最初の契約", "日付"),
        "last_signed_on": Figure("最後の契約", "日付"),
        "longest_gap_days": Figure("最も長い間隔", "日"),
        "vendor": Figure("相手方"),
        "names": Figure("台帳での名称"),
        "share": Figure("この相手方の契約に占める割合", "%"),
        "base_contracts": Figure("もとになった契約"),
        "next_renewal_on": Figure("次の更新の見込み", "日付"),
    },
    innocent="最初の契約が競争により、更新の時期に競争へ戻す計画があるなら、続いていること自体は問題ではありません。",
    needs={"contracts": ("method", "ground", "signed_on", "amount", "vendors")},
    at_stake="alone_sum",
    cleared_as="corrected",
)
