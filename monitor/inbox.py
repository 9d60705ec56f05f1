"""The watched folder: what is dropped there is imported before a run, then moved to done/ or failed/; nothing is deleted.

A file that changed in the last minute may still be being written: it is left alone until the next time. One that cannot be
moved (somebody has it open) is said and taken again the next time, which changes nothing; the run goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from monitor import jobs
from monitor.intake.how import How
from monitor.place import JST, Place
from monitor.problems import Problem

SETTLED: Final = timedelta(minutes=1)
DONE: Final = "done"
FAILED: Final = "failed"


@dataclass(frozen=True)
class Taken:
    """A file of the folder and what became of it, in one sentence."""

    name: str
    said: str
    failed: bool


def take(place: Place) -> list[Taken]:
    """Import what lies in the folder, one file after the other in the order of their names. Raises Problem for the folder."""
    folder = place.settings.inbox
    if folder is None:
        return []
    try:
        files = sorted(_settled(folder, place.clock()))
    except OSError as error:
        raise Problem(f"inbox: the folder {folder} cannot be read: {error.strerror}.") from error
    return [_one(place, folder, file) for file in files]


def _settled(folder: Path, now: datetime) -> Iterator[Path]:
    for file in folder.iterdir():
        if file.is_file() and not file.name.startswith((".", "~$")) and not file.name.endswith((".part", ".tmp")):
            changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            if now - changed >= SETTLED:
                yield file


def _one(place: Place, folder: Path, file: Path) -> Taken:
    done = jobs.import_path(place, file, How(), lambda _source, _total, _more: None)
    failed = bool(done.unreadable)
    where, failed = _move(file, folder / (FAILED if failed else DONE), place.clock(), failed=failed)
    counts = [part.counts for part in done.parts]
    read, waiting = sum(each.read for each in counts), sum(each.quarantined for each in counts)
    said = f"{read:,} rows read, {waiting:,} in quarantine, {where}."
    reasons = " ".join(f"{unreadable.source}: {unreadable.reason}" for unreadable in done.unreadable)
    return Taken(file.name, f"{said} {reasons}".strip(), failed)


def _move(file: Path, folder: Path, now: datetime, *, failed: bool) -> tuple[str, bool]:
    """Out of the way under the time at which it was taken, so that a second file of the name finds its place.

    (where it is, whether something failed).
    """
    try:
        folder.mkdir(exist_ok=True)
        target = folder / f"{now.astimezone(JST):%Y%m%d-%H%M%S}-{file.name}"
        number = 1
        while target.exists():
            number += 1
            target = target.with_name(f"{now.astimezone(JST):%Y%m%d-%H%M%S}-{number}-{file.name}")
        file.replace(target)
    except OSError as error:
        return f"but it cannot be moved to {folder.name}/: {error.strerror}", True
    return f"moved to {folder.name}/{target.name}", failed
