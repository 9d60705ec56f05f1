"""What all tests share: databases that are real, and no skips."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine, create_engine, text

from monitor.store.engine import open_store
from tests import postgres

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
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of our own on a socket in a temporary folder; yields the folder."""
    with postgres.server() as folder:
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'keiyaku.db'}"
        return
    folder = request.getfixturevalue("postgresql")
    name = f"t{abs(hash(request.node.nodeid)):x}"
    admin = create_engine(postgres.url(folder, "postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgres.url(folder, name)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An empty store, once on SQLite and once on PostgreSQL."""
    made = open_store(url)
    yield made
    made.dispose()
