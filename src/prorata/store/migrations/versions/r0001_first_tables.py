"""The first tables."""

from alembic import op

from prorata.store.tables import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    schema().create_all(op.get_bind())
