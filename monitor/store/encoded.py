"""A row as the database takes it: one tuple of bound values, and the digest of what the row says.

SQLAlchemy's insert would bind 65 columns of a row one by one, and json.dumps would build an encoder for each row. Rows
of one file have the same columns: what depends on the columns alone is worked out once, here.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from json.encoder import encode_basestring
from types import NoneType
from typing import Any

from sqlalchemy import Connection, Table

from checks import ledger
from checks.ledger import Kind
from monitor.intake.rows import Row

Key = tuple[Any, ...]
_OWN = ("other", "original", "known", "digest", "import_id")  # what the store adds to the columns of the format


@lru_cache(maxsize=10_000)
def _day(value: date) -> str:
    return f'"{value}"'


class _Encoders(dict[type, Callable[[Any], str]]):
    """Type → its JSON, letter for letter as ``digest_of`` has it."""

    def __missing__(self, _: type) -> Callable[[Any], str]:
        return _json


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


_ENCODERS = _Encoders(
    {
        str: encode_basestring,
        int: int.__repr__,
        bool: lambda value: "true" if value else "false",
        NoneType: lambda _: "null",
        date: _day,
    }
)


def digest_of(values: Mapping[str, Any]) -> str:
    """What a row says as SHA-256 of its JSON: known columns by name and, under "", the columns that are not ours."""
    return hashlib.sha256(_json(values).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Encoded:
    """A row to be stored, if nothing is held of it."""

    row: Row
    shape: "Shape"
    key: Key
    shown: str  # the key as JSON, unambiguous
    digest: str
    content: bytes  # a digest of the columns of the format alone: whether a row says the same as another of its file
    bound: list[Any]
    bound_key: Key


class Shape:
    """Rows of one table that have the same columns."""

    def __init__(self, connection: Connection, table: Table, spec: ledger.Table, columns: Iterable[str]) -> None:
        key = _key(table)
        self.known = sorted(columns)
        self.blank = [name for name in key if name not in self.known]  # a key's part that the source lacks is ''
        names = [*self.known, *self.blank]
        self._key_at = [names.index(name) for name in key]
        self._template = '{"": %s, ' + ", ".join(f"{encode_basestring(name)}: %s" for name in self.known) + "}"
        binds = {name: binder(connection, table, name) for name in (*names, "original")}
        self._binds = [
            (at, lru_cache(maxsize=10_000)(bind) if spec.by_name[name].kind is Kind.DATE else bind)
            for at, name in enumerate(names)
            if (bind := binds[name]) is not None
        ]
        self._bind_json = binds["original"] or (lambda value: value)
        self._null = self._bind_json(None)
        quote = connection.dialect.identifier_preparer.quote
        columns_ = ", ".join(quote(name) for name in (*names, *_OWN))
        places = marks(connection, len(names) + len(_OWN))
        self.insert = f"INSERT INTO {quote(table.name)} ({columns_}) VALUES ({places})"  # noqa: S608  # our own schema

    def encode(self, row: Row) -> Encoded:
        """The row with its key and digests."""
        bound: list[Any] = [*map(row.values.__getitem__, self.known), *([None] * len(self.blank))]
        for at in self._key_at:
            if bound[at] is None:
                bound[at] = ""
        key = tuple([bound[at] for at in self._key_at])
        parts = [_ENCODERS[type(value)](value) for value in bound]
        shown = ",".join([parts[at] for at in self._key_at])
        if self.blank:
            del parts[len(self.known) :]
        plain = hashlib.sha256((self._template % ("{}", *parts)).encode())
        digest, other = plain, self._null
        if row.other:
            digest = hashlib.sha256((self._template % (_json(row.other), *parts)).encode())
            other = self._bind_json(dict(row.other))
        for at, bind in self._binds:
            bound[at] = bind(bound[at])
        bound_key = tuple([bound[at] for at in self._key_at])
        bound += (other, self._bind_json(dict(row.original)) if row.original else self._null)
        return Encoded(row, self, key, shown, digest.hexdigest(), plain.digest()[:16], bound, bound_key)


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
