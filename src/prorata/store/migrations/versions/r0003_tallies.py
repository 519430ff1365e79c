"""0003: what was tried, and how often it succeeded."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table of tallies."""
    op.create_table(
        "tally",
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("clock", ID, primary_key=True),
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("part", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("slot", TEXT, primary_key=True),
        sa.Column("tried", sa.BigInteger(), nullable=False),
        sa.Column("won", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop the table of tallies."""
    op.drop_table("tally")
