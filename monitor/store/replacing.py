"""A file as the whole truth (``import --replace``): what the ledger has and the file has not is withdrawn, nothing deleted.

It speaks of its organizations and of the fiscal years in which its contracts were signed; publications, subcontracts and
the like are of their contract's year. A withdrawn contract stays, with the day of the import as its 取消日; a row of the
other tables leaves its table. The earlier state of each is in row_history, and a row that comes again counts again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Select, Table, and_, bindparam, delete, func, insert, select, update

from checks import ledger, periods
from monitor.intake.rows import BadRow, Block
from monitor.settings import TIMEZONE
from monitor.store import encoded, quarantine, schema
from monitor.store.engine import inserted

WITHDRAWN: Final = "（全件の取込みになかったため取下げ）"  # what stands in ``original`` for 取消日
_CONTRACTS: Final = schema.LEDGER["contracts"]
_BATCH: Final = 500
Year = tuple[str, int]
"""An organization and a fiscal year, by the year of its April."""


def replaces(spec: ledger.Table) -> bool:
    """Whether rows of the table are of a contract, and so of a fiscal year."""
    return spec.by_organization and "contract_id" in spec.key


def standing(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stored row as it was before it was withdrawn, if it was."""
    original = row.get("original") or {}
    if original.get("cancelled_on") != WITHDRAWN:
        return row
    kept = {name: text for name, text in original.items() if name != "cancelled_on"}
    return {**row, "cancelled_on": None, "original": kept or None}


def past(table: str, key: Iterable[Any], row: Mapping[str, Any], import_id: int) -> dict[str, Any]:
    """The state of a row before an import, for row_history."""
    state = {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
    return {
        "table_name": table,
        "organization": str(row.get("organization", "")),
        "row_key": " / ".join(str(part) for part in key),
        "replaced_by": import_id,
        "state": {name: value for name, value in state.items() if value is not None},
    }


@dataclass
class _Said:
    """What one table of the file has said: eight bytes for each row."""

    before: Mapping[Year, int]  # rows that stood when it began
    keys: set[int] = field(default_factory=set)
    years: set[Year] = field(default_factory=set)
    contracts: set[tuple[str, str]] = field(default_factory=set)  # whose rows it has, where it is not their own table
    unread: set[tuple[str, str]] = field(default_factory=set)  # (organization, key) of rows in quarantine
    unknown: Counter[str] = field(default_factory=Counter)  # organization → rows in quarantine without a key
    import_id: int = 0


@dataclass
class Withdrawn:
    """What was withdrawn, by table, and in sentences what was not although the file does not have it."""

    rows: Counter[str] = field(default_factory=Counter)
    withheld: list[str] = field(default_factory=list)


class Whole:
    """What one import has said, part by part; ``finish`` withdraws the rest, when all parts are stored."""

    def __init__(self, *, force: bool = False) -> None:
        self._force = force
        self._said: dict[str, _Said] = {}

    def note(
        self, connection: Connection, spec: ledger.Table, import_id: int, block: Block, shown: Sequence[str]
    ) -> None:
        """Rows that are about to be stored, and their keys."""
        said = self._of(connection, spec, import_id)
        said.keys.update(map(hash, shown))
        organizations = [str(organization) for organization in block.column("organization")]
        if spec is ledger.CONTRACTS:
            days = block.column("signed_on")
            distinct = {(body, day) for body, day in zip(organizations, days, strict=True) if isinstance(day, date)}
            said.years |= {(body, periods.fiscal_year(day)) for body, day in distinct}
        else:
            said.contracts.update(zip(organizations, map(str, block.column("contract_id")), strict=True))

    def missed(self, connection: Connection, spec: ledger.Table, import_id: int, rows: Iterable[BadRow]) -> None:
        """Rows that go to quarantine: what could not be read is there all the same."""
        said = self._of(connection, spec, import_id)
        for row in rows:
            if row.organization and row.row_key:
                said.unread.add((row.organization, row.row_key))
            else:
                said.unknown[row.organization] += 1

    def _of(self, connection: Connection, spec: ledger.Table, import_id: int) -> _Said:
        if spec.name not in self._said:
            self._said[spec.name] = _Said(_standing(connection, schema.LEDGER[spec.name]))
        said = self._said[spec.name]
        said.import_id = import_id
        return said

    def finish(self, engine: Engine, now: datetime, *, unread: bool = False) -> Withdrawn:
        """Withdraw what is gone, in one transaction. ``unread``: a part of the file could not be read at all."""
        done, day = Withdrawn(), now.astimezone(ZoneInfo(TIMEZONE)).date()
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            for name, said in self._said.items():
                table = schema.LEDGER[name]
                said.unknown.update(body for body, _ in _of_no_row(connection, table, said.unread))
                years = said.years if table is _CONTRACTS else _years(connection, said.contracts)
                for year in sorted(years):
                    gone = [key for key in _keys(connection, table, year) if not _is_there(table, key, said)]
                    why = "" if self._force else _doubt(year, said, len(gone), unread=unread)
                    if gone and why:
                        done.withheld.append(_sentence(name, year, len(gone), said.before[year], why))
                    elif gone:
                        _withdraw(connection, table, gone, said.import_id, day)
                        _bump(connection, year[0], said.import_id)
                        done.rows[name] += len(gone)
        return done


# --- what stands, and what of it is gone ----------------------------------------------------------------------------


def _in_force(table: Table, *columns: Any) -> Select[Any]:
    """Rows that stand, with the date of their contract."""
    if table is _CONTRACTS:
        return select(*columns).where(table.c.cancelled_on.is_(None))
    same = and_(table.c.organization == _CONTRACTS.c.organization, table.c.contract_id == _CONTRACTS.c.contract_id)
    return select(*columns).select_from(table.join(_CONTRACTS, same))


def _standing(connection: Connection, table: Table) -> Mapping[Year, int]:
    days = table.c.organization, _CONTRACTS.c.signed_on
    counts: Counter[Year] = Counter()
    for body, day, rows in connection.execute(_in_force(table, *days, func.count()).group_by(*days)):
        counts[body, periods.fiscal_year(day)] += rows
    return counts


def _years(connection: Connection, contracts: Iterable[tuple[str, str]]) -> set[Year]:
    wanted, table = set(contracts), _CONTRACTS.c
    bodies = sorted({body for body, _ in wanted})
    rows = connection.execute(
        select(table.organization, table.contract_id, table.signed_on).where(table.organization.in_(bodies))
    )
    return {(body, periods.fiscal_year(day)) for body, contract, day in rows if (body, contract) in wanted}


def _keys(connection: Connection, table: Table, year: Year) -> list[tuple[Any, ...]]:
    body, first = year
    days = _CONTRACTS.c.signed_on.between(date(first, 4, 1), date(first + 1, 3, 31))
    query = _in_force(table, *table.primary_key.columns).where(table.c.organization == body, days)
    return [tuple(row) for row in connection.execute(query.order_by(*table.primary_key.columns))]


def _is_there(table: Table, key: tuple[Any, ...], said: _Said) -> bool:
    names = [column.name for column in table.primary_key.columns]
    return (
        hash(encoded.shown(key)) in said.keys or quarantine.key_of(ledger.TABLES[table.name], names, key) in said.unread
    )


def _of_no_row(connection: Connection, table: Table, unread: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of rows in quarantine those whose key no row has: a number made from a row that cannot be read is another one."""
    spec, names = ledger.TABLES[table.name], [column.name for column in table.primary_key.columns]
    mine = table.c.organization.in_(sorted({body for body, _ in unread}))
    held = connection.execute(select(*table.primary_key.columns).where(mine)) if unread else ()
    return unread - {quarantine.key_of(spec, names, tuple(key)) for key in held}


def _doubt(year: Year, said: _Said, gone: int, *, unread: bool) -> str:
    if unread:
        return "読めないシートかファイルがあるため"
    unknown = said.unknown[year[0]] + said.unknown[""]
    if unknown:
        return f"どの契約か読めない行が{unknown:,}行あるため"
    return "半数以上に当たり、台帳の一部だけのファイルかもしれないため" if 2 * gone >= said.before[year] else ""


def _sentence(table: str, year: Year, gone: int, before: int, why: str) -> str:
    heading = "契約" if table == "contracts" else table
    return (
        f"{year[0]}の{year[1]}年度の{heading}{before:,}行のうち{gone:,}行がファイルにありませんが、{why}取り下げていません"
        "（正しければ --force で取り込み直してください）。"
    )


# --- withdrawing ----------------------------------------------------------------------------------------------------


def _withdraw(connection: Connection, table: Table, gone: Sequence[tuple[Any, ...]], import_id: int, day: date) -> None:
    key_columns = list(table.primary_key.columns)
    binds = [encoded.binder(connection, table, column.name) or (lambda value: value) for column in key_columns]
    sets: dict[int, int] = {}
    for start in range(0, len(gone), _BATCH):
        some = gone[start : start + _BATCH]
        bound = [tuple(bind(part) for bind, part in zip(binds, key, strict=True)) for key in some]
        rows = list(encoded.rows(connection, table, bound).values())
        keys = [tuple(row[column.name] for column in key_columns) for row in rows]
        history = [past(table.name, key, row, import_id) for key, row in zip(keys, rows, strict=True)]
        connection.execute(insert(schema.row_history), history)
        at = and_(*(column == bindparam(f"key_{column.name}") for column in key_columns))
        places = [{f"key_{column.name}": part for column, part in zip(key_columns, key, strict=True)} for key in keys]
        if table is not _CONTRACTS:
            connection.execute(delete(table).where(at), places)
            continue
        changes = [
            place
            | {
                "day": day,
                "text": {**(row["original"] or {}), "cancelled_on": WITHDRAWN},
                "columns": _with_cancelled(connection, row["known"], sets),
            }
            for place, row in zip(places, rows, strict=True)
        ]
        values: dict[str, Any] = {
            "cancelled_on": bindparam("day"),
            "original": bindparam("text"),
            "known": bindparam("columns"),
        }
        # no digest is blank: whatever a file says of it again is something new
        connection.execute(update(table).where(at).values({**values, "digest": "", "import_id": import_id}), changes)


def _with_cancelled(connection: Connection, known: int, sets: dict[int, int]) -> int:
    """The set of columns with 取消日 besides."""
    if known not in sets:
        table = schema.column_sets
        names = connection.scalars(select(table.c.columns).where(table.c.id == known)).one()
        wanted = encoded.column_set({*names.split(), "cancelled_on"})
        mine = select(table.c.id).where(table.c.table_name == _CONTRACTS.name, table.c.columns == wanted)
        found = connection.scalar(mine)
        values = {"table_name": _CONTRACTS.name, "columns": wanted}
        sets[known] = inserted(connection, table, values) if found is None else int(found)
    return sets[known]


def _bump(connection: Connection, organization: str, import_id: int) -> None:
    """The incremental run asks the organization's checks again."""
    table = schema.data_versions
    connection.execute(update(table).where(table.c.organization == organization).values(version=import_id))
