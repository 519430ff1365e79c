"""Renew method: what is known of a saved method changes, by its owner or by its network."""

import msgspec

from prorata.engine.payments.charge_hooks import on_renewed
from prorata.engine.payments.method_details import fingerprint_salt, method_from
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET
from prorata.model.operation import operation
from prorata.model.params import given, merge_metadata
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_params import (
    AutomaticUpdateParams,
    CardUpdateParams,
    PaymentMethodUpdateParams,
    UsBankAccountUpdateParams,
    expiry_year,
    merge_billing_details,
)
from prorata.resources.payments.payment_method_shape import (
    PaymentMethodCard,
    PaymentMethodUsBankAccount,
)

NOT_SAVED = "You must save this PaymentMethod to a customer before you can update it."
NO_SAVED_CARD = "Only a card that is saved to a customer is updated by its network."


@operation("POST /v1/payment_methods/{id}")
def update(tx: Tx, method: PaymentMethod, params: PaymentMethodUpdateParams) -> PaymentMethod:
    """Change what is known about a saved method; numbers never change."""
    if method.customer is None:
        raise InvalidRequest(NOT_SAVED, param="payment_method")
    for type in ("card", "us_bank_account"):
        if given(getattr(params, type)) and method.type != type:
            raise InvalidRequest(
                f"You cannot update `{type}` on a PaymentMethod of type `{method.type}`.",
                param=type,
            )
    merge_billing_details(method.billing_details, params.billing_details)
    if given(params.allow_redisplay):
        method.allow_redisplay = params.allow_redisplay
    if given(params.metadata):
        method.metadata = merge_metadata(method.metadata, params.metadata)
    if isinstance(params.card, CardUpdateParams):
        _update_card(tx, method, params.card)
    if isinstance(params.us_bank_account, UsBankAccountUpdateParams):
        _update_bank_account(method, params.us_bank_account)
    return method


@operation("POST /v1/prorata/payment_methods/{id}/automatic_update")
def update_automatically(
    tx: Tx, method: PaymentMethod, params: AutomaticUpdateParams
) -> PaymentMethod:
    """Write what a card's network says has become of it: a new expiry, number, or another card.

    For gateways whose networks tell of that; in test mode a test card may take its place. Raises
    InvalidRequest for a method that is no saved card, or when nothing is said.
    """
    if method.customer is None or not isinstance(method.card, PaymentMethodCard):
        raise InvalidRequest(NO_SAVED_CARD, param="id")
    former = msgspec.to_builtins(method.card)
    if given(params.test_card):
        _replace_by_test_card(tx, method, params.test_card)
    if given(params.card):
        _update_card(tx, method, params.card)
        if given(params.card.last4):
            method.card.last4 = params.card.last4
    changes = {
        name: value for name, value in former.items()
        if msgspec.to_builtins(method.card).get(name) != value
    }  # fmt: skip
    if not changes:
        raise InvalidRequest(
            "The card is known like this: say in `card` or `test_card` what has become of it."
        )
    _renew(tx, method)
    tx.quiet(method)
    tx.emit("payment_method.automatically_updated", method, {"card": changes})
    return method


def _replace_by_test_card(tx: Tx, method: PaymentMethod, name: str) -> None:
    """Let a method stand for another test card from now on; it stays what it is called.

    Nobody has given anything to be checked, so its checks are those of its last use.
    """
    details = None
    if not tx.book.livemode and tx.gateway.test_only and name.startswith("pm_card_"):
        details = tx.gateway.from_test_token(name, fingerprint_salt(tx), tx.now)
    if details is None:
        raise InvalidRequest(f"No such test card: '{name}'", param="test_card")
    other = method_from(tx, details, method.id)
    assert isinstance(method.card, PaymentMethodCard) and isinstance(other.card, PaymentMethodCard)
    other.card.checks = method.card.checks
    method.card = other.card
    method.private.token = details.token
    method.private.wants_set_up = details.wants_set_up


def _renew(tx: Tx, method: PaymentMethod) -> None:
    """Note that a card is not what it was when it was declined; who waits for that is told."""
    # Made without a customer, a method has no clock of its own.
    tx.follow(tx.get(Customer, method.customer or ""))
    method.private.renewed_at = tx.now
    on_renewed.tell(tx, method)


def _update_card(tx: Tx, method: PaymentMethod, change: CardUpdateParams) -> None:
    card = method.card
    assert isinstance(card, PaymentMethodCard), "the type was checked"
    former = (card.exp_month, card.exp_year)
    if given(change.exp_month):
        card.exp_month = change.exp_month
    if given(change.exp_year):
        card.exp_year = expiry_year(change.exp_year, "card[exp_year]")
    if given(change.networks) and card.networks is not None:
        preferred = change.networks.preferred
        card.networks.preferred = None if preferred is UNSET else preferred
    if former != (card.exp_month, card.exp_year):
        _renew(tx, method)


def _update_bank_account(method: PaymentMethod, change: UsBankAccountUpdateParams) -> None:
    account = method.us_bank_account
    assert isinstance(account, PaymentMethodUsBankAccount), "the type was checked"
    if given(change.account_holder_type):
        account.account_holder_type = change.account_holder_type
    if given(change.account_type):
        account.account_type = change.account_type
