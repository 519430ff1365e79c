"""Visit: a session made for whoever opens a payment link, or chooses from a pricing table."""

import contextlib
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from prorata.engine.checkout.codes import take_code
from prorata.engine.checkout.create import open_session
from prorata.engine.checkout.figures import refresh
from prorata.engine.checkout.let_go import is_being_paid
from prorata.engine.checkout.outcome import on_completed
from prorata.model.errors import InvalidRequest, LockTimeout, Momentary, NotFound
from prorata.model.transaction import Tx
from prorata.resources.checkout.payment_link import AfterCompletion, PaymentLink
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_params import LineItemParams, SessionCreateParams
from prorata.resources.checkout.session_shape import Locale
from prorata.resources.products.price import Price
from prorata.rules.mail_addresses import is_mail_address

REFERENCE_MAX = 200
UTM_MAX = 150
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
LOCALES = frozenset(get_args(Locale))
INACTIVE = "This link is no longer active."
# What sessions take under the same name, as links have it.
SAME = (
    "automatic_tax", "billing_address_collection", "consent_collection", "currency",
    "custom_fields", "custom_text", "invoice_creation", "metadata", "name_collection",
    "optional_items", "phone_number_collection", "shipping_address_collection", "submit_type",
    "tax_id_collection",
)  # fmt: skip


class SoldItem(LineItemParams, kw_only=True):
    """Something that a link sells, checked when the link was made."""

    agreed: bool = True


def find_link(tx: Tx, token: str) -> PaymentLink:
    """Return the link of an address, by its last part; raise NotFound for an unknown one."""
    found = tx.select(PaymentLink, token=token, limit=1)
    if not found:
        raise NotFound("This link is not known.", code="payment_link_unknown")
    return found[0]


def visit_link(tx: Tx, token: str, query: Mapping[str, str]) -> CheckoutSession:
    """Make the session of one visit to a payment link; for the page of its address.

    query: what the address was opened with (`prefilled_email`, `locked_prefilled_email`,
    `prefilled_promo_code`, `client_reference_id`, `locale`, `utm_*`); what can't be used is left
    out. Raises InvalidRequest (`payment_link_inactive`) with the link's own words where it is off.
    """
    link = find_link(tx, token)
    check_active(link)
    # It is switched off, or its last session completed, before or after this.
    tx.rely_on(link)
    session = session_of_link(tx, link)
    take_query(tx, session, query)
    return session


def check_active(link: PaymentLink) -> None:
    """Raise InvalidRequest, in the seller's own words, for a link that is switched off."""
    if not link.active:
        raise _inactive(link)


def _inactive(link: PaymentLink) -> InvalidRequest:
    return InvalidRequest(
        link.inactive_message or INACTIVE, code="payment_link_inactive", status=410
    )


def take_place(tx: Tx, session: CheckoutSession) -> None:
    """Let a session be paid while its link has not been used as often as it may be.

    Raises InvalidRequest (`payment_link_inactive`) after that, and LockTimeout while others are
    paying that may take the last place.
    """
    link = tx.find(PaymentLink, session.payment_link)
    if link is None or link.restrictions is None:
        return
    completed = link.restrictions.completed_sessions
    if completed.count >= completed.limit:
        raise _inactive(link)
    others = [each for each in link.private.paying if each != session.id]
    paying = [
        id for id, each in tx.load(CheckoutSession, others).items() if is_being_paid(tx, each)
    ]
    if completed.count + len(paying) >= completed.limit:
        raise LockTimeout()
    link.private.paying = [*paying, session.id]


def session_of_link(tx: Tx, link: PaymentLink) -> CheckoutSession:
    """Make a session of what a link says now."""
    session = open_session(tx, _params(tx, link))
    session.payment_link = link.id
    session.payment_method_collection = (
        link.payment_method_collection if session.mode == "subscription" else "if_required"
    )
    end_as(session, link.after_completion)
    return session


def end_as(session: CheckoutSession, after: AfterCompletion) -> None:
    """Write what comes after completion, as the link or the table that sells says."""
    hosted = after.hosted_confirmation
    session.private.after_completion = {
        "url": after.redirect.url if after.redirect else None,
        "message": hosted.custom_message if hosted else None,
    }
    if after.type == "hosted_confirmation":
        session.success_url = None


def mode_of(tx: Tx, link: PaymentLink) -> str:
    """Return what a link's sessions end in: a subscription where anything recurs."""
    prices = [tx.get(Price, each.price) for each in link.private.items]
    recurs = any(each.recurring is not None for each in prices)
    return "subscription" if recurs else "payment"


def _params(tx: Tx, link: PaymentLink) -> SessionCreateParams:
    said: dict[str, Any] = without_nulls(msgspec.to_builtins(link))
    mode = mode_of(tx, link)
    wanted: dict[str, Any] = {name: said[name] for name in SAME if said.get(name)}
    wanted["mode"] = mode
    wanted["success_url"] = said["after_completion"].get("redirect", {}).get("url") or link.url
    if link.allow_promotion_codes:
        wanted["allow_promotion_codes"] = True
    if link.payment_method_types is not None:
        wanted["allowed_payment_method_types"] = link.payment_method_types
    if said.get("payment_method_options", {}).get("card"):
        wanted["payment_method_options"] = said["payment_method_options"]
    if mode == "subscription":
        wanted.pop("invoice_creation", None)
        wanted["payment_method_collection"] = link.payment_method_collection
        wanted["subscription_data"] = said.get("subscription_data", {})
    else:
        wanted["customer_creation"] = link.customer_creation
        if link.payment_intent_data is not None:
            wanted["payment_intent_data"] = said["payment_intent_data"]
        if link.shipping_options:
            wanted["shipping_options"] = [
                {"shipping_rate": each.shipping_rate} for each in link.shipping_options
            ]
    params = msgspec.convert(wanted, SessionCreateParams)
    params.line_items = [
        msgspec.convert(
            without_nulls(
                {
                    "price": each.price,
                    "quantity": each.quantity,
                    "adjustable_quantity": None
                    if each.adjustable is None
                    else msgspec.to_builtins(each.adjustable),
                }
            ),
            SoldItem,
        )
        for each in link.private.items
    ]
    return params


def without_nulls(value: Any) -> Any:
    """Return what is said of something, without what is not."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    return value


def take_query(tx: Tx, session: CheckoutSession, query: Mapping[str, str]) -> None:
    """Write what the address was opened with; bad values are dropped without a word."""
    reference = query.get("client_reference_id", "")
    if 0 < len(reference) <= REFERENCE_MAX and _is_plain(reference):
        session.client_reference_id = reference
    locked = query.get("locked_prefilled_email", "").strip()
    email = query.get("prefilled_email", "").strip()
    if is_mail_address(locked):
        session.customer_email = locked
    elif is_mail_address(email):
        session.private.collected.email = email
    locale: Any = query.get("locale")
    if locale in LOCALES:
        session.locale = locale
    for name in UTM:
        value = query.get(name, "")
        if 0 < len(value) <= UTM_MAX and _is_plain(value):
            session.private.utm[name] = value
    code = query.get("prefilled_promo_code", "").strip()
    if code and session.allow_promotion_codes:
        # Where too many were tried just now, the link still leads somewhere.
        with contextlib.suppress(InvalidRequest, Momentary):
            take_code(tx, session, code)
            refresh(tx, session)


def _is_plain(text: str) -> bool:
    return text.isascii() and all(each.isalnum() or each in "-_" for each in text)


@on_completed
def count_completion(tx: Tx, session: CheckoutSession) -> None:
    """Count a completed session of a link, which switches itself off at its limit."""
    link = tx.find(PaymentLink, session.payment_link)
    if link is None or link.restrictions is None:
        return
    completed = link.restrictions.completed_sessions
    completed.count += 1
    if completed.count >= completed.limit:
        link.active = False
