"""Page: what the page of a session shows, gathered from everything it stands on."""

from typing import Any

import msgspec
from msgspec import UNSET

from prorata.engine.checkout.account_shown import account_shown
from prorata.engine.checkout.branding import branding_of
from prorata.engine.checkout.codes import takes_codes
from prorata.engine.checkout.completion import completion_of
from prorata.engine.checkout.figures import Figures, figures
from prorata.engine.checkout.let_go import intent_of
from prorata.engine.checkout.mark import mark_of
from prorata.engine.checkout.missing import missing
from prorata.engine.checkout.page_cart import (
    amounts,
    shown_cross_sell,
    shown_discounts,
    shown_extra,
    shown_items,
    shown_optional,
    shown_shipping,
    shown_taxes,
    shown_terms,
    shown_upsell,
)
from prorata.engine.checkout.subscribed import is_subscribed
from prorata.model.errors import InvalidRequest, Momentary
from prorata.model.params import value_or
from prorata.model.transaction import Tx
from prorata.resources.checkout.payment_page import (
    PageCollected,
    PageCollection,
    PageIntent,
    PageMethods,
    PageSavedMethod,
    PageTotal,
    PaymentPage,
)
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_error import PaymentError, payment_error
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod

SAVED_MAX = 20


def page_of(tx: Tx, session: CheckoutSession) -> PaymentPage:
    """Return what a session's page shows at this moment; see `PaymentPage` for what each part is.

    Of a session that has come to its end the amounts are those that it ended with.
    """
    found, trouble = _figures(tx, session)
    lacks = missing(tx, session) if session.status == "open" else []
    customer = tx.find(Customer, session.customer)
    recovery = session.after_expiration.recovery if session.after_expiration else None
    return PaymentPage(
        id=session.id,
        account=account_shown(tx),
        already_subscribed=session.status == "open" and is_subscribed(tx, session),
        branding=value_or(session.branding_settings, None) or branding_of(tx),
        can_confirm=session.status == "open" and not lacks and trouble is None,
        cancel_url=session.cancel_url,
        collected=_collected(session, customer),
        collects=_collects(session, customer, found),
        completion=completion_of(session),
        created=session.created,
        cross_sell=shown_cross_sell(tx, session),
        currency=session.currency,
        custom_text=session.custom_text,
        discounts=shown_discounts(tx, session, found),
        expires_at=session.expires_at,
        extra_items=shown_extra(found),
        intent=_intent(tx, session),
        last_error=_shown_error(trouble or session.private.last_error or _error(tx, session)),
        line_items=shown_items(tx, session, found),
        livemode=session.livemode,
        locale=session.locale,
        mark=mark_of(session, found, session.private.shipping_rate),
        missing=lacks,
        mode=session.mode,
        optional_items=shown_optional(tx, session),
        page_locale=session.private.page_locale,
        payment_methods=_methods(tx, session, customer),
        payment_status=session.payment_status,
        recovered_from=session.recovered_from,
        recovery_url=recovery.url if recovery is not None else None,
        recurring=shown_terms(tx, session, found),
        redirect_on_completion=value_or(session.redirect_on_completion, None),
        shipping_options=shown_shipping(tx, session),
        shipping_rate=session.private.shipping_rate,
        status=session.status or "open",
        submit_type=session.submit_type,
        tax_pending=session.automatic_tax.status == "requires_location_inputs",
        taxes=shown_taxes(tx, found),
        total=PageTotal(
            **{**amounts(found.sums), "total": found.total},
            shipping=found.shipping,
            applied_balance=found.balance,
            balance_applied_to_next_invoice=found.trial_end is not None and found.balance != 0,
            due=found.due,
        ),
        ui_mode=session.ui_mode or "hosted_page",
        upsell=shown_upsell(tx, session),
        url=session.url,
    )  # fmt: skip


def _figures(tx: Tx, session: CheckoutSession) -> tuple[Figures, PaymentError | None]:
    """Return what a session comes to; where it can't be sold any more, as it did, and why."""
    if session.status == "open":
        try:
            return figures(tx, session), None
        except (InvalidRequest, Momentary) as error:
            # A page is shown all the same, also while it waits for a payment, or for its taxes.
            trouble = payment_error(
                type="invalid_request_error", code=error.code or "checkout_not_sellable",
                message=error.message, payment_method=None, param=error.param,
            )  # fmt: skip
            return _kept(session), trouble
    return _kept(session), None


def _kept(session: CheckoutSession) -> Figures:
    private = session.private
    cost = session.shipping_cost
    return Figures(
        sums=private.sums,
        items={each.id: each.sums for each in private.items},
        shipping=cost.amount_total if cost is not None else 0,
        total=session.amount_total or 0,
        due=private.due,
        balance=private.balance,
        next=private.next,
        next_at=private.next_at,
        trial_end=private.trial_end,
    )


def _collected(session: CheckoutSession, customer: Customer | None) -> PageCollected:
    said = session.private.collected
    information = session.collected_information
    return PageCollected(
        email=said.email or session.customer_email or (customer.email if customer else None),
        name=said.name or (customer.name if customer else None),
        phone=said.phone or (customer.phone if customer else None),
        billing_address=said.address or (customer.address if customer else None),
        business_name=said.business_name,
        individual_name=said.individual_name,
        shipping=information.shipping_details if information is not None else None,
        tax_ids=said.tax_ids,
        consent=session.consent,
        save_payment_method=said.save_payment_method,
    )


def _collects(
    session: CheckoutSession, customer: Customer | None, found: Figures
) -> PageCollection:
    shipping, permissions = session.shipping_address_collection, session.permissions
    names, taxes = (
        value_or(session.name_collection, None),
        value_or(session.tax_id_collection, None),
    )
    phone = value_or(session.phone_number_collection, None)
    # Automatic tax asks where the visitor is, unless the customer's own address counts.
    mended = customer is None or session.private.customer_update.get("address") == "auto"
    taxed = session.automatic_tax.enabled and mended and shipping is None
    free = found.due == 0 and session.mode != "setup"
    asked = session.payment_method_collection == "always" and session.mode == "subscription"
    return PageCollection(
        billing_address="required" if taxed else session.billing_address_collection or "auto",
        consent=session.consent_collection,
        custom_fields=session.custom_fields,
        email_locked=session.customer_email is not None or bool(customer and customer.email),
        names=names,
        payment_method="none" if free and not asked else "required",
        phone=phone is not None and phone.enabled,
        promotion_codes=takes_codes(session),
        shipping_countries=shipping.allowed_countries if shipping is not None else None,
        shipping_by_server=bool(
            permissions is not None and permissions.update_shipping_details == "server_only"
        ),
        tax_id=taxes,
    )


def _methods(tx: Tx, session: CheckoutSession, customer: Customer | None) -> PageMethods:
    saved = session.saved_payment_method_options
    reused = session.private.payment_intent_data.get("setup_future_usage")
    link = session.wallet_options.link if session.wallet_options else UNSET
    return PageMethods(
        types=session.payment_method_types,
        options=session.payment_method_options,
        saved=_saved(tx, session, customer) if session.status == "open" else [],
        save=saved is not None and saved.payment_method_save == "enabled",
        remove=saved is not None and saved.payment_method_remove == "enabled",
        set_up=session.mode != "payment" or reused == "off_session",
        link="auto" if link is UNSET else value_or(link.display, "auto"),
    )


def _saved(tx: Tx, session: CheckoutSession, customer: Customer | None) -> list[PageSavedMethod]:
    saved = session.saved_payment_method_options
    if customer is None or saved is None or session.mode == "setup":
        return []
    filters = saved.allow_redisplay_filters or []
    if not filters:
        return []
    default = customer.invoice_settings.default_payment_method
    found = tx.select(
        PaymentMethod, customer=customer.id, allow_redisplay=list(filters), limit=SAVED_MAX
    )
    usable = [each for each in found if each.type in session.payment_method_types]
    return [_shown_method(each, each.id == default) for each in usable]


def _shown_method(method: PaymentMethod, is_default: bool) -> PageSavedMethod:
    details: Any = method.details
    return PageSavedMethod(
        id=method.id,
        type=method.type,
        brand=getattr(details, "brand", None) or getattr(details, "bank_name", None),
        last4=getattr(details, "last4", None),
        exp_month=getattr(details, "exp_month", None),
        exp_year=getattr(details, "exp_year", None),
        funding=getattr(details, "funding", None),
        name=method.billing_details.name,
        is_default=is_default,
    )


def _intent(tx: Tx, session: CheckoutSession) -> PageIntent | None:
    intent = intent_of(tx, session)
    if intent is None:
        return None
    return PageIntent(
        id=intent.id,
        kind="payment_intent" if isinstance(intent, PaymentIntent) else "setup_intent",
        client_secret=intent.client_secret,
        status=intent.status,
        next_action=intent.next_action,
    )


def _error(tx: Tx, session: CheckoutSession) -> PaymentError | None:
    intent = intent_of(tx, session) if session.status == "open" else None
    if intent is None:
        return None
    if isinstance(intent, PaymentIntent):
        return intent.last_payment_error
    return intent.last_setup_error


def _shown_error(error: PaymentError | None) -> PaymentError | None:
    """Return an error without the payment method that it is about: pages have no need of it."""
    return None if error is None else msgspec.structs.replace(error, payment_method=UNSET)
