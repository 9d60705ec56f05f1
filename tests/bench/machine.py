"""On what was measured: the machine, the versions, the commit."""

import os
import platform
import sqlite3
import subprocess
from importlib import metadata
from pathlib import Path

from tests.bench.process import ROOT

_PACKAGES = ("pandas", "numpy", "pyarrow", "sqlalchemy", "psycopg", "adbc-driver-sqlite", "adbc-driver-postgresql")


def told() -> dict[str, object]:
    """What a reader of the figures has to know."""
    return {
        "machine": {
            "cores": os.cpu_count(),
            "processor": _line(Path("/proc/cpuinfo"), "model name"),
            "memory": _line(Path("/proc/meminfo"), "MemTotal"),
            "system": platform.platform(),
        },
        "versions": {
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            **{name: _version(name) for name in _PACKAGES},
        },
        "commit": _git("rev-parse", "HEAD"),
        "changed_since": bool(_git("status", "--porcelain", "--untracked-files=no")),
    }


def _line(path: Path, name: str) -> str:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
