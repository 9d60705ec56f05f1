"""Opening databases, good and bad, and one runner at a time."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from monitor.problems import Exit, Problem
from monitor.store.engine import open_store, reason, told
from monitor.store.lock import one_runner
from monitor.store.schema import metadata


def test_the_migrations_make_what_the_code_expects(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_opening_again_is_harmless(url: str) -> None:
    open_store(url).dispose()
    open_store(url).dispose()


def test_a_database_of_a_newer_version_is_refused(url: str) -> None:
    engine = open_store(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(Problem, match="schema 9999, which is newer"):
        open_store(url)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://x/y", "expected sqlite or postgresql"),
        ("sqlite://", "needs a file"),
        ("nonsense", "cannot be read as an address"),
        ("postgresql://u:p@ss@127.0.0.1:abc/x", "cannot be read as an address"),
        ("sqlite:////proc/nowhere/keiyaku.db", "cannot be made"),
    ],
)
def test_an_address_that_cannot_be_used_is_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(Problem, match=sentence):
        open_store(url)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(Problem, match="file is not a database"):
        open_store(f"sqlite:///{tmp_path / 'x.db'}")


def test_a_server_that_does_not_answer_is_one_sentence() -> None:
    with pytest.raises(Problem, match="cannot be used"):
        open_store("postgresql+psycopg://nobody@127.0.0.1:1/none")


def test_a_database_that_refuses_is_one_sentence_and_our_own_faults_are_not_hidden(engine: Engine) -> None:
    with (
        pytest.raises(Exception, match="(?i)no such table|does not exist"),
        told(engine),
        engine.connect() as connection,
    ):
        connection.execute(text("SELECT * FROM nowhere"))


def test_one_runner_at_a_time(engine: Engine) -> None:
    with one_runner(engine):
        with pytest.raises(Problem, match="Another runner") as caught, one_runner(engine):
            pass
        assert caught.value.exit_code is Exit.BUSY
    with one_runner(engine):
        pass


def test_the_lock_of_a_killed_runner_is_free(engine: Engine, url: str) -> None:
    hold = (
        "import os, sys; from monitor.store.engine import connect; from monitor.store.lock import one_runner\n"
        "with one_runner(connect(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", hold, url], cwd=Path(__file__).parents[2]).returncode == -9
    with one_runner(engine):
        pass


def test_a_driver_that_refuses_without_a_word_is_told_all_the_same() -> None:
    assert reason(DBAPIError("SELECT 1", None, TimeoutError())) == "TimeoutError"
    assert reason(DBAPIError("SELECT 1", None, OSError("gone\nDETAIL: more"))) == "gone"
