"""Create: a Checkout session is made for a cart, and waits for its visitor."""

from typing import Literal

from prorata.engine.checkout.agreed import check_modes, check_statement, write_agreement
from prorata.engine.checkout.asked import write_asked
from prorata.engine.checkout.automatic_tax import write_automatic_tax
from prorata.engine.checkout.buyer import details_of
from prorata.engine.checkout.cart import cart_of, check_cart, currency_of, optional_items_of
from prorata.engine.checkout.collection import refuse_trade
from prorata.engine.checkout.figures import check_chargeable, refresh
from prorata.engine.checkout.methods import write_methods
from prorata.model.errors import InvalidRequest, NotSupported, missing_param
from prorata.model.ids import ALPHABET
from prorata.model.operation import operation
from prorata.model.params import given, merge_metadata, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.checkout.collection_shape import (
    ManagedPayments,
    MethodCollection,
)
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_params import SessionCreateParams
from prorata.resources.checkout.session_shape import (
    AdaptivePricing,
    Mode,
    SessionDiscount,
    UiMode,
)
from prorata.resources.core.customer import Customer
from prorata.resources.payments.return_url import return_url_of
from prorata.resources.payments.setup_intent import new_setup_intent
from prorata.resources.products.price_params import check_currency
from prorata.rules.mail_addresses import is_mail_address

EXPIRES_SECONDS = 24 * 3600
EXPIRES_LEAST_SECONDS = 30 * 60
# How much earlier or later than that a clock of the caller's may say.
CLOCK_SECONDS = 60
SECRET_LENGTH = 40
PLAIN = (
    "allow_promotion_codes", "billing_address_collection", "cancel_url", "client_reference_id",
    "customer_email", "integration_identifier", "locale", "origin_context", "submit_type",
    "success_url",
)  # fmt: skip


@operation("POST /v1/checkout/sessions")
def create(tx: Tx, params: SessionCreateParams) -> CheckoutSession:
    """Make a session for a cart (or, in `setup` mode, for a payment method alone)."""
    return open_session(tx, params)


def open_session(tx: Tx, params: SessionCreateParams) -> CheckoutSession:
    """Make a session; raise InvalidRequest, by the parameter, for one that can't be sold."""
    refuse_unsupported(params, "customer_account")
    refuse_trade(tx, params)
    if given(params.adaptive_pricing) and params.adaptive_pricing.enabled is True:
        raise NotSupported(
            "Prices in the visitor's own currency (`adaptive_pricing`) are not supported: give the"
            " prices `currency_options`.",
            param="adaptive_pricing[enabled]",
        )
    if not given(params.mode):
        raise missing_param("mode")
    check_modes(params, params.mode)
    customer = _customer(tx, params)
    session = _blank(tx, params, params.mode, customer)
    _write_urls(session, params)
    tx.add(session)
    _write_cart(tx, session, params, customer)
    write_agreement(tx, session, params)
    write_methods(tx, session, params)
    check_statement(session)
    write_asked(tx, session, params)
    write_automatic_tax(tx, session, params, customer)
    if session.mode == "setup":
        open_setup(tx, session)
    found = refresh(tx, session)
    check_chargeable(session, found.due)
    if customer is not None:
        session.customer_details = details_of(tx, session, customer)
    elif session.customer_email is not None:
        session.customer_details = details_of(tx, session, None)
    return session


def _customer(tx: Tx, params: SessionCreateParams) -> Customer | None:
    if given(params.customer) and given(params.customer_email):
        raise InvalidRequest(
            "You may only specify one of these parameters: customer, customer_email.",
            param="customer",
        )
    if given(params.customer_email) and not is_mail_address(params.customer_email):
        raise InvalidRequest(
            f"Invalid email address: {params.customer_email}",
            code="email_invalid",
            param="customer_email",
        )
    if not given(params.customer):
        if given(params.customer_update):
            raise InvalidRequest(
                "`customer_update` can only be used with `customer`.", param="customer_update"
            )
        return None
    if given(params.customer_creation):
        raise InvalidRequest(
            "You may only specify one of these parameters: customer, customer_creation.",
            param="customer_creation",
        )
    customer = tx.get(Customer, params.customer, param="customer")
    tx.follow(customer)
    # Whoever is deleted is so before or after this.
    tx.rely_on(customer)
    if given(params.tax_id_collection) and params.tax_id_collection.enabled:
        update = params.customer_update
        if not given(update) or update.name != "auto":
            raise InvalidRequest(
                "Tax ID collection requires updating business name on the customer. To enable tax"
                " ID collection for an existing customer, please set `customer_update[name]` to"
                " `auto`.",
                param="customer_update[name]",
            )
    return customer


def new_session_id(tx: Tx, owner: str | None) -> str:
    """Return the id of a session: it begins with its time and can't be guessed.

    Whoever knows that of a hosted one may open its page.
    """
    prefix = "cs_live" if tx.book.livemode else "cs_test"
    made = tx.id(prefix, owner).removeprefix(f"{prefix}_1")
    mark = "a1" if not tx.book.livemode else "b1"
    assert made[0] in ALPHABET, "ids are of base 62"
    return f"{prefix}_{mark}{made[:14]}{tx.secret(SECRET_LENGTH)}{made[14:]}"


def _blank(
    tx: Tx, params: SessionCreateParams, mode: Mode, customer: Customer | None
) -> CheckoutSession:
    id = new_session_id(tx, customer.id if customer is not None else None)
    ui_mode: UiMode = value_or(params.ui_mode, "hosted_page")
    session = CheckoutSession(
        id=id,
        client_secret=None if ui_mode == "hosted_page" else f"{id}_secret_{tx.secret(32)}",
        created=tx.now,
        customer=customer.id if customer is not None else None,
        expires_at=_expiry(tx, params),
        livemode=tx.book.livemode,
        mode=mode,
        payment_method_types=[],
        ui_mode=ui_mode,
        url=f"{tx.base_url}/c/pay/{id}" if ui_mode == "hosted_page" else None,
    )
    for name in PLAIN:
        value = getattr(params, name)
        if given(value):
            setattr(session, name, value)
    session.metadata = merge_metadata({}, params.metadata)
    if mode != "setup":
        session.adaptive_pricing = AdaptivePricing()
        session.discounts = []
    if customer is None and mode == "payment":
        session.customer_creation = value_or(params.customer_creation, "if_required")
    elif given(params.customer_creation):
        session.customer_creation = params.customer_creation
    default: MethodCollection = "if_required" if mode == "payment" else "always"
    session.payment_method_collection = value_or(params.payment_method_collection, default)
    session.managed_payments = ManagedPayments()
    return session


def _expiry(tx: Tx, params: SessionCreateParams) -> int:
    if not given(params.expires_at):
        return tx.now + EXPIRES_SECONDS
    at = params.expires_at
    if at < tx.now + EXPIRES_LEAST_SECONDS - CLOCK_SECONDS:
        raise InvalidRequest(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session"
            " creation.",
            param="expires_at",
        )
    if at > tx.now + EXPIRES_SECONDS + CLOCK_SECONDS:
        raise InvalidRequest(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return at


def _write_urls(session: CheckoutSession, params: SessionCreateParams) -> None:
    """Write where the visitor goes from here, as the way of showing the page asks for."""
    hosted = session.ui_mode == "hosted_page"
    for name in ("cancel_url", "return_url", "success_url"):
        return_url_of(getattr(params, name), name)
    refused = ("return_url", "redirect_on_completion") if hosted else ("success_url", "cancel_url")
    for name in refused:
        if given(getattr(params, name)):
            raise InvalidRequest(
                f"`{name}` can not be used with `ui_mode: {session.ui_mode}`.", param=name
            )
    if hosted:
        if not given(params.success_url):
            raise missing_param("success_url")
        return
    redirect: Literal["always", "if_required", "never"] = value_or(
        params.redirect_on_completion, "always"
    )
    if session.ui_mode == "embedded_page" or given(params.redirect_on_completion):
        session.redirect_on_completion = redirect
    if given(params.return_url):
        if redirect == "never":
            raise InvalidRequest(
                "`return_url` can not be used when `redirect_on_completion` is `never`.",
                param="return_url",
            )
        session.return_url = params.return_url
    elif session.ui_mode == "embedded_page" and redirect != "never":
        raise missing_param("return_url")


def _write_cart(
    tx: Tx, session: CheckoutSession, params: SessionCreateParams, customer: Customer | None
) -> None:
    wanted = value_or(params.currency, None)
    if wanted is not None:
        wanted = wanted.lower()
        check_currency(wanted, "currency")
    if session.mode == "setup":
        if wanted is None and not given(params.allowed_payment_method_types):
            raise missing_param("currency")
        session.currency = wanted
        return
    if not given(params.line_items) or not params.line_items:
        raise missing_param("line_items")
    items = cart_of(tx, params.line_items)
    session.private.items = items
    session.currency = currency_of(tx, items, wanted, customer.currency if customer else None)
    check_cart(tx, items, session.mode, session.currency)
    if given(params.optional_items):
        session.optional_items = optional_items_of(tx, params.optional_items, items, session.mode)
    if given(params.discounts) and params.discounts:
        if params.allow_promotion_codes is not None and given(params.allow_promotion_codes):
            raise InvalidRequest(
                "You may only specify one of these parameters: allow_promotion_codes, discounts.",
                param="allow_promotion_codes",
            )
        if len(params.discounts) > 1:
            raise InvalidRequest(
                "You can apply at most one coupon or promotion code to a session.",
                param="discounts",
            )
        session.discounts = [
            SessionDiscount(
                coupon=value_or(each.coupon, None),
                promotion_code=value_or(each.promotion_code, None),
            )
            for each in params.discounts
        ]
        _check_discount(params)


def _check_discount(params: SessionCreateParams) -> None:
    [entry] = value_or(params.discounts, [])
    if given(entry.coupon) == given(entry.promotion_code):
        raise InvalidRequest(
            "You must specify one of these parameters: discounts[0][coupon],"
            " discounts[0][promotion_code].",
            param="discounts[0][coupon]",
        )


def open_setup(tx: Tx, session: CheckoutSession) -> None:
    """Make the setup intent that the session's method is made ready by."""
    data = session.private.setup_intent_data
    intent = new_setup_intent(
        tx,
        customer=session.customer,
        types=session.payment_method_types,
        description=data.get("description"),
        metadata=data.get("metadata") or {},
        currency=session.currency,
        checkout_session=session.id,
    )
    session.setup_intent = session.private.made.setup_intent = intent.id
