"""What each check of each organization cost: the ledger of runs shows where the time goes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evaluations", sa.Column("seconds", sa.Float()))


def downgrade() -> None:
    op.drop_column("evaluations", "seconds")
