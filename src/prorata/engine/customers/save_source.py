"""Save a source: a card or bank account of the older calls becomes a customer's payment method."""

from typing import Any

import msgspec

from prorata.engine.payments.attach import attach_method
from prorata.engine.payments.method_details import add_method
from prorata.engine.payments.tokenize import bank_details, card_details, details_of_token
from prorata.gateways.orders import BankAccount, MethodDetails
from prorata.model.errors import InvalidRequest, NotSupported, missing_param, no_such
from prorata.model.fields import Address
from prorata.model.params import given, merge_metadata, refuse_unsupported, value_or
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.payments.legacy_source import (
    ADDRESS,
    PREFIXES,
    Source,
    SourceParams,
    is_source,
    refuse_of_other_kind,
    source_view,
)
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_params import CardParams
from prorata.resources.payments.payment_method_shape import BillingDetails
from prorata.resources.payments.token import Token
from prorata.store.unit_of_work import UnitOfWork

# Test names of bank accounts: verified already, or still to be.
BANK_TOKENS = {"btok_us_verified": True, "btok_us": False}
TEST_ACCOUNT = BankAccount(
    "us_bank_account", account_number="000123456789", routing_number="110000000"
)
TOKEN_PREFIXES = ("tok_", "btok_")
KINDS = {"card": "card", "us_bank_account": "bank_account"}


def attach_source(
    tx: UnitOfWork,
    customer: Customer,
    source: str | SourceParams,
    param: str,
    *,
    replace_default: bool = False,
    metadata: Any = None,
    validated: bool = True,
) -> PaymentMethod:
    """Save a token, or a card or bank account described inline, with a customer.

    replace_default: delete the default source and put this one in its place. validated: ask the
    network about a card before it is saved. Raises CardError when the card is declined, no_such
    for an unknown token.
    """
    method = _made(tx, customer, source, param)
    if isinstance(source, SourceParams):
        method.metadata = merge_metadata(method.metadata, source.metadata or {})
    method.metadata = merge_metadata(method.metadata, metadata or {})
    attach_method(tx, method, customer, validated=validated)
    former = customer.default_source
    if former is None or replace_default:
        customer.default_source = method.id
    if replace_default and former is not None:
        remove_source(tx, customer, source_of(tx, customer, former))
    tell(tx, "created", method, source_view(method))
    return method


def remove_source(tx: UnitOfWork, customer: Customer, method: PaymentMethod) -> None:
    """Delete a source of a customer."""
    view = source_view(method)
    method.customer = None
    method.private.detached = True
    tx.quiet(method)
    tell(tx, "deleted", method, view)
    for subscription in tx.select(Subscription, customer=customer.id):
        if subscription.default_source == method.id:
            subscription.default_source = None
    if customer.default_source == method.id:
        others = [each for each in sources_of(tx, customer.id) if each.id != method.id]
        customer.default_source = others[0].id if others else None
        if others:
            # It is removed before or after this.
            tx.rely_on(others[0])


def sources_of(tx: UnitOfWork, customer: str) -> list[PaymentMethod]:
    """Return the payment methods of a customer that were made as sources, newest first."""
    found = [each for each in tx.select(PaymentMethod, customer=customer) if is_source(each)]
    # Two prefixes sort apart: what follows them is in the order of making.
    return sorted(found, key=lambda each: each.id.partition("_")[2], reverse=True)


def source_of(
    tx: UnitOfWork, customer: Customer, id: str, param: str = "id", status: int = 404
) -> PaymentMethod:
    """Return a source of a customer; raise no_such for any other."""
    method = tx.find(PaymentMethod, id)
    if method is None or method.customer != customer.id or not is_source(method):
        raise no_such("source", id, param=param, status=status)
    return method


def check_source(tx: UnitOfWork, customer: Customer, id: str, param: str) -> PaymentMethod:
    """Return a source named by a parameter; raise no_such (400) for any other."""
    method = source_of(tx, customer, id, param, 400)
    # It is removed before or after this.
    tx.rely_on(method)
    return method


def tell(tx: UnitOfWork, what: str, method: PaymentMethod, view: Source) -> None:
    """Say customer.source.created, updated or deleted."""
    shown = msgspec.to_builtins(view)
    tx.emit_payload(f"customer.source.{what}", KINDS[method.type], method.id, shown)


def _made(
    tx: UnitOfWork, customer: Customer, source: str | SourceParams, param: str
) -> PaymentMethod:
    """Return a new method of a token or of data given inline, not yet the customer's."""
    id = None
    if isinstance(source, SourceParams):
        billing = _billing(source)
        details = _details(tx, source, param, billing)
    else:
        billing = BillingDetails(address=Address())
        token = tx.find(Token, source)
        if token is not None:
            billing = msgspec.convert(token.private.billing or {}, BillingDetails)
            id = next((shown.id for shown in (token.card, token.bank_account) if shown), None)
        elif not source.startswith(TOKEN_PREFIXES):
            raise no_such("source", source, param=param, status=400)
        details = _of_token(tx, source, param)
    prefix = PREFIXES.get(details.type)
    if prefix is None:
        raise InvalidRequest("A source must be a card or a bank account.", param=param)
    if billing.address is None:
        billing.address = Address()
    id = id or tx.id(prefix, customer.id)
    return add_method(tx, details, billing=billing, owner=customer.id, id=id)


def _of_token(tx: UnitOfWork, name: str, param: str) -> MethodDetails:
    if name in BANK_TOKENS and not tx.book.livemode and tx.gateway.test_only:
        details = bank_details(tx, TEST_ACCOUNT)
        return msgspec.structs.replace(details, verified=BANK_TOKENS[name])
    return details_of_token(tx, name, param)


def _details(
    tx: UnitOfWork, source: SourceParams, param: str, billing: BillingDetails
) -> MethodDetails:
    refuse_of_other_kind(source, source.object, param)
    if source.object == "card":
        refuse_unsupported(source, "currency", below=param)
        names = ("number", "exp_month", "exp_year", "cvc")
        card = CardParams(**{name: getattr(source, name) for name in names})
        return card_details(tx, card, param, billing)
    if not given(source.account_number):
        raise missing_param(f"{param}[account_number]")
    if not given(source.routing_number):
        raise missing_param(f"{param}[routing_number]")
    for name, only in (("country", "US"), ("currency", "usd")):
        value = getattr(source, name)
        if given(value) and value.upper() != only.upper():
            raise NotSupported(
                "Bank accounts are saved as sources for the US and in usd only.",
                param=f"{param}[{name}]",
            )
    account = BankAccount(
        "us_bank_account",
        account_number=source.account_number,
        routing_number=source.routing_number,
        account_holder_type=value_or(source.account_holder_type, "individual"),
        account_type=value_or(source.account_type, "checking"),
    )
    return bank_details(tx, account, param)


def _billing(source: SourceParams) -> BillingDetails:
    address = Address(
        **{newer: value_or(getattr(source, name), None) for name, newer in ADDRESS.items()}
    )
    holder = source.name if source.object == "card" else source.account_holder_name
    return BillingDetails(address=address, name=value_or(holder, None))
