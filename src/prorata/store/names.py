"""Names: how a kind is called in the database."""

from functools import cache


@cache
def table_name(kind: str) -> str:
    """Return the table of a kind: `checkout.session` is kept in `doc_checkout_session`."""
    return "doc_" + kind.replace(".", "_")
