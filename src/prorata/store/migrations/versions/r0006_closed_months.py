"""0006: months that are closed, and retries counted by their time."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
PERIOD = "doc_prorata_accounting_period"
# Seconds of a span that retries are counted in; what was counted before is taken for new.
EPOCH = 7_776_000
_NOW = {
    "sqlite": "CAST(strftime('%s', 'now') AS integer)",
    "postgresql": "CAST(extract(epoch FROM now()) AS bigint)",
}


def upgrade() -> None:
    """Create the tables of closed months, and give every tally the span that it is of."""
    op.create_table(
        PERIOD,
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", ID, primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("clock", ID),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("deleted", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("status", TEXT),
        sa.Column("period_key", TEXT),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("private", sa.Text()),
    )
    op.create_index(f"u_{PERIOD}_period_key", PERIOD, ["book", "period_key"], unique=True)
    op.create_table(
        "closed_usage",
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("line", ID, primary_key=True),
        sa.Column("until", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("period", ID, nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    now = f"{_NOW[op.get_bind().dialect.name]} / {EPOCH}"
    _remake_tallies([sa.Column("epoch", sa.Integer(), primary_key=True, autoincrement=False)])
    op.execute(
        "INSERT INTO tally (book, clock, name, part, slot, epoch, tried, won)"
        f" SELECT book, clock, name, part, slot, {now}, tried, won FROM former_tally"
    )
    op.drop_table("former_tally")


def downgrade() -> None:
    """Drop the tables of closed months, and count all tallies together."""
    op.drop_table("closed_usage")
    op.drop_table(PERIOD)
    _remake_tallies([])
    op.execute(
        "INSERT INTO tally (book, clock, name, part, slot, tried, won)"
        " SELECT book, clock, name, part, slot, SUM(tried), SUM(won) FROM former_tally"
        " GROUP BY book, clock, name, part, slot"
    )
    op.drop_table("former_tally")


def _remake_tallies(more: list[sa.Column[int]]) -> None:
    op.rename_table("tally", "former_tally")
    op.create_table(
        "tally",
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("clock", ID, primary_key=True),
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("part", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("slot", TEXT, primary_key=True),
        *more,
        sa.Column("tried", sa.BigInteger(), nullable=False),
        sa.Column("won", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
