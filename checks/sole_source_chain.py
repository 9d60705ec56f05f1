"""接続を理由とする随意契約の連鎖：既に調達した物品等・既に契約した役務への接続を理由とする随意契約が、同じ相手方と続いている。

見るもの：
規程が「接続」と分類する根拠（J-LISの(2)キ、さいたま市の2号 物品等⑧・工事等②イ、6号 物品等⑥、特例政令11条1項2号）による
随意契約のうち、36か月の間に同じ相手方と3件以上あるもの。続く限り何件でも一つの連鎖とし、もとになった契約（既契約番号）と
件名から、対象のシステムごとに分けて示します。
なぜ：
接続を理由とする随意契約は、最初の契約で相手方が決まり、その後の競争がなくなります。監視委員会が繰り返し問う形です（law.md 8）。
例：
住民記録システムの改修・保守・更改が、同じ業者と2年間に5回、(2)キで結ばれた。
該当しないもの：
排他的権利（(2)カ）、公募の結果一者（(2)ケ）など、ほかの根拠によるもの。36か月に2件までのもの。
前提：
相手方は法人番号、なければ正規化した名称と商号変更の表で同定します。連名の契約は各社の連鎖に数え、金額は内訳が公表されないため
件数だけを示します。既契約番号の記録がないシステムは、同じ相手方との件名の近い競争契約が先にあれば「候補」として示します。
次の更新は、履行期限の記録があればその翌日、なければ毎年の契約の間隔から推定した日です。
すること：
もとになった契約と、次に競争に戻せる時期を確かめてください。調査・研究の連続では、最初の仕様書で後続に必要なデータの
引渡しを求めていたかを確かめてください（saitama:208）。
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress, pairwise
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from checks import ledger, periods, systems, words, yen
from checks.catalogue import Check, Figure, Parameters
from checks.cells import Lazy, given
from checks.columns import Bools
from checks.finding import UNVERIFIED_NOTE, CheckResult, Finding, NotJudged, Reasons, Severity
from checks.register import Register, picked
from checks.rulebook import GroundClass, Rulebook
from checks.systems import Base, Renewal, System

_HELD = [*systems.COLUMNS, "ground", "department", "yen", "identity", "joint", "vendor", "verified"]
_NAMED = 3  # systems named in the sentence; the figures hold all


class ChainParameters(Parameters):
    """Judgement, not law: when repetition is worth a look."""

    window_months: int = Field(36, ge=12, le=120, description="shorter misses yearly renewals of three-year systems")
    least: int = Field(3, ge=2, le=20, description="two are a contract and its follow-up")
    medium_count: int = Field(5, ge=2, le=100)
    high_count: int = Field(10, ge=3, le=1000)
    medium_yen: int = Field(50_000_000, ge=0, description="yen of contracts held alone")
    high_yen: int = Field(500_000_000, ge=0, description="yen of contracts held alone")
    rhythm_days: int = Field(
        45, ge=0, le=120, description="a yearly contract is signed within so many days of the same day a year before"
    )
    beginning: int = Field(
        5, ge=2, le=30, description="letters at the head of two titles that name one thing (OSパッチ has five)"
    )
    alike: float = Field(
        0.6, ge=0.3, le=1, description="titles as alike as this are the build of a system and what follows on it"
    )


@dataclass(frozen=True)
class Chain:
    """The connected contracts of one vendor identity, in order of date, and what is known about them."""

    identity: str
    name: str
    names: tuple[str, ...]  # as the ledger writes them
    rows: tuple[Any, ...]
    parts: tuple[System, ...]
    bases: Mapping[str, Base]  # name of the part → its base contract, as far as known
    busiest: int  # the most contracts in any window
    held_in_all: int
    renewal: Renewal | None

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last signing."""
        return self.rows[0].signed_on, self.rows[-1].signed_on


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: ChainParameters) -> CheckResult:
    """One finding per vendor identity that has a chain; a joint contract is in the chain of each of its members."""
    connected = [ground for ground in rulebook.grounds.values() if ground.kind is GroundClass.CONNECTED]
    if not connected:
        no_rule = NotJudged.NO_RULE, "接続を理由とする随意契約の区分"
        return CheckResult(not_judged=Reasons.all(no_rule, pd.Series(register.cells["contract_id"])))
    judged, not_judged = answering(register)
    links = connected_to(register, rulebook, judged)
    chains = list(_chains(register, links, as_of, parameters))
    findings = tuple(_finding(register, rulebook, chain, parameters) for chain in chains)
    # A renewal that has passed is no longer expected: then the next one is told.
    next_on = min((periods.after_next_day(chain.renewal.on, 1) for chain in chains if chain.renewal), default=None)
    return CheckResult(findings, int(judged.sum()), not_judged, next_on)


def answering(register: Register) -> tuple[Bools, Reasons]:
    """The contracts whose needed cells are filled, and why the others cannot be judged."""
    rows = register.cells
    # competitive contracts need no ground
    no_ground = rows.equal("method", ledger.SOLE) & rows.equal("ground", "")
    return register.answering(rows, {"method": rows.equal("method", ""), "ground": no_ground})


def connected_to(register: Register, rulebook: Rulebook, judged: Bools) -> Bools:
    """Those of the contracts that rest on a connection to what was procured before."""
    rows = register.cells
    kinds = rulebook.ground_kinds(rows.codes("ground")[1])
    connected = rows.where("ground", lambda text: kinds[text] is GroundClass.CONNECTED)
    return judged & connected & rows.equal("method", ledger.SOLE)


def _chains(register: Register, links: Bools, as_of: date, parameters: ChainParameters) -> Iterator[Chain]:
    long: dict[str, tuple[list[Any], int]] = {}
    for identity, rows in sorted(held_by(register, links).items()):
        mask, busiest = chained([row.signed_on for row in rows], parameters)
        if any(mask):
            long[identity] = list(compress(rows, mask)), busiest
    if not long:
        return
    parties = register.parties
    theirs = np.flatnonzero(parties.where("identity", long.__contains__))
    held: dict[str, dict[int, None]] = {}
    spelled: dict[str, set[str]] = {}
    for row in picked(parties, theirs, ["identity", "name", "contract"]):
        held.setdefault(row.identity, {})[row.contract] = None
        spelled.setdefault(row.identity, set()).add(row.name)
    bases = {row.base_contract_id for rows, _ in long.values() for row in rows}
    recorded = systems.recorded(register.tables["contracts"], bases)
    competed = systems.competed(register.cells, held)
    titles = {key: base.title for key, base in recorded.items()}
    for identity, (rows, busiest) in long.items():
        parts = systems.parts(systems.links(rows), titles, parameters.beginning)
        found = {
            part.name: systems.base_of(part, recorded, competed.get(identity, ()), parameters.alike) for part in parts
        }
        yield Chain(
            identity,
            register.vendor_names[identity],
            tuple(sorted({words.signer_off(name) for name in spelled[identity]})),
            tuple(rows),
            parts,
            {name: base for name, base in found.items() if base},
            busiest,
            len(held[identity]),
            systems.next_renewal(parts, parameters.rhythm_days, as_of),
        )


def held_by(register: Register, links: Bools) -> dict[str, list[Any]]:
    """identity → its connected contracts in order of date, as plain rows with ``vendor`` and ``yen`` as changed."""
    parties, rows = register.parties, register.cells.added({"yen": Lazy(lambda: register.changed)})
    mine = np.flatnonzero(links[parties["contract"]] & ~parties["hidden"])
    held = rows.taken(parties["contract"][mine]).added(
        {name: given(parties.take(name, mine)) for name in ("identity", "joint", "vendor", "verified")}
    )
    found: dict[str, dict[str, Any]] = {}
    for row in picked(held, np.arange(len(mine)), _HELD):  # in the order of the contracts
        found.setdefault(row.identity, {}).setdefault(row.contract_id, row)
    return {identity: list(rows.values()) for identity, rows in found.items()}


def chained(days: Sequence[date], parameters: ChainParameters) -> tuple[list[bool], int]:
    """Which contracts stand in some window of so many months with enough others, and the most in one; days in order."""
    inside = [False] * len(days)
    start = busiest = done = 0
    for i, day in enumerate(days):
        while periods.months_after(days[start], parameters.window_months) < day:
            start += 1
        busiest = max(busiest, i - start + 1)
        if i - start + 1 >= parameters.least:
            done = max(start, done)
            inside[done : i + 1] = [True] * (i + 1 - done)
            done = i + 1
    return inside, busiest


# --- the finding ----------------------------------------------------------------------------------------------------


def _finding(register: Register, rulebook: Rulebook, chain: Chain, parameters: ChainParameters) -> Finding:
    rows = chain.rows
    total = sum(part.yen for part in chain.parts)
    grounds = sorted({row.ground for row in rows})
    ground = rulebook.ground(grounds[0])
    assert ground is not None
    renamed = not all(row.verified for row in rows)
    sentences = (
        _length(chain, grounds, total),
        _parts(chain),
        _bases(chain),
        _renewal(chain.renewal),
        "商号変更の前後を同じ相手方として数えています（変更日は二次資料によります）。" if renamed else "",
        "" if ground.verified else UNVERIFIED_NOTE,
    )
    return Finding(
        check="sole_source_chain",
        organization=register.organization,
        subject=chain.identity,
        keys=tuple(sorted({chain.identity, *(key for row in rows for key in row.vendor.known_by)})),
        contracts=tuple(row.contract_id for row in rows),
        severity=_severity(len(rows), total, parameters),
        title=f"{chain.name}との接続を理由とする随意契約{len(rows)}件の連鎖",
        explanation="".join(sentences),
        next_step=_next_step(chain),
        authority=f"{rulebook.name} 随意契約理由{grounds[0]}「{ground.label}」（{ground.source}）",
        verified=ground.verified and not renamed,
        figures=_figures(chain, total),
        department=rows[-1].department,
        pattern="連鎖",
    )


def _figures(chain: Chain, total: int) -> dict[str, Any]:
    rows, parts = chain.rows, chain.parts
    return {
        "count": len(rows),
        "joint_count": sum(row.joint for row in rows),
        "alone_sum": total,
        "first_signed_on": chain.span[0].isoformat(),
        "last_signed_on": chain.span[1].isoformat(),
        "longest_gap_days": max((later.signed_on - one.signed_on).days for one, later in pairwise(rows)),
        "busiest": chain.busiest,
        "re_leases": sum(link.re_lease for part in parts for link in part.links),
        "systems": {part.name: len(part.links) for part in parts},
        "systems_yen": {part.name: part.yen for part in parts},
        "systems_span": {part.name: "～".join(periods.short(day) for day in part.span) for part in parts},
        "vendor": chain.name,
        "names": "、".join(chain.names),
        "share": yen.percent(len(rows), chain.held_in_all),
        "base_contracts": {name: base.text for name, base in chain.bases.items()} or "不明",
        **_renewal_figures(chain.renewal),
    }


def _renewal_figures(renewal: Renewal | None) -> dict[str, str]:
    return {"next_renewal_on": renewal.on.isoformat(), "next_renewal_by": _basis(renewal)} if renewal else {}


def _length(chain: Chain, grounds: Sequence[str], total: int) -> str:
    count, joint = len(chain.rows), sum(row.joint for row in chain.rows)
    first, last = chain.span
    return (
        f"{chain.name}との接続を理由とする随意契約（{'、'.join(grounds)}）が、{periods.wareki(first)}から{periods.wareki(last)}までに"
        f"{count}件続いています。単独の契約は{count - joint}件{yen.exact(total)}"
        + (f"、連名の契約は{joint}件（内訳が公表されないため件数のみ）です。" if joint else "です。")
    )


def _parts(chain: Chain) -> str:
    named = [part for part in chain.parts if part.name != systems.OTHER]
    if len(chain.parts) < 2 or not named:
        return ""
    shown = "、".join(f"{part.name}{len(part.links)}件" for part in named[:_NAMED])
    rest = len(chain.rows) - sum(len(part.links) for part in named[:_NAMED])
    return f"対象は、{shown}{f'、ほか{rest}件' if rest else ''}です。"


def _bases(chain: Chain) -> str:
    if not chain.bases:
        return "もとになった契約は台帳に記録がなく、競争によったかどうかは確認できません。"
    told = [f"{base.text}" if len(chain.parts) == 1 else f"{name}は{base.text}" for name, base in chain.bases.items()]
    more = f"、ほか{len(told) - _NAMED}" if len(told) > _NAMED else ""
    unknown = len(chain.parts) - len(told)
    return f"もとになった契約は、{'、'.join(told[:_NAMED])}{more}です。" + (
        f"ほかの{unknown}の対象については記録がありません。" if unknown else ""
    )


def _renewal(renewal: Renewal | None) -> str:
    return f"次の更新は{periods.wareki(renewal.on)}と見込まれます（{_basis(renewal)}）。" if renewal else ""


def _basis(renewal: Renewal) -> str:
    return f"{renewal.system}、{'推定：毎年の契約の間隔による' if renewal.estimated else '履行期限の翌日'}"


def _next_step(chain: Chain) -> str:
    step = "もとになった契約と、次の更新で競争に戻せるかどうかを確かめ、戻せない場合は理由を記録してください。"
    if any(sum(link.research for link in part.links) > 1 for part in chain.parts):
        step += (
            "調査・研究が続いているものは、最初の契約の仕様書で、後続の契約に必要なデータの引渡しを求めていたかを確かめてください"
            "（saitama:208）。"
        )
    return step


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
        "busiest": Figure("期間内で最も多い件数（既定36か月）", "件"),
        "re_leases": Figure("うち再リース", "件"),
        "systems": Figure("対象のシステムと契約数", "件"),
        "systems_yen": Figure("対象ごとの単独契約の合計", "円"),
        "systems_span": Figure("対象ごとの最初と最後の契約"),
        "vendor": Figure("相手方"),
        "names": Figure("台帳での名称"),
        "share": Figure("この相手方の契約に占める割合", "%"),
        "base_contracts": Figure("もとになった契約"),
        "next_renewal_on": Figure("次の更新の見込み", "日付"),
        "next_renewal_by": Figure("次の更新の見込みの根拠"),
    },
    innocent="最初の契約が競争により、更新の時期に競争へ戻す計画があるなら、続いていること自体は問題ではありません。",
    needs={"contracts": ("method", "ground", "signed_on", "amount", "vendors", "title", "base_contract_id", "ends_on")},
    at_stake="alone_sum",
    cleared_as="corrected",
    grows=True,
    accepted_to_year_end=True,
    version=2,
)
