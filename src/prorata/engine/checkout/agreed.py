"""Agreed: what a session says of the subscription, payment or set-up that it ends in."""

from typing import Any

import msgspec

from prorata.engine.invoices.terms import tax_rates
from prorata.engine.subscriptions.agreement import refuse_other_account
from prorata.model.errors import InvalidRequest, NotSupported
from prorata.model.fields import UNSET
from prorata.model.params import fields_given, given, plain, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.tax_id import check_tax_ids
from prorata.resources.checkout.collection_shape import CollectedName
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_params import SessionCreateParams, SubscriptionDataParams
from prorata.resources.payments.statement_descriptor import CARD_REFUSED

TRIAL_END_LEAST_SECONDS = 48 * 3600
# Which parameters are of which modes.
OF_MODES = {
    "subscription_data": ("subscription",),
    "payment_intent_data": ("payment",),
    "setup_intent_data": ("setup",),
    "invoice_creation": ("payment",),
    "customer_creation": ("payment", "setup"),
    "line_items": ("payment", "subscription"),
    "optional_items": ("payment", "subscription"),
    "discounts": ("payment", "subscription"),
    "allow_promotion_codes": ("payment", "subscription"),
    "shipping_options": ("payment",),
    "shipping_address_collection": ("payment", "subscription"),
    "tax_id_collection": ("payment", "subscription"),
    "saved_payment_method_options": ("payment", "subscription"),
    "payment_method_collection": ("subscription",),
}


def check_modes(params: Any, mode: str) -> None:
    """Raise InvalidRequest for a parameter that is of another mode."""
    for name, modes in OF_MODES.items():
        value = getattr(params, name, UNSET)
        if given(value) and value is not False and mode not in modes:
            names = " or ".join(f"`{each}`" for each in modes)
            raise InvalidRequest(
                f"You can not pass `{name}` in `{mode}` mode: it is of {names} mode.", param=name
            )


def write_agreement(tx: Tx, session: CheckoutSession, params: SessionCreateParams) -> None:
    """Keep what a session says of what it ends in; raise for what can't be."""
    private = session.private
    if given(params.subscription_data):
        check_subscription_data(tx, params.subscription_data)
        private.subscription_data = _kept(params.subscription_data)
    if given(params.payment_intent_data):
        check_intent_data(tx, params.payment_intent_data)
        private.payment_intent_data = _kept(params.payment_intent_data)
    if given(params.setup_intent_data):
        _refuse_on_behalf(tx, params.setup_intent_data, "setup_intent_data")
        private.setup_intent_data = _kept(params.setup_intent_data)


def _kept(params: Any) -> dict[str, Any]:
    """Return parameters as they are kept: without what another account would be told."""
    kept: dict[str, Any] = msgspec.to_builtins(plain(params))
    kept.pop("on_behalf_of", None)
    return kept


def check_subscription_data(tx: Tx, data: SubscriptionDataParams) -> None:
    """Raise for terms of a subscription that can't be; what needs its prices comes later."""
    path = "subscription_data"
    refuse_unsupported(data, "application_fee_percent", "transfer_data", below=path)
    _refuse_on_behalf(tx, data, path)
    sent = fields_given(data)
    if "trial_end" in sent and "trial_period_days" in sent:
        raise InvalidRequest(
            f"You may only specify one of these parameters: {path}[trial_end],"
            f" {path}[trial_period_days].",
            param=f"{path}[trial_end]",
        )
    anchored = {"billing_cycle_anchor", "billing_cycle_anchor_config"} & sent.keys()
    trial = {"trial_end", "trial_period_days"} & sent.keys()
    if len(anchored) > 1 or (anchored and trial):
        names = sorted(anchored | trial)[:2]
        raise InvalidRequest(
            "You may only specify one of these parameters: "
            + ", ".join(f"{path}[{name}]" for name in names)
            + ".",
            param=f"{path}[{names[0]}]",
        )
    if given(data.trial_end) and data.trial_end < tx.now + TRIAL_END_LEAST_SECONDS:
        raise InvalidRequest(
            "The `trial_end` date has to be at least 2 days in the future.",
            param=f"{path}[trial_end]",
        )
    if given(data.proration_behavior) and not anchored:
        raise InvalidRequest(
            f"`{path}[proration_behavior]` can only be given with a billing cycle anchor.",
            param=f"{path}[proration_behavior]",
        )
    if given(data.default_tax_rates):
        tax_rates(tx, data.default_tax_rates, f"{path}[default_tax_rates]")
    settings = data.invoice_settings
    if given(settings):
        if given(settings.issuer):
            refuse_other_account(tx, settings.issuer, f"{path}[invoice_settings][issuer]")
        if given(settings.account_tax_ids):
            where = f"{path}[invoice_settings][account_tax_ids]"
            check_tax_ids(tx, settings.account_tax_ids, where)


def check_intent_data(tx: Tx, data: Any) -> None:
    """Raise for terms of a payment that can't be."""
    path = "payment_intent_data"
    for name in ("application_fee_amount", "transfer_data", "transfer_group"):
        if given(getattr(data, name, UNSET)):
            raise NotSupported(
                f"The parameter `{path}[{name}]` is not supported: leave it out of the request.",
                param=f"{path}[{name}]",
            )
    _refuse_on_behalf(tx, data, path)
    check_words(data, path)


def check_words(data: Any, path: str) -> None:
    """Raise InvalidRequest for words on a statement that no network prints."""
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        words = value_or(getattr(data, name), None)
        if words is not None and (set("<>\\'\"*") & set(words) or not any(map(str.isalpha, words))):
            raise InvalidRequest(
                f"The {name.replace('_', ' ')} must contain at least one letter, and none of the"
                " characters < > \\ ' \" *.",
                param=f"{path}[{name}]",
            )


def check_statement(session: CheckoutSession) -> None:
    """Raise InvalidRequest where cards alone pay and the words of a statement are not theirs."""
    if session.private.payment_intent_data.get("statement_descriptor") and (
        session.payment_method_types == ["card"]
    ):
        raise InvalidRequest(CARD_REFUSED, param="payment_intent_data[statement_descriptor]")


def _refuse_on_behalf(tx: Tx, data: Any, path: str) -> None:
    if getattr(data, "on_behalf_of", UNSET) not in (UNSET, tx.book.account):
        refuse_unsupported(data, "on_behalf_of", below=path)


def asks(name: CollectedName | Any) -> bool:
    """Return whether a name must be given."""
    return isinstance(name, CollectedName) and name.enabled and not name.optional
