"""A table of the ledger as one import writes it: each row is added, changed or found as it was.

An earlier state of a changed row is kept in row_history. A column that a source does not have leaves what is known of it
(an absent column is unknown, it is not blank).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from checks import ledger
from monitor.intake.rows import Block, Row
from monitor.store import editions, encoded, schema
from monitor.store.encoded import Encoded, Shape
from monitor.store.engine import inserted
from monitor.store.replacing import past, standing


class Upserted(NamedTuple):
    """What became of rows."""

    added: int
    changed: int
    unchanged: int


class LedgerTable:
    """One table within one import."""

    def __init__(self, connection: Connection, name: str, import_id: int, *, new_only: bool) -> None:
        """``new_only``: a row whose key is held already stays as it is."""
        self.spec = ledger.TABLES[name]
        self.touched: set[str] = set()  # organizations of which a row was added or changed, "" for a table of all
        self._connection, self._import_id, self._new_only = connection, import_id, new_only
        self._table = schema.LEDGER[name]
        self.key = [column.name for column in self._table.primary_key]
        self._shapes: dict[tuple[str, ...], Shape] = {}
        self._empty: dict[str, bool] = {}  # organization → whether nothing of it was held before this import
        sets = select(schema.column_sets).where(schema.column_sets.c.table_name == name)
        self._column_sets: dict[str, int] = {row.columns: row.id for row in connection.execute(sets)}

    def encode(self, rows: Block) -> Encoded:
        """The rows as they would be stored."""
        if rows.names not in self._shapes:
            self._shapes[rows.names] = Shape(self._connection, self._table, self.spec, rows.names)
        return self._shapes[rows.names].encode(rows)

    def is_new(self, organization: str) -> bool:
        """Whether there can be nothing of a row: when it was first asked, nothing of its organization was held."""
        if organization not in self._empty:
            mine = [self._table.c.organization == organization] if self.spec.by_organization else []
            query = select(self._table.c.import_id).where(*mine).limit(1)
            self._empty[organization] = self._connection.scalar(query) is None
        return self._empty[organization]

    def insert(self, rows: Encoded, bound: Sequence[tuple[Any, ...]]) -> int:
        """Store some of the rows, as they are bound, and return how many: not those whose key is there."""
        return rows.shape.insert(bound, self._column_set(rows.shape.column_set), self._import_id)

    def upsert(self, rows: Encoded, positions: Sequence[int]) -> Upserted:
        """Each of these rows is added, changed or found as it was."""
        keys, digests, bodies = rows.bound_keys(), rows.digests, organizations(rows.block)
        maybe = [keys[at] for at in positions if not self.is_new(bodies[at])]
        held = encoded.digests(self._connection, self._table, maybe) if maybe else {}
        other = [keys[at] for at in positions if held.get(keys[at], digests[at]) != digests[at] and not self._new_only]
        before = encoded.rows(self._connection, self._table, other) if other else {}
        added, changed, history = [], [], []
        for at in positions:
            if keys[at] not in held:
                added.append(rows.bound[at])
            elif keys[at] in before:
                held_row, key = before[keys[at]], rows.keys()[at]
                state = self._merged(rows.block.row(at), held_row)
                if state["digest"] == held_row["digest"]:
                    continue
                changed.append({f"key_{name}": value for name, value in zip(self.key, key, strict=True)} | state)
                history.append(past(self.spec.name, key, held_row, self._import_id))
            else:
                continue
            self.touched.add(bodies[at])
        if added and self.insert(rows, added) != len(added):
            raise AssertionError("a row was not stored")
        self._change(changed, history)
        return Upserted(len(added), len(changed), len(positions) - len(added) - len(changed))

    def _change(self, changed: Sequence[Mapping[str, Any]], history: Sequence[Mapping[str, Any]]) -> None:
        if not changed:
            return
        self._connection.execute(insert(schema.row_history), history)
        at_key = and_(*(self._table.c[name] == bindparam(f"key_{name}") for name in self.key))
        names = [name for name in changed[0] if not name.startswith("key_") and name not in self.key]
        self._connection.execute(
            update(self._table).where(at_key).values({name: bindparam(f"new_{name}") for name in names}),
            [
                {
                    f"new_{name}" if name in names else name: value
                    for name, value in row.items()
                    if name in names or name.startswith("key_")
                }
                for row in changed
            ],
        )

    def _merged(self, row: Row, before: Mapping[str, Any]) -> dict[str, Any]:
        """The row to store: what this source says, over what is known of the columns that it does not have.

        An edition of a register that is older than what is known says only what is not known yet.
        """
        before = standing(before)
        known = set(row.values)
        earlier = {name for names, id_ in self._column_sets.items() if id_ == before["known"] for name in names.split()}
        listed = self.spec is ledger.REGISTER_ROWS
        older = listed and editions.is_older(row.values, before)
        kept = earlier if older else earlier - known
        values = {column.name: row.values.get(column.name) for column in self.spec.columns}
        values |= {name: before[name] for name in kept}
        if listed:
            values["published_on"] = editions.first_published(row.values, before)
        mine = {name: text for name, text in row.original.items() if not older or name not in earlier}
        original = {**{name: text for name, text in (before["original"] or {}).items() if name in kept}, **mine}
        other = {**(before["other"] or {}), **row.other}
        if older:
            other = {**row.other, **(before["other"] or {})}
        known |= earlier
        for name in self.key:
            values[name] = key_part(values.get(name))
        return {
            **values,
            "other": other or None,
            "original": original or None,
            "known": self._column_set(encoded.column_set(known)),
            "digest": encoded.digest_of({name: values[name] for name in known} | {"": other}),
            "import_id": self._import_id,
        }

    def _column_set(self, text: str) -> int:
        if text not in self._column_sets:
            values = {"table_name": self.spec.name, "columns": text}
            self._column_sets[text] = inserted(self._connection, schema.column_sets, values)
        return self._column_sets[text]


def organizations(rows: Block) -> list[str]:
    """Of each row the organization, "" where its table has none."""
    return [str(organization or "") for organization in rows.column("organization")]


def key_part(value: Any) -> Any:
    """A part of a key as it is stored: what is blank is ''."""
    return "" if value is None else value
