"""Reversal: what documents posted to the ledger is posted the other way round."""

from collections.abc import Sequence

from prorata.model.transaction import Posting
from prorata.store.unit_of_work import UnitOfWork


def reverse_postings(
    uow: UnitOfWork, ids: Sequence[str], memo: str, *, column: str = "object_id"
) -> None:
    """Post the opposite of every entry of these documents: the ledger forgets nothing.

    column: `id` where single postings are named. The documents must have been loaded.
    """
    condition, value = uow.connection.any_of(column, ids)
    rows = uow.connection.query(
        f"SELECT object_id, account, amount, currency, customer FROM ledger"
        f" WHERE book = ? AND {condition} ORDER BY id, line",
        (uow.book.key, value),
    )
    by_document: dict[tuple[str, str, str | None], list[Posting]] = {}
    for object_id, account, amount, currency, customer in rows:
        entries = by_document.setdefault((object_id, currency, customer), [])
        entries.append(Posting(account, -amount))
    for (object_id, currency, customer), entries in by_document.items():
        uow.post(
            *entries,
            document=uow.records[object_id].document,
            customer=customer,
            currency=currency,
            memo=memo,
        )
