"""Read the balance: all movements summed up by currency and by whether they can be used."""

from prorata.model.operation import operation
from prorata.resources.payments.balance import Balance, BalanceAmount, SourceTypes
from prorata.store.tables import table_name
from prorata.store.unit_of_work import UnitOfWork

# Shown before anything was ever earned.
DEFAULT_CURRENCY = "usd"


@operation("GET /v1/balance")
def retrieve(tx: UnitOfWork) -> Balance:
    """Return what is available and what is still pending, one amount for each currency."""
    rows = tx.connection.query(
        "SELECT currency, status, SUM(net) FROM"
        f" {table_name('balance_transaction')} WHERE book = ? GROUP BY currency, status",
        (tx.book.key,),
    )
    sums = {(currency, status): int(total) for currency, status, total in rows}
    currencies = sorted({currency for currency, _ in sums} | ({DEFAULT_CURRENCY} if not sums else set()))
    return Balance(
        available=[_amount(sums, currency, "available") for currency in currencies],
        livemode=tx.book.livemode,
        pending=[_amount(sums, currency, "pending") for currency in currencies],
    )


def _amount(sums: dict[tuple[str, str], int], currency: str, status: str) -> BalanceAmount:
    total = sums.get((currency, status), 0)
    return BalanceAmount(amount=total, currency=currency, source_types=SourceTypes(card=total))
