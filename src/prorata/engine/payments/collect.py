"""Collect: decide to charge a payment intent; the gateway is called only after the commit."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct

from prorata.engine.payments.bank_transfer import check_funding, euro_country
from prorata.engine.payments.method_details import payer_of
from prorata.engine.payments.payment_method_of import named_method
from prorata.gateways.orders import ChargeOrder
from prorata.model.errors import LockTimeout, NoGateway, NotFound
from prorata.model.ids import lasting_id
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_attempt import (
    TAKEN_UP_AFTER,
    Ask,
    OnDecline,
    PaymentAttempt,
)
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_intent_params import ConfirmFacts
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_options import PaymentCardOptions


class Turn(Struct, frozen=True):
    """Which of the charges that time makes this is: the `number`th for what it pays for.

    Books that are older than the charge, restored or taken over from a standby, make it again
    under the same key. second: a moment (UTC) that belongs to what is paid for.
    """

    paid_for: str
    number: int
    second: int

    def key(self, customer: str | None) -> str:
        """Return the id of the attempt, whatever sum it asks for and of which method."""
        return lasting_id("pa", self.second, customer, self.paid_for, self.number)


def collect(
    tx: Tx,
    intent: PaymentIntent,
    *,
    off_session: bool,
    on_decline: OnDecline = "keep",
    confirmation: ConfirmFacts | None = None,
    turn: Turn | None = None,
) -> PaymentAttempt:
    """Write the attempt to charge an intent with its payment method; `settle` makes it.

    on_decline: keep it in silence, raise it to the caller after the commit, or undo what this
    transaction wrote and raise. turn: which charge this is, in any copy of the books. Raises
    LockTimeout while another attempt is being made.
    """
    refuse_while_asking(intent)
    method = named_method(tx, intent.payment_method or "", owner=intent.customer, look=True)
    intent.payment_method = method.id
    intent.status = "requires_confirmation"
    intent.next_action = None
    intent.last_payment_error = None
    intent.private.confirmation = confirmation or ConfirmFacts(off_session=off_session)
    by_cash = method.type == CASH
    if by_cash:
        check_funding(tx, intent)
    attempt = add_attempt(
        tx,
        "cash" if by_cash else "charge",
        owner=intent.customer or intent.id,
        id=None if turn is None else turn.key(intent.customer),
        payment_intent=intent.id,
        payment_method=method.id,
        on_decline=on_decline,
    )
    if by_cash:
        attempt.order = {
            "owner": intent.customer, "currency": intent.currency, "country": euro_country(intent),
        }  # fmt: skip
    else:
        attempt.order = msgspec.to_builtins(_order(tx, attempt.id, intent, method, off_session))
    if method.private.unusable:
        attempt.answer = {"refused": "billing_invalid_mandate"}
    intent.private.attempt = attempt.id
    intent.private.asking = True
    return attempt


def refuse_while_asking(intent: PaymentIntent) -> None:
    """Raise LockTimeout while a gateway is being asked about an intent."""
    if intent.private.asking:
        raise LockTimeout()


def add_attempt(
    tx: Tx,
    ask: Ask,
    *,
    owner: str | None,
    id: str | None = None,
    on_decline: OnDecline = "keep",
    gateway: str | None = None,
    **facts: Any,
) -> PaymentAttempt:
    """Add an attempt for `settle` to make after the commit, at this transaction's time.

    gateway: the name of the one that knows what is asked about; None: the one that serves. Raises
    NoGateway where real money would be played with.
    """
    refuse_playing(tx)
    key = _key_of_request(tx) if id is None else None
    attempt = PaymentAttempt(
        id=id or key or tx.new_id(PaymentAttempt, owner=owner),
        owner=UNSET if key is None or owner is None else owner,
        ask=ask,
        on_decline=on_decline,
        now=tx.now,
        clock=tx.clock,
        real_created=tx.real_now,
        settle_after=tx.real_now + TAKEN_UP_AFTER,
        request=tx.request,
        gateway=gateway or tx.gateway.name,
        **facts,
    )
    tx.add(attempt)
    wait_for(tx, attempt)
    return attempt


def ask_about_charge(tx: Tx, ask: Ask, charge: Charge, **facts: Any) -> PaymentAttempt:
    """Add an attempt about what a charge that no intent made has reserved."""
    return add_attempt(
        tx,
        ask,
        owner=charge.customer or charge.id,
        charge=charge.id,
        payment_method=charge.payment_method,
        order={"currency": charge.currency},
        reference=charge.private.reference,
        gateway=charge.private.gateway,
        **facts,
    )


def refuse_playing(tx: Tx) -> None:
    """Raise NoGateway where real money would be played with: others have its gateway."""
    if tx.book.livemode and tx.gateway.test_only:
        raise NoGateway()


def _key_of_request(tx: Tx) -> str | None:
    """Return the id of the attempt that a request comes to by its idempotency key.

    It has the same one when it is sent again to books that lost what it did. None without a key,
    or where one of long ago is used anew.
    """
    request = tx.request
    if request is None or request.idempotency_key is None:
        return None
    place = len(tx.results.get("attempts", ()))
    id = lasting_id("pa", 0, None, tx.book.key, request.idempotency_key, place)
    try:
        tx.get_even_deleted(PaymentAttempt, id)
    except NotFound:
        return id
    return None


def ask_again(
    tx: Tx, attempt: PaymentAttempt, ask: Ask, answer: dict[str, Any] | None = None
) -> None:
    """Let a waiting attempt go on: the payer has acted, or its time has come."""
    attempt.ask = ask
    attempt.answer = answer
    attempt.now = tx.now
    attempt.clock = tx.clock
    attempt.request = tx.request
    attempt.refused = UNSET
    attempt.asked = 0
    attempt.settle_after = tx.real_now + TAKEN_UP_AFTER
    wait_for(tx, attempt)


def wait_for(tx: Tx, attempt: PaymentAttempt) -> None:
    """Leave an attempt to whoever runs this transaction, to be settled after the commit."""
    tx.results.setdefault("attempts", []).append(attempt.id)


def _order(
    tx: Tx, key: str, intent: PaymentIntent, method: PaymentMethod, off_session: bool
) -> ChargeOrder:
    return ChargeOrder(
        key=key,
        amount=intent.amount,
        currency=intent.currency,
        method=method.private.token,
        now=tx.now,
        off_session=off_session,
        set_up=method.private.set_up,
        save_for_off_session=intent.setup_future_usage == "off_session",
        capture=not captures_later(intent, method),
        customer=intent.customer,
        description=intent.description,
        statement_descriptor=intent.statement_descriptor,
        request_three_d_secure=three_d_secure_of(intent.payment_method_options),
        billing=payer_of(method),
    )


def captures_later(intent: PaymentIntent, method: PaymentMethod) -> bool:
    """Return whether a charge only reserves the money. Debits are always taken at once."""
    if method.type != "card":
        return False
    options = intent.payment_method_options
    card = options.card if options is not None else None
    own = isinstance(card, PaymentCardOptions) and card.capture_method == "manual"
    return own or intent.capture_method == "manual"


def three_d_secure_of(options: Any) -> Literal["any", "automatic", "challenge"]:
    """Return how eagerly a challenge is asked for."""
    card = getattr(options, "card", None)
    return getattr(card, "request_three_d_secure", None) or "automatic"
