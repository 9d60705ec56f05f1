"""公表簿: the rows of published registers, beside the ledger that they are held against."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "register_rows",
        sa.Column("organization", sa.String(length=64), nullable=False),
        sa.Column("entry", sa.String(length=128), nullable=False),
        sa.Column("register", sa.Text(), nullable=True),
        sa.Column("contract_id", sa.Text(), nullable=True),
        sa.Column("row_kind", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("estimated_price", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("unit_price", sa.Boolean(), nullable=True),
        sa.Column("vendors", sa.Text(), nullable=True),
        sa.Column("vendor_numbers", sa.Text(), nullable=True),
        sa.Column("nondisclosure", sa.Text(), nullable=True),
        sa.Column("medium", sa.Text(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("edition_on", sa.Date(), nullable=True),
        sa.Column("dropped", sa.Boolean(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("other", sa.JSON(), nullable=True),
        sa.Column("original", sa.JSON(), nullable=True),
        sa.Column("known", number, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("import_id", number, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_register_rows_import_id_imports")),
        sa.ForeignKeyConstraint(["known"], ["column_sets.id"], name=op.f("fk_register_rows_known_column_sets")),
        sa.PrimaryKeyConstraint("organization", "entry", name=op.f("pk_register_rows")),
    )


def downgrade() -> None:
    op.drop_table("register_rows")
