"""Thin types: the types of thin events, and which receivers are told of what.

Most events of /v1 are told in two ways: whole, with the object as it was, and thin, with no more
than the object's name; the thin one is called `v1.` and the other's type. Both are one event of the
log. Some exist thin alone.
"""

from collections.abc import Collection

from prorata.model.event_types import EVENT_TYPES, EXPLICIT_ONLY

# The kind under which the log keeps events that exist thin alone.
THIN_KIND = "v2.core.event"
PING = "v2.core.event_destination.ping"
# The kinds of documents that events are delivered to.
RECEIVERS = ("webhook_endpoint", "v2.core.event_destination")

_THIN_ALONE = """
    v1.billing.meter.error_report_triggered v1.billing.meter.no_meter_found
    v1.customer.discount.source_changed v1.customer.subscription.active
    v1.customer.subscription.cancel_at_changed
    v1.customer.subscription.default_payment_method_changed v1.customer.subscription.incomplete
    v1.customer.subscription.incomplete_expired v1.customer.subscription.item_added
    v1.customer.subscription.item_price_changed v1.customer.subscription.item_quantity_changed
    v1.customer.subscription.item_removed v1.customer.subscription.item_tax_rates_changed
    v1.customer.subscription.past_due v1.customer.subscription.trialing
    v1.customer.subscription.unpaid
    v1.entitlements.active_entitlement_summary.entitlement_added
    v1.entitlements.active_entitlement_summary.entitlement_removed
    v1.financial_connections.account.balance_refresh_failed
    v1.financial_connections.account.balance_refresh_succeeded
    v1.financial_connections.account.inferred_balances_refresh_failed
    v1.financial_connections.account.inferred_balances_refresh_succeeded
    v1.financial_connections.account.ownership_refresh_failed
    v1.financial_connections.account.ownership_refresh_succeeded
    v1.financial_connections.account.risk_intelligence_refresh_failed
    v1.financial_connections.account.risk_intelligence_refresh_succeeded
    v1.financial_connections.account.transactions_refresh_failed
    v1.financial_connections.account.transactions_refresh_succeeded v1.invoice.discount_added
    v1.invoice.discount_removed v1.invoice.line_item_added v1.invoice.line_item_pricing_changed
    v1.invoice.line_item_quantity_changed v1.invoice.line_item_removed
    v1.invoice_payment.canceled v1.invoice_payment.open v1.invoiceitem.amount_changed
    v1.invoiceitem.discount_added v1.invoiceitem.discount_removed v1.price.activated
    v1.price.deactivated v1.price.lookup_key_changed v1.price.tax_behavior_changed
    v1.product.activated v1.product.deactivated v1.product.default_price_changed
    v1.product.tax_code_changed v1.promotion_code.fully_redeemed
    v1.subscription_schedule.phase_added
    v1.subscription_schedule.phase_default_tax_rates_changed
    v1.subscription_schedule.phase_end_date_changed v1.subscription_schedule.phase_removed
    v1.subscription_schedule.phase_trial_end_changed
    v2.commerce.product_catalog.imports.failed v2.commerce.product_catalog.imports.processing
    v2.commerce.product_catalog.imports.succeeded
    v2.commerce.product_catalog.imports.succeeded_with_errors v2.core.account.closed
    v2.core.account.created v2.core.account.updated
    v2.core.account[configuration.customer].capability_status_updated
    v2.core.account[configuration.customer].updated
    v2.core.account[configuration.merchant].capability_status_updated
    v2.core.account[configuration.merchant].updated
    v2.core.account[configuration.recipient].capability_status_updated
    v2.core.account[configuration.recipient].updated v2.core.account[defaults].updated
    v2.core.account[future_requirements].updated v2.core.account[identity].updated
    v2.core.account[requirements].updated v2.core.account_link.returned
    v2.core.account_person.created v2.core.account_person.deleted
    v2.core.account_person.updated v2.core.event_destination.ping
    v2.money_management.adjustment.created v2.money_management.financial_account.created
    v2.money_management.financial_account.updated
    v2.money_management.financial_address.activated
    v2.money_management.financial_address.failed v2.money_management.inbound_transfer.available
    v2.money_management.inbound_transfer.bank_debit_failed
    v2.money_management.inbound_transfer.bank_debit_processing
    v2.money_management.inbound_transfer.bank_debit_queued
    v2.money_management.inbound_transfer.bank_debit_returned
    v2.money_management.inbound_transfer.bank_debit_succeeded
    v2.money_management.outbound_payment.canceled v2.money_management.outbound_payment.created
    v2.money_management.outbound_payment.failed v2.money_management.outbound_payment.posted
    v2.money_management.outbound_payment.returned
    v2.money_management.outbound_payment.under_review
    v2.money_management.outbound_payment.updated v2.money_management.payout_intent.canceled
    v2.money_management.payout_intent.created v2.money_management.payout_intent.pending
    v2.money_management.payout_intent.posted v2.money_management.payout_intent.processing
    v2.money_management.payout_intent.requires_action v2.money_management.payout_intent.updated
    v2.money_management.payout_method.created v2.money_management.payout_method.updated
    v2.money_management.received_credit.available v2.money_management.received_credit.failed
    v2.money_management.received_credit.returned v2.money_management.received_credit.succeeded
    v2.money_management.recipient_verification.created
    v2.money_management.recipient_verification.updated v2.money_management.transaction.created
    v2.money_management.transaction.updated
"""
# Types of /v1 that are told whole alone.
_WHOLE_ALONE = """
    apps.install.created apps.install.deleted apps.install.updated customer.source.created
    customer.source.deleted customer.source.expiring customer.source.updated
    financial_connections.authorization.expected_deactivation_date_updated
    financial_connections.authorization.upcoming_deactivation reporting.report_run.failed
    reporting.report_run.succeeded reporting.report_type.updated reserve.hold.created
    reserve.hold.updated reserve.plan.created reserve.plan.disabled reserve.plan.expired
    reserve.plan.updated reserve.release.created source.mandate_notification
    source.transaction.created source.transaction.updated
    three_d_secure.authentication.canceled three_d_secure.authentication.challenge_started
    three_d_secure.authentication.errored three_d_secure.authentication.failed
    three_d_secure.authentication.requires_challenge
    three_d_secure.authentication.requires_submission three_d_secure.authentication.succeeded
    treasury.credit_reversal.created treasury.credit_reversal.posted
    treasury.debit_reversal.completed treasury.debit_reversal.created
    treasury.debit_reversal.initial_credit_granted treasury.financial_account.closed
    treasury.financial_account.created treasury.financial_account.features_status_updated
    treasury.inbound_transfer.canceled treasury.inbound_transfer.created
    treasury.inbound_transfer.failed treasury.inbound_transfer.succeeded
    treasury.outbound_payment.canceled treasury.outbound_payment.created
    treasury.outbound_payment.expected_arrival_date_updated treasury.outbound_payment.failed
    treasury.outbound_payment.posted treasury.outbound_payment.returned
    treasury.outbound_payment.tracking_details_updated treasury.outbound_transfer.canceled
    treasury.outbound_transfer.created treasury.outbound_transfer.expected_arrival_date_updated
    treasury.outbound_transfer.failed treasury.outbound_transfer.posted
    treasury.outbound_transfer.returned treasury.outbound_transfer.tracking_details_updated
    treasury.received_credit.created treasury.received_credit.failed
    treasury.received_credit.succeeded treasury.received_debit.created
"""
THIN_ALONE = frozenset(_THIN_ALONE.split())
WHOLE_ALONE = frozenset(_WHOLE_ALONE.split())
THIN_TYPES = THIN_ALONE | {f"v1.{type}" for type in EVENT_TYPES - WHOLE_ALONE}


def thin_type(type: str) -> str | None:
    """Return the thin type of what the log calls so; None for what is told whole alone."""
    if type in THIN_ALONE:
        return type
    return None if type in WHOLE_ALONE or type not in EVENT_TYPES else f"v1.{type}"


def kept_type(thin: str) -> str:
    """Return what the log calls an event of a thin type."""
    return thin if thin in THIN_ALONE else thin.removeprefix("v1.")


def wants(enabled: Collection[str], thin: bool, type: str) -> bool:
    """Return whether a receiver is told of an event of the log.

    enabled: the types that it asks for; thin: whether it takes thin events, or else whole ones.
    """
    if thin:
        name = thin_type(type)
        return name is not None and (name in enabled or "*" in enabled)
    if type in enabled:
        return type not in THIN_ALONE
    return "*" in enabled and type not in EXPLICIT_ONLY and type not in THIN_ALONE
