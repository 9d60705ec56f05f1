"""``python -m tests.soak``: kill jobs at random on SQLite and PostgreSQL, let the rest finish, count what was lost or told twice."""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KINDS = ("sqlite", "postgresql")


def main() -> int:
    """0, or 1 with the first violation and its seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="on each database (200)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="drawn if not given")
    parser.add_argument("--database", choices=KINDS, help="only this one")
    chosen = parser.parse_args()
    return max(_soak(kind, chosen.kills, chosen.seed) for kind in KINDS if chosen.database in (None, kind))


def _soak(kind: str, kills: int, seed: int) -> int:
    from tests.soak.soak import Soak, Violation
    from tests.soak.table import table

    with tempfile.TemporaryDirectory(prefix="soak") as folder, _database(kind, Path(folder)) as url:
        soak = Soak(url, Path(folder), seed)
        try:
            report = soak.kill(kills)
            violations = report.verdict.violations
            _say(table(report, kind, seed))
        except Violation as violation:
            violations = [str(violation)]
        finally:
            soak.stop()
    for violation in violations[:20]:
        _say(f"VIOLATION on {kind} with --seed {seed} --kills {kills}: {violation}")
    return 1 if violations else 0


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'keiyaku.db'}"
        return
    from tests import postgres

    with postgres.server() as server:
        yield postgres.url(server, "postgres")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    ended = main()
    sys.stdout.flush()
    os._exit(ended)  # servers that wait for a silent client hold nobody up
