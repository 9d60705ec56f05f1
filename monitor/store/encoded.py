"""A row as the database takes it: one tuple of bound values, and the digest of what the row says.

SQLAlchemy's insert would bind 65 columns of a row one by one, and json.dumps would build an encoder for each row. Rows
of one file have the same columns: what depends on the columns alone is worked out once, here.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table

from checks import ledger
from checks.ledger import Kind
from monitor.intake.rows import Row

Key = tuple[Any, ...]
_MOST = 10_000  # values of a column that are remembered
_NUMBERS, _TEXTS = (Kind.YEN, Kind.COUNT), (Kind.TEXT, Kind.LINES, Kind.NUMBER_13, Kind.PERCENT)


def digest_of(values: Mapping[str, Any]) -> str:
    """What a row says as SHA-256 of its JSON: known columns by name and, under "", the columns that are not ours."""
    return hashlib.sha256(_json(values).encode()).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


_json_again = lru_cache(maxsize=_MOST, typed=True)(_json)  # dates, yes and no, blank


def _as_json(kind: Kind, values: Sequence[Any]) -> list[str]:
    """The values of a column, letter for letter as ``digest_of`` has them."""
    if kind in _TEXTS:
        return [_json_again(None) if value is None else encode_basestring(value) for value in values]
    if kind in _NUMBERS:
        return [_json_again(None) if value is None else int.__repr__(value) for value in values]
    return list(map(_json_again, values))


class Encoded(NamedTuple):
    """A row to be stored, if nothing is held of it."""

    row: Row
    shape: "Shape"
    key: Key
    bound_key: Key  # as the driver has it
    shown: str  # the key as JSON, unambiguous
    digest: str
    content: bytes  # a digest of the columns of the format alone: whether a row says the same as another of its file
    bound: tuple[Any, ...]  # for ``Shape.insert``


class Shape:
    """Rows of one table that have the same columns, in the same order."""

    def __init__(self, connection: Connection, table: Table, spec: ledger.Table, columns: Sequence[str]) -> None:
        self._connection, self._table = connection, table
        key = _key(table)
        self.column_set = column_set(columns)
        self._names = [*columns, *(name for name in key if name not in columns)]
        self._kinds = [spec.by_name[name].kind for name in self._names]
        self._key_at = [self._names.index(name) for name in key]
        self._sorted = sorted(range(len(columns)), key=columns.__getitem__)
        self._template = '{"": %s, ' + ", ".join(f"{_json(columns[at])}: %s" for at in self._sorted) + "}"
        binds = [binder(connection, table, name) for name in self._names]
        self._binds = [(at, lru_cache(maxsize=_MOST)(bind)) for at, bind in enumerate(binds) if bind is not None]
        self._bind_json = binder(connection, table, "original") or (lambda value: value)
        self._null = self._bind_json(None)

    def insert(self, known: int, import_id: int) -> str:
        """The statement that takes ``Encoded.bound``; a column that the rows lack is NULL."""
        quote = self._connection.dialect.identifier_preparer.quote
        names = ", ".join(quote(name) for name in ("digest", "other", "original", *self._names, "known", "import_id"))
        places = marks(self._connection, len(self._names) + 3)
        return f"INSERT INTO {quote(self._table.name)} ({names}) VALUES ({places}, {known}, {import_id})"  # noqa: S608  # our own schema

    def encode(self, rows: Sequence[Row]) -> list[Encoded]:
        """The rows with their keys and digests, worked out column by column."""
        columns: list[Sequence[Any]] = list(zip(*[row.values.values() for row in rows], strict=True))
        columns += [[None] * len(rows)] * (len(self._names) - len(columns))  # a key's part that the source lacks is ''
        for at in self._key_at:
            columns[at] = ["" if value is None else value for value in columns[at]]
        keys = list(zip(*(columns[at] for at in self._key_at), strict=True))
        parts = [_as_json(kind, values) for kind, values in zip(self._kinds, columns, strict=True)]
        shown = map(",".join, zip(*(parts[at] for at in self._key_at), strict=True))
        said = list(zip(*(parts[at] for at in self._sorted), strict=True))
        plain = [hashlib.sha256((self._template % ("{}", *one)).encode()) for one in said]
        digests = [
            hashlib.sha256((self._template % (_json(dict(row.other)), *one)).encode()) if row.other else same
            for row, one, same in zip(rows, said, plain, strict=True)
        ]
        for at, bind in self._binds:
            columns[at] = list(map(bind, columns[at]))
        hexes = [digest.hexdigest() for digest in digests]
        other = [self._bind_json(dict(row.other)) if row.other else self._null for row in rows]
        original = [self._bind_json(dict(row.original)) if row.original else self._null for row in rows]
        bound = zip(hexes, other, original, *columns, strict=True)
        bound_keys = zip(*(columns[at] for at in self._key_at), strict=True)
        content = [digest.digest()[:16] for digest in plain]
        return [
            Encoded(row, self, *one)
            for row, *one in zip(rows, keys, bound_keys, shown, hexes, content, bound, strict=True)
        ]


def column_set(names: Iterable[str]) -> str:
    """A set of columns as the store has it."""
    return " ".join(sorted(names))


def binder(connection: Connection, table: Table, column: str) -> Callable[[Any], Any] | None:
    """What SQLAlchemy does to a value of the column before the driver has it; None for nothing."""
    bind: Callable[[Any], Any] | None = (
        table.c[column].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    )
    return bind


def marks(connection: Connection, count: int) -> str:
    """Places for values in a statement for the driver."""
    return ", ".join(["?" if connection.dialect.paramstyle == "qmark" else "%s"] * count)


def digests(connection: Connection, table: Table, keys: Sequence[Key]) -> dict[Key, str]:
    """Key → digest of the rows that are there; keys are bound values."""
    return {tuple(key): digest for digest, *key in _held(connection, table, ["digest", *_key(table)], keys)}


def rows(connection: Connection, table: Table, keys: Sequence[Key]) -> dict[Key, dict[str, Any]]:
    """Key → whole row of the rows that are there; keys are bound values."""
    names = [column.name for column in table.columns]
    at_key = [names.index(name) for name in _key(table)]
    reads = [column.type.dialect_impl(connection.dialect) for column in table.columns]
    made = [read.result_processor(connection.dialect, None) for read in reads]
    return {
        tuple([row[at] for at in at_key]): {
            name: value if read is None else read(value) for name, read, value in zip(names, made, row, strict=True)
        }
        for row in _held(connection, table, names, keys)
    }


def _key(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _held(connection: Connection, table: Table, columns: Sequence[str], keys: Sequence[Key]) -> Sequence[Sequence[Any]]:
    """Columns of the rows with these keys. ``WHERE (a, b) IN (…)`` would make SQLite read the whole table each time."""
    quote = connection.dialect.identifier_preparer.quote
    names = [quote(name) for name in _key(table)]
    wanted = ", ".join([f"({marks(connection, len(names))})"] * len(keys))
    statement = (
        f"WITH wanted ({', '.join(names)}) AS (VALUES {wanted}) "  # noqa: S608  # names of our own schema
        f"SELECT {', '.join(f'held.{quote(name)}' for name in columns)} "
        f"FROM wanted CROSS JOIN {quote(table.name)} AS held "
        f"WHERE {' AND '.join(f'held.{name} = wanted.{name}' for name in names)}"
    )
    return connection.exec_driver_sql(statement, tuple(part for key in keys for part in key)).all()
