"""On which day the standing findings of a check were last seen: kept for the check, no longer for each of them.

And indexes for what a day asks of all findings, whose rows are long.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seen",
        sa.Column("organization", sa.String(length=64), nullable=False),
        sa.Column("check_id", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "check_id", name=op.f("pk_seen")),
    )
    op.create_index("ix_findings_state", "findings", ["state", "check_id", "severity", "late", "due_on"])
    op.drop_index("ix_finding_events_planned", table_name="finding_events")
    op.create_index("ix_finding_events_planned", "finding_events", ["planned", "finding_id"])
    told = sa.text("told IS NOT NULL")
    op.create_index("ix_findings_told", "findings", ["state"], sqlite_where=told, postgresql_where=told)


def downgrade() -> None:
    for name in ("told", "state"):
        op.drop_index(f"ix_findings_{name}", table_name="findings")
    op.drop_index("ix_finding_events_planned", table_name="finding_events")
    op.create_index("ix_finding_events_planned", "finding_events", ["planned"])
    op.drop_table("seen")
