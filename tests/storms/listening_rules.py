"""Rules of listening: destinations come, change and go while all the rest happens."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from prorata.model.thin_types import thin_type
from storms.rare_rules import RareRules

PATH = "/v2/core/event_destinations"
# The doctor reads all events for each of them.
MOST = 3
TYPES = {
    "thin": (
        ["*"], ["v1.invoice.paid", "v1.customer.subscription.updated"],
        ["v1.customer.subscription.item_added", "v1.customer.subscription.past_due"],
        ["v1.invoice.line_item_added", "v1.invoice_payment.open", "v1.price.deactivated"],
    ),
    "snapshot": (["*"], ["invoice.paid", "customer.subscription.updated"]),
}  # fmt: skip
VERBS = ("disable", "enable", "ping", "change")


class ListeningRules(RareRules):
    """Who is told of what becomes of the shop; mixed into the machine."""

    def asks(self, method: str, path: str, tree: Any = None) -> Any:
        """Return the body of an answer below /v2 that is a success or a plain refusal."""
        answer = self.world.asker.ask(method, path, tree)
        assert answer.status in (200, 400), answer.content
        return answer.body

    @rule(data=st.data())
    def somebody_begins_to_listen(self, data: st.DataObject) -> None:
        there = self.asks("GET", PATH, {"limit": 100})["data"]
        if len(there) >= MOST:
            self.asks("DELETE", f"{PATH}/{self.one(data, there)['id']}")
        payload = self.one(data, sorted(TYPES))
        self.asks("POST", PATH, {
            "name": "Ours", "type": "webhook_endpoint", "event_payload": payload,
            "enabled_events": self.one(data, TYPES[payload]),
            "webhook_endpoint": {"url": "https://example.com/hook"},
            "metadata": {"prorata_order": "object"} if self.chance(data, 3) else {},
        })  # fmt: skip

    @rule(data=st.data())
    def a_destination_is_changed(self, data: st.DataObject) -> None:
        for one in self.asks("GET", PATH, {"limit": 1})["data"]:
            verb = self.one(data, VERBS)
            if verb == "change":
                types = self.one(data, TYPES[one["event_payload"]])
                self.asks("POST", f"{PATH}/{one['id']}", {"enabled_events": types})
            else:
                self.asks("POST", f"{PATH}/{one['id']}/{verb}")

    @rule()
    def what_is_told_whole_is_told_thin(self) -> None:
        whole = self.world.asker.ask("GET", "/v1/events", {"limit": 20}).body["data"]
        thin = self.asks("GET", "/v2/core/events", {"limit": 100})["data"]
        twins = {each["snapshot_event"]: each for each in thin}
        for event in whole[:10]:
            name = thin_type(event["type"])
            if name is not None:
                assert twins[event["id"]]["type"] == name, event["id"]
        for each in thin[:5]:
            assert self.asks("GET", f"/v2/core/events/{each['id']}") == each
