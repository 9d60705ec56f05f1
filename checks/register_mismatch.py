"""公表簿との照合：公表した登録簿の行と台帳の契約が、互いに合っていることを確認できない。

見るもの：
取り込んだ公表簿（keiyaku import --register）の各行に当たる契約と、契約金額・契約締結日・契約の相手方・予定価格・随意契約理由・公表日の
違い。台帳にない行。規程により公表すべきなのに、どの公表簿にも載っていない契約。
なぜ：
公表した内容と台帳のどちらかが違っていれば、住民への公表か、ほかの検査の判定のどちらかが違っています。
例：
公表簿には1,320,000円とあるが、台帳の同じ契約は1,230,000円である。
該当しないもの：
変更前の金額、変更後の金額、年額のどれかと同じ金額。1円の端数の違い。落札決定日と同じ日付。共同企業体の構成員の一部だけを載せたもの。
単価契約の金額、空欄、公表しないとされた相手方や予定価格。総額の行と変更契約の行、取り消された契約の行。
公表簿がその種の契約を一件も載せていない区分・時期の契約、一つの部局の契約だけを載せた公表簿にないほかの部局の契約（公表簿にないことは、載せる定めがあることの反対ではありません）。
前提：
契約番号が同じで、相手方・締結日・金額・名称のうち二つ以上が合えば同じ契約とします。番号がなければ、四つとも合うもの、次に一つだけ違うものを
同じ契約とします（締結日が違うものは同じ年度に限ります）。候補が二つ以上あって決められないときは、どちらも挙げません。まったく同じ内容の契約が
複数あるときは件数で照合します。公表簿が載せる範囲は、同じ区分で、工事か否か・競争か随意契約かの別と期限の月（日数で定める区分では最初と最後の
締結日の間）が同じ契約を載せているところとします。台帳に公表日の欄があって公表日のない契約は「公表期限」の検査が扱います。
台帳に契約が一件もない年度と、台帳の最後の契約より後の行は、台帳にないとはしません。半分も照合できない公表簿は、行ごとではなくまとめて
お知らせします。
同じ名前の公表簿を取り込み直したとき、載らなくなった行は台帳にないとはしません。一つの契約を載せた公表簿が複数あれば、最後に公表したものを
台帳と比べます。
すること：
起案文書と照らし、台帳か公表簿の違っているほうを直してください。公表簿を直して公表し直したら、もう一度取り込んでください。
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from checks import periods, publication_record, words, yen
from checks.catalogue import Check, Figure, Parameters
from checks.columns import NO_DAY, Bools, Ints, among, days, filled, yes
from checks.finding import UNVERIFIED_NOTE, CheckResult, Finding, Reasons, Severity
from checks.matching import NONE
from checks.published_cover import Missing, Unlisted, missing
from checks.published_differences import Difference, What, differences
from checks.published_rows import Published, first_published, published
from checks.register import Register, picked
from checks.rulebook import Rulebook

_AUTHORITY = "各団体の公表の定め（公表した内容と台帳の照合。照合の仕方は checks/README.md「前提」）"


class MismatchParameters(Parameters):
    """Judgement, not law."""

    rounding: int = Field(1, ge=0, le=10, description="yen by which two amounts may differ: the tax is rounded")
    prompt_days: int = Field(10, ge=1, le=60, description="速やかに, in days; the sources set no number")
    least_matched_percent: int = Field(
        50,
        ge=0,
        le=100,
        description="a register of which less is found in the ledger is told as a whole: it is rather another body's",
    )
    fewest: int = Field(
        5, ge=1, le=1000, description="rows without a contract below which a register is never told as a whole"
    )


@dataclass(frozen=True)
class Redated:
    """Contracts whose publication the ledger dates otherwise than a register: by medium, day of the register, and which is later."""

    medium: str
    listed_on: date
    ledger_later: bool
    contracts: dict[str, date] = field(default_factory=dict)  # contract → the day of the ledger


@dataclass(frozen=True)
class Compared:
    """All that the registers and the ledger say otherwise; rows by their place."""

    held: Published
    differences: Mapping[int, tuple[Difference, ...]]
    lost: Ints  # rows of which the ledger knows nothing
    strange: Mapping[int, int]  # registers (by number) that are hardly of this ledger → rows without a contract
    missing: Missing
    redated: tuple[Redated, ...]


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: MismatchParameters) -> CheckResult:
    """One finding per row and per contract that no register lists; without a register nothing is asked."""
    compared = compare(register, rulebook, as_of, parameters)
    if compared is None:
        return CheckResult(asked=frozenset())
    held, not_judged = compared.held, Reasons()
    not_judged.each((why, contract) for contract, why in compared.missing.unknown.items())
    findings = (
        *(_strange(register, compared, number) for number in compared.strange),
        *_different(register, compared),
        *_lost(register, compared),
        *(_unlisted(register, one) for one in compared.missing.unlisted),
        *(_redated(register, one) for one in compared.redated),
    )
    told = {one.item.contract_id for one in compared.missing.unlisted} | compared.missing.waiting.keys()
    judged = told | set(held.contracts["contract_id"].array.take(np.unique(held.pairs[1])).tolist())
    next_on = min(compared.missing.waiting.values(), default=None)
    return CheckResult(
        findings,
        len(judged),
        not_judged,
        next_on + timedelta(days=1) if next_on else None,
        asked=frozenset(judged | compared.missing.unknown.keys()),
    )


def compare(register: Register, rulebook: Rulebook, as_of: date, parameters: MismatchParameters) -> Compared | None:
    """Every row with its contract, every contract with its rows; None where there is no register."""
    held = published(register)
    if held is None:
        return None
    lost = np.flatnonzero(_unknown_to(register, held))
    strange = _hardly_ours(held, lost, parameters)
    numbers = held.registers[0]
    named = lost[~np.isin(numbers[lost], list(strange))]
    unlisted = missing(register, held, rulebook, parameters.prompt_days, as_of, strange.keys())
    told = differences(register, held, rulebook, parameters.rounding)
    return Compared(held, told, named, strange, unlisted, tuple(_other_days(register, held)))


def _unknown_to(register: Register, held: Published) -> Bools:
    """Rows that no row of the ledger can be, of years, days and ways of letting that the ledger has."""
    rows, ours = held.rows, register.tables["contracts"]
    alone = (held.matches.contract == NONE) & ~held.matches.torn & ~held.known_elsewhere & ~yes(rows["dropped"])
    signed, known = days(rows["signed_on"]), days(ours["signed_on"])
    known = known[known != NO_DAY]
    if not len(known) or not alone.any():
        return np.zeros(len(rows), dtype=bool)
    methods = frozenset(ours["method"].unique().tolist())
    inside = np.isin(_fiscal(signed), np.unique(_fiscal(known))) & (signed <= known.max())
    lost: Bools = alone & inside & (among(rows["method"], methods) | ~filled(rows["method"]) | ("" in methods))
    return lost


def _fiscal(day: Ints) -> Ints:
    months = np.where(day == NO_DAY, 0, day).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (months - 3) // 12


def _hardly_ours(held: Published, lost: Ints, parameters: MismatchParameters) -> dict[int, int]:
    """Registers of which hardly a row is found in the ledger."""
    numbers, names = held.registers
    without = np.bincount(numbers[lost], minlength=len(names))
    paired = np.bincount(numbers[held.pairs[0]], minlength=len(names))
    few = (without >= parameters.fewest) & (paired * 100 < parameters.least_matched_percent * (paired + without))
    return {int(number): int(without[number]) for number in np.flatnonzero(few)}


def _other_days(register: Register, held: Published) -> Iterator[Redated]:
    """Days of publication that the ledger has otherwise, told together for each day of a register."""
    listed = first_published(register)
    found: dict[tuple[str, date, bool], dict[str, date]] = defaultdict(dict)
    recorded = publication_record.records(register, set(listed)) if listed else {}
    for contract in held.contracts["contract_id"].tolist() if recorded else ():
        for medium, day in listed.get(contract, {}).items():
            record = recorded.get(contract, {}).get(medium)
            if record and record.on and record.on != day:
                found[medium, day, record.on > day][contract] = record.on
    for (medium, day, later), contracts in sorted(found.items()):
        yield Redated(medium, day, later, contracts)


# --- what is told ---------------------------------------------------------------------------------------------------


def _finding(register: Register, authority: str = _AUTHORITY, *, verified: bool = True, **told: Any) -> Finding:
    return Finding(
        check="register_mismatch", organization=register.organization, authority=authority, verified=verified, **told
    )


def _row(compared: Compared, place: int) -> Any:
    names = (
        "entry",
        "register",
        "contract_id",
        "department",
        "title",
        "signed_on",
        "amount",
        "vendors",
        "nondisclosure",
    )
    return next(picked(compared.held.rows, np.array([place]), names))


def _different(register: Register, compared: Compared) -> Iterator[Finding]:
    ids, departments = (compared.held.contracts[name].array for name in ("contract_id", "department"))
    for place, told in compared.differences.items():
        row, contract = _row(compared, place), int(compared.held.matches.contract[place])
        what = "・".join(one.what for one in told)
        amount = register.amounts.array[contract]
        figures = {one.what.name.lower(): {"ledger": one.ledger, "register": one.register} for one in told}
        yield _finding(
            register,
            subject=f"row|{row.entry}",
            contracts=(ids[contract],),
            severity=Severity.LOW if any(one.what.grave for one in told) else Severity.INFO,
            title=f"「{row.title}」の{what}が公表簿と台帳で違います",
            explanation=f"公表簿「{row.register}」のこの契約に当たる行は、{'、'.join(one.told for one in told)}が台帳と違います。"
            "どちらかの書き誤り、又は公表のあとの訂正かもしれません。",
            next_step="起案文書と照らし、台帳が違っていれば台帳を、公表簿が違っていれば公表簿を直してください。",
            figures={
                **figures,
                **({} if pd.isna(amount) else {"yen": int(amount)}),
                "register": row.register,
            },
            department=departments[contract],
            pattern="内容の違い",
        )


def _lost(register: Register, compared: Compared) -> Iterator[Finding]:
    for place in compared.lost.tolist():
        row = _row(compared, place)
        who = [
            words.signer_off(name) for name in row.vendors.splitlines() if not row.nondisclosure and words.is_body(name)
        ]
        parts = [periods.wareki(row.signed_on), *who] + ([yen.exact(row.amount)] if row.amount is not None else [])
        figures = {
            "register": row.register,
            "number": row.contract_id,
            "signed_on": row.signed_on.isoformat(),
            "yen": row.amount,
        }
        yield _finding(
            register,
            subject=f"row|{row.entry}",
            contracts=(),
            severity=Severity.LOW,
            title=f"公表簿の「{row.title}」に当たる契約が台帳にありません",
            explanation=f"公表簿「{row.register}」に、{'、'.join(parts)}の「{row.title}」がありますが、台帳に当たる契約を確認できません。"
            "台帳への記入もれ、又は名称・相手方・金額・日付のうち二つ以上の違いかもしれません。",
            next_step="契約があれば台帳に加え、書き方が違うだけであれば台帳か公表簿をそろえてください。誤って載せたものであれば公表簿から除いてください。",
            figures={name: value for name, value in figures.items() if value not in ("", None)},
            department=row.department,
            pattern="台帳にない行",
        )


def _unlisted(register: Register, one: Unlisted) -> Finding:
    item, label = one.item, f"「{one.item.rule.label}」の公表（{one.due.duty.medium}）"
    said = (
        f"台帳には公表日{periods.wareki(one.recorded_on)}の記録がありますが、"
        if one.recorded_on
        else f"{label}の期限は{periods.wareki(one.due.on)}でしたが、"
    )
    return _finding(
        register,
        subject=f"contract|{item.contract_id}",
        contracts=(item.contract_id,),
        severity=Severity.INFO if item.hint or item.lower_bound else Severity.LOW,
        title=f"「{item.title}」が公表簿にありません",
        explanation=f"{periods.wareki(item.signed_on)}に結んだ契約で、{label}の対象です。{said}同じ区分・同じ時期の契約を載せている"
        f"公表簿「{one.register}」に当たる行を確認できません。" + ("" if item.verified else UNVERIFIED_NOTE),
        next_step="公表もれであれば公表してください。ほかの公表簿に載せているのであればそれを取り込み、除外に当たるなら公表除外理由を記録してください。",
        authority=f"{item.rule.authority}（{item.rule.source}）",
        verified=item.verified,
        figures={
            "register": one.register,
            "class": item.rule.label,
            "signed_on": item.signed_on.isoformat(),
            **({"yen": item.measure} if item.measure is not None else {}),
        },
        department=item.department,
        pattern="公表簿にない契約",
    )


def _strange(register: Register, compared: Compared, number: int) -> Finding:
    name, count = compared.held.registers[1][number], compared.strange[number]
    return _finding(
        register,
        subject=f"register|{name}",
        contracts=(),
        severity=Severity.LOW,
        title=f"公表簿「{name}」の{count:,}行が台帳と照合できません",
        explanation=f"公表簿「{name}」は、台帳と照合できた行が半分に足りません（照合できない行が{count:,}行）。ほかの機関の公表簿を取り込んだか、"
        "台帳がこの公表簿の契約を含んでいないのかもしれません。行ごとのお知らせはしていません。",
        next_step="機関コードの指定（--organization）と、台帳がこの公表簿の部局と年度を含むことを確かめ、取り込み直してください。",
        figures={"register": name, "count": count},
        pattern="照合できない公表簿",
    )


def _redated(register: Register, one: Redated) -> Finding:
    count, order = len(one.contracts), "後" if one.ledger_later else "前"
    first, last = min(one.contracts.values()), max(one.contracts.values())
    span = periods.wareki(first) if first == last else f"{periods.wareki(first)}から{periods.wareki(last)}まで"
    meaning = (
        "公表期限の判定は台帳の公表日によっています。"
        if one.ledger_later
        else "先にほかの版で公表していれば、そのままで差し支えありません。"
    )
    return _finding(
        register,
        subject=f"published|{one.medium}|{one.listed_on.isoformat()}|{'later' if one.ledger_later else 'earlier'}",
        contracts=tuple(sorted(one.contracts)),
        severity=Severity.LOW if one.ledger_later else Severity.INFO,
        title=f"{count:,}件の公表日が、台帳では公表簿より{order}です",
        explanation=f"{periods.wareki(one.listed_on)}に公表した公表簿（{one.medium}）にある契約{count:,}件の公表日が、台帳では{span}です。{meaning}",
        next_step="公表した日を確かめ、台帳の公表日か、取込みの公表日の指定（--published-on）を直してください。",
        figures={"listed_on": one.listed_on.isoformat(), "recorded_on": first.isoformat(), "count": count},
        pattern="公表日の違い",
    )


_BOTH = {"ledger": "台帳", "register": "公表簿"}
CHECK = Check(
    id="register_mismatch",
    prefix="RM",
    title="公表簿との照合",
    question="公表した登録簿と台帳が、互いにもれなく、同じことを示しているか。",
    authority=_AUTHORITY,
    examine=examine,
    parameters=MismatchParameters,
    figures={
        **{what.name.lower(): Figure(what.value, unit, _BOTH) for what, unit in (
            (What.AMOUNT, "円"), (What.VENDOR, ""), (What.DAY, "日付"), (What.ESTIMATE, "円"), (What.GROUND, ""),
        )},
        "yen": Figure("契約の額", "円"),
        "signed_on": Figure("契約締結日", "日付"),
        "number": Figure("公表簿の番号"),
        "class": Figure("公表区分"),
        "listed_on": Figure("公表簿の公表日", "日付"),
        "recorded_on": Figure("台帳の公表日（最初）", "日付"),
        "count": Figure("件数", "件"),
        "register": Figure("公表簿"),
    },
    innocent="公表のあとで契約を変更した、別の公表簿に載せている、公表の除外に当たるなど、違いに理由があれば問題ではありません。",
    needs={"contracts": ("title", "signed_on", "amount", "vendors")},
    at_stake="yen",
    cleared_as="corrected",
    accepted_to_year_end=True,
    of_contracts=False,
)  # fmt: skip
