"""Writing what intake has read: each row added, changed, unchanged or in quarantine; nothing dropped, nothing doubled.

Importing the same file again changes nothing. An earlier state of a changed row is kept in row_history. A column that a
file does not have leaves what is known of it (an absent column is unknown, it is not blank).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, insert, select, tuple_, update

from checks import ledger
from monitor.intake.rows import BadRow, Part, Row
from monitor.problems import nearest
from monitor.store import quarantine, schema
from monitor.store.engine import inserted

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
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        _Writer(connection, part, now, rulebooks, imported.counts).write(progress)
    return imported


class _Writer:
    """The state of storing one part."""

    def __init__(
        self, connection: Connection, part: Part, now: datetime, rulebooks: Sequence[str], counts: Counts
    ) -> None:
        self.connection = connection
        self.part = part
        self.counts = counts
        self.rulebooks = rulebooks
        self.table = schema.LEDGER[part.table]
        self.spec = ledger.TABLES[part.table]
        self.key = [column.name for column in self.table.primary_key]
        self.seen: dict[tuple[Any, ...], tuple[str, int]] = {}  # key → (digest, line) of the rows of this part
        self.touched: set[str] = set()
        self.organizations = set(connection.scalars(select(schema.LEDGER["organizations"].c.organization)))
        values = {"source": part.source, "layout": part.layout, "imported_at": now, "counts": {}}
        self.now = now
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

    def _accepted(self, rows: Iterable[Row]) -> list[tuple[tuple[Any, ...], Row, str]]:
        """Rows with key and digest; the others go to quarantine."""
        accepted, refused = [], []
        for row in rows:
            key = tuple(_key_part(row.values.get(name)) for name in self.key)
            digest = _digest(row.values)
            problem = self._problem(row, key, digest)
            if problem == "":
                self.counts.unchanged += 1  # the same row twice in one file
            elif problem is not None:
                refused.append(_bad(row, self.spec, *problem))
            else:
                self.seen[key] = (digest, row.line)
                accepted.append((key, row, digest))
        self._quarantine(refused)
        return accepted

    def _problem(self, row: Row, key: tuple[Any, ...], digest: str) -> tuple[str, str] | str | None:
        """(column, reason), '' for an exact duplicate, None if the row can be stored."""
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
            return (
                "organization",
                f"機関コード「{organization}」は機関の表にありません。先に organizations を取り込んでください。",
            )
        if key in self.seen:
            first_digest, first_line = self.seen[key]
            if first_digest == digest:
                return ""
            return (
                self.key[-1],
                f"同じ行（{_shown_key(key)}）が{first_line}行目にあり、内容が異なります。{first_line}行目を取り込みました。",
            )
        return None

    def _quarantine(self, rows: Sequence[BadRow]) -> None:
        self.counts.quarantined += len(rows)
        quarantine.hold(self.connection, self.import_id, self.part.source, rows)

    # --- rows that can ---------------------------------------------------------------------------------------------

    def _upsert(self, rows: Sequence[tuple[tuple[Any, ...], Row, str]]) -> None:
        if not rows:
            return
        held = self._held([key for key, _, _ in rows])
        added, changed, history = [], [], []
        for key, row, _ in rows:
            before = held.get(key)
            state = self._state(row, before)
            if before is None:
                added.append(state)
            elif before["digest"] == state["digest"]:
                self.counts.unchanged += 1
                continue
            else:
                changed.append({f"key_{name}": value for name, value in zip(self.key, key, strict=True)} | state)
                history.append(self._past(key, before))
            self.touched.add(str(state.get("organization") or ""))
        self.counts.added += len(added)
        self.counts.changed += len(changed)
        if added:
            self.connection.execute(insert(self.table), added)
        if changed:
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
        read = [_shown_key(key[1:] if self.spec.by_organization else key) for key, _, _ in rows]
        quarantine.close(self.connection, self.import_id, self.part.source, self.part.table, read)

    def _held(self, keys: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
        columns = [self.table.c[name] for name in self.key]
        found = self.connection.execute(select(self.table).where(tuple_(*columns).in_(list(keys)))).mappings()
        return {tuple(row[name] for name in self.key): dict(row) for row in found}

    def _state(self, row: Row, before: Mapping[str, Any] | None) -> dict[str, Any]:
        """The row to store: what this source says, over what is known of the columns that it does not have."""
        values = {column.name: row.values.get(column.name) for column in self.spec.columns}
        known = set(row.values)
        original, other = dict(row.original), dict(row.other)
        if before is not None:
            earlier = {
                name for names, id_ in self.column_sets.items() if id_ == before["known"] for name in names.split()
            }
            for name in earlier - known:
                values[name] = before[name]
            kept = {name: text for name, text in (before["original"] or {}).items() if name not in known}
            original, other = {**kept, **original}, {**(before["other"] or {}), **other}
            known |= earlier
        for name in self.key:
            values[name] = _key_part(values.get(name))
        return {
            **values,
            "other": other or None,
            "original": original or None,
            "known": self._column_set(known),
            "digest": _digest({name: values[name] for name in known} | {"": other}),
            "import_id": self.import_id,
        }

    def _column_set(self, names: set[str]) -> int:
        text = " ".join(sorted(names))
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


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def _bad(row: Row, spec: ledger.Table, column: str, reason: str) -> BadRow:
    cells = {name: row.original.get(name, "" if value is None else str(value)) for name, value in row.values.items()}
    key = _shown_key(_key_part(row.values.get(name)) for name in spec.key)
    heading = spec.by_name[column].heading
    organization = str(row.values.get("organization") or "")
    return BadRow(
        spec.name, row.line, heading, cells.get(column, ""), reason, {**cells, **row.other}, organization, key
    )
