"""分割発注の疑い：ひとまとまりに見える契約が、それぞれ少額随意契約の限度額以下で、合わせると限度額を超えている。

見るもの：
競争によらず、少額随意契約の限度額以下で結ばれた契約のうち、相手方・部署・場所・件名・金額・日付が互いに近いもの。
「近さ」は手がかりごとの点数の合計で決め、点数は確認事項の中にすべて示します。
なぜ：
一括に発注すべき案件を合理的な理由なく分割して少額随意契約とすることはできません（saitama:120）。
例：
体育館床補修工事（その1）〜（その12）を、同じ業者と、どれも1,298,000円で契約した（限度額1,300,000円）。
該当しないもの：
合計が限度額以下のもの。一つの競争から生じた複数の契約。変更契約。年度ごとに一度の定例業務。所属の異なる別々の需要。
土地・建物の借入れなど別の根拠によるもの。分離・分割発注方針によるもの。
前提：
期間の幅を定めた公的な基準はないため、間隔は段階的な点数とします（law.md 7.1）。予定価格がなければ契約金額を下限として用い、
重要度を一段下げます。
すること：
同じ必要から生じた契約かどうかを起案で確かめ、まとめられなかった理由があれば記録してください。
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd
from pydantic import Field

from checks import ledger, periods, titles, yen
from checks.catalogue import Check, Figure, Parameters
from checks.finding import UNVERIFIED_NOTE, CheckResult, Finding, NotJudged, Severity
from checks.limits import Candidates, Tables, measured
from checks.register import Register, plain
from checks.rulebook import GroundClass, LimitClass, Rulebook


class SplitParameters(Parameters):
    """Judgement, not law: no source sets a window or weights."""

    window_days: int = Field(
        90, ge=1, le=366, description="pieces of one need lie at most this far apart, one to the next"
    )
    near_title: float = Field(
        0.75, ge=0.5, le=1, description="titles this alike count as near; below 0.7 strangers meet"
    )
    link: int = Field(7, ge=1, le=20, description="points that make two contracts belong together")
    same_vendor: int = Field(3, ge=0, le=10)
    same_department: int = Field(2, ge=0, le=10)
    same_site: int = Field(2, ge=0, le=10)
    same_title: int = Field(4, ge=0, le=10)
    near_titles: int = Field(2, ge=0, le=10)
    same_thing: int = Field(1, ge=0, le=10, description="the same thing under another action: 購入 + 設置工事")
    equal_amounts: int = Field(2, ge=0, le=10)
    same_day: int = Field(3, ge=0, le=10)
    within_7_days: int = Field(2, ge=0, le=10)
    within_30_days: int = Field(1, ge=0, le=10)
    just_under: int = Field(2, ge=0, le=10, description="every piece close under the limit")
    just_under_percent: int = Field(95, ge=50, le=100)
    branch_marks: int = Field(1, ge=0, le=10)
    year_end: int = Field(1, ge=0, le=10)
    high: int = Field(13, ge=1, le=40, description="points of a set for 高")
    medium: int = Field(10, ge=1, le=40, description="points of a set for 中")


_OWN_GROUNDS = (
    GroundClass.REAL_ESTATE,
    GroundClass.PROPOSAL,
    GroundClass.PUBLIC_CALL,
    GroundClass.NO_BIDDER,
    GroundClass.NOT_SIGNED,
)  # grounds that explain themselves: the amount is not why there was no competition
_OTHER_SEVERITY = (GroundClass.SMALL_VALUE, None)
_REPAIRS = ("施設修繕", "物品修繕")


@dataclass(frozen=True)
class Piece:
    """A contract that may be a piece of something larger. Amounts in yen."""

    contract_id: str
    bureau: str
    department: str
    site: str
    vendors: frozenset[str]
    title: str
    reading: titles.Title
    signed_on: date
    measure: int
    amount: int
    lower_bound: bool
    limits: Candidates
    kind: LimitClass
    small_value: bool
    repair: bool


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: SplitParameters) -> CheckResult:  # noqa: ARG001
    """Sets of contracts that belong together, each within the limit of its table, together above the highest of them."""
    if rulebook.small_value is None:
        return CheckResult(not_judged={(NotJudged.NO_RULE, "少額随意契約の限度額"): len(register.contracts)})
    rows, not_judged = _judged(register, rulebook)
    tables = Tables(rulebook.small_value)
    pieces = _pieces(register, rulebook, rows, tables)
    findings = []
    for members in _episodes(pieces, parameters):
        total = sum(piece.measure for piece in members)
        limits = max((piece.limits for piece in members), key=lambda candidates: candidates.highest.amount)
        if total > limits.highest.amount:
            findings.append(_finding(register, rulebook, members, limits, parameters))
        elif total > limits.lowest.amount:
            key = (NotJudged.TABLES_DISAGREE, "調達実施日・限度額の表")
            not_judged[key] = not_judged.get(key, 0) + len(members)
    judged = len(rows) - not_judged.get((NotJudged.TABLES_DISAGREE, "調達実施日・限度額の表"), 0)
    return CheckResult(tuple(findings), judged, not_judged)


def _judged(register: Register, rulebook: Rulebook) -> tuple[pd.DataFrame, dict[tuple[NotJudged, str], int]]:
    rows = measured(register, rulebook)
    not_judged: dict[tuple[NotJudged, str], int] = {}
    left = pd.Series(data=True, index=rows.index)
    for column, blank in (
        ("category", rows["kind"].isna()),
        ("method", rows["method"] == ""),
        ("amount", rows["measure"].isna()),
    ):
        heading = ledger.CONTRACTS.by_name[column].heading
        absent = left & blank & ~register.knows(rows, column)
        empty = left & blank & ~absent
        for reason, mask in ((NotJudged.NO_COLUMN, absent), (NotJudged.BLANK, empty)):
            if mask.any():
                not_judged[(reason, heading)] = int(mask.sum())
        left &= ~blank
    return rows[left], not_judged


def _pieces(register: Register, rulebook: Rulebook, rows: pd.DataFrame, tables: Tables) -> list[Piece]:
    kinds = rulebook.ground_kinds(list(rows["ground"].unique()))
    explained = {text for text, kind in kinds.items() if kind in _OWN_GROUNDS}
    policy = rows["separation_policy"].fillna(value=False).astype(bool) | rows["remarks"].str.contains(
        "分離・?分割発注", regex=True
    )
    rows = rows[(rows["method"] == ledger.SOLE) & ~rows["ground"].isin(explained) & ~policy]
    vendors = register.vendors[register.vendors["contract_id"].isin(set(rows["contract_id"]))]
    by_contract: dict[Any, frozenset[str]] = vendors.groupby("contract_id")["identity"].agg(frozenset).to_dict()
    pieces = []
    for row in plain(rows):
        limits = tables.find(LimitClass(row.kind), row.basis, row.signed_on)
        if limits is None or row.measure > limits.highest.amount or row.measure <= 0:
            continue
        pieces.append(
            Piece(
                contract_id=row.contract_id,
                bureau=row.bureau,
                department=row.department,
                site=row.site,
                vendors=by_contract.get(row.contract_id, frozenset()),
                title=row.title,
                reading=titles.read(row.title, row.site),
                signed_on=row.signed_on,
                measure=row.measure,
                amount=row.measure if row.amount is None else row.amount,
                lower_bound=row.lower_bound,
                limits=limits,
                kind=LimitClass(row.kind),
                small_value=kinds[row.ground] in _OTHER_SEVERITY,
                repair=row.category in _REPAIRS,
            )
        )
    return pieces


def _episodes(pieces: Sequence[Piece], parameters: SplitParameters) -> Iterator[list[Piece]]:
    """Sets of two or more pieces, linked one to the next; in order of their oldest member."""
    parent = list(range(len(pieces)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in _neighbours(pieces, parameters.window_days):
        if root(i) != root(j) and sum(_link(pieces[i], pieces[j], parameters).values()) >= parameters.link:
            parent[root(j)] = root(i)
    members = defaultdict(list)
    for i, piece in enumerate(pieces):
        members[root(i)].append(piece)
    for found in members.values():
        if len(found) > 1:
            yield sorted(found, key=lambda piece: (piece.signed_on, piece.contract_id))


def _neighbours(pieces: Sequence[Piece], window_days: int) -> Iterator[tuple[int, int]]:
    """Pairs of one bureau that share a vendor, a core or a thing, at most a window apart: what could be linked at all."""
    shelves: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for i in sorted(range(len(pieces)), key=lambda i: (pieces[i].signed_on, pieces[i].contract_id)):
        piece = pieces[i]
        labels = [("core", piece.reading.core), ("thing", piece.reading.thing), *(("vendor", v) for v in piece.vendors)]
        met = set()
        for label, value in labels:
            if not value:
                continue
            shelf = shelves[(piece.bureau, label, value)]
            for j in reversed(shelf):
                if (piece.signed_on - pieces[j].signed_on).days > window_days:
                    break
                if j not in met:
                    met.add(j)
                    yield j, i
            shelf.append(i)


def _link(one: Piece, other: Piece, parameters: SplitParameters) -> dict[str, int]:
    """Why two pieces may belong together: feature → points; empty if nothing says that they are the same need."""
    found: dict[str, int] = {}
    if not titles.same_need(one.reading, other.reading):
        return {}
    need = _same_need(one, other, parameters)
    days = abs((other.signed_on - one.signed_on).days)
    same_vendor = bool(one.vendors & other.vendors)
    same_site = bool(one.site) and one.site == other.site
    if need is None:
        if not (same_site and same_vendor and days <= 7):
            return {}
    else:
        found[need[0]] = need[1]
    if same_vendor:
        found["same_vendor"] = parameters.same_vendor
    if one.department and one.department == other.department:
        found["same_department"] = parameters.same_department
    if same_site:
        found["same_site"] = parameters.same_site
    if one.amount == other.amount:
        found["equal_amounts"] = parameters.equal_amounts
    found |= _nearness(days, parameters)
    return found


def _same_need(one: Piece, other: Piece, parameters: SplitParameters) -> tuple[str, int] | None:
    if not titles.same_need(one.reading, other.reading):
        return None
    if one.reading.core == other.reading.core:
        return "same_title", parameters.same_title
    if titles.alike(one.reading.core, other.reading.core) >= parameters.near_title:
        return "near_titles", parameters.near_titles
    if one.reading.thing and one.reading.thing == other.reading.thing:
        return "same_thing", parameters.same_thing
    return None


def _nearness(days: int, parameters: SplitParameters) -> dict[str, int]:
    if days == 0:
        return {"same_day": parameters.same_day}
    if days <= 7:
        return {"within_7_days": parameters.within_7_days}
    if days <= 30:
        return {"within_30_days": parameters.within_30_days}
    return {}


def _score(members: Sequence[Piece], parameters: SplitParameters) -> dict[str, int]:
    """The evidence of a set: what all its members share, feature → points."""
    found: dict[str, int] = {}
    if frozenset.intersection(*(piece.vendors for piece in members)):
        found["same_vendor"] = parameters.same_vendor
    if members[0].department and len({piece.department for piece in members}) == 1:
        found["same_department"] = parameters.same_department
    if members[0].site and len({piece.site for piece in members}) == 1:
        found["same_site"] = parameters.same_site
    needs = [_same_need(one, other, parameters) for one, other in pairwise(members)]
    shared = [need for need in needs if need]
    if len(shared) == len(needs):
        weakest = min(shared, key=lambda need: need[1])
        found[weakest[0]] = weakest[1]
    if len({piece.amount for piece in members}) == 1:
        found["equal_amounts"] = parameters.equal_amounts
    found |= _nearness(max((b.signed_on - a.signed_on).days for a, b in pairwise(members)), parameters)
    if all(piece.measure * 100 >= piece.limits.highest.amount * parameters.just_under_percent for piece in members):
        found["just_under"] = parameters.just_under
    if sum(piece.reading.branched for piece in members) >= len(members) - 1:
        found["branch_marks"] = parameters.branch_marks
    if all(piece.signed_on.month == 3 for piece in members):
        found["year_end"] = parameters.year_end
    return found


def _severity(members: Sequence[Piece], score: Mapping[str, int], parameters: SplitParameters) -> Severity:
    total = sum(score.values())
    severity = (
        Severity.HIGH if total >= parameters.high else Severity.MEDIUM if total >= parameters.medium else Severity.LOW
    )
    if any(piece.lower_bound for piece in members) or not all(piece.small_value for piece in members):
        severity = severity.level_down()
    april_first = all((piece.signed_on.month, piece.signed_on.day) == (4, 1) for piece in members)
    scattered = not {"same_day", "within_7_days", "within_30_days"} & set(score)
    if scattered and all(piece.repair for piece in members):
        return Severity.LOW  # small repairs over a year, whatever they are called
    if "same_title" not in score and (april_first or scattered):
        return Severity.LOW  # one vendor's jobs of a new year
    return severity


def _pattern(members: Sequence[Piece], score: Mapping[str, int]) -> str:
    gaps = [(b.signed_on - a.signed_on).days for a, b in pairwise(members)]
    shared = frozenset.intersection(*(piece.vendors for piece in members))
    if not shared and len({piece.vendors for piece in members}) > 1:
        return "業者を替えた同種の発注"
    if len(members) >= 6 and all(20 <= gap <= 40 for gap in gaps):
        return "年間の需要の月ごとの発注"
    if any(piece.reading.added for piece in members[1:]):
        return "契約後の追加"
    if max(gaps) == 0:
        return "同じ日の複数契約"
    if "year_end" in score:
        return "年度末の集中"
    return "続けての発注"


def _finding(
    register: Register, rulebook: Rulebook, members: Sequence[Piece], limits: Candidates, parameters: SplitParameters
) -> Finding:
    rules = rulebook.small_value
    assert rules is not None
    limit = limits.highest
    total = sum(piece.measure for piece in members)
    score = _score(members, parameters)
    names = sorted({register.vendor_names[vendor] for piece in members for vendor in piece.vendors})
    kind = next(piece.kind for piece in members if piece.limits is limits)
    first, last = members[0].signed_on, members[-1].signed_on
    span = periods.wareki(first) if first == last else f"{periods.wareki(first)}から{periods.wareki(last)}まで"
    verified = limits.verified
    sentence = (
        f"{span}の{len(members)}件は、それぞれ限度額以下ですが、合わせると{yen.exact(total)}となり、"
        f"「{kind.label}」の少額随意契約の限度額{yen.exact(limit.amount)}を{yen.exact(total - limit.amount)}上回ります。"
        f"一つの契約であれば、競争入札によるか、ほかの随意契約理由が必要でした。"
    )
    notes = [
        "限度額は政令の上限で判定しています。" if rules.cap else "",
        f"限度額は{'・'.join(yen.exact(one.amount) for one in limits.limits)}のどれによるか確かでないため、最も高い額で判定しています。"
        if len(limits.limits) > 1
        else "",
        "予定価格のない契約は契約金額を下限として合計しました。" if any(piece.lower_bound for piece in members) else "",
        "" if verified else UNVERIFIED_NOTE,
    ]
    figures: dict[str, Any] = {
        "count": len(members),
        "sum": total,
        "limit": limit.amount,
        "limit_class": kind.label,
        "excess": total - limit.amount,
        "first_signed_on": first.isoformat(),
        "last_signed_on": last.isoformat(),
        "vendors": "、".join(names),
        "method_needed": "競争入札又は他の随意契約理由",
        "score": sum(score.values()),
        "features": {name: points for name, points in score.items() if points},
        "amounts": [piece.measure for piece in members],
        "signed_on": [piece.signed_on.isoformat() for piece in members],
    }
    return Finding(
        check="split_orders",
        organization=register.organization,
        subject=f"{members[0].bureau}|{members[0].contract_id}",
        keys=tuple(f"{piece.bureau}|{piece.contract_id}" for piece in members),
        contracts=tuple(piece.contract_id for piece in members),
        severity=_severity(members, score, parameters),
        title=f"「{members[0].title}」ほか計{len(members)}件の分割発注の疑い",
        explanation=sentence + "".join(notes),
        next_step="同じ必要から生じた契約かどうかを起案で確かめ、まとめて発注できなかった理由があれば記録してください。",
        authority=f"{rules.authority}（{limit.source}）",
        verified=verified,
        figures=figures,
        department=members[0].department,
        pattern=_pattern(members, score),
    )


FEATURES = {
    "same_vendor": "相手方が同じ",
    "same_department": "担当部署が同じ",
    "same_site": "履行場所が同じ",
    "same_title": "枝番を除くと件名が同じ",
    "near_titles": "件名がよく似ている",
    "same_thing": "対象物が同じ",
    "equal_amounts": "金額が同じ",
    "same_day": "同じ日",
    "within_7_days": "間隔が7日以内",
    "within_30_days": "間隔が30日以内",
    "just_under": "どれも限度額の直下",
    "branch_marks": "件名に枝番がある",
    "year_end": "すべて3月",
}

CHECK = Check(
    id="split_orders",
    prefix="SP",
    title="分割発注の疑い",
    question="まとめて発注すべき契約が、少額随意契約の限度額以下に分けられていないか。",
    authority="地方自治法施行令167条の2第1項1号・予算決算及び会計令99条2号〜7号（saitama:118-120）",
    examine=examine,
    parameters=SplitParameters,
    figures={
        "count": Figure("契約数", "件"),
        "sum": Figure("合計", "円"),
        "limit": Figure("限度額", "円"),
        "limit_class": Figure("契約の種類"),
        "excess": Figure("上回る額", "円"),
        "first_signed_on": Figure("最初の契約", "日付"),
        "last_signed_on": Figure("最後の契約", "日付"),
        "vendors": Figure("相手方"),
        "method_needed": Figure("一つの契約で必要だった方法"),
        "score": Figure("手がかりの点数", "点"),
        "features": Figure("手がかり", "点"),
        "amounts": Figure("各契約の額", "円"),
        "signed_on": Figure("各契約の締結日", "日付"),
    },
    innocent="別々の必要から決まった契約、予見できなかった緊急の修繕、分離・分割発注方針によるものなら、分割には当たりません。",
    needs={
        "contracts": (
            "category",
            "method",
            "ground",
            "signed_on",
            "estimated_price",
            "amount",
            "vendors",
            "department",
            "title",
        )
    },
    at_stake="sum",
    cleared_as="corrected",
)
