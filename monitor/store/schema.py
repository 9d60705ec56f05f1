"""The tables of the contract database. Yen are BIGINT, dates are dates, times are UTC.

The ledger's tables follow checks/ledger.py; each row carries its digest, the set of columns that its source had and the
original text of the cells that were read as something else.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.types import JSON

from checks import ledger
from checks.ledger import Kind


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite would drop the zone without a word."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Refuse times without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # same
        """Give the zone back."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_Id = BigInteger().with_variant(Integer, "sqlite")
_TYPES: dict[Kind, Any] = {
    Kind.TEXT: Text,
    Kind.LINES: Text,
    Kind.NUMBER_13: Text,
    Kind.PERCENT: String(32),
    Kind.YEN: BigInteger,
    Kind.COUNT: Integer,
    Kind.DATE: Date,
    Kind.YES_NO: Boolean,
}

imports = Table(  # each file that was read
    "imports",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("source", Text, nullable=False),  # the file's name as given, with the sheet or member
    Column("layout", String(32), nullable=False),
    Column("imported_at", UtcTime, nullable=False),
    Column("counts", JSON, nullable=False),  # read, added, changed, unchanged, quarantined
)

column_sets = Table(  # which columns a row's source had: an absent column is unknown, a blank cell is blank
    "column_sets",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("table_name", String(32), nullable=False),
    Column("columns", Text, nullable=False),  # names, sorted, joined by spaces
    UniqueConstraint("table_name", "columns"),
)


def _ledger(table: ledger.Table) -> Table:
    key = (("organization",) if table.by_organization else ()) + table.key
    columns = [
        Column(
            column.name,
            # a key's part is never NULL: blank is ''
            String(column.longest) if column.name in key and column.kind is not Kind.DATE else _TYPES[column.kind],
            primary_key=column.name in key,
            nullable=column.name not in key,
        )
        for column in table.columns
    ]
    return Table(
        table.name,
        metadata,
        *columns,
        Column("other", JSON),  # columns that the format does not know: heading → text
        Column("original", JSON),  # column → the cell's text, where it was read as something else
        Column("known", _Id, ForeignKey("column_sets.id"), nullable=False),
        Column("digest", String(64), nullable=False),
        Column("import_id", _Id, ForeignKey("imports.id"), nullable=False),
    )


LEDGER: dict[str, Table] = {table.name: _ledger(table) for table in ledger.TABLES.values()}

row_history = Table(  # the earlier state of a row that an import has changed
    "row_history",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("table_name", String(32), nullable=False),
    Column("organization", String(64), nullable=False),
    Column("row_key", Text, nullable=False),
    Column("replaced_by", _Id, ForeignKey("imports.id"), nullable=False),
    Column("state", JSON, nullable=False),
    Index("ix_row_history_row", "table_name", "organization", "row_key"),
)

quarantine = Table(  # rows that could not be read, whole, with the reason
    "quarantine",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("import_id", _Id, ForeignKey("imports.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("table_name", String(32), nullable=False),
    Column("line", Integer, nullable=False),
    Column("organization", String(64), nullable=False),  # '' where it could not be read
    Column("row_key", Text, nullable=False),  # '' where it could not be read
    Column("column_name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("reason", Text, nullable=False),  # in Japanese
    Column("cells", JSON, nullable=False),  # heading → text, the whole row
    Column("closed_by", _Id, ForeignKey("imports.id")),  # the import that read the row after all, or set it aside
    Column("set_aside", Text),  # why a person has said that it is no contract; None: nobody has
    Index("ix_quarantine_source", "source"),
)

data_versions = Table(  # what the last import did to an organization's rows: the incremental run's question
    "data_versions",
    metadata,
    Column("organization", String(64), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("read_at", UtcTime),  # when a file last spoke of this organization, changed or not; None: before we kept it
)

runs = Table(  # the ledger of runs
    "runs",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("job", String(16), nullable=False),  # run, digest
    Column("period", String(32)),  # the scheduled time it stands for, ISO; None when started by hand
    Column("as_of", Date, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("status", String(16), nullable=False),  # running, done, partial, failed, crashed
    Column("counts", JSON, nullable=False),
    UniqueConstraint("job", "period"),
)

evaluations = Table(  # the answers of each check for each organization, whenever it was asked; the last run's counts
    "evaluations",
    metadata,
    Column("organization", String(64), primary_key=True),
    Column("check_id", String(64), primary_key=True),
    Column("run_id", _Id, ForeignKey("runs.id"), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("status", String(16), nullable=False),  # done, error, stale
    Column("error", Text),
    Column("basis", String(64), nullable=False),  # digest of rulebook, parameters and the check's version
    Column("data_version", BigInteger, nullable=False),
    Column("next_on", Date),
    Column("judged", Integer, nullable=False),
    Column("found", Integer, nullable=False, server_default="0"),
    Column("not_judged", JSON, nullable=False),  # [[reason, what, count], …]
    Column("tally", JSON(none_as_null=True)),  # checks.finding.Tally as objects; NULL where a check has none
    Column("seconds", Float),  # CPU seconds that the check took; NULL where nobody measured
)

findings = Table(
    "findings",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("check_id", String(64), nullable=False),
    Column("organization", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("keys", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("unknown", Boolean, nullable=False),  # the check could not answer in the last run
    Column("severity", String(8), nullable=False),
    Column("due_on", Date),
    Column("late", Boolean, nullable=False, server_default=false()),  # that its date has passed is on record
    Column(
        "decision", JSON(none_as_null=True)
    ),  # what a person said last: by, reason, action, until, on, source and what it was said of
    Column("revision", Integer, nullable=False, server_default="0"),  # how many decisions so far
    Column(
        "told", JSON(none_as_null=True)
    ),  # of this episode: since, last (dates), times, level of escalation; not in the chain
    Column("step", Integer, nullable=False),
    Column("first_seen", Date, nullable=False),
    Column("last_seen", Date, nullable=False),  # or later: by ``seen``, while it stands and its check can answer
    Column("facts", JSON, nullable=False),  # the finding as the check said it
    Column("facts_digest", String(64), nullable=False),
    UniqueConstraint("check_id", "organization", "subject"),
    # what is asked every day of all findings lies beside them: a row with its facts is kilobytes
    Index("ix_findings_state", "state", "check_id", "severity", "late", "due_on"),
)
_IS_TOLD = findings.c.told.is_not(None)
Index("ix_findings_told", findings.c.state, sqlite_where=_IS_TOLD, postgresql_where=_IS_TOLD)

seen = Table(  # the last date on which a check was asked of an organization, or its answer could not have changed
    "seen",
    metadata,
    Column("organization", String(64), primary_key=True),
    Column("check_id", String(64), primary_key=True),
    Column("as_of", Date, nullable=False),
)

finding_events = Table(  # append-only; each entry carries the hash of the one before
    "finding_events",
    metadata,
    Column("seq", _Id, primary_key=True),
    Column("finding_id", String(16), ForeignKey("findings.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("run_id", _Id, ForeignKey("runs.id")),
    Column("recorded_at", UtcTime, nullable=False),
    Column("data", JSON, nullable=False),  # state, severity, due_on, reason, facts where they are new
    Column("hash", String(64), nullable=False),
    Column("planned", Boolean, nullable=False),  # its message is in the outbox, or it needs none; not hashed
    Index("ix_finding_events_finding", "finding_id"),
    Index("ix_finding_events_planned", "planned", "finding_id"),
)

holds = Table(  # messages that wait until a person releases them; the findings are kept
    "holds",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("organization", String(64), nullable=False),
    Column("check_id", String(64), nullable=False),  # '' is every check
    Column("reason", String(16), nullable=False),  # monitor/findings/holds.py says what each means
    Column("placed_on", Date, nullable=False),
    Column("run_id", _Id, ForeignKey("runs.id"), nullable=False),
    Column("found", Integer, nullable=False),  # findings at the time
    Column("released_on", Date),
    Column("released_by", Text),
    Column("released_how", String(16)),  # told, known
    Index("ix_holds_released_on", "released_on"),
)

outbox = Table(  # messages: planned once, delivered from here, archived here
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True),
    Column(
        "key", String(200), nullable=False, unique=True
    ),  # alert:<first event>-<last>:<audience>, digest:<week>:<audience>, notice:<what>:<audience>
    Column("channel", String(64), nullable=False),
    Column("audience", String(64), nullable=False, server_default=""),  # the contact of the settings that is told
    Column("kind", String(16), nullable=False),  # alert, digest, notice
    Column("urgent", Boolean, nullable=False, server_default=false()),  # goes out in quiet hours too
    Column("reported", Boolean, nullable=False, server_default=false()),  # the maintainers know that it did not arrive
    Column("message", JSON, nullable=False),  # subject, text, html, blocks
    Column("status", String(16), nullable=False),  # monitor/alerts/outbox.py says what each means
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcTime),
    Column("lease_until", UtcTime),
    Column("provider_ref", Text),
    Column("error", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    Index("ix_outbox_status", "status"),
)

tellings = Table(  # which message told of which finding, written out or only counted: who was told what when
    "tellings",
    metadata,
    Column("outbox_id", _Id, ForeignKey("outbox.id"), primary_key=True),
    Column("finding_id", String(16), ForeignKey("findings.id"), primary_key=True),
    Column("topic", String(16), nullable=False),  # monitor/alerts/news.py: Topic
    Column("shown", Boolean, nullable=False),
    Index("ix_tellings_finding", "finding_id"),
)
