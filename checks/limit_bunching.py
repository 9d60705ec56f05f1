"""限度額直下の集中の疑い：予定価格が、ある金額のすぐ下に、周囲の分布からは考えにくいほど集まっている。

見るもの：
随意契約の予定価格の分布。規程の限度額の直下と、規程集にない額の直下の両方を、端数のある額も含めて調べます。機関全体のほか、
契約が十分にある担当部署ごとにも調べます。規程の限度額については、その限度額が適用された種類の契約（競争によるものを含む）を見ます。
なぜ：
限度額や内部手続の境界のすぐ下に金額がそろうのは、境界に合わせて金額や発注の単位を決めた場合に現れる形です（OCP R002、law.md 12.6）。
例：
随意契約の予定価格が475万円超500万円以下に20件、500万円超525万円以下に0件あった。
該当しないもの：
切りのよい額への丸め（同じ程度に切りのよい額と同じくらい多いもの）。ある額より上または下の契約を載せない登録簿の端。
なだらかな増減。同じ相手方と同じ日に同じ額で結んだ契約（1件と数えます）。
前提：
登録簿についての統計であり、個々の契約に問題があるという意味ではありません。なだらかに分布する登録簿で一つでも確認事項が出る
割合は、調べた額の数と部署の数で補正して、error_rate（1%）以下になるように定めています。予定価格のない契約と、単価だけの契約は
判定しません。予定価格のある随意契約が least_contracts（40件）に満たなければ判定しません。
すること：
その額に決裁区分などの境界があるかを確かめ、直下の契約から数件を選んで積算の根拠を確かめてください。理由があれば記録してください。
"""

import heapq
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from checks import ledger, periods, piles, yen
from checks.bunching import BunchingParameters, Ints
from checks.catalogue import Check, Figure
from checks.columns import Bools, missing, yes
from checks.finding import UNVERIFIED_NOTE, CheckResult, Finding, NotJudged, Reasons, Severity
from checks.piles import MEASURE, Pile
from checks.register import Register
from checks.rulebook import Rulebook

_KNOWN, _UNKNOWN = "規程の限度額の直下", "規程にない額の直下"
# log yen: limits of two runs less than half of it apart share a key. It judges nothing, and as a parameter it would
# give every known finding other keys.
_BAND = 0.05
_BELOW, _ABOVE = 6, 4  # bars of the histogram
_SHOWN = 5  # departments named in a finding
_AUTHORITY = "統計による確認事項（OCP R002・R049。根拠となる規程はありません）"


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: BunchingParameters) -> CheckResult:  # noqa: ARG001
    """One finding per limit for the organization, and for a department where the organization has none there."""
    left, not_judged = _answering(register)
    places = np.flatnonzero(left)
    held, looked_at = _piles(register, rulebook, places, parameters)
    found = tuple(_finding(register, rulebook, one, parameters) for one in held)
    judged = len(places)
    if looked_at < parameters.least_contracts and judged:
        few = pd.Series(register.cells["contract_id"])[left & register.cells.equal("method", ledger.SOLE)]
        if len(few):
            not_judged.add((NotJudged.TOO_FEW, "予定価格のある随意契約"), few)
        judged -= len(few)
    return CheckResult(tuple(sorted(found, key=lambda one: one.subject)), judged, not_judged)


def answerable(register: Register) -> tuple[pd.DataFrame, Reasons]:
    """The contracts with an amount to look at, and why the others cannot be judged."""
    left, not_judged = _answering(register)
    return register.contracts[left], not_judged


def _answering(register: Register) -> tuple[Bools, Reasons]:
    rows = register.cells
    priceless = missing(rows[MEASURE]) | yes(rows["unit_price"])
    return register.answering(rows, {"method": rows.equal("method", ""), MEASURE: priceless})


def find(
    register: Register, rulebook: Rulebook, rows: pd.DataFrame, parameters: BunchingParameters
) -> "tuple[list[Told], int]":
    """The piles among the answerable contracts, and how many 随意契約 were looked at."""
    return _piles(register, rulebook, rows.index.to_numpy(), parameters)  # a register's contracts are numbered from 0


def _piles(
    register: Register, rulebook: Rulebook, places: piles.Places, parameters: BunchingParameters
) -> "tuple[list[Told], int]":
    limits = piles.limits_of(rulebook)
    held, looked_at = piles.find(register, rulebook, places, limits, parameters)
    return [_told(pile, limits.get(pile.limit, ()), rulebook) for pile in held], looked_at


# --- the finding -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """A pile as it is told: what lies within one bar below and above its limit, and which of the rulebook's it is."""

    pile: Pile
    bar: int  # yen
    inside: pd.DataFrame
    above: int
    known: piles.Own

    @property
    def usual(self) -> str:
        """How many contracts the flanks make usual below the limit."""
        return f"{self.pile.cut.usual:.1f}"

    @cached_property
    def span(self) -> tuple[date, date]:
        """The first and the last signing."""
        signed = self.inside["signed_on"].to_numpy().astype("datetime64[D]")
        first, last = (of.reduce(signed).item() for of in (np.fmin, np.fmax))  # which pass over a blank
        return first, last

    @cached_property
    def departments(self) -> dict[str, int]:
        """Department → contracts below the limit, the most first."""
        counts = Counter(name for name in _cells(self.inside, "department") if name)
        return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))

    @property
    def verified(self) -> bool:
        """Whether every limit of the rulebook that it is was read in an official text."""
        return all(limit.verified for _, limit in self.known)


def _told(pile: Pile, limits: piles.Own, rulebook: Rulebook) -> Told:
    bar = max(1, round(pile.limit * pile.cut.width))
    amounts = pile.rows["yen"].to_numpy()
    inside = pile.rows.take(np.flatnonzero((amounts > pile.limit - bar) & (amounts <= pile.limit)))
    above = int(((amounts > pile.limit) & (amounts <= pile.limit + bar)).sum())
    return Told(pile, bar, inside, above, piles.own(inside, limits, rulebook))


def _finding(register: Register, rulebook: Rulebook, told: Told, parameters: BunchingParameters) -> Finding:
    pile = told.pile
    known, rules, limit = told.known, rulebook.small_value, yen.exact(pile.limit)
    habits = [name for name, count in told.departments.items() if 2 * count >= parameters.least_pile]
    return Finding(
        check="limit_bunching",
        organization=register.organization,
        subject=f"{MEASURE}|{pile.limit}|{pile.department}",
        keys=_keys(pile.limit, [pile.department, *([] if pile.department else habits)]),
        contracts=_listed(told.inside, parameters.listed),
        severity=Severity.MEDIUM if known else Severity.LOW,
        title=f"{pile.department or '機関全体'}の予定価格が{limit}の直下に集中している疑い",
        explanation=_explanation(told, rulebook, parameters),
        next_step=f"{limit}に決裁区分や内部手続の境界があるかを確かめ、直下の契約から数件を選んで積算の根拠を確かめ、"
        "結果を記録してください。",
        authority=f"{rules.authority}（{known[0][1].source}）" if known and rules else _AUTHORITY,
        verified=told.verified,
        figures=_figures(told, parameters),
        department=pile.department,
        pattern=_KNOWN if known else _UNKNOWN,
    )


def _explanation(told: Told, rulebook: Rulebook, parameters: BunchingParameters) -> str:
    limit, rules = told.pile.limit, rulebook.small_value
    first, last = told.span
    labels = "・".join(dict.fromkeys(f"「{kind.label}」" for kind, _ in told.known))
    sentences = [
        f"{periods.wareki(first)}から{periods.wareki(last)}までに結ばれた契約の予定価格が、{yen.exact(limit)}の直下",
        f"（{_band(limit - told.bar, limit)}）に{len(told.inside)}件集まり、直上の同じ幅には{told.above}件です。",
        f"調べた{len(told.pile.rows)}件の分布から直下に見込まれるのは、多くても{told.usual}件ほどです。",
        f"{yen.exact(limit)}は、規程にある{labels}の少額随意契約の限度額です。"
        if told.known
        else f"{yen.exact(limit)}は、規程集がこれらの契約に定める限度額ではありません。内部手続の境界があるのかもしれません。",
        "これは登録簿についての統計で、個々の契約に問題があるという意味ではありません。",
        f"なだらかに分布する登録簿でこの種の確認事項が一つでも出る割合は、{_rate(parameters.error_rate)}以下になるように定めています。",
        "政令の上限を限度額として見ています。" if told.known and rules and rules.cap else "",
        "" if told.verified else UNVERIFIED_NOTE,
    ]
    return "".join(sentences)


def _figures(told: Told, parameters: BunchingParameters) -> dict[str, Any]:
    pile = told.pile
    first, last = told.span
    return {
        "limit": pile.limit,
        "known": "規程の限度額" if told.known else "規程にない額",
        "below": len(told.inside),
        "above": told.above,
        "usual": told.usual,
        "population": len(pile.rows),
        "share": yen.percent(len(told.inside), len(pile.rows)),
        "chance": odds(pile.chance),
        "error_rate": _rate(parameters.error_rate),
        "histogram": _histogram(pile.rows["yen"].to_numpy(), pile.limit, told.bar),
        "departments": dict(list(told.departments.items())[:_SHOWN]),
        "first_signed_on": first.isoformat(),
        "last_signed_on": last.isoformat(),
    }


def _keys(limit: int, departments: list[str]) -> tuple[str, ...]:
    """Bands of the limit, twice and half a band apart: a limit that a new contract moves a little is the same one."""
    place = float(np.log(limit)) / _BAND
    bands = (f"{int(place)}", f"{int(place + 0.5)}h")
    return tuple(f"{MEASURE}|{band}|{department}" for department in departments for band in bands)


def _listed(inside: pd.DataFrame, most: int) -> tuple[str, ...]:
    """The contracts nearest the limit, none of them with a vendor that is not disclosed."""
    cells = zip(
        (-inside["yen"].to_numpy()).tolist(),
        *(_cells(inside, name) for name in ("contract_id", "nondisclosure", "vendors")),
        strict=True,
    )
    named = ((amount, contract) for amount, contract, hidden, vendors in cells if not hidden and vendors.strip())
    return tuple(contract for _, contract in heapq.nsmallest(most, named))


def _cells(rows: pd.DataFrame, column: str) -> list[str]:
    """Text as Python has it: a pile is small, and a pandas call on it costs more than all of its cells."""
    cells: list[str] = pa.array(rows[column].array).to_pylist()
    return cells


def _histogram(amounts: Ints, limit: int, bar: int) -> dict[str, int]:
    """Bar → contracts; bars of one width, the limit is an edge between two."""
    edges = [limit + bar * i for i in range(-_BELOW, _ABOVE + 1) if limit + bar * i >= 0]
    held = np.searchsorted(np.sort(amounts), edges, "right")
    return {
        _band(low, high): int(count)
        for low, high, count in zip(edges[:-1], edges[1:], np.diff(held).tolist(), strict=True)
    }


def _band(low: int, high: int) -> str:
    return f"{_short(low)}超{_short(high)}以下"


def _short(amount: int) -> str:
    return yen.exact(amount) if amount % 10_000 else yen.rough(amount)


def _rate(rate: float) -> str:
    return f"{rate * 100:g}%"


def odds(chance: float) -> str:
    """1,000分の1以下: the next power of ten above the chance."""
    return f"{10 ** min(9, int(-np.log10(max(chance, 1e-300)))):,}分の1以下"


CHECK = Check(
    id="limit_bunching",
    prefix="LB",
    title="限度額直下の集中の疑い",
    question="予定価格が、規程の限度額や何らかの境界のすぐ下に、偶然とは考えにくいほど集まっていないか。",
    authority=_AUTHORITY,
    examine=examine,
    parameters=BunchingParameters,
    figures={
        "limit": Figure("境目の額", "円"),
        "known": Figure("境目の種類"),
        "below": Figure("直下の契約", "件"),
        "above": Figure("直上の契約", "件"),
        "usual": Figure("直下に見込まれる契約", "件"),
        "population": Figure("調べた契約", "件"),
        "share": Figure("直下の割合", "%"),
        "chance": Figure("偶然による割合（補正後）"),
        "error_rate": Figure("誤って出る割合の上限"),
        "histogram": Figure("予定価格の分布", "件"),
        "departments": Figure("直下の契約の担当部署", "件"),
        "first_signed_on": Figure("最初の契約", "日付"),
        "last_signed_on": Figure("最後の契約", "日付"),
    },
    innocent="決裁区分など内部手続の境界、標準価格の商品、予算の枠など、金額がそろう理由が説明できるなら、問題はありません。",
    needs={"contracts": ("method", "estimated_price", "signed_on", "department", "vendors")},
    at_stake="",
    cleared_as="corrected",
    accepted_to_year_end=True,
    of_contracts=False,
    version=2,
)
