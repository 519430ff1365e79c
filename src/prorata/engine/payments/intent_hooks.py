"""Intent hooks: how the invoice of a payment hears of what became of it.

Payments know nothing of invoices; whoever asked for a payment registers at these moments.
"""

from collections.abc import Callable, Iterable, Sequence

from prorata.engine.moments import Moment
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_error import PaymentError
from prorata.resources.payments.payment_intent import PaymentIntent

on_succeeded = Moment("intent succeeded")
on_failed = Moment("intent failed")
on_requires_action = Moment("intent requires action")
on_processing = Moment("intent processing")
on_canceled = Moment("intent canceled")
# The payer's bank took the money back.
on_disputed = Moment("intent disputed")
# Money went back to the payer. Facts: amount (minor units, negative when it came back), contra (the
# account that bears what was earned), memo. Whoever posts it to the ledger answers True.
on_given_back = Moment("intent given back")
# Something happened to an intent that a Checkout session waits for. Facts: what it was.
on_session_payment = Moment("payment of a session")

# What may still be refunded of the document that an intent paid; None where that is no limit.
Limit = Callable[[Tx, PaymentIntent], int | None]
_limits: list[Limit] = []


def limits_refunds(limit: Limit) -> Limit:
    """Register what says how much of an intent's money may still go back, in minor units."""
    _limits.append(limit)
    return limit


def refundable(tx: Tx, intent: PaymentIntent) -> int | None:
    """Return the most that may still be refunded of an intent, None when its charge alone says."""
    if intent.private.invoice is None:
        return None
    found = [most for limit in _limits if (most := limit(tx, intent)) is not None]
    return min(found, default=None)


Prefetch = Callable[[Tx, Sequence[PaymentIntent]], None]
_prefetches: list[Prefetch] = []


def prefetches(prefetch: Prefetch) -> Prefetch:
    """Register what loads together all that the hooks of many intents will read."""
    _prefetches.append(prefetch)
    return prefetch


def intent_succeeded(tx: Tx, intent: PaymentIntent, charge: Charge | None) -> None:
    """Tell the invoice of an intent that its money has come."""
    if intent.private.invoice is not None:
        on_succeeded.tell(tx, intent, charge)
    _tell_session(tx, intent, "succeeded")


def intent_reserved(tx: Tx, intent: PaymentIntent) -> None:
    """Tell the session of an intent that its money is reserved, to be captured."""
    _tell_session(tx, intent, "reserved")


def _tell_session(tx: Tx, intent: PaymentIntent, event: str) -> None:
    if intent.private.checkout_session is not None:
        on_session_payment.tell(tx, intent, event)


def intent_failed(
    tx: Tx, intent: PaymentIntent, charge: Charge | None, error: PaymentError
) -> None:
    """Tell the invoice of an intent that an attempt was declined."""
    if intent.private.invoice is not None:
        on_failed.tell(tx, intent, charge, error)
    _tell_session(tx, intent, "failed")


def intent_requires_action(tx: Tx, intent: PaymentIntent) -> None:
    """Tell the invoice of an intent that the payer must act."""
    if intent.private.invoice is not None:
        on_requires_action.tell(tx, intent)


def intent_processing(tx: Tx, intent: PaymentIntent) -> None:
    """Tell the invoice of an intent that a delayed debit is on its way."""
    if intent.private.invoice is not None:
        on_processing.tell(tx, intent)
    _tell_session(tx, intent, "processing")


def intent_canceled(tx: Tx, intent: PaymentIntent) -> None:
    """Tell the invoice of an intent that it will never be paid by it."""
    if intent.private.invoice is not None:
        on_canceled.tell(tx, intent)


def intent_disputed(tx: Tx, intent: PaymentIntent) -> None:
    """Tell whoever billed with an intent that its payer disputes it."""
    if intent.private.invoice is not None:
        on_disputed.tell(tx, intent)


def intent_given_back(
    tx: Tx, intent: PaymentIntent, amount: int, contra: str, memo: str
) -> bool:
    """Tell the invoice of an intent that money left for the payer; return whether it posted it."""
    if intent.private.invoice is None:
        return False
    return on_given_back.ask(tx, intent, amount, contra, memo)


def prefetch_invoices(tx: Tx, intents: Iterable[PaymentIntent]) -> None:
    """Load all that telling the invoices of these intents will read."""
    told = [intent for intent in intents if intent.private.invoice is not None]
    if told:
        for prefetch in _prefetches:
            prefetch(tx, told)
