"""0008: charges that lapse unless they are captured."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NAME = "doc_charge"
WAITING = sa.text("due_at IS NOT NULL")
PAGE = 1_000


def upgrade() -> None:
    """Let charges that no intent made wait for the end of their reservation."""
    op.create_index(
        f"i_{NAME}_due", NAME, ["clock", "due_at", "bucket"], sqlite_where=WAITING,
        postgresql_where=WAITING,
    )  # fmt: skip
    connection = op.get_bind()
    reserved = connection.execute(
        sa.text(
            f"SELECT book, id, document, private FROM {NAME} WHERE payment_intent IS NULL"
            """ AND deleted = 0 AND status = 'succeeded' AND document LIKE '%"capture_before":%'"""
        )
    ).fetchall()
    due = [each for row in reserved if (each := _due(*row)) is not None]
    change = sa.text(f"UPDATE {NAME} SET due_at = :due_at WHERE book = :book AND id = :id")
    for start in range(0, len(due), PAGE):
        connection.execute(change, due[start : start + PAGE])


def downgrade() -> None:
    """Let no charge wait for anything."""
    op.execute(f"UPDATE {NAME} SET due_at = NULL")
    op.drop_index(f"i_{NAME}_due", NAME)


def _due(book: int, id: str, text: str, private: str | None) -> dict[str, Any] | None:
    """Return when a charge lapses that reserved money, and was neither captured nor let go."""
    charge = json.loads(text)
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    over = charge.get("captured") or charge.get("refunded")
    if over or json.loads(private or "{}").get("capturing") or "capture_before" not in card:
        return None
    return {"book": book, "id": id, "due_at": card["capture_before"]}
