"""How many findings a check gave, beside how much it judged: what later checks and runs compare with."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evaluations", sa.Column("found", sa.Integer(), nullable=False, server_default="0"))
