"""Next action: what an intent asks the payer to do, and where."""

from typing import Any, TypeVar
from urllib.parse import urlencode

from prorata.gateways.outcomes import ActionKind, NeedsAction, Outcome, Unknown
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent_params import ConfirmFacts
from prorata.resources.payments.payment_intent_shape import (
    NextAction,
    RedirectToUrl,
    VerifyWithMicrodeposits,
)

Action = TypeVar("Action", bound=NextAction)
# Real seconds until a payer who acts on the gateway's own page is looked for, one after the other.
LOOK_AFTER = (30, 60, 120, 300, 900, 3600)
# About a day, and two weeks for deposits, which take days to arrive; after that only the page of
# the challenge asks, if somebody opens it again: from then on they are looked for anew.
MOST_LOOKS: dict[ActionKind, int] = {"three_d_secure": 30, "captcha": 30, "microdeposits": 340}


def challenge_url(tx: Tx, intent: str, client_secret: str) -> str:
    """Return the address of the page on which the payer passes an intent's challenge.

    Where the payer goes from there is not said in it: the intent knows, and nobody can change it.
    """
    query = urlencode({"client_secret": client_secret})
    return f"{tx.base_url}/_prorata/challenge/{intent}?{query}"


def next_action_of(
    cls: type[Action],
    tx: Tx,
    outcome: NeedsAction,
    intent: str,
    client_secret: str,
    facts: ConfirmFacts,
) -> Action:
    """Return the action of an intent: a page to be sent to, or work for the browser script."""
    # A challenge on the gateway's own page is shown, and its end seen, by a page of ours around it.
    url = challenge_url(tx, intent, client_secret)
    if outcome.kind == "microdeposits":
        return cls(
            type="verify_with_microdeposits",
            verify_with_microdeposits=VerifyWithMicrodeposits(
                arrival_date=outcome.arrival_date or tx.now,
                hosted_verification_url=url,
                microdeposit_type=outcome.microdeposit_type,
            ),
        )
    if facts.return_url is not None and not facts.use_stripe_sdk:
        return cls(
            type="redirect_to_url",
            redirect_to_url=RedirectToUrl(return_url=facts.return_url, url=url),
        )
    script: dict[str, Any] = {"type": "three_d_secure_redirect", "stripe_js": url}
    if outcome.challenge is not None:
        script["challenge"] = outcome.challenge
    return cls(type="use_stripe_sdk", use_stripe_sdk=script)


def wait_for_payer(tx: Tx, attempt: PaymentAttempt, outcome: NeedsAction) -> None:
    """Let an attempt wait until its payer has acted.

    Where that is on the gateway's own page, nobody tells of it: the attempt is looked up now and
    then.
    """
    attempt.state, attempt.reference = "requires_action", outcome.reference
    attempt.action_url = outcome.url
    if attempt.action_url is not None:
        _look_later(tx, attempt, outcome.kind)


def wait_on(tx: Tx, attempt: PaymentAttempt) -> None:
    """Let an attempt wait for another answer of its payer, who named the deposits wrongly."""
    attempt.state = "requires_action"
    if attempt.action_url is not None:
        _look_later(tx, attempt, "microdeposits")


def still_waits(tx: Tx, attempt: PaymentAttempt, outcome: Outcome | None) -> bool:
    """Return whether the payer has yet to act on the gateway's own page; it is looked up again."""
    waits = attempt.state == "requires_action" and attempt.action_url is not None
    if not waits or not isinstance(outcome, NeedsAction | Unknown):
        return False
    _look_later(tx, attempt, None if isinstance(outcome, Unknown) else outcome.kind)
    return True


def look_anew(tx: Tx, attempt: PaymentAttempt) -> None:
    """Look for a payer once more from the first, who has come back after they were given up."""
    # It is known there: it is looked up, and never charged anew.
    attempt.asked = 1
    _look_later(tx, attempt, None)


def _look_later(tx: Tx, attempt: PaymentAttempt, kind: ActionKind | None) -> None:
    """Let a payer be looked for again; kind: what they are to do.

    None where they are looked for in any case: the gateway did not say whether they have acted.
    """
    attempt.ask = "charge" if attempt.setup_intent is None else "setup"
    step = min(attempt.asked, len(LOOK_AFTER) - 1)
    attempt.settle_after = None
    # What was passed in the gateway's silence has moved money: nobody is given up unanswered.
    if kind is None or attempt.asked < MOST_LOOKS[kind]:
        attempt.settle_after = tx.real_now + LOOK_AFTER[step]
