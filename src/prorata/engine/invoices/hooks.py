"""Invoice hooks: who else must know what has become of an invoice."""

from prorata.engine.moments import Moment

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
