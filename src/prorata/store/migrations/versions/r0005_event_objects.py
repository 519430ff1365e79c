"""0005: events are found by what they are about."""

from alembic import op

revision = "0005"
down_revision = "0004"

NAME = "i_event_object"


def upgrade() -> None:
    """Create the index of events by their object."""
    op.create_index(NAME, "event", ["book", "object_id", "id"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index(NAME, "event")
