"""Tax associations: payment intents whose taxes a calculation made; none can be made here.

Whoever pays by payment intents records the calculation as a transaction: `hooks` of intents, which
would do it unasked, are refused.
"""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import NotFound
from prorata.model.operation import operation
from prorata.model.params import Params
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_intent import PaymentIntent

Reason = Literal[
    "another_payment_associated_with_calculation", "calculation_expired", "currency_mismatch",
    "original_transaction_voided", "unique_reference_violation",
]  # fmt: skip


class CommittedAttempt(Struct, kw_only=True):
    transaction: str


class ErroredAttempt(Struct, kw_only=True):
    reason: Reason


class TransactionAttempt(Struct, kw_only=True):
    committed: CommittedAttempt | UnsetType = UNSET
    errored: ErroredAttempt | UnsetType = UNSET
    source: str
    status: str


class Association(Struct, kw_only=True, tag_field="object", tag="tax.association"):
    """What became of the taxes of a payment intent."""

    id: str
    calculation: str
    payment_intent: str
    tax_transaction_attempts: list[TransactionAttempt] | None = None


class AssociationFindParams(Params, kw_only=True):
    payment_intent: str


@operation("GET /v1/tax/associations/find")
def find(tx: Tx, params: AssociationFindParams) -> Association:
    """Return the association of a payment intent; raise NotFound where it has none."""
    intent = tx.get(PaymentIntent, params.payment_intent, param="payment_intent")
    raise NotFound(
        f"The payment intent {intent.id} has no tax association.",
        code="resource_missing",
        param="payment_intent",
    )
