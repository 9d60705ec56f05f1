"""Storing rows: nothing lost, nothing doubled, every earlier state kept. On SQLite and on PostgreSQL."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from checks import vendors
from monitor.intake import layouts
from monitor.intake.how import How
from monitor.intake.rows import BadRow, Part, Row
from monitor.store import bodies, corrections, imports, quarantine, registers, schema
from tests.support import NOW, RULEBOOKS, contract, organization, part, store

DAY = date(2026, 4, 10)


def counts(done: list[imports.Imported]) -> tuple[int, ...]:
    return tuple(vars(done[-1].counts).values())


def load(engine: Engine) -> registers.Register:
    with engine.connect() as connection:
        (one,) = bodies.organizations(connection)
        return registers.load(connection, one, vendors.Renames())


def test_the_same_file_again_changes_nothing(engine: Engine) -> None:
    rows = [contract(n, DAY) for n in range(1, 6)]
    assert counts(store(engine, organizations=[organization()], contracts=rows)) == (5, 5, 0, 0, 0)
    assert counts(store(engine, contracts=rows)) == (5, 0, 0, 5, 0)


def test_a_changed_row_keeps_its_earlier_state(engine: Engine) -> None:
    store(engine, organizations=[organization()], contracts=[contract(1, DAY)])
    assert counts(store(engine, contracts=[contract(1, DAY, amount=1_000_000)])) == (1, 0, 1, 0, 0)
    with engine.connect() as connection:
        (past,) = connection.execute(select(schema.row_history)).mappings()
    assert (past["row_key"], past["state"]["amount"]) == ("M / C1", 1_298_000)
    assert list(load(engine).contracts["amount"]) == [1_000_000]


def test_only_what_was_touched_moves_the_organization(engine: Engine) -> None:
    store(engine, organizations=[organization(), organization("N")], contracts=[contract(1, DAY)])

    def versions() -> dict[str, int]:
        with engine.connect() as connection:
            return {one.id: one.version for one in bodies.organizations(connection)}

    before = versions()
    store(engine, contracts=[contract(1, DAY)])
    assert versions() == before
    store(engine, contracts=[contract(2, DAY)])
    after = versions()
    assert after["M"] > before["M"]
    assert after["N"] == before["N"]


def test_an_absent_column_leaves_what_is_known_and_a_blank_one_does_not(engine: Engine) -> None:
    store(engine, organizations=[organization()], contracts=[contract(1, DAY)])
    partial = {"organization": "M", "contract_id": "C1", "title": "側溝修繕", "signed_on": DAY}
    store(engine, contracts=[partial])
    register = load(engine)
    assert list(register.contracts["amount"]) == [1_298_000]
    assert register.knows(register.contracts, "amount").all()
    assert not register.knows(register.contracts, "site").any()
    store(engine, contracts=[{**partial, "amount": None}])
    assert load(engine).contracts["amount"].isna().all()


def test_a_contract_id_twice_with_other_content_is_told_and_the_first_is_kept(engine: Engine) -> None:
    rows = [contract(1, DAY), contract(1, DAY), contract(1, DAY, amount=1)]
    assert counts(store(engine, organizations=[organization()], contracts=rows)) == (3, 1, 0, 1, 1)
    with engine.connect() as connection:
        (bad,) = quarantine.waiting(connection)
    assert (bad["line"], bad["row_key"]) == (4, "C1")
    assert "2行目" in bad["reason"]


def test_an_unknown_rulebook_is_told_with_the_nearest(engine: Engine) -> None:
    assert counts(store(engine, organizations=[organization(rulebook="saitma")])) == (1, 0, 0, 0, 1)
    with engine.connect() as connection:
        (bad,) = quarantine.waiting(connection)
    assert "saitama" in bad["reason"]


def test_rows_of_an_unknown_organization_wait_in_quarantine(engine: Engine) -> None:
    assert counts(store(engine, contracts=[contract(1, DAY)])) == (1, 0, 0, 0, 1)


def mixed() -> Iterator[Row | BadRow]:
    yield Row("contracts", 2, contract(1, DAY))
    yield BadRow(
        "contracts",
        3,
        "契約金額",
        "約百万円",
        "金額として読めません。",
        {"契約番号": "C2", "契約金額": "約百万円"},
        "M",
        "C2",
    )


def test_a_bad_row_is_kept_whole_and_leaves_when_it_is_corrected(engine: Engine, tmp_path) -> None:  # type: ignore[no-untyped-def]
    store(engine, organizations=[organization()])
    columns = frozenset(contract(1, DAY))
    for _ in range(2):  # reading the file twice does not double it
        imports.store(engine, Part("a.csv", "interchange", "contracts", columns, (), mixed(), 2), NOW, RULEBOOKS)
    with engine.connect() as connection:
        waiting = quarantine.waiting(connection)
        (path,) = corrections.folder(corrections.shapes(connection, waiting), tmp_path)
    assert len(waiting) == 1
    assert path.read_text(encoding="utf-8-sig").splitlines()[1].startswith("C2,約百万円,a.csv 3行目")
    imports.store(engine, part("contracts", [contract(2, DAY)], "corrected.csv"), NOW, RULEBOOKS)
    with engine.connect() as connection:
        assert quarantine.waiting(connection) == []
        assert connection.scalar(select(func.count()).select_from(schema.quarantine)) == 1


def test_two_bodies_whose_files_bear_one_name_keep_each_its_own_quarantine(engine: Engine) -> None:
    def bad(body: str) -> Part:
        row = BadRow("contracts", 2, "契約締結日", "令和1年4月30日", "読めません。", {"契約番号": "C9"}, body, "C9")
        good = Row("contracts", 3, contract(1, DAY, organization=body), {}, {})
        return Part("contracts.csv", "interchange", "contracts", frozenset(good.values), (), iter([row, good]), 2)

    store(engine, organizations=[organization("M"), organization("N")])
    for body in ("M", "N", "N"):
        imports.store(engine, bad(body), NOW, RULEBOOKS)
    with engine.connect() as connection:
        assert [row["organization"] for row in quarantine.waiting(connection)] == ["M", "N"]


def two_files(rows: dict[str, list[str]], tmp_path: Path) -> dict[str, Path]:
    """Files of one name in the folders of two bodies, each row of which says whose it is, but the broken ones."""
    made = {}
    for body, lines in rows.items():
        made[body] = tmp_path / body / "契約台帳.csv"
        made[body].parent.mkdir(exist_ok=True)
        made[body].write_text("\n".join(["機関コード,契約番号,契約名称,契約締結日", *lines]) + "\n", encoding="utf-8")
    return made


def test_a_row_of_nobodys_is_not_lost_when_another_bodys_file_bears_the_same_name(
    engine: Engine, tmp_path: Path
) -> None:
    store(engine, organizations=[organization("M"), organization("N")])
    broken = "M,C2,除草,2026-04-10,多い", ",C3,清掃,2026-04-11"
    files = two_files(
        {"M": ["M,C1,除草,2026-04-10", *broken], "N": ["N,C1,除草,2026-04-10", ",C9,伐採,2026-04-11"]}, tmp_path
    )

    def take(body: str) -> list[str]:
        for found in layouts.read(files[body], How()):
            assert isinstance(found, Part)
            imports.store(engine, found, NOW, RULEBOOKS)
        with engine.connect() as connection:
            return sorted(row["cells"]["契約番号"] for row in quarantine.waiting(connection))

    assert take("M") == ["C2", "C3"]
    assert take("N") == ["C2", "C3", "C9"]
    assert take("N") == ["C2", "C3", "C9"]
    assert take("M") == ["C2", "C3", "C9"]
    files = two_files(
        {"M": ["M,C1,除草,2026-04-10", "M,C2,除草,2026-04-10", "M,C3,清掃,2026-04-11"], "N": [",C8,塗装,2026-04-11"]},
        tmp_path,
    )
    assert take("M") == ["C9"]  # what was broken is mended
    assert take("N") == ["C8", "C9"]  # it speaks of nobody now: whether C9 is mended cannot be told
    assert take("N") == ["C8", "C9"]


def one_bad(body: str, key: str, source: str, table: str = "contracts") -> Part:
    row = BadRow(table, 2, "契約金額", "約百万円", "金額として読めません。", {"契約番号": key}, body, key)
    return Part(source, "interchange", table, frozenset(), (), iter([row]), 1)


def test_a_good_row_of_one_body_leaves_the_unread_row_of_another_with_the_same_number(engine: Engine) -> None:
    store(engine, organizations=[organization("M"), organization("N")])
    for body in ("M", "N"):
        imports.store(engine, one_bad(body, "C9", f"{body}.csv"), NOW, RULEBOOKS)
    imports.store(engine, part("contracts", [contract(9, DAY)], "corrected.csv"), NOW, RULEBOOKS)
    with engine.connect() as connection:
        assert [(row["organization"], row["row_key"]) for row in quarantine.waiting(connection)] == [("N", "C9")]


def test_an_organization_and_a_shared_row_that_could_be_read_after_all_wait_no_longer(engine: Engine) -> None:
    store(engine, organizations=[organization("M", "saitma")])
    sanction = {"vendor": "模擬建設(株)", "vendor_number": None, "kind": "指名停止", "starts_on": DAY}
    imports.store(
        engine, one_bad("", f"模擬建設(株) /  / 指名停止 / {DAY}", "a.csv", "vendor_sanctions"), NOW, RULEBOOKS
    )
    for name, row in (("organizations", organization("M", "saitama")), ("vendor_sanctions", sanction)):
        imports.store(engine, part(name, [row], f"corrected-{name}.csv"), NOW, RULEBOOKS)
    with engine.connect() as connection:
        assert quarantine.waiting(connection) == []


def test_an_event_that_could_be_read_after_all_waits_no_longer(engine: Engine) -> None:
    store(engine, organizations=[organization()])
    row = {"organization": "M", "contract_id": "C1", "event": "検査", "occurred_on": DAY, "reference": "R1"}
    imports.store(engine, one_bad("M", f"C1 / 検査 / R1 / {DAY}", "a.csv", "events"), NOW, RULEBOOKS)
    imports.store(engine, part("events", [row], "corrected.csv"), NOW, RULEBOOKS)
    with engine.connect() as connection:
        assert quarantine.waiting(connection) == []


def test_yen_are_exact_and_dates_are_dates(engine: Engine) -> None:
    store(engine, organizations=[organization()], contracts=[contract(1, DAY, amount=80_666_125_047_000)])
    row = load(engine).contracts.iloc[0]
    assert int(row["amount"]) == 80_666_125_047_000
    assert row["signed_on"].date() == DAY


@pytest.mark.parametrize("size", [1, imports.BATCH, 2 * imports.BATCH + 1])
def test_rows_in_are_rows_out_at_any_size(engine: Engine, size: int) -> None:
    rows = [contract(n, DAY) for n in range(size)]
    assert counts(store(engine, organizations=[organization()], contracts=rows)) == (size, size, 0, 0, 0)
    assert len(load(engine).contracts) == size


def test_a_row_that_comes_again_batches_later_is_found_and_nothing_else_is_lost(engine: Engine) -> None:
    many = imports.BATCH * 2
    rows = [contract(n, DAY) for n in range(1, many + 1)]
    again = [contract(3, DAY), contract(many, DAY, amount=1), contract(many + 1, DAY), contract(3, DAY, amount=2)]
    assert counts(store(engine, organizations=[organization()], contracts=rows + again)) == (
        many + 4,
        many + 1,
        0,
        1,
        2,
    )
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.LEDGER["contracts"])) == many + 1
        reasons = [row["reason"] for row in quarantine.waiting(connection)]
    first = [f"同じ行（M / C{n}）が{line}行目にあり、内容が異なります。" for n, line in ((many, many + 1), (3, 4))]
    assert [reason[: len(start)] for reason, start in zip(reasons, first, strict=True)] == first


def test_a_row_that_the_store_refuses_waits_as_it_was_understood(engine: Engine, tmp_path) -> None:
    """The amount was written in 千円: corrected and imported again it must not be a thousandth."""
    row = {"organization": "NONE", "contract_id": "C1", "title": "点検", "signed_on": DAY, "amount": 1_234_000}
    made = Row("contracts", 2, row, {"amount": "1,234"}, {})
    part = Part("a.csv", "mapping:m", "contracts", frozenset(row), (), iter([made]), 1)
    imports.store(engine, part, NOW, RULEBOOKS)
    with engine.connect() as connection:
        [held] = quarantine.waiting(connection)
    assert (held["cells"]["amount"], held["cells"]["signed_on"]) == ("1234000", DAY.isoformat())
