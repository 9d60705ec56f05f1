"""Writing what intake has read: each row added, changed, unchanged or in quarantine; nothing dropped, nothing doubled.

Importing the same file again changes nothing. An earlier state of a changed row is kept in row_history. A column that a
file does not have leaves what is known of it (an absent column is unknown, it is not blank).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, insert, select, update

from checks import ledger
from monitor.intake.rows import BadRow, Part, Row
from monitor.problems import nearest
from monitor.store import encoded, quarantine, schema
from monitor.store.encoded import Encoded, Shape
from monitor.store.engine import inserted
from monitor.store.seen import Seen

BATCH = 1000


@dataclass
class Counts:
    """What became of the rows of one part: read = added + changed + unchanged + quarantined."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0


@dataclass
class Imported:
    """One part (file, sheet or member), its counts and the headings that the format does not know."""

    source: str
    table: str
    layout: str
    unknown: tuple[str, ...]
    counts: Counts = field(default_factory=Counts)


def store(
    engine: Engine,
    part: Part,
    now: datetime,
    rulebooks: Sequence[str],
    progress: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Store one part in one transaction. ``progress`` is told how many more rows are done."""
    imported = Imported(part.source, part.table, part.layout, part.unknown)
    writing = engine.connect().execution_options(writes=True)
    with closing(Seen()) as seen, writing as connection, connection.begin():
        _Writer(connection, part, now, rulebooks, imported.counts, seen).write(progress)
    return imported


class _Writer:
    """The state of storing one part."""

    def __init__(
        self, connection: Connection, part: Part, now: datetime, rulebooks: Sequence[str], counts: Counts, seen: Seen
    ) -> None:
        self.connection = connection
        self.part = part
        self.counts = counts
        self.rulebooks = rulebooks
        self.table = schema.LEDGER[part.table]
        self.spec = ledger.TABLES[part.table]
        self.key = [column.name for column in self.table.primary_key]
        self.seen, self.now = seen, now
        self.shapes: dict[tuple[str, ...], Shape] = {}
        self.empty: dict[str, bool] = {}  # organization → whether nothing of it was held before this part
        self.waits = quarantine.elsewhere(connection, part.source, part.table)
        self.touched: set[str] = set()
        self.organizations = set(connection.scalars(select(schema.LEDGER["organizations"].c.organization)))
        values = {"source": part.source, "layout": part.layout, "imported_at": now, "counts": {}}
        self.import_id = inserted(connection, schema.imports, values)
        self.column_sets: dict[str, int] = {
            row.columns: row.id
            for row in connection.execute(
                select(schema.column_sets).where(schema.column_sets.c.table_name == part.table)
            )
        }

    def write(self, progress: Callable[[int], None]) -> None:
        """All rows, then what they mean for the import, the quarantine and the organizations."""
        connection = self.connection
        bodies = {""}  # of whom this file speaks; two bodies' files may bear one name
        for batch in _batches(self.part.rows):
            self.counts.read += len(batch)
            good = [row for row in batch if isinstance(row, Row)]
            bad = [row for row in batch if isinstance(row, BadRow)]
            bodies |= {row.organization for row in bad} | {str(row.values.get("organization") or "") for row in good}
            self._quarantine(bad)
            self._upsert(self._accepted(good))
            progress(len(batch))
        quarantine.replace(connection, self.import_id, self.part.source, self.part.table, bodies)
        connection.execute(
            update(schema.imports).where(schema.imports.c.id == self.import_id).values(counts=asdict(self.counts))
        )
        self._bump()
        self._read(bodies)

    # --- rows that cannot be stored --------------------------------------------------------------------------------

    def _accepted(self, rows: Sequence[Row]) -> list[Encoded]:
        """Rows that can be stored; the others go to quarantine."""
        problems = {at: problem for at, row in enumerate(rows) if (problem := self._problem(row)) is not None}
        fine = [at for at in range(len(rows)) if at not in problems]
        shapes = groupby((rows[at] for at in fine), self._shape)
        known = [one for shape, group in shapes for one in shape.encode(list(group))]
        repeated = self.seen.add([(one.shown, one.row.line, one.content) for one in known])
        for position, (line, content) in repeated.items():
            at, again = fine[position], known[position]
            if again.content == content:
                self.counts.unchanged += 1  # the same row twice in one file
            else:
                reason = f"同じ行（{_shown_key(again.key)}）が{line}行目にあり、内容が異なります。{line}行目を取り込みました。"
                problems[at] = self.key[-1], reason
        self._quarantine([_bad(rows[at], self.spec, *problems[at]) for at in sorted(problems)])
        return [one for position, one in enumerate(known) if position not in repeated]

    def _problem(self, row: Row) -> tuple[str, str] | None:
        """(column, reason), None if the row can be stored."""
        organization = str(row.values.get("organization") or "")
        if self.spec is ledger.ORGANIZATIONS:
            rulebook = str(row.values["rulebook"])
            if rulebook not in self.rulebooks:
                near = nearest(rulebook, self.rulebooks)
                return "rulebook", f"規程「{rulebook}」はありません。" + (
                    f"近いもの：{near}。" if near else f"あるもの：{'、'.join(self.rulebooks)}。"
                )
            self.organizations.add(organization)
        elif self.spec.by_organization and organization not in self.organizations:
            reason = f"機関コード「{organization}」は機関の表にありません。先に organizations を取り込んでください。"
            return "organization", reason
        return None

    def _shape(self, row: Row) -> Shape:
        columns = tuple(row.values)
        if columns not in self.shapes:
            self.shapes[columns] = Shape(self.connection, self.table, self.spec, columns)
        return self.shapes[columns]

    def _quarantine(self, rows: Sequence[BadRow]) -> None:
        self.counts.quarantined += len(rows)
        quarantine.hold(self.connection, self.import_id, self.part.source, rows)

    # --- rows that can ---------------------------------------------------------------------------------------------

    def _upsert(self, rows: Sequence[Encoded]) -> None:
        """Each row is added, changed or found as it was; if it waited from another file, it waits no longer."""
        maybe = [row.bound_key for row in rows if not self._new(row)]
        held = encoded.digests(self.connection, self.table, maybe) if maybe else {}
        other = [row.bound_key for row in rows if held.get(row.bound_key, row.digest) != row.digest]
        before = encoded.rows(self.connection, self.table, other) if other else {}
        added, changed, history = [], [], []
        for row in rows:
            if row.bound_key not in held:
                added.append((row, self._column_set(row.shape.column_set)))
            elif row.bound_key in before:
                past = before[row.bound_key]
                state = self._merged(row.row, past)
                if state["digest"] == past["digest"]:
                    continue
                changed.append({f"key_{name}": value for name, value in zip(self.key, row.key, strict=True)} | state)
                history.append(self._past(row.key, past))
            else:
                continue
            self.touched.add(str(row.row.values.get("organization") or ""))
        self.counts.added += len(added)
        self.counts.changed += len(changed)
        self.counts.unchanged += len(rows) - len(added) - len(changed)
        self._insert(added)
        self._change(changed, history)
        if self.waits:
            start = 1 if self.spec.by_organization else 0
            read = [id_ for row in rows for id_ in self.waits.pop(_shown_key(row.bound_key[start:]), ())]
            quarantine.settle(self.connection, self.import_id, gone=(), read=read)

    def _new(self, row: Encoded) -> bool:
        """Whether there can be nothing of the row: when this part began, nothing of its organization was held."""
        organization = str(row.row.values.get("organization")) if self.spec.by_organization else ""
        if organization not in self.empty:
            mine = [self.table.c.organization == organization] if self.spec.by_organization else []
            query = select(self.table.c.import_id).where(*mine).limit(1)
            self.empty[organization] = self.connection.scalar(query) is None
        return self.empty[organization]

    def _insert(self, added: Sequence[tuple[Encoded, int]]) -> None:
        for (shape, known), group in groupby(added, lambda pair: (pair[0].shape, pair[1])):
            self.connection.exec_driver_sql(shape.insert(known, self.import_id), [row.bound for row, _ in group])

    def _change(self, changed: Sequence[Mapping[str, Any]], history: Sequence[Mapping[str, Any]]) -> None:
        if not changed:
            return
        self.connection.execute(insert(schema.row_history), history)
        at_key = and_(*(self.table.c[name] == bindparam(f"key_{name}") for name in self.key))
        names = [name for name in changed[0] if not name.startswith("key_") and name not in self.key]
        self.connection.execute(
            update(self.table).where(at_key).values({name: bindparam(f"new_{name}") for name in names}),
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
        """The row to store: what this source says, over what is known of the columns that it does not have."""
        values = {column.name: row.values.get(column.name) for column in self.spec.columns}
        known = set(row.values)
        earlier = {name for names, id_ in self.column_sets.items() if id_ == before["known"] for name in names.split()}
        for name in earlier - known:
            values[name] = before[name]
        kept = {name: text for name, text in (before["original"] or {}).items() if name not in known}
        original, other = {**kept, **row.original}, {**(before["other"] or {}), **row.other}
        known |= earlier
        for name in self.key:
            values[name] = _key_part(values.get(name))
        return {
            **values,
            "other": other or None,
            "original": original or None,
            "known": self._column_set(encoded.column_set(known)),
            "digest": encoded.digest_of({name: values[name] for name in known} | {"": other}),
            "import_id": self.import_id,
        }

    def _column_set(self, text: str) -> int:
        if text not in self.column_sets:
            values = {"table_name": self.part.table, "columns": text}
            self.column_sets[text] = inserted(self.connection, schema.column_sets, values)
        return self.column_sets[text]

    def _past(self, key: tuple[Any, ...], before: Mapping[str, Any]) -> dict[str, Any]:
        state = {name: value.isoformat() if isinstance(value, date) else value for name, value in before.items()}
        return {
            "table_name": self.part.table,
            "organization": str(before.get("organization", "")),
            "row_key": _shown_key(key),
            "replaced_by": self.import_id,
            "state": {name: value for name, value in state.items() if value is not None},
        }

    def _bump(self) -> None:
        """Tell the incremental run whose data moved; a shared table moves everybody's."""
        touched = self.organizations if "" in self.touched else self.touched
        held = set(self.connection.scalars(select(schema.data_versions.c.organization)))
        for organization in sorted(touched):
            if organization in held:
                self.connection.execute(
                    update(schema.data_versions)
                    .where(schema.data_versions.c.organization == organization)
                    .values(version=self.import_id)
                )
            else:
                values = {"organization": organization, "version": self.import_id}
                self.connection.execute(insert(schema.data_versions).values(values))

    def _read(self, bodies: Iterable[str]) -> None:
        """When a file last spoke of these organizations: their ledger is as fresh as that, changed or not."""
        if self.spec.by_organization and self.spec is not ledger.ORGANIZATIONS:
            table = schema.data_versions
            self.connection.execute(
                update(table).where(table.c.organization.in_(sorted(bodies))).values(read_at=self.now)
            )


def _batches(rows: Iterator[Row | BadRow]) -> Iterator[list[Row | BadRow]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _key_part(value: Any) -> Any:
    return "" if value is None else value


def _shown_key(key: Iterable[Any]) -> str:
    return " / ".join(str(part) for part in key)


def _bad(row: Row, spec: ledger.Table, column: str, reason: str) -> BadRow:
    cells = {name: row.original.get(name, "" if value is None else str(value)) for name, value in row.values.items()}
    key = _shown_key(_key_part(row.values.get(name)) for name in spec.key)
    heading = spec.by_name[column].heading
    organization = str(row.values.get("organization") or "")
    return BadRow(
        spec.name, row.line, heading, cells.get(column, ""), reason, {**cells, **row.other}, organization, key
    )
