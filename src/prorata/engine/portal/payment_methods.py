"""Payment methods: a customer adds one, chooses which pays for what, and removes one."""

from prorata.engine.customers.update import write_invoice_settings
from prorata.engine.payments.attach import detach_method
from prorata.engine.payments.setup_hooks import on_wanted_setup
from prorata.engine.payments.setup_intents import create as create_setup_intent
from prorata.engine.subscriptions.change import change_directly
from prorata.engine.subscriptions.schedule_hooks import let_schedule_go_first
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_verbs import SubscriptionUpdateParams
from prorata.resources.core.customer import Customer
from prorata.resources.core.customer_params import InvoiceSettingsParams
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_intent_params import MandateDataParams
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_params import PaymentMethodDataParams
from prorata.resources.payments.setup_intent import SetupIntent, Wanted
from prorata.resources.payments.setup_intent_params import SetupIntentCreateParams


def saved_methods(tx: Tx, customer: Customer) -> list[PaymentMethod]:
    """Return what a customer can pay with, the default first, then the newest."""
    found = tx.select(PaymentMethod, customer=customer.id)
    default = customer.invoice_settings.default_payment_method
    usable = [each for each in found if each.type != CASH]
    return sorted(usable, key=lambda each: each.id != default)


def own_method(tx: Tx, customer: Customer, id: str) -> PaymentMethod:
    """Return one of a customer's payment methods; raise NotFound."""
    method = tx.find(PaymentMethod, id)
    if method is None or method.customer != customer.id:
        raise no_such("payment method", id, param="payment_method")
    return method


def begin_adding(
    tx: Tx,
    customer: Customer,
    data: PaymentMethodDataParams,
    return_url: str,
    mandate: MandateDataParams | None = None,
) -> SetupIntent:
    """Make a payment method ready for later payments; what its network says comes after the commit.

    return_url: where the customer comes back from its bank. Raises CardError for wrong card data.
    """
    params = SetupIntentCreateParams(
        customer=customer.id,
        payment_method_data=data,
        usage="off_session",
        confirm=True,
        return_url=return_url,
    )
    if mandate is not None:
        params.mandate_data = mandate
    return create_setup_intent(tx, params)


def own_intent(tx: Tx, customer: Customer, id: str) -> SetupIntent:
    """Return one of a customer's setup intents; raise NotFound."""
    intent = tx.find(SetupIntent, id)
    if intent is None or intent.customer != customer.id:
        raise no_such("setup_intent", id, param="setup_intent")
    return intent


def use_for_all(tx: Tx, customer: Customer, method: str) -> None:
    """Let a method pay for whatever has none of its own."""
    change = InvoiceSettingsParams(default_payment_method=own_method(tx, customer, method).id)
    write_invoice_settings(tx, customer, change)


def use_later(
    tx: Tx, customer: Customer, intent: SetupIntent, *, plans: bool, subscription: str | None
) -> None:
    """Let a method that is on its way pay once it is ready, unless another is chosen before."""
    instead = customer.invoice_settings.default_payment_method
    intent.private.wanted = Wanted(instead=instead, plans=plans, subscription=subscription)


@on_wanted_setup
def setup_succeeded(tx: Tx, intent: SetupIntent, method: PaymentMethod) -> None:
    """Let a method pay for what its customer wanted it for."""
    wanted, intent.private.wanted = intent.private.wanted, None
    customer = tx.find(Customer, intent.customer)
    if wanted is None or customer is None or method.customer != customer.id:
        return
    if customer.invoice_settings.default_payment_method != wanted.instead:
        return
    tx.rely_on(method)
    use_for_all(tx, customer, method.id)
    plans = tx.select(Subscription, customer=customer.id)
    wished = {each.id for each in plans if wanted.plans or each.id == wanted.subscription}
    for each in plans:
        if each.id in wished and each.status not in ENDED:
            # A phase that was to begin before names its method now: later it would undo this.
            let_schedule_go_first(tx, each)
    for each in with_own_method(tx, customer):
        if each.id in wished:
            each.default_payment_method = None


def use_for(tx: Tx, customer: Customer, subscription: Subscription, method: str | None) -> None:
    """Let a method pay for one subscription, or, with None, the customer's default one."""
    if method is not None:
        own_method(tx, customer, method)
    if subscription.pending_update is not None:
        # A change would take the place of the one that waits for its payment.
        subscription.default_payment_method = method
        return
    change_directly(tx, subscription, SubscriptionUpdateParams(default_payment_method=method))


def with_own_method(tx: Tx, customer: Customer) -> list[Subscription]:
    """Return the subscriptions that go on and that a method of their own pays for."""
    return [
        each
        for each in tx.select(Subscription, customer=customer.id)
        if each.status not in ENDED
        and each.collection_method == "charge_automatically"
        and each.default_payment_method is not None
    ]


def methods_in_use(tx: Tx, customer: Customer) -> set[str | None]:
    """Return the methods without which a subscription that goes on would have none."""
    default = customer.invoice_settings.default_payment_method
    return {
        each.default_payment_method or default
        for each in tx.select(Subscription, customer=customer.id)
        if each.status not in ENDED and each.collection_method == "charge_automatically"
    }


def remove(tx: Tx, customer: Customer, id: str) -> None:
    """Take a payment method from a customer; raise InvalidRequest while something needs it."""
    method = own_method(tx, customer, id)
    if method.id in methods_in_use(tx, customer):
        raise InvalidRequest(
            "This payment method pays for a subscription: choose another one for it first.",
            code="payment_method_in_use",
        )
    detach_method(tx, method, customer)
