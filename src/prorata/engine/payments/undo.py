"""Undo: a request that promised to leave nothing behind when its payment fails keeps its word."""

from dataclasses import dataclass

from prorata.engine.payments.decline import decline_error
from prorata.engine.reversal import reverse_postings
from prorata.gateways.outcomes import Declined, NeedsAction
from prorata.model.errors import APIError, CardError
from prorata.resources.billing.customer_balance_transaction import CustomerBalanceTransaction
from prorata.resources.core.customer import Customer, balance_in, set_balance
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_error import as_api_error
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.store.records import HeldForm
from prorata.store.unit_of_work import UnitOfWork

NEEDS_ACTION = (
    "Payment for this subscription requires additional user action, but the requested payment"
    " behavior doesn't save the invoice or PaymentIntent. Retry the request with"
    " `payment_behavior=allow_incomplete` or `payment_behavior=default_incomplete`, then complete"
    " the PaymentIntent on the subscription's latest invoice. Additional information is available"
    " here: https://stripe.com/docs/billing/subscriptions/overview#requires-action"
)


@dataclass(frozen=True, slots=True)
class _Balance:
    """A customer's balance before anything is taken back."""

    customer: Customer
    currency: str | None
    amount: int
    others: dict[str, int]

    @classmethod
    def of(cls, customer: Customer) -> "_Balance":
        others = dict(customer.private.other_balances)
        return cls(customer, customer.currency, customer.balance, others)

    def go_on_without(self, uow: UnitOfWork, gone: list[CustomerBalanceTransaction]) -> None:
        """Take transactions out from among those that others have made since.

        The currency stays: the others have counted in it.
        """
        customer = self.customer
        customer.currency, customer.balance = self.currency, self.amount
        customer.private.other_balances = self.others
        for each in gone:
            left = balance_in(customer, each.currency) - each.amount
            set_balance(customer, each.currency, left)
        for other in uow.select(CustomerBalanceTransaction, customer=customer.id) if gone else ():
            other.ending_balance -= sum(
                each.amount for each in gone
                if each.id < other.id and each.currency == other.currency
            )  # fmt: skip


def undo(
    uow: UnitOfWork,
    attempt: PaymentAttempt,
    held: dict[str, HeldForm],
    outcome: Declined | NeedsAction,
) -> APIError:
    """Bring back what was before the deciding transaction; return the error that tells why.

    held: what that did, by document. The attempt itself stays: what was asked of the gateway is
    never forgotten.
    """
    method = uow.find(PaymentMethod, attempt.payment_method)
    error = _error(method, outcome)
    held.pop(attempt.id, None)
    made = [id for id, form in held.items() if form.revision == 0]
    reverse_postings(uow, made, "undone")
    # An invoice that it gave up stands there again, and is owed.
    posted = [each for form in held.values() if form.revision for each in form.postings]
    reverse_postings(uow, posted, "undone", column="id")
    balances = [
        _Balance.of(uow.get_even_deleted(Customer, id))
        for id, form in held.items() if form.kind == "customer"
    ]  # fmt: skip
    changed = uow.take_back(held)
    if changed:
        # Nobody was told of it by itself, and it stays in the history.
        attempt.undone = {key: (held[key].revision, held[key].after) for key in sorted(changed)}
    uow.events.clear()
    gone = [
        uow.get_even_deleted(CustomerBalanceTransaction, id)
        for id in made if held[id].kind == "customer_balance_transaction"
    ]  # fmt: skip
    for each in balances:
        if each.customer.id in changed:
            each.go_on_without(uow, gone)
    attempt.state = "declined"
    attempt.settle_after = None
    return error


def _error(method: PaymentMethod | None, outcome: Declined | NeedsAction) -> APIError:
    if isinstance(outcome, NeedsAction):
        return CardError(NEEDS_ACTION, code="subscription_payment_intent_requires_action")
    return as_api_error(decline_error(outcome, None))
