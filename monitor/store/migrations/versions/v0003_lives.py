"""Findings that live: decisions, holds, who was told of what; messages by audience; when a ledger was last read."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("data_versions", sa.Column("read_at", UtcTime()))
    op.add_column("findings", sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE findings SET late = (due_on IS NOT NULL AND due_on < last_seen)")  # they have been told
    op.add_column("findings", sa.Column("decision", sa.JSON()))
    op.add_column("findings", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("findings", sa.Column("told", sa.JSON()))
    op.add_column("outbox", sa.Column("audience", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("outbox", sa.Column("reported", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE outbox SET audience = channel")
    op.create_table(
        "holds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("organization", sa.String(length=64), nullable=False),
        sa.Column("check_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("released_how", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_holds_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_released_on", "holds", ["released_on"])
    op.create_table(
        "tellings",
        sa.Column("outbox_id", _ID, nullable=False),
        sa.Column("finding_id", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=16), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_tellings_outbox_id_outbox")),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name=op.f("fk_tellings_finding_id_findings")),
        sa.PrimaryKeyConstraint("outbox_id", "finding_id", name=op.f("pk_tellings")),
    )
    op.create_index("ix_tellings_finding", "tellings", ["finding_id"])
