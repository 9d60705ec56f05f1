"""Which mapping reads a sheet: the one that the caller names, else the one of the folder that fits; and why none does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.intake import mapping_sheet
from monitor.intake.headings import heading_key
from monitor.intake.how import How
from monitor.intake.mapping import Fit, TableMapping, fit
from monitor.intake.mapping_headings import Headings
from monitor.intake.rows import Part, Unreadable, quote
from monitor.intake.sheets import Sheet
from monitor.problems import nearest

_TOLD = 3  # headings that are gone, in one sentence


@dataclass(frozen=True)
class Mappings:
    """The mapping that was asked for, and those that are tried by themselves."""

    asked: TableMapping | None = None
    kept: Sequence[TableMapping] = ()

    def as_asked(self, sheet: Sheet, how: How) -> list[Part | Unreadable]:
        """The sheet by the mapping that was asked for; nothing if that does not fit."""
        found = fit(self.asked, sheet) if self.asked else None
        if self.asked is None or found is None or found.missing:
            return []
        return _read(sheet, how, self.asked, found.headings, "")

    def tried(self, sheet: Sheet, how: How) -> list[Part | Unreadable]:
        """The sheet by the one that fits best; nothing if none fits, and a refusal if two fit equally well."""
        fitting = [(mapping, found) for mapping, found in self._fits(sheet) if not found.missing]
        if not fitting:
            return []
        fitting.sort(key=lambda pair: _rank(pair[0]), reverse=True)
        (best, found), *others = fitting
        named = "".join(quote(mapping.name) for mapping, _ in others)
        if others and _rank(others[0][0]) == _rank(best):
            equal = "".join(quote(mapping.name) for mapping, _ in fitting if _rank(mapping) == _rank(best))
            reason = f"対応表{equal}が同じだけ合うため、どれで読むか決められません（--mapping で指定してください）。"
            return [Unreadable(sheet.source, reason)]
        return _read(
            sheet,
            how,
            best,
            found.headings,
            f"{named}も合いますが、対応する列が少ないため使いません。" if others else "",
        )

    def gone(self, sheet: Sheet, *, most: bool = False) -> str:
        """Which mapping almost fits, and which of its headings are not there; "" if none does.

        Almost is half of its headings, or three of four (``most``).
        """
        share = 4 if most else 2
        near = [(len(found.missing), mapping.name, mapping, found) for mapping, found in self._fits(sheet)]
        near = [each for each in near if each[2] is self.asked or share * each[0] <= len(set(each[2].columns.values()))]
        if not near:
            return ""
        _, name, _, found = min(near, key=lambda each: each[:2])
        there = [heading for heading in found.headings.names if heading]
        told = "、".join(_missing(heading, there) for heading in found.missing[:_TOLD])
        more = f"ほか{len(found.missing) - _TOLD}列" if len(found.missing) > _TOLD else ""
        return f"対応表{quote(name)}の見出し{told}{more}がありません。"

    def names_sheet(self, part: Part) -> bool:
        """Whether the mapping that read the part names its sheet, so that the workbook's other sheets are meant to be none."""
        return any(each.sheet for each in self._all() if each.layout == part.layout)

    def numbered(self, part: Part) -> bool:
        """Whether the contract numbers of a part that a mapping read are the office's own."""
        return not any(each.number_from for each in self._all() if each.layout == part.layout)

    def _all(self) -> list[TableMapping]:
        return [*([self.asked] if self.asked else []), *self.kept]

    def _fits(self, sheet: Sheet) -> list[tuple[TableMapping, Fit]]:
        return [(mapping, found) for mapping in self._all() if (found := fit(mapping, sheet)) is not None]


def _read(sheet: Sheet, how: How, mapping: TableMapping, headings: Headings, more: str) -> list[Part | Unreadable]:
    note = f"対応表{quote(mapping.name)}で読みました（見出しは{headings.line}行目）。{more}"
    found = mapping_sheet.read(sheet, how, mapping, headings)
    return [replace(item, note=note) if isinstance(item, Part) else item for item in found]


def _rank(mapping: TableMapping) -> tuple[bool, int]:
    """One that names the sheet comes before one that does not; then the one with more columns."""
    return bool(mapping.sheet), len(mapping.columns)


def _missing(heading: str, there: Sequence[str]) -> str:
    near = nearest(heading_key(heading), map(heading_key, there))
    own = next((name for name in there if heading_key(name) == near), "") if near else ""
    return quote(heading) + (f"（近い見出し{quote(own)}）" if own else "")
