"""A PostgreSQL server of our own, for the tests and for the soak."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def server() -> Iterator[str]:
    """A server on a socket in a temporary folder; yields the folder."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folder = Path(
        subprocess.check_output(["mktemp", "-d", "/tmp/kpg.XXXXXX"], text=True).strip()
    )  # a socket's path is short
    data = folder / "data"
    before: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        before = ["runuser", "-u", "postgres", "--"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run(
        [*before, binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], **quiet
    )
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    start = [binaries / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start"]
    subprocess.run([*before, *start], **quiet)
    try:
        yield str(folder)
    finally:
        subprocess.run([*before, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)
        shutil.rmtree(folder)


def url(folder: str, name: str) -> str:
    """The address of a database of the server in a folder."""
    return f"postgresql+psycopg://postgres@/{name}?host={folder}"
