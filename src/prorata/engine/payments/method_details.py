"""Method details: payment methods as documents, from and to what a gateway knows of them."""

import msgspec

from prorata.gateways.orders import BillingDetails as PayerDetails
from prorata.gateways.orders import MethodDetails
from prorata.gateways.outcomes import Checks
from prorata.model.fields import UNSET, Address
from prorata.model.transaction import Tx
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_method import PaymentMethod, PaymentMethodPrivate
from prorata.resources.payments.payment_method_shape import (
    BillingDetails,
    CardChecks,
    CardNetworks,
    CardThreeDSecureUsage,
    PaymentMethodBacsDebit,
    PaymentMethodCard,
    PaymentMethodCustomerBalance,
    PaymentMethodSepaDebit,
    PaymentMethodUsBankAccount,
    SepaGeneratedFrom,
    UsBankAccountNetworks,
)


def fingerprint_salt(tx: Tx) -> str:
    """Return what fingerprints are made with: equal numbers match inside one account and mode."""
    return f"{tx.book.account}:{'live' if tx.book.livemode else 'test'}"


def add_method(
    tx: Tx,
    details: MethodDetails,
    *,
    billing: BillingDetails | None = None,
    owner: str | None = None,
    id: str | None = None,
) -> PaymentMethod:
    """Add a payment method that nobody owns yet; `owner` is the customer it will be attached to.

    id: for one that has its id already, such as a card that a token was made of.
    """
    made = id or tx.new_id(PaymentMethod, owner=owner)
    return tx.add(method_from(tx, details, made, billing))


def method_from(
    tx: Tx, details: MethodDetails, id: str, billing: BillingDetails | None = None
) -> PaymentMethod:
    """Return a payment method that is kept nowhere yet."""
    method = PaymentMethod(
        id=id,
        billing_details=billing or BillingDetails(address=Address()),
        created=tx.now,
        livemode=tx.book.livemode,
        metadata={},
        type=details.type,
    )
    setattr(method, details.type, _hash_of(details))
    method.private = PaymentMethodPrivate(
        token=details.token, verified=details.verified, wants_set_up=details.wants_set_up
    )
    return method


def cash_method(
    tx: Tx, *, billing: BillingDetails | None = None, owner: str | None = None
) -> PaymentMethod:
    """Add a payment method that stands for the cash of whoever pays with it."""
    return tx.add(
        PaymentMethod(
            id=tx.new_id(PaymentMethod, owner=owner),
            billing_details=billing or BillingDetails(address=Address()),
            created=tx.now,
            customer_balance=PaymentMethodCustomerBalance(),
            livemode=tx.book.livemode,
            metadata={},
            type=CASH,
        )
    )


def _hash_of(details: MethodDetails) -> msgspec.Struct:
    if details.type == "card":
        return _card(details)
    if details.type == "sepa_debit":
        return PaymentMethodSepaDebit(
            bank_code=details.bank_code,
            branch_code=details.branch_code,
            country=details.country,
            fingerprint=details.fingerprint,
            generated_from=SepaGeneratedFrom(),
            last4=details.last4,
        )
    if details.type == "bacs_debit":
        return PaymentMethodBacsDebit(
            fingerprint=details.fingerprint, last4=details.last4, sort_code=details.sort_code
        )
    return PaymentMethodUsBankAccount(
        account_holder_type=details.account_holder_type,
        account_type=details.account_type,
        bank_name=details.bank_name,
        fingerprint=details.fingerprint,
        last4=details.last4,
        networks=UsBankAccountNetworks(
            preferred=details.networks_preferred, supported=["ach"]
        ),
        routing_number=details.routing_number,
    )


def _card(details: MethodDetails) -> PaymentMethodCard:
    assert details.exp_month and details.exp_year, "a card has an expiry"
    return PaymentMethodCard(
        brand=details.brand or "unknown",
        checks=card_checks(details.checks),
        country=details.country,
        display_brand=details.display_brand,
        exp_month=details.exp_month,
        exp_year=details.exp_year,
        fingerprint=details.fingerprint,
        funding=details.funding or "unknown",
        last4=details.last4,
        networks=CardNetworks(
            available=list(details.networks_available), preferred=details.networks_preferred
        ),
        regulated_status=details.regulated_status,
        three_d_secure_usage=CardThreeDSecureUsage(supported=details.three_d_secure_supported),
    )


def card_checks(checks: Checks) -> CardChecks:
    """Return an issuer's verdicts as documents show them."""
    return CardChecks(
        address_line1_check=checks.address_line1_check,
        address_postal_code_check=checks.address_postal_code_check,
        cvc_check=checks.cvc_check,
    )


def note_checks(tx: Tx, method: PaymentMethod, checks: Checks) -> None:
    """Replace a card's checks by those of its latest use, where the issuer said something.

    That of a saved card is told as any change of it.
    """
    if method.card is UNSET or checks == Checks():
        return
    found = card_checks(checks)
    if method.card.checks != found:
        tx.take(method)
        method.card.checks = found
        if method.customer is None:
            tx.quiet(method)


def payer_of(method: PaymentMethod) -> PayerDetails | None:
    """Return the payer's name and address as gateways take them, None when nothing is known."""
    billing = method.billing_details
    address = billing.address or Address()
    details = PayerDetails(
        name=billing.name,
        email=billing.email,
        phone=billing.phone,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
        country=address.country,
    )
    return None if details == PayerDetails() else details
