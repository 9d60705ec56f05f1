"""On which day the standing findings of a check were last seen: kept for the check, no longer for each of them."""

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


def downgrade() -> None:
    op.drop_table("seen")
