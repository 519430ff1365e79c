"""Next action: what an intent asks the payer to do, and where."""

from typing import Any, TypeVar
from urllib.parse import urlencode

from prorata.gateways.outcomes import NeedsAction
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_intent_params import ConfirmFacts
from prorata.resources.payments.payment_intent_shape import (
    NextAction,
    RedirectToUrl,
    VerifyWithMicrodeposits,
)

Action = TypeVar("Action", bound=NextAction)


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
    url = outcome.url or challenge_url(tx, intent, client_secret)
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
