"""Steps of checks/split_orders.py."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from checks import periods, yen
from checks.episodes import episodes
from checks.evidence import FEATURES, Piece, SplitParameters, link
from checks.limits import Tables, measured
from checks.linking import neighbours
from checks.rulebook import LimitClass
from checks.split_orders import Out, above, answerable, left_out, pieces_of
from checks.trace import Mark, Question, Step, limit_rule, one
from checks.traces import limits

_NEIGHBOURS = 5  # of those compared, the nearest that are shown
_TITLE = 24  # letters of a title


@dataclass(frozen=True)
class _Work:
    """What the check works with: why contracts are left out, the pieces, the pairs compared, the episodes."""

    measured: pd.DataFrame
    out: dict[str, Out]
    pieces: dict[str, Piece]
    compared: dict[str, list[Piece]]
    episodes: list[list[Piece]]


def steps(question: Question, contract: str) -> Iterator[Step]:
    """Whether it can be a piece; which contracts it was compared with; the set it is in; the sum against the limit."""
    if question.rulebook.small_value is None:
        yield limits.no_rule("少額随意契約の限度額")
        return
    work = question.once(_work)
    row, piece = one(work.measured, contract), work.pieces.get(contract)
    unfit = list(_unfit(question, contract, row, work.out.get(contract)))
    yield from unfit
    if unfit[-1].mark is not Mark.ON:
        return
    found = Tables(question.rulebook.small_value).find(LimitClass(row.kind), row.basis, row.latest)
    yield limits.tables(question, contract, row, found) if found else _without_limit(question, contract, row)
    if found is None:
        return
    told = tuple(limits.compared(limits.measure_of(row), row.measure, "限度額", one.amount) for one in found.limits)
    if piece is None:
        reason = "限度額を上回るか、0円以下なので、少額随意契約を分けた一部とはみません。"
        yield Step("一件の額", Mark.CLEAN, reason, (), told)
        return
    yield Step("一件の額", Mark.ON, "一件では限度額以下です。", (), told)
    yield from _together(question, work, piece)


def _work(question: Question) -> _Work:
    register, rulebook, parameters = question.register, question.rulebook, question.parameters
    rows, _ = answerable(register, rulebook)
    out: dict[str, Out] = {}
    for why, mask in left_out(rulebook, rows).items():
        for contract in rows.loc[mask, "contract_id"]:
            out.setdefault(contract, why)
    columns = pieces_of(register, rulebook, rows)
    pieces = list(columns)
    pairs = {
        pair for lot in neighbours(columns, parameters) for pair in zip(*(one.tolist() for one in lot), strict=True)
    }
    compared: dict[str, list[Piece]] = {}
    for i, j in sorted(pairs):
        compared.setdefault(pieces[i].contract_id, []).append(pieces[j])
        compared.setdefault(pieces[j].contract_id, []).append(pieces[i])
    return _Work(
        measured(register, rulebook),
        out,
        {piece.contract_id: piece for piece in pieces},
        compared,
        [[pieces[i] for i in members.tolist()] for members in episodes(columns, parameters)],
    )


def _unfit(question: Question, contract: str, row: Any, out: Out | None) -> Iterator[Step]:
    """What must stand in its cells, and what says that it is no piece; the last step says whether to go on."""
    category = question.cells(contract, "category")
    if not isinstance(row.kind, str):  # NaN where the rulebook has no class for the category
        told = (
            limits.blank(category, "category") if not row.category else "規程に、この分類の限度額の種類がありません。"
        )
        yield Step("契約分類", Mark.UNKNOWN, told, category)
        return
    method = limits.negotiated(question, contract)
    amount = limits.measure(question, contract, row)
    if method.mark is Mark.CLEAN and row.measure is None:
        yield Step(amount.label, Mark.UNKNOWN, "比べる額の記録がありません。", amount.cells)
        return
    yield method
    if method.mark is not Mark.ON:
        return
    if row.measure is None:
        yield Step(amount.label, Mark.UNKNOWN, amount.verdict, amount.cells)
        return
    held = question.cells(contract, "ground", "title", "separation_policy")
    if out:
        yield Step("分割とみない理由", Mark.CLEAN, out.value, held)
        return
    yield Step("分割とみない理由", Mark.ON, "別の根拠や分離・分割発注方針の記録はありません。", held)
    yield amount


def _without_limit(question: Question, contract: str, row: Any) -> Step:
    step = limits.tables(question, contract, row, None)
    return Step(step.label, Mark.CLEAN, step.verdict + "少額随意契約とはみません。", step.cells, (), step.rules)


# --- with the others -------------------------------------------------------------------------------------------------


def _together(question: Question, work: _Work, piece: Piece) -> Iterator[Step]:
    parameters: SplitParameters = question.parameters
    others = work.compared.get(piece.contract_id, [])
    scored = sorted(
        ((link(piece, other, parameters), other) for other in others),
        key=lambda pair: (-sum(pair[0].values()), abs((pair[1].signed_on - piece.signed_on).days), pair[1].contract_id),
    )
    cells = question.cells(
        piece.contract_id, "department", "vendors", "site", "title", "signed_on", "starts_on", "ends_on"
    )
    told = [_neighbour(piece, other, features, parameters) for features, other in scored[:_NEIGHBOURS]]
    if len(scored) > _NEIGHBOURS:
        told.append(f"ほか{len(scored) - _NEIGHBOURS}件と比べましたが、点数は上のものを上回りません。")
    members = next((held for held in work.episodes if piece in held), None)
    points = f"点数の合計が{parameters.link}点以上の契約どうしを、ひとまとまりとみます。"
    if not others:
        told = ["同じ部局に、相手方・件名・対象の近い随意契約がありません。"]
    settings = ("link", *sorted({name for features, _ in scored[:_NEIGHBOURS] for name in features}), "window_days")
    if members is None:
        yield Step(
            "ほかの契約との近さ",
            Mark.CLEAN,
            f"ひとまとまりとみる契約はありません。{points}",
            cells,
            tuple(told),
            (),
            settings,
        )
        return
    ids = "、".join(one.contract_id for one in members)
    verdict = f"{len(members)}件をひとまとまりとみます（{ids}）。{points}"
    yield Step("ほかの契約との近さ", Mark.ON, verdict, cells, tuple(told), (), settings)
    yield _sum(piece, members, parameters)


def _neighbour(piece: Piece, other: Piece, features: dict[str, int], parameters: SplitParameters) -> str:
    total, days = sum(features.values()), (other.signed_on - piece.signed_on).days
    when = "同じ日" if days == 0 else f"{abs(days)}日{'後' if days > 0 else '前'}"
    title = other.title if len(other.title) <= _TITLE else f"{other.title[:_TITLE]}…"
    named = "・".join(f"{FEATURES[name]}{points}" for name, points in features.items() if points)
    sign = "≧" if total >= parameters.link else "＜"
    return f"{other.contract_id}「{title}」（{when}）：{named or '同じ必要とみる手がかりなし'}＝{total}点 {sign} {parameters.link}点"


def _sum(piece: Piece, members: Sequence[Piece], parameters: SplitParameters) -> Step:
    """The part of the set that holds the contract, against the limit; the nearest to it where none is above."""
    told, doubtful = above(members, parameters)
    for parts, mark, verdict in (
        (told, Mark.FOUND, "合わせると限度額を超えます。"),
        (doubtful, Mark.UNKNOWN, "超える表と超えない表があり、どちらが適用されたか定まりません。"),
    ):
        part = next((held for held in parts if piece in held), None)
        if part:
            return _told(mark, verdict, part)
    answered = {one.contract_id for parts in (told, doubtful) for part in parts for one in part}
    year = _heaviest([one for one in members if one.contract_id not in answered], piece, parameters.longest_days)
    verdict = "この契約を含む一年の合計が限度額を超えることは確認できません。"
    return _told(Mark.CLEAN, verdict, year)


def _heaviest(members: Sequence[Piece], piece: Piece, days: int) -> list[Piece]:
    """Of the stretches of so many days that hold the piece, the one with the largest sum."""
    starts = [one.signed_on for one in members if 0 <= (piece.signed_on - one.signed_on).days <= days]
    stretches = [[one for one in members if 0 <= (one.signed_on - start).days <= days] for start in starts]
    return max(stretches, key=lambda held: sum(one.measure for one in held))


def _told(mark: Mark, verdict: str, part: Sequence[Piece]) -> Step:
    """The sum against the highest limit of the part; where that is not what decides, against the lowest too."""
    total = sum(one.measure for one in part)
    span = f"{periods.short(part[0].signed_on)}～{periods.short(part[-1].signed_on)}"
    highest = max(one.limits.highest.amount for one in part)
    lowest = min(one.limits.lowest.amount for one in part)
    amounts = [highest] if mark is Mark.FOUND else sorted({lowest, highest})
    each = "・".join(yen.exact(one.measure) for one in part[:12]) + ("…" if len(part) > 12 else "")
    compared = [limits.compared(f"{len(part)}件の合計", total, "限度額", amount) for amount in amounts]
    rows = [(one.kind, limit) for one in part for limit in one.limits.limits if limit.amount in amounts]
    rules = tuple(limit_rule(kind, limit) for kind, limit in dict.fromkeys(rows))
    return Step(
        "合計と限度額", mark, verdict, (), (f"{span}の{len(part)}件：{each}", *compared), rules, ("longest_days",)
    )
