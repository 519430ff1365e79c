"""Change: a visitor says something on a session's page, and the amounts follow."""

from typing import Any

from msgspec import UNSET

from prorata.engine.checkout.cart import check_quantity, check_something_left, chosen_bounds
from prorata.engine.checkout.codes import drop_code, take_code
from prorata.engine.checkout.collection import check_field_text
from prorata.engine.checkout.offers import set_cross_sell, set_upsell
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.checkout.collection_shape import NameCollection, ShippingDetails
from prorata.resources.checkout.page_params import (
    PageChangeParams,
    PageLineItemParams,
    PageOptionalItemParams,
    PageShippingParams,
    PageTaxIdParams,
)
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_facts import CartItem
from prorata.resources.checkout.session_shape import (
    CollectedInformation,
    Consent,
    CustomerTaxId,
    FieldDropdown,
)
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import Price
from prorata.resources.products.steps import check_step
from prorata.rules.mail_addresses import is_mail_address
from prorata.rules.tax_ids import TAX_ID_TYPES, is_well_formed


def apply_change(tx: Tx, session: CheckoutSession, params: PageChangeParams) -> None:
    """Write what a visitor says; the caller works the amounts out again.

    Raises InvalidRequest, by the parameter, for what can't be.
    """
    _change_cart(tx, session, params)
    _change_buyer(tx, session, params)
    if given(params.custom_fields):
        for key, value in params.custom_fields.items():
            _fill(session, key, value)
    if given(params.consent):
        _consent(session, params.consent)
    if given(params.locale):
        session.private.page_locale = params.locale
    if given(params.save_payment_method):
        saved = session.saved_payment_method_options
        if params.save_payment_method and (saved is None or saved.payment_method_save != "enabled"):
            raise InvalidRequest(
                "This Checkout Session does not offer to save a payment method.",
                param="save_payment_method",
            )
        session.private.collected.save_payment_method = params.save_payment_method
    if params.promotion_code is None:
        drop_code(session)
    elif given(params.promotion_code):
        take_code(tx, session, params.promotion_code)


def _change_cart(tx: Tx, session: CheckoutSession, params: PageChangeParams) -> None:
    if given(params.line_items):
        for place, each in enumerate(params.line_items):
            _change_item(tx, session, each, f"line_items[{place}]")
    if given(params.optional_items):
        for place, wanted in enumerate(params.optional_items):
            _change_optional(tx, session, wanted, f"optional_items[{place}]")
    if given(params.upsell):
        set_upsell(tx, session, params.upsell)
    if given(params.cross_sell):
        set_cross_sell(tx, session, params.cross_sell)
    if given(params.shipping_rate):
        known = [each.shipping_rate for each in session.shipping_options]
        if params.shipping_rate not in known:
            raise no_such("shipping rate", params.shipping_rate, param="shipping_rate", status=400)
        session.private.shipping_rate = params.shipping_rate


def _change_item(tx: Tx, session: CheckoutSession, params: PageLineItemParams, path: str) -> None:
    items: list[CartItem] = session.private.items
    item = next((each for each in items if each.id == params.id), None)
    if item is None:
        raise no_such("line item", params.id, param=f"{path}[id]", status=400)
    if given(params.quantity) and params.quantity != item.quantity:
        if item.adjustable is None or not item.adjustable.enabled:
            raise InvalidRequest(
                "The quantity of this item can't be changed.", param=f"{path}[quantity]"
            )
        check_quantity(item, params.quantity, path)
        item.quantity = params.quantity
        check_something_left(tx, session, f"{path}[quantity]")
    if given(params.amount):
        price = tx.get(Price, item.price)
        if price.custom_unit_amount is None:
            raise InvalidRequest(
                "The price of this item is not the customer's choice.", param=f"{path}[amount]"
            )
        least, most, _ = chosen_bounds(price, session.currency or "")
        if not least <= params.amount <= most:
            raise InvalidRequest(
                f"The amount must be between {least} and {most}.", param=f"{path}[amount]"
            )
        check_step(params.amount, session.currency or "", f"{path}[amount]")
        item.custom_amount = params.amount


def _change_optional(
    tx: Tx, session: CheckoutSession, params: PageOptionalItemParams, path: str
) -> None:
    offered = next(
        (each for each in session.optional_items or () if each.price == params.price), None
    )
    if offered is None:
        raise no_such("optional item", params.price, param=f"{path}[price]", status=400)
    items: list[CartItem] = session.private.items
    item = next((each for each in items if each.optional and each.price == params.price), None)
    if params.quantity == 0:
        if item is not None:
            items.remove(item)
            check_something_left(tx, session, f"{path}[quantity]")
        return
    fixed = offered.adjustable_quantity is None or not offered.adjustable_quantity.enabled
    if fixed and params.quantity != offered.quantity:
        raise InvalidRequest(
            f"This item is sold {offered.quantity} at a time.", param=f"{path}[quantity]"
        )
    if item is None:
        item = CartItem(
            id=tx.id("li"), price=offered.price, adjustable=offered.adjustable_quantity,
            optional=True,
        )  # fmt: skip
        items.append(item)
    check_quantity(item, params.quantity, path)
    item.quantity = params.quantity


def _change_buyer(tx: Tx, session: CheckoutSession, params: PageChangeParams) -> None:
    collected = session.private.collected
    if given(params.email):
        _change_email(tx, session, params.email)
    if given(params.billing_address):
        collected.address = params.billing_address
    for name in ("name", "phone"):
        if given(getattr(params, name)):
            setattr(collected, name, getattr(params, name))
    for kind in ("business", "individual"):
        value: Any = getattr(params, f"{kind}_name")
        if given(value):
            _check_name(session, kind, value)
            setattr(collected, f"{kind}_name", value)
    if given(params.shipping):
        _ship(tx, session, params.shipping)
    if given(params.tax_id):
        collected.tax_ids = [] if params.tax_id is None else [_tax_id(session, params.tax_id)]


def _change_email(tx: Tx, session: CheckoutSession, email: str | None) -> None:
    customer = tx.find(Customer, session.customer)
    known = session.customer_email or (customer.email if customer is not None else None)
    if known is not None:
        if email is not None and email.casefold() == known.casefold():
            return
        raise InvalidRequest("The email address can't be changed here.", param="email")
    if email is not None and not is_mail_address(email):
        raise InvalidRequest(f"Invalid email address: {email}", code="email_invalid", param="email")
    session.private.collected.email = email


def _check_name(session: CheckoutSession, kind: str, value: str | None) -> None:
    names = session.name_collection
    asked = getattr(names, kind) if isinstance(names, NameCollection) else UNSET
    of_tax = kind == "business" and session.tax_id_collection
    enabled = asked is not UNSET and asked.enabled
    if value is not None and not enabled and not (of_tax and of_tax.enabled):
        raise InvalidRequest(
            f"This Checkout Session does not collect {kind} names.", param=f"{kind}_name"
        )


def _ship(tx: Tx, session: CheckoutSession, params: PageShippingParams | None) -> None:
    where = session.shipping_address_collection
    if where is None:
        raise InvalidRequest(
            "This Checkout Session does not collect a shipping address.", param="shipping"
        )
    permissions = session.permissions
    by_server = permissions is not None and permissions.update_shipping_details == "server_only"
    if tx.publishable and by_server:
        raise InvalidRequest(
            "The shipping details of this Checkout Session are changed by the server alone.",
            param="shipping",
        )
    write_shipping(session, params)


def write_shipping(session: CheckoutSession, params: Any) -> None:
    """Write where goods are sent (None: nowhere yet); raise InvalidRequest for other countries."""
    information = session.collected_information or CollectedInformation()
    where = session.shipping_address_collection
    if params is None:
        information.shipping_details = None
    else:
        country = params.address.country
        if where is not None and country not in where.allowed_countries:
            raise InvalidRequest(
                f"Nothing is sent to {country}: choose one of"
                f" {', '.join(where.allowed_countries[:20])}.",
                param="shipping[address][country]",
            )
        information.shipping_details = ShippingDetails(address=params.address, name=params.name)
        phone = getattr(params, "phone", UNSET)
        if given(phone):
            session.private.collected.phone = phone
    session.collected_information = information


def _tax_id(session: CheckoutSession, params: PageTaxIdParams) -> CustomerTaxId:
    collection = session.tax_id_collection
    if not collection or not collection.enabled:
        raise InvalidRequest("This Checkout Session does not collect tax ids.", param="tax_id")
    if params.type not in TAX_ID_TYPES:
        raise InvalidRequest(
            f"Invalid tax_id[type]: {params.type} is no type of tax id.", param="tax_id[type]"
        )
    if not is_well_formed(params.type, params.value):
        raise InvalidRequest(
            f"Invalid value for {params.type}.", code="tax_id_invalid", param="tax_id[value]"
        )
    return CustomerTaxId(type=params.type, value=params.value.strip())


def _fill(session: CheckoutSession, key: str, value: str | None) -> None:
    """Write what a visitor answered to a custom field."""
    param = f"custom_fields[{key}]"
    field = next((each for each in session.custom_fields if each.key == key), None)
    if field is None:
        raise no_such("custom field", key, param=param, status=400)
    place: Any = getattr(field, field.type)
    if value is None or value == "":
        place.value = None
        return
    if isinstance(place, FieldDropdown):
        if value not in [each.value for each in place.options]:
            raise InvalidRequest(f"{value} is no option of this field.", param=param)
    else:
        check_field_text(place, value, field.type, param)
    place.value = value


def _consent(session: CheckoutSession, params: Any) -> None:
    asked = session.consent_collection
    if asked is None:
        raise InvalidRequest("This Checkout Session collects no consent.", param="consent")
    consent = session.consent or Consent()
    if given(params.promotions):
        if asked.promotions != "auto":
            raise InvalidRequest(
                "This Checkout Session collects no consent to promotional messages.",
                param="consent[promotions]",
            )
        consent.promotions = params.promotions
    if given(params.terms_of_service):
        consent.terms_of_service = value_or(params.terms_of_service, None)
    session.consent = consent
