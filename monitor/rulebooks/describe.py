"""A rulebook as plain text: every figure with its dates, its source and whether it was read in an official text."""

from collections.abc import Iterator
from datetime import date

from checks.rulebook import Dated, Due, PublicationClass, Rulebook, SmallValue, Sourced, Subcontract, WageRaise

_BASIS = {
    "procured_on": "調達実施日",
    "invited_on": "申込誘引日",
    "signed_on": "契約締結日",
    "awarded_on": "相手方決定日",
}
_MEASURE = {
    "design_price": "設計金額",
    "estimated_price": "予定価格",
    "commitment_amount": "支出負担行為予定金額",
    "amount": "契約金額",
    "": "金額を問わず",
}
_LEASE = {"annual_or_total": "年額又は総額", "total_if_multi_year": "複数年は総額"}


def describe(rulebook: Rulebook) -> str:
    """The text of `keiyaku rulebooks show ID`."""
    lines = [f"{rulebook.id}  {rulebook.name}"]
    lines += [f"継承: {rulebook.extends}"] if rulebook.extends else []
    lines += [rulebook.note] if rulebook.note else []
    sections = (
        ("少額随意契約の限度額", _small_value(rulebook.small_value) if rulebook.small_value else None),
        ("随意契約の根拠", _grounds(rulebook) if rulebook.grounds else None),
        ("公表", _publication(rulebook) if rulebook.publication else None),
        ("賃上げ加点", _wage_raise(rulebook.wage_raise) if rulebook.wage_raise else None),
        ("再請負", _subcontract(rulebook.subcontract) if rulebook.subcontract else None),
    )
    for heading, body in sections:
        lines += ["", f"[{heading}]"]
        lines += [f"  {line}" for line in body] if body is not None else ["  規程なし（判定しません）"]
    return "\n".join(lines) + "\n"


def _mark(item: Sourced) -> str:
    state = "確認済" if item.verified else "規程未確認"
    return f"〔{state}〕{item.source}" + (f"（{item.note}）" if item.note else "")


def _span(item: Dated) -> str:
    if item.since is None and item.until is None:
        return "期間の定めなし"
    return f"{_day(item.since)}～{_day(item.until)}"


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _small_value(rules: SmallValue) -> Iterator[str]:
    yield f"根拠: {rules.authority}"
    yield f"表を選ぶ日: {_BASIS[rules.basis]}、貸借: {_LEASE[rules.lease]}" + ("、政令の上限" if rules.cap else "")
    for kind, rows in rules.limits.items():
        names = "、".join(category for category, own in rules.categories.items() if own is kind)
        yield f"{kind.label}（{names}）"
        for row in rows:
            either = "  いずれか" if row.alternative else ""
            yield f"  {_span(row)}  {row.amount:,}円以下{either}  {_mark(row)}"


def _grounds(rulebook: Rulebook) -> Iterator[str]:
    for code, ground in rulebook.grounds.items():
        yield f"{code}  {ground.label}（{ground.kind.value}）  {_mark(ground)}"


def _publication(rulebook: Rulebook) -> Iterator[str]:
    for item in rulebook.publication:
        yield f"{item.label}（{item.id}）  {_span(item)}  {_mark(item)}"
        yield f"  根拠: {item.authority}"
        yield f"  対象: {_target(item)}"
        for duty in item.duties:
            yield f"  期限: {' / '.join((duty.medium, *duty.also))} {_due(duty.due)}"
        if item.items:
            yield f"  項目: {'、'.join(item.items)}"
        if item.keep:
            kept = (
                f"契約締結日から{item.keep.months}か月" if item.keep.months else "履行開始日の属する年度の3月31日まで"
            )
            yield f"  掲載期間: {kept}"
        if item.exempt or item.exempt_accounts:
            yield f"  除外: {'、'.join((*item.exempt, *(f'会計区分={name}' for name in item.exempt_accounts)))}"
        if item.yields_to:
            yield f"  次の区分に当たる契約は除く: {'、'.join(item.yields_to)}"


def _target(item: PublicationClass) -> str:
    parts = [" / ".join(item.methods) or "全ての契約方式", " / ".join(item.categories) or "全ての分類"]
    parts += ["根拠 " + " / ".join(kind.value for kind in item.ground_kinds)] if item.ground_kinds else []
    parts += ["特定調達"] if item.specific_procurement else []
    if item.construction_related is not None:
        parts.append("建設工事に伴うもの" if item.construction_related else "建設工事に伴うものを除く")
    measure = _MEASURE[item.measure]
    if item.over is not None:
        parts.append(f"{measure}{item.over:,}円を超える")
    parts += [f"{category}は{amount:,}円を超える" for category, amount in item.over_by_category.items()]
    if item.over_small_value_limit:
        kinds = " / ".join(kind.label for kind in item.over_small_value_limit)
        parts.append(f"{measure}が少額随意契約の限度額（{kinds}）を超える")
    if item.at_least is not None:
        parts.append(f"{measure}{item.at_least:,}円以上")
    return "、".join(parts)


def _due(due: Due) -> str:
    after = _BASIS[due.after]
    if due.kind == "promptly":
        return f"{after}後速やかに"
    target = "を目途" if due.target else ""
    if due.kind == "days":
        special = "".join(f"、{month}月は{days}日以内" for month, days in sorted(due.days_by_month.items()))
        return f"{after}の翌日から起算して{due.days}日以内{special}{target}"
    by_month: dict[int, list[int]] = {}
    for signed in (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3):
        by_month.setdefault(due.months[signed], []).append(signed)
    return "、".join(f"{signed[0]}～{signed[-1]}月→{month}月{target}" for month, signed in by_month.items())


def _wage_raise(rules: WageRaise) -> Iterator[str]:
    yield f"根拠: {rules.authority}"
    for rate in rules.rates:
        yield f"率: {_span(rate)}  原則{rate.principle}%以上、最低{rate.minimum}%以上  {_mark(rate)}"
    yield f"提出期限: 指示がなければ期間終了日から{rules.due.months}か月  {_mark(rules.due)}"
    yield f"書類: {rules.summary}"
    for basis, names in rules.documents.items():
        yield f"  {basis}: {' / '.join(names)}"
    yield f"  代わるもの: {' / '.join(rules.equivalents)}"
    yield f"減点: 加点×{rules.penalty.factor}、{rules.penalty.months}か月  {_mark(rules.penalty)}"


def _subcontract(rules: Subcontract) -> Iterator[str]:
    yield f"根拠: {rules.authority}"
    yield f"再請負比率: {rules.limit_percent}%以内  {_mark(rules)}"
    yield f"軽微: 事務的業務、かつ{rules.minor_percent}%以内、かつ{rules.minor_yen:,}円以下"
