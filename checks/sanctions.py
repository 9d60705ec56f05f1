"""Sanctions on vendors (指名停止, 参加資格制限, 排除, 減点), shared between organizations: whom they reach, and on which days.

A vendor is asked for by its keys, as register.vendors has them in known_by: ``number:<13 digits>`` and ``name:<normalised
name>``. Two 法人番号 decide alone; where either side lacks one, the names do, and the answer says so (``by_name``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from checks import periods
from checks.columns import among
from checks.register import Register, plain

SUSPENSIONS = ("指名停止", "参加資格制限", "排除")
DEDUCTION = "減点"


@dataclass(frozen=True, order=True)
class Sanction:
    """One sanction as it reaches one vendor; ends_on is its last day, None where none is recorded."""

    starts_on: date
    last_on: date
    kind: str
    by_name: bool  # no 法人番号 on both sides confirms that it is the same vendor
    ends_on: date | None

    def covers(self, day: date) -> bool:
        """Whether it is in force on a day; the first and the last day are."""
        return self.starts_on <= day <= self.last_on


def last_day(starts_on: date, months: int) -> date:
    """The last day of a period of months whose first day counts (民法140条ただし書・143条2項): a year from 4/1 ends on 3/31."""
    return periods.months_after(starts_on - timedelta(days=1), months)


def keys(register: Register, name: str, number: str, on: date) -> frozenset[str]:
    """The keys of a vendor named on some day outside a contract's parties, in the manner of register.vendors."""
    found = {f"number:{number}"} if number else set()
    return frozenset(found | ({f"name:{register.renames.latest(name, on)[0]}"} if name else set()))


class Sanctions:
    """The sanctions of some kinds, by vendor. Without an end they last ``months``, else until further notice."""

    def __init__(self, register: Register, kinds: Sequence[str], months: int | None = None) -> None:
        self._register = register
        self._by_key: dict[str, list[tuple[str, Sanction]]] = {}
        self._asked: dict[tuple[str, str, date], list[Sanction]] = {}
        rows = register.tables["vendor_sanctions"]
        for row in plain(rows[among(rows["kind"], kinds)]):
            last = row.ends_on or (last_day(row.starts_on, months) if months else date.max)
            sanction = Sanction(row.starts_on, last, row.kind, by_name=False, ends_on=row.ends_on)
            for key in keys(register, row.vendor, row.vendor_number, row.starts_on):
                self._by_key.setdefault(key, []).append((row.vendor_number, sanction))

    def of_named(self, name: str, number: str, on: date) -> list[Sanction]:
        """The sanctions that reach a vendor (a subcontractor) named on some day; each distinct question is asked once."""
        if (name, number, on) not in self._asked:
            self._asked[name, number, on] = self.of(keys(self._register, name, number, on)) if self._by_key else []
        return self._asked[name, number, on]

    def of(self, known_by: Iterable[str]) -> list[Sanction]:
        """The sanctions that reach a vendor, in order of their first day."""
        asked = sorted(known_by)
        numbers = [key for key in asked if key.startswith("number:")]
        found = {sanction for key in numbers for _, sanction in self._by_key.get(key, ())}
        for key in asked:
            for number, sanction in self._by_key.get(key, ()) if key not in numbers else ():
                if not (number and numbers):
                    found.add(
                        Sanction(
                            sanction.starts_on, sanction.last_on, sanction.kind, by_name=True, ends_on=sanction.ends_on
                        )
                    )
        return sorted(found, key=lambda one: (one.starts_on, one.last_on, one.kind, one.by_name))
