"""A query of another database: read as any file is, in a connection that cannot write. On SQLite and on PostgreSQL."""

from datetime import date

import pytest
from sqlalchemy import create_engine, text

from monitor.intake import layouts
from monitor.intake.database import QuerySheet, RefusedError, connected, newest
from monitor.intake.how import How
from monitor.intake.rows import BadRow, Part, Row

QUERY = 'SELECT no AS "契約番号", title AS "契約名称", price AS "契約金額", signed AS "契約締結日", read_at FROM ledger ORDER BY no;'


@pytest.fixture
def finance(url: str) -> str:
    """The database of a 財務会計 system: a ledger of three rows, one of them with an amount that cannot be read."""
    made = create_engine(url)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE ledger (no text, title text, price text, signed date, read_at text)"))
        for row in (
            "('K1', '側溝100%修繕', '1298000.00', '2026-04-10', '2026-07-01')",
            "('K2', '=1+1', '約百万円', '2026-04-11', '2026-07-04')",
            "('K3', '清掃', NULL, '2026-04-12', '2026-07-02')",
        ):
            connection.execute(text(f"INSERT INTO ledger VALUES {row}"))
        if made.dialect.name == "postgresql":
            connection.execute(
                text(
                    "CREATE FUNCTION spend() RETURNS int LANGUAGE plpgsql AS "
                    "$$ BEGIN INSERT INTO ledger VALUES ('X'); RETURN 1; END $$"
                )
            )
            connection.execute(text("CREATE SEQUENCE numbers"))
    made.dispose()
    return url


def count(url: str) -> int:
    made = create_engine(url)
    with made.connect() as connection:
        found = connection.scalar(text("SELECT count(*) FROM ledger"))
    made.dispose()
    return found


def read(url: str, query: str, how: How) -> list[Row | BadRow]:
    with connected(url) as select:
        sheet = QuerySheet("finance[contracts]", ("contracts",), select, query)
        (part,) = layouts.read_sheets([sheet], how)
        assert isinstance(part, Part)
        assert part.unknown == ()
        return list(part.rows)


def test_the_rows_of_a_query_are_read_as_those_of_a_file(finance: str) -> None:
    good, bad, blank = sorted(read(finance, QUERY, How("M")), key=lambda row: row.line)
    assert (good.line, good.values["contract_id"], good.values["amount"]) == (2, "K1", 1_298_000)
    assert (good.values["organization"], good.values["signed_on"]) == ("M", date(2026, 4, 10))
    assert isinstance(bad, BadRow)
    assert (bad.column, bad.value, bad.organization, bad.row_key) == ("契約金額", "約百万円", "M", "K2")
    assert blank.values["amount"] is None


WRITES = [
    "INSERT INTO ledger VALUES ('X')",
    "UPDATE ledger SET no = 'X'",
    "DELETE FROM ledger",
    "DROP TABLE ledger",
    "CREATE TABLE x (a int)",
    "SELECT 1; DELETE FROM ledger",
    "SELECT 1; COMMIT; DELETE FROM ledger",
    "COMMIT",
    "WITH gone AS (SELECT no FROM ledger) DELETE FROM ledger WHERE no IN (SELECT no FROM gone)",
    "",
    "nonsense",
    "SELECT * FROM none_such",
]
SQLITE = [
    "ATTACH DATABASE '{folder}/x.db' AS x",
    "PRAGMA query_only = OFF",
    "PRAGMA journal_mode = DELETE",
    "VACUUM INTO '{folder}/x.db'",
    "CREATE TEMP TABLE x (a int)",
    "SELECT load_extension('x')",
    "SELECT * FROM pragma_table_info('ledger')",
]
POSTGRESQL = [
    "WITH gone AS (DELETE FROM ledger RETURNING no) SELECT no FROM gone",
    "WITH more AS (UPDATE ledger SET no = 'X' RETURNING no) SELECT no FROM more",
    "SELECT spend()",
    "SELECT nextval('numbers')",
    "SELECT no INTO x FROM ledger",
    "SELECT no FROM ledger FOR UPDATE",
    "COPY ledger TO '/tmp/keiyaku-x.csv'",
    "COPY (SELECT 1) TO PROGRAM 'touch /tmp/keiyaku-x.csv'",
    "SELECT set_config('transaction_read_only', 'off', true), spend()",
    "SET default_transaction_read_only = off",
    "DO $$ BEGIN DELETE FROM ledger; END $$",
    "TRUNCATE ledger",
]


@pytest.mark.parametrize("statement", WRITES + SQLITE + POSTGRESQL)
def test_nothing_can_be_written(finance: str, statement: str, tmp_path) -> None:
    before = sorted(tmp_path.iterdir())
    with connected(finance) as select, pytest.raises(RefusedError) as refused:
        list(select(statement.format(folder=tmp_path)).rows)
    assert "\n" not in str(refused.value)
    assert count(finance) == 3
    assert sorted(tmp_path.iterdir()) == before


def test_a_setting_of_the_session_does_not_open_the_next_query_for_writing(finance: str) -> None:
    if finance.startswith("sqlite"):
        return
    with connected(finance) as select:
        list(select("SELECT set_config('default_transaction_read_only', 'off', false)").rows)
        with pytest.raises(RefusedError, match="read-only"):
            list(select("SELECT spend()").rows)
    assert count(finance) == 3


def test_how_new_the_data_is_by_its_column_or_by_a_query(finance: str) -> None:
    with connected(finance) as select:
        assert newest(select, QUERY) == date(2026, 7, 4)
        assert newest(select, QUERY, "SELECT '令和8年7月5日'") == date(2026, 7, 5)
        assert newest(select, "SELECT read_at FROM ledger WHERE 1 = 0 -- none") is None
        for wrong in ("SELECT 'いつか'", "SELECT 1, 2", "SELECT 1 WHERE 1 = 0"):
            with pytest.raises(RefusedError):
                newest(select, QUERY, wrong)


def test_a_query_without_rows_is_known_before_anything_is_read(finance: str) -> None:
    with connected(finance) as select:
        assert QuerySheet("x", ("contracts",), select, "SELECT no FROM ledger WHERE no = 'K9'").empty
        sheet = QuerySheet("x", ("contracts",), select, QUERY)
        assert (sheet.empty, sheet.dated) == (False, True)
        assert [len(list(sheet.records())) for _ in range(2)] == [4, 4]


def test_what_is_no_text_is_kept_apart(finance: str) -> None:
    blob = "X'00ff'" if finance.startswith("sqlite") else "'\\x00ff'::bytea"
    query = f"SELECT 'K1' AS contract_id, {blob} AS title, date('2026-04-01') AS signed_on"
    (bad,) = read(finance, query.replace("date('2026-04-01')", "'2026-04-01'"), How("M"))
    assert isinstance(bad, BadRow)
    assert "バイナリ" in bad.reason


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense:geheim@", "アドレスが読めません"),
        ("mysql://u:geheim@h/x", "「mysql」のデータベースは読めません"),
        ("sqlite:////none/such.db", "ファイル「/none/such.db」がありません"),
        ("postgresql://u:geheim@127.0.0.1:1/x", "データベースが答えません"),
    ],
)
def test_a_database_that_cannot_be_reached_is_one_sentence_without_its_password(address: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said) as refused, connected(address):
        pass
    assert "geheim" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(RefusedError, match="file is not a database"), connected(f"sqlite:///{tmp_path}/x.db") as select:
        select("SELECT 1 FROM x")


def test_a_long_result_is_a_stream(finance: str) -> None:
    query = (
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
        "SELECT 'K' || i AS contract_id, '清掃' AS title, '2026-04-01' AS signed_on FROM n"
    )
    rows = read(finance, query, How("M"))
    assert [row.line for row in rows] == list(range(2, 2502))
