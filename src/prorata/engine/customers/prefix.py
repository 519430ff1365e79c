"""Invoice prefix: what a customer's invoice numbers begin with, given out once and for ever."""

from prorata.store.names import table_name
from prorata.store.unit_of_work import UnitOfWork

LENGTH = 8


def new_prefix(tx: UnitOfWork) -> str:
    """Return a prefix that no customer has or had."""
    while is_taken(tx, prefix := tx.secret(LENGTH).upper()):
        continue
    return prefix


def is_taken(tx: UnitOfWork, prefix: str, customer: str = "") -> bool:
    """Return whether another customer, deleted ones included, has a prefix or has numbers of it."""
    found = tx.connection.query(
        f"SELECT 1 WHERE EXISTS (SELECT 1 FROM {table_name('customer')}"
        " WHERE book = ? AND invoice_prefix = ? AND id <> ?)"
        f" OR EXISTS (SELECT 1 FROM {table_name('invoice')}"
        " WHERE book = ? AND number >= ? AND number < ? AND customer <> ?)",
        # The character behind the dash ends the range.
        (tx.book.key, prefix, customer, tx.book.key, f"{prefix}-", f"{prefix}.", customer),
    )
    return bool(found)
