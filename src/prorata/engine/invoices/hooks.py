"""Invoice hooks: who else must know what has become of an invoice."""

from collections.abc import Callable
from typing import Any

from prorata.engine.moments import Moment
from prorata.resources.billing.invoice import Invoice

# A draft is about to be changed: what it bills is brought up to date, for the change to add up.
before_editing = Moment("editing")
# A draft is about to get its number: what it bills is brought up to date.
before_finalizing = Moment("finalizing")

# The invoice is open (or about to be paid, when nothing is due) and has its number.
on_finalized = Moment("finalized")
# Paid by any means; subscriptions may become active.
on_paid = Moment("paid")
# Facts: final (bool): no automatic attempt will follow. action (bool): the customer must act.
on_payment_failed = Moment("payment_failed")
# A payment is on its way and will be known later (delayed debits).
on_processing = Moment("processing")
on_voided = Moment("voided")
# It goes to its customer, to be paid. Facts: asked (bool): somebody asked for just that.
on_sent = Moment("sent")
# A credit note was issued. Facts: note.
on_credited = Moment("credited")
on_uncollectible = Moment("uncollectible")
# A sent invoice passed its due date unpaid. Facts: final (bool): the account's rule for invoices
# that stay unpaid acts now.
on_overdue = Moment("overdue")

Preparer = Callable[[Any, list[Invoice]], None]
PREPARERS: list[Preparer] = []


def prepares_drafts(preparer: Preparer) -> Preparer:
    """Register what has at hand what finalizing drafts will need: `preparer(uow, drafts)`."""
    PREPARERS.append(preparer)
    return preparer


def prepare_drafts(uow: Any, drafts: list[Invoice]) -> None:
    """Load what a batch of drafts needs before it is finalized."""
    for preparer in PREPARERS:
        preparer(uow, drafts)
