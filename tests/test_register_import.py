"""A published register from the command line to the findings: compared, dated, published again; a wrong use in one sentence."""

from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.findings import book
from monitor.store import schema
from monitor.store.engine import open_store
from tests import support
from tests.test_traces import keiyaku

HEADINGS = (
    "契約番号,契約名称,契約分類,契約方式,随意契約理由,調達実施日,契約締結日,設計金額,契約金額,契約の相手方,担当部署\n"
)
LEDGER = HEADINGS + (
    "W1,市道側溝改修工事,工事,随意契約,5号,R8.2.2,R8.2.10,2600000,2400000,㈱模擬建設,建設局 道路課\n"
    "W2,橋りょう塗装工事,工事,随意契約,5号,R8.2.2,R8.2.20,3100000,3000000,見本塗装㈱,建設局 道路課\n"
)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    url = f"sqlite:///{tmp_path / 'keiyaku.db'}"
    engine = open_store(url)
    support.store(engine, organizations=[support.organization(rulebook="saitama")])
    engine.dispose()
    (tmp_path / "ledger.csv").write_text(LEDGER, encoding="utf-8")
    config = tmp_path / "monitor.toml"
    config.write_text(f'database_url = "{url}"\n')
    code, _, err = keiyaku(config, "import", str(tmp_path / "ledger.csv"), "--organization", "M")
    assert (code, err) == (0, "")
    return config


def listed(office: Path, text: str, *more: str) -> tuple[int, str, str]:
    path = office.parent / "register.csv"
    path.write_text(text, encoding="utf-8")
    return keiyaku(office, "import", str(path), "--organization", "M", "--register", *more)


def found(office: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    code, _, err = keiyaku(office, "run", "--as-of", "2026-07-05")
    assert code == 0, err
    engine = open_store(f"sqlite:///{office.parent / 'keiyaku.db'}")
    with engine.connect() as connection:
        every = [one for one in book.everything(connection) if one.state == "open"]
        wanted = ("register_mismatch", "publication_due")
        told = [
            (one.check, one.facts["pattern"], tuple(one.facts["contracts"])) for one in every if one.check in wanted
        ]
        names = set(connection.scalars(select(schema.LEDGER["register_rows"].c.register)))
    engine.dispose()
    assert names <= {"register.csv"}
    return sorted(told)


def test_a_register_is_held_against_the_ledger_and_dates_it(office: Path) -> None:
    assert found(office) == []  # no publication is known of: nothing is judged
    code, out, err = listed(office, LEDGER.replace("3000000", "3300000"), "--published-on", "R8.4.20")
    assert (code, err, "register_rows" in out) == (0, "", True)
    assert found(office) == [("register_mismatch", "内容の違い", ("W2",))]
    listed(office, LEDGER, "--published-on", "令和8年5月20日")  # mended and published again: the first day stays
    assert found(office) == []


def test_a_day_without_a_register_is_refused(office: Path) -> None:
    path = str(office.parent / "ledger.csv")
    code, out, err = keiyaku(office, "import", path, "--organization", "M", "--register", "--published-on", "８年４月")
    assert (code, err) == (
        2,
        "keiyaku: --published-on: found '８年４月', expected a date such as 2026-07-05, 2026/7/5 or R8.7.5.\n",
    )
    code, out, err = keiyaku(office, "import", path, "--organization", "M", "--published-on", "R8.4.20")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "--published-on says when a register was published: give --register too." in err


def test_a_trace_tells_the_row_that_a_contract_is(office: Path) -> None:
    listed(office, LEDGER.replace("3000000", "3300000"), "--published-on", "2026-04-20")
    arguments = ("checks", "trace", "register_mismatch", "--contract", "W2", "--as-of", "2026-07-05")
    code, out, _ = keiyaku(office, *arguments)
    told = "".join(line.strip() for line in out.splitlines())
    assert code == 0
    assert "契約番号が同じで" in told
    assert "契約金額（台帳3,000,000円、公表簿3,300,000円）が違います。" in told
    assert "公表日R8.4.20(月)" in told.replace(" ", "")
