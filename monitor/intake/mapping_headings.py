"""Where the headings of a table lie that nobody has described: below titles, in one row or two, with merged cells."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from checks import words
from monitor.intake.cells import text
from monitor.intake.headings import heading_key
from monitor.intake.sheets import Record, Sheet

SEARCHED = 30  # rows among which the headings are looked for


@dataclass(frozen=True)
class Headings:
    """A row of headings, or two as one: a name for each column, unique, "" for a column without one."""

    names: tuple[str, ...]
    line: int  # the last of its rows; the table begins below
    rows: int = 1

    def positions(self) -> dict[str, int]:
        """heading_key → position."""
        return {heading_key(name): at for at, name in enumerate(self.names) if name}


def candidates(sheet: Sheet, rows: int) -> Iterator[Headings]:
    """What might be the headings, row by row (``rows`` = 1), or two rows at a time (2)."""
    first = [record for record in islice(sheet.records(), SEARCHED) if not record.broken]
    if rows == 1:
        yield from (Headings(_unique(_shown(record)), record.line) for record in first if not record.blank)
        return
    for upper, lower in pairwise(first):
        if lower.line == upper.line + 1 and not upper.blank and not lower.blank:
            yield Headings(_unique(joined([_shown(upper), _shown(lower)])), lower.line, 2)


def _shown(record: Record) -> list[str]:
    return [words.mend(text(cell)) for cell in record.cells]


def joined(rows: Sequence[Sequence[str]], between: str = " ") -> list[str]:
    """The name of each column from its cells in rows of headings; what stands over a merged group stands over all of it.

    A group is what has cells below: 件名 over a blank cell is the name of its own column alone.
    """
    width = max(map(len, rows))
    *uppers, names = [[*row, *[""] * (width - len(row))] for row in rows]
    for upper in reversed(uppers):
        spread, group = list(upper), ""
        for at, (above, below) in enumerate(zip(upper, names, strict=True)):
            group = (above or group) if below else ""
            spread[at] = above or group
        names = [f"{above}{between}{below}".strip() for above, below in zip(spread, names, strict=True)]
    return names


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """The names, the second of one name as 備考（2）."""
    seen, unique = Counter[str](), list[str]()
    for name in names:
        seen[heading_key(name)] += 1
        nth = seen[heading_key(name)]
        unique.append(name if nth == 1 or not name else f"{name}（{nth}）")
    return tuple(unique)
