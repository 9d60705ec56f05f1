"""Which keys one import has read so far: scratch files, so that memory stays flat however long a file is.

Where nothing can have been held of a batch's rows, the ledger's own primary key tells whether a key comes again
(monitor/store/imports.py): such rows are only noted, and looked up when one does. Otherwise they go into a scratch
database. SQLite makes its file in the folder for temporary files once its small cache is full (about 90 bytes a row), and
it is gone when it is closed. Whatever database the ledger lies in, this one is ours alone.
"""

import marshal
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from tempfile import SpooledTemporaryFile

from monitor.problems import Problem

_TABLE = "CREATE TABLE seen (key TEXT PRIMARY KEY, nth INTEGER, line INTEGER, content TEXT) WITHOUT ROWID"
_IN_MEMORY = 1 << 24

Noted = tuple[Sequence[str], Sequence[int], Sequence[str]]
"""Of rows one after the other: their keys, their lines, and what tells what they say."""


class Seen:
    """The rows of one part by key: where each was first, and what it said there."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-16000"):  # 16 MB; nothing to recover
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(_TABLE)
        self._noted = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # ``close`` closes it
        self._count = 0

    def close(self) -> None:
        """Forget everything."""
        self._noted.close()
        self._database.close()

    def note(self, rows: Noted) -> None:
        """Further rows of which none repeats another. Raises Problem as ``add``."""
        keys, lines, contents = rows
        try:
            marshal.dump((list(keys), list(lines), list(contents)), self._noted)
        except OSError as error:
            raise _refused(error) from error

    def add(self, rows: Noted) -> dict[int, tuple[int, str]]:
        """Further rows; position → (line, content) of the first row, for those that repeat one.

        Raises Problem where the folder for temporary files is full or cannot be written.
        """
        try:
            self._take_noted()
            return self._add(*rows)
        except (sqlite3.Error, OSError) as error:
            raise _refused(error) from error

    def _take_noted(self) -> None:
        if self._noted.tell():
            self._noted.seek(0)
            with suppress(EOFError):
                while True:
                    self._add(*marshal.load(self._noted))  # noqa: S302  # our own, written a moment ago
            self._noted.seek(0)
            self._noted.truncate()

    def _add(self, keys: Sequence[str], lines: Sequence[int], contents: Sequence[str]) -> dict[int, tuple[int, str]]:
        first, before = self._count, self._database.total_changes
        self._count += len(keys)
        numbered = zip(keys, range(first, self._count), lines, contents, strict=True)
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)", numbered)
        self._database.execute("COMMIT")
        if self._database.total_changes - before == len(keys):
            return {}  # the usual case: every key is new
        repeated = {}
        for position, key in enumerate(keys):
            (nth, line, content) = self._database.execute(
                "SELECT nth, line, content FROM seen WHERE key = ?", (key,)
            ).fetchone()
            if nth != first + position:
                repeated[position] = (line, content)
        return repeated


def _refused(error: Exception) -> Problem:
    return Problem(f"The folder for temporary files cannot be used: {error}.")
