"""Choose: a visitor picks a plan from a pricing table, and is sent to Checkout."""

from typing import Any

import msgspec

from prorata.engine.checkout.create import open_session
from prorata.engine.checkout.tables import currency_of_table
from prorata.engine.checkout.visit import SoldItem, end_as, take_query, without_nulls
from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import fields_given, given, value_or
from prorata.model.transaction import Tx
from prorata.resources.checkout.pricing_table import (
    PricingTable,
    TableChoiceParams,
    TableProduct,
)
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_params import SessionCreateParams
from prorata.resources.checkout.table_view import PricingTableChoice
from prorata.resources.core.customer_session import opened_session
from prorata.resources.products.price import Price


@operation("POST /v1/prorata/pricing_tables/{id}/checkout", publishable=True)
def checkout(tx: Tx, table: PricingTable, params: TableChoiceParams) -> PricingTableChoice:
    """Make the session of a choice, and say where its page is."""
    session = choose(tx, table, params)
    return PricingTableChoice(session=session.id, url=session.url or "")


def choose(tx: Tx, table: PricingTable, params: TableChoiceParams) -> CheckoutSession:
    """Make a session for a price of a table; raise InvalidRequest for a price that it has not."""
    if not table.active:
        raise InvalidRequest("This pricing table is not active.", code="pricing_table_inactive")
    plan = next((each for each in table.products if params.price in each.prices), None)
    if plan is None:
        raise InvalidRequest(
            f"The pricing table {table.id} does not show the price {params.price}.", param="price"
        )
    customer = None
    if given(params.customer_session_client_secret):
        secret = params.customer_session_client_secret
        customer = opened_session(tx, secret, "pricing_table").customer
    price = tx.get(Price, params.price)
    session = open_session(tx, _wanted(tx, table, plan, price, params, customer))
    session.private.pricing_table = table.id
    end_as(session, table.after_completion)
    query = {
        name: value
        for name, value in fields_given(params).items()
        if name in ("client_reference_id", "locale")
    }
    if customer is None and given(params.customer_email):
        query["locked_prefilled_email"] = params.customer_email
    take_query(tx, session, query)
    return session


def _wanted(
    tx: Tx,
    table: PricingTable,
    plan: TableProduct,
    price: Price,
    params: TableChoiceParams,
    customer: str | None,
) -> SessionCreateParams:
    metered = price.recurring is not None and price.recurring.usage_type == "metered"
    adjusts = None if metered else plan.adjustable_quantity
    item: dict[str, Any] = {"price": price.id}
    if not metered:
        item["quantity"] = value_or(params.quantity, plan.quantity) if adjusts else plan.quantity
    if adjusts is not None:
        item["adjustable_quantity"] = msgspec.to_builtins(adjusts)
    redirect = table.after_completion.redirect
    wanted: dict[str, Any] = {
        "mode": "payment" if price.recurring is None else "subscription",
        "success_url": redirect.url if redirect else tx.base_url,
        "currency": currency_of_table([tx.get(Price, id) for id in plan.prices]),
        "billing_address_collection": table.billing_address_collection,
        "phone_number_collection": {"enabled": table.phone_number_collection},
        "metadata": dict(table.metadata),
        "branding_settings": without_nulls(msgspec.to_builtins(table.branding_settings)),
        "custom_text": without_nulls(msgspec.to_builtins(table.custom_text)),
    }
    if table.allow_promotion_codes:
        wanted["allow_promotion_codes"] = True
    if table.locale != "auto":
        wanted["locale"] = table.locale
    if table.automatic_tax.enabled:
        wanted["automatic_tax"] = {"enabled": True}
    if table.tax_id_collection.enabled:
        wanted["tax_id_collection"] = msgspec.to_builtins(table.tax_id_collection)
    if customer is not None:
        wanted["customer"] = customer
        wanted["customer_update"] = {"name": "auto", "address": "auto"}
    if price.recurring is not None:
        wanted["payment_method_collection"] = table.payment_method_collection
        if plan.trial is not None:
            behavior = {"missing_payment_method": plan.trial.missing_payment_method}
            wanted["subscription_data"] = {
                "trial_period_days": plan.trial.days,
                "trial_settings": {"end_behavior": behavior},
            }
    found = msgspec.convert(wanted, SessionCreateParams)
    found.line_items = [msgspec.convert(item, SoldItem)]
    return found
