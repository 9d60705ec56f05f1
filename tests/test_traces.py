"""``keiyaku checks trace`` and ``keiyaku findings explain`` as a clerk meets them, on the ledgers of the demo.

The texts in tests/traces/ were read by a person; ``python -m tests.test_traces`` writes them anew, to be read again.
"""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from unittest import mock

import pytest
from rich.cells import cell_len
from sqlalchemy import insert

from monitor import importing, jobs
from monitor.cli import main
from monitor.cli.trace import fold
from monitor.intake.how import How
from monitor.rulebooks import load
from monitor.run import Options
from monitor.settings import Settings, default_config_dir
from monitor.store import schema
from monitor.store.engine import open_store
from tests import support
from tests.conftest import ROOT

TEXTS = Path(__file__).parent / "traces"
EXAMPLES = {  # file → check, contract: one of each check, of every kind of answer
    "small_value_found": ("small_value_exceeded", "MC-R8-008"),
    "small_value_torn": ("small_value_exceeded", "R7-030"),
    "publication_clean": ("publication_due", "R7-014"),
    "publication_overdue": ("publication_due", "MC-R8-001"),
    "subcontract_ratio": ("subcontract_ratio", "MC-R7-013"),
    "subcontract_none": ("subcontract_ratio", "MC-R8-008"),
    "split_within_limit": ("split_orders", "R7-016"),
    "split_found": ("split_orders", "R8-011"),
    "chain_of_two": ("sole_source_chain", "R6-004"),
    "wage_raise": ("wage_raise_followup", "MC-R7-004"),
    "penalty_near_miss": ("penalty_period_award", "MC-R8-002"),
    "vendor_names": ("vendor_identity", "R8-001"),
    "bunching": ("limit_bunching", "R7-023"),
    "ledger": ("data_quality", "R7-108"),
    "amendment": ("split_orders", "R7-010-変1"),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settle(tmp_path_factory.mktemp("demo"))


def settle(folder: Path) -> Path:
    """The demo's ledgers imported and run with a clock that stands still; the settings file."""
    url = f"sqlite:///{folder / 'keiyaku.db'}"
    engine = open_store(url)
    here = support.place(engine, Settings())
    for name in ("jlis-r7.txt", "mogi-shi", "mogi-cho"):
        importing.import_path(here, default_config_dir() / "demo" / name, How(), lambda *_: None)
    jobs.run_checks(here, jobs.world(Settings()), Options(date(2026, 7, 5)), deliver=False)
    engine.dispose()
    file = folder / "monitor.toml"
    file.write_text(f'database_url = "{url}"\n')
    return file


def keiyaku(config: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the command in this process, from the project's folder; (exit code, stdout, stderr)."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        contextlib.chdir(ROOT),
        mock.patch.dict(os.environ, {"KEIYAKU_CONFIG": str(config)}),
        mock.patch.object(sys, "argv", ["keiyaku", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, out.getvalue(), err.getvalue()


def traced(config: Path, name: str) -> str:
    check, contract = EXAMPLES[name]
    code, out, err = keiyaku(config, "checks", "trace", check, "--contract", contract, "--as-of", "2026-07-05")
    assert (code, err) == (0, "")
    return out


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_trace_reads_as_it_was_read(name: str, demo: Path) -> None:
    assert traced(demo, name) == (TEXTS / f"{name}.txt").read_text(encoding="utf-8")


def test_no_line_is_wider_than_the_terminal(demo: Path) -> None:
    lines = [line for name in sorted(EXAMPLES) for line in traced(demo, name).splitlines()]
    assert max(map(cell_len, lines)) <= 80


def known(demo: Path, contract: str, check: str) -> str:
    from monitor.findings import book

    engine = open_store(f"sqlite:///{demo.parent / 'keiyaku.db'}")
    with engine.connect() as connection:
        found = [
            one.id for one in book.everything(connection) if one.check == check and contract in one.facts["contracts"]
        ]
    engine.dispose()
    return found[0]


def test_explain_says_the_finding_and_then_the_steps_of_its_first_contracts(demo: Path) -> None:
    finding = known(demo, "R8-005", "split_orders")
    code, out, _ = keiyaku(demo, "findings", "explain", finding)
    assert code == 0
    assert out.startswith(f"{finding}  「第一小学校体育館床補修工事（その1）」ほか計12件の分割発注の疑い")
    assert out.index("確認されたこと：") < out.index("━━ 契約 1／12") < out.index("契約    R8-005")
    assert out.count("答え：確認事項あり") == 5
    assert "ほか7件の契約：keiyaku checks trace split_orders" in out


def test_explain_of_a_finding_about_the_ledger_names_no_contract(demo: Path) -> None:
    engine = open_store(f"sqlite:///{demo.parent / 'keiyaku.db'}")
    with engine.connect() as connection:
        from monitor.findings import book

        finding = next(one for one in book.everything(connection) if not one.facts["contracts"])
    engine.dispose()
    code, out, _ = keiyaku(demo, "findings", "explain", finding.id)
    assert (code, "台帳全体についてのもの" in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("checks", "trace", "spllit_orders", "--contract", "R7-016"), "the nearest is 'split_orders'."),
        (("checks", "trace", "split_orders", "--contract", "R8-0055"), "the nearest is 'R8-005'."),
        (
            ("checks", "trace", "split_orders", "--contract", "R7-016", "--organization", "MOGISHI"),
            "the ledger has no 'MOGISHI'; the nearest is 'MOGI-SHI'.",
        ),
        (
            ("checks", "trace", "split_orders", "--contract", "R7-016", "--organization", "MOGI-CHO"),
            "the ledger of MOGI-CHO has no 'R7-016'",
        ),
        (
            ("checks", "trace", "split_orders", "--contract", "R7-016", "--as-of", "R8.7.55"),
            "found 'R8.7.55', expected a date such as",
        ),
        (("findings", "explain", "SP-00000000"), "There is no finding SP-00000000"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(arguments: tuple[str, ...], sentence: str, demo: Path) -> None:
    code, out, err = keiyaku(demo, *arguments)
    assert (code, out, err.count("keiyaku: ")) == (2, "", 1)
    assert sentence in err


# --- small ledgers of one's own --------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[Path, object]]:
    engine = open_store(f"sqlite:///{tmp_path / 'keiyaku.db'}")
    file = tmp_path / "monitor.toml"
    file.write_text(
        f'database_url = "sqlite:///{tmp_path / "keiyaku.db"}"\nsince = 2026-05-01\n[parameters.split_orders]\nlink = 9\n'
    )
    yield file, engine
    engine.dispose()


def trace_of(file: Path, check: str, contract: str, *more: str) -> tuple[int, str, str]:
    return keiyaku(file, "checks", "trace", check, "--contract", contract, "--as-of", "2026-07-05", *more)


def test_a_contract_of_several_organizations_must_be_named_with_one(office) -> None:
    file, engine = office
    rows = [support.contract(1, date(2026, 5, 11), organization=key) for key in ("M", "N")]
    support.store(engine, organizations=[support.organization("M"), support.organization("N")], contracts=rows)
    code, _, err = trace_of(file, "split_orders", "C1")
    assert code == 2
    assert "several organizations have 'C1': M, N; name one by --organization." in err
    code, out, _ = trace_of(file, "split_orders", "C1", "--organization", "N")
    assert (code, "模擬市N（N、" in out) == (0, True)


def test_a_parameter_that_is_set_is_told_with_its_file(office) -> None:
    file, engine = office
    rows = [support.contract(n, date(2026, 5, 10 + n)) for n in (1, 2)]
    support.store(engine, organizations=[support.organization()], contracts=rows)
    _, out, _ = trace_of(file, "split_orders", "C1")
    told = "".join(line.strip() for line in out.splitlines())
    assert "link = 9 ← " in told.replace("←", "← ").replace("←  ", "← ")
    assert "[parameters.split_orders]" in told
    assert "点 ≧ 9点" in told


def test_what_since_hides_is_found_and_said_to_be_untold(office) -> None:
    file, engine = office
    old = support.contract(1, date(2026, 4, 13), estimated_price=9_000_000, amount=9_000_000, ground="1号")
    support.store(engine, organizations=[support.organization()], contracts=[old])
    _, out, _ = trace_of(file, "small_value_exceeded", "C1")
    assert "答え：確認事項あり" in out
    assert "設定 since より前の契約だけについてのものなので、お知らせしません。" in out


def test_a_row_in_quarantine_is_said_to_be_there_without_the_partys_name(office, tmp_path: Path) -> None:
    file, engine = office
    support.store(engine, organizations=[support.organization()], contracts=[support.contract(1, date(2026, 5, 11))])
    waiting = {
        "import_id": 1, "source": "k.csv", "table_name": "contracts", "line": 7, "organization": "M", "row_key": "C9",
        "column_name": "契約金額", "value": "百万", "reason": "「百万」は金額として\x1b[2J読めません。", "cells": {},
    }  # fmt: skip
    party = {**waiting, "row_key": "C8", "column_name": "契約の相手方", "reason": "「模擬花子」は長すぎます。"}
    other = {**waiting, "table_name": "publications", "row_key": "C1 / 結果 / ウェブ", "column_name": "公表日"}
    with engine.begin() as connection:
        connection.execute(insert(schema.quarantine), [waiting, party, other])
    code, _, err = trace_of(file, "small_value_exceeded", "C9")
    assert code == 2
    assert "'C9' is not in the ledger: its row is in quarantine." in err
    assert "k.csv line 7: 契約金額：「百万」は金額として [2J読めません。" in err
    _, _, err = trace_of(file, "small_value_exceeded", "C8")
    assert "契約の相手方：欄を読めません" in err
    assert "模擬花子" not in err
    code, out, _ = trace_of(file, "publication_due", "C1")
    assert (code, "読み取れずに保留になっている行" in out, "公表日：" in out) == (0, True, True)


def test_control_characters_of_a_ledger_do_nothing_to_a_terminal(office) -> None:
    file, engine = office
    row = support.contract(1, date(2026, 5, 11), title="側溝\x1b[31m修繕\u202e\n（その1）")
    support.store(engine, organizations=[support.organization()], contracts=[row])
    _, out, _ = trace_of(file, "split_orders", "C1")
    assert not {"\x1b", "\u202e"} & set(out)


def test_a_check_that_fails_is_said_to_have_failed(office, monkeypatch: pytest.MonkeyPatch) -> None:
    file, engine = office
    support.store(engine, organizations=[support.organization()], contracts=[support.contract(1, date(2026, 5, 11))])

    def broken(*_: object) -> None:
        raise ValueError("a fault")

    monkeypatch.setattr("checks.split_orders.episodes", broken)
    code, out, _ = trace_of(file, "split_orders", "C1")
    assert (code, "答え：検査が答えられませんでした（ValueError: a fault）。" in out) == (0, True)


# --- which file sets a figure ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rulebook", "path", "file"),
    [
        ("saitama", ("small_value", "limits", "works"), "saitama.yaml"),
        ("saitama", ("small_value", "categories", "工事"), "municipality.yaml"),  # through prefecture
        ("saitama", ("publication",), "saitama.yaml"),
        ("rinya", ("wage_raise", "penalty", "factor"), "rinya.yaml"),
        ("rinya", ("wage_raise", "due", "months"), "national.yaml"),  # rinya sets only its note
        ("rinya", ("small_value", "longest_procurement_days"), ""),  # no file says it
    ],
)
def test_a_figure_is_of_the_nearest_file_that_sets_it(rulebook: str, path: tuple[str, ...], file: str) -> None:
    assert Path(load([default_config_dir() / "rulebooks"]).file(rulebook, path)).name == file


def test_a_long_line_is_folded_under_its_indentation_and_between_words() -> None:
    parts = list(fold("    台帳  予定価格：2,310,000円（原文「２，３１０，０００円」）。", 24))
    assert parts == [
        "    台帳  予定価格：",
        "          2,310,000円",
        "          （原文「２，",
        "          ３１０，００",
        "          ０円」）。",
    ]
    assert list(fold("", 80)) == [""]


if __name__ == "__main__":
    import tempfile

    TEXTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        settings_file = settle(Path(made))
        for each in EXAMPLES:
            (TEXTS / f"{each}.txt").write_text(traced(settings_file, each), encoding="utf-8")
