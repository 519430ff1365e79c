"""Subscriptions: what customers are told of their subscriptions' lives."""

from prorata.engine.mail import facts
from prorata.engine.mail.occasions.portal_address import login_address
from prorata.engine.mail.post import Content, is_wanted, plan, planned, send
from prorata.engine.subscriptions.attend import next_renewal
from prorata.engine.subscriptions.end import on_ended
from prorata.engine.subscriptions.life_hooks import (
    on_canceling,
    on_paused,
    on_resumed,
    on_trial,
    on_upcoming,
)
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.core.email_settings import MailKind
from prorata.resources.core.mail import Mail
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.products.product import Product
from prorata.rules.windows import DAY

# Source: invoicing e-mails; the event comes later, three days before.
TRIAL_DAYS = 7
MOST_NAMES = 3


def of_subscription(tx: Tx, subscription: Subscription) -> facts.Facts:
    """Return what mails say of a subscription."""
    products = [item.price.product for item in subscription.items.data[:MOST_NAMES]]
    found = tx.load(Product, products, look=True)
    names = [found[id].name for id in dict.fromkeys(products) if id in found]
    return {**facts.of_subscription(subscription, names), "url": login_address(tx)}


@on_upcoming
def renews(tx: Tx, subscription: Subscription, *, invoice: Invoice, at: int) -> None:
    """Tell what the next renewal will charge, and when."""
    if not is_wanted(tx, "renewal") or invoice.amount_due <= 0:
        return
    if subscription.status == "trialing" and is_wanted(tx, "trial_ending"):
        # That its trial ends is told already, and what it costs then.
        return
    customer = tx.look(Customer, subscription.customer)
    if customer is None or not customer.email:
        return
    method = tx.look(PaymentMethod, _method_of(subscription, customer))
    said = {
        **facts.of_invoice(tx, invoice),
        **of_subscription(tx, subscription),
        "invoice": None,
        "amount": invoice.amount_due,
        "at": at,
        "method": facts.of_method(method),
    }
    send(tx, "renewal", subscription, Content(said), customer=customer, once=f"{at} {tx.now}")


def _method_of(subscription: Subscription, customer: Customer) -> str | None:
    return subscription.default_payment_method or customer.invoice_settings.default_payment_method


@on_trial
def in_trial(tx: Tx, subscription: Subscription) -> None:
    """Plan the mail before a trial's end; of a short one it is told at once."""
    if not is_wanted(tx, "trial_ending") or subscription.trial_end is None:
        return
    customer = tx.look(Customer, subscription.customer)
    at = max(subscription.trial_end - TRIAL_DAYS * DAY, tx.now)
    once = str(subscription.trial_end)
    plan(tx, "trial_ending", subscription, at, customer=customer, once=once)


@planned("trial_ending")
def trial_ends(tx: Tx, mail: Mail) -> Content | int | None:
    """Tell that a trial ends, unless it has another end since."""
    subscription = tx.look(Subscription, mail.about)
    if subscription is None or subscription.status != "trialing":
        return None
    if mail.private.once.rpartition(" ")[2] != str(subscription.trial_end):
        return None
    customer = tx.look(Customer, subscription.customer)
    method = None
    if customer is not None:
        method = tx.look(PaymentMethod, _method_of(subscription, customer))
    said = of_subscription(tx, subscription)
    said["method"] = facts.of_method(method)
    said["at_end"] = _at_trial_end(subscription, method)
    said["amount"] = _price(subscription)
    if said["at_end"] in ("charge", "send"):
        first = next_renewal(tx, subscription)
        said["first"] = first.amount_due if first is not None else None
    return Content(said)


def _at_trial_end(subscription: Subscription, method: PaymentMethod | None) -> str:
    """Return what happens at the end: charge, send, add (a method is missing), cancel, pause."""
    if subscription.cancel_at is not None and subscription.cancel_at <= (
        subscription.trial_end or 0
    ):
        return "cancel"
    if subscription.collection_method == "send_invoice":
        return "send"
    if method is not None:
        return "charge"
    trial = subscription.trial_settings
    behavior = trial.end_behavior.missing_payment_method if trial is not None else None
    return behavior if behavior in ("cancel", "pause") else "add"


def _price(subscription: Subscription) -> list[int | str] | None:
    """Return the list price of a subscription of one plain price: amount, interval, count."""
    items = subscription.items.data
    if len(items) != 1 or items[0].price.unit_amount is None:
        return None
    recurring = items[0].price.recurring
    if recurring is None or items[0].metered:
        return None
    quantity = items[0].quantity
    amount = items[0].price.unit_amount * (quantity if isinstance(quantity, int) else 1)
    return [amount, recurring.interval, recurring.interval_count]


@on_canceling
def will_end(tx: Tx, subscription: Subscription) -> None:
    """Confirm that a subscription will end at a moment ahead, as somebody asked for."""
    if tx.mailing == "off" or subscription.schedule is not None:
        return

    def tell() -> None:
        asked_for = subscription.cancellation_details.reason == "cancellation_requested"
        if asked_for and (subscription.cancel_at or 0) > tx.now:
            _send(tx, "subscription_canceling", subscription)

    tx.at_end(f"mail canceling {subscription.id}", tell)


@on_ended
def has_ended(tx: Tx, subscription: Subscription) -> None:
    """Confirm that a subscription has ended."""
    if tx.mailing != "off":
        _send(tx, "subscription_canceled", subscription)


@on_paused
def has_paused(tx: Tx, subscription: Subscription) -> None:
    """Tell that a subscription stands still."""
    if tx.mailing != "off":
        _send(tx, "subscription_paused", subscription)


@on_resumed
def has_resumed(tx: Tx, subscription: Subscription) -> None:
    """Tell that a subscription runs again."""
    if tx.mailing != "off":
        _send(tx, "subscription_resumed", subscription)


def _send(tx: Tx, kind: MailKind, subscription: Subscription) -> None:
    customer = tx.look(Customer, subscription.customer)
    if customer is None or not customer.email or not is_wanted(tx, kind):
        return
    said = of_subscription(tx, subscription)
    said["reason"] = subscription.cancellation_details.reason
    said["charged"] = subscription.collection_method == "charge_automatically"
    send(tx, kind, subscription, Content(said), customer=customer, once=str(tx.now))
