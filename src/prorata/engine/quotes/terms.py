"""Quote terms: what a quote says beside its items and discounts, set from parameters."""

from typing import Any

from prorata.engine.subscriptions.agreement import refuse_other_account
from prorata.engine.subscriptions.beginning import check_trial_days
from prorata.engine.tax.enable import check_ready
from prorata.model.errors import InvalidRequest, NotSupported
from prorata.model.params import assign, given, merge_metadata, refuse_unsupported
from prorata.model.transaction import Tx
from prorata.resources.billing.quote import Quote
from prorata.resources.billing.quote_params import (
    QuoteBaseParams,
    QuoteInvoiceSettingsParams,
    QuoteSubscriptionDataUpdateParams,
)
from prorata.resources.billing.quote_shape import QuoteAutomaticTax, QuoteCustomField, QuoteParty
from prorata.resources.billing.subscription_params import AutomaticTaxParams
from prorata.resources.products.moments import check_future

CUSTOM_FIELDS_MAX = 4
CONNECT = ("application_fee_amount", "application_fee_percent", "transfer_data")


def set_terms(tx: Tx, quote: Quote, params: Any) -> None:
    """Put on a quote what was sent of its terms; raise InvalidRequest by the parameter's name."""
    _refuse_connect(tx, quote, params)
    assign(quote, params, "description", "footer", "header")
    if given(params.metadata):
        quote.metadata = merge_metadata(quote.metadata, params.metadata)
    if given(params.expires_at):
        check_future(tx, params.expires_at, "expires_at")
        quote.expires_at = params.expires_at
    if given(params.automatic_tax):
        _set_automatic_tax(tx, quote, params.automatic_tax)
    if given(params.invoice_settings):
        _set_invoice_settings(tx, quote, params.invoice_settings)
    _set_collection(quote, params)
    if given(params.subscription_data):
        _set_subscription_data(tx, quote, params.subscription_data)


def _refuse_connect(tx: Tx, quote: Quote, params: QuoteBaseParams) -> None:
    """Raise NotSupported for what needs other accounts."""
    refuse_unsupported(params, *CONNECT)
    if not given(params.on_behalf_of):
        return
    if params.on_behalf_of not in (None, tx.book.account):
        raise NotSupported(
            "`on_behalf_of` another account is not supported: leave it out of the request.",
            param="on_behalf_of",
        )
    quote.on_behalf_of = params.on_behalf_of


def _set_automatic_tax(tx: Tx, quote: Quote, tax: AutomaticTaxParams) -> None:
    if given(tax.liability):
        refuse_other_account(tx, tax.liability, "automatic_tax[liability]")
    if tax.enabled:
        check_ready(tx)
    quote.automatic_tax = QuoteAutomaticTax(
        enabled=tax.enabled, liability=QuoteParty() if tax.enabled else None
    )


def _set_invoice_settings(tx: Tx, quote: Quote, params: QuoteInvoiceSettingsParams) -> None:
    settings = quote.invoice_settings
    assign(settings, params, "days_until_due", "description", "footer")
    if given(params.issuer):
        refuse_other_account(tx, params.issuer, "invoice_settings[issuer]")
        settings.issuer = QuoteParty()
    if not given(params.custom_fields):
        return
    fields = params.custom_fields or []
    if len(fields) > CUSTOM_FIELDS_MAX:
        raise InvalidRequest(
            f"At most {CUSTOM_FIELDS_MAX} custom fields can be shown.",
            param="invoice_settings[custom_fields]",
        )
    settings.custom_fields = [
        QuoteCustomField(name=each.name, value=each.value) for each in fields
    ] or None


def _set_collection(quote: Quote, params: QuoteBaseParams) -> None:
    """Set how what is made is collected; days until it is due belong to invoices that are sent."""
    settings, sent = quote.invoice_settings, params.invoice_settings
    if given(params.collection_method):
        quote.collection_method = params.collection_method
    if quote.collection_method == "send_invoice":
        if settings.days_until_due is None:
            raise InvalidRequest(
                "If invoice collection method is 'send_invoice', you must specify"
                " 'invoice_settings[days_until_due]'.",
                param="invoice_settings[days_until_due]",
            )
    elif given(sent) and given(sent.days_until_due):
        raise InvalidRequest(
            "You can only specify 'invoice_settings[days_until_due]' if invoice collection method"
            " is 'send_invoice'.",
            param="invoice_settings[days_until_due]",
        )
    else:
        settings.days_until_due = None


def _set_subscription_data(tx: Tx, quote: Quote, params: QuoteSubscriptionDataUpdateParams) -> None:
    data = quote.subscription_data
    if given(params.description):
        data.description = params.description
    if given(params.metadata):
        # What was there before is gone.
        data.metadata = merge_metadata({}, params.metadata)
    if given(params.trial_period_days):
        check_trial_days(
            params.trial_period_days or 0, "subscription_data[trial_period_days]"
        )
        data.trial_period_days = params.trial_period_days or None
    if given(params.effective_date):
        data.effective_date = _effective_date(tx, params.effective_date)


def _effective_date(tx: Tx, wanted: Any) -> int | None:
    """Return when the subscription is to begin, None for at once; seconds UTC."""
    param = "subscription_data[effective_date]"
    if wanted == "current_period_end":
        raise InvalidRequest(
            "`current_period_end` is for a quote that changes a subscription. A quote makes a new"
            f" one: pass a timestamp as `{param}`.",
            param=param,
        )
    if wanted is None:
        return None
    check_future(tx, wanted, param)
    return int(wanted)
