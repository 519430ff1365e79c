"""Pay page: a customer pays its invoice by hand, with a saved method, a new one or a transfer."""

from typing import Any

from msgspec import Struct

from prorata.engine.invoices.attempt import attempt_payment
from prorata.engine.invoices.cash import takes_cash
from prorata.engine.invoices.intent import default_intent, method_for, open_payment
from prorata.engine.payments.method_details import cash_method
from prorata.engine.payments.own_fields import card_of_fields
from prorata.engine.payments.tokenize import method_of_data
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice, subscription_of
from prorata.resources.core.account import own_account
from prorata.resources.core.account_params import HostedSave
from prorata.resources.payments.method_types import CASH, DEBIT_CURRENCY, USABLE
from prorata.resources.payments.payment_intent import ENDED, PaymentIntent
from prorata.resources.payments.payment_intent_params import ConfirmFacts
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_params import PaymentMethodDataParams
from prorata.resources.payments.setup_intent import SetupIntent

PAYABLE = ("open", "uncollectible")


class Choice(Struct, kw_only=True):
    """How a customer pays: `saved` names a method of its own, `data` describes a new one.

    Neither of them means a bank transfer. save: keep a new method for later. amount: what the
    customer has seen, in minor units. acceptance: of a debit's mandate, as an intent takes it.
    fields_token: what the gateway's own fields gave for the new card that is described.
    """

    amount: int
    return_url: str
    saved: str | None = None
    data: PaymentMethodDataParams | None = None
    save: bool = False
    acceptance: dict[str, Any] | None = None
    fields_token: str | None = None


def is_payable(invoice: Invoice) -> bool:
    """Return whether anything of an invoice can still be paid."""
    return invoice.status in PAYABLE and invoice.amount_remaining > 0


def ways_to_pay(tx: Tx, invoice: Invoice) -> list[str]:
    """Return the kinds of methods that may pay an invoice, and that move its currency."""
    intent = default_intent(tx, invoice)
    wanted = invoice.payment_settings.payment_method_types or ("card",)
    allowed = intent.payment_method_types if intent is not None else list(wanted)
    moves = DEBIT_CURRENCY.get
    return [
        type for type in USABLE
        if type in allowed and moves(type, invoice.currency) == invoice.currency
    ]  # fmt: skip


def saved_methods(tx: Tx, invoice: Invoice) -> list[PaymentMethod]:
    """Return the customer's methods that may pay an invoice, the one that is its turn first."""
    ways = ways_to_pay(tx, invoice)
    first = method_for(tx, invoice)
    known = [
        method
        for method in tx.select(PaymentMethod, customer=invoice.customer)
        if method.type in ways and not method.private.unusable
    ]
    return sorted(known, key=lambda method: method.id != first)


def saving(tx: Tx, invoice: Invoice) -> HostedSave:
    """Return whether a new method is kept: a subscription's always is, to renew it with."""
    if subscription_of(invoice) is not None:
        return "always"
    return own_account(tx).settings.invoices.hosted_payment_method_save or "never"


def pay_by_choice(tx: Tx, invoice: Invoice, choice: Choice) -> PaymentIntent:
    """Decide to charge what remains of an invoice; a decline is raised when it is settled.

    Raises InvalidRequest for one that cannot be paid, or whose amount is not what was seen;
    CardError or InvalidRequest for a method that is described wrongly.
    """
    if not is_payable(invoice):
        raise InvalidRequest("This invoice can't be paid any more.", code="invoice_not_payable")
    if invoice.amount_remaining != choice.amount:
        raise InvalidRequest("The amount of this invoice has changed.", code="amount_mismatch")
    intent = default_intent(tx, invoice)
    if intent is None or intent.status in ENDED:
        intent = open_payment(tx, invoice)
    keep = saving(tx, invoice)
    kept = keep == "always" or (keep == "offer" and choice.save)
    new = choice.data is not None
    lasting = subscription_of(invoice) is not None or (new and kept)
    intent.setup_future_usage = "off_session" if lasting else None
    attempt_payment(
        tx,
        invoice,
        automatic=False,
        off_session=False,
        on_decline="raise",
        payment_method=_method(tx, invoice, choice),
    )
    intent.private.confirmation = ConfirmFacts(
        mandate_data=choice.acceptance, off_session=False, return_url=choice.return_url
    )
    return intent


def action_url(intent: PaymentIntent | SetupIntent) -> str | None:
    """Return the page on which the payer has to do something for an intent, None for none."""
    action = intent.next_action
    if action is None or intent.status != "requires_action":
        return None
    if action.redirect_to_url is not UNSET:
        return action.redirect_to_url.url
    if action.verify_with_microdeposits is not UNSET:
        return action.verify_with_microdeposits.hosted_verification_url
    script = action.use_stripe_sdk if action.use_stripe_sdk is not UNSET else {}
    url = script.get("stripe_js")
    return url if isinstance(url, str) else None


def _method(tx: Tx, invoice: Invoice, choice: Choice) -> str:
    ways = ways_to_pay(tx, invoice)
    if choice.saved is not None:
        for method in saved_methods(tx, invoice):
            if method.id == choice.saved:
                return method.id
        raise no_such("PaymentMethod", choice.saved, param="payment_method", status=400)
    if choice.data is None:
        if not takes_cash(invoice) and CASH not in ways:
            raise InvalidRequest("This invoice can't be paid by bank transfer.")
        return cash_method(tx, owner=invoice.customer).id
    if choice.data.type not in ways:
        raise InvalidRequest(f"This invoice can't be paid with {choice.data.type}.")
    if choice.fields_token is not None:
        choice.data.card = card_of_fields(tx, choice.fields_token)
    return method_of_data(tx, choice.data, "payment_method_data", owner=invoice.customer).id
