"""How quickly a command is at work: what it does not need, it does not import."""

import importlib
import pkgutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import checks
from checks.catalogue import Check, all_checks, described
from monitor.cli import grid
from monitor.store import engine as store
from tests.test_cli import GOOD, ROOT, contracts, keiyaku
from tests.test_cli import office as office  # noqa: PLC0414  # a fixture

HEAVY = (
    "pandas", "numpy", "pyarrow", "slack_sdk", "css_inline", "jinja2", "openpyxl", "alembic", "apscheduler", "holidays",
)  # fmt: skip
SCRIPT = f"""
import contextlib, io, sys
from monitor.cli import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main()
print(*[name for name in {HEAVY} if name in sys.modules])
"""


@pytest.fixture
def judged(office: Path) -> Path:
    """An office that has a finding, a message and a run."""
    keiyaku(office, "import", contracts(office, *GOOD), "--organization", "M")
    keiyaku(office, "run", "--as-of", "2026-07-05")
    return office


@pytest.mark.parametrize(
    "command",
    ["--help", "findings list", "findings list --check split_orders --organization M", "deliveries list --all", "deliveries show 1",
     "runs list", "runs show 1", "quarantine list", "release", "findings show ID", "audit verify"],
)  # fmt: skip
def test_who_only_reads_waits_for_no_big_library(judged: Path, command: str) -> None:
    env = {"KEIYAKU_CONFIG": "monitor.toml", "PYTHONPATH": str(ROOT)}
    with closing(sqlite3.connect(judged / "var" / "keiyaku.db")) as database:
        ((known,),) = database.execute("SELECT id FROM findings LIMIT 1")
    run = [sys.executable, "-c", SCRIPT, *command.replace("ID", known).split()]
    done = subprocess.run(run, cwd=judged, env=env, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    assert done.stdout.split() == []


def test_an_import_loads_nothing_of_the_checks(office: Path) -> None:
    """Not even where rows are read: pandas alone would be a second."""
    command = [sys.executable, "-c", SCRIPT, "import", contracts(office, *GOOD), "--organization", "M"]
    env = {"KEIYAKU_CONFIG": "monitor.toml", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=office, env=env, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    assert done.stdout.split() == []


def test_a_health_check_judges_nothing(judged: Path) -> None:
    env = {"KEIYAKU_CONFIG": "monitor.toml", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", SCRIPT, "status"], cwd=judged, env=env, capture_output=True, text=True, check=True)  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.stdout.split() == ["apscheduler"]  # it says when the jobs are due


@pytest.mark.parametrize("check", all_checks())
def test_a_check_is_described_as_it_is(check: str) -> None:
    said, real = described()[check], all_checks()[check]
    assert (said.prefix, said.title, said.innocent) == (real.prefix, real.title, real.innocent)
    assert said.figures == real.figures


def test_the_catalogue_knows_every_check_by_its_text() -> None:
    names = [info.name for info in pkgutil.iter_modules(checks.__path__)]
    held = {name: getattr(importlib.import_module(f"checks.{name}"), "CHECK", None) for name in names}
    assert list(all_checks()) == sorted(name for name, check in held.items() if isinstance(check, Check))
    assert [check.id for check in all_checks().values()] == list(all_checks())


def test_the_schema_that_is_looked_for_is_that_of_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(store.MIGRATIONS))
    assert store._newest() == ScriptDirectory.from_config(config).get_current_head()


# --- the table of a long list ------------------------------------------------------------------------------------------

CELLS = st.text(st.sampled_from("aあ0漢 │"), max_size=30)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5)


@given(ROWS, st.integers(40, 200))
def test_every_line_of_a_table_is_as_wide_and_fits(rows: list[tuple[str, str, str]], width: int) -> None:
    widths = {cell_len(line) for line in grid.lines(("id", "見出し", "x"), rows, width)}
    assert len(widths) == 1
    assert max(widths) <= width


@given(CELLS, st.integers(2, 40))
def test_folding_loses_nothing(text: str, width: int) -> None:
    parts = list(grid.fold(text, width))
    assert "".join(parts) == text
    assert all(cell_len(part) <= width for part in parts)


def test_thousands_of_rows_are_drawn_at_once() -> None:
    rows = [(f"SP-{n:08}", "low", "模擬市", f"「市道{n}号線側溝修繕」ほか計2件の分割発注の疑い") for n in range(8000)]
    begun = time.process_time()
    assert len(list(grid.lines(("id", "severity", "organization", "finding"), rows, 100))) == 8004
    assert time.process_time() - begun < 2
