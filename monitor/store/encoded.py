"""Rows as the database takes them: tuples of bound values, and the digest of what each row says.

SQLAlchemy's insert would bind 65 columns of a row one by one, and json.dumps would build an encoder for each row. Rows
of one file have the same columns: what depends on the columns alone is worked out once, the rest column by column.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from checks import ledger
from checks.ledger import Kind
from monitor.intake.rows import Block

Key = tuple[Any, ...]
_MOST = 10_000  # values of a column that are remembered
_PARAMETERS = 30_000  # of one statement; PostgreSQL takes 65,535
_NUMBERS, _TEXTS = (Kind.YEN, Kind.COUNT), (Kind.TEXT, Kind.LINES, Kind.NUMBER_13, Kind.PERCENT)


def digest_of(values: Mapping[str, Any]) -> str:
    """What a row says as SHA-256 of its JSON: known columns by name and, under "", the columns that are not ours."""
    return _sha256([_json(values)])[0]


def _sha256(texts: Iterable[str]) -> list[str]:
    return [hashlib.sha256(text.encode()).hexdigest() for text in texts]


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _texts_json(texts: Mapping[str, str]) -> str:
    """The same of texts by name, letter for letter."""
    told = [f"{encode_basestring(name)}: {encode_basestring(texts[name])}" for name in sorted(texts)]
    return "{" + ", ".join(told) + "}"


class _Memo(dict[Any, Any]):
    """A function of the values of one column (which are of one type), with its last answers; as many as are bounded."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, value: Any) -> Any:
        answer = self._function(value)
        if len(self) < _MOST:
            self[value] = answer
        return answer

    def all(self, values: Sequence[Any]) -> list[Any]:
        """The answers for a column."""
        return list(map(self.__getitem__, values))


def _as_json(kind: Kind) -> Callable[[Sequence[Any]], list[str]]:
    """What makes JSON of the values of a column, letter for letter as ``digest_of`` has them."""
    if kind not in _TEXTS and kind not in _NUMBERS:
        return _Memo(_json).all  # dates, yes and no
    plain: Callable[[Any], str] = encode_basestring if kind in _TEXTS else int.__repr__

    def made(values: Sequence[Any]) -> list[str]:
        if None in values:
            return ["null" if value is None else plain(value) for value in values]
        return list(map(plain, values))

    return made


@dataclass(slots=True)
class Encoded:
    """Rows to be stored, if nothing is held of them; what is said of each is at its position in the block."""

    block: Block
    shape: "Shape"
    shown: list[str]  # the key as JSON, unambiguous
    digests: list[str]
    content: list[
        str
    ]  # a digest of the columns of the format alone: whether a row says the same as another of its file
    bound: list[tuple[Any, ...]]  # for ``Shape.insert``
    _keys: list[Sequence[Any]]

    def keys(self) -> list[Key]:
        """The rows' keys."""
        return list(zip(*self._keys, strict=True))

    def bound_keys(self) -> list[Key]:
        """The keys as the driver has them."""
        return [tuple([row[at] for at in self.shape.bound_key_at]) for row in self.bound]


class Shape:
    """Rows of one table that have the same columns, in the same order."""

    def __init__(self, connection: Connection, table: Table, spec: ledger.Table, columns: Sequence[str]) -> None:
        self._connection, self._table = connection, table
        self._key = _key(table)
        self.column_set = column_set(columns)
        self._names = [*columns, *(name for name in self._key if name not in columns)]
        self._key_at = [self._names.index(name) for name in self._key]
        self.bound_key_at = [at + 3 for at in self._key_at]
        self._sorted = sorted(range(len(columns)), key=columns.__getitem__)
        self._between = [f", {_json(columns[at])}: " for at in self._sorted]
        self._as_json = [_as_json(spec.by_name[name].kind) for name in self._names]
        binds = [binder(connection, table, name) for name in self._names]
        self._binds = [(at, _Memo(bind)) for at, bind in enumerate(binds) if bind is not None]
        self._bind_json = binder(connection, table, "original") or (lambda value: value)
        self._null = self._bind_json(None)
        quote = connection.dialect.identifier_preparer.quote
        names = ("digest", "other", "original", *self._names, "known", "import_id")
        self._place = f"{quote(table.name)} ({', '.join(map(quote, names))})"

    def insert(self, rows: Sequence[tuple[Any, ...]], known: int, import_id: int) -> int:
        """Store rows (``Encoded.bound``) and return how many: not those whose key is there. Columns they lack are NULL."""
        if self._connection.dialect.name == "postgresql" and self._copied(rows, known, import_id):
            return len(rows)
        places = marks(self._connection, len(self._names) + 3)
        key = ", ".join(map(self._connection.dialect.identifier_preparer.quote, self._key))
        statement = f"INSERT INTO {self._place} VALUES ({places}, {known}, {import_id}) ON CONFLICT ({key}) DO NOTHING"  # noqa: S608  # our own schema
        return self._connection.exec_driver_sql(statement, list(rows)).rowcount

    def _copied(self, rows: Sequence[tuple[Any, ...]], known: int, import_id: int) -> bool:
        """Store rows by COPY, which takes all or, where a key is there, none."""
        driver: Any = self._connection.dialect.loaded_dbapi
        raw: Any = self._connection.connection.driver_connection
        statement = f"COPY {self._place} FROM STDIN"
        try:
            with self._connection.begin_nested(), raw.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row((*row, known, import_id))
        except driver.errors.UniqueViolation:
            return False
        except driver.Error as error:
            raise DBAPIError(statement, None, error) from error
        return True

    def encode(self, block: Block) -> Encoded:
        """The rows with their keys and digests, worked out column by column."""
        columns = [*block.columns]
        columns += [[None] * len(block)] * (len(self._names) - len(columns))  # a key's part that the source lacks is ''
        for at in self._key_at:
            if None in columns[at]:
                columns[at] = ["" if value is None else value for value in columns[at]]
        keys = [columns[at] for at in self._key_at]
        parts = [make(values) for make, values in zip(self._as_json, columns, strict=True)]
        shown = list(map(",".join, zip(*(parts[at] for at in self._key_at), strict=True)))
        said = [parts[at] for at in self._sorted]
        content = _sha256(self._texts(repeat("{}", len(block)), said))
        digests = content
        if block.other:
            other = [_texts_json(block.other.get(at, {})) for at in range(len(block))]
            digests = _sha256(self._texts(other, said))
        for at, bind in self._binds:
            columns[at] = bind.all(columns[at])
        first = (digests, self._bound(block.other, len(block)), self._bound(block.original, len(block)))
        bound = list(zip(*first, *columns, strict=True))
        return Encoded(block, self, shown, digests, content, bound, keys)

    def _texts(self, other: Iterable[str], said: Sequence[Sequence[str]]) -> Iterator[str]:
        """Of each row the text that its digest is made of."""
        parts: list[Iterable[str]] = [repeat('{"": '), other]
        for before, values in zip(self._between, said, strict=True):
            parts += [repeat(before), values]
        return map("".join, zip(*parts, repeat("}"), strict=False))  # what is repeated has no end

    def _bound(self, held: Mapping[int, Mapping[str, str]], count: int) -> list[Any]:
        bound = [self._null] * count
        for at, texts in held.items():
            if texts:
                bound[at] = self._bind_json(dict(texts))
        return bound


def shown(key: Iterable[Any]) -> str:
    """A key as ``Encoded.shown`` has it."""
    return ",".join(_json(part) for part in key)


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
    some = _PARAMETERS // len(names)
    if len(keys) > some:
        parts = (keys[start : start + some] for start in range(0, len(keys), some))
        return [row for part in parts for row in _held(connection, table, columns, part)]
    wanted = ", ".join([f"({marks(connection, len(names))})"] * len(keys))
    statement = (
        f"WITH wanted ({', '.join(names)}) AS (VALUES {wanted}) "  # noqa: S608  # names of our own schema
        f"SELECT {', '.join(f'held.{quote(name)}' for name in columns)} "
        f"FROM wanted CROSS JOIN {quote(table.name)} AS held "
        f"WHERE {' AND '.join(f'held.{name} = wanted.{name}' for name in names)}"
    )
    return connection.exec_driver_sql(statement, tuple(part for key in keys for part in key)).all()
