"""What the cells of one column hold, as shares of those that are filled: dates, yen, numbers of companies, names, places."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from checks import words
from checks.ledger import Column, Kind
from monitor.intake import cells
from monitor.intake.cells import Cell, text
from monitor.intake.headings import heading_key
from monitor.intake.mapping_cells import name_and_place, period
from monitor.intake.mapping_words import BLANK, NO, SAYS, YES
from monitor.intake.rows import CellError

_DATE, _YEN, _COUNT, _NUMBER = (Column("", "", kind) for kind in (Kind.DATE, Kind.YEN, Kind.COUNT, Kind.NUMBER_13))
_UNIT = re.compile(r"(.*[課部局室係所署庁校園館院団]|.*(?:センター|事務所|委員会|本部))(?:長|[\s・/].*)?")
_PLACE = re.compile(r"〒|.{0,4}[都道府県]|.{0,8}[市区郡町村].*[0-9]")
_PERSON = re.compile(r"[\u3400-\u9fff々ヶ]{1,4}[ \u3000]+[\u3400-\u9fffぁ-ん々ヶ]{1,4}(?:[ \u3000]*[様氏殿])?")
_HONORED = re.compile(r"[様氏殿](?:\s|$|[)）、])|先生")
_LONG_TITLE = 4  # letters on average
_SHOWN = 3


@dataclass(frozen=True)
class Profile:
    """One column of the file: its filled cells, and what share of them reads as what."""

    filled: Sequence[Cell]

    @cached_property
    def texts(self) -> list[str]:
        """The filled cells as they are shown."""
        return [text(cell).strip() for cell in self.filled]

    @cached_property
    def distinct(self) -> list[str]:
        """Each text once, in the order of the file."""
        return list(dict.fromkeys(self.texts))

    @cached_property
    def telling(self) -> list[Cell]:
        """Without the cells that say － or なし."""
        return [cell for cell in self.filled if heading_key(text(cell)) not in _BLANK]

    @cached_property
    def dates(self) -> float:
        """Days; a bare number is none."""
        return self._share(lambda cell: not isinstance(cell, (int, float)) and _reads(_DATE, cell))

    @cached_property
    def periods(self) -> float:
        """Two days in one cell."""
        return self._share(lambda cell: not isinstance(cell, (int, float, date)) and bool(period(cell)))

    @cached_property
    def yen(self) -> float:
        """Whole numbers."""
        return self._share(lambda cell: not isinstance(cell, date) and _reads(_YEN, cell))

    @cached_property
    def counts(self) -> float:
        """Whole numbers, 3者."""
        return self._share(lambda cell: not isinstance(cell, date) and _reads(_COUNT, cell))

    @cached_property
    def numbers(self) -> float:
        """法人番号 with the right check digit."""
        return self._share(lambda cell: _reads(_NUMBER, cell))

    @cached_property
    def bodies(self) -> float:
        """Names of companies and other bodies."""
        return self._share(lambda cell: isinstance(cell, str) and words.is_body(cell))

    @cached_property
    def places(self) -> float:
        """Addresses, with nothing before them."""
        return self._share(lambda cell: isinstance(cell, str) and bool(_PLACE.match(words.narrow(cell))))

    @cached_property
    def names_with_places(self) -> float:
        """A vendor and its address in one cell."""
        return self._share(lambda cell: isinstance(cell, str) and bool((name_and_place(cell) or ("", ""))[1]))

    @cached_property
    def units(self) -> float:
        """Sections of an office: …課."""
        return self._share(lambda cell: isinstance(cell, str) and bool(_UNIT.fullmatch(words.narrow(cell).strip())))

    @cached_property
    def numbered(self) -> float:
        """Cells with a digit: no person's name has one."""
        return self._share(lambda cell: any(map(str.isdigit, text(cell))))

    @cached_property
    def prose(self) -> float:
        """Texts that are neither days nor numbers."""
        return self._share(
            lambda cell: (
                isinstance(cell, str) and not _reads(_DATE, cell) and not _reads(_YEN, cell) and not period(cell)
            )
        )

    @cached_property
    def running(self) -> bool:
        """1, 2, 3 …: the rows are counted, and next year's are counted anew."""
        counted = [int(shown) for shown in self.texts if re.fullmatch(r"[0-9]{1,5}", shown)]
        return bool(counted) and len(counted) == len(self.texts) and max(counted) <= 2 * len(counted) + 10

    @cached_property
    def small(self) -> bool:
        """Numbers below a thousand, but for a few."""
        counted = [re.sub(r"[者社件回次]$", "", words.narrow(shown)) for shown in self.texts]
        counted = [shown for shown in counted if re.fullmatch(r"[0-9]+", shown)]
        return bool(counted) and sum(len(shown) <= 3 for shown in counted) >= 0.9 * len(counted)

    def says(self, column: Column) -> float:
        """The share that is one of the column's choices, or means one."""
        return self._share(lambda cell: choice(column, text(cell)) is not None)

    def _share(self, holds: Callable[[Cell], bool]) -> float:
        held = [bool(holds(cell)) for cell in self.telling]
        return sum(held) / len(held) if held else 0.0

    def samples(self, column: Column | None) -> tuple[str, ...]:
        """A few cells that may be shown: none that may be a person's name, nor what leads to one."""
        if column is None or column.name in ("addresses", "remarks", "site", "deposit"):
            fine = [] if self.prose > 0.2 or self.numbers > 0.2 else self.distinct
        elif column.name in ("vendors", "vendor", "subcontractor"):
            fine = [name for name in self.distinct if words.is_body(words.signer_off(name))]
            fine = [words.signer_off(name).split("\n")[0] for name in fine]
        else:
            fine = self.distinct
        shown = (" ".join(value.split()) for value in fine if not may_name(value))
        return tuple(
            list(dict.fromkeys(f"{each[:16]}…" if len(each) > 17 else each for each in shown if each))[:_SHOWN]
        )


def may_name(value: str) -> bool:
    """Whether a text may hold a person's name: 姓 名 with a space between, 氏, 様."""
    plain = value.strip()
    return bool(_PERSON.search(plain) and not words.is_body(plain)) or bool(_HONORED.search(plain))


def choice(column: Column, value: str) -> str | None:
    """What a cell says in the column's own words; None where that is not known. A yes is "1", a no "0"."""
    try:
        read, _ = cells.read(column, value)
    except CellError:
        pass
    else:
        return ("1" if read else "0") if isinstance(read, bool) else str(read)
    key = heading_key(value)
    if column.kind is Kind.YES_NO:
        return "1" if key in map(heading_key, YES) else "0" if key in map(heading_key, NO) else None
    return next((ours for pattern, ours in SAYS.get(column.name, ()) if re.search(pattern, key)), None)


def fits(column: Column, heading: str, profile: Profile, *, unique: bool = False) -> float | None:
    """How well the cells suit a column, 0 to 1; None where there are none. ``unique``: each stands in one row only."""
    if not profile.telling:
        return None
    kind, name = column.kind, column.name
    if name in ("starts_on", "ends_on"):
        return _days_or_period(name, heading, profile)
    if kind is Kind.DATE:
        return profile.dates
    if kind is Kind.YEN:
        return profile.yen * (0.5 if profile.small else 1.0) * (0.0 if profile.numbers > 0.5 else 1.0)
    if kind is Kind.COUNT:
        return profile.counts if profile.small else 0.0
    if kind is Kind.NUMBER_13:
        return profile.numbers
    if kind is Kind.YES_NO or column.choices:
        return profile.says(column)
    return _text_fits(column, profile) * (0.4 if unique and len(profile.distinct) < len(profile.texts) else 1.0)


def _days_or_period(name: str, heading: str, profile: Profile) -> float:
    """工期 is the last day where one day stands there."""
    only = heading_key(heading).endswith("期間") or heading_key(heading) in ("工期", "納期")
    if name == "starts_on":
        return profile.periods if only else max(profile.dates, profile.periods)
    return profile.dates


def _text_fits(column: Column, profile: Profile) -> float:
    if sum(len(shown) > column.longest for shown in profile.texts) > 0.1 * len(profile.texts):
        return 0.1  # prose where a code should stand
    name = column.name
    if name in ("vendors", "vendor", "subcontractor"):
        return 0.0 if profile.places > 0.5 else profile.prose * (0.4 + 0.6 * profile.bodies)
    if name == "addresses":
        return profile.places
    if name == "contract_id" and column.required:
        numbered = not (profile.running or profile.dates > 0.5 or profile.numbers > 0.5)
        return float(numbered) * profile.numbered
    if name == "title":
        long = sum(map(len, profile.texts)) / len(profile.texts) >= _LONG_TITLE
        return profile.prose * (1.0 if long else 0.6) * (0.3 if profile.bodies > 0.7 or profile.units > 0.7 else 1.0)
    if name in ("department", "bureau"):
        return profile.prose * (0.5 + 0.5 * profile.units) * (1.0 - 0.8 * profile.bodies * (1 - profile.units))
    return 0.0 if profile.dates > 0.5 or profile.numbers > 0.5 else 0.8


def _reads(column: Column, cell: Cell) -> bool:
    try:
        return cells.read(column, cell)[0] is not None
    except CellError:
        return False


_BLANK = frozenset(map(heading_key, BLANK))
