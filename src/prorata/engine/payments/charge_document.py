"""Charge document: a gateway's outcome written as a charge, with the money it moved."""

from copy import copy

from prorata.engine.payments.charge_hooks import on_booked
from prorata.engine.payments.charge_ledger import debtor_of
from prorata.engine.payments.funds import tell_received
from prorata.engine.payments.method_details import card_checks
from prorata.gateways.outcomes import Authentication, Declined, Processing, Succeeded
from prorata.gateways.reservations import KeepsReservations
from prorata.model.fields import UNSET, UnsetType
from prorata.model.transaction import Posting, Tx
from prorata.resources.payments.balance_transaction import (
    BalanceTransaction,
    BalanceTransactionPrivate,
    BalanceTransactionType,
    FeeDetail,
)
from prorata.resources.payments.charge import Charge, ChargePrivate, ChargeStatus
from prorata.resources.payments.charge_shape import (
    CardFeatureStatus,
    CardNetworkToken,
    CardOvercapture,
    CardThreeDSecure,
    ChargeBacsDebit,
    ChargeCard,
    ChargeCustomerBalance,
    ChargeMethodDetails,
    ChargeOutcome,
    ChargeSepaDebit,
    ChargeUsBankAccount,
)
from prorata.resources.payments.legacy_source import is_source, source_view
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_shape import PaymentMethodUsBankAccount
from prorata.resources.payments.statement_descriptor import calculated_descriptor
from prorata.rules import accounts

# Where the pages are that say what a payer has paid for.
RECEIPTS = "/receipts/"
_ECI_AUTHENTICATED = {"visa": "05", "mastercard": "02"}


def add_charge(
    tx: Tx, intent: PaymentIntent, method: PaymentMethod, status: ChargeStatus
) -> Charge:
    """Add the charge of an attempt on an intent; its outcome is written by `write_outcome`."""
    charge = new_charge(
        tx, method, status, amount=intent.amount, currency=intent.currency, customer=intent.customer
    )
    charge.description = intent.description
    charge.metadata = dict(intent.metadata)
    charge.payment_intent = intent.id
    charge.receipt_email = intent.receipt_email
    charge.shipping = intent.shipping
    charge.calculated_statement_descriptor = calculated_descriptor(
        tx, intent.statement_descriptor, intent.statement_descriptor_suffix
    )
    charge.statement_descriptor = intent.statement_descriptor
    charge.statement_descriptor_suffix = intent.statement_descriptor_suffix
    charge.private.incremental = _is_asked_for(tx, intent, "request_incremental_authorization")
    charge.private.multicapture = _is_asked_for(tx, intent, "request_multicapture")
    if intent.private.invoice is not None:
        charge.private.account = accounts.RECEIVABLE
    return charge


def _is_asked_for(tx: Tx, intent: PaymentIntent, name: str) -> bool:
    """Return whether an intent asks for what only some gateways can do with a reservation."""
    card = getattr(intent.payment_method_options, "card", None)
    asked = getattr(card, name, None) == "if_available"
    return asked and isinstance(tx.gateway, KeepsReservations)


def new_charge(
    tx: Tx,
    method: PaymentMethod,
    status: ChargeStatus,
    *,
    amount: int,
    currency: str,
    customer: str | None,
) -> Charge:
    """Add a charge of a method that settles no invoice: what it brings is revenue."""
    prefix = "ch" if method.type == "card" else "py"
    charge = Charge(
        id=tx.id(prefix, customer or method.id),
        amount=amount,
        billing_details=copy(method.billing_details),
        created=tx.now,
        currency=currency,
        customer=customer,
        livemode=tx.book.livemode,
        paid=status == "succeeded",
        payment_method=method.id,
        source=source_view(method) if is_source(method) else None,
        status=status,
    )
    charge.private = ChargePrivate(account=accounts.REVENUE)
    return tx.add(charge)


def write_outcome(
    tx: Tx, charge: Charge, method: PaymentMethod, outcome: Succeeded | Declined | Processing
) -> None:
    """Write what the network said to a charge: verdict, method details, failure."""
    charge.private.reference = outcome.reference or None
    charge.private.gateway = tx.gateway.name if outcome.reference else None
    if isinstance(outcome, Processing):
        charge.payment_method_details = _details(charge, method, None)
        return
    charge.outcome = ChargeOutcome(
        network_status=outcome.network_status,
        reason=outcome.reason,
        risk_level=outcome.risk_level,
        risk_score=UNSET if outcome.risk_score is None else outcome.risk_score,
        seller_message=outcome.seller_message,
        type=outcome.type if isinstance(outcome, Succeeded) else outcome.outcome_type,
    )
    charge.payment_method_details = _details(charge, method, outcome)
    if isinstance(outcome, Declined):
        charge.outcome.advice_code = outcome.advice_code
        charge.outcome.network_advice_code = outcome.network_advice_code
        charge.outcome.network_decline_code = outcome.network_decline_code
        charge.failure_code = outcome.code
        charge.failure_message = outcome.message


def book_charge(
    tx: Tx, charge: Charge, fee: int, available_on: int | None, part: int | None = None
) -> BalanceTransaction:
    """Book the captured money of a charge: balance transaction, ledger entries, and a receipt.

    The payment settles what is owed, or is revenue where nothing was invoiced. `fee` is in minor
    units of the charge's currency, `part` what was captured now (None: all of it).
    """
    details = charge.payment_method_details
    card = details is not None and details.type == "card"
    captured = charge.amount_captured if part is None else part
    transaction = add_movement(
        tx,
        charge,
        captured,
        "charge" if card else "payment",
        fee=fee,
        available_on=available_on,
        description=charge.description,
    )
    charge.balance_transaction = transaction.id
    charge.private.receipt = charge.private.receipt or tx.secret(24)
    charge.receipt_url = f"{tx.base_url}{RECEIPTS}{charge.id}/{charge.private.receipt}"
    tell_received(tx, transaction)
    on_booked.tell(tx, charge, amount=captured, transaction=transaction.id)
    tx.post(
        Posting(accounts.CASH, captured - fee),
        Posting(accounts.FEES, fee),
        Posting(charge.private.account, -captured),
        document=charge,
        customer=debtor_of(tx, charge),
        currency=charge.currency,
        memo="payment",
    )
    return transaction


def add_movement(
    tx: Tx,
    charge: Charge,
    amount: int,
    type: BalanceTransactionType,
    *,
    source: str | None = None,
    fee: int = 0,
    fee_name: str = "Processing fees",
    available_on: int | None = None,
    description: str | None = None,
) -> BalanceTransaction:
    """Add a movement of the held money on account of a charge; amount and fee in minor units."""
    fees = [FeeDetail(amount=fee, currency=charge.currency, description=fee_name,
                      type="stripe_fee")] if fee else []  # fmt: skip
    usable = tx.now if available_on is None else available_on
    transaction = BalanceTransaction(
        id=tx.new_id(BalanceTransaction, owner=charge.customer or charge.id),
        amount=amount,
        available_on=usable,
        created=tx.now,
        currency=charge.currency,
        description=description,
        fee=fee,
        fee_details=fees,
        net=amount - fee,
        reporting_category=_CATEGORIES[type],
        source=source or charge.id,
        status="pending" if usable > tx.now else "available",
        type=type,
    )
    transaction.private = BalanceTransactionPrivate(customer=charge.customer)
    return tx.add(transaction)


_CATEGORIES = {
    "adjustment": "dispute",
    "charge": "charge",
    "payment": "charge",
    "payment_failure_refund": "charge_failure",
    "payment_refund": "refund",
    "refund": "refund",
    "refund_failure": "refund_failure",
    "stripe_fee": "fee",
}


def _details(
    charge: Charge, method: PaymentMethod, outcome: Succeeded | Declined | None
) -> ChargeMethodDetails:
    mandate = method.private.mandate
    if method.type == CASH:
        return ChargeMethodDetails(type=CASH, customer_balance=ChargeCustomerBalance())
    if method.type == "card":
        return ChargeMethodDetails(type="card", card=_card(charge, method, outcome))
    if method.type == "us_bank_account":
        account = method.us_bank_account
        assert isinstance(account, PaymentMethodUsBankAccount), "the type says so"
        return ChargeMethodDetails(
            type="us_bank_account",
            us_bank_account=ChargeUsBankAccount(
                account_holder_type=account.account_holder_type,
                account_type=account.account_type,
                bank_name=account.bank_name,
                fingerprint=account.fingerprint,
                last4=account.last4,
                mandate=mandate or UNSET,
                routing_number=account.routing_number,
            ),
        )
    if method.type == "sepa_debit":
        sepa = method.sepa_debit
        assert not isinstance(sepa, UnsetType), "the type says so"
        return ChargeMethodDetails(
            type="sepa_debit",
            sepa_debit=ChargeSepaDebit(
                bank_code=sepa.bank_code,
                branch_code=sepa.branch_code,
                country=sepa.country,
                fingerprint=sepa.fingerprint,
                last4=sepa.last4,
                mandate=mandate,
            ),
        )
    bacs = method.bacs_debit
    assert not isinstance(bacs, UnsetType), "the type says so"
    return ChargeMethodDetails(
        type="bacs_debit",
        bacs_debit=ChargeBacsDebit(
            fingerprint=bacs.fingerprint,
            last4=bacs.last4,
            mandate=mandate,
            sort_code=bacs.sort_code,
        ),
    )


def _card(
    charge: Charge, method: PaymentMethod, outcome: Succeeded | Declined | None
) -> ChargeCard:
    card = method.card
    assert not isinstance(card, UnsetType), "the type says so"
    paid = outcome if isinstance(outcome, Succeeded) else None
    secure = None if outcome is None else outcome.three_d_secure
    reserved = paid is not None and paid.capture_before is not None
    return ChargeCard(
        amount_authorized=charge.amount if paid else None,
        authorization_code=paid.authorization_code if paid else None,
        brand=card.brand,
        capture_before=paid.capture_before if paid and paid.capture_before else UNSET,
        checks=card_checks(outcome.checks) if outcome else card.checks,
        country=card.country,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        extended_authorization=CardFeatureStatus(status="disabled"),
        fingerprint=card.fingerprint,
        funding=card.funding,
        incremental_authorization=_feature(reserved and charge.private.incremental),
        last4=card.last4,
        multicapture=_feature(reserved and charge.private.multicapture),
        network=(card.networks and card.networks.preferred) or card.brand,
        network_token=CardNetworkToken(used=False),
        network_transaction_id=paid.network_transaction_id if paid else None,
        overcapture=CardOvercapture(
            maximum_amount_capturable=charge.amount, status="unavailable"
        ),
        regulated_status=card.regulated_status,
        three_d_secure=None if secure is None else three_d_secure(secure, card.brand, charge.id),
    )


def _feature(available: bool) -> CardFeatureStatus:
    return CardFeatureStatus(status="available" if available else "unavailable")


def three_d_secure(secure: Authentication, brand: str, about: str) -> CardThreeDSecure:
    """Return the result of a challenge as documents show it; `about` is what it was passed for."""
    passed = secure.result == "authenticated"
    return CardThreeDSecure(
        authentication_flow=secure.authentication_flow,
        electronic_commerce_indicator=_ECI_AUTHENTICATED.get(brand, "05") if passed else None,
        result=secure.result,
        result_reason=secure.result_reason,
        transaction_id=about.rpartition("_")[2] if passed else None,
        version=secure.version,
    )
