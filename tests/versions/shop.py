"""Shop: one document of each kind that some version shows in another form."""

from __future__ import annotations

from typing import Any

from badinput.asking import Asker
from prorata.wire.versions.chain import NEWEST

FIELD = {"key": "size", "type": "text", "label": {"type": "custom", "custom": "Size"}}
ADDRESS = {"line1": "1 Way", "city": "Berlin", "postal_code": "10115", "country": "DE"}


class Shop:
    """Ids by name, and requests in a version; `@name` stands for an id, also within a path."""

    def __init__(self, url: str, key: str) -> None:
        self._asker = Asker(url, key)
        self._events: dict[str, dict[tuple[Any, Any], Any]] = {}
        self.ids: dict[str, str] = {}

    def stock(self) -> None:
        """Make what there is to show and to ask about."""
        self._catalogue()
        self._subscription()
        self._payments()
        self._surfaces()

    def ask(self, method: str, path: str, tree: Any, version: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the body of what a version's caller asks."""
        answer = self._asker.ask(
            method, self.filled(path), self.filled(tree), {"Stripe-Version": version}
        )
        return answer.status, answer.body

    def done(self, method: str, path: str, tree: Any, version: str = NEWEST) -> dict[str, Any]:
        """Return the body of what is asked and has to succeed."""
        status, body = self.ask(method, path, tree, version)
        assert status == 200, (path, tree, body)
        return body

    def event_of(self, shown: dict[str, Any], version: str) -> Any:
        """Return a document as the newest event about it tells it in a version, None without."""
        if version not in self._events:
            told: dict[tuple[Any, Any], Any] = {}
            more, after = True, {}
            while more:
                page = self.done("GET", "/v1/events", {"limit": 100, **after}, version)
                for event in page["data"]:
                    about = event["data"]["object"]
                    told.setdefault((about["object"], about.get("id")), about)
                more, after = page["has_more"], {"starting_after": page["data"][-1]["id"]}
            self._events[version] = told
        return self._events[version].get((shown["object"], shown.get("id")))

    def filled(self, value: Any) -> Any:
        """Return a tree with `@name` replaced by ids."""
        if isinstance(value, dict):
            return {name: self.filled(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.filled(part) for part in value]
        if isinstance(value, str) and value.startswith("@"):
            return self.ids.get(value[1:], value)
        if isinstance(value, str) and "/@" in value:
            return "/".join(self.filled(part) for part in value.split("/"))
        return value

    def close(self) -> None:
        self._asker.close()

    def _make(self, name: str, path: str, /, **tree: Any) -> dict[str, Any]:
        made = self.done("POST", path, tree)
        self.ids[name] = made["id"]
        return made

    def _catalogue(self) -> None:
        make = self._make
        make("product", "/v1/products", name="Basic", marketing_features=[{"name": "Fast"}])
        common = {"currency": "usd", "product": "@product"}
        make("price", "/v1/prices", unit_amount=1000, recurring={"interval": "month"}, **common)
        make("yearly", "/v1/prices", unit_amount=9000, recurring={"interval": "year"}, **common)
        make("once", "/v1/prices", unit_amount=500, **common)
        make("plan", "/v1/plans", amount=2000, interval="month", **common)
        make("coupon", "/v1/coupons", percent_off=50, duration="forever")
        make("code", "/v1/promotion_codes", promotion={"type": "coupon", "coupon": "@coupon"})
        make("parcel", "/v1/shipping_rates", display_name="Parcel", type="fixed_amount",
             fixed_amount={"amount": 300, "currency": "usd"})  # fmt: skip
        make("rate", "/v1/tax_rates", display_name="VAT", percentage=20, inclusive=False)
        make("meter", "/v1/billing/meters", display_name="Calls", event_name="calls",
             default_aggregation={"formula": "sum"})  # fmt: skip
        make("customer", "/v1/customers", name="Ada", payment_method="pm_card_visa",
             invoice_settings={"default_payment_method": "pm_card_visa"})  # fmt: skip
        # Whose next bill is nobody's example.
        make("debtor", "/v1/customers", name="Bob")
        make("alert", "/v1/billing/alerts", title="Much", alert_type="usage_threshold",
             usage_threshold={"gte": 5, "meter": "@meter", "recurrence": "one_time",
                              "filters": [{"type": "customer", "customer": "@customer"}]})

    def _subscription(self) -> None:
        make = self._make
        made = make("subscription", "/v1/subscriptions", customer="@customer",
                    items=[{"price": "@price"}], discounts=[{"coupon": "@coupon"}],
                    default_tax_rates=["@rate"])  # fmt: skip
        self.ids["item"] = made["items"]["data"][0]["id"]
        self.ids["discount"] = made["discounts"][0]
        invoice = self.done("GET", f"/v1/invoices/{made['latest_invoice']}", {})
        self.ids["invoice"] = invoice["id"]
        line = self.ids["line"] = invoice["lines"]["data"][0]["id"]
        make("note", "/v1/credit_notes", invoice="@invoice", refund_amount=600, lines=[
            {"type": "invoice_line_item", "invoice_line_item": line, "quantity": 1}])
        self.done("POST", "/v1/subscriptions/@subscription", {
            "items": [{"id": "@item", "quantity": 2}], "proration_behavior": "create_prorations"})
        pending = self.done("GET", "/v1/invoiceitems", {"customer": "@customer", "pending": True})
        self.ids["invoiceitem"] = pending["data"][0]["id"]
        make("prorated", "/v1/invoices", customer="@customer", subscription="@subscription",
             pending_invoice_items_behavior="include")  # fmt: skip
        make("rendered", "/v1/invoices", customer="@customer",
             rendering={"amount_tax_display": "exclude_tax"})  # fmt: skip
        make("schedule", "/v1/subscription_schedules", customer="@customer", start_date="now",
             phases=[{"items": [{"price": "@price"}], "discounts": [{"coupon": "@coupon"}],
                      "duration": {"interval": "month", "interval_count": 1}}])

    def _payments(self) -> None:
        make = self._make
        paid = self.done("GET", "/v1/invoice_payments", {"invoice": "@invoice"})["data"][0]
        self.ids["intent"] = paid["payment"]["payment_intent"]
        self.ids["charge"] = self.done("GET", "/v1/payment_intents/@intent", {})["latest_charge"]
        made = make("subscription:second", "/v1/subscriptions", customer="@customer",
                    items=[{"price": "@price"}], expand=["latest_invoice.payments"])
        self.ids["invoice:second"] = made["latest_invoice"]["id"]
        paid = made["latest_invoice"]["payments"]["data"][0]["payment"]
        make("refund", "/v1/refunds", payment_intent=paid["payment_intent"], amount=100)
        made = make("intent:disputed", "/v1/payment_intents", amount=900, currency="usd",
                    payment_method="pm_card_createDispute", confirm=True,
                    automatic_payment_methods={"enabled": True, "allow_redirects": "never"})
        self.ids["charge:disputed"] = made["latest_charge"]

    def _surfaces(self) -> None:
        make = self._make
        make("session", "/v1/checkout/sessions", mode="payment", ui_mode="hosted_page",
             success_url="https://example.com/done", custom_fields=[FIELD],
             shipping_address_collection={"allowed_countries": ["DE"]},
             permissions={"update_shipping_details": "server_only"},
             line_items=[{"price": "@once", "quantity": 1}])  # fmt: skip
        self.done("POST", "/v1/checkout/sessions/@session", {"collected_information": {
            "shipping_details": {"name": "Ada", "address": ADDRESS}}})
        make("link", "/v1/payment_links", line_items=[{"price": "@once", "quantity": 1}],
             custom_fields=[FIELD])  # fmt: skip
        make("destination", "/v2/core/event_destinations", name="Ours", type="webhook_endpoint",
             event_payload="snapshot", enabled_events=["invoice.paid"],
             webhook_endpoint={"url": "https://example.com/hook"})  # fmt: skip
