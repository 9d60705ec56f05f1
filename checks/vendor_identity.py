"""相手方の名寄せ：一つの相手方が二つに分かれている、又は二つの相手方が一つになっているかもしれない記録。

見るもの：
三つあります。(1) 所在地が同じで名称がほとんど同じ相手方、又は表記の揺れ（長音、中点、小書き文字など）だけが違う相手方の組。
(2) 検査数字の合わない法人番号。(3) 一つの法人番号に、商号変更の表では説明できない複数の名称があるもの。
なぜ：
分割発注や随意契約の連鎖は、相手方ごとに数えます。相手方が二つに分かれていると見落とし、別の会社が一つになっていると
無関係の契約を結び付けます。
例：
同じ所在地に「JITグローバルブレイン」と「ITグローバルブレイン」がある。
該当しないもの：
所在地だけが同じもの（グループ会社は建物を共有します）。法人番号が二つとも記録されているもの（同名でも別の法人です）。
東日本と西日本、第一と第二のように意味のある文字だけが違うもの。支店・営業所の付いた名称（その会社として数えます）。
個人又は非公表の相手方。
前提：
ここで示す組を自動で一つにまとめることはありません（人が「同一」と判断した組だけを一つとして数えます）。取込みは検査数字の合わない法人番号を保留するので、(2)は台帳に既にある
番号だけが対象です。法人番号も所在地もない契約は、表記の揺れだけを見て「未判定」に数えます。
すること：
国税庁法人番号公表サイトで法人番号を確かめ、台帳に記録してください。一つの相手方であれば findings.xlsx で「同一」と答えてください（次の点検から
一つとして数え、「取消」で元に戻ります）。商号変更であれば config/vendor-names.yaml に行を加えてください。
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd

from checks import ledger, vendors, words
from checks.catalogue import Check, Figure
from checks.cells import Cells
from checks.columns import Bools, Ints, combined, filled
from checks.digits import numbers_are_valid
from checks.finding import UNVERIFIED_NOTE, CheckResult, Finding, NotJudged, Reasons, Severity
from checks.register import KNOWN, Register, picked
from checks.rulebook import Rulebook
from checks.twins import Twin, VendorParameters, twins_of

_SITE = "国税庁法人番号公表サイト"
_IDENTITY = "相手方の同定（法人番号、なければ正規化した名称と商号変更の表 config/vendor-names.yaml）"
_DIGITS = "法人番号の検査用数字の算出方法（平26財務省令70号2条、law.md 9.2）"
_OF_VENDORS = ["contract_id", "position", "name", "number", "hidden", "identity", "company", "known_by"]
_OF_CONTRACTS = ["contract_id", "vendors", "vendor_numbers", "addresses", "nondisclosure"]
# Names of one vendor times names of the other. More stand only where a number is many companies'; it judges nothing.
_MOST_KEYS = 1000


class Pattern(StrEnum):
    """What may be wrong with the record of a vendor."""

    TWIN = "表記の近い相手方"
    DIGIT = "検査数字の不一致"
    NAMES = "一つの法人番号に複数の名称"


@dataclass(frozen=True)
class _Seen:
    """What the ledger holds of an identity: ids of contracts in order of date, numbers, the last name and addresses."""

    contracts: tuple[str, ...]
    name: str
    known_by: frozenset[str]
    department: str
    addresses: tuple[str, ...]

    @cached_property
    def ids(self) -> frozenset[str]:
        """The contracts, to ask about one."""
        return frozenset(self.contracts)

    @property
    def place(self) -> str:
        """The addresses in words; a person's is not shown."""
        return "・".join(self.addresses) or "記録なし" if words.is_body(self.name) else "省略"


def examine(register: Register, rulebook: Rulebook, as_of: date, parameters: VendorParameters) -> CheckResult:  # noqa: ARG001
    """Twins, wrong check digits and numbers of several names; judged are contracts with a number, an address or no name."""
    held = looked_at(register, parameters)
    pairs, wrong, several = held.pairs, held.wrong, held.several
    wanted = {identity for pair in pairs for identity in pair.identities}
    wanted |= {f"number:{number}" for number in (*wrong, *several)}
    seen = _seen(register, wanted, held.places) if wanted else {}
    findings = (
        *(_twin(register, pair, seen) for pair in pairs),
        *(_digit(register, number, seen[f"number:{number}"]) for number in wrong),
        *(_names(register, number, seen[f"number:{number}"], names) for number, names in several.items()),
    )
    judged, not_judged = _judged(register, register.cells)
    return CheckResult(tuple(findings), judged, not_judged)


@dataclass(frozen=True)
class Looked:
    """The vendors, their addresses, and what may be wrong: pairs, numbers, names of a number."""

    vendors: Cells
    places: Mapping[str, frozenset[str]]
    pairs: tuple[Twin, ...]
    wrong: list[str]
    several: Mapping[str, tuple[str, ...]]

    @cached_property
    def named(self) -> pd.DataFrame:
        """The vendors that have a name; in most ledgers nothing is told of any, and this is not asked."""
        return self.vendors.frame(_OF_VENDORS).take(np.flatnonzero(~self.vendors["hidden"]))


def looked_at(register: Register, parameters: VendorParameters) -> Looked:
    """What is asked of a register, before it is told. Each distinct line, number and name is asked once."""
    held, rows = register.parties, register.cells
    first = np.flatnonzero(~held["hidden"])
    once = np.full(int(held["line"].max(initial=-1)) + 1, -1)
    once[held["line"][first][::-1]] = first[::-1]  # written backwards: the first row of each line of a cell stays
    first = np.sort(once[once >= 0])
    (codes, numbers), (identities, identity), (companies, company) = (
        held.codes(name) for name in ("number", "identity", "company")
    )
    here = filled(rows["addresses"]).any()
    places = vendors.addresses(rows.frame(_OF_CONTRACTS), held.frame(_OF_VENDORS)) if here else {}
    valid = numbers_are_valid(numbers)
    wrong = sorted(number for number in compress(numbers, ~valid) if number)
    names = zip(identities[first].tolist(), companies[first].tolist(), strict=True)
    pairs = twins_of({(identity[one], company[other]) for one, other in names}, places, parameters)
    pairs = _undecided(register, pairs, held)
    looked = Looked(held, places, pairs, wrong, {})
    several = valid & _repeated(codes[first], companies[first], len(numbers))
    if not several.any():
        return looked
    return replace(looked, several=_several(looked.named, several[codes][~held["hidden"]]))


def _undecided(register: Register, pairs: tuple[Twin, ...], held: Cells) -> tuple[Twin, ...]:
    """The pairs of which nobody has said that they are two vendors."""
    if not (pairs and register.said.apart):
        return pairs
    keys = dict(zip(held["identity"], held["known_by"], strict=True))
    return tuple(pair for pair in pairs if not register.said.are_two(*(keys[one] for one in pair.identities)))


def _repeated(numbers: Ints, companies: Ints, of_numbers: int) -> Bools:
    """The numbers that stand with more than one company: in most ledgers none."""
    first = combined(numbers, companies)[1]
    repeated: Bools = np.bincount(numbers[first], minlength=of_numbers) > 1
    return repeated


def _several(named: pd.DataFrame, wanted: Bools) -> Mapping[str, tuple[str, ...]]:
    """Number → the names (as written, the last of each) that no rename, office or legal form makes one."""
    rows = named[["number", "company", "name"]][wanted].drop_duplicates(["number", "company"], keep="last")
    rows = rows.sort_values(["number", "company"], kind="stable")
    found: defaultdict[str, list[str]] = defaultdict(list)
    for number, name in zip(rows["number"], rows["name"], strict=True):
        found[number].append(words.signer_off(name))
    return {number: tuple(names) for number, names in found.items()}


def _seen(register: Register, wanted: Collection[str], places: Mapping[str, frozenset[str]]) -> dict[str, _Seen]:
    """What is told of these identities: their rows are read one by one, no others."""
    rows = register.parties
    mine = np.flatnonzero(rows.where("identity", frozenset(wanted).__contains__) & ~rows["hidden"])
    groups: dict[str, list[Any]] = {}
    for row in picked(rows, mine, ["contract_id", "identity", "vendor", "contract"]):
        groups.setdefault(row.identity, []).append(row)
    last = np.array([group[-1].contract for group in groups.values()], dtype=np.int64)
    departments = picked(register.cells, last, ["department"])
    return {
        identity: _Seen(
            tuple(dict.fromkeys(row.contract_id for row in group)),
            register.vendor_names[identity],
            frozenset().union(*(one.known_by for one in {row.vendor for row in group})),
            department,
            tuple(sorted(places.get(identity, ()))),
        )
        for (identity, group), (department,) in zip(groups.items(), departments, strict=True)
    }


def _judged(register: Register, rows: Cells) -> tuple[int, Reasons]:
    """A vendor that is not disclosed needs no answer; one without a name, or without number and address, has none."""
    open_ = rows.equal("nondisclosure", "")
    named = rows.where("vendors", str.strip)
    bare = open_ & named & rows.equal("vendor_numbers", "") & ~filled(rows["addresses"])
    told = Reasons()
    for missing, columns in ((open_ & ~named, ("vendors",)), (bare, ("vendor_numbers", "addresses"))):
        if not missing.any():
            continue
        headings = "・".join(ledger.CONTRACTS.by_name[column].heading for column in columns)
        sets, ids = rows[KNOWN][missing], pd.Series(rows["contract_id"][missing])
        known = register.knew(sets, columns[0]) | register.knew(sets, columns[-1])
        for reason, mask in ((NotJudged.NO_COLUMN, ~known), (NotJudged.BLANK, known)):
            if mask.any():
                told.add((reason, headings), ids[mask])
    return rows.rows - sum(told.values()), told


# --- the findings ---------------------------------------------------------------------------------------------------


def _number(identity: str) -> str:
    kind, _, number = identity.partition(":")
    return number if kind == "number" else "記録なし"


def _twin(register: Register, twin: Twin, seen: Mapping[str, _Seen]) -> Finding:
    one, other = (seen[identity] for identity in twin.identities)
    counts = [len(one.contracts), len(other.contracts)]
    where = f"所在地（{twin.address}）が同じで、" if twin.address and one.place != "省略" else ""
    basis = where or ("所在地が同じで、" if twin.address else "所在地が同じかは確認できませんが、")
    return _finding(
        register,
        Pattern.TWIN,
        subject=twin.subject,
        keys=_keys(twin, one, other),
        contracts=_together(one, other),
        severity=Severity.LOW if twin.address else Severity.INFO,
        title=f"「{one.name}」と「{other.name}」は一つの相手方ではないか",
        explanation=(
            f"「{one.name}」（{counts[0]}件）と「{other.name}」（{counts[1]}件）は、{basis}名称は{twin.likeness}ため、"
            "一つの相手方の誤記又は表記の揺れかもしれません。「同一」と判断されるまでは別々の相手方として数え、自動ではまとめません。"
        ),
        next_step=(
            f"{_SITE}で両方の法人番号を確かめて台帳に記録してください。一つの相手方であれば判断「同一」と理由を記入してください"
            "（次の点検から一つとして数えます）。商号変更であれば管理者がconfig/vendor-names.yamlに行を加え、別の会社であれば、"
            "判断「誤検知」と理由を記入してください。"
        ),
        figures={
            "names": [one.name, other.name],
            "numbers": [_number(identity) for identity in twin.identities],
            "addresses": [one.place, other.place],
            "counts": counts,
            "likeness": str(twin.likeness),
        },
        department=other.department,
    )


def _keys(twin: Twin, one: _Seen, other: _Seen) -> tuple[str, ...]:
    """The pair under every name and number of either: the same pair once the number of one of them is recorded.

    A number under which hundreds of names stand has a pair with hundreds of others: there only the names of the pair count.
    """
    known: list[Collection[str]] = [one.known_by, other.known_by]
    if len(one.known_by) * len(other.known_by) > _MOST_KEYS:
        sides = zip(twin.identities, twin.companies, strict=True)
        known = [
            {identity, f"name:{company}"} & seen.known_by
            for (identity, company), seen in zip(sides, (one, other), strict=True)
        ]
    return tuple(sorted({"|".join(sorted((a, b))) for a in known[0] for b in known[1] if a != b}))


def _together(one: _Seen, other: _Seen) -> tuple[str, ...]:
    """The contracts of both, each once."""
    if one.ids.isdisjoint(other.ids):
        return one.contracts + other.contracts
    return tuple(dict.fromkeys((*one.contracts, *other.contracts)))


def _digit(register: Register, number: str, seen: _Seen) -> Finding:
    name = seen.name if words.is_body(seen.name) else "（名称は省略）"
    return _finding(
        register,
        Pattern.DIGIT,
        subject=f"check_digit:{number}",
        contracts=seen.contracts,
        severity=Severity.LOW,
        title=f"法人番号{number}は検査数字が合いません",
        explanation=(
            f"{name}の法人番号として記録された{number}（{len(seen.contracts)}件）は、13桁の最初の数字がほかの12桁から計算される"
            f"検査数字と合わないか、13桁ではありません。書き誤りのまま名寄せすると、同じ会社が二つに分かれます。{UNVERIFIED_NOTE}"
        ),
        next_step=f"{_SITE}で名称から法人番号を確かめ、台帳を訂正してください。",
        figures={"names": [name], "numbers": [number], "addresses": [seen.place], "counts": [len(seen.contracts)]},
        department=seen.department,
    )


def _names(register: Register, number: str, seen: _Seen, names: tuple[str, ...]) -> Finding:
    alike = len({words.core(words.company(name)) for name in names}) == 1
    alike = alike or len({words.skeleton(name) for name in names}) == 1
    return _finding(
        register,
        Pattern.NAMES,
        subject=f"names:{number}",
        contracts=seen.contracts,
        severity=Severity.INFO if alike else Severity.LOW,
        title=f"法人番号{number}に{len(names)}通りの名称があります",
        explanation=(
            f"法人番号{number}の相手方として数えた契約（{len(seen.contracts)}件）に、{'、'.join(f'「{name}」' for name in names)}の{len(names)}通りの名称が"
            "記録されています。番号が同じなので一つの相手方として数えていますが、商号変更の表に理由がなく、番号又は名称の"
            "書き誤りかもしれません。"
        ),
        next_step=(
            f"{_SITE}で法人番号{number}の商号と変更の履歴を確かめ、商号変更であればconfig/vendor-names.yamlに行を加え、"
            "書き誤りであれば台帳を訂正してください。"
        ),
        figures={
            "names": list(names),
            "numbers": [number],
            "addresses": [seen.place],
            "counts": [len(seen.contracts)],
        },
        department=seen.department,
    )


def _finding(register: Register, pattern: Pattern, **told: Any) -> Finding:
    return Finding(
        check="vendor_identity",
        organization=register.organization,
        authority=_DIGITS if pattern is Pattern.DIGIT else _IDENTITY,
        verified=pattern is not Pattern.DIGIT,  # the formula was read second-hand (law.md 9.2)
        pattern=pattern.value,
        **told,
    )


CHECK = Check(
    id="vendor_identity",
    prefix="VI",
    title="相手方の名寄せ",
    question="一つの相手方が別々に、又は別の相手方が一つに記録されていないか。",
    authority=f"{_IDENTITY}、{_DIGITS}",
    examine=examine,
    parameters=VendorParameters,
    figures={
        "names": Figure("名称"),
        "numbers": Figure("法人番号"),
        "addresses": Figure("所在地"),
        "counts": Figure("契約数", "件"),
        "likeness": Figure("名称の近さ"),
    },
    innocent="名称の近い別の会社が同じ建物にあること、登記上の商号と通称を使い分けていることは、それ自体は問題ではありません。",
    needs={"contracts": ("vendors", "vendor_numbers", "addresses")},
    at_stake="",
    cleared_as="corrected",
    accepted_to_year_end=True,
    of_contracts=False,
    version=4,
)
