"""Gateway: the protocol between the engine and whatever network moves the money.

Values in, outcomes out. A gateway knows none of our documents, has no access to our database and
draws no pages. Every call that could move money carries a key; the same key twice gives the same
outcome and moves money at most once, in whatever process the second call is made.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from .orders import (
    BankAccount,
    BillingDetails,
    ChargeOrder,
    MethodDetails,
    MethodToken,
    MethodType,
    RefundOrder,
    SetupOrder,
)
from .outcomes import (
    Authentication,
    Canceled,
    Checks,
    Declined,
    DisputeFact,
    NeedsAction,
    Outcome,
    Processing,
    RefundOutcome,
    Succeeded,
    Unknown,
)

__all__ = [
    "Authentication",
    "BankAccount",
    "BankRefused",
    "BillingDetails",
    "Canceled",
    "CardRefused",
    "ChargeOrder",
    "Checks",
    "Declined",
    "DisputeFact",
    "Gateway",
    "GatewayError",
    "GatewayTimeout",
    "KeyReused",
    "MethodDetails",
    "MethodToken",
    "MethodType",
    "NeedsAction",
    "Outcome",
    "Processing",
    "RefundOrder",
    "RefundOutcome",
    "SetupOrder",
    "Succeeded",
    "Unknown",
]


class GatewayError(Exception):
    """The order itself is impossible: unknown token or reference, refund above the charge."""


class KeyReused(GatewayError):
    """A key came back with another order: a fault of the caller that must not stay silent."""


class GatewayTimeout(Exception):
    """The network did not answer in time. Nothing is known: `lookup` the key, never charge anew."""


class CardRefused(Exception):
    """The data of a method is wrong before any network sees it (402 with these fields)."""

    def __init__(
        self, code: str, message: str, param: str | None = None, decline_code: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.decline_code = decline_code


class BankRefused(CardRefused):
    """The data of a bank account is wrong (400 invalid_request_error with these fields)."""


@runtime_checkable
class Gateway(Protocol):
    """A network that can charge. All methods are synchronous and safe to call from many threads.

    Any call may raise GatewayTimeout; charge, setup, capture and cancel may say Unknown instead.
    """

    name: str
    test_only: bool
    """True if it must never serve live mode; only such a gateway takes raw card numbers."""

    def tokenize_card(
        self,
        number: str,
        exp_month: int,
        exp_year: int,
        cvc: str | None,
        fingerprint_salt: str,
        now: int,
        billing: BillingDetails | None = None,
    ) -> MethodDetails:
        """Turn card data into a token; the number is kept nowhere.

        `fingerprint_salt` is the account and mode: equal numbers share a fingerprint only inside
        it. Raises CardRefused for a wrong number, expiry or CVC.
        """
        ...

    def tokenize_bank(self, account: BankAccount, fingerprint_salt: str, now: int) -> MethodDetails:
        """Turn bank account data into a token. Raises BankRefused for a wrong number."""
        ...

    def from_test_token(self, name: str, fingerprint_salt: str, now: int) -> MethodDetails | None:
        """Return the method that `pm_card_visa`, `tok_visa` … stands for, or None if unknown."""
        ...

    def attach(
        self, method: MethodToken, now: int, billing: BillingDetails | None = None
    ) -> Succeeded | Declined:
        """Validate a method for keeping, without money; its `checks` replace those stored."""
        ...

    def charge(self, order: ChargeOrder) -> Outcome:
        """Take or reserve the money, once for each key. Raises KeyReused, GatewayError."""
        ...

    def charge_many(self, orders: Sequence[ChargeOrder]) -> list[Outcome | GatewayError]:
        """Charge several orders; outcomes in the order given. No order affects another.

        An impossible order gives the error that `charge` would raise, in its place; one that got
        no answer gives Unknown.
        """
        ...

    def lookup(self, key: str) -> Outcome | None:
        """Return what a charge or set-up with this key has come to; None if it never arrived.

        Never charges. After a challenge it is the final outcome, no longer NeedsAction.
        """
        ...

    def poll(self, reference: str, now: int) -> Outcome:
        """Return the outcome as of `now` of a charge or set-up that was Processing."""
        ...

    def authenticate(self, reference: str, success: bool, now: int) -> Outcome:
        """Report the payer's challenge; on success the order goes on under its own key."""
        ...

    def verify_microdeposits(
        self,
        reference: str,
        now: int,
        amounts: tuple[int, int] | None = None,
        descriptor_code: str | None = None,
    ) -> Outcome:
        """Check the two amounts or the code the payer saw; on success the order goes on.

        A wrong answer is Declined with the API's code while the action stays open for another try.
        """
        ...

    def capture(self, reference: str, amount: int, key: str, now: int) -> Outcome:
        """Take up to the reserved amount; the rest is released."""
        ...

    def cancel(self, reference: str, key: str, now: int) -> Outcome:
        """Release an authorization or open action: Canceled, or the outcome that stands."""
        ...

    def setup(self, order: SetupOrder) -> Outcome:
        """Make a method ready for off-session use."""
        ...

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Give money back, once for each key. Raises GatewayError above what is left."""
        ...

    def lookup_refund(self, key: str) -> RefundOutcome | None:
        """Return what a refund with this key has come to; None if it never arrived."""
        ...

    def poll_refund(self, reference: str, now: int) -> RefundOutcome:
        """Return the state as of `now` of a refund that had a change to come."""
        ...

    def disputes_of(self, reference: str, now: int) -> list[DisputeFact]:
        """Return the disputes that the network has opened against a charge by `now`."""
        ...

    def respond_dispute(self, reference: str, evidence: str, now: int) -> DisputeFact:
        """Submit evidence (its uncategorized text) and return the dispute as it stands then."""
        ...

    def close_dispute(self, reference: str, now: int) -> DisputeFact:
        """Accept a dispute as lost."""
        ...

    def close(self) -> None:
        """Let go of connections; the gateway is not used afterwards."""
        ...
