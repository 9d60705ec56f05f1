"""The watched folder: what is dropped there is imported before a run, then moved to done/ or failed/; nothing is deleted.

A file that changed in the last minute may still be being written: it is left alone until the next time. One that cannot be
moved (somebody has it open) is said and taken again the next time, which changes nothing; the run goes on.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from monitor import jobs
from monitor.intake.how import How
from monitor.jobs import Arrival
from monitor.place import JST, Place
from monitor.problems import Problem

SETTLED: Final = timedelta(minutes=1)
DONE: Final = "done"
FAILED: Final = "failed"


def take(place: Place) -> list[Arrival]:
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


def _one(place: Place, folder: Path, file: Path) -> Arrival:
    done = jobs.import_path(place, file, How(), lambda _source, _total, _more: None)
    where, stuck = _move(file, folder / (FAILED if done.unreadable else DONE), place.clock())
    came = jobs.arrival(file.name, done, where)
    return replace(came, trouble=came.trouble or f"{file.name}：取り込みましたが、移せません") if stuck else came


def _move(file: Path, folder: Path, now: datetime) -> tuple[str, bool]:
    """Out of the way under the time at which it was taken, so that a second file of the name finds its place.

    (where it is, whether it could not be moved).
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
    return f"moved to {folder.name}/{target.name}", False
