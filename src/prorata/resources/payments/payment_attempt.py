"""Payment attempts: what was decided to ask a gateway, and what came of it.

An attempt is written before the gateway is called and its id is the gateway's idempotency key: a
process that dies in between leaves an attempt that is asked again under the same key. So do books
that are put back: ids follow from what is paid for, or from the request's idempotency key.
"""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import RequestInfo

# What the gateway is asked. A charge or a set-up goes on under its own attempt when the payer
# acts (authenticate, verify) or a debit's time has come (poll). Of cash (cash) it is asked where
# what is missing goes, and of cash that goes back (cash_refund) nobody is asked.
Ask = Literal[
    "charge", "setup", "authenticate", "verify", "poll", "capture", "release", "refund",
    "cash", "cash_refund", "increment", "capture_part", "poll_refund", "respond_dispute",
    "close_dispute", "poll_dispute",
]  # fmt: skip
State = Literal[
    "pending", "succeeded", "declined", "requires_action", "processing", "canceled", "unknown"
]
OnDecline = Literal["keep", "raise", "undo"]
OnAction = Literal["keep", "raise"]

# Real seconds after which somebody else takes up an attempt that nobody has settled.
TAKEN_UP_AFTER = 30


class AttemptError(Struct, kw_only=True):
    """Why an attempt could not be settled as it should have been."""

    message: str
    at: int


class AttemptRefusal(Struct, kw_only=True):
    """What the request of an attempt that failed is answered; shown: the documents beside it."""

    type: str
    status: int
    message: str
    code: str | None = None
    param: str | None = None
    said: dict[str, str] = {}
    shown: list[str] = []


def due(attempt: "PaymentAttempt") -> int | None:
    """Return the real second at which the gateway is to be asked again."""
    return attempt.settle_after


@resource(
    prefix="pa",
    columns=(column("payment_intent", index=True), column("state")),
    due=due,
    # Attempts live in real time, whatever clock their customer hangs on.
    owner=lambda attempt: None,
)
class PaymentAttempt(Resource, tag="payment_attempt", kw_only=True):
    """One order to a gateway.

    order: the gateway's order as a plain hash, the same at every try. answer: what the payer or
    the seller said (a challenge's result, deposits, evidence, the amount to capture). target: the
    document that the outcome changes. on_decline: a decline is kept in silence, or raised to the
    caller after the commit, or undoes what the deciding transaction wrote. on_action: that the
    customer must act first, likewise. now, clock: the moment
    of the decision, in the customer's time. real_created, settle_after: real seconds UTC. asked:
    how often a gateway has been asked. reference: the gateway's name of the charge or set-up.
    action_url: the gateway's own page on which the payer is to act. gateway: the name of the one
    that is asked; no other knows what came of it.
    owner: whose bucket its row has, where its id names another: the customer's life stays in order.
    request: the API request that caused it; the events of the outcome name it. undone: by document,
    the revisions before and after what came to nothing when others had seen it already. refused:
    what that request is to be answered, should its process not live to do it.
    """

    ask: Ask
    state: State = "pending"
    payment_intent: str | None = None
    setup_intent: str | None = None
    charge: str | None = None
    refund: str | None = None
    dispute: str | None = None
    payment_method: str | None = None
    order: dict[str, Any] = {}
    answer: dict[str, Any] | None = None
    reference: str | None = None
    action_url: str | None = None
    gateway: str | None = None
    on_decline: OnDecline = "keep"
    on_action: OnAction = "keep"
    now: int
    clock: str | None = None
    real_created: int
    settle_after: int | None = None
    asked: int = 0
    fault: AttemptError | None = None
    owner: str | UnsetType = UNSET
    request: RequestInfo | None = None
    undone: dict[str, tuple[int, int]] | UnsetType = UNSET
    refused: AttemptRefusal | UnsetType = UNSET

    def beside(self) -> str:
        """Return the id whose bucket its row has."""
        return self.owner or self.id
