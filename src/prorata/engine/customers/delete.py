"""Delete a customer: its subscriptions are canceled at once, and what it pays with is let go."""

from prorata.engine.customers.methods import let_methods_go
from prorata.engine.invoices.paid import stop_collection
from prorata.engine.schedules.life import close
from prorata.engine.schedules.schedule import open_schedules
from prorata.engine.subscriptions.cancel import cancel_at_once
from prorata.model.operation import Deleted, operation
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.core.customer import Customer


@operation("DELETE /v1/customers/{id}")
def delete(tx: Tx, customer: Customer) -> Deleted:
    """Delete a customer for good; invoices, charges and subscriptions stay to be read."""
    delete_customer(tx, customer)
    return Deleted("customer", customer.id)


def delete_customer(tx: Tx, customer: Customer) -> None:
    """Cancel a customer's subscriptions without proration, detach its methods, and delete it.

    Its invoices stay as they are, and advance no more by themselves.
    """
    for subscription in tx.select(Subscription, customer=customer.id):
        if subscription.status not in ENDED:
            cancel_at_once(tx, subscription)
    for schedule in open_schedules(tx, customer.id):
        close(tx, schedule, "subscription_schedule.canceled")
    for invoice in tx.select(Invoice, customer=customer.id, status=("draft", "open")):
        stop_collection(invoice)
    let_methods_go(tx, customer.id)
    tx.delete(customer)
