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

from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import accumulate, islice, pairwise
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from checks import ledger, periods, vendors, yen
from checks.catalogue import Check, Figure
from checks.cells import Cells, cells_of
from checks.columns import Bools, yes
from checks.episodes import episodes
from checks.evidence import FEATURES, Piece, SplitParameters, evidence_of, ties
from checks.finding import UNVERIFIED_NOTE, CheckResult, Finding, NotJudged, Reasons, Severity
from checks.limits import Candidates, Tables, bounds, measured, measures, unmeasured
from checks.pieces import Pieces
from checks.register import Register
from checks.rulebook import GroundClass, Limit, LimitClass, Rulebook, SmallValue

_OWN_GROUNDS = (
    GroundClass.REAL_ESTATE,
    GroundClass.PROPOSAL,
    GroundClass.PUBLIC_CALL,
    GroundClass.NO_BIDDER,
    GroundClass.NOT_SIGNED,
    GroundClass.WELFARE,
    GroundClass.NEW_BUSINESS,
)  # grounds that explain themselves: the amount is not why there was no competition
# leased for what they are, whatever the amount; 住宅用火災警報器 and 南事務所複写機 are not
_LAND_AND_DWELLINGS = (
    r"(?:宿舎|住宅|社宅|公舎|寮)(?!用)|(?:土地|駐車場|建物|事務所)(?:の)?(?:賃貸借|賃借|借上|借入|借用|使用)"
)
_POLICY = r"分離・?分割発注(?!.{0,15}(?:ない|なし|無し|対象外|非該当))"
_FULL_WEIGHT = (GroundClass.SMALL_VALUE, None)  # another ground, recorded, counts one level lower


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: SplitParameters) -> CheckResult:  # noqa: ARG001
    """Sets of contracts that belong together, each within the limit of its table, together above the highest of them."""
    if rulebook.small_value is None:
        no_rule = NotJudged.NO_RULE, "少額随意契約の限度額"
        return CheckResult(not_judged=Reasons.all(no_rule, pd.Series(register.cells["contract_id"])))
    rows, held, not_judged = _answering(register, rulebook)
    told, unsure = list[list[Piece]](), list[str]()
    for members in _heavy(pieces_of(register, rulebook, rows, held), parameters):
        found, doubtful = above(members, parameters)
        told += found
        unsure += [piece.contract_id for each in doubtful for piece in each]
    if unsure:
        not_judged.add((NotJudged.TABLES_DISAGREE, "調達実施日・限度額の表"), unsure)
    names = _names(register, {one for members in told for piece in members for one in piece.vendors})
    findings = tuple(_finding(register.organization, rulebook, each, parameters, names) for each in told)
    return CheckResult(findings, int(held.sum()) - len(unsure), not_judged)


def _heavy(pieces: Pieces, parameters: SplitParameters) -> Iterator[list[Piece]]:
    """The episodes whose whole sum is above a limit: no part of another can be."""
    sets = [one for one in episodes(pieces, parameters) if pieces.measure[one].sum() > pieces.lowest[one].min()]
    if sets:
        made = iter(pieces.made(np.concatenate(sets)))
        yield from (list(islice(made, len(one))) for one in sets)


def answerable(register: Register, rulebook: Rulebook) -> tuple[pd.DataFrame, Reasons]:
    """The measured contracts (limits.measured) whose needed cells are filled, and why the others cannot be judged."""
    _, held, not_judged = _answering(register, rulebook)
    told = measured(register, rulebook)
    return told if held.all() else told[held], not_judged


def _answering(register: Register, rulebook: Rulebook) -> tuple[Cells, Bools, Reasons]:
    """All measured contracts, and which of them these are: to make a frame of them costs more than to judge it."""
    rows = measures(register, rulebook)
    blank = {"category": rows.codes("kind")[0] < 0, "method": rows.equal("method", ""), **unmeasured(rows)}
    return rows, *register.answering(rows, blank)


def above(members: Sequence[Piece], parameters: SplitParameters) -> tuple[list[list[Piece]], list[list[Piece]]]:
    """The parts of an episode that are found, and those that are above one of the tables that may apply only."""
    # a piece above its limit by one of the tables that may apply is no small-value contract by that table
    certain = [piece for piece in members if piece.measure <= piece.limits.lowest.amount]
    told = list(_above(certain, parameters, [piece.limits.highest.amount for piece in certain]))
    answered = {piece.contract_id for each in told for piece in each}
    left = [piece for piece in members if piece.contract_id not in answered]
    # the lowest limit of several is the highest of their negatives
    return told, list(_above(left, parameters, [-piece.limits.lowest.amount for piece in left]))


def _above(members: Sequence[Piece], parameters: SplitParameters, limits: Sequence[int]) -> Iterator[list[Piece]]:
    """The parts of an episode, of a year at most, whose sum is above the limit; the oldest first, so that time moves none.

    ``limits``: of each piece; the largest of a part counts, without its sign.
    """
    start, end, total = 0, 0, 0
    largest = deque[
        int
    ]()  # places within the part, each with a smaller limit than the one before: the first has the largest
    while start < len(members):
        while end < len(members) and _days(members[start], members[end]) <= parameters.longest_days:
            total += members[end].measure
            while largest and limits[largest[-1]] <= limits[end]:
                largest.pop()
            largest.append(end)
            end += 1
        if total > abs(limits[largest[0]]):
            yield list(members[start:end])
            start, total = end, 0
            largest.clear()
        else:
            total -= members[start].measure
            start += 1
            if largest[0] < start:
                largest.popleft()


def _days(one: Piece, other: Piece) -> int:
    return (other.signed_on - one.signed_on).days


class Out(StrEnum):
    """Why a contract is no piece of something larger, whatever its amount."""

    COMPETED = "競争による契約です。"
    OWN_GROUND = "金額のほかに理由のある随意契約です（随意契約理由による）。"
    LAND = "土地・建物の借入れで、少額を理由としていません。"
    POLICY = "分離・分割発注方針によるものと記録されています。"


def left_out(rulebook: Rulebook, contracts: pd.DataFrame | Cells) -> dict[Out, Bools]:
    """Which contracts are no pieces, and why."""
    rows = _cells(contracts)
    codes, grounds = rows.codes("ground")
    kinds = rulebook.ground_kinds(grounds)
    explained = np.array([kinds[text] in _OWN_GROUNDS for text in grounds], dtype=bool)
    other = np.array([bool(text) and kinds[text] is not GroundClass.SMALL_VALUE for text in grounds], dtype=bool)
    of_kind, classes = rows.codes("kind")  # -1, the last: no kind
    lease = np.array([*(one == LimitClass.LEASE_IN for one in classes), False], dtype=bool)[of_kind] & other[codes]
    written = np.asarray(pc.match_substring(pa.array(rows["remarks"]), "分割発注"), dtype=bool)
    return {
        Out.COMPETED: ~rows.equal("method", ledger.SOLE),
        Out.OWN_GROUND: explained[codes],
        Out.LAND: _says(rows, "title", _LAND_AND_DWELLINGS, lease),
        Out.POLICY: yes(rows["separation_policy"]) | _says(rows, "remarks", _POLICY, written),
    }


def _says(rows: Cells, name: str, pattern: str, among: Bools) -> Bools:
    """Which cells of a column a pattern finds something in; only those among which it is looked for are read."""
    found, places = np.zeros(rows.rows, dtype=bool), np.flatnonzero(among)
    if len(places):
        found[places] = pd.Series(rows.take(name, places)).str.contains(pattern, regex=True).to_numpy(dtype=bool)
    return found


def _cells(rows: pd.DataFrame | Cells) -> Cells:
    return rows if isinstance(rows, Cells) else cells_of(rows)


def pieces_of(
    register: Register, rulebook: Rulebook, contracts: pd.DataFrame | Cells, held: Bools | None = None
) -> Pieces:
    """The contracts (of those held) without competition that are within the limit of a table that may apply.

    What can be told from codes and amounts is told first: what the others say of themselves is not read.
    """
    assert rulebook.small_value is not None
    rows = _cells(contracts)
    sole = rows.equal("method", ledger.SOLE)
    places = np.flatnonzero(sole if held is None else sole & held)
    codes, classes = rows.codes("kind")
    numbered, found = Tables(rulebook.small_value).answers(
        (codes[places], classes), rows.days("basis")[places], rows.days("latest")[places]
    )
    lowest, highest = (limits[numbered] for limits in bounds(found))
    unlimited = np.array([one is None for one in found], dtype=bool)[numbered]
    measure, none = (cells[places] for cells in rows.numbers("measure"))
    within = np.flatnonzero((measure <= highest) & (measure > 0) & ~none & ~unlimited)
    within = within[~np.logical_or.reduce(list(left_out(rulebook, rows.taken(places[within])).values()))]
    kinds = rulebook.ground_kinds(rows.codes("ground")[1])
    weighty = {text for text, kind in kinds.items() if kind in _FULL_WEIGHT}
    tables = cast("Sequence[Candidates]", np.array([*found, None], dtype=object)[numbered[within]])
    return Pieces(rows, places[within], tables, lowest[within], register.parties, weighty)


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


def _pattern(members: Sequence[Piece], score: Mapping[str, int], parameters: SplitParameters) -> str:
    gaps = [(b.signed_on - a.signed_on).days for a, b in pairwise(members)]
    shared = frozenset.intersection(*(piece.vendors for piece in members))
    if not shared and len({piece.vendors for piece in members}) > 1:
        return "業者を替えた同種の発注"
    if len(members) >= parameters.monthly_least and all(
        parameters.month_shortest <= gap <= parameters.month_longest for gap in gaps
    ):
        return "年間の需要の月ごとの発注"
    if any(piece.reading.added for piece in members[1:]):
        return "契約後の追加"
    if max(gaps) == 0:
        return "同じ日の複数契約"
    if "year_end" in score:
        return "年度末の集中"
    return "続けての発注"


def _ties(members: Sequence[Piece], shared: Mapping[str, int], parameters: SplitParameters) -> list[str]:
    """Each piece's tie to another in words: its points, and what the set as a whole does not share; once if all are equal."""
    found = ties(members, parameters)
    told = []
    for one, other, features in found:
        own = "・".join(
            f"{FEATURES[name]}{points}" for name, points in features.items() if points and name not in shared
        )
        told.append((f"{one}は{other}と", f"{sum(features.values())}点" + (f"（ほかに{own}）" if own else "")))
    if len(told) > 1 and len({points for _, points in told}) == 1:
        return [f"どの契約も、ほかの一件と{told[0][1]}"]
    return [which + points for which, points in told]


def _names(register: Register, identities: Collection[str]) -> Mapping[str, str]:
    """The names of some vendors to print (Register.vendor_names): of the few that are told, not of all."""
    rows = register.parties
    return vendors.shown(rows.taken(np.flatnonzero(rows.where("identity", frozenset(identities).__contains__))))


def _vendors(names: Mapping[str, str], members: Sequence[Piece]) -> str:
    """The vendors by name; of several companies that bear one name, how many."""
    named = Counter(names[vendor] for vendor in {each for piece in members for each in piece.vendors})
    return "、".join(
        name if count == 1 else f"{name}（{count}者、法人番号が異なる）" for name, count in sorted(named.items())
    )


def _enough(members: Sequence[Piece], limit: Limit) -> int:
    """The smallest number of pieces that are above the limit together."""
    largest = accumulate(sorted((piece.measure for piece in members), reverse=True))
    return next(n for n, total in enumerate(largest, start=1) if total > limit.amount)


def _explained(rules: SmallValue, limits: Candidates, kind: LimitClass, members: Sequence[Piece]) -> str:
    """What, since when, how much against which limit, what one contract would have needed; and every reservation."""
    total, limit = sum(piece.measure for piece in members), limits.highest
    first, last = members[0].signed_on, members[-1].signed_on
    span = periods.wareki(first) if first == last else f"{periods.wareki(first)}から{periods.wareki(last)}まで"
    enough = _enough(members, limit)
    candidates = "・".join(yen.exact(one.amount) for one in limits.limits)
    sentences = (
        (
            f"{span}の{len(members)}件は、それぞれ限度額以下ですが、合わせると{yen.exact(total)}（予定価格等による）となり、"
            f"「{kind.label}」の少額随意契約の限度額{yen.exact(limit.amount)}を{yen.exact(total - limit.amount)}上回ります。"
        ),
        f"額の大きい{enough}件だけでも限度額を超えます。" if enough < len(members) else "",
        f"まとめれば{yen.rough(total)}の「{kind.label}」一件の契約で、"
        + (
            "競争入札によるか、ほかの随意契約理由が必要になります。"
            if all(piece.small_value for piece in members)
            else "少額を理由とすることはできません。記録された随意契約理由が、その一件にも当てはまるかを確かめる必要があります。"
        ),
        "限度額は政令の上限で判定しています。" if rules.cap else "",
        f"限度額は{candidates}のどれによるか確かでないため、最も高い額で判定しています。"
        if len(limits.limits) > 1
        else "",
        "予定価格のない契約は契約金額を下限として合計しました。" if any(piece.lower_bound for piece in members) else "",
        "" if limits.verified else UNVERIFIED_NOTE,
    )
    return "".join(sentences)


def _finding(
    organization: str,
    rulebook: Rulebook,
    members: Sequence[Piece],
    parameters: SplitParameters,
    names: Mapping[str, str],
) -> Finding:
    rules = rulebook.small_value
    assert rules is not None
    limits = max((piece.limits for piece in members), key=lambda candidates: candidates.highest.amount)
    kind = next(piece.kind for piece in members if piece.limits is limits)
    limit, total = limits.highest, sum(piece.measure for piece in members)
    score = evidence_of(members, parameters)
    figures: dict[str, Any] = {
        "count": len(members),
        "sum": total,
        "limit": limit.amount,
        "limit_class": kind.label,
        "excess": total - limit.amount,
        "enough": _enough(members, limit),
        "first_signed_on": members[0].signed_on.isoformat(),
        "last_signed_on": members[-1].signed_on.isoformat(),
        "vendors": _vendors(names, members),
        "method_needed": "競争入札又は他の随意契約理由",
        "score": sum(score.values()),
        "features": {name: points for name, points in score.items() if points},
        "ties": _ties(members, score, parameters),
        "amounts": [piece.measure for piece in members],
        "signed_on": [piece.signed_on.isoformat() for piece in members],
    }
    return Finding(
        check="split_orders",
        organization=organization,
        subject=f"{members[0].bureau}|{members[0].contract_id}",
        keys=tuple(f"{piece.bureau}|{piece.contract_id}" for piece in members),
        contracts=tuple(piece.contract_id for piece in members),
        severity=_severity(members, score, parameters),
        title=f"「{members[0].title}」ほか計{len(members)}件の分割発注の疑い",
        explanation=_explained(rules, limits, kind, members),
        next_step="同じ必要から生じた契約かどうかを起案で確かめ、まとめて発注できなかった理由があれば記録してください。",
        authority=f"{rules.authority}（{limit.source}）",
        verified=limits.verified,
        figures=figures,
        department=members[0].department,
        pattern=_pattern(members, score, parameters),
    )


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
        "sum": Figure("合計（予定価格等）", "円"),
        "limit": Figure("限度額", "円"),
        "limit_class": Figure("契約の種類"),
        "excess": Figure("上回る額", "円"),
        "enough": Figure("限度額を超える最少の件数", "件"),
        "first_signed_on": Figure("最初の契約", "日付"),
        "last_signed_on": Figure("最後の契約", "日付"),
        "vendors": Figure("相手方"),
        "method_needed": Figure("一つの契約で必要だった方法"),
        "score": Figure("手がかりの点数", "点"),
        "features": Figure("全部に共通の手がかり", "点", FEATURES),
        "ties": Figure("契約どうしのつながり"),
        "amounts": Figure("各契約の額（予定価格等）", "円"),
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
    grows=True,
    version=4,
)
