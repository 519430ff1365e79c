"""Flows: the one thing that a session of the portal is for, checked against what is possible."""

from typing import Any

from msgspec import UNSET

from prorata.engine.catalogue.discounts import check_redeemable
from prorata.engine.portal.limits import why_no_cancel, why_no_pause, why_no_update
from prorata.engine.portal.offers import NO_CHANGES, chosen
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.portal.addresses import check_address
from prorata.resources.portal.configuration import Features
from prorata.resources.portal.session import (
    AfterCompletion,
    CouponOffer,
    Flow,
    FlowCancel,
    FlowCustomerUpdate,
    FlowDiscount,
    FlowItem,
    FlowParams,
    FlowPause,
    FlowRedirect,
    FlowUpdate,
    FlowUpdateConfirm,
    FlowUpdateConfirmParams,
    HostedConfirmation,
    Retention,
)
from prorata.resources.products.coupon import find_coupon

PATH = "flow_data"
GROUPS = (
    "subscription_cancel", "subscription_pause", "subscription_update",
    "subscription_update_confirm",
)  # fmt: skip
MESSAGE_MAX = 500


def new_flow(tx: Tx, features: Features, customer: str, params: FlowParams) -> Flow:
    """Return the flow that a request describes; raise InvalidRequest where it can't be gone."""
    _check_groups(params)
    flow = Flow(after_completion=_after(params), type=params.type)
    if params.type == "payment_method_update":
        _need(features.payment_method_update.enabled, "payment method update")
    elif params.type == "customer_update":
        _need(features.customer_update.enabled, "customer update")
        flow.customer_update = FlowCustomerUpdate()
    else:
        group = getattr(params, params.type)
        path = f"{PATH}[{params.type}]"
        subscription = _subscription(tx, customer, group.subscription, f"{path}[subscription]")
        _SUBSCRIPTION_FLOWS[params.type](tx, features, subscription, flow, group, path)
    return flow


def _check_groups(params: FlowParams) -> None:
    for name in GROUPS:
        sent = given(getattr(params, name))
        if name == params.type and not sent:
            raise missing_param(f"{PATH}[{name}]")
        if name != params.type and sent:
            raise InvalidRequest(
                f"You can only specify `{PATH}[{name}]` when `{PATH}[type]` is `{name}`.",
                param=f"{PATH}[{name}]",
            )


def _after(params: FlowParams) -> AfterCompletion:
    after = AfterCompletion()
    if not given(params.after_completion):
        return after
    sent, path = params.after_completion, f"{PATH}[after_completion]"
    after.type = sent.type
    for name in ("hosted_confirmation", "redirect"):
        if given(getattr(sent, name)) and name != sent.type:
            raise InvalidRequest(
                f"You can only specify `{path}[{name}]` when `{path}[type]` is `{name}`.",
                param=f"{path}[{name}]",
            )
    if sent.type == "redirect":
        if not given(sent.redirect):
            raise missing_param(f"{path}[redirect]")
        url = check_address(sent.redirect.return_url, f"{path}[redirect][return_url]")
        after.redirect = FlowRedirect(return_url=url)
    elif sent.type == "hosted_confirmation":
        message = None
        if given(sent.hosted_confirmation):
            message = value_or(sent.hosted_confirmation.custom_message, None)
        if message is not None and len(message) > MESSAGE_MAX:
            raise InvalidRequest(
                f"The message can have at most {MESSAGE_MAX} characters.",
                param=f"{path}[hosted_confirmation][custom_message]",
            )
        after.hosted_confirmation = HostedConfirmation(custom_message=message)
    return after


def _need(enabled: bool, feature: str) -> None:
    if not enabled:
        raise InvalidRequest(
            f"This flow cannot be used because the {feature} feature in the portal configuration is"
            " disabled.",
            param=f"{PATH}[type]",
        )


def _subscription(tx: Tx, customer: str, id: str, param: str) -> Subscription:
    subscription = tx.get(Subscription, id, param=param)
    if subscription.customer != customer:
        raise InvalidRequest(
            f"The subscription {id} does not belong to the customer {customer}.", param=param
        )
    return subscription


def _cancel(
    tx: Tx, features: Features, subscription: Subscription, flow: Flow, group: Any, path: str
) -> None:
    _refuse(why_no_cancel(tx, features, subscription))
    flow.subscription_cancel = FlowCancel(subscription=subscription.id)
    if not given(group.retention):
        return
    param = f"{path}[retention][coupon_offer][coupon]"
    coupon = find_coupon(tx, group.retention.coupon_offer.coupon, param)
    check_redeemable(tx, "coupon", coupon.id, subscription.currency, param)
    if len({each.interval for each in subscription.items.data}) > 1:
        raise InvalidRequest(
            "A coupon can't be offered for a subscription whose items have different intervals.",
            param=f"{path}[retention]",
        )
    flow.subscription_cancel.retention = Retention(coupon_offer=CouponOffer(coupon=coupon.id))


def _pause(
    tx: Tx, features: Features, subscription: Subscription, flow: Flow, group: Any, path: str
) -> None:
    _refuse(why_no_pause(tx, features, subscription))
    flow.subscription_pause = FlowPause(subscription=subscription.id)


def _update(
    tx: Tx, features: Features, subscription: Subscription, flow: Flow, group: Any, path: str
) -> None:
    _refuse(why_no_update(tx, features, subscription))
    flow.subscription_update = FlowUpdate(subscription=subscription.id)


def _confirm(
    tx: Tx,
    features: Features,
    subscription: Subscription,
    flow: Flow,
    group: FlowUpdateConfirmParams,
    path: str,
) -> None:
    _refuse(why_no_update(tx, features, subscription))
    if len(group.items) != 1:
        raise InvalidRequest(
            "Exactly one subscription item must be specified: subscriptions with multiple items"
            " can't be updated in the portal.",
            param=f"{path}[items]",
        )
    [wanted] = group.items
    [item] = subscription.items.data
    if wanted.id != item.id:
        raise InvalidRequest(
            f"The subscription item {wanted.id} does not belong to the subscription"
            f" {subscription.id}.",
            param=f"{path}[items][0][id]",
        )
    price = value_or(wanted.price, item.price.id)
    sent = value_or(wanted.quantity, None)
    option, quantity = chosen(tx, features, subscription, price, sent, path=f"{path}[items][0]")
    discounts = _discounts(tx, features, subscription, group, path)
    if option.current and quantity == item.units and not discounts:
        raise InvalidRequest(NO_CHANGES)
    flow.subscription_update_confirm = FlowUpdateConfirm(
        discounts=discounts or None,
        items=[FlowItem(id=item.id, price=price, quantity=UNSET if sent is None else quantity)],
        subscription=subscription.id,
    )


def _discounts(
    tx: Tx,
    features: Features,
    subscription: Subscription,
    group: FlowUpdateConfirmParams,
    path: str,
) -> list[FlowDiscount]:
    entries = value_or(group.discounts, [])
    if len(entries) > 1:
        raise InvalidRequest(
            "At most one coupon or promotion code can be applied.", param=f"{path}[discounts]"
        )
    found = []
    for entry in entries:
        coupon, code = value_or(entry.coupon, None), value_or(entry.promotion_code, None)
        here = f"{path}[discounts][0]"
        if (coupon is None) == (code is None):
            raise InvalidRequest(
                "You must specify exactly one of these parameters: coupon, promotion_code.",
                param=here,
            )
        way = "coupon" if coupon is not None else "promotion_code"
        check_redeemable(tx, way, coupon or code or "", subscription.currency, f"{here}[{way}]")
        found.append(FlowDiscount(coupon=coupon, promotion_code=code))
    return found


def _refuse(reason: str | None) -> None:
    if reason is not None:
        raise InvalidRequest(reason)


_SUBSCRIPTION_FLOWS = {
    "subscription_cancel": _cancel,
    "subscription_pause": _pause,
    "subscription_update": _update,
    "subscription_update_confirm": _confirm,
}
