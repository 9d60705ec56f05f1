"""Writing what intake has read: each row added, changed, unchanged or in quarantine; nothing dropped, nothing doubled.

Importing the same file again changes nothing. An earlier state of a changed row is kept in row_history. A column that a
file does not have leaves what is known of it (an absent column is unknown, it is not blank).
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, insert, or_, select, update

from checks import ledger
from monitor.intake.returned import DEED, MARK, UNTOUCHED
from monitor.intake.rows import BadRow, Block, Blocks, Part, Row, Value, canonical
from monitor.problems import nearest
from monitor.store import aside, editions, encoded, quarantine, schema
from monitor.store.encoded import Encoded, Shape
from monitor.store.engine import inserted
from monitor.store.replacing import Whole, past, replaces, standing
from monitor.store.seen import Seen

BATCH = 1000
_CACHE = -32_000  # KiB


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
    import_id: int = 0
    returned: bool = False  # its rows came back from quarantine
    set_aside: int = 0  # of the unchanged: rows of which a person has said, now or before, that they are no contract


def store(
    engine: Engine,
    part: Part,
    now: datetime,
    rulebooks: Sequence[str],
    progress: Callable[[int], None] = lambda _: None,
    whole: Whole | None = None,
) -> Imported:
    """Store one part in one transaction. ``progress`` is told how many more rows are done, ``whole`` what the part has."""
    writing = engine.connect().execution_options(writes=True)
    with writing as connection, _ample(connection), connection.begin(), _no_search():
        return within(connection, part, now, rulebooks, progress, whole)


def within(
    connection: Connection,
    part: Part,
    now: datetime,
    rulebooks: Sequence[str] = (),
    progress: Callable[[int], None] = lambda _: None,
    whole: Whole | None = None,
) -> Imported:
    """The same in the caller's transaction."""
    imported = Imported(part.source, part.table, part.layout, part.unknown, returned=part.returned)
    with closing(Seen()) as seen:
        writer = _Writer(connection, part, now, rulebooks, imported.counts, seen)
        writer.whole = whole if replaces(writer.spec) and not part.returned else None  # the quarantine is a piece of it
        writer.write(progress)
        imported.import_id, imported.set_aside = writer.import_id, writer.set_aside
    return imported


def ever_read(connection: Connection, source: str) -> bool:
    """Whether an import of this source has ever had a row."""
    counts = connection.scalars(select(schema.imports.c.counts).where(schema.imports.c.source == source))
    return any(each.get("read") for each in counts)


@contextmanager
def _ample(connection: Connection) -> Iterator[None]:
    """SQLite with a cache for the pages of a long transaction: keys in no order cost half as much. Durability is as ever."""
    if connection.dialect.name != "sqlite":
        yield
        return
    (before,) = connection.exec_driver_sql("PRAGMA cache_size").one()
    connection.exec_driver_sql(f"PRAGMA cache_size = {_CACHE}")
    connection.rollback()  # the pragma has begun a transaction
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")


@contextmanager
def _no_search() -> Iterator[None]:
    """Without the collector of cyclic garbage: rows make none, and it would look at thousands of tuples again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


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
        self.listed: dict[tuple[str, str], set[str]] = {}  # (organization, register) → the rows of it
        self.editions: dict[tuple[str, str], date] = {}  # of these the day, where they have one
        self.unread: dict[str, set[str]] = {}  # organization → entries of the register rows in quarantine, "" unknown
        self.whole: Whole | None = None
        self.returned = quarantine.Returned(connection, part.table) if part.returned else None
        self.marks: dict[int, str] = {}  # of rows that come back from quarantine: line → number
        self.bad: set[int] = set()  # lines of those that are still bad
        self.again = aside.Again(connection, part.source, part.table)
        self.maybe: list[BadRow] = []  # rows that may have been set aside: told when all others are known
        self.set_aside = 0
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
        for block in _blocks(self._numbered() if self.returned else self.part.rows):
            bad = [row for row in block.apart if isinstance(row, BadRow)]
            bodies |= {row.organization for row in bad}
            self._quarantine(bad)
            for rows in [block] if len(bad) == len(block.apart) else _alike(block):
                if len(rows):
                    bodies |= set(_organizations(rows))
                    self._take(rows)
            self.counts.read += len(block) + len(block.apart)
            progress(len(block) + len(block.apart))
        late = self.again.moved(self.maybe)
        self._put_aside(len(self.maybe) - len(late))
        self._hold(late)
        if self.returned:
            self._close(self.returned)
        else:
            self._drop()
            several = self.spec.by_organization and len(self.organizations) > 1
            quarantine.replace(connection, self.import_id, self.part.source, self.part.table, bodies, several=several)
        counts = {**asdict(self.counts), quarantine.BODIES: sorted(bodies - {""})}
        connection.execute(update(schema.imports).where(schema.imports.c.id == self.import_id).values(counts=counts))
        self._bump()
        self._read(bodies)

    def _take(self, rows: Block) -> None:
        """Store the rows that can be stored; the others go to quarantine."""
        problems = self._problems(rows)
        fine: Sequence[int] = range(len(rows))
        if problems:
            fine = [at for at in fine if at not in problems]
        if fine:
            if self.spec is ledger.REGISTER_ROWS:
                self._list(rows.take(fine) if problems else rows)
            known = self._shape(rows.names).encode(rows.take(fine) if problems else rows)
            if self.whole:
                self.whole.note(self.connection, self.spec, self.import_id, known.block, known.shown)
            for position, (line, content) in self._store(known).items():
                if known.content[position] == content:
                    self.counts.unchanged += 1  # the same row twice in one file
                else:
                    reason = f"同じ行（{_shown_key(known.keys()[position])}）が{line}行目にあり、内容が異なります。{line}行目を取り込みました。"
                    problems[fine[position]] = self.key[-1], reason
        self._quarantine([_bad(rows.row(at), self.spec, *problems[at]) for at in sorted(problems)])

    # --- rows that cannot be stored --------------------------------------------------------------------------------

    def _problems(self, rows: Block) -> dict[int, tuple[str, str]]:
        """Position → (column, reason) of the rows that cannot be stored."""
        if self.spec is ledger.ORGANIZATIONS:
            problems = {at: (column, why) for at in range(len(rows)) for column, why in self._rulebook(rows.row(at))}
            named = enumerate(_organizations(rows))
            self.organizations |= {organization for at, organization in named if at not in problems}
            return problems
        if not self.spec.by_organization or self.organizations.issuperset(_organizations(rows)):
            return {}
        reason = "機関コード「{}」は機関の表にありません。先に機関の表（機関コード・機関名・規程）を取り込むか、規程（--rulebook）を指定してください。"
        return {
            at: ("organization", reason.format(organization))
            for at, organization in enumerate(_organizations(rows))
            if organization not in self.organizations
        }

    def _rulebook(self, row: Row) -> Iterator[tuple[str, str]]:
        """(column, reason) where an organization's rulebook is not known."""
        rulebook = str(row.values["rulebook"])
        if rulebook not in self.rulebooks:
            near = nearest(rulebook, self.rulebooks)
            more = f"近いもの：{near}。" if near else f"あるもの：{'、'.join(self.rulebooks)}。"
            yield "rulebook", f"規程「{rulebook}」はありません。{more}"

    def _shape(self, columns: tuple[str, ...]) -> Shape:
        if columns not in self.shapes:
            self.shapes[columns] = Shape(self.connection, self.table, self.spec, columns)
        return self.shapes[columns]

    def _quarantine(self, rows: Sequence[BadRow]) -> None:
        """But those that a person has set aside when the file was read before: they are in there."""
        if self.again and self.returned is None:
            others, maybe = self.again.parted(rows)
            self.maybe += maybe
            self._put_aside(len(rows) - len(others) - len(maybe))
            rows = others
        self._hold(rows)

    def _put_aside(self, count: int) -> None:
        self.set_aside += count
        self.counts.unchanged += count

    def _hold(self, rows: Sequence[BadRow]) -> None:
        self.counts.quarantined += len(rows)
        if self.whole:
            self.whole.missed(self.connection, self.spec, self.import_id, rows)
        if self.spec is ledger.REGISTER_ROWS:
            for row in rows:
                self.unread.setdefault(row.organization, set()).add(row.row_key)
        held = rows if self.returned is None else [row for row in rows if not self._kept(self.returned, row)]
        quarantine.hold(self.connection, self.import_id, self.part.source, held)

    # --- rows that come back from quarantine -----------------------------------------------------------------------

    def _numbered(self) -> Iterator[Row | BadRow]:
        """The rows, their numbers noted and taken off: they are no facts of a contract."""
        for row in self.part.rows:
            mark = (row.cells if isinstance(row, BadRow) else row.other).get(MARK, "")
            if mark:
                self.marks[row.line] = mark
            if isinstance(row, BadRow):
                yield row
            else:
                yield row._replace(other={name: text for name, text in row.other.items() if name != MARK})

    def _kept(self, returned: quarantine.Returned, row: BadRow) -> bool:
        """Whether a row that is still bad waits already, or nobody has touched it since it could be read."""
        self.bad.add(row.line)
        mark = self.marks.get(row.line) or quarantine.mark_of(self.part.source, row)
        if row.column == DEED:
            now = returned.do(self.import_id, self.part.source, mark, row)
            if now is not quarantine.Now.WAITS:
                self.counts.quarantined -= 1
                self._put_aside(1)
                self.set_aside -= now is quarantine.Now.READ
            return True
        if returned.id_of(mark) is not None:
            returned.keep(self.import_id, mark, replace(row, cells={**row.cells, MARK: mark}))
            return True
        if row.reason == UNTOUCHED and returned.is_over(mark):
            self.counts.quarantined -= 1
            self.counts.unchanged += 1
            return True
        return False

    def _close(self, returned: quarantine.Returned) -> None:
        """What could be read waits no longer."""
        good = [mark for line, mark in self.marks.items() if line not in self.bad]
        for held in filter(None, map(returned.aside, good)):
            aside.take_back(self.connection, self.import_id, held, read=True)
        found = map(returned.id_of, good)
        quarantine.settle(self.connection, self.import_id, gone=(), read=[one for one in found if one is not None])

    # --- rows that can ---------------------------------------------------------------------------------------------

    def _store(self, rows: Encoded) -> dict[int, tuple[int, str]]:
        """Store rows but those that repeat a row of this file: position → (line, content) of the first one.

        Where nothing was held of the rows' organizations when this part began, the table's primary key is the judge of
        what repeats; what it refuses is then looked up.
        """
        noted = (rows.shown, rows.block.lines, rows.content)
        organizations = _organizations(rows.block)
        new = all(self._new(organization) for organization in set(organizations))
        stored = self._insert(rows, rows.bound) if new else 0
        if stored == len(rows.bound):
            self.seen.note(noted)
            repeated = {}
        else:
            repeated = self.seen.add(noted)
        first = [at for at in range(len(rows.bound)) if at not in repeated] if repeated else range(len(rows.bound))
        if not new:
            self._upsert(rows, first)
        elif stored == len(first):
            self.counts.added += stored
            self.touched |= {organizations[at] for at in first} if repeated else set(organizations)
        else:  # never: rows would be lost
            raise AssertionError(f"{stored} of {len(first)} rows were stored")
        if self.waits:
            self._settle(rows, first)
        return repeated

    def _upsert(self, rows: Encoded, positions: Sequence[int]) -> None:
        """Each row is added, changed or found as it was."""
        keys, digests, organizations = rows.bound_keys(), rows.digests, _organizations(rows.block)
        maybe = [keys[at] for at in positions if not self._new(organizations[at])]
        held = encoded.digests(self.connection, self.table, maybe) if maybe else {}
        other = [
            keys[at] for at in positions if held.get(keys[at], digests[at]) != digests[at] and not self.part.new_only
        ]
        before = encoded.rows(self.connection, self.table, other) if other else {}
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
                history.append(past(self.part.table, key, held_row, self.import_id))
            else:
                continue
            self.touched.add(organizations[at])
        self.counts.added += len(added)
        self.counts.changed += len(changed)
        self.counts.unchanged += len(positions) - len(added) - len(changed)
        if added and self._insert(rows, added) != len(added):
            raise AssertionError("a row was not stored")
        self._change(changed, history)

    def _list(self, rows: Block) -> None:
        """What each register lists, and of which day it is."""
        names = ("register", "entry", "edition_on", "published_on")
        for organization, register, entry, *days in zip(_organizations(rows), *map(rows.column, names), strict=True):
            mine = organization, str(register)
            self.listed.setdefault(mine, set()).add(str(entry))
            for day in [day for day in days if isinstance(day, date)][:1]:
                self.editions[mine] = max(day, self.editions.get(mine, day))

    def _drop(self) -> None:
        """Rows of a register that was read again under its name, and lists them no more. They stay: they were published.

        Where a row could not be read nobody knows which it is: none is gone then. An older edition says nothing of newer ones.
        """
        table = self.table.c
        unnamed = self.unread.get("", set())
        for (organization, register), entries in sorted(self.listed.items()):
            unread = self.unread.get(organization, set())
            if unnamed or "" in unread:
                continue
            mine = [table.organization == organization, table.register == register, table.dropped.is_not(True)]
            if (day := self.editions.get((organization, register))) is not None:
                mine.append(or_(table.edition_on.is_(None), table.edition_on <= day))
            gone = sorted(set(self.connection.scalars(select(table.entry).where(*mine))) - entries - unread)
            if gone:
                columns: list[Sequence[Value]] = [[organization] * len(gone), gone, [True] * len(gone)]
                rows = Block(self.part.table, ("organization", "entry", "dropped"), range(len(gone)), columns)
                counts, self.counts = self.counts, Counts()  # they are no rows of this file
                self._upsert(self._shape(rows.names).encode(rows), range(len(gone)))
                self.counts = counts

    def _settle(self, rows: Encoded, positions: Sequence[int]) -> None:
        """Rows that waited from another file wait no longer."""
        keys = [quarantine.key_of(self.spec, self.key, key) for key in rows.bound_keys()]
        read = [id_ for at in positions for id_ in self.waits.pop(keys[at], ())]
        quarantine.settle(self.connection, self.import_id, gone=(), read=read)

    def _new(self, organization: str) -> bool:
        """Whether there can be nothing of a row: when this part began, nothing of its organization was held."""
        if organization not in self.empty:
            mine = [self.table.c.organization == organization] if self.spec.by_organization else []
            query = select(self.table.c.import_id).where(*mine).limit(1)
            self.empty[organization] = self.connection.scalar(query) is None
        return self.empty[organization]

    def _insert(self, rows: Encoded, bound: Sequence[tuple[Any, ...]]) -> int:
        return rows.shape.insert(bound, self._column_set(rows.shape.column_set), self.import_id)

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
        """The row to store: what this source says, over what is known of the columns that it does not have.

        An edition of a register that is older than what is known says only what is not known yet.
        """
        before = standing(before)
        known = set(row.values)
        earlier = {name for names, id_ in self.column_sets.items() if id_ == before["known"] for name in names.split()}
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
        if self.spec.by_organization and self.spec not in (ledger.ORGANIZATIONS, ledger.VENDOR_DECISIONS):
            table = schema.data_versions
            self.connection.execute(
                update(table).where(table.c.organization.in_(sorted(bodies))).values(read_at=self.now)
            )


def _blocks(rows: Iterator[Row | BadRow]) -> Iterator[Block]:
    """What intake reads in blocks as it comes, the rest some at a time."""
    if isinstance(rows, Blocks):
        yield from rows.blocks
    else:
        while some := list(islice(rows, BATCH)):
            yield Block(some[0].table, (), [], [], apart=some)


def _alike(block: Block) -> Iterator[Block]:
    """The rows that could be read, in blocks of rows with the same columns."""
    good = (row for row in block.rows() if isinstance(row, Row))
    return (Block.of(list(rows)) for _, rows in groupby(good, lambda row: tuple(row.values)))


def _organizations(rows: Block) -> list[str]:
    return [str(organization or "") for organization in rows.column("organization")]


def _key_part(value: Any) -> Any:
    return "" if value is None else value


def _shown_key(key: Iterable[Any]) -> str:
    return " / ".join(str(part) for part in key)


def _bad(row: Row, spec: ledger.Table, column: str, reason: str) -> BadRow:
    # as it was understood, not as it was written: a layout or a mapping has read it (千円), and nobody will again
    cells = {name: canonical(value) for name, value in row.values.items()}
    key = _shown_key(_key_part(row.values.get(name)) for name in spec.key)
    heading = spec.by_name[column].heading
    organization = str(row.values.get("organization") or "")
    return BadRow(
        spec.name,
        row.line,
        heading,
        row.original.get(column, cells.get(column, "")),
        reason,
        {**cells, **row.other},
        organization,
        key,
    )
