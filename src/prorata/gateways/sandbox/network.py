"""Sandbox: the built-in gateway that plays card network and banks for tests."""

from collections.abc import Sequence

from msgspec.structs import replace

from ..orders import (
    BankAccount,
    BillingDetails,
    ChargeOrder,
    MethodDetails,
    MethodToken,
    RefundOrder,
    SetupOrder,
)
from ..outcomes import (
    Canceled,
    Declined,
    DisputeFact,
    NeedsAction,
    Outcome,
    Processing,
    RefundOutcome,
    Succeeded,
)
from ..protocol import GatewayError
from ..transfers import VirtualAccount
from . import banks, tokens, transfers, verdicts
from .books import BookedOrder, SandboxBooks
from .declines import MICRODEPOSIT_DECLINES, authentication_failure
from .verdicts import REFERENCE_PREFIX, Verdict, reference_of

_REFUND_SECONDS = banks.QUICK_SECONDS


class Sandbox:
    """A Gateway whose every answer follows from the test card or account and the order.

    `url` is that of the main store: the books lie beside it, see connections.connect. With
    `block_highest_risk` false a card of the highest risk is charged instead of blocked.
    """

    name = "sandbox"
    test_only = True
    # Its network is a book beside ours.
    immediate = True

    def __init__(self, url: str = "sqlite://", *, block_highest_risk: bool = True) -> None:
        self.books = SandboxBooks(url)
        self._block_highest_risk = block_highest_risk

    def close(self) -> None:
        self.books.close()

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
        return tokens.card_details(number, exp_month, exp_year, cvc, fingerprint_salt, now, billing)

    def tokenize_bank(self, account: BankAccount, fingerprint_salt: str, now: int) -> MethodDetails:
        return tokens.bank_details(account, fingerprint_salt)

    def from_test_token(self, name: str, fingerprint_salt: str, now: int) -> MethodDetails | None:
        return tokens.token_details(name, fingerprint_salt, now)

    def attach(
        self, method: MethodToken, now: int, billing: BillingDetails | None = None
    ) -> Succeeded | Declined:
        return verdicts.judge_attach(method, billing)

    def charge(self, order: ChargeOrder) -> Outcome:
        verdict = self._judge(order)
        return self.books.add(order, verdict, _disputes(order, verdict.outcome))

    def charge_many(self, orders: Sequence[ChargeOrder]) -> list[Outcome | GatewayError]:
        """Charge several orders with one commit; those that open disputes go one by one."""
        answers: list[Outcome | GatewayError | None] = [None] * len(orders)
        plain: list[tuple[int, ChargeOrder, Verdict]] = []
        for place, order in enumerate(orders):
            try:
                verdict = self._judge(order)
                if _opens_disputes(verdict.outcome):
                    answers[place] = self.charge(order)
                else:
                    plain.append((place, order, verdict))
            except GatewayError as error:
                answers[place] = error
        booked = self.books.add_many([(order, verdict) for _, order, verdict in plain])
        for (place, _, _), answer in zip(plain, booked, strict=True):
            answers[place] = answer
        assert None not in answers, "each order has its answer"
        return [answer for answer in answers if answer is not None]

    def lookup(self, key: str) -> Outcome | None:
        booked = self.books.find(key)
        return None if booked is None else booked.outcome

    def setup(self, order: SetupOrder) -> Outcome:
        return self.books.add(order, verdicts.judge_setup(order))

    def poll(self, reference: str, now: int) -> Outcome:
        booked = self.books.get(reference)
        outcome = booked.outcome
        if not isinstance(outcome, Processing) or booked.then is None:
            return outcome
        if outcome.settles_at is None or now < outcome.settles_at:
            return outcome
        opened = _disputes(booked.request, booked.then, at=outcome.settles_at)
        return self.books.move(booked, booked.then, disputes=opened)

    def authenticate(self, reference: str, success: bool, now: int) -> Outcome:
        booked = self.books.get(reference)
        if not isinstance(booked.outcome, NeedsAction) or booked.outcome.kind == "microdeposits":
            return booked.outcome
        if not success:
            return self.books.move(booked, authentication_failure(booked.kind))
        return self._go_on(booked, now)

    def verify_microdeposits(
        self,
        reference: str,
        now: int,
        amounts: tuple[int, int] | None = None,
        descriptor_code: str | None = None,
    ) -> Outcome:
        booked = self.books.get(reference)
        if not isinstance(booked.outcome, NeedsAction) or booked.outcome.kind != "microdeposits":
            return booked.outcome
        refusal = _deposit_refusal(booked, amounts, descriptor_code)
        if refusal is None:
            return self._go_on(booked, now)
        return refusal if refusal.retryable else self.books.move(booked, refusal)

    def capture(self, reference: str, amount: int, key: str, now: int) -> Outcome:
        """Take up to the reserved amount. Raises GatewayError for an amount above it.

        An authorization is captured once; asking again gives the first capture's outcome.
        """
        booked = self.books.get(reference)
        outcome = booked.outcome
        if not isinstance(outcome, Succeeded) or outcome.capture_before is None:
            return outcome
        _check_reserved(booked, outcome, amount)
        if now > outcome.capture_before:
            return self.books.move(booked, Canceled(reference))
        captured = replace(
            outcome,
            captured=outcome.captured + amount,
            capture_before=None,
            fee=verdicts.fee(amount),
        )
        return self.books.move(booked, captured, disputes=_disputes(booked.request, captured, now))

    def capture_part(self, reference: str, amount: int, key: str, now: int) -> Outcome:
        """Take a part and keep the rest reserved. Raises GatewayError for more than there is."""
        known = self.books.find_step(key)
        booked = self.books.get(reference)
        outcome = booked.outcome
        if known is not None or not _is_reserved(outcome):
            return known or outcome
        assert isinstance(outcome, Succeeded), "it is reserved"
        reserved = _check_reserved(booked, outcome, amount)
        taken = replace(outcome, captured=outcome.captured + amount, fee=verdicts.fee(amount))
        return self.books.add_step(key, booked, taken, reserved)

    def increment(self, reference: str, amount: int, key: str, now: int) -> Outcome:
        """Raise what is reserved; a card that is declined at a charge declines this too."""
        known = self.books.find_step(key)
        booked = self.books.get(reference)
        if known is not None or not _is_reserved(booked.outcome):
            return known or booked.outcome
        assert isinstance(booked.request, ChargeOrder), "only a charge has an authorization"
        if amount <= booked.request.amount:
            raise GatewayError(f"{reference!r} has {booked.request.amount} reserved already.")
        return self.books.add_step(key, booked, booked.outcome, amount)

    def cancel(self, reference: str, key: str, now: int) -> Outcome:
        booked = self.books.get(reference)
        outcome = booked.outcome
        if isinstance(outcome, Succeeded) and outcome.captured:
            # What was taken in parts stays, the rest is let go.
            return self.books.move(booked, replace(outcome, capture_before=None))
        if _is_reserved(outcome) or isinstance(outcome, NeedsAction):
            return self.books.move(booked, Canceled(reference))
        return outcome

    def refund(self, order: RefundOrder) -> RefundOutcome:
        booked = self.books.get(order.charge_reference)
        assert order.amount > 0, "a refund gives something back"
        return self.books.add_refund(order, _refund_outcome(order, booked))

    def lookup_refund(self, key: str) -> RefundOutcome | None:
        return self.books.find_refund(key)

    def poll_refund(self, reference: str, now: int) -> RefundOutcome:
        key = reference.removeprefix(REFERENCE_PREFIX)
        outcome = self.books.find_refund(key)
        if outcome is None:
            raise GatewayError(f"The sandbox has no refund {reference!r}.")
        if outcome.then is None or outcome.settles_at is None or now < outcome.settles_at:
            return outcome
        failed = outcome.then == "failed"
        final = RefundOutcome(
            outcome.then, reference, failure_reason=outcome.failure_reason if failed else None
        )
        return self.books.move_refund(key, outcome, final)

    def disputes_of(self, reference: str, now: int) -> list[DisputeFact]:
        booked = self.books.get(reference)
        return [_as_of(fact, now) for fact in self.books.disputes_of(booked.key)]

    def respond_dispute(self, reference: str, evidence: str, now: int) -> DisputeFact:
        """Submit evidence: `winning_evidence` wins, `losing_evidence` loses, other is reviewed.

        `escalate_inquiry_evidence` turns an inquiry into a dispute of what was not refunded,
        if there is any. A closed dispute stays as is.
        """
        fact = _as_of(self.books.find_dispute(reference), now)
        if not fact.status.endswith("needs_response"):
            return fact
        charge = self.books.get(fact.charge_reference)
        return self.books.save_dispute(
            _answered(fact, evidence, left=charge.captured - charge.refunded)
        )

    def close_dispute(self, reference: str, now: int) -> DisputeFact:
        fact = _as_of(self.books.find_dispute(reference), now)
        if not fact.status.endswith(("needs_response", "under_review")):
            return fact
        inquiry = fact.status.startswith("warning_")
        return self.books.save_dispute(
            replace(fact, status="warning_closed" if inquiry else "lost")
        )

    def virtual_accounts(
        self, owner: str, currency: str, country: str | None = None
    ) -> list[VirtualAccount]:
        return transfers.virtual_accounts(owner, currency, country)

    def _judge(self, order: ChargeOrder) -> Verdict:
        assert order.amount > 0, "a charge takes something"
        return verdicts.judge_charge(order, self._block_highest_risk)

    def _go_on(self, booked: BookedOrder, now: int) -> Outcome:
        order = replace(booked.request, authenticated=True, now=now)
        if isinstance(order, ChargeOrder):
            verdict = self._judge(order)
        else:
            verdict = verdicts.judge_setup(order)
        opened = _disputes(order, verdict.outcome)
        return self.books.move(booked, verdict.outcome, verdict.then, opened)


def _is_reserved(outcome: Outcome) -> bool:
    return isinstance(outcome, Succeeded) and outcome.capture_before is not None


def _check_reserved(booked: BookedOrder, outcome: Succeeded, amount: int) -> int:
    """Return what a charge has reserved in all; raise GatewayError for taking more than is left."""
    assert isinstance(booked.request, ChargeOrder), "only a charge has an authorization"
    reserved = booked.request.amount
    if not 0 < amount <= reserved - outcome.captured:
        raise GatewayError(f"{booked.key!r} has {reserved - outcome.captured} left, not {amount}.")
    return reserved


def _opens_disputes(outcome: Outcome) -> bool:
    return isinstance(outcome, Succeeded) and outcome.disputed


def _disputes(
    order: ChargeOrder | SetupOrder, outcome: Outcome, at: int | None = None
) -> list[DisputeFact]:
    """Return the disputes of what was taken; a reservation has none before its capture."""
    if not isinstance(outcome, Succeeded) or outcome.capture_before is not None:
        return []
    if not outcome.disputed or not isinstance(order, ChargeOrder):
        return []
    opened = order.now if at is None else at
    return verdicts.disputes(order.key, outcome.captured, order.currency, order.method, opened)


def _deposit_refusal(
    booked: BookedOrder, amounts: tuple[int, int] | None, code: str | None
) -> Declined | None:
    account = tokens.read_token(booked.request.method).account
    if account is not None and account.microdeposits_fail:
        return MICRODEPOSIT_DECLINES["failed"]
    given = tuple(sorted(amounts)) if amounts is not None else None
    answers = {
        (banks.GOOD_AMOUNTS, banks.GOOD_CODE): None,
        (banks.EXCEEDED_AMOUNTS, banks.EXCEEDED_CODE): "attempts_exceeded",
        (banks.LATE_AMOUNTS, banks.LATE_CODE): "timeout",
    }
    for (known_amounts, known_code), refusal in answers.items():
        if given == known_amounts or (given is None and code == known_code):
            return None if refusal is None else MICRODEPOSIT_DECLINES[refusal]
    mismatch = "descriptor_code_mismatch" if given is None else "amounts_mismatch"
    return MICRODEPOSIT_DECLINES[mismatch]


def _refund_outcome(order: RefundOrder, booked: BookedOrder) -> RefundOutcome:
    card = tokens.read_token(booked.request.method).card
    reference = reference_of(order.key)
    settles_at = order.now + _REFUND_SECONDS
    if card is None or card.refund == "pending":
        return RefundOutcome("pending", reference, settles_at, "succeeded")
    if card.refund == "fails":
        return RefundOutcome("succeeded", reference, settles_at, "failed", "unknown")
    return RefundOutcome("succeeded", reference)


def _as_of(fact: DisputeFact, now: int) -> DisputeFact:
    """Return a dispute at a time: without an answer it is lost after its last day."""
    if now <= fact.evidence_due_by or not fact.status.endswith("needs_response"):
        return fact
    inquiry = fact.status.startswith("warning_")
    return replace(fact, status="warning_closed" if inquiry else "lost")


def _answered(fact: DisputeFact, evidence: str, left: int) -> DisputeFact:
    inquiry = fact.status.startswith("warning_")
    if inquiry and "escalate_inquiry_evidence" in evidence:
        if left <= 0:
            return replace(fact, status="warning_closed")
        return replace(
            fact, status="needs_response", fee=verdicts.DISPUTE_FEE, amount=min(fact.amount, left)
        )
    if "winning_evidence" in evidence:
        return replace(fact, status="warning_closed" if inquiry else "won")
    if "losing_evidence" in evidence:
        return replace(fact, status="warning_closed" if inquiry else "lost")
    return replace(fact, status="warning_under_review" if inquiry else "under_review")
