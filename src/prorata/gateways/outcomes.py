"""Outcomes: what a network answers when it is asked to move money."""

from typing import Literal, TypeAlias

from msgspec import Struct

CheckResult: TypeAlias = Literal["pass", "fail", "unavailable", "unchecked"]
RiskLevel: TypeAlias = Literal["normal", "elevated", "highest", "not_assessed"]
OutcomeType: TypeAlias = Literal[
    "authorized", "manual_review", "issuer_declined", "blocked", "invalid"
]
NetworkStatus: TypeAlias = Literal[
    "approved_by_network", "declined_by_network", "not_sent_to_network", "reversed_after_approval"
]
ActionKind: TypeAlias = Literal["three_d_secure", "microdeposits", "captcha"]
RefundStatus: TypeAlias = Literal["succeeded", "pending", "failed"]
MandateStatus: TypeAlias = Literal["active", "pending", "inactive"]
DisputeStatus: TypeAlias = Literal[
    "needs_response",
    "under_review",
    "won",
    "lost",
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
]


class Checks(Struct, frozen=True, omit_defaults=True):
    """The issuer's verdicts on what was entered; None where nothing was given to check."""

    cvc_check: CheckResult | None = None
    address_line1_check: CheckResult | None = None
    address_postal_code_check: CheckResult | None = None


class Authentication(Struct, frozen=True, omit_defaults=True):
    """The result of a challenge, as a Charge's `three_d_secure` reports it."""

    result: Literal[
        "authenticated", "attempt_acknowledged", "failed", "not_supported", "processing_error"
    ]
    authentication_flow: Literal["challenge", "frictionless"] | None = None
    result_reason: str | None = None
    version: str = "2.2.0"


class Succeeded(Struct, frozen=True, omit_defaults=True, tag="succeeded", tag_field="outcome"):
    """The money moved or is reserved, the method is valid, or the set-up is done.

    `reference` is the network's name of the charge or set-up, to give to capture, refund, poll.
    `captured` is in minor units: the amount when captured at once, 0 for an authorization (which
    lapses at `capture_before`, seconds UTC) and for a set-up. `fee` is the network's own fee in
    minor units of the charge's currency; `available_on` is when the funds can be used. The fields
    `network_status` to `type` fill a Charge's `outcome`. `disputed` says that `disputes_of` will
    list something, `early_fraud_warning` is the fraud type of a warning sent with the charge.
    `mandate` is the state of the mandate a debit or set-up made, None where there is none.
    """

    reference: str
    captured: int = 0
    capture_before: int | None = None
    fee: int = 0
    available_on: int | None = None
    network_transaction_id: str | None = None
    authorization_code: str | None = None
    network_status: NetworkStatus = "approved_by_network"
    reason: str | None = None
    risk_level: RiskLevel = "normal"
    risk_score: int | None = None
    seller_message: str = "Payment complete."
    type: OutcomeType = "authorized"
    checks: Checks = Checks()
    three_d_secure: Authentication | None = None
    mandate: MandateStatus | None = None
    disputed: bool = False
    early_fraud_warning: str | None = None


class Declined(Struct, frozen=True, omit_defaults=True, tag="declined", tag_field="outcome"):
    """The money did not move and never will under this key.

    `code`, `decline_code`, `message`, `param` and the three network fields go into the API's error
    as they are; None means the key is absent, an empty `param` is sent empty. `reference` is None
    when no charge reached the network, as after a failed challenge: then no Charge is recorded.
    `mandate` is "inactive" when the decline also ended the mandate, so the method is unusable.
    `retryable` says that an open action stays open: the answer was wrong and may be given again.
    """

    code: str
    message: str
    decline_code: str | None = None
    reference: str | None = None
    error_type: Literal["card_error", "invalid_request_error"] = "card_error"
    param: str | None = None
    network_decline_code: str | None = None
    advice_code: Literal["try_again_later", "do_not_try_again", "confirm_card_data"] | None = None
    network_advice_code: str | None = None
    outcome_type: OutcomeType = "issuer_declined"
    network_status: NetworkStatus = "declined_by_network"
    reason: str | None = None
    risk_level: RiskLevel = "normal"
    risk_score: int | None = None
    seller_message: str = "The bank did not return any further details with this decline."
    checks: Checks = Checks()
    three_d_secure: Authentication | None = None
    mandate: MandateStatus | None = None
    retryable: bool = False


class NeedsAction(Struct, frozen=True, omit_defaults=True, tag="needs_action", tag_field="outcome"):
    """The payer must do something first; nothing has moved.

    `kind` says what: pass a challenge (then `authenticate`) or name the two small deposits (then
    `verify_microdeposits`). `url_token` is what a page of ours puts into its address to find the
    action again; `url` is set by gateways that bring their own page. `challenge` names the style
    of a challenge screen. `arrival_date` (seconds UTC) is when microdeposits arrive.
    """

    reference: str
    kind: ActionKind
    url_token: str
    url: str | None = None
    challenge: str | None = None
    arrival_date: int | None = None
    microdeposit_type: Literal["amounts", "descriptor_code"] | None = None


class Processing(Struct, frozen=True, omit_defaults=True, tag="processing", tag_field="outcome"):
    """A delayed debit is on its way: ask `poll` at `settles_at` (seconds UTC).

    `settles_at` is None when the network cannot say: the caller asks every 6 hours.
    `mandate` is the state of the mandate that the debit used.
    """

    reference: str
    settles_at: int | None = None
    mandate: MandateStatus | None = None


class Canceled(Struct, frozen=True, omit_defaults=True, tag="canceled", tag_field="outcome"):
    """The authorization or open action was released: no money moves under this reference."""

    reference: str


class Unknown(Struct, frozen=True, omit_defaults=True, tag="unknown", tag_field="outcome"):
    """Nobody can say whether the money moved: `lookup` the same key later, never charge anew."""

    reason: str


Outcome: TypeAlias = Succeeded | Declined | NeedsAction | Processing | Canceled | Unknown


class RefundOutcome(Struct, frozen=True, omit_defaults=True):
    """The state of a refund, and the change that is still to come.

    At `settles_at` (seconds UTC) the status becomes `then`; both are None when `status` is final,
    or when it is "pending" and the network cannot say: then the caller asks every 6 hours.
    `failure_reason` is the API's, set with status "failed" or where `then` is "failed".
    `unknown` means that the network did not answer: look the key up, never refund anew.
    """

    status: RefundStatus
    reference: str
    settles_at: int | None = None
    then: RefundStatus | None = None
    failure_reason: str | None = None
    unknown: bool = False


class DisputeFact(Struct, frozen=True, omit_defaults=True):
    """A dispute or inquiry that the network opened against a charge.

    `amount` is in minor units of the charge's currency; times are seconds UTC. `fee` is what the
    network charges for the dispute. An inquiry has a status that begins with "warning_".
    """

    reference: str
    charge_reference: str
    amount: int
    currency: str
    reason: str
    status: DisputeStatus
    evidence_due_by: int
    created: int
    network_reason_code: str | None = None
    enhanced_eligibility_types: tuple[str, ...] = ()
    fee: int = 0
