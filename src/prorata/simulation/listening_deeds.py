"""Listening deeds: destinations come, change and go, and their events are read back."""

from prorata.simulation.shop import Broken
from prorata.simulation.townsfolk import Townsfolk, deed

DESTINATIONS = "/v2/core/event_destinations"
EVENTS = "/v2/core/events"
MOST = 2
TYPES = (
    ["v1.customer.subscription.item_added", "v1.customer.subscription.past_due"],
    ["v1.invoice.paid", "v1.invoice.line_item_added"],
    ["v1.invoice_payment.open", "v1.invoice_payment.canceled", "v1.customer.created"],
    ["v1.price.deactivated", "v1.entitlements.active_entitlement_summary.entitlement_added"],
)
VERBS = ("disable", "enable", "ping")


@deed(1)
def somebody_listens(folk: Townsfolk) -> None:
    """Let an address be told of events, in place of the newest one when there are enough."""
    there = folk.listed(DESTINATIONS)
    if len(there) >= MOST:
        folk.ask(f"{DESTINATIONS}/{there[0]['id']}", "DELETE")
    folk.ask(
        DESTINATIONS,
        name="Ours",
        type="webhook_endpoint",
        event_payload="thin",
        enabled_events=folk.pick(list(TYPES)),
        webhook_endpoint={"url": "https://example.com/hook"},
    )


@deed(1)
def a_destination_changes(folk: Townsfolk) -> None:
    """Disable, enable or ping a destination, or let it ask for other events."""
    there = folk.listed(DESTINATIONS)
    if not there:
        return
    one = folk.pick(there)
    if folk.chance(40):
        folk.ask(f"{DESTINATIONS}/{one['id']}", enabled_events=folk.pick(list(TYPES)))
    else:
        folk.ask(f"{DESTINATIONS}/{one['id']}/{folk.pick(list(VERBS))}")


@deed(2)
def thin_events_are_read(folk: Townsfolk) -> None:
    """Read the newest thin events back; raise Broken where one is not what its twin tells."""
    for told in folk.listed(EVENTS)[:3]:
        twin = told["snapshot_event"]
        if twin is None:
            continue
        whole = folk.seen(f"/v1/events/{twin}")
        if told["type"] != f"v1.{whole['type']}":
            raise Broken(f"{told['id']} is a {told['type']}, and {twin} a {whole['type']}")
