"""What people have said of two vendors whose names are alike."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "vendor_decisions",
        sa.Column("organization", sa.String(length=64), nullable=False),
        sa.Column("vendor", sa.String(length=1000), nullable=False),
        sa.Column("vendor_number", sa.String(length=1000), nullable=False),
        sa.Column("other_vendor", sa.String(length=1000), nullable=False),
        sa.Column("other_number", sa.String(length=1000), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("other", sa.JSON(), nullable=True),
        sa.Column("original", sa.JSON(), nullable=True),
        sa.Column("known", _ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("import_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_vendor_decisions_import_id_imports")),
        sa.ForeignKeyConstraint(["known"], ["column_sets.id"], name=op.f("fk_vendor_decisions_known_column_sets")),
        sa.PrimaryKeyConstraint(
            "organization",
            "vendor",
            "vendor_number",
            "other_vendor",
            "other_number",
            name=op.f("pk_vendor_decisions"),
        ),
    )


def downgrade() -> None:
    op.drop_table("vendor_decisions")
