"""Create a token: card or bank data is put away under a name that can be used once."""

import re

import msgspec

from prorata.engine.payments.method_details import method_from
from prorata.engine.payments.tokenize import bank_details, card_details
from prorata.gateways.orders import BankAccount as AccountData
from prorata.gateways.orders import MethodDetails
from prorata.model.errors import CardError, InvalidRequest, NotSupported
from prorata.model.fields import Address
from prorata.model.operation import operation
from prorata.model.params import given, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.payments.legacy_source import ADDRESS, BankAccount, card_view, source_view
from prorata.resources.payments.payment_method_params import CardParams
from prorata.resources.payments.payment_method_shape import BillingDetails
from prorata.resources.payments.token import (
    Token,
    TokenBankAccountParams,
    TokenCardParams,
    TokenCreateParams,
    TokenPrivate,
    TokenType,
)

NOTHING = (
    "You must supply either a card, customer, PII data, bank account, account legal entity, or"
    " account details to create a token."
)
CVC = re.compile(r"[0-9]{3,4}")
KINDS: tuple[TokenType, ...] = ("bank_account", "card", "cvc_update", "pii")


@operation("POST /v1/tokens", publishable=True)
def create(tx: Tx, params: TokenCreateParams) -> Token:
    """Create a token for a card, a bank account, a CVC or an identity number."""
    refuse_unsupported(params, "account", "person", "customer")
    sent = [kind for kind in KINDS if given(getattr(params, kind))]
    if not sent:
        raise InvalidRequest(NOTHING)
    if len(sent) > 1:
        raise InvalidRequest(
            f"You may only specify one of these parameters: {', '.join(sent)}.", param=sent[0]
        )
    if sent == ["card"]:
        return _card(tx, params)
    if sent == ["bank_account"]:
        return _bank_account(tx, params)
    if given(params.cvc_update) and not CVC.fullmatch(params.cvc_update.cvc):
        raise CardError(
            "Your card's security code is invalid.", code="invalid_cvc", param="cvc_update[cvc]"
        )
    token = _token(tx, sent[0])
    return tx.add(token)


def _token(tx: Tx, type: TokenType) -> Token:
    token = Token(
        id=tx.new_id(Token), created=tx.now, livemode=tx.book.livemode, type=type
    )
    token.private = TokenPrivate()
    return token


def _card(tx: Tx, params: TokenCreateParams) -> Token:
    card = params.card
    if not isinstance(card, TokenCardParams):
        raise NotSupported("Cards of customers cannot be shared by tokens.", param="card")
    # The currency in which a card is paid out to: there are no payouts here.
    refuse_unsupported(card, "currency", below="card")
    address = Address(
        **{newer: value_or(getattr(card, name), None) for name, newer in ADDRESS.items()}
    )
    billing = BillingDetails(address=address, name=value_or(card.name, None))
    described = CardParams(
        cvc=card.cvc, exp_month=card.exp_month, exp_year=card.exp_year, number=card.number,
        networks=card.networks,
    )  # fmt: skip
    return keep_card(tx, card_details(tx, described, "card", billing), billing)


def keep_card(tx: Tx, details: MethodDetails, billing: BillingDetails) -> Token:
    """Add a token for a card as the gateway knows it, and whose it is."""
    token = _token(tx, "card")
    token.card = card_view(method_from(tx, details, token.id, billing), tx.id("card"))
    return _keep(tx, token, details, billing)


def _bank_account(tx: Tx, params: TokenCreateParams) -> Token:
    account = params.bank_account
    if not isinstance(account, TokenBankAccountParams):
        raise NotSupported(
            "Bank accounts of customers cannot be shared by tokens.", param="bank_account"
        )
    refuse_unsupported(account, "payment_method", below="bank_account")
    if account.country != "US":
        raise NotSupported(
            "Bank accounts are tokenized for the US only; SEPA and Bacs accounts are payment"
            " methods.",
            param="bank_account[country]",
        )
    if value_or(account.currency, "usd").lower() != "usd":
        raise NotSupported(
            "Bank accounts are tokenized in usd only.", param="bank_account[currency]"
        )
    kind = account.account_type if account.account_type in ("checking", "savings") else "checking"
    details = bank_details(
        tx,
        AccountData(
            "us_bank_account",
            account_number=account.account_number,
            routing_number=value_or(account.routing_number, None),
            account_holder_type=value_or(account.account_holder_type, "individual"),
            account_type=kind,
        ),
    )
    billing = BillingDetails(
        address=Address(), name=value_or(account.account_holder_name, None)
    )
    token = _token(tx, "bank_account")
    view = source_view(method_from(tx, details, tx.id("ba"), billing))
    assert isinstance(view, BankAccount), "that is what was described"
    token.bank_account = view
    return _keep(tx, token, details, billing)


def _keep(tx: Tx, token: Token, details: MethodDetails, billing: BillingDetails) -> Token:
    token.private.details = msgspec.to_builtins(details)
    token.private.billing = msgspec.to_builtins(billing)
    return tx.add(token)


