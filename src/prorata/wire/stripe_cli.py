"""Stripe CLI: where a request built into it stops short of what its command promises."""

from typing import Any

AGENT = "stripe-cli/"
# Operation, parameter, value -> the value that leads to the event of the trigger's name.
MENDED: dict[tuple[str, str, Any], str] = {
    # subscription_schedule.expiring: the schedule ends on 29 January 2020, and its clock stops on
    # the 20th. The event comes seven days before the end, on the 22nd.
    (
        "POST /v1/test_helpers/test_clocks/{id}/advance",
        "frozen_time",
        "1579478400",
    ): "1579651200",
}

# Operation, all its parameters -> the event of the trigger that sends exactly these.
PROMISED: dict[tuple[str, frozenset[tuple[str, Any]]], str] = {
    # Its schedule is canceled before it began, though only a delinquent subscription aborts one.
    (
        "POST /v1/subscription_schedules/{id}/cancel",
        frozenset({("prorate", "false"), ("invoice_now", "false")}),
    ): "subscription_schedule.aborted",
}


def mended(agent: str, route: str, tree: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a request as its command means them.

    agent: the request's User-Agent; requests of other programs stay as they are.
    """
    if AGENT not in agent:
        return tree
    changed = {
        name: MENDED[route, name, value]
        for name, value in tree.items()
        if isinstance(value, str) and (route, name, value) in MENDED
    }
    return {**tree, **changed} if changed else tree


def promised(agent: str, route: str, tree: dict[str, Any]) -> str | None:
    """Return the event that the command behind a request promises, if it would not come by itself.

    agent: the request's User-Agent; requests of other programs promise nothing.
    """
    if AGENT not in agent or not all(isinstance(value, str) for value in tree.values()):
        return None
    return PROMISED.get((route, frozenset(tree.items())))
