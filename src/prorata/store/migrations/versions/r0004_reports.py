"""0004: reports that were asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
NAME = "doc_reporting_report_run"


def upgrade() -> None:
    """Create the table of report runs."""
    op.create_table(
        NAME,
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", ID, primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("clock", ID),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("deleted", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("private", sa.Text()),
    )
    waiting = sa.text("due_at IS NOT NULL")
    op.create_index(
        f"i_{NAME}_due",
        NAME,
        ["clock", "due_at", "bucket"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    """Drop the table of report runs."""
    op.drop_table(NAME)
