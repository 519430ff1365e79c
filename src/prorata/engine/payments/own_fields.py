"""Own fields: cards that were typed into the gateway's own fields, and come here as its tokens."""

from prorata.engine.payments.create_token import keep_card
from prorata.engine.payments.method_details import fingerprint_salt
from prorata.engine.payments.tokenize import refusal
from prorata.gateways.browser_fields import BringsFields
from prorata.gateways.protocol import CardRefused
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET, Address, UnsetType
from prorata.model.operation import operation
from prorata.model.params import Params
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_method_params import (
    BillingDetailsParams,
    CardParams,
    merge_billing_details,
)
from prorata.resources.payments.payment_method_shape import BillingDetails
from prorata.resources.payments.token import Token

NO_FIELDS = "The payment gateway has no card fields of its own in this mode."


class FieldsTokenParams(Params, kw_only=True):
    """`token` is what the gateway's fields gave."""

    token: str
    billing_details: BillingDetailsParams | UnsetType = UNSET


def has_own_fields(tx: Tx) -> bool:
    """Return whether cards are typed into the gateway's own fields."""
    gateway = tx.gateway
    if not isinstance(gateway, BringsFields) or takes_numbers(tx):
        return False
    return gateway.browser_fields(tx.book.livemode) is not None


def takes_numbers(tx: Tx) -> bool:
    """Return whether cards may be typed into fields of ours: only where no money is real."""
    return bool(tx.gateway.test_only) and not tx.book.livemode


@operation("POST /v1/prorata/tokens", publishable=True)
def keep(tx: Tx, params: FieldsTokenParams) -> Token:
    """Put away under a name what was typed into the gateway's own fields, for one use.

    Raises CardError (402) for a card that the gateway refuses, InvalidRequest where there are no
    such fields, and for a token that the gateway does not know.
    """
    billing = merge_billing_details(BillingDetails(address=Address()), params.billing_details)
    return token_of_fields(tx, params.token, billing)


def token_of_fields(tx: Tx, token: str, billing: BillingDetails) -> Token:
    """Return a new token for a card that is the gateway's; raise as `keep` does."""
    if not has_own_fields(tx):
        raise InvalidRequest(NO_FIELDS, param="token")
    if not token:
        raise InvalidRequest("The gateway's fields gave no token.", param="token")
    try:
        details = tx.gateway.method_of_fields(token, fingerprint_salt(tx), tx.now)
    except CardRefused as refused:
        raise refusal(refused) from refused
    if details.type != "card":
        raise InvalidRequest("The gateway's fields gave something else than a card.", param="token")
    return keep_card(tx, details, billing)


def card_of_fields(tx: Tx, token: str) -> CardParams:
    """Return a card as a request describes it, by a token of the gateway's fields; raise as `keep`
    does."""
    return CardParams(token=token_of_fields(tx, token, BillingDetails(address=Address())).id)
