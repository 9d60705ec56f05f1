"""What all tests share: databases that are real, and no skips."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine, create_engine, text

from monitor.store.engine import open_store

ROOT = Path(__file__).parents[1]

# few examples on every change, many in `make soak` (HYPOTHESIS_PROFILE=soak); shrinking takes minutes on whole ledgers
_PHASES = [hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate]
hypothesis.settings.register_profile("quick", max_examples=12, deadline=None, phases=_PHASES)
hypothesis.settings.register_profile("soak", max_examples=100, deadline=None, phases=_PHASES)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a test that nobody ran."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = 1


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of our own on a socket in a temporary folder; yields the folder."""
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
    yield str(folder)
    subprocess.run([*before, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'keiyaku.db'}"
        return
    folder = request.getfixturevalue("postgresql")
    name = f"t{abs(hash(request.node.nodeid)):x}"
    admin = create_engine(f"postgresql+psycopg://postgres@/postgres?host={folder}", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield f"postgresql+psycopg://postgres@/{name}?host={folder}"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An empty store, once on SQLite and once on PostgreSQL."""
    made = open_store(url)
    yield made
    made.dispose()
