"""Which keys one import has read so far: a scratch database on disk, so that memory stays flat however long a file is.

SQLite makes the file in the folder for temporary files once its small cache is full (about 70 bytes a row), and it is
gone when it is closed. Whatever database the ledger lies in, this one is ours alone.
"""

import sqlite3
from collections.abc import Sequence

from monitor.problems import Problem

_TABLE = "CREATE TABLE seen (key TEXT PRIMARY KEY, nth INTEGER, line INTEGER, content BLOB) WITHOUT ROWID"


class Seen:
    """The rows of one part by key: where each was first, and a digest of what it said there."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-16000"):  # 16 MB; nothing to recover
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(_TABLE)
        self._count = 0

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def add(self, rows: Sequence[tuple[str, int, bytes]]) -> dict[int, tuple[int, bytes]]:
        """Note (key, line, content) of further rows; position → (line, content) of the first row, for those that repeat one.

        Raises Problem where the folder for temporary files is full or cannot be written.
        """
        try:
            return self._add(rows)
        except sqlite3.Error as error:
            raise Problem(f"The folder for temporary files cannot be used: {error}.") from error

    def _add(self, rows: Sequence[tuple[str, int, bytes]]) -> dict[int, tuple[int, bytes]]:
        first, before = self._count, self._database.total_changes
        self._count += len(rows)
        numbered = [(key, nth, line, content) for nth, (key, line, content) in enumerate(rows, first)]
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)", numbered)
        self._database.execute("COMMIT")
        if self._database.total_changes - before == len(rows):
            return {}  # the usual case: every key is new
        repeated = {}
        for position, (key, _, _) in enumerate(rows):
            (nth, line, content) = self._database.execute(
                "SELECT nth, line, content FROM seen WHERE key = ?", (key,)
            ).fetchone()
            if nth != first + position:
                repeated[position] = (line, content)
        return repeated
