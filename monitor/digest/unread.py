"""Rows that could not be read and wait for their correction, file by file: what a clerk must open, and where. Pure.

The cells themselves are not told: a name that stands in a wrong cell has no business in a mail.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from monitor import plain
from monitor.plain import brief

COLUMNS = 4  # named; the others are counted
FILE = 60  # characters of a file's name
WHOLE_ROW = "行の全体"  # where no single cell is wrong


@dataclass(frozen=True)
class Unread:
    """What of one file waits for one organization ("" where the row does not say whose it is). Counts of rows."""

    organization: str  # id
    source: str  # the file with the sheet or member
    rows: int
    columns: tuple[tuple[str, int], ...]  # heading of the first cell that could not be read, the most first
    lines: tuple[int, ...]  # the first rows of the file

    @property
    def where(self) -> str:
        """契約締結日 12行、契約金額 3行、ほか2列 5行."""
        shown = [f"{brief(name, 20)} {count:,}行" for name, count in self.columns[:COLUMNS]]
        rest = self.columns[COLUMNS:]
        more = [f"ほか{len(rest):,}列 {sum(count for _, count in rest):,}行"] if rest else []
        return "、".join([*shown, *more])

    @property
    def at(self) -> str:
        """3・7・9行目など."""
        return "・".join(f"{line:,}" for line in self.lines) + "行目" + ("など" if self.rows > len(self.lines) else "")

    @property
    def file(self) -> str:
        """The file's name, as it may be shown."""
        return brief(plain.clean(self.source), FILE)


def workbook(week: str) -> str:
    """The file beside the whole digest of a week in which these rows can be corrected."""
    return f"digest-{week}.unread.xlsx"


def by_file(rows: Iterable[tuple[str, str, int, str]], shown: int = 3) -> tuple[Unread, ...]:
    """The waiting rows (organization, source, line, column) by file and organization; the most rows first."""
    held: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for organization, source, line, column in rows:
        held.setdefault((organization, source), []).append((line, column))
    found = [
        Unread(
            organization, source, len(waiting), _columns(waiting), tuple(sorted(line for line, _ in waiting)[:shown])
        )
        for (organization, source), waiting in held.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.rows, one.source, one.organization)))


def _columns(rows: Iterable[tuple[int, str]]) -> tuple[tuple[str, int], ...]:
    counts = Counter(plain.clean(column) or WHOLE_ROW for _, column in rows)
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
