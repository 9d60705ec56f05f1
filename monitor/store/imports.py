"""Writing what intake has read: each row added, changed, unchanged or in quarantine; nothing dropped, nothing doubled.

Importing the same file again changes nothing. How a row is merged with what is held of it: tables.py.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from checks import ledger
from monitor.intake.rows import BadRow, Block, Blocks, Part, Row, canonical
from monitor.problems import nearest
from monitor.store import aside, quarantine, schema
from monitor.store.editions import Listed
from monitor.store.encoded import Encoded
from monitor.store.engine import inserted
from monitor.store.replacing import Whole, replaces
from monitor.store.returning import Returning, Still
from monitor.store.seen import Seen
from monitor.store.tables import LedgerTable, key_part, organizations

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
        self.connection, self.part, self.now = connection, part, now
        self.rulebooks, self.counts, self.seen = rulebooks, counts, seen
        values = {"source": part.source, "layout": part.layout, "imported_at": now, "counts": {}}
        self.import_id = inserted(connection, schema.imports, values)
        self.table = LedgerTable(connection, part.table, self.import_id, new_only=part.new_only)
        self.spec = self.table.spec
        self.waits = quarantine.elsewhere(connection, part.source, part.table)
        self.listed = Listed() if self.spec is ledger.REGISTER_ROWS else None
        self.whole: Whole | None = None
        self.returning = Returning(connection, part, self.import_id) if part.returned else None
        self.again = aside.Again(connection, part.source, part.table)
        self.maybe: list[BadRow] = []  # rows that may have been set aside: told when all others are known
        self.set_aside = 0
        self.organizations = set(connection.scalars(select(schema.LEDGER["organizations"].c.organization)))

    def write(self, progress: Callable[[int], None]) -> None:
        """All rows, then what they mean for the import, the quarantine and the organizations."""
        connection = self.connection
        bodies = {""}  # of whom this file speaks; two bodies' files may bear one name
        for block in _blocks(self.returning.rows() if self.returning else self.part.rows):
            bad = [row for row in block.apart if isinstance(row, BadRow)]
            bodies |= {row.organization for row in bad}
            self._quarantine(bad)
            for rows in [block] if len(bad) == len(block.apart) else _alike(block):
                if len(rows):
                    bodies |= set(organizations(rows))
                    self._take(rows)
            self.counts.read += len(block) + len(block.apart)
            progress(len(block) + len(block.apart))
        late = self.again.moved(self.maybe)
        self._put_aside(len(self.maybe) - len(late))
        self._hold(late)
        if self.returning:
            self.returning.close()
        else:
            for gone in self.listed.dropped(connection) if self.listed else ():
                self.table.upsert(self.table.encode(gone), range(len(gone)))  # uncounted: no rows of this file
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
            good = rows.take(fine) if problems else rows
            if self.listed:
                self.listed.note(good)
            known = self.table.encode(good)
            if self.whole:
                self.whole.note(self.connection, self.spec, self.import_id, good, known.shown)
            for position, (line, content) in self._store(known).items():
                if known.content[position] == content:
                    self.counts.unchanged += 1  # the same row twice in one file
                else:
                    reason = f"同じ行（{_shown_key(known.keys()[position])}）が{line}行目にあり、内容が異なります。{line}行目を取り込みました。"
                    problems[fine[position]] = self.table.key[-1], reason
        self._quarantine([_bad(rows.row(at), self.spec, *problems[at]) for at in sorted(problems)])

    # --- rows that cannot be stored --------------------------------------------------------------------------------

    def _problems(self, rows: Block) -> dict[int, tuple[str, str]]:
        """Position → (column, reason) of the rows that cannot be stored."""
        if self.spec is ledger.ORGANIZATIONS:
            problems = {at: (column, why) for at in range(len(rows)) for column, why in self._rulebook(rows.row(at))}
            named = enumerate(organizations(rows))
            self.organizations |= {organization for at, organization in named if at not in problems}
            return problems
        if not self.spec.by_organization or self.organizations.issuperset(organizations(rows)):
            return {}
        reason = "機関コード「{}」は機関の表にありません。先に機関の表（機関コード・機関名・規程）を取り込むか、規程（--rulebook）を指定してください。"
        return {
            at: ("organization", reason.format(organization))
            for at, organization in enumerate(organizations(rows))
            if organization not in self.organizations
        }

    def _rulebook(self, row: Row) -> Iterator[tuple[str, str]]:
        """(column, reason) where an organization's rulebook is not known."""
        rulebook = str(row.values["rulebook"])
        if rulebook not in self.rulebooks:
            near = nearest(rulebook, self.rulebooks)
            more = f"近いもの：{near}。" if near else f"あるもの：{'、'.join(self.rulebooks)}。"
            yield "rulebook", f"規程「{rulebook}」はありません。{more}"

    def _quarantine(self, rows: Sequence[BadRow]) -> None:
        """But those that a person has set aside when the file was read before: they are in there."""
        if self.again and self.returning is None:
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
        if self.listed:
            self.listed.missed(rows)
        if self.returning:
            known = [(row, self.returning.still(row)) for row in rows]
            over, apart = (sum(still is one for _, still in known) for one in (Still.OVER, Still.ASIDE))
            self.counts.quarantined -= over + apart
            self.counts.unchanged += over
            self._put_aside(apart)
            rows = [row for row, still in known if still is Still.NEW]
        quarantine.hold(self.connection, self.import_id, self.part.source, rows)

    # --- rows that can ---------------------------------------------------------------------------------------------

    def _store(self, rows: Encoded) -> dict[int, tuple[int, str]]:
        """Store rows but those that repeat a row of this file: position → (line, content) of the first one.

        Where nothing was held of the rows' organizations when this part began, the table's primary key is the judge of
        what repeats; what it refuses is then looked up.
        """
        noted = (rows.shown, rows.block.lines, rows.content)
        bodies = organizations(rows.block)
        new = all(self.table.is_new(organization) for organization in set(bodies))
        stored = self.table.insert(rows, rows.bound) if new else 0
        if stored == len(rows.bound):
            self.seen.note(noted)
            repeated = {}
        else:
            repeated = self.seen.add(noted)
        first = [at for at in range(len(rows.bound)) if at not in repeated] if repeated else range(len(rows.bound))
        if not new:
            done = self.table.upsert(rows, first)
            self.counts.added += done.added
            self.counts.changed += done.changed
            self.counts.unchanged += done.unchanged
        elif stored == len(first):
            self.counts.added += stored
            self.table.touched |= {bodies[at] for at in first} if repeated else set(bodies)
        else:  # never: rows would be lost
            raise AssertionError(f"{stored} of {len(first)} rows were stored")
        if self.waits:
            self._settle(rows, first)
        return repeated

    def _settle(self, rows: Encoded, positions: Sequence[int]) -> None:
        """Rows that waited from another file wait no longer."""
        keys = [quarantine.key_of(self.spec, self.table.key, key) for key in rows.bound_keys()]
        read = [id_ for at in positions for id_ in self.waits.pop(keys[at], ())]
        quarantine.settle(self.connection, self.import_id, gone=(), read=read)

    # --- what the incremental run must know ------------------------------------------------------------------------

    def _bump(self) -> None:
        """Tell the incremental run whose data moved; a shared table moves everybody's."""
        touched = self.organizations if "" in self.table.touched else self.table.touched
        table = schema.data_versions
        held = set(self.connection.scalars(select(table.c.organization)))
        for organization in sorted(touched):
            if organization in held:
                mine = table.c.organization == organization
                self.connection.execute(update(table).where(mine).values(version=self.import_id))
            else:
                values = {"organization": organization, "version": self.import_id}
                self.connection.execute(insert(table).values(values))

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


def _shown_key(key: Iterable[Any]) -> str:
    return " / ".join(str(part) for part in key)


def _bad(row: Row, spec: ledger.Table, column: str, reason: str) -> BadRow:
    # as it was understood, not as it was written: a layout or a mapping has read it (千円), and nobody will again
    cells = {name: canonical(value) for name, value in row.values.items()}
    key = _shown_key(key_part(row.values.get(name)) for name in spec.key)
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
