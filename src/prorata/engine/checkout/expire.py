"""Expire: a session ends unpaid, and may be recovered by a new one."""

import msgspec

from prorata.engine.checkout.codes import drop_spent_code
from prorata.engine.checkout.create import new_session_id, open_setup
from prorata.engine.checkout.figures import check_chargeable, refresh
from prorata.engine.checkout.let_go import intent_of, let_go_of_all
from prorata.engine.checkout.recovery_hooks import on_recoverable
from prorata.engine.due import handles
from prorata.model.errors import InvalidRequest, LockTimeout, NotFound
from prorata.model.operation import operation
from prorata.model.params import Params
from prorata.model.transaction import Tx
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_facts import Made, SessionPrivate
from prorata.resources.checkout.session_shape import AfterExpiration, Recovery
from prorata.rules.windows import DAY

RECOVERY_SECONDS = 30 * DAY
TOKEN_LENGTH = 32


class ExpireParams(Params, kw_only=True):
    """No parameters but `expand`."""


@operation("POST /v1/checkout/sessions/{id}/expire")
def expire(tx: Tx, session: CheckoutSession, params: ExpireParams) -> CheckoutSession:
    """End an open session now; an incomplete subscription ends with it."""
    if session.status != "open":
        raise InvalidRequest(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout'
            f" Session has a status of `{session.status}`.",
            param="session",
        )
    expire_session(tx, session)
    return session


@handles("checkout.session")
def session_expires(tx: Tx, session: CheckoutSession) -> None:
    """End a session whose time is over."""
    expire_session(tx, session)


def expire_session(tx: Tx, session: CheckoutSession) -> None:
    """End an open session; raise LockTimeout while its payment is being asked about."""
    intent = intent_of(tx, session)
    if intent is not None and (intent.private.asking or intent.status == "processing"):
        raise LockTimeout()
    let_go_of_all(tx, session)
    session.status, session.url = "expired", None
    recovery = session.after_expiration.recovery if session.after_expiration else None
    if recovery is not None and recovery.enabled:
        token = tx.secret(TOKEN_LENGTH)
        session.private.recovery = token
        recovery.url = f"{tx.base_url}/c/recover/{token}"
        recovery.expires_at = tx.now + RECOVERY_SECONDS
        on_recoverable.tell(tx, session)
    tx.sequence("default")
    tx.emit_last("checkout.session.expired", session)


def find_recovery(tx: Tx, token: str) -> tuple[CheckoutSession, Recovery]:
    """Return which session an address recovers, and how; raise NotFound for an unknown address."""
    for former in tx.select(CheckoutSession, recovery=token, limit=1):
        if former.after_expiration is not None and former.after_expiration.recovery is not None:
            return former, former.after_expiration.recovery
    raise NotFound("This address is not known.", code="recovery_unknown")


def recover(tx: Tx, token: str) -> CheckoutSession:
    """Return a new session for what an expired one sold; for the page of its recovery address.

    Raises InvalidRequest for an address that is too old, or what is sold no more, NotFound for one
    that is unknown.
    """
    former, recovery = find_recovery(tx, token)
    tx.follow(former)
    if recovery.expires_at is not None and recovery.expires_at <= tx.now:
        raise InvalidRequest(
            "This Checkout Session can't be recovered any more: 30 days are over.",
            code="recovery_expired",
        )
    session = copy_of(tx, former)
    # What is sold is sold without it, too: the visitor sees the sum, and may enter another.
    drop_spent_code(tx, session)
    if recovery.allow_promotion_codes and not session.discounts:
        session.allow_promotion_codes = True
    found_figures = refresh(tx, session)
    check_chargeable(session, found_figures.due)
    return session


def copy_of(tx: Tx, former: CheckoutSession) -> CheckoutSession:
    """Add a session that sells what another one did, as open as that was once."""

    kept = msgspec.to_builtins(former)
    kept.pop("object", None)
    session = msgspec.convert(kept, CheckoutSession)
    private: SessionPrivate = msgspec.convert(msgspec.to_builtins(former.private), SessionPrivate)
    session.id = new_session_id(tx, session.customer)
    session.created = tx.now
    session.expires_at = tx.now + (former.expires_at - former.created)
    session.status, session.payment_status = "open", "unpaid"
    session.url = f"{tx.base_url}/c/pay/{session.id}"
    session.payment_intent = session.setup_intent = session.subscription = session.invoice = None
    session.recovered_from = former.id
    asked = former.after_expiration.recovery if former.after_expiration else None
    session.after_expiration = AfterExpiration(
        recovery=Recovery(
            allow_promotion_codes=asked.allow_promotion_codes if asked else False,
            enabled=asked.enabled if asked else False,
        )
    )
    private.made, private.recovery, private.last_error = Made(), None, None
    private.confirms, private.confirmed = [], 0
    for item in private.items:
        item.id = tx.id("li")
    session.private = private
    if session.mode == "setup":
        open_setup(tx, session)
    return tx.add(session)
