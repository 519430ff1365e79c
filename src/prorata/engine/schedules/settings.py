"""Schedule settings: what holds in every phase, and the settings that phases have alike."""

from typing import Any, TypeVar

from msgspec import UNSET, UnsetType

from prorata.engine.subscriptions.payment import own_payment_method
from prorata.engine.tax.enable import check_ready
from prorata.model.errors import InvalidRequest, NotSupported
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription_schedule import SubscriptionSchedule
from prorata.resources.billing.subscription_schedule_params import DefaultSettingsParams
from prorata.resources.billing.subscription_schedule_shape import (
    ScheduleDefaultInvoiceSettings,
    ScheduleDefaultSettings,
    SchedulePhaseInvoiceSettings,
)
from prorata.resources.billing.subscription_shape import (
    SubscriptionAutomaticTax,
    SubscriptionAutomaticTaxLiability,
    SubscriptionBillingThresholds,
    SubscriptionCustomField,
    SubscriptionIssuer,
)
from prorata.resources.billing.tax_id import check_tax_ids

S = TypeVar("S", ScheduleDefaultInvoiceSettings, SchedulePhaseInvoiceSettings)
CUSTOM_FIELDS_MAX = 4
NO_DAYS = "If invoice collection method is 'send_invoice', you must specify 'days_until_due'."


def set_defaults(tx: Tx, schedule: SubscriptionSchedule, params: DefaultSettingsParams) -> None:
    """Write the sent default settings of a schedule; what was not sent stays."""
    path = "default_settings"
    refuse_unknown_trade(tx, params, path)
    settings = schedule.default_settings
    for name in ("billing_cycle_anchor", "collection_method", "description"):
        if given(getattr(params, name)):
            setattr(settings, name, getattr(params, name))
    tax = automatic_tax_of(tx, params.automatic_tax, path)
    if given(tax):
        settings.automatic_tax = tax
    if given(params.billing_thresholds):
        settings.billing_thresholds = thresholds_of(params.billing_thresholds)
    if given(params.default_payment_method):
        settings.default_payment_method = payment_method_for(
            tx, params.default_payment_method, schedule.customer, f"{path}[default_payment_method]"
        )
    found = invoice_settings_of(
        tx,
        params.invoice_settings,
        ScheduleDefaultInvoiceSettings,
        path,
        present=settings.invoice_settings,
    )
    if found is not None:
        settings.invoice_settings = found
    _check_days(settings)


def _check_days(settings: ScheduleDefaultSettings) -> None:
    days = settings.invoice_settings.days_until_due
    if settings.collection_method == "send_invoice" and days is None:
        raise InvalidRequest(NO_DAYS)


def invoice_settings_of(
    tx: Tx, params: Any, cls: type[S], path: str, *, present: S | None = None
) -> S | None:
    """Return what invoices are to show, changed from what is present; None when nothing was sent.

    Raises InvalidRequest for more than four custom fields, NotSupported for another issuer.
    """
    if not given(params):
        return present
    settings = cls() if present is None else present
    path = f"{path}[invoice_settings]"
    if given(params.account_tax_ids):
        check_tax_ids(tx, params.account_tax_ids, f"{path}[account_tax_ids]")
    for name in ("account_tax_ids", "days_until_due", "description", "footer"):
        if given(getattr(params, name)):
            setattr(settings, name, getattr(params, name))
    if given(params.custom_fields):
        fields = params.custom_fields or ()
        if len(fields) > CUSTOM_FIELDS_MAX:
            raise InvalidRequest(
                f"At most {CUSTOM_FIELDS_MAX} custom fields can be shown.",
                param=f"{path}[custom_fields]",
            )
        settings.custom_fields = [
            SubscriptionCustomField(name=each.name, value=each.value) for each in fields
        ] or None
    if given(params.issuer):
        _own_account(tx, params.issuer, f"{path}[issuer]")
    settings.issuer = SubscriptionIssuer(type="self")
    return settings


def automatic_tax_of(tx: Tx, params: Any, path: str) -> SubscriptionAutomaticTax | UnsetType:
    """Return the automatic tax of a phase; raise InvalidRequest where it can't be on yet."""
    if not given(params):
        return UNSET
    if given(params.liability):
        _own_account(tx, params.liability, f"{path}[automatic_tax][liability]")
    if not params.enabled:
        return SubscriptionAutomaticTax(enabled=False)
    check_ready(tx, f"{path}[automatic_tax][enabled]")
    return SubscriptionAutomaticTax(
        enabled=True, liability=SubscriptionAutomaticTaxLiability(type="self")
    )


def thresholds_of(params: Any) -> SubscriptionBillingThresholds | None:
    """Return billing thresholds, None when none were sent."""
    if value_or(params, None) is None:
        return None
    return SubscriptionBillingThresholds(
        amount_gte=value_or(params.amount_gte, None),
        reset_billing_cycle_anchor=value_or(params.reset_billing_cycle_anchor, None),
    )


def payment_method_for(tx: Tx, id: Any, customer: str, param: str) -> str | None:
    """Return a payment method of the customer; raise NotFound or InvalidRequest for another."""
    return own_payment_method(tx, id, customer, param) if value_or(id, None) else None


def refuse_unknown_trade(tx: Tx, params: Any, path: str) -> None:
    """Raise NotSupported for what needs other accounts."""
    for name in ("application_fee_percent", "transfer_data"):
        if value_or(getattr(params, name), None) is not None:
            raise NotSupported(
                f"The parameter `{path}[{name}]` is not supported: leave it out of the request.",
                param=f"{path}[{name}]",
            )
    if value_or(params.on_behalf_of, None) not in (None, "", tx.book.account):
        raise NotSupported(
            "`on_behalf_of` another account is not supported: leave it out of the request.",
            param=f"{path}[on_behalf_of]",
        )


def _own_account(tx: Tx, party: Any, param: str) -> None:
    if party.type == "account" and party.account != tx.book.account:
        raise NotSupported("Another account is not supported here.", param=f"{param}[account]")
