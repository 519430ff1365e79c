"""Alerts: events that tell when a customer has used so much of a meter, once for each customer."""

from typing import Any

import msgspec

from prorata.engine.usage.measure import span
from prorata.engine.usage.watch import on_use, watch_use
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.operation import operation
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.alert import (
    Alert,
    AlertCreateParams,
    AlertFilter,
    AlertFilterParams,
    AlertPrivate,
    AlertTriggered,
    AlertUsageThreshold,
)
from prorata.resources.billing.meter import Meter
from prorata.resources.billing.usage_watch import UsageWatch
from prorata.resources.core.customer import Customer

ALERTS_MAX = 25
# Later than any event can be.
FOREVER = 1 << 40


@operation("POST /v1/billing/alerts")
def create(tx: Tx, params: AlertCreateParams) -> Alert:
    """Create an active alert; what is used from now on counts.

    Raises InvalidRequest for an inactive meter, a customer on a test clock, and above 25 alerts
    for one meter and customer.
    """
    if not given(params.usage_threshold):
        raise missing_param("usage_threshold")
    wanted = params.usage_threshold
    meter = tx.get(Meter, wanted.meter, param="usage_threshold[meter]")
    if meter.status != "active":
        raise InvalidRequest(
            f"The meter {meter.id} is inactive: reactivate it first.",
            param="usage_threshold[meter]",
        )
    filters = _filters(tx, value_or(wanted.filters, []))
    alert = Alert(
        id=tx.new_id(Alert),
        livemode=tx.book.livemode,
        title=params.title,
        usage_threshold=AlertUsageThreshold(filters=filters, gte=wanted.gte, meter=meter.id),
    )
    _check_room(tx, alert)
    alert.private = AlertPrivate(created=tx.real_now, moment=tx.usage.moment())
    tx.add(alert)
    _watch(tx, alert, meter)
    return alert


@operation("POST /v1/billing/alerts/{id}/activate")
def activate(tx: Tx, alert: Alert) -> Alert:
    """Let an inactive alert be triggered again."""
    _check_status(alert, "inactive", "activate")
    _check_room(tx, alert)
    alert.status = "active"
    assert alert.usage_threshold is not None, "an alert has a threshold"
    _watch(tx, alert, tx.get(Meter, alert.usage_threshold.meter))
    return alert


@operation("POST /v1/billing/alerts/{id}/deactivate")
def deactivate(tx: Tx, alert: Alert) -> Alert:
    """Let an active alert rest."""
    _check_status(alert, "active", "deactivate")
    alert.status = "inactive"
    return alert


@operation("POST /v1/billing/alerts/{id}/archive")
def archive(tx: Tx, alert: Alert) -> Alert:
    """Put an alert away for good."""
    if alert.status == "archived":
        raise InvalidRequest("You cannot archive an alert that is archived already.")
    alert.status = "archived"
    return alert


@on_use
def trigger(tx: Tx, watch: UsageWatch, meter: Meter) -> bool:
    """Trigger the alerts that a customer has reached; return whether there are others."""
    if watch.test_clock is not None or meter.private.watchings == 0:
        return False
    waiting = [
        alert
        for alert in tx.select(Alert, meter=meter.id, status="active", oldest_first=True)
        if alert.customer in (None, watch.customer) and alert.id not in watch.fired
    ]
    if not waiting:
        return False
    spans = [
        span(meter, watch.customer, facts.created, FOREVER, after=facts.moment)
        for facts in (each.private for each in waiting)
    ]
    left = 0
    for alert, used in zip(waiting, tx.usage.measure(spans), strict=True):
        assert alert.usage_threshold is not None, "an alert has a threshold"
        if used < alert.usage_threshold.gte:
            left += 1
            continue
        watch.fired = [*watch.fired, alert.id]
        told = AlertTriggered(
            alert=alert,
            created=tx.now,
            customer=watch.customer,
            livemode=tx.book.livemode,
            value=int(used),
        )
        payload: dict[str, Any] = msgspec.to_builtins(told)
        tx.emit_payload("billing.alert.triggered", "billing.alert_triggered", watch.id, payload)
    return left > 0


def _filters(tx: Tx, wanted: list[AlertFilterParams]) -> list[AlertFilter]:
    if len(wanted) > 1:
        raise InvalidRequest(
            "You can specify at most one filter.", param="usage_threshold[filters]"
        )
    filters = []
    for place, each in enumerate(wanted):
        param = f"usage_threshold[filters][{place}][customer]"
        if not given(each.customer):
            raise missing_param(param)
        customer = tx.get(Customer, each.customer, param=param)
        if customer.test_clock is not None:
            raise InvalidRequest(
                "Alerts can't be created for customers on test clocks.", param=param
            )
        filters.append(AlertFilter(customer=customer.id))
    return filters


def _check_room(tx: Tx, alert: Alert) -> None:
    """Raise InvalidRequest where a meter has as many active alerts for a customer as it can."""
    assert alert.usage_threshold is not None, "an alert has a threshold"
    others = [
        each
        for each in tx.select(Alert, meter=alert.usage_threshold.meter, status="active")
        if each.customer == alert.customer
    ]
    if len(others) >= ALERTS_MAX:
        raise InvalidRequest(
            f"A meter can have at most {ALERTS_MAX} active alerts for one customer, and as many for"
            " all of them: archive or deactivate others first."
        )


def _watch(tx: Tx, alert: Alert, meter: Meter) -> None:
    """Have the meter's events looked at."""
    if alert.customer is not None:
        watch_use(tx, [meter.id], alert.customer, None, stirs=True)
    else:
        meter.private.watched = "all"
    meter.private.watchings += 1


def _check_status(alert: Alert, status: str, deed: str) -> None:
    if alert.status != status:
        raise InvalidRequest(f"You cannot {deed} an alert whose status is `{alert.status}`.")
