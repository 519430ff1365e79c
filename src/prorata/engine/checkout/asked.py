"""Asked: what a new session asks its visitor for, and how its pages look and end."""

from typing import Any

from msgspec import UNSET

from prorata.engine.checkout.branding import branding_of
from prorata.engine.checkout.collection import (
    consent_of,
    countries_of,
    custom_fields_of,
    invoice_creation_of,
    names_of,
    shipping_rates_of,
    tax_ids_of,
    write_custom_text,
)
from prorata.engine.checkout.figures import shipping_options_of
from prorata.model.errors import InvalidRequest
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.checkout.collection_shape import (
    CustomText,
    InvoiceCreation,
    InvoiceData,
    PhoneNumberCollection,
    TaxIdCollection,
)
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_params import SessionCreateParams
from prorata.resources.checkout.session_shape import (
    AfterExpiration,
    Permissions,
    Recovery,
    SavedMethodOptions,
    WalletLink,
    WalletOptions,
)


def write_asked(tx: Tx, session: CheckoutSession, params: SessionCreateParams) -> None:
    """Write what the visitor will be asked for."""
    private = session.private
    if given(params.custom_fields):
        session.custom_fields = custom_fields_of(params.custom_fields)
    if given(params.custom_text):
        session.custom_text = write_custom_text(CustomText(), params.custom_text)
    if given(params.consent_collection):
        session.consent_collection = consent_of(tx, params.consent_collection)
    if given(params.name_collection):
        session.name_collection = names_of(params.name_collection)
    if session.mode != "setup":
        session.tax_id_collection = TaxIdCollection()
    if given(params.tax_id_collection):
        session.tax_id_collection = tax_ids_of(params.tax_id_collection)
    phone = params.phone_number_collection
    session.phone_number_collection = PhoneNumberCollection(
        enabled=phone.enabled if given(phone) else False
    )
    if given(params.shipping_address_collection):
        session.shipping_address_collection = countries_of(params.shipping_address_collection)
    if given(params.shipping_options):
        rates = shipping_rates_of(tx, params.shipping_options, session.currency or "")
        session.shipping_options = shipping_options_of(tx, rates, session.currency or "")
        private.shipping_rate = rates[0].id if rates else None
    if session.mode == "payment":
        session.invoice_creation = InvoiceCreation(invoice_data=InvoiceData())
    if given(params.invoice_creation):
        session.invoice_creation = invoice_creation_of(tx, params.invoice_creation)
    if given(params.customer_update):
        for name in ("address", "name", "shipping"):
            value = getattr(params.customer_update, name)
            if given(value):
                private.customer_update[name] = value
    if given(params.payment_method_data):
        private.allow_redisplay = value_or(params.payment_method_data.allow_redisplay, None)
    _write_rest(tx, session, params)


def _write_rest(tx: Tx, session: CheckoutSession, params: SessionCreateParams) -> None:
    if given(params.after_expiration) and given(params.after_expiration.recovery):
        recovery = params.after_expiration.recovery
        session.after_expiration = AfterExpiration(
            recovery=Recovery(
                allow_promotion_codes=value_or(recovery.allow_promotion_codes, False),
                enabled=recovery.enabled,
            )
        )
        if recovery.enabled and session.ui_mode != "hosted_page":
            raise InvalidRequest(
                "Only sessions with `ui_mode: hosted_page` can be recovered.",
                param="after_expiration[recovery]",
            )
    if given(params.permissions):
        session.permissions = Permissions(
            update_shipping_details=value_or(params.permissions.update_shipping_details, None)
        )
    if given(params.wallet_options):
        link = params.wallet_options.link
        session.wallet_options = WalletOptions(
            link=WalletLink(display=link.display) if given(link) else UNSET
        )
    if session.mode != "setup":
        saved: Any = params.saved_payment_method_options
        session.saved_payment_method_options = SavedMethodOptions(
            allow_redisplay_filters=["always"], payment_method_remove="disabled"
        )
        for name in SavedMethodOptions.__struct_fields__ if given(saved) else ():
            if given(getattr(saved, name)):
                setattr(session.saved_payment_method_options, name, getattr(saved, name))
    if session.ui_mode in ("hosted_page", "embedded_page"):
        session.branding_settings = branding_of(tx, params.branding_settings)
    elif given(params.branding_settings):
        raise InvalidRequest(
            f"`branding_settings` can not be used with `ui_mode: {session.ui_mode}`: use the"
            " appearance of the elements.",
            param="branding_settings",
        )
