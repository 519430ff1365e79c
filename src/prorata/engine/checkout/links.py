"""Links: payment links are made and changed."""

from typing import Any

import msgspec

from prorata.engine.checkout.agreed import check_words
from prorata.engine.checkout.automatic_tax import automatic_tax_of
from prorata.engine.checkout.cart import (
    adjustable_of,
    cart_of,
    check_quantity,
    currency_of,
    optional_items_of,
)
from prorata.engine.checkout.collection import (
    consent_of,
    countries_of,
    custom_fields_of,
    invoice_creation_of,
    names_of,
    refuse_trade,
    shipping_rates_of,
    tax_ids_of,
    write_custom_text,
)
from prorata.engine.checkout.figures import shipping_options_of
from prorata.engine.checkout.methods import check_allowed
from prorata.engine.checkout.visit import mode_of, session_of_link
from prorata.engine.subscriptions.agreement import refuse_other_account
from prorata.model.errors import InvalidRequest, missing_param, no_such
from prorata.model.fields import UNSET
from prorata.model.operation import operation
from prorata.model.params import (
    Params,
    assign,
    fields_given,
    given,
    merge_metadata,
    refuse_unsupported,
    value_or,
)
from prorata.model.transaction import Tx
from prorata.resources.billing.tax_id import check_tax_ids
from prorata.resources.checkout.collection_params import LiabilityParams
from prorata.resources.checkout.collection_shape import (
    InvoiceCreation,
    InvoiceData,
    InvoiceField,
    PhoneNumberCollection,
)
from prorata.resources.checkout.payment_link import (
    AfterCompletion,
    CompletedSessions,
    HostedConfirmation,
    LinkCardOptions,
    LinkCustomField,
    LinkIntentData,
    LinkMethodOptions,
    LinkRestrictions,
    LinkSubscriptionData,
    LinkTrialEndBehavior,
    LinkTrialSettings,
    PaymentLink,
    Redirect,
    Restrictions,
)
from prorata.resources.checkout.payment_link_params import (
    AfterCompletionParams,
    LinkMethodOptionsParams,
    LinkSubscriptionDataParams,
    PaymentLinkCreateParams,
    PaymentLinkParams,
    PaymentLinkUpdateParams,
)
from prorata.resources.checkout.session_facts import CartItem
from prorata.resources.payments.return_url import return_url_of
from prorata.resources.products.price_params import check_currency

ITEMS_MAX = 20
TOKEN_LENGTH = 18
CONNECT = ("application_fee_amount", "application_fee_percent", "transfer_data")
PLAIN = (
    "allow_promotion_codes", "billing_address_collection", "customer_creation", "inactive_message",
    "payment_method_collection", "submit_type",
)  # fmt: skip


@operation("POST /v1/payment_links")
def create(tx: Tx, params: PaymentLinkCreateParams) -> PaymentLink:
    """Make a payment link; what its sessions would refuse is refused here."""
    _refuse(tx, params)
    if not given(params.line_items) or not params.line_items:
        raise missing_param("line_items")
    if len(params.line_items) > ITEMS_MAX:
        raise InvalidRequest(f"A link can sell at most {ITEMS_MAX} items.", param="line_items")
    items = cart_of(tx, params.line_items)
    wanted = params.currency.lower() if given(params.currency) else None
    if wanted is not None:
        check_currency(wanted, "currency")
    token = tx.secret(TOKEN_LENGTH)
    token = token if tx.book.livemode else f"test_{token}"
    link = PaymentLink(
        id=tx.new_id(PaymentLink),
        after_completion=AfterCompletion(
            hosted_confirmation=HostedConfirmation(), type="hosted_confirmation"
        ),
        currency=currency_of(tx, items, wanted, None),
        livemode=tx.book.livemode,
        url=f"{tx.base_url}/pay/{token}",
    )
    tx.add(link)
    link.private.items, link.private.token = items, token
    if mode_of(tx, link) == "payment":
        link.invoice_creation = InvoiceCreation(invoice_data=InvoiceData())
        link.payment_method_collection = "if_required"
    else:
        link.subscription_data = LinkSubscriptionData()
        link.customer_creation = "always"
    if given(params.payment_intent_data):
        _write_intent_data(link, params.payment_intent_data)
    _write(tx, link, params)
    _check(tx, link)
    return link


@operation("POST /v1/payment_links/{id}")
def update(tx: Tx, link: PaymentLink, params: PaymentLinkUpdateParams) -> PaymentLink:
    """Change a payment link; sessions that are open go on as they were made."""
    _refuse(tx, params)
    if given(params.active):
        link.active = params.active
    if given(params.line_items):
        for place, each in enumerate(params.line_items):
            _change_item(link, each, f"line_items[{place}]")
    if given(params.payment_intent_data):
        _write_intent_data(link, params.payment_intent_data)
    _write(tx, link, params)
    if any(name not in ("active", "metadata") for name in fields_given(params)):
        _check(tx, link)
    return link


def _refuse(tx: Tx, params: PaymentLinkParams) -> None:
    refuse_unsupported(params, *CONNECT)
    if getattr(params, "on_behalf_of", UNSET) not in (UNSET, None, tx.book.account):
        refuse_unsupported(params, "on_behalf_of")
    refuse_trade(tx, params)


def _change_item(link: PaymentLink, params: Any, path: str) -> None:
    items: list[CartItem] = link.private.items
    item = next((each for each in items if each.id == params.id), None)
    if item is None:
        raise no_such("line item", params.id, param=f"{path}[id]", status=400)
    if given(params.adjustable_quantity):
        where = f"{path}[adjustable_quantity]"
        item.adjustable = adjustable_of(params.adjustable_quantity, where)
    if given(params.quantity):
        if item.quantity is None:
            raise InvalidRequest(
                "The quantity of a metered price is what is used of it.",
                param=f"{path}[quantity]",
            )
        item.quantity = params.quantity
    check_quantity(item, item.quantity, path)


def _write(tx: Tx, link: PaymentLink, params: PaymentLinkParams) -> None:
    sent = fields_given(params)
    assign(link, params, *PLAIN)
    if "metadata" in sent:
        link.metadata = merge_metadata(link.metadata, params.metadata)
    if given(params.after_completion):
        link.after_completion = after_of(params.after_completion)
    if given(params.automatic_tax):
        link.automatic_tax = automatic_tax_of(tx, params.automatic_tax)
    if given(params.custom_fields):
        link.custom_fields = [
            msgspec.convert(msgspec.to_builtins(each), LinkCustomField)
            for each in custom_fields_of(params.custom_fields or [])
        ]
    if given(params.custom_text):
        link.custom_text = write_custom_text(link.custom_text, params.custom_text)
    if given(params.consent_collection):
        link.consent_collection = consent_of(tx, params.consent_collection)
    if given(params.invoice_creation):
        link.invoice_creation = invoice_creation_of(tx, params.invoice_creation)
    if given(params.name_collection):
        named = params.name_collection
        link.name_collection = UNSET if named is None else names_of(named)
    if given(params.tax_id_collection):
        link.tax_id_collection = tax_ids_of(params.tax_id_collection)
    if given(params.phone_number_collection):
        enabled = params.phone_number_collection.enabled
        link.phone_number_collection = PhoneNumberCollection(enabled=enabled)
    if given(params.optional_items):
        mode: Any = mode_of(tx, link)
        items = link.private.items
        link.optional_items = optional_items_of(tx, params.optional_items or [], items, mode)
    _write_shipping(tx, link, params)
    _write_methods(link, params)
    if given(params.restrictions):
        count = link.restrictions.completed_sessions.count if link.restrictions else 0
        link.restrictions = None
        if params.restrictions is not None:
            limit = params.restrictions.completed_sessions.limit
            completed = CompletedSessions(count=count, limit=limit)
            link.restrictions = Restrictions(completed_sessions=completed)
    if given(params.subscription_data):
        _write_subscription_data(tx, link, params.subscription_data)


def after_of(params: AfterCompletionParams) -> AfterCompletion:
    """Return what comes after the completion of a session."""
    other = "hosted_confirmation" if params.type == "redirect" else "redirect"
    if given(getattr(params, other)):
        raise InvalidRequest(
            f"`{other}` can only be given where the type is {other}.",
            param=f"after_completion[{other}]",
        )
    if params.type == "redirect":
        if not given(params.redirect):
            raise missing_param("after_completion[redirect]")
        url, param = params.redirect.url, "after_completion[redirect][url]"
        if not url.startswith(("https://", "http://")):
            raise InvalidRequest("Not a valid URL", code="url_invalid", param=param)
        return_url_of(url, param)
        return AfterCompletion(redirect=Redirect(url=url), type="redirect")
    said = params.hosted_confirmation
    message = value_or(said.custom_message, None) if given(said) else None
    return AfterCompletion(
        hosted_confirmation=HostedConfirmation(custom_message=message or None),
        type="hosted_confirmation",
    )


def _write_shipping(tx: Tx, link: PaymentLink, params: PaymentLinkParams) -> None:
    if given(params.shipping_address_collection):
        where = params.shipping_address_collection
        link.shipping_address_collection = None if where is None else countries_of(where)
    if given(params.shipping_options):
        if params.shipping_options and mode_of(tx, link) != "payment":
            raise InvalidRequest(
                "Shipping options can't be offered with recurring prices.",
                param="shipping_options",
            )
        rates = shipping_rates_of(tx, params.shipping_options or [], link.currency)
        link.shipping_options = shipping_options_of(tx, rates, link.currency)


def _write_methods(link: PaymentLink, params: PaymentLinkParams) -> None:
    if given(params.payment_method_types):
        types = params.payment_method_types
        if types is not None:
            check_allowed(types, "payment_method_types")
        link.payment_method_types = types
    if given(params.payment_method_options):
        link.payment_method_options = _options(params.payment_method_options)


def _options(params: LinkMethodOptionsParams | None) -> LinkMethodOptions | None:
    card = value_or(params.card, None) if params is not None else None
    if card is None:
        return None
    restrictions = value_or(card.restrictions, None)
    blocked = value_or(restrictions.brands_blocked, None) if restrictions is not None else None
    kept = LinkRestrictions(brands_blocked=list(blocked)) if blocked else None
    return LinkMethodOptions(card=LinkCardOptions(restrictions=kept))


def _write_intent_data(link: PaymentLink, params: Params) -> None:
    path = "payment_intent_data"
    refuse_unsupported(params, "transfer_group", below=path)
    check_words(params, path)
    data = link.payment_intent_data or LinkIntentData()
    for name, value in fields_given(params).items():
        if name == "metadata":
            data.metadata = merge_metadata(data.metadata, value)
        elif name != "transfer_group":
            setattr(data, name, value)
    link.payment_intent_data = data


def _write_subscription_data(tx: Tx, link: PaymentLink, params: LinkSubscriptionDataParams) -> None:
    path = "subscription_data"
    if mode_of(tx, link) != "subscription":
        raise InvalidRequest(
            "`subscription_data` can only be given with recurring prices.", param=path
        )
    data = link.subscription_data or LinkSubscriptionData()
    for name in ("description", "trial_period_days"):
        if given(getattr(params, name)):
            setattr(data, name, getattr(params, name))
    if given(params.metadata):
        data.metadata = merge_metadata(data.metadata, params.metadata)
    if given(params.trial_settings):
        trial = params.trial_settings
        data.trial_settings = None
        if trial is not None:
            missing = trial.end_behavior.missing_payment_method
            data.trial_settings = LinkTrialSettings(
                end_behavior=LinkTrialEndBehavior(missing_payment_method=missing)
            )
    if given(params.invoice_settings):
        _write_invoice_settings(tx, data, params.invoice_settings, f"{path}[invoice_settings]")
    link.subscription_data = data


def _write_invoice_settings(tx: Tx, data: LinkSubscriptionData, params: Any, path: str) -> None:
    settings = data.invoice_settings
    for name, value in fields_given(params).items():
        if isinstance(value, LiabilityParams):
            refuse_other_account(tx, value, f"{path}[issuer]")
        elif name == "account_tax_ids":
            check_tax_ids(tx, value, f"{path}[account_tax_ids]")
            settings.account_tax_ids = value
        elif name == "custom_fields":
            settings.custom_fields = [
                InvoiceField(name=each.name, value=each.value) for each in value or ()
            ] or None
        else:
            setattr(settings, name, value)


def _check(tx: Tx, link: PaymentLink) -> None:
    """Note what a visit would come to; raise InvalidRequest for what it would be refused with."""
    try:
        with tx.suppose():
            sums = [each.sums for each in session_of_link(tx, link).private.items]
    except InvalidRequest as error:
        if error.param is not None and error.param.startswith("allowed_payment_method_types"):
            error.param = error.param.replace("allowed_", "", 1)
        raise
    for item, come_to in zip(link.private.items, sums, strict=True):
        item.sums = come_to
