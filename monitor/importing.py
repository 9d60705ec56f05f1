"""Rows come in: a file, a folder or the query of another database is read and stored, under the lock.

It judges nothing: of the rulebooks only the names are asked, and none of the big libraries of the checks is loaded.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from checks import ledger
from monitor import asking
from monitor.intake.how import How
from monitor.place import Place, day
from monitor.problems import unknown
from monitor.settings import Source
from monitor.store.engine import told
from monitor.store.lock import one_runner

if TYPE_CHECKING:  # that a file of the inbox waits is told without reading one
    from monitor.intake.rows import Part, Unreadable
    from monitor.intake.sheets import Sheet
    from monitor.store import imports
    from monitor.store.replacing import Whole

Progress = Callable[[str, int | None, int], None]
_HEADINGS = "|".join({re.escape(column.heading) for table in ledger.TABLES.values() for column in table.columns})
_NAMES = "|".join({name for table in ledger.TABLES.values() for name in (table.name, *table.by_name)})
_OURS = rf"「(?:{_HEADINGS})」|（(?:{_NAMES})）"
_KIND = re.compile(
    rf"(?:[^「『（(:：]|{_OURS})*(?:ません|です)(?=[「『（(:：。]|$)"
)  # of a reason, before it quotes a cell


@dataclass
class Imports:
    """What an import did, part by part, and what could not be read at all."""

    parts: "list[imports.Imported]" = field(default_factory=list)
    unreadable: "list[Unreadable]" = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # how a part was read, where somebody must know it
    withdrawn: Mapping[str, int] = field(default_factory=dict)  # rows, by table
    withheld: Sequence[str] = ()  # what is gone from the file and was not withdrawn, and why

    @property
    def unread(self) -> "list[imports.Imported]":
        """The parts of which not one row could be read: all are in quarantine (and did not come from there)."""
        return [part for part in self.parts if not part.returned and 0 < part.counts.read == part.counts.quarantined]


def import_path(
    place: Place,
    path: Path,
    how: How,
    progress: Progress,
    whole: "Whole | None" = None,
) -> Imports:
    """Read a file or folder, as ``how`` says, and store it. ``progress`` is told (source, rows in all if known, more rows done).

    ``whole``: it is the whole truth of its organizations and fiscal years (monitor/store/replacing.py). Raises Problem for
    what ``how`` names and there is not, before anything is read.
    """
    from monitor.intake import layouts
    from monitor.intake.mapping import load_folder

    _check(place, how)
    return _import(place, layouts.read(path, how, mappings=load_folder(place.settings.mappings)), progress, whole)


def import_sheets(
    place: Place, found: "Iterable[Sheet]", how: How, progress: Progress, whole: "Whole | None" = None
) -> Imports:
    """The same of sheets that are no files."""
    from monitor.intake import layouts
    from monitor.intake.mapping import load_folder

    _check(place, how)
    return _import(place, layouts.read_sheets(found, how, load_folder(place.settings.mappings)), progress, whole)


def _check(place: Place, how: How) -> None:
    """Raises Problem for a rulebook that there is not: every row of the file would go to quarantine for it."""
    if how.rulebook is not None and how.rulebook not in (known := asking.rulebooks_of(place.settings)):
        raise unknown(f"There is no rulebook '{how.rulebook}'", how.rulebook, known)


def _import(place: Place, found: "Iterable[Part | Unreadable]", progress: Progress, whole: "Whole | None") -> Imports:
    from monitor.findings import sheets
    from monitor.intake.decisions import NAME as ANSWERS
    from monitor.intake.rows import Unreadable
    from monitor.store import imports

    done = Imports()
    known = list(asking.rulebooks_of(place.settings))
    with one_runner(place.engine), told(place.engine):
        for part in found:
            if isinstance(part, Unreadable):
                done.unreadable.append(part)
                continue
            if part.note:
                done.notes.append(f"{part.source}: {part.note}")
            progress(part.source, part.total, 0)
            more = partial(progress, part.source, part.total)
            if part.layout == ANSWERS:
                done.parts.append(sheets.take(place.engine, part, day(place), place.clock(), more))
            else:
                done.parts.append(imports.store(place.engine, part, place.clock(), known, more, whole))
        if whole is not None:
            withdrawn = whole.finish(place.engine, place.clock(), unread=bool(done.unreadable))
            done.withdrawn, done.withheld = withdrawn.rows, withdrawn.withheld
    return done


def how_of(source: Source) -> How:
    """How the rows of a source are read."""
    table = "interchange" if source.database and not source.mapping else None
    return How(
        organization=source.organization or None,
        layout=source.layout or table,
        rulebook=source.rulebook or None,
        register=source.listed,
        published_on=source.published_on,
        mapping=source.mapping,
    )


@dataclass(frozen=True)
class Arrival:
    """What came by itself (a file of the watched folder, another database) and what became of it, in one sentence.

    ``trouble`` is what the maintainers are told of it, in Japanese; "" if there is none. It goes out by mail, so it quotes no
    cell of a file: the name of a person may stand there. Trouble of one name stays the same
    from run to run, unless it is ``anew``: the file has been moved away, so it is another one.
    """

    name: str
    said: str
    trouble: str = ""
    anew: bool = False

    @property
    def failed(self) -> bool:
        """Whether something of it was not taken."""
        return bool(self.trouble)


def arrival(name: str, done: Imports, where: str = "taken") -> Arrival:
    """What came of an import that nobody watched; ``where`` it is now."""
    counts = [part.counts for part in done.parts]
    read, waiting = sum(each.read for each in counts), sum(each.quarantined for each in counts)
    reasons = " ".join(f"{unreadable.source}: {unreadable.reason}" for unreadable in done.unreadable)
    gone = f" {sum(done.withdrawn.values()):,} withdrawn," if done.withdrawn else ""
    said = (
        f"{read:,} rows read, {waiting:,} in quarantine,{gone} {where}. {' '.join((reasons, *done.withheld))}".strip()
    )
    kinds = [_kind(unreadable.reason) for unreadable in done.unreadable]
    lost = [f"{sum(part.counts.read for part in done.unread):,}行の一行も読めません"] if done.unread else []
    trouble = next(iter([*kinds, *lost, *done.withheld]), "")
    return Arrival(name, said, f"{name}：{trouble}" if trouble else "")


def _kind(reason: str) -> str:
    """What kind of reason it is, without what it quotes of the file."""
    found = _KIND.match(reason)
    return found[0] if found else "読めない表があります"
