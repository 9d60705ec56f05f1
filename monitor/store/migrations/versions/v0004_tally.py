"""How all contracts of a class and period stand, beside the findings: what the digest's table of publications shows."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evaluations", sa.Column("tally", sa.JSON()))


def downgrade() -> None:
    op.drop_column("evaluations", "tally")
