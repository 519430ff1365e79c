"""Invoice hooks: who else must know what has become of an invoice."""

from collections.abc import Callable
from typing import Any

from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice

Hook = Callable[..., None]


class Moment:
    """A moment in an invoice's life; used as a decorator it registers who is told of it.

    A hook is called as `hook(tx, invoice, **facts)` inside the transaction that causes the moment,
    after the invoice has its new state and before what follows from it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.hooks: list[Hook] = []

    def __call__(self, hook: Hook) -> Hook:
        self.hooks.append(hook)
        return hook

    def tell(self, tx: Tx, invoice: Invoice, **facts: Any) -> None:
        """Call everyone who registered, in the order of registration."""
        for hook in self.hooks:
            hook(tx, invoice, **facts)


# The invoice is open (or about to be paid, when nothing is due) and has its number.
on_finalized = Moment("finalized")
# Paid by any means; subscriptions may become active.
on_paid = Moment("paid")
# Facts: final (bool): no automatic attempt will follow. action (bool): the customer must act.
on_payment_failed = Moment("payment_failed")
# A payment is on its way and will be known later (delayed debits).
on_processing = Moment("processing")
on_voided = Moment("voided")
on_uncollectible = Moment("uncollectible")
# A sent invoice passed its due date unpaid. Facts: final (bool): the account's rule for invoices
# that stay unpaid acts now.
on_overdue = Moment("overdue")
