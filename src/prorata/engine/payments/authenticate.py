"""Authenticate: the payer passes or fails the challenge that an intent waits for."""

import hmac

from msgspec import UNSET, UnsetType

from prorata.engine.payments.client_secret import check_secret
from prorata.engine.payments.collect import ask_again
from prorata.engine.payments.confirm import verify_microdeposits as verify_payment
from prorata.engine.payments.next_action import look_anew
from prorata.engine.payments.settle import settle
from prorata.engine.payments.setup_intents import verify_microdeposits as verify_setup
from prorata.engine.runtime import System
from prorata.gateways.outcomes import NeedsAction, Unknown
from prorata.model.errors import InvalidRequest, LockTimeout, no_such
from prorata.model.operation import operation
from prorata.model.params import Params
from prorata.model.transaction import Book, Tx
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_intent_params import VerifyMicrodepositsParams
from prorata.resources.payments.setup_intent import SetupIntent
from prorata.store.unit_of_work import UnitOfWork

Intent = PaymentIntent | SetupIntent
# Actions that the payer does elsewhere.
NO_CHALLENGE = ("display_bank_transfer_instructions", "verify_with_microdeposits")


class ChallengeParams(Params, kw_only=True):
    success: bool
    client_secret: str | UnsetType = UNSET


@operation("POST /_prorata/challenge/{intent}", publishable=True, dev_only=True)
def answer_challenge(tx: Tx, params: ChallengeParams, intent: str) -> Intent:
    """Pass or fail the challenge of an intent, as its page does; for tests without a browser."""
    found = intent_named(tx, intent)
    check_secret(tx, found, params.client_secret)
    decide_challenge(tx, found, params.success)
    return found


def intent_named(tx: Tx, id: str) -> Intent:
    """Return the payment or setup intent with an id; raise NotFound."""
    if id.startswith("seti_"):
        return tx.get(SetupIntent, id)
    found = tx.find(PaymentIntent, id)
    if found is None:
        raise no_such("payment_intent", id, param="intent")
    return found


def decide_challenge(tx: Tx, intent: Intent, success: bool) -> PaymentAttempt:
    """Let an intent's attempt go on with the challenge's result.

    One that is confirmed manually waits for the seller, who confirms it once more.
    Raises InvalidRequest when the intent does not wait for a challenge.
    """
    tx.follow(intent, by_payer=True)
    if intent.private.asking:
        raise LockTimeout()
    action = intent.next_action
    if intent.status != "requires_action" or action is None or action.type in NO_CHALLENGE:
        raise InvalidRequest(
            f"This intent does not wait for a challenge: it has a status of {intent.status}."
        )
    attempt = tx.get(PaymentAttempt, intent.private.attempt or "")
    if success and isinstance(intent, PaymentIntent) and intent.confirmation_method == "manual":
        intent.status = "requires_confirmation"
        intent.next_action = None
        intent.private.passed = True
        return attempt
    # Whoever confirmed has long been answered: the page shows the outcome.
    attempt.on_decline = "keep"
    intent.private.asking = True
    ask_again(tx, attempt, "authenticate", {"success": success})
    return attempt


def complete_challenge(system: System, book: Book, intent_id: str, success: bool) -> None:
    """Pass or fail the challenge of an intent and settle what follows; for pages and scripts."""
    done = system.write(
        book, lambda uow: decide_challenge(uow, intent_named(uow, intent_id), success).id
    )
    settle(system, book, done.attempts)


def look_again(system: System, book: Book, intent_id: str) -> None:
    """Go on with an intent whose payer has acted on the gateway's own page; else leave it be."""
    attempt = system.read(book, lambda uow: acted_elsewhere(uow, intent_named(uow, intent_id)))
    if attempt is None:
        return
    line, key = system.gateway_line(book.livemode), attempt.id
    [known] = line.ask([lambda: line.gateway.lookup(key)])
    open_still = known is None or isinstance(known, NeedsAction | Unknown)
    if open_still and attempt.settle_after is not None:
        return
    # Who closes this page and acts in the bank's own window has to be heard of as well.
    turn = _look_anew if open_still else _go_on
    try:
        done = system.write(book, lambda uow: turn(uow, intent_named(uow, intent_id), key))
    except LockTimeout:
        # The page looks again, until the test clock has advanced.
        return
    if not open_still:
        settle(system, book, done.attempts)


def acted_elsewhere(tx: Tx, intent: Intent) -> PaymentAttempt | None:
    """Return the attempt whose payer is to act on the gateway's own page, if an intent waits so."""
    if intent.status != "requires_action" or intent.private.asking:
        return None
    attempt = tx.look(PaymentAttempt, intent.private.attempt)
    return attempt if attempt is not None and attempt.action_url is not None else None


def _go_on(tx: Tx, intent: Intent, key: str) -> None:
    tx.follow(intent, by_payer=True)
    waiting = acted_elsewhere(tx, intent)
    if waiting is None or waiting.id != key:
        return
    attempt = tx.get(PaymentAttempt, key)
    attempt.on_decline = "keep"
    intent.private.asking = True
    ask_again(tx, attempt, attempt.ask)
    # It is known there: it is looked up, and never charged anew.
    attempt.asked = 1


def _look_anew(tx: Tx, intent: Intent, key: str) -> None:
    tx.follow(intent, by_payer=True)
    waiting = acted_elsewhere(tx, intent)
    if waiting is None or waiting.id != key or waiting.settle_after is not None:
        return
    look_anew(tx, tx.get(PaymentAttempt, key))


def complete_deposits(system: System, book: Book, intent_id: str, code: str) -> None:
    """Give the code of the deposits that an intent waits for; raise APIError for a wrong one."""

    def decide(uow: UnitOfWork) -> None:
        intent = intent_named(uow, intent_id)
        uow.follow(intent, by_payer=True)
        params = VerifyMicrodepositsParams(descriptor_code=code)
        if isinstance(intent, PaymentIntent):
            verify_payment(uow, intent, params)
        else:
            verify_setup(uow, intent, params)

    done = system.write(book, decide)
    for settled in settle(system, book, done.attempts):
        if settled.error is not None:
            raise settled.error


def opens(intent: Intent, secret: str) -> bool:
    """Return whether a client secret is the intent's."""
    return hmac.compare_digest(secret.encode(), (intent.client_secret or "").encode())
