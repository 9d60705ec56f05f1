"""The watched folder: what is dropped there is imported before a run, then moved to done/ or failed/; nothing is deleted.

A file that may still be being written, or that somebody has open, is left alone until the next time. Beside a file that
could not be read, or not wholly, lies a .txt that says which rows and why: the office has no terminal. One that cannot be
moved is said and taken again the next time, which changes nothing; the run goes on.
"""

import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from monitor import importing, receipts
from monitor.importing import Arrival, Imports
from monitor.intake.how import How
from monitor.place import JST, Place
from monitor.problems import Exit, Problem
from monitor.settings.sources import of_file
from monitor.store.replacing import Whole

SETTLED: Final = timedelta(minutes=1)  # unchanged for so long
WHOLE: Final = timedelta(minutes=10)  # after so long, a workbook without its end is not being written any more
FORGOTTEN: Final = timedelta(days=1)  # after so long, whoever has a file open has rather forgotten it
PAUSE: Final = 1.0  # seconds between two looks at the files
DONE: Final = "done"
FAILED: Final = "failed"
_LONGEST: Final = 255  # bytes of a file's name
_UNFINISHED: Final = (".part", ".tmp", ".partial", ".crdownload", ".filepart")
_ARCHIVES: Final = (".xlsx", ".xlsm", ".zip")
Wait = Callable[[float], None]


@dataclass(frozen=True)
class _Look:
    """A file as it lay there: two looks that differ mean that it is being written."""

    file: Path
    size: int
    changed: int  # nanoseconds


def take(place: Place, wait: Wait = time.sleep) -> list[Arrival]:
    """Import what lies in the folder, one file after the other in the order of their names. Raises Problem for the folder."""
    folder = place.settings.inbox
    if folder is None:
        return []
    now = place.clock()
    try:
        files = [file for file in sorted(folder.iterdir()) if _is_meant(file)]
        locks = {_plain(file.name): file for file in folder.iterdir() if _is_lock(file.name)}
    except OSError as error:
        raise Problem(f"inbox: the folder {folder} cannot be read: {error.strerror}.") from error
    opened = {file: locks[name] for file in files for name in _lock_names(file.name) if name in locks}
    settled = [look for look in map(_look, files) if look and look.file not in opened and _is_settled(look, now)]
    if settled:
        wait(PAUSE)
    ready = [look for look in settled if _look(look.file) == look]
    done = _again(place, ready, [_imported(place, look) for look in ready])
    cleared = [
        one if isinstance(one, Arrival) else _cleared(place, folder, look, one)
        for look, one in zip(ready, done, strict=True)
    ]
    return [*_left(opened, now), *cleared]


# --- which files are ready ------------------------------------------------------------------------------------------


def _is_meant(file: Path) -> bool:
    unfinished = file.name.casefold().endswith(_UNFINISHED)
    return not file.name.startswith((".", "~$")) and not unfinished and file.is_file()


def _is_lock(name: str) -> bool:
    return name.startswith(("~$", ".~lock."))


def _lock_names(name: str) -> tuple[str, ...]:
    """What Excel and LibreOffice put beside a file that somebody has open."""
    return _plain(f"~${name}"), _plain(f"~${name[2:]}"), _plain(f".~lock.{name}#")


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _look(file: Path) -> _Look | None:
    """The file as it lies there now; None if somebody has taken it away."""
    try:
        found = file.stat()
    except OSError:
        return None
    return _Look(file, found.st_size, found.st_mtime_ns)


def _is_settled(look: _Look, now: datetime) -> bool:
    age = now - datetime.fromtimestamp(look.changed / 1e9, UTC)
    return age >= SETTLED and (age >= WHOLE or not _is_half(look))


def _is_half(look: _Look) -> bool:
    """An empty file, or a zip (a workbook is one) that has begun and has no end: its list of members stands there."""
    if not look.size:
        return True
    if look.file.suffix.casefold() not in _ARCHIVES:
        return False
    try:
        with look.file.open("rb") as raw:
            return raw.read(2) == b"PK" and not zipfile.is_zipfile(raw)
    except OSError:
        return False  # import says why it cannot be read


def _left(opened: dict[Path, Path], now: datetime) -> Iterator[Arrival]:
    """What somebody has open is left alone; told when it is so for too long."""
    for file, lock in opened.items():
        look = _look(lock)
        if look is not None:
            since = datetime.fromtimestamp(look.changed / 1e9, UTC)
            told = f"{file.name}：開いたままのため取り込めません（{lock.name} があります）"
            yield Arrival(
                file.name,
                f"left alone: somebody has it open ({lock.name}).",
                told if now - since >= FORGOTTEN else "",
            )


# --- one file -------------------------------------------------------------------------------------------------------


def _imported(place: Place, look: _Look) -> Imports | Arrival:
    """What an import did with a file, or why there was none."""
    source = of_file(place.settings.sources, _plain(look.file.name))
    how = importing.how_of(source) if source else How()
    try:
        whole = Whole() if source and source.replace else None
        return importing.import_path(place, look.file, how, lambda _source, _total, _more: None, whole)
    except Problem as problem:
        if problem.exit_code is Exit.BUSY:
            raise
        told = " ".join(problem.sentences)
        return Arrival(look.file.name, f"not taken, it is left where it was. {told}", f"{look.file.name}：{told}")


def _again(place: Place, looks: Sequence[_Look], done: Sequence[Imports | Arrival]) -> list[Imports | Arrival]:
    """Files whose rows waited for an organization that only a later one of the folder has brought are read once more."""
    last = max((at for at, one in enumerate(done) if isinstance(one, Imports) and _brings(one)), default=0)
    return [
        _imported(place, look) if at < last and isinstance(one, Imports) and _waits(one) else one
        for at, (look, one) in enumerate(zip(looks, done, strict=True))
    ]


def _brings(done: Imports) -> bool:
    return any(part.table == "organizations" and part.counts.added for part in done.parts)


def _waits(done: Imports) -> bool:
    return any(part.counts.quarantined for part in done.parts)


def _cleared(place: Place, folder: Path, look: _Look, done: Imports) -> Arrival:
    """What came of a file, after it was moved."""
    file = look.file
    if _look(file) != look:
        return importing.arrival(file.name, done, "but it changed meanwhile: it is taken again the next time")
    where, stuck = _moved(place, folder / (FAILED if done.unreadable or done.unread else DONE), file, done)
    came = replace(importing.arrival(file.name, done, where), anew=not stuck)
    return (
        replace(came, trouble=came.trouble or f"{file.name}：取り込みましたが、フォルダから移せません")
        if stuck
        else came
    )


def _moved(place: Place, folder: Path, file: Path, done: Imports) -> tuple[str, bool]:
    """Out of the way, and beside it what could not be read. (where it is, whether it could not be moved)."""
    now = place.clock().astimezone(JST)
    try:
        folder.mkdir(exist_ok=True)
        target = _free(folder, f"{now:%Y%m%d-%H%M%S}", file.name)
        unwritten = _explained(place, target, file.name, done, now)
        try:
            file.replace(target)
        except OSError:
            _beside(target).unlink(missing_ok=True)  # of a file that is not there: the next time it would be another
            raise
    except OSError as error:
        return f"but it cannot be moved to {folder.name}/: {error.strerror}", True
    return f"moved to {folder.name}/{target.name}{unwritten}", False


def _explained(place: Place, target: Path, name: str, done: Imports, now: datetime) -> str:
    """Write what could not be read beside where the file is going to be; in words if that cannot be written."""
    text = receipts.receipt(place.engine, name, done, now)
    if not text:
        return ""
    try:
        receipts.write(_beside(target), text)
    except OSError as error:
        return f" (what could not be read could not be written beside it: {error.strerror})"
    return ""


def _beside(target: Path) -> Path:
    return target.with_name(f"{target.name}.txt")


def _free(folder: Path, moment: str, name: str) -> Path:
    """A name that no file has: under the time at which it was taken, so that a second file of the name finds its place."""
    number = 1
    while True:
        begin = f"{moment}-" if number == 1 else f"{moment}-{number}-"
        target = folder / f"{begin}{_short(name, _LONGEST - len(begin) - len('.txt.part'))}"
        if not target.exists() and not _beside(target).exists():
            return target
        number += 1


def _short(name: str, room: int) -> str:
    """The name in so many bytes; its suffix stays."""
    if len(name.encode()) <= room:
        return name
    stem, suffix = Path(name).stem, Path(name).suffix
    return stem.encode()[: room - len(suffix.encode())].decode("utf-8", "ignore") + suffix
