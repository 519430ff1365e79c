"""Verdicts: what the sandbox's network decides about an order, without remembering anything.

Pure functions of the order: the same order always gets the same verdict, so the books only have to
keep what was said.
"""

import zlib
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ..orders import BillingDetails, ChargeOrder, SetupOrder
from ..outcomes import (
    Authentication,
    Checks,
    Declined,
    DisputeFact,
    MandateStatus,
    NeedsAction,
    Outcome,
    Processing,
    RiskLevel,
    Succeeded,
)
from . import banks
from .card import Card, Opening
from .declines import BANK_DECLINES, CARD_DECLINES
from .tokens import Method, read_token

DAY = 86_400
AUTHORIZATION_SECONDS = 7 * DAY
FUNDS_DELAY_DAYS = 7
EVIDENCE_DAYS = 7
DISPUTE_FEE = 1_500
REFERENCE_PREFIX = "sandbox_"

_ELEVATED_MESSAGE = (
    "Stripe evaluated this payment as having elevated risk, and placed it in your manual review"
    " queue."
)

_BANK_DISPUTE = (Opening("debit_not_authorized", network_reason_code=None),)


class Verdict(Struct, frozen=True):
    """What the network says now, and what a Processing order comes to at its time."""

    outcome: Outcome
    then: Succeeded | Declined | None = None


def fee(amount: int) -> int:
    """Return the network's fee for a payment in minor units: 2.9 % + 30, half a unit rounds up."""
    return (amount * 29 + 500) // 1_000 + 30


def reference_of(key: str) -> str:
    """Return the network's name for the order with a key."""
    return REFERENCE_PREFIX + key


def judge_charge(order: ChargeOrder, block_highest_risk: bool = True) -> Verdict:
    """Decide a charge. Raises GatewayError for a token that is not the sandbox's."""
    method = read_token(order.method)
    if method.card is None:
        return _judge_debit(order, method)
    card = method.card
    blocked = card.decline == "blocked" or (card.risk == "highest" and block_highest_risk)
    if blocked:
        return Verdict(_declined("blocked", order, card, method))
    if _fails_at_attach(method):
        return Verdict(_declined(card.decline or "", order, card, method))
    barrier = _barrier(card, order)
    if barrier == "challenge":
        return Verdict(_challenge(order.key, card))
    if barrier == "refuse":
        return Verdict(_declined("authentication_required", order, card, method))
    if card.decline is not None and card.refused_at == "charge":
        return Verdict(_declined(card.decline, order, card, method))
    return Verdict(_paid_by_card(order, card, method))


def judge_setup(order: SetupOrder) -> Verdict:
    """Decide a set-up. Raises GatewayError for a token that is not the sandbox's."""
    method = read_token(order.method)
    reference = reference_of(order.key)
    if method.account is not None:
        if method.account.mandate == "rejected":
            return Verdict(replace(BANK_DECLINES["billing_invalid_mandate"], reference=reference))
        if _needs_deposits(order, method):
            return Verdict(_deposits(order.key, order.now))
        state: MandateStatus = "inactive" if method.account.mandate == "refused" else "active"
        return Verdict(Succeeded(reference, risk_level="not_assessed", mandate=state))
    card = method.card
    assert card is not None, "a method is a card or an account"
    if _fails_at_attach(method):
        return Verdict(_declined(card.decline or "", order, card, method))
    barrier = _barrier(card, order)
    if barrier == "challenge":
        return Verdict(_challenge(order.key, card))
    if barrier == "refuse":
        return Verdict(_declined("authentication_required", order, card, method))
    return Verdict(
        Succeeded(
            reference,
            network_transaction_id=_digits(order.key, 15),
            checks=checks(method, order.billing),
            three_d_secure=_authentication(card, order),
        )
    )


def judge_attach(token: str, billing: BillingDetails | None) -> Succeeded | Declined:
    """Decide the validation without money that a card passes when it is kept."""
    method = read_token(token)
    if method.card is None:
        return Succeeded("", risk_level="not_assessed")
    if _fails_at_attach(method):
        refusal = CARD_DECLINES[method.card.decline or ""]
        # The recorded generic refusal names an empty param at attach and none at a charge.
        param = "" if refusal.decline_code == "generic_decline" else refusal.param
        return replace(refusal, param=param, checks=checks(method, billing))
    return Succeeded("", checks=checks(method, billing))


def disputes(key: str, amount: int, currency: str, token: str, now: int) -> list[DisputeFact]:
    """Return the disputes that a charge of this method meets, opened at `now`."""
    method = read_token(token)
    if method.card is not None:
        openings = method.card.disputes
    else:
        openings = _BANK_DISPUTE if method.account and method.account.disputed else ()
    facts = []
    for number, opening in enumerate(openings, 1):
        first = number == 1
        share = amount // opening.part
        facts.append(
            DisputeFact(
                reference=f"{reference_of(key)}_dispute_{number}",
                charge_reference=reference_of(key),
                amount=amount - share * (opening.part - 1) if first else share,
                currency=currency,
                reason=opening.reason,
                status="warning_needs_response" if opening.inquiry else "needs_response",
                evidence_due_by=(now // DAY + EVIDENCE_DAYS + 1) * DAY - 1,
                created=now,
                network_reason_code=opening.network_reason_code,
                enhanced_eligibility_types=opening.eligibility,
                fee=0 if opening.inquiry else DISPUTE_FEE,
            )
        )
    return facts


def checks(method: Method, billing: BillingDetails | None) -> Checks:
    """Return the issuer's verdicts on the CVC and address, None for what was not given."""
    card = method.card
    if card is None:
        return Checks()
    return Checks(
        card.cvc if method.cvc_given else None,
        card.line1 if billing and billing.line1 else None,
        card.postal if billing and billing.postal_code else None,
    )


def _fails_at_attach(method: Method) -> bool:
    card = method.card
    if card is None or card.decline is None or card.refused_at != "attach":
        return False
    return card.decline != "incorrect_cvc" or method.cvc_given


def _barrier(card: Card, order: ChargeOrder | SetupOrder) -> Literal["none", "challenge", "refuse"]:
    if order.authenticated:
        return "none"
    if order.off_session:
        refused = card.challenge == "always" or (
            card.challenge == "unless_set_up" and not order.set_up
        )
        return "refuse" if refused else "none"
    asked = order.request_three_d_secure in ("any", "challenge") and card.enrolment == "enrolled"
    return "challenge" if card.challenge != "never" or asked else "none"


def _challenge(key: str, card: Card) -> NeedsAction:
    return NeedsAction(
        reference=reference_of(key),
        kind="captcha" if card.captcha else "three_d_secure",
        url_token=key,
        challenge=card.challenge_style,
    )


def _authentication(card: Card, order: ChargeOrder | SetupOrder) -> Authentication | None:
    if order.authenticated and not card.captcha:
        return Authentication("authenticated", "challenge")
    required = card.lookup_fails and card.decline is not None
    if order.off_session or (order.request_three_d_secure == "automatic" and not required):
        return None
    if card.lookup_fails:
        return Authentication("processing_error")
    if card.enrolment == "not_supported":
        return Authentication("not_supported")
    return Authentication("attempt_acknowledged", "frictionless")


def _digits(key: str, count: int) -> str:
    seed = zlib.crc32(key.encode())
    return str(seed * 2_654_435_761 % 10**count).zfill(count)


def _score(key: str, level: RiskLevel) -> int | None:
    low, span = {"normal": (0, 65), "elevated": (65, 10), "highest": (75, 25)}.get(level, (0, 0))
    return low + zlib.crc32(key.encode()) % span if span else None


def _declined(name: str, order: ChargeOrder | SetupOrder, card: Card, method: Method) -> Declined:
    template = CARD_DECLINES[name]
    level = "highest" if name == "blocked" else card.risk
    return replace(
        template,
        reference=reference_of(order.key),
        risk_level=level,
        risk_score=_score(order.key, level),
        checks=checks(method, order.billing),
        three_d_secure=_authentication(card, order),
    )


def _paid_by_card(order: ChargeOrder, card: Card, method: Method) -> Succeeded:
    available = order.now if card.funds_at_once else funds_date(order.now)
    elevated = card.risk == "elevated"
    return Succeeded(
        reference=reference_of(order.key),
        captured=order.amount if order.capture else 0,
        capture_before=None if order.capture else order.now + AUTHORIZATION_SECONDS,
        fee=fee(order.amount) if order.capture else 0,
        available_on=available,
        network_transaction_id=_digits(order.key, 15),
        authorization_code=_digits(order.key, 6),
        reason="elevated_risk_level" if elevated else None,
        risk_level=card.risk,
        risk_score=_score(order.key, card.risk),
        seller_message=_ELEVATED_MESSAGE if elevated else "Payment complete.",
        type="manual_review" if elevated else "authorized",
        checks=checks(method, order.billing),
        three_d_secure=_authentication(card, order),
        disputed=bool(card.disputes),
        early_fraud_warning=card.fraud_warning,
    )


def funds_date(now: int) -> int:
    """Return the midnight UTC at which the money of a payment can be used."""
    return (now // DAY + FUNDS_DELAY_DAYS) * DAY


def _needs_deposits(order: ChargeOrder | SetupOrder, method: Method) -> bool:
    return not (method.verified or order.set_up or order.authenticated)


def _deposits(key: str, now: int) -> NeedsAction:
    return NeedsAction(
        reference=reference_of(key),
        kind="microdeposits",
        url_token=key,
        arrival_date=(now // DAY + 1) * DAY,
        microdeposit_type="descriptor_code",
    )


def _judge_debit(order: ChargeOrder, method: Method) -> Verdict:
    account = method.account
    assert account is not None, "a method is a card or an account"
    reference = reference_of(order.key)
    if account.mandate != "stands":
        return Verdict(replace(BANK_DECLINES["billing_invalid_mandate"], reference=reference))
    if _needs_deposits(order, method):
        return Verdict(_deposits(order.key, order.now))
    seconds = {"quick": banks.QUICK_SECONDS, "slow": banks.SLOW_SECONDS}.get(account.pace)
    settles_at = None if seconds is None else order.now + seconds
    processing = Processing(reference, settles_at, mandate="active")
    if settles_at is None:
        return Verdict(processing)
    if account.failure is not None:
        then: Succeeded | Declined = replace(
            BANK_DECLINES[account.failure],
            reference=reference,
            mandate="inactive" if account.ends_mandate else "active",
        )
        if method.type != "us_bank_account":
            # The codes of the table are those of the ACH network.
            then = replace(then, network_decline_code=None)
    else:
        then = Succeeded(
            reference=reference,
            captured=order.amount,
            fee=fee(order.amount),
            available_on=funds_date(settles_at),
            risk_level="not_assessed",
            mandate="active",
            disputed=account.disputed,
        )
    return Verdict(processing, then)
