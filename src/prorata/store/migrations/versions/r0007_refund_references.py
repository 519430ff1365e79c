"""0007: references of reported refunds, each of one refund."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NAME = "doc_prorata_refund_reference"
PAGE = 1_000


def upgrade() -> None:
    """Create the table of references, with those that payment records have.

    Where several records had the same one, it stays the first one's.
    """
    table = op.create_table(
        NAME,
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", ID, primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("clock", ID),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("deleted", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("reference", TEXT),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("private", sa.Text()),
    )
    op.create_index(f"u_{NAME}_reference", NAME, ["book", "reference"], unique=True)
    found = op.get_bind().execute(
        sa.text(
            "SELECT book, id, created, bucket, document, private FROM doc_payment_record"
            """ WHERE private LIKE '%"refunds"%' ORDER BY book, id"""
        )
    )
    seen: set[tuple[int, str]] = set()
    for rows in found.partitions(PAGE):
        made = [each for row in rows for each in _named(tuple(row), seen)]
        if made:
            op.bulk_insert(table, made)


def downgrade() -> None:
    """Drop the table of references."""
    op.drop_table(NAME)


def _named(row: tuple[Any, ...], seen: set[tuple[int, str]]) -> list[dict[str, Any]]:
    """Return the rows of the references of a payment record that no other one has."""
    book, record, created, bucket, text, private = row
    livemode, made = json.loads(text)["livemode"], []
    for place, refund in enumerate(json.loads(private).get("refunds", ())):
        reference = refund["reference"]
        if (book, reference) in seen:
            continue
        seen.add((book, reference))
        id = f"rref_{record.partition('_')[2]}_{place}"
        document = {
            "object": "prorata.refund_reference", "id": id, "created": created,
            "livemode": livemode, "payment_record": record, "reference": reference,
        }  # fmt: skip
        made.append({
            "book": book, "id": id, "revision": 1, "created": created, "bucket": bucket,
            "deleted": 0, "reference": reference,
            "document": json.dumps(document, separators=(",", ":"), ensure_ascii=False),
        })  # fmt: skip
    return made
