"""Statement descriptors: the words by which a payer knows a payment on a bank statement."""

from typing import Annotated

from msgspec import Meta

from prorata.model.transaction import Tx
from prorata.resources.core.account import own_account

LONGEST = 22
SHORT_PREFIX = 10
# At least one letter, and none of the characters that networks do not print.
Descriptor = Annotated[str, Meta(max_length=LONGEST, pattern=r"^[^<>\\'\"*]*[A-Za-z][^<>\\'\"*]*$")]
CARD_REFUSED = (
    "The `statement_descriptor` parameter isn't supported for the payment method type card. Use"
    " `statement_descriptor_suffix` instead, which is printed behind the account's own prefix."
)


def calculated_descriptor(tx: Tx, descriptor: str | None, suffix: str | None) -> str | None:
    """Return what is printed: the payment's own words, or the account's with the payment's suffix.

    None where neither the payment nor the account has any.
    """
    if descriptor is not None:
        return descriptor
    settings = own_account(tx).settings
    whole = settings.payments.statement_descriptor
    if suffix is None:
        return whole
    prefix = settings.card_payments.statement_descriptor_prefix or (whole or "")[:SHORT_PREFIX]
    return f"{prefix.strip()}* {suffix}"[:LONGEST] if prefix else suffix
