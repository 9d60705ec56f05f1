"""A ledger under construction: it hands out offices, days, places and companies that no other label uses."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.evaluation import law, words
from tests.evaluation.words import Vendor

PLANTED, NEAR_MISS = "planted", "near_miss"
FIRST = date(2024, 4, 1)
Row = dict[str, Any]


@dataclass(frozen=True)
class Label:
    """What an auditor would say of some contracts, for one check.

    A near miss may be told up to ``at_most`` ('' = not at all); a planted set counts from ``at_least`` upwards.
    """

    check: str
    kind: str
    pattern: str
    contracts: tuple[str, ...]
    at_most: str = ""
    at_least: str = "low"


@dataclass(frozen=True)
class Labelled:
    """One organization's ledger with its labels; rows have every column that the ledger has, None where blank."""

    shape: str
    seed: int
    organization: str
    rulebook: str
    as_of: date
    tables: Mapping[str, Sequence[Row]]
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Shape:
    """What kind of body: size, offices, columns that its system does not have, how it writes."""

    name: str
    rulebook: str
    as_of: date
    background: int  # contracts that belong to nothing
    planted: int  # split sets
    misses: int  # near misses of splitting
    bureaus: tuple[str, ...]
    sections: tuple[str, ...]
    hidden: frozenset[str] = frozenset()  # columns that the ledger does not have
    wide: bool = False  # titles in full-width digits and brackets
    spelling: str = "mixed"
    others: tuple[str, ...] = ()  # the makers of the other checks' cases
    seeds: int = 6
    noise: float = 0.0  # share of titles with typographical noise (the hard half)
    blank: float = 0.0  # share of background contracts without a department (the hard half)

    def has(self, column: str) -> bool:
        return column not in self.hidden


@dataclass(frozen=True)
class Slot:
    """A bureau and section for some days, not used by another label at that time."""

    bureau: str
    section: str
    start: date


class RetryError(Exception):
    """What was drawn cannot be made (e.g. two pieces within the old limit never pass the new one): draw again."""


@dataclass
class Book:
    """The growing ledger of one shape and seed."""

    shape: Shape
    seed: int
    rng: random.Random = field(init=False)
    rows: list[Row] = field(default_factory=list)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"{self.shape.name}/{self.seed}")
        self._companies = words.companies(self.rng, background=False, first=20_000_000_000 + self.seed * 1000)
        self._areas = list(words.LABEL_AREAS)
        self.rng.shuffle(self._areas)
        self._busy: dict[str, list[tuple[date, date]]] = {}
        self._ids = iter(self.rng.sample(range(10_000, 99_999), 20_000))
        self._things = {key: value.split() for key, value in words.THINGS.items()}
        for things in self._things.values():
            self.rng.shuffle(things)

    # --- what a label takes for itself ----------------------------------------------------------------------------

    def vendor(self) -> Vendor:
        return self._companies.pop()

    def area(self) -> str:
        """A place name; used again only when all have been used."""
        area = self._areas.pop(0)
        self._areas.append(area)
        return area

    def thing(self, category: str) -> str:
        """A thing of the category; the least recently used one."""
        thing = self._things[category].pop(0)
        self._things[category].append(thing)
        return thing

    def slot(self, days: int, earliest: date = FIRST, latest: date | None = None) -> Slot:
        """An office that no other label uses from three weeks before the start to three weeks after the end."""
        last = min(latest or date(2026, 3, 31), self.shape.as_of) - timedelta(days=days)
        if last < earliest:
            raise RetryError
        gap = timedelta(days=21)
        for attempt in range(400):
            bureau = self.rng.choice(self.shape.bureaus)
            start = earliest + timedelta(days=self.rng.randint(0, (last - earliest).days))
            first, end = start - gap, start + timedelta(days=days) + gap
            if attempt == 399 or not any(a <= end and first <= b for a, b in self._busy.get(bureau, ())):
                return Slot(bureau, self.rng.choice(self.shape.sections), start)
        raise AssertionError

    def take(self, slot: Slot, days: int) -> None:
        """Mark the office as used."""
        self._busy.setdefault(slot.bureau, []).append((slot.start, slot.start + timedelta(days=days)))

    # --- rows ------------------------------------------------------------------------------------------------------

    def spelled(self, vendor: Vendor) -> str:
        spelling = self.shape.spelling
        return vendor.spelled(self.rng.choice(words.SPELLINGS) if spelling == "mixed" else spelling)

    def title(self, text: str) -> str:
        return words.full(text) if self.shape.wide else text

    def department(self, bureau: str, section: str) -> str:
        """As the ledger writes it; where the body has no bureaus, the section alone."""
        return f"{bureau} {section}" if bureau and not bureau.endswith("課") else bureau or section

    def procured(self, signed: date) -> date:
        return signed - timedelta(days=self.rng.randint(3, 14))

    def limits(self, category: str, procured: date | None, signed: date) -> tuple[int, int]:
        known = procured if self.shape.has("procured_on") else None
        return law.limits(self.shape.rulebook, category, known, signed)

    def contract(
        self, slot: Slot, day: date, title: str, category: str, measure: int, vendor: Vendor | None, **more: Any
    ) -> Row:
        """One small-value contract unless ``more`` says otherwise; ``measure`` is what its limit measures, yen."""
        procured = more.pop("procured_on", None) or self.procured(day)
        lower = int(measure * self.rng.uniform(0.95, 1)) // 110 * 110
        amount = measure if not self.shape.has("estimated_price") or self.rng.random() < 0.5 else lower
        row: Row = {
            "contract_id": f"{day.year % 100:02d}-{next(self._ids)}",
            "bureau": slot.bureau,
            "department": self.department(slot.bureau, slot.section),
            "title": self.title(title),
            "category": category,
            "method": "随意契約",
            "ground": law.small_value_ground(self.shape.rulebook, category),
            "procured_on": procured,
            "awarded_on": procured + (day - procured) // 2,
            "signed_on": day,
            "starts_on": day,
            "ends_on": day + timedelta(days=self.rng.choice([14, 21, 30, 45, 60, 90])),
            "estimated_price": measure,
            "design_price": measure if category in ("工事", "設計・調査・測量") else None,
            "commitment_amount": measure,
            "annual_amount": measure if category == "物件の借入れ" else None,
            "amount": amount,
            "quotes": self.rng.choice([1, 2, 2, 3]),
            "vendors": "" if vendor is None else self.spelled(vendor),
            "vendor_numbers": "" if vendor is None else vendor.number,
        } | more
        self.rows.append(row)
        return row

    def label(
        self, check: str, kind: str, pattern: str, rows: Sequence[Row], at_most: str = "", at_least: str = "low"
    ) -> None:
        ids = tuple(row["contract_id"] for row in rows)
        self.labels.append(Label(check, kind, pattern, ids, at_most, at_least))

    def add(self, table: str, row: Row) -> None:
        self.tables.setdefault(table, []).append(row)

    def publish(self, row: Row, day: date) -> None:
        """Published in every medium with nothing said of the items (blank items are unknown)."""
        for medium in ("ウェブ", "閲覧", "窓口", "契約公報"):
            self.add(
                "publications",
                {"contract_id": row["contract_id"], "kind": "結果", "medium": medium, "published_on": day},
            )


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def taxed(yen: float) -> int:
    """A price with 10% tax whose price without tax is a round thousand."""
    return max(1, round(yen / 1100)) * 1100
