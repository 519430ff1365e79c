"""0002: what customers have used."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables of usage."""
    op.create_table(
        "usage_series",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True
        ),
        sa.Column("book", sa.Integer(), nullable=False),
        sa.Column("customer", ID, nullable=False),
        sa.Column("meter", ID, nullable=False),
        sa.Column("dimensions", TEXT, nullable=False),
    )
    op.create_index(
        "u_usage_series", "usage_series", ["book", "customer", "meter", "dimensions"], unique=True
    )
    create_events("usage_fresh")
    create_events("usage_event")
    create_events("usage_canceled", sa.Column("canceled_at", sa.BigInteger(), nullable=False))
    create_identifiers("usage_fresh_identifier")
    create_identifiers("usage_identifier")
    op.create_table(
        "usage_hour",
        sa.Column("series", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("hour", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.BigInteger(), nullable=False),
        sa.Column("fraction", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )


def create_events(name: str, *more: sa.Column[int]) -> None:
    """Create a table of events."""
    op.create_table(
        name,
        sa.Column("series", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("timestamp", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("whole", sa.BigInteger(), nullable=False),
        sa.Column("fraction", sa.BigInteger(), nullable=False),
        *more,
        sqlite_with_rowid=False,
    )


def create_identifiers(name: str) -> None:
    """Create a table of the identifiers that were received."""
    op.create_table(
        name,
        sa.Column("digest", ID, primary_key=True),
        sa.Column("series", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop the tables of usage."""
    for name in (
        "usage_hour", "usage_identifier", "usage_fresh_identifier", "usage_canceled",
        "usage_event", "usage_fresh", "usage_series",
    ):  # fmt: skip
        op.drop_table(name)
