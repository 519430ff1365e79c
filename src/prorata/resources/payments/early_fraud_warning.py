"""Early fraud warnings: an issuer suspects a charge before its payer disputes it."""

from prorata.model.resource import Resource, column, matches, resource, within
from prorata.resources.references import ChargeRef, PaymentIntentRef


@resource(
    prefix="issfr",
    path="/v1/radar/early_fraud_warnings",
    columns=(column("charge", index=True), column("payment_intent", index=True)),
    filters=(matches("charge"), within("created"), matches("payment_intent")),
    events=("created", "updated"),
    missing_name="early_fraud_warning",
    missing_param="early_fraud_warning",
)
class EarlyFraudWarning(Resource, tag="radar.early_fraud_warning", kw_only=True):
    """`actionable` says that a refund could still prevent a dispute."""

    actionable: bool
    charge: ChargeRef
    created: int
    fraud_type: str
    livemode: bool
    payment_intent: PaymentIntentRef | None = None
