"""A run that asks only what has moved finds what one that asks everything finds: after any sequence of imports, amendments,
withdrawals, days and changed rules."""

import dataclasses
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from checks.catalogue import all_checks
from monitor import run
from monitor.asking import World
from monitor.findings import book
from monitor.store.engine import open_store
from tests.support import contract, organization, store
from tests.test_run import WORLD, execute

_FIRST = date(2026, 3, 1)
_NUMBER = st.integers(1, 6)
_STEP = st.one_of(
    st.tuples(
        st.just("contract"),
        _NUMBER,
        st.integers(0, 120),
        st.sampled_from([1_298_000, 1_900_000, 5_000_000, 12_000_000]),
    ),
    st.tuples(st.just("amended"), _NUMBER, st.sampled_from([900_000, 2_500_000, 30_000_000])),
    st.tuples(st.just("withdrawn"), _NUMBER),
    st.tuples(st.just("published"), _NUMBER, st.integers(0, 200)),
    st.tuples(st.just("listed"), st.sets(_NUMBER, max_size=4), st.integers(0, 200), st.sampled_from([0, 0, 0, 7_000])),
    st.tuples(st.just("promised"), _NUMBER, st.integers(30, 200), st.booleans()),
    st.tuples(st.just("subcontracted"), _NUMBER, st.sampled_from([400_000, 900_000, 4_000_000])),
    st.tuples(st.just("days"), st.integers(1, 60)),
    st.tuples(st.just("rulebook"), st.sampled_from(["saitama", "rinya", "municipality"])),
    st.tuples(st.just("parameters"), st.integers(5, 9)),
    st.tuples(st.just("since"), st.integers(0, 100)),
    st.tuples(st.just("code"), st.sampled_from(sorted(all_checks()))),
)


class Office:
    """What an office does to its ledger, and the settings, step by step."""

    def __init__(self) -> None:
        self.today, self.world = _FIRST, WORLD
        self.rows: dict[int, dict[str, Any]] = {}
        self.versions: dict[str, int] = {}

    def does(self, kind: str, *args: Any) -> Mapping[str, list[dict[str, Any]]]:
        """The rows that are imported by a step; none where it is no import."""
        return getattr(self, kind)(*args) or {}

    def _told(self, number: int, **more: Any) -> dict[str, list[dict[str, Any]]]:
        row = self.rows.get(number) or contract(number, _FIRST, ground="2号", design_price=1_298_000)
        self.rows[number] = {**row, **more}
        return {"contracts": [self.rows[number]]}

    def contract(self, number: int, day: int, yen: int) -> Any:
        signed = _FIRST + timedelta(days=day)
        return self._told(
            number, signed_on=signed, procured_on=signed, amount=yen, estimated_price=yen, design_price=yen
        )

    def amended(self, number: int, yen: int) -> Any:
        return self._told(number, amount=yen) if number in self.rows else None

    def withdrawn(self, number: int) -> Any:
        return self._told(number, cancelled_on=self.today) if number in self.rows else None

    def published(self, number: int, day: int) -> Any:
        row = {"kind": "結果", "medium": "ウェブ", "published_on": _FIRST + timedelta(days=day)}
        return {"publications": [{"organization": "M", "contract_id": f"C{number}", **row}]}

    def listed(self, numbers: set[int], day: int, more: int) -> Any:
        """A register of some contracts, published some day; an edition of it again and again under one name."""
        kept = ("title", "department", "method", "ground", "signed_on", "estimated_price", "vendors")
        published = {"published_on": _FIRST + timedelta(days=day), "edition_on": _FIRST + timedelta(days=day)}
        rows = [
            {"organization": "M", "entry": f"E{number}", "register": "公表簿.csv", "dropped": False, **published}
            | {name: self.rows[number][name] for name in kept}
            | {"amount": self.rows[number]["amount"] + more}
            for number in sorted(numbers & self.rows.keys())
        ]
        return {"register_rows": rows} if rows else None

    def promised(self, number: int, day: int, kept: bool) -> Any:
        end = _FIRST + timedelta(days=day)
        row = {"vendor": "模擬建設(株)", "basis": "事業年度", "period_end": end, "declared_rate": "3"}
        row |= {"submitted_on": end + timedelta(days=20) if kept else None, "previous_total": 100, "current_total": 104}
        return {"wage_declarations": [{"organization": "M", "contract_id": f"C{number}", **row}]}

    def subcontracted(self, number: int, yen: int) -> Any:
        row = {"subcontract_id": "S1", "subcontractor": "見本設備(株)", "amount": yen, "tier": 1}
        return {"subcontracts": [{"organization": "M", "contract_id": f"C{number}", **row}]}

    def days(self, days: int) -> None:
        self.today += timedelta(days=days)

    def rulebook(self, name: str) -> Any:
        return {"organizations": [organization(rulebook=name)]}

    def parameters(self, link: int) -> None:
        split = self.world.parameters["split_orders"].model_copy(update={"link": link})
        self.world = _changed(self.world, parameters={**self.world.parameters, "split_orders": split})

    def since(self, day: int) -> None:
        self.world = _changed(self.world, since=_FIRST + timedelta(days=day))

    def code(self, check: str) -> None:
        self.versions[check] = self.versions.get(check, all_checks()[check].version) + 1
        self.world = _changed(self.world)

    def checks(self) -> dict[str, Any]:
        """All checks, some of a newer version."""
        return {
            name: dataclasses.replace(one, version=self.versions.get(name, one.version))
            for name, one in all_checks().items()
        }


def _changed(world: World, **more: Any) -> World:
    return dataclasses.replace(world, **more)


def found(engine: Engine) -> list[dict[str, Any]]:
    """All that stands in the book of findings, but for when a run last looked."""
    with engine.connect() as connection:
        return [{**vars(one), "last_seen": None} for one in book.everything(connection)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_STEP, min_size=2, max_size=9))
def test_asking_only_what_has_moved_finds_what_asking_everything_finds(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Any, ...]]
) -> None:
    folder, office = tmp_path_factory.mktemp("both"), Office()
    engines = [open_store(f"sqlite:///{folder}/{name}.db") for name in ("moved", "all")]
    for engine in engines:
        store(engine, organizations=[organization(rulebook="saitama")])
    for kind, *args in steps:
        tables = office.does(kind, *args)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(run, "all_checks", office.checks)
            for engine in engines:
                if tables:
                    store(engine, **tables)
                execute(engine, office.today, office.world, full=engine is engines[1])
        assert found(engines[0]) == found(engines[1])
    for engine in engines:
        engine.dispose()
