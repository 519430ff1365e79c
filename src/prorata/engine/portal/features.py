"""Features: what a configuration says of each thing that customers may do, checked and written."""

from collections.abc import Callable, Sequence
from typing import Any

from prorata.model.errors import InvalidRequest
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.feedback_option import FeedbackOption
from prorata.resources.payments.payment_method_configuration import configuration_of
from prorata.resources.portal.configuration import (
    AdjustableQuantity,
    CancellationReason,
    CustomerUpdate,
    Features,
    InvoiceHistory,
    OfferedProduct,
    PauseInterval,
    PaymentMethodUpdate,
    ScheduleCondition,
    SubscriptionCancel,
    SubscriptionPause,
    SubscriptionUpdate,
)
from prorata.resources.portal.configuration_params import OfferedProductParams
from prorata.resources.products.price import Price, find_price
from prorata.resources.products.product import Product
from prorata.rules.calendar import interval_at_most

PREFIX = "features"
PRODUCTS_MAX = 10
PAUSE_YEARS_MAX = 3
Writer = Callable[[Tx, Any, Any, str], None]


def _customer_update(tx: Tx, feature: CustomerUpdate, params: Any, path: str) -> None:
    if given(params.enabled):
        feature.enabled = params.enabled
    if given(params.allowed_updates):
        feature.allowed_updates = list(dict.fromkeys(params.allowed_updates or ()))


def _invoice_history(tx: Tx, feature: InvoiceHistory, params: Any, path: str) -> None:
    feature.enabled = params.enabled


def _payment_method_update(tx: Tx, feature: PaymentMethodUpdate, params: Any, path: str) -> None:
    feature.enabled = params.enabled
    if not given(params.payment_method_configuration):
        return
    id = params.payment_method_configuration
    if id is not None:
        configuration_of(tx, id, f"{path}[payment_method_configuration]")
    feature.payment_method_configuration = id


def _subscription_cancel(tx: Tx, feature: SubscriptionCancel, params: Any, path: str) -> None:
    for name in ("enabled", "mode", "proration_behavior"):
        value = getattr(params, name)
        if given(value):
            setattr(feature, name, value)
    if given(params.cancellation_reason):
        _reason(tx, feature.cancellation_reason, params.cancellation_reason,
                f"{path}[cancellation_reason]")  # fmt: skip


def _reason(tx: Tx, reason: CancellationReason, params: Any, path: str) -> None:
    reason.enabled = params.enabled
    if given(params.options):
        reason.options = list(dict.fromkeys(params.options or ()))
    if not given(params.feedback_options):
        return
    for place, id in enumerate(params.feedback_options or ()):
        option = tx.get(FeedbackOption, id, param=f"{path}[feedback_options][{place}]")
        if option.status != "active":
            raise InvalidRequest(
                f"The feedback option {id} is inactive: customers can't choose it any more.",
                param=f"{path}[feedback_options][{place}]",
            )
    reason.feedback_options = list(dict.fromkeys(params.feedback_options or ())) or None


def _subscription_pause(tx: Tx, feature: SubscriptionPause, params: Any, path: str) -> None:
    if given(params.enabled):
        feature.enabled = params.enabled
    if not given(params.duration):
        return
    duration, path = params.duration, f"{path}[duration]"
    options = value_or(duration.interval_options, None) or []
    if duration.type == "interval_options":
        if not options and feature.duration.type != "interval_options":
            raise InvalidRequest(
                "You must say for how long customers can pause: `interval_options` is required"
                " with `type=interval_options`.",
                code="parameter_missing",
                param=f"{path}[interval_options]",
            )
    elif options:
        raise InvalidRequest(
            "`interval_options` can only be set with `type=interval_options`.",
            param=f"{path}[interval_options]",
        )
    feature.duration.type = duration.type
    if duration.type == "indefinite":
        feature.duration.interval_options = []
    elif options:
        feature.duration.interval_options = _intervals(options, f"{path}[interval_options]")


def _intervals(options: Sequence[Any], path: str) -> list[PauseInterval]:
    found: list[PauseInterval] = []
    for place, each in enumerate(options):
        count = value_or(each.interval_count, 1)
        if not interval_at_most(each.interval, count, PAUSE_YEARS_MAX):
            raise InvalidRequest(
                "The maximum duration of a pause is three years.",
                param=f"{path}[{place}][interval_count]",
            )
        found.append(PauseInterval(interval=each.interval, interval_count=count))
    return found


def _subscription_update(tx: Tx, feature: SubscriptionUpdate, params: Any, path: str) -> None:
    for name in ("billing_cycle_anchor", "enabled", "proration_behavior", "trial_update_behavior"):
        value = getattr(params, name)
        if given(value):
            setattr(feature, name, value)
    if given(params.default_allowed_updates):
        allowed = params.default_allowed_updates or ()
        feature.default_allowed_updates = list(dict.fromkeys(allowed))
    if given(params.schedule_at_period_end):
        conditions = params.schedule_at_period_end.conditions
        if given(conditions):
            types = dict.fromkeys(each.type for each in conditions or ())
            feature.schedule_at_period_end.conditions = [
                ScheduleCondition(type=each) for each in types
            ]
    if given(params.products):
        feature.products = _products(tx, params.products or [], f"{path}[products]")


def _products(tx: Tx, products: list[OfferedProductParams], path: str) -> list[OfferedProduct]:
    if len(products) > PRODUCTS_MAX:
        raise InvalidRequest(
            f"You can offer up to {PRODUCTS_MAX} products; you passed {len(products)}.", param=path
        )
    found: dict[str, OfferedProduct] = {}
    for place, each in enumerate(products):
        here = f"{path}[{place}]"
        tx.get(Product, each.product, param=f"{here}[product]")
        if each.product in found:
            raise InvalidRequest(
                f"The product {each.product} is named more than once.", param=f"{here}[product]"
            )
        _check_prices(tx, each, f"{here}[prices]")
        found[each.product] = OfferedProduct(
            adjustable_quantity=_quantity(each.adjustable_quantity, here),
            prices=list(each.prices),
            product=each.product,
        )
    return list(found.values())


def _check_prices(tx: Tx, offered: OfferedProductParams, path: str) -> None:
    """Raise InvalidRequest for what can't be offered, and for two prices of one interval."""
    if not offered.prices:
        raise InvalidRequest(
            "You must name at least one price of each product.", code="parameter_missing",
            param=path,
        )  # fmt: skip
    seen: dict[tuple[str, str, int], Price] = {}
    for place, id in enumerate(offered.prices):
        price = find_price(tx, id, param=f"{path}[{place}]")
        if price.product != offered.product:
            raise InvalidRequest(
                f"The price {id} does not belong to the product {offered.product}.",
                param=f"{path}[{place}]",
            )
        if price.recurring is None:
            raise InvalidRequest(
                f"The price {id} is not recurring: customers can't change their subscription to"
                " it.",
                param=f"{path}[{place}]",
            )
        interval = (price.currency, price.recurring.interval, price.recurring.interval_count)
        if interval in seen:
            raise InvalidRequest(
                "Each price of a product must have a unique billing interval:"
                f" {seen[interval].id} and {id} of the product {offered.product} have duplicate"
                " billing intervals.",
                param=f"{path}[{place}]",
            )
        seen[interval] = price


def _quantity(params: Any, path: str) -> AdjustableQuantity:
    if not given(params):
        return AdjustableQuantity()
    quantity = AdjustableQuantity(
        enabled=params.enabled,
        maximum=value_or(params.maximum, None),
        minimum=value_or(params.minimum, 1),
    )
    if quantity.maximum is not None and quantity.maximum < quantity.minimum:
        raise InvalidRequest(
            f"The maximum quantity ({quantity.maximum}) can't be less than the minimum"
            f" ({quantity.minimum}).",
            param=f"{path}[adjustable_quantity][maximum]",
        )
    return quantity


def check_features(features: Features) -> None:
    """Raise InvalidRequest for features that can't be on together."""
    cancel, path = features.subscription_cancel, f"{PREFIX}[subscription_cancel]"
    if cancel.proration_behavior == "always_invoice":
        raise InvalidRequest(
            "`proration_behavior` can't be `always_invoice` for cancellations: use `none` or"
            " `create_prorations`.",
            param=f"{path}[proration_behavior]",
        )
    if cancel.proration_behavior != "none" and cancel.mode == "at_period_end":
        raise InvalidRequest(
            "`proration_behavior=create_prorations` can only be used with `mode=immediately`: at"
            " the end of a period nothing is left to be prorated.",
            param=f"{path}[proration_behavior]",
        )
    if features.subscription_update.enabled and not features.payment_method_update.enabled:
        raise InvalidRequest(
            "Cannot enable subscription updates while payment method update is disabled."
        )


FEATURES: dict[str, Writer] = {
    "customer_update": _customer_update,
    "invoice_history": _invoice_history,
    "payment_method_update": _payment_method_update,
    "subscription_cancel": _subscription_cancel,
    "subscription_pause": _subscription_pause,
    "subscription_update": _subscription_update,
}
